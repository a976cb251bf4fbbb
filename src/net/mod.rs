//! Sockets, timers and the clock. The only user of `mio`, `socket2`, `std::net` and `std::time`'s clocks.

pub mod address;
pub mod clock;
mod event;
mod failure;
mod listening;
mod options;
mod queue;
mod reactor;
#[cfg(test)]
mod reactor_tests;
mod socket;
mod stream;
mod tls;

pub use address::Address;
pub use event::{Event, ListenerId, StreamId};
pub use failure::Failure;
pub use options::{Domain, SocketKind, SocketOptions, check_compression};
pub use queue::WRITE_QUEUE_MAX;
pub use reactor::{Reactor, Waker, check_to_connect};
pub use socket::Target;
pub use stream::READ_PER_TURN;
pub use tls::{Pem, TlsParams, TlsSettings, check_built_in as check_tls, forget_trusted, trust};
