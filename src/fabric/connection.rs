//! One connection to a peer, as callbacks and callers see it.

use crate::base::{AgentId, Code, LinkId};
use crate::link::Volume;
use crate::net::Failure;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// Why a connection ended; the values of `mco_iot_stop_reason_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopReason {
    /// It has not.
    #[default]
    None,
    /// The network, or the peer, failed.
    NetworkError,
    /// A callback answered FAIL.
    CallbackFailed,
    /// Communicator or replicator were stopped.
    IotStopped,
    /// `disconnect` or `stop_connect`.
    UserRequest,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub reason: StopReason,
    /// Code, sentence, and `errno` if a system call was involved.
    pub failure: Failure,
}

/// Bytes on the wire, and what compression has made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Where the peer is; `None` in the local domain and before a socket is connected.
    pub peer: Option<SocketAddr>,
    /// Sent bytes.
    pub sent: u64,
    /// Received bytes.
    pub received: u64,
    /// Wire size in percent of the raw size; 100 = not compressed.
    pub sent_ratio: u16,
    /// Same for received bytes.
    pub received_ratio: u16,
}

/// What happens to a connection from outside of the event loop.
pub(super) trait Owner: Send + Sync {
    /// End it.
    fn disconnect(&self, link: LinkId, reason: StopReason);
    /// Its last pin is gone.
    fn unpinned(&self, connection: &Arc<PeerConnection>);
}

/// One connection. Readable until `on_destroy` has returned, from any thread.
pub struct PeerConnection {
    me: Weak<PeerConnection>,
    id: LinkId,
    address: String,
    owner: Arc<dyn Owner>,
    facts: Mutex<Facts>,
    sent: AtomicU64,
    received: AtomicU64,
    sent_ratio: AtomicU16,
    received_ratio: AtomicU16,
    pins: AtomicUsize,
}

#[derive(Default)]
struct Facts {
    agent: Option<AgentId>,
    peer: Option<SocketAddr>,
    end: Option<End>,
}

/// Keeps a connection from being destroyed; dropping it releases it.
pub struct Pinned(Arc<PeerConnection>);

impl PeerConnection {
    /// A connection of `owner`, with one pin that the owner removes by [`PeerConnection::unpin`].
    pub(super) fn new(id: LinkId, address: &str, owner: Arc<dyn Owner>) -> Arc<PeerConnection> {
        Arc::new_cyclic(|me| PeerConnection {
            me: me.clone(),
            id,
            address: address.to_owned(),
            owner,
            facts: Mutex::default(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            sent_ratio: AtomicU16::new(100),
            received_ratio: AtomicU16::new(100),
            pins: AtomicUsize::new(1),
        })
    }

    /// The same connection as a weak reference, for whoever keeps it longer than a callback; it ends with `on_destroy`.
    pub fn weak(&self) -> Weak<PeerConnection> {
        self.me.clone()
    }

    /// Number of the connection, unique in its communicator and never used twice.
    pub fn id(&self) -> LinkId {
        self.id
    }

    /// Agent id of the peer; [`AgentId::INVALID`] before the handshake is complete.
    pub fn agent_id(&self) -> AgentId {
        self.facts.lock().agent.unwrap_or(AgentId::INVALID)
    }

    /// The string given to connect, or to the listener that accepted it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Traffic so far.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            peer: self.facts.lock().peer,
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            sent_ratio: self.sent_ratio.load(Ordering::Relaxed),
            received_ratio: self.received_ratio.load(Ordering::Relaxed),
        }
    }

    /// Why it ended; reason `None` and `S_OK` while it lives.
    pub fn end(&self) -> End {
        self.facts.lock().end.clone().unwrap_or(End { reason: StopReason::None, failure: Failure::new(Code::S_OK, "") })
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.facts.lock().end.is_some()
    }

    /// Ends the connection without waiting, reason [`StopReason::UserRequest`].
    pub fn disconnect(&self) {
        self.owner.disconnect(self.id, StopReason::UserRequest);
    }

    pub(super) fn set_agent(&self, agent: AgentId) {
        self.facts.lock().agent = Some(agent);
    }

    pub(super) fn set_peer(&self, peer: Option<SocketAddr>) {
        self.facts.lock().peer = peer;
    }

    /// The first end counts.
    pub(super) fn set_end(&self, end: End) {
        self.facts.lock().end.get_or_insert(end);
    }

    /// Counters only rise; a stream that is gone knows none any more.
    pub(super) fn count(&self, sent: u64, received: u64) {
        self.sent.fetch_max(sent, Ordering::Relaxed);
        self.received.fetch_max(received, Ordering::Relaxed);
    }

    pub(super) fn set_volumes(&self, sent: Volume, received: Volume) {
        self.sent_ratio.store(sent.percent(), Ordering::Relaxed);
        self.received_ratio.store(received.percent(), Ordering::Relaxed);
    }

    /// Another pin, unless the last one is gone already.
    pub fn pin(self: &Arc<Self>) -> Option<Pinned> {
        let taken = self.pins.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n > 0).then_some(n + 1));
        taken.is_ok().then(|| Pinned(self.clone()))
    }

    pub(super) fn unpin(self: &Arc<Self>) {
        if self.pins.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.owner.unpinned(self);
        }
    }
}

impl Deref for Pinned {
    type Target = PeerConnection;
    fn deref(&self) -> &PeerConnection {
        &self.0
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        self.0.unpin();
    }
}
