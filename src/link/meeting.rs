//! The handshake between the two introductions and the two acceptances.

use crate::wire::{Accept, Hello};

/// A peer that has introduced itself.
#[derive(Debug)]
pub(super) struct Meeting {
    pub(super) hello: Box<Hello>,
    pub(super) step: Step,
    /// The peer's acceptance, which may come before ours.
    pub(super) accept: Option<Accept>,
    /// The peer has asked for our schema; it may do so once.
    pub(super) schema_served: bool,
}

/// How far our own decision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The driver has to decide.
    Examined {
        /// It may still ask for the schema's text.
        may_fetch: bool,
    },
    /// The schema's text is asked for.
    Fetching,
    /// The peer fits.
    Accepted,
}

impl Meeting {
    pub(super) fn new(hello: Box<Hello>) -> Self {
        Meeting { hello, step: Step::Examined { may_fetch: true }, accept: None, schema_served: false }
    }
}
