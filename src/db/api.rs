//! The plain values that go in and out of the database.

use crate::base::{AgentId, Code, DbId, EpochInfo, Level, Position, Role};
use crate::db::TransactionKind;

/// An object as seen by one transaction; stays valid until that transaction ends. Plain bits, so that it may be
/// kept in memory of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct ObjectRef {
    /// Number of the transaction that found or made it.
    pub transaction: u64,
    /// Local number of the epoch in which the row was made.
    pub epoch: u64,
    /// Number of the row in its origin.
    pub oid: u64,
    /// Class code.
    pub class: u16,
}

/// Name of a cursor, chosen by the caller (the address of the C cursor); one connection, one cursor per name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CursorId(pub u64);

/// What a cursor runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorKind {
    /// All objects of a class, in order of creation.
    List,
    /// A tree.
    Tree,
    /// A hash index.
    Hash,
    /// The autoid of a class, rising.
    Autoid,
}

/// How `search` compares with the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchOp {
    /// The last object below the key.
    Lt,
    /// The last object not above the key.
    Le,
    /// The first object equal to the key.
    Eq,
    /// The first object not below the key.
    Ge,
    /// The first object above the key.
    Gt,
}

/// The transaction that a connection is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionInfo {
    /// Its number; rises within one open database.
    pub number: u64,
    /// Its kind now, after upgrades.
    pub kind: TransactionKind,
    /// How often it has been started and not yet committed.
    pub depth: u32,
    /// Code that put it into the error state.
    pub error: Option<Code>,
    /// Whether phase 1 of its commit is done.
    pub prepared: bool,
}

/// What the database is in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// Server, router or device.
    pub role: Role,
    /// Its agent id.
    pub agent: AgentId,
    /// Its level.
    pub level: Level,
    /// Its database id, kept with the file.
    pub db: DbId,
}

/// A node that introduces itself.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Who it is.
    pub agent: AgentId,
    /// Its database.
    pub db: DbId,
    /// What it is.
    pub role: Role,
    /// Its own history, oldest first.
    pub epochs: &'a [EpochInfo],
    /// What it has of our downward stream, as it says; the default from a peer above us.
    pub down_mark: Position,
}

/// Where the streams between us and a peer go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Everything of the peer's stream up to here is durable here; goes into our `Accept`.
    pub received: Position,
    /// Up to where the server has the peer's history; equal to `received` on the server.
    pub confirmed: Position,
    /// What we believe the peer has of our stream; the peer's own `Accept` decides (see `Connection::resume`).
    pub acked: Position,
}

/// What is remembered of a known agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerMarks {
    /// Who it is.
    pub agent: AgentId,
    /// Its database when it last attached.
    pub db: DbId,
    /// What it is.
    pub role: Role,
    /// What we have of its stream.
    pub received: Position,
    /// What it has of our stream.
    pub acked: Position,
}

/// Outcome of `apply_changes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Our mark of the peer's stream afterwards.
    pub mark: Position,
    /// Code of the first row that was set aside; `S_OK` if none was.
    pub code: Code,
    /// Rows of the set that were new here.
    pub rows: u32,
}

impl SearchOp {
    /// From an `MCO_OPCODE`; only 1..=5 mean something here.
    pub fn from_number(number: i32) -> Option<Self> {
        [SearchOp::Lt, SearchOp::Le, SearchOp::Eq, SearchOp::Ge, SearchOp::Gt]
            .get(usize::try_from(number.checked_sub(1)?).ok()?)
            .copied()
    }
}
