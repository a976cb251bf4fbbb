//! Reading what has changed for a peer, from one snapshot.

use crate::base::{
    AgentId, Beat, Change, ChangeSet, Code, EpochId, EpochInfo, Identity, KeptRows, Position, Range, Result, Role, State, Stream,
    Timestamp, Value, Way, fail,
};
use crate::db::connection::table;
use crate::db::fault::{Inner, damaged, fault};
use crate::db::feed::{Feed, Record};
use crate::db::gaps::{self, Told};
use crate::db::holds::Passed;
use crate::db::keys::Key;
use crate::db::layout::{Row, Stamp, Table, unsigned};
use crate::db::pending::RowKey;
use crate::db::transit::{self, Kept};
use crate::db::{Changes, Connection, Database, Outgoing, OutgoingParcel, history, relay};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

/// Most pairs of epochs that know of each other in a set.
const MAX_BEATS: usize = 4096;
/// Most epochs that a batch declares before it ends.
pub(in crate::db) const MAX_EPOCHS: usize = 2048;
/// Keys that follow each other are fetched by one statement from this number on.
const RUN: usize = 4;
/// What a change takes besides its values, about.
pub(in crate::db) const CHANGE_BYTES: usize = 16;
/// Most bytes of a set that has one timestamp, a larger single row excepted: what a frame can hold.
const MAX_SET: usize = 16 << 20;
/// How often a snapshot is taken anew that was overtaken by a commit.
pub(in crate::db) const SNAPSHOTS: usize = 64;

impl Connection {
    /// The next batch of a stream after `after`, about `max_bytes` of it, from one snapshot. `E_IOT_PROTOCOLERR`: `after` is
    /// not in our history; `E_IOT_TS_GAP`: what a router holds does not reach back to it.
    ///
    /// A set ends between two timestamps, and always has at least one; it is larger than `max_bytes` only then. Rows of classes that
    /// the peer does not know (`knows`, by our class codes) are passed over: a hold keeps `clear` from them, and when the peer knows
    /// the class they travel with new versions. A set without changes moves its position past such rows.
    ///
    /// `deep`: up to the end of the snapshot, `clear` removes only what the server has confirmed.
    pub fn read_changes(
        &mut self,
        stream: Stream,
        after: Position,
        max_bytes: usize,
        deep: bool,
        knows: &dyn Fn(u16) -> bool,
    ) -> Result<Changes> {
        match (self.database.node().map(|node| node.role), stream.way) {
            (Some(Role::Router), Way::Down) => {
                return self.own_snapshot(|connection| connection.next_mail(stream.agent, stream.group, after));
            }
            (Some(Role::Server), Way::Down) | (Some(Role::Router | Role::Device), Way::Up) => {}
            (Some(_), _) => return fail(Code::E_IOT_PROTOCOLERR, "this node has no such stream"),
            (None, _) => {
                return fail(Code::E_IOT_INCOMPATIBLE_MODE, "the schema has no 'iot' statement, so nothing travels");
            }
        }
        let changes = match stream.way {
            Way::Up => self.read_log(stream, after, max_bytes, knows)?,
            Way::Down => self.read_down(stream, after, max_bytes, knows)?,
        };
        if deep && stream.way == Way::Up {
            self.keep_deep(stream.group, changes.tail)?;
        }
        Ok(changes)
    }

    pub(in crate::db) fn read_log(
        &mut self,
        stream: Stream,
        after: Position,
        max_bytes: usize,
        knows: &dyn Fn(u16) -> bool,
    ) -> Result<Changes> {
        self.release_holds(stream, after, knows)?;
        for _ in 0..SNAPSHOTS {
            let result = self.own_snapshot(|connection| {
                let database = Arc::clone(&connection.database);
                let mut reader = Reader::new(&database, &connection.engine, stream, after, max_bytes, knows)?;
                // A commit that is older than this word and younger than the snapshot may have dropped keys that the
                // next read needs.
                if !reader.announce() {
                    return Ok(None);
                }
                let kept = reader.kept()?;
                let (own, passed) = reader.run()?;
                Ok(Some((relay::merge(own, kept), passed)))
            })?;
            if let Some((changes, passed)) = result {
                // Before anything is sent, so before anything is acknowledged.
                let waiting = self.note_holds(stream, &passed, knows)?;
                return Ok(Changes { waiting, ..changes });
            }
        }
        fail(Code::E_CONFLICT, "commits came too fast for a snapshot of the change log; try again")
    }
}

