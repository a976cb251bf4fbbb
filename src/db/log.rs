//! The change log: which keys a commit touched, by stream. `docs/format.md` tells its rules.

use crate::base::{AgentId, Role};
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::keys::{self, Key, MAX_KEYS};
use crate::db::layout::unsigned;
use rusqlite::OptionalExtension;
use std::collections::HashMap;

/// Whose records these are: 0 for what goes up from a device and for rows to all on a server, else the receiver.
pub(in crate::db) type Stream = u64;

/// What became of a row in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::db) enum Fate {
    /// It has a new state.
    Changed,
    /// The readers of the stream must not have it any more.
    Removed,
    /// It is gone and no reader needs to know.
    Forgotten,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    stream: Stream,
    ts: u64,
    class: u16,
    key: Key,
}

/// What happened to a row in a stream, at which timestamp.
#[derive(Clone, Copy, Debug)]
struct Mark {
    stream: Stream,
    class: u16,
    key: Key,
    fate: Fate,
    ts: u64,
}

/// What a transaction has to write into the log.
#[derive(Debug, Default)]
pub(in crate::db) struct Touched {
    marks: Vec<Mark>,
    drops: Vec<Place>,
    turns: Vec<Place>,
    acked: HashMap<Stream, u64>,
}

impl Touched {
    /// The row has this fate in this stream since `ts`; the last word counts.
    pub(in crate::db) fn mark(&mut self, stream: Stream, class: u16, key: Key, fate: Fate, ts: u64) {
        self.marks.push(Mark { stream, class, key, fate, ts });
    }

    /// The key in the record of commit `ts` is not needed any more.
    pub(in crate::db) fn drop_key(&mut self, stream: Stream, ts: u64, class: u16, key: Key) {
        self.drops.push(Place { stream, ts, class, key });
    }

    /// The key in the record of commit `ts` means a row that readers must not have any more.
    pub(in crate::db) fn turn_key(&mut self, stream: Stream, ts: u64, class: u16, key: Key) {
        self.drop_key(stream, ts, class, key);
        self.turns.push(Place { stream, ts, class, key });
    }

    /// Takes back what was said about the rows of a class.
    pub(in crate::db) fn forget_class(&mut self, class: u16) {
        self.marks.retain(|mark| mark.class != class || mark.fate == Fate::Removed);
        self.drops.retain(|place| place.class != class);
    }
}

impl Connection {
    /// Up to where every known reader of a stream has acknowledged.
    pub(in crate::db) fn acked(&mut self, stream: Stream) -> Inner<u64> {
        if let Some(acked) = self.in_transaction()?.touched.acked.get(&stream) {
            return Ok(*acked);
        }
        let server = self.database.node().is_some_and(|node| node.role == Role::Server);
        let number: Option<i64> = if stream != AgentId::ALL.0 {
            self.engine
                .prepare_cached("SELECT acked_ts FROM _mco_peers WHERE agent = ?1")?
                .query_row([stream.cast_signed()], |row| row.get(0))
                .optional()?
        } else {
            let text = if server { "SELECT min(acked_ts) FROM _mco_peers" } else { "SELECT max(acked_ts) FROM _mco_peers" };
            self.engine.prepare_cached(text)?.query_row([], |row| row.get(0))?
        };
        let acked = number.map_or(Ok(0), unsigned)?;
        self.in_transaction()?.touched.acked.insert(stream, acked);
        Ok(acked)
    }

