//! A store as a model: epochs, versions, received ranges, graves, change log and marks in plain maps.

use crate::fault::Fault;
use crate::store::{Content, DOWN, Held, Marks, Op, Store, UP};
use mcoiot::base::{
    AgentId, Change, ChangeSet, Code, DbId, EpochId, EpochInfo, Identity, Oid, Position, Random, Range, Role, State, Timestamp,
    Version,
};
use mcoiot::repl::{Job, JobResult};
use mcoiot::wire::{Batch, Hello, rows};
use std::collections::{BTreeMap, BTreeSet};

/// Stream of uptable rows in the log; all others are receivers.
const UPSTREAM: AgentId = AgentId::INVALID;

#[derive(Clone)]
struct Row {
    class: u16,
    version: Version,
    agent: AgentId,
    content: Content,
}

#[derive(Clone)]
pub struct Model {
    fault: Fault,
    random: Random,
    role: Role,
    agent: AgentId,
    db: DbId,
    chain: Vec<EpochInfo>,
    clock: u64,
    next_oid: u64,
    opened: bool,
    rows: BTreeMap<Identity, Row>,
    log: Vec<(u64, AgentId, Identity)>,
    /// Epochs of others.
    known: BTreeMap<EpochId, EpochInfo>,
    peers: BTreeMap<AgentId, Marks>,
    /// What of each epoch has been received, as (from, to].
    ranges: BTreeMap<EpochId, Vec<(u64, u64)>>,
    /// Versions of received rows that were deleted here before everything up to them had come.
    graves: BTreeMap<Identity, (AgentId, Version)>,
    /// Removed here by clear, with the last receiver and version: to that receiver a log key of these is not a remove.
    cleared: BTreeMap<Identity, (AgentId, Version)>,
    /// For a planted fault: changes whose mark is saved already.
    late: Vec<(AgentId, ChangeSet)>,
}

