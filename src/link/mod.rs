//! One connection to a peer as a state machine: handshake, keep-alive, time limits, send queue. Pure: bytes, decisions and the time go in,
//! bytes, messages and wishes come out. Knows `base` and `wire`; `docs/protocol.md` has the states.

mod check;
mod event;
mod machine;

pub use check::check;
pub use event::{Decision, LinkConfig, LinkInput, LinkOutput};
pub use machine::{Link, SEND_QUEUE_MAX};
