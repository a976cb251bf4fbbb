//! Reconcile as the server tells it: page by page everything that an agent shall have.
//!
//! The pages go through the change log up to the end of the first page's snapshot, so that a row that changes meanwhile is either in a page
//! or in the log behind. Meanwhile the agent counts as one that has nothing: clear takes nothing that a page still has to name.

use crate::base::{
    AgentId, Announce, ChangeSet, Code, EpochId, Group, Marks, Position, Random, Range, Result, Stream, Timestamp, fail,
};
use crate::db::fault::Inner;
use crate::db::holds::Passed;
use crate::db::layout::Flow;
use crate::db::marks::{Kind, OWN};
use crate::db::read::{MAX_EPOCHS, Reader, SNAPSHOTS, feeds};
use crate::db::{Changes, Connection, Outgoing, OutgoingParcel, history};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Most pages of a reconcile that can be read again; more are never on their way.
const MAX_PAGES: usize = 4096;

/// Reconciles that agents have been promised, or are held for them. In memory only: after a start every agent announces itself anew.
#[derive(Debug, Default)]
pub(in crate::db) struct Pages {
    series: HashMap<(AgentId, Group), Series>,
    /// On a router: reconciles that are held, of which the first page was passed on.
    begun: HashSet<(AgentId, Group)>,
}

/// Pages of one reconcile.
#[derive(Clone, Debug, Default)]
struct Series {
    /// End of the first page's snapshot, where the stream goes on behind the last page; `None` while there is no page.
    tail: Option<Position>,
    /// Random, not 0.
    number: u64,
    /// Where pages begin, by number.
    places: VecDeque<(u64, Place)>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Behind these kept rows: of those for the agent alone, or of those for all; local epoch, last number. `None`: behind all.
    kept: Option<(bool, [i64; 2])>,
    /// Behind this commit.
    ts: u64,
}

/// Which reconcile a page is of, and where the stream goes on behind it.
#[derive(Clone, Copy, Debug)]
struct End {
    tail: Position,
    series: u64,
}

const BEGIN: Place = Place { kept: Some((false, [-1, 0])), ts: 0 };

impl Pages {
    /// The next reads from the beginning give pages.
    fn expect(&mut self, agent: AgentId, group: Group) {
        self.series.insert((agent, group), Series::default());
    }

    fn forget(&mut self, agent: AgentId, group: Group) {
        self.series.remove(&(agent, group));
    }

    pub(in crate::db) fn forget_agent(&mut self, agent: AgentId) {
        self.series.retain(|(other, _), _| *other != agent);
        self.begun.retain(|(other, _)| *other != agent);
    }

    /// An agent has acknowledged a position of its stream. `false`: that tells nothing but how far a reconcile is.
    pub(in crate::db) fn acknowledged(&mut self, agent: AgentId, group: Group, position: Position) -> bool {
        let is_page = position.epoch == EpochId(0);
        let Some(series) = self.series.get_mut(&(agent, group)) else { return !is_page };
        if is_page {
            series.places.retain(|(number, _)| *number >= position.ts.0);
            return false;
        }
        // What is older was sent before the reconcile.
        let ended = series.tail.is_some_and(|tail| position.ts >= tail.ts);
        if ended {
            self.forget(agent, group);
        }
        ended
    }

    /// A first page has come to be passed on.
    pub(in crate::db) fn reopen(&mut self, agent: AgentId, group: Group) {
        self.begun.remove(&(agent, group));
    }

    /// The first page is passed on.
    pub(in crate::db) fn begin(&mut self, agent: AgentId, group: Group) {
        self.begun.insert((agent, group));
    }

    pub(in crate::db) fn is_begun(&self, agent: AgentId, group: Group) -> bool {
        self.begun.contains(&(agent, group))
    }

    /// Where a page begins that is known, and where its series ends.
    fn place(&self, stream: Stream, number: u64) -> Option<(Place, End)> {
        let series = self.series.get(&(stream.agent, stream.group))?;
        let place = series.places.iter().find(|(n, _)| *n == number).map(|(_, place)| *place)?;
        Some((place, End { tail: series.tail?, series: series.number }))
    }

