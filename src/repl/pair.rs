//! For tests: cores with a simple store each, joined by links that deliver when told to.

use super::store::Store;
pub(super) use super::store::{ROW, at};
use super::{Config, Input, Job, JobId, JobResult, Output, Peer, Replicator, SyncId};
use crate::base::{AgentId, Code, Group, Level, LinkId, Marks, Millis, Role, SetAside, Way};
use crate::wire::{Ack, Message};
use std::collections::{BTreeMap, VecDeque};
use std::ops::{Deref, DerefMut};

/// An acknowledgment that a user was told of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub agent: AgentId,
    pub way: Way,
    pub ack: Ack,
    pub marks: Marks,
}

/// One node.
#[derive(Debug)]
pub(super) struct Side {
    pub core: Replicator,
    pub store: Store,
    /// How the next jobs of each kind fail (front first); `S_OK` lets one pass.
    pub fail_read: VecDeque<Code>,
    pub fail_apply: VecDeque<Code>,
    pub fail_save: VecDeque<Code>,
    pub fail_enter: VecDeque<Code>,
    pub fail_learn: VecDeque<Code>,
    /// Codes for rows set aside by the next applies.
    pub aside: VecDeque<Code>,
    /// Jobs are left lying.
    pub hold: bool,
    /// Largest batch that the store has room for.
    pub room: usize,
    pub jobs: VecDeque<(JobId, Job)>,
    pub out: VecDeque<(LinkId, Message)>,
    pub done: Vec<(u64, Code)>,
    pub acked: Vec<Ack>,
    pub told: Vec<Told>,
    pub received: u32,
    pub closed: Option<(Code, String)>,
    pub parent: Option<AgentId>,
    /// Agents that were not taken in, and why.
    pub turned_away: Vec<(AgentId, String)>,
    pub wake: Option<Millis>,
}

impl Deref for Side {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Side {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

impl Side {
    fn new(config: Config) -> Self {
        Side {
            store: Store::new(config.role, config.agent, config.level),
            core: Replicator::new(config),
            fail_read: VecDeque::new(),
            fail_apply: VecDeque::new(),
            fail_save: VecDeque::new(),
            fail_enter: VecDeque::new(),
            fail_learn: VecDeque::new(),
            aside: VecDeque::new(),
            hold: false,
            room: usize::MAX,
            jobs: VecDeque::new(),
            out: VecDeque::new(),
            done: Vec::new(),
            acked: Vec::new(),
            told: Vec::new(),
            received: 0,
            closed: None,
            parent: None,
            turned_away: Vec::new(),
            wake: None,
        }
    }

    /// Commits `rows` rows for whoever is at the other end, each in its own transaction.
    pub fn commit(&mut self, rows: u64) {
        (0..rows).for_each(|_| self.store.commit(Group::USUAL, AgentId::ALL));
    }

    /// The result of a sync, if it has ended.
    pub fn result(&self, sync: u64) -> Option<Code> {
        self.done.iter().find(|(s, _)| *s == sync).map(|(_, code)| *code)
    }

    /// Messages that wait to be delivered.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.out.iter().map(|(_, message)| message)
    }

