//! The open databases of this process by name.

use crate::base::{Code, Result, fail};
use crate::db::{Connection, Database, OpenOptions};
use crate::schema::Dictionary;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most databases open at a time.
pub const MAX_DATABASES: usize = 1024;
/// Longest name of a database, in bytes.
pub const MAX_NAME: usize = 16;

/// `None` while a database is being opened.
static OPEN: Mutex<BTreeMap<String, Option<Arc<Database>>>> = Mutex::new(BTreeMap::new());

/// Creates or opens a database and enters its name into the list of this process. `schema` is the canonical text of
/// `dictionary`; it is kept with the file; an open with
/// another one changes the file, or is refused with `E_DISK_SCHEMA_CHANGED` where something would be lost. `ERR_DB_NAMELONG` and the codes of
/// `mco_db_open_dev`.
pub fn open(dictionary: Arc<Dictionary>, schema: &str, options: OpenOptions) -> Result<Arc<Database>> {
    let name = options.name.clone();
    reserve(&name)?;
    let opened = Database::start(dictionary, schema, options);
    let mut list = OPEN.lock();
    match opened {
        Ok(database) => {
            list.insert(name, Some(Arc::clone(&database)));
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
    match OPEN.lock().get(name) {
        Some(Some(database)) => Ok(Arc::clone(database)),
        _ => fail(Code::E_NOINSTANCE, format!("no database '{name}' is open in this process")),
    }
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
    OPEN.lock().iter().filter(|(_, database)| database.is_some()).map(|(name, _)| name.clone()).collect()
}

fn reserve(name: &str) -> Result<()> {
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
    list.insert(name.into(), None);
    Ok(())
}

fn end(name: &str, kill: bool) -> Result<()> {
    let database = database(name)?;
    database.shut(kill)?;
    let mut list = OPEN.lock();
    // Another thread may have closed it and opened a new one under this name meanwhile.
    if list.get(name).is_some_and(|open| open.as_ref().is_some_and(|open| Arc::ptr_eq(open, &database))) {
        list.remove(name);
    }
    Ok(())
}
