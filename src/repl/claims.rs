//! Agents below: who says that they are reached over which link, and what goes to them.

use super::channel::Channel;
use super::chore::Chore;
use super::config::PASSED_MAX;
use super::env::{Closing, Env, Owner, Part};
use super::route::Route;
use super::{Job, JobId, later_of};
use crate::base::{
    AgentId, Announce, Attached, Code, DbId, Fork, Group, Level, LinkId, Marks, Millis, Position, Role, SetAside, Way, Word,
};
use crate::wire::{Mark, Message, Pull, PullEnd};
use std::collections::BTreeMap;

/// An agent that is, or was, below this node.
#[derive(Debug)]
pub(super) struct Agent {
    pub id: AgentId,
    /// The node that it is or was attached to.
    pub parent: AgentId,
    pub channel: Channel,
    claims: BTreeMap<LinkId, Claim>,
    /// The database takes an announcement of it in, whatever has become of the claim: one at a time, however often it comes anew.
    attaching: Option<JobId>,
    /// The link that its rows go over.
    current: Option<LinkId>,
    /// The claim that was left has to be announced once more before it can be used.
    renew: Renew,
    /// Attachment as announced to the active parent of this node.
    pub announced: Option<u64>,
    /// What this server has confirmed, and what of it was said.
    confirmed: Marks,
    told: Option<Marks>,
    /// Its rows within that which could not be applied, and were not told.
    aside: Vec<SetAside>,
    /// Histories of its database that do not belong to its own, as they were said last, or are to be said.
    forks: Vec<Fork>,
    forks_told: bool,
    /// What was confirmed since the database was asked to take the agent in: its answer may be older.
    since: Marks,
    /// What comes from above for it does not belong to its last announcement there.
    pub deaf: bool,
    /// Its pulls that go up when it is announced there.
    pub pulls: Vec<Pull>,
    /// Its pulls that lead nowhere; it is told behind the answer to its announcement.
    pub refusals: Vec<PullEnd>,
    /// What this router held for it when it was attached ends here.
    pub held: Marks,
}

/// Somebody says that an agent is reached over a link.
#[derive(Debug)]
pub(super) struct Claim {
    peer: AgentId,
    db: DbId,
    attachment: u64,
    /// Where the final node was when it was announced.
    deep: Marks,
    attach: Chore<Box<Announce>>,
    /// The schema that it names has to be asked for first.
    needs: Option<u64>,
    /// Why it could not be taken in when that was tried last.
    failed: Option<Code>,
    attached: bool,
    /// What the agent has said of itself before it was taken in, the last word for each group.
    early: BTreeMap<Group, Mark>,
    /// Up to where rows of its own have come over this link.
    sent: Marks,
    /// Pulls over a claim that is not in use; they are answered behind its announcement.
    refusals: Vec<PullEnd>,
}

impl Claim {
    /// An announcement is older than what came in front of it, or while it waited: so much the agent has at least, and was not restored.
    fn no_older_than_sent(&self, announce: &mut Announce) {
        for (_, sent) in self.sent.iter() {
            for epoch in announce.epochs.iter_mut().filter(|epoch| epoch.id == sent.epoch) {
                epoch.last = epoch.last.max(sent.ts);
            }
        }
    }
}

#[derive(Debug, Default)]
struct Renew {
    wanted: bool,
    failures: u32,
    at: Option<Millis>,
}

/// What has become of an `Attach`.
#[derive(Debug)]
pub(super) enum Attach {
    /// It is to be answered, and opened if the claim is the one in use.
    Done(Box<Attached>),
    /// It is tried again.
    Later,
    /// It cannot be: the claim has to end.
    Refused(Code),
    /// The claim was gone before; only the answer is owed.
    Stale,
}

impl Agent {
    pub fn new(id: AgentId, parent: AgentId) -> Self {
        Agent {
            id,
            parent,
            channel: Channel::new(Way::Down, id),
            claims: BTreeMap::new(),
            attaching: None,
            current: None,
            renew: Renew::default(),
            announced: None,
            confirmed: Marks::default(),
            forks: Vec::new(),
            forks_told: true,
            told: None,
            aside: Vec::new(),
            since: Marks::default(),
            deaf: true,
            pulls: Vec::new(),
            refusals: Vec::new(),
            held: Marks::default(),
        }
    }

    /// Whether anybody claims it.
    pub fn is_claimed(&self) -> bool {
        !self.claims.is_empty()
    }

    /// The link that its rows go over, and its attachment there.
    pub fn current(&self) -> Option<(LinkId, u64)> {
        self.current.and_then(|link| Some((link, self.claims.get(&link)?.attachment)))
    }

