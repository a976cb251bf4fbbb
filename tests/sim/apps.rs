//! What the applications of a world do, and what happens to its processes and databases.

use crate::oracle::Timeline;
use crate::store::{Content, DOWN, Op, UP};
use crate::world::{PAD_MAX, SERVER, World};
use mcoiot::base::{AgentId, Role};
use mcoiot::repl::{Input, SYNC_CHILDS, SYNC_DEEP_ACK, SYNC_NONBLOCK, SYNC_PULL, SYNC_PUSH, SYNC_RESEND, SYNC_WAIT, SyncId};

impl World {
    pub fn content(&mut self, serial: Option<u64>) -> Content {
        self.writes += 1;
        if serial.is_none() {
            self.serials += 1;
        }
        Content { serial: serial.unwrap_or(self.serials), write: self.writes, pad: self.random.below(PAD_MAX) as usize }
    }

    fn receiver(&mut self) -> AgentId {
        match self.random.below(3) {
            0 => AgentId::ALL,
            _ => self.nodes[1 + self.random.below(self.nodes.len() as u64 - 1) as usize].agent,
        }
    }

    /// A transaction of a few changes, each of another row.
    pub fn commit(&mut self, node: usize) {
        if self.nodes[node].core.is_none() {
            return;
        }
        let agent = self.nodes[node].agent;
        let mine = if node == SERVER { DOWN } else { UP };
        let rows = self.rows[node].clone();
        let mut ops = Vec::new();
        let mut touched = Vec::new();
        for _ in 0..1 + self.random.below(4) {
            let receiver = if node == SERVER { self.receiver() } else { agent };
            let pick = (!rows.is_empty()).then(|| rows[self.random.below(rows.len() as u64) as usize]);
            let dice = self.random.below(10);
            let op = match pick.filter(|row| !touched.contains(&row.content.serial)) {
                Some(row) if row.class != mine && dice < 3 => Op::Delete { class: row.class, serial: row.content.serial },
                Some(row) if row.class == mine && dice < 1 => Op::Delete { class: row.class, serial: row.content.serial },
                Some(row) if row.class == mine && dice < 5 => {
                    let receiver = if self.random.below(2) == 0 { row.agent } else { receiver };
                    let receiver = if node == SERVER { receiver } else { agent };
                    Op::Update { class: mine, content: self.content(Some(row.content.serial)), agent: receiver }
                }
                _ => Op::Insert { class: mine, content: self.content(None), agent: receiver },
            };
            if let Op::Delete { serial, .. } | Op::Update { content: Content { serial, .. }, .. } = op {
                touched.push(serial);
            }
            ops.push(op);
        }
        self.commit_ops(node, &ops);
    }

    pub fn commit_ops(&mut self, node: usize, ops: &[Op]) {
        let rows = self.nodes[node].store.rows();
        let ts = self.nodes[node].store.commit(ops);
        if self.nodes[node].trace {
            eprintln!("agent {} commits {ops:?} as {ts}", self.nodes[node].agent);
        }
        self.oracle.committed(self.nodes[node].agent, ops, ts.0, &rows);
        self.look(node);
    }

    /// `n` new rows of a device, in one transaction.
    pub fn insert(&mut self, node: usize, n: usize) {
        let agent = self.nodes[node].agent;
        let ops: Vec<Op> = (0..n).map(|_| Op::Insert { class: UP, content: self.content(None), agent }).collect();
        self.commit_ops(node, &ops);
    }

    pub fn sync(&mut self, node: usize) {
        let direction = [SYNC_PUSH, SYNC_PULL, SYNC_PUSH | SYNC_PULL][self.random.below(3) as usize];
        let mode = [0, SYNC_WAIT, SYNC_WAIT, SYNC_NONBLOCK][self.random.below(4) as usize];
        let extra = [0, 0, SYNC_RESEND, SYNC_RESEND, SYNC_DEEP_ACK, SYNC_CHILDS][self.random.below(6) as usize];
        let groups = [AgentId::ALL, AgentId::ALL_DOWN, AgentId::ALL_UP];
        let target = match (self.random.below(5), node) {
            (0, _) => groups[self.random.below(3) as usize],
            (_, SERVER) => self.nodes[1 + self.random.below(self.nodes.len() as u64 - 1) as usize].agent,
            _ => AgentId::SERVER,
        };
        self.start_sync(node, target, direction | mode | extra);
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

    pub fn clear(&mut self, node: usize) -> Result<(), String> {
        let target = match (self.random.below(3), node) {
            (_, SERVER) if self.random.below(2) == 0 => AgentId::ALL,
            (_, SERVER) => self.receiver(),
            _ => AgentId::SERVER,
        };
        let before = self.nodes[node].store.rows();
        self.nodes[node].store.clear(target);
        self.look(node);
        let known: Vec<AgentId> = self.nodes[SERVER].store.peers().into_keys().collect();
        let agent = self.nodes[node].agent;
        self.oracle.cleared(agent, &before, &self.rows[node], &self.rows[SERVER], &known)
    }

    pub fn crash(&mut self, node: usize) {
        self.summary.faults += 1;
        if self.nodes[node].trace {
            eprintln!("agent {} ends", self.nodes[node].agent);
        }
        self.nodes[node].crash(&mut self.network);
        self.look(node);
    }

    pub fn restart(&mut self, node: usize) {
        if self.nodes[node].core.is_none() {
            self.nodes[node].start();
        }
    }

    pub fn backup(&mut self, node: usize) {
        let agent = self.nodes[node].agent;
        let copy = (self.nodes[node].store.backup(), self.oracle.timeline(agent).clone());
        self.backups.insert(node, copy);
    }

    /// A device's backup is put back, or its database is made anew.
    pub fn restore(&mut self, node: usize) {
        if node == SERVER {
            return;
        }
        self.crash(node);
        self.forget_promises(node);
        let agent = self.nodes[node].agent;
        let (store, timeline) = match self.backups.remove(&node) {
            Some(backup) => backup,
            None => ((self.make)(Role::Device, agent, self.random.any()), Timeline::default()),
        };
        self.nodes[node].store = store;
        *self.oracle.timeline(agent) = timeline;
        self.look(node);
    }
}
