//! For tests: a database of the simplest kind, for any role.

use super::flags::BATCH_RECONCILE;
use super::{Job, JobResult};
use crate::base::{AgentId, Announce, Attached, Code, DbId, DownMark, EpochId, Group, Level, Marks, Position, Role, Stream};
use crate::base::{Fork, SetAside, Timestamp, Way, Word};
use crate::wire::Batch;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Bytes of a row in a body.
pub(super) const ROW: usize = 8;

/// A position of the only epoch.
pub(super) fn at(ts: u64) -> Position {
    Position { ts: Timestamp(ts), epoch: EpochId(u64::from(ts > 0)) }
}

/// A row: who made it, with which commit, and which commit of its group was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub origin: u64,
    pub before: u64,
    pub number: u64,
}

impl Row {
    fn pack(self) -> u64 {
        self.origin << 48 | self.before << 24 | self.number
    }

    fn unpack(bytes: &[u8]) -> Row {
        let word = u64::from_le_bytes(bytes.try_into().unwrap());
        Row { origin: word >> 48, before: word >> 24 & 0xFF_FFFF, number: word & 0xFF_FFFF }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    pub agent: AgentId,
    pub level: Level,
    pub role: Role,
    pub db: DbId,
    pub tail: u64,
    last: BTreeMap<Group, u64>,
    pub attachment: u64,
    /// Rows to send by commit: for whom (down; 0: for all).
    log: BTreeMap<u64, (Group, AgentId, Row)>,
    /// Rows that came, in order, by their commit at the origin.
    pub came: Vec<u64>,
    /// The same with their origin.
    pub rows: Vec<(u64, u64)>,
    seen: BTreeSet<Row>,
    /// Of streams that end here.
    pub marks: BTreeMap<Stream, Position>,
    pub known: BTreeMap<AgentId, Announce>,
    pub custody: Marks,
    pub confirmed: BTreeMap<(AgentId, Group), u64>,
    pub words: Vec<Word>,
    /// Rows of agents below that were set aside (server).
    pub aside: BTreeMap<AgentId, Vec<SetAside>>,
    /// Histories that are told to every agent.
    pub forks: Vec<Fork>,
    /// Words that told of histories, and answered no announcement.
    pub heard: usize,
    pub mail: BTreeMap<(AgentId, Group), VecDeque<Batch>>,
    pub mail_end: BTreeMap<(AgentId, Group), Position>,
    /// Downward batches that did not follow what was here.
    pub gaps: usize,
    /// Batches of mail for one agent at most.
    pub boxes: usize,
    /// Agents whose streams begin with a reconcile.
    pub reconcile: BTreeSet<AgentId>,
    /// The end of the last batch that was applied.
    pub mark: u64,
    /// The last acknowledgment that was saved.
    pub saved: u64,
    /// Schemas that are not known here.
    pub lacks: BTreeSet<u64>,
    /// Schemas without which nobody who names them is taken in.
    pub strange: BTreeSet<u64>,
    /// Its own.
    pub schema: u64,
    pub shown: Option<String>,
    pub learned: Vec<String>,
    pub deep_reads: usize,
    pub jobs: usize,
    /// The last batch of a read speaks for everything up to the newest commit.
    pub to_tail: bool,
}

impl Store {
    pub fn new(role: Role, agent: AgentId, level: Level) -> Self {
        Store {
            agent,
            level,
            role,
            db: DbId(agent.0),
            tail: 0,
            last: BTreeMap::new(),
            attachment: 0,
            log: BTreeMap::new(),
            came: Vec::new(),
            rows: Vec::new(),
            seen: BTreeSet::new(),
            marks: BTreeMap::new(),
            known: BTreeMap::new(),
            custody: Marks::default(),
            confirmed: BTreeMap::new(),
            words: Vec::new(),
            aside: BTreeMap::new(),
            forks: Vec::new(),
            heard: 0,
            mail: BTreeMap::new(),
            mail_end: BTreeMap::new(),
            gaps: 0,
            boxes: usize::MAX,
            reconcile: BTreeSet::new(),
            mark: 0,
            saved: 0,
            lacks: BTreeSet::new(),
            strange: BTreeSet::new(),
            schema: 1,
            shown: None,
            learned: Vec::new(),
            deep_reads: 0,
            jobs: 0,
            to_tail: false,
        }
    }

