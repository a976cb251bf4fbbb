//! What users are told has to be true at that moment: ends of waiting syncs, and acknowledgments.

use crate::node::Told;
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Role, Way};
use mcoiot::repl::{SYNC_DEEP_ACK, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};

/// A waiting sync with the server that has not ended.
pub struct Promise {
    pub node: usize,
    /// Up to where the rows of the node have to have arrived: at a parent, or at the server.
    up: Option<u64>,
    is_deep: bool,
    /// Up to where those of the server have to be here.
    down: Option<u64>,
}

impl World {
    /// A sync begins.
    pub fn promise(&mut self, sync: u64, node: usize, target: AgentId, flags: u32) {
        if node == SERVER || target != AgentId::SERVER || flags & SYNC_WAIT == 0 {
            return;
        }
        let up = (flags & SYNC_PUSH != 0).then(|| self.oracle.timeline(node).last());
        let is_running = self.nodes[SERVER].core.is_some() && self.nodes[node].role == Role::Device;
        let down = (flags & SYNC_PULL != 0 && is_running).then(|| self.oracle.timeline(SERVER).last());
        self.promises.insert(sync, Promise { node, up, is_deep: flags & SYNC_DEEP_ACK != 0, down });
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
            self.oracle.promised_up(promise.node, agent, ts, promise.is_deep)?;
        }
        if let Some(ts) = promise.down {
            self.oracle.promised_down(promise.node, agent, ts, &self.rows[promise.node])?;
        }
        self.kept_promises += 1;
        Ok(())
    }
}
