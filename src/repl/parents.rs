//! Nodes above: the active parent, to which everything goes up, and links in reserve.

use super::announcer::Announcer;
use super::channel::Channel;
use super::chore::Chore;
use super::config::PULLS_MAX;
use super::env::{Closing, Env, Owner, Part};
use super::flags::SYNC_PUSH;
use super::path::Early;
use super::push::Origin;
use super::route::Route;
use super::{Job, JobId, Output, Peer, later_of};
use crate::base::{AgentId, Announce, Code, Group, LinkId, Marks, Millis, Position, Role, SetAside, Way, Word};
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug)]
pub(super) struct Parents {
    pub active: Option<Parent>,
    /// In the order in which they came.
    pub standby: VecDeque<LinkId>,
    /// A `NONBLOCK` push was not finished when the last parent was lost.
    kept: bool,
    /// What the user knows to be confirmed.
    told: Marks,
}

#[derive(Debug)]
pub(super) struct Parent {
    pub link: LinkId,
    pub peer: Peer,
    pub channel: Channel,
    pub announcer: Announcer,
    /// The routers above it, nearest first.
    pub path: Vec<AgentId>,
    /// Syncs that came before it was known which these are; nothing once it has taken us in.
    pub early: Option<Vec<Early>>,
    /// Pulls of agents below that were passed on and not answered: asker, number, target.
    pub passed: BTreeMap<AgentId, BTreeMap<u64, AgentId>>,
    describe: Chore<()>,
    /// Our announcements that the parent has not answered.
    unwelcomed: usize,
    attachment: u64,
    /// Rows that come do not fit to what is here, until we have announced ourselves once more.
    deaf: bool,
    begin: Chore<Marks>,
    word: Chore<Word>,
    /// When the database is asked next whether what nodes above have is confirmed in time. No word may ever come that would make it look.
    look_at: Option<Millis>,
    confirmed: Marks,
    /// Rows of ours within that which the server could not apply, and the user has not been told of.
    aside: Vec<SetAside>,
}

impl Parents {
    pub fn new() -> Self {
        Parents { active: None, standby: VecDeque::new(), kept: false, told: Marks::default() }
    }

    /// A link to a node above is up. Says whether it is the active one.
    pub fn add(&mut self, link: LinkId, peer: Peer, env: &mut Env) -> bool {
        if self.active.is_some() {
            self.standby.push_back(link);
            return false;
        }
        self.activate(link, peer, env);
        true
    }

    /// Makes a link the active one.
    pub fn activate(&mut self, link: LinkId, peer: Peer, env: &mut Env) {
        let mut parent = Parent::new(link, peer);
        if std::mem::take(&mut self.kept) || env.config.role == Role::Router {
            parent.channel.keep();
        }
        self.active = Some(parent);
        env.emit(Output::Parent(Some(peer.agent)));
        env.touch(Part::Up);
    }

    /// A link is gone. Gives the parent that is lost with it.
    pub fn remove(&mut self, link: LinkId, code: Code, env: &mut Env) -> Option<Parent> {
        self.standby.retain(|l| *l != link);
        let mut lost = self.active.take_if(|parent| parent.link == link)?;
        lost.channel.close(code, env);
        self.kept |= lost.channel.take_kept();
        Some(lost)
    }

    /// What is confirmed now and the user has not been told.
    pub fn news(&mut self) -> Vec<(Group, Position)> {
        let Some(parent) = &self.active else { return Vec::new() };
        let news = parent.confirmed.iter().filter(|(group, position)| self.told.get(*group) != *position).collect();
        self.told = parent.confirmed.clone();
        news
    }

    /// The active parent, if this is its link.
    pub fn at(&mut self, link: LinkId) -> Option<&mut Parent> {
        self.active.as_mut().filter(|parent| parent.link == link)
    }
}

