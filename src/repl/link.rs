//! One neighbour whose handshake is complete, and what comes over its link.

use super::asks::Asks;
use super::env::{Closing, Env, Owner, violation};
use super::patience::Patience;
use super::receiver::{Applied, ApplyResult, Receiver};
use super::route::Route;
use super::{Job, JobId, Peer};
use crate::base::{AgentId, Code, Group, LinkId, Millis, Position, Stream, Way};
use crate::wire::{Batch, Message};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Link {
    pub id: LinkId,
    pub peer: Peer,
    /// From below: it has announced itself, or said that the link is only kept in reserve.
    pub introduced: bool,
    /// The link is kept in reserve.
    pub standby: bool,
    /// Announcements over this link that we have not answered.
    pub unanswered: usize,
    /// From below: the routers above this node, as it was told.
    pub path: Vec<AgentId>,
    /// Texts of schemas that the peer has asked for and not got.
    pub shown: usize,
    receivers: BTreeMap<Stream, Receiver>,
    schema: Option<SchemaAsked>,
    patience: Patience,
    /// When the peer's answer is late.
    answer_by: Option<Millis>,
}

/// The text that the peer was asked for.
#[derive(Debug)]
struct SchemaAsked {
    hash: u64,
    /// It is being stored.
    came: bool,
    /// Asked for behind it.
    next: Vec<u64>,
    /// Agents that are taken in when one of these is known.
    agents: Vec<(AgentId, u64)>,
}

/// What follows from a schema that is known now, or could not be had.
#[derive(Debug)]
pub(super) struct Learned {
    pub hash: u64,
    /// What is refused for want of it.
    pub refused: Vec<(Stream, Code)>,
    /// Agents whose announcements have waited for it.
    pub agents: Vec<AgentId>,
}

impl Link {
    pub fn new(id: LinkId, peer: Peer) -> Self {
        Link {
            id,
            peer,
            introduced: false,
            standby: false,
            unanswered: 0,
            path: Vec::new(),
            shown: 0,
            receivers: BTreeMap::new(),
            schema: None,
            patience: Patience::default(),
            answer_by: None,
        }
    }

    pub fn route(&self) -> Route {
        Route::direct(self.id, self.peer.agent)
    }

    /// What is owed has come nearer.
    pub fn sign(&mut self, now: Millis) {
        self.patience.sign(now);
    }

    /// A stream goes on, or begins, behind `mark`.
    pub fn expect(&mut self, stream: Stream, route: Route, mark: Position, env: &mut Env) {
        if let Some(mut old) = self.receivers.insert(stream, Receiver::new(route, stream, mark)) {
            old.end(env);
        }
    }

    /// Nothing more is taken for, or from, an agent.
    pub fn forget(&mut self, way: Way, agent: AgentId, env: &mut Env) {
        let (low, high) = (Group(0), Group(u8::MAX));
        let streams: Vec<Stream> = self
            .receivers
            .range(Stream { agent, way, group: low }..=Stream { agent, way, group: high })
            .map(|(s, _)| *s)
            .collect();
        for stream in streams {
            if let Some(mut receiver) = self.receivers.remove(&stream) {
                receiver.end(env);
            }
        }
    }

    /// Rows from the peer; a stream that was not expected begins with its first batch.
    pub fn batch(&mut self, stream: Stream, route: Route, batch: Batch, env: &mut Env) -> Result<(), Closing> {
        let receiver = self.receivers.entry(stream).or_insert_with(|| Receiver::new(route, stream, Position::default()));
        receiver.batch(batch, env)?;
        receiver.advance(self.peer.agent, env);
        Ok(())
    }

    /// A batch is durable, or was not applied.
    pub fn apply_done(&mut self, stream: Stream, job: JobId, result: ApplyResult, env: &mut Env) -> Result<Applied, Closing> {
        let Some(receiver) = self.receivers.get_mut(&stream) else { return Ok(Applied::Stale) };
        let applied = receiver.apply_done(job, result, env)?;
        if let Applied::Needs(hash) = applied {
            self.need_schema(hash, env);
        } else {
            receiver.advance(self.peer.agent, env);
        }
        Ok(applied)
    }

