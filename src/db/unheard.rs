//! Classes that came with a later schema: what had been received before does not speak for them.

use crate::base::Group;
use crate::db::fault::Inner;
use crate::db::layout::{Stamp, unsigned};
use rusqlite::Connection;

/// A class appears: of the ranges that were received so far its rows were not part.
pub(in crate::db) fn note(sql: &Connection, class: u16) -> Inner<()> {
    sql.execute(
        "INSERT INTO _mco_unheard(class, epoch, grp, low, high) SELECT ?1, epoch, grp, low, high FROM _mco_ranges",
        [class],
    )?;
    Ok(())
}

/// Whether a version lies in a range that was received before the class was known here.
pub(in crate::db) fn covers(sql: &Connection, class: u16, group: Group, version: Stamp) -> Inner<bool> {
    let mut statement = sql.prepare_cached(
        "SELECT high FROM _mco_unheard WHERE class = ?1 AND epoch = ?2 AND grp = ?3 AND low < ?4 ORDER BY low DESC LIMIT 1",
    )?;
    let whose = [i64::from(class), version.epoch.cast_signed(), i64::from(group.0), version.ts.cast_signed()];
    let mut rows = statement.query(whose)?;
    match rows.next()? {
        Some(row) => Ok(unsigned(row.get(0)?)? >= version.ts),
        None => Ok(false),
    }
}