impl Parent {
    fn new(link: LinkId, peer: Peer) -> Self {
        let mut describe = Chore::default();
        describe.want(());
        Parent {
            link,
            peer,
            channel: Channel::new(Way::Up, peer.agent),
            announcer: Announcer::default(),
            path: Vec::new(),
            early: Some(Vec::new()),
            passed: BTreeMap::new(),
            describe,
            unwelcomed: 0,
            attachment: 0,
            deaf: false,
            begin: Chore::default(),
            word: Chore::default(),
            look_at: None,
            confirmed: Marks::default(),
            aside: Vec::new(),
        }
    }

    pub fn route(&self) -> Route {
        Route::direct(self.link, self.peer.agent)
    }

    /// The parent wants to hear our announcement once more.
    pub fn renew(&mut self) {
        self.describe.want(());
    }

    /// What comes down does not fit to what is here: what is said until the next announcement is answered is passed over.
    pub fn lost_place(&mut self, env: &Env) {
        self.deaf = true;
        self.describe.failed((), env);
    }

    /// What the database says of this node; nothing if that job was nobody's, or has failed.
    pub fn described(&mut self, job: JobId, result: Result<Option<Box<Announce>>, Code>, env: &mut Env) -> Option<Box<Announce>> {
        self.describe.ended(job)?;
        match result {
            Ok(Some(announce)) => {
                self.describe.succeeded();
                self.unwelcomed += 1;
                self.deaf = false;
                self.attachment = announce.attachment;
                Some(announce)
            }
            _ => {
                self.describe.failed((), env);
                None
            }
        }
    }

    /// Whether we have announced ourselves.
    pub fn is_announced(&self) -> bool {
        self.attachment > 0
    }

    /// Whether the parent owes the answer to an announcement.
    pub fn owes(&self) -> bool {
        self.unwelcomed > 0 || self.announcer.unanswered() > 0
    }

    /// Whether it owes the answer to our own.
    pub fn owes_welcome(&self) -> bool {
        self.unwelcomed > 0
    }

    /// Whether what comes belongs to our last announcement.
    pub fn is_welcomed(&self) -> bool {
        self.unwelcomed == 0 && !self.deaf
    }

    /// The parent has taken an announcement of ours in.
    pub fn welcomed(&mut self, received: Marks) {
        self.unwelcomed = self.unwelcomed.saturating_sub(1);
        if self.unwelcomed == 0 {
            self.begin.want(received);
        }
    }

    /// What the server says to us. One that waits is joined with it.
    pub fn word(&mut self, word: Word) {
        match self.word.todo().filter(|_| !word.fresh) {
            Some(waiting) => join(waiting, word),
            None => self.word.want(word),
        }
    }

    /// Where our streams go on with this parent.
    pub fn begun(&mut self, job: JobId, result: Result<Marks, Code>, env: &mut Env) {
        let Some(received) = self.begin.ended(job) else { return };
        match result {
            Ok(starts) if self.channel.is_open() => {
                self.begin.succeeded();
                self.channel.restart(&starts, env);
            }
            Ok(starts) => {
                self.begin.succeeded();
                let (route, direct) = (self.route(), self.peer.role == Role::Server);
                self.channel.open(route, direct, &starts, &self.confirmed, env);
            }
            Err(code) if code == Code::E_IOT_PROTOCOLERR => self.contradicts("marks", env),
            Err(_) => self.begin.failed(received, env),
        }
    }

    /// A word is durable, or could not be saved.
    pub fn heard(&mut self, job: JobId, result: Result<(Marks, Vec<SetAside>), Code>, env: &mut Env) {
        let Some(word) = self.word.ended(job) else { return };
        match result {
            Ok((starts, aside)) => {
                self.word.succeeded();
                self.confirmed = if word.fresh { word.confirmed } else { later_of(&self.confirmed, &word.confirmed) };
                if self.channel.is_open() {
                    self.channel.restart(&starts, env);
                }
                // When the server is the next node, its acknowledgments have said so.
                if self.peer.role != Role::Server {
                    self.channel.set_aside(&aside);
                    SetAside::join(&mut self.aside, aside);
                }
                self.channel.confirmed(&self.confirmed);
                // What we have made of them is said, so that the server does not take us for the other history.
                if !word.fresh && !word.forks.is_empty() {
                    self.renew();
                }
            }
            Err(code) if code == Code::E_IOT_PROTOCOLERR => self.contradicts("word", env),
            Err(_) => {
                let again = match self.word.take_todo() {
                    Some(next) if next.fresh => next,
                    next => {
                        let mut again = word;
                        next.into_iter().for_each(|next| join(&mut again, next));
                        again
                    }
                };
                self.word.failed(again, env);
            }
        }
    }

