//! How a database is opened and a transaction started.

use crate::base::{AgentId, Code, Level, Millis, Result, fail};
use std::fmt;
use std::path::PathBuf;

/// Where the rows live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In memory, gone with the process or with `close`.
    Memory {
        /// Most bytes that the database may take; 0 for no limit.
        limit_bytes: u64,
    },
    /// In memory that processes of one user share by its name. The first one to open it makes it, with its schema and limit; others attach to
    /// it. Gone when the last one has closed it or has died.
    Shared {
        /// Its name, 1 to 63 bytes.
        name: String,
        /// Most bytes that the database may take; 0 for no limit. Means nothing where it is there already.
        limit_bytes: u64,
    },
    /// In one file.
    File {
        /// The file.
        path: PathBuf,
        /// Most bytes that the file may take; 0 for no limit but that of the file system.
        limit_bytes: u64,
        /// Nothing is written: writing transactions get `E_ACCESS`.
        read_only: bool,
        /// Whatever the file holds is thrown away first.
        truncate: bool,
        /// A file that does not exist is an error.
        existing: bool,
        /// The file is removed at close.
        temporary: bool,
    },
}

/// When a commit is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommitPolicy {
    /// When commit returns.
    #[default]
    SyncFlush,
    /// Within a second.
    Buffered,
    /// When enough has been collected.
    Delayed,
    /// At `flush` and close.
    NoSync,
}

/// The wall clock, which whoever opens a database gives it: the database itself reads none. Called under locks, so it
/// must not call back. For what is shown or thrown away by age; nothing relies on its order.
#[derive(Clone, Copy)]
pub struct WallClock(pub fn() -> u64);

/// When `Delayed` commits are flushed: at the first of these bounds; 0 = not for this reason. What is acknowledged to a peer is
/// flushed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayedCommits {
    /// So many bytes of rows have been written.
    pub bytes: u64,
    /// So many transactions have been committed.
    pub commits: u32,
    /// The first of them was so many milliseconds ago.
    pub millis: u32,
}

/// Everything `open` needs besides the schema.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Name under which threads of this process connect; at most 16 bytes, not empty.
    pub name: String,
    /// Where the rows live.
    pub storage: Storage,
    /// Connections at a time; more get `E_SESLIMIT`.
    pub max_connections: u32,
    /// Agent id in place of the one of the schema.
    pub agent: Option<AgentId>,
    /// Level in place of the one kept with the database or in the schema.
    pub level: Option<Level>,
    /// Policy that new connections begin with.
    pub policy: CommitPolicy,
    /// A transaction inside a transaction is the fatal `ERR_NESTED_TRANS_TRAP`.
    pub disable_nested: bool,
    /// Commit in error state gives `E_TRANSACT` and keeps the transaction for a rollback.
    pub disable_implicit_rollback: bool,
    /// Writing transactions get `E_ACCESS`.
    pub read_only: bool,
    /// A database file that does not exist is an error.
    pub open_existing: bool,
    /// Reads and checks the whole file before it is used.
    pub crc_check: bool,
    /// Files are removed at close.
    pub transient: bool,
    /// Bytes of a page of the file; 0 for a good choice, else a power of two from 512 to 65536.
    pub page_size: u32,
    /// Bytes of a step in which a file is extended ahead of need, at most 1 GiB; 0: it grows as it is written.
    pub extension: u64,
    /// Bounds of the policy `Delayed`.
    pub delayed: DelayedCommits,
    /// Gives the time in milliseconds since 1970; the default says 0 for ever.
    pub clock: WallClock,
    /// When rows that a router has acknowledged are sent again because nothing of them was confirmed by the server.
    pub custody_timeout: Millis,
}

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionKind {
    /// Reads its own snapshot.
    ReadOnly,
    /// Holds the writer's place, reads until upgraded.
    Update,
    /// Writes.
    ReadWrite,
    /// Writes; the same as `ReadWrite` here.
    Exclusive,
}

/// Order of transactions that wait for the writer's place; a larger number goes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub i8);

impl OpenOptions {
    /// Options with the defaults of the C interface; the file grows as it is written.
    pub fn new(name: &str, storage: Storage) -> Self {
        OpenOptions {
            name: name.into(),
            storage,
            max_connections: 100,
            agent: None,
            level: None,
            policy: CommitPolicy::SyncFlush,
            disable_nested: false,
            disable_implicit_rollback: false,
            read_only: false,
            open_existing: false,
            crc_check: false,
            transient: false,
            page_size: 0,
            extension: 0,
            delayed: DelayedCommits::default(),
            clock: WallClock::default(),
            custody_timeout: Millis(24 * 60 * 60 * 1000),
        }
    }
}

impl WallClock {
    /// Milliseconds since 1970; 0 when nobody knows.
    pub fn millis(self) -> u64 {
        (self.0)()
    }
}

impl Default for DelayedCommits {
    fn default() -> Self {
        DelayedCommits { bytes: 16 << 20, commits: 0, millis: 0 }
    }
}

impl Default for WallClock {
    fn default() -> Self {
        WallClock(|| 0)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WallClock")
    }
}

impl TransactionKind {
    /// From the number in the C interface; anything but 0..=3 is `E_ILLEGAL_PARAM`.
    pub fn from_number(number: i32) -> Result<Self> {
        match number {
            0 => Ok(TransactionKind::ReadOnly),
            1 => Ok(TransactionKind::Update),
            2 => Ok(TransactionKind::ReadWrite),
            3 => Ok(TransactionKind::Exclusive),
            _ => fail(Code::E_ILLEGAL_PARAM, format!("{number} is no type of transaction; use 0 to 3")),
        }
    }

    /// Whether it holds the writer's place.
    pub fn is_writer(self) -> bool {
        self != TransactionKind::ReadOnly
    }
}
