//! What a parent keeps of the nodes below: announcements, custody, and on the server everything that tells whether a version is new.

use super::{Child, Kept, Late, Model, Row, announced, pack, unpack};
use crate::fault::Fault;
use crate::store::{Content, LATE, group};
use mcoiot::base::{
    AgentId, Announce, Attached, ChangeSet, Code, EpochId, EpochInfo, Fork, Gap, GapReason, Group, Identity, Marks, Position,
    Role, State, Version, Word,
};
use mcoiot::repl::JobResult;
use mcoiot::wire::{BATCH_AGAIN, BATCH_BEGIN, Batch, Parcel};
use std::collections::{BTreeMap, BTreeSet};

impl Model {
    pub(super) fn child(&mut self, agent: AgentId) -> &mut Child {
        let nobody = Announce {
            agent,
            parent: agent,
            role: Role::Device,
            level: mcoiot::base::Level::DEVICE,
            db: mcoiot::base::DbId(0),
            schema_hash: 0,
            attachment: 0,
            epochs: Vec::new(),
            beats: Vec::new(),
            down: Vec::new(),
            reconcile: false,
        };
        self.children.entry(agent).or_insert_with(|| Child {
            announce: nobody,
            received: Marks::default(),
            acked: Marks::default(),
            chain: Vec::new(),
            confirmed: Marks::default(),
            lost: BTreeSet::new(),
            is_known: false,
        })
    }

    pub(super) fn attach(&mut self, announce: &Announce, via: AgentId) -> Attached {
        let agent = announce.agent;
        let old = self.child(agent).clone();
        let mut received = Marks::default();
        if agent == via && old.announce.db == announce.db {
            received = old.received.iter().map(|(g, p)| (g, self.past_on(p, &announce.epochs))).collect();
        }
        let keeps = agent != via && old.announce.db == announce.db;
        let child = self.child(agent);
        child.received = if keeps { old.received } else { received.clone() };
        child.announce = announce.clone();
        // What a router repeats is as old as it was: the agent has gone on since. One that was restored may count to the same number.
        let goes_on =
            old.chain.len() >= announce.epochs.len() && old.chain.iter().zip(&announce.epochs).all(|(a, b)| a.id == b.id);
        let repeats = old.announce.attachment == announce.attachment && old.announce.db == announce.db && goes_on;
        child.chain = if repeats { old.chain } else { announce.epochs.clone() };
        let known: Vec<EpochInfo> = announce.epochs.iter().filter(|e| !self.info.contains_key(&e.id)).copied().collect();
        if self.role == Role::Router {
            self.info.extend(known.iter().map(|e| (e.id, *e)));
            let (down, held) = self.route(announce);
            return Attached { received, word: None, down, held };
        }
        // Taking an announcement in is a commit: a server that has told nothing yet has a history to reconcile with from now on.
        if self.chain.is_empty() {
            self.tick();
        }
        let down = self.take_marks(announce);
        let word = Word {
            confirmed: self.confirm(agent),
            forks: if repeats { Vec::new() } else { self.forks_of(announce) },
            fresh: true,
            aside: Vec::new(),
        };
        Attached { received, word: Some(word), down, held: Marks::default() }
    }

    /// Up to where everything of an agent is here, in each group.
    pub(super) fn confirm(&mut self, agent: AgentId) -> Marks {
        let chain = self.child(agent).chain.clone();
        let groups: BTreeSet<Group> = self.ranges.keys().map(|(_, g)| *g).collect();
        let marks: Marks = groups.into_iter().map(|g| (g, self.prefix_of(&chain, g))).filter(|(_, p)| p.ts.0 > 0).collect();
        self.child(agent).confirmed = marks.clone();
        marks
    }

    fn prefix_of(&self, chain: &[EpochInfo], group: Group) -> Position {
        let mut at = Position::default();
        for e in chain {
            let Some(end) = self.prefix(e.id, e.first.0, group) else { break };
            at = Position { ts: mcoiot::base::Timestamp(end.min(e.last.0)), epoch: e.id };
            if end < e.last.0 && self.fault != Fault::DeepOverHole {
                break;
            }
        }
        at
    }

    /// Up to where everything of an epoch is here, if its beginning is.
    fn prefix(&self, epoch: EpochId, first: u64, group: Group) -> Option<u64> {
        let ranges = self.ranges.get(&(epoch, group))?;
        if self.fault == Fault::DeepOverHole {
            return ranges.last().map(|r| r.1);
        }
        ranges.first().filter(|r| r.0 + 1 == first).map(|r| r.1)
    }

