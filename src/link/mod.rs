//! One connection to a peer as a state machine: handshake, keep-alive, time limits, send queue. Pure: bytes, decisions and the time go in,
//! bytes, messages and wishes come out. Knows `base` and `wire`; `docs/protocol.md` has the states.

#[cfg(test)]
mod abuse_tests;
mod check;
#[cfg(all(test, feature = "compression"))]
mod deflate_tests;
mod event;
mod machine;
mod meeting;
#[cfg(test)]
mod message_tests;
#[cfg(test)]
mod tests;
mod volume;

pub use check::check;
pub use event::{Decision, LinkConfig, LinkInput, LinkOutput};
pub use machine::{ARRIVING_STEP, KEEP_ALIVE_MIN, Link, SEND_QUEUE_MAX};
pub use volume::Volume;
