//! One simulated process: a store, the core, and a link for each connection; what the fabric does, without threads.

use crate::fault::Fault;
use crate::network::Network;
use crate::store::{Held, Store};
use mcoiot::base::{AgentId, Code, Group, Level, LinkId, Marks, Millis, Position, Role, Way};
use mcoiot::link::{Decision, Link, LinkConfig, LinkInput, LinkOutput};
use mcoiot::repl::{Config, Input, Job, JobId, JobResult, Output, Peer, Replicator, SYNC_WAIT, SyncId};
use mcoiot::wire::{Ack, BATCH_RESTART, Hello, MAX_FRAME, Message, Routed, VERSION_MAX, VERSION_MIN, Withdraw, encode};
use std::collections::{BTreeMap, VecDeque};

/// Windows and batches are small, so that short runs meet every limit.
pub const WINDOW: usize = 2000;
pub const LINK_WINDOW: usize = 4 * WINDOW;
pub const BATCH: usize = 400;
pub const SILENCE: Millis = Millis(20_000);
/// How often it is looked whether custody is over.
pub const CUSTODY_PAUSE: Millis = Millis(600_000);
/// Longer than any fate.
const FOR_EVER: Millis = Millis(1 << 40);
const SCHEMA: &str = "the simulated schema";

/// What a user of the node has been told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A sync has ended.
    Done { sync: u64, code: Code },
    /// An agent has everything up to here.
    Acked { agent: AgentId, way: Way, ack: Ack, marks: Marks },
}

pub struct End {
    pub link: Link,
    pub wire: usize,
    pub side: usize,
    wake: Option<Millis>,
    pub peer: Option<Peer>,
    nonce: u64,
}

/// Something for the database.
pub enum Work {
    Core {
        job: JobId,
        work: Job,
    },
    /// For a planted fault: the answer has been given already.
    Unanswered(Job),
    /// The application wants an agent to be forgotten; the core has let go of it.
    Forget(AgentId),
}

/// What has been done for one.
pub enum Worked {
    Job(Box<Job>, JobResult),
    /// An agent, and the rows that were there before.
    Forgot(AgentId, Vec<Held>),
}

/// Something for the core, in order.
pub enum News {
    Done(JobId, JobResult),
    /// The database has another level.
    Level,
}

pub struct Node {
    pub agent: AgentId,
    pub role: Role,
    /// As the core knows it.
    pub level: Level,
    /// As the database has it.
    pub next_level: Level,
    pub store: Box<dyn Store>,
    /// Nothing while the process does not run.
    pub core: Option<Replicator>,
    pub ends: BTreeMap<LinkId, End>,
    /// By lane.
    pub queues: BTreeMap<AgentId, VecDeque<Work>>,
    pub answers: VecDeque<News>,
    /// The active parent.
    pub parent: Option<AgentId>,
    pub open_syncs: BTreeMap<u64, Millis>,
    pub results: BTreeMap<u64, Code>,
    /// Not checked yet.
    pub told: Vec<Told>,
    /// One of so many jobs fails for want of room; 0 for none.
    pub failing: u64,
    pub fault: Fault,
    /// It has said of another node that this breaks the protocol, and why.
    pub accuses: Option<String>,
    /// Prints what happens, to find out about one seed.
    pub trace: bool,
    wake: Option<Millis>,
    /// For planted faults: the newest attachment of each agent that was announced here; links that were up; whether it was ever full.
    newest: BTreeMap<AgentId, (u64, LinkId)>,
    links_seen: u64,
    was_full: bool,
    /// For planted faults: where streams stood when a batch was refused; links that have ended.
    refused: BTreeMap<(LinkId, Group), Position>,
    kept: Vec<End>,
}

impl Node {
    pub fn new(role: Role, agent: AgentId, level: Level, store: Box<dyn Store>, fault: Fault) -> Self {
        let mut node = Node {
            agent,
            role,
            level,
            next_level: level,
            store,
            core: None,
            ends: BTreeMap::new(),
            queues: BTreeMap::new(),
            answers: VecDeque::new(),
            parent: None,
            open_syncs: BTreeMap::new(),
            results: BTreeMap::new(),
            told: Vec::new(),
            failing: 0,
            fault,
            accuses: None,
            trace: false,
            wake: None,
            newest: BTreeMap::new(),
            links_seen: 0,
            was_full: false,
            refused: BTreeMap::new(),
            kept: Vec::new(),
        };
        node.start();
        node
    }

