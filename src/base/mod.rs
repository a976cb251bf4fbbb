//! Layer 0: words that every layer shares. Nothing here knows another layer.

mod bytes;
mod change;
mod code;
mod error;
mod id;
mod random;
mod value;

pub use bytes::{Malformed, Reader, Writer};
pub use change::{Change, ChangeSet, EpochInfo, Range, State};
pub use code::Code;
pub use error::{Error, Result, fail};
pub use id::{AgentId, DbId, EpochId, Identity, Level, LinkId, Millis, Oid, Position, Role, Timestamp, Version};
pub use random::Random;
pub use value::{Value, ValueKind};
