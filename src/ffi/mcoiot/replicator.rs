//! The replicator: a database attached to a communicator.

use super::types::{mco_iot_agent_enumerator_t, mco_iot_agent_id_t, mco_iot_replicator_params_t};
use crate::ffi::ctypes::*;
use crate::ffi::mconet::types::mco_sock_params_t;
use crate::ffi::pending;
use std::ffi::{c_char, c_int, c_void};

/// Fills in the defaults: conn_pool_size 0, wait_timeout MCO_TM_INFINITE. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_params_init(params: *mut mco_iot_replicator_params_t) {
    let _ = params;
}

/// Attaches the database of a connection to a communicator. db stays the application's and must stay connected until
/// mco_iot_replicator_destroy. params: NULL stands for the defaults.
/// Codes: MCO_E_IOT_NOT_INITIALIZED, MCO_E_IOT_INVALID_HANDLE (comm), MCO_E_INVALID_HANDLE (db),
/// MCO_E_IOT_INCOMPATIBLE_MODE (schema without iot statement), MCO_E_IOT_DUPLICATE_CALLBACK (the communicator has a
/// replicator), MCO_E_INSTANCE_DUPLICATE (the database has one), MCO_E_SESLIMIT.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_create(
    db: mco_db_h,
    comm: mco_iot_comm_h,
    params: *mut mco_iot_replicator_params_t,
    repl: *mut mco_iot_replicator_h,
) -> MCO_RET {
    let _ = (db, comm, params, repl);
    pending()
}

/// Connects to a peer, one attempt, and returns after the handshake. timeout: ms, 0 = recv_timeout of the communicator.
/// Codes: MCO_E_NW_INVADDR, MCO_E_NW_CONNECT (refused), MCO_E_NW_TIMEOUT, MCO_E_NW_NOTSUPP, MCO_E_IOT_INCOMPATIBLE_MODE,
/// MCO_E_IOT_INCOMPATIBLE_LEVEL, MCO_E_IOT_WRONG_AGENT_ID, MCO_E_IOT_PROTOCOLERR, MCO_E_IOT_STOPPED.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_connect(
    repl: mco_iot_replicator_h,
    address: *const c_char,
    timeout: timer_unit,
    sock_params: *mut mco_sock_params_t,
) -> MCO_RET {
    let _ = (repl, address, timeout, sock_params);
    pending()
}

/// Moves rows: agent_id says with whom, flags (MCO_IOT_SYNC_) which way and how. Only committed rows move.
/// Codes: MCO_S_OK (started, or complete with MCO_IOT_SYNC_WAIT), MCO_S_IOT_NO_NEW_DATA, MCO_E_ILLEGAL_PARAM (flags do not
/// fit), MCO_E_IOT_WRONG_AGENT_ID, MCO_E_IOT_AGENT_NOT_FOUND (no way to it now), MCO_E_IOT_TIMEOUT, MCO_E_IOT_STOPPED,
/// MCO_E_TRANS_NOT_CLOSED (the calling thread has a writing transaction open), the code of the peer or of the connection.
/// Thread: any; waits with MCO_IOT_SYNC_WAIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_sync(
    repl: mco_iot_replicator_h,
    agent_id: mco_iot_agent_id_t,
    flags: c_int,
) -> MCO_RET {
    let _ = (repl, agent_id, flags);
    pending()
}

/// Deletes rows that the other side has acknowledged in their present state; local, works without a connection.
/// Codes: MCO_E_IOT_WRONG_AGENT_ID, MCO_E_TRANS_NOT_CLOSED.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_clear(repl: mco_iot_replicator_h, agent_id: mco_iot_agent_id_t) -> MCO_RET {
    let _ = (repl, agent_id);
    pending()
}

/// As mco_iot_replicator_clear for one class. MCO_E_ILLEGAL_PARAM: no such class.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_clear_class(
    repl: mco_iot_replicator_h,
    agent_id: mco_iot_agent_id_t,
    class_code: uint2,
) -> MCO_RET {
    let _ = (repl, agent_id, class_code);
    pending()
}

/// Calls fn for each connected peer.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_enum_agents(
    repl: mco_iot_replicator_h,
    r#fn: mco_iot_agent_enumerator_t,
    context: *mut c_void,
) -> MCO_RET {
    let _ = (repl, r#fn, context);
    pending()
}

/// Own agent id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_get_agent_id(repl: mco_iot_replicator_h, id: *mut mco_iot_agent_id_t) -> MCO_RET {
    let _ = (repl, id);
    pending()
}

/// Own level.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_get_level(repl: mco_iot_replicator_h, level: *mut uint2) -> MCO_RET {
    let _ = (repl, level);
    pending()
}

/// Sets the level of a router, 2..65534, else MCO_E_ILLEGAL_PARAM. Routers are not built yet: MCO_E_UNSUPPORTED on one.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_set_level(repl: mco_iot_replicator_h, level: uint2) -> MCO_RET {
    let _ = (repl, level);
    pending()
}

/// The communicator; NULL for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_get_comm(repl: mco_iot_replicator_h) -> mco_iot_comm_h {
    let _ = repl;
    std::ptr::null_mut()
}

/// There is no REST server here: MCO_E_UNSUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_register_rest_service(
    repl: mco_iot_replicator_h,
    path: *const c_char,
    rest: mcorest_h,
) -> MCO_RET {
    let _ = (repl, path, rest);
    pending()
}

/// Ends waiting syncs with MCO_E_IOT_STOPPED, later calls give it too; the communicator runs on. Twice is harmless.
/// MCO_E_ILLEGAL_PARAM: called from a callback; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_stop(repl: mco_iot_replicator_h) -> MCO_RET {
    let _ = repl;
    pending()
}

/// Stops if need be and destroys; the handle is invalid and the database connections of the replicator are closed afterwards.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_destroy(repl: mco_iot_replicator_h) -> MCO_RET {
    let _ = repl;
    pending()
}
