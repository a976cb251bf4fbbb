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
