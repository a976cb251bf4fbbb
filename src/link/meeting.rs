//! The handshake between the two introductions and the two acceptances.

use crate::wire::Hello;

/// A peer that has introduced itself.
#[derive(Debug)]
pub(super) struct Meeting {
    pub(super) hello: Box<Hello>,
    pub(super) step: Step,
    /// The peer has accepted us, which may be before we have accepted it.
    pub(super) accepted: bool,
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
        Meeting { hello, step: Step::Examined { may_fetch: true }, accepted: false, schema_served: false }
    }
}
