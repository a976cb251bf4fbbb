//! Stores without cores and links: jobs are given by hand, in the order in which a core would give them. For schedules that have to
//! happen exactly so, and for many short ones.

use crate::fault::Fault;
use crate::model::Model;
use crate::store::{Content, Held, Op, Store, group};
use mcoiot::base::{AgentId, Announce, Attached, Code, Gap, Group, Marks, Position, Role, Stream, Way, Word};
use mcoiot::repl::{Job, JobResult};
use mcoiot::wire::{BATCH_BEGIN, Batch};
use std::collections::BTreeMap;

/// Reads of a schedule stop after so many bytes, unless it says otherwise.
const BATCH: usize = 400;

pub struct Site {
    pub agent: AgentId,
    pub role: Role,
    pub store: Box<dyn Store>,
    /// The neighbour above, and the nodes on the way to the server if that is reached.
    pub path: Vec<usize>,
    /// Where its upward streams go on over the present link, and whether the link has carried any of it.
    sent: BTreeMap<Group, (Position, bool)>,
    /// Where downward streams go on over the present link: of this agent, by the node that sends them.
    served: BTreeMap<(usize, Group), Position>,
}

/// A few nodes and what their applications have written.
pub struct Direct {
    pub sites: Vec<Site>,
    pub fault: Fault,
    pub batch: usize,
    pub rows_sent: usize,
    serials: u64,
    writes: u64,
    seed: u64,
}

impl Direct {
    pub fn new(fault: Fault) -> Self {
        Direct { sites: Vec::new(), fault, batch: BATCH, rows_sent: 0, serials: 0, writes: 0, seed: 1 }
    }

    pub fn add(&mut self, role: Role, agent: u64) -> usize {
        self.seed += 1;
        let store = Box::new(Model::new(role, AgentId(agent), self.fault, self.seed));
        self.put(role, AgentId(agent), store)
    }

    pub fn put(&mut self, role: Role, agent: AgentId, store: Box<dyn Store>) -> usize {
        let (path, sent, served) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        self.sites.push(Site { agent, role, store, path, sent, served });
        self.sites.len() - 1
    }

    /// A second node with a copy of what the first has.
    pub fn clone_of(&mut self, site: usize) -> usize {
        let store = self.sites[site].store.backup();
        let (role, agent) = (self.sites[site].role, self.sites[site].agent);
        self.put(role, agent, store)
    }

    /// The disk of a node is lost.
    pub fn renew(&mut self, site: usize) {
        self.seed += 1;
        let store = Box::new(Model::new(self.sites[site].role, self.sites[site].agent, self.fault, self.seed));
        self.restore(site, store);
    }

    pub fn restore(&mut self, site: usize, store: Box<dyn Store>) {
        self.sites[site].store = store;
        self.detach(site);
        for other in 0..self.sites.len() {
            if self.sites[other].path.contains(&site) {
                self.detach(other);
            }
        }
    }

    pub fn detach(&mut self, site: usize) {
        let site = &mut self.sites[site];
        (site.path, site.sent, site.served) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    }

    pub fn content(&mut self, serial: Option<u64>) -> Content {
        self.writes += 1;
        self.serials += u64::from(serial.is_none());
        Content { serial: serial.unwrap_or(self.serials), write: self.writes, key: 0, pad: 20 }
    }

    /// A new row in a transaction of its own; gives its serial.
    pub fn insert(&mut self, site: usize, class: u16, receiver: AgentId) -> u64 {
        let content = self.content(None);
        self.sites[site].store.commit(&[Op::Insert { class, content, agent: receiver }]);
        content.serial
    }

    pub fn insert_up(&mut self, site: usize, class: u16, n: usize) -> Vec<u64> {
        (0..n).map(|_| self.insert(site, class, AgentId::SERVER)).collect()
    }

    /// Another state; gives its write.
    pub fn update(&mut self, site: usize, class: u16, serial: u64, receiver: AgentId) -> u64 {
        let content = self.content(Some(serial));
        self.sites[site].store.commit(&[Op::Update { class, content, agent: receiver }]);
        content.write
    }

