//! Change sets to the bytes of a batch and back, by column.

use super::Batch;
use crate::base::{ChangeSet, Malformed, Result};

/// Bytes of `set` for [`Batch::body`]; `after` and `up_to` are not in it.
///
/// Fails with `E_IOT_PROTOCOLERR` when a row or a note names an epoch that the set does not declare, and when the set is larger than the limits
/// that [`decode`] holds every peer to (a set of at most 256 KiB, or of one row, never is).
pub fn encode(_set: &ChangeSet) -> Result<Vec<u8>> {
    unimplemented!("first landing")
}

/// Reads what [`encode`] has written; `after` and `up_to` are left at their defaults. Any bytes may come in.
pub fn decode(_body: &[u8]) -> Result<ChangeSet, Malformed> {
    unimplemented!("first landing")
}

/// The change set of a whole batch, its positions filled in and its number of rows checked.
pub fn open(_batch: &Batch) -> Result<ChangeSet, Malformed> {
    unimplemented!("first landing")
}
