//! What an application sees of its connections.

use super::PeerConnection;
use crate::base::{AgentId, Code, DbId, Timestamp};

/// Answer of a callback; the bits of `IOT_CALLBACK_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict(pub u32);

impl Verdict {
    /// Go on.
    pub const OK: Verdict = Verdict(0);
    /// Disconnect this peer.
    pub const FAIL: Verdict = Verdict(1);
    /// Skip the rest of the chain for this event.
    pub const STOP: Verdict = Verdict(2);

    /// Whether all bits of `other` are set.
    pub fn contains(self, other: Verdict) -> bool {
        self.0 & other.0 == other.0
    }
}

/// An acknowledgment, as `iot_ack_t` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckInfo {
    /// Number that ties it to a sync.
    pub seq: u64,
    /// Who sent the data: this node.
    pub sender: AgentId,
    /// Its database.
    pub sender_db: DbId,
    /// Who acknowledges.
    pub receiver: AgentId,
    /// Mark of private rows.
    pub private: Timestamp,
    /// Mark of common rows.
    pub common: Timestamp,
    /// Code of the receiver; `S_OK` when everything was applied.
    pub code: Code,
    /// Sync flags that came with the data.
    pub flags: u32,
}

/// Callbacks. They run on callback threads, one at a time per connection and in order, several connections in parallel;
/// no lock of the library is held. `stop` and `destroy` are refused inside.
pub trait Observer: Send + Sync {
    /// The handshake is complete.
    fn on_connect(&self, connection: &PeerConnection) -> Verdict {
        let _ = connection;
        Verdict::OK
    }

    /// A message with `rows` rows has been committed here.
    fn on_receive(&self, connection: &PeerConnection, rows: u32) -> Verdict {
        let _ = (connection, rows);
        Verdict::OK
    }

    /// The peer has acknowledged and the marks are saved.
    fn on_ack(&self, connection: &PeerConnection, ack: &AckInfo) -> Verdict {
        let _ = (connection, ack);
        Verdict::OK
    }

    /// The connection has ended.
    fn on_disconnect(&self, connection: &PeerConnection) -> Verdict {
        let _ = connection;
        Verdict::OK
    }

    /// The last pin is gone; the handle must not be used afterwards.
    fn on_destroy(&self, connection: &PeerConnection) -> Verdict {
        let _ = connection;
        Verdict::OK
    }
}
