//! The database: typed rows, indexes, transactions, cursors, change log and marks, on SQLite.
//!
//! `docs/format.md` describes the file. No type of the engine leaves this folder.

mod agents;
mod announce;
mod api;
mod apply;
mod arrival;
mod aside;
mod backlog;
mod batch;
mod batches;
mod bounds;
mod checkpoint;
mod checksum;
mod clear;
mod cleared;
mod coding;
mod collide;
mod connection;
mod copy;
mod cursors;
mod custody;
mod database;
mod durability;
mod events;
mod evolution;
// It talks to the engine and to the system.
#[allow(unsafe_code)]
mod extension;
mod fault;
mod feed;
mod files;
mod forks;
mod gaps;
mod graves;
mod groups;
mod handlers;
mod history;
mod holds;
mod hooks;
mod json;
mod kept;
mod keys;
mod layout;
mod lists;
// It asks the system to be called at a fork.
#[allow(unsafe_code)]
mod lock;
mod log;
mod mail;
mod marks;
mod object;
mod oid;
mod options;
mod pages;
mod parcel;
mod part;
mod pattern;
mod pending;
mod quarantine;
mod queue;
mod read;
mod reconcile;
mod registry;
mod relay;
mod retry;
mod runs;
mod scan;
mod schemas;
mod shared;
// The engine calls it.
#[allow(unsafe_code)]
mod source;
mod stat;
mod state;
mod store;
mod strange;
mod structs;
mod surplus;
mod tally;
mod tidy;
mod transaction;
mod transit;
mod turn;
mod unheard;
mod upgrade;
mod view;
mod voluntary;
mod waits;
mod watch;

pub use agents::MAX_AGENTS;
pub use api::{
    Applied, Changes, CursorId, CursorKind, Incoming, IncomingParcel, NodeInfo, ObjectRef, Outgoing, OutgoingParcel, PeerMarks,
    SearchOp, TransactionInfo,
};
pub use aside::Aside;
pub use backlog::Backlog;
pub use batch::{Batch, Cells};
pub use bounds::{Bound, Policy};
pub use coding::fitted;
pub use connection::Connection;
pub use cursors::MAX_CURSORS;
pub use database::Database;
pub use gaps::Told;
pub use handlers::{Handler, HandlerId, Moment};
pub use lists::{MAX_DEPTH, Path, Spot, new_element};
pub use oid::OID_INDEX;
pub use options::{CommitPolicy, DelayedCommits, OpenOptions, Priority, Storage, TransactionKind, WallClock};
pub use quarantine::{MAX_QUARANTINED, MAX_QUARANTINED_BYTES};
pub use queue::WriterPlace;
pub use registry::{MAX_DATABASES, MAX_NAME, close, connect, database, kill, names, open};
pub use schemas::MAX_SCHEMAS;
pub use stat::DatabaseStat;
pub use strange::Strange;

#[cfg(test)]
mod tests;
