//! How an agent enters the tree: what it says of itself, and what it is told.

use super::{AgentId, Beat, Code, DbId, EpochInfo, Fork, Group, Level, Marks, Position, Role, Timestamp};

/// Most entries for rows set aside that one word tells; of more the oldest of a group become one.
pub const MAX_ASIDE: usize = 64;

/// An agent and its history, as it says itself; routers pass it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Announce {
    /// Who.
    pub agent: AgentId,
    /// The node that it is attached to, as far as known; its own id while it speaks for itself.
    pub parent: AgentId,
    /// What it is.
    pub role: Role,
    /// Its level.
    pub level: Level,
    /// Its database.
    pub db: DbId,
    /// Hash of its canonical schema text.
    pub schema_hash: u64,
    /// Number of this attachment: the agent counts it up, in its database, with each announcement of its own.
    pub attachment: u64,
    /// Its history, oldest first, as far as the server may need it.
    pub epochs: Vec<EpochInfo>,
    /// What these epochs know of other ones.
    pub beats: Vec<Beat>,
    /// What it has of its downward streams. A group that is not named is at the beginning.
    pub down: Vec<DownMark>,
    /// It lacks rows that its marks speak for, e.g. of a class that its schema has got since: it wants everything anew.
    pub reconcile: bool,
}

/// How much of a downward stream an agent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownMark {
    /// Which stream.
    pub group: Group,
    /// Everything up to here is durable at the agent.
    pub mark: Position,
    /// The newest snapshot from which it has got anything: states of rows may be as new as that.
    pub top: Position,
    /// Where the node above has to go on: `mark`, or the end of what routers hold for the agent behind its mark.
    pub from: Position,
}

/// What the server knows of an agent's upward streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Up to here the server has everything, whichever way it came.
    pub confirmed: Marks,
    /// Histories of the agent's database that do not belong to what it has announced: all that it has not answered, in the answer to an
    /// announcement and when one becomes known; else none.
    pub forks: Vec<Fork>,
    /// The word answers an announcement: `confirmed` replaces what the agent believed, also downwards.
    pub fresh: bool,
    /// Rows within what is confirmed that could not be applied: those that this word confirms, or, in the answer to an announcement, all that
    /// are known.
    pub aside: Vec<SetAside>,
}

/// Rows of an agent that the server has, and could not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetAside {
    /// Their stream.
    pub group: Group,
    /// Version of the first of them.
    pub first: Timestamp,
    /// Version of the last of them.
    pub last: Timestamp,
    /// Why the first one could not be applied.
    pub code: Code,
}

impl SetAside {
    /// Adds `more` to a list in order, which stays within [`MAX_ASIDE`].
    pub fn join(list: &mut Vec<SetAside>, more: impl IntoIterator<Item = SetAside>) {
        list.extend(more);
        list.sort_unstable();
        list.dedup();
        while list.len() > MAX_ASIDE {
            // There are more of them than groups.
            let Some(at) = list.windows(2).position(|pair| matches!(pair, [a, b] if a.group == b.group)) else { return };
            let gone = list.remove(at + 1);
            if let Some(one) = list.get_mut(at) {
                one.last = one.last.max(gone.last);
            }
        }
    }
}

/// What an announcement has led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// What is here of the upward streams of the neighbour; for one that announces itself.
    pub received: Marks,
    /// On the server: what it has to say.
    pub word: Option<Word>,
    /// Where the downward streams for the agent go on from here; names every group that has rows or ever had. A stream that has to be
    /// reconciled starts at the beginning, whatever the agent has announced.
    pub down: Marks,
    /// On a router: what this node holds for the agent ends here; goes up as `from` of the announcement. Groups that are not named: as
    /// announced.
    pub held: Marks,
}