    /// Writes the records of the transaction and takes out keys that have a later one.
    pub(in crate::db) fn write_log(&mut self) -> Inner<()> {
        let open = self.in_transaction()?;
        let mut marks = std::mem::take(&mut open.touched.marks);
        let mut drops = std::mem::take(&mut open.touched.drops);
        let mut turns = std::mem::take(&mut open.touched.turns);
        // Stable, so that of several fates of one row the last one stands last.
        marks.sort_by_key(|mark| (mark.stream, mark.class, mark.key));
        let mut last: Vec<Mark> = Vec::with_capacity(marks.len());
        for mark in marks {
            match last.last_mut() {
                Some(former) if (former.stream, former.class, former.key) == (mark.stream, mark.class, mark.key) => {
                    *former = mark
                }
                _ => last.push(mark),
            }
        }
        last.retain(|mark| mark.fate != Fate::Forgotten);
        turns.sort_unstable();
        turns.dedup();
        last.extend(turns.into_iter().map(|Place { stream, ts, class, key }| Mark {
            stream,
            class,
            key,
            fate: Fate::Removed,
            ts,
        }));
        let whose = |mark: &Mark| (mark.fate, mark.stream, mark.ts, mark.class);
        last.sort_by_key(whose);
        let mut keys = Vec::new();
        for group in last.chunk_by(|a, b| whose(a) == whose(b)) {
            for part in group.chunks(MAX_KEYS) {
                keys.clear();
                keys.extend(part.iter().map(|mark| mark.key));
                if let Some(mark) = part.first() {
                    self.insert_record(mark, &keys)?;
                }
            }
        }
        drops.sort_unstable();
        drops.dedup();
        for group in drops.chunk_by(|a, b| (a.stream, a.ts, a.class) == (b.stream, b.ts, b.class)) {
            self.drop_from_records(group)?;
        }
        Ok(())
    }

    /// `first` is the mark of the first key.
    fn insert_record(&mut self, first: &Mark, keys: &[Key]) -> Inner<()> {
        let mut statement = self.engine.prepare_cached("INSERT INTO _mco_log VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        statement.execute(rusqlite::params![
            first.fate == Fate::Removed,
            first.stream.cast_signed(),
            first.ts.cast_signed(),
            first.class,
            first.key.epoch.cast_signed(),
            first.key.oid.cast_signed(),
            i64::try_from(keys.len()).unwrap_or(i64::MAX),
            keys::encode(keys)
        ])?;
        Ok(())
    }

    /// Takes keys out of the records of one commit; `group` is sorted.
    fn drop_from_records(&mut self, group: &[Place]) -> Inner<()> {
        let mut rest = group;
        while let Some(last) = rest.last() {
            let whose = [last.stream.cast_signed(), last.ts.cast_signed(), i64::from(last.class)];
            let key = [last.key.epoch.cast_signed(), last.key.oid.cast_signed()];
            let found: Option<(i64, i64, Vec<u8>)> = self
                .engine
                .prepare_cached(
                    "SELECT epoch, oid, keys FROM _mco_log WHERE gone = 0 AND stream = ?1 AND ts = ?2 AND class = ?3
                     AND (epoch, oid) <= (?4, ?5) ORDER BY epoch DESC, oid DESC LIMIT 1",
                )?
                .query_row([whose[0], whose[1], whose[2], key[0], key[1]], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((epoch, oid, record)) = found else { return Ok(()) };
            let low = Key { epoch: unsigned(epoch)?, oid: unsigned(oid)? };
            let (before, inside) = rest.split_at(rest.partition_point(|place| place.key < low));
            rest = before;
            let mut kept = keys::decode(&record)?;
            let count = kept.len();
            kept.retain(|key| inside.binary_search_by_key(key, |place| place.key).is_err());
            if kept.len() == count {
                continue;
            }
            let record = [whose[0], whose[1], whose[2], epoch, oid];
            let whose = "WHERE gone = 0 AND stream = ?1 AND ts = ?2 AND class = ?3 AND epoch = ?4 AND oid = ?5";
            if kept.is_empty() {
                self.engine.prepare_cached(&format!("DELETE FROM _mco_log {whose}"))?.execute(record)?;
            } else {
                self.engine.prepare_cached(&format!("UPDATE _mco_log SET count = ?6, keys = ?7 {whose}"))?.execute(
                    rusqlite::params![
                        record[0],
                        record[1],
                        record[2],
                        epoch,
                        oid,
                        i64::try_from(kept.len()).unwrap_or(i64::MAX),
                        keys::encode(&kept)
                    ],
                )?;
            }
        }
        Ok(())
    }
}