impl Model {
    pub fn new(role: Role, agent: AgentId, fault: Fault, seed: u64) -> Self {
        let mut random = Random::seeded(seed);
        Model {
            fault,
            role,
            agent,
            db: random.db_id(),
            random,
            chain: Vec::new(),
            clock: 0,
            next_oid: 0,
            opened: true,
            rows: BTreeMap::new(),
            log: Vec::new(),
            known: BTreeMap::new(),
            peers: BTreeMap::new(),
            ranges: BTreeMap::new(),
            graves: BTreeMap::new(),
            cleared: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    /// Counts a commit; the first one after opening starts an epoch.
    fn tick(&mut self) -> (Timestamp, EpochId) {
        self.clock += 1;
        let ts = Timestamp(self.clock);
        if std::mem::take(&mut self.opened) {
            let (before, left) = self.chain.last().map_or_else(Default::default, |e| (e.id, e.last));
            let (id, agent, db) = (self.random.epoch_id(), self.agent, self.db);
            self.chain.push(EpochInfo { id, agent, db, first: ts, last: ts, before, left, generation: 0 });
        }
        let epoch = self.chain.last_mut().expect("an epoch was started");
        epoch.last = ts;
        (ts, epoch.id)
    }

    fn position(&self, ts: u64) -> Position {
        let epoch = self.chain.iter().find(|e| e.first.0 <= ts && ts <= e.last.0).map_or(EpochId(0), |e| e.id);
        Position { ts: Timestamp(if epoch == EpochId(0) { 0 } else { ts }), epoch }
    }

    fn by_serial(&self, class: u16, serial: u64) -> Option<Identity> {
        self.rows.iter().find(|(_, r)| r.class == class && r.content.serial == serial).map(|(id, _)| *id)
    }

    fn stream(&self, row: &Row) -> AgentId {
        if row.class == UP { UPSTREAM } else { row.agent }
    }

    fn made_here(&self, class: u16) -> bool {
        (class == UP) == (self.role == Role::Device)
    }

    fn op(&mut self, op: Op, ts: Timestamp, epoch: EpochId) {
        let version = Version { generation: 0, ts, epoch };
        match op {
            Op::Insert { class, content, agent } => {
                self.next_oid += 1;
                let made_in = if self.fault == Fault::IdentityWithoutEpoch { EpochId(self.agent.0) } else { epoch };
                let id = Identity::new(made_in, self.next_oid);
                let row = Row { class, version, agent, content };
                self.log.push((ts.0, self.stream(&row), id));
                self.rows.insert(id, row);
            }
            Op::Update { class, content, agent } => {
                let Some(id) = self.by_serial(class, content.serial) else { return };
                let row = Row { class, version, agent, content };
                let new = self.stream(&row);
                let old = self.rows.insert(id, row).map_or(new, |old| self.stream(&old));
                self.log.extend([(ts.0, old, id)].into_iter().chain((old != new).then_some((ts.0, new, id))));
            }
            Op::Delete { class, serial } => {
                let Some(id) = self.by_serial(class, serial) else { return };
                let row = self.rows.remove(&id).expect("it was found");
                if class == DOWN && self.role == Role::Server {
                    self.log.push((ts.0, row.agent, id));
                } else if !self.made_here(class) && self.fault != Fault::NoGraves {
                    let origin = if class == UP { row.agent } else { AgentId::SERVER };
                    self.graves.insert(id, (origin, row.version));
                    self.drop_graves();
                }
            }
        }
    }

    /// Whether everything up to this version has been received from its origin.
    fn received(&self, origin: AgentId, version: Version) -> bool {
        if self.role == Role::Server {
            let ranges = self.ranges.get(&version.epoch);
            return ranges.is_some_and(|r| r.iter().any(|(from, to)| *from < version.ts.0 && version.ts.0 <= *to));
        }
        self.peers.get(&origin).is_some_and(|p| version.ts <= p.received.ts)
    }

    fn drop_graves(&mut self) {
        let graves = std::mem::take(&mut self.graves);
        self.graves = graves.into_iter().filter(|(_, (origin, version))| !self.received(*origin, *version)).collect();
    }

    fn read(&self, agent: AgentId, after: Position, max_bytes: usize) -> Option<ChangeSet> {
        let mut set = ChangeSet { after, up_to: self.position(self.clock), ..ChangeSet::default() };
        let mut done: BTreeSet<Identity> = BTreeSet::new();
        let (mut bytes, mut last) = (0, after.ts.0);
        let mine = |stream: AgentId| {
            if self.role == Role::Device { stream == UPSTREAM } else { stream == agent || stream == AgentId::ALL }
        };
        for &(ts, stream, id) in self.log.iter().filter(|(ts, stream, _)| *ts > after.ts.0 && mine(*stream)) {
            if bytes >= max_bytes && ts != last {
                set.up_to = self.position(last);
                break;
            }
            last = ts;
            if !done.insert(id) {
                continue;
            }
            let row = self.rows.get(&id);
            if self.fault == Fault::StaleSkipped && row.is_some_and(|r| r.version.ts.0 != ts) {
                continue;
            }
            let by_stream = stream == UPSTREAM || self.fault == Fault::KeyByStream;
            let addressed = row.filter(|r| by_stream || r.agent == agent || r.agent == AgentId::ALL);
            let change = match (addressed, row) {
                (Some(row), _) => Change {
                    class: row.class,
                    id,
                    ts: row.version.ts,
                    epoch: row.version.epoch,
                    agent: row.agent,
                    state: State::Row(row.content.values()),
                },
                (None, _) if stream == UPSTREAM => continue,
                (None, row) => {
                    let cleared = self.cleared.get(&id);
                    let hidden = |to| to == agent || to == AgentId::ALL || self.fault == Fault::ClearHidesRemove;
                    if row.is_none() && cleared.is_some_and(|(to, _)| hidden(*to)) {
                        continue;
                    }
                    // The version that took it away, which may be a later one than the record at hand.
                    let old = self.fault == Fault::OldRemove;
                    let log = self.log.iter().rev().filter(|(other, _, _)| !old || *other == ts);
                    let gone = || log.clone().find(|(_, _, other)| *other == id).map_or(ts, |(ts, _, _)| *ts);
                    let version = row.map(|r| r.version).or(cleared.map(|(_, version)| *version));
                    let at = version.map_or_else(|| self.position(gone()), |v| Position { ts: v.ts, epoch: v.epoch });
                    Change { class: DOWN, id, ts: at.ts, epoch: at.epoch, agent, state: State::Removed }
                }
            };
            bytes += 30 + if let State::Row(values) = &change.state { values.iter().map(|v| v.weight()).sum() } else { 0 };
            set.changes.push(change);
        }
        if self.fault == Fault::RowsAhead
            && let Some(first) = self.log.iter().find(|(ts, stream, _)| *ts > after.ts.0 && mine(*stream))
        {
            set.up_to = self.position(first.0);
        }
        set.epochs = self.chain.clone();
        if self.fault == Fault::IdentityWithoutEpoch {
            set.epochs.extend(self.chain.first().map(|e| EpochInfo { id: EpochId(self.agent.0), ..*e }));
        }
        for e in self.chain.iter().filter(|_| self.role == Role::Device) {
            let (from, to) = (after.ts.0.max(e.first.0 - 1), set.up_to.ts.0.min(e.last.0));
            if from < to {
                set.notes.push(Range { epoch: e.id, from: Timestamp(from), to: Timestamp(to) });
            }
        }
        (!set.changes.is_empty()).then_some(set)
    }

    fn apply(&mut self, agent: AgentId, set: &ChangeSet) -> Result<Position, Code> {
        let mark = self.peers.entry(agent).or_default().received;
        if set.after.ts > mark.ts {
            return Err(Code::E_IOT_TS_GAP);
        }
        let ignores_marks = matches!(self.fault, Fault::NoDuplicateCheck | Fault::RangeApplied);
        if set.up_to.ts <= mark.ts && !ignores_marks {
            return Ok(mark);
        }
        self.tick();
        if self.fault == Fault::MarkApart {
            self.late.push((agent, set.clone()));
        } else {
            self.apply_rows(agent, set);
        }
        let peer = self.peers.entry(agent).or_default();
        if set.up_to.ts > peer.received.ts {
            peer.received = set.up_to;
        }
        let mark = peer.received;
        self.drop_graves();
        Ok(mark)
    }

    fn apply_rows(&mut self, agent: AgentId, set: &ChangeSet) {
        self.known.extend(set.epochs.iter().map(|e| (e.id, *e)));
        for change in &set.changes {
            let version = Version { generation: 0, ts: change.ts, epoch: change.epoch };
            let mut id = change.id;
            if self.fault == Fault::NoDuplicateCheck {
                if self.rows.contains_key(&id) && matches!(change.state, State::Row(_)) {
                    id = Identity { epoch: EpochId(self.random.any()), oid: Oid(0) };
                }
            } else {
                let received = self.fault != Fault::RangeApplied && self.received(agent, version);
                let buried = self.graves.get(&id).is_some_and(|(_, grave)| version <= *grave);
                let newer = self.rows.get(&id).is_some_and(|row| row.version >= version);
                if received || buried || newer {
                    continue;
                }
            }
            match &change.state {
                State::Removed => {
                    self.rows.remove(&id);
                }
                State::Row(values) => {
                    let content = Content::of(values).expect("only such rows are sent");
                    let from = if self.role == Role::Server { agent } else { change.agent };
                    self.rows.insert(id, Row { class: change.class, version, agent: from, content });
                }
            }
        }
        for note in &set.notes {
            let ranges = self.ranges.entry(note.epoch).or_default();
            ranges.push((note.from.0, note.to.0));
            ranges.sort_unstable();
            let mut joined: Vec<(u64, u64)> = Vec::new();
            for (from, to) in std::mem::take(ranges) {
                match joined.last_mut().filter(|last| from <= last.1) {
                    Some(last) => last.1 = last.1.max(to),
                    None => joined.push((from, to)),
                }
            }
            *ranges = joined;
        }
    }

    /// The part of a position's past that lies on a chain.
    fn on_chain(&self, mut at: Position, chain: &[EpochInfo]) -> Position {
        while at.epoch != EpochId(0) {
            if let Some(e) = chain.iter().find(|e| e.id == at.epoch) {
                return Position { ts: at.ts.min(e.last), epoch: e.id };
            }
            let Some(e) = self.known.get(&at.epoch) else { break };
            at = Position { ts: e.left, epoch: e.before };
        }
        Position::default()
    }
}

impl Store for Model {
    fn db(&self) -> DbId {
        self.db
    }

    fn epochs(&mut self) -> Vec<EpochInfo> {
        self.chain.clone()
    }

    fn down_mark(&mut self) -> Position {
        self.peers.get(&AgentId::SERVER).map_or_else(Position::default, |p| p.received)
    }

    fn attach(&mut self, peer: &Hello) -> Position {
        let old = self.peers.get(&peer.agent).copied().filter(|p| p.db == peer.db).unwrap_or_default();
        let received = self.on_chain(old.received, &peer.epochs);
        self.known.extend(peer.epochs.iter().filter(|e| !self.known.contains_key(&e.id)).map(|e| (e.id, *e)).collect::<Vec<_>>());
        self.peers.insert(peer.agent, Marks { db: peer.db, received, acked: peer.down_mark });
        received
    }

    fn resume(&mut self, agent: AgentId, received: Position) -> Position {
        self.peers.entry(agent).or_default().acked = received;
        received
    }

    fn run(&mut self, job: &Job) -> JobResult {
        match job {
            Job::Read { peer, after, max_bytes } => {
                let tail = self.position(self.clock);
                let batch = self.read(peer.agent, *after, *max_bytes).map(|set| Batch {
                    seq: 0,
                    flags: 0,
                    after: set.after,
                    up_to: set.up_to,
                    rows: set.changes.len() as u32,
                    body: rows::encode(&set).expect("a good set can be encoded"),
                });
                JobResult::Read { batch, tail, held: Code::S_OK }
            }
            Job::Apply { peer, batch } => {
                match rows::open(batch).map_err(|_| Code::E_IOT_PROTOCOLERR).and_then(|set| self.apply(peer.agent, &set)) {
                    Ok(mark) => JobResult::Applied { mark, code: Code::S_OK },
                    Err(code) => JobResult::Failed { code },
                }
            }
            Job::SaveMark { peer, position } => {
                let acked = &mut self.peers.entry(peer.agent).or_default().acked;
                if position.ts > acked.ts {
                    *acked = *position;
                }
                JobResult::Saved
            }
        }
    }

    fn commit(&mut self, ops: &[Op]) -> Timestamp {
        let (ts, epoch) = self.tick();
        for op in ops {
            self.op(*op, ts, epoch);
        }
        ts
    }

    fn clear(&mut self, agent: AgentId) {
        let known: Vec<(AgentId, Timestamp)> = self.peers.iter().map(|(a, p)| (*a, p.acked.ts)).collect();
        let by = |agent: AgentId| known.iter().find(|(a, _)| *a == agent).map_or(Timestamp(0), |(_, ts)| *ts);
        let by_all = known.iter().map(|(_, ts)| *ts).min().unwrap_or(Timestamp(0));
        let acknowledged = |row: &Row| {
            if self.fault == Fault::ClearUnacknowledged {
                return true;
            }
            let mark = match row.class {
                UP => by(AgentId::SERVER),
                _ if row.agent == AgentId::ALL => by_all,
                _ => by(row.agent),
            };
            row.version.ts <= mark
        };
        let meant = |row: &Row| self.made_here(row.class) && (row.class == UP || agent == AgentId::ALL || row.agent == agent);
        let gone: Vec<Identity> = self.rows.iter().filter(|(_, r)| meant(r) && acknowledged(r)).map(|(id, _)| *id).collect();
        if gone.is_empty() {
            return;
        }
        self.tick();
        for id in gone {
            if let Some(row) = self.rows.remove(&id) {
                self.cleared.insert(id, (row.agent, row.version));
            }
        }
    }

    fn rows(&mut self) -> Vec<Held> {
        let held = |(id, row): (&Identity, &Row)| Held { class: row.class, id: *id, agent: row.agent, content: row.content };
        self.rows.iter().map(held).collect()
    }

    fn peers(&mut self) -> BTreeMap<AgentId, Marks> {
        self.peers.clone()
    }

    fn crash(&mut self) {
        self.opened = true;
        self.late.clear();
    }

    fn backup(&mut self) -> Box<dyn Store> {
        let mut copy = self.clone();
        copy.random = Random::seeded(self.random.any());
        copy.crash();
        Box::new(copy)
    }

    fn finish_late_writes(&mut self) {
        for (agent, set) in std::mem::take(&mut self.late) {
            self.apply_rows(agent, &set);
        }
    }
}
