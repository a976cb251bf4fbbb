//! Connections that handlers of events may use while the call that fired the event is not done, and holds the connection.

use crate::db::Connection;
use std::cell::RefCell;

thread_local! {
    /// Sessions of this thread whose connection is lent, the last one last.
    static LENT: RefCell<Vec<(usize, *mut Connection)>> = const { RefCell::new(Vec::new()) };
}

/// Takes a connection back.
struct Loan;

impl Drop for Loan {
    fn drop(&mut self) {
        LENT.with_borrow_mut(|lent| lent.pop());
    }
}

/// Runs `work`; calls of this thread on `session` meanwhile get the connection from [`with`].
pub(crate) fn lend<R>(session: usize, connection: &mut Connection, work: impl FnOnce() -> R) -> R {
    LENT.with_borrow_mut(|lent| lent.push((session, connection)));
    let _loan = Loan;
    work()
}

/// Whether the calling thread is in a handler that runs on the connection of this session.
pub(crate) fn is_lent(session: usize) -> bool {
    find(session).is_some()
}

/// Runs `act` on the connection that is lent, or gives it back.
pub(crate) fn with<R, F: FnOnce(&mut Connection) -> R>(session: usize, act: F) -> Result<R, F> {
    let Some(connection) = find(session) else { return Err(act) };
    // SAFETY: `lend` has a mutable reference to the connection and does not use it until the handler is done. Of the calls in the handler,
    // all of this thread, one after the other comes here; one inside another gets here through a `lend` of its own.
    Ok(act(unsafe { &mut *connection }))
}

fn find(session: usize) -> Option<*mut Connection> {
    // A thread that is ending may have no list any more; it is in no handler then.
    let found = LENT.try_with(|lent| lent.borrow().iter().rev().find(|(owner, _)| *owner == session).map(|(_, lent)| *lent));
    found.ok().flatten()
}
