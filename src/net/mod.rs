//! Sockets, timers and the clock. The only user of `mio`, `socket2`, `std::net` and `std::time`'s clocks.

pub mod address;
pub mod clock;
mod failure;
mod options;

pub use address::Address;
pub use failure::Failure;
pub use options::{Domain, SocketKind, SocketOptions};
