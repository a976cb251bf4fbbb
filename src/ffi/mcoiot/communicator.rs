//! Init and the communicator: sockets, threads and callbacks of a process.

use super::observer::Callbacks;
use super::types::{iot_comm_callback_t, mco_iot_agent_id_t, mco_iot_comm_params_t};
use crate::base::{AgentId, Code, Millis, Result};
use crate::fabric::{CommParams, Communicator, TIMEOUT_DEFAULT};
use crate::ffi::boundary::{guard, guard_or, place, text};
use crate::ffi::ctypes::*;
use crate::ffi::mconet::socket;
use crate::ffi::mconet::types::mco_sock_params_t;
use crate::ffi::{iot, mcossl, runtime};
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::Arc;

/// Prepares replication, once per process, after mco_runtime_start; repeated calls are harmless, mco_runtime_stop undoes it.
/// MCO_E_NOTINIT: the runtime is not started.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_init() -> MCO_RET {
    guard(runtime::init_iot)
}

/// Fills in the defaults: 8 callback threads, 10000 ms for both timeouts, everything else 0 or NULL.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_params_init(params: *mut mco_iot_comm_params_t) -> MCO_RET {
    guard(|| Ok(place(params, "params")?.set(defaults())))
}

/// Makes a communicator and starts its threads. params: NULL stands for the defaults. Destroy it with mco_iot_comm_destroy.
/// MCO_E_IOT_NOT_INITIALIZED: mco_iot_init was not called; MCO_E_ILLEGAL_PARAM; of ssl_params MCO_E_NW_INVALID_PARAMETER (what is wrong
/// with them is in the text) and MCO_E_NW_NOTSUPP (TLS is not built in).
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_create(params: *mut mco_iot_comm_params_t, comm: *mut mco_iot_comm_h) -> MCO_RET {
    guard(|| {
        runtime::check_iot()?;
        let place = place(comm, "comm")?;
        // SAFETY: by the rule of the interface `params` is NULL or a structure.
        let params = match unsafe { params.as_ref() } {
            // SAFETY: by the rule of the interface its `ssl_params` is NULL or a structure of that kind.
            Some(params) => CommParams { tls: unsafe { mcossl::settings(params.ssl_params)? }, ..comm_params(params)? },
            None => CommParams::default(),
        };
        Ok(place.set(iot::add_communicator(Communicator::create(&params)?)?))
    })
}

/// Opens a listener and returns at once; several are allowed.
/// address: "15000" (all interfaces), "host:15000", `"[::1]:15000"`; port 0 = the system chooses one, see
/// mco_iotx_comm_get_listen_port. params: NULL = as the communicator; otherwise it replaces all of its socket settings.
/// Codes: MCO_E_NW_INVADDR, MCO_E_NW_BIND (in use), MCO_E_NW_SOCKET, MCO_E_NW_NOTSUPP (SDP, datagrams, TLS that is not built in),
/// MCO_E_NW_INVALID_PARAMETER (ssl_params: no certificate, or what else the text says), MCO_E_IOT_STOPPED; last_error and last_errno of params are set.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_listen(
    comm: mco_iot_comm_h,
    address: *const c_char,
    params: *mut mco_sock_params_t,
) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        // SAFETY: by the rule of the interface `address` is NULL or a C string, `params` NULL or a structure.
        unsafe {
            let address = text(address, "the address")?;
            socket::with_options(params, |options| comm.communicator.listen(address, options))
        }
    })
}

/// Starts a connector that connects, and after a drop connects again, in the background; returns at once.
/// timeout: limit of one attempt in ms, 0 = recv_timeout. n_attempts: failures in a row before it gives up, 0 = never.
/// interval: pause between attempts in ms (less than 10 counts as 10), doubled after each failure up to 16 times.
/// sock_params: NULL = as the communicator.
/// A failed attempt has a connection of its own, seen only in onDestroy, where mco_iot_connection_get_error tells why.
/// Codes: MCO_E_NW_INVADDR, MCO_E_NW_NOTSUPP, MCO_E_NW_INVALID_PARAMETER (ssl_params), MCO_E_ILLEGAL_PARAM (there is a connector to
/// this address), MCO_E_IOT_STOPPED.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_connect_async(
    comm: mco_iot_comm_h,
    address: *const c_char,
    timeout: timer_unit,
    n_attempts: c_uint,
    interval: timer_unit,
    sock_params: *mut mco_sock_params_t,
) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        let (timeout, interval) = (Millis(timeout), Millis(interval));
        // SAFETY: by the rule of the interface `address` is NULL or a C string, `sock_params` NULL or a structure.
        unsafe {
            let address = text(address, "the address")?;
            socket::with_options(sock_params, |options| {
                comm.communicator.connect_async(address, timeout, n_attempts, interval, options)
            })
        }
    })
}

/// Closes the listener with exactly this address string; accepted connections stay. MCO_S_NOTFOUND: there is none.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_stop_listen(comm: mco_iot_comm_h, address: *const c_char) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        // SAFETY: by the rule of the interface `address` is NULL or a C string.
        comm.communicator.stop_listen(unsafe { text(address, "the address")? })?;
        Ok(Code::S_OK)
    })
}

