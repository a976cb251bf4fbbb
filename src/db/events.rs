//! When events fire: around what a program writes, and around what replication brings.

use crate::base::Code;
use crate::db::Connection;
use crate::db::arrival::Arrival;
use crate::db::connection::table;
use crate::db::fault::{Fault, Inner, fault};
use crate::db::handlers::Moment;
use crate::db::layout::{Row, Table};
use crate::db::pending::{RowKey, Slot};
use std::collections::HashSet;
use std::sync::Arc;

/// How often handlers may leave changes behind that a checkpoint of all has to take up again.
const ROUNDS: usize = 64;

/// Events of the program's own calls: a handler may refuse.
impl Connection {
    /// Before fields are changed by a put. `E_DELETED`.
    pub(in crate::db) fn before_put(&mut self, table: &Table, at: RowKey, fields: &[u16]) -> Inner<()> {
        let Some(hooks) = &table.hooks else { return Ok(()) };
        self.fetch(at)?;
        hooks.of_put(fields).try_for_each(|event| self.call_handlers(event, Moment::Before, Some(at)))
    }

    /// Behind a put.
    pub(in crate::db) fn after_put(&mut self, table: &Table, at: RowKey, fields: &[u16]) -> Inner<()> {
        let Some(hooks) = &table.hooks else { return Ok(()) };
        hooks.of_put(fields).try_for_each(|event| self.fire(event, Some(at)))
    }

    /// Before an object is deleted. `false`: a handler has deleted it.
    pub(in crate::db) fn before_delete(&mut self, table: &Table, at: RowKey) -> Inner<bool> {
        let Some(hooks) = &table.hooks else { return Ok(true) };
        self.fire_all(&hooks.delete, Some(at))?;
        self.find_row(at)
    }

    /// Before all objects of a class are deleted.
    pub(in crate::db) fn before_delete_all(&mut self, table: &Table) -> Inner<()> {
        table.hooks.as_ref().map_or(Ok(()), |hooks| self.fire_all(&hooks.delete_all, None))
    }

    /// Before an object enters the indexes: what a handler puts to it goes with it.
    pub(in crate::db) fn before_checkpoint(&mut self, table: &Table, at: RowKey) -> Inner<()> {
        table.hooks.as_ref().map_or(Ok(()), |hooks| self.fire_all(&hooks.checkpoint, Some(at)))
    }

    /// A new object has entered the indexes.
    pub(in crate::db) fn after_new(&mut self, table: &Table, at: RowKey) -> Inner<()> {
        table.hooks.as_ref().map_or(Ok(()), |hooks| self.fire_all(&hooks.new, Some(at)))
    }

    /// Puts all pending objects into the table, in order, with those that handlers leave behind.
    pub(in crate::db) fn checkpoint_all(&mut self) -> Inner<()> {
        for _ in 0..ROUNDS {
            let mut next = Slot::default();
            while let Some(slot) = self.in_transaction()?.pending.slot_from(next) {
                match self.in_transaction()?.pending.batch(slot) {
                    // What is left of it stands in its slots.
                    Some(batch) => self.checkpoint_batch(slot, &batch)?,
                    None => {
                        self.checkpoint_slot(slot)?;
                        next = slot.next();
                    }
                }
            }
            if self.in_transaction()?.pending.is_empty() {
                return Ok(());
            }
        }
        fault(Code::E_LONG_TRANSACTION, format!("handlers of events have left new changes behind {ROUNDS} times over"))
    }

    fn fire_all(&mut self, events: &[u16], at: Option<RowKey>) -> Inner<()> {
        events.iter().try_for_each(|event| self.fire(*event, at))
    }

    /// An event has happened: handlers hear of it now, those who wait after the commit.
    fn fire(&mut self, event: u16, at: Option<RowKey>) -> Inner<()> {
        self.in_transaction()?.fired.insert(event);
        self.call_handlers(event, Moment::After, at)
    }
}

