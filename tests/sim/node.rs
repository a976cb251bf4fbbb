//! One simulated process: a store, the core, and a link for each connection; what the fabric does, without threads.

use crate::fault::Fault;
use crate::network::Network;
use crate::store::Store;
use mcoiot::base::{AgentId, Code, Level, LinkId, Millis, Position, Role};
use mcoiot::link::{Decision, Link, LinkConfig, LinkInput, LinkOutput};
use mcoiot::repl::{Config, Input, Job, JobId, JobResult, Output, Peer, Replicator, SYNC_WAIT, SyncId};
use mcoiot::wire::{Accept, Hello, MAX_FRAME, Message, VERSION_MAX, VERSION_MIN};
use std::collections::{BTreeMap, VecDeque};

/// Window and batch are small, so that short runs meet every limit.
pub const WINDOW: usize = 2000;
pub const BATCH: usize = 400;
pub const SILENCE: Millis = Millis(20_000);
const SCHEMA: &str = "the simulated schema";

/// Something for the database, in the order of its agent.
pub enum Work {
    Attach {
        link: LinkId,
        hello: Box<Hello>,
    },
    Resume {
        link: LinkId,
        hello: Box<Hello>,
        received: Position,
    },
    Core {
        job: JobId,
        work: Job,
    },
    /// For a planted fault: the answer has been given already.
    Unanswered(Job),
}

/// What the database has answered; it comes to the core a moment later, or never if the process ends first.
pub enum Answer {
    Decide { link: LinkId, accept: Accept },
    Up { link: LinkId, peer: Peer },
    Done { job: JobId, result: JobResult },
}

/// What a user of the node has been told.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// A sync has ended.
    Done { sync: u64, code: Code },
    /// A peer has everything up to here.
    Acked { agent: AgentId, position: Position },
}

pub struct End {
    pub link: Link,
    pub wire: usize,
    pub side: usize,
    wake: Option<Millis>,
    agent: Option<AgentId>,
    /// What our `Accept` said.
    ours: Position,
    is_up: bool,
    waiting: Vec<Message>,
}

pub struct Node {
    pub agent: AgentId,
    pub role: Role,
    pub level: Level,
    pub store: Box<dyn Store>,
    /// Nothing while the process does not run.
    pub core: Option<Replicator>,
    pub ends: BTreeMap<LinkId, End>,
    pub queues: BTreeMap<AgentId, VecDeque<Work>>,
    pub answers: VecDeque<Answer>,
    pub open_syncs: BTreeMap<u64, Millis>,
    pub results: BTreeMap<u64, Code>,
    /// Not checked yet.
    pub told: Vec<Told>,
    /// One of so many jobs fails for want of room; 0 for none.
    pub failing: u64,
    pub fault: Fault,
    /// Prints what happens, to find out about one seed.
    pub trace: bool,
    wake: Option<Millis>,
    attachments: u64,
}

impl Node {
    pub fn new(role: Role, agent: AgentId, store: Box<dyn Store>, fault: Fault) -> Self {
        let level = if role == Role::Server { Level::SERVER } else { Level::DEVICE };
        let mut node = Node {
            agent,
            role,
            level,
            store,
            core: None,
            ends: BTreeMap::new(),
            queues: BTreeMap::new(),
            answers: VecDeque::new(),
            open_syncs: BTreeMap::new(),
            results: BTreeMap::new(),
            told: Vec::new(),
            failing: 0,
            fault,
            trace: false,
            wake: None,
            attachments: 0,
        };
        node.start();
        node
    }

    pub fn start(&mut self) {
        let mut config = Config::new(self.role, self.agent, self.level);
        config.window_bytes = if self.fault == Fault::NoWindow { 50 * WINDOW } else { WINDOW };
        config.batch_bytes = BATCH;
        self.core = Some(Replicator::new(config));
    }

