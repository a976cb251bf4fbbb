//! What nodes above say, and what is said to them.

use super::claims::Agent;
use super::config::PASSED_MAX;
use super::env::{Closing, Part, violation};
use super::push::Origin;
use super::replicator::Replicator;
use super::route::Route;
use super::task::{Asker, Outcome};
use crate::base::{AgentId, Announce, Code, DownMark, Group, LinkId, Position, Stream, Way};
use crate::wire::{Mark, Message, Pull, PullEnd, Refuse, Routed, Withdraw};

impl Replicator {
    /// A message of the active parent.
    pub(super) fn hear_parent(&mut self, id: LinkId, message: Message) -> Result<(), Closing> {
        let own = self.env.config.agent;
        let Some(parent) = self.parents.at(id).filter(|p| p.is_announced()) else {
            return violation("the node above speaks of what it was not told yet");
        };
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        match message {
            Message::Welcome(received) if parent.owes_welcome() => {
                parent.welcomed(received);
                self.place_early();
                Ok(())
            }
            Message::Path(path) => self.heard_path(id, path),
            Message::Word(word) => {
                parent.word(word);
                Ok(())
            }
            Message::Renew(agent) if agent == own => {
                parent.renew();
                Ok(())
            }
            Message::Renew(agent) => {
                if self.agents.get(&agent).is_some_and(|a| a.route().is_some()) {
                    parent.announcer.want(agent);
                }
                Ok(())
            }
            Message::Batch(batch) => {
                if !parent.is_welcomed() {
                    return Ok(());
                }
                let stream = Stream { agent: own, way: Way::Down, group: batch.group };
                link.batch(stream, parent.route(), batch, &mut self.env)
            }
            Message::Ack(ack) => parent.channel.ack(ack, &mut self.env).map(|_| ()),
            Message::Pull(pull) if pull.target == own => self.serve_above(id, pull),
            Message::PullEnd(end) if end.asker == own => self.answered_above(end),
            Message::Routed(Routed { agent, attachment, message }) => self.hear_for(id, agent, attachment, *message),
            other => violation(format!("agent {} sends up what goes down: {}", link.peer.agent, name(&other))),
        }
    }

    /// A message of the active parent for an agent below.
    fn hear_for(&mut self, id: LinkId, far: AgentId, attachment: u64, message: Message) -> Result<(), Closing> {
        let (Some(parent), Some(link)) = (self.parents.at(id), self.links.get_mut(&id)) else { return Ok(()) };
        if let Message::Welcome(_) = message {
            return if parent.announcer.welcomed(far) {
                self.env.touch(Part::Up);
                Ok(())
            } else {
                violation(format!("agent {} welcomes agent {far}, which was not announced", link.peer.agent))
            };
        }
        if let Message::PullEnd(end) = message {
            // Whatever becomes of the streams meanwhile: who has asked waits for the answer. Unless it is that to an earlier question,
            // given up when the agent was announced anew.
            let Some(agent) = self.agents.get(&far).filter(|_| end.asker == far) else { return Ok(()) };
            let asked = parent.announcer.is_welcomed(far) && agent.pulls.iter().all(|pull| pull.seq != end.seq);
            if let Some(route) = agent.route().filter(|_| asked && parent.passed_back(far, end.seq)) {
                route.send(Message::PullEnd(end), &mut self.env);
            }
            return Ok(());
        }
        let welcomed = parent.announcer.is_welcomed(far);
        if let Message::Bye(Refuse { code, text }) = message {
            let agent = self.agents.get(&far).filter(|agent| welcomed && agent.announced == Some(attachment));
            if let Some((link, attachment)) = agent.and_then(Agent::current) {
                self.send_away(far, link, attachment, Closing { code, text });
            }
            return Ok(());
        }
        let agent = self.agents.get_mut(&far).filter(|a| welcomed && !a.deaf && a.announced == Some(attachment));
        // Who is gone, or here anew, has nothing to do with it.
        let Some(agent) = agent else { return Ok(()) };
        match message {
            Message::Batch(batch) => {
                let stream = Stream { agent: far, way: Way::Down, group: batch.group };
                let route = Route { far: Some((far, attachment)), ..parent.route() };
                link.batch(stream, route, batch, &mut self.env)
            }
            Message::Word(_) => {
                if let Some(route) = agent.route() {
                    route.send(message, &mut self.env);
                }
                Ok(())
            }
            Message::Pull(pull) if pull.target == far => {
                let Some(route) = agent.route() else {
                    let back = Route { far: Some((far, attachment)), ..parent.route() };
                    back.send(Message::PullEnd(refusal(pull, Code::E_IOT_AGENT_NOT_FOUND)), &mut self.env);
                    return Ok(());
                };
                route.send(message, &mut self.env);
                Ok(())
            }
            other => violation(format!("agent {} sends to agent {far} what nobody may: {}", link.peer.agent, name(&other))),
        }
    }

