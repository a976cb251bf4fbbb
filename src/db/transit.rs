//! Parcels that a router has custody of: kept as they came, until the node above has them.

use crate::base::{AgentId, Group, State, Value};
use crate::db::fault::Inner;
use crate::db::layout::unsigned;
use crate::db::{Connection, IncomingParcel, OutgoingParcel};

/// Counted for every parcel beside its bytes, so that one timestamp never has very many.
const PARCEL_BYTES: usize = 1 << 10;
/// Most parcels in one batch, those of its last timestamp excepted.
const MAX_PARCELS: usize = 512;
/// Counted for every row, and for everything else that a parcel lists.
const ITEM_BYTES: usize = 16;
/// Most parcels that are let go of in one transaction.
const SLICE: i64 = 256;

/// Parcels that follow a position, whole timestamps of them.
#[derive(Debug, Default)]
pub(in crate::db) struct Kept {
    /// The parcels with their timestamps, rising.
    pub(in crate::db) parcels: Vec<(u64, OutgoingParcel)>,
    /// What they stand for, in bytes.
    pub(in crate::db) bytes: usize,
    /// More parcels lie behind the last timestamp here.
    pub(in crate::db) more: bool,
}

impl Connection {
    /// Takes custody of a parcel as a part of this transaction, and gives the timestamp under which it is kept: `E_NOMEM`, with a file
    /// `E_DISK_SPACE_EXHAUSTED`, when only the reserve is left; `E_UNSUPPORTED` when it is too large for this database and (`whole`) the
    /// sender cannot make it smaller.
    pub(in crate::db) fn keep_parcel(&mut self, group: Group, part: i64, parcel: &IncomingParcel, whole: bool) -> Inner<u64> {
        self.spend_body(parcel.body.len() as u64, AgentId::INVALID, whole)?;
        let ts = self.in_transaction()?.state.now();
        let at = self.database.options.clock.millis();
        self.engine
            .prepare_cached(
                "INSERT INTO _mco_transit(grp, ts, part, schema, rows, weight, at, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(rusqlite::params![
                group.0,
                ts.cast_signed(),
                part,
                parcel.schema.cast_signed(),
                i64::try_from(parcel.rows()).unwrap_or(i64::MAX),
                u32::try_from(weight(parcel)).unwrap_or(u32::MAX),
                at.cast_signed(),
                parcel.body
            ])?;
        let open = self.in_transaction()?;
        open.state.part.count(0, parcel.body.len() + PARCEL_BYTES);
        open.dirty = true;
        Ok(ts)
    }

    /// Lets go of parcels up to a timestamp, which the node above has now; some of them only. `true` if more are left.
    pub(in crate::db) fn drop_parcels(&mut self, group: Group, until: u64) -> Inner<bool> {
        let whose = [i64::from(group.0), until.cast_signed()];
        let count = self
            .engine
            .prepare_cached(
                "DELETE FROM _mco_transit WHERE (grp, ts, part) IN
                 (SELECT grp, ts, part FROM _mco_transit WHERE grp = ?1 AND ts <= ?2 ORDER BY ts, part LIMIT ?3)",
            )?
            .execute([whose[0], whose[1], SLICE])?;
        self.in_transaction()?.dirty |= count > 0;
        Ok(i64::try_from(count) == Ok(SLICE))
    }
}

/// Parcels behind `after` and up to `until`: whole timestamps, as many as make about `max_bytes`, at least one.
pub(in crate::db) fn kept_parcels(
    sql: &rusqlite::Connection,
    group: Group,
    after: u64,
    until: u64,
    max_bytes: usize,
) -> Inner<Kept> {
    let mut statement = sql.prepare_cached(
        "SELECT ts, schema, rows, body, weight FROM _mco_transit WHERE grp = ?1 AND ts > ?2 AND ts <= ?3 ORDER BY ts, part",
    )?;
    let mut rows = statement.query([i64::from(group.0), after.cast_signed(), until.cast_signed()])?;
    let mut kept = Kept::default();
    // Where the last whole timestamp ends.
    let (mut whole, mut whole_bytes) = (0, 0);
    while let Some(row) = rows.next()? {
        let ts = unsigned(row.get(0)?)?;
        if kept.parcels.last().is_some_and(|last| last.0 != ts) {
            (whole, whole_bytes) = (kept.parcels.len(), kept.bytes);
            if kept.bytes >= max_bytes || whole >= MAX_PARCELS {
                kept.more = true;
                break;
            }
        }
        let body: Vec<u8> = row.get(3)?;
        kept.bytes = kept.bytes.saturating_add(row.get::<_, u32>(4)? as usize).saturating_add(PARCEL_BYTES);
        let parcel = OutgoingParcel::Kept { schema: row.get::<_, i64>(1)?.cast_unsigned(), rows: row.get(2)?, body };
        kept.parcels.push((ts, parcel));
        if kept.bytes > max_bytes && whole > 0 {
            kept.more = true;
            kept.parcels.truncate(whole);
            kept.bytes = whole_bytes;
            break;
        }
    }
    Ok(kept)
}

/// What a parcel stands for, in bytes: few can stand for very many equal values, and a receiver bounds what all parcels of a batch stand for.
fn weight(parcel: &IncomingParcel) -> usize {
    let set = &parcel.set;
    let listed = set.changes.len() + parcel.strange.len() + set.epochs.len() + set.notes.len() + set.beats.len() + set.gaps.len();
    let rows = set.changes.iter().chain(parcel.strange.iter().map(|(_, change)| change));
    let values: usize =
        rows.map(|change| if let State::Row(row) = &change.state { row.iter().map(Value::weight).sum() } else { 0 }).sum();
    parcel.body.len().max(values.saturating_add(listed * ITEM_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{AgentId, Change, ChangeSet, EpochId, Identity, Timestamp};

    #[test]
    fn a_parcel_weighs_what_it_stands_for() {
        let row = |state: State| Change {
            class: 1,
            id: Identity::new(EpochId(1), 1),
            ts: Timestamp(1),
            epoch: EpochId(1),
            agent: AgentId(1000),
            state,
        };
        let text = row(State::Row(vec![Value::Bytes(vec![b'x'; 1000].into()), Value::NULL]));
        let parcel = |rows: usize, strange: usize, body: usize| IncomingParcel {
            schema: 1,
            body: vec![0; body],
            set: ChangeSet { changes: vec![text.clone(); rows], ..ChangeSet::default() },
            strange: vec![("Other".into(), text.clone()); strange],
        };
        assert_eq!(weight(&parcel(0, 0, 77)), 77);
        assert_eq!((weight(&parcel(100, 0, 77)), weight(&parcel(60, 40, 77))), (100 * 1022, 100 * 1022));
        assert_eq!(
            weight(&IncomingParcel {
                set: ChangeSet { changes: vec![row(State::Removed); 9], ..ChangeSet::default() },
                ..parcel(0, 0, 1)
            }),
            144
        );
    }
}