    /// Why it cannot be taken in now.
    pub fn refused(&self) -> Option<Code> {
        self.claims.get(&self.current?)?.failed
    }

    /// How it is spoken to now, if it is taken in.
    pub fn route(&self) -> Option<Route> {
        let link = self.current?;
        let claim = self.claims.get(&link).filter(|claim| claim.attached)?;
        Some(Route::to(link, claim.peer, self.id, claim.attachment))
    }

    /// The route of an attachment over a link, if that is the one in use.
    pub fn route_over(&self, link: LinkId, attachment: u64) -> Option<Route> {
        let claim = self.claims.get(&link).filter(|c| c.attachment == attachment && self.current == Some(link))?;
        Some(Route::to(link, claim.peer, self.id, attachment))
    }

    /// Another database that is reached under this id, over another link. Each counts its own attachments, so that these say nothing.
    pub fn rival(&self, link: LinkId, db: DbId) -> Option<DbId> {
        self.claims.iter().find(|(other, claim)| **other != link && claim.db != db).map(|(_, claim)| claim.db)
    }

    /// A pull over this claim leads nowhere. Says whether there is such a claim.
    pub fn refuse_over(&mut self, link: LinkId, attachment: u64, end: PullEnd) -> bool {
        let Some(claim) = self.claims.get_mut(&link).filter(|claim| claim.attachment == attachment) else { return false };
        // More than it may ask.
        if claim.refusals.len() < PASSED_MAX {
            claim.refusals.push(end);
        }
        true
    }

    /// What the claim has to be told of its pulls; nothing while the answer to its announcement is owed, which comes first.
    pub fn take_refusals(&mut self, link: LinkId, attachment: u64) -> Vec<PullEnd> {
        let claim = self.claims.get_mut(&link).filter(|claim| claim.attachment == attachment && !claim.attach.is_busy());
        claim.map(|claim| std::mem::take(&mut claim.refusals)).unwrap_or_default()
    }

    /// An announcement has come. It is in use if it is newer than the others, or comes from the agent itself. Gives announcements that will
    /// not be looked at and are to be answered at once: links and attachments.
    pub fn claimed(&mut self, link: LinkId, peer: AgentId, announce: Box<Announce>, env: &mut Env) -> Vec<(LinkId, u64)> {
        let attachment = announce.attachment;
        let before = self.current();
        let in_use = peer == self.id || before.is_none_or(|(other, newest)| other == link || attachment >= newest);
        let mut answers = Vec::new();
        if in_use {
            // Over the same link nothing was lost: what was on its way goes on. So does what was acknowledged on the way and dropped there,
            // for whoever has asked for it still waits.
            if self.channel.is_open() && before.is_some_and(|(other, _)| other == link) {
                self.channel.keep();
            }
            self.lose_channel(Code::E_IOT_AGENT_NOT_FOUND, env);
            self.deaf = true;
            self.current = Some(link);
            self.parent = if announce.parent == self.id { env.config.agent } else { announce.parent };
            // Who is no longer in use is not looked at either, unless it speaks for itself.
            if let Some((other, newest)) = before.filter(|(other, _)| *other != link)
                && self.claims.get_mut(&other).is_some_and(|c| c.peer != self.id && c.attach.take_todo().is_some())
            {
                answers.push((other, newest));
            }
        }
        let deep = announce.down.iter().map(|d| (d.group, d.mark)).collect();
        let mut claim = Claim {
            peer,
            db: announce.db,
            attachment,
            deep,
            attach: Chore::default(),
            needs: None,
            failed: None,
            attached: false,
            early: BTreeMap::new(),
            sent: self.claims.get(&link).map(|before| before.sent.clone()).unwrap_or_default(),
            refusals: Vec::new(),
        };
        if in_use {
            claim.attach.want(announce);
        } else {
            answers.push((link, attachment));
        }
        if let Some(mut old) = self.claims.insert(link, claim)
            && old.attach.take_todo().is_some()
        {
            answers.push((link, old.attachment));
        }
        env.touch(Part::Agent(self.id));
        answers
    }

    /// A job that takes an announcement in has ended, whatever its claim makes of it: the next one may begin.
    pub fn attach_ended(&mut self, job: JobId) {
        self.attaching.take_if(|running| *running == job);
    }

    /// An `Attach` has ended.
    pub fn attach_done(&mut self, link: LinkId, job: JobId, result: Result<Box<Attached>, Code>, env: &mut Env) -> Attach {
        let Some(claim) = self.claims.get_mut(&link) else { return Attach::Stale };
        let Some(announce) = claim.attach.ended(job) else { return Attach::Stale };
        let attached = match result {
            Ok(attached) => attached,
            Err(code @ (Code::E_IOT_PROTOCOLERR | Code::E_IOT_TOO_MANY_CONTEXTS)) => {
                return Attach::Refused(code);
            }
            Err(code) => {
                claim.failed = Some(code);
                claim.attach.failed(announce, env);
                return Attach::Later;
            }
        };
        claim.attach.succeeded();
        claim.failed = None;
        claim.attached = true;
        Attach::Done(attached)
    }

