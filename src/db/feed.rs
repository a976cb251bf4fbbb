//! The records of the change log in order.

use crate::base::Group;
use crate::db::fault::Inner;
use crate::db::keys::{self, Key};
use crate::db::layout::unsigned;
use crate::db::log::Stream;
use std::collections::VecDeque;

/// Records of the log fetched at a time.
const RECORDS: i64 = 32;

/// Records of one kind in one stream, in order.
pub(in crate::db) struct Feed {
    pub(in crate::db) gone: bool,
    pub(in crate::db) stream: Stream,
    group: Group,
    ready: VecDeque<Record>,
    last: [i64; 4],
    ended: bool,
}

pub(in crate::db) struct Record {
    pub(in crate::db) ts: u64,
    pub(in crate::db) class: u16,
    pub(in crate::db) keys: Vec<Key>,
}

impl Feed {
    /// Records behind a timestamp.
    pub(in crate::db) fn behind(after: u64, gone: bool, stream: Stream, group: Group) -> Self {
        Feed { gone, stream, group, ready: VecDeque::new(), last: [after.cast_signed(), i64::MAX, 0, 0], ended: false }
    }

    /// The timestamp of the next record.
    pub(in crate::db) fn next_ts(&mut self, sql: &rusqlite::Connection) -> Inner<Option<u64>> {
        self.fill(sql)?;
        Ok(self.ready.front().map(|record| record.ts))
    }

    /// The next record, if it is of this timestamp.
    pub(in crate::db) fn take(&mut self, sql: &rusqlite::Connection, ts: u64) -> Inner<Option<Record>> {
        self.fill(sql)?;
        Ok(self.ready.pop_front_if(|record| record.ts == ts))
    }

    fn fill(&mut self, sql: &rusqlite::Connection) -> Inner<()> {
        if !self.ready.is_empty() || self.ended {
            return Ok(());
        }
        let mut statement = sql.prepare_cached(
            "SELECT ts, class, epoch, oid, keys FROM _mco_log WHERE gone = ?1 AND stream = ?2 AND grp = ?8
             AND (ts, class, epoch, oid) > (?3, ?4, ?5, ?6) ORDER BY ts, class, epoch, oid LIMIT ?7",
        )?;
        let [ts, class, epoch, oid] = self.last;
        let mut rows = statement.query([
            i64::from(self.gone),
            self.stream.cast_signed(),
            ts,
            class,
            epoch,
            oid,
            RECORDS,
            i64::from(self.group.0),
        ])?;
        while let Some(row) = rows.next()? {
            self.last = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            let keys = keys::decode(row.get_ref(4)?.as_blob().unwrap_or_default())?;
            let class = row.get::<_, u16>(1)?;
            self.ready.push_back(Record { ts: unsigned(row.get(0)?)?, class, keys });
        }
        self.ended = self.ready.is_empty();
        Ok(())
    }
}
