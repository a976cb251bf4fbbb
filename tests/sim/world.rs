//! One server, its devices, the network between them, and a fate that follows from a seed.

use crate::fault::Fault;
use crate::model::Model;
use crate::network::Network;
use crate::node::{BATCH, Node, WINDOW};
use crate::oracle::{Oracle, Timeline, View};
use crate::promise::Promise;
use crate::store::{Held, Store};
use mcoiot::base::{AgentId, Code, LinkId, Millis, Random, Role};
use mcoiot::link::LinkInput;
use mcoiot::repl::{BATCH_OVERHEAD, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How a store is made for a node.
pub type MakeStore = dyn Fn(Role, AgentId, u64) -> Box<dyn Store>;

pub const SERVER: usize = 0;
/// Longest row besides its serial and write.
pub const PAD_MAX: u64 = 120;
/// Most bytes that may wait in a connection, in one direction: what was given up after a refusal, a window behind it, and what is small.
const WIRE_MAX: usize = 2 * WINDOW + 2000;
/// Most jobs of one agent that may wait for the database: a read, an apply and a save, and what is left of older connections.
const JOBS_MAX: usize = 12;
/// Steps in which everything has to come to rest once the network is fair.
const FAIR_STEPS: u64 = 200_000;

/// What a seed has led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub events: u64,
    pub faults: u64,
    pub rows: u64,
    /// Waiting syncs that have ended well.
    pub promises: u64,
    pub hash: u64,
}

pub struct World {
    pub random: Random,
    pub now: Millis,
    pub nodes: Vec<Node>,
    pub network: Network,
    pub oracle: Oracle,
    pub summary: Summary,
    pub rows: Vec<Vec<Held>>,
    /// A store has changed since the last check.
    dirty: bool,
    pub backups: BTreeMap<usize, (Box<dyn Store>, Timeline)>,
    links: u64,
    pub syncs: u64,
    pub serials: u64,
    pub writes: u64,
    /// Reads of this seed are at most so many bytes.
    piece: usize,
    pub restores: bool,
    pub promises: BTreeMap<u64, Promise>,
    /// Waiting syncs that have ended well, and were found to be right.
    pub kept_promises: u64,
    pub make: Rc<MakeStore>,
}

impl World {
    pub fn new(seed: u64, fault: Fault) -> Self {
        World::with(seed, fault, Rc::new(move |role, agent, seed| Box::new(Model::new(role, agent, fault, seed))))
    }

    /// One device, and every byte comes alone.
    pub fn pair(fault: Fault) -> Self {
        World::pair_with(fault, Rc::new(move |role, agent, seed| Box::new(Model::new(role, agent, fault, seed))))
    }

    pub fn pair_with(fault: Fault, make: Rc<MakeStore>) -> Self {
        World { piece: 1, ..World::of(Random::seeded(1), 1, fault, make) }
    }

    pub fn with(seed: u64, fault: Fault, make: Rc<MakeStore>) -> Self {
        let mut random = Random::seeded(seed);
        let devices = 1 + random.below(3);
        World::of(random, devices, fault, make)
    }

    fn of(mut random: Random, devices: u64, fault: Fault, make: Rc<MakeStore>) -> Self {
        let agents = (0..=devices).map(|i| if i == 0 { AgentId::SERVER } else { AgentId(999 + i) });
        let role = |agent| if agent == AgentId::SERVER { Role::Server } else { Role::Device };
        let nodes: Vec<Node> = agents.map(|a| Node::new(role(a), a, make(role(a), a, random.any()), fault)).collect();
        let piece = [1, 7, 100, 5000, 5000].get(random.below(5) as usize).copied().unwrap_or(1);
        let rows = nodes.iter().map(|_| Vec::new()).collect();
        World {
            restores: random.below(3) == 0,
            random,
            now: Millis(1),
            nodes,
            network: Network::default(),
            oracle: Oracle::default(),
            summary: Summary { hash: 0xCBF2_9CE4_8422_2325, ..Summary::default() },
            rows,
            dirty: false,
            backups: BTreeMap::new(),
            links: 0,
            syncs: 0,
            serials: 0,
            writes: 0,
            piece,
            promises: BTreeMap::new(),
            kept_promises: 0,
            make,
        }
    }

