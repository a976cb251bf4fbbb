//! How an agent is spoken to: over which link, and whether it is the neighbour itself.

use super::Output;
use super::env::Env;
use crate::base::{AgentId, LinkId};
use crate::wire::{Message, Routed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub link: LinkId,
    /// The neighbour at the other end.
    pub peer: AgentId,
    /// The agent behind the neighbour and its attachment.
    pub far: Option<(AgentId, u64)>,
}

impl Route {
    /// To the neighbour.
    pub fn direct(link: LinkId, peer: AgentId) -> Self {
        Route { link, peer, far: None }
    }

    /// To `agent`, which is the neighbour or behind it.
    pub fn to(link: LinkId, peer: AgentId, agent: AgentId, attachment: u64) -> Self {
        Route { link, peer, far: (agent != peer).then_some((agent, attachment)) }
    }

    pub fn send(&self, message: Message, env: &mut Env) {
        let message = match self.far {
            None => message,
            Some((agent, attachment)) => Message::Routed(Routed { agent, attachment, message: Box::new(message) }),
        };
        if env.lines.contains_key(&self.link) {
            env.emit(Output::Send { link: self.link, message });
        }
    }
}
