//! Databases: parameters, open, connect, close, and what can be asked of a connection.

use super::constants::*;
use super::params::defaults;
use super::types::{mco_db_params_t, mco_device_conv_t, mco_device_t, mco_device_union_t};
use crate::base::Code;
use crate::db::Connection;
use crate::ffi::boundary::{guard, guard_or, place, set_if, text};
use crate::ffi::ctypes::*;
use crate::ffi::session::{self, session};
use crate::ffi::{database, device, runtime};
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::NonNull;

/// Fills in the defaults and the mark without which mco_db_open_dev refuses the structure. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_params_init(params: *mut mco_db_params_t) {
    set_if(params, defaults())
}

/// Creates a database or, with files, opens it again.
/// name: at most 16 characters, longer is fatal (MCO_ERR_DB_NAMELONG). dict: from generated code, must stay valid; or
/// from mco_dyn_compile, see mcodyn.h.
/// devs: n_devs devices; an array on the stack is copied, the memory that ptr names must stay valid until close.
/// A named device: the first process to open it makes the database, with its schema, agent id and size, others attach to
/// it; it is gone when the last one has closed it or has died.
/// params: NULL stands for the defaults.
/// Codes: MCO_E_NOTINIT (runtime not started), MCO_E_ILLEGAL_PARAM (devices or parameters do not fit), MCO_E_NOMEM,
/// MCO_E_INSTANCE_DUPLICATE (name is open in this process, or the named device under another name), MCO_E_INSTANCES_LIMIT,
/// MCO_E_INMEM_ONLY_RUNTIME, MCO_E_UNSUPPORTED, MCO_E_SCHEMA_CHANGED (others have the named device open with another schema),
/// MCO_E_DISK_OPEN, MCO_E_DISK_ALREADY_OPENED, MCO_E_DISK_BAD_PAGE_SIZE, MCO_E_DISK_SCHEMA_CHANGED, MCO_E_DISK_CRC_MISMATCH,
/// MCO_E_IOT_WRONG_AGENT_ID, MCO_E_ENCRYPTION_NOT_SUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_open_dev(
    name: *const c_char,
    dict: mco_dictionary_h,
    devs: *mut mco_device_t,
    n_devs: mco_size_t,
    params: *mut mco_db_params_t,
) -> MCO_RET {
    guard(|| {
        let features = runtime::features()?;
        let defaults = defaults();
        // SAFETY: by the rule of the interface every pointer is NULL or what its declaration says.
        let (name, schema, devices, params) =
            unsafe { (text(name, "the name")?, device::schema(dict)?, device::devices(devs, n_devs)?, params.as_ref()) };
        let params = params.unwrap_or(&defaults);
        let options = device::options(name, devices, params, features)?;
        database::open(&schema, options, params.mem_page_size, params.connection_context_size.into())
    })
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
    let mut params = defaults();
    params.mem_page_size = page_size;
    let conv = mco_device_union_t { conv: mco_device_conv_t { ptr: mem, flags: 0 } };
    let mut device = mco_device_t { r#type: MCO_MEMORY_CONV as c_uint, assignment: 0, size: total, dev: conv };
    // SAFETY: the arguments are those of this call; the rest lives during it.
    unsafe { mco_db_open_dev(name, dict, &raw mut device, 1, &raw mut params) }
}

/// Adds a device to an open database and raises its limit at once. The device: conventional memory assigned to DATABASE;
/// where a file is the limit, nothing is raised. MCO_E_NOINSTANCE: not open; MCO_E_ILLEGAL_PARAM: another type or assignment;
/// MCO_E_UNSUPPORTED: named memory, a database in named memory, and what mco_db_open_dev does not support;
/// MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_extend_dev(name: *const c_char, dev: *mut mco_device_t) -> MCO_RET {
    guard(|| {
        // SAFETY: by the rule of the interface `name` is NULL or a C string, `dev` NULL or a device.
        let (open, devices) = unsafe { (database::find(text(name, "the name")?)?, device::devices(dev, 1)?) };
        open.extend(device::extension(devices, runtime::features()?)?)
    })
}

/// Connects to an open database. MCO_E_NOINSTANCE: no database of that name; MCO_E_SESLIMIT: db_max_connections reached.
/// A connection serves one thread at a time; disconnect it with mco_db_disconnect.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connect(name: *const c_char, db: *mut mco_db_h) -> MCO_RET {
    // SAFETY: without a context nothing is read from it.
    unsafe { mco_db_connect_ctx(name, std::ptr::null(), db) }
}

/// As mco_db_connect; copies connection_context_size bytes from ctx into the connection.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connect_ctx(name: *const c_char, ctx: *const c_void, db: *mut mco_db_h) -> MCO_RET {
    guard(|| {
        // SAFETY: by the rule of the interface `name` is NULL or a C string.
        let open = database::find(unsafe { text(name, "the name")? })?;
        let place = place(db, "db")?;
        let size = if ctx.is_null() { 0 } else { open.context_size };
        let context =
            if size == 0 { NonNull::dangling() } else { NonNull::new(ctx.cast_mut().cast()).ok_or(Code::E_ILLEGAL_PARAM)? };
        // SAFETY: by the rule of the interface a context has connection_context_size bytes; without one nothing is read.
        let context = unsafe { NonNull::slice_from_raw_parts(context, size).as_ref() };
        Ok(place.set(session::connect(open, context)?))
    })
}

