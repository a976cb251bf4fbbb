//! One piece of work that has to be done, and is tried again with growing pauses until it is.

use super::JobId;
use super::env::Env;
use crate::base::Millis;

#[derive(Debug)]
pub(super) struct Chore<T> {
    /// Not begun; replaces what is running when that has ended.
    todo: Option<T>,
    running: Option<(JobId, T)>,
    failures: u32,
    pause: Option<Millis>,
}

impl<T> Default for Chore<T> {
    fn default() -> Self {
        Chore { todo: None, running: None, failures: 0, pause: None }
    }
}

impl<T> Chore<T> {
    /// To be done; what was not begun is replaced.
    pub fn want(&mut self, what: T) {
        self.todo = Some(what);
    }

    /// What is wanted and not begun.
    pub fn todo(&mut self) -> Option<&mut T> {
        self.todo.as_mut()
    }

    /// Takes back what is wanted and not begun.
    pub fn take_todo(&mut self) -> Option<T> {
        self.todo.take()
    }

    /// What has to begin now, if anything.
    pub fn start(&mut self) -> Option<T> {
        if self.running.is_some() || self.pause.is_some() {
            return None;
        }
        self.todo.take()
    }

    /// It has begun with this job.
    pub fn began(&mut self, job: JobId, what: T) {
        self.running = Some((job, what));
    }

    /// Ends the job if it is the one that runs, and gives what it was for.
    pub fn ended(&mut self, job: JobId) -> Option<T> {
        self.running.take_if(|(running, _)| *running == job).map(|(_, what)| what)
    }

    /// It has succeeded.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// It has failed, and is tried again after a pause, unless something newer is wanted by then.
    pub fn failed(&mut self, what: T, env: &Env) {
        self.failures = self.failures.saturating_add(1);
        self.pause = Some(env.now.after(env.pause(self.failures)));
        self.todo.get_or_insert(what);
    }

    /// Whether something is wanted or under way.
    pub fn is_busy(&self) -> bool {
        self.todo.is_some() || self.running.is_some()
    }

    /// Whether it waits for another try, and until when.
    pub fn wake_at(&self) -> Option<Millis> {
        self.pause
    }

    pub fn tick(&mut self, now: Millis) {
        self.pause = self.pause.filter(|at| *at > now);
    }
}
