//! Threads that wait for an event.

use crate::base::{Asking, Code, Result, fail};
use crate::db::Database;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often events were committed, and how often their waits were ended.
#[derive(Debug)]
pub(in crate::db) struct Waits {
    counts: Mutex<Vec<Counts>>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    fired: u64,
    released: u64,
}

impl Waits {
    pub(in crate::db) fn new(events: usize) -> Self {
        Waits { counts: Mutex::new(vec![Counts::default(); events]), changed: Condvar::new() }
    }

    /// A transaction with these events was committed.
    pub(in crate::db) fn tell(&self, events: &BTreeSet<u16>) {
        if !events.is_empty() {
            self.count(|number, counts| counts.fired += u64::from(events.contains(&number)));
        }
    }

    fn count(&self, mut change: impl FnMut(u16, &mut Counts)) {
        (1_u16..).zip(self.counts.lock().iter_mut()).for_each(|(number, counts)| change(number, counts));
        self.changed.notify_all();
    }
}

impl Database {
    /// Waits until a transaction with this event is committed (`true`) or waits for it are released (`false`). What was committed before does
    /// not count. `left` says how long it may go on waiting, `None` for ever: `E_IOT_TIMEOUT`. `E_INVALID_HANDLE`: `ended` was raised (see
    /// [`Database::wake`]), or the database killed; `E_TRANS_NOT_CLOSED` in a writing thread, which would keep others from committing;
    /// `E_INTERRUPTED` when the program, asked, wants that.
    pub fn wait_event(
        &self,
        event: u16,
        ended: &AtomicBool,
        left: &dyn Fn() -> Option<Duration>,
        asking: Option<Asking<'_>>,
    ) -> Result<bool> {
        self.check_event(event)?;
        if self.writes_in_this_thread() {
            return fail(Code::E_TRANS_NOT_CLOSED, "this thread has a writing transaction open on this database; end it first");
        }
        let at = usize::from(event) - 1;
        let mut all = self.waits.counts.lock();
        let before = all.get(at).copied().unwrap_or_default();
        loop {
            if ended.load(Ordering::Acquire) || self.is_killed() {
                return fail(Code::E_INVALID_HANDLE, "the connection has ended while it waited for an event");
            }
            let now = all.get(at).copied().unwrap_or_default();
            if now != before {
                return Ok(now.fired != before.fired);
            }
            let left = left();
            if left == Some(Duration::ZERO) {
                return fail(Code::E_IOT_TIMEOUT, format!("event {event} did not come in time"));
            }
            let due = asking.map(|asking| (asking.due)());
            match (asking, left.into_iter().chain(due).min()) {
                (Some(Asking { ask, .. }), Some(Duration::ZERO)) => {
                    if MutexGuard::unlocked(&mut all, ask) {
                        return fail(Code::E_INTERRUPTED, "interrupted while it waited for an event");
                    }
                }
                (_, Some(pause)) => {
                    self.waits.changed.wait_for(&mut all, pause);
                }
                (_, None) => self.waits.changed.wait(&mut all),
            }
        }
    }

    /// Ends the waits for one event, or for all.
    pub fn release_waits(&self, event: Option<u16>) -> Result<()> {
        event.map_or(Ok(()), |event| self.check_event(event))?;
        self.waits.count(|number, counts| counts.released += u64::from(event.is_none_or(|event| event == number)));
        Ok(())
    }

    /// Lets those who wait look whether their connection has ended.
    pub fn wake(&self) {
        self.waits.count(|_, _| ());
    }

    fn check_event(&self, event: u16) -> Result<()> {
        match self.dictionary.event(event) {
            Some(_) => Ok(()),
            None => fail(Code::E_ILLEGAL_PARAM, format!("the schema has no event {event}")),
        }
    }
}
