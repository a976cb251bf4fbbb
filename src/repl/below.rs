//! What nodes below say, and what is said to them.

use super::above::{name, refusal};
use super::claims::impossible;
use super::config::{ANNOUNCED_MAX, PULLS_MAX, SCHEMAS_MAX};
use super::env::{Closing, Owner, Part, violation};
use super::push::Origin;
use super::replicator::Replicator;
use super::route::Route;
use super::task::Asker;
use super::{Job, Output, flags::SYNC_DEEP_ACK};
use crate::base::{AgentId, Announce, Code, LinkId, Marks, Millis, Role, Stream, Way};
use crate::wire::{Ack, Mark, Message, Pull, PullEnd, Refuse, Routed, Withdraw};

impl Replicator {
    /// A message has come over a link.
    pub(super) fn hear(&mut self, id: LinkId, message: Message) {
        let Some(link) = self.links.get_mut(&id) else { return };
        if !matches!(message, Message::KeepAlive | Message::Bye(_) | Message::Pull(_) | Message::SchemaRequest(_)) {
            link.sign(self.env.now);
        }
        let below = link.peer.level > self.env.config.level;
        let spare = self.parents.standby.contains(&id);
        self.env.touch(Part::Link(id));
        self.env.touch(if below { Part::Agent(link.peer.agent) } else { Part::Up });
        let heard = match message {
            Message::KeepAlive | Message::Bye(_) => Ok(()),
            Message::Hello(_) | Message::Accept | Message::Refuse(_) => {
                violation(format!("agent {} goes back to the handshake", link.peer.agent))
            }
            Message::SchemaRequest(hash) => self.show_schema(id, hash),
            Message::Schema(text) => link.schema(text, &mut self.env),
            message if below => self.hear_child(id, message),
            other if spare => {
                violation(format!("agent {} uses a link that is kept in reserve: {}", link.peer.agent, name(&other)))
            }
            message => self.hear_parent(id, message),
        };
        if let Err(closing) = heard {
            self.env.close(id, closing);
        }
    }

