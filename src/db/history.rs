//! Epochs and the ranges of them that have been received.

use crate::base::{AgentId, Beat, DbId, EpochId, EpochInfo, Group, Position, Timestamp};
use crate::db::fault::Inner;
use crate::db::layout::unsigned;
use crate::db::state::FOREIGN;
use crate::db::tidy::is_cut;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;

const COLUMNS: &str = "num, id, agent, db, first, last, before, left_at, generation";

/// Whether a position is a point of a history.
type On<'a> = &'a dyn Fn(Position) -> Inner<bool>;

/// Most epochs that one is noted to know of.
const MAX_BEATS: usize = 1024;

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

/// Epochs of another node's database that have been seen here, by local number.
pub(in crate::db) fn epochs_of(sql: &Connection, agent: AgentId, db: DbId) -> Inner<HashMap<u64, EpochInfo>> {
    let text = format!("SELECT {COLUMNS} FROM _mco_epochs WHERE agent = ?1 AND db = ?2 AND num >= {FOREIGN}");
    let mut statement = sql.prepare_cached(&text)?;
    let mut rows = statement.query([agent.0.cast_signed(), db.0.cast_signed()])?;
    let mut epochs = HashMap::new();
    while let Some(row) = rows.next()? {
        let (number, epoch) = read(row)?;
        epochs.insert(number, epoch);
    }
    Ok(epochs)
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

/// The last point up to where a position's past lies on the history that `chain` tells, as far as that can be known. The last epoch of
/// `chain` may go on beyond what the chain says.
pub(in crate::db) fn past_on(chain: &[EpochInfo], position: Position) -> Position {
    match chain.iter().position(|epoch| epoch.id == position.epoch && epoch.first <= position.ts) {
        Some(at) if at + 1 == chain.len() => position,
        Some(at) => chain.get(at).map_or(position, |epoch| Position { ts: position.ts.min(epoch.last), ..position }),
        None => Position::default(),
    }
}

/// The last point up to where a position's past lies on our own history.
pub(in crate::db) fn own_past(sql: &Connection, position: Position) -> Inner<Position> {
    if position.ts.0 == 0 {
        return Ok(Position::default());
    }
    match epoch_with_id(sql, position.epoch)?.filter(|(number, _)| *number < FOREIGN) {
        Some((number, _)) => {
            let epoch = own_epochs(sql, number, 1)?.first().copied();
            let inside = epoch.filter(|epoch| epoch.first <= position.ts);
            Ok(inside.map_or_else(Position::default, |epoch| Position { ts: position.ts.min(epoch.last), ..position }))
        }
        None => Ok(Position::default()),
    }
}

/// What our own epochs know of other ones, those of later epochs last: (local number, the epoch, what it knows of). A later epoch knows
/// all that an earlier one knew.
pub(in crate::db) fn own_beats(sql: &Connection) -> Inner<Vec<(u64, Beat)>> {
    let text = format!(
        "SELECT e.num, b.epoch, b.beaten FROM _mco_beats b JOIN _mco_epochs e ON e.id = b.epoch WHERE e.num < {FOREIGN} ORDER BY e.num"
    );
    let mut statement = sql.prepare_cached(&text)?;
    let mut rows = statement.query([])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        let id = |at: usize| row.get::<_, i64>(at).map(|id| EpochId(id.cast_unsigned()));
        list.push((unsigned(row.get(0)?)?, Beat { epoch: id(1)?, beaten: id(2)? }));
    }
    Ok(list)
}