    /// A whole fate: steps with faults, then a fair network until everything is at rest.
    pub fn run(mut self) -> Result<Summary, String> {
        let steps = 250 + self.random.below(350);
        for _ in 0..steps {
            self.step()?;
            self.check().map_err(|e| format!("step {}: {e}", self.summary.events))?;
        }
        if self.summary.faults == 0 {
            self.crash(SERVER);
        }
        self.settle().map_err(|e| format!("in the end, step {}: {e}", self.summary.events))?;
        self.summary.promises = self.kept_promises;
        self.summary.rows = self.rows.iter().map(|r| r.len() as u64).sum();
        Ok(self.summary)
    }

    /// For the trace: the same seed has to give the same numbers.
    pub fn note(&mut self, what: u64, detail: u64) {
        for n in [what, detail, self.now.0] {
            self.summary.hash = (self.summary.hash ^ n).wrapping_mul(0x100_0000_01B3).rotate_left(23);
        }
    }

    fn step(&mut self) -> Result<(), String> {
        self.summary.events += 1;
        let millis = self.random.below(40);
        self.pass(millis);
        let dice = self.random.below(1000);
        let node = self.random.below(self.nodes.len() as u64) as usize;
        self.note(dice, node as u64);
        match dice {
            0..380 => {
                if !self.deliver() && !self.work() && !self.answer() {
                    self.skip_time();
                }
            }
            380..560 => self.chance_to_work(),
            560..700 => self.chance_to_answer(),
            700..790 => self.commit(node),
            790..880 => self.sync(node),
            880..920 => self.connect(node),
            920..945 => {
                self.notice_loss();
            }
            945..960 => self.cut(),
            960..972 => self.clear(node)?,
            972..982 => self.crash(node),
            982..990 => self.restart(node),
            990..993 => self.nodes[node].failing = [0, 2, 5][self.random.below(3) as usize],
            993..996 => self.backup(node),
            996..999 if self.restores => self.restore(node),
            _ => {
                self.skip_time();
            }
        }
        Ok(())
    }

    /// Time passes, with its timers.
    fn pass(&mut self, millis: u64) {
        self.now = self.now.after(Millis(millis));
        for node in &mut self.nodes {
            node.tick(self.now, &mut self.network);
        }
    }

    /// Nothing else can happen: on to the next timer. False if there is none.
    fn skip_time(&mut self) -> bool {
        let Some(next) = self.nodes.iter().filter_map(Node::next_wake).min() else { return false };
        self.pass(next.0.saturating_sub(self.now.0));
        true
    }

