//! Trying again what was set aside.

use crate::base::{Code, Error};
use crate::db::Connection;
use crate::db::arrival::Arrival;
use crate::db::connection::table;
use crate::db::fault::{Fault, Inner};
use crate::db::keys::Key;
use crate::db::layout::Row;
use crate::db::quarantine::parameters;
use std::sync::Arc;

/// Most rows that block each other and are applied together.
pub(in crate::db) const MAX_CHAIN: usize = 64;
/// Most attempts of one transaction; what is left is tried in the next one.
pub(in crate::db) const MAX_ATTEMPTS: usize = 1024;

/// What became of an attempt to apply a row.
#[derive(Debug)]
pub(in crate::db) enum Attempt {
    /// It is in its table, with those that waited for each other: so many rows.
    Placed(u32),
    /// It does not fit its class or another row has its key.
    Refused,
    /// There is no room for it now.
    Full(Error),
}

/// A row of a chain and the one that it is in the way of, with the index in which it is.
#[derive(Debug)]
struct Member {
    arrival: Arrival<'static>,
    parent: usize,
    index: u16,
}

impl Connection {
    /// Tries all rows whose keys have become free, as far as one transaction should; gives how many it placed. A row for
    /// which there is no room waits for the next transaction.
    pub(in crate::db) fn retry_waiting(&mut self) -> Inner<u32> {
        let mut placed = 0;
        for _ in 0..MAX_ATTEMPTS {
            if !self.has_quarantine() {
                break;
            }
            let Some(key) = self.next_waiting()? else { break };
            match self.attempt(key)? {
                Attempt::Placed(rows) => placed += rows,
                Attempt::Refused => {}
                Attempt::Full(_) => break,
            }
        }
        Ok(placed)
    }

    /// Applies a row that is set aside, together with those that it would have to wait for and that wait themselves.
    pub(in crate::db) fn attempt(&mut self, key: Key) -> Inner<Attempt> {
        let first = match self.revive(key)? {
            None => return Ok(Attempt::Refused),
            Some(Err(error)) => {
                self.refuse(key, &error)?;
                return Ok(Attempt::Refused);
            }
            Some(Ok(arrival)) => arrival,
        };
        let Some(chain) = self.chain(first)? else { return Ok(Attempt::Refused) };
        let hooks = self.database.layout.has_hooks;
        let open = self.in_transaction()?;
        let before = hooks.then(|| (open.state.clone(), open.touched.clone(), open.fired.clone()));
        self.engine.prepare_cached("SAVEPOINT attempt")?.execute([])?;
        let done = self.place_chain(chain);
        let full = match done {
            Err(Fault::Ours(error)) if [Code::E_NOMEM, Code::E_DISK_SPACE_EXHAUSTED].contains(&error.code) => error,
            Err(fault) => return Err(fault),
            Ok(placed) => {
                self.engine.prepare_cached("RELEASE attempt")?.execute([])?;
                return Ok(if placed == 0 { Attempt::Refused } else { Attempt::Placed(placed) });
            }
        };
        self.engine.prepare_cached("ROLLBACK TO attempt")?.execute([])?;
        self.engine.prepare_cached("RELEASE attempt")?.execute([])?;
        // With what handlers have written goes what was noted of it.
        if let Some(before) = before {
            let open = self.in_transaction()?;
            (open.state, open.touched, open.fired) = before;
            self.forget_row();
        }
        Ok(Attempt::Full(full))
    }

