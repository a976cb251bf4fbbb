//! What the database has done, and what follows from it.

use super::claims::Attach;
use super::env::{Closing, Owner, Part};
use super::flags::{SYNC_DEEP_ACK, SYNC_PUSH};
use super::receiver::{Applied, ApplyResult};
use super::replicator::Replicator;
use super::{JobId, JobResult, Output};
use crate::base::{AgentId, Attached, Code, LinkId, Marks, Millis, Role, SetAside, Stream, Way};
use crate::wire::{Ack, Message};

impl Replicator {
    /// A job has ended.
    pub(super) fn job_done(&mut self, job: JobId, result: JobResult) {
        let Some(owner) = self.env.job_ended(job) else { return };
        match owner {
            Owner::OwnWord(_) => self.own_described(job, described(result)),
            Owner::Describe(agent) => self.agent_described(agent, job, described(result)),
            Owner::Attach(agent, link, attachment) => self.attached(agent, link, attachment, job, result),
            Owner::Begin => {
                if let Some(parent) = &mut self.parents.active {
                    parent.begun(job, streams(result), &mut self.env);
                }
                self.env.touch(Part::Up);
            }
            Owner::Word => {
                if let Some(parent) = &mut self.parents.active {
                    parent.heard(job, heard(result), &mut self.env);
                }
                self.tell_confirmed();
                self.env.touch(Part::Up);
            }
            Owner::Sender(stream) => self.sender_done(stream, job, result),
            Owner::Receiver(link, stream) => self.apply_done(link, stream, job, result),
            Owner::Learn(link) => self.learned(link, done(result)),
            Owner::Show(link) => self.shown(link, result),
        }
    }

    fn own_described(&mut self, job: JobId, result: Result<Option<Box<crate::base::Announce>>, Code>) {
        self.env.touch(Part::Up);
        let Some(parent) = &mut self.parents.active else { return };
        if let Some(announce) = parent.described(job, result, &mut self.env) {
            self.announce_self(announce);
        }
    }

    fn agent_described(&mut self, agent: AgentId, job: JobId, result: Result<Option<Box<crate::base::Announce>>, Code>) {
        self.env.touch(Part::Up);
        let Some(parent) = &mut self.parents.active else { return };
        if !parent.announcer.described(agent, job) {
            return;
        }
        match result {
            Ok(Some(announce)) => self.announce_agent(agent, announce),
            // The database has forgotten it: it is not below any more.
            Ok(None) => {}
            Err(_) => parent.announcer.failed(agent, &self.env),
        }
    }

