//! A connection: one thread at a time, at most one transaction.

use crate::base::{Code, Result, fail};
use crate::db::cursors::Cursors;
use crate::db::fault::{Inner, fault};
use crate::db::handlers::Running;
use crate::db::layout::{Row, Table};
use crate::db::pending::RowKey;
use crate::db::scan::Scan;
use crate::db::source::Source;
use crate::db::transaction::Transaction;
use crate::db::{CommitPolicy, Database, Priority, TransactionKind, store};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A connection to a [`Database`]. May move between threads; serves one at a time. Dropping it rolls back.
///
/// Everything that is not `S_OK` comes as an error, statuses such as `S_NOTFOUND` too. An `E_` code from a writing
/// call puts the transaction into the error state: later calls get `E_TRANSACT`.
#[derive(Debug)]
pub struct Connection {
    pub(in crate::db) database: Arc<Database>,
    pub(in crate::db) transaction: Option<Transaction>,
    pub(in crate::db) cursors: Cursors,
    /// The row that was read last in this transaction.
    pub(in crate::db) seen: Option<(RowKey, Row)>,
    /// Handlers of events that run now, each inside the one before.
    pub(in crate::db) running: Vec<Running>,
    pub(in crate::db) last_unique: Option<u16>,
    pub(in crate::db) last_autoid: u64,
    pub(in crate::db) policy: CommitPolicy,
    limit_pages: u64,
    /// What whoever has it calls its transaction.
    owner: usize,
    /// Whether it must not wait for the writer's place any more.
    pub(in crate::db) end: Option<Arc<AtomicBool>>,
    pub(in crate::db) engine: rusqlite::Connection,
    /// Batches on their way into the engine.
    pub(in crate::db) source: Source,
    /// Counts the connection until the engine has closed.
    _session: Session,
}

#[derive(Debug)]
struct Session(Arc<Database>);

impl Drop for Session {
    fn drop(&mut self) {
        self.0.disconnected();
    }
}

impl Connection {
    pub(in crate::db) fn new(database: Arc<Database>, engine: rusqlite::Connection) -> Result<Self> {
        let session = Session(Arc::clone(&database));
        let policy = database.options.policy;
        store::set_policy(&engine, policy, database.is_file()).map_err(|f| database.seal(f))?;
        // What is transient lives as long as shared memory does.
        if !database.is_writable() && !database.is_shared() {
            store::hide_transient(&engine, &database.layout).map_err(|f| database.seal(f))?;
        }
        let source = Source::new(&engine, &database.layout).map_err(|error| database.seal(error.into()))?;
        Ok(Connection {
            _session: session,
            database,
            source,
            transaction: None,
            cursors: Cursors::default(),
            seen: None,
            running: Vec::new(),
            last_unique: None,
            last_autoid: 0,
            policy,
            limit_pages: 0,
            owner: 0,
            end: None,
            engine,
        })
    }

    /// The database.
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// What [`Connection::set_owner`] was given last; 0 for nothing.
    pub fn owner(&self) -> usize {
        self.owner
    }

    /// Keeps a word for whoever has the connection, for handlers of events that want to know whose it is.
    pub fn set_owner(&mut self, owner: usize) {
        self.owner = owner;
    }

    /// Index of the last `S_DUPLICATE` of this connection.
    pub fn last_unique_violation_index(&self) -> Option<u16> {
        self.last_unique
    }

    /// Autoid given last on this connection; 0 for none.
    pub fn last_autoid(&self) -> u64 {
        self.last_autoid
    }

    /// Sets the commit policy of this connection and gives the former. Inside a transaction: `E_TRANS_NOT_CLOSED`.
    pub fn set_policy(&mut self, policy: CommitPolicy) -> Result<CommitPolicy> {
        self.alive()?;
        self.idle()?;
        store::set_policy(&self.engine, policy, self.database.is_file()).map_err(|f| self.database.seal(f))?;
        Ok(std::mem::replace(&mut self.policy, policy))
    }