/// Ends the connector with exactly this address string and closes its connection. MCO_S_NOTFOUND: there is none.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_stop_connect(comm: mco_iot_comm_h, address: *const c_char) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        // SAFETY: by the rule of the interface `address` is NULL or a C string.
        comm.communicator.stop_connect(unsafe { text(address, "the address")? })?;
        Ok(Code::S_OK)
    })
}

/// MCO_YES from the start of mco_iot_comm_stop on, and for invalid handles.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_is_stopped(comm: mco_iot_comm_h) -> mco_bool {
    guard_or(1, || Ok(mco_bool::from(iot::communicator(comm)?.communicator.is_stopped())))
}

/// Pump mode, n_callback_threads = 0: serves sockets, storage work and callbacks on the calling thread; if there is nothing to
/// serve, waits at most timeout ms (0 = does not wait). Returns the number of events served, or minus a MCO_RET:
/// -MCO_E_ILLEGAL_PARAM (the communicator has threads, or the call comes from a callback), -MCO_E_TRANS_NOT_CLOSED,
/// -MCO_E_IOT_STOPPED. Other calls that wait (connect, sync, clear, stop, destroy) pump this communicator by themselves.
/// Thread: any; of several at once, one serves the sockets and the others wait for their turn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_process_connections(comm: mco_iot_comm_h, timeout: timer_unit) -> c_int {
    let mut served = 0;
    let code = guard(|| {
        let count = iot::communicator(comm)?.communicator.process_connections(Millis(timeout))?;
        served = c_int::try_from(count).unwrap_or(c_int::MAX);
        Ok(Code::S_OK)
    });
    if code == Code::S_OK.0 { served } else { -code }
}

/// Appends callbacks to the chain; the structure is copied. context is the key: the same again gives
/// MCO_E_IOT_DUPLICATE_CALLBACK.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_register_callback(
    comm: mco_iot_comm_h,
    callback: *mut iot_comm_callback_t,
    context: *mut c_void,
) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        // SAFETY: by the rule of the interface `callback` is NULL or a structure.
        let functions = *unsafe { callback.as_ref() }.ok_or(Code::E_ILLEGAL_PARAM)?;
        let key = context as usize;
        let observer = Callbacks { functions, context: key, comm: Arc::downgrade(&comm) };
        comm.communicator.register(key, Arc::new(observer))?;
        Ok(Code::S_OK)
    })
}

/// Removes callbacks and waits until none of them runs, except when called from one of them. MCO_E_IOT_CALLBACK_NOT_FOUND:
/// unknown context.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_unregister_callback(comm: mco_iot_comm_h, context: *mut c_void) -> MCO_RET {
    guard(|| {
        iot::communicator(comm)?.communicator.unregister(context as usize)?;
        Ok(Code::S_OK)
    })
}

/// Connection of a direct peer whose handshake is complete, pinned: give it back with mco_iot_connection_release. NULL: none.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_find_conn(comm: mco_iot_comm_h, id: mco_iot_agent_id_t) -> mco_iot_connection_h {
    guard_or(null_mut(), || {
        let comm = iot::communicator(comm)?;
        Ok(comm.pinned(comm.communicator.find_connection(AgentId(id))))
    })
}

/// Goes through the connections: prev = 0 starts, 0 ends. Releases prev, pins the result; whoever leaves the loop early
/// releases the current handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_next_conn(comm: mco_iot_comm_h, prev: mco_iot_connection_h) -> mco_iot_connection_h {
    guard_or(null_mut(), || {
        let comm = iot::communicator(comm)?;
        let previous = if prev.is_null() { None } else { Some(iot::connection_of(&comm, prev)?) };
        if previous.is_some() {
            iot::release(prev)?;
        }
        Ok(comm.pinned(comm.communicator.next_connection(previous)))
    })
}

/// Closes listeners and connections, delivers the last callbacks, joins the threads. No restart; twice is harmless.
/// MCO_E_ILLEGAL_PARAM: called from a callback; MCO_E_TRANS_NOT_CLOSED: the calling thread has a writing transaction open on
/// the replicated database.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_stop(comm: mco_iot_comm_h) -> MCO_RET {
    guard(|| {
        iot::communicator(comm)?.communicator.stop()?;
        Ok(Code::S_OK)
    })
}

/// Stops if need be and destroys; the handle is invalid afterwards. A replicator that still exists is stopped.
/// Thread: any; waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_comm_destroy(comm: mco_iot_comm_h) -> MCO_RET {
    guard(|| {
        iot::communicator(comm)?.communicator.stop()?;
        iot::remove_communicator(comm)?;
        Ok(Code::S_OK)
    })
}

fn defaults() -> mco_iot_comm_params_t {
    mco_iot_comm_params_t {
        n_callback_threads: CommParams::default().callback_threads,
        sock_domain: 0,
        ssl_params: null_mut(),
        send_timeout: TIMEOUT_DEFAULT.0,
        recv_timeout: TIMEOUT_DEFAULT.0,
        listen_queue_size: 0,
        wakeup_port: 0,
        compression_level: 0,
    }
}

fn comm_params(params: &mco_iot_comm_params_t) -> Result<CommParams> {
    Ok(CommParams {
        callback_threads: params.n_callback_threads,
        domain: socket::domain(params.sock_domain)?,
        tls: None,
        send_timeout: Millis(params.send_timeout),
        recv_timeout: Millis(params.recv_timeout),
        listen_queue_size: params.listen_queue_size,
        compression: params.compression_level,
    })
}