    pub fn delete(&mut self, site: usize, class: u16, serial: u64) {
        self.sites[site].store.commit(&[Op::Delete { class, serial }]);
    }

    pub fn rows(&mut self, site: usize, class: u16) -> BTreeMap<u64, Held> {
        let rows = self.sites[site].store.rows();
        rows.into_iter().filter(|r| r.class == class).map(|r| (r.content.serial, r)).collect()
    }

    /// Rows of a class, counted one by one, so that a doubled one counts twice.
    pub fn count(&mut self, site: usize, class: u16) -> usize {
        self.sites[site].store.rows().iter().filter(|r| r.class == class).count()
    }

    pub fn gaps(&mut self, site: usize) -> Vec<Gap> {
        self.sites[site].store.gaps()
    }

    pub fn run(&mut self, site: usize, job: &Job) -> JobResult {
        self.sites[site].store.run(job)
    }

    /// `path`: the node, its parent, and so on, as far as links are up. Announces the node along it.
    pub fn attach(&mut self, path: &[usize]) {
        let node = path[0];
        self.detach(node);
        self.sites[node].path = path[1..].to_vec();
        let JobResult::Described(Some(mut announce)) = self.run(node, &Job::Describe { agent: self.sites[node].agent }) else {
            panic!("a node can describe itself")
        };
        let agent = announce.agent;
        for (below, above) in path.iter().zip(&path[1..]) {
            let via = self.sites[*below].agent;
            let attached = self.attach_one(*above, &announce, via);
            for (group, from) in attached.down.iter() {
                self.sites[node].served.insert((*above, group), from);
            }
            if *below == node {
                self.begin(node, *above, attached.received.clone());
            }
            if let Some(word) = attached.word {
                self.speak(node, word);
            }
            if self.sites[*above].role == Role::Router {
                announce = self.describe(*above, agent, &attached.held);
            }
        }
    }

    fn attach_one(&mut self, site: usize, announce: &Announce, via: AgentId) -> Attached {
        match self.run(site, &Job::Attach { announce: Box::new(announce.clone()), via }) {
            JobResult::Attached(attached) => *attached,
            other => panic!("attach gives {other:?}"),
        }
    }

    fn describe(&mut self, router: usize, agent: AgentId, held: &Marks) -> Box<Announce> {
        let JobResult::Described(Some(mut announce)) = self.run(router, &Job::Describe { agent }) else {
            panic!("it was attached here")
        };
        for down in &mut announce.down {
            if let Some((_, end)) = held.iter().find(|(g, _)| *g == down.group) {
                down.from = end;
            }
        }
        announce
    }

    fn begin(&mut self, node: usize, parent: usize, received: Marks) {
        let (agent, db) = (self.sites[parent].agent, self.sites[parent].store.db());
        let JobResult::Streams(starts) = self.run(node, &Job::Begin { parent: agent, db, received }) else {
            panic!("begin gives streams")
        };
        self.sites[node].sent = starts.iter().map(|(g, p)| (g, (p, false))).collect();
    }

    /// The server speaks to a node.
    pub fn speak(&mut self, node: usize, word: Word) {
        let JobResult::Heard { starts, .. } = self.run(node, &Job::Word(word)) else { panic!("a word gives streams") };
        for (group, at) in starts.iter() {
            let sent = self.sites[node].sent.entry(group).or_default();
            if at != sent.0 {
                *sent = (at, false);
            }
        }
    }