    /// Whether everything up to a version, on its own history, is here.
    fn is_complete(&self, version: Version, group: Group) -> bool {
        let (mut ts, mut epoch) = (version.ts.0, version.epoch);
        while epoch != EpochId(0) {
            let Some(e) = self.info.get(&epoch) else { return false };
            let firm = self.firm.get(&(epoch, group)).and_then(|r| r.first()).filter(|r| r.0 + 1 == e.first.0);
            if firm.is_none_or(|r| r.1 < ts) {
                return false;
            }
            (ts, epoch) = (e.left.0, e.before);
        }
        true
    }

    /// Histories of an agent's database that do not belong to the one that it tells.
    fn forks_of(&self, announce: &Announce) -> Vec<Fork> {
        let mine: BTreeMap<EpochId, &EpochInfo> = announce.epochs.iter().map(|e| (e.id, e)).collect();
        let mut forks = Vec::new();
        for (id, seen) in &self.seen {
            let Some(e) = self.info.get(id).filter(|e| e.db == announce.db) else { continue };
            if let Some(own) = mine.get(id) {
                // The last one may have gone on since it was announced.
                if *seen > own.last.0 && announce.epochs.last().is_some_and(|last| last.id != *id) {
                    forks.push(Fork { epoch: *id, tail: true, at: own.last, generation: e.generation });
                }
                continue;
            }
            let knows_us = |b: &&mcoiot::base::Beat| b.epoch == *id && mine.contains_key(&b.beaten);
            if self.their_beats.iter().find(knows_us).is_none() {
                let at = self.past_on(Position { ts: e.left, epoch: e.before }, &announce.epochs);
                forks.push(Fork { epoch: *id, tail: false, at: at.ts, generation: e.generation });
            }
        }
        forks
    }

    /// A batch from below.
    pub(super) fn apply_up(&mut self, from: AgentId, batch: &Batch) -> Result<JobResult, Code> {
        let mark = self.child(from).received.get(batch.group);
        let begins = batch.flags & BATCH_BEGIN != 0;
        let again = batch.flags & BATCH_AGAIN != 0 && batch.after.ts <= mark.ts;
        if !begins && !again && mark != batch.after && self.fault != Fault::GapAccepted {
            return Err(Code::E_IOT_TS_GAP);
        }
        let parcels = super::pack::split(&batch.body).ok_or(Code::E_IOT_PROTOCOLERR)?;
        let mut sets = Vec::new();
        for parcel in &parcels {
            let set = unpack(parcel).ok_or(Code::E_IOT_PROTOCOLERR)?;
            sets.push((self.check_origin(from, &set), set));
        }
        let is_device = self.child(from).announce.role == Role::Device;
        if is_device && sets.iter().any(|(origin, _)| *origin != Some(from)) {
            return Err(Code::E_IOT_PROTOCOLERR);
        }
        let ts = self.tick().ts.0;
        let mut origins = BTreeSet::new();
        for (parcel, (origin, set)) in parcels.into_iter().zip(sets) {
            let Some(origin) = origin else {
                self.contradicts(from, batch);
                continue;
            };
            origins.insert(origin);
            match self.role {
                Role::Router => self.keep(ts, batch.group, origin, parcel, &set),
                _ if self.fault == Fault::MarkApart => self.late.push(Late::Up(origin, batch.group, set)),
                _ => self.take_in(origin, batch.group, &set),
            }
        }
        let mark = if again && batch.up_to.ts < mark.ts { mark } else { batch.up_to };
        let child = self.child(from);
        child.received.set(batch.group, mark);
        child.is_known = true;
        let confirmed = origins.into_iter().filter_map(|agent| self.newly_confirmed(agent)).collect();
        Ok(JobResult::Applied { mark, code: Code::S_OK, confirmed })
    }

    fn newly_confirmed(&mut self, agent: AgentId) -> Option<(AgentId, Word)> {
        if self.role != Role::Server {
            return None;
        }
        let Child { confirmed: old, announce, chain, .. } = self.child(agent).clone();
        let new = self.confirm(agent);
        let forks =
            if self.fault == Fault::LateForks { Vec::new() } else { self.forks_of(&Announce { epochs: chain, ..announce }) };
        (old != new || !forks.is_empty()).then_some((agent, Word { confirmed: new, forks, ..Word::default() }))
    }

