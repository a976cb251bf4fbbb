//! The counters of a database, which every commit moves.

use crate::base::Random;
use crate::db::bounds;
use crate::db::fault::Inner;
use crate::db::groups::Groups;
use crate::db::layout::{Layout, unsigned};
use crate::db::part::Part;
use crate::db::tally::Tallies;
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;

/// Epochs of other databases have local numbers from here on, our own lie below; so own rows come first in a list.
pub(in crate::db) const FOREIGN: u64 = 1 << 32;

/// Counters as of the last commit. Only the holder of the writer's place changes them, and works on a copy.
#[derive(Clone, Debug, Default)]
pub(in crate::db) struct State {
    /// Commits so far: the timestamp of the last one.
    pub(in crate::db) clock: u64,
    /// Number that the next object gets.
    pub(in crate::db) next_oid: u64,
    /// Local number of the epoch that commits belong to; `None` until the first commit after opening.
    pub(in crate::db) epoch: Option<u64>,
    /// Local number of the last own epoch; 0 for none.
    pub(in crate::db) last_own: u64,
    /// Local number that the next epoch of another database gets.
    pub(in crate::db) next_foreign: u64,
    /// Autoid that the next object of a class gets, by class code - 1.
    pub(in crate::db) autoids: Vec<u64>,
    /// How far the transaction has filled the timestamp that its changes get.
    pub(in crate::db) part: Part,
    /// Bytes that may be written before free pages are counted again.
    pub(in crate::db) credit: u64,
    /// Rows that are set aside.
    pub(in crate::db) aside: u64,
    /// Known agents.
    pub(in crate::db) agents: u64,
    /// Records of removed rows in the change log.
    pub(in crate::db) gone: u64,
    /// How many more of them may come before those of each stream are counted.
    pub(in crate::db) gone_room: u64,
    /// How many more rows of others may be shown before those that have arrived are counted.
    pub(in crate::db) view_room: u64,
    /// Priority groups of the classes.
    pub(in crate::db) groups: Arc<Groups>,
    /// Classes with a bound of what waits.
    pub(in crate::db) tallies: Arc<Tallies>,
}

impl State {
    /// As the file says.
    pub(in crate::db) fn load(sql: &Connection, layout: &Layout) -> Inner<State> {
        let (clock, next_oid) =
            sql.prepare_cached("SELECT clock, next_oid FROM _mco_state")?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let last = |condition: &str| -> Inner<u64> {
            let text = format!("SELECT coalesce(max(num), 0) FROM _mco_epochs WHERE num {condition} 4294967296");
            unsigned(sql.prepare_cached(&text)?.query_row([], |row| row.get(0))?)
        };
        let count = |text: &str| -> Inner<u64> { unsigned(sql.prepare_cached(text)?.query_row([], |row| row.get(0))?) };
        let mut state = State {
            clock: unsigned(clock)?,
            next_oid: unsigned(next_oid)?,
            epoch: None,
            last_own: last("<")?,
            next_foreign: last(">=")?.max(FOREIGN - 1) + 1,
            autoids: vec![1; layout.tables.len()],
            part: Part::default(),
            credit: 0,
            aside: count("SELECT count(*) FROM _mco_quarantine")?,
            agents: count("SELECT count(*) FROM _mco_agents")?,
            gone: count("SELECT count(*) FROM _mco_log WHERE gone = 1")?,
            gone_room: 0,
            view_room: 0,
            groups: Arc::new(Groups::load(sql, layout)?),
            tallies: Arc::new(bounds::load(sql, layout)?),
        };
        let mut statement = sql.prepare_cached("SELECT class, next FROM _mco_autoids")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let class = unsigned(row.get(0)?)?;
            let at = usize::try_from(class).ok().and_then(|c| c.checked_sub(1));
            if let Some(next) = at.and_then(|at| state.autoids.get_mut(at)) {
                *next = unsigned(row.get(1)?)?;
            }
        }
        Ok(state)
    }

    /// The autoid of the first of so many new objects of a class.
    pub(in crate::db) fn next_autoid(&mut self, class: u16, count: u64) -> u64 {
        let at = usize::from(class).checked_sub(1);
        let Some(next) = at.and_then(|at| self.autoids.get_mut(at)) else { return 0 };
        *next += count;
        *next - count
    }

    /// Timestamp that changes of the transaction get now. A small transaction has one, a large one several.
    pub(in crate::db) fn now(&self) -> u64 {
        self.clock + 1 + self.part.full()
    }

    /// Local number of the epoch that this transaction belongs to; the first one after opening starts it.
    pub(in crate::db) fn epoch(&mut self, sql: &Connection) -> Inner<u64> {
        if let Some(epoch) = self.epoch {
            return Ok(epoch);
        }
        let generation: Option<u32> = sql
            .query_row("SELECT generation FROM _mco_epochs WHERE num = ?1", [self.last_own.cast_signed()], |row| row.get(0))
            .optional()?;
        self.start_epoch(sql, generation.unwrap_or_default())
    }

    /// Ends the present epoch with the last commit; this transaction begins a new one. Nothing may have been stamped in it yet.
    pub(in crate::db) fn start_epoch(&mut self, sql: &Connection, generation: u32) -> Inner<u64> {
        let before: Option<i64> = sql
            .query_row("SELECT id FROM _mco_epochs WHERE num = ?1", [self.last_own.cast_signed()], |row| row.get(0))
            .optional()?;
        sql.execute("UPDATE _mco_epochs SET last = ?1 WHERE num = ?2", [self.clock.cast_signed(), self.last_own.cast_signed()])?;
        let number = self.last_own + 1;
        let (agent, db) = sql.query_row(
            "SELECT (SELECT value FROM _mco_meta WHERE key = 'agent'), (SELECT value FROM _mco_meta WHERE key = 'db')",
            [],
            |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?)),
        )?;
        sql.execute(
            "INSERT INTO _mco_epochs(num, id, agent, db, first, last, before, left_at, generation)
             VALUES(?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)",
            rusqlite::params![
                number.cast_signed(),
                Random::from_system().epoch_id().0.cast_signed(),
                agent.unwrap_or_default(),
                db,
                (self.clock + 1).cast_signed(),
                before.unwrap_or_default(),
                self.clock.cast_signed(),
                generation,
            ],
        )?;
        self.last_own = number;
        self.epoch = Some(number);
        Ok(number)
    }

    /// Counts the commit and writes down what has changed since `before`.
    pub(in crate::db) fn save(&mut self, sql: &Connection, before: &State) -> Inner<()> {
        self.epoch(sql)?;
        self.clock = self.now();
        self.part = Part::default();
        sql.prepare_cached("UPDATE _mco_state SET clock = ?1, next_oid = ?2")?
            .execute([self.clock.cast_signed(), self.next_oid.cast_signed()])?;
        for ((class, next), old) in (1_i64..).zip(&self.autoids).zip(&before.autoids) {
            if next != old {
                sql.prepare_cached("INSERT OR REPLACE INTO _mco_autoids(class, next) VALUES(?1, ?2)")?
                    .execute([class, next.cast_signed()])?;
            }
        }
        Ok(())
    }
}