    pub fn start(&mut self) {
        self.level = self.next_level;
        let mut config = Config::new(self.role, self.agent, self.level);
        let windows = if self.fault == Fault::NoWindow { 50 } else { 1 };
        (config.window_bytes, config.link_window_bytes) = (windows * WINDOW, windows * LINK_WINDOW);
        config.batch_bytes = BATCH;
        config.custody_pause = if self.fault == Fault::CustodyUnwatched { FOR_EVER } else { CUSTODY_PAUSE };
        self.core = Some(Replicator::new(config));
    }

    /// The process ends: everything that was not durable is gone, and the kernel closes its connections.
    pub fn crash(&mut self, network: &mut Network) {
        for end in std::mem::take(&mut self.ends).into_values() {
            network.leave(end.wire, end.side);
        }
        self.core = None;
        self.parent = None;
        self.queues.clear();
        self.answers.clear();
        self.open_syncs.clear();
        self.results.clear();
        self.told.clear();
        self.wake = None;
        self.store.crash();
    }

    /// This end of a new connection.
    pub fn open(&mut self, now: Millis, id: LinkId, wire: usize, side: usize, network: &mut Network) {
        self.store.set_level(self.next_level);
        let (compression, features) = network.compression(self.agent);
        let hello = Hello {
            version_min: VERSION_MIN,
            version_max: VERSION_MAX,
            role: self.role,
            agent: self.agent,
            level: self.level,
            db: self.store.db(),
            nonce: id.0,
            schema_hash: crate::model::SCHEMA,
            recv_timeout: SILENCE,
            max_frame: MAX_FRAME,
            features,
        };
        let nonce = hello.nonce;
        let config = LinkConfig {
            hello,
            schema: SCHEMA.into(),
            compression,
            initiator: side == 0,
            handshake_timeout: Millis(30_000),
            send_timeout: Millis(30_000),
        };
        let link = Link::new(config, now);
        self.ends.insert(id, End { link, wire, side, wake: None, peer: None, nonce });
        self.run_link(now, id, network);
    }

    pub fn link_input(&mut self, now: Millis, id: LinkId, input: LinkInput<'_>, network: &mut Network) {
        if let Some(end) = self.ends.get_mut(&id) {
            end.link.handle(now, input);
            self.run_link(now, id, network);
        }
    }

    pub fn input(&mut self, now: Millis, input: Input, network: &mut Network) {
        let Some(core) = &mut self.core else { return };
        if let (Fault::SyncEndsEarly, Input::Sync { sync, flags, .. }) = (self.fault, &input)
            && flags & SYNC_WAIT != 0
        {
            self.told.push(Told::Done { sync: sync.0, code: Code::S_OK });
        }
        if self.trace {
            eprintln!("{now} agent {} hears {input:?}", self.agent);
        }
        core.handle(now, input);
        self.run_core(now, network);
    }

    /// Links to nodes above that are up.
    pub fn parents(&self) -> usize {
        self.ends.values().filter(|e| e.peer.is_some_and(|p| p.level < self.level)).count()
    }

    /// The routers above, as it believes.
    pub fn path(&self) -> Vec<AgentId> {
        self.core.as_ref().map(Replicator::path).unwrap_or_default()
    }

    /// Streams that have been refused something on links of now or before.
    pub fn refusals(&self) -> usize {
        self.refused.len()
    }

    /// The moment of the next timer.
    pub fn next_wake(&self) -> Option<Millis> {
        self.ends.values().filter_map(|e| e.wake).chain(self.wake).min()
    }

    pub fn tick(&mut self, now: Millis, network: &mut Network) {
        let due = |wake: Option<Millis>| wake.is_some_and(|at| at <= now);
        if due(self.wake) {
            self.wake = None;
            self.input(now, Input::Tick, network);
        }
        let links: Vec<LinkId> = self.ends.iter().filter(|(_, e)| due(e.wake)).map(|(id, _)| *id).collect();
        for id in links {
            if let Some(end) = self.ends.get_mut(&id) {
                end.wake = None;
            }
            self.link_input(now, id, LinkInput::Tick, network);
        }
    }

