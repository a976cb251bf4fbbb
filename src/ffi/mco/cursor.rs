//! Cursors and object handles. Which cursor function opens a cursor is generated code; the memory is the application's.

use crate::ffi::ctypes::*;
use crate::ffi::pending;

/// Moves to the first object. MCO_S_CURSOR_EMPTY: there is none; MCO_E_CURSOR_INVALID, MCO_E_CURSOR_CLOSED: not an open
/// cursor.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_first(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// Moves to the last object; on a hash MCO_E_UNSUPPORTED. Codes as mco_cursor_first.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_last(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// Moves on by one. MCO_S_CURSOR_END: there is no next, the position stays.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_next(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// Moves back by one. MCO_S_CURSOR_END: there is no previous one, the position stays; on a hash MCO_E_UNSUPPORTED.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_prev(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// Whether a cursor is usable: MCO_S_OK, MCO_E_INVALID_HANDLE, MCO_E_CURSOR_INVALID, MCO_E_CURSOR_CLOSED.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_check(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// Closes a cursor. Never closing one is allowed: the connection frees it at disconnect.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_close(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// Keeps a cursor for the next transaction of the same connection; every cursor is kept anyway.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_store(trans: mco_trans_h, cursor: mco_cursor_h) -> MCO_RET {
    let _ = (trans, cursor);
    pending()
}

/// What an open cursor runs over.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_type(cursor: mco_cursor_h, cursor_type: *mut MCO_CURSOR_TYPE) -> MCO_RET {
    let _ = (cursor, cursor_type);
    pending()
}

/// Class of the objects of an open cursor.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_cursor_get_class_code(cursor: mco_cursor_h, class_code: *mut uint2) -> MCO_RET {
    let _ = (cursor, class_code);
    pending()
}

/// Class of an object.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_class_code(object: *mut MCO_Hf, class_code: *mut uint2) -> MCO_RET {
    let _ = (object, class_code);
    pending()
}

/// MCO_YES when the object was deleted in this transaction, or the handle names none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_is_object_deleted(object: *mut MCO_Hf) -> mco_bool {
    let _ = object;
    1
}

/// Makes dst name the object of src; both are valid until the end of the transaction.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_assign_handle(dst: *mut MCO_Hf, src: *mut MCO_Hf) -> MCO_RET {
    let _ = (dst, src);
    pending()
}

/// As mco_assign_handle; src must belong to the open transaction of db.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_copy_handle(db: mco_db_h, dst: *mut MCO_Hf, src: *mut MCO_Hf) -> MCO_RET {
    let _ = (db, dst, src);
    pending()
}
