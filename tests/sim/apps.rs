//! What the applications of a world do, and what happens to its processes and databases.

use crate::node::Node;
use crate::oracle::Timeline;
use crate::store::{ALARM, Content, DOWN, Held, LATE, Op, UP, URGENT, group, is_up};
use crate::world::{PAD_MAX, SERVER, World};
use mcoiot::base::{AgentId, Level, Role};
use mcoiot::repl::{Input, SYNC_CHILDS, SYNC_DEEP_ACK, SYNC_NONBLOCK, SYNC_PULL, SYNC_PUSH, SYNC_RESEND, SYNC_WAIT, SyncId};

impl World {
    /// Everything that is not the network's or the database's doing. `dice` is below 300.
    pub fn fate(&mut self, dice: u64, node: usize) -> Result<(), String> {
        match dice {
            0..80 => self.commit(node)?,
            80..165 => self.sync(node),
            165..215 => self.connect_somewhere(node),
            215..238 => {
                self.notice_loss();
            }
            238..250 => self.cut(),
            250..260 => self.clear(node)?,
            260..268 => self.crash(node),
            268..278 => self.restart(node),
            278..281 => self.nodes[node].failing = [0, 2, 5][self.pick(3)],
            281..284 => self.backup(node),
            284..289 if self.restores => self.restore(node)?,
            289..292 => self.change_level(node),
            292..294 => {
                let chance = self.random.any();
                self.nodes[SERVER].store.trim(chance);
            }
            294 => self.nodes[SERVER].store.upgrade(),
            295 => self.leave(node),
            _ => {
                self.skip_time();
            }
        }
        Ok(())
    }

    pub fn content(&mut self, serial: Option<u64>) -> Content {
        self.writes += 1;
        if serial.is_none() {
            self.serials += 1;
        }
        let pad = self.random.below(PAD_MAX) as usize;
        Content { serial: serial.unwrap_or(self.serials), write: self.writes, key: 0, pad }
    }

    fn receiver(&mut self) -> AgentId {
        let node = 1 + self.pick(self.nodes.len() - 1);
        if self.random.below(3) == 0 { AgentId::ALL } else { self.nodes[node].agent }
    }

    /// A transaction of a few changes, each of another row.
    pub fn commit(&mut self, node: usize) -> Result<(), String> {
        if self.nodes[node].core.is_none() {
            return Ok(());
        }
        let Node { agent, role, .. } = self.nodes[node];
        let is_server = role == Role::Server;
        let classes = if is_server { [DOWN, DOWN, URGENT] } else { [UP, ALARM, LATE] };
        let rows = self.rows[node].clone();
        let (mut ops, mut touched) = (Vec::new(), Vec::new());
        for _ in 0..1 + self.random.below(4) {
            let receiver = if is_server { self.receiver() } else { agent };
            let row = (!rows.is_empty()).then(|| rows[self.pick(rows.len())]).filter(|r| !touched.contains(&r.content.serial));
            let dice = self.random.below(10);
            let is_own = row.is_some_and(|r| is_up(r.class) != is_server && (is_server || r.agent == agent));
            let class = classes[self.pick(3)];
            let op = match row {
                Some(row) if dice < 1 || dice < 3 && !is_own => Op::Delete { class: row.class, serial: row.content.serial },
                Some(row) if dice < 5 && (is_own || role == Role::Router && is_up(row.class)) => {
                    let receiver = if self.random.below(2) == 0 { row.agent } else { receiver };
                    Op::Update { class: row.class, content: self.content(Some(row.content.serial)), agent: receiver }
                }
                _ => Op::Insert { class, content: self.content(None), agent: receiver },
            };
            if let Op::Delete { serial, .. } | Op::Update { content: Content { serial, .. }, .. } = op {
                touched.push(serial);
            }
            ops.push(op);
        }
        self.commit_ops(node, &ops)
    }

