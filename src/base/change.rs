//! What travels between two databases: changed rows with what is needed to place them in history.

use super::{AgentId, EpochId, Identity, Position, Timestamp, Value};
use super::{DbId, Oid};

/// Declares an epoch: where it hangs in the history of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochInfo {
    /// The epoch.
    pub id: EpochId,
    /// Agent whose history it is part of.
    pub agent: AgentId,
    /// Database whose history it is part of.
    pub db: DbId,
    /// First timestamp that belongs to it.
    pub first: Timestamp,
    /// Last timestamp known to belong to it.
    pub last: Timestamp,
    /// The epoch before it; 0 for the first of a database.
    pub before: EpochId,
    /// Timestamp at which `before` was left.
    pub left: Timestamp,
    /// Generation of all versions made in it.
    pub generation: u32,
}

/// Note of a batch: it completes everything of `epoch` in (`from`, `to`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Epoch of the origin.
    pub epoch: EpochId,
    /// Exclusive lower end.
    pub from: Timestamp,
    /// Inclusive upper end.
    pub to: Timestamp,
}

/// Present state of a changed row.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The row, field by field in the order of its class (generated fields left out).
    Row(Vec<Value>),
    /// The row is deleted, or no longer addressed to the receiver.
    Removed,
}

/// One changed row.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Class code in the schema of the node that sends.
    pub class: u16,
    /// Which row.
    pub id: Identity,
    /// Commit that made this state; with `epoch` and the epoch's generation this is the row's version.
    pub ts: Timestamp,
    /// Epoch of that commit.
    pub epoch: EpochId,
    /// Receiver of a downtable row ([`AgentId::ALL`] for a common one); origin of an uptable row.
    pub agent: AgentId,
    /// What to do with it.
    pub state: State,
}

/// Everything one message moves: read from one snapshot, applied in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// The receiver must have exactly this much of the stream.
    pub after: Position,
    /// The receiver has this much afterwards.
    pub up_to: Position,
    /// Every epoch that the set names, also only in a version.
    pub epochs: Vec<EpochInfo>,
    /// Ranges of origin history that the set completes (up direction).
    pub notes: Vec<Range>,
    /// Changed rows in the order of the stream.
    pub changes: Vec<Change>,
}

impl Identity {
    /// Identity from its two halves.
    pub fn new(epoch: EpochId, oid: u64) -> Self {
        Identity { epoch, oid: Oid(oid) }
    }
}
