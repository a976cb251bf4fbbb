//! Rows of ours that were removed here alone and live on at their receivers: what a reconcile has to spare.
//!
//! Rows whose numbers follow each other are one run. There are at most so many runs; when there would be more, the oldest are joined over what
//! lies between them. That must be nothing that a receiver may still have to give up: see [`Connection::walls`].

use crate::base::{AgentId, Group, KeptRows, Role};
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::keys::{self, Key};
use crate::db::layout::{Flow, Stamp, unsigned};
use crate::db::marks::Kind;
use crate::db::pending::RowKey;
use crate::db::read::{CHANGE_BYTES, MAX_EPOCHS, Reader};
use std::collections::HashMap;
use std::sync::Arc;

/// Most runs of one class that are remembered for one receiver.
pub(in crate::db) const MAX_RUNS: u64 = if cfg!(test) { 64 } else { 10_000 };
/// Joining goes through all runs. When it has made room for fewer than these, it is not done again in the same transaction.
const WORTH: u64 = MAX_RUNS / 8;
/// Most runs of kept rows in a page of a reconcile.
const MAX_KEPT: usize = 1 << 15;

/// Runs of a class for a receiver, as counted in this transaction.
#[derive(Clone, Debug, Default)]
pub(in crate::db) struct Runs(HashMap<(AgentId, u16), Count>);

#[derive(Clone, Copy, Debug)]
struct Count {
    runs: u64,
    /// Whether they may be joined.
    joins: bool,
}

/// Rows `low` to `high` of an epoch, as many as `rows` of them: their lowest version and their newest.
#[derive(Clone, Copy, Debug)]
struct Run {
    epoch: i64,
    low: i64,
    high: i64,
    rows: i64,
    since: i64,
    ts: i64,
    vepoch: i64,
}

impl Run {
    fn join(&mut self, next: Run) {
        (self.ts, self.vepoch) = (self.ts, self.vepoch).max((next.ts, next.vepoch));
        (self.high, self.rows, self.since) = (next.high, self.rows + next.rows, self.since.min(next.since));
    }
}

impl Connection {
    /// Whether one more row of a class can be remembered. If not, it has to stay here.
    pub(in crate::db) fn has_room_to_note(&mut self, class: u16, receiver: AgentId) -> Inner<bool> {
        let place = (receiver, class);
        let mut count = match self.in_transaction()?.touched.runs.0.get(&place) {
            Some(count) => *count,
            None => Count { runs: self.count_runs(class, receiver)?, joins: true },
        };
        if count.runs >= MAX_RUNS && count.joins {
            let left = self.join_runs(class, receiver, false)?;
            count = Count { runs: left, joins: left + WORTH <= MAX_RUNS };
            if left >= MAX_RUNS {
                log::warn!(
                    "rows for agent {receiver} (0: all) stay although they are acknowledged: {MAX_RUNS} runs of removed ones are remembered, with others \
                     between them that are still there or of which the agent has not heard yet"
                );
            }
        }
        self.in_transaction()?.touched.runs.0.insert(place, count);
        Ok(count.runs < MAX_RUNS)
    }

    /// Remembers that a row of ours was removed here and lives on at its receivers.
    pub(in crate::db) fn note_cleared(&mut self, at: RowKey, receiver: AgentId, version: Stamp) -> Inner<()> {
        let row = [
            receiver.0.cast_signed(),
            i64::from(at.class),
            at.key.epoch.cast_signed(),
            at.key.oid.cast_signed(),
            version.ts.cast_signed(),
            version.epoch.cast_signed(),
        ];
        let follows = "UPDATE _mco_cleared SET high = max(high, ?4), rows = rows + 1, since = min(since, ?5),
             vepoch = iif(?5 > ts, ?6, vepoch), ts = max(ts, ?5)
             WHERE receiver = ?1 AND class = ?2 AND epoch = ?3 AND high >= ?4 - 1 AND low =
             (SELECT max(low) FROM _mco_cleared WHERE receiver = ?1 AND class = ?2 AND epoch = ?3 AND low <= ?4)";
        if self.engine.prepare_cached(follows)?.execute(row)? > 0 {
            return Ok(());
        }
        self.engine.prepare_cached("INSERT INTO _mco_cleared VALUES(?1, ?2, ?3, ?4, ?4, 1, ?5, ?5, ?6)")?.execute(row)?;
        if let Some(count) = self.in_transaction()?.touched.runs.0.get_mut(&(receiver, at.class)) {
            count.runs += 1;
        }
        Ok(())
    }

