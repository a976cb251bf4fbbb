//! Databases in memory that several processes share.
//!
//! All of them write one timeline: whoever writes goes on in the epoch of the one before. Each process keeps the counters in memory, and reads
//! them anew when another one has written meanwhile.

use crate::base::{Code, Level, Result, fail};
use crate::db::fault::{Inner, damaged, fault};
use crate::db::files::private_file;
use crate::db::layout::unsigned;
use crate::db::lock::LockFile;
use crate::db::pages::Pages;
use crate::db::state::State;
use crate::db::turn::{Turn, Turns};
use crate::db::watch::Watch;
use crate::db::{Database, NodeInfo, OpenOptions, Storage, store, tally};
use crate::schema::Dictionary;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::fmt::Write;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest name of a shared database, in bytes.
const MAX_NAME: usize = 63;

/// What a process has besides the database itself.
#[derive(Debug)]
pub(in crate::db) struct Shared {
    turns: Turns,
    /// The file that the process which replicates keeps locked.
    replicator: PathBuf,
    claim: Mutex<Option<LockFile>>,
    /// By how much commits of this process have moved the clock.
    own: AtomicU64,
    watch: Mutex<Option<Watch>>,
}

impl Shared {
    /// A process that comes to the database in this directory.
    pub(in crate::db) fn join(directory: &Path) -> Result<Shared> {
        Ok(Shared {
            turns: Turns::join(directory)?,
            replicator: directory.join("replicator"),
            claim: Mutex::default(),
            own: AtomicU64::new(0),
            watch: Mutex::default(),
        })
    }

    /// The process goes.
    pub(in crate::db) fn leave(&self) {
        *self.watch.lock() = None;
        *self.claim.lock() = None;
    }
}

/// Name of the directory of a shared database: in hexadecimal digits, for its own name may have any bytes. `E_ILLEGAL_PARAM`.
pub(in crate::db) fn directory(name: &str) -> Result<String> {
    if name.is_empty() || name.len() > MAX_NAME {
        return fail(Code::E_ILLEGAL_PARAM, format!("the name of shared memory has 1 to {MAX_NAME} bytes, not {}", name.len()));
    }
    let mut text = String::from("named-");
    for byte in name.bytes() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Checks that a database which others have open is what is asked for, and changes nothing; gives also the limit that it was made with.
pub(in crate::db) fn attach(
    sql: &Connection,
    dictionary: &Dictionary,
    schema: &str,
    options: &OpenOptions,
) -> Inner<(Option<NodeInfo>, u64)> {
    store::check_format(sql)?;
    if store::meta::<String>(sql, "schema")?.is_none_or(|present| present != schema) {
        return fault(
            Code::E_SCHEMA_CHANGED,
            "other processes have this memory open with another schema; use theirs, another name, or close it there first",
        );
    }
    let Some(limit) = store::meta::<i64>(sql, "limit")? else { return damaged("it has no limit") };
    Ok((store::node(sql, dictionary, options)?, limit.cast_unsigned()))
}

impl Database {
    /// Whether other processes may have it open too.
    pub fn is_shared(&self) -> bool {
        matches!(self.options.storage, Storage::Shared { .. })
    }

    /// Whether this process may write, see [`Turns::claim`].
    pub(in crate::db) fn has_turn(self: &Arc<Self>, turn: &mut Turn) -> bool {
        self.shared.as_ref().is_none_or(|shared| shared.turns.claim(turn, self))
    }

    pub(in crate::db) fn end_turn(&self, turn: &mut Turn) {
        if let Some(shared) = &self.shared {
            shared.turns.give_back(turn);
        }
    }

    /// Counters as of the last commit, for the writing transaction of this connection.
    pub(in crate::db) fn counters(&self, sql: &Connection) -> Inner<State> {
        if let Some(shared) = self.shared.as_ref().filter(|shared| !shared.turns.was_mine()) {
            let mut state = State::load(sql, &self.layout)?;
            tally::recall(sql, Arc::make_mut(&mut state.tallies))?;
            state.epoch = Some(state.last_own).filter(|number| *number != 0);
            *self.state.lock() = state;
            // Not before that, or what could not be read would be taken for known the next time.
            shared.turns.note_mine()?;
        }
        Ok(self.state.lock().clone())
    }

    /// Writes down for the other processes what a transaction has counted: they would look at every row.
    pub(in crate::db) fn share_counts(&self, sql: &Connection, before: &State, now: &State) -> Inner<()> {
        if self.is_shared() { tally::keep(sql, &before.tallies, &now.tallies) } else { Ok(()) }
    }

    /// A commit is about to move the clock; negative: it has failed.
    pub(in crate::db) fn count_own(&self, by: i64) {
        if let Some(shared) = &self.shared {
            shared.own.fetch_add(by.cast_unsigned(), Ordering::AcqRel);
        }
    }

    /// By how much other processes have moved the clock, since some time.
    pub(in crate::db) fn foreign(&self) -> Result<u64> {
        let text = "SELECT clock FROM _mco_state";
        let clock = self.with_inside(|inside| unsigned(inside.keeper.prepare_cached(text)?.query_row([], |row| row.get(0))?))?;
        // After the clock: what is ours may seem to be more than is true for a moment, more even than the clock, never less.
        let own = self.shared.as_ref().map_or(clock, |shared| shared.own.load(Ordering::Acquire));
        Ok(clock.saturating_sub(own))
    }

    /// Looks for commits of other processes as long as somebody listens.
    pub(in crate::db) fn watch(self: &Arc<Self>, listens: bool) {
        if let Some(shared) = &self.shared {
            *shared.watch.lock() = listens.then(|| Watch::start(self));
        }
    }

    /// From now on this process replicates it. `E_INSTANCE_DUPLICATE`: another one does.
    pub fn begin_replication(&self) -> Result<()> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let file = LockFile::new(|| private_file(&shared.replicator))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let text = "another process replicates this database, for all that share it; destroy the replicator there first";
                return fail(Code::E_INSTANCE_DUPLICATE, text);
            }
            Err(TryLockError::Error(error)) => {
                return fail(Code::E_DISK_OPEN, format!("cannot lock {}: {error}", shared.replicator.display()));
            }
        }
        // The one before may have changed the level; what it had promised to agents went with it.
        if let Some(level) = self.with_inside(|inside| store::meta::<u16>(&inside.keeper, "level"))? {
            self.note_level(Level(level));
        }
        *self.pages.lock() = Pages::default();
        *shared.claim.lock() = Some(file);
        Ok(())
    }

    /// Another process may replicate it.
    pub fn end_replication(&self) {
        if let Some(shared) = &self.shared {
            *shared.claim.lock() = None;
        }
    }
}
