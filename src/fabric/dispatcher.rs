//! Callbacks: events of one connection run in order and one at a time, those of several connections in parallel.

use super::answer::Ended;
use super::connection::PeerConnection;
use super::patience::Patience;
use super::threads::Threads;
use super::{AckInfo, Observer, Verdict};
use crate::base::{Code, LinkId, Millis, Result, fail};
use crate::net::clock;
use parking_lot::{Condvar, Mutex};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Events of one connection that may wait for callbacks; beyond it the connection's own messages wait too.
pub const CALLBACK_QUEUE_MAX: usize = 256;

/// What happened to a connection.
#[derive(Clone, Debug)]
pub(super) enum Notice {
    Connect,
    Receive(u32),
    Ack(AckInfo),
    Disconnect,
    Destroy,
}

/// What the dispatcher asks of the event loop.
pub(super) trait Feedback: Send + Sync {
    /// A callback answered FAIL.
    fn callback_failed(&self, link: LinkId);
    /// The queue of a held connection has room again.
    fn callbacks_caught_up(&self, link: LinkId);
}

pub(super) struct Dispatcher {
    queues: Mutex<Queues>,
    work: Condvar,
    chain: Mutex<Vec<Entry>>,
    /// Some callback has returned.
    returned: Condvar,
    threads: Threads,
}

#[derive(Default)]
struct Queues {
    by_link: BTreeMap<LinkId, Queue>,
    ready: VecDeque<LinkId>,
    /// No more notices are expected; threads end when all is delivered.
    closing: bool,
    /// The threads have ended: who brings a notice delivers it himself.
    closed: bool,
}

struct Queue {
    connection: Arc<PeerConnection>,
    notices: VecDeque<Notice>,
    running: bool,
    /// The event loop holds back messages of this connection.
    held: bool,
    /// Callbacks of this connection that wait in a sync; its queue may then grow past the limit.
    waiting: usize,
}

struct Entry {
    key: usize,
    observer: Arc<dyn Observer>,
    running: usize,
    gone: bool,
}

thread_local! {
    /// Callbacks that this thread is in: dispatcher, connection, key of the observer.
    static INSIDE: RefCell<Vec<(usize, LinkId, usize)>> = const { RefCell::new(Vec::new()) };
}

impl Dispatcher {
    pub(super) fn new() -> Arc<Dispatcher> {
        Arc::new(Dispatcher {
            queues: Mutex::default(),
            work: Condvar::new(),
            chain: Mutex::default(),
            returned: Condvar::new(),
            threads: Threads::default(),
        })
    }

    /// Starts the threads; without any, notices wait for [`Dispatcher::deliver_ready`].
    pub(super) fn start(self: &Arc<Self>, count: u16, feedback: &Arc<dyn Feedback>) -> Result<()> {
        for number in 0..count {
            let (dispatcher, feedback) = (self.clone(), feedback.clone());
            let serve = move || {
                dispatcher.serve(&*feedback, Millis::INFINITE);
            };
            if let Err(e) = self.threads.spawn(format!("mco-call-{number}"), || true, serve) {
                return fail(Code::E_NOMEM, format!("starting a callback thread: {e}"));
            }
        }
        Ok(())
    }

    pub(super) fn register(&self, key: usize, observer: Arc<dyn Observer>) -> Result<()> {
        let mut chain = self.chain.lock();
        if chain.iter().any(|e| e.key == key && !e.gone) {
            return fail(Code::E_IOT_DUPLICATE_CALLBACK, "this context is registered already; unregister it first");
        }
        chain.push(Entry { key, observer, running: 0, gone: false });
        Ok(())
    }

    pub(super) fn unregister(&self, key: usize) -> Result<()> {
        let mut chain = self.chain.lock();
        let Some(entry) = chain.iter_mut().find(|e| e.key == key && !e.gone) else {
            return fail(Code::E_IOT_CALLBACK_NOT_FOUND, "this context is not registered");
        };
        entry.gone = true;
        if !self.is_inside(|k| k == key) {
            while chain.iter().any(|e| e.key == key && e.gone && e.running > 0) {
                self.returned.wait(&mut chain);
            }
        }
        let gone = unused(&mut chain);
        drop(chain);
        drop(gone);
        Ok(())
    }

