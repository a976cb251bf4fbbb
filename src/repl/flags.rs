//! The bits of a sync, as `mcoiot.h` has them; `wire` has those that only batches carry.

/// Send our changes.
pub const SYNC_PUSH: u32 = 0x01;
/// Ask the other side to send its changes for us.
pub const SYNC_PULL: u32 = 0x02;
/// Never wait for room towards a peer.
pub const SYNC_NONBLOCK: u32 = 0x04;
/// End when done.
pub const SYNC_WAIT: u32 = 0x08;
/// The acknowledgment has to come from the final node.
pub const SYNC_DEEP_ACK: u32 = 0x10;
/// Also what was sent on this connection and is not acknowledged yet.
pub const SYNC_RESEND: u32 = 0x20;
/// The target and everything below it.
pub const SYNC_CHILDS: u32 = 0x40;
/// Every bit that a caller of sync may set.
pub const SYNC_ALL: u32 = 0x7F;

pub use crate::wire::{BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, BATCH_STREAM};
