//! What an event loop tells of its sockets, and the names that it has for them.

use super::Failure;
use std::net::SocketAddr;

/// A listener of this event loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u64);

/// A stream of this event loop; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// What happened on a socket.
#[derive(Debug)]
pub enum Event {
    /// A listener has a new stream.
    Accepted {
        /// The listener.
        listener: ListenerId,
        /// The stream, open and paused.
        stream: StreamId,
        /// Where it comes from; `None` in the local domain.
        peer: Option<SocketAddr>,
    },
    /// An attempt to connect has succeeded.
    Connected {
        /// The stream, open and paused.
        stream: StreamId,
        /// Where it leads.
        peer: Option<SocketAddr>,
    },
    /// Bytes have come.
    Received {
        /// The stream.
        stream: StreamId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The system has taken bytes that were queued.
    Sent {
        /// The stream.
        stream: StreamId,
        /// How many.
        bytes: usize,
    },
    /// The stream is gone: it could not connect, the peer closed it, or it failed.
    Closed {
        /// The stream, no longer valid.
        stream: StreamId,
        /// Why.
        failure: Failure,
    },
}
