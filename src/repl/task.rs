//! What somebody waits for: a user's sync, or a pull of another node. A task ends with the last of its parts.

use super::env::Env;
use super::route::Route;
use super::{Output, SyncId};
use crate::base::{AgentId, Code, Group, LinkId, Marks, Position};
use crate::wire::{Message, Pull, PullEnd};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TaskId(u64);

/// Who gets the result.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker {
    Sync(SyncId),
    /// An answer, to be sent there.
    Pull(Route, Pull),
}

/// How one part of a task has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub moved: bool,
    pub rows: u64,
    pub code: Code,
    /// The end of what belongs to it.
    pub end: Option<(Group, Position)>,
}

impl Outcome {
    pub fn failed(code: Code) -> Self {
        Outcome { moved: false, rows: 0, code, end: None }
    }

    /// Nothing was there to be done.
    pub fn nothing() -> Self {
        Outcome::failed(Code::S_OK)
    }
}

#[derive(Debug, Default)]
pub(super) struct Tasks {
    open: BTreeMap<TaskId, Task>,
    by_sync: BTreeMap<SyncId, TaskId>,
    /// How many answers are owed to whom over a link.
    answers: BTreeMap<(LinkId, AgentId), usize>,
    last: u64,
}

#[derive(Debug)]
struct Task {
    asker: Asker,
    parts: usize,
    moved: bool,
    rows: u64,
    code: Code,
    ends: Marks,
}

impl Tasks {
    /// How many syncs have not ended.
    pub fn syncs(&self) -> usize {
        self.by_sync.len()
    }

    /// A task of so many parts.
    pub fn open(&mut self, asker: Asker, parts: usize) -> TaskId {
        self.last += 1;
        let id = TaskId(self.last);
        match asker {
            Asker::Sync(sync) => {
                self.by_sync.insert(sync, id);
            }
            Asker::Pull(route, pull) => *self.answers.entry((route.link, pull.asker)).or_default() += 1,
        }
        self.open.insert(id, Task { asker, parts, moved: false, rows: 0, code: Code::S_OK, ends: Marks::default() });
        id
    }

    /// One of its parts has become several.
    pub fn split(&mut self, id: TaskId, into: usize) {
        if let Some(task) = self.open.get_mut(&id) {
            task.parts += into.saturating_sub(1);
        }
    }

    /// Whether it has not ended.
    pub fn is_open(&self, id: TaskId) -> bool {
        self.open.contains_key(&id)
    }

    /// Whether a sync was open; nobody waits for it any more.
    pub fn cancel(&mut self, sync: SyncId) -> bool {
        let id = self.by_sync.remove(&sync);
        id.is_some_and(|id| self.open.remove(&id).is_some())
    }

    /// Ends all; gives the syncs in order.
    pub fn take_syncs(&mut self) -> impl Iterator<Item = SyncId> {
        self.open.clear();
        self.answers.clear();
        std::mem::take(&mut self.by_sync).into_keys()
    }

    /// How many answers are owed to a node over a link.
    pub fn answers(&self, link: LinkId, asker: AgentId) -> usize {
        self.answers.get(&(link, asker)).copied().unwrap_or(0)
    }

    fn answered(&mut self, whom: (LinkId, AgentId)) {
        if let Some(left) = self.answers.get_mut(&whom) {
            *left -= 1;
            if *left == 0 {
                self.answers.remove(&whom);
            }
        }
    }

    /// The task, with its last part.
    fn part_done(&mut self, id: TaskId, outcome: Outcome) -> Option<Task> {
        let task = self.open.get_mut(&id)?;
        task.parts = task.parts.saturating_sub(1);
        task.moved |= outcome.moved;
        task.rows += outcome.rows;
        if task.code == Code::S_OK {
            task.code = outcome.code;
        }
        if let Some((group, end)) = outcome.end {
            task.ends.set(group, end);
        }
        if task.parts > 0 {
            return None;
        }
        let task = self.open.remove(&id)?;
        match task.asker {
            Asker::Sync(sync) => {
                self.by_sync.remove(&sync);
            }
            Asker::Pull(route, pull) => self.answered((route.link, pull.asker)),
        }
        Some(task)
    }
}

impl Env {
    /// One part of a task has ended.
    pub fn part_done(&mut self, id: TaskId, outcome: Outcome) {
        let Some(task) = self.tasks.part_done(id, outcome) else { return };
        match task.asker {
            Asker::Sync(sync) => {
                let ok = if task.moved { Code::S_OK } else { Code::S_IOT_NO_NEW_DATA };
                let code = if task.code == Code::S_OK { ok } else { task.code };
                self.emit(Output::SyncDone { sync, code });
            }
            Asker::Pull(route, pull) => {
                let Pull { asker, target, seq, .. } = pull;
                let end = PullEnd { asker, target, seq, rows: task.rows, code: task.code, ends: task.ends };
                route.send(Message::PullEnd(end), self);
            }
        }
    }
}
