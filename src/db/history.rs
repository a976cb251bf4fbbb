//! Epochs and the ranges of them that have been received.

use crate::base::{AgentId, DbId, EpochId, EpochInfo, Position, Timestamp};
use crate::db::fault::Inner;
use crate::db::layout::{Stamp, unsigned};
use crate::db::state::FOREIGN;
use rusqlite::{Connection, OptionalExtension, Row};

const COLUMNS: &str = "num, id, agent, db, first, last, before, left_at, generation";

/// The epoch with this id, with its local number.
pub(in crate::db) fn epoch_with_id(sql: &Connection, id: EpochId) -> Inner<Option<(u64, EpochInfo)>> {
    let text = format!("SELECT {COLUMNS} FROM _mco_epochs WHERE id = ?1");
    let row = sql.prepare_cached(&text)?.query_row([id.0.cast_signed()], |row| Ok(read(row))).optional()?;
    row.transpose()
}

/// The epoch with this local number.
pub(in crate::db) fn epoch_numbered(sql: &Connection, number: u64) -> Inner<Option<EpochInfo>> {
    let text = format!("SELECT {COLUMNS} FROM _mco_epochs WHERE num = ?1");
    let row = sql.prepare_cached(&text)?.query_row([number.cast_signed()], |row| Ok(read(row))).optional()?;
    Ok(row.transpose()?.map(|(_, epoch)| epoch))
}