    /// Lanes with work in their queues.
    pub fn busy(&self) -> Vec<AgentId> {
        self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(a, _)| *a).collect()
    }

    /// Does the next work of a lane, and says what it was. `chance` decides whether there is room.
    pub fn work(&mut self, lane: AgentId, chance: u64) -> Option<Worked> {
        let work = self.queues.get_mut(&lane).and_then(VecDeque::pop_front)?;
        self.store.finish_late_writes();
        match work {
            Work::Core { job, work } => {
                let full = self.failing > 0 && chance.is_multiple_of(self.failing);
                self.was_full |= full;
                let saves = !matches!(work, Job::Read { .. } | Job::Describe { .. } | Job::ShowSchema { .. });
                let stuck = self.fault == Fault::FullMap && self.was_full && saves;
                let result = if full || stuck { JobResult::Failed { code: Code::E_NOMEM } } else { self.store.run(&work) };
                if self.trace {
                    eprintln!("agent {} works {job:?} {work:?} -> {result:?}", self.agent);
                }
                let forgotten = self.fault == Fault::RetryOnlyWithNew && full && matches!(work, Job::Read { .. });
                if !forgotten {
                    self.answers.push_back(News::Done(job, result.clone()));
                }
                Some(Worked::Job(Box::new(work), result))
            }
            Work::Unanswered(work) => {
                let result = self.store.run(&work);
                Some(Worked::Job(Box::new(work), result))
            }
            Work::Forget(agent) => {
                let before = self.store.rows();
                self.store.forget(agent);
                Some(Worked::Forgot(agent, before))
            }
        }
    }

    /// Takes the oldest answer of the database in.
    pub fn answer(&mut self, now: Millis, network: &mut Network) {
        match self.answers.pop_front() {
            Some(News::Done(job, result)) => self.input(now, Input::JobDone { job, result }, network),
            Some(News::Level) => {
                self.level = self.next_level;
                // Who is being met was told another one.
                let met: Vec<LinkId> = self.ends.iter().filter(|(_, e)| e.peer.is_none()).map(|(id, _)| *id).collect();
                for id in met {
                    let (code, text) = (Code::E_IOT_INCOMPATIBLE_LEVEL, "another level".into());
                    self.link_input(now, id, LinkInput::Close { code, text }, network);
                }
                self.input(now, Input::SetLevel(self.level), network);
            }
            None => {}
        }
    }

    /// The application calls `set_level`: the core hears of it later than the database.
    pub fn set_level(&mut self, level: Level) {
        self.next_level = level;
        self.store.set_level(level);
        if self.core.is_some() {
            self.answers.push_back(News::Level);
        }
    }

    /// The application calls `forget_agent`: the core lets go of the agent, and the database forgets it behind the jobs that wait.
    pub fn forget(&mut self, now: Millis, agent: AgentId, network: &mut Network) {
        self.input(now, Input::Forget(agent), network);
        self.queues.entry(agent).or_default().push_back(Work::Forget(agent));
    }

    /// Closes our end; the other one notices in its time.
    fn drop_end(&mut self, now: Millis, id: LinkId, code: Code, network: &mut Network) {
        let Some(end) = self.ends.remove(&id) else { return };
        network.leave(end.wire, end.side);
        if self.fault == Fault::LinksKept {
            self.kept.push(end);
        }
        self.input(now, Input::PeerDown { link: id, code }, network);
    }

    fn run_link(&mut self, now: Millis, id: LinkId, network: &mut Network) {
        while let Some(end) = self.ends.get_mut(&id) {
            let Some(output) = end.link.poll() else { return };
            match output {
                LinkOutput::Transmit(bytes) => {
                    let n = bytes.len();
                    network.write(end.wire, end.side, &bytes);
                    end.link.handle(now, LinkInput::Written(n));
                }
                LinkOutput::Examine { .. } => end.link.handle(now, LinkInput::Decide(Decision::Accept)),
                LinkOutput::Established { hello } => {
                    let peer = Peer { agent: hello.agent, db: hello.db, role: hello.role, level: hello.level };
                    end.peer = Some(peer);
                    self.links_seen += 1;
                    let more = if self.fault == Fault::TalksLonger { 20 * self.links_seen } else { 0 };
                    let word = encode(1, &Message::KeepAlive).expect("a short message");
                    (0..more).for_each(|_| network.write(end.wire, end.side, &word));
                    self.input(now, Input::PeerUp { link: id, peer }, network);
                }
                LinkOutput::Message(message) => self.hear(now, id, message, network),
                LinkOutput::Arriving => self.input(now, Input::Arriving { link: id }, network),
                LinkOutput::Closed { code, text, .. } => {
                    if self.trace {
                        eprintln!("{now} agent {} link {id} {} ends: {code} {text}", self.agent, end.nonce);
                    }
                    self.drop_end(now, id, code, network);
                }
                LinkOutput::WakeAt(Millis::INFINITE) => end.wake = None,
                LinkOutput::WakeAt(at) => end.wake = Some(at),
            }
        }
    }

    /// A message for the core, bent where a planted fault says so.
    fn hear(&mut self, now: Millis, mut link: LinkId, mut message: Message, network: &mut Network) {
        match &mut message {
            Message::Announce(announce) => {
                let newest = self.newest.entry(announce.agent).or_insert((announce.attachment, link));
                *newest = (announce.attachment, link).max(*newest);
            }
            Message::Routed(Routed { agent, attachment, message }) if self.fault == Fault::LateMark => {
                if matches!(**message, Message::Mark(_)) {
                    (*attachment, link) = self.newest.get(agent).copied().unwrap_or((*attachment, link));
                }
            }
            Message::Batch(batch) if self.fault == Fault::GapAccepted => {
                if let Some(mark) = self.refused.remove(&(link, batch.group)).filter(|_| batch.flags & BATCH_RESTART == 0) {
                    (batch.after, batch.flags) = (mark, batch.flags | BATCH_RESTART);
                }
            }
            Message::Withdraw(withdraw) if self.fault == Fault::ForeignWithdrawal => {
                let all = Withdraw { attachment: u64::MAX, ..*withdraw };
                let routers =
                    self.ends.iter().filter(|(_, e)| e.peer.is_some_and(|p| p.role == Role::Router && p.level > self.level));
                for link in routers.map(|(id, _)| *id).collect::<Vec<_>>() {
                    self.input(now, Input::Message { link, message: Message::Withdraw(all) }, network);
                }
                return;
            }
            Message::Ack(_) if self.fault == Fault::WindowNotReopened && self.links_seen > 1 => return,
            _ => {}
        }
        self.input(now, Input::Message { link, message }, network);
    }

    fn run_core(&mut self, now: Millis, network: &mut Network) {
        while let Some(output) = self.core.as_mut().and_then(Replicator::poll) {
            if self.trace {
                eprintln!("{now} agent {} does {output:?}", self.agent);
            }
            match output {
                Output::Send { message: Message::Withdraw(_), .. } if self.fault == Fault::RouteKept => {}
                Output::Send { message: Message::Path(path), .. } if self.fault == Fault::PathKept && path.is_empty() => {}
                Output::Send { link, message } => {
                    if let Message::Ack(ack) = &message
                        && ack.code.is_error()
                    {
                        self.refused.insert((link, ack.group), ack.position);
                    }
                    self.link_input(now, link, LinkInput::Send(message), network);
                }
                Output::Close { link, code, text } => {
                    if code == Code::E_IOT_PROTOCOLERR {
                        self.accuses = Some(text.clone());
                    }
                    self.link_input(now, link, LinkInput::Close { code, text }, network);
                }
                Output::Job { job, work, .. } => self.queue(job, work),
                Output::SyncDone { sync: SyncId(sync), code } => {
                    self.open_syncs.remove(&sync);
                    self.results.insert(sync, code);
                    self.told.push(Told::Done { sync, code });
                }
                Output::Acked { agent, way, ack, marks, .. } => self.told.push(Told::Acked { agent, way, ack, marks }),
                Output::Parent(parent) => self.parent = parent,
                Output::Received { .. } | Output::TurnedAway { .. } => {}
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
    }

    fn queue(&mut self, job: JobId, work: Job) {
        let queue = self.queues.entry(work.lane(self.agent)).or_default();
        if let (Fault::AckBeforeCommit, Job::Apply { batch, .. }) = (self.fault, &work) {
            let result = JobResult::Applied { mark: batch.up_to, code: Code::S_OK, confirmed: Vec::new() };
            self.answers.push_back(News::Done(job, result));
            queue.push_back(Work::Unanswered(work));
        } else {
            queue.push_back(Work::Core { job, work });
        }
    }
}
