//! Cursors and object handles. Which cursor function opens a cursor is generated code; the memory is the application's.

use super::enums::MCO_CURSOR_TYPE::{MCO_HASH_CURSOR, MCO_LIST_CURSOR, MCO_TREE_CURSOR};
use crate::base::{Code, fail};
use crate::db::{Connection, CursorKind};
use crate::ffi::boundary::{guard, guard_or, place};
use crate::ffi::ctypes::*;
use crate::ffi::session::session;
use crate::ffi::{cursor, object};
use std::ffi::c_int;

/// Moves to the first object. MCO_S_CURSOR_EMPTY: there is none; MCO_E_CURSOR_INVALID, MCO_E_CURSOR_CLOSED: not an open
/// cursor.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_first(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::with(trans, cursor, Connection::cursor_first)?;
        Ok(Code::S_OK)
    })
}

/// Moves to the last object; on a hash MCO_E_UNSUPPORTED. Codes as mco_cursor_first.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_last(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::with(trans, cursor, Connection::cursor_last)?;
        Ok(Code::S_OK)
    })
}

/// Moves on by one. MCO_S_CURSOR_END: there is no next, the position stays.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_next(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::with(trans, cursor, Connection::cursor_next)?;
        Ok(Code::S_OK)
    })
}

/// Moves back by one. MCO_S_CURSOR_END: there is no previous one, the position stays; on a hash MCO_E_UNSUPPORTED.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_prev(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::with(trans, cursor, Connection::cursor_prev)?;
        Ok(Code::S_OK)
    })
}

/// Whether a cursor is usable: MCO_S_OK, MCO_E_INVALID_HANDLE, MCO_E_CURSOR_INVALID, MCO_E_CURSOR_CLOSED.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_check(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::with(trans, cursor, Connection::cursor_check)?;
        Ok(Code::S_OK)
    })
}

/// Closes a cursor. Never closing one is allowed: the connection frees it at disconnect.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_close(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| cursor::close(trans, cursor))
}

/// Keeps a cursor for the next transaction of the same connection; every cursor is kept anyway.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_store(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::with(trans, cursor, Connection::cursor_check)?;
        Ok(Code::S_OK)
    })
}

/// What an open cursor runs over.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_type(cursor: mco_cursor_h, cursor_type: *mut MCO_CURSOR_TYPE) -> MCO_RET {
    guard(|| {
        let (kind, _) = cursor::alone(cursor, |connection, id| connection.cursor_kind(id))?;
        let kind = match kind {
            CursorKind::List => MCO_LIST_CURSOR,
            CursorKind::Tree | CursorKind::Autoid | CursorKind::Oid => MCO_TREE_CURSOR,
            CursorKind::Hash => MCO_HASH_CURSOR,
        };
        Ok(place(cursor_type, "cursor_type")?.set(kind as c_int))
    })
}

/// Class of the objects of an open cursor.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_get_class_code(cursor: mco_cursor_h, class_code: *mut uint2) -> MCO_RET {
    guard(|| {
        let (_, class) = cursor::alone(cursor, |connection, id| connection.cursor_kind(id))?;
        Ok(place(class_code, "class_code")?.set(class))
    })
}

/// Class of an object.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_class_code(object: *mut MCO_Hf, class_code: *mut uint2) -> MCO_RET {
    guard(|| {
        let (_, _, object) = object::locate(object, 0)?;
        Ok(place(class_code, "class_code")?.set(object.class))
    })
}

/// MCO_YES when the object was deleted in this transaction, or the handle names none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_is_object_deleted(object: *mut MCO_Hf) -> mco_bool {
    guard_or(1, || object::read(object, 0, |connection, object| Ok(c_int::from(connection.is_deleted(object)?))))
}

/// Makes dst name the object of src; both are valid until the end of the transaction.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_assign_handle(dst: *mut MCO_Hf, src: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let (handle, _, source) = object::locate(src, 0)?;
        place(dst, "dst")?;
        object::write(dst, handle, source);
        Ok(Code::S_OK)
    })
}

/// As mco_assign_handle; src must belong to the open transaction of db.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_copy_handle(db: mco_db_h, dst: *mut MCO_Hf, src: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        let (handle, transaction, source) = object::locate(src, 0)?;
        place(dst, "dst")?;
        if transaction.session.handle() != session.handle() {
            return fail(Code::E_INVALID_HANDLE, "the object belongs to another connection");
        }
        object::write(dst, handle, source);
        Ok(Code::S_OK)
    })
}
