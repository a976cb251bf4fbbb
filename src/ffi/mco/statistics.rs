//! Statistics of classes and indexes, last automatic ids, events.

use super::types::mco_class_stat_t;
use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::c_int;

/// Statistics of one class; objects_num is exact. Unknown class: MCO_E_ILLEGAL_PARAM.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_class_stat_get(trans: mco_trans_h, class_code: uint2, stat: *mut mco_class_stat_t) -> MCO_RET {
    let _ = (trans, class_code, stat);
    pending()
}

/// Number of indexes of the database.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_index_stat_num(trans: mco_trans_h, number: *mut uint2) -> MCO_RET {
    let _ = (trans, number);
    pending()
}

/// Objects in one index (X_i_index_no of the generated header). Unknown index: MCO_E_ILLEGAL_PARAM.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_index_get_size(trans: mco_trans_h, index: uint2, size: *mut mco_counter_t) -> MCO_RET {
    let _ = (trans, index, size);
    pending()
}

/// Index of the last MCO_S_DUPLICATE on this connection, -1 none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_last_unique_violation_index(db: mco_db_h) -> c_int {
    let _ = db;
    -1
}

/// Last autoid given on this connection.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_last_autoid(db: mco_db_h, id: *mut uint8) -> MCO_RET {
    let _ = (db, id);
    pending()
}

/// Waits for an event of the schema. Schemas have no events yet: MCO_E_UNSUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_async_event_wait(db: mco_db_h, id: c_int) -> MCO_RET {
    let _ = (db, id);
    pending()
}

/// Ends the waits on one event. Schemas have no events yet: MCO_E_UNSUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_async_event_release(db: mco_db_h, id: c_int) -> MCO_RET {
    let _ = (db, id);
    pending()
}

/// Ends all waits of a database. Schemas have no events yet: MCO_E_UNSUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_async_event_release_all(db: mco_db_h) -> MCO_RET {
    let _ = db;
    pending()
}
