//! Handlers of events as the database calls them, and waiting for events.

use super::ctypes::{MCO_Hf, MCO_RET, mco_db_h, mco_trans_h};
use super::database::OpenDatabase;
use super::mco::enums::MCO_EVENT_TYPE;
use super::{interrupt, object, session};
use crate::base::{Code, Millis, Result, fail};
use crate::db::Handler;
use crate::net::clock;
use crate::schema::EventKind;
use std::ffi::{c_int, c_void};
use std::sync::{Arc, Weak};

/// Calls a handler of generated code, whose own type only generated code knows.
pub(crate) type Caller =
    unsafe extern "C" fn(mco_trans_h, *mut MCO_Hf, c_int, Option<unsafe extern "C" fn()>, *mut c_void) -> MCO_RET;

/// A handler of generated code; `parameter` is the program's pointer.
pub(crate) fn handler(
    open: &Arc<OpenDatabase>,
    kind: EventKind,
    caller: Caller,
    function: unsafe extern "C" fn(),
    parameter: usize,
) -> Handler {
    // The database has the handler: it must not keep its own owner.
    let open: Weak<OpenDatabase> = Arc::downgrade(open);
    let event_type = number(kind) as c_int;
    Arc::new(move |connection, object| {
        let Some(open) = open.upgrade() else { return Code::S_OK };
        let called = session::lend(&open, connection, |t| {
            let mut memory: MCO_Hf = [0; _];
            let handle = object.map_or(std::ptr::null_mut(), |object| {
                object::write(&raw mut memory, t, object);
                &raw mut memory
            });
            // SAFETY: generated code gave both for this; the handle lives during the call.
            Code(unsafe { caller(t, handle, event_type, Some(function), parameter as *mut c_void) })
        });
        called.unwrap_or_else(|error| error.code)
    })
}

/// Waits for an event on a connection; `limit` in ms, `Millis::INFINITE` for none.
pub(crate) fn wait(db: mco_db_h, id: c_int, limit: Millis) -> Result<Code> {
    let (database, ended) = {
        // Whoever waits does not keep the connection from ending.
        let session = session::session(db)?;
        (session.open.database.clone(), session.ended.clone())
    };
    let end = if limit == Millis::INFINITE { limit } else { Millis(clock::now().0.saturating_add(limit.0)) };
    let (event, left) = (event(id)?, || clock::duration(clock::until(end)));
    let fired = interrupt::asking(|asking| database.wait_event(event, &ended, &left, asking))?;
    Ok(if fired { Code::S_OK } else { Code::S_EVENT_RELEASED })
}

/// Ends the waits for one event, or for all, of the database of a connection.
pub(crate) fn release(db: mco_db_h, id: Option<c_int>) -> Result<Code> {
    let database = session::session(db)?.open.database.clone();
    database.release_waits(id.map(event).transpose()?)?;
    Ok(Code::S_OK)
}

/// The number of an event from C.
pub(crate) fn event(id: c_int) -> Result<u16> {
    u16::try_from(id).or_else(|_| fail(Code::E_ILLEGAL_PARAM, format!("no event has the number {id}")))
}

fn number(kind: EventKind) -> MCO_EVENT_TYPE {
    match kind {
        EventKind::New => MCO_EVENT_TYPE::MCO_EVENT_NEW,
        EventKind::FieldUpdate(_) => MCO_EVENT_TYPE::MCO_EVENT_UPDATE,
        EventKind::Delete => MCO_EVENT_TYPE::MCO_EVENT_DELETE,
        EventKind::DeleteAll => MCO_EVENT_TYPE::MCO_EVENT_DELETE_ALL,
        EventKind::Checkpoint => MCO_EVENT_TYPE::MCO_EVENT_CHECKPOINT,
        EventKind::Update => MCO_EVENT_TYPE::MCO_EVENT_CLASS_UPDATE,
    }
}
