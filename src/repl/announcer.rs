//! Tells the active parent which agents are reached through this router.

use super::config::ANNOUNCED_MAX;
use super::env::{Env, Owner};
use super::{Job, JobId};
use crate::base::{AgentId, LinkId, Millis};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Announcer {
    /// To be announced.
    wanted: BTreeSet<AgentId>,
    /// The database is asked what they have said.
    describing: BTreeMap<AgentId, JobId>,
    /// Announcements that the parent has not answered.
    unwelcomed: BTreeMap<AgentId, usize>,
    count: usize,
    failures: u32,
    pause: Option<Millis>,
}

impl Announcer {
    /// An agent is to be announced, once more if it was before.
    pub fn want(&mut self, agent: AgentId) {
        self.wanted.insert(agent);
    }

    /// An agent is not to be announced.
    pub fn forget(&mut self, agent: AgentId) {
        self.wanted.remove(&agent);
        self.describing.remove(&agent);
    }

    /// Asks the database about as many as may be announced now.
    pub fn advance(&mut self, link: LinkId, env: &mut Env) {
        while self.pause.is_none() && self.count + self.describing.len() < ANNOUNCED_MAX {
            let next = self.wanted.iter().find(|agent| !self.describing.contains_key(agent)).copied();
            let Some(agent) = next else { break };
            self.wanted.remove(&agent);
            let job = env.job(link, Owner::Describe(agent), Job::Describe { agent });
            self.describing.insert(agent, job);
        }
    }

    /// Whether this is the answer that was waited for.
    pub fn described(&mut self, agent: AgentId, job: JobId) -> bool {
        let ours = self.describing.get(&agent) == Some(&job);
        if ours {
            self.describing.remove(&agent);
        }
        ours
    }

    /// It could not be read.
    pub fn failed(&mut self, agent: AgentId, env: &Env) {
        self.failures = self.failures.saturating_add(1);
        self.pause = Some(env.now.after(env.pause(self.failures)));
        self.wanted.insert(agent);
    }

    /// An announcement has gone out.
    pub fn sent(&mut self, agent: AgentId) {
        self.failures = 0;
        *self.unwelcomed.entry(agent).or_default() += 1;
        self.count += 1;
    }

    /// The parent has answered one. Says whether there was one to be answered.
    pub fn welcomed(&mut self, agent: AgentId) -> bool {
        let Some(left) = self.unwelcomed.get_mut(&agent) else { return false };
        *left -= 1;
        self.count -= 1;
        if *left == 0 {
            self.unwelcomed.remove(&agent);
        }
        true
    }

    /// Whether what comes for the agent belongs to its last announcement.
    pub fn is_welcomed(&self, agent: AgentId) -> bool {
        !self.unwelcomed.contains_key(&agent)
    }

    /// Announcements that the parent has not answered.
    pub fn unanswered(&self) -> usize {
        self.count
    }

    pub fn tick(&mut self, now: Millis) {
        self.pause = self.pause.filter(|at| *at > now);
    }

    pub fn wake_at(&self) -> Option<Millis> {
        self.pause
    }
}