/// The copy that mco_db_connect_ctx made, valid until disconnect; NULL without one.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connection_context(db: mco_db_h) -> *mut c_void {
    guard_or(std::ptr::null_mut(), || Ok(session(db)?.context().map_or(std::ptr::null_mut(), |words| words.cast())))
}

/// Ends a connection. With an open transaction fatal: MCO_ERR_ACTIVE_TRANSACTION. Twice: MCO_E_INVALID_HANDLE.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_disconnect(db: mco_db_h) -> MCO_RET {
    guard(|| session::disconnect(db))
}

/// Closes a database. MCO_E_NOINSTANCE: not open; MCO_E_OPENED_SESSIONS: connections exist, a replicator's too;
/// MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_close(name: *const c_char) -> MCO_RET {
    // SAFETY: by the rule of the interface `name` is NULL or a C string.
    guard(|| database::close(unsafe { text(name, "the name")? }))
}

/// Closes a database in spite of its connections, without the fatal error for open transactions: new calls on them give
/// MCO_E_INVALID_HANDLE, calls that run are waited for, open transactions are rolled back; then memory and files are let go
/// of. A replicator keeps its connections, and so the file, until it is destroyed.
/// MCO_E_NOINSTANCE: not open; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on it.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_kill(name: *const c_char) -> MCO_RET {
    // SAFETY: by the rule of the interface `name` is NULL or a C string.
    guard(|| session::kill(unsafe { text(name, "the name")? }))
}

/// Deletes all objects in a transaction of its own; local, never replicated. MCO_E_TRANS_NOT_CLOSED: the calling thread has
/// a writing transaction open on this database.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_clean(db: mco_db_h) -> MCO_RET {
    guard(|| {
        session(db)?.run(Connection::clean)?;
        Ok(Code::S_OK)
    })
}

/// How many connections an open database may have and has. Either output may be NULL.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_connection_info(name: *const c_char, max: *mut c_uint, current: *mut c_uint) -> MCO_RET {
    guard(|| {
        // SAFETY: by the rule of the interface `name` is NULL or a C string.
        let open = database::find(unsafe { text(name, "the name")? })?;
        let (most, present) = open.database.connections();
        set_if(max, most);
        set_if(current, present);
        Ok(Code::S_OK)
    })
}

/// db_max_connections of the database; 0 for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_max_connections(db: mco_db_h) -> uint4 {
    guard_or(0, || Ok(session(db)?.open.database.connections().0))
}

/// Limit of the database in units of mem_page_size; 0 = no limit.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_total_pages(db: mco_db_h, pages: *mut mco_size32_t) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        let (total, _) = session.open.database.space()?;
        Ok(place(pages, "pages")?.set(session.open.pages(total)))
    })
}

/// What is left of the limit in units of mem_page_size.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_free_pages(db: mco_db_h, pages: *mut mco_size32_t) -> MCO_RET {
    guard(|| {
        let session = session(db)?;
        let (_, free) = session.open.database.space()?;
        Ok(place(pages, "pages")?.set(session.open.pages(free)))
    })
}

/// mem_page_size of the database.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_page_size(db: mco_db_h, size: *mut uint2) -> MCO_RET {
    guard(|| Ok(place(size, "size")?.set(session(db)?.open.page_size)))
}

/// Makes all commits of the database durable.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_disk_flush(db: mco_db_h) -> MCO_RET {
    guard(|| {
        session(db)?.open.database.flush()?;
        Ok(Code::S_OK)
    })
}

/// For what dead processes have left in a database of named memory. Others see nothing of that anyway: the kernel gives back
/// what a process has held, and what it has not committed is void. So nothing is done: MCO_S_OK, and the callback, which may
/// be NULL, is never called.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_sniffer(
    db: mco_db_h,
    callback: Option<unsafe extern "C" fn(db: mco_db_h, ctx: *mut c_void, trans_no: mco_trans_counter_t) -> MCO_RET>,
    policy: c_int,
) -> MCO_RET {
    let _ = (callback, policy);
    guard(|| session(db).map(|_| Code::S_OK))
}

/// Sets the commit policy of the connection and returns the former; MCO_COMMIT_SYNC_FLUSH for a bad handle or policy.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_disk_transaction_policy(db: mco_db_h, policy: MCO_COMMIT_POLICY) -> MCO_COMMIT_POLICY {
    guard_or(0, || {
        let policy = device::policy(policy)?;
        Ok(session(db)?.run(|connection| connection.set_policy(policy))? as MCO_COMMIT_POLICY)
    })
}
