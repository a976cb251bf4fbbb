//! Voluntary indexes: there from the moment a program creates them until it drops them. What says so is the engine's own index, so a rollback,
//! a snapshot and the file tell the truth about it without any word of ours.

use crate::base::{Code, Result};
use crate::db::Connection;
use crate::db::connection::{scan, table};
use crate::db::fault::{Inner, fault};
use crate::db::layout::{Row, Table};
use crate::db::scan::Scan;
use rusqlite::OptionalExtension;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Connection {
    /// Makes a voluntary index of the rows that are in the table; nothing to do if it is there. `S_DUPLICATE`: it is unique and two rows have
    /// the same key; `E_KEY_TOO_LONG`; `E_NOMEM`, with a file `E_DISK_SPACE_EXHAUSTED`; `E_ILLEGAL_PARAM`: it is not voluntary. On any of
    /// them there is no index.
    pub fn create_index(&mut self, index: u16) -> Result<()> {
        self.writing(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = voluntary(scan(&database, index)?, index)?;
            if scan.exists(&connection.engine)? {
                return Ok(());
            }
            connection.check_keys(table(&database, scan.class)?, scan)?;
            connection.engine.prepare_cached("SAVEPOINT voluntary")?.execute([])?;
            let done = connection.build(scan);
            if done.is_err() && !connection.engine.is_autocommit() {
                connection.engine.prepare_cached("ROLLBACK TO voluntary")?.execute([])?;
            }
            if !connection.engine.is_autocommit() {
                connection.engine.prepare_cached("RELEASE voluntary")?.execute([])?;
            }
            match done {
                Err(fault) if fault.is_collision() => {
                    connection.last_unique = Some(index);
                    Err(Code::S_DUPLICATE.into())
                }
                done => done,
            }
        })
    }

    /// Takes a voluntary index away; nothing to do if it is absent. `E_ILLEGAL_PARAM`: it is not voluntary.
    pub fn drop_index(&mut self, index: u16) -> Result<()> {
        self.writing(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = voluntary(scan(&database, index)?, index)?;
            if !scan.exists(&connection.engine)? {
                return Ok(());
            }
            connection.engine.execute_batch(&format!("DROP INDEX {}", scan.name))?;
            connection.in_transaction()?.dirty = true;
            // Rows that were set aside may have waited for a key in it.
            connection.unblock_class(table(&database, scan.class)?)
        })
    }

    /// `E_VOLUNTARY_NOT_EXIST` for an index that is absent.
    pub fn check_index(&mut self, index: u16) -> Result<()> {
        self.reading(|connection| connection.check_present(scan(&connection.database, index)?))
    }

    pub(in crate::db) fn check_present(&self, scan: &Scan) -> Inner<()> {
        if scan.exists(&self.engine)? { Ok(()) } else { absent() }
    }

    fn build(&mut self, scan: &Scan) -> Inner<()> {
        self.engine.execute_batch(scan.create.as_deref().unwrap_or_default())?;
        self.in_transaction()?.dirty = true;
        self.in_transaction()?.state.credit = 0;
        let limit = self.database.limit_pages.load(Ordering::Relaxed);
        let free = self.free_pages(limit)?;
        if limit != 0 && free < self.database.reserve_pages() { self.full(free, limit) } else { Ok(()) }
    }

    /// Rows of this schema have no key over the limit; those of a former one may.
    fn check_keys(&self, table: &Table, scan: &Scan) -> Inner<()> {
        if !table.long_keys {
            return Ok(());
        }
        let mut row = Row::default();
        let mut statement = self.engine.prepare(&table.select_all)?;
        let mut rows = statement.query([])?;
        while let Some(columns) = rows.next()? {
            table.read(columns, 0, &mut row)?;
            if scan.is_too_long(&row) {
                return fault(Code::E_KEY_TOO_LONG, format!("a row of class '{}' has a key that is too long", table.class));
            }
        }
        Ok(())
    }
}

impl Scan {
    /// Whether its index is there, in the snapshot of this connection.
    pub(in crate::db) fn exists(&self, sql: &rusqlite::Connection) -> Inner<bool> {
        if !self.voluntary {
            return Ok(true);
        }
        let mut statement = sql.prepare_cached("SELECT 1 FROM main.sqlite_schema WHERE type = 'index' AND name = ?1")?;
        Ok(statement.query_row([self.name.trim_matches('"')], |_| Ok(())).optional()?.is_some())
    }
}

/// `E_VOLUNTARY_NOT_EXIST`.
pub(in crate::db) fn absent<T>() -> Inner<T> {
    fault(Code::E_VOLUNTARY_NOT_EXIST, "the voluntary index does not exist; create it first")
}

fn voluntary(scan: &Scan, index: u16) -> Inner<&Scan> {
    if scan.voluntary { Ok(scan) } else { fault(Code::E_ILLEGAL_PARAM, format!("index {index} is not voluntary")) }
}
