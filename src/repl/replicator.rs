//! The replication core of one node.

use super::asks::Asks;
use super::claims::Agent;
use super::env::{Closing, Env, Part};
use super::line::Line;
use super::link::Link;
use super::parents::Parents;
use super::{Config, Input, Output, Peer};
use crate::base::{AgentId, Code, Group, Level, LinkId, Millis, Role};
use crate::wire::Message;
use std::collections::{BTreeMap, BTreeSet};

/// All links, agents and syncs of one node. Not thread safe by itself; the driver owns it.
#[derive(Debug)]
pub struct Replicator {
    pub(super) env: Env,
    pub(super) links: BTreeMap<LinkId, Link>,
    pub(super) by_agent: BTreeMap<AgentId, LinkId>,
    pub(super) parents: Parents,
    /// Known below, attached or not.
    pub(super) agents: BTreeMap<AgentId, Agent>,
    /// Those of them that nobody claims.
    pub(super) gone: BTreeSet<AgentId>,
    /// Pulls of nodes above, and of nodes below. Who was asked above answers from there, also when it is above no longer.
    pub(super) asks_above: Asks,
    pub(super) asks_below: Asks,
    pub(super) stopped: bool,
    timers: BTreeSet<(Millis, Part)>,
    timer_of: BTreeMap<Part, Millis>,
    wish: Option<Millis>,
}

impl Replicator {
    /// A replicator without links.
    pub fn new(config: Config) -> Self {
        Replicator {
            env: Env::new(config),
            links: BTreeMap::new(),
            by_agent: BTreeMap::new(),
            parents: Parents::new(),
            agents: BTreeMap::new(),
            gone: BTreeSet::new(),
            asks_above: Asks::default(),
            asks_below: Asks::default(),
            stopped: false,
            timers: BTreeSet::new(),
            timer_of: BTreeMap::new(),
            wish: None,
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.env.config
    }

    /// Takes in what happened at `now`. `now` never goes back. Afterwards call [`Replicator::poll`] until it gives nothing.
    pub fn handle(&mut self, now: Millis, input: Input) {
        self.env.now = self.env.now.max(now);
        match input {
            Input::PeerUp { link, peer } => self.peer_up(link, peer),
            Input::PeerDown { link, code } => self.drop_link(link, code),
            Input::Message { link, message } => self.hear(link, message),
            Input::Arriving { link } => {
                if let Some(peer) = self.links.get_mut(&link) {
                    peer.sign(self.env.now);
                    self.env.touch(Part::Link(link));
                }
            }
            Input::Sync { sync, target, flags } => self.sync(sync, target, flags),
            Input::CancelSync { sync, code } => {
                if self.env.tasks.cancel(sync) {
                    self.env.emit(Output::SyncDone { sync, code });
                }
            }
            Input::JobDone { job, result } => self.job_done(job, result),
            Input::SetLevel(level) => self.set_level(level),
            Input::Groups(groups) => self.use_groups(&groups),
            Input::Forget(agent) => self.forget_agent(agent),
            Input::Tick => self.tick(),
            Input::Stop => self.stop(),
        }
        self.settle();
        self.ask_for_tick();
    }

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Output> {
        self.env.outputs.pop_front()
    }

    /// Links whose handshake is complete, with the peer behind each.
    pub fn peers(&self) -> impl Iterator<Item = (LinkId, Peer)> + '_ {
        self.links.iter().map(|(link, l)| (*link, l.peer))
    }

    /// Bytes of batches held for the peer of a link, and from it. Each is at most the window of the link, or one larger batch.
    pub fn held(&self, link: LinkId) -> (usize, usize) {
        self.env.lines.get(&link).map_or((0, 0), Line::held)
    }

    /// Ends a link.
    pub(super) fn close(&mut self, link: LinkId, closing: Closing) {
        if !self.links.contains_key(&link) {
            return;
        }
        let Closing { code, text } = closing;
        self.env.emit(Output::Close { link, code, text });
        self.drop_link(link, code);
    }

