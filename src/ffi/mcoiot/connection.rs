//! Connections, each function under both of its names.

use super::types::{mco_iot_agent_id_t, mco_iot_connection_stat_t};
use crate::base::{AgentId, Code};
use crate::fabric::{End, Statistics};
use crate::ffi::boundary::{guard, guard_or, place, put_text, set_if};
use crate::ffi::ctypes::*;
use crate::ffi::iot;
use crate::net::address::inet_bytes;
use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};

/// Removes one pin of a handle from find or next.
/// MCO_E_IOT_INVALID_HANDLE: not a pinned handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_release(iotc: mco_iot_connection_h) -> MCO_RET {
    guard(|| {
        iot::release(iotc)?;
        Ok(Code::S_OK)
    })
}

/// The same as mco_iot_connection_release.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_release(iotc: mco_iot_connection_h) -> MCO_RET {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_release(iotc) }
}

/// Agent id of the peer; MCO_IOT_INVALID_AGENT_ID before the handshake is complete and for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_agent_id(iotc: mco_iot_connection_h) -> mco_iot_agent_id_t {
    guard_or(AgentId::INVALID.0, || Ok(iot::connection(iotc)?.1.agent_id().0))
}

/// The same as mco_iot_connection_get_agent_id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_agent_id(iotc: mco_iot_connection_h) -> mco_iot_agent_id_t {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_get_agent_id(iotc) }
}

/// The string given to connect, or to the listener that accepted the connection; valid as long as the handle. NULL for a bad
/// handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_address(iotc: mco_iot_connection_h) -> *const c_char {
    guard_or(null(), || Ok(iot::connection(iotc)?.0.address.as_ptr()))
}

/// The same as mco_iot_connection_get_address.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_address(iotc: mco_iot_connection_h) -> *const c_char {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_get_address(iotc) }
}

/// Numbers of the connection, valid from onConnect to onDestroy.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_stat(
    iotc: mco_iot_connection_h,
    stat: *mut mco_iot_connection_stat_t,
) -> MCO_RET {
    guard(|| {
        let (_, connection) = iot::connection(iotc)?;
        Ok(place(stat, "stat")?.set(statistics(&connection.statistics())))
    })
}

/// The same as mco_iot_connection_get_stat.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_stat(iotc: mco_iot_connection_h, stat: *mut mco_iot_connection_stat_t) -> MCO_RET {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_get_stat(iotc, stat) }
}

/// Why the connection ended; any output may be NULL. message is cut to message_len bytes with its NUL.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_error(
    iotc: mco_iot_connection_h,
    reason: *mut mco_iot_stop_reason_t,
    last_error: *mut MCO_RET,
    last_errno: *mut c_int,
    message: *mut c_char,
    message_len: c_int,
) {
    guard(|| {
        let (_, connection) = iot::connection(iotc)?;
        let End { reason: why, failure } = connection.end();
        set_if(reason, why as mco_iot_stop_reason_t);
        set_if(last_error, failure.error.code.0);
        set_if(last_errno, failure.errno);
        if !message.is_null() && message_len > 0 {
            // SAFETY: by the rule of the interface `message` has `message_len` bytes.
            unsafe { put_text(&failure.error.text, message, usize::try_from(message_len).unwrap_or(0))? }
        }
        Ok(Code::S_OK)
    });
}

/// The same as mco_iot_connection_get_error.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_error(
    iotc: mco_iot_connection_h,
    reason: *mut mco_iot_stop_reason_t,
    last_error: *mut MCO_RET,
    last_errno: *mut c_int,
    message: *mut c_char,
    message_len: c_int,
) {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_get_error(iotc, reason, last_error, last_errno, message, message_len) }
}

/// The communicator that the connection belongs to; NULL for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_comm(iotc: mco_iot_connection_h) -> mco_iot_comm_h {
    guard_or(null_mut(), || {
        let comm = iot::connection(iotc)?.0.comm as mco_iot_comm_h;
        iot::communicator(comm).map(|_| comm)
    })
}

/// The same as mco_iot_connection_get_comm.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_comm(iotc: mco_iot_connection_h) -> mco_iot_comm_h {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_get_comm(iotc) }
}

/// Ends the connection without waiting, reason MCO_IOT_STOP_REASON_USER_REQUEST.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_disconnect(iotc: mco_iot_connection_h) -> MCO_RET {
    guard(|| {
        iot::connection(iotc)?.1.disconnect();
        Ok(Code::S_OK)
    })
}

/// The same as mco_iot_connection_disconnect.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_disconnect(iotc: mco_iot_connection_h) -> MCO_RET {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_iot_connection_disconnect(iotc) }
}

fn statistics(numbers: &Statistics) -> mco_iot_connection_stat_t {
    let (bytes, scope_id) = inet_bytes(numbers.peer);
    let mut inetaddr = mco_inetaddr_t { scope_id, ..mco_inetaddr_t::default() };
    for (word, four) in inetaddr.u4.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = uint4::from_ne_bytes(*four);
    }
    mco_iot_connection_stat_t {
        inetaddr,
        port: numbers.peer.map_or(0, |peer| peer.port().into()),
        sent_bytes: numbers.sent,
        recv_bytes: numbers.received,
        sent_compression_ratio: numbers.sent_ratio,
        recv_compression_ratio: numbers.received_ratio,
    }
}
