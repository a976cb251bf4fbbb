//! The open databases of this process by name.

use crate::base::{Code, Result, fail};
use crate::db::{Connection, Database, OpenOptions, Storage};
use crate::schema::Dictionary;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most databases open at a time.
pub const MAX_DATABASES: usize = 1024;
/// Longest name of a database, in bytes.
pub const MAX_NAME: usize = 16;

static OPEN: Mutex<BTreeMap<String, Entry>> = Mutex::new(BTreeMap::new());

struct Entry {
    /// `None` while it is being opened.
    database: Option<Arc<Database>>,
    /// Name of the memory that processes share.
    memory: Option<String>,
}

/// Creates or opens a database and enters its name into the list of this process. `schema` is the canonical text of
/// `dictionary`; it is kept with the file; an open with
/// another one changes the file, or is refused with `E_DISK_SCHEMA_CHANGED` where something would be lost. `ERR_DB_NAMELONG` and the codes of
/// `mco_db_open_dev`.
pub fn open(dictionary: Arc<Dictionary>, schema: &str, options: OpenOptions) -> Result<Arc<Database>> {
    let name = options.name.clone();
    reserve(&name, &options.storage)?;
    let opened = Database::start(dictionary, schema, options);
    let mut list = OPEN.lock();
    match opened {
        Ok(database) => {
            if let Some(entry) = list.get_mut(&name) {
                entry.database = Some(Arc::clone(&database));
            }
            Ok(database)
        }
        Err(error) => {
            list.remove(&name);
            Err(error)
        }
    }
}

/// The open database of this name, else `E_NOINSTANCE`.
pub fn database(name: &str) -> Result<Arc<Database>> {
    let open = OPEN.lock().get(name).and_then(|entry| entry.database.clone());
    open.map_or_else(|| fail(Code::E_NOINSTANCE, format!("no database '{name}' is open in this process")), Ok)
}

/// A new connection: `E_NOINSTANCE`, `E_SESLIMIT`.
pub fn connect(name: &str) -> Result<Connection> {
    database(name)?.connect()
}

/// Closes: `E_NOINSTANCE`, `E_OPENED_SESSIONS` while connections exist, `E_TRANS_NOT_CLOSED` in a writing thread.
pub fn close(name: &str) -> Result<()> {
    end(name, false)
}

/// Closes in spite of connections. Their next call gives `E_INVALID_HANDLE` and rolls back what they had open.
pub fn kill(name: &str) -> Result<()> {
    end(name, true)
}

/// Names of all open databases, sorted.
pub fn names() -> Vec<String> {
    OPEN.lock().iter().filter(|(_, entry)| entry.database.is_some()).map(|(name, _)| name.clone()).collect()
}

fn reserve(name: &str, storage: &Storage) -> Result<()> {
    if name.is_empty() {
        return fail(Code::E_ILLEGAL_PARAM, "a database needs a name");
    }
    if name.len() > MAX_NAME {
        return fail(Code::ERR_DB_NAMELONG, format!("database name '{name}' is longer than {MAX_NAME} bytes"));
    }
    let mut list = OPEN.lock();
    if list.contains_key(name) {
        return fail(Code::E_INSTANCE_DUPLICATE, format!("a database '{name}' is open in this process; connect to it"));
    }
    if list.len() >= MAX_DATABASES {
        return fail(Code::E_INSTANCES_LIMIT, format!("{MAX_DATABASES} databases are open; close one"));
    }
    let memory = match storage {
        Storage::Shared { name, .. } => Some(name.clone()),
        _ => None,
    };
    // A thread that writes under one of the names would wait for itself under the other.
    if let Some((other, _)) = list.iter().find(|(_, entry)| memory.is_some() && entry.memory == memory) {
        let text = format!("this process has that shared memory open as database '{other}'; connect to that one");
        return fail(Code::E_INSTANCE_DUPLICATE, text);
    }
    list.insert(name.into(), Entry { database: None, memory });
    Ok(())
}

fn end(name: &str, kill: bool) -> Result<()> {
    let database = database(name)?;
    database.shut(kill)?;
    let mut list = OPEN.lock();
    // Another thread may have closed it and opened a new one under this name meanwhile.
    let open = list.get(name).and_then(|entry| entry.database.as_ref());
    if open.is_some_and(|open| Arc::ptr_eq(open, &database)) {
        list.remove(name);
    }
    Ok(())
}
