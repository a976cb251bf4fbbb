//! Parcels with rows of classes that the server does not know: kept as they came, until its schema has the classes.

use crate::base::{AgentId, Change, Code, Gap, GapReason, Group, Result, Timestamp};
use crate::db::fault::{Inner, fault};
use crate::db::layout::unsigned;
use crate::db::{Applied, Connection, IncomingParcel, MAX_QUARANTINED_BYTES};
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

/// Counted for every parcel beside its bytes.
const PARCEL_BYTES: u64 = 1 << 10;

/// A parcel that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strange {
    /// Names it; rises.
    pub id: u64,
    /// Hash of the schema that it is laid out by.
    pub schema: u64,
    /// Its bytes, as they came.
    pub body: Vec<u8>,
}

impl Connection {
    /// The first parcel behind `id` that is kept because the schema lacked a class. To be opened again when the schema has changed.
    pub fn next_strange(&mut self, id: u64) -> Result<Option<Strange>> {
        self.own_snapshot(|connection| {
            let text = "SELECT id, schema, body FROM _mco_strange WHERE id > ?1 ORDER BY id LIMIT 1";
            let found = connection
                .engine
                .prepare_cached(text)?
                .query_row([id.cast_signed()], |row| {
                    Ok(Strange {
                        id: row.get::<_, i64>(0)?.cast_unsigned(),
                        schema: row.get::<_, i64>(1)?.cast_unsigned(),
                        body: row.get(2)?,
                    })
                })
                .optional()?;
            Ok(found)
        })
    }

    /// Names the last parcel that is kept now; 0: none.
    pub fn last_strange(&mut self) -> Result<u64> {
        self.own_snapshot(|connection| {
            let text = "SELECT coalesce(max(id), 0) FROM _mco_strange";
            unsigned(connection.engine.prepare_cached(text)?.query_row([], |row| row.get(0))?)
        })
    }

    /// Applies a parcel that is kept, opened with the present schema: rows that are here already stay as they are. It is kept no longer
    /// when it has no strange rows any more. `S_NOTFOUND`: it is not kept.
    pub fn adopt_strange(&mut self, id: u64, parcel: &IncomingParcel) -> Result<Applied> {
        self.own_transaction(|connection| {
            let text = "SELECT grp FROM _mco_strange WHERE id = ?1";
            let group = connection.engine.prepare_cached(text)?.query_row([id.cast_signed()], |row| row.get(0)).optional()?;
            let Some(group) = group.map(Group) else { return fault(Code::S_NOTFOUND, format!("no parcel {id} is kept")) };
            connection.engine.prepare_cached("DELETE FROM _mco_strange WHERE id = ?1")?.execute([id.cast_signed()])?;
            connection.in_transaction()?.dirty = true;
            connection.apply_relayed(parcel, group)
        })
    }

    /// Keeps a parcel for its strange rows. Beyond the bound of its origin they are given up.
    pub(in crate::db) fn keep_strange(&mut self, origin: AgentId, group: Group, parcel: &IncomingParcel) -> Inner<()> {
        let bytes = parcel.body.len() as u64 + PARCEL_BYTES;
        let whose = [origin.0.cast_signed()];
        let text = "SELECT coalesce(sum(bytes), 0) FROM _mco_strange WHERE agent = ?1";
        let kept = unsigned(self.engine.prepare_cached(text)?.query_row(whose, |row| row.get(0))?)?;
        if kept > 0 && kept + bytes > MAX_QUARANTINED_BYTES {
            return self.give_strange_up(origin, group, &parcel.strange);
        }
        self.spend_body(parcel.body.len() as u64, AgentId::INVALID, parcel.is_whole())?;
        log::info!("{} rows of agent {origin} are of classes that the schema here lacks; they are kept", parcel.strange.len());
        self.engine
            .prepare_cached("INSERT INTO _mco_strange(agent, grp, schema, bytes, body) VALUES(?1, ?2, ?3, ?4, ?5)")?
            .execute(rusqlite::params![whose[0], group.0, parcel.schema.cast_signed(), bytes.cast_signed(), parcel.body])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    fn give_strange_up(&mut self, origin: AgentId, group: Group, rows: &[(String, Change)]) -> Inner<()> {
        log::warn!("too many rows of agent {origin} are of classes that the schema here lacks; {} are dropped", rows.len());
        let mut lost: BTreeMap<_, (Timestamp, Timestamp, u64)> = BTreeMap::new();
        for (_, change) in rows {
            let span = lost.entry(change.epoch).or_insert((change.ts, change.ts, 0));
            *span = (span.0.min(change.ts), span.1.max(change.ts), span.2 + 1);
        }
        for (epoch, (first, last, rows)) in lost {
            let gap = Gap { agent: origin, class: 0, epoch, first, last, rows, reason: GapReason::QuarantineFull };
            self.add_gap(&gap, group, 0)?;
        }
        Ok(())
    }
}
