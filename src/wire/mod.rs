//! Bytes to messages and back. Pure; knows only `base`.

mod message;

pub use message::{Accept, Ack, Batch, Hello, Message, Pull, PullEnd, Refuse};
