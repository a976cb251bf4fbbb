//! Open databases of this process.

use crate::base::{Level, Result};
use crate::db::{Connection, NodeInfo, OpenOptions};
use crate::schema::Dictionary;
use std::sync::Arc;

/// One open database; shared by all its connections.
#[derive(Debug)]
pub struct Database {}

/// Creates or opens a database and enters its name into the list of this process. `schema` is the canonical text of
/// `dictionary`; it is kept with the file and compared at the next open.
pub fn open(dictionary: Arc<Dictionary>, schema: &str, options: OpenOptions) -> Result<Arc<Database>> {
    let _ = (dictionary, schema, options);
    unimplemented!()
}

/// The open database of this name, else `E_NOINSTANCE`.
pub fn database(name: &str) -> Result<Arc<Database>> {
    let _ = name;
    unimplemented!()
}

/// A new connection: `E_NOINSTANCE`, `E_SESLIMIT`.
pub fn connect(name: &str) -> Result<Connection> {
    let _ = name;
    unimplemented!()
}

/// Closes: `E_NOINSTANCE`, `E_OPENED_SESSIONS` while connections exist.
pub fn close(name: &str) -> Result<()> {
    let _ = name;
    unimplemented!()
}

/// Closes in spite of connections. Their next call gives `E_INVALID_HANDLE` and rolls back what they had open.
pub fn kill(name: &str) -> Result<()> {
    let _ = name;
    unimplemented!()
}

/// Names of all open databases, sorted.
pub fn names() -> Vec<String> {
    unimplemented!()
}

impl Database {
    /// Its name in this process.
    pub fn name(&self) -> &str {
        unimplemented!()
    }

    /// Its schema.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        unimplemented!()
    }

    /// Canonical text of its schema.
    pub fn schema_text(&self) -> &str {
        unimplemented!()
    }

    /// What it is in the tree; `None` for an ordinary database.
    pub fn node(&self) -> Option<NodeInfo> {
        unimplemented!()
    }

    /// Keeps a router's level.
    pub fn set_level(&self, level: Level) -> Result<()> {
        let _ = level;
        unimplemented!()
    }

    /// A new connection; `E_SESLIMIT`, `E_INVALID_HANDLE` after `kill`.
    pub fn connect(self: &Arc<Self>) -> Result<Connection> {
        unimplemented!()
    }

    /// Most connections and present ones.
    pub fn connections(&self) -> (u32, u32) {
        unimplemented!()
    }

    /// Whether the calling thread has started a writing transaction that is still open here; it must not wait for
    /// anything that needs the writer's place (`E_TRANS_NOT_CLOSED`).
    pub fn writes_in_this_thread(&self) -> bool {
        unimplemented!()
    }

    /// Raises the size limit by `bytes` at once.
    pub fn extend(&self, bytes: u64) -> Result<()> {
        let _ = bytes;
        unimplemented!()
    }

    /// Bytes that the database may take (`u64::MAX` for no limit) and bytes that are free of these.
    pub fn space(&self) -> Result<(u64, u64)> {
        unimplemented!()
    }

    /// Makes all commits durable.
    pub fn flush(&self) -> Result<()> {
        unimplemented!()
    }
}
