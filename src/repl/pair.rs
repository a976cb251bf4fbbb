//! For tests: two cores with a simple store each, joined by a link that delivers when told to.

use super::{Config, Input, Job, JobId, JobResult, Output, Peer, Replicator, SyncId};
use crate::base::{AgentId, Code, DbId, EpochId, Level, LinkId, Millis, Position, Role, Timestamp};
use crate::wire::{Ack, Batch, Message};
use std::collections::VecDeque;

/// Bytes of a row in a body.
pub(super) const ROW: usize = 8;

/// A position of the only epoch.
pub(super) fn at(ts: u64) -> Position {
    Position { ts: Timestamp(ts), epoch: EpochId(u64::from(ts > 0)) }
}

/// One node.
#[derive(Debug)]
pub(super) struct Side {
    pub core: Replicator,
    pub agent: AgentId,
    pub level: Level,
    pub role: Role,
    /// Commits that made a row for the other side.
    pub log: Vec<u64>,
    pub tail: u64,
    /// Rows that came, by their commit at the origin.
    pub came: Vec<u64>,
    pub mark: u64,
    /// What the other side has acknowledged, as saved.
    pub saved: u64,
    /// How the next jobs of each kind fail (front first); `S_OK` lets one pass.
    pub fail_read: VecDeque<Code>,
    pub fail_apply: VecDeque<Code>,
    pub fail_save: VecDeque<Code>,
    /// Codes for rows set aside by the next applies.
    pub aside: VecDeque<Code>,
    /// Jobs are left lying.
    pub hold: bool,
    /// Largest batch that the store has room for.
    pub room: usize,
    pub jobs: VecDeque<(JobId, Job)>,
    pub out: VecDeque<Message>,
    pub done: Vec<(u64, Code)>,
    pub acked: Vec<Ack>,
    pub received: u32,
    pub closed: Option<(Code, String)>,
    pub wake: Option<Millis>,
}

impl Side {
    fn new(config: Config) -> Self {
        Side {
            agent: config.agent,
            level: config.level,
            role: config.role,
            core: Replicator::new(config),
            log: Vec::new(),
            tail: 0,
            came: Vec::new(),
            mark: 0,
            saved: 0,
            fail_read: VecDeque::new(),
            fail_apply: VecDeque::new(),
            fail_save: VecDeque::new(),
            aside: VecDeque::new(),
            hold: false,
            room: usize::MAX,
            jobs: VecDeque::new(),
            out: VecDeque::new(),
            done: Vec::new(),
            acked: Vec::new(),
            received: 0,
            closed: None,
            wake: None,
        }
    }

    /// Commits `rows` rows, each in its own transaction.
    pub fn commit(&mut self, rows: u64) {
        for _ in 0..rows {
            self.tail += 1;
            self.log.push(self.tail);
        }
    }

    /// The result of a sync, if it has ended.
    pub fn result(&self, sync: u64) -> Option<Code> {
        self.done.iter().find(|(s, _)| *s == sync).map(|(_, code)| *code)
    }