    /// An `Attach` needs the schema of the agent first. Says whether it is still wanted.
    pub fn attach_needs(&mut self, link: LinkId, job: JobId, schema: u64) -> bool {
        let Some(claim) = self.claims.get_mut(&link) else { return false };
        let Some(announce) = claim.attach.ended(job) else { return false };
        claim.attach.want(announce);
        claim.needs = Some(schema);
        true
    }

    /// A schema is known now, or could not be had. `None`: that is not what an announcement over this link waits for.
    pub fn learned(&mut self, link: LinkId, schema: u64, result: Result<(), Code>, env: &mut Env) -> Option<Attach> {
        let claim = self.claims.get_mut(&link)?;
        claim.needs.take_if(|needs| *needs == schema)?;
        env.touch(Part::Agent(self.id));
        let Err(code) = result else { return Some(Attach::Later) };
        let announce = claim.attach.take_todo()?;
        if matches!(code, Code::E_IOT_PROTOCOLERR | Code::E_IOT_TOO_MANY_CONTEXTS) {
            return Some(Attach::Refused(code));
        }
        claim.failed = Some(code);
        claim.attach.failed(announce, env);
        Some(Attach::Later)
    }

    /// The announcement over this link is taken in and answered: what goes to the agent goes on, if this is the claim in use.
    pub fn open(&mut self, link: LinkId, attached: Attached, env: &mut Env) -> bool {
        let Some(claim) = self.claims.get(&link).filter(|_| self.current == Some(link)) else { return false };
        let Attached { word, down, held, .. } = attached;
        self.held = held;
        let route = Route::to(link, claim.peer, self.id, claim.attachment);
        // Who has to begin anew is known to have nothing.
        let deep =
            down.iter().map(|(g, start)| (g, if start == Position::default() { start } else { claim.deep.get(g) })).collect();
        if env.config.role == Role::Router {
            self.channel.keep();
        }
        self.channel.open(route, claim.peer == self.id, &down, &deep, env);
        if let Some(word) = word {
            self.confirmed = later_of(&word.confirmed, &self.since);
            self.told = Some(word.confirmed.clone());
            if self.forks_told {
                self.forks.clone_from(&word.forks);
            }
            route.send(Message::Word(word), env);
        }
        for refusal in std::mem::take(&mut self.refusals) {
            route.send(Message::PullEnd(refusal), env);
        }
        env.touch(Part::Agent(self.id));
        true
    }

    /// An agent that is not taken in yet has committed rows; that counts as soon as it is.
    pub fn mark_early(&mut self, mark: Mark) {
        if let Some(claim) = self.current.and_then(|link| self.claims.get_mut(&link)) {
            claim.early.insert(mark.group, mark);
        }
    }

    /// Rows of its own have come over a link, applied or not.
    pub fn has_sent(&mut self, link: LinkId, group: Group, up_to: Position) {
        if let Some(claim) = self.claims.get_mut(&link) {
            claim.sent.set(group, up_to);
        }
    }

    /// What was said before the claim in use was taken in.
    pub fn take_early(&mut self) -> BTreeMap<Group, Mark> {
        self.current.and_then(|link| self.claims.get_mut(&link)).map(|claim| std::mem::take(&mut claim.early)).unwrap_or_default()
    }

    /// A group of which nothing was known begins where the agent has said that it is.
    pub fn add_group(&mut self, group: Group, env: &mut Env) {
        let start = self.current.and_then(|link| self.claims.get(&link)).map(|c| c.deep.get(group)).unwrap_or_default();
        self.channel.add_group(group, start, start, env);
    }

    /// A claim has ended. Says whether an announcement of it is still to be answered.
    pub fn withdrawn(&mut self, link: LinkId, code: Code, env: &mut Env) -> bool {
        let Some(mut claim) = self.claims.remove(&link) else { return false };
        if self.current == Some(link) {
            self.lose_channel(code, env);
            self.current = self.claims.iter().max_by_key(|(_, claim)| claim.attachment).map(|(link, _)| *link);
            self.renew = Renew { wanted: self.current.is_some(), ..Renew::default() };
        }
        env.touch(Part::Agent(self.id));
        claim.attach.take_todo().is_some()
    }

    /// The attachment that a claim is about.
    pub fn attachment_over(&self, link: LinkId) -> Option<u64> {
        self.claims.get(&link).map(|claim| claim.attachment)
    }