    /// The agent that has made a parcel, unless it contradicts itself or what is known.
    fn check_origin(&self, from: AgentId, set: &ChangeSet) -> Option<AgentId> {
        let origin = set.epochs.first()?.agent;
        let own_words = |e: &EpochInfo| (e.agent, e.db, e.first, e.before, e.left, e.generation);
        let fits = |e: &EpochInfo| e.agent == origin && self.info.get(&e.id).is_none_or(|known| own_words(known) == own_words(e));
        let ends = |c: &mcoiot::base::Change| set.epochs.iter().any(|e| e.id == c.epoch && c.ts <= e.last);
        let is_good = set.epochs.iter().all(fits) && set.changes.iter().all(ends) && origin != self.agent;
        let _ = from;
        is_good.then_some(origin)
    }

    fn contradicts(&mut self, from: AgentId, batch: &Batch) {
        let (ts, epoch, reason) = (batch.up_to.ts, batch.up_to.epoch, GapReason::Contradiction);
        self.gaps.insert(Gap { agent: from, class: 0, epoch, first: ts, last: ts, rows: 0, reason });
    }

    /// A router takes a parcel into custody and shows its rows.
    fn keep(&mut self, ts: u64, group: Group, origin: AgentId, parcel: Parcel, set: &ChangeSet) {
        if self.fault == Fault::RouterMerges && !self.met.insert(parcel.body.clone()) {
            return;
        }
        self.info.extend(set.epochs.iter().map(|e| (e.id, *e)));
        let rows = set.changes.len() as u32;
        self.transit.push(Kept { ts, group, parcel, rows });
        for change in &set.changes {
            let generation = self.info.get(&change.epoch).map_or(0, |e| e.generation);
            let version = Version { generation, ts: change.ts, epoch: change.epoch };
            let State::Row(values) = &change.state else { continue };
            let Some(content) = Content::of(values) else { continue };
            if self.rows.get(&change.id).is_some_and(|row| row.version >= version) {
                continue;
            }
            self.rows.insert(change.id, Row { class: change.class, version, agent: origin, content, is_local: false });
        }
    }

    /// For a planted fault: the application of a router changes what is in custody. Else nothing.
    pub(super) fn touch_custody(&mut self, id: Identity, content: Option<Content>) {
        if self.fault != Fault::LocalWrite {
            return;
        }
        for kept in &mut self.transit {
            let mut set = unpack(&kept.parcel).unwrap_or_default();
            set.changes.retain(|c| c.id != id || content.is_some());
            for change in set.changes.iter_mut().filter(|c| c.id == id) {
                change.state = State::Row(content.map_or_else(Vec::new, Content::values));
            }
            kept.rows = set.changes.len() as u32;
            kept.parcel = pack(&set);
        }
    }

    /// The server takes the rows of one origin in.
    pub(super) fn take_in(&mut self, origin: AgentId, of: Group, set: &ChangeSet) {
        let is_declared = |e: &&EpochInfo| self.fault != Fault::Declare || set.notes.iter().any(|n| n.epoch == e.id);
        self.info.extend(set.epochs.iter().filter(is_declared).map(|e| (e.id, *e)).collect::<Vec<_>>());
        self.their_beats.extend(&set.beats);
        for change in &set.changes {
            self.take_row(origin, of, change);
        }
        for note in &set.notes {
            let seen = self.seen.entry(note.epoch).or_default();
            *seen = note.to.0.max(*seen);
            Self::join(self.ranges.entry((note.epoch, of)).or_default(), note.from.0, note.to.0);
            let firm = self.firm.entry((note.epoch, of)).or_default();
            // What is told as lost may come after all.
            let mut from = note.from.0;
            let mut lost: Vec<_> = set.gaps.iter().filter(|g| g.epoch == note.epoch).collect();
            lost.sort_by_key(|g| g.first);
            for gap in lost.into_iter().filter(|g| note.from < g.last && g.first <= note.to) {
                if from + 1 < gap.first.0 {
                    Self::join(firm, from, gap.first.0 - 1);
                }
                from = from.max(gap.last.0);
            }
            if from < note.to.0 {
                Self::join(firm, from, note.to.0);
            }
        }
        self.gaps.extend(&set.gaps);
        let child = self.child(origin).clone();
        self.child(origin).is_known = true;
        let same = set.epochs.first().is_some_and(|e| e.db == child.announce.db || child.announce.db.0 == 0);
        if same && self.continues(&child.chain, &set.epochs) {
            self.child(origin).chain = set.epochs.clone();
        }
        self.drop_graves();
    }