    pub fn commit_ops(&mut self, node: usize, ops: &[Op]) -> Result<(), String> {
        let rows = self.nodes[node].store.rows();
        let ts = self.nodes[node].store.commit(ops);
        self.say(&format!("commits {ops:?} as {ts}"), node);
        self.oracle.committed(node, self.nodes[node].agent, ops, ts.0, &rows);
        let class = |op: &Op| match op {
            Op::Insert { class, .. } | Op::Update { class, .. } | Op::Delete { class, .. } => *class,
        };
        let groups = ops.iter().map(|op| group(class(op))).collect();
        self.nodes[node].input(self.now, Input::Groups(groups), &mut self.network);
        self.look(node)
    }

    /// `n` new rows in one transaction.
    pub fn insert(&mut self, node: usize, class: u16, n: usize, agent: AgentId) -> Result<(), String> {
        let ops: Vec<Op> = (0..n).map(|_| Op::Insert { class, content: self.content(None), agent }).collect();
        self.commit_ops(node, &ops)
    }

    pub fn sync(&mut self, node: usize) {
        let direction = [SYNC_PUSH, SYNC_PULL, SYNC_PUSH | SYNC_PULL][self.pick(3)];
        let mode = [0, SYNC_WAIT, SYNC_WAIT, SYNC_NONBLOCK][self.pick(4)];
        let extra = [0, 0, SYNC_RESEND, SYNC_DEEP_ACK, SYNC_DEEP_ACK, SYNC_CHILDS][self.pick(6)];
        let groups = [AgentId::ALL, AgentId::ALL_DOWN, AgentId::ALL_UP];
        let other = self.pick(self.nodes.len());
        let other = self.nodes[other].agent;
        let path = self.nodes[node].path();
        let target = match (self.random.below(6), self.nodes[node].role) {
            (0, _) => groups[self.pick(3)],
            (2, _) if !path.is_empty() => path[self.pick(path.len())],
            (1, _) | (_, Role::Server) if other != self.nodes[node].agent => other,
            _ => AgentId::SERVER,
        };
        if target != self.nodes[node].agent {
            self.start_sync(node, target, direction | mode | extra);
        }
    }

    pub fn start_sync(&mut self, node: usize, target: AgentId, flags: u32) -> u64 {
        self.syncs += 1;
        if self.nodes[node].core.is_some() {
            self.nodes[node].open_syncs.insert(self.syncs, self.now);
            self.promise(self.syncs, node, target, flags);
            self.nodes[node].input(self.now, Input::Sync { sync: SyncId(self.syncs), target, flags }, &mut self.network);
        }
        self.syncs
    }

    pub fn connect_somewhere(&mut self, node: usize) {
        let above: Vec<usize> = (0..self.nodes.len()).filter(|p| self.nodes[*p].level < self.nodes[node].level).collect();
        if above.is_empty() || self.nodes[node].parents() > 1 {
            return;
        }
        let parent = above[self.pick(above.len())];
        let agent = self.nodes[node].agent;
        // Whatever passes through a router may come another way than before.
        self.oracle.moved.insert(agent);
        if self.nodes[node].role == Role::Router {
            let all: Vec<AgentId> = self.nodes.iter().map(|n| n.agent).collect();
            self.oracle.moved.extend(all);
        }
        self.connect(node, parent);
    }

    pub fn clear(&mut self, node: usize) -> Result<(), String> {
        let target = match (self.random.below(2), node) {
            (0, SERVER) => self.receiver(),
            _ => AgentId::ALL,
        };
        self.clear_for(node, target)
    }

    pub fn clear_for(&mut self, node: usize, target: AgentId) -> Result<(), String> {
        self.say("clears", node);
        let before = self.nodes[node].store.rows();
        self.nodes[node].store.clear(target);
        let after = self.nodes[node].store.rows();
        let known = self.nodes[SERVER].store.known();
        let sites = self.nodes.iter().enumerate().map(|(i, n)| (n.agent, i));
        let known: Vec<_> = sites.filter(|(a, _)| known.contains(a) && !self.oracle.cloned.contains(a)).collect();
        let Node { agent, role, .. } = self.nodes[node];
        self.oracle.cleared((node, agent, role == Role::Router), &before, &after, &known)?;
        self.look(node)
    }