pub(in crate::db) struct Reader<'a> {
    pub(in crate::db) database: &'a Database,
    pub(in crate::db) sql: &'a rusqlite::Connection,
    node: AgentId,
    down: bool,
    pub(in crate::db) stream: Stream,
    after: Position,
    pub(in crate::db) max_bytes: usize,
    knows: &'a dyn Fn(u16) -> bool,
    chain: Vec<EpochInfo>,
    pub(in crate::db) tail: Position,
    /// The epoch of `tail`, with its local number.
    present: Option<(u64, EpochInfo)>,
    pub(in crate::db) feeds: Vec<Feed>,
    /// Gap records that travel in this stream, behind `after`.
    told: VecDeque<Told>,
    /// Those up to here have been looked at.
    told_until: u64,
    seen: HashSet<RowKey>,
    /// Epochs that the set names, by local number.
    pub(in crate::db) named: BTreeMap<u64, EpochInfo>,
    /// Those of them that the last timestamp has added.
    added: Vec<u64>,
    /// Beyond this timestamp there would be too many notes.
    pub(in crate::db) limit: u64,
    pub(in crate::db) changes: Vec<Change>,
    /// Changes of the timestamps that are in the set for good.
    fits: usize,
    pub(in crate::db) bytes: usize,
    /// Classes of rows that the peer cannot take.
    pub(in crate::db) passed: Passed,
    /// Parcels of others go with the set, even if it has no rows.
    notes_alone: bool,
    /// A page of a reconcile is read: what the receiver shall not have is just not in it.
    pub(in crate::db) page: bool,
    /// Rows that stay with the receiver though they are not in the page.
    pub(in crate::db) spared: Vec<KeptRows>,
}

impl<'a> Reader<'a> {
    pub(in crate::db) fn new(
        database: &'a Database,
        sql: &'a rusqlite::Connection,
        stream: Stream,
        after: Position,
        max_bytes: usize,
        knows: &'a dyn Fn(u16) -> bool,
    ) -> Inner<Self> {
        let Some(node) = database.node() else {
            return fault(Code::E_IOT_INCOMPATIBLE_MODE, "the schema has no 'iot' statement, so nothing travels");
        };
        let Some(from) = history::own_number(sql, after)? else {
            return fault(Code::E_IOT_PROTOCOLERR, format!("position {} is not in the history of this database", after.ts));
        };
        // One for the position itself.
        let chain = history::own_epochs(sql, from, MAX_EPOCHS + 1)?;
        let present = history::present_epoch(sql)?;
        let tail = present.map_or(Position::default(), |(_, e)| Position { ts: e.last, epoch: e.id });
        let limit = chain.iter().filter(|e| e.last > after.ts).nth(MAX_EPOCHS - 1).map_or(tail.ts, |e| e.last).0;
        let down = stream.way == Way::Down;
        let feeds = feeds(stream, after.ts.0);
        let told = if down { VecDeque::new() } else { gaps::told_behind(sql, stream.group, after.ts.0)?.into() };
        Ok(Reader {
            database,
            sql,
            node: node.agent,
            down,
            stream,
            after,
            max_bytes,
            knows,
            chain,
            tail,
            present,
            feeds,
            told,
            told_until: after.ts.0,
            seen: HashSet::new(),
            named: BTreeMap::new(),
            added: Vec::new(),
            limit,
            changes: Vec::new(),
            fits: 0,
            bytes: 0,
            passed: Passed::new(),
            notes_alone: false,
            page: false,
            spared: Vec::new(),
        })
    }