    /// A row that is set aside as it would go into its table; the inner error says why it does not fit its class.
    fn revive(&mut self, key: Key) -> Inner<Option<Result<Arrival<'static>, Error>>> {
        let Some(entry) = self.entry(key)? else { return Ok(None) };
        let database = Arc::clone(&self.database);
        let table = table(&database, entry.at.class)?;
        let mut stored = Row::default();
        let old = self.read_row(entry.at, &mut stored)?.then_some(stored);
        let row = self.fitted(table, &entry.values, entry.origin, entry.stamp, old.as_ref())?;
        Ok(Some(row.map(|row| Arrival { change: None, at: entry.at, row, old })))
    }

    /// The row and all that stand in its way, if newer versions of all of these wait; else what blocks it is noted.
    fn chain(&mut self, first: Arrival<'static>) -> Inner<Option<Vec<Arrival<'static>>>> {
        let database = Arc::clone(&self.database);
        let mut chain = vec![Member { arrival: first, parent: 0, index: 0 }];
        let mut at = 0;
        while let Some(Member { arrival, .. }) = chain.get(at) {
            let table = table(&database, arrival.at.class)?;
            for (index, holder) in self.collisions(table, arrival.at.key, &arrival.row)? {
                if chain.iter().any(|member| member.arrival.at == holder) {
                    continue;
                }
                let next = if chain.len() < MAX_CHAIN { self.revive(holder.key)? } else { None };
                let Some(Ok(arrival)) = next else {
                    self.hold_chain(&chain, at, index, holder.key)?;
                    return Ok(None);
                };
                chain.push(Member { arrival, parent: at, index });
            }
            at += 1;
        }
        Ok(Some(chain.into_iter().map(|member| member.arrival).collect()))
    }

    /// The row at `at` waits for `holder`, and each row of the chain on the way to it for the next one.
    fn hold_chain(&mut self, chain: &[Member], at: usize, index: u16, holder: Key) -> Inner<()> {
        let (mut at, mut index, mut holder) = (at, index, holder);
        while let Some(member) = chain.get(at) {
            self.hold(member.arrival.at.key, index, holder)?;
            if at == 0 {
                break;
            }
            (at, index, holder) = (member.parent, member.index, member.arrival.at.key);
        }
        Ok(())
    }

    fn place_chain(&mut self, chain: Vec<Arrival<'static>>) -> Inner<u32> {
        let keys: Vec<Key> = chain.iter().map(|arrival| arrival.at.key).collect();
        let blocked = self.place(chain)?;
        let mut placed = 0;
        for key in keys.into_iter().filter(|key| !blocked.iter().any(|arrival| arrival.at.key == *key)) {
            self.release(key)?;
            placed += 1;
        }
        let database = Arc::clone(&self.database);
        for arrival in blocked {
            // Two of the chain wanted the same key.
            let table = table(&database, arrival.at.class)?;
            let taken = self.collisions(table, arrival.at.key, &arrival.row)?;
            let (index, holder) = taken.first().copied().unwrap_or((0, arrival.at));
            self.hold(arrival.at.key, index, holder.key)?;
        }
        Ok(placed)
    }

    /// Notes which row stands in the way of one that is set aside.
    fn hold(&mut self, key: Key, index: u16, holder: Key) -> Inner<()> {
        let detail = match self.database.dictionary.index(index) {
            Some(index) => format!("another row has its key in index '{}'", index.name),
            None => "another row has its oid".to_string(),
        };
        let ([epoch, oid], [holder_epoch, holder_oid]) = (parameters(key), parameters(holder));
        self.engine
            .prepare_cached(
                "UPDATE _mco_quarantine SET code = ?3, detail = ?4, holder_epoch = ?5, holder_oid = ?6 WHERE epoch = ?1 AND oid = ?2",
            )?
            .execute(rusqlite::params![epoch, oid, Code::S_DUPLICATE.0, detail, holder_epoch, holder_oid])?;
        Ok(())
    }

    /// Notes why a row that is set aside does not fit its class.
    fn refuse(&mut self, key: Key, error: &Error) -> Inner<()> {
        let [epoch, oid] = parameters(key);
        self.engine
            .prepare_cached(
                "UPDATE _mco_quarantine SET code = ?3, detail = ?4, holder_epoch = NULL, holder_oid = NULL
                 WHERE epoch = ?1 AND oid = ?2",
            )?
            .execute(rusqlite::params![epoch, oid, error.code.0, error.text])?;
        Ok(())
    }
}