    /// Somebody above wants our rows.
    fn serve_above(&mut self, id: LinkId, pull: Pull) -> Result<(), Closing> {
        let Some(parent) = self.parents.at(id) else { return Ok(()) };
        if self.env.tasks.answers(id, pull.asker) >= super::PULLS_MAX {
            return violation(format!("agent {} has more than {} unanswered pulls", pull.asker, super::PULLS_MAX));
        }
        let task = self.env.tasks.open(Asker::Pull(parent.route(), pull), 1);
        parent.push(Origin::pull(task), pull.flags, &mut self.env);
        Ok(())
    }

    /// What is here of a downward stream and what has come do not fit together: the node above hears once more where that is.
    pub(super) fn begin_stream_anew(&mut self, id: LinkId, stream: Stream) {
        if stream.agent != self.env.config.agent {
            return self.lost_mail(stream.agent);
        }
        if let (Some(parent), Some(link)) = (self.parents.at(id), self.links.get_mut(&id)) {
            parent.lost_place(&self.env);
            self.env.touch(Part::Up);
            link.forget(Way::Down, stream.agent, &mut self.env);
        }
    }

    /// A link to a node above is gone.
    pub(super) fn parent_lost(&mut self, id: LinkId, code: Code) {
        let Some(lost) = self.parents.remove(id, code, &mut self.env) else { return };
        for (asker, pulls) in lost.passed {
            for (seq, target) in pulls {
                self.not_passed(Pull { asker, target, seq, flags: 0 });
            }
        }
        for agent in self.agents.values_mut() {
            agent.announced = None;
            agent.deaf = true;
            agent.pulls.clear();
        }
        for target in self.asks_above.targets() {
            self.asks_above.fail(target, code, &mut self.env);
        }
        for early in lost.early.into_iter().flatten() {
            self.env.part_done(early.task, Outcome::failed(code));
        }
        self.next_parent();
        self.tell_path();
    }

    /// The link that is in reserve longest becomes the active one.
    fn next_parent(&mut self) {
        while let Some(next) = self.parents.standby.pop_front() {
            if let Some(link) = self.links.get(&next) {
                return self.parents.activate(next, link.peer, &mut self.env);
            }
        }
        self.env.emit(super::Output::Parent(None));
    }

    /// Pulls of an agent below that were passed on get no answer any more. It is told so, if it is the one that has asked.
    pub(super) fn give_up_passed(&mut self, asker: AgentId, tell: bool) {
        if let Some(agent) = self.agents.get_mut(&asker) {
            agent.pulls.clear();
        }
        let passed = self.parents.active.as_mut().and_then(|parent| parent.passed.remove(&asker)).unwrap_or_default();
        for (seq, target) in passed.into_iter().filter(|_| tell) {
            self.not_passed(Pull { asker, target, seq, flags: 0 });
        }
    }

    /// The same, told over a claim that is not in use any more.
    pub(super) fn give_up_copy(&mut self, asker: AgentId, link: LinkId, attachment: u64) {
        let passed = self.parents.active.as_mut().and_then(|parent| parent.passed.remove(&asker)).unwrap_or_default();
        for (seq, target) in passed {
            self.refuse_copy(link, attachment, Pull { asker, target, seq, flags: 0 });
        }
    }

    /// A pull of an agent below cannot be passed on any more.
    pub(super) fn not_passed(&mut self, pull: Pull) {
        let Some(agent) = self.agents.get_mut(&pull.asker) else { return };
        agent.pulls.retain(|waiting| waiting.seq != pull.seq);
        if let Some(back) = agent.current().and_then(|(link, attachment)| agent.route_over(link, attachment)) {
            self.refuse_pull(back, pull, Code::E_IOT_AGENT_NOT_FOUND);
        }
    }

    /// A pull of an agent below leads nowhere. Behind a router that comes after the answer to its announcement: what comes before is taken
    /// for the answer to an earlier question, and passed over.
    pub(super) fn refuse_pull(&mut self, back: Route, pull: Pull, code: Code) {
        let Some(agent) = self.agents.get_mut(&pull.asker) else { return };
        let end = refusal(pull, code);
        if back.far.is_none() || agent.route().is_some() {
            back.send(Message::PullEnd(end), &mut self.env);
        } else if agent.refusals.len() < PASSED_MAX {
            // More than it may ask.
            agent.refusals.push(end);
        }
    }

