//! The path to the server: the routers above this node, told from hop to hop, so that a sync may name each of them.

use super::env::{Closing, violation};
use super::parents::{Parent, Parents};
use super::replicator::Replicator;
use super::sync::Target;
use super::task::{Outcome, TaskId};
use super::{Output, SYNC_CHILDS};
use crate::base::{AgentId, LinkId, Role};
use crate::wire::{MAX_PATH, Message, Pull};
use std::collections::BTreeSet;

/// A sync with a node that may be above: the parent has not said yet who is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Early {
    pub task: TaskId,
    pub target: AgentId,
    pub flags: u32,
}

impl Parent {
    /// Whether this node is reached over it, as far as is known.
    pub fn leads_to(&self, agent: AgentId) -> bool {
        agent == AgentId::SERVER || agent == self.peer.agent || self.path.contains(&agent)
    }
}

impl Parents {
    /// The routers above this node, nearest first. Of those too many to be told the farthest are left out.
    fn path(&self) -> Vec<AgentId> {
        let routers = self.active.iter().filter(|parent| parent.peer.role == Role::Router);
        routers.flat_map(|parent| std::iter::once(parent.peer.agent).chain(parent.path.iter().copied())).take(MAX_PATH).collect()
    }
}

impl Replicator {
    /// The routers above this node that a sync may name, nearest first; the server can be named as soon as there is any node above.
    pub fn path(&self) -> Vec<AgentId> {
        self.parents.path()
    }

    /// For tests of the bound.
    #[cfg(test)]
    pub fn early(&self) -> usize {
        self.parents.active.as_ref().and_then(|parent| parent.early.as_ref()).map_or(0, Vec::len)
    }

    /// Whether a node is above. One that is below, as it says itself, was above it once, and the word of that is late.
    pub(super) fn is_above(&self, agent: AgentId) -> bool {
        let Some(parent) = &self.parents.active else { return false };
        let further = parent.path.contains(&agent) && !self.is_attached(agent);
        agent == AgentId::SERVER || agent == parent.peer.agent || further
    }

    /// The parent says which routers are above it.
    pub(super) fn heard_path(&mut self, id: LinkId, path: Vec<AgentId>) -> Result<(), Closing> {
        let own = self.env.config.agent;
        let Some(parent) = self.parents.at(id) else { return Ok(()) };
        let peer = parent.peer;
        let is_router = |agent: &AgentId| agent.is_node() && *agent != AgentId::SERVER && *agent != peer.agent;
        let distinct = path.iter().collect::<BTreeSet<_>>().len() == path.len();
        if peer.role != Role::Router || !path.iter().all(is_router) || !distinct {
            return violation(format!("agent {} tells a path to the server that cannot be", peer.agent));
        }
        // Where this node itself stands in it, it was above the parent before its level changed: what is told from there on is no more.
        parent.path = path.into_iter().take_while(|agent| *agent != own).collect();
        let passed = parent.passed.iter().flat_map(|(asker, open)| open.iter().map(|(seq, target)| (*asker, *seq, *target)));
        let lost: Vec<_> = passed.filter(|(_, _, target)| !parent.leads_to(*target)).collect();
        for (asker, seq, target) in lost {
            if self.parents.at(id).is_some_and(|parent| parent.passed_back(asker, seq)) {
                self.not_passed(Pull { asker, target, seq, flags: 0 });
            }
        }
        self.tell_path();
        Ok(())
    }

    /// Neighbours below hear which routers are above, if that has changed.
    pub(super) fn tell_path(&mut self) {
        let below: Vec<LinkId> = self.links.iter().filter(|(_, link)| link.introduced).map(|(id, _)| *id).collect();
        below.into_iter().for_each(|link| self.tell_path_over(link));
    }

    /// A neighbour below that has announced itself hears which routers are above, if it was told something else.
    pub(super) fn tell_path_over(&mut self, id: LinkId) {
        let path = self.parents.path();
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.standby && link.path != path) else { return };
        link.path.clone_from(&path);
        self.env.emit(Output::Send { link: id, message: Message::Path(path) });
    }

    /// Whether a node that is not known may be found above, once the parent has said who is there.
    pub(super) fn may_be_above(&self, target: AgentId) -> bool {
        let awaited = self.parents.active.as_ref().is_some_and(|parent| parent.early.is_some());
        awaited && target.is_node() && !self.agents.contains_key(&target)
    }

    /// A sync waits until that is known.
    pub(super) fn wait_for_path(&mut self, sync: Early) {
        let Some(early) = self.parents.active.as_mut().and_then(|parent| parent.early.as_mut()) else { return };
        if early.len() >= self.env.config.max_syncs {
            early.retain(|early| self.env.tasks.is_open(early.task));
        }
        early.push(sync);
    }

    /// The parent has taken this node in, and so has said who is above: what has waited for that goes on.
    pub(super) fn place_early(&mut self) {
        let early = self.parents.active.as_mut().and_then(|parent| parent.early.take());
        for Early { task, target, flags } in early.into_iter().flatten() {
            if !self.env.tasks.is_open(task) {
                continue;
            }
            match self.nodes(Target::Agent(target), flags & SYNC_CHILDS != 0) {
                Ok(nodes) => self.sync_with(nodes, task, flags),
                Err(code) => self.env.part_done(task, Outcome::failed(code)),
            }
        }
    }
}
