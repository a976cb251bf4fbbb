//! One server, two layers of routers, devices, the network between them, and a fate that follows from a seed.

use crate::fault::Fault;
use crate::model::{MAIL_BYTES, Model};
use crate::network::Network;
use crate::node::{BATCH, LINK_WINDOW, Node, Worked};
use crate::oracle::{Oracle, Timeline, View};
use crate::promise::Promise;
use crate::store::{Held, Store, is_up};
use mcoiot::base::{AgentId, Code, Level, LinkId, Millis, Random, Role, Way};
use mcoiot::link::LinkInput;
use mcoiot::repl::{Job, JobResult};
use mcoiot::wire::BATCH_RECONCILE;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How a store is made for a node.
pub type MakeStore = dyn Fn(Role, AgentId, u64) -> Box<dyn Store>;

pub const SERVER: usize = 0;
/// Longest row besides its serial and write.
pub const PAD_MAX: u64 = 120;
/// Most bytes that may wait in a connection, in one direction: what was given up after a refusal, windows behind it, announcements.
const WIRE_MAX: usize = 2 * LINK_WINDOW + 60_000;
/// Most jobs of one lane that may wait for the database.
const JOBS_MAX: usize = 60;

/// What a seed has led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub events: u64,
    pub faults: u64,
    pub rows: u64,
    /// Waiting syncs that have ended well.
    pub promises: u64,
    /// Frames that were compressed.
    pub deflated: u64,
    pub hash: u64,
}

/// A backup: the store, what the checks knew of it, and its clock.
pub type Backup = (Box<dyn Store>, Timeline, u64);

pub struct World {
    pub random: Random,
    pub now: Millis,
    /// Days that have passed beside the clock of the nodes.
    pub days: u64,
    pub nodes: Vec<Node>,
    pub network: Network,
    pub oracle: Oracle,
    pub summary: Summary,
    pub rows: Vec<Vec<Held>>,
    pub backups: BTreeMap<usize, Backup>,
    pub links: u64,
    pub syncs: u64,
    pub serials: u64,
    pub writes: u64,
    /// Reads of this seed are at most so many bytes.
    pub piece: usize,
    pub restores: bool,
    pub clones: bool,
    pub promises: BTreeMap<u64, Promise>,
    pub kept_promises: u64,
    pub trace: bool,
    pub make: Rc<MakeStore>,
}

impl World {
    pub fn new(seed: u64, fault: Fault) -> Self {
        World::with(seed, fault, Rc::new(move |role, agent, seed| Box::new(Model::new(role, agent, fault, seed))))
    }

    pub fn with(seed: u64, fault: Fault, make: Rc<MakeStore>) -> Self {
        let mut random = Random::seeded(seed);
        let (routers, devices) = ([0, 1, 2, 4, 4, 4][random.below(6) as usize], 1 + random.below(3));
        World::of(random, routers, devices, fault, make)
    }

    pub fn of(mut random: Random, routers: u64, devices: u64, fault: Fault, make: Rc<MakeStore>) -> Self {
        let mut nodes = Vec::new();
        let mut add = |role, agent, level| {
            let agent = AgentId(agent);
            nodes.push(Node::new(role, agent, Level(level), make(role, agent, random.any()), fault));
        };
        add(Role::Server, 1, 1);
        for i in 0..routers {
            add(Role::Router, 11 + i, if i < 2 { 10 } else { 20 });
        }
        for i in 0..devices {
            add(Role::Device, 1000 + i, Level::DEVICE.0);
        }
        let rows = nodes.iter().map(|_| Vec::new()).collect();
        let piece = [1, 7, 100, 5000, 5000, 5000].get(random.below(6) as usize).copied().unwrap_or(1);
        World {
            restores: random.below(3) > 0,
            clones: random.below(6) == 0,
            random,
            now: Millis(1),
            days: 0,
            nodes,
            network: Network::default(),
            oracle: Oracle::default(),
            summary: Summary { hash: 0xCBF2_9CE4_8422_2325, ..Summary::default() },
            rows,
            backups: BTreeMap::new(),
            links: 0,
            syncs: 0,
            serials: 0,
            writes: 0,
            piece,
            promises: BTreeMap::new(),
            kept_promises: 0,
            trace: false,
            make,
        }
    }

