//! Constants of `mcoiot.h`. The ids of groups stand in `headers/mcoiot.h`, with the suffix that C needs.
#![allow(missing_docs)]

use std::ffi::c_int;

/// Send modified rows.
pub const MCO_IOT_SYNC_PUSH: c_int = 0x01;
/// Ask the target for its modified rows.
pub const MCO_IOT_SYNC_PULL: c_int = 0x02;
/// Never wait for a socket.
pub const MCO_IOT_SYNC_NONBLOCK: c_int = 0x04;
/// Return when complete.
pub const MCO_IOT_SYNC_WAIT: c_int = 0x08;
/// Push and pull.
pub const MCO_IOT_SYNC_BOTH: c_int = 0x03;
/// The acknowledgment comes from the final receiver.
pub const MCO_IOT_SYNC_DEEP_ACK: c_int = 0x10;
/// Also rows that were sent but are not acknowledged yet.
pub const MCO_IOT_SYNC_RESEND: c_int = 0x20;
/// The target and everything behind it.
pub const MCO_IOT_SYNC_CHILDS: c_int = 0x40;

/// Result of a callback: normal.
pub const IOT_CALLBACK_OK: c_int = 0;
/// Result of a callback: disconnect this peer.
pub const IOT_CALLBACK_FAIL: c_int = 1;
/// Result of a callback: skip the rest of the chain for this event. May be combined with IOT_CALLBACK_FAIL.
pub const IOT_CALLBACK_STOP: c_int = 2;
