//! The state machine.

use super::{LinkConfig, LinkInput, LinkOutput};
use crate::base::Millis;

/// Most bytes that may wait to be written; a peer that makes us queue more (it asks and does not read) loses the link.
pub const SEND_QUEUE_MAX: usize = 36 << 20;

/// One connection to a peer, from the open stream on. Feed it with [`Link::handle`], then take everything out with [`Link::poll`].
#[derive(Debug)]
pub struct Link {}

impl Link {
    /// A link over a stream that is open. Our `Hello` is the first output.
    pub fn new(_config: LinkConfig, _now: Millis) -> Self {
        unimplemented!("first landing")
    }

    /// Takes in what happened at `now`. Never panics on anything a peer sends. After the link has closed inputs have no effect.
    pub fn handle(&mut self, _now: Millis, _input: LinkInput<'_>) {
        unimplemented!("first landing")
    }

    /// The next thing to do, in order; `None` until the next input.
    pub fn poll(&mut self) -> Option<LinkOutput> {
        unimplemented!("first landing")
    }

    /// Bytes transmitted and not reported as written: what a sync without NONBLOCK waits for.
    pub fn queued(&self) -> usize {
        unimplemented!("first landing")
    }

    /// Whether messages may be sent.
    pub fn is_established(&self) -> bool {
        unimplemented!("first landing")
    }

    /// Whether [`LinkOutput::Closed`] has been put out or waits to be.
    pub fn is_closed(&self) -> bool {
        unimplemented!("first landing")
    }
}
