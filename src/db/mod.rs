//! The database: typed rows, indexes, transactions, cursors, change log and marks, on SQLite.
//!
//! `docs/format.md` describes the file. No type of the engine leaves this folder.

mod api;
mod connection;
mod database;
mod options;

pub use api::{Applied, Attached, CursorId, CursorKind, NodeInfo, ObjectRef, Peer, PeerMarks, SearchOp, TransactionInfo};
pub use connection::Connection;
pub use database::{Database, close, connect, database, kill, names, open};
pub use options::{CommitPolicy, OpenOptions, Priority, Storage, TransactionKind};
