//! The database: typed rows, indexes, transactions, cursors, change log and marks, on SQLite.
//!
//! `docs/format.md` describes the file. No type of the engine leaves this folder.

mod api;
mod apply;
mod aside;
mod checkpoint;
mod clear;
mod coding;
mod collide;
mod connection;
mod copy;
mod cursors;
mod database;
mod durability;
mod evolution;
mod fault;
mod files;
mod history;
mod holds;
mod json;
mod kept;
mod keys;
mod layout;
mod log;
mod object;
mod options;
mod part;
mod pattern;
mod peer;
mod pending;
mod quarantine;
mod queue;
mod read;
mod registry;
mod retry;
mod scan;
mod stat;
mod state;
mod store;
mod transaction;
mod unheard;
mod upgrade;

pub use api::{Applied, Attached, CursorId, CursorKind, NodeInfo, ObjectRef, Peer, PeerMarks, SearchOp, TransactionInfo};
pub use aside::Aside;
pub use coding::fitted;
pub use connection::Connection;
pub use cursors::MAX_CURSORS;
pub use database::Database;
pub use options::{CommitPolicy, DelayedCommits, OpenOptions, Priority, Storage, TransactionKind, WallClock};
pub use peer::MAX_PEERS;
pub use quarantine::{MAX_QUARANTINED, MAX_QUARANTINED_BYTES};
pub use read::Changes;
pub use registry::{MAX_DATABASES, MAX_NAME, close, connect, database, kill, names, open};
pub use stat::DatabaseStat;

#[cfg(test)]
mod tests;
