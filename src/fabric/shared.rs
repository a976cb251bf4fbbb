//! What the threads of a communicator share.

use super::connection::{Owner, PeerConnection, StopReason};
use super::dispatcher::{Dispatcher, Feedback, Notice};
use super::engine::Engine;
use super::{CommParams, Pinned};
use crate::base::{AgentId, Code, Error, LinkId};
use crate::db::Database;
use crate::net::Waker;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// Runs on the event loop thread.
pub(super) type Command = Box<dyn FnOnce(&mut Engine) + Send>;

pub(super) struct Shared {
    pub(super) params: CommParams,
    pub(super) dispatcher: Arc<Dispatcher>,
    pub(super) stopping: AtomicBool,
    /// Connections whose handshake is complete.
    pub(super) peers: Mutex<BTreeMap<LinkId, Arc<PeerConnection>>>,
    /// Database of the attached replicator.
    pub(super) database: Mutex<Weak<Database>>,
    commands: Mutex<Commands>,
    waker: Waker,
}

#[derive(Default)]
struct Commands {
    queue: VecDeque<Command>,
    closed: bool,
}

impl Shared {
    pub(super) fn new(params: CommParams, waker: Waker) -> Arc<Shared> {
        Arc::new(Shared {
            params,
            dispatcher: Dispatcher::new(),
            stopping: AtomicBool::new(false),
            peers: Mutex::default(),
            database: Mutex::default(),
            commands: Mutex::default(),
            waker,
        })
    }

    /// Hands a command to the event loop; false (and the command dropped) when the loop has ended.
    pub(super) fn run(&self, command: impl FnOnce(&mut Engine) + Send + 'static) -> bool {
        let mut commands = self.commands.lock();
        if commands.closed {
            return false;
        }
        commands.queue.push_back(Box::new(command));
        drop(commands);
        self.wake();
        true
    }

    /// Ends the present wait of the event loop, or the next one.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    pub(super) fn take_commands(&self) -> VecDeque<Command> {
        std::mem::take(&mut self.commands.lock().queue)
    }

    /// The loop ends: whoever waits for a command is told by its being dropped.
    pub(super) fn close_commands(&self) {
        let dropped = {
            let mut commands = self.commands.lock();
            commands.closed = true;
            std::mem::take(&mut commands.queue)
        };
        drop(dropped);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(super) fn find(&self, agent: AgentId) -> Option<Pinned> {
        self.peers.lock().values().find(|c| c.agent_id() == agent).and_then(PeerConnection::pin)
    }

    pub(super) fn next(&self, previous: Option<LinkId>) -> Option<Pinned> {
        let from = LinkId(previous.map_or(0, |id| id.0.saturating_add(1)));
        self.peers.lock().range(from..).find_map(|(_, connection)| connection.pin())
    }

    /// `E_TRANS_NOT_CLOSED` where the call would wait for the caller's own transaction.
    pub(super) fn check_no_transaction(&self, what: &str) -> Result<(), Error> {
        let writes = self.database.lock().upgrade().is_some_and(|database| database.writes_in_this_thread());
        if writes {
            let text =
                format!("{what} inside an open read-write transaction of this thread would wait for itself: commit it first");
            return Err(Error { code: Code::E_TRANS_NOT_CLOSED, text });
        }
        Ok(())
    }

    /// `E_ILLEGAL_PARAM` inside a callback.
    pub(super) fn check_not_in_callback(&self, what: &str) -> Result<(), Error> {
        if self.dispatcher.in_callback() {
            let text = format!("{what} is not possible inside a callback, which it would wait for");
            return Err(Error { code: Code::E_ILLEGAL_PARAM, text });
        }
        Ok(())
    }
}

impl Owner for Shared {
    fn disconnect(&self, link: LinkId, reason: StopReason) {
        self.run(move |engine| engine.disconnect(link, reason));
    }

    fn unpinned(&self, connection: &Arc<PeerConnection>) {
        self.dispatcher.push(connection, Notice::Destroy);
        if self.params.is_pumped() {
            self.wake();
        }
    }
}

impl Feedback for Shared {
    fn callback_failed(&self, link: LinkId) {
        self.run(move |engine| engine.disconnect(link, StopReason::CallbackFailed));
    }

    fn callbacks_caught_up(&self, link: LinkId) {
        self.run(move |engine| engine.release_held(link));
    }
}
