//! Communicator and replicator, composed of the layers below: performs what the link and replication machines ask for on
//! sockets and on the database, and runs the application's callbacks.

mod answer;
mod auto;
mod communicator;
mod connection;
mod connector;
mod dispatcher;
#[cfg(test)]
mod dispatcher_tests;
mod driver;
mod engine;
mod gaps;
mod handshake;
mod mapping;
#[cfg(test)]
mod mapping_tests;
mod observer;
mod params;
mod parcels;
mod patience;
mod peering;
mod pool;
mod pump;
mod quarantine;
mod replicator;
mod rivals;
mod schemas;
mod shared;
mod site;
mod status;
pub mod storage;
mod threads;
mod warnings;

pub use auto::AutoSync;
pub use communicator::Communicator;
pub use connection::{End, PeerConnection, Pinned, Statistics, StopReason};
pub use dispatcher::CALLBACK_QUEUE_MAX;
pub use mapping::Mapping;
pub use observer::{AckInfo, Observer, Verdict};
pub use params::{CALLBACK_THREADS_MAX, CommParams, ReplicatorParams, TIMEOUT_DEFAULT};
pub use peering::{HELD_BYTES_MAX, HELD_MAX};
pub use replicator::Replicator;
pub use schemas::{Mappings, SCHEMA_BYTES_MAX, SCHEMAS_MAX, SHOWN_MAX};
pub use status::{Reason, Status};
pub use warnings::WARNING_PAUSE;
