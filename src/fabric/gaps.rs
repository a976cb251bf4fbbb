//! Rows that were given up, here or on nodes below.

use super::Replicator;
use crate::base::Result;
use crate::db::{Connection, Told};

/// `E_TRANS_NOT_CLOSED` inside a writing transaction of the calling thread, `E_IOT_STOPPED` once stopped.
impl Replicator {
    /// Number of gap records.
    pub fn gap_count(&self) -> Result<u64> {
        self.on_database("counting gap records", Connection::gap_count)
    }

    /// Calls `f` for each gap record, by agent, until it says false. No lock is held meanwhile.
    pub fn enum_gaps(&self, f: &mut dyn FnMut(&Told) -> bool) -> Result<()> {
        let mut last = None;
        loop {
            let page = self.on_database("listing gap records", move |connection| connection.gap_page(last.as_ref()))?;
            last = page.last().copied();
            if last.is_none() || !page.iter().all(&mut *f) {
                return Ok(());
            }
        }
    }
}
