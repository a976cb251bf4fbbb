//! The messages of the protocol. `docs/protocol.md` gives the bytes.

use crate::base::{AgentId, Announce, Code, DbId, Group, Level, Marks, Millis, Position, Role, Word};

/// One message between two neighbours in the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// First message of both sides.
    Hello(Box<Hello>),
    /// The sender does not know the schema of this hash and asks for its text: of the peer's own schema during the handshake, of any schema that
    /// a parcel of the peer has named afterwards.
    SchemaRequest(u64),
    /// Canonical schema text, as asked for.
    Schema(String),
    /// The peer's `Hello` is accepted; messages follow once both sides have sent it.
    Accept,
    /// The peer's `Hello` is refused; the connection is closed behind it.
    Refuse(Refuse),
    /// Nothing to say, but alive.
    KeepAlive,
    /// The sender closes on purpose. Routed, only downwards: an agent is not served here, and the router that it is attached to closes.
    Bye(Refuse),
    /// An agent at or below the sender is to be served over this link. Only upwards.
    Announce(Box<Announce>),
    /// The sender has another parent and keeps this link in reserve. Only upwards.
    Standby,
    /// An announced agent is no longer reached over this link. Only upwards.
    Withdraw(Withdraw),
    /// Tell me again where this agent stands: it is served over this link from now on. Only downwards.
    Renew(AgentId),
    /// Answers each announcement before anything else is said for that agent. Plain, to the agent itself: its upward streams go on from
    /// here. Routed, to the router that has announced it: empty, and goes no further. Only downwards.
    Welcome(Marks),
    /// The routers above the sender, nearest first: further nodes that a sync of the receiver may name. None until the first one comes;
    /// each replaces the one before. Only downwards.
    Path(Vec<AgentId>),
    /// What the server says to an agent. Only downwards.
    Word(Word),
    /// Everything up to here of its downward stream is durable at the agent itself. Only upwards.
    Mark(Mark),
    /// Rows.
    Batch(Batch),
    /// What the receiver of batches has committed.
    Ack(Ack),
    /// Send what you have.
    Pull(Pull),
    /// Everything that belongs to the pull of this number has been sent before this message.
    PullEnd(PullEnd),
    /// A message for, or from, an agent that is not the neighbour itself: `Welcome`, `Word`, `Mark`, `Batch`, `Ack`,
    /// `Pull`, `PullEnd`, `Bye`.
    Routed(Routed),
}

/// Who a node is and where it stands. What it has of the data is said by `Announce` and `Welcome`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// Lowest protocol version that the sender speaks.
    pub version_min: u16,
    /// Highest protocol version that the sender speaks.
    pub version_max: u16,
    /// What the sender is.
    pub role: Role,
    /// Its agent id.
    pub agent: AgentId,
    /// Its level.
    pub level: Level,
    /// Its database.
    pub db: DbId,
    /// Random, new for each handshake.
    pub nonce: u64,
    /// 64-bit hash of the canonical schema text.
    pub schema_hash: u64,
    /// Longest silence that the sender tolerates.
    pub recv_timeout: Millis,
    /// Largest frame that the sender takes, in bytes.
    pub max_frame: u32,
    /// Optional abilities, as bits; unknown bits are ignored.
    pub features: u32,
}

/// Ends an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdraw {
    /// Who.
    pub agent: AgentId,
    /// The attachment that has ended; a newer one is not touched.
    pub attachment: u64,
}

/// What an agent itself has of a downward stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which stream.
    pub group: Group,
    /// Everything up to here is durable at the agent.
    pub position: Position,
    /// First code that kept a row from being applied there; `S_OK` otherwise.
    pub code: Code,
}

/// A message on its way between the server, or a router, and an agent that is not the neighbour.
#[derive(Clone, Debug, PartialEq)]
pub struct Routed {
    /// The far agent: for whom, or from whom.
    pub agent: AgentId,
    /// Its attachment; messages of another one are dropped.
    pub attachment: u64,
    /// What is said.
    pub message: Box<Message>,
}

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuse {
    /// Code of the C interface.
    pub code: Code,
    /// What happened, where, what to do.
    pub text: String,
}

/// Rows of one stream. The rows are opaque to the core and to routers; `wire::rows` opens them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of the batch in its stream on its link: 1 for the first, one more for each further one, also when rows go again. Comes
    /// back in the acknowledgment. 0 as the store has read it.
    pub seq: u64,
    /// The priority group of the stream.
    pub group: Group,
    /// Flags of all syncs and pulls that wanted rows when the batch was sent, which come back in the acknowledgment, and those of the
    /// stream (BEGIN, AGAIN, RESTART, RECONCILE), which do not; `docs/protocol.md` has the bits. As the store has read it: 0 or RECONCILE.
    pub flags: u32,
    /// The receiver must have exactly this much of the stream; in a reconcile: the number of the page before, epoch 0.
    pub after: Position,
    /// The receiver has this much afterwards; in a reconcile, except with its last page: the number of the page, epoch 0.
    pub up_to: Position,
    /// Down: the snapshot from which the rows were read; their states may be as new as that. Up: the beginning.
    pub as_of: Position,
    /// How many rows are in it.
    pub rows: u32,
    /// Encoded parcels (`wire::parcel`), each from one origin. Down: exactly one.
    pub body: Vec<u8>,
}

/// What has been committed, sent only after the store has said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// `seq` of the batch that is acknowledged.
    pub seq: u64,
    /// The priority group of the stream.
    pub group: Group,
    /// Flags of that batch, without those of the stream.
    pub flags: u32,
    /// Everything up to here is durable at the sender of this message, who has custody of it.
    pub position: Position,
    /// First code that kept a row, or the whole batch, from being applied; `S_OK` otherwise.
    pub code: Code,
    /// When `code` says that the batch was refused for want of room: come back after this long.
    pub retry_after: Millis,
}

/// Asks a node to push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Who asks, and gets the `PullEnd`.
    pub asker: AgentId,
    /// Who is asked. Routers pass on what is not for them.
    pub target: AgentId,
    /// Number that comes back in `PullEnd`.
    pub seq: u64,
    /// Flags of the sync.
    pub flags: u32,
}

/// Ends the answer to a `Pull`.
#[derive(Clone, Debug, PartialEq)]
pub struct PullEnd {
    /// Who has asked.
    pub asker: AgentId,
    /// Who was asked.
    pub target: AgentId,
    /// Number of the pull.
    pub seq: u64,
    /// Rows that were sent for it.
    pub rows: u64,
    /// `S_OK`, or why the answer is incomplete.
    pub code: Code,
    /// Up to here the answering node's streams belong to the pull: whoever has that has the whole answer.
    pub ends: Marks,
}