    /// Commits a row of its own, in a transaction of its own, for `to` (down) or for the server.
    pub fn commit(&mut self, group: Group, to: AgentId) {
        self.tail += 1;
        let before = self.last.insert(group, self.tail).unwrap_or(0);
        self.log.insert(self.tail, (group, to, Row { origin: self.agent.0, before, number: self.tail }));
    }

    /// What was committed later is another history, and gone.
    pub fn go_back(&mut self, to: u64) {
        self.log.split_off(&(to + 1));
        self.tail = to;
    }

    /// Drops what is held for an agent.
    pub fn drop_mail(&mut self, agent: AgentId) {
        self.mail.retain(|(a, _), _| *a != agent);
        self.mail_end.retain(|(a, _), _| *a != agent);
    }

    pub fn run(&mut self, job: Job) -> JobResult {
        self.jobs += 1;
        match job {
            Job::Describe { agent } if agent == self.agent => {
                self.attachment += 1;
                JobResult::Described(Some(Box::new(self.own_words())))
            }
            Job::Describe { agent } => JobResult::Described(self.words_of(agent).map(Box::new)),
            Job::Attach { announce, .. } if self.strange.contains(&announce.schema_hash) => {
                JobResult::NeedSchema { hash: announce.schema_hash }
            }
            Job::Attach { announce, via } => JobResult::Attached(Box::new(self.attach(*announce, via))),
            Job::Begin { received, .. } => {
                for (group, position) in received.iter() {
                    if position.ts > self.custody.get(group).ts {
                        self.custody.set(group, position);
                    }
                }
                JobResult::Streams(self.starts())
            }
            Job::Word(word) => {
                self.heard += usize::from(!word.fresh && !word.forks.is_empty());
                for (group, position) in word.confirmed.iter().filter(|_| word.fresh) {
                    if position.ts < self.custody.get(group).ts && self.role == Role::Device {
                        self.custody.set(group, position);
                    }
                }
                let known = |group| self.words.iter().map(|word| word.confirmed.get(group).ts).max().unwrap_or_default();
                let aside = word.aside.iter().filter(|aside| aside.last > known(aside.group)).copied().collect();
                self.words.push(word);
                JobResult::Heard { starts: self.starts(), aside }
            }
            Job::Read { stream, after, max_bytes, deep } => {
                self.deep_reads += usize::from(deep);
                self.read(stream, after, max_bytes)
            }
            Job::Apply { stream, batch, .. } => self.apply(stream, batch),
            Job::SaveMark { stream, position } => {
                self.save(stream, position);
                JobResult::Saved
            }
            Job::NoteMark { stream, position } => {
                if let Some(known) = self.known.get_mut(&stream.agent) {
                    note(known, stream.group, position);
                }
                JobResult::Saved
            }
            Job::LearnSchema { hash, text, .. } => {
                self.lacks.remove(&hash);
                self.strange.remove(&hash);
                self.learned.push(text);
                JobResult::Saved
            }
            Job::ShowSchema { .. } => JobResult::Schema(self.shown.clone()),
        }
    }

    fn own_words(&self) -> Announce {
        let own = self.marks.iter().filter(|(s, _)| s.way == Way::Down && s.agent == self.agent);
        Announce {
            agent: self.agent,
            parent: self.agent,
            role: self.role,
            level: self.level,
            db: self.db,
            schema_hash: self.schema,
            attachment: self.attachment,
            epochs: Vec::new(),
            beats: Vec::new(),
            down: own.map(|(s, mark)| DownMark { group: s.group, mark: *mark, top: *mark, from: *mark }).collect(),
            reconcile: false,
        }
    }

    /// An agent as it was attached and has acknowledged since, and where what is held for it ends.
    fn words_of(&self, agent: AgentId) -> Option<Announce> {
        let mut announce = self.known.get(&agent)?.clone();
        for ((_, group), end) in self.mail_end.iter().filter(|((held_for, _), _)| *held_for == agent) {
            let mark = announce.down.iter().find(|d| d.group == *group).map_or(at(0), |d| d.mark);
            announce.down.retain(|d| d.group != *group);
            announce.down.push(DownMark { group: *group, mark, top: mark, from: *end });
        }
        announce.down.sort_by_key(|d| d.group);
        Some(announce)
    }

