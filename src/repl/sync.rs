//! A user's sync: to whom it goes, and what of it can begin.

use super::env::{Closing, Part, violation};
use super::flags::{SYNC_ALL, SYNC_CHILDS, SYNC_NONBLOCK, SYNC_PULL, SYNC_PUSH, SYNC_WAIT};
use super::path::Early;
use super::push::Origin;
use super::replicator::Replicator;
use super::task::{Asker, Outcome, TaskId};
use super::{Config, Output, SyncId};
use crate::base::{AgentId, Code, Group, Marks, Role, Stream, Way};
use crate::wire::PullEnd;
use std::collections::{BTreeMap, BTreeSet};

/// What a sync is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Agent(AgentId),
    All,
    Up,
    Down,
}

/// Refuses what no network could make right.
pub(super) fn check(config: &Config, agent: AgentId, flags: u32) -> Result<Target, Code> {
    let has = |bits| flags & bits != 0;
    let target = match agent {
        AgentId::ALL => Target::All,
        AgentId::ALL_UP => Target::Up,
        AgentId::ALL_DOWN => Target::Down,
        other => Target::Agent(other),
    };
    let group = !matches!(target, Target::Agent(_));
    if has(!SYNC_ALL) || !has(SYNC_PUSH | SYNC_PULL) || has(SYNC_WAIT) && (has(SYNC_NONBLOCK) || group) {
        return Err(Code::E_ILLEGAL_PARAM);
    }
    if !group && (!agent.is_node() || agent == config.agent) {
        return Err(Code::E_IOT_WRONG_AGENT_ID);
    }
    Ok(target)
}

/// One node that a sync goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// This one above, over the active parent.
    Above(AgentId),
    /// This one below.
    Below(AgentId),
    /// Known below, and not attached.
    Missing,
}

impl Replicator {
    /// A user's sync.
    pub(super) fn sync(&mut self, sync: SyncId, target: AgentId, flags: u32) {
        let nodes = if self.stopped {
            Err(Code::E_IOT_STOPPED)
        } else if self.env.tasks.syncs() >= self.env.config.max_syncs {
            Err(Code::E_NOMEM)
        } else {
            check(&self.env.config, target, flags).and_then(|target| self.nodes(target, flags & SYNC_CHILDS != 0))
        };
        match nodes {
            Ok(nodes) => {
                let task = self.env.tasks.open(Asker::Sync(sync), 1);
                self.sync_with(nodes, task, flags);
            }
            Err(Code::E_IOT_AGENT_NOT_FOUND) if self.may_be_above(target) && flags & SYNC_NONBLOCK == 0 => {
                let task = self.env.tasks.open(Asker::Sync(sync), 1);
                self.wait_for_path(Early { task, target, flags });
            }
            Err(code) => self.env.emit(Output::SyncDone { sync, code }),
        }
    }

    /// The part of a task that is left begins, with these nodes.
    pub(super) fn sync_with(&mut self, nodes: Vec<Node>, task: TaskId, flags: u32) {
        let directions = usize::from(flags & SYNC_PUSH != 0) + usize::from(flags & SYNC_PULL != 0);
        self.env.tasks.split(task, nodes.len() * directions);
        for node in nodes {
            if flags & SYNC_PUSH != 0 {
                self.push_to(node, task, flags);
            }
            if flags & SYNC_PULL != 0 {
                self.pull_from(node, task, flags);
            }
        }
    }

    /// A node above has answered a pull; that is complete when what belongs to it is here.
    pub(super) fn answered_above(&mut self, end: PullEnd) -> Result<(), Closing> {
        let (target, seq) = (end.target, end.seq);
        let asked = match self.parents.active.as_ref().filter(|parent| parent.owes_welcome()) {
            Some(parent) => self.asks_above.ended_before(end, &parent.route(), &mut self.env),
            None => self.asks_above.ended(end),
        };
        if !asked {
            // The way to us is another one now, and over the former one that was asked.
            return if self.asks_above.gave_up(seq) { Ok(()) } else { not_open(target, seq) };
        }
        self.finish_above(target);
        Ok(())
    }

    /// The same of a node below.
    pub(super) fn answered_below(&mut self, end: PullEnd) -> Result<(), Closing> {
        let (target, seq) = (end.target, end.seq);
        if !self.asks_below.ended(end) {
            return if self.asks_below.gave_up(seq) { Ok(()) } else { not_open(target, seq) };
        }
        self.finish_below(target);
        Ok(())
    }

    /// Ends pulls of a node above of which everything is here, and asks once more if that was wanted.
    pub(super) fn finish_above(&mut self, target: AgentId) {
        let (agent, way) = (self.env.config.agent, Way::Down);
        let link = self.parents.active.as_ref().and_then(|parent| self.links.get(&parent.link));
        let have = link.map(|link| groups().map(|group| (group, link.mark(Stream { agent, way, group }))).collect());
        self.asks_above.finish(target, have.as_ref(), &mut self.env);
        self.ask_above(target);
    }