    pub fn crash(&mut self, node: usize) {
        self.say("ends", node);
        self.summary.faults += 1;
        self.nodes[node].crash(&mut self.network);
        self.promises.retain(|_, p| p.node != node && p.asked != Some(node));
        if self.nodes[node].role == Role::Router && self.random.below(3) == 0 {
            let chance = self.random.any();
            self.nodes[node].store.trim(chance);
        }
    }

    pub fn restart(&mut self, node: usize) {
        if self.nodes[node].core.is_none() {
            self.nodes[node].start();
        }
    }

    pub fn backup(&mut self, node: usize) {
        self.say("is backed up", node);
        let clock = self.nodes[node].store.epochs().last().map_or(0, |e| e.last.0);
        let copy = (self.nodes[node].store.backup(), self.oracle.timeline(node).clone(), clock);
        self.backups.insert(node, copy);
    }

    /// A backup is put back, or the database is made anew; or a device gets a twin.
    pub fn restore(&mut self, node: usize) -> Result<(), String> {
        let Node { agent, role, level, fault, .. } = self.nodes[node];
        let backup = self.backups.remove(&node);
        self.oracle.forked.insert(agent);
        if self.clones && role == Role::Device && self.nodes.len() < 9 {
            let Some((store, timeline, _)) = backup else { return Ok(()) };
            self.say("gets a twin", node);
            self.oracle.cloned.insert(agent);
            let mut twin = Node::new(role, agent, level, store, fault);
            twin.trace = self.trace;
            self.nodes.push(twin);
            self.rows.push(Vec::new());
            *self.oracle.timeline(self.nodes.len() - 1) = timeline;
            // It stands where the other one stood, perhaps in the middle of a reconcile.
            if let Some(paged) = self.oracle.paged.get(&node).copied() {
                self.oracle.paged.insert(self.nodes.len() - 1, paged);
            }
            return self.look(self.nodes.len() - 1);
        }
        self.say(if backup.is_some() { "is restored" } else { "is made anew" }, node);
        self.crash(node);
        self.promises.retain(|_, p| p.node != node && node != SERVER);
        let (store, timeline) = match backup {
            Some((store, timeline, clock)) => (store, Timeline { fork: timeline.fork.max(clock), ..timeline }),
            None => ((self.make)(role, agent, self.random.any()), Timeline::default()),
        };
        self.nodes[node].store = store;
        *self.oracle.timeline(node) = timeline;
        self.rows[node] = Vec::new();
        if node == SERVER {
            self.oracle.confirmed.clear();
        }
        self.look(node)
    }

    /// A router stands nearer to, or farther from, the server.
    fn change_level(&mut self, node: usize) {
        if self.nodes[node].role != Role::Router {
            return;
        }
        let level = Level([5, 10, 20, 30][self.pick(4)]);
        self.say(&format!("has level {level}"), node);
        let all: Vec<AgentId> = self.nodes.iter().map(|n| n.agent).collect();
        self.oracle.moved.extend(all);
        self.nodes[node].set_level(level);
    }

    /// The server is to forget a device.
    fn leave(&mut self, node: usize) {
        let agent = self.nodes[node].agent;
        if self.nodes[node].role != Role::Device || self.nodes[SERVER].core.is_none() || self.oracle.cloned.contains(&agent) {
            return;
        }
        // Who is connected directly cannot be forgotten.
        if self.nodes[SERVER].ends.values().any(|e| e.peer.is_some_and(|p| p.agent == agent)) {
            return;
        }
        self.say("is to be forgotten", node);
        self.nodes[SERVER].forget(self.now, agent, &mut self.network);
    }

    /// The server has forgotten an agent, with the rows for it alone.
    pub fn forgotten(&mut self, agent: AgentId, before: &[Held]) {
        let ts = self.nodes[SERVER].store.epochs().last().map_or(0, |e| e.last.0);
        let after = self.nodes[SERVER].store.rows();
        let gone = before.iter().filter(|r| !after.iter().any(|a| a.content.serial == r.content.serial));
        let ops: Vec<Op> = gone.map(|r| Op::Delete { class: r.class, serial: r.content.serial }).collect();
        self.oracle.committed(SERVER, AgentId::SERVER, &ops, ts, before);
        self.oracle.left(SERVER, agent, ts);
    }
}