    /// Notes that readers of our streams may get everything up to the end of the snapshot. `false`: more was committed
    /// meanwhile.
    pub(in crate::db) fn announce(&self) -> bool {
        let end = self.tail.ts.0;
        let mut sent = self.database.sent.lock();
        for feed in &self.feeds {
            sent.raise(feed.stream, self.stream.group, end);
        }
        drop(sent);
        self.database.state.lock().clock <= end
    }

    /// What a router passes on in the same timestamps; its own rows then go no further.
    fn kept(&mut self) -> Inner<Kept> {
        if self.down {
            return Ok(Kept::default());
        }
        let kept = transit::kept_parcels(self.sql, self.stream.group, self.after.ts.0, self.limit, self.max_bytes)?;
        if let Some((last, _)) = kept.parcels.last() {
            self.notes_alone = true;
            if kept.more {
                self.limit = *last;
            }
        }
        Ok(kept)
    }

    /// Takes what follows a timestamp, as much as goes into a set; gives the timestamp up to where that is.
    pub(in crate::db) fn gather(&mut self, after: u64) -> Inner<u64> {
        let mut up_to = after;
        loop {
            let Some(ts) = self.next_ts()? else {
                up_to = self.limit;
                break;
            };
            if ts > self.limit {
                up_to = self.limit;
                break;
            }
            if self.bytes >= self.max_bytes || self.named.len() >= MAX_EPOCHS {
                break;
            }
            let bytes = self.bytes;
            self.fits = self.changes.len();
            self.added.clear();
            self.take_all(ts)?;
            let too_much = self.bytes > self.max_bytes || self.named.len() > MAX_EPOCHS;
            if too_much && self.fits > 0 {
                // It goes first in the next set.
                self.changes.truncate(self.fits);
                self.bytes = bytes;
                for number in &self.added {
                    self.named.remove(number);
                }
                break;
            }
            up_to = ts;
        }
        Ok(up_to)
    }

    fn run(mut self) -> Inner<(Changes, Passed)> {
        let up_to = self.gather(self.after.ts.0)?;
        let told = self.told.partition_point(|told| told.ts <= up_to);
        let nothing = self.changes.is_empty() && self.passed.is_empty() && told == 0 && !self.notes_alone;
        if nothing && up_to >= self.tail.ts.0 {
            return Ok((Changes { next: None, tail: self.tail, waiting: None }, self.passed));
        }
        let notes = self.notes(up_to)?;
        let up_to = self.position(up_to)?;
        let mut epochs: Vec<EpochInfo> = self.named.into_values().collect();
        for epoch in self.chain {
            let used = [up_to.epoch, self.after.epoch].contains(&epoch.id) || notes.iter().any(|n| n.epoch == epoch.id);
            if used && epochs.iter().all(|e| e.id != epoch.id) {
                epochs.push(epoch);
            }
        }
        for gap in self.told.iter().take(told).map(|told| told.gap) {
            if epochs.iter().all(|e| e.id != gap.epoch) {
                epochs.extend(history::epoch_with_id(self.sql, gap.epoch)?.map(|(_, epoch)| epoch));
            }
        }
        epochs.sort_by_key(|e| e.first);
        let beats = if self.down { Vec::new() } else { beats_of(self.sql, &epochs)? };
        let gaps = self.told.into_iter().take(told).map(|told| told.gap).collect();
        let as_of = if self.down { self.tail } else { Position::default() };
        let set =
            ChangeSet { after: self.after, up_to, epochs, notes, beats, gaps, changes: self.changes, ..ChangeSet::default() };
        let next = Outgoing { after: self.after, up_to, as_of, reconcile: false, parcels: vec![OutgoingParcel::Own(set)] };
        Ok((Changes { next: Some(next), tail: self.tail, waiting: None }, self.passed))
    }