    fn deliver(&mut self) -> bool {
        let readable = self.network.readable();
        if readable.is_empty() {
            return false;
        }
        let (wire, side) = readable[self.random.below(readable.len() as u64) as usize];
        let amount = 1 + self.random.below(2000) as usize;
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

    /// Everything that waits on a connection, in both directions.
    pub fn deliver_all(&mut self, wire: usize) -> bool {
        let waiting = self.network.readable().into_iter().filter(|(w, _)| *w == wire).collect::<Vec<_>>();
        for (wire, side) in &waiting {
            self.deliver_from(*wire, *side, usize::MAX);
        }
        !waiting.is_empty()
    }

    /// One step of a node's database and its answer.
    pub fn serve(&mut self, node: usize) -> bool {
        let busy = self.nodes[node].busy();
        for agent in &busy {
            self.nodes[node].work(*agent, 0);
            self.look(node);
        }
        let answers = !self.nodes[node].answers.is_empty();
        self.nodes[node].answer(self.now, &mut self.network);
        answers || !busy.is_empty()
    }

    fn work(&mut self) -> bool {
        let busy: Vec<(usize, AgentId)> =
            self.nodes.iter().enumerate().flat_map(|(i, n)| n.busy().into_iter().map(move |a| (i, a))).collect();
        if busy.is_empty() {
            return false;
        }
        let (node, agent) = busy[self.random.below(busy.len() as u64) as usize];
        let chance = self.random.any();
        self.nodes[node].work(agent, chance);
        self.look(node);
        true
    }

    fn chance_to_work(&mut self) {
        if !self.work() {
            self.answer();
        }
    }

    fn answer(&mut self) -> bool {
        let ready: Vec<usize> = (0..self.nodes.len()).filter(|i| !self.nodes[*i].answers.is_empty()).collect();
        if ready.is_empty() {
            return false;
        }
        let node = ready[self.random.below(ready.len() as u64) as usize];
        self.nodes[node].answer(self.now, &mut self.network);
        true
    }

    fn chance_to_answer(&mut self) {
        if !self.answer() {
            self.deliver();
        }
    }

    /// Sees what a store holds now.
    pub fn look(&mut self, node: usize) {
        self.rows[node] = self.nodes[node].store.rows();
        self.dirty = true;
    }

    /// A device connects, if both processes run; also while an older connection seems to live.
    pub fn connect(&mut self, node: usize) {
        if node == SERVER || [SERVER, node].iter().any(|n| self.nodes[*n].core.is_none()) {
            return;
        }
        if !self.nodes[node].ends.is_empty() {
            return;
        }
        self.links += 2;
        let (here, there) = (LinkId(self.links), LinkId(self.links + 1));
        let wire = self.network.add([(node, here), (SERVER, there)]);
        self.nodes[node].open(self.now, here, wire, 0, &mut self.network);
        self.nodes[SERVER].open(self.now, there, wire, 1, &mut self.network);
    }

    /// Lets everything happen that needs no time.
    pub fn rest(&mut self) -> Result<(), String> {
        while self.deliver() || self.work() || self.answer() {
            self.check()?;
        }
        Ok(())
    }

    /// A side finds out that its connection is gone.
    pub fn notice_loss(&mut self) -> bool {
        let widowed = self.network.widowed();
        if widowed.is_empty() {
            return false;
        }
        let (wire, side) = widowed[self.random.below(widowed.len() as u64) as usize];
        let (node, link) = self.network.wires[wire].sides[side];
        let lost = LinkInput::Lost { code: Code::E_NW_RECVERR, text: "lost".into() };
        let input = if self.random.below(2) == 0 { LinkInput::Eof } else { lost };
        self.nodes[node].link_input(self.now, link, input, &mut self.network);
        true
    }

    /// A connection is lost, at once or a few bytes later.
    fn cut(&mut self) {
        let whole: Vec<usize> = (0..self.network.wires.len()).filter(|w| self.network.wires[*w].here == [true; 2]).collect();
        if whole.is_empty() {
            return;
        }
        self.summary.faults += 1;
        let wire = whole[self.random.below(whole.len() as u64) as usize];
        if self.random.below(2) == 0 {
            self.network.cut(wire);
        } else {
            self.network.wires[wire].passes = Some(1 + self.random.below(3000));
        }
    }

    /// Everything that must hold at this moment.
    pub fn check(&mut self) -> Result<(), String> {
        self.check_bounds()?;
        self.check_told()?;
        if !std::mem::take(&mut self.dirty) {
            return Ok(());
        }
        let known = self.nodes[SERVER].store.peers();
        for node in 1..self.nodes.len() {
            let agent = self.nodes[node].agent;
            let store = &mut self.nodes[node].store;
            let marks = store.peers().get(&AgentId::SERVER).copied().unwrap_or_default();
            let chain = store.epochs();
            let db = store.db();
            let common = known.values().map(|m| m.acked.ts.0).min().unwrap_or(0);
            let down_acked = known.get(&agent).map_or(common, |m| common.max(m.acked.ts.0));
            let there = known.get(&agent).filter(|m| m.db == db);
            let view = View {
                agent,
                chain: &chain,
                rows: &self.rows[node],
                received: marks.received,
                acked: marks.acked,
                down_acked,
                at_server: there.map(|m| m.received),
                acked_at_server: there.map(|m| m.acked),
            };
            self.oracle.check(&view, &self.rows[SERVER])?;
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<(), String> {
        if let Some(waiting) = self.network.wires.iter().flat_map(|w| &w.bytes).map(|b| b.len()).find(|n| *n > WIRE_MAX) {
            return Err(format!("{waiting} bytes wait in a connection"));
        }
        for node in &self.nodes {
            let jobs = node.queues.values().map(|q| q.len()).max().unwrap_or(0);
            if jobs > JOBS_MAX || node.answers.len() > JOBS_MAX * self.nodes.len() {
                return Err(format!(
                    "{jobs} jobs of one agent and {} answers wait for the database at {}",
                    node.answers.len(),
                    node.agent
                ));
            }
            let Some(core) = &node.core else { continue };
            let row = 2 * (PAD_MAX as usize + 60) * 4;
            for (link, _) in core.peers() {
                let (sent, got) = core.held(link);
                if got > WINDOW + row || sent > WINDOW + BATCH + row + BATCH_OVERHEAD {
                    return Err(format!("{} holds {sent} and {got} bytes for a peer", node.agent));
                }
            }
        }
        Ok(())
    }

    /// The network is fair, all processes run and connect again; everything must come to rest, complete.
    pub fn settle(&mut self) -> Result<(), String> {
        self.nodes.iter_mut().for_each(|n| n.failing = 0);
        let mut last = vec![None; self.nodes.len()];
        let mut quiet = vec![0; self.nodes.len()];
        for _ in 0..FAIR_STEPS {
            self.summary.events += 1;
            for node in 0..self.nodes.len() {
                self.nodes[node].store.finish_late_writes();
                self.restart(node);
                if self.nodes[node].ends.is_empty() {
                    self.connect(node);
                }
            }
            if self.notice_loss() || self.deliver() || self.work() || self.answer() {
                self.check()?;
                continue;
            }
            for node in 1..self.nodes.len() {
                let result: Option<Code> = last[node].and_then(|sync| self.nodes[node].results.get(&sync)).copied();
                if result == Some(Code::S_IOT_NO_NEW_DATA) {
                    quiet[node] += 1;
                }
                if (result.is_some() || last[node].is_none()) && quiet[node] < 2 {
                    last[node] = Some(self.start_sync(node, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT));
                }
            }
            let ended = self.nodes.iter().all(|n| n.open_syncs.is_empty());
            if ended && quiet[1..].iter().all(|n| *n >= 2) && self.agree() {
                return self.check_complete();
            }
            self.skip_time();
            self.check()?;
        }
        let open: Vec<_> = self.nodes.iter().map(|n| (n.agent, n.open_syncs.clone())).collect();
        Err(format!("no rest: quiet {quiet:?}, open syncs {open:?}, marks agree: {}", self.agree()))
    }

    fn check_complete(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            self.look(node);
        }
        self.check()?;
        for node in 1..self.nodes.len() {
            let agent = self.nodes[node].agent;
            self.oracle.complete(agent, &self.rows[node], &self.rows[SERVER])?;
        }
        Ok(())
    }

    /// Whether devices and server have saved the same of each other; a mark that could not be saved is tried again after a pause.
    fn agree(&mut self) -> bool {
        let known = self.nodes[SERVER].store.peers();
        let mut agree = true;
        for node in self.nodes.iter_mut().skip(1) {
            let here = node.store.peers().get(&AgentId::SERVER).copied().unwrap_or_default();
            let there = known.get(&node.agent).copied().unwrap_or_default();
            agree &= (here.acked.ts, there.acked.ts) == (there.received.ts, here.received.ts);
        }
        agree
    }
}
