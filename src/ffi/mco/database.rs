//! Databases: parameters, open, connect, close, and what can be asked of a connection.

use super::types::{mco_db_params_t, mco_device_t};
use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::{c_char, c_uint, c_void};

/// Fills in the defaults and the mark without which mco_db_open_dev refuses the structure. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_params_init(params: *mut mco_db_params_t) {
    let _ = params;
}

/// Creates a database or, with files, opens it again.
/// name: at most 16 characters, longer is fatal (MCO_ERR_DB_NAMELONG). dict: from generated code, must stay valid.
/// devs: n_devs devices; an array on the stack is copied, the memory that ptr names must stay valid until close.
/// params: NULL stands for the defaults.
/// Codes: MCO_E_NOTINIT (runtime not started), MCO_E_ILLEGAL_PARAM (devices or parameters do not fit), MCO_E_NOMEM,
/// MCO_E_INSTANCE_DUPLICATE (name is open in this process), MCO_E_INSTANCES_LIMIT, MCO_E_INMEM_ONLY_RUNTIME,
/// MCO_E_UNSUPPORTED, MCO_E_DISK_OPEN, MCO_E_DISK_ALREADY_OPENED, MCO_E_DISK_BAD_PAGE_SIZE, MCO_E_DISK_SCHEMA_CHANGED,
/// MCO_E_DISK_CRC_MISMATCH, MCO_E_IOT_WRONG_AGENT_ID, MCO_E_ENCRYPTION_NOT_SUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_open_dev(
    name: *const c_char,
    dict: mco_dictionary_h,
    devs: *mut mco_device_t,
    n_devs: mco_size_t,
    params: *mut mco_db_params_t,
) -> MCO_RET {
    let _ = (name, dict, devs, n_devs, params);
    pending()
}

/// Short form of mco_db_open_dev for one piece of conventional memory of total bytes.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_open(
    name: *const c_char,
    dict: mco_dictionary_h,
    mem: *mut c_void,
    total: mco_size_t,
    page_size: uint2,
) -> MCO_RET {
    let _ = (name, dict, mem, total, page_size);
    pending()
}

/// Connects to an open database. MCO_E_NOINSTANCE: no database of that name; MCO_E_SESLIMIT: db_max_connections reached.
/// A connection serves one thread at a time; disconnect it with mco_db_disconnect.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connect(name: *const c_char, db: *mut mco_db_h) -> MCO_RET {
    let _ = (name, db);
    pending()
}

/// As mco_db_connect; copies connection_context_size bytes from ctx into the connection.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connect_ctx(name: *const c_char, ctx: *const c_void, db: *mut mco_db_h) -> MCO_RET {
    let _ = (name, ctx, db);
    pending()
}

/// The copy that mco_db_connect_ctx made, valid until disconnect; NULL without one.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connection_context(db: mco_db_h) -> *mut c_void {
    let _ = db;
    std::ptr::null_mut()
}

/// Ends a connection. With an open transaction fatal: MCO_ERR_ACTIVE_TRANSACTION. Twice: MCO_E_INVALID_HANDLE.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_disconnect(db: mco_db_h) -> MCO_RET {
    let _ = db;
    pending()
}

/// Closes a database. MCO_E_NOINSTANCE: not open; MCO_E_OPENED_SESSIONS: connections exist, a replicator's too;
/// MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_close(name: *const c_char) -> MCO_RET {
    let _ = name;
    pending()
}

/// Deletes all objects in a transaction of its own; local, never replicated. MCO_E_TRANS_NOT_CLOSED: the calling thread has
/// a writing transaction open on this database.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_clean(db: mco_db_h) -> MCO_RET {
    let _ = db;
    pending()
}

/// How many connections an open database may have and has. Either output may be NULL.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connection_info(name: *const c_char, max: *mut c_uint, current: *mut c_uint) -> MCO_RET {
    let _ = (name, max, current);
    pending()
}

/// db_max_connections of the database; 0 for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_max_connections(db: mco_db_h) -> uint4 {
    let _ = db;
    0
}

/// Limit of the database in units of mem_page_size; 0 = no limit.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_total_pages(db: mco_db_h, pages: *mut mco_size32_t) -> MCO_RET {
    let _ = (db, pages);
    pending()
}

/// What is left of the limit in units of mem_page_size.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_free_pages(db: mco_db_h, pages: *mut mco_size32_t) -> MCO_RET {
    let _ = (db, pages);
    pending()
}

/// mem_page_size of the database.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_page_size(db: mco_db_h, size: *mut uint2) -> MCO_RET {
    let _ = (db, size);
    pending()
}

/// Makes all commits of the database durable.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_disk_flush(db: mco_db_h) -> MCO_RET {
    let _ = db;
    pending()
}