    fn attach(&mut self, announce: Announce, via: AgentId) -> Attached {
        let agent = announce.agent;
        let groups: BTreeSet<Group> = [Group::USUAL]
            .into_iter()
            .chain(announce.down.iter().map(|d| d.group))
            .chain(self.log.values().filter(|(_, to, _)| *to == agent || *to == AgentId::ALL).map(|(group, ..)| *group))
            .collect();
        let mut attached = Attached::default();
        if via == agent {
            attached.received =
                self.marks.iter().filter(|(s, _)| s.way == Way::Up && s.agent == agent).map(|(s, m)| (s.group, *m)).collect();
        }
        for group in groups {
            let told = announce.down.iter().find(|d| d.group == group);
            let (mark, from) = told.map_or_else(Default::default, |d| (d.mark, d.from));
            if self.role == Role::Router {
                let letters = self.mail.entry((agent, group)).or_default();
                while letters.front().is_some_and(|letter| letter.after != mark) {
                    letters.pop_front();
                }
                let end = letters.back().map_or(mark, |letter| letter.up_to);
                self.mail_end.insert((agent, group), end);
                attached.down.set(group, mark);
                attached.held.set(group, end);
            } else {
                attached.down.set(group, if self.reconcile.contains(&agent) { at(0) } else { from });
            }
        }
        if self.role == Role::Server {
            let aside = self.aside.get(&agent).cloned().unwrap_or_default();
            attached.word = Some(Word { confirmed: self.confirmed_of(agent), forks: self.forks.clone(), fresh: true, aside });
        }
        self.known.insert(agent, announce);
        attached
    }

    fn starts(&self) -> Marks {
        let groups = self.log.values().map(|(group, ..)| *group).chain([Group::USUAL]);
        groups.map(|group| (group, self.custody.get(group))).collect()
    }

    fn confirmed_of(&self, agent: AgentId) -> Marks {
        self.confirmed.iter().filter(|((a, _), _)| *a == agent).map(|((_, group), ts)| (*group, at(*ts))).collect()
    }

    fn read(&self, stream: Stream, after: Position, max_bytes: usize) -> JobResult {
        let Stream { agent, way, group } = stream;
        if way == Way::Down && self.role == Role::Router {
            return self.read_mail(agent, group, after);
        }
        let tail = at(self.tail);
        let wanted =
            self.log.iter().filter(|(_, (g, to, _))| *g == group && (way == Way::Up || *to == agent || *to == AgentId::ALL));
        let all: Vec<(u64, Row)> = wanted.map(|(ts, (.., row))| (*ts, *row)).collect();
        if way == Way::Down && after.epoch.0 == 0 && self.reconcile.contains(&agent) {
            let page = after.ts.0;
            let row = all.get(page as usize).map(|(_, row)| *row);
            let last = page + 1 >= all.len() as u64;
            let up_to = if last { tail } else { Position { ts: Timestamp(page + 1), epoch: EpochId(0) } };
            let batch = self.batch(group, BATCH_RECONCILE, after, up_to, row.as_slice());
            return JobResult::Read { batch: (self.tail > 0).then_some(batch), tail, held: Code::S_OK };
        }
        let rows: Vec<(u64, Row)> =
            all.iter().copied().filter(|(ts, _)| *ts > after.ts.0).take((max_bytes / ROW).max(1)).collect();
        let batch = rows.last().map(|(last, _)| {
            let rows: Vec<Row> = rows.iter().map(|(_, row)| *row).collect();
            let is_all = all.last().is_some_and(|(ts, _)| ts == last);
            self.batch(group, 0, after, if is_all && self.to_tail { tail } else { at(*last) }, &rows)
        });
        JobResult::Read { batch, tail, held: Code::S_OK }
    }

    fn batch(&self, group: Group, flags: u32, after: Position, up_to: Position, rows: &[Row]) -> Batch {
        let body = rows.iter().flat_map(|row| row.pack().to_le_bytes()).collect();
        Batch { seq: 0, group, flags, after, up_to, as_of: at(self.tail), rows: rows.len() as u32, body }
    }

