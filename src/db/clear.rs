//! Removing acknowledged rows.

use crate::base::{AgentId, Code, Result, Role, fail};
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::holds::Reach;
use crate::db::keys::{self, Key};
use crate::db::layout::{Flow, Row, Stamp, unsigned};
use crate::db::log::Stream;
use crate::db::pending::RowKey;
use crate::db::{Connection, PeerMarks};
use rusqlite::OptionalExtension;
use std::sync::Arc;

/// Rows looked at in one transaction of a clear, about.
const SLICE: usize = 4096;

impl Connection {
    /// Removes acknowledged rows, in slices: from the uptables of a device, from the downtables of a server. A row that
    /// changed after it was acknowledged stays. Never replicated.
    ///
    /// `E_IOT_WRONG_AGENT_ID` for a reserved id, `E_ILLEGAL_PARAM` for an unknown class, `E_TRANS_NOT_CLOSED`.
    pub fn clear(&mut self, agent: AgentId, class: Option<u16>) -> Result<()> {
        if agent > AgentId::MAX && agent != AgentId::ALL_UP && agent != AgentId::ALL_DOWN {
            return fail(Code::E_IOT_WRONG_AGENT_ID, format!("agent id {agent} is reserved"));
        }
        if let Some(class) = class.filter(|class| self.database.layout.table(*class).is_none()) {
            return fail(Code::E_ILLEGAL_PARAM, format!("the schema has no class {class}"));
        }
        let Some(node) = self.database.node() else { return Ok(()) };
        let peers = self.peers()?;
        // Read later than the marks: a mark moves after the hold was made for what it passes over.
        let holds = self.all_holds()?;
        for (stream, until) in streams(node.role, agent, &peers) {
            let reach = Reach::new(node.role, stream, until, &peers, &holds);
            let mut after = [-1; 4];
            while let Some(last) = self.own_transaction(|connection| connection.clear_slice(stream, &reach, class, after))? {
                after = last;
            }
        }
        Ok(())
    }

    /// Clears behind a place in the log; gives the place to go on from.
    fn clear_slice(&mut self, stream: Stream, reach: &Reach, class: Option<u16>, after: [i64; 4]) -> Inner<Option<[i64; 4]>> {
        let mut at = after;
        let mut seen = 0;
        while seen < SLICE {
            let [ts, record_class, epoch, oid] = at;
            let found: Option<([i64; 4], Vec<u8>)> = self
                .engine
                .prepare_cached(
                    "SELECT ts, class, epoch, oid, keys FROM _mco_log WHERE gone = 0 AND stream = ?1 AND ts <= ?6
                     AND (ts, class, epoch, oid) > (?2, ?3, ?4, ?5) AND (?7 = 0 OR class = ?7)
                     ORDER BY ts, class, epoch, oid LIMIT 1",
                )?
                .query_row(
                    [
                        stream.cast_signed(),
                        ts,
                        record_class,
                        epoch,
                        oid,
                        reach.until.cast_signed(),
                        i64::from(class.unwrap_or(0)),
                    ],
                    |row| Ok(([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?], row.get(4)?)),
                )
                .optional()?;
            let Some((record, keys)) = found else { return Ok(None) };
            at = record;
            let keys = keys::decode(&keys)?;
            seen += keys.len().max(1);
            self.clear_record(stream, reach, record, &keys)?;
        }
        Ok(Some(at))
    }

    fn clear_record(&mut self, stream: Stream, reach: &Reach, record: [i64; 4], keys: &[Key]) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let class = u16::try_from(record[1]).unwrap_or(0);
        let table = table(&database, class)?;
        let until = reach.of(class);
        if record[0] > until.cast_signed() {
            return Ok(());
        }
        let mut row = Row::default();
        for key in keys {
            if table.flow != Flow::Out || !self.read_row(RowKey { class, key: *key }, &mut row)? {
                continue;
            }
            let receiver = self.receiver(class, &row)?;
            if row.stamp.ts > until || receiver.0 != stream {
                continue;
            }
            self.erase(table, *key)?;
            self.forget_kept(row.stamp, *key)?;
            if table.agent.is_some() {
                self.note_cleared(*key, receiver, row.stamp)?;
            }
        }
        // Whatever stays has a later key: the record has served its purpose.
        self.engine
            .prepare_cached(
                "DELETE FROM _mco_log WHERE gone = 0 AND stream = ?1 AND ts = ?2 AND class = ?3 AND epoch = ?4 AND oid = ?5",
            )?
            .execute([stream.cast_signed(), record[0], record[1], record[2], record[3]])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Remembers that a row of ours was removed here and lives on at its receivers. Neighbours become one entry.
    pub(in crate::db) fn note_cleared(&mut self, key: Key, receiver: AgentId, version: Stamp) -> Inner<()> {
        let whose = [key.epoch.cast_signed(), key.oid.cast_signed()];
        let before: Option<(i64, i64, i64, i64, i64)> = self
            .engine
            .prepare_cached(
                "SELECT low, high, receiver, ts, vepoch FROM _mco_cleared WHERE epoch = ?1 AND low <= ?2 ORDER BY low DESC LIMIT 1",
            )?
            .query_row(whose, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        if let Some((low, high, to, ts, vepoch)) = before
            && unsigned(high)?.checked_add(1) == Some(key.oid)
            && to == receiver.0.cast_signed()
        {
            let newer = version.ts.cast_signed() > ts;
            self.engine
                .prepare_cached("UPDATE _mco_cleared SET high = ?3, ts = ?4, vepoch = ?5 WHERE epoch = ?1 AND low = ?2")?
                .execute([
                    whose[0],
                    low,
                    whose[1],
                    if newer { version.ts.cast_signed() } else { ts },
                    if newer { version.epoch.cast_signed() } else { vepoch },
                ])?;
            return Ok(());
        }
        self.engine.prepare_cached("INSERT OR REPLACE INTO _mco_cleared VALUES(?1, ?2, ?2, ?3, ?4, ?5)")?.execute([
            whose[0],
            whose[1],
            receiver.0.cast_signed(),
            version.ts.cast_signed(),
            version.epoch.cast_signed(),
        ])?;
        Ok(())
    }
}

/// Streams that a clear goes through, each with the timestamp up to which its readers have acknowledged.
fn streams(role: Role, agent: AgentId, peers: &[PeerMarks]) -> Vec<(Stream, u64)> {
    let everybody = agent == AgentId::ALL;
    let mut list = Vec::new();
    match role {
        Role::Device | Role::Router => {
            if everybody || agent == AgentId::SERVER || agent == AgentId::ALL_UP {
                let above = peers.iter().filter(|p| p.role != Role::Device).map(|p| p.acked.ts.0).max();
                list.extend(above.map(|until| (AgentId::ALL.0, until)));
            }
        }
        Role::Server => {
            let all = everybody || agent == AgentId::ALL_DOWN;
            list.extend(peers.iter().filter(|p| all || p.agent == agent).map(|p| (p.agent.0, p.acked.ts.0)));
            if all {
                let slowest = peers.iter().map(|p| p.acked.ts.0).min();
                list.extend(slowest.map(|until| (AgentId::ALL.0, until)));
            }
        }
    }
    list.retain(|(_, until)| *until > 0);
    list
}
