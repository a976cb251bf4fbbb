//! The change log: which keys a commit touched, by stream. `docs/format.md` tells its rules.

use crate::base::{AgentId, Group, Role};
use crate::db::Connection;
use crate::db::cleared::Runs;
use crate::db::fault::Inner;
use crate::db::keys::{self, Key, MAX_KEYS};
use crate::db::layout::unsigned;
use crate::db::marks::{Kind, OWN};
use rusqlite::OptionalExtension;
use std::collections::{BTreeSet, HashMap};

/// Most records of removed rows that wait for readers.
pub(in crate::db) const MAX_GONE: u64 = 100_000;
/// Most of one stream, about: who does not come for them is reconciled when it does.
pub(in crate::db) const MAX_GONE_OF_ONE: u64 = MAX_GONE / 10;
/// So many more come before they are counted.
const GONE_STEP: u64 = MAX_GONE_OF_ONE / 16;

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

/// What happened to rows with numbers one after another, in a stream, at which timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    stream: Stream,
    class: u16,
    first: Key,
    count: u64,
    fate: Fate,
    ts: u64,
    bytes: u64,
}

impl Mark {
    /// Takes in what follows, if that is the same for the next rows.
    fn extend(&mut self, next: &Mark) -> bool {
        let whose = |mark: &Mark| (mark.stream, mark.class, mark.first.epoch, mark.fate, mark.ts);
        let follows = whose(self) == whose(next) && self.first.oid.checked_add(self.count) == Some(next.first.oid);
        if follows {
            self.count += next.count;
            self.bytes += next.bytes;
        }
        follows
    }

    /// Whether both speak of some row, and one of them of others, too. `self` does not begin behind the other.
    fn cuts(&self, next: &Mark) -> bool {
        let whose = |mark: &Mark| (mark.stream, mark.class, mark.first.epoch);
        whose(self) == whose(next) && next.first.oid - self.first.oid < self.count && self.count.max(next.count) > 1
    }

    fn keys(&self) -> impl Iterator<Item = Key> + use<> {
        let Key { epoch, oid } = self.first;
        (0..self.count).map(move |n| Key { epoch, oid: oid + n })
    }

    /// One mark for each row; the bytes are shared out.
    fn singles(self) -> impl Iterator<Item = Mark> {
        self.keys().map(move |first| Mark { first, count: 1, bytes: self.bytes / self.count, ..self })
    }
}

/// What a transaction has to write into the log.
#[derive(Clone, Debug, Default)]
pub(in crate::db) struct Touched {
    marks: Vec<Mark>,
    drops: Vec<Place>,
    turns: Vec<Place>,
    acked: HashMap<(Stream, Group), u64>,
    /// Up to where what is sent has been acknowledged, for classes with a bound.
    pub(in crate::db) floors: HashMap<(Stream, Group), u64>,
    /// Classes with a bound that have got rows.
    grown: BTreeSet<u16>,
    /// Rows that have arrived have made room in a router's view.
    pub(in crate::db) arrived_dropped: bool,
    /// How much is remembered of what was cleared.
    pub(in crate::db) runs: Runs,
}

impl Touched {
    /// The row has this fate in this stream since `ts`, and so many bytes now; the last word counts.
    pub(in crate::db) fn mark(&mut self, stream: Stream, class: u16, key: Key, fate: Fate, ts: u64, bytes: usize) {
        self.mark_run(stream, class, key, 1, fate, ts, bytes);
    }