    /// What is held for the agent has a hole: it has to say once more where it is, soon, but not without end.
    pub fn lost_mail(&mut self, env: &mut Env) {
        self.lose_channel(Code::E_IOT_AGENT_NOT_FOUND, env);
        self.deaf = true;
        self.renew.wanted = true;
        self.renew.failures = self.renew.failures.saturating_add(1);
        self.renew.at = Some(env.now.after(env.pause(self.renew.failures)));
        env.touch(Part::Agent(self.id));
    }

    /// Rows have been taken from what is held.
    pub fn has_mail(&mut self) {
        self.renew.failures = 0;
    }

    /// The server has confirmed more.
    pub fn confirm(&mut self, word: Word, env: &mut Env) {
        self.since = word.confirmed.clone();
        self.confirmed = word.confirmed;
        SetAside::join(&mut self.aside, word.aside);
        if !word.forks.is_empty() && word.forks != self.forks {
            (self.forks, self.forks_told) = (word.forks, false);
        }
        env.touch(Part::Agent(self.id));
    }

    pub fn confirmed(&self) -> &Marks {
        &self.confirmed
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        for (link, claim) in &mut self.claims {
            // Only who is in use, or speaks for itself, replaces what is remembered.
            let counts = self.current == Some(*link) || claim.peer == self.id;
            if self.attaching.is_some() || claim.needs.is_some() || !counts {
                continue;
            }
            if let Some(mut announce) = claim.attach.start() {
                claim.no_older_than_sent(&mut announce);
                // The answer tells all of that.
                self.since = Marks::default();
                self.aside.clear();
                self.forks.clear();
                self.forks_told = true;
                let work = Job::Attach { announce: announce.clone(), via: claim.peer };
                let job = env.job(*link, Owner::Attach(self.id, *link, claim.attachment), work);
                claim.attach.began(job, announce);
                self.attaching = Some(job);
            }
        }
        self.ask_again(env);
        self.tell(env);
        self.channel.advance(env);
        if let Some(link) = self.current {
            env.touch(Part::Link(link));
        }
    }

    pub fn tick(&mut self, now: Millis) {
        self.claims.values_mut().for_each(|claim| claim.attach.tick(now));
        self.renew.at = self.renew.at.filter(|at| *at > now);
        self.channel.tick(now);
    }

    pub fn wake_at(&self) -> Option<Millis> {
        let attach = self.claims.values().filter_map(|claim| claim.attach.wake_at());
        attach.chain(self.renew.at).chain(self.channel.wake_at()).min()
    }

    /// The claim that is left has to be announced once more.
    fn ask_again(&mut self, env: &mut Env) {
        if !self.renew.wanted || self.renew.at.is_some() {
            return;
        }
        self.renew.wanted = false;
        let Some((link, claim)) = self.current.and_then(|link| Some((link, self.claims.get(&link)?))) else { return };
        // One that was never taken in is taken in now; its announcement waits.
        if !claim.attach.is_busy() {
            Route::direct(link, claim.peer).send(Message::Renew(self.id), env);
        }
    }

    /// The agent hears what this server has confirmed.
    fn tell(&mut self, env: &mut Env) {
        let Some(route) = self.channel.route() else { return };
        if self.told.as_ref().is_some_and(|told| *told != self.confirmed || !self.forks_told) {
            self.told = Some(self.confirmed.clone());
            let (confirmed, aside) = (self.confirmed.clone(), std::mem::take(&mut self.aside));
            let told = std::mem::replace(&mut self.forks_told, true);
            let forks = if told { Vec::new() } else { self.forks.clone() };
            route.send(Message::Word(Word { confirmed, forks, aside, fresh: false }), env);
        }
    }

    fn lose_channel(&mut self, code: Code, env: &mut Env) {
        self.told = None;
        self.refusals.clear();
        if self.channel.is_open() {
            self.channel.close(code, env);
        }
    }
}

/// Why an announcement from below says something that cannot be.
pub(super) fn impossible(announce: &Announce, own: AgentId, level: Level) -> Option<Closing> {
    let Announce { agent, role, level: its, .. } = *announce;
    let (code, text) = if !agent.is_node() || agent == own || role == Role::Server {
        (
            Code::E_IOT_WRONG_AGENT_ID,
            format!("agent id {agent} cannot be that of a node below agent {own}; give each node its own"),
        )
    } else if its <= level {
        (
            Code::E_IOT_INCOMPATIBLE_LEVEL,
            format!("agent {agent} has level {its}, which is not below level {level} of agent {own}"),
        )
    } else {
        return None;
    };
    Some(Closing { code, text })
}
