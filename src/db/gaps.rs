//! Gap records: rows that were given up. Loss is never silent.

use crate::base::{AgentId, EpochId, Gap, GapReason, Group, Position, Result, Role, Timestamp};
use crate::db::Connection;
use crate::db::fault::{Inner, damaged};
use crate::db::layout::unsigned;

/// Most records of one agent; beyond them those of one class, epoch and reason become one.
pub(in crate::db) const MAX_GAPS: i64 = 1024;
/// Records listed at a time.
const PAGE: usize = 256;

/// A record with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was given up.
    pub gap: Gap,
    /// When this database heard of it last, in milliseconds since 1970.
    pub millis: u64,
    /// Priority group of the rows.
    pub group: Group,
    /// Commit of ours with which it travels up.
    pub(in crate::db) ts: u64,
    /// How far the history of the agent went when that told it; the beginning when the record was made here.
    as_of: Position,
}

/// The point of no history: a record that is told as of there does not count as complete.
pub(in crate::db) const NOWHERE: Position = Position { ts: Timestamp(i64::MAX as u64), epoch: EpochId(0) };

impl Connection {
    /// All gap records: those made here, and those that nodes below have told, by agent.
    pub fn gaps(&mut self) -> Result<Vec<Gap>> {
        let (mut list, mut last) = (Vec::new(), None);
        loop {
            let page = self.gap_page(last.as_ref())?;
            last = page.last().copied();
            if last.is_none() {
                return Ok(list);
            }
            list.extend(page.into_iter().map(|told| told.gap));
        }
    }

    /// Number of gap records.
    pub fn gap_count(&mut self) -> Result<u64> {
        self.own_snapshot(|connection| {
            let count =
                connection.engine.prepare_cached(&format!("SELECT count(*) FROM ({LISTED})"))?.query_row([], |row| row.get(0))?;
            unsigned(count)
        })
    }

    /// Some gap records that follow one, by agent, or the first ones; none at the end.
    pub fn gap_page(&mut self, after: Option<&Told>) -> Result<Vec<Told>> {
        self.own_snapshot(|connection| {
            let text = format!(
                "SELECT {COLUMNS} FROM _mco_gaps WHERE (agent, epoch, grp, class, reason, first) > (?1, ?2, ?3, ?4, ?5, ?6)
                 GROUP BY agent, epoch, grp, class, reason, first ORDER BY agent, epoch, grp, class, reason, first LIMIT {PAGE}"
            );
            let place = after.map_or([i64::MIN, i64::MIN, 0, 0, 0, 0], |told| {
                let [agent, epoch, group, class, reason] = whose(&told.gap, told.group);
                [agent, epoch, group, class, reason, told.gap.first.0.cast_signed()]
            });
            let mut statement = connection.engine.prepare_cached(&text)?;
            let mut rows = statement.query(place)?;
            let mut list = Vec::new();
            while let Some(row) = rows.next()? {
                list.push(read(row)?);
            }
            Ok(list)
        })
    }

    /// Adds a record; one that touches another of its kind becomes one with it. `ts`: the commit of ours with which it travels up; 0: it
    /// does not.
    pub(in crate::db) fn add_gap(&mut self, gap: &Gap, group: Group, ts: u64) -> Inner<()> {
        let up = self.database.node().is_some_and(|node| node.role != Role::Server);
        self.enter_gap(&Told { gap: *gap, millis: 0, group, ts: if up { ts } else { 0 }, as_of: Position::default() }, false)
    }

    /// Adds a record that an agent has told when its history went up to `as_of`; of lost rows without those that are here.
    pub(in crate::db) fn hear_gap(&mut self, gap: &Gap, group: Group, as_of: Position, received: &[(u64, u64)]) -> Inner<()> {
        let mut parts = Vec::new();
        let mut first = gap.first.0;
        let closes = gap.reason == GapReason::CustodyLost;
        for (low, high) in received.iter().filter(|(low, _)| closes && *low < gap.last.0) {
            parts.push((first, *low));
            first = first.max(*high + 1);
        }
        parts.push((first, gap.last.0));
        for (first, last) in parts.into_iter().filter(|(first, last)| first <= last) {
            // Of a part nobody knows the number.
            let rows = if (first, last) == (gap.first.0, gap.last.0) { gap.rows } else { 0 };
            let gap = Gap { first: Timestamp(first), last: Timestamp(last), rows, ..*gap };
            self.enter_gap(&Told { gap, millis: 0, group, ts: 0, as_of }, false)?;
        }
        Ok(())
    }

    /// Adds a record of rows that were dropped here just now: whatever it touches counts rows that were dropped before.
    pub(in crate::db) fn add_dropped(&mut self, gap: &Gap, group: Group, ts: u64) -> Inner<()> {
        let up = self.database.node().is_some_and(|node| node.role != Role::Server);
        self.enter_gap(&Told { gap: *gap, millis: 0, group, ts: if up { ts } else { 0 }, as_of: Position::default() }, true)
    }

