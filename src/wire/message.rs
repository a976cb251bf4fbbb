//! The messages of the protocol. `docs/protocol.md` gives the bytes.

use crate::base::{AgentId, Code, DbId, EpochInfo, Level, Millis, Position, Role};

/// One message between two neighbours in the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// First message of both sides.
    Hello(Box<Hello>),
    /// The receiver of a `Hello` does not know that schema and asks for its text.
    SchemaRequest,
    /// Canonical text of the sender's schema.
    Schema(String),
    /// The peer's `Hello` is accepted; data may follow once both sides have sent it.
    Accept(Accept),
    /// The peer's `Hello` is refused; the connection is closed behind it.
    Refuse(Refuse),
    /// Rows.
    Batch(Batch),
    /// What the receiver of batches has committed.
    Ack(Ack),
    /// Send what you have for me.
    Pull(Pull),
    /// Everything that belongs to the pull of this number has been sent before this message.
    PullEnd(PullEnd),
    /// Nothing to say, but alive.
    KeepAlive,
    /// The sender closes on purpose.
    Bye(Refuse),
}

/// Who a node is and where it stands.
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
    /// Number of this attachment, drawn anew for each handshake.
    pub attachment: u64,
    /// CRC-independent 64-bit hash of the canonical schema text.
    pub schema_hash: u64,
    /// The sender's own history, oldest first, as far as the peer may need it.
    pub epochs: Vec<EpochInfo>,
    /// What the sender has received of the peer's downward stream (devices; else the default).
    pub down_mark: Position,
    /// Longest silence that the sender tolerates.
    pub recv_timeout: Millis,
    /// Largest frame that the sender takes, in bytes.
    pub max_frame: u32,
    /// Optional abilities, as bits; unknown bits are ignored.
    pub features: u32,
}

/// The receiver's answer to a `Hello` that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    /// Where the peer's stream towards the sender of this message goes on: everything before is durable here.
    pub received: Position,
    /// Up to where the server has confirmed the peer's history (equal to `received` when this is the server).
    pub confirmed: Position,
}

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuse {
    /// Code of the C interface.
    pub code: Code,
    /// What happened, where, what to do.
    pub text: String,
}

/// Rows of one stream, from one snapshot. The rows are opaque to the core; `wire::rows` opens them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of the batch on its link: 1 for the first in this direction, one more for each further one, also when rows go again. Comes
    /// back in the acknowledgment. 0 as the store has read it.
    pub seq: u64,
    /// Flags of all syncs and pulls that wanted rows when the batch was sent, which come back in the acknowledgment, and two of the
    /// stream (AGAIN, RESTART), which do not; `docs/protocol.md` has the bits. 0 as the store has read it.
    pub flags: u32,
    /// The receiver must have exactly this much of the stream.
    pub after: Position,
    /// The receiver has this much afterwards.
    pub up_to: Position,
    /// How many rows are in it.
    pub rows: u32,
    /// Encoded `base::ChangeSet` without `after` and `up_to`.
    pub body: Vec<u8>,
}

/// What has been committed, sent only after the store has said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// `seq` of the batch that is acknowledged.
    pub seq: u64,
    /// Flags of that batch, without those of the stream.
    pub flags: u32,
    /// Everything up to here is durable at the sender of this message.
    pub position: Position,
    /// First code that kept a row, or the whole batch, from being applied; `S_OK` otherwise.
    pub code: Code,
    /// When `code` says that the batch was refused for want of room: come back after this long.
    pub retry_after: Millis,
}

/// Asks the peer to push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Number that comes back in `PullEnd`.
    pub seq: u64,
    /// Flags of the sync.
    pub flags: u32,
}

/// Ends the answer to a `Pull`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullEnd {
    /// Number of the pull.
    pub seq: u64,
    /// Rows that were sent for it.
    pub rows: u64,
    /// `S_OK`, or why the answer is incomplete.
    pub code: Code,
}
