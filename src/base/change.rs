//! What travels between two databases: changed rows with what is needed to place them in history.

use super::{AgentId, EpochId, Group, Identity, Position, Timestamp, Value};
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

/// An epoch knows of another one of its database as a history that it does not continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beat {
    /// The epoch that knows.
    pub epoch: EpochId,
    /// The one that it knows of; versions of `epoch` have a higher generation.
    pub beaten: EpochId,
}

/// The server has seen that the history of a database forked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fork {
    /// The epoch that does not belong to the history that the database tells, or (`tail`) whose end does not.
    pub epoch: EpochId,
    /// The epoch is one of the history; what lies behind its end there does not belong to it.
    pub tail: bool,
    /// Where the fork lies on the history that the database tells.
    pub at: Timestamp,
    /// Generation of the other branch.
    pub generation: u32,
}

/// A position in each priority group; groups that are not named are at the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<(Group, Position)>);

impl Marks {
    /// Marks with one group.
    pub fn of(group: Group, position: Position) -> Self {
        Marks(vec![(group, position)])
    }

    /// The position of a group.
    pub fn get(&self, group: Group) -> Position {
        self.0.iter().find(|(g, _)| *g == group).map_or_else(Position::default, |(_, p)| *p)
    }

    /// Sets the position of a group.
    pub fn set(&mut self, group: Group, position: Position) {
        match self.0.binary_search_by_key(&group, |(g, _)| *g) {
            Ok(at) => {
                if let Some(place) = self.0.get_mut(at) {
                    place.1 = position;
                }
            }
            Err(at) => self.0.insert(at, (group, position)),
        }
    }

    /// Named groups with their positions, lowest group first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Group, Position)> + '_ {
        self.0.iter().copied()
    }

    /// Whether no group is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lowest timestamp of the named groups; 0 for none.
    pub fn lowest(&self) -> Timestamp {
        self.0.iter().map(|(_, p)| p.ts).min().unwrap_or_default()
    }
}

impl FromIterator<(Group, Position)> for Marks {
    fn from_iter<I: IntoIterator<Item = (Group, Position)>>(iter: I) -> Self {
        let mut marks = Marks::default();
        iter.into_iter().for_each(|(group, position)| marks.set(group, position));
        marks
    }
}

/// Rows that a node has given up, and why: loss is never silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Whose rows.
    pub agent: AgentId,
    /// Their class in the schema of the node that tells; 0: any class.
    pub class: u16,
    /// Epoch of their versions.
    pub epoch: EpochId,
    /// First timestamp.
    pub first: Timestamp,
    /// Last timestamp.
    pub last: Timestamp,
    /// How many; 0: not known.
    pub rows: u64,
    /// Why.
    pub reason: GapReason,
}

/// Why rows were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapReason {
    /// The quarantine was full.
    QuarantineFull = 1,
    /// A node that had acknowledged them has lost them, and their origin had removed them.
    CustodyLost = 2,
    /// A bound that the application has set; the oldest were dropped.
    DroppedOldest = 3,
    /// A bound that the application has set; the newest were dropped.
    DroppedNewest = 4,
    /// They contradict what is known, and came through a router that cannot be blamed.
    Contradiction = 5,
    /// Removed by clear after the receiver had acknowledged them; the receiver was restored since and lacks them.
    ReceiverRestored = 6,
}

impl GapReason {
    /// Every reason.
    pub const ALL: [GapReason; 6] = [
        GapReason::QuarantineFull,
        GapReason::CustodyLost,
        GapReason::DroppedOldest,
        GapReason::DroppedNewest,
        GapReason::Contradiction,
        GapReason::ReceiverRestored,
    ];

    /// The reason of this number.
    pub fn of(number: u8) -> Option<GapReason> {
        GapReason::ALL.into_iter().find(|reason| *reason as u8 == number)
    }
}

/// Rows made in one epoch that the server has no more and their receivers keep: clear has removed them there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptRows {
    /// Epoch in which they were made.
    pub epoch: EpochId,
    /// Number of the first.
    pub low: u64,
    /// Number of the last.
    pub high: u64,
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
    /// What these epochs know of other ones.
    pub beats: Vec<Beat>,
    /// Rows that were given up (up direction).
    pub gaps: Vec<Gap>,
    /// The reconcile that a page belongs to, by a random number: numbers of pages begin anew with each. 0: no page.
    pub series: u64,
    /// Rows that the receiver keeps though no page has them (pages of a reconcile, before any rows).
    pub kept: Vec<KeptRows>,
    /// All downtable classes of the sender with their groups; class 0: one that the receiver does not know (last page of a reconcile).
    pub classes: Vec<(u16, Group)>,
    /// Changed rows in the order of the stream.
    pub changes: Vec<Change>,
}

impl Identity {
    /// Identity from its two halves.
    pub fn new(epoch: EpochId, oid: u64) -> Self {
        Identity { epoch, oid: Oid(oid) }
    }
}