    /// The link of a neighbour below that is not kept in reserve.
    pub(super) fn child(&self, agent: AgentId) -> Option<&Link> {
        let link = self.links.get(self.by_agent.get(&agent)?)?;
        (link.peer.level > self.env.config.level && !link.standby).then_some(link)
    }

    /// The agent below, known from now on. `None`: there are too many.
    pub(super) fn know(&mut self, id: AgentId, parent: AgentId) -> Option<&mut Agent> {
        if !self.agents.contains_key(&id) {
            if self.agents.len() >= self.env.config.max_links {
                let forgotten = self.gone.iter().find(|gone| !self.by_agent.contains_key(gone)).copied()?;
                self.gone.remove(&forgotten);
                self.agents.remove(&forgotten);
            }
            self.agents.insert(id, Agent::new(id, parent));
            self.gone.insert(id);
        }
        self.agents.get_mut(&id)
    }

    fn peer_up(&mut self, link: LinkId, peer: Peer) {
        if self.stopped {
            return self.refuse(link, Code::E_IOT_STOPPED, "this node's replicator is stopped".into());
        }
        if peer.agent == self.env.config.agent {
            let text = format!("the peer has this node's own agent id {}; give each node its own", peer.agent);
            return self.refuse(link, Code::E_IOT_WRONG_AGENT_ID, text);
        }
        if peer.level == self.env.config.level {
            let text = format!("agent {} has this node's own level {}", peer.agent, peer.level);
            return self.refuse(link, Code::E_IOT_INCOMPATIBLE_LEVEL, text);
        }
        if let Some(&older) = self.by_agent.get(&peer.agent) {
            let text = format!("agent {} has connected again; the new connection replaces this one", peer.agent);
            self.close(older, Closing { code: Code::E_IOT_WRONG_AGENT_ID, text });
        }
        let below = peer.level > self.env.config.level;
        let own = self.env.config.agent;
        if self.links.len() >= self.env.config.max_links || below && self.know(peer.agent, own).is_none() {
            let text = format!("this node serves at most {} peers at one time", self.env.config.max_links);
            return self.refuse(link, Code::E_IOT_TOO_MANY_CONTEXTS, text);
        }
        self.by_agent.insert(peer.agent, link);
        self.links.insert(link, Link::new(link, peer));
        self.env.lines.insert(link, Line::new(self.env.config.link_window_bytes));
        self.env.touch(Part::Link(link));
        if below {
            return;
        }
        if self.parents.add(link, peer, &mut self.env) {
            self.tell_path();
        } else {
            self.env.emit(Output::Send { link, message: Message::Standby });
        }
    }

    fn refuse(&mut self, link: LinkId, code: Code, text: String) {
        self.env.emit(Output::Close { link, code, text });
    }

    fn drop_link(&mut self, id: LinkId, code: Code) {
        let Some(link) = self.links.remove(&id) else { return };
        let peer = link.peer;
        self.env.lines.remove(&id);
        self.set_timer(Part::Link(id), None);
        self.by_agent.remove(&peer.agent);
        if self.parents.at(id).is_some() || self.parents.standby.contains(&id) {
            return self.parent_lost(id, code);
        }
        let lost: Vec<AgentId> = match peer.role {
            Role::Router => self.agents.values().filter(|a| a.attachment_over(id).is_some()).map(|a| a.id).collect(),
            Role::Device | Role::Server => vec![peer.agent],
        };
        lost.into_iter().for_each(|agent| self.unclaim(agent, id, code));
        if self.gone.contains(&peer.agent) {
            self.give_up_on(peer.agent, code);
        }
    }

    fn set_level(&mut self, level: Level) {
        let old = std::mem::replace(&mut self.env.config.level, level);
        let turned = |peer: &Peer| peer.level == level || (peer.level < old) != (peer.level < level);
        let links: Vec<LinkId> = self.links.iter().filter(|(_, l)| turned(&l.peer)).map(|(link, _)| *link).collect();
        for link in links {
            let text = format!("this node has level {level} from now on, which turns the connection round");
            self.env.close(link, Closing { code: Code::E_IOT_INCOMPATIBLE_LEVEL, text });
        }
        // The parent has to know it: it is the one that sees whether the order of the link still holds.
        if let Some(parent) = self.parents.active.as_mut().filter(|_| level != old) {
            parent.renew();
            self.env.touch(Part::Up);
        }
    }

