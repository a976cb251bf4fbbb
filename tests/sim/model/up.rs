//! Upward streams as their sender sees them: reading, custody, what the server has confirmed, forks.

use super::{CUSTODY_TIMEOUT, Kept, Model, ParentState, UPSTREAM, Upward, pack};
use crate::fault::Fault;
use crate::store::group;
use mcoiot::base::{
    AgentId, Change, ChangeSet, Code, DbId, Gap, GapReason, Group, Identity, Marks, Position, State, Timestamp, Version, Word,
};
use mcoiot::repl::JobResult;
use mcoiot::wire::{Batch, Parcel};
use std::collections::{BTreeMap, BTreeSet};

/// Something that stands in an upward stream.
enum Item<'a> {
    Key(Identity),
    Loss(Gap),
    Kept(&'a Kept),
}

impl Model {
    pub(super) fn read_up(&mut self, group: Group, after: Position, max_bytes: usize, deep: bool) -> JobResult {
        let tail = self.position(self.clock);
        if deep {
            let last = self.items(group, 0).last().map_or(0, |(ts, _)| *ts);
            let stream = self.upward.entry(group).or_default();
            stream.deep_until = stream.deep_until.max(last);
        }
        let batch = self.batch_up(group, after, max_bytes, tail);
        JobResult::Read { batch, tail, held: Code::S_OK }
    }

    fn batch_up(&self, group: Group, after: Position, max_bytes: usize, tail: Position) -> Option<Batch> {
        let items = self.items(group, after.ts.0);
        let first = items.first()?.0;
        let (mut bytes, mut last, mut up_to) = (0, after.ts.0, tail);
        let (mut own, mut kept, mut done) = (ChangeSet::default(), Vec::new(), BTreeSet::new());
        for (ts, item) in &items {
            let is_cut = *ts != last || self.fault == Fault::PartialTransaction;
            if bytes >= max_bytes && is_cut {
                up_to = self.position(last);
                break;
            }
            last = *ts;
            match item {
                Item::Key(id) => {
                    let change = self.rows.get(id).filter(|_| done.insert(*id)).map(|_| self.change_up(*id));
                    let skipped = |c: &Change| self.fault == Fault::SendCurrent && c.ts.0 != *ts;
                    own.changes.extend(change.filter(|c| !skipped(c)).inspect(|c| bytes += weight(c)));
                }
                Item::Loss(gap) => own.gaps.push(*gap),
                Item::Kept(parcel) => {
                    bytes += parcel.parcel.body.len();
                    kept.push(*parcel);
                }
            }
        }
        if self.fault == Fault::RowsAhead {
            up_to = self.position(first);
        }
        own.notes = self.notes(after.ts.0, up_to.ts.0);
        own.beats = self.beats.iter().copied().collect();
        own.epochs = self.declared(&own);
        let rows = own.changes.len() as u32 + kept.iter().map(|k| k.rows).sum::<u32>();
        let own = pack(&own);
        let parcels: Vec<Parcel> = [own].into_iter().chain(kept.into_iter().map(|k| k.parcel.clone())).collect();
        let body = super::pack::join(&parcels);
        Some(Batch { seq: 0, group, flags: 0, after, up_to, as_of: Position::default(), rows, body })
    }

    /// What stands in a stream behind `after`, in the order of commits.
    fn items(&self, of: Group, after: u64) -> Vec<(u64, Item<'_>)> {
        let keys = self.log.iter().filter(|r| r.stream == UPSTREAM && group(r.class) == of).map(|r| (r.ts, Item::Key(r.id)));
        // Whoever is told that a range is complete is told of every loss in it, too, wherever the range begins.
        let losses = self.losses.iter().filter(|(g, gap)| *g == of && gap.last.0 > after);
        let losses = losses.map(|(_, gap)| (gap.first.0.max(after + 1), Item::Loss(*gap)));
        let kept = self.transit.iter().filter(|k| k.group == of).map(|k| (k.ts, Item::Kept(k)));
        let mut items: Vec<_> = keys.chain(losses).chain(kept).collect();
        items.sort_by_key(|(ts, _)| *ts);
        if self.fault == Fault::PartsByCount {
            items.retain(|(ts, item)| !matches!(item, Item::Key(id) if self.rows.get(id).is_none_or(|r| r.version.ts.0 != *ts)));
            return items.into_iter().skip(after as usize).collect();
        }
        items.retain(|(ts, _)| *ts > after);
        items
    }