    /// A page was read; the next one begins at `next`.
    fn note(&mut self, stream: Stream, number: u64, end: End, next: Place) {
        let series = self.series.entry((stream.agent, stream.group)).or_default();
        (series.tail, series.number) = (Some(end.tail), end.series);
        series.places.retain(|(n, _)| *n <= number && number > 0);
        series.places.push_back((number + 1, next));
        if series.places.len() > MAX_PAGES {
            series.places.pop_front();
        }
    }
}

impl Connection {
    /// On the server: takes over the marks that lie on our history and tells where the agent's streams go on; those that have to be
    /// reconciled at the beginning.
    pub(in crate::db) fn place_reader(&mut self, announce: &Announce, fresh: bool) -> Inner<Marks> {
        let agent = announce.agent;
        let kind = Kind::acked(announce.role);
        let mut known = true;
        for down in &announce.down {
            for position in [down.mark, down.top, down.from] {
                known &= history::own_number(&self.engine, position)?.is_some();
            }
        }
        let mut starts = Marks::default();
        for group in self.in_transaction()?.state.groups.used() {
            let said = announce.down.iter().find(|down| down.group == group);
            let [mark, top, from] = said.map_or_else(Default::default, |down| [down.mark, down.top, down.from]);
            let has = history::own_past(&self.engine, mark)?;
            if self.mark(kind, agent, group)?.ts > has.ts {
                self.note_lacking(agent, group, has.ts)?;
            }
            // Who has nothing can be told nothing by what was removed.
            let empty = [mark, top, from].iter().all(|position| *position == Position::default());
            if fresh && !empty && self.is_behind(mark, &[AgentId::INVALID.0], group)? {
                // It was forgotten, and what its mark spoke for with it; that holds until it is reconciled.
                let now = self.in_transaction()?.state.now();
                self.raise_horizon(agent.0, group, now)?;
            }
            // One position of another history: who knows in which group its classes were there.
            let pages = announce.reconcile || !known || (!empty && self.is_behind(mark, &[AgentId::ALL.0, agent.0], group)?);
            self.put_mark(kind, agent, group, if pages { Position::default() } else { mark })?;
            let mut series = self.database.pages.lock();
            if pages {
                series.expect(agent, group)
            } else {
                series.forget(agent, group)
            }
            starts.set(group, if pages { Position::default() } else { from });
        }
        Ok(starts)
    }

    /// The next batch of a downward stream on the server: of the log, or of a reconcile.
    pub(in crate::db) fn read_down(
        &mut self,
        stream: Stream,
        after: Position,
        max_bytes: usize,
        knows: &dyn Fn(u16) -> bool,
    ) -> Result<Changes> {
        let expected = self.database.pages.lock().series.contains_key(&(stream.agent, stream.group));
        let is_page = after.epoch == EpochId(0) && (after.ts.0 > 0 || expected);
        if !is_page {
            let changes = self.read_log(stream, after, max_bytes, knows)?;
            // Looked at later than the log: what was dropped before that was missing there.
            let streams = [AgentId::ALL.0, stream.agent.0];
            let behind = |connection: &mut Self| connection.is_behind(after, &streams, stream.group);
            if after.ts.0 == 0 || !self.own_snapshot(behind)? {
                return Ok(changes);
            }
            log::warn!("agent {} lacks removals that are not remembered any more; it gets all rows anew", stream.agent);
        }
        let number = if is_page { after.ts.0 } else { 0 };
        if !expected || (number > 0 && self.database.pages.lock().place(stream, number).is_none()) {
            self.own_transaction(|connection| {
                let kind = Kind::acked(connection.agent(stream.agent)?.role);
                connection.put_mark(kind, stream.agent, stream.group, Position::default())
            })?;
            self.database.pages.lock().expect(stream.agent, stream.group);
        }
        self.read_page(stream, number, max_bytes, knows)
    }

