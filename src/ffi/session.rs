//! Connections and transactions behind `mco_db_h` and `mco_trans_h`.

use super::ctypes::{Opaque, mco_db_h, mco_trans_h};
use super::database::{self, OpenDatabase};
use super::mco::SERIALIZABLE;
use super::slots::{Kind, Missing, Slots};
use super::{interrupt, lent};
use crate::base::{Code, Result, fail};
use crate::db::{Connection, Priority, TransactionInfo, TransactionKind, WriterPlace};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

static SESSIONS: Slots<Session> = Slots::new(Kind::Session);
static TRANSACTIONS: Slots<Transaction> = Slots::new(Kind::Transaction);

const KILLED: &str = "the database of this connection has been killed";

/// A connection of the application.
pub(crate) struct Session {
    pub(crate) open: Arc<OpenDatabase>,
    /// Its own handle; 0 only while it is made.
    handle: AtomicUsize,
    /// Copy of what `mco_db_connect_ctx` was given, in words for its alignment.
    context: Box<[AtomicUsize]>,
    /// Isolation that the program has asked for; only handed back.
    pub(crate) isolation: AtomicI32,
    /// Raised when it ends: nobody waits on it any longer.
    pub(crate) ended: Arc<AtomicBool>,
    /// Handle of the open transaction, 0 for none; changes while the connection is locked.
    transaction: AtomicUsize,
    /// `None` once the database was killed, and for a connection of the library's own, which is only lent.
    connection: Mutex<Option<Connection>>,
}

/// A transaction of the application; one handle for all nested levels.
pub(crate) struct Transaction {
    pub(crate) session: Arc<Session>,
    number: u64,
    /// Text that a call on this transaction has given out last.
    shown: Mutex<Vec<u8>>,
}

/// Poisons the database when a call on it panics.
struct Watch<'a>(&'a OpenDatabase);

/// A new connection to the open database.
pub(crate) fn connect(open: Arc<OpenDatabase>, context: &[u8]) -> Result<mco_db_h> {
    open.check()?;
    let connection = open.database.connect()?;
    let context = context.chunks(size_of::<usize>()).map(|chunk| {
        let mut bytes = [0; size_of::<usize>()];
        bytes.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        AtomicUsize::new(usize::from_ne_bytes(bytes))
    });
    let session = Session::new(open, context.collect(), Some(connection));
    let Some(handle) = SESSIONS.insert(session.clone()) else {
        return fail(Code::E_SESLIMIT, "no more connections in one process");
    };
    session.handle.store(handle, Ordering::Release);
    if let Err(killed) = session.open.enter(handle) {
        let _ = SESSIONS.revoke(handle);
        return Err(killed);
    }
    Ok(handle as mco_db_h)
}

/// The connection behind a handle.
pub(crate) fn session(handle: *const Opaque) -> Result<Arc<Session>> {
    let session =
        SESSIONS.get(handle as usize).or_else(|_| fail(Code::E_INVALID_HANDLE, "not a handle of an open connection"))?;
    session.open.check()?;
    Ok(session)
}

/// Ends a connection.
pub(crate) fn disconnect(handle: mco_db_h) -> Result<Code> {
    let missing = |_| fail(Code::E_INVALID_HANDLE, "not a handle of an open connection");
    let session = SESSIONS.get(handle as usize).or_else(missing)?;
    if session.open.is_killed() {
        return fail(Code::E_INVALID_HANDLE, KILLED);
    }
    // In a handler of an event the connection is in a transaction, and locked.
    let busy = lent::is_lent(session.key())
        || session.connection.lock().as_ref().is_some_and(|connection| connection.transaction().is_some());
    if busy {
        if session.open.check().is_ok() {
            session.open.poison();
            return fail(Code::ERR_ACTIVE_TRANSACTION, "mco_db_disconnect: commit or roll back the open transaction first");
        }
        let _ = TRANSACTIONS.remove(session.transaction.load(Ordering::Acquire));
    }
    SESSIONS.remove(handle as usize).or_else(missing)?;
    session.end_waits();
    session.open.leave(handle as usize);
    Ok(Code::S_OK)
}

