//! The plain values that go in and out of the database.

use crate::base::{AgentId, Change, ChangeSet, Code, DbId, Level, Marks, Position, Role, Stream, Word};
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
    /// The oids of a class, rising.
    Oid,
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

/// A batch as it has come, for [`Connection::apply`](super::Connection::apply).
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Its stream. Up: from the neighbour `stream.agent` below us. Down: for `stream.agent`: this node, or one below a router.
    pub stream: Stream,
    /// The neighbour that has sent it.
    pub from: AgentId,
    /// The stream begins here on this link, wherever our mark is (up only; down it has to be our mark).
    pub begins: bool,
    /// A page of a reconcile; `after` and `up_to` count pages, except `up_to` of the last one (whose epoch is not 0).
    pub reconcile: bool,
    /// What must be here.
    pub after: Position,
    /// What is here afterwards.
    pub up_to: Position,
    /// Snapshot from which it was read (down).
    pub as_of: Position,
    /// What it brings, from one origin each.
    pub parcels: &'a [IncomingParcel],
}

/// One parcel of a batch.
#[derive(Clone, Debug)]
pub struct IncomingParcel {
    /// Hash of the schema that its bytes are laid out by.
    pub schema: u64,
    /// Its bytes, which a router keeps and passes on unchanged.
    pub body: Vec<u8>,
    /// The same, opened and translated: class codes and fields are those of this database; rows of classes that this database lacks are in
    /// `strange` instead.
    pub set: ChangeSet,
    /// Rows of classes that this database lacks, with the name of the class. A server sets them aside until its schema has the class.
    pub strange: Vec<(String, Change)>,
}

/// What there is to send, from one snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The next batch; `None`: nothing to send.
    pub next: Option<Outgoing>,
    /// The end of the stream in the snapshot.
    pub tail: Position,
    /// Rows of this class were passed over, or wait, because the receiver does not know it.
    pub waiting: Option<u16>,
}

/// A batch to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Begins behind this; in a reconcile the number of the page before, epoch 0.
    pub after: Position,
    /// Ends here; in a reconcile the number of the page, epoch 0, except for the last one.
    pub up_to: Position,
    /// Snapshot from which it was read (down); the beginning for up.
    pub as_of: Position,
    /// A page of a reconcile.
    pub reconcile: bool,
    /// What it brings, in order.
    pub parcels: Vec<OutgoingParcel>,
}

/// One parcel to be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum OutgoingParcel {
    /// Rows of this database, in its own layout. `after` and `up_to` are those of the batch.
    Own(ChangeSet),
    /// Rows of others, as they came.
    Kept {
        /// Hash of the schema that it is laid out by.
        schema: u64,
        /// How many rows are in it.
        rows: u32,
        /// Its bytes.
        body: Vec<u8>,
    },
}

/// What is remembered of a known agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerMarks {
    /// Who it is.
    pub agent: AgentId,
    /// Its database when it last attached.
    pub db: DbId,
    /// What it is.
    pub role: Role,
    /// What we have of its streams: upwards of one below us, downwards of one above us (then all groups of ours).
    pub received: Marks,
    /// What it has of our streams: custody of one above us, itself of one below us.
    pub acked: Marks,
}

/// Outcome of `apply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Our mark of the peer's stream afterwards.
    pub mark: Position,
    /// Code of the first row that was set aside; `S_OK` if none was.
    pub code: Code,
    /// Whose row that was; nobody's if none was.
    pub origin: AgentId,
    /// Rows that were new here.
    pub rows: u32,
    /// On the server: what it has to say to every agent of which more is confirmed now.
    pub confirmed: Vec<(AgentId, Word)>,
}

impl Applied {
    /// Nothing new up to here.
    pub(in crate::db) fn nothing(mark: Position) -> Self {
        Applied { mark, code: Code::S_OK, origin: AgentId(0), rows: 0, confirmed: Vec::new() }
    }
}

impl SearchOp {
    /// From an `MCO_OPCODE`; only 1..=5 mean something here.
    pub fn from_number(number: i32) -> Option<Self> {
        [SearchOp::Lt, SearchOp::Le, SearchOp::Eq, SearchOp::Ge, SearchOp::Gt]
            .get(usize::try_from(number.checked_sub(1)?).ok()?)
            .copied()
    }
}