    fn read_page(&mut self, stream: Stream, number: u64, max_bytes: usize, knows: &dyn Fn(u16) -> bool) -> Result<Changes> {
        for _ in 0..SNAPSHOTS {
            let result = self.own_snapshot(|connection| {
                let database = Arc::clone(&connection.database);
                let known = database.pages.lock().place(stream, number).filter(|_| number > 0);
                // Rows that were removed here alone since the first page stay at the agent, and no page would say so.
                let emptied = connection.mark(Kind::Emptied, OWN, stream.group)?.ts;
                let known = known.filter(|(_, end)| emptied <= end.tail.ts);
                let number = if known.is_some() { number } else { 0 };
                let reader = Reader::new(&database, &connection.engine, stream, Position::default(), max_bytes, knows)?;
                if !reader.announce() {
                    return Ok(None);
                }
                let series = 1 + Random::from_system().below(u64::MAX - 1);
                let (place, end) = known.unwrap_or((BEGIN, End { tail: reader.tail, series }));
                reader.page(number, place, end).map(|page| Some((page, number, end)))
            })?;
            if let Some((Page { changes, passed, next }, number, end)) = result {
                let waiting = self.note_holds(stream, &passed, knows)?;
                self.database.pages.lock().note(stream, number, end, next);
                return Ok(Changes { waiting, ..changes });
            }
        }
        fail(Code::E_CONFLICT, "commits came too fast for a snapshot of the change log; try again")
    }
}

/// A page that was read.
struct Page {
    changes: Changes,
    /// Classes of rows that the receiver cannot take.
    passed: Passed,
    /// Where the next one begins.
    next: Place,
}

impl Reader<'_> {
    /// The page behind `place` of a reconcile.
    fn page(mut self, number: u64, place: Place, end: End) -> Inner<Page> {
        let End { tail, series } = end;
        self.page = true;
        let mut next = place;
        next.kept = self.take_kept(place.kept)?;
        let mut is_last = false;
        if next.kept.is_none() && self.bytes < self.max_bytes {
            self.feeds = feeds(self.stream, place.ts);
            self.limit = tail.ts.0;
            next.ts = self.gather(place.ts)?;
            is_last = next.ts >= tail.ts.0;
        }
        let page = |number| Position { ts: Timestamp(number), epoch: EpochId(0) };
        let (after, up_to) = (page(number), if is_last { tail } else { page(number + 1) });
        let mut set = ChangeSet { after, up_to, series, ..ChangeSet::default() };
        if is_last {
            self.finish(&mut set)?;
        }
        set.epochs.extend(self.named.into_values());
        set.epochs.sort_by_key(|epoch| (epoch.first, epoch.id));
        set.epochs.dedup_by_key(|epoch| epoch.id);
        (set.kept, set.changes) = (self.spared, self.changes);
        let parcels = vec![OutgoingParcel::Own(set)];
        let outgoing = Outgoing { after, up_to, as_of: self.tail, reconcile: true, parcels };
        Ok(Page { changes: Changes { next: Some(outgoing), tail: self.tail, waiting: None }, passed: self.passed, next })
    }

    /// What the last page says besides rows: what was received with all of them, and which classes they were of.
    fn finish(&self, set: &mut ChangeSet) -> Inner<()> {
        let present = history::present_epoch(self.sql)?.map_or(0, |(number, _)| number);
        let oldest = present.saturating_sub(MAX_EPOCHS as u64 - 1);
        let end = set.up_to.ts;
        set.epochs = history::own_epochs(self.sql, oldest, MAX_EPOCHS)?;
        set.epochs.retain(|epoch| epoch.first <= end);
        set.notes = set
            .epochs
            .iter()
            .map(|e| Range { epoch: e.id, from: Timestamp(e.first.0.saturating_sub(1)), to: e.last.min(end) })
            .collect();
        let groups = self.database.groups_in(self.sql)?;
        let out = self.database.layout.tables.iter().filter(|table| table.flow == Flow::Out);
        set.classes = out.map(|table| (table.code, groups.of(table.code))).collect();
        Ok(())
    }
}