    /// Whether the calling thread is in a callback of this dispatcher.
    pub(super) fn in_callback(&self) -> bool {
        self.is_inside(|_| true)
    }

    /// Queues a notice; true when the connection's messages should be held back from now on.
    pub(super) fn push(&self, connection: &Arc<PeerConnection>, notice: Notice) -> bool {
        let mut queues = self.queues.lock();
        if queues.closed {
            drop(queues);
            self.deliver(connection, &notice);
            return false;
        }
        let id = connection.id();
        let queue = queues.by_link.entry(id).or_insert_with(|| Queue {
            connection: connection.clone(),
            notices: VecDeque::new(),
            running: false,
            held: false,
            waiting: 0,
        });
        queue.notices.push_back(notice);
        if queue.notices.len() > CALLBACK_QUEUE_MAX && queue.waiting == 0 {
            queue.held = true;
        }
        let held = queue.held;
        if !queue.running && queue.notices.len() == 1 {
            queues.ready.push_back(id);
            self.work.notify_one();
        }
        held
    }

    /// Runs `wait` in which a callback waits for the protocol: its connection is not held back meanwhile.
    pub(super) fn waiting<T>(&self, feedback: &dyn Feedback, wait: impl FnOnce() -> T) -> T {
        let me = std::ptr::from_ref(self).addr();
        let link = INSIDE.with_borrow(|inside| inside.iter().rev().find(|i| i.0 == me).map(|i| i.1));
        if let Some(link) = link {
            let held = self.queues.lock().by_link.get_mut(&link).is_some_and(|queue| {
                queue.waiting += 1;
                std::mem::take(&mut queue.held)
            });
            if held {
                feedback.callbacks_caught_up(link);
            }
        }
        let result = wait();
        if let Some(link) = link
            && let Some(queue) = self.queues.lock().by_link.get_mut(&link)
        {
            queue.waiting = queue.waiting.saturating_sub(1);
        }
        result
    }

    /// Delivers what is queued and joins the threads. What comes later is delivered by whoever brings it. Several may call it at
    /// once, and again who was interrupted.
    pub(super) fn stop(&self, feedback: &dyn Feedback, patience: Patience) -> Result<(), Ended> {
        self.queues.lock().closing = true;
        self.work.notify_all();
        self.threads.join(patience)?;
        // Without threads nothing has been delivered yet, or threads of the program do it.
        patience.wait(|limit| self.serve(feedback, limit))?;
        let mut queues = self.queues.lock();
        queues.closed = true;
        // Empty by now; connections that are pinned still would keep the communicator alive, and it them.
        let left = std::mem::take(&mut queues.by_link);
        drop(queues);
        drop(left);
        Ok(())
    }

    /// Whether a notice waits that may be delivered now.
    pub(super) fn has_work(&self) -> bool {
        !self.queues.lock().ready.is_empty()
    }

    /// Delivers what may be delivered now, on the calling thread; how many notices that were.
    pub(super) fn deliver_ready(&self, feedback: &dyn Feedback) -> usize {
        std::iter::from_fn(|| self.deliver_next(feedback).then_some(())).count()
    }

    /// Delivers until the end; nothing when that does not come within the limit.
    fn serve(&self, feedback: &dyn Feedback, limit: Millis) -> Option<()> {
        let end = clock::now().after(limit);
        loop {
            if self.deliver_next(feedback) {
                continue;
            }
            let mut queues = self.queues.lock();
            if !queues.ready.is_empty() {
                continue;
            }
            if queues.closing && queues.by_link.values().all(|q| !q.running) {
                self.work.notify_all();
                return Some(());
            }
            match clock::duration(clock::until(end)) {
                None => self.work.wait(&mut queues),
                Some(left) if left.is_zero() => return None,
                Some(left) => drop(self.work.wait_for(&mut queues, left)),
            }
        }
    }