    /// Where the last record of this kind ends that lies before.
    pub(in crate::db) fn last_gap(&self, gap: &Gap, group: Group) -> Inner<Option<u64>> {
        let text = "SELECT max(last) FROM _mco_gaps WHERE agent = ?1 AND epoch = ?2 AND grp = ?3 AND class = ?4 AND reason = ?5 AND last < ?6";
        let [agent, epoch, group, class, reason] = whose(gap, group);
        let place = [agent, epoch, group, class, reason, gap.first.0.cast_signed()];
        let last: Option<i64> = self.engine.prepare_cached(text)?.query_row(place, |row| row.get(0))?;
        last.map(unsigned).transpose()
    }

    fn enter_gap(&mut self, told: &Told, new: bool) -> Inner<()> {
        self.merge_gap(told, 1, new)?;
        let text = "SELECT count(*) FROM _mco_gaps WHERE agent = ?1";
        let count: i64 = self.engine.prepare_cached(text)?.query_row([told.gap.agent.0.cast_signed()], |row| row.get(0))?;
        if count > MAX_GAPS {
            self.merge_gap(told, i64::MAX, false)?;
        }
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Versions in (low, high] of an epoch have arrived after all: records that said they never would are closed.
    pub(in crate::db) fn close_gaps(&mut self, agent: AgentId, epoch: EpochId, group: Group, low: u64, high: u64) -> Inner<()> {
        let mut touched = Vec::new();
        {
            let text = format!(
                "SELECT {COLUMNS} FROM _mco_gaps WHERE agent = ?1 AND epoch = ?2 AND grp = ?3 AND first <= ?5 AND last > ?4
                 AND reason IN (2, 3, 4, 5)"
            );
            let mut statement = self.engine.prepare_cached(&text)?;
            let whose = [agent.0.cast_signed(), epoch.0.cast_signed(), i64::from(group.0), low.cast_signed(), high.cast_signed()];
            let mut rows = statement.query(whose)?;
            while let Some(row) = rows.next()? {
                touched.push(read(row)?);
            }
        }
        for told in touched {
            let gap = told.gap;
            self.drop_gaps(&told, gap.first.0, gap.first.0)?;
            for (first, last) in [(gap.first.0, low.min(gap.last.0)), ((high + 1).max(gap.first.0), gap.last.0)] {
                // Of what is left nobody knows the number.
                if first <= last && (first, last) != (gap.first.0, gap.last.0) {
                    let gap = Gap { first: Timestamp(first), last: Timestamp(last), rows: 0, ..gap };
                    self.insert_gap(&Told { gap, ts: 0, ..told })?;
                }
            }
        }
        Ok(())
    }

    /// Puts a record in, together with those of its kind, told in the same epoch, that end or begin less than `near` away. `new`: it counts
    /// rows that none of these counts; else one of two records that holds the other has been told twice.
    fn merge_gap(&mut self, told: &Told, near: i64, new: bool) -> Inner<()> {
        let gap = &told.gap;
        let new = new || gap.reason == GapReason::QuarantineFull;
        let mut merged = *told;
        let (mut others, mut unknown) = (0_u64, gap.rows == 0);
        let (low, high) = (gap.first.0.saturating_sub(near.cast_unsigned()), gap.last.0.saturating_add(near.cast_unsigned()));
        {
            let text = format!("SELECT {COLUMNS} FROM _mco_gaps WHERE {KIND}");
            let mut statement = self.engine.prepare_cached(&text)?;
            let mut rows = statement.query(told.kind(low, high))?;
            while let Some(row) = rows.next()? {
                let Told { gap: other, ts, as_of, .. } = read(row)?;
                unknown |= other.rows == 0;
                let holds = |a: &Gap, b: &Gap| a.first <= b.first && b.last <= a.last;
                if !new && (holds(&other, gap) || holds(gap, &other)) {
                    merged.gap.rows = merged.gap.rows.max(other.rows);
                } else {
                    others = others.saturating_add(other.rows);
                }
                merged.gap.first = merged.gap.first.min(other.first);
                merged.gap.last = merged.gap.last.max(other.last);
                merged.ts = merged.ts.max(ts);
                merged.as_of.ts = merged.as_of.ts.max(as_of.ts);
            }
        }
        merged.gap.rows = if unknown { 0 } else { merged.gap.rows.saturating_add(others) };
        self.drop_gaps(told, low, high)?;
        self.insert_gap(&merged)
    }

    fn drop_gaps(&mut self, told: &Told, low: u64, high: u64) -> Inner<()> {
        self.engine.prepare_cached(&format!("DELETE FROM _mco_gaps WHERE {KIND}"))?.execute(told.kind(low, high))?;
        Ok(())
    }

    fn insert_gap(&mut self, told: &Told) -> Inner<()> {
        let Told { gap, group, ts, as_of, .. } = told;
        let [agent, epoch, group, class, reason] = whose(gap, *group);
        let now = self.database.options.clock.millis();
        let [first, last, rows, ts, time, told_ts] = [gap.first.0, gap.last.0, gap.rows, *ts, now, as_of.ts.0].map(bounded);
        self.engine
            .prepare_cached(
                "INSERT OR REPLACE INTO _mco_gaps(agent, epoch, grp, class, reason, first, last, rows, ts, time, told_ts, told_epoch)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute([agent, epoch, group, class, reason, first, last, rows, ts, time, told_ts, as_of.epoch.0.cast_signed()])?;
        Ok(())
    }
}

impl Told {
    /// Parameters of [`KIND`] for what touches a range.
    fn kind(&self, low: u64, high: u64) -> [i64; 8] {
        let [agent, epoch, group, class, reason] = whose(&self.gap, self.group);
        [agent, epoch, group, class, reason, bounded(low), bounded(high), self.as_of.epoch.0.cast_signed()]
    }
}

/// Records that travel up in a group, behind a timestamp, in order.
pub(in crate::db) fn told_behind(sql: &rusqlite::Connection, group: Group, after: u64) -> Inner<Vec<Told>> {
    let text = format!("SELECT {COLUMNS} FROM _mco_gaps WHERE grp = ?1 AND ts > ?2 AND ts > 0 ORDER BY ts LIMIT {MAX_GAPS}");
    let mut statement = sql.prepare_cached(&text)?;
    let mut rows = statement.query([i64::from(group.0), after.cast_signed()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(read(row)?);
    }
    Ok(list)
}

/// What of our own history is given up in a group: (epoch, first, last), in order.
pub(in crate::db) fn own_holes(sql: &rusqlite::Connection, own: AgentId, group: Group) -> Inner<Vec<(EpochId, u64, u64)>> {
    let text = "SELECT epoch, first, last FROM _mco_gaps WHERE agent = ?1 AND grp = ?2 AND ts > 0 ORDER BY first";
    let mut statement = sql.prepare_cached(text)?;
    let mut rows = statement.query([own.0.cast_signed(), i64::from(group.0)])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push((EpochId(row.get::<_, i64>(0)?.cast_unsigned()), unsigned(row.get(1)?)?, unsigned(row.get(2)?)?));
    }
    Ok(list)
}

const COLUMNS: &str = "agent, class, epoch, first, last, rows, reason, ts, grp, time, told_ts, told_epoch";
/// Records of one kind in a range.
const KIND: &str =
    "agent = ?1 AND epoch = ?2 AND grp = ?3 AND class = ?4 AND reason = ?5 AND first <= ?7 AND last >= ?6 AND told_epoch = ?8";
/// What is listed: what an agent has told twice, before and after it was restored, is one.
const LISTED: &str = "SELECT DISTINCT agent, epoch, grp, class, reason, first FROM _mco_gaps";

fn bounded(number: u64) -> i64 {
    number.min(i64::MAX as u64).cast_signed()
}

fn whose(gap: &Gap, group: Group) -> [i64; 5] {
    [gap.agent.0.cast_signed(), gap.epoch.0.cast_signed(), group.0.into(), gap.class.into(), gap.reason as i64]
}

fn read(row: &rusqlite::Row<'_>) -> Inner<Told> {
    let reason = match row.get::<_, i64>(6)? {
        1 => GapReason::QuarantineFull,
        2 => GapReason::CustodyLost,
        3 => GapReason::DroppedOldest,
        4 => GapReason::DroppedNewest,
        5 => GapReason::Contradiction,
        6 => GapReason::ReceiverRestored,
        other => return damaged(format_args!("a gap record has the unknown reason {other}")),
    };
    let gap = Gap {
        agent: AgentId(row.get::<_, i64>(0)?.cast_unsigned()),
        class: row.get(1)?,
        epoch: EpochId(row.get::<_, i64>(2)?.cast_unsigned()),
        first: Timestamp(unsigned(row.get(3)?)?),
        last: Timestamp(unsigned(row.get(4)?)?),
        rows: unsigned(row.get(5)?)?,
        reason,
    };
    let as_of = Position { ts: Timestamp(unsigned(row.get(10)?)?), epoch: EpochId(row.get::<_, i64>(11)?.cast_unsigned()) };
    Ok(Told { gap, as_of, millis: unsigned(row.get(9)?)?, group: Group(row.get(8)?), ts: unsigned(row.get(7)?)? })
}
