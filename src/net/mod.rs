//! Sockets, timers and the clock. The only user of `mio`, `socket2`, `std::net` and `std::time`'s clocks.

pub mod address;
pub mod clock;
mod failure;
mod options;
mod reactor;
#[cfg(test)]
mod reactor_tests;
mod socket;
mod stream;

pub use address::Address;
pub use failure::Failure;
pub use options::{Domain, SocketKind, SocketOptions, check_compression};
pub use reactor::{Event, ListenerId, Reactor, StreamId, Waker};
pub use socket::{Target, supported as check_options};
pub use stream::{READ_PER_TURN, WRITE_QUEUE_MAX};
