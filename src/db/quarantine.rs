//! Received rows that cannot be applied: kept aside with their code.

use crate::base::{AgentId, Change, Code, State, Value, Writer};
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::layout::{Stamp, unsigned};
use crate::db::pending::RowKey;

/// Most rows of one origin that are kept aside; of further ones only their number is kept.
pub const MAX_QUARANTINED: u64 = 10_000;
/// Reason of a gap record: the quarantine was full.
const QUARANTINE_FULL: i64 = 1;

impl Connection {
    /// Keeps a row aside, in place of an older version of it.
    pub(in crate::db) fn set_aside(&mut self, at: RowKey, version: Stamp, change: &Change, code: Code) -> Inner<()> {
        let State::Row(values) = &change.state else { return Ok(()) };
        let agent = change.agent.0.cast_signed();
        self.release(at, None)?;
        if self.quarantined(change.agent)? >= MAX_QUARANTINED {
            log::warn!("{MAX_QUARANTINED} rows of agent {} are set aside; a further one is dropped", change.agent);
            self.engine
                .prepare_cached(
                    "INSERT INTO _mco_gaps(agent, class, reason, first, last, rows) VALUES(?1, ?2, ?3, ?4, ?4, 1)
                     ON CONFLICT DO UPDATE SET first = min(first, ?4), last = max(last, ?4), rows = rows + 1",
                )?
                .execute([agent, i64::from(at.class), QUARANTINE_FULL, version.ts.cast_signed()])?;
            return Ok(());
        }
        self.engine.prepare_cached("INSERT INTO _mco_quarantine VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
            rusqlite::params![
                at.key.epoch.cast_signed(),
                at.key.oid.cast_signed(),
                at.class,
                version.ts.cast_signed(),
                version.epoch.cast_signed(),
                agent,
                code.0,
                encode(values)
            ],
        )?;
        Ok(())
    }

    /// Whether anything is kept aside.
    pub(in crate::db) fn has_quarantine(&self) -> Inner<bool> {
        Ok(self.engine.prepare_cached("SELECT EXISTS(SELECT 1 FROM _mco_quarantine)")?.query_row([], |row| row.get(0))?)
    }

    /// Drops what is kept aside of a row, unless that is newer than `than`.
    pub(in crate::db) fn release(&mut self, at: RowKey, than: Option<u64>) -> Inner<()> {
        self.engine.prepare_cached("DELETE FROM _mco_quarantine WHERE epoch = ?1 AND oid = ?2 AND ts <= ?3")?.execute([
            at.key.epoch.cast_signed(),
            at.key.oid.cast_signed(),
            than.map_or(i64::MAX, u64::cast_signed),
        ])?;
        Ok(())
    }

    /// Number of rows of an origin that are kept aside.
    fn quarantined(&self, agent: AgentId) -> Inner<u64> {
        let mut statement = self.engine.prepare_cached("SELECT count(*) FROM _mco_quarantine WHERE agent = ?1")?;
        unsigned(statement.query_row([agent.0.cast_signed()], |row| row.get(0))?)
    }
}

/// Values as docs/format.md describes them.
fn encode(values: &[Value]) -> Vec<u8> {
    let mut out = Writer::new();
    for value in values {
        match value {
            Value::Null => out.u8(0),
            Value::Int(n) => {
                out.u8(1);
                out.zigzag(*n);
            }
            Value::UInt(n) => {
                out.u8(2);
                out.varint(*n);
            }
            Value::Real(x) => {
                out.u8(3);
                out.u64(x.to_bits());
            }
            Value::Bytes(bytes) => {
                out.u8(4);
                out.bytes(bytes);
            }
        }
    }
    out.bytes
}
