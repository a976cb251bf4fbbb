//! How much of a class may wait to be acknowledged, kept with the database by the name of the class.

use crate::base::{Code, Millis, Result};
use crate::db::connection::table;
use crate::db::fault::{Inner, damaged, fault};
use crate::db::layout::{Flow, Layout, unsigned};
use crate::db::tally::{Tallies, Tally};
use crate::db::{Connection, Database};
use std::sync::Arc;

/// What becomes of a row for which the bound of its class has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The insert fails with `E_NOMEM`.
    #[default]
    Refuse = 0,
    /// It is taken; the rows that have waited longest are dropped by the commit.
    DropOldest = 1,
    /// It is taken and dropped by the commit. Changes of rows that are there are taken and kept.
    DropNewest = 2,
}

/// A bound of what waits in one class; 0 stands for no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Most rows.
    pub rows: u64,
    /// Most bytes of content.
    pub bytes: u64,
    /// How long a row may wait before the policy applies, by the wall clock; looked at by commits of the class.
    pub age: Millis,
    /// What then becomes of rows.
    pub policy: Policy,
}

impl Policy {
    /// The policy of this number.
    pub fn of(number: i64) -> Option<Policy> {
        [Policy::Refuse, Policy::DropOldest, Policy::DropNewest].into_iter().find(|policy| *policy as i64 == number)
    }
}

impl Database {
    /// The bound of a class.
    pub fn bound_of(&self, class: u16) -> Option<Bound> {
        let bound = |tallies: &Tallies| tallies.get(&class).map(|tally| tally.bound);
        // Another process may have set one.
        if self.is_shared()
            && let Ok(tallies) = self.with_inside(|inside| load(&inside.keeper, &self.layout))
        {
            return bound(&tallies);
        }
        bound(&self.state.lock().tallies)
    }
}

impl Connection {
    /// Bounds what waits to be acknowledged in a class that is sent from here: own rows of an uptable that no node above has, rows of a
    /// downtable that their receivers (common ones: every known agent) lack. What is dropped becomes a gap record. Kept with the
    /// database; `None`, or nothing but zeros, takes the bound away.
    ///
    /// Rows that wait already beyond the bound are dropped at once with [`Policy::DropOldest`], else they stay.
    /// `E_ILLEGAL_PARAM` for a class that is unknown or not sent from here; `E_NOMEM`, with a file `E_DISK_SPACE_EXHAUSTED`, for the
    /// first bound of a class of which very much waits in a database that is full; `E_TRANS_NOT_CLOSED`.
    pub fn set_bound(&mut self, class: u16, bound: Option<Bound>) -> Result<()> {
        let bound = bound.filter(|bound| bound.rows != 0 || bound.bytes != 0 || bound.age.0 != 0);
        self.own_transaction(|connection| {
            let database = Arc::clone(&connection.database);
            let table = table(&database, class)?;
            if table.flow != Flow::Out {
                let text =
                    format!("rows of class '{}' are not sent from this database, so nothing waits that has a bound", table.class);
                return fault(Code::E_ILLEGAL_PARAM, text);
            }
            connection.put_bound(&table.class, bound)?;
            if let Err(error) = reindex_class(&connection.engine, class, bound.is_some()) {
                let text = format!(
                    "there is no room to begin counting what waits in class '{}'; clear rows or raise the limit first",
                    table.class
                );
                let code = if database.is_file() { Code::E_DISK_SPACE_EXHAUSTED } else { Code::E_NOMEM };
                return if error.is_full() { fault(code, text) } else { Err(error) };
            }
            let open = connection.in_transaction()?;
            open.dirty = true;
            let tallies = Arc::make_mut(&mut open.state.tallies);
            match bound {
                Some(bound) => {
                    tallies.insert(class, Tally::new(bound));
                    open.touched.grow(class);
                }
                None => {
                    tallies.remove(&class);
                }
            }
            Ok(())
        })
    }

    fn put_bound(&mut self, class: &str, bound: Option<Bound>) -> Inner<()> {
        let Some(Bound { rows, bytes, age, policy }) = bound else {
            self.engine.execute("DELETE FROM _mco_bounds WHERE class = ?1", [class])?;
            return Ok(());
        };
        let [rows, bytes, age] = [rows, bytes, age.0].map(|n| n.min(i64::MAX as u64).cast_signed());
        self.engine.execute(
            "INSERT OR REPLACE INTO _mco_bounds(class, rows, bytes, age, policy) VALUES(?1, ?2, ?3, ?4, ?5)",
            rusqlite::params![class, rows, bytes, age, policy as i64],
        )?;
        Ok(())
    }
}

/// The bounds that the file has; nothing is counted yet.
pub(in crate::db) fn load(sql: &rusqlite::Connection, layout: &Layout) -> Inner<Tallies> {
    let mut tallies = Tallies::new();
    let mut statement = sql.prepare_cached("SELECT class, rows, bytes, age, policy FROM _mco_bounds")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let Some(policy) = Policy::of(row.get(4)?) else { return damaged("a bound has an unknown policy") };
        let bound =
            Bound { rows: unsigned(row.get(1)?)?, bytes: unsigned(row.get(2)?)?, age: Millis(unsigned(row.get(3)?)?), policy };
        if let Some(table) = layout.tables.iter().find(|table| table.class == name && table.flow == Flow::Out) {
            tallies.insert(table.code, Tally::new(bound));
        }
    }
    Ok(tallies)
}

/// Gives the records of each class with a bound an index of their own, after class codes have changed.
pub(in crate::db) fn reindex(sql: &rusqlite::Connection, layout: &Layout) -> Inner<()> {
    let bounded = load(sql, layout)?;
    for table in &layout.tables {
        reindex_class(sql, table.code, false)?;
        if bounded.contains_key(&table.code) {
            reindex_class(sql, table.code, true)?;
        }
    }
    Ok(())
}

/// Classes without a bound pay nothing: their records are not in any such index.
fn reindex_class(sql: &rusqlite::Connection, class: u16, wanted: bool) -> Inner<()> {
    Ok(sql.execute_batch(&if wanted {
        format!(
            "CREATE INDEX IF NOT EXISTS _mco_log_class_{class} ON _mco_log(ts, stream, epoch, oid) WHERE gone = 0 AND class = {class}"
        )
    } else {
        format!("DROP INDEX IF EXISTS _mco_log_class_{class}")
    })?)
}
