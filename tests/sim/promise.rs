//! What users are told has to be true at that moment: ends of waiting syncs, and acknowledgments.

use crate::node::Told;
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Group, Marks, Position, Role, Way};
use mcoiot::repl::{Job, JobResult, SYNC_DEEP_ACK, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};

/// A waiting sync with a node above that has not ended.
pub struct Promise {
    pub node: usize,
    /// Up to where the rows of the node have to have arrived: at a parent, or at the server.
    up: Option<u64>,
    is_deep: bool,
    /// Up to where those of the server have to be here.
    down: Option<u64>,
    /// A router that was asked for what it holds, and up to where that has to be here.
    pub asked: Option<usize>,
    held: Marks,
}

impl World {
    /// A sync begins.
    pub fn promise(&mut self, sync: u64, node: usize, target: AgentId, flags: u32) {
        let is_above = target == AgentId::SERVER || self.nodes[node].path().contains(&target);
        if node == SERVER || !is_above || flags & SYNC_WAIT == 0 {
            return;
        }
        let pulls = flags & SYNC_PULL != 0 && self.nodes[node].role == Role::Device;
        let up = (flags & SYNC_PUSH != 0).then(|| self.oracle.timeline(node).last());
        let serves = pulls && target == AgentId::SERVER && self.nodes[SERVER].core.is_some();
        let down = serves.then(|| self.oracle.timeline(SERVER).last());
        let asked = self.nodes.iter().position(|n| pulls && n.agent == target && n.role == Role::Router && n.core.is_some());
        let held = asked.map(|router| self.held(router, self.nodes[node].agent)).unwrap_or_default();
        self.promises.insert(sync, Promise { node, up, is_deep: flags & SYNC_DEEP_ACK != 0, down, asked, held });
    }

    /// Up to where a router has what goes down to an agent; nothing while its core has not heard of all that its database has done.
    fn held(&mut self, router: usize, agent: AgentId) -> Marks {
        if !self.nodes[router].answers.is_empty() {
            return Marks::default();
        }
        match self.nodes[router].store.run(&Job::Describe { agent }) {
            JobResult::Described(Some(announce)) => announce.down.iter().map(|down| (down.group, down.from)).collect(),
            _ => Marks::default(),
        }
    }

    pub fn check_told(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            for told in std::mem::take(&mut self.nodes[node].told) {
                match told {
                    Told::Acked { agent, way: Way::Down, ack, .. }
                        if ack.flags & SYNC_DEEP_ACK != 0 && ack.position.epoch.0 != 0 =>
                    {
                        self.oracle.believed(agent, agent, Way::Down, ack.group, ack.position)?;
                    }
                    Told::Acked { marks, .. } => drop(marks),
                    Told::Done { sync, code } => {
                        let Some(promise) = self.promises.remove(&sync).filter(|_| !code.is_error()) else { continue };
                        self.keep(&promise)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, promise: &Promise) -> Result<(), String> {
        let agent = self.nodes[promise.node].agent;
        if self.oracle.forked.contains(&agent) || self.oracle.forked.contains(&AgentId::SERVER) {
            return Ok(());
        }
        if let Some(ts) = promise.up {
            // What was cleared may be lost with a router while a sync waits for it: the server is told of that.
            let gaps = self.nodes[SERVER].store.gaps();
            let told: Vec<_> = gaps.iter().filter(|g| g.agent == agent).map(|g| (g.first.0, g.last.0)).collect();
            self.oracle.promised_up(promise.node, agent, ts, promise.is_deep, &told)?;
        }
        if let Some(ts) = promise.down {
            self.oracle.promised_down(promise.node, agent, ts, &self.rows[promise.node])?;
        }
        let marks = self.nodes[promise.node].store.down_marks();
        let behind = |(group, held): &(Group, Position)| marks.get(*group).ts < held.ts;
        if let Some((group, held)) = promise.held.iter().find(behind) {
            return Err(format!("a user of {agent} was told that it has {held:?} of group {group:?}, but it has {marks:?}"));
        }
        self.kept_promises += 1;
        Ok(())
    }
}
