//! Open databases as the C interface sees them.

use crate::base::{Code, Result, fail};
use crate::db::{self, Database, OpenOptions};
use crate::schema;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Handles of its connections; `None` once it was killed.
    sessions: Mutex<Option<BTreeSet<usize>>>,
}

/// Creates or opens.
pub(crate) fn open(text: &str, options: OpenOptions, page_size: u16, context_size: usize) -> Result<Code> {
    let dictionary = schema::compile_text(text)?;
    let name = options.name.clone();
    // Not under the lock: opening may take long, and `db` refuses a second database of this name by itself.
    let database = db::open(Arc::new(dictionary), text, options)?;
    let entry = OpenDatabase {
        database,
        page_size,
        context_size,
        poisoned: AtomicBool::new(false),
        sessions: Mutex::new(Some(BTreeSet::new())),
    };
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
    db::close(name)?;
    forget(name, &entry);
    Ok(Code::S_OK)
}

/// Closes a database in spite of its connections; gives what they were.
pub(crate) fn kill(name: &str) -> Result<BTreeSet<usize>> {
    let entry = find(name)?;
    // Held meanwhile, so that nobody sees a killed database whose connections seem to be in order.
    let mut sessions = entry.sessions.lock();
    db::kill(name)?;
    forget(name, &entry);
    Ok(sessions.take().unwrap_or_default())
}

/// Takes a closed database off the list, unless another thread has opened one of this name by now.
fn forget(name: &str, entry: &Arc<OpenDatabase>) {
    let mut open = OPEN.lock();
    if open.get(name).is_some_and(|present| Arc::ptr_eq(present, entry)) {
        open.remove(name);
    }
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

    /// Enters the handle of a connection. `E_INVALID_HANDLE`: the database was killed meanwhile.
    pub(crate) fn enter(&self, session: usize) -> Result<()> {
        match self.sessions.lock().as_mut() {
            Some(sessions) => {
                sessions.insert(session);
                Ok(())
            }
            None => fail(Code::E_INVALID_HANDLE, format!("database \"{}\" has been killed", self.database.name())),
        }
    }

    /// Strikes the handle of a connection out.
    pub(crate) fn leave(&self, session: usize) {
        if let Some(sessions) = self.sessions.lock().as_mut() {
            sessions.remove(&session);
        }
    }

    /// Whether its connections have been taken away.
    pub(crate) fn is_killed(&self) -> bool {
        self.sessions.lock().is_none()
    }

    /// Raises the limit. Where a file is the limit, devices in memory add nothing to it.
    pub(crate) fn extend(&self, bytes: u64) -> Result<Code> {
        self.database.extend(if self.database.is_file() { 0 } else { bytes })?;
        Ok(Code::S_OK)
    }

    /// Bytes in units of `mem_page_size`; 0 for no limit.
    pub(crate) fn pages(&self, bytes: u64) -> u32 {
        if bytes == u64::MAX { 0 } else { u32::try_from(bytes / u64::from(self.page_size.max(1))).unwrap_or(u32::MAX) }
    }

    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::Relaxed);
    }
}