    /// A whole fate: steps with faults, then a fair network until everything is at rest.
    pub fn run(mut self) -> Result<Summary, String> {
        self.nodes.iter_mut().for_each(|n| n.trace = self.trace);
        let steps = 400 + self.random.below(600);
        for _ in 0..steps {
            self.step().map_err(|e| format!("step {}: {e}", self.summary.events))?;
        }
        if self.summary.faults == 0 {
            self.crash(SERVER);
        }
        self.settle().map_err(|e| format!("in the end, step {}: {e}", self.summary.events))?;
        self.summary.promises = self.kept_promises;
        self.summary.deflated = self.network.deflated;
        self.summary.rows = self.rows.iter().map(|r| r.len() as u64).sum();
        Ok(self.summary)
    }

    /// For the trace: the same seed has to give the same numbers.
    pub fn note(&mut self, what: u64, detail: u64) {
        for n in [what, detail, self.now.0] {
            self.summary.hash = (self.summary.hash ^ n).wrapping_mul(0x100_0000_01B3).rotate_left(23);
        }
    }

    pub fn say(&self, what: &str, node: usize) {
        if self.trace {
            eprintln!("{} ---- {} (node {node}) {what}", self.now, self.nodes[node].agent);
        }
    }

    pub fn pick(&mut self, n: usize) -> usize {
        self.random.below(n as u64) as usize
    }

    fn step(&mut self) -> Result<(), String> {
        self.summary.events += 1;
        let millis = self.random.below(40);
        self.pass(millis);
        let dice = self.random.below(1000);
        let node = self.pick(self.nodes.len());
        self.note(dice, node as u64);
        match dice {
            0..380 => {
                if !self.deliver() && !self.work()? && !self.answer() {
                    self.skip_time();
                }
            }
            380..560 => {
                let _ = self.work()? || self.answer();
            }
            560..700 => {
                let _ = self.answer() || self.deliver();
            }
            _ => self.fate(dice - 700, node)?,
        }
        self.check_bounds()?;
        self.check_told()
    }

    /// Time passes, with its timers.
    pub fn pass(&mut self, millis: u64) {
        self.now = self.now.after(Millis(millis));
        for node in &mut self.nodes {
            node.tick(self.now, &mut self.network);
        }
    }

    /// Nothing else can happen: on to the next timer. False if there is none.
    pub fn skip_time(&mut self) -> bool {
        let Some(next) = self.nodes.iter().filter_map(Node::next_wake).min() else { return false };
        self.pass(next.0.saturating_sub(self.now.0));
        true
    }

    pub fn deliver(&mut self) -> bool {
        let readable = self.network.readable();
        if readable.is_empty() {
            return false;
        }
        let (wire, side) = readable[self.pick(readable.len())];
        let amount = 1 + self.pick(4000);
        self.deliver_from(wire, side, amount);
        true
    }

