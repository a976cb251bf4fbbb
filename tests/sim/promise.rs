//! What users are told has to be true at that moment: ends of waiting syncs, and acknowledgments.

use crate::node::Told;
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Position};
use mcoiot::repl::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};

/// A waiting sync of one device and the server that has not ended.
pub struct Promise {
    device: usize,
    /// Up to where the rows of the device, and those of the server, have to have arrived when it ends well.
    up: Option<u64>,
    down: Option<u64>,
}

impl World {
    /// A sync begins.
    pub fn promise(&mut self, sync: u64, node: usize, target: AgentId, flags: u32) {
        let Some(other) = self.nodes.iter().position(|n| n.agent == target).filter(|_| flags & SYNC_WAIT != 0) else { return };
        if node == SERVER && !self.nodes[other].is_up() {
            // The server may speak of a former life of the device, of whose end it has not heard.
            return;
        }
        let last = |world: &mut World, node: usize| {
            let agent = world.nodes[node].agent;
            world.oracle.timeline(agent).last()
        };
        let sent = (flags & SYNC_PUSH != 0).then(|| last(self, node));
        let come = (flags & SYNC_PULL != 0).then(|| last(self, other));
        let promise = if node == SERVER {
            Promise { device: other, up: come, down: sent }
        } else {
            Promise { device: node, up: sent, down: come }
        };
        self.promises.insert(sync, promise);
    }

    /// A device begins another life: what was said of the former one is no longer known.
    pub fn forget_promises(&mut self, device: usize) {
        self.promises.retain(|_, p| p.device != device);
    }

    pub fn check_told(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            for told in std::mem::take(&mut self.nodes[node].told) {
                match told {
                    Told::Acked { agent, position } => self.check_acked(node, agent, position)?,
                    Told::Done { sync, code } => {
                        let Some(promise) = self.promises.remove(&sync).filter(|_| !code.is_error()) else { continue };
                        let agent = self.nodes[promise.device].agent;
                        if let Some(ts) = promise.up {
                            self.oracle.promised_up(agent, ts, &self.rows[SERVER])?;
                        }
                        if let Some(ts) = promise.down {
                            self.oracle.promised_down(agent, ts, &self.rows[promise.device])?;
                        }
                        self.kept_promises += 1;
                    }
                }
            }
        }
        Ok(())
    }

    fn check_acked(&mut self, node: usize, agent: AgentId, position: Position) -> Result<(), String> {
        if node == SERVER {
            return self.oracle.acked(agent, position, None);
        }
        let (device, db) = (self.nodes[node].agent, self.nodes[node].store.db());
        let known = self.nodes[SERVER].store.peers();
        let received = known.get(&device).filter(|m| m.db == db).map_or_else(Position::default, |m| m.received);
        self.oracle.acked(agent, position, Some(received))
    }
}
