//! Enumerators of `mcoiotx.h`. The functions and structures have these types as C int (`ctypes`).
#![allow(non_camel_case_types)]

/// What becomes of a row for which the bound of its class has no room.
#[repr(C)]
pub enum mco_iotx_policy_t {
    /// The insert fails with MCO_E_NOMEM.
    MCO_IOTX_REFUSE = 0,
    /// It is taken; the rows that have waited longest are dropped by the commit.
    MCO_IOTX_DROP_OLDEST = 1,
    /// It is taken and dropped by the commit. Changes of rows that are there are kept.
    MCO_IOTX_DROP_NEWEST = 2,
}

/// Why rows were given up.
#[repr(C)]
pub enum mco_iotx_gap_reason_t {
    /// Too many rows that could not be applied were set aside.
    MCO_IOTX_GAP_QUARANTINE_FULL = 1,
    /// A node that had acknowledged them has lost them, and their origin had cleared them.
    MCO_IOTX_GAP_CUSTODY_LOST = 2,
    /// Dropped by a bound with MCO_IOTX_DROP_OLDEST.
    MCO_IOTX_GAP_DROPPED_OLDEST = 3,
    /// Dropped by a bound with MCO_IOTX_DROP_NEWEST.
    MCO_IOTX_GAP_DROPPED_NEWEST = 4,
    /// They contradict what is known of their origin.
    MCO_IOTX_GAP_CONTRADICTION = 5,
    /// Cleared after they were acknowledged; their receiver was restored from an older backup since.
    MCO_IOTX_GAP_RECEIVER_RESTORED = 6,
}

/// Why rows wait.
#[repr(C)]
pub enum mco_iotx_reason_t {
    /// Nothing waits.
    MCO_IOTX_NOTHING = 0,
    /// Nobody has asked for them: the next sync takes them.
    MCO_IOTX_SYNC = 1,
    /// There is no node above.
    MCO_IOTX_NOT_CONNECTED = 2,
    /// No connection leads to the node.
    MCO_IOTX_NO_ROUTE = 3,
    /// The connection is kept in reserve.
    MCO_IOTX_STANDBY = 4,
    /// The node is being taken in.
    MCO_IOTX_ATTACHING = 5,
    /// They are being read or sent, or wait for their turn.
    MCO_IOTX_SENDING = 6,
    /// As much is on its way as may be.
    MCO_IOTX_WINDOW_FULL = 7,
    /// They were sent; the next node has not acknowledged them.
    MCO_IOTX_UNACKNOWLEDGED = 8,
    /// The next node has no room.
    MCO_IOTX_RECEIVER_FULL = 9,
    /// The database fails.
    MCO_IOTX_STORAGE = 10,
    /// Another transaction holds the writer's place.
    MCO_IOTX_WRITER_HELD = 11,
    /// The next node does not know their class.
    MCO_IOTX_CLASS_UNKNOWN = 12,
    /// The next node has them, the final one has not said so.
    MCO_IOTX_FINAL_NODE = 13,
    /// They were received here and could not be applied.
    MCO_IOTX_QUARANTINE = 14,
    /// The next node can never have room for the next of them, unless the limit of its database is raised.
    MCO_IOTX_TOO_LARGE = 15,
    /// They wait at the node below: the database here has no room for them.
    MCO_IOTX_FULL = 16,
}