    /// Whether a history goes on with the end of another one, as far as that was seen.
    fn continues(&self, chain: &[EpochInfo], next: &[EpochInfo]) -> bool {
        let Some(last) = chain.last() else { return true };
        match next.iter().skip_while(|e| e.id != last.id).take(2).collect::<Vec<_>>()[..] {
            [same] => same.last >= last.last,
            [_, after] => self.seen.get(&last.id).is_none_or(|seen| after.left.0 >= *seen),
            _ => false,
        }
    }

    fn take_row(&mut self, origin: AgentId, of: Group, change: &mcoiot::base::Change) {
        let generation = self.info.get(&change.epoch).map_or(0, |e| e.generation);
        let version = Version { generation, ts: change.ts, epoch: change.epoch };
        let seen = self.seen.entry(change.epoch).or_default();
        *seen = change.ts.0.max(*seen);
        let mut id = change.id;
        if self.fault == Fault::NoDuplicateCheck {
            if self.rows.contains_key(&id) {
                id = Identity::new(EpochId(self.random.any()), 0);
            }
        } else {
            let received = self.has(version, of) && self.fault != Fault::ReceivedSet;
            let buried = self.graves.get(&id).is_some_and(|(_, grave)| version <= *grave);
            if received || buried || self.rows.get(&id).is_some_and(|row| row.version >= version) {
                return;
            }
        }
        let State::Row(values) = &change.state else { return };
        let Some(content) = Content::of(values) else { return };
        if change.class == LATE && !self.is_upgraded && self.fault == Fault::StrangeDropped {
            return;
        }
        self.rows.insert(id, Row { class: change.class, version, agent: origin, content, is_local: false });
    }

    /// Whether a version was received before: it lies in what has come, and is not among what was lost.
    fn has(&self, version: Version, group: Group) -> bool {
        let ts = version.ts.0;
        self.firm.get(&(version.epoch, group)).is_some_and(|r| r.iter().any(|(from, to)| *from < ts && ts <= *to))
    }

    /// Versions of deleted rows are dropped when nothing older can come.
    pub(super) fn drop_graves(&mut self) {
        let graves = std::mem::take(&mut self.graves);
        let needed = |(class, version): &(u16, Version)| match self.role {
            Role::Server => !self.is_complete(*version, group(*class)),
            _ => self.downward.get(&group(*class)).is_none_or(|d| d.mark.ts < version.ts),
        };
        self.graves = graves.into_iter().filter(|(_, grave)| needed(grave)).collect();
    }

    /// An announced mark replaces the recorded one; gives where each stream goes on.
    fn take_marks(&mut self, announce: &Announce) -> Marks {
        let agent = announce.agent;
        let groups: BTreeSet<Group> = self.down_groups().into_iter().chain(announce.down.iter().map(|d| d.group)).collect();
        let mut starts = Marks::default();
        for group in groups {
            let (mark, top, from) = announced(announce, group);
            let fits = self.is_mine(mark) && self.is_mine(from) && (self.is_mine(top) || self.fault == Fault::AsOf);
            let is_good = fits && !self.is_behind(agent, group, from) && !announce.reconcile;
            let is_here = self.is_mine(mark);
            let new = if is_here { mark } else { Position::default() };
            let old = self.child(agent).acked.get(group);
            if new.ts < old.ts {
                self.tell_restored(agent, group, new.ts.0, old.ts.0);
            }
            let keeps = self.fault == Fault::Attach && new.ts < old.ts;
            let child = self.child(agent);
            // Who is reconciled may have newer states in place of these, of a history that is lost: it has none of them for certain.
            let counts = if is_good { new } else { Position::default() };
            child.acked.set(group, if keeps { old } else { counts });
            if is_good {
                child.lost.remove(&group);
            } else {
                child.lost.insert(group);
            }
            self.series.remove(&(agent, group));
            starts.set(group, if is_good { from } else { Position::default() });
        }
        starts
    }

    /// What clear has removed because an agent had it, and that the agent, restored, lacks.
    fn tell_restored(&mut self, agent: AgentId, of: Group, from: u64, to: u64) {
        let lies = |(class, receiver, version): &&(u16, AgentId, Version)| {
            group(*class) == of && *receiver == agent && from < version.ts.0 && version.ts.0 <= to
        };
        let lost: Vec<_> = self.cleared.values().filter(lies).copied().collect();
        for (class, _, version) in lost {
            let (ts, epoch, reason) = (version.ts, version.epoch, GapReason::ReceiverRestored);
            self.gaps.insert(Gap { agent, class, epoch, first: ts, last: ts, rows: 1, reason });
        }
    }
}
