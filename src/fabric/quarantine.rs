//! Rows of peers that could not be applied here.

use super::Replicator;
use crate::base::{Identity, Result};
use crate::db::Aside;

/// Work without a connection to a peer. `E_TRANS_NOT_CLOSED` inside a writing transaction of the calling thread,
/// `E_IOT_STOPPED` once stopped.
impl Replicator {
    /// Name of a class.
    pub fn class_name(&self, class: u16) -> String {
        self.database().dictionary().class(class).map_or_else(String::new, |class| class.name.clone())
    }

    /// How many are set aside.
    pub fn quarantine_count(&self) -> Result<u64> {
        self.on_database("counting the quarantine", crate::db::Connection::quarantine_count)
    }

    /// Calls `f` for each, the oldest first, until it says false. No lock is held meanwhile.
    pub fn enum_quarantine(&self, f: &mut dyn FnMut(&Aside) -> bool) -> Result<()> {
        let mut seq = 0;
        loop {
            let page = self.on_database("listing the quarantine", move |connection| connection.quarantine(seq))?;
            let Some(last) = page.last() else { return Ok(()) };
            seq = last.seq;
            if !page.iter().all(&mut *f) {
                return Ok(());
            }
        }
    }

    /// Content of one as a JSON object; `S_NOTFOUND`.
    pub fn quarantine_row(&self, id: Identity) -> Result<String> {
        self.on_database("reading the quarantine", move |connection| connection.quarantine_row(id))
    }

    /// Tries one or all again; the code of the first that still cannot be applied, `S_NOTFOUND`.
    pub fn quarantine_retry(&self, id: Option<Identity>) -> Result<()> {
        self.on_database("a retry", move |connection| connection.quarantine_retry(id))
    }

    /// Gives one or all up; `S_NOTFOUND`.
    pub fn quarantine_drop(&self, id: Option<Identity>) -> Result<()> {
        self.on_database("dropping from the quarantine", move |connection| connection.quarantine_drop(id))
    }
}