    /// The same of a row that goes whether or not there is room: its whole class does.
    pub(in crate::db) fn note_emptied(&mut self, at: RowKey, receiver: AgentId, version: Stamp) -> Inner<()> {
        if !self.has_room_to_note(at.class, receiver)? {
            log::warn!(
                "a reconcile of agent {receiver} (0: all) may leave rows there that the server has removed, or take old ones"
            );
            let count = Count { runs: self.join_runs(at.class, receiver, true)?, joins: false };
            self.in_transaction()?.touched.runs.0.insert((receiver, at.class), count);
        }
        self.note_cleared(at, receiver, version)
    }

    fn count_runs(&self, class: u16, receiver: AgentId) -> Inner<u64> {
        let text = "SELECT count(*) FROM _mco_cleared WHERE receiver = ?1 AND class = ?2";
        let whose = [receiver.0.cast_signed(), i64::from(class)];
        unsigned(self.engine.prepare_cached(text)?.query_row(whose, |row| row.get(0))?)
    }

    /// Joins runs, the oldest first, until half of them are left. `forced`: whatever lies between them, and where they are of different epochs
    /// the oldest are forgotten. Gives how many there are then.
    pub(in crate::db) fn join_runs(&mut self, class: u16, receiver: AgentId, forced: bool) -> Inner<u64> {
        let runs = self.runs(class, receiver)?;
        let walls = if forced { vec![false; runs.len()] } else { self.walls(class, receiver, &runs)? };
        let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
        let mut left = runs.len() as u64;
        for (run, wall) in runs.iter().zip(walls) {
            match joined.last_mut() {
                Some(last) if last.epoch == run.epoch && !wall && left > MAX_RUNS / 2 => {
                    last.join(*run);
                    left -= 1;
                }
                _ => joined.push(*run),
            }
        }
        let excess = if forced { left.saturating_sub(MAX_RUNS - WORTH) } else { 0 };
        if joined.len() == runs.len() && excess == 0 {
            return Ok(left);
        }
        let whose = [receiver.0.cast_signed(), i64::from(class)];
        let mut forget = self.engine.prepare_cached(
            "DELETE FROM _mco_cleared WHERE receiver = ?1 AND class = ?2 AND epoch = ?3 AND low >= ?4 AND low <= ?5",
        )?;
        let mut put = self.engine.prepare_cached("INSERT INTO _mco_cleared VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        for (at, Run { epoch, low, high, rows, since, ts, vepoch }) in (0..).zip(joined) {
            forget.execute([whose[0], whose[1], epoch, low, high])?;
            if at >= excess {
                put.execute([whose[0], whose[1], epoch, low, high, rows, since, ts, vepoch])?;
            }
        }
        Ok(left - excess)
    }

    /// Runs of a class for a receiver, the oldest first.
    fn runs(&self, class: u16, receiver: AgentId) -> Inner<Vec<Run>> {
        let text = "SELECT epoch, low, high, rows, since, ts, vepoch FROM _mco_cleared WHERE receiver = ?1 AND class = ?2 ORDER BY epoch, low";
        let mut statement = self.engine.prepare_cached(text)?;
        let mut rows = statement.query([receiver.0.cast_signed(), i64::from(class)])?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            runs.push(Run {
                epoch: row.get(0)?,
                low: row.get(1)?,
                high: row.get(2)?,
                rows: row.get(3)?,
                since: row.get(4)?,
                ts: row.get(5)?,
                vepoch: row.get(6)?,
            });
        }
        Ok(runs)
    }

    /// Which runs cannot be joined with the one before: in the same stream a row lies between them that the receivers have and shall give up
    /// once it is removed, or that was removed and they have not heard of it. What they have given up, or never had, may lie there, and nobody
    /// else can hinder a receiver's runs from being joined.
    fn walls(&self, class: u16, receiver: AgentId, runs: &[Run]) -> Inner<Vec<bool>> {
        let database = Arc::clone(&self.database);
        let groups = database.groups_in(&self.engine)?;
        let group = groups.of(class);
        if self.misses_removals(receiver, group)? {
            return Ok(vec![true; runs.len()]);
        }
        let mut walls = vec![false; runs.len()];
        let to = receiver.0.cast_signed();
        let heard = match receiver {
            AgentId::ALL => self.lowest_mark(Kind::Acked, group)?.unwrap_or(0),
            agent => self.mark(Kind::acked(self.known(agent)?.map_or(Role::Device, |known| known.role)), agent, group)?.ts.0,
        };
        let text = "SELECT keys FROM _mco_log WHERE gone = 1 AND (?1 = 0 OR stream IN (0, ?1)) AND grp = ?2 AND ts > ?3";
        let mut statement = self.engine.prepare_cached(text)?;
        let mut rows = statement.query([to, i64::from(group.0), heard.cast_signed()])?;
        while let Some(row) = rows.next()? {
            for Key { epoch, oid } in keys::decode(row.get_ref(0)?.as_blob().unwrap_or_default())? {
                let at = runs.partition_point(|run| (run.epoch, run.low) <= (epoch.cast_signed(), oid.cast_signed()));
                if let Some(wall) = walls.get_mut(at) {
                    *wall = true;
                }
            }
        }
        let out = database.layout.tables.iter().filter(|table| table.flow == Flow::Out && groups.of(table.code) == group);
        for table in out {
            let text = format!(
                "SELECT EXISTS(SELECT 1 FROM {} WHERE _mco_epoch = ?1 AND _mco_oid > ?2 AND _mco_oid < ?3 AND (?4 = 0 OR {} IN (0, ?4)))",
                table.name, table.agent_column
            );
            let mut between = self.engine.prepare_cached(&text)?;
            for (pair, wall) in runs.windows(2).zip(walls.iter_mut().skip(1)).filter(|(_, wall)| !**wall) {
                if let [before, after] = pair {
                    *wall = between.query_row([before.epoch, before.high, after.low, to], |row| row.get(0))?;
                }
            }
        }
        Ok(walls)
    }

    /// Whether a receiver has to be reconciled, since removals that it has not heard of are forgotten.
    fn misses_removals(&self, receiver: AgentId, group: Group) -> Inner<bool> {
        let text = "SELECT EXISTS(SELECT 1 FROM _mco_marks m JOIN _mco_horizons h ON h.grp = m.grp AND h.stream IN (0, m.agent) AND h.ts > m.ts
             WHERE m.grp = ?1 AND (m.kind = ?3 AND ?2 = 0 OR m.kind IN (?3, ?4) AND m.agent = ?2))";
        let whose = [i64::from(group.0), receiver.0.cast_signed(), Kind::Acked as i64, Kind::RouterAcked as i64];
        Ok(self.engine.prepare_cached(text)?.query_row(whose, |row| row.get(0))?)
    }
}