    /// What the server has confirmed.
    pub fn confirmed(&self) -> &Marks {
        &self.confirmed
    }

    /// Rows set aside that the user has not been told of.
    pub fn take_aside(&mut self) -> Vec<SetAside> {
        std::mem::take(&mut self.aside)
    }

    /// A pull of an agent below goes up; an answer is owed. `false`: it has too many.
    pub fn pass(&mut self, asker: AgentId, seq: u64, target: AgentId) -> bool {
        let open = self.passed.entry(asker).or_default();
        open.values().filter(|asked| **asked == target).count() < PULLS_MAX && open.insert(seq, target).is_none()
    }

    /// The answer has come. Says whether it was still owed.
    pub fn passed_back(&mut self, asker: AgentId, seq: u64) -> bool {
        let Some(open) = self.passed.get_mut(&asker) else { return false };
        let owed = open.remove(&seq).is_some();
        if open.is_empty() {
            self.passed.remove(&asker);
        }
        owed
    }

    /// Something of a group waits to go up, and nobody asks for it (routers).
    pub fn forward(&mut self, group: Group, env: &mut Env) {
        self.channel.add_group(group, Position::default(), self.confirmed.get(group), env);
        if self.channel.is_open() {
            self.channel.push_group(group, SYNC_PUSH);
            env.touch(Part::Up);
        }
    }

    /// Groups that are in use from now on.
    pub fn add_groups(&mut self, groups: &[Group], env: &mut Env) {
        for group in groups {
            self.channel.add_group(*group, Position::default(), self.confirmed.get(*group), env);
        }
    }

    pub fn push(&mut self, origin: Origin, flags: u32, env: &mut Env) {
        self.channel.push(origin, flags, env);
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        let (link, parent, db) = (self.link, self.peer.agent, self.peer.db);
        if self.describe.start().is_some() {
            let agent = env.config.agent;
            self.describe.began(env.job(link, Owner::OwnWord(link), Job::Describe { agent }), ());
        }
        if let Some(received) = self.begin.start() {
            let work = Job::Begin { parent, db, received: received.clone() };
            self.begin.began(env.job(link, Owner::Begin, work), received);
        }
        if let Some(word) = self.word.start() {
            self.word.began(env.job(link, Owner::Word, Job::Word(word.clone())), word);
        }
        if self.is_announced() {
            self.announcer.advance(link, env);
            self.look_at.get_or_insert_with(|| env.now.after(env.config.custody_pause));
        }
        self.channel.advance(env);
        env.touch(Part::Link(link));
    }

    pub fn tick(&mut self, now: Millis) {
        self.describe.tick(now);
        self.begin.tick(now);
        self.word.tick(now);
        if self.look_at.take_if(|at| *at <= now).is_some() {
            // It says nothing, and the database looks at the time as with any other.
            self.word(Word::default());
        }
        self.announcer.tick(now);
        self.channel.tick(now);
    }

    pub fn wake_at(&self) -> Option<Millis> {
        let chores = [self.describe.wake_at(), self.begin.wake_at(), self.word.wake_at(), self.announcer.wake_at()];
        chores.into_iter().chain([self.channel.wake_at(), self.look_at]).flatten().min()
    }

    fn contradicts(&self, what: &str, env: &mut Env) {
        let text = format!("the {what} of agent {} contradict the history of this node", self.peer.agent);
        env.close(self.link, Closing { code: Code::E_IOT_PROTOCOLERR, text });
    }
}

/// One word out of two, the later one no answer to an announcement.
fn join(word: &mut Word, later: Word) {
    word.confirmed = later_of(&word.confirmed, &later.confirmed);
    SetAside::join(&mut word.aside, later.aside);
    // The later one knows of all.
    if !later.forks.is_empty() {
        word.forks = later.forks;
    }
}
