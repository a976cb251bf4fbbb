//! The replicator: a database attached to a communicator.

use super::types::{mco_iot_agent_enumerator_t, mco_iot_agent_id_t, mco_iot_replicator_params_t};
use crate::base::{AgentId, Code, Level, Millis, fail};
use crate::fabric::{Replicator, ReplicatorParams};
use crate::ffi::boundary::{guard, guard_or, place, set_if, text};
use crate::ffi::ctypes::*;
use crate::ffi::mconet::socket;
use crate::ffi::mconet::types::mco_sock_params_t;
use crate::ffi::session::session;
use crate::ffi::{iot, runtime};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

/// Fills in the defaults: conn_pool_size 0, wait_timeout MCO_TM_INFINITE. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_params_init(params: *mut mco_iot_replicator_params_t) {
    set_if(params, mco_iot_replicator_params_t { conn_pool_size: 0, wait_timeout: Millis::INFINITE.0 })
}

/// Attaches the database of a connection to a communicator. db stays the application's and must stay connected until
/// mco_iot_replicator_destroy. params: NULL stands for the defaults.
/// Codes: MCO_E_IOT_NOT_INITIALIZED, MCO_E_IOT_INVALID_HANDLE (comm), MCO_E_INVALID_HANDLE (db),
/// MCO_E_IOT_INCOMPATIBLE_MODE (schema without iot statement), MCO_E_IOT_DUPLICATE_CALLBACK (the communicator has a
/// replicator), MCO_E_INSTANCE_DUPLICATE (the database has one, perhaps in another process that shares it),
/// MCO_E_SESLIMIT.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_create(
    db: mco_db_h,
    comm: mco_iot_comm_h,
    params: *mut mco_iot_replicator_params_t,
    repl: *mut mco_iot_replicator_h,
) -> MCO_RET {
    guard(|| {
        runtime::check_iot()?;
        let owner = iot::communicator(comm)?;
        let session = session(db)?;
        let place = place(repl, "repl")?;
        // SAFETY: by the rule of the interface `params` is NULL or a structure.
        let params = unsafe { params.as_ref() }.map_or_else(ReplicatorParams::default, |params| ReplicatorParams {
            conn_pool_size: params.conn_pool_size,
            wait_timeout: Millis(params.wait_timeout),
        });
        let replicator = session.run(|connection| Replicator::create(connection, &owner.communicator, &params))?;
        Ok(place.set(iot::add_replicator(replicator, comm)?))
    })
}

/// Connects to a peer, one attempt, and returns after the handshake. timeout: ms, 0 = recv_timeout of the communicator.
/// Codes: MCO_E_NW_INVADDR, MCO_E_NW_CONNECT (refused), MCO_E_NW_TIMEOUT, MCO_E_NW_NOTSUPP, MCO_E_NW_INVALID_PARAMETER (ssl_params),
/// MCO_E_NW_HANDSHAKE (TLS: certificates, versions, or a plain peer; the text says why), MCO_E_IOT_INCOMPATIBLE_MODE,
/// MCO_E_IOT_INCOMPATIBLE_LEVEL, MCO_E_IOT_WRONG_AGENT_ID, MCO_E_IOT_PROTOCOLERR, MCO_E_IOT_STOPPED.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_connect(
    repl: mco_iot_replicator_h,
    address: *const c_char,
    timeout: timer_unit,
    sock_params: *mut mco_sock_params_t,
) -> MCO_RET {
    guard(|| {
        let repl = iot::replicator(repl)?;
        // SAFETY: by the rule of the interface `address` is NULL or a C string, `sock_params` NULL or a structure.
        unsafe {
            let address = text(address, "the address")?;
            socket::with_options(sock_params, |options| repl.replicator.connect(address, Millis(timeout), options))
        }
    })
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
    guard(|| iot::replicator(repl)?.replicator.sync(AgentId(agent_id), flags.cast_unsigned()))
}

/// Deletes rows that the other side has acknowledged in their present state; local, works without a connection.
/// Codes: MCO_E_IOT_WRONG_AGENT_ID, MCO_E_TRANS_NOT_CLOSED.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_clear(repl: mco_iot_replicator_h, agent_id: mco_iot_agent_id_t) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.clear(AgentId(agent_id), None)?;
        Ok(Code::S_OK)
    })
}

/// As mco_iot_replicator_clear for one class. MCO_E_ILLEGAL_PARAM: no such class.
/// Thread: any; waits for the writer's place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_clear_class(
    repl: mco_iot_replicator_h,
    agent_id: mco_iot_agent_id_t,
    class_code: uint2,
) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.clear(AgentId(agent_id), Some(class_code))?;
        Ok(Code::S_OK)
    })
}

/// Calls fn for each connected peer.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_enum_agents(
    repl: mco_iot_replicator_h,
    r#fn: mco_iot_agent_enumerator_t,
    context: *mut c_void,
) -> MCO_RET {
    guard(|| {
        let entry = iot::replicator(repl)?;
        let comm = iot::communicator(entry.comm as mco_iot_comm_h)?;
        let function = r#fn.ok_or(Code::E_ILLEGAL_PARAM)?;
        // SAFETY: the program gave the function for this; the handles are checked values.
        entry.replicator.enum_agents(&mut |connection| unsafe { function(repl, comm.link(connection), context) != 0 })?;
        Ok(Code::S_OK)
    })
}

/// Own agent id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_get_agent_id(repl: mco_iot_replicator_h, id: *mut mco_iot_agent_id_t) -> MCO_RET {
    guard(|| Ok(place(id, "id")?.set(iot::replicator(repl)?.replicator.agent_id().0)))
}

/// Own level.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_get_level(repl: mco_iot_replicator_h, level: *mut uint2) -> MCO_RET {
    guard(|| Ok(place(level, "level")?.set(iot::replicator(repl)?.replicator.level().0)))
}

/// Sets the level of a router, 2..65534, else MCO_E_ILLEGAL_PARAM; kept with the database. Connections to
/// nodes that change from above to below by it, or that have the same level now, are closed; connectors make them again.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_set_level(repl: mco_iot_replicator_h, level: uint2) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.set_level(Level(level))?;
        Ok(Code::S_OK)
    })
}

/// The communicator; NULL for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_get_comm(repl: mco_iot_replicator_h) -> mco_iot_comm_h {
    guard_or(null_mut(), || {
        let comm = iot::replicator(repl)?.comm as mco_iot_comm_h;
        iot::communicator(comm).map(|_| comm)
    })
}

/// There is no REST server here: MCO_E_UNSUPPORTED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_register_rest_service(
    repl: mco_iot_replicator_h,
    path: *const c_char,
    rest: mcorest_h,
) -> MCO_RET {
    let _ = (path, rest);
    guard(|| {
        iot::replicator(repl)?;
        fail(Code::E_UNSUPPORTED, "there is no REST server in this library")
    })
}

/// Ends waiting syncs with MCO_E_IOT_STOPPED, later calls give it too; the communicator runs on. Twice is harmless.
/// MCO_E_ILLEGAL_PARAM: called from a callback; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_stop(repl: mco_iot_replicator_h) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.stop()?;
        Ok(Code::S_OK)
    })
}

/// Stops if need be and destroys; the handle is invalid and the database connections of the replicator are closed afterwards.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_replicator_destroy(repl: mco_iot_replicator_h) -> MCO_RET {
    guard(|| {
        iot::replicator(repl)?.replicator.destroy()?;
        iot::remove_replicator(repl);
        Ok(Code::S_OK)
    })
}