    /// Lets the other side read up to `amount` bytes, in pieces.
    pub fn deliver_from(&mut self, wire: usize, side: usize, amount: usize) {
        let bytes = self.network.read(wire, side, amount);
        let (node, link) = self.network.wires[wire].sides[1 - side];
        let sum = bytes.iter().fold(0u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(*b)));
        self.note(sum, bytes.len() as u64);
        for piece in bytes.chunks(self.piece) {
            self.nodes[node].link_input(self.now, link, LinkInput::Bytes(piece), &mut self.network);
        }
    }

    pub fn work(&mut self) -> Result<bool, String> {
        let busy: Vec<(usize, AgentId)> =
            self.nodes.iter().enumerate().flat_map(|(i, n)| n.busy().into_iter().map(move |a| (i, a))).collect();
        if busy.is_empty() {
            return Ok(false);
        }
        let (node, lane) = busy[self.pick(busy.len())];
        self.work_at(node, lane)?;
        Ok(true)
    }

    pub fn work_at(&mut self, node: usize, lane: AgentId) -> Result<(), String> {
        let chance = self.random.any();
        let wall = Millis(self.now.0 + self.days * 24 * 3600 * 1000);
        self.nodes[node].store.set_wall(wall);
        let worked = self.nodes[node].work(lane, chance);
        if let Some(Worked::Forgot(agent, before)) = &worked {
            self.say(&format!("has forgotten {agent}"), node);
            self.forgotten(*agent, before);
        }
        if let Some(Worked::Job(job, result)) = worked {
            self.judge(node, &job, &result)?;
            if matches!(*job, Job::Apply { .. } | Job::SaveMark { .. } | Job::Word(_) | Job::Begin { .. } | Job::Attach { .. }) {
                self.look(node)?;
            }
        }
        Ok(())
    }

    /// What a job says about who has what.
    fn judge(&mut self, node: usize, job: &Job, result: &JobResult) -> Result<(), String> {
        let own = self.nodes[node].agent;
        match (job, result) {
            (Job::Apply { stream, from, batch }, JobResult::Applied { mark, confirmed, .. }) => {
                if batch.flags & BATCH_RECONCILE != 0 {
                    let paged = self.oracle.paged.entry(node).or_default();
                    *paged = batch.as_of.ts.0.max(*paged);
                }
                let of = if stream.way == Way::Up { *from } else { stream.agent };
                self.oracle.is_durable(of, own, stream.way, stream.group, *mark);
                self.oracle.confirmed.extend(confirmed.iter().map(|(agent, word)| (*agent, word.confirmed.clone())));
            }
            (Job::Attach { announce, .. }, JobResult::Attached(attached)) => {
                if let Some(word) = &attached.word {
                    self.oracle.confirmed.insert(announce.agent, word.confirmed.clone());
                }
            }
            (Job::SaveMark { stream, position }, _) if stream.way == Way::Up => {
                self.oracle.believed(own, stream.agent, Way::Up, stream.group, *position)?;
            }
            (Job::SaveMark { stream, position }, _) if node == SERVER && position.epoch.0 != 0 => {
                self.oracle.believed(stream.agent, stream.agent, Way::Down, stream.group, *position)?;
            }
            _ => {}
        }
        Ok(())
    }

    pub fn answer(&mut self) -> bool {
        let ready: Vec<usize> = (0..self.nodes.len()).filter(|i| !self.nodes[*i].answers.is_empty()).collect();
        if ready.is_empty() {
            return false;
        }
        let node = ready[self.pick(ready.len())];
        self.nodes[node].answer(self.now, &mut self.network);
        true
    }

    /// Sees what a store holds now, and what its marks say.
    pub fn look(&mut self, node: usize) -> Result<(), String> {
        let rows = self.nodes[node].store.rows();
        let Node { agent, role, .. } = self.nodes[node];
        self.oracle.look(node, agent, role == Role::Router, &rows)?;
        self.rows[node] = rows;
        if node != SERVER {
            return self.check_marks(node);
        }
        for other in 1..self.nodes.len() {
            let agent = self.nodes[other].agent;
            self.oracle.in_order(other, agent, &self.rows[SERVER])?;
        }
        Ok(())
    }

    fn check_marks(&mut self, node: usize) -> Result<(), String> {
        let chain = self.nodes[SERVER].store.epochs();
        let gaps = self.nodes[SERVER].store.gaps();
        let Node { agent, role, store, .. } = &mut self.nodes[node];
        let (confirmed, marks, tops) = (store.confirmed(), store.down_marks(), store.down_tops());
        let told: Vec<_> = gaps.iter().filter(|g| g.agent == *agent).map(|g| (g.first.0, g.last.0)).collect();
        if store.is_paging() {
            return Ok(());
        }
        // What a router shows of rows for others says nothing of its own stream.
        let is_own = |row: &&Held| *role != Role::Router || is_up(row.class) || [*agent, AgentId::ALL].contains(&row.agent);
        let rows: Vec<Held> = self.rows[node].iter().filter(is_own).copied().collect();
        let view = View { site: node, agent: *agent, rows: &rows, confirmed: &confirmed, marks: &marks, tops: &tops };
        self.oracle.check(&view, &chain, &told)
    }

    /// A node connects to one above it, if both processes run.
    pub fn connect(&mut self, node: usize, parent: usize) {
        let is_running = [parent, node].iter().all(|n| self.nodes[*n].core.is_some());
        let agent = self.nodes[node].agent;
        let is_linked = self.network.wires.iter().any(|w| {
            let [(a, la), (b, lb)] = w.sides;
            (a, b) == (node, parent) && self.nodes[a].ends.contains_key(&la) && self.nodes[b].ends.contains_key(&lb)
        });
        if !is_running || is_linked || self.nodes[parent].level >= self.nodes[node].level || self.nodes[parent].agent == agent {
            return;
        }
        self.say(&format!("connects to {}", self.nodes[parent].agent), node);
        self.links += 2;
        let (here, there) = (LinkId(self.links), LinkId(self.links + 1));
        let wire = self.network.add([(node, here), (parent, there)]);
        self.nodes[node].open(self.now, here, wire, 0, &mut self.network);
        self.nodes[parent].open(self.now, there, wire, 1, &mut self.network);
    }

    /// Lets everything happen that needs no time.
    pub fn rest(&mut self) -> Result<(), String> {
        while self.deliver() || self.work()? || self.answer() {
            self.check_bounds()?;
            self.check_told()?;
        }
        Ok(())
    }

    /// A side finds out that its connection is gone.
    pub fn notice_loss(&mut self) -> bool {
        let widowed = self.network.widowed();
        if widowed.is_empty() {
            return false;
        }
        let (wire, side) = widowed[self.pick(widowed.len())];
        let (node, link) = self.network.wires[wire].sides[side];
        let lost = LinkInput::Lost { code: Code::E_NW_RECVERR, text: "lost".into() };
        let input = if self.random.below(2) == 0 { LinkInput::Eof } else { lost };
        self.nodes[node].link_input(self.now, link, input, &mut self.network);
        true
    }

    /// A connection is lost, at once or a few bytes later.
    pub fn cut(&mut self) {
        let whole: Vec<usize> = (0..self.network.wires.len()).filter(|w| self.network.wires[*w].here == [true; 2]).collect();
        if whole.is_empty() {
            return;
        }
        self.summary.faults += 1;
        let wire = whole[self.pick(whole.len())];
        if self.random.below(2) == 0 {
            self.network.cut(wire);
        } else {
            self.network.wires[wire].passes = Some(1 + self.random.below(3000));
        }
    }

    /// Everything is at rest: what the simulator itself keeps of the past goes.
    pub fn forget_past(&mut self) {
        let serials = self.rows.iter().flatten().map(|r| r.content.serial).collect();
        self.oracle.forget_all_but(&serials);
        self.rows.iter_mut().for_each(|rows| *rows = Vec::new());
        self.promises.clear();
        let places = self.network.drop_ended();
        for node in &mut self.nodes {
            node.results.clear();
            node.ends.values_mut().for_each(|end| end.wire = places[&end.wire]);
        }
    }

    pub fn check_bounds(&mut self) -> Result<(), String> {
        if let Some((agent, text)) = self.nodes.iter_mut().find_map(|n| Some((n.agent, n.accuses.take()?))) {
            return Err(format!("{agent} takes an honest node for one that breaks the protocol: {text}"));
        }
        if let Some(waiting) = self.network.wires.iter().flat_map(|w| &w.bytes).map(|b| b.len()).find(|n| *n > WIRE_MAX) {
            return Err(format!("{waiting} bytes wait in a connection"));
        }
        for node in &mut self.nodes {
            let jobs = node.queues.values().map(|q| q.len()).max().unwrap_or(0);
            if jobs > JOBS_MAX || node.answers.len() > 10 * JOBS_MAX {
                return Err(format!("{jobs} jobs of one lane and {} answers wait at {}", node.answers.len(), node.agent));
            }
            let Some(core) = &node.core else { continue };
            let row = 4 * (PAD_MAX as usize + 200) * 4 + BATCH;
            for (link, _) in core.peers() {
                let (sent, got) = core.held(link);
                if got > LINK_WINDOW + row || sent > LINK_WINDOW + row {
                    return Err(format!("{} holds {sent} and {got} bytes for a peer", node.agent));
                }
            }
            let most = 8 * (MAIL_BYTES + row);
            if node.role == Role::Router && node.store.kept_bytes() > most {
                return Err(format!("{} holds {} bytes of mail", node.agent, node.store.kept_bytes()));
            }
        }
        Ok(())
    }
}