/// Closes a database in spite of its connections: their handles end at once, calls that run are waited for, what was open
/// is rolled back.
pub(crate) fn kill(name: &str) -> Result<Code> {
    let handles = database::kill(name)?;
    let sessions: Vec<Arc<Session>> = handles.into_iter().filter_map(|handle| SESSIONS.revoke(handle).ok()).collect();
    let mut transactions = Vec::new();
    for session in sessions {
        // The lock is free when the call that runs is done.
        let mut connection = session.connection.lock();
        let taken = connection.take();
        transactions.push(session.transaction.swap(0, Ordering::AcqRel));
        drop(connection);
        drop(taken);
    }
    // All at the end, so that none of their slots is taken again meanwhile.
    transactions.into_iter().for_each(|handle| drop(TRANSACTIONS.revoke(handle)));
    Ok(Code::S_OK)
}

/// The transaction behind a handle.
pub(crate) fn transaction(handle: mco_trans_h) -> Result<Arc<Transaction>> {
    TRANSACTIONS.get(handle as usize).or_else(|missing| match missing {
        Missing::Ended => fail(Code::E_TRANS_NOT_ACTIVE, "the transaction has ended"),
        Missing::Foreign => fail(Code::E_INVALID_HANDLE, "not a handle of a transaction"),
        Missing::Revoked => fail(Code::E_INVALID_HANDLE, KILLED),
    })
}

/// Lends a connection to a handler of an event, which gets the handle of its transaction: the program's own, or for a connection of the
/// library one that lasts as long as the handler.
pub(crate) fn lend<R>(open: &Arc<OpenDatabase>, connection: &mut Connection, work: impl FnOnce(mco_trans_h) -> R) -> Result<R> {
    let Some(number) = connection.transaction().map(|info| info.number) else {
        return fail(Code::E_TRANS_NOT_ACTIVE, "there is no open transaction");
    };
    let owner = connection.owner();
    if let Some(own) = TRANSACTIONS.get(owner).ok().filter(|own| own.number == number && Arc::ptr_eq(&own.session.open, open)) {
        return Ok(lent::lend(own.session.key(), connection, || work(owner as mco_trans_h)));
    }
    let session = Session::new(open.clone(), Box::default(), None);
    let (Some(handle), Some(transaction)) = (SESSIONS.insert(session.clone()), session.enter(number)) else {
        return fail(Code::E_NOMEM, "too many transactions");
    };
    session.handle.store(handle, Ordering::Release);
    let result = lent::lend(session.key(), connection, || work(transaction as mco_trans_h));
    let _ = (TRANSACTIONS.remove(transaction), SESSIONS.remove(handle));
    Ok(result)
}