    fn run(&mut self, job: Job) -> JobResult {
        let failure = |queue: &mut VecDeque<Code>| queue.pop_front().filter(|code| *code != Code::S_OK);
        match job {
            Job::Read { after, max_bytes, .. } => {
                if let Some(code) = failure(&mut self.fail_read) {
                    return JobResult::Failed { code };
                }
                let rows: Vec<u64> =
                    self.log.iter().copied().filter(|ts| *ts > after.ts.0).take((max_bytes / ROW).max(1)).collect();
                let batch = rows.last().map(|last| {
                    let up_to = if Some(last) == self.log.last() { self.tail } else { *last };
                    let body = rows.iter().flat_map(|ts| ts.to_le_bytes()).collect();
                    Batch { seq: 0, flags: 0, after, up_to: at(up_to), rows: rows.len() as u32, body }
                });
                JobResult::Read { batch, tail: at(self.tail), held: Code::S_OK }
            }
            Job::Apply { batch, .. } => {
                if let Some(code) = failure(&mut self.fail_apply) {
                    return JobResult::Failed { code };
                }
                if batch.body.len() > self.room {
                    return JobResult::Failed { code: Code::E_NOMEM };
                }
                let rows = batch.body.chunks(ROW).map(|row| u64::from_le_bytes(row.try_into().unwrap()));
                self.came.extend(rows.filter(|ts| *ts > self.mark));
                self.mark = self.mark.max(batch.up_to.ts.0);
                JobResult::Applied { mark: at(self.mark), code: self.aside.pop_front().unwrap_or(Code::S_OK) }
            }
            Job::SaveMark { position, .. } => {
                if let Some(code) = failure(&mut self.fail_save) {
                    return JobResult::Failed { code };
                }
                self.saved = position.ts.0;
                JobResult::Saved
            }
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.core.poll() {
            match output {
                Output::Send { message, .. } => self.out.push_back(message),
                Output::Close { code, text, .. } => self.closed = Some((code, text)),
                Output::Job { job, work, .. } => self.jobs.push_back((job, work)),
                Output::SyncDone { sync, code } => self.done.push((sync.0, code)),
                Output::Received { rows, .. } => self.received += rows,
                Output::Acked { ack, .. } => self.acked.push(ack),
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
    }
}

/// A device (0) and its server (1).
#[derive(Debug)]
pub(super) struct Pair {
    pub sides: [Side; 2],
    pub now: Millis,
    link: u64,
    up: bool,
    syncs: u64,
}

impl Pair {
    /// Not connected yet.
    pub fn new(change: impl Fn(&mut Config)) -> Self {
        let make = |role, agent, level| {
            let mut config = Config::new(role, agent, level);
            change(&mut config);
            Side::new(config)
        };
        let device = make(Role::Device, AgentId(7), Level::DEVICE);
        let server = make(Role::Server, AgentId::SERVER, Level::SERVER);
        Pair { sides: [device, server], now: Millis(1000), link: 0, up: false, syncs: 0 }
    }

    /// Connected, with so many rows to send on each side.
    pub fn connected(device_rows: u64, server_rows: u64) -> Self {
        let mut pair = Pair::new(|_| {});
        pair.sides[0].commit(device_rows);
        pair.sides[1].commit(server_rows);
        pair.connect();
        pair
    }

    /// A new link, with a handshake that tells the marks.
    pub fn connect(&mut self) {
        self.link += 1;
        self.up = true;
        for me in [0, 1] {
            self.sides[me].out.clear();
            self.sides[me].closed = None;
            let other = &self.sides[1 - me];
            let (received, ours) = (at(other.mark), at(self.sides[me].mark));
            let peer = Peer { agent: other.agent, db: DbId(other.agent.0), role: other.role, level: other.level, received, ours };
            self.input(me, Input::PeerUp { link: LinkId(self.link), peer });
        }
    }

    /// The link is lost with everything on its way.
    pub fn cut(&mut self) {
        self.up = false;
        for me in [0, 1] {
            self.sides[me].out.clear();
            self.input(me, Input::PeerDown { link: LinkId(self.link), code: Code::E_NW_CLOSED });
        }
    }

    pub fn input(&mut self, me: usize, input: Input) {
        let now = self.now;
        self.sides[me].core.handle(now, input);
        self.sides[me].collect();
    }

    /// A message out of nowhere.
    pub fn hear(&mut self, me: usize, message: Message) {
        let link = LinkId(self.link);
        self.input(me, Input::Message { link, message });
    }

    pub fn start(&mut self, me: usize, target: AgentId, flags: u32) -> u64 {
        self.syncs += 1;
        self.input(me, Input::Sync { sync: SyncId(self.syncs), target, flags });
        self.syncs
    }

    /// Syncs with the other side and lets everything run that needs no time.
    pub fn sync(&mut self, me: usize, flags: u32) -> Option<Code> {
        let sync = self.start(me, self.sides[1 - me].agent, flags);
        self.settle();
        self.sides[me].result(sync)
    }

    /// Runs the jobs of one side, except if they are held.
    pub fn work(&mut self, me: usize) -> bool {
        let mut any = false;
        while !self.sides[me].hold
            && let Some((job, work)) = self.sides[me].jobs.pop_front()
        {
            let result = self.sides[me].run(work);
            self.input(me, Input::JobDone { job, result });
            any = true;
        }
        any
    }

    /// Delivers one message.
    pub fn deliver(&mut self, from: usize) -> bool {
        let Some(message) = self.sides[from].out.pop_front() else { return false };
        if self.up && self.sides[1 - from].closed.is_none() {
            self.hear(1 - from, message);
        }
        true
    }

    /// Everything that needs no time.
    pub fn settle(&mut self) {
        while self.work(0) | self.work(1) | self.deliver(0) | self.deliver(1) {}
    }

    /// Time passes, with its timers.
    pub fn pass(&mut self, millis: u64) {
        let end = self.now.after(Millis(millis));
        self.settle();
        loop {
            let next = self.sides.iter().filter_map(|s| s.wake).min().filter(|at| *at <= end);
            self.now = next.unwrap_or(end).max(self.now);
            for me in [0, 1] {
                if self.sides[me].wake.is_some_and(|at| at <= self.now) {
                    self.sides[me].wake = None;
                    self.input(me, Input::Tick);
                }
            }
            self.settle();
            if next.is_none() {
                return;
            }
        }
    }
}