    fn read_mail(&self, agent: AgentId, group: Group, after: Position) -> JobResult {
        let Some(tail) = self.mail_end.get(&(agent, group)).copied() else {
            return JobResult::Failed { code: Code::E_IOT_TS_GAP };
        };
        let letters = self.mail.get(&(agent, group)).into_iter().flatten();
        let batch = letters.into_iter().find(|letter| letter.after == after).cloned();
        if batch.is_none() && tail != after {
            return JobResult::Failed { code: Code::E_IOT_TS_GAP };
        }
        JobResult::Read { batch, tail, held: Code::S_OK }
    }

    fn apply(&mut self, stream: Stream, batch: Batch) -> JobResult {
        if let Some(hash) = self.lacks.first() {
            return JobResult::NeedSchema { hash: *hash };
        }
        let (agent, group) = (stream.agent, stream.group);
        let first = batch.flags & BATCH_RECONCILE != 0 && batch.after == at(0);
        let rows: Vec<Row> = batch.body.chunks(ROW).map(Row::unpack).collect();
        if stream.way == Way::Down && agent != self.agent {
            let letters = self.mail.entry((agent, group)).or_default();
            if first {
                letters.clear();
            } else if self.mail_end.get(&(agent, group)).copied().unwrap_or_default() != batch.after {
                self.gaps += 1;
                return JobResult::Failed { code: Code::E_IOT_TS_GAP };
            }
            if letters.len() >= self.boxes {
                return JobResult::Failed { code: Code::E_NOMEM };
            }
            self.mail_end.insert((agent, group), batch.up_to);
            let mark = batch.up_to;
            let flags = batch.flags & BATCH_RECONCILE;
            letters.push_back(Batch { seq: 0, flags, ..batch });
            return JobResult::Applied { mark, code: Code::S_OK, confirmed: Vec::new() };
        }
        let mark = self.marks.get(&stream).copied().unwrap_or_default();
        if stream.way == Way::Down && batch.flags & BATCH_RECONCILE == 0 && batch.after != mark {
            self.gaps += 1;
            return JobResult::Failed { code: Code::E_IOT_TS_GAP };
        }
        for row in rows {
            if self.seen.insert(row) {
                self.came.push(row.number);
                self.rows.push((row.origin, row.number));
                if stream.way == Way::Up && self.role == Role::Router {
                    self.tail += 1;
                    self.log.insert(self.tail, (group, AgentId::SERVER, row));
                }
            }
        }
        let confirmed = if self.role == Role::Server { self.confirm(group) } else { Vec::new() };
        self.marks.insert(stream, batch.up_to);
        self.mark = batch.up_to.ts.0;
        JobResult::Applied { mark: batch.up_to, code: Code::S_OK, confirmed }
    }

    /// Counts what has come without a hole.
    fn confirm(&mut self, group: Group) -> Vec<(AgentId, Word)> {
        let mut changed = BTreeSet::new();
        for row in &self.seen {
            let confirmed = self.confirmed.entry((AgentId(row.origin), group)).or_default();
            if row.before == *confirmed && row.number > *confirmed {
                *confirmed = row.number;
                changed.insert(AgentId(row.origin));
            }
        }
        let word = |agent| Word { confirmed: self.confirmed_of(agent), forks: self.forks.clone(), ..Word::default() };
        changed.into_iter().map(|agent| (agent, word(agent))).collect()
    }

    fn save(&mut self, stream: Stream, position: Position) {
        self.saved = position.ts.0;
        match (stream.way, self.role) {
            (Way::Up, _) => self.custody.set(stream.group, position),
            (Way::Down, Role::Router) => {
                let letters = self.mail.entry((stream.agent, stream.group)).or_default();
                if let Some(at) = letters.iter().position(|letter| letter.up_to == position) {
                    letters.drain(..=at);
                }
            }
            (Way::Down, _) => {
                if let Some(known) = self.known.get_mut(&stream.agent) {
                    note(known, stream.group, position);
                }
            }
        }
    }
}

fn note(known: &mut Announce, group: Group, position: Position) {
    known.down.retain(|d| d.group != group);
    known.down.push(DownMark { group, mark: position, top: position, from: position });
    known.down.sort_by_key(|d| d.group);
}