/// Our own epochs, oldest first, from this local number on, at most `most`. The present one ends at the last commit of
/// the snapshot. Their number only grows, by one with each opening.
pub(in crate::db) fn own_epochs(sql: &Connection, from: u64, most: usize) -> Inner<Vec<EpochInfo>> {
    let text = format!("SELECT {COLUMNS} FROM _mco_epochs WHERE num >= ?1 AND num < {FOREIGN} ORDER BY num LIMIT ?2");
    let mut statement = sql.prepare_cached(&text)?;
    let mut rows = statement.query([from.cast_signed(), i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(read(row)?.1);
    }
    drop(rows);
    if let (Some(last), Some((_, present))) = (list.last_mut(), present_epoch(sql)?)
        && last.id == present.id
    {
        *last = present;
    }
    Ok(list)
}

/// The last of our own epochs, with its local number.
pub(in crate::db) fn present_epoch(sql: &Connection) -> Inner<Option<(u64, EpochInfo)>> {
    let text = format!("SELECT {COLUMNS} FROM _mco_epochs WHERE num < {FOREIGN} ORDER BY num DESC LIMIT 1");
    let found = sql.prepare_cached(&text)?.query_row([], |row| Ok(read(row))).optional()?.transpose()?;
    let Some((number, mut present)) = found else { return Ok(None) };
    present.last = Timestamp(unsigned(sql.prepare_cached("SELECT clock FROM _mco_state")?.query_row([], |row| row.get(0))?)?);
    Ok(Some((number, present)))
}

/// The local number of the epoch of a position of our own history, 0 for the beginning; `None`: it is no point of it.
pub(in crate::db) fn own_number(sql: &Connection, position: Position) -> Inner<Option<u64>> {
    if position.ts.0 == 0 {
        return Ok(Some(0));
    }
    let Some((number, _)) = epoch_with_id(sql, position.epoch)?.filter(|(number, _)| *number < FOREIGN) else {
        return Ok(None);
    };
    Ok(is_on(&own_epochs(sql, number, 1)?, position).then_some(number))
}

/// Whether a position is a point of the history that `chain` tells.
pub(in crate::db) fn is_on(chain: &[EpochInfo], position: Position) -> bool {
    position.ts.0 == 0 || chain.iter().any(|e| e.id == position.epoch && e.first <= position.ts && position.ts <= e.last)
}

/// Adds an epoch of another database and gives its number.
pub(in crate::db) fn add_epoch(sql: &Connection, number: u64, epoch: &EpochInfo) -> Inner<()> {
    sql.prepare_cached(&format!("INSERT INTO _mco_epochs({COLUMNS}) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"))?.execute(
        rusqlite::params![
            number.cast_signed(),
            epoch.id.0.cast_signed(),
            epoch.agent.0.cast_signed(),
            epoch.db.0.cast_signed(),
            epoch.first.0.cast_signed(),
            epoch.last.0.cast_signed(),
            epoch.before.0.cast_signed(),
            epoch.left.0.cast_signed(),
            epoch.generation
        ],
    )?;
    Ok(())
}

/// Up to where an epoch has been received without a hole; `None` if not even its beginning.
pub(in crate::db) fn prefix(sql: &Connection, number: u64, first: Timestamp) -> Inner<Option<u64>> {
    let range: Option<(i64, i64)> = sql
        .prepare_cached("SELECT low, high FROM _mco_ranges WHERE epoch = ?1 ORDER BY low LIMIT 1")?
        .query_row([number.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((low, high)) = range else { return Ok(None) };
    if unsigned(low)? < first.0 { unsigned(high).map(Some) } else { Ok(None) }
}

/// Up to where a history has been received without a hole.
pub(in crate::db) fn confirmed(sql: &Connection, chain: &[EpochInfo]) -> Inner<Position> {
    let mut position = Position::default();
    for epoch in chain {
        let Some((number, known)) = epoch_with_id(sql, epoch.id)? else { break };
        let Some(reached) = prefix(sql, number, known.first)? else { break };
        position = Position { ts: Timestamp(reached.min(epoch.last.0)), epoch: epoch.id };
        if reached < epoch.last.0 {
            break;
        }
    }
    Ok(position)
}

/// Ranges of an epoch that have been received: (low, high], in order.
pub(in crate::db) fn ranges(sql: &Connection, number: u64) -> Inner<Vec<(u64, u64)>> {
    let mut statement = sql.prepare_cached("SELECT low, high FROM _mco_ranges WHERE epoch = ?1 ORDER BY low")?;
    let mut rows = statement.query([number.cast_signed()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push((unsigned(row.get(0)?)?, unsigned(row.get(1)?)?));
    }
    Ok(list)
}

/// Adds (low, high] to what has been received of an epoch; ranges that touch become one.
pub(in crate::db) fn add_range(sql: &Connection, number: u64, low: u64, high: u64) -> Inner<()> {
    let (mut low, mut high) = (low, high);
    let mut touching = Vec::new();
    {
        // Stored ranges neither touch nor overlap, so those that touch this one lie together.
        let mut statement =
            sql.prepare_cached("SELECT low, high FROM _mco_ranges WHERE epoch = ?1 AND low <= ?2 ORDER BY low DESC")?;
        let mut rows = statement.query([number.cast_signed(), high.cast_signed()])?;
        while let Some(row) = rows.next()? {
            let (a, b) = (unsigned(row.get(0)?)?, unsigned(row.get(1)?)?);
            if b < low {
                break;
            }
            touching.push((a, b));
        }
    }
    for (a, b) in touching {
        (low, high) = (low.min(a), high.max(b));
        sql.prepare_cached("DELETE FROM _mco_ranges WHERE epoch = ?1 AND low = ?2")?
            .execute([number.cast_signed(), a.cast_signed()])?;
    }
    sql.prepare_cached("INSERT INTO _mco_ranges(epoch, low, high) VALUES(?1, ?2, ?3)")?.execute([
        number.cast_signed(),
        low.cast_signed(),
        high.cast_signed(),
    ])?;
    Ok(())
}

/// Whether everything up to a version has been received, so that nothing older can come any more.
pub(in crate::db) fn is_complete(sql: &Connection, version: Stamp) -> Inner<bool> {
    let (mut number, mut ts) = (version.epoch, version.ts);
    loop {
        let Some(epoch) = epoch_numbered(sql, number)? else { return Ok(false) };
        if prefix(sql, number, epoch.first)?.is_none_or(|reached| reached < ts) {
            return Ok(false);
        }
        if epoch.before.0 == 0 {
            return Ok(true);
        }
        let Some((before, info)) = epoch_with_id(sql, epoch.before)? else { return Ok(false) };
        // Histories are told by peers; one that runs in a circle must not hold us.
        if info.first >= epoch.first {
            return Ok(false);
        }
        (number, ts) = (before, epoch.left.0);
    }
}

fn read(row: &Row<'_>) -> Inner<(u64, EpochInfo)> {
    let id = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    let epoch = EpochInfo {
        id: EpochId(id(1)?),
        agent: AgentId(id(2)?),
        db: DbId(id(3)?),
        first: Timestamp(unsigned(row.get(4)?)?),
        last: Timestamp(unsigned(row.get(5)?)?),
        before: EpochId(id(6)?),
        left: Timestamp(unsigned(row.get(7)?)?),
        generation: row.get(8)?,
    };
    Ok((unsigned(row.get(0)?)?, epoch))
}