/// What an epoch knows of others.
pub(in crate::db) fn beaten_by(sql: &Connection, epoch: EpochId) -> Inner<Vec<EpochId>> {
    let mut statement = sql.prepare_cached("SELECT beaten FROM _mco_beats WHERE epoch = ?1")?;
    let mut rows = statement.query([epoch.0.cast_signed()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(EpochId(row.get::<_, i64>(0)?.cast_unsigned()));
    }
    Ok(list)
}

/// Notes what an epoch knows of.
pub(in crate::db) fn add_beat(sql: &Connection, beat: Beat) -> Inner<()> {
    let text = format!(
        "INSERT OR IGNORE INTO _mco_beats(epoch, beaten) SELECT ?1, ?2
         WHERE (SELECT count(*) FROM (SELECT 1 FROM _mco_beats WHERE epoch = ?1 LIMIT {MAX_BEATS})) < {MAX_BEATS}"
    );
    sql.prepare_cached(&text)?.execute([beat.epoch.0.cast_signed(), beat.beaten.0.cast_signed()])?;
    Ok(())
}

/// Whether a version was made before a position of another node's history, as far as the epochs between them are known here.
pub(in crate::db) fn is_past(sql: &Connection, version: Position, of: Position) -> Inner<bool> {
    let mut at = of;
    while at.epoch != version.epoch {
        let Some((_, epoch)) = epoch_with_id(sql, at.epoch)? else { return Ok(false) };
        // It only goes back, whatever epochs say of each other.
        if epoch.left >= at.ts {
            return Ok(false);
        }
        at = Position { ts: epoch.left, epoch: epoch.before };
    }
    Ok(version.ts <= at.ts)
}

/// Whether an epoch is one that a database can have: it rises, and goes on from an earlier time.
pub(in crate::db) fn is_sound(epoch: &EpochInfo) -> bool {
    epoch.id.0 != 0 && epoch.left < epoch.first && epoch.first <= epoch.last && epoch.last.0 <= i64::MAX as u64
}

/// Local number of an epoch that another node declares; one that is new here is entered. `None`: it is no such epoch, or was declared in
/// another way before.
pub(in crate::db) fn number_of(connection: &mut crate::db::Connection, epoch: &EpochInfo) -> Inner<Option<u64>> {
    if !is_sound(epoch) {
        return Ok(None);
    }
    if let Some((number, known)) = epoch_with_id(&connection.engine, epoch.id)? {
        // Its end is what has been seen of it, not what it may be by now; what was before it may be forgotten.
        let before = if is_cut(&known) { epoch.before } else { known.before };
        let same = EpochInfo { last: epoch.last, before, ..known } == *epoch;
        return Ok(Some(number).filter(|number| same && *number >= FOREIGN));
    }
    let state = &mut connection.in_transaction()?.state;
    let number = state.next_foreign;
    state.next_foreign += 1;
    add_epoch(&connection.engine, number, &EpochInfo { last: epoch.first, ..*epoch })?;
    Ok(Some(number))
}

fn add_epoch(sql: &Connection, number: u64, epoch: &EpochInfo) -> Inner<()> {
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
pub(in crate::db) fn prefix(sql: &Connection, number: u64, group: Group, first: Timestamp) -> Inner<Option<u64>> {
    let range: Option<(i64, i64)> = sql
        .prepare_cached("SELECT low, high FROM _mco_ranges WHERE epoch = ?1 AND grp = ?2 ORDER BY low LIMIT 1")?
        .query_row([number.cast_signed(), i64::from(group.0)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((low, high)) = range else { return Ok(None) };
    if unsigned(low)? < first.0 { unsigned(high).map(Some) } else { Ok(None) }
}

/// Where the newest epoch of a history ends, up to a timestamp, that has come in a group, one that was settled when epochs were forgotten:
/// what was before it may be forgotten, but it has come.
pub(in crate::db) fn landmark(sql: &Connection, chain: &[EpochInfo], group: Group, up_to: u64) -> Inner<Position> {
    for epoch in chain.iter().rev().filter(|epoch| epoch.last.0 <= up_to) {
        if let Some((number, mark)) = epoch_with_id(sql, epoch.id)?.filter(|(_, mark)| is_cut(mark)) {
            let end = mark.last.min(epoch.last);
            if prefix(sql, number, group, mark.first)?.is_some_and(|reached| reached >= end.0) {
                return Ok(Position { ts: end, epoch: epoch.id });
            }
        }
    }
    Ok(Position::default())
}

/// Up to where a history is complete here in one group: received, or given up with a gap record. `from` is a point of it up to where it is
/// known to be complete. The last epoch of `chain` may go on beyond what the chain says.
pub(in crate::db) fn complete(sql: &Connection, chain: &[EpochInfo], group: Group, from: Position) -> Inner<Position> {
    let start = chain.iter().position(|epoch| epoch.id == from.epoch).unwrap_or(0);
    let mut position = from;
    for (at, epoch) in chain.iter().enumerate().skip(start) {
        // Nothing has come of an epoch without a number, but it may be given up.
        let number = epoch_with_id(sql, epoch.id)?.map_or(0, |(number, _)| number);
        let begin = epoch.first.0.saturating_sub(1);
        let end = if at + 1 == chain.len() { u64::MAX } else { epoch.last.0 };
        let known = if position.epoch == epoch.id { position.ts.0 } else { begin };
        let on = |told| Ok(past_on(chain, told) == told);
        let reached = reached(sql, &on, (number, epoch), group, known.max(begin), end)?;
        if reached > begin {
            position = Position { ts: Timestamp(reached), epoch: epoch.id };
        }
        if reached < end {
            break;
        }
    }
    Ok(position)
}

/// Up to where an epoch has come or was given up without a hole, from a point of it on and not beyond `end`. What was told in a history that
/// is not the one of which `on` knows the points does not count: whoever was restored from before that may have the rows again.
pub(in crate::db) fn reached(
    sql: &Connection,
    on: On<'_>,
    of: (u64, &EpochInfo),
    group: Group,
    from: u64,
    end: u64,
) -> Inner<u64> {
    let mut reached = from;
    while reached < end {
        match next_end(sql, on, of, group, reached)? {
            Some(next) if next > reached => reached = next,
            _ => break,
        }
    }
    Ok(reached.min(end))
}

/// The end of what begins at a point of an epoch or spans it: a received range or a gap record.
fn next_end(sql: &Connection, on: On<'_>, of: (u64, &EpochInfo), group: Group, at: u64) -> Inner<Option<u64>> {
    let (number, epoch) = of;
    let whose = [number.cast_signed(), i64::from(group.0), at.cast_signed()];
    let range: Option<i64> = sql
        .prepare_cached("SELECT high FROM _mco_ranges WHERE epoch = ?1 AND grp = ?2 AND low <= ?3 ORDER BY low DESC LIMIT 1")?
        .query_row(whose, |row| row.get(0))
        .optional()?;
    if let Some(high) = range.filter(|high| *high > whose[2]) {
        return unsigned(high).map(Some);
    }
    let mut statement = sql.prepare_cached(
        "SELECT last, told_ts, told_epoch FROM _mco_gaps WHERE agent = ?1 AND epoch = ?4 AND grp = ?2 AND first <= ?3 + 1 AND last > ?3
         AND reason IN (2, 3, 4, 5)",
    )?;
    let mut rows = statement.query([epoch.agent.0.cast_signed(), whose[1], whose[2], epoch.id.0.cast_signed()])?;
    let mut end = None;
    while let Some(row) = rows.next()? {
        let told = Position { ts: Timestamp(unsigned(row.get(1)?)?), epoch: EpochId(row.get::<_, i64>(2)?.cast_unsigned()) };
        if on(told)? {
            end = end.max(Some(unsigned(row.get(0)?)?));
        }
    }
    Ok(end)
}

/// The first version of a history that was given up in another one and has not come in this one; the end of all times if there is none.
pub(in crate::db) fn first_lost(sql: &Connection, chain: &[EpochInfo], group: Group) -> Inner<u64> {
    let mut first_lost = i64::MAX as u64;
    let Some(agent) = chain.first().map(|epoch| epoch.agent) else { return Ok(first_lost) };
    let mut statement = sql.prepare_cached(
        "SELECT epoch, first, last FROM _mco_gaps WHERE agent = ?1 AND grp = ?2 AND told_ts > 0 AND reason IN (2, 3, 4, 5)",
    )?;
    let mut rows = statement.query([agent.0.cast_signed(), i64::from(group.0)])?;
    while let Some(row) = rows.next()? {
        let id = EpochId(row.get::<_, i64>(0)?.cast_unsigned());
        let Some(at) = chain.iter().position(|epoch| epoch.id == id) else { continue };
        let Some(epoch) = chain.get(at) else { continue };
        let (first, last) = (unsigned(row.get(1)?)?, unsigned(row.get(2)?)?);
        let end = if at + 1 == chain.len() { last } else { last.min(epoch.last.0) };
        let number = epoch_with_id(sql, id)?.map_or(0, |(number, _)| number);
        let on = |told| Ok(past_on(chain, told) == told);
        if first <= end && reached(sql, &on, (number, epoch), group, first.saturating_sub(1), end)? < end {
            first_lost = first_lost.min(first);
        }
    }
    Ok(first_lost)
}

/// Ranges of an epoch that have been received: (low, high], in order.
pub(in crate::db) fn ranges(sql: &Connection, number: u64, group: Group) -> Inner<Vec<(u64, u64)>> {
    let mut statement = sql.prepare_cached("SELECT low, high FROM _mco_ranges WHERE epoch = ?1 AND grp = ?2 ORDER BY low")?;
    let mut rows = statement.query([number.cast_signed(), i64::from(group.0)])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push((unsigned(row.get(0)?)?, unsigned(row.get(1)?)?));
    }
    Ok(list)
}

/// Adds (low, high] to what has been received of an epoch; ranges that touch become one.
pub(in crate::db) fn add_range(sql: &Connection, number: u64, group: Group, low: u64, high: u64) -> Inner<()> {
    add_span(sql, "_mco_ranges", number, group, low, high)
}

/// The same for any table of ranges by epoch and group.
pub(in crate::db) fn add_span(sql: &Connection, table: &str, number: u64, group: Group, low: u64, high: u64) -> Inner<()> {
    let (mut low, mut high) = (low, high);
    let mut touching = Vec::new();
    {
        // Stored ranges neither touch nor overlap, so those that touch this one lie together.
        let text = format!("SELECT low, high FROM {table} WHERE epoch = ?1 AND grp = ?2 AND low <= ?3 ORDER BY low DESC");
        let mut statement = sql.prepare_cached(&text)?;
        let mut rows = statement.query([number.cast_signed(), i64::from(group.0), high.cast_signed()])?;
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
        sql.prepare_cached(&format!("DELETE FROM {table} WHERE epoch = ?1 AND grp = ?2 AND low = ?3"))?.execute([
            number.cast_signed(),
            i64::from(group.0),
            a.cast_signed(),
        ])?;
    }
    sql.prepare_cached(&format!("INSERT INTO {table}(epoch, grp, low, high) VALUES(?1, ?2, ?3, ?4)"))?.execute([
        number.cast_signed(),
        i64::from(group.0),
        low.cast_signed(),
        high.cast_signed(),
    ])?;
    Ok(())
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
