//! Enumerators of `mco.h`. The functions take and return these types as C int (`ctypes`).
#![allow(non_camel_case_types, missing_docs)]

/// How a transaction is started.
#[repr(C)]
pub enum MCO_TRANS_TYPE {
    MCO_READ_ONLY = 0,
    MCO_UPDATE = 1,
    MCO_READ_WRITE = 2,
    MCO_EXCLUSIVE = 3,
}

/// Order of waiting transactions.
#[repr(C)]
pub enum MCO_TRANS_PRIORITY {
    MCO_TRANS_IDLE = -2,
    MCO_TRANS_BACKGROUND = -1,
    MCO_TRANS_FOREGROUND = 0,
    MCO_TRANS_HIGH = 1,
    MCO_TRANS_ISR = 2,
}

/// What a program may ask for; every level is given as serializable.
#[repr(C)]
pub enum MCO_TRANS_ISOLATION_LEVEL {
    MCO_DEFAULT_ISOLATION_LEVEL = 0,
    MCO_READ_COMMITTED = 1,
    MCO_REPEATABLE_READ = 2,
    MCO_SERIALIZABLE = 4,
}

/// Accepted without effect: readers never wait.
#[repr(C)]
pub enum MCO_TRANS_SCHED_POLICY {
    MCO_SCHED_FIFO = 0,
    MCO_SCHED_READER_FAVOR = 1,
    MCO_SCHED_WRITER_FAVOR = 2,
}

/// When a commit is durable.
#[repr(C)]
pub enum MCO_COMMIT_POLICY {
    /// When commit returns.
    MCO_COMMIT_SYNC_FLUSH = 0,
    /// Within a second.
    MCO_COMMIT_BUFFERED = 1,
    /// When a bound of `mco_log_params_t` is reached.
    MCO_COMMIT_DELAYED = 2,
    /// After mco_disk_flush or close.
    MCO_COMMIT_NO_SYNC = 3,
}

/// Accepted without effect: the commit policy decides.
#[repr(C)]
pub enum MCO_LOG_TYPE {
    NO_LOG = 0,
    REDO_LOG = 1,
    UNDO_LOG = 2,
}

/// How a search looks for a key; 1..5 are used.
#[repr(C)]
pub enum MCO_OPCODE {
    MCO_NOP = 0,
    MCO_LT = 1,
    MCO_LE = 2,
    MCO_EQ = 3,
    MCO_GE = 4,
    MCO_GT = 5,
    MCO_OVERLAP = 6,
    MCO_CONTAIN = 7,
    MCO_EX = 8,
    MCO_BEST = 9,
    MCO_PREF = 10,
    MCO_NEXT_MATCH = 11,
    MCO_NEIGHBOURHOOD = 12,
}

/// What a cursor runs over.
#[repr(C)]
pub enum MCO_CURSOR_TYPE {
    MCO_LIST_CURSOR = 0,
    MCO_TREE_CURSOR = 1,
    MCO_HASH_CURSOR = 2,
    MCO_KDTREE_CURSOR = 3,
    MCO_PTREE_CURSOR = 4,
    MCO_RTREE_CURSOR = 5,
}

/// What an event reports.
#[repr(C)]
pub enum MCO_EVENT_TYPE {
    MCO_EVENT_NEW = 0,
    MCO_EVENT_UPDATE = 1,
    MCO_EVENT_DELETE = 2,
    MCO_EVENT_DELETE_ALL = 3,
    MCO_EVENT_CHECKPOINT = 4,
    MCO_EVENT_CLASS_UPDATE = 5,
}

/// When a handler of an update runs.
#[repr(C)]
pub enum MCO_HANDLING_ORDER {
    MCO_BEFORE_UPDATE = 0,
    MCO_AFTER_UPDATE = 1,
}