    /// The same of a node below.
    pub(super) fn finish_below(&mut self, target: AgentId) {
        let confirmed = self.agents.get(&target).filter(|_| self.env.config.role == Role::Server).map(|a| a.confirmed());
        let have: Option<Marks> = match self.child(target) {
            Some(link) => {
                let stream = |group| Stream { agent: target, way: Way::Up, group };
                // A child whose stream has not begun on this link had nothing to send: its answer would have come behind it.
                let begun = groups().filter(|group| link.has_begun(stream(*group)));
                Some(begun.map(|group| (group, link.mark(stream(group)))).collect())
            }
            None => confirmed.map(|marks| groups().map(|group| (group, marks.get(group))).collect()),
        };
        self.asks_below.finish(target, have.as_ref(), &mut self.env);
        self.ask_below(target);
    }

    /// Sends what a node above is to be asked, if there is a way to it.
    pub(super) fn ask_above(&mut self, target: AgentId) {
        if let Some(parent) = self.parents.active.as_ref().filter(|parent| parent.is_announced()) {
            self.asks_above.send(target, &parent.route(), &mut self.env);
            self.env.touch(Part::Link(parent.link));
        }
    }

    /// The same of a node below.
    pub(super) fn ask_below(&mut self, target: AgentId) {
        if let Some(route) = self.agents.get(&target).and_then(|agent| agent.route()) {
            self.asks_below.send(target, &route, &mut self.env);
            self.env.touch(Part::Link(route.link));
        }
    }

    fn push_to(&mut self, node: Node, task: TaskId, flags: u32) {
        let origin = Origin::sync(task, flags);
        match node {
            Node::Above(_) => {
                if let Some(parent) = &mut self.parents.active {
                    parent.push(origin, flags, &mut self.env);
                    self.env.touch(Part::Up);
                }
            }
            Node::Below(id) => {
                if let Some(agent) = self.agents.get_mut(&id) {
                    agent.channel.push(origin, flags, &mut self.env);
                    self.env.touch(Part::Agent(id));
                }
            }
            Node::Missing => self.env.part_done(task, Outcome::failed(Code::E_IOT_AGENT_NOT_FOUND)),
        }
    }

    fn pull_from(&mut self, node: Node, task: TaskId, flags: u32) {
        let waiter = Some(task).filter(|_| flags & SYNC_WAIT != 0);
        match node {
            Node::Above(target) => self.asks_above.pull(target, flags, waiter),
            Node::Below(target) => self.asks_below.pull(target, flags, waiter),
            Node::Missing => return self.env.part_done(task, Outcome::failed(Code::E_IOT_AGENT_NOT_FOUND)),
        }
        if waiter.is_none() {
            self.env.part_done(task, Outcome { moved: true, ..Outcome::nothing() });
        }
        match node {
            Node::Above(target) => self.ask_above(target),
            Node::Below(target) => self.ask_below(target),
            Node::Missing => {}
        }
    }

    /// The nodes that a target stands for; at least one.
    pub(super) fn nodes(&self, target: Target, children: bool) -> Result<Vec<Node>, Code> {
        let all_above = || self.parents.active.as_ref().map(|_| Node::Above(AgentId::SERVER));
        let all_below = || self.agents.keys().filter(|agent| self.is_attached(**agent)).map(|agent| Node::Below(*agent));
        let nodes: Vec<Node> = match target {
            Target::All => all_above().into_iter().chain(all_below()).collect(),
            Target::Up => all_above().into_iter().collect(),
            Target::Down => all_below().collect(),
            Target::Agent(agent) if self.is_above(agent) => vec![Node::Above(agent)],
            Target::Agent(agent) if children => self.subtree(agent),
            Target::Agent(agent) => self.is_attached(agent).then_some(Node::Below(agent)).into_iter().collect(),
        };
        if nodes.iter().all(|node| *node == Node::Missing) { Err(Code::E_IOT_AGENT_NOT_FOUND) } else { Ok(nodes) }
    }

    /// Whether rows can go to an agent below, now or when it has announced itself.
    pub(super) fn is_attached(&self, id: AgentId) -> bool {
        self.agents.get(&id).is_some_and(|agent| agent.is_claimed()) || self.child(id).is_some()
    }

    /// An agent and everything known below it.
    fn subtree(&self, top: AgentId) -> Vec<Node> {
        let mut children: BTreeMap<AgentId, Vec<AgentId>> = BTreeMap::new();
        for agent in self.agents.values() {
            children.entry(agent.parent).or_default().push(agent.id);
        }
        let mut found = BTreeSet::new();
        let mut open: Vec<AgentId> = self.agents.get(&top).map(|agent| agent.id).into_iter().collect();
        while let Some(agent) = open.pop() {
            if found.insert(agent) {
                open.extend(children.get(&agent).into_iter().flatten());
            }
        }
        found.into_iter().map(|agent| if self.is_attached(agent) { Node::Below(agent) } else { Node::Missing }).collect()
    }
}

fn groups() -> impl Iterator<Item = Group> {
    (0..Group::COUNT as u8).map(Group)
}

fn not_open(target: AgentId, seq: u64) -> Result<(), Closing> {
    violation(format!("agent {target} ends pull {seq}, which is not open"))
}
