//! Replication as a state machine: who has what, what to read, send, apply and acknowledge next. Pure; knows `base` and `wire`.

mod event;

pub use event::{Input, Job, JobId, JobResult, Output, Peer, SyncId};
