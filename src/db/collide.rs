//! Putting received rows into their tables where unique keys may stand in the way.

use crate::db::Connection;
use crate::db::arrival::Arrival;
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::layout::Table;
use crate::db::pending::RowKey;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How often rows that collide are tried again one by one before they are looked at together.
const ROUNDS: usize = 4;
/// How often a group of rows that exchange keys is tried, each time without the row that did not fit.
const ATTEMPTS: usize = 64;

impl Connection {
    /// Writes received rows; gives back those that a unique index keeps out. Rows may exchange keys among each other.
    /// Of a row that is kept out the former state stays.
    pub(in crate::db) fn place<'s>(&mut self, mut arrivals: Vec<Arrival<'s>>) -> Inner<Vec<Arrival<'s>>> {
        if !self.database.layout.has_hooks {
            return self.place_all(arrivals);
        }
        let told = self.arriving(&mut arrivals)?;
        let blocked = self.place_all(arrivals)?;
        let out: HashSet<RowKey> = blocked.iter().map(|arrival| arrival.at).collect();
        self.arrived(told.into_iter().filter(|(at, _)| !out.contains(at)).collect())?;
        Ok(blocked)
    }

    fn place_all<'s>(&mut self, arrivals: Vec<Arrival<'s>>) -> Inner<Vec<Arrival<'s>>> {
        let mut rest = arrivals;
        for _ in 0..ROUNDS {
            let count = rest.len();
            let mut blocked = Vec::new();
            for arrival in rest {
                if !self.try_place(&arrival)? {
                    blocked.push(arrival);
                }
            }
            rest = blocked;
            // A round that placed some may have freed keys for others; one that placed none never will.
            if rest.is_empty() || rest.len() == count {
                break;
            }
        }
        if rest.len() < 2 {
            return Ok(rest);
        }
        let (mut out, group) = self.split(rest)?;
        out.extend(self.exchange(group)?);
        Ok(out)
    }

    /// Writes one row: `false` when a unique key stands in the way.
    fn try_place(&mut self, arrival: &Arrival<'_>) -> Inner<bool> {
        let database = Arc::clone(&self.database);
        let table = table(&database, arrival.at.class)?;
        self.spend(table, &arrival.row)?;
        let placed = self.write_received(table, arrival, arrival.is_fresh())?;
        if placed
            && self.has_quarantine()
            && arrival.old.as_ref().is_some_and(|old| database.layout.rekeys(table, old, &arrival.row))
        {
            self.unblock(arrival.at.key)?;
        }
        Ok(placed)
    }

    /// Inserts (`fresh`) or updates a row: `false` when a unique key or the oid of another row stands in the way.
    pub(in crate::db) fn write_received(&mut self, table: &Table, arrival: &Arrival<'_>, fresh: bool) -> Inner<bool> {
        if self.elsewhere(table, &arrival.row)?.is_some() {
            return Ok(false);
        }
        match self.write_row(table, arrival.at.key, &arrival.row, fresh) {
            Ok(()) => Ok(true),
            Err(fault) if fault.is_collision() => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// Tells rows whose keys are held by a row that stays (first) from those that only wait for each other (second).
    fn split<'s>(&mut self, rows: Vec<Arrival<'s>>) -> Inner<(Vec<Arrival<'s>>, Vec<Arrival<'s>>)> {
        let group: HashSet<RowKey> = rows.iter().filter(|a| !a.is_fresh()).map(|a| a.at).collect();
        let mut waiting: HashMap<RowKey, Vec<RowKey>> = HashMap::new();
        let mut stuck = Vec::new();
        let database = Arc::clone(&self.database);
        for arrival in &rows {
            let table = table(&database, arrival.at.class)?;
            for holder in self.blockers(table, arrival.at.key, &arrival.row)? {
                if group.contains(&holder) {
                    waiting.entry(holder).or_default().push(arrival.at);
                } else {
                    stuck.push(arrival.at);
                }
            }
        }
        let mut out: HashSet<RowKey> = stuck.iter().copied().collect();
        while let Some(row) = stuck.pop() {
            for next in waiting.get(&row).into_iter().flatten() {
                if out.insert(*next) {
                    stuck.push(*next);
                }
            }
        }
        Ok(rows.into_iter().partition(|arrival| out.contains(&arrival.at)))
    }

    /// Takes the old rows of a group out and puts the new ones in. Gives back those that do not fit.
    fn exchange<'s>(&mut self, mut group: Vec<Arrival<'s>>) -> Inner<Vec<Arrival<'s>>> {
        let mut out = Vec::new();
        for _ in 0..ATTEMPTS {
            if group.is_empty() {
                return Ok(out);
            }
            self.engine.prepare_cached("SAVEPOINT exchange")?.execute([])?;
            let misfit = self.exchange_once(&group)?;
            if let Some(at) = misfit {
                self.engine.prepare_cached("ROLLBACK TO exchange")?.execute([])?;
                out.push(group.swap_remove(at));
            }
            self.engine.prepare_cached("RELEASE exchange")?.execute([])?;
            if misfit.is_none() {
                return Ok(out);
            }
        }
        out.extend(group);
        Ok(out)
    }

    fn exchange_once(&mut self, group: &[Arrival<'_>]) -> Inner<Option<usize>> {
        let database = Arc::clone(&self.database);
        for arrival in group.iter().filter(|a| !a.is_fresh()) {
            self.erase(table(&database, arrival.at.class)?, arrival.at.key)?;
        }
        for (at, arrival) in group.iter().enumerate() {
            let table = table(&database, arrival.at.class)?;
            if !self.write_received(table, arrival, true)? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}
