//! Our pulls on one side of this node, above or below: who was asked, and what has to be here before that is complete.

use super::config::PULLS_MAX;
use super::env::Env;
use super::reach;
use super::route::Route;
use super::task::{Outcome, TaskId};
use crate::base::{AgentId, Code, Marks};
use crate::wire::{Message, Pull, PullEnd};
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug, Default)]
pub(super) struct Asks {
    targets: BTreeMap<AgentId, Asked>,
    last: u64,
    /// The last one that was asked before our last announcement.
    announced: u64,
    /// Up to this one answers may come that nobody waits for any more.
    given_up: u64,
}

/// Pulls of one node.
#[derive(Debug, Default)]
struct Asked {
    open: VecDeque<Asking>,
    /// Those for which there is no room among the unanswered ones, or no way yet: they become one.
    next: Option<Next>,
}

#[derive(Debug)]
struct Asking {
    seq: u64,
    flags: u32,
    waiters: Vec<TaskId>,
    /// Rows that have come since.
    rows: u64,
    code: Code,
    end: Option<PullEnd>,
}

#[derive(Debug, Default)]
struct Next {
    flags: u32,
    waiters: Vec<TaskId>,
}

impl Asks {
    /// Who was asked, and may not have answered.
    pub fn targets(&self) -> Vec<AgentId> {
        self.targets.keys().copied().collect()
    }

    /// Asks `target` to send, as soon as [`Asks::send`] says how; `waiter` gets the result.
    pub fn pull(&mut self, target: AgentId, flags: u32, waiter: Option<TaskId>) {
        let next = self.targets.entry(target).or_default().next.get_or_insert_default();
        next.flags |= flags;
        next.waiters.extend(waiter);
    }

    /// Sends what may be asked now.
    pub fn send(&mut self, target: AgentId, route: &Route, env: &mut Env) {
        let Some(asked) = self.targets.get_mut(&target).filter(|a| a.open.len() < PULLS_MAX) else { return };
        let Some(next) = asked.next.take() else { return };
        self.last += 1;
        let Next { flags, waiters } = next;
        let asking = Asking { seq: self.last, flags, waiters, rows: 0, code: Code::S_OK, end: None };
        asking.send(target, route, env);
        asked.open.push_back(asking);
    }

    /// Streams from above begin anew where this node is: what was said of their ends may not hold any more, for what is here already does
    /// not come once more. The node is asked again.
    pub fn again(&mut self, target: AgentId, route: &Route, env: &mut Env) {
        let Some(asked) = self.targets.get_mut(&target) else { return };
        for asking in asked.open.iter_mut().filter(|asking| asking.end.is_some()) {
            self.last += 1;
            (asking.seq, asking.end) = (self.last, None);
            asking.send(target, route, env);
        }
    }

    /// This node announces itself.
    pub fn announced(&mut self) {
        self.announced = self.last;
    }

    /// The node has answered before it took our last announcement in: what it was asked before that holds no more than what was answered
    /// before. What it was asked behind it, it has refused.
    pub fn ended_before(&mut self, end: PullEnd, route: &Route, env: &mut Env) -> bool {
        let (target, crossed) = (end.target, end.seq <= self.announced);
        let asked = self.ended(end);
        if crossed {
            self.again(target, route, env);
        }
        asked
    }

    /// The node has sent everything. Says whether that was asked for.
    pub fn ended(&mut self, end: PullEnd) -> bool {
        let Some(asked) = self.targets.get_mut(&end.target) else { return false };
        let Some(asking) = asked.open.iter_mut().find(|a| a.seq == end.seq && a.end.is_none()) else { return false };
        asking.end = Some(end);
        true
    }

    /// Whether a pull may have been given up before it was answered.
    pub fn gave_up(&self, seq: u64) -> bool {
        seq <= self.given_up
    }

    /// Rows that may belong to pulls of this node have been committed.
    pub fn rows_came(&mut self, target: AgentId, rows: u32, code: Code) {
        for asking in self.targets.get_mut(&target).into_iter().flat_map(|asked| &mut asked.open) {
            asking.rows += u64::from(rows);
            if asking.code == Code::S_OK {
                asking.code = code;
            }
        }
    }

    /// Rows of the node have no room here: who waits for them is told. They come later.
    pub fn refused(&mut self, target: AgentId, code: Code, env: &mut Env) {
        let Some(asked) = self.targets.get_mut(&target) else { return };
        for asking in &mut asked.open {
            for task in std::mem::take(&mut asking.waiters) {
                env.part_done(task, Outcome::failed(code));
            }
        }
        asked.open.retain(|asking| asking.end.is_none());
    }

    /// Ends what is complete: `have` tells how much of the node's streams is here, as far as that matters; without it a node is taken at its word.
    pub fn finish(&mut self, target: AgentId, have: Option<&Marks>, env: &mut Env) {
        let Some(asked) = self.targets.get_mut(&target) else { return };
        // Also with an error: what could be sent is waited for, and a node that sent nothing names no ends.
        let is_here =
            |end: &PullEnd| have.is_none_or(|have| have.iter().all(|(group, mark)| reach(mark) >= reach(end.ends.get(group))));
        for mut asking in std::mem::take(&mut asked.open) {
            let Some(end) = asking.end.take_if(|end| is_here(end)) else {
                asked.open.push_back(asking);
                continue;
            };
            let code = if asking.code == Code::S_OK { end.code } else { asking.code };
            for task in asking.waiters {
                env.part_done(task, Outcome { moved: end.rows > 0 || asking.rows > 0, ..Outcome::failed(code) });
            }
        }
    }

    /// Nobody can answer any more.
    pub fn fail(&mut self, target: AgentId, code: Code, env: &mut Env) {
        let Some(asked) = self.targets.remove(&target) else { return };
        self.given_up = self.last;
        let waiters = asked.open.into_iter().flat_map(|a| a.waiters).chain(asked.next.into_iter().flat_map(|n| n.waiters));
        for task in waiters {
            env.part_done(task, Outcome::failed(code));
        }
    }

    /// Whether this node owes us an answer.
    pub fn owes(&self, target: AgentId) -> bool {
        self.targets.get(&target).is_some_and(|asked| asked.open.iter().any(|a| a.end.is_none()))
    }
}

impl Asking {
    fn send(&self, target: AgentId, route: &Route, env: &mut Env) {
        let pull = Pull { asker: env.config.agent, target, seq: self.seq, flags: self.flags };
        route.send(Message::Pull(pull), env);
    }
}