    /// As [`Self::mark`], for `count` rows with numbers one after another.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::db) fn mark_run(
        &mut self,
        stream: Stream,
        class: u16,
        first: Key,
        count: u64,
        fate: Fate,
        ts: u64,
        bytes: usize,
    ) {
        let mark = Mark { stream, class, first, count, fate, ts, bytes: bytes as u64 };
        if !self.marks.last_mut().is_some_and(|last| last.extend(&mark)) {
            self.marks.push(mark);
        }
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

    /// The class may be beyond its bound now.
    pub(in crate::db) fn grow(&mut self, class: u16) {
        self.grown.insert(class);
    }

    /// Classes that may be beyond their bounds.
    pub(in crate::db) fn take_grown(&mut self) -> BTreeSet<u16> {
        std::mem::take(&mut self.grown)
    }

    /// Rows of a class that were given a version, in that order; some have a later one.
    pub(in crate::db) fn changed(&self, class: u16) -> Vec<(u64, Stream, Key)> {
        let changed = self.marks.iter().filter(|mark| mark.class == class && mark.fate == Fate::Changed);
        changed.flat_map(|mark| mark.keys().map(|key| (mark.ts, mark.stream, key))).collect()
    }

    /// Whether nothing has happened to a row.
    pub(in crate::db) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Takes back what was said about the rows of a class.
    pub(in crate::db) fn forget_class(&mut self, class: u16) {
        self.marks.retain(|mark| mark.class != class || mark.fate == Fate::Removed);
        self.drops.retain(|place| place.class != class);
    }
}

impl Connection {
    /// Up to where every known reader of a stream has acknowledged; in the stream of a node above: what is sent again in no case.
    pub(in crate::db) fn acked(&mut self, stream: Stream, group: Group) -> Inner<u64> {
        if let Some(acked) = self.in_transaction()?.touched.acked.get(&(stream, group)) {
            return Ok(*acked);
        }
        let server = self.database.node().is_some_and(|node| node.role == Role::Server);
        let acked = match (server, AgentId(stream)) {
            (true, AgentId::ALL) => {
                let readers = [self.lowest_mark(Kind::Acked, group)?, self.lowest_mark(Kind::RouterAcked, group)?];
                readers.into_iter().flatten().min().unwrap_or(0)
            }
            (true, agent) => {
                let kind = Kind::acked(self.known(agent)?.map_or(Role::Device, |known| known.role));
                self.mark(kind, agent, group)?.ts.0
            }
            (false, _) => self.mark(Kind::Custody, OWN, group)?.ts.0.min(self.mark(Kind::Confirmed, OWN, group)?.ts.0),
        };
        self.in_transaction()?.touched.acked.insert((stream, group), acked);
        Ok(acked)
    }

    /// Writes the records of the transaction and takes out keys that have a later one.
    pub(in crate::db) fn write_log(&mut self) -> Inner<()> {
        let open = self.in_transaction()?;
        let marks = std::mem::take(&mut open.touched.marks);
        let mut drops = std::mem::take(&mut open.touched.drops);
        let mut turns = std::mem::take(&mut open.touched.turns);
        let mut last = last_words(marks);
        last.retain(|mark| mark.fate != Fate::Forgotten);
        turns.sort_unstable();
        turns.dedup();
        last.extend(turns.into_iter().map(|Place { stream, ts, class, key }| Mark {
            stream,
            class,
            first: key,
            count: 1,
            fate: Fate::Removed,
            ts,
            bytes: 0,
        }));
        let whose = |mark: &Mark| (mark.fate, mark.stream, mark.ts, mark.class);
        last.sort_by_key(whose);
        for group in last.chunk_by(|a, b| whose(a) == whose(b)) {
            let keys: Vec<Key> = group.iter().flat_map(Mark::keys).collect();
            let bytes: u64 = group.iter().map(|mark| mark.bytes).sum();
            for part in keys.chunks(MAX_KEYS) {
                if let (Some(mark), Some(first)) = (group.first(), part.first()) {
                    let share = u128::from(bytes) * part.len() as u128 / keys.len() as u128;
                    self.insert_record(&Mark { first: *first, ..*mark }, part, u64::try_from(share).unwrap_or(u64::MAX))?;
                }
            }
        }
        drops.sort_unstable();
        drops.dedup();
        for group in drops.chunk_by(|a, b| (a.stream, a.ts, a.class) == (b.stream, b.ts, b.class)) {
            self.drop_from_records(group)?;
        }
        self.bound_removed()
    }

