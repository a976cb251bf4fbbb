//! Removing acknowledged rows.

use crate::base::AgentId;
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::keys::Key;
use crate::db::layout::Stamp;

impl Connection {
    /// Remembers that a row of ours was removed here and lives on at its receivers.
    pub(in crate::db) fn note_cleared(&mut self, key: Key, receiver: AgentId, version: Stamp) -> Inner<()> {
        let _ = (key, receiver, version);
        Ok(())
    }
}
