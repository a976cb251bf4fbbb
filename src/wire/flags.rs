//! Bits of `Batch::flags` that belong to the stream; all below are of the sync and come back in the acknowledgment.

/// A page of a reconcile.
pub const BATCH_RECONCILE: u32 = 0x1000_0000;
/// The stream begins here: the receiver takes `after` as what it has.
pub const BATCH_BEGIN: u32 = 0x2000_0000;
/// Starts before the end of what was sent on this connection already, because of `RESEND`.
pub const BATCH_AGAIN: u32 = 0x4000_0000;
/// The first batch after a refusal. A receiver that has refused a batch passes over what was on its way behind it until it meets this bit.
pub const BATCH_RESTART: u32 = 0x8000_0000;
/// All bits of the stream.
pub const BATCH_STREAM: u32 = BATCH_RECONCILE | BATCH_BEGIN | BATCH_AGAIN | BATCH_RESTART;
