//! `mco_cursor_t`: a reference to a cursor of a connection, in the application's memory. Functions that open a cursor never
//! read it; the others recognise memory that was moved, closed or never written.

use super::ctypes::{mco_cursor_h, mco_trans_h};
use super::session::{Transaction, session, transaction};
use crate::base::{Code, Result, fail};
use crate::db::{Connection, CursorId};

const OPEN: usize = 0x4D43_4F31;
const CLOSED: usize = 0x4D43_4F30;
/// Words that are written: state, own address, connection, check.
const WORDS: usize = 4;

/// Opens a cursor at `cursor` by `act`; the memory is only written.
pub(crate) fn open(
    t: mco_trans_h,
    cursor: mco_cursor_h,
    act: impl FnOnce(&mut Connection, CursorId) -> Result<()>,
) -> Result<Code> {
    let transaction = transaction(t)?;
    if cursor.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, "the cursor is NULL");
    }
    let result = transaction.run(|connection| act(connection, id(cursor)));
    if result.as_ref().map_or_else(|error| !error.code.is_error(), |()| true) {
        write(cursor, OPEN, transaction.session.handle());
    }
    result.map(|()| Code::S_OK)
}

/// Runs `act` on an open cursor of the transaction's connection.
pub(crate) fn with<R>(
    t: mco_trans_h,
    cursor: mco_cursor_h,
    act: impl FnOnce(&mut Connection, CursorId) -> Result<R>,
) -> Result<R> {
    let transaction = transaction(t)?;
    check(cursor, &transaction)?;
    transaction.run(|connection| act(connection, id(cursor)))
}

/// Runs `act` on an open cursor, whatever the transaction.
pub(crate) fn alone<R>(cursor: mco_cursor_h, act: impl FnOnce(&mut Connection, CursorId) -> Result<R>) -> Result<R> {
    let owner = owner(cursor)?;
    let session = session(owner as _).or_else(|_| fail(Code::E_CURSOR_INVALID, "the connection of the cursor has ended"))?;
    session.run(|connection| act(connection, id(cursor)))
}

/// Closes a cursor.
pub(crate) fn close(t: mco_trans_h, cursor: mco_cursor_h) -> Result<Code> {
    let transaction = transaction(t)?;
    check(cursor, &transaction)?;
    let result = transaction.run(|connection| connection.cursor_close(id(cursor)));
    write(cursor, CLOSED, transaction.session.handle());
    result.map(|()| Code::S_OK)
}

fn check(cursor: mco_cursor_h, transaction: &Transaction) -> Result<()> {
    if owner(cursor)? == transaction.session.handle() {
        return Ok(());
    }
    fail(Code::E_CURSOR_INVALID, "the cursor belongs to another connection")
}

/// The connection of an open cursor.
fn owner(cursor: mco_cursor_h) -> Result<usize> {
    if cursor.is_null() {
        return fail(Code::E_INVALID_HANDLE, "the cursor is NULL");
    }
    // SAFETY: not NULL, so by the rule of the interface it points to a mco_cursor_t, which begins with WORDS words.
    let [state, address, session, check] = unsafe { cursor.cast::<[usize; WORDS]>().read() };
    if address != cursor as usize || check != sum(state, address, session) {
        return fail(Code::E_CURSOR_INVALID, "the cursor was never opened");
    }
    if state == OPEN { Ok(session) } else { fail(Code::E_CURSOR_CLOSED, "the cursor is closed") }
}

fn write(cursor: mco_cursor_h, state: usize, session: usize) {
    let address = cursor as usize;
    // SAFETY: `cursor` is not NULL, so by the rule of the interface it points to a mco_cursor_t.
    unsafe { cursor.cast::<[usize; WORDS]>().write([state, address, session, sum(state, address, session)]) }
}

fn sum(state: usize, address: usize, session: usize) -> usize {
    const FACTOR: usize = 0x0100_0193;
    [address, session].iter().fold(state, |sum, word| sum.rotate_left(11).wrapping_mul(FACTOR) ^ word)
}

/// The connection knows the cursor by its address.
fn id(cursor: mco_cursor_h) -> CursorId {
    CursorId(cursor as u64)
}
