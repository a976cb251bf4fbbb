//! Open databases as the C interface sees them.

use crate::base::{Code, Result, fail};
use crate::db::{self, Database, OpenOptions};
use crate::schema;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use crate::db::names;

static OPEN: Mutex<BTreeMap<String, Arc<OpenDatabase>>> = Mutex::new(BTreeMap::new());

/// An open database, with what only the C interface knows of it.
pub(crate) struct OpenDatabase {
    pub(crate) database: Arc<Database>,
    /// Unit of page counts.
    pub(crate) page_size: u16,
    /// Bytes that `mco_db_connect_ctx` copies.
    pub(crate) context_size: usize,
    /// Set by a fatal error or a panic: no further use.
    poisoned: AtomicBool,
}

/// Creates or opens.
pub(crate) fn open(text: &str, options: OpenOptions, page_size: u16, context_size: usize) -> Result<Code> {
    let dictionary = schema::compile_text(text)?;
    let name = options.name.clone();
    // Not under the lock: opening may take long, and `db` refuses a second database of this name by itself.
    let database = db::open(Arc::new(dictionary), text, options)?;
    let entry = OpenDatabase { database, page_size, context_size, poisoned: AtomicBool::new(false) };
    OPEN.lock().insert(name, Arc::new(entry));
    Ok(Code::S_OK)
}

/// The open database of this name.
pub(crate) fn find(name: &str) -> Result<Arc<OpenDatabase>> {
    let found = OPEN.lock().get(name).cloned();
    found.map_or_else(|| fail(Code::E_NOINSTANCE, format!("database \"{name}\" is not open in this process")), Ok)
}

/// Closes a database without connections.
pub(crate) fn close(name: &str) -> Result<Code> {
    let entry = find(name)?;
    if entry.database.writes_in_this_thread() {
        return fail(Code::E_TRANS_NOT_CLOSED, format!("close \"{name}\": this thread has a writing transaction open on it"));
    }
    db::close(name)?;
    let mut open = OPEN.lock();
    // Another thread may have opened a database of this name by now.
    if open.get(name).is_some_and(|present| Arc::ptr_eq(present, &entry)) {
        open.remove(name);
    }
    Ok(Code::S_OK)
}

impl OpenDatabase {
    /// Refuses a database that a fatal error has made unusable.
    pub(crate) fn check(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Relaxed) {
            let text = format!("database \"{}\" refuses further use after a fatal error: close it", self.database.name());
            return fail(Code::E_CORE, text);
        }
        Ok(())
    }

    /// Bytes in units of `mem_page_size`; 0 for no limit.
    pub(crate) fn pages(&self, bytes: u64) -> u32 {
        if bytes == u64::MAX { 0 } else { u32::try_from(bytes / u64::from(self.page_size.max(1))).unwrap_or(u32::MAX) }
    }

    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::Relaxed);
    }
}