    /// The process ends: everything that was not durable is gone, and the kernel closes its connections.
    pub fn crash(&mut self, network: &mut Network) {
        for end in std::mem::take(&mut self.ends).into_values() {
            network.leave(end.wire, end.side);
        }
        self.core = None;
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
        self.attachments += 1;
        let down_mark = if self.role == Role::Device { self.store.down_mark() } else { Position::default() };
        let hello = Hello {
            version_min: VERSION_MIN,
            version_max: VERSION_MAX,
            role: self.role,
            agent: self.agent,
            level: self.level,
            db: self.store.db(),
            attachment: self.attachments,
            schema_hash: 1,
            epochs: self.store.epochs(),
            down_mark,
            recv_timeout: SILENCE,
            max_frame: MAX_FRAME,
            features: 0,
        };
        let config = LinkConfig {
            hello,
            schema: SCHEMA.into(),
            initiator: side == 0,
            handshake_timeout: Millis(30_000),
            send_timeout: Millis(30_000),
        };
        let link = Link::new(config, now);
        let (agent, ours) = (None, Position::default());
        self.ends.insert(id, End { link, wire, side, wake: None, agent, ours, is_up: false, waiting: Vec::new() });
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

    /// Whether a handshake is complete, as seen from here.
    pub fn is_up(&self) -> bool {
        self.ends.values().any(|e| e.is_up)
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

    /// Agents with work in their queues.
    pub fn busy(&self) -> Vec<AgentId> {
        self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(a, _)| *a).collect()
    }

    /// Does the next work of an agent. `chance` decides whether there is room.
    pub fn work(&mut self, agent: AgentId, chance: u64) {
        let Some(work) = self.queues.get_mut(&agent).and_then(VecDeque::pop_front) else { return };
        self.store.finish_late_writes();
        if self.trace {
            eprintln!(
                "agent {} works {}",
                self.agent,
                match &work {
                    Work::Attach { hello, .. } => format!("attach {} {:?} {:?}", hello.agent, hello.epochs, hello.down_mark),
                    Work::Resume { received, .. } => format!("resume {received:?}"),
                    Work::Core { job, work } => format!("{job:?} {work:?}"),
                    Work::Unanswered(_) => "unanswered".into(),
                }
            );
        }
        match work {
            Work::Attach { link, hello } => {
                let received = self.store.attach(&hello);
                self.answers.push_back(Answer::Decide { link, accept: Accept { received, confirmed: received } });
            }
            Work::Resume { link, hello, received } => {
                let Some(end) = self.ends.get(&link) else { return };
                let (agent, db, role, level, ours) = (hello.agent, hello.db, hello.role, hello.level, end.ours);
                let received = self.store.resume(agent, received);
                self.answers.push_back(Answer::Up { link, peer: Peer { agent, db, role, level, received, ours } });
            }
            Work::Core { job, work } => {
                let full = self.failing > 0 && chance.is_multiple_of(self.failing);
                let result = if full { JobResult::Failed { code: Code::E_NOMEM } } else { self.store.run(&work) };
                self.answers.push_back(Answer::Done { job, result });
            }
            Work::Unanswered(work) => {
                self.store.run(&work);
            }
        }
    }

    /// Takes the oldest answer of the database in.
    pub fn answer(&mut self, now: Millis, network: &mut Network) {
        match self.answers.pop_front() {
            Some(Answer::Decide { link, accept }) => {
                if let Some(end) = self.ends.get_mut(&link) {
                    end.ours = accept.received;
                }
                self.link_input(now, link, LinkInput::Decide(Decision::Accept(accept)), network);
            }
            Some(Answer::Up { link, peer }) => {
                let Some(end) = self.ends.get_mut(&link) else { return };
                end.is_up = true;
                let waiting = std::mem::take(&mut end.waiting);
                self.input(now, Input::PeerUp { link, peer }, network);
                for message in waiting {
                    self.input(now, Input::Message { link, message }, network);
                }
            }
            Some(Answer::Done { job, result }) => self.input(now, Input::JobDone { job, result }, network),
            None => {}
        }
    }

    /// Closes our end; the other one notices in its time.
    fn drop_end(&mut self, now: Millis, id: LinkId, code: Code, network: &mut Network) {
        let Some(end) = self.ends.remove(&id) else { return };
        network.leave(end.wire, end.side);
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
                LinkOutput::Examine { hello, .. } => {
                    end.agent = Some(hello.agent);
                    let agent = hello.agent;
                    // A newer introduction ends every older connection of the agent, before its marks are looked at.
                    let older = self
                        .ends
                        .iter()
                        .filter(|(other, e)| **other < id && e.agent == Some(agent) && self.fault != Fault::OldLinkApplies)
                        .map(|(other, _)| *other);
                    for older in older.collect::<Vec<_>>() {
                        self.drop_end(now, older, Code::E_IOT_WRONG_AGENT_ID, network);
                    }
                    self.queues.entry(agent).or_default().push_back(Work::Attach { link: id, hello });
                }
                LinkOutput::Established { hello, accept } => {
                    let queue = self.queues.entry(hello.agent).or_default();
                    queue.push_back(Work::Resume { link: id, hello, received: accept.received });
                }
                LinkOutput::Message(message) if end.is_up => self.input(now, Input::Message { link: id, message }, network),
                LinkOutput::Message(message) => end.waiting.push(message),
                LinkOutput::Arriving => self.input(now, Input::Arriving { link: id }, network),
                LinkOutput::Closed { code, .. } => self.drop_end(now, id, code, network),
                LinkOutput::WakeAt(Millis::INFINITE) => end.wake = None,
                LinkOutput::WakeAt(at) => end.wake = Some(at),
            }
        }
    }

    fn run_core(&mut self, now: Millis, network: &mut Network) {
        while let Some(output) = self.core.as_mut().and_then(Replicator::poll) {
            if self.trace {
                eprintln!("{now} agent {} does {output:?}", self.agent);
            }
            match output {
                Output::Send { link, message } => self.link_input(now, link, LinkInput::Send(message), network),
                Output::Close { link, code, text } => self.link_input(now, link, LinkInput::Close { code, text }, network),
                Output::Job { job, work, .. } => self.queue(job, work),
                Output::SyncDone { sync: SyncId(sync), code } => {
                    self.open_syncs.remove(&sync);
                    self.results.insert(sync, code);
                    self.told.push(Told::Done { sync, code });
                }
                Output::Acked { link, ack } => {
                    let agent = self.ends.get(&link).and_then(|e| e.agent);
                    self.told.extend(agent.map(|agent| Told::Acked { agent, position: ack.position }));
                }
                Output::Received { .. } => {}
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
    }

    fn queue(&mut self, job: JobId, work: Job) {
        let (Job::Read { peer, .. } | Job::Apply { peer, .. } | Job::SaveMark { peer, .. }) = &work;
        let queue = self.queues.entry(peer.agent).or_default();
        if let (Fault::AckBeforeCommit, Job::Apply { batch, .. }) = (self.fault, &work) {
            let result = JobResult::Applied { mark: batch.up_to, code: Code::S_OK };
            self.answers.push_back(Answer::Done { job, result });
            queue.push_back(Work::Unanswered(work));
        } else {
            queue.push_back(Work::Core { job, work });
        }
    }
}