    fn attached(&mut self, id: AgentId, link: LinkId, attachment: u64, job: JobId, result: JobResult) {
        self.env.touch(Part::Agent(id));
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.attach_ended(job);
        }
        let result = match result {
            JobResult::Attached(attached) => Ok(attached),
            JobResult::NeedSchema { hash } => {
                let wanted = self.agents.get_mut(&id).is_some_and(|agent| agent.attach_needs(link, job, hash));
                return match self.links.get_mut(&link).filter(|_| wanted) {
                    Some(link) => link.need_schema_of(id, hash, &mut self.env),
                    None => self.welcome(link, id, attachment, Marks::default()),
                };
            }
            other => Err(code_of(other)),
        };
        let outcome = self.agents.get_mut(&id).map_or(Attach::Stale, |a| a.attach_done(link, job, result, &mut self.env));
        match outcome {
            Attach::Later => {}
            Attach::Stale => self.welcome(link, id, attachment, Marks::default()),
            Attach::Refused(code) => {
                let text = match code {
                    Code::E_IOT_TOO_MANY_CONTEXTS => {
                        format!("this node knows as many agents as it may; agent {id} is one too many")
                    }
                    _ => format!("the announcement of agent {id} contradicts what is known of its history"),
                };
                self.turn_away(id, link, attachment, Closing { code, text });
            }
            Attach::Done(attached) => {
                self.welcome(link, id, attachment, attached.received.clone());
                self.open(id, link, *attached);
            }
        }
    }

    fn open(&mut self, id: AgentId, link: LinkId, attached: Attached) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        if !agent.open(link, attached, &mut self.env) {
            return;
        }
        let Some(route) = agent.route() else { return };
        for mark in agent.take_early().into_values() {
            // One that does not fit what it begins with means nothing here: the link has done no wrong since.
            let _ = self.marked_by(id, mark);
        }
        if let Some(parent) = &mut self.parents.active {
            parent.announcer.want(id);
            self.env.touch(Part::Up);
        }
        self.asks_below.send(id, &route, &mut self.env);
    }

    fn sender_done(&mut self, stream: Stream, job: JobId, result: JobResult) {
        let channel = match stream.way {
            Way::Up => {
                self.env.touch(Part::Up);
                self.parents.active.as_mut().filter(|p| p.peer.agent == stream.agent).map(|p| &mut p.channel)
            }
            Way::Down => {
                self.env.touch(Part::Agent(stream.agent));
                self.agents.get_mut(&stream.agent).map(|agent| &mut agent.channel)
            }
        };
        let Some(channel) = channel else { return };
        let relayed = stream.way == Way::Down && self.env.config.role == Role::Router;
        match result {
            JobResult::Read { batch, tail, held } => {
                let found = batch.is_some();
                channel.read_done(stream.group, job, Ok((batch, tail, held)), &mut self.env);
                if let Some(agent) = self.agents.get_mut(&stream.agent).filter(|_| relayed && found) {
                    agent.has_mail();
                }
            }
            JobResult::Failed { code: Code::E_IOT_TS_GAP } if relayed => {
                if channel.owns_read(stream.group, job) {
                    self.lost_mail(stream.agent);
                }
            }
            other => {
                let link = channel.route().map(|route| route.link);
                let failure = if other == JobResult::Saved { Ok(()) } else { Err(code_of(other)) };
                if channel.owns_read(stream.group, job) {
                    let code = failure.err().unwrap_or(Code::E_CORE);
                    channel.read_done(stream.group, job, Err(code), &mut self.env);
                } else if let (Err(closing), Some(link)) = (channel.save_done(stream.group, job, failure, &mut self.env), link) {
                    self.env.close(link, closing);
                }
            }
        }
    }

    fn apply_done(&mut self, id: LinkId, stream: Stream, job: JobId, result: JobResult) {
        let (result, confirmed) = match result {
            JobResult::Applied { mark, code, confirmed } => (ApplyResult::Applied { mark, code }, confirmed),
            JobResult::NeedSchema { hash } => (ApplyResult::NeedSchema(hash), Vec::new()),
            other => (ApplyResult::Failed(code_of(other)), Vec::new()),
        };
        // What is confirmed is so whatever has become of the link.
        for (agent, word) in confirmed {
            if let Some(known) = self.agents.get_mut(&agent) {
                known.confirm(word, &mut self.env);
                self.finish_below(agent);
            }
        }
        self.env.touch(Part::Link(id));
        let Some(link) = self.links.get_mut(&id) else {
            // What is durable goes on, also when the link that brought it is gone.
            if matches!(result, ApplyResult::Applied { .. }) {
                self.applied(id, stream, 0, Code::S_OK, false);
            }
            return;
        };
        match link.apply_done(stream, job, result, &mut self.env) {
            Ok(Applied::Done { rows, code, anew }) => self.applied(id, stream, rows, code, anew),
            Ok(Applied::Refused(code)) => self.refused(id, stream, code),
            Ok(Applied::Gap) => self.begin_stream_anew(id, stream),
            Ok(Applied::Needs(_) | Applied::Stale) => {}
            Err(closing) => self.env.close(id, closing),
        }
    }

    /// Rows are here: who waits for them hears of it, and on a router they go on.
    fn applied(&mut self, id: LinkId, stream: Stream, rows: u32, code: Code, anew: bool) {
        let own = self.env.config.agent;
        if stream.way == Way::Down && stream.agent != own {
            if let Some(agent) = self.agents.get_mut(&stream.agent) {
                agent.add_group(stream.group, &mut self.env);
                if anew {
                    agent.channel.begin_anew(stream.group, &mut self.env);
                }
                agent.channel.push_group(stream.group, SYNC_PUSH);
                self.env.touch(Part::Agent(stream.agent));
            }
            return;
        }
        if stream.way == Way::Up {
            self.asks_below.rows_came(stream.agent, rows, code);
            self.finish_below(stream.agent);
        }
        for target in self.asked_over(id) {
            self.asks_above.rows_came(target, rows, code);
            self.finish_above(target);
        }
        if stream.way == Way::Up
            && self.env.config.role == Role::Router
            && let Some(parent) = &mut self.parents.active
        {
            parent.forward(stream.group, &mut self.env);
        }
    }

    fn refused(&mut self, id: LinkId, stream: Stream, code: Code) {
        if stream.way == Way::Up {
            self.asks_below.refused(stream.agent, code, &mut self.env);
            self.ask_below(stream.agent);
        }
        for target in self.asked_over(id) {
            self.asks_above.refused(target, code, &mut self.env);
            self.ask_above(target);
        }
    }

    /// Whom rows that come down this link may have been asked of.
    fn asked_over(&mut self, id: LinkId) -> Vec<AgentId> {
        if self.parents.at(id).is_some() { self.asks_above.targets() } else { Vec::new() }
    }

    /// A schema is stored, or cannot be.
    fn learned(&mut self, id: LinkId, result: Result<(), Code>) {
        self.env.touch(Part::Link(id));
        let Some(learned) = self.links.get_mut(&id).and_then(|link| link.learned(result, &mut self.env)) else { return };
        for (stream, code) in learned.refused {
            self.refused(id, stream, code);
        }
        for far in learned.agents {
            let Some(agent) = self.agents.get_mut(&far) else { continue };
            let attachment = agent.attachment_over(id).unwrap_or_default();
            if let Some(Attach::Refused(code)) = agent.learned(id, learned.hash, result, &mut self.env) {
                let text = match code {
                    Code::E_IOT_TOO_MANY_CONTEXTS => {
                        format!("this node knows as many schemas as it may; that of agent {far} is one too many")
                    }
                    _ => format!("nobody shows the schema that agent {far} announces"),
                };
                self.turn_away(far, id, attachment, Closing { code, text });
            }
        }
    }

    /// The text that the peer has asked for; none: it is not known here either.
    fn shown(&mut self, id: LinkId, result: JobResult) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.shown = link.shown.saturating_sub(1);
        let text = match result {
            JobResult::Schema(text) => text.unwrap_or_default(),
            other => {
                let code = code_of(other);
                let text = format!("a schema that agent {} needs cannot be read here: {}", link.peer.agent, code.text());
                return self.env.close(id, Closing { code, text });
            }
        };
        link.route().send(Message::Schema(text), &mut self.env);
    }

    /// The user hears what the server has confirmed, unless that is the next node, whose acknowledgments said so.
    fn tell_confirmed(&mut self) {
        let news = self.parents.news();
        let Some(parent) = self.parents.active.as_mut().filter(|p| p.peer.agent != AgentId::SERVER) else { return };
        let aside = parent.take_aside();
        for (group, position) in news {
            let code = aside.iter().find(|aside| aside.group == group).map_or(Code::S_OK, |aside| aside.code);
            let ack = Ack { seq: 0, group, flags: SYNC_DEEP_ACK, position, code, retry_after: Millis(0) };
            let marks = parent.confirmed().clone();
            self.env.emit(Output::Acked { link: parent.link, agent: AgentId::SERVER, way: Way::Up, ack, marks });
        }
    }
}

/// Why a job has failed.
fn code_of(result: JobResult) -> Code {
    match result {
        JobResult::Failed { code } => code,
        _ => Code::E_CORE,
    }
}

fn done(result: JobResult) -> Result<(), Code> {
    if result == JobResult::Saved { Ok(()) } else { Err(code_of(result)) }
}

fn described(result: JobResult) -> Result<Option<Box<crate::base::Announce>>, Code> {
    match result {
        JobResult::Described(announce) => Ok(announce),
        other => Err(code_of(other)),
    }
}

fn streams(result: JobResult) -> Result<Marks, Code> {
    match result {
        JobResult::Streams(starts) => Ok(starts),
        other => Err(code_of(other)),
    }
}

fn heard(result: JobResult) -> Result<(Marks, Vec<SetAside>), Code> {
    match result {
        JobResult::Heard { starts, aside } => Ok((starts, aside)),
        other => Err(code_of(other)),
    }
}