impl Reader<'_> {
    /// Whether a row that is gone, and that readers lost at `ts`, was cleared here since and lives on at this peer.
    pub(in crate::db) fn is_cleared(&self, at: RowKey, ts: u64) -> Inner<bool> {
        let mut statement = self.sql.prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM _mco_cleared WHERE receiver = ?1 AND class = ?2 AND epoch = ?3 AND high >= ?4 AND ts >= ?5 AND low =
             (SELECT max(low) FROM _mco_cleared WHERE receiver = ?1 AND class = ?2 AND epoch = ?3 AND low <= ?4))",
        )?;
        for receiver in [AgentId::ALL, self.stream.agent] {
            let row = [receiver.0, u64::from(at.class), at.key.epoch, at.key.oid, ts].map(u64::cast_signed);
            if statement.query_row(row, |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes rows that clear has removed here and that stay with the agent, as many as go into a page; where the next page goes on.
    pub(in crate::db) fn take_kept(&mut self, place: Option<(bool, [i64; 2])>) -> Inner<Option<(bool, [i64; 2])>> {
        let Some((private, behind)) = place else { return Ok(None) };
        let all = [(false, AgentId::ALL, behind), (true, self.stream.agent, if private { behind } else { [-1, 0] })];
        for (is_private, receiver, [epoch, high]) in all.into_iter().filter(|(is_private, ..)| *is_private || !private) {
            if let Some(at) = self.take_kept_for(receiver, [epoch, high])? {
                return Ok(Some((is_private, at)));
            }
        }
        Ok(None)
    }

    /// The same of one receiver; `None` when these are all. In the order of their ends: runs that are joined between two pages end where the last
    /// of them did, so none is left out.
    fn take_kept_for(&mut self, receiver: AgentId, behind: [i64; 2]) -> Inner<Option<[i64; 2]>> {
        let groups = self.database.groups_in(self.sql)?;
        let mut statement = self.sql.prepare_cached(
            "SELECT epoch, low, high, class FROM _mco_cleared WHERE receiver = ?1 AND (epoch, high) > (?2, ?3) ORDER BY epoch, high",
        )?;
        let mut rows = statement.query([receiver.0.cast_signed(), behind[0], behind[1]])?;
        let mut last = behind;
        while let Some(row) = rows.next()? {
            if groups.of(row.get(3)?) != self.stream.group {
                continue;
            }
            let full = self.bytes >= self.max_bytes || self.named.len() >= MAX_EPOCHS || self.spared.len() >= MAX_KEPT;
            if full && !self.spared.is_empty() {
                return Ok(Some(last));
            }
            last = [row.get(0)?, row.get(2)?];
            let epoch = self.epoch_id(unsigned(last[0])?)?;
            self.spared.push(KeptRows { epoch, low: unsigned(row.get(1)?)?, high: unsigned(last[1])? });
            self.bytes += CHANGE_BYTES;
        }
        Ok(None)
    }
}