    fn run(&mut self, job: Job) -> JobResult {
        let failures = match &job {
            Job::Read { .. } => &mut self.fail_read,
            Job::Apply { .. } => &mut self.fail_apply,
            Job::SaveMark { .. } => &mut self.fail_save,
            Job::Describe { .. } | Job::Attach { .. } | Job::Begin { .. } | Job::Word(_) => &mut self.fail_enter,
            Job::LearnSchema { .. } => &mut self.fail_learn,
            _ => &mut VecDeque::new(),
        };
        if let Some(code) = failures.pop_front().filter(|code| *code != Code::S_OK) {
            return JobResult::Failed { code };
        }
        if matches!(&job, Job::Apply { batch, .. } if batch.body.len() > self.room) {
            return JobResult::Failed { code: Code::E_NOMEM };
        }
        match self.store.run(job) {
            JobResult::Applied { mark, mut confirmed, .. } => {
                let code = self.aside.pop_front().unwrap_or(Code::S_OK);
                for (agent, word) in confirmed.iter_mut().filter(|_| code != Code::S_OK) {
                    let all = self.store.aside.entry(*agent).or_default();
                    let last = word.confirmed.get(Group::USUAL).ts;
                    word.aside = vec![SetAside { group: Group::USUAL, first: last, last, code }];
                    all.extend(&word.aside);
                }
                JobResult::Applied { mark, code, confirmed }
            }
            result => result,
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.core.poll() {
            match output {
                Output::Send { link, message } => self.out.push_back((link, message)),
                Output::Close { code, text, .. } => self.closed = Some((code, text)),
                Output::Job { job, work, .. } => self.jobs.push_back((job, work)),
                Output::SyncDone { sync, code } => self.done.push((sync.0, code)),
                Output::Received { rows, .. } => self.received += rows,
                Output::Acked { agent, way, ack, marks, .. } => {
                    self.acked.push(ack);
                    self.told.push(Told { agent, way, ack, marks });
                }
                Output::Parent(parent) => self.parent = parent,
                Output::TurnedAway { agent, text, .. } => self.turned_away.push((agent, text)),
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
    }
}

/// Nodes and links; a pair is a device (0) and its server (1).
#[derive(Debug)]
pub(super) struct Pair {
    pub sides: Vec<Side>,
    pub now: Millis,
    /// Which nodes a link joins, as long as it is up.
    pub links: BTreeMap<LinkId, [usize; 2]>,
    last_link: u64,
    syncs: u64,
}

impl Pair {
    /// A device and its server, not connected yet.
    pub fn new(change: impl Fn(&mut Config)) -> Self {
        let mut pair = Pair { sides: Vec::new(), now: Millis(1000), links: BTreeMap::new(), last_link: 0, syncs: 0 };
        pair.add(Role::Device, 7, 65535, &change);
        pair.add(Role::Server, 1, 1, &change);
        pair
    }

    /// Connected, with so many rows to send on each side.
    pub fn connected(device_rows: u64, server_rows: u64) -> Self {
        let mut pair = Pair::new(|_| {});
        pair.sides[0].commit(device_rows);
        pair.sides[1].commit(server_rows);
        pair.connect();
        pair
    }

    /// One more node.
    pub fn add(&mut self, role: Role, agent: u64, level: u16, change: &impl Fn(&mut Config)) -> usize {
        let mut config = Config::new(role, AgentId(agent), Level(level));
        change(&mut config);
        self.sides.push(Side::new(config));
        self.sides.len() - 1
    }

    /// A new link between the device and the server.
    pub fn connect(&mut self) {
        self.links.clear();
        self.sides[0].out.clear();
        self.sides[1].out.clear();
        self.join(0, 1);
    }

    /// A new link.
    pub fn join(&mut self, one: usize, other: usize) -> LinkId {
        self.last_link += 1;
        let link = LinkId(self.last_link);
        self.links.insert(link, [one, other]);
        for (me, you) in [(one, other), (other, one)] {
            self.sides[me].closed = None;
            let you = &self.sides[you].store;
            let peer = Peer { agent: you.agent, db: you.db, role: you.role, level: you.level };
            self.input(me, Input::PeerUp { link, peer });
        }
        link
    }

    /// The link is lost with everything on its way.
    pub fn cut(&mut self) {
        self.cut_link(LinkId(self.last_link));
    }

    pub fn cut_link(&mut self, link: LinkId) {
        for me in self.links.remove(&link).into_iter().flatten() {
            self.sides[me].out.retain(|(l, _)| *l != link);
            self.input(me, Input::PeerDown { link, code: Code::E_NW_CLOSED });
        }
    }

    pub fn input(&mut self, me: usize, input: Input) {
        let now = self.now;
        self.sides[me].core.handle(now, input);
        self.sides[me].collect();
    }

    /// A message out of nowhere, over the last link.
    pub fn hear(&mut self, me: usize, message: Message) {
        let link = LinkId(self.last_link);
        self.input(me, Input::Message { link, message });
    }

    pub fn start(&mut self, me: usize, target: AgentId, flags: u32) -> u64 {
        self.syncs += 1;
        self.input(me, Input::Sync { sync: SyncId(self.syncs), target, flags });
        self.syncs
    }

    /// Syncs with the other side and lets everything run that needs no time.
    pub fn sync(&mut self, me: usize, flags: u32) -> Option<Code> {
        let target = self.sides[1 - me].agent;
        self.sync_to(me, target, flags)
    }

    pub fn sync_to(&mut self, me: usize, target: AgentId, flags: u32) -> Option<Code> {
        let sync = self.start(me, target, flags);
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
        let Some((link, message)) = self.sides[from].out.pop_front() else { return false };
        if let Some(ends) = self.links.get(&link) {
            let to = if ends[0] == from { ends[1] } else { ends[0] };
            self.input(to, Input::Message { link, message });
        }
        true
    }

    /// Everything that needs no time.
    pub fn settle(&mut self) {
        let mut rounds = 0;
        while (0..self.sides.len()).fold(false, |any, me| any | self.work(me) | self.deliver(me)) {
            rounds += 1;
            assert!(rounds < 2_000_000, "it never rests");
        }
    }

    /// Time passes, with its timers.
    pub fn pass(&mut self, millis: u64) {
        let end = self.now.after(Millis(millis));
        self.settle();
        loop {
            let next = self.sides.iter().filter_map(|s| s.wake).min().filter(|at| *at <= end);
            self.now = next.unwrap_or(end).max(self.now);
            for me in 0..self.sides.len() {
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
