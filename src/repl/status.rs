//! How far each stream is, and why it does not go on: read from the states that drive the work, so that it cannot lie.

use super::channel::Channel;
use super::env::Env;
use super::replicator::Replicator;
use super::sender::{Sender, TOO_LARGE};
use crate::base::{AgentId, Code, Group, LinkId, Millis, Position, Way};

/// One stream from this node: up to its parent, or down to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The parent, a neighbour, or an agent behind one.
    pub agent: AgentId,
    /// The link that leads to it, if it is reached.
    pub link: Option<LinkId>,
    /// Its attachment over that link; of an agent below.
    pub attachment: Option<u64>,
    /// Which way the rows go.
    pub way: Way,
    /// The priority group.
    pub group: Group,
    /// Bytes sent and not acknowledged by the next node.
    pub in_flight: usize,
    /// Up to here the next node has everything; in a reconcile the number of the page, epoch 0.
    pub acknowledged: Position,
    /// Up to here the final node has everything: the server, as it has confirmed; an agent below, as it has acknowledged.
    pub confirmed: Position,
    /// Somebody wants rows to go.
    pub wanted: bool,
    /// What it waits for.
    pub waits: Waits,
}

/// Why a stream does not go on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Nothing is wanted.
    Nothing,
    /// There is no link to any node above.
    NotConnected,
    /// No link leads to the agent.
    NoRoute,
    /// The link is kept in reserve.
    Standby,
    /// The agent, or this node, is being announced and taken in.
    Attaching,
    /// The database is being read.
    Reading,
    /// As much is on its way as may be; the next node has to acknowledge.
    WindowFull,
    /// Everything is sent; the next node has not acknowledged it.
    Unacknowledged,
    /// The next node has no room before this moment.
    ReceiverFull(Millis),
    /// What comes next can never have room at the next node, unless that is changed; it is tried again at this moment.
    TooLarge(Millis),
    /// The database fails; the next try is at this moment.
    StorageFailing(Millis),
    /// Not a stream of this node, but what a node below sends or says of itself: this node does not take it now.
    Refused(Code),
    /// The acknowledgment is being saved.
    Saving,
    /// Rows of a class that the receiver does not know.
    Held(Code),
    /// Somebody waits until the final node has acknowledged.
    FinalNode,
    /// A higher group goes first, or other agents on the same link.
    Turn,
}

impl Replicator {
    /// Every stream of every node that is known: the parent, links in reserve, agents below. One that has no streams (yet) is told once,
    /// with the usual group. Then streams of nodes below that are not taken here now.
    pub fn status(&self) -> Vec<Status> {
        let mut all = Vec::new();
        match &self.parents.active {
            None if self.env.config.level != crate::base::Level::SERVER => {
                all.push(closed(AgentId::SERVER, None, None, Way::Up, Waits::NotConnected));
            }
            None => {}
            Some(parent) if !parent.channel.is_open() => {
                all.push(closed(parent.peer.agent, Some(parent.link), None, Way::Up, Waits::Attaching));
            }
            Some(parent) => open(&mut all, parent.peer.agent, None, Way::Up, &parent.channel, &self.env),
        }
        for link in &self.parents.standby {
            if let Some(peer) = self.links.get(link).map(|l| l.peer) {
                all.push(closed(peer.agent, Some(*link), None, Way::Up, Waits::Standby));
            }
        }
        for agent in self.agents.values() {
            let (link, attachment) = agent.current().unzip();
            if agent.channel.is_open() {
                open(&mut all, agent.id, attachment, Way::Down, &agent.channel, &self.env);
                continue;
            }
            let direct = self.by_agent.get(&agent.id).copied();
            let waits = match (link, direct) {
                (None, None) => Waits::NoRoute,
                (None, Some(_)) if self.child(agent.id).is_none() => Waits::Standby,
                _ => Waits::Attaching,
            };
            all.push(closed(agent.id, link.or(direct), attachment, Way::Down, waits));
            all.extend(agent.refused().map(|code| closed(agent.id, link, attachment, Way::Up, Waits::Refused(code))));
        }
        for (id, link) in &self.links {
            all.extend(link.refused().map(|(stream, code)| {
                let status = closed(stream.agent, Some(*id), None, Way::Up, Waits::Refused(code));
                Status { group: stream.group, acknowledged: link.mark(stream), ..status }
            }));
        }
        all
    }
}

fn closed(agent: AgentId, link: Option<LinkId>, attachment: Option<u64>, way: Way, waits: Waits) -> Status {
    let (acknowledged, confirmed) = Default::default();
    Status { agent, link, attachment, way, group: Group::USUAL, in_flight: 0, acknowledged, confirmed, wanted: false, waits }
}

fn open(all: &mut Vec<Status>, agent: AgentId, attachment: Option<u64>, way: Way, channel: &Channel, env: &Env) {
    let link = channel.route().map(|route| route.link);
    let before = all.len();
    for (group, sender) in channel.senders() {
        all.push(Status {
            agent,
            link,
            attachment,
            way,
            group,
            in_flight: sender.in_flight(),
            acknowledged: sender.acknowledged(),
            confirmed: sender.deep(),
            wanted: sender.is_wanted(),
            waits: waits(sender, env),
        });
    }
    if all.len() == before {
        all.push(closed(agent, link, attachment, way, Waits::Nothing));
    }
}

fn waits(sender: &Sender, env: &Env) -> Waits {
    if let Some(at) = sender.saving_fails() {
        return Waits::StorageFailing(at);
    }
    if let Some((at, refused)) = sender.pause() {
        return match refused {
            Some(TOO_LARGE) => Waits::TooLarge(at),
            Some(_) => Waits::ReceiverFull(at),
            None => Waits::StorageFailing(at),
        };
    }
    if sender.is_reading() {
        return Waits::Reading;
    }
    if sender.is_ready() || sender.is_wanted() {
        return if sender.is_full(env) { Waits::WindowFull } else { Waits::Turn };
    }
    if sender.in_flight() > 0 {
        return Waits::Unacknowledged;
    }
    if sender.has_unsaved() {
        return Waits::Saving;
    }
    if sender.held() != Code::S_OK {
        return Waits::Held(sender.held());
    }
    if sender.waits_for_final_node() { Waits::FinalNode } else { Waits::Nothing }
}
