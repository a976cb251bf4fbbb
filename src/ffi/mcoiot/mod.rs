//! What `mcoiot.h` declares: communicator, replicator, connections.

mod communicator;
mod connection;
pub mod constants;
pub mod enums;
mod observer;
mod replicator;
pub mod types;

pub use communicator::*;
pub use connection::*;
pub use replicator::*;
