//! Layer 0: words that every layer shares. Nothing here knows another layer.

mod attach;
mod bytes;
mod change;
mod code;
mod error;
mod id;
mod interrupt;
pub mod list;
#[cfg(test)]
mod list_tests;
mod random;
pub mod tagged;
mod value;

pub use attach::{Announce, Attached, DownMark, MAX_ASIDE, SetAside, Word};
pub use bytes::{Malformed, Reader, Writer};
pub use change::{Beat, Change, ChangeSet, EpochInfo, Fork, Gap, GapReason, KeptRows, Marks, Range, State};
pub use code::Code;
pub use error::{Error, Result, fail};
pub use id::{
    AgentId, DbId, EpochId, Group, Identity, Level, LinkId, Millis, Oid, Position, Role, Stream, Timestamp, Version, Way,
};
pub use interrupt::{Asking, INTERRUPT_PAUSE, Interrupt, interrupt, interrupt_with};
pub use random::Random;
pub use value::{Value, ValueKind};