    /// Up to where a stream is durable here.
    pub fn mark(&self, stream: Stream) -> Position {
        self.receivers.get(&stream).map(Receiver::mark).unwrap_or_default()
    }

    /// Upward streams of which nothing is taken now, and why.
    pub fn refused(&self) -> impl Iterator<Item = (Stream, Code)> {
        let up = self.receivers.iter().filter(|(stream, _)| stream.way == Way::Up);
        up.filter_map(|(stream, receiver)| Some((*stream, receiver.refused()?)))
    }

    /// Whether anything of a stream has come over this link.
    pub fn has_begun(&self, stream: Stream) -> bool {
        self.receivers.contains_key(&stream)
    }

    /// Asks the peer for the text of a schema.
    pub fn need_schema(&mut self, hash: u64, env: &mut Env) {
        match &mut self.schema {
            Some(asked) if asked.hash == hash || asked.next.contains(&hash) => {}
            // At most one for each stream and each announcement that is not answered.
            Some(asked) => asked.next.push(hash),
            None => {
                self.schema = Some(SchemaAsked { hash, came: false, next: Vec::new(), agents: Vec::new() });
                self.route().send(Message::SchemaRequest(hash), env);
            }
        }
    }

    /// Asks the peer for the text of a schema that an announcement over this link has named.
    pub fn need_schema_of(&mut self, agent: AgentId, hash: u64, env: &mut Env) {
        self.need_schema(hash, env);
        if let Some(asked) = &mut self.schema {
            asked.agents.retain(|(other, _)| *other != agent);
            asked.agents.push((agent, hash));
        }
    }

    /// The text has come; empty if the peer does not know it either.
    pub fn schema(&mut self, text: String, env: &mut Env) -> Result<(), Closing> {
        let from = self.peer.agent;
        let Some(asked) = self.schema.as_mut().filter(|asked| !asked.came) else {
            return violation(format!("agent {from} sends a schema that nobody has asked for"));
        };
        asked.came = true;
        let hash = asked.hash;
        env.job(self.id, Owner::Learn(self.id), Job::LearnSchema { from, hash, text });
        Ok(())
    }

    /// The text is stored, or could not be. What waits for it is tried again, except what is refused instead.
    pub fn learned(&mut self, result: Result<(), Code>, env: &mut Env) -> Option<Learned> {
        let asked = self.schema.take()?;
        let from = self.peer.agent;
        let mut refused = Vec::new();
        for (stream, receiver) in &mut self.receivers {
            if receiver.learned(asked.hash, result, from, env).is_some() {
                refused.extend(result.err().map(|code| (*stream, code)));
            }
        }
        asked.next.into_iter().for_each(|hash| self.need_schema(hash, env));
        let (now, later): (Vec<_>, Vec<_>) = asked.agents.into_iter().partition(|(_, hash)| *hash == asked.hash);
        if let Some(next) = &mut self.schema {
            next.agents = later;
        }
        Some(Learned { hash: asked.hash, refused, agents: now.into_iter().map(|(agent, _)| agent).collect() })
    }

    /// Looks whether the peer owes something; to be called after every change.
    pub fn advance(&mut self, asks: &Asks, waits_for_welcome: bool, env: &mut Env) {
        let in_flight = env.lines.get(&self.id).map_or(0, |line| line.in_flight());
        let below = self.peer.level > env.config.level;
        let applying = env.lines.get(&self.id).is_some_and(|line| line.held().1 > 0);
        let owed = in_flight > 0
            || waits_for_welcome
            || below && !self.introduced
            || self.schema.as_ref().is_some_and(|asked| !asked.came)
            || !applying && asks.owes(self.peer.agent);
        self.patience.owed(owed, env.now);
        self.answer_by = self.patience.end(&env.config, in_flight);
    }

    pub fn tick(&mut self, env: &mut Env) {
        if self.answer_by.is_some_and(|at| at <= env.now) {
            let text = format!("agent {} has not answered for {} ms", self.peer.agent, env.config.answer_timeout);
            env.close(self.id, Closing { code: Code::E_NW_TIMEOUT, text });
        }
    }

    pub fn wake_at(&self) -> Option<Millis> {
        self.answer_by
    }
}
