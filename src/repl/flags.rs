//! The bits of a sync, as `mcoiot.h` has them, and two that only batches carry.

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

/// In `Batch::flags` only: starts before the end of what was sent on this connection already, because of `RESEND`.
pub const BATCH_AGAIN: u32 = 0x4000_0000;
/// In `Batch::flags` only: the first batch after a refusal. A receiver that has refused a batch passes over what was
/// on its way behind it until it meets this bit.
pub const BATCH_RESTART: u32 = 0x8000_0000;
