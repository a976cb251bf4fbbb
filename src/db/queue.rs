//! The one writer's place and the transactions that wait for it.

use crate::base::{Asking, Code, Result, fail};
use crate::db::turn::Turn;
use crate::db::{Database, Priority};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Who writes and who waits. Waiting ones go by priority, then by arrival.
#[derive(Debug, Default)]
pub(in crate::db) struct WriterQueue {
    inside: Mutex<Waiting>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    holder: Option<u64>,
    tickets: BTreeSet<(Reverse<Priority>, u64)>,
    last_ticket: u64,
    closed: bool,
    /// Among the processes that share the database.
    turn: Turn,
}

/// The writer's place; dropping it lets the next one write.
#[derive(Debug)]
pub struct WriterPlace(Arc<Database>);

impl Waiting {
    /// Refuses a thread that has the place.
    fn check_not_mine(&self) -> Result<()> {
        if self.holder == Some(this_thread()) {
            return fail(
                Code::E_TRANS_NOT_CLOSED,
                "this thread has a writing transaction open on this database and would wait for itself; end it first",
            );
        }
        Ok(())
    }

    /// Whether it is time for this ticket.
    fn may_enter(&mut self, ticket: (Reverse<Priority>, u64), database: &Arc<Database>) -> bool {
        self.holder.is_none() && self.tickets.first() == Some(&ticket) && database.has_turn(&mut self.turn)
    }

    /// Somebody waits no more: other processes do not wait for nobody.
    fn leave(&mut self, ticket: (Reverse<Priority>, u64), database: &Database) {
        self.tickets.remove(&ticket);
        if self.holder.is_none() && self.tickets.is_empty() {
            database.end_turn(&mut self.turn);
        }
    }
}

impl WriterQueue {
    /// Waits for the place. `E_TRANS_NOT_CLOSED` when this very thread has it, `E_IOT_STOPPED` when it is called off.
    pub(in crate::db) fn enter(database: &Arc<Database>, priority: Priority, end: Option<&AtomicBool>) -> Result<WriterPlace> {
        Self::enter_unless(database, priority, end, None)
    }

    /// The same; `E_INTERRUPTED` when that is the answer.
    pub(in crate::db) fn enter_unless(
        database: &Arc<Database>,
        priority: Priority,
        end: Option<&AtomicBool>,
        asking: Option<Asking<'_>>,
    ) -> Result<WriterPlace> {
        let queue = &database.queue;
        let mut inside = queue.inside.lock();
        inside.check_not_mine()?;
        inside.last_ticket += 1;
        let ticket = (Reverse(priority), inside.last_ticket);
        inside.tickets.insert(ticket);
        let is_called_off = || end.is_some_and(|end| end.load(Ordering::Acquire));
        while !inside.closed && !is_called_off() && !inside.may_enter(ticket, database) {
            let Some(Asking { due, ask }) = asking else {
                queue.freed.wait(&mut inside);
                continue;
            };
            // By the clock: where many write, who waits is woken all the time.
            let due = due();
            if due > Duration::ZERO {
                queue.freed.wait_for(&mut inside, due);
                continue;
            }
            // Out of the way meanwhile, for who asks may write, too.
            inside.leave(ticket, database);
            queue.freed.notify_all();
            if MutexGuard::unlocked(&mut inside, ask) {
                return fail(Code::E_INTERRUPTED, "interrupted while it waited for another transaction to end");
            }
            inside.check_not_mine()?;
            inside.tickets.insert(ticket);
        }
        if inside.closed {
            inside.leave(ticket, database);
            return fail(Code::E_INVALID_HANDLE, "the database has been closed by kill");
        }
        if is_called_off() {
            inside.leave(ticket, database);
            // Whoever comes next may have been kept from the place by our ticket.
            queue.freed.notify_all();
            return fail(Code::E_IOT_STOPPED, "stopped while it waited for another transaction to end");
        }
        inside.tickets.remove(&ticket);
        inside.holder = Some(this_thread());
        Ok(WriterPlace(Arc::clone(database)))
    }

    /// It is this process's turn, after others.
    pub(in crate::db) fn granted(&self, database: &Database) {
        let mut inside = self.inside.lock();
        inside.turn = Turn::Ours;
        if inside.tickets.is_empty() {
            database.end_turn(&mut inside.turn);
        }
        drop(inside);
        self.freed.notify_all();
    }

    /// Whether the calling thread has the place.
    pub(in crate::db) fn is_mine(&self) -> bool {
        self.inside.lock().holder == Some(this_thread())
    }

    /// How many transactions wait.
    pub(in crate::db) fn waiting(&self) -> usize {
        self.inside.lock().tickets.len()
    }

    /// Sends those away who wait with this flag, and all who come with it.
    pub(in crate::db) fn call_off(&self, end: &AtomicBool) {
        let inside = self.inside.lock();
        end.store(true, Ordering::Release);
        drop(inside);
        self.freed.notify_all();
    }

    /// Sends everybody away who waits.
    pub(in crate::db) fn close(&self) {
        self.inside.lock().closed = true;
        self.freed.notify_all();
    }
}

/// A number for the calling thread. Not `std::thread::current`, which makes a record that a program's main thread never gives back.
fn this_thread() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local!(static NUMBER: u64 = LAST.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| *number)
}

impl Drop for WriterPlace {
    fn drop(&mut self) {
        let mut inside = self.0.queue.inside.lock();
        inside.holder = None;
        self.0.end_turn(&mut inside.turn);
        drop(inside);
        self.0.queue.freed.notify_all();
    }
}
