//! Replication as a state machine: who has what, what to read, send, apply and acknowledge next. Pure; knows `base` and `wire`.
//!
//! A driver gives every [`Input`] to [`Replicator::handle`] and then takes every [`Output`] from [`Replicator::poll`].
//! The fabric and the simulator are two drivers of this same core.

mod above;
mod acks;
#[cfg(test)]
mod anew_tests;
mod announcer;
mod asks;
mod below;
mod channel;
mod chore;
mod claims;
mod config;
#[cfg(test)]
mod copy_tests;
mod env;
mod event;
mod flags;
mod jobs;
mod line;
mod link;
#[cfg(test)]
mod namesake_tests;
#[cfg(test)]
mod pair;
mod parents;
mod path;
#[cfg(test)]
mod path_tests;
mod patience;
#[cfg(test)]
mod patience_tests;
mod push;
mod pushes;
mod receiver;
#[cfg(test)]
mod refusal_tests;
mod replicator;
#[cfg(test)]
mod role_tests;
mod route;
mod sender;
mod status;
#[cfg(test)]
mod store;
mod sync;
#[cfg(test)]
mod table_tests;
mod task;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tree_tests;
mod window;

pub use config::{
    ANNOUNCED_MAX, BATCH_BYTES, BATCH_OVERHEAD, Config, LINK_WINDOW_BYTES, PULLS_MAX, RETRY_AFTER_MAX, SCHEMAS_MAX, SLOWEST_LINE,
    UNSAVED_MAX, WINDOW_BYTES,
};
pub use event::{Input, Job, JobId, JobResult, Output, Peer, SyncId};
pub use flags::{
    BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, BATCH_STREAM, SYNC_ALL, SYNC_CHILDS, SYNC_DEEP_ACK, SYNC_NONBLOCK,
    SYNC_PULL, SYNC_PUSH, SYNC_RESEND, SYNC_WAIT,
};
pub use replicator::Replicator;
pub use status::{Status, Waits};

use crate::base::{Marks, Position, Timestamp};

/// How far a position reaches. Pages of a reconcile reach nowhere before the last one is there.
fn reach(position: Position) -> Timestamp {
    if position.epoch.0 == 0 { Timestamp(0) } else { position.ts }
}

/// The later one of two positions in each group.
fn later_of(one: &Marks, other: &Marks) -> Marks {
    let mut marks = one.clone();
    for (group, position) in other.iter().filter(|(group, position)| reach(*position) > reach(one.get(*group))) {
        marks.set(group, position);
    }
    marks
}
