//! What the checks share.

use crate::schema::diagnostic::Report;
use crate::schema::source::Sources;

/// What is being checked, and with what.
pub(super) struct Context<'a> {
    pub(super) sources: &'a Sources,
    pub(super) report: &'a mut Report,
    /// Part of the schema could not be read: what seems to be missing may be there.
    pub(super) damaged: bool,
    /// Columns that members of structs have become so far.
    pub(super) members: usize,
}
