//! What goes on in an open database.

use crate::base::Result;
use crate::db::{Database, store};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Numbers of an open database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatabaseStat {
    /// Bytes that it may take; 0 for no limit.
    pub limit_bytes: u64,
    /// Bytes of the pages that hold something.
    pub live_bytes: u64,
    /// Bytes of all pages, the free ones too.
    pub map_bytes: u64,
    /// Bytes that its files have: the database and its log.
    pub file_bytes: u64,
    /// Milliseconds since everything was durable last; 0 for a database in memory.
    pub last_flush_millis: u64,
    /// Milliseconds since the oldest transaction that only reads began; 0 without one.
    pub oldest_reader_millis: u64,
    /// Transactions that only read.
    pub readers: u32,
    /// Transactions that wait for the writer's place.
    pub writers_waiting: u32,
}

/// Transactions that only read: when each began, by number.
pub(in crate::db) type Readers = BTreeMap<u64, u64>;

/// Counts a transaction that only reads until it is dropped.
#[derive(Debug)]
pub(in crate::db) struct Reader {
    database: Arc<Database>,
    number: u64,
}

impl Database {
    /// What goes on; waits for nobody.
    pub fn stat(&self) -> Result<DatabaseStat> {
        let (pages, used, file_bytes) = self.with_inside(|inside| {
            let sql = &inside.keeper;
            Ok((store::all_pages(sql)?, store::used_pages(sql)?, inside.files.bytes()))
        })?;
        let readers = self.readers.lock();
        let oldest = readers.values().next().map_or(0, |began| self.options.clock.millis().saturating_sub(*began));
        Ok(DatabaseStat {
            limit_bytes: self.limit_pages.load(Ordering::Relaxed) * self.page_size,
            live_bytes: used * self.page_size,
            map_bytes: pages * self.page_size,
            file_bytes,
            last_flush_millis: self.durability.age(),
            oldest_reader_millis: oldest,
            readers: u32::try_from(readers.len()).unwrap_or(u32::MAX),
            writers_waiting: u32::try_from(self.queue.waiting()).unwrap_or(u32::MAX),
        })
    }
}

impl Reader {
    pub(in crate::db) fn new(database: &Arc<Database>, number: u64) -> Reader {
        database.readers.lock().insert(number, database.options.clock.millis());
        Reader { database: Arc::clone(database), number }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.database.readers.lock().remove(&self.number);
    }
}
