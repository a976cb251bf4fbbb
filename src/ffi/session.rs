//! Connections and transactions behind `mco_db_h` and `mco_trans_h`.

use super::ctypes::{Opaque, mco_db_h, mco_trans_h};
use super::database::{self, OpenDatabase};
use super::mco::SERIALIZABLE;
use super::slots::{Kind, Missing, Slots};
use crate::base::{Code, Result, fail};
use crate::db::{Connection, Priority, TransactionInfo, TransactionKind};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

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
    state: Mutex<State>,
}

struct State {
    /// `None` once the database was killed.
    connection: Option<Connection>,
    /// Handle of the open transaction, 0 for none.
    transaction: usize,
}

/// A transaction of the application; one handle for all nested levels.
pub(crate) struct Transaction {
    pub(crate) session: Arc<Session>,
    number: u64,
    /// Text that a call on this transaction has given out last.
    shown: Mutex<Box<[u8]>>,
}

/// Poisons the database when a call on it panics.
struct Watch<'a>(&'a OpenDatabase);

/// A new connection to the open database.
pub(crate) fn connect(open: Arc<OpenDatabase>, context: &[u8]) -> Result<mco_db_h> {
    open.check()?;
    let connection = open.database.connect()?;
    let words = context.chunks(size_of::<usize>()).map(|chunk| {
        let mut bytes = [0; size_of::<usize>()];
        bytes.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        AtomicUsize::new(usize::from_ne_bytes(bytes))
    });
    let context = words.collect();
    let state = Mutex::new(State { connection: Some(connection), transaction: 0 });
    let session =
        Arc::new(Session { open, handle: AtomicUsize::new(0), context, isolation: AtomicI32::new(SERIALIZABLE), state });
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
    let (busy, transaction) = {
        let state = session.state.lock();
        (state.connection.as_ref().is_some_and(|connection| connection.transaction().is_some()), state.transaction)
    };
    if busy {
        if session.open.check().is_ok() {
            session.open.poison();
            return fail(Code::ERR_ACTIVE_TRANSACTION, "mco_db_disconnect: commit or roll back the open transaction first");
        }
        let _ = TRANSACTIONS.remove(transaction);
    }
    SESSIONS.remove(handle as usize).or_else(missing)?;
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
        let mut state = session.state.lock();
        let connection = state.connection.take();
        transactions.push(std::mem::take(&mut state.transaction));
        drop(state);
        drop(connection);
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

impl Session {
    /// Runs `act` on the connection.
    pub(crate) fn run<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        self.locked(|state| act(state.connection()?))
    }

    /// Starts a transaction, or goes one level deeper.
    pub(crate) fn begin(self: &Arc<Self>, kind: TransactionKind, priority: Priority) -> Result<mco_trans_h> {
        self.locked(|state| {
            let number = state.connection()?.begin(kind, priority)?;
            if state.transaction == 0 {
                let entry = Arc::new(Transaction { session: self.clone(), number, shown: Mutex::default() });
                match TRANSACTIONS.insert(entry) {
                    Some(handle) => state.transaction = handle,
                    None => return state.connection()?.rollback().and_then(|()| fail(Code::E_NOMEM, "too many transactions")),
                }
            }
            Ok(state.transaction as mco_trans_h)
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

    fn locked<R>(&self, act: impl FnOnce(&mut State) -> Result<R>) -> Result<R> {
        let mut state = self.state.lock();
        self.open.check()?;
        let watch = Watch(&self.open);
        let result = act(&mut state);
        drop(watch);
        if result.as_ref().is_err_and(|error| error.code.is_fatal()) {
            self.open.poison();
        }
        result
    }
}

impl Transaction {
    /// Runs `act` on the connection while this transaction is open.
    pub(crate) fn run<R>(&self, act: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        self.session.locked(|state| {
            self.check(state)?;
            act(state.connection()?)
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
    pub(crate) fn show(&self, text: Box<[u8]>) -> *const u8 {
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
        self.session.locked(|state| {
            self.check(state)?;
            let result = act(state.connection()?);
            // A killed database takes its handles away by itself.
            let killed = result.as_ref().is_err_and(|error| error.code == Code::E_INVALID_HANDLE);
            if !killed && state.connection()?.transaction().is_none() {
                let _ = TRANSACTIONS.remove(std::mem::take(&mut state.transaction));
            }
            result.map(|()| Code::S_OK)
        })
    }

    /// Refuses when another transaction of the connection is open, or none.
    fn check(&self, state: &mut State) -> Result<()> {
        match state.connection()?.transaction() {
            Some(info) if info.number == self.number => Ok(()),
            _ => fail(Code::E_TRANS_NOT_ACTIVE, "the transaction has ended"),
        }
    }
}

impl State {
    fn connection(&mut self) -> Result<&mut Connection> {
        self.connection.as_mut().map_or_else(|| fail(Code::E_INVALID_HANDLE, KILLED), Ok)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poison();
        }
    }
}