    /// Before something is acknowledged: `Delayed` commits are made durable. The other policies promise no more than they have done.
    pub(in crate::db) fn flush_delayed(&self) -> Result<()> {
        if self.database.options.policy == CommitPolicy::Delayed { self.database.durability.flush() } else { Ok(()) }
    }

    /// Deletes all objects, in a transaction of its own; never replicated.
    pub fn clean(&mut self) -> Result<()> {
        self.own_transaction(|connection| {
            let database = Arc::clone(&connection.database);
            for table in &database.layout.tables {
                connection.before_delete_all(table)?;
                connection.drop_class(table.code, false)?;
            }
            // Nothing is to appear in a database that was just emptied.
            let aside = connection.engine.execute("DELETE FROM _mco_quarantine", [])?;
            connection.released(aside)
        })
    }

    /// Runs `work` in a writing transaction of its own; everything is undone when it fails.
    pub(in crate::db) fn own_transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Inner<T>) -> Result<T> {
        self.idle()?;
        self.begin(TransactionKind::ReadWrite, Priority::default())?;
        match self.writing(work) {
            Ok(value) => self.commit().map(|()| value),
            Err(error) => {
                self.end();
                Err(error)
            }
        }
    }

    /// Runs `work` on a snapshot of its own.
    pub(in crate::db) fn own_snapshot<T>(&mut self, work: impl FnOnce(&mut Self) -> Inner<T>) -> Result<T> {
        self.idle()?;
        self.begin(TransactionKind::ReadOnly, Priority::default())?;
        let result = self.reading(work);
        self.end();
        result
    }

    /// It waits for the writer's place until this flag is raised by [`Database::call_off`].
    pub fn end_with(&mut self, end: Arc<AtomicBool>) {
        self.end = Some(end);
    }

    /// Rolls back what work that has panicked left open, so that other work can follow.
    pub fn recover(&mut self) {
        self.running.clear();
        self.end();
    }

    /// `E_INVALID_HANDLE` after kill; what was open has then been rolled back.
    pub(in crate::db) fn alive(&mut self) -> Result<()> {
        if !self.database.is_killed() {
            return Ok(());
        }
        self.end();
        fail(Code::E_INVALID_HANDLE, format!("database '{}' has been closed by kill", self.database.name()))
    }

    fn idle(&self) -> Result<()> {
        match self.transaction {
            Some(_) => fail(Code::E_TRANS_NOT_CLOSED, "this connection has a transaction open; end it first"),
            None => Ok(()),
        }
    }

    /// Tells the engine a limit that has changed.
    pub(in crate::db) fn apply_limit(&mut self) -> Inner<()> {
        let pages = self.database.limit_pages.load(Ordering::Relaxed);
        if pages != self.limit_pages {
            self.engine.pragma_update(None, "max_page_count", pages.clamp(1, u64::from(u32::MAX - 1)).cast_signed())?;
            self.limit_pages = pages;
        }
        Ok(())
    }

    /// Forgets the row that was read last.
    pub(in crate::db) fn forget_row(&mut self) {
        self.seen = None;
    }
}

/// The table of a class: `E_ILLEGAL_PARAM`. Borrows the database only, so that the connection stays free.
pub(in crate::db) fn table(database: &Database, class: u16) -> Inner<&Table> {
    match database.layout.table(class) {
        Some(table) => Ok(table),
        None => fault(Code::E_ILLEGAL_PARAM, format!("the schema has no class {class}")),
    }
}

/// The scan of an index: `E_ILLEGAL_PARAM`.
pub(in crate::db) fn scan(database: &Database, index: u16) -> Inner<&Scan> {
    match database.layout.index(index) {
        Some(scan) => Ok(scan),
        None => fault(Code::E_ILLEGAL_PARAM, format!("the schema has no index {index}")),
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.end();
    }
}
