//! Newtypes for the numbers that must not be mixed up.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// Who a node is: unique in the whole tree, chosen by the user.
    AgentId(u64)
);
number!(
    /// Which database a node has: random, made with the database and kept with it.
    DbId(u64)
);
number!(
    /// One history of a database between two openings: random, taken with the first commit after an opening.
    EpochId(u64)
);
number!(
    /// Position in a database's commit order; rises by one with each commit and never looks at a clock.
    Timestamp(u64)
);
number!(
    /// The number that a row gets from its origin (`auto_oid`); never used again in that database.
    Oid(u64)
);
number!(
    /// Distance from the server: 1 the server, 2..=65534 routers, 65535 devices.
    Level(u16)
);
number!(
    /// One connection of this process, never used twice.
    LinkId(u64)
);
number!(
    /// Milliseconds of a clock that never goes back. Only `net` reads one; the core gets it as an argument.
    Millis(u64)
);

impl AgentId {
    /// As receiver of a row: every device. As target of a sync: every connected node.
    pub const ALL: AgentId = AgentId(0);
    /// The root of the tree.
    pub const SERVER: AgentId = AgentId(1);
    /// The highest id that a node may have; the fifteen above are reserved.
    pub const MAX: AgentId = AgentId(0xFFFF_FFFF_FFFF_FFF0);
    /// Stands for the caller's own id.
    pub const THIS: AgentId = AgentId(0xFFFF_FFFF_FFFF_FFF1);
    /// All nodes of lower level.
    pub const ALL_UP: AgentId = AgentId(0xFFFF_FFFF_FFFF_FFF2);
    /// All nodes of higher level.
    pub const ALL_DOWN: AgentId = AgentId(0xFFFF_FFFF_FFFF_FFF3);
    /// No agent.
    pub const INVALID: AgentId = AgentId(u64::MAX);

    /// Whether a node may bear this id.
    pub fn is_node(self) -> bool {
        (1..=Self::MAX.0).contains(&self.0)
    }
}

impl Level {
    /// Level of the server.
    pub const SERVER: Level = Level(1);
    /// Level of every device.
    pub const DEVICE: Level = Level(65535);
}

impl Millis {
    /// Stands for "no limit" wherever a duration is asked for.
    pub const INFINITE: Millis = Millis(u64::MAX);

    /// The moment `later` milliseconds after this one; infinite stays infinite.
    pub fn after(self, later: Millis) -> Millis {
        Millis(self.0.saturating_add(later.0))
    }
}

/// What a node is in the tree; fixed when its database is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The root.
    Server,
    /// An inner node.
    Router,
    /// A leaf.
    Device,
}

/// A point in one node's history: everything up to `ts`, on the timeline that `epoch` belongs to.
///
/// The default (0, 0) lies before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// Commit up to which the position reaches.
    pub ts: Timestamp,
    /// Epoch in which that commit happened; 0 only at the very beginning.
    pub epoch: EpochId,
}

/// Priority group of a class, 0..=7. Each group is a stream of its own with its own positions; a higher one drains first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub u8);

impl Group {
    /// Number of groups.
    pub const COUNT: usize = 8;
    /// The group of a class for which nothing was said.
    pub const USUAL: Group = Group(0);
}

/// Which way rows travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Towards the server.
    Up,
    /// Towards a device or router.
    Down,
}

/// One stream of batches: order and positions are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// Up: the neighbour at the other end, sender or receiver. Down: the node for which the rows are, however far below.
    pub agent: AgentId,
    /// Up or down.
    pub way: Way,
    /// The priority group.
    pub group: Group,
}

/// Identity of a row on every node: the epoch in which its origin made it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Epoch in which the row was made.
    pub epoch: EpochId,
    /// Number within the origin's database.
    pub oid: Oid,
}

/// Version of a row. Compared field by field in this order; the larger one wins on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Raised by a node that has learned that its timeline forked.
    pub generation: u32,
    /// Commit of the origin that made this version.
    pub ts: Timestamp,
    /// Epoch of that commit.
    pub epoch: EpochId,
}
