//! Replication as a state machine: who has what, what to read, send, apply and acknowledge next. Pure; knows `base` and `wire`.
//!
//! A driver gives every [`Input`] to [`Replicator::handle`] and then takes every [`Output`] from [`Replicator::poll`].
//! The fabric and the simulator are two drivers of this same core.

mod config;
mod env;
mod event;
mod flags;
mod link;
mod marks;
#[cfg(test)]
mod pair;
mod patience;
#[cfg(test)]
mod patience_tests;
mod push;
mod pushes;
mod receiver;
#[cfg(test)]
mod refusal_tests;
mod replicator;
mod sender;
mod sync;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
mod window;

pub use config::{BATCH_BYTES, BATCH_OVERHEAD, Config, PULLS_MAX, RETRY_AFTER_MAX, SLOWEST_LINE, UNSAVED_MAX, WINDOW_BYTES};
pub use event::{Input, Job, JobId, JobResult, Output, Peer, SyncId};
pub use flags::{
    BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, BATCH_STREAM, SYNC_ALL, SYNC_CHILDS, SYNC_DEEP_ACK, SYNC_NONBLOCK,
    SYNC_PULL, SYNC_PUSH, SYNC_RESEND, SYNC_WAIT,
};
pub use replicator::Replicator;