    /// One upward batch from a node to its parent; whether there was one. Without `is_heard` the acknowledgment is lost.
    pub fn push_one(&mut self, node: usize, group: Group, is_heard: bool) -> bool {
        let Some(&parent) = self.sites[node].path.first() else { return false };
        let (after, begun) = self.sites[node].sent.get(&group).copied().unwrap_or_default();
        let (above, below) = (self.sites[parent].agent, self.sites[node].agent);
        let (stream, max_bytes) = (Stream { agent: above, way: Way::Up, group }, self.batch);
        let JobResult::Read { batch, .. } = self.run(node, &Job::Read { stream, after, max_bytes, deep: false }) else {
            panic!("a read gives a batch")
        };
        let Some(mut batch) = batch else { return false };
        batch.flags |= if begun { 0 } else { BATCH_BEGIN };
        self.rows_sent += batch.rows as usize;
        let up_to = batch.up_to;
        let job = Job::Apply { stream: Stream { agent: below, way: Way::Up, group }, from: below, batch };
        let confirmed = match self.run(parent, &job) {
            JobResult::Applied { confirmed, .. } => confirmed,
            JobResult::Failed { code: Code::E_IOT_TS_GAP } => {
                // Another link of the same agent has carried something meanwhile: this one is closed.
                self.detach(node);
                return false;
            }
            other => panic!("apply gives {other:?}"),
        };
        self.sites[parent].store.finish_late_writes();
        if is_heard {
            self.run(node, &Job::SaveMark { stream, position: up_to });
            self.sites[node].sent.insert(group, (up_to, true));
        } else {
            self.detach(node);
        }
        for (agent, word) in confirmed {
            let node =
                (0..self.sites.len()).rfind(|i| self.sites[*i].agent == agent && self.sites[*i].path.last() == Some(&parent));
            if let Some(node) = node {
                self.speak(node, word);
            }
        }
        true
    }

    /// Everything that a node has for its parent.
    pub fn push(&mut self, node: usize) {
        for group in [Group(5), Group(0)] {
            while self.push_one(node, group, true) {}
        }
    }

    /// One downward batch for a node over the hop to `at`, a position in its path; 0 is the hop to the node itself. Whether there was one.
    pub fn serve_one(&mut self, node: usize, at: usize, group: Group) -> bool {
        let Some(&from) = self.sites[node].path.get(at) else { return false };
        let to = if at == 0 { node } else { self.sites[node].path[at - 1] };
        let agent = self.sites[node].agent;
        let after = self.sites[node].served.get(&(from, group)).copied().unwrap_or_default();
        let stream = Stream { agent, way: Way::Down, group };
        let batch = match self.run(from, &Job::Read { stream, after, max_bytes: self.batch, deep: false }) {
            JobResult::Read { batch, .. } => batch,
            JobResult::Failed { .. } => {
                // What is held does not fit: the node is announced anew.
                self.detach(node);
                return false;
            }
            other => panic!("a read gives {other:?}"),
        };
        let Some(batch) = batch else { return false };
        let Batch { up_to, .. } = batch;
        let result = self.run(to, &Job::Apply { stream, from: self.sites[from].agent, batch });
        self.sites[to].store.finish_late_writes();
        match result {
            JobResult::Applied { .. } => {}
            JobResult::Failed { code: Code::E_NOMEM } => return false,
            JobResult::Failed { .. } => {
                // The link is closed.
                self.detach(node);
                return false;
            }
            other => panic!("apply gives {other:?}"),
        }
        self.sites[node].served.insert((from, group), up_to);
        if self.sites[from].role == Role::Router {
            self.run(from, &Job::SaveMark { stream, position: up_to });
        }
        true
    }

    /// What a node itself has is told all along its path.
    pub fn mark(&mut self, node: usize) {
        let agent = self.sites[node].agent;
        let marks = self.sites[node].store.down_marks();
        for above in self.sites[node].path.clone() {
            for (group, position) in marks.iter() {
                let stream = Stream { agent, way: Way::Down, group };
                let is_router = self.sites[above].role == Role::Router;
                let job = if is_router { Job::NoteMark { stream, position } } else { Job::SaveMark { stream, position } };
                self.run(above, &job);
            }
        }
    }

    /// Everything that the server has for a node.
    pub fn serve(&mut self, node: usize) {
        for _ in 0..1000 {
            let mut is_moving = false;
            for at in (0..self.sites[node].path.len()).rev() {
                for group in [Group(5), Group(0)] {
                    is_moving |= self.serve_one(node, at, group);
                }
            }
            self.mark(node);
            if !is_moving {
                break;
            }
        }
    }

    /// Serials of a class at a node.
    pub fn serials(&mut self, site: usize, class: u16) -> Vec<u64> {
        self.rows(site, class).into_keys().collect()
    }

    pub fn acked(&mut self, server: usize, agent: AgentId, class: u16) -> Position {
        self.sites[server].store.acked(agent).get(group(class))
    }
}