impl Session {
    /// Runs `act` on the connection.
    pub(crate) fn run<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        self.locked(act)
    }

    /// Starts a transaction, or goes one level deeper.
    pub(crate) fn begin(self: &Arc<Self>, kind: TransactionKind, priority: Priority) -> Result<mco_trans_h> {
        let place = self.place_unless_interrupted(kind, priority)?;
        self.locked(|connection| {
            let number = connection.begin_in(kind, priority, place)?;
            if self.transaction.load(Ordering::Acquire) == 0 {
                let Some(handle) = self.enter(number) else {
                    return connection.rollback().and_then(|()| fail(Code::E_NOMEM, "too many transactions"));
                };
                connection.set_owner(handle);
            }
            Ok(self.transaction.load(Ordering::Acquire) as mco_trans_h)
        })
    }

    /// For a program that may interrupt it, the writer's place is waited for without the lock: what it does when it is asked may need that.
    fn place_unless_interrupted(&self, kind: TransactionKind, priority: Priority) -> Result<Option<WriterPlace>> {
        interrupt::asking(|asking| {
            let Some(asking) = asking.filter(|_| kind.is_writer()) else { return Ok(None) };
            let starts = self.run(|connection| Ok(connection.transaction().is_none() && connection.database().is_writable()))?;
            if starts { self.open.database.writers_place(priority, asking).map(Some) } else { Ok(None) }
        })
    }

    /// Its own handle.
    pub(crate) fn handle(&self) -> usize {
        self.handle.load(Ordering::Acquire)
    }

    /// The copy of the context, `None` without one.
    pub(crate) fn context(&self) -> Option<*mut usize> {
        self.context.first().map(|_| self.context.as_ptr().cast_mut().cast())
    }

    /// Ends the waits for events on it.
    fn end_waits(&self) {
        self.ended.store(true, Ordering::Release);
        self.open.database.wake();
    }

    fn new(open: Arc<OpenDatabase>, context: Box<[AtomicUsize]>, connection: Option<Connection>) -> Arc<Session> {
        Arc::new(Session {
            open,
            handle: AtomicUsize::new(0),
            context,
            isolation: AtomicI32::new(SERIALIZABLE),
            ended: Arc::default(),
            transaction: AtomicUsize::new(0),
            connection: Mutex::new(connection),
        })
    }

    /// A handle for the open transaction; `None`: there are too many.
    fn enter(self: &Arc<Self>, number: u64) -> Option<usize> {
        let handle = TRANSACTIONS.insert(Arc::new(Transaction { session: self.clone(), number, shown: Mutex::default() }))?;
        self.transaction.store(handle, Ordering::Release);
        Some(handle)
    }

    /// What it is called among those that are lent.
    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn locked<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        // A handler of an event runs inside a call on this connection, which has the lock.
        let result = match lent::with(self.key(), act) {
            Ok(result) => result,
            Err(act) => self.lock_and(act),
        };
        if result.as_ref().is_err_and(|error| error.code.is_fatal()) {
            self.open.poison();
        }
        result
    }

    fn lock_and<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        let mut connection = self.connection.lock();
        self.open.check()?;
        let _watch = Watch(&self.open);
        connection.as_mut().map_or_else(|| fail(Code::E_INVALID_HANDLE, KILLED), act)
    }
}

impl Transaction {
    /// Runs `act` on the connection while this transaction is open.
    pub(crate) fn run<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        self.session.locked(|connection| {
            self.check(connection)?;
            act(connection)
        })
    }

    /// As `run` for a call that writes: an error of any kind puts the transaction into the error state.
    pub(crate) fn write<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        self.run(|connection| {
            act(connection).inspect_err(|error| {
                if error.code.is_error() && connection.transaction().is_some_and(|info| info.error.is_none()) {
                    connection.set_error(error.code);
                }
            })
        })
    }

    /// Keeps a text until the next one, or the end of the transaction; gives its address.
    pub(crate) fn show(&self, text: Vec<u8>) -> *const u8 {
        let mut shown = self.shown.lock();
        *shown = text;
        shown.as_ptr()
    }

    /// Number, kind and state.
    pub(crate) fn info(&self) -> Result<TransactionInfo> {
        self.run(|connection| {
            connection.transaction().map_or_else(|| fail(Code::E_TRANS_NOT_ACTIVE, "the transaction has ended"), Ok)
        })
    }

    /// Runs something that may end the transaction; its handle ends with it.
    pub(crate) fn end(&self, act: impl FnOnce(&mut Connection) -> Result<()>) -> Result<Code> {
        self.session.locked(|connection| {
            self.check(connection)?;
            let result = act(connection);
            // A killed database takes its handles away by itself.
            let killed = result.as_ref().is_err_and(|error| error.code == Code::E_INVALID_HANDLE);
            if !killed && connection.transaction().is_none() {
                let _ = TRANSACTIONS.remove(self.session.transaction.swap(0, Ordering::AcqRel));
            }
            result.map(|()| Code::S_OK)
        })
    }

    /// Refuses when another transaction of the connection is open, or none.
    fn check(&self, connection: &Connection) -> Result<()> {
        match connection.transaction() {
            Some(info) if info.number == self.number => Ok(()),
            _ => fail(Code::E_TRANS_NOT_ACTIVE, "the transaction has ended"),
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poison();
        }
    }
}