    fn use_groups(&mut self, groups: &[Group]) {
        if let Some(parent) = &mut self.parents.active {
            parent.add_groups(groups, &mut self.env);
        }
        if self.env.config.role == Role::Server {
            for agent in self.agents.values_mut() {
                groups.iter().for_each(|group| agent.add_group(*group, &mut self.env));
            }
        }
    }

    /// Who is attached all the same has to be announced anew: the nodes on the way to it do not know that it was forgotten.
    fn forget_agent(&mut self, id: AgentId) {
        self.give_up_passed(id, true);
        while let Some((link, _)) = self.agents.get(&id).and_then(Agent::current) {
            self.unclaim(id, link, Code::E_IOT_AGENT_NOT_FOUND);
            if let Some(link) = self.links.get(&link) {
                link.route().send(Message::Renew(id), &mut self.env);
            }
        }
        if !self.by_agent.contains_key(&id) && self.agents.remove(&id).is_some() {
            self.gone.remove(&id);
            self.set_timer(Part::Agent(id), None);
        }
    }

    fn tick(&mut self) {
        let later = self.timers.split_off(&(self.env.now.after(Millis(1)), Part::Link(LinkId(0))));
        for (_, part) in std::mem::replace(&mut self.timers, later) {
            self.timer_of.remove(&part);
            let now = self.env.now;
            match part {
                Part::Link(link) => {
                    if let Some(link) = self.links.get_mut(&link) {
                        link.tick(&mut self.env);
                    }
                }
                Part::Agent(agent) => {
                    if let Some(agent) = self.agents.get_mut(&agent) {
                        agent.tick(now);
                    }
                }
                Part::Up => {
                    if let Some(parent) = &mut self.parents.active {
                        parent.tick(now);
                    }
                }
            }
            self.env.touch(part);
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
        for sync in self.env.tasks.take_syncs() {
            self.env.outputs.push_back(Output::SyncDone { sync, code: Code::E_IOT_STOPPED });
        }
        let links: Vec<LinkId> = self.links.keys().rev().copied().collect();
        for link in links {
            self.close(link, Closing { code: Code::E_IOT_STOPPED, text: "this node's replicator has stopped".into() });
        }
    }

    /// Whatever follows from what has happened.
    fn settle(&mut self) {
        loop {
            if let Some((link, closing)) = self.env.closing.pop_front() {
                self.close(link, closing);
            } else if let Some(part) = self.env.touched.pop_first() {
                let timer = self.advance(part);
                self.set_timer(part, timer);
            } else {
                return;
            }
        }
    }

    /// Lets a part begin what it can; gives when it has to be looked at next.
    fn advance(&mut self, part: Part) -> Option<Millis> {
        match part {
            Part::Up => {
                let parent = self.parents.active.as_mut()?;
                parent.advance(&mut self.env);
                parent.wake_at()
            }
            Part::Agent(id) => {
                let agent = self.agents.get_mut(&id)?;
                agent.advance(&mut self.env);
                agent.wake_at()
            }
            Part::Link(id) => {
                let owes_welcome = self.parents.at(id).is_some_and(|parent| parent.owes());
                let link = self.links.get_mut(&id)?;
                let below = link.peer.level > self.env.config.level;
                let asks = if below { &self.asks_below } else { &self.asks_above };
                link.advance(asks, owes_welcome, &mut self.env);
                link.wake_at()
            }
        }
    }

    fn set_timer(&mut self, part: Part, at: Option<Millis>) {
        let old = match at {
            Some(at) => self.timer_of.insert(part, at),
            None => self.timer_of.remove(&part),
        };
        if old == at {
            return;
        }
        if let Some(old) = old {
            self.timers.remove(&(old, part));
        }
        self.timers.extend(at.map(|at| (at, part)));
    }

    fn ask_for_tick(&mut self) {
        let next = self.timers.first().map(|(at, _)| *at);
        if next != self.wish {
            self.wish = next;
            if let Some(at) = next {
                self.env.emit(Output::WakeAt(at));
            }
        }
    }
}