    /// Delivers one notice; false when none may be delivered now.
    fn deliver_next(&self, feedback: &dyn Feedback) -> bool {
        let Some((connection, notice)) = self.take_next() else { return false };
        let link = connection.id();
        let failed = self.deliver(&connection, &notice);
        if failed && matches!(notice, Notice::Connect | Notice::Receive(_) | Notice::Ack(_)) {
            feedback.callback_failed(link);
        }
        if self.delivered(link, &notice) {
            feedback.callbacks_caught_up(link);
        }
        if matches!(notice, Notice::Disconnect) {
            // The connection's own pin; without others, onDestroy follows.
            connection.unpin();
        }
        true
    }

    fn take_next(&self) -> Option<(Arc<PeerConnection>, Notice)> {
        let mut queues = self.queues.lock();
        while let Some(link) = queues.ready.pop_front() {
            let Some(queue) = queues.by_link.get_mut(&link) else { continue };
            let Some(notice) = queue.notices.pop_front() else { continue };
            queue.running = true;
            return Some((queue.connection.clone(), notice));
        }
        None
    }

    /// The connection's next notice may follow; true when its messages need not be held back any more.
    fn delivered(&self, link: LinkId, notice: &Notice) -> bool {
        let mut queues = self.queues.lock();
        let Some(queue) = queues.by_link.get_mut(&link) else { return false };
        queue.running = false;
        let caught_up = queue.held && queue.notices.len() <= CALLBACK_QUEUE_MAX / 2;
        queue.held &= !caught_up;
        let ended = queue.notices.is_empty() && matches!(notice, Notice::Destroy);
        if !queue.notices.is_empty() {
            queues.ready.push_back(link);
        }
        let gone = if ended { queues.by_link.remove(&link) } else { None };
        if queues.closing {
            self.work.notify_all();
        }
        drop(queues);
        drop(gone);
        caught_up
    }

    /// Calls the chain; true when one of it answered FAIL.
    fn deliver(&self, connection: &PeerConnection, notice: &Notice) -> bool {
        let mut failed = false;
        let mut done: Vec<usize> = Vec::new();
        loop {
            let next = {
                let mut chain = self.chain.lock();
                chain.iter_mut().find(|e| !e.gone && !done.contains(&e.key)).map(|e| {
                    e.running += 1;
                    (e.key, e.observer.clone())
                })
            };
            let Some((key, observer)) = next else { return failed };
            done.push(key);
            let verdict = self.call(key, &*observer, connection, notice);
            failed |= verdict.contains(Verdict::FAIL);
            if verdict.contains(Verdict::STOP) {
                return failed;
            }
        }
    }

    fn call(&self, key: usize, observer: &dyn Observer, connection: &PeerConnection, notice: &Notice) -> Verdict {
        let me = std::ptr::from_ref(self).addr();
        INSIDE.with_borrow_mut(|inside| inside.push((me, connection.id(), key)));
        let _returned = Returned { dispatcher: self, key };
        let outcome = catch_unwind(AssertUnwindSafe(|| match notice {
            Notice::Connect => observer.on_connect(connection),
            Notice::Receive(rows) => observer.on_receive(connection, *rows),
            Notice::Ack(ack) => observer.on_ack(connection, ack),
            Notice::Disconnect => observer.on_disconnect(connection),
            Notice::Destroy => observer.on_destroy(connection),
        }));
        outcome.unwrap_or_else(|_| {
            log::error!("a callback of the application has panicked; its connection is closed");
            Verdict::FAIL
        })
    }

    fn is_inside(&self, wanted: impl Fn(usize) -> bool) -> bool {
        let me = std::ptr::from_ref(self).addr();
        INSIDE.with_borrow(|inside| inside.iter().any(|i| i.0 == me && wanted(i.2)))
    }
}

/// Entries that nobody needs any more; to be dropped without the lock, for what they own is the application's.
fn unused(chain: &mut Vec<Entry>) -> Vec<Entry> {
    chain.extract_if(.., |e| e.gone && e.running == 0).collect()
}

struct Returned<'a> {
    dispatcher: &'a Dispatcher,
    key: usize,
}

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(Vec::pop);
        let mut chain = self.dispatcher.chain.lock();
        if let Some(entry) = chain.iter_mut().find(|e| e.key == self.key && e.running > 0) {
            entry.running -= 1;
        }
        let gone = unused(&mut chain);
        self.dispatcher.returned.notify_all();
        drop(chain);
        drop(gone);
    }
}