    fn change_up(&self, id: Identity) -> Change {
        let row = &self.rows[&id];
        let state = State::Row(row.content.values());
        Change { class: row.class, id, ts: row.version.ts, epoch: row.version.epoch, agent: row.agent, state }
    }

    /// The whole history, and what stands for an epoch under a planted fault.
    fn declared(&self, set: &ChangeSet) -> Vec<mcoiot::base::EpochInfo> {
        let mut epochs = self.chain.clone();
        let strange: BTreeSet<_> =
            set.changes.iter().map(|c| c.id.epoch).filter(|e| !epochs.iter().any(|known| known.id == *e)).collect();
        let stand_in = self.chain.first().copied();
        epochs.extend(strange.into_iter().filter_map(|id| Some(mcoiot::base::EpochInfo { id, ..stand_in? })));
        epochs
    }

    /// A parent has taken our announcement in: where the streams go on.
    pub(super) fn begin(&mut self, parent: AgentId, db: DbId, received: &Marks) -> JobResult {
        let old = self.parents.get(&parent).cloned();
        let mut starts = Marks::default();
        let mut acked = Marks::default();
        for group in self.up_groups() {
            let stream = self.upward.get(&group).cloned().unwrap_or_default();
            let was = old.as_ref().map_or_else(Position::default, |o| o.acked.get(group));
            let got = self.mine_or_start(received.get(group));
            let is_replaced = was.ts.0 > 0 && old.as_ref().is_some_and(|o| o.db != db);
            let is_behind = got.ts < was.ts;
            let is_void = (is_replaced || is_behind || self.is_late(&stream)) && self.fault != Fault::Confirm;
            if is_void {
                self.void(group, stream.confirmed);
            }
            let stream = self.upward.entry(group).or_default();
            let start = match self.fault {
                Fault::StartFromReceiver => got,
                // What this parent has taken before is void too: it may have lost it further up.
                _ if is_void || got.ts < stream.custody.ts => stream.custody,
                _ => got,
            };
            stream.custody = start;
            starts.set(group, start);
            acked.set(group, got);
        }
        self.parents.insert(parent, ParentState { db, acked });
        JobResult::Streams(starts)
    }

    /// Whether nothing was confirmed for too long.
    fn is_late(&self, stream: &Upward) -> bool {
        stream.confirmed.ts < stream.custody.ts && self.wall >= stream.since.after(CUSTODY_TIMEOUT)
    }

    /// Nobody above has to answer for what lies behind `confirmed`; what is no longer here is lost, and told.
    fn void(&mut self, of: Group, confirmed: Position) {
        let wall = self.wall;
        let stream = self.upward.entry(of).or_default();
        let from = stream.custody.ts.min(confirmed.ts);
        let to = stream.custody.ts;
        stream.since = wall;
        if from == to {
            return;
        }
        stream.custody = confirmed;
        let lies = |ts: Timestamp| from < ts && ts <= to;
        let lost = |(id, (class, _, version)): (&Identity, &(u16, AgentId, Version))| {
            (group(*class) == of && lies(version.ts)).then_some((*id, *class, *version))
        };
        let lost: Vec<_> = self.cleared.iter().filter_map(lost).collect();
        let mut gaps: BTreeMap<_, Gap> = BTreeMap::new();
        for (id, class, version) in lost {
            self.cleared.remove(&id);
            grow(&mut gaps, self.agent, class, version);
        }
        let passed: Vec<(Group, u64)> = self.passed.iter().filter(|(g, ts)| *g == of && lies(Timestamp(*ts))).copied().collect();
        for (group, ts) in passed {
            self.passed.remove(&(group, ts));
            let at = self.position(ts);
            let version = Version { generation: 0, ts: at.ts, epoch: at.epoch };
            grow(&mut gaps, self.agent, 0, version);
        }
        if !gaps.is_empty() && self.fault != Fault::SilentLoss {
            self.tick();
            self.losses.extend(gaps.into_values().map(|gap| (of, gap)));
        }
    }