/// Events of rows that replication brings. These rows exist, wherever they were made: what a handler answers is only logged, and what it
/// did wrong is its own loss.
impl Connection {
    /// Before received rows are placed; gives those whose class has events. What the table has of the rows is read again when handlers ran.
    pub(in crate::db) fn arriving(&mut self, arrivals: &mut [Arrival<'_>]) -> Inner<Vec<(RowKey, Option<Row>)>> {
        let database = Arc::clone(&self.database);
        let mut noted = Vec::new();
        self.forget_row();
        for arrival in arrivals.iter() {
            let table = table(&database, arrival.at.class)?;
            let Some(hooks) = &table.hooks else { continue };
            if let Some(old) = &arrival.old {
                let fields = differing(old, &arrival.row);
                for event in hooks.of_put(&fields) {
                    let done = self.call_handlers(event, Moment::Before, Some(arrival.at));
                    self.forgive(done)?;
                }
            }
            noted.push(arrival.at);
        }
        // Perhaps those of another row, which ran when these had been read.
        if std::mem::take(&mut self.in_transaction()?.stirred) {
            self.settle_handlers()?;
            for arrival in arrivals.iter_mut() {
                let mut stored = Row::default();
                arrival.old = self.read_row(arrival.at, &mut stored)?.then_some(stored);
            }
        }
        let olds: HashSet<RowKey> = noted.into_iter().collect();
        Ok(arrivals.iter().filter(|a| olds.contains(&a.at)).map(|a| (a.at, a.old.clone())).collect())
    }

    /// Received rows are in their tables.
    pub(in crate::db) fn arrived(&mut self, rows: Vec<(RowKey, Option<Row>)>) -> Inner<()> {
        let database = Arc::clone(&self.database);
        for (at, old) in rows {
            let table = table(&database, at.class)?;
            let mut new = Row::default();
            let (Some(hooks), true) = (&table.hooks, self.read_row(at, &mut new)?) else { continue };
            let fields = old.as_ref().map(|old| differing(old, &new));
            // Handlers read what the table has now.
            self.forget_row();
            let puts = fields.iter().flat_map(|fields| hooks.of_put(fields));
            let made = if old.is_none() { hooks.new.as_slice() } else { &[] };
            for event in puts.chain(hooks.checkpoint.iter().copied()).chain(made.iter().copied()) {
                let done = self.fire(event, Some(at));
                self.forgive(done)?;
            }
            self.settle_handlers()?;
        }
        Ok(())
    }

    /// Before a stored row goes because replication says so.
    pub(in crate::db) fn leaving(&mut self, table: &Table, at: RowKey) -> Inner<()> {
        let Some(hooks) = &table.hooks else { return Ok(()) };
        self.forget_row();
        for event in &hooks.delete {
            let done = self.fire(*event, Some(at));
            self.forgive(done)?;
        }
        self.settle_handlers()
    }

    /// What handlers have changed goes into the tables; what does not fit there is dropped.
    fn settle_handlers(&mut self) -> Inner<()> {
        for _ in 0..ROUNDS {
            let Some(at) = self.in_transaction()?.pending.first() else { return Ok(()) };
            let Some(slot) = self.in_transaction()?.pending.slot(at) else { return Ok(()) };
            let done = self.checkpoint_slot(slot);
            if done.is_err() {
                self.in_transaction()?.pending.take(at);
            }
            self.forgive(done)?;
        }
        log::warn!("handlers of events leave new changes behind again and again; these are dropped");
        self.in_transaction()?.pending.clear(None);
        Ok(())
    }

    /// An error in a handler, unless the transaction is lost with it.
    fn forgive(&mut self, done: Inner<()>) -> Inner<()> {
        let error = match done {
            Ok(()) => return Ok(()),
            Err(Fault::Ours(error)) if !error.code.is_fatal() && !self.engine.is_autocommit() => error,
            Err(fault) => return Err(fault),
        };
        log::warn!("an event of a received row: {}", error.text);
        self.in_transaction()?.recover();
        Ok(())
    }
}

/// Fields in which two states of a row differ.
fn differing(old: &Row, new: &Row) -> Vec<u16> {
    (0_u16..).zip(old.values.iter().zip(&new.values)).filter(|(_, (old, new))| old != new).map(|(field, _)| field).collect()
}