    /// `mark` begins with the first key; `bytes`: what the rows of all keys take.
    fn insert_record(&mut self, mark: &Mark, keys: &[Key], bytes: u64) -> Inner<()> {
        let now = self.database.options.clock.millis();
        let open = self.in_transaction()?;
        open.told = true;
        let group = open.state.groups.of(mark.class);
        let gone = mark.fate == Fate::Removed;
        let mut statement =
            self.engine.prepare_cached("INSERT INTO _mco_log VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
        statement.execute(rusqlite::params![
            gone,
            mark.stream.cast_signed(),
            group.0,
            mark.ts.cast_signed(),
            mark.class,
            mark.first.epoch.cast_signed(),
            mark.first.oid.cast_signed(),
            i64::try_from(keys.len()).unwrap_or(i64::MAX),
            bytes.cast_signed(),
            now.cast_signed(),
            keys::encode(keys)
        ])?;
        drop(statement);
        if gone {
            let state = &mut self.in_transaction()?.state;
            state.gone += 1;
            state.gone_room = state.gone_room.saturating_sub(1);
        }
        Ok(())
    }

    /// Takes keys out of the records of one commit; `group` is sorted.
    fn drop_from_records(&mut self, group: &[Place]) -> Inner<()> {
        let mut rest = group;
        while let Some(last) = rest.last() {
            let group = self.in_transaction()?.state.groups.of(last.class);
            let whose = [last.stream.cast_signed(), i64::from(group.0), last.ts.cast_signed(), i64::from(last.class)];
            let key = [last.key.epoch.cast_signed(), last.key.oid.cast_signed()];
            let found: Option<(i64, i64, Vec<u8>)> = self
                .engine
                .prepare_cached(
                    "SELECT epoch, oid, keys FROM _mco_log WHERE gone = 0 AND stream = ?1 AND grp = ?2 AND ts = ?3 AND class = ?4
                     AND (epoch, oid) <= (?5, ?6) ORDER BY epoch DESC, oid DESC LIMIT 1",
                )?
                .query_row([whose[0], whose[1], whose[2], whose[3], key[0], key[1]], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            let Some((epoch, oid, record)) = found else { return Ok(()) };
            let low = Key { epoch: unsigned(epoch)?, oid: unsigned(oid)? };
            let (before, inside) = rest.split_at(rest.partition_point(|place| place.key < low));
            rest = before;
            let mut kept = keys::decode(&record)?;
            let count = kept.len();
            kept.retain(|key| inside.binary_search_by_key(key, |place| place.key).is_err());
            if kept.len() != count {
                self.put_record([whose[0], whose[1], whose[2], whose[3], epoch, oid], &kept)?;
            }
        }
        Ok(())
    }

    /// Leaves these keys, some of its own, in a record (stream, group, timestamp, class, and its bound); without any it goes.
    pub(in crate::db) fn put_record(&mut self, record: [i64; 6], keys: &[Key]) -> Inner<()> {
        let whose = "WHERE gone = 0 AND stream = ?1 AND grp = ?2 AND ts = ?3 AND class = ?4 AND epoch = ?5 AND oid = ?6";
        if keys.is_empty() {
            self.engine.prepare_cached(&format!("DELETE FROM _mco_log {whose}"))?.execute(record)?;
            return Ok(());
        }
        let [stream, group, ts, class, epoch, oid] = record;
        let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        self.engine
            .prepare_cached(&format!("UPDATE _mco_log SET bytes = bytes * ?7 / count, count = ?7, keys = ?8 {whose}"))?
            .execute(rusqlite::params![stream, group, ts, class, epoch, oid, count, keys::encode(keys)])?;
        Ok(())
    }

    /// Forgets removed rows of which every reader has heard. Who comes back with an older mark lies behind the horizon.
    pub(in crate::db) fn trim_removed(&mut self, agent: AgentId, group: Group) -> Inner<()> {
        for stream in [agent.0, AgentId::ALL.0] {
            let acked = self.acked(stream, group)?;
            let count = self
                .engine
                .prepare_cached("DELETE FROM _mco_log WHERE gone = 1 AND stream = ?1 AND grp = ?2 AND ts <= ?3")?
                .execute([stream.cast_signed(), i64::from(group.0), acked.cast_signed()])?;
            if count > 0 {
                let open = self.in_transaction()?;
                open.state.gone = open.state.gone.saturating_sub(count as u64);
                self.raise_horizon(stream, group, acked)?;
            }
        }
        Ok(())
    }

    /// Forgets the oldest removed rows of a stream, or of all, when there are too many. Readers that did not hear of them are reconciled.
    fn bound_removed(&mut self) -> Inner<()> {
        if self.in_transaction()?.state.gone_room == 0 {
            self.in_transaction()?.state.gone_room = GONE_STEP;
            self.bound_streams()?;
        }
        if self.in_transaction()?.state.gone <= MAX_GONE {
            return Ok(());
        }
        let text = "SELECT ts FROM _mco_log WHERE gone = 1 ORDER BY ts LIMIT 1 OFFSET ?1";
        let excess = self.in_transaction()?.state.gone - MAX_GONE + MAX_GONE / 16;
        let until: Option<i64> =
            self.engine.prepare_cached(text)?.query_row([excess.cast_signed() - 1], |row| row.get(0)).optional()?;
        let Some(until) = until else { return Ok(()) };
        let mut streams: Vec<[i64; 3]> = Vec::new();
        {
            let text = "SELECT stream, grp, max(ts) FROM _mco_log WHERE gone = 1 AND ts <= ?1 GROUP BY stream, grp";
            let mut statement = self.engine.prepare_cached(text)?;
            let mut rows = statement.query([until])?;
            while let Some(row) = rows.next()? {
                streams.push([row.get(0)?, row.get(1)?, row.get(2)?]);
            }
        }
        streams.into_iter().try_for_each(|whose| self.forget_removed(whose))
    }

    fn bound_streams(&mut self) -> Inner<()> {
        let mut streams: Vec<[i64; 3]> = Vec::new();
        {
            let text = "SELECT stream, grp, count(*) FROM _mco_log WHERE gone = 1 GROUP BY stream, grp HAVING count(*) > ?1";
            let mut statement = self.engine.prepare_cached(text)?;
            let mut rows = statement.query([MAX_GONE_OF_ONE.cast_signed()])?;
            while let Some(row) = rows.next()? {
                streams.push([row.get(0)?, row.get(1)?, row.get(2)?]);
            }
        }
        for [stream, group, count] in streams {
            let text = "SELECT ts FROM _mco_log WHERE gone = 1 AND stream = ?1 AND grp = ?2 ORDER BY ts LIMIT 1 OFFSET ?3";
            let last = [stream, group, count - MAX_GONE_OF_ONE.cast_signed() - 1];
            let until = self.engine.prepare_cached(text)?.query_row(last, |row| row.get(0))?;
            self.forget_removed([stream, group, until])?;
        }
        Ok(())
    }

    /// Forgets removed rows of a stream and a group up to a timestamp.
    fn forget_removed(&mut self, whose: [i64; 3]) -> Inner<()> {
        let [stream, group, until] = whose;
        let text = "DELETE FROM _mco_log WHERE gone = 1 AND stream = ?1 AND grp = ?2 AND ts <= ?3";
        let count = self.engine.prepare_cached(text)?.execute(whose)?;
        self.raise_horizon(stream.cast_unsigned(), Group(u8::try_from(group).unwrap_or(0)), unsigned(until)?)?;
        let open = self.in_transaction()?;
        open.state.gone = open.state.gone.saturating_sub(count as u64);
        log::warn!(
            "too many records of removed rows wait for agent {stream} (0: for all); the oldest {count} were dropped, agents that lack them get all rows anew"
        );
        Ok(())
    }
}

/// The last thing that was said of each row, in the order of streams, classes and rows.
fn last_words(marks: Vec<Mark>) -> Vec<Mark> {
    // Stable, so that of several marks of one row the last one stands last.
    let sorted = |mut marks: Vec<Mark>| {
        marks.sort_by_key(|mark| (mark.stream, mark.class, mark.first));
        marks
    };
    let mut runs = sorted(marks.clone());
    if runs.windows(2).any(|pair| matches!(pair, [mark, next] if mark.cuts(next))) {
        runs = sorted(marks.into_iter().flat_map(Mark::singles).collect());
    }
    let mut last: Vec<Mark> = Vec::with_capacity(runs.len());
    for mark in runs {
        match last.last_mut() {
            Some(former) if (former.stream, former.class, former.first) == (mark.stream, mark.class, mark.first) => {
                *former = mark
            }
            _ => last.push(mark),
        }
    }
    last
}