    fn hear_child(&mut self, id: LinkId, message: Message) -> Result<(), Closing> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        let peer = link.peer;
        match message {
            Message::Announce(announce) => return self.announced(id, announce),
            Message::Standby => {
                self.stand_by(id);
                return Ok(());
            }
            _ if !link.introduced || link.standby => {
                return violation(format!("agent {} has not announced itself: {}", peer.agent, name(&message)));
            }
            _ => {}
        }
        match message {
            Message::Withdraw(withdraw) if peer.role == Role::Router && withdraw.agent != peer.agent => {
                self.withdrawn(id, withdraw);
                Ok(())
            }
            Message::Batch(batch) => {
                let stream = Stream { agent: peer.agent, way: Way::Up, group: batch.group };
                if let Some(agent) = self.agents.get_mut(&peer.agent) {
                    agent.has_sent(id, batch.group, batch.up_to);
                }
                link.batch(stream, link.route(), batch, &mut self.env)
            }
            Message::Ack(ack) => self.acked_by(id, peer.agent, None, ack),
            Message::Pull(pull) if pull.asker == peer.agent => self.serve_below(id, peer.agent, None, pull),
            Message::PullEnd(end) if end.target == peer.agent => self.ended_below(id, peer.agent, end),
            Message::Routed(Routed { agent, attachment, message }) if peer.role == Role::Router && agent != peer.agent => {
                self.hear_from(id, agent, attachment, *message)
            }
            other => violation(format!("agent {} sends what it may not: {}", peer.agent, name(&other))),
        }
    }

    /// A message of an agent behind a router.
    fn hear_from(&mut self, id: LinkId, far: AgentId, attachment: u64, message: Message) -> Result<(), Closing> {
        if !matches!(message, Message::Ack(_) | Message::Mark(_) | Message::Pull(_) | Message::PullEnd(_)) {
            return violation(format!("a message of agent {far} that may not go this way: {}", name(&message)));
        }
        // Of an attachment that has ended, or of a copy of the one that is served, which would wait for an answer without end.
        if self.agents.get(&far).is_none_or(|agent| agent.route_over(id, attachment).is_none()) {
            if let Message::Pull(pull) = message {
                self.refuse_copy(id, attachment, pull);
            }
            return Ok(());
        }
        self.env.touch(Part::Agent(far));
        match message {
            Message::Ack(ack) => self.acked_by(id, far, Some(attachment), ack),
            Message::Mark(mark) => self.marked_by(far, mark),
            Message::Pull(pull) if pull.asker == far => self.serve_below(id, far, Some(attachment), pull),
            Message::PullEnd(end) if end.target == far => self.ended_below(id, far, end),
            other => violation(format!("a message of agent {far} that speaks for another one: {}", name(&other))),
        }
    }

    /// An agent is to be served over a link.
    fn announced(&mut self, id: LinkId, announce: Box<Announce>) -> Result<(), Closing> {
        let (own, level) = (self.env.config.agent, self.env.config.level);
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        let peer = link.peer;
        let (agent, attachment, itself) = (announce.agent, announce.attachment, announce.agent == peer.agent);
        if !itself && (peer.role != Role::Router || !link.introduced || link.standby) {
            return violation(format!("agent {} speaks for agent {agent}", peer.agent));
        }
        // The level of a router may have changed since.
        let level_stands = announce.level == peer.level || peer.role == Role::Router;
        if itself && ((announce.db, announce.role) != (peer.db, peer.role) || !level_stands) {
            return violation(format!("agent {agent} says other things of itself than in the handshake"));
        }
        if link.unanswered > ANNOUNCED_MAX {
            return violation(format!(
                "agent {} has sent more than {ANNOUNCED_MAX} announcements that are not answered",
                peer.agent
            ));
        }
        link.unanswered += 1;
        link.introduced = true;
        link.standby = false;
        self.tell_path_over(id);
        if let Some(closing) = impossible(&announce, own, level).or_else(|| self.no_place(id, &announce)) {
            self.unclaim(agent, id, closing.code);
            self.turn_away(agent, id, attachment, closing);
            return Ok(());
        }
        if let Some(link) = self.links.get_mut(&id).filter(|_| itself) {
            link.peer.level = announce.level;
        }
        self.gone.remove(&agent);
        let Some(known) = self.agents.get_mut(&agent) else { return Ok(()) };
        let before = known.current();
        let again = itself && before.is_none_or(|(link, _)| link == id);
        let answers = known.claimed(id, peer.agent, announce, &mut self.env);
        if known.current().map(|(link, _)| link) == Some(id) {
            if let Some((link, attachment)) = before.filter(|(link, _)| *link != id) {
                // Whoever is still there is a copy, and waits.
                self.give_up_copy(agent, link, attachment);
            }
            // A router, and who comes over another link, has given its questions up by itself.
            self.give_up_passed(agent, again);
            // What an agent behind a router answers may have been passed over there meanwhile.
            if !again && before.is_some() {
                self.asks_below.fail(agent, Code::E_IOT_AGENT_NOT_FOUND, &mut self.env);
            }
        }
        for (link, attachment) in answers {
            self.welcome(link, agent, attachment, Marks::default());
        }
        Ok(())
    }

    /// Why an agent cannot be taken in: nobody has room for it, or another database is here under its id. That one came first and keeps
    /// its place until its link, or that of the router it is behind, ends.
    fn no_place(&mut self, link: LinkId, announce: &Announce) -> Option<Closing> {
        let Announce { agent, db, .. } = *announce;
        let Some(known) = self.know(agent, announce.parent) else {
            let text = format!("this node knows as many agents as it may; agent {agent} is one too many");
            return Some(Closing { code: Code::E_IOT_TOO_MANY_CONTEXTS, text });
        };
        let rival = known.rival(link, db)?;
        let text = format!(
            "agent {agent} is connected elsewhere with another database: {:016x} keeps its place, {:016x} is refused; give every node its \
             own id, or end the other one first",
            rival.0, db.0
        );
        Some(Closing { code: Code::E_IOT_WRONG_AGENT_ID, text })
    }

    /// An announcement cannot be taken in: the agent hears why, and its link ends.
    pub(super) fn turn_away(&mut self, id: AgentId, link: LinkId, attachment: u64, closing: Closing) {
        let Closing { code, text } = closing.clone();
        self.env.emit(Output::TurnedAway { agent: id, code, text });
        if self.links.get(&link).is_some_and(|l| l.peer.agent != id) {
            self.welcome(link, id, attachment, Marks::default());
        }
        self.send_away(id, link, attachment, closing);
    }

    /// A neighbour loses its link; who is behind a router loses its claim, and the router is told.
    pub(super) fn send_away(&mut self, id: AgentId, link: LinkId, attachment: u64, closing: Closing) {
        let Some(peer) = self.links.get(&link).map(|l| l.peer.agent) else { return };
        if peer == id {
            return self.env.close(link, closing);
        }
        let Closing { code, text } = closing;
        Route::to(link, peer, id, attachment).send(Message::Bye(Refuse { code, text }), &mut self.env);
        self.unclaim(id, link, code);
    }

    /// Answers an announcement.
    pub(super) fn welcome(&mut self, id: LinkId, agent: AgentId, attachment: u64, received: Marks) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.unanswered = link.unanswered.saturating_sub(1);
        Route::to(id, link.peer.agent, agent, attachment).send(Message::Welcome(received), &mut self.env);
        self.tell_refusals(agent, id, attachment);
    }

    /// A neighbour below has another parent.
    fn stand_by(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.introduced = true;
        link.standby = true;
        let peer = link.peer.agent;
        self.unclaim(peer, id, Code::E_IOT_AGENT_NOT_FOUND);
        if self.gone.contains(&peer) {
            self.give_up_on(peer, Code::E_IOT_AGENT_NOT_FOUND);
        }
    }

    fn withdrawn(&mut self, id: LinkId, withdraw: Withdraw) {
        let Withdraw { agent, attachment } = withdraw;
        if self.agents.get(&agent).and_then(|a| a.attachment_over(id)) == Some(attachment) {
            self.unclaim(agent, id, Code::E_IOT_AGENT_NOT_FOUND);
        }
    }

    /// A claim has ended.
    pub(super) fn unclaim(&mut self, id: AgentId, link: LinkId, code: Code) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let before = agent.current();
        let Some(attachment) = agent.attachment_over(link) else { return };
        let owed = agent.withdrawn(link, code, &mut self.env);
        let now = agent.current();
        if owed {
            self.welcome(link, id, attachment, Marks::default());
        }
        if before == now {
            return;
        }
        self.withdraw(id);
        self.asks_below.fail(id, code, &mut self.env);
        if now.is_none() {
            self.gone.insert(id);
            self.give_up_on(id, code);
        }
    }

    /// Nobody waits any longer for an agent that is not here.
    pub(super) fn give_up_on(&mut self, id: AgentId, code: Code) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.channel.refuse_waiting(code, &mut self.env);
        }
        self.asks_below.fail(id, code, &mut self.env);
        self.give_up_passed(id, false);
    }

    /// What is held for an agent has a hole: it has to say once more where it is.
    pub(super) fn lost_mail(&mut self, id: AgentId) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.lost_mail(&mut self.env);
        }
        if let Some(link) = self.parents.active.as_ref().and_then(|parent| self.links.get_mut(&parent.link)) {
            link.forget(Way::Down, id, &mut self.env);
        }
    }

    /// The next node on the way to an agent has committed or refused rows for it.
    fn acked_by(&mut self, id: LinkId, to: AgentId, attachment: Option<u64>, ack: Ack) -> Result<(), Closing> {
        let Some(agent) = self.agents.get_mut(&to) else { return Ok(()) };
        let ours = agent.channel.route().is_some_and(|r| r.link == id && r.far.map(|(_, far)| far) == attachment);
        if !ours {
            return Ok(());
        }
        if let Some(ack) = agent.channel.ack(ack, &mut self.env)? {
            self.pass_mark(to, Mark { group: ack.group, position: ack.position, code: ack.code });
        }
        Ok(())
    }

    /// An agent behind a router has committed rows.
    pub(super) fn marked_by(&mut self, far: AgentId, mark: Mark) -> Result<(), Closing> {
        let Some(agent) = self.agents.get_mut(&far) else { return Ok(()) };
        if !agent.channel.is_open() {
            agent.mark_early(mark);
            return Ok(());
        }
        let Mark { group, position, code } = mark;
        let ack = Ack { seq: 0, group, flags: SYNC_DEEP_ACK, position, code, retry_after: Millis(0) };
        if position.epoch.0 != 0 && agent.channel.mark(ack)? {
            self.pass_mark(far, mark);
        }
        Ok(())
    }

    /// The server hears of it.
    fn pass_mark(&mut self, far: AgentId, mark: Mark) {
        let (Some(parent), Some(agent)) = (&self.parents.active, self.agents.get(&far)) else { return };
        if let Some(attachment) = agent.announced.filter(|_| !agent.deaf) {
            let route = Route { far: Some((far, attachment)), ..parent.route() };
            route.send(Message::Mark(mark), &mut self.env);
        }
    }

    /// A pull over a claim that is not in use leads nowhere. It is told so, behind the answer to the announcement of the claim.
    pub(super) fn refuse_copy(&mut self, id: LinkId, attachment: u64, pull: Pull) {
        let Some(agent) = self.agents.get_mut(&pull.asker) else { return };
        let end = refusal(pull, Code::E_IOT_AGENT_NOT_FOUND);
        if agent.refuse_over(id, attachment, end) {
            self.tell_refusals(pull.asker, id, attachment);
        }
    }

    /// Pulls over a claim that is not in use are answered, once its announcement is.
    fn tell_refusals(&mut self, far: AgentId, id: LinkId, attachment: u64) {
        let (Some(agent), Some(link)) = (self.agents.get_mut(&far), self.links.get(&id)) else { return };
        let back = Route::to(id, link.peer.agent, far, attachment);
        for end in agent.take_refusals(id, attachment) {
            back.send(Message::PullEnd(end), &mut self.env);
        }
    }

    /// An agent below wants rows: ours, or those of a node above.
    fn serve_below(&mut self, id: LinkId, asker: AgentId, attachment: Option<u64>, pull: Pull) -> Result<(), Closing> {
        let Some(link) = self.links.get(&id) else { return Ok(()) };
        let back = Route::to(id, link.peer.agent, asker, attachment.unwrap_or_default());
        let mine = pull.target == self.env.config.agent;
        let Some(agent) = self.agents.get_mut(&asker) else { return Ok(()) };
        if agent.current().is_some_and(|(served, _)| served != id) {
            // A copy of the one that is served, or itself before it moved: nothing goes this way to it.
            self.refuse_pull(back, pull, Code::E_IOT_AGENT_NOT_FOUND);
            return Ok(());
        }
        let too_many = if mine {
            let many = self.env.tasks.answers(id, asker) >= PULLS_MAX;
            if !many {
                let task = self.env.tasks.open(Asker::Pull(back, pull), 1);
                agent.channel.push(Origin::pull(task), pull.flags, &mut self.env);
            }
            many
        } else {
            let Some(parent) = self.parents.active.as_mut().filter(|parent| parent.leads_to(pull.target)) else {
                self.refuse_pull(back, pull, Code::E_IOT_AGENT_NOT_FOUND);
                return Ok(());
            };
            let passed = parent.pass(asker, pull.seq, pull.target);
            match agent.announced.filter(|_| passed && !agent.deaf) {
                Some(attachment) => {
                    let up = Route { far: Some((asker, attachment)), ..parent.route() };
                    up.send(Message::Pull(pull), &mut self.env);
                }
                None if passed => agent.pulls.push(pull),
                None => {}
            }
            !passed
        };
        match (too_many, attachment) {
            (false, _) => Ok(()),
            (true, None) => violation(format!("agent {asker} has more than {PULLS_MAX} unanswered pulls")),
            (true, Some(_)) => {
                self.refuse_pull(back, pull, Code::E_NOMEM);
                Ok(())
            }
        }
    }

    /// An agent below has sent what it was asked for.
    fn ended_below(&mut self, id: LinkId, target: AgentId, end: PullEnd) -> Result<(), Closing> {
        if end.asker == self.env.config.agent {
            let direct = self.links.get(&id).is_some_and(|link| link.peer.agent == target);
            // Of one behind a router it may be the answer to a pull that was given up.
            return self.answered_below(end).or_else(|closing| if direct { Err(closing) } else { Ok(()) });
        }
        let (Some(parent), Some(agent)) = (&self.parents.active, self.agents.get(&target)) else { return Ok(()) };
        if let Some(attachment) = agent.announced.filter(|_| !agent.deaf) {
            let up = Route { far: Some((target, attachment)), ..parent.route() };
            up.send(Message::PullEnd(end), &mut self.env);
        }
        Ok(())
    }

    /// The peer wants to know a schema.
    fn show_schema(&mut self, id: LinkId, hash: u64) -> Result<(), Closing> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        if link.shown >= SCHEMAS_MAX {
            return violation(format!("agent {} asks for more than {SCHEMAS_MAX} schemas at one time", link.peer.agent));
        }
        link.shown += 1;
        let to = link.peer.agent;
        self.env.job(id, Owner::Show(id), Job::ShowSchema { to, hash });
        Ok(())
    }
}