    /// The server has spoken to us.
    pub(super) fn word(&mut self, word: &Word) -> JobResult {
        for group in self.up_groups() {
            let confirmed = self.mine_or_start(word.confirmed.get(group));
            let stream = self.upward.entry(group).or_default().clone();
            let old = stream.confirmed;
            if word.fresh && confirmed.ts < old.ts && self.fault != Fault::Confirm {
                self.upward.entry(group).or_default().confirmed = confirmed;
                self.void(group, confirmed);
            } else if confirmed.ts > old.ts {
                let wall = self.wall;
                let stream = self.upward.entry(group).or_default();
                (stream.confirmed, stream.since) = (confirmed, wall);
                if stream.custody.ts < confirmed.ts {
                    stream.custody = confirmed;
                }
                self.passed.retain(|(g, ts)| *g != group || *ts > confirmed.ts.0);
            } else if self.is_late(&stream) && self.fault != Fault::Confirm {
                self.void(group, old);
            }
        }
        self.learn_forks(word);
        JobResult::Heard { starts: self.custody_marks(), aside: Vec::new() }
    }

    pub(super) fn custody_marks(&self) -> Marks {
        self.up_groups().into_iter().map(|g| (g, self.upward.get(&g).map_or_else(Position::default, |s| s.custody))).collect()
    }

    /// Our history has forked: what was changed since is said again, in a higher generation.
    fn learn_forks(&mut self, word: &Word) {
        let is_own = |epoch| self.chain.iter().any(|e| e.id == epoch);
        let new: Vec<_> = word
            .forks
            .iter()
            .filter(|f| f.tail == is_own(f.epoch) && !self.forks.contains(&(f.epoch, f.tail)))
            .copied()
            .collect();
        let Some(at) = new.iter().map(|f| f.at).min() else { return };
        self.forks.extend(new.iter().map(|f| (f.epoch, f.tail)));
        if self.fault == Fault::Generation {
            return;
        }
        self.generation = 1 + new.iter().map(|f| f.generation).max().unwrap_or(0).max(self.generation);
        self.beaten.extend(new.iter().filter(|f| !f.tail).map(|f| f.epoch));
        self.opened = true;
        let again: Vec<Identity> =
            self.rows.iter().filter(|(_, r)| self.is_own(r) && r.version.ts > at).map(|(id, _)| *id).collect();
        if again.is_empty() {
            return;
        }
        let version = self.tick();
        for id in again {
            let row = self.rows.get_mut(&id).expect("it was found");
            row.version = version;
            let class = row.class;
            self.note(version.ts, &[UPSTREAM], class, id);
        }
    }

    /// A parent has custody up to here.
    pub(super) fn save_custody(&mut self, parent: AgentId, group: Group, position: Position) {
        let wall = self.wall;
        let stream = self.upward.entry(group).or_default();
        if position.ts > stream.custody.ts {
            if stream.custody.ts <= stream.confirmed.ts {
                stream.since = wall;
            }
            stream.custody = position;
        }
        let acked = &mut self.parents.entry(parent).or_default().acked;
        if position.ts > acked.get(group).ts {
            acked.set(group, position);
        }
        let (gone, kept) = std::mem::take(&mut self.transit).into_iter().partition(|k| k.group == group && k.ts <= position.ts.0);
        self.transit = kept;
        let gone: Vec<Kept> = gone;
        let confirmed = self.upward[&group].confirmed.ts.0;
        self.passed.extend(gone.iter().map(|k| (group, k.ts)).filter(|(_, ts)| *ts > confirmed));
        for kept in gone {
            for change in super::unpack(&kept.parcel).unwrap_or_default().changes {
                if self.rows.get(&change.id).is_some_and(|row| !row.is_local && row.version.ts <= change.ts) {
                    self.rows.remove(&change.id);
                }
            }
        }
    }

    /// What clear may remove of our rows.
    pub(super) fn clear_limit(&self, group: Group) -> u64 {
        let Some(stream) = self.upward.get(&group) else { return 0 };
        let (custody, confirmed) = (stream.custody.ts.0, stream.confirmed.ts.0);
        let is_deep = confirmed < stream.deep_until && self.fault != Fault::DeepIsCustody;
        if is_deep { custody.min(confirmed) } else { custody }
    }
}

fn grow(gaps: &mut BTreeMap<(u16, mcoiot::base::EpochId), Gap>, agent: AgentId, class: u16, version: Version) {
    let (ts, epoch) = (version.ts, version.epoch);
    let new = Gap { agent, class, epoch, first: ts, last: ts, rows: 0, reason: GapReason::CustodyLost };
    let gap = gaps.entry((class, epoch)).or_insert(new);
    (gap.first, gap.last, gap.rows) = (gap.first.min(ts), gap.last.max(ts), gap.rows + 1);
}

fn weight(change: &Change) -> usize {
    30 + if let State::Row(values) = &change.state { values.iter().map(|v| v.weight()).sum() } else { 0 }
}