    /// The nearest timestamp that some feed has.
    fn next_ts(&mut self) -> Inner<Option<u64>> {
        let fits = self.told.partition_point(|told| told.ts <= self.told_until);
        let mut nearest = self.told.get(fits).map(|told| told.ts);
        for feed in &mut self.feeds {
            if let Some(ts) = feed.next_ts(self.sql)? {
                nearest = Some(nearest.map_or(ts, |other: u64| ts.min(other)));
            }
        }
        Ok(nearest)
    }

    fn take_all(&mut self, ts: u64) -> Inner<()> {
        self.told_until = ts;
        for at in 0..self.feeds.len() {
            while let Some(feed) = self.feeds.get_mut(at) {
                let Some(record) = feed.take(self.sql, ts)? else { break };
                let gone = feed.gone;
                self.take(&record, gone)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, record: &Record, gone: bool) -> Inner<()> {
        let database = self.database;
        let table = table(database, record.class)?;
        let follows = |a: &Key, b: &Key| a.epoch == b.epoch && a.oid.checked_add(1) == Some(b.oid);
        let mut row = Row::default();
        for run in record.keys.chunk_by(follows) {
            if run.len() < RUN {
                for key in run {
                    let mut statement = self.sql.prepare_cached(&table.select)?;
                    let mut rows = statement.query([key.epoch.cast_signed(), key.oid.cast_signed()])?;
                    match rows.next()? {
                        Some(columns) => {
                            table.read(columns, 0, &mut row)?;
                            self.add(table, *key, Some(&row), record.ts, gone)?;
                        }
                        None => self.add(table, *key, None, record.ts, gone)?,
                    }
                }
                continue;
            }
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let mut statement = self.sql.prepare_cached(&table.select_run)?;
            let mut rows = statement.query([first.epoch.cast_signed(), first.oid.cast_signed(), last.oid.cast_signed()])?;
            let mut wanted = run.iter().peekable();
            while let Some(columns) = rows.next()? {
                let oid = unsigned(columns.get(0)?)?;
                while let Some(key) = wanted.next_if(|key| key.oid < oid) {
                    self.add(table, *key, None, record.ts, gone)?;
                }
                if let Some(key) = wanted.next() {
                    table.read(columns, 1, &mut row)?;
                    self.add(table, *key, Some(&row), record.ts, gone)?;
                }
            }
            for key in wanted {
                self.add(table, *key, None, record.ts, gone)?;
            }
        }
        Ok(())
    }

    /// Adds the present state of one row, once.
    fn add(&mut self, table: &Table, key: Key, row: Option<&Row>, ts: u64, gone: bool) -> Inner<()> {
        if self.bytes > self.max_bytes && self.fits > 0 {
            // The whole timestamp goes into the next set.
            return Ok(());
        }
        let at = RowKey { class: table.code, key };
        let (state, version, agent) = match row {
            Some(row) => {
                let receiver = if self.down { table.agent_of(row) } else { self.node };
                if self.down && receiver != AgentId::ALL && receiver != self.stream.agent {
                    if self.page {
                        return Ok(());
                    }
                    (State::Removed, row.stamp, AgentId::ALL)
                } else if !(self.knows)(table.code) {
                    self.passed.entry(table.code).or_insert(ts);
                    return Ok(());
                } else {
                    let values: Vec<Value> = table.plain.iter().filter_map(|field| row.values.get(*field).cloned()).collect();
                    let weight = values.iter().map(Value::weight).sum::<usize>();
                    // Small rows of one commit that have grown beyond all measure: these travel with their later key.
                    if self.bytes + weight > MAX_SET && row.stamp.ts > ts && !self.changes.is_empty() {
                        if self.page {
                            let epoch = self.epoch_id(key.epoch)?;
                            self.spared.push(KeptRows { epoch, low: key.oid, high: key.oid });
                        }
                        return Ok(());
                    }
                    self.bytes += weight;
                    (State::Row(values), row.stamp, receiver)
                }
            }
            // A key without a row says nothing by itself: a delete has a record of its own.
            None if !gone || self.page || self.is_cleared(at, ts)? => return Ok(()),
            None => {
                (State::Removed, Stamp { ts: self.tail.ts.0, epoch: self.present.map_or(0, |p| p.0), first: 0 }, AgentId::ALL)
            }
        };
        // A peer has no rows of a class that it does not know.
        if !(self.knows)(table.code) || !self.seen.insert(at) {
            return Ok(());
        }
        let (made, changed) = (self.epoch_id(key.epoch)?, self.epoch_id(version.epoch)?);
        self.bytes += CHANGE_BYTES;
        self.changes.push(Change {
            class: table.code,
            id: Identity::new(made, key.oid),
            ts: Timestamp(version.ts),
            epoch: changed,
            agent,
            state,
        });
        Ok(())
    }

    /// The id of an epoch, which the set then declares.
    pub(in crate::db) fn epoch_id(&mut self, number: u64) -> Inner<EpochId> {
        if let Some(epoch) = self.named.get(&number) {
            return Ok(epoch.id);
        }
        let present = self.present.filter(|present| present.0 == number).map(|present| present.1);
        let found = if present.is_some() { present } else { history::epoch_numbered(self.sql, number)? };
        let Some(epoch) = found else { return damaged("an epoch is missing") };
        self.added.push(number);
        self.named.insert(number, epoch);
        Ok(epoch.id)
    }

    /// What the set completes when it goes up to `ts`. What was given up is left out, should it arrive by another way after all.
    fn notes(&self, ts: u64) -> Inner<Vec<Range>> {
        let note = |e: &EpochInfo| Range {
            epoch: e.id,
            from: Timestamp(self.after.ts.0.max(e.first.0.saturating_sub(1))),
            to: Timestamp(ts.min(e.last.0)),
        };
        let notes = self.chain.iter().map(note).filter(|note| note.from < note.to);
        let holes = if self.down { Vec::new() } else { gaps::own_holes(self.sql, self.node, self.stream.group)? };
        if holes.is_empty() {
            return Ok(notes.collect());
        }
        let mut list = Vec::new();
        for note in notes {
            let mut from = note.from;
            for (_, first, last) in holes.iter().filter(|(epoch, ..)| *epoch == note.epoch) {
                let to = Timestamp((first - 1).min(note.to.0));
                if from < to {
                    list.push(Range { from, to, ..note });
                }
                from = from.max(Timestamp(*last));
            }
            if from < note.to {
                list.push(Range { from, ..note });
            }
        }
        Ok(list)
    }

    fn position(&self, ts: u64) -> Inner<Position> {
        if ts == self.after.ts.0 {
            return Ok(self.after);
        }
        match self.chain.iter().rev().find(|e| e.first.0 <= ts) {
            Some(epoch) => Ok(Position { ts: Timestamp(ts), epoch: epoch.id }),
            None => damaged("a record of the change log is older than the history"),
        }
    }
}

/// Records behind a timestamp of what a stream is made of: what is for all, and for its agent.
pub(in crate::db) fn feeds(stream: Stream, after: u64) -> Vec<Feed> {
    let mut streams = vec![AgentId::ALL.0];
    if stream.way == Way::Down {
        streams.push(stream.agent.0);
    }
    let kinds = [true, false].into_iter();
    kinds.flat_map(|gone| streams.iter().map(move |s| Feed::behind(after, gone, *s, stream.group))).collect()
}

/// What these epochs of ours know of other ones; a later one knows what the earlier ones knew.
fn beats_of(sql: &rusqlite::Connection, epochs: &[EpochInfo]) -> Inner<Vec<Beat>> {
    let known = history::own_beats(sql)?;
    let mut beats = Vec::new();
    for epoch in epochs.iter().rev().filter(|_| !known.is_empty()) {
        let Some((number, _)) = history::epoch_with_id(sql, epoch.id)? else { continue };
        let earlier = known.iter().rev().filter(|(num, _)| *num <= number);
        beats.extend(earlier.map(|(_, beat)| Beat { epoch: epoch.id, ..*beat }));
    }
    beats.truncate(MAX_BEATS);
    Ok(beats)
}
