//! Bytes to messages and back. Pure; knows only `base`. `docs/protocol.md` gives every byte.

mod codec;
#[cfg(test)]
mod codec_tests;
mod column;
mod deflate;
#[cfg(all(test, feature = "compression"))]
mod deflate_tests;
mod flags;
pub mod frame;
mod message;
mod numbers;
pub mod parcel;
mod parts;
pub mod rows;
#[cfg(test)]
mod rows_tests;

pub use codec::{MAX_BEATS, MAX_EPOCHS, MAX_FORKS, MAX_PATH, MAX_TEXT, Unreadable, decode, encode};
pub use deflate::{DEFAULT_LEVEL, DEFLATE_LEVELS_MAX, DEFLATE_MIN, EXPANSION_MAX, FEATURES, TAKES_DEFLATED, deflate_level};
pub use flags::{BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, BATCH_STREAM};
pub use message::{Ack, Batch, Hello, Mark, Message, Pull, PullEnd, Refuse, Routed, Withdraw};
pub use parcel::Parcel;

/// Lowest protocol version that this library speaks.
pub const VERSION_MIN: u16 = 1;
/// Highest protocol version that this library speaks.
pub const VERSION_MAX: u16 = 1;
/// Longest message in bytes, without the frame's header: one row of [`MAX_ROW`] with everything around it.
pub const MAX_FRAME: u32 = 17 << 20;
/// Longest row in bytes (sum of [`crate::base::Value::weight`]).
pub const MAX_ROW: usize = 16 << 20;

/// The version that two peers talk in: the highest that both speak, if there is one.
pub fn common_version(min: u16, max: u16) -> Option<u16> {
    let version = max.min(VERSION_MAX);
    (version >= min.max(VERSION_MIN)).then_some(version)
}