    /// What the database says of this node goes to the active parent.
    pub(super) fn announce_self(&mut self, mut announce: Box<Announce>) {
        let Some(parent) = &mut self.parents.active else { return };
        // The database may know another level before this core does, and then that is announced anew.
        announce.level = self.env.config.level;
        let (id, route, own) = (parent.link, parent.route(), self.env.config.agent);
        let Some(link) = self.links.get_mut(&id) else { return };
        link.forget(Way::Down, own, &mut self.env);
        for down in &announce.down {
            link.expect(Stream { agent: own, way: Way::Down, group: down.group }, route, down.mark, &mut self.env);
        }
        route.send(Message::Announce(announce), &mut self.env);
        for agent in self.agents.values().filter(|agent| agent.announced.is_none() && agent.route().is_some()) {
            parent.announcer.want(agent.id);
        }
        self.env.touch(Part::Up);
        self.asks_above.announced();
        for target in self.asks_above.targets() {
            self.asks_above.again(target, &route, &mut self.env);
            self.asks_above.send(target, &route, &mut self.env);
        }
    }

    /// What the database says of an agent below goes to the active parent.
    pub(super) fn announce_agent(&mut self, far: AgentId, mut announce: Box<Announce>) {
        let (Some(parent), Some(agent)) = (&mut self.parents.active, self.agents.get_mut(&far)) else { return };
        let attachment = announce.attachment;
        let again = agent.announced == Some(attachment);
        // A newer announcement of the agent is being taken in: it goes up behind that.
        if agent.route().is_none() || agent.current().map(|(_, current)| current) != Some(attachment) {
            return;
        }
        let Some(link) = self.links.get_mut(&parent.link) else { return };
        if announce.parent == far {
            announce.parent = self.env.config.agent;
        }
        for (group, from) in std::mem::take(&mut agent.held).iter() {
            match announce.down.iter_mut().find(|d| d.group == group) {
                Some(down) => down.from = from,
                None => announce.down.push(DownMark { group, mark: Position::default(), top: Position::default(), from }),
            }
        }
        announce.down.sort_by_key(|down| down.group);
        let route = Route { far: Some((far, attachment)), ..parent.route() };
        link.forget(Way::Down, far, &mut self.env);
        for down in &announce.down {
            link.expect(Stream { agent: far, way: Way::Down, group: down.group }, route, down.from, &mut self.env);
        }
        agent.announced = Some(attachment);
        agent.deaf = false;
        parent.announcer.sent(far);
        // What the agent has said while it was described here.
        let said = agent.channel.senders().filter_map(|(group, sender)| Some((group, sender.said_by_final_node()?)));
        let news = |(group, at): &(Group, Position)| announce.down.iter().any(|d| d.group == *group && d.mark.ts < at.ts);
        let marks: Vec<_> = said.filter(news).map(|(group, position)| Mark { group, position, code: Code::S_OK }).collect();
        parent.route().send(Message::Announce(announce), &mut self.env);
        marks.into_iter().for_each(|mark| route.send(Message::Mark(mark), &mut self.env));
        let pulls = std::mem::take(&mut agent.pulls);
        for pull in &pulls {
            parent.passed_back(far, pull.seq);
        }
        if again {
            // The node above has given up what it was asked before.
            self.give_up_passed(far, true);
        }
        let Some(parent) = &mut self.parents.active else { return };
        for pull in pulls {
            parent.pass(far, pull.seq, pull.target);
            route.send(Message::Pull(pull), &mut self.env);
        }
    }

    /// An agent is no longer reached through this node, or not with this attachment.
    pub(super) fn withdraw(&mut self, far: AgentId) {
        let (Some(parent), Some(agent)) = (&mut self.parents.active, self.agents.get_mut(&far)) else { return };
        parent.announcer.forget(far);
        parent.passed.remove(&far);
        agent.deaf = true;
        agent.pulls.clear();
        if let Some(attachment) = agent.announced.take() {
            parent.route().send(Message::Withdraw(Withdraw { agent: far, attachment }), &mut self.env);
        }
        if let Some(link) = self.links.get_mut(&parent.link) {
            link.forget(Way::Down, far, &mut self.env);
        }
        self.env.touch(Part::Up);
    }
}

/// Says that a pull leads nowhere.
pub(super) fn refusal(pull: Pull, code: Code) -> PullEnd {
    let Pull { asker, target, seq, .. } = pull;
    PullEnd { asker, target, seq, rows: 0, code, ends: Default::default() }
}

/// What kind of message it is, for a text.
pub(super) fn name(message: &Message) -> String {
    let text = format!("{message:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
