//! Connections, each function under both of its names.

use super::types::{mco_iot_agent_id_t, mco_iot_connection_stat_t};
use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::{c_char, c_int};

/// Removes one pin of a handle from find or next.
/// MCO_E_IOT_INVALID_HANDLE: not a pinned handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_release(iotc: mco_iot_connection_h) -> MCO_RET {
    let _ = iotc;
    pending()
}

/// The same as mco_iot_connection_release.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_release(iotc: mco_iot_connection_h) -> MCO_RET {
    let _ = iotc;
    pending()
}

/// Agent id of the peer; MCO_IOT_INVALID_AGENT_ID before the handshake is complete and for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_agent_id(iotc: mco_iot_connection_h) -> mco_iot_agent_id_t {
    let _ = iotc;
    u64::MAX
}

/// The same as mco_iot_connection_get_agent_id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_agent_id(iotc: mco_iot_connection_h) -> mco_iot_agent_id_t {
    let _ = iotc;
    u64::MAX
}

/// The string given to connect, or to the listener that accepted the connection; valid as long as the handle. NULL for a bad
/// handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_address(iotc: mco_iot_connection_h) -> *const c_char {
    let _ = iotc;
    std::ptr::null()
}

/// The same as mco_iot_connection_get_address.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_address(iotc: mco_iot_connection_h) -> *const c_char {
    let _ = iotc;
    std::ptr::null()
}

/// Numbers of the connection, valid from onConnect to onDestroy.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_stat(
    iotc: mco_iot_connection_h,
    stat: *mut mco_iot_connection_stat_t,
) -> MCO_RET {
    let _ = (iotc, stat);
    pending()
}

/// The same as mco_iot_connection_get_stat.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_stat(iotc: mco_iot_connection_h, stat: *mut mco_iot_connection_stat_t) -> MCO_RET {
    let _ = (iotc, stat);
    pending()
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
    let _ = (iotc, reason, last_error, last_errno, message, message_len);
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
    let _ = (iotc, reason, last_error, last_errno, message, message_len);
}

/// The communicator that the connection belongs to; NULL for a bad handle.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_get_comm(iotc: mco_iot_connection_h) -> mco_iot_comm_h {
    let _ = iotc;
    std::ptr::null_mut()
}

/// The same as mco_iot_connection_get_comm.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_get_comm(iotc: mco_iot_connection_h) -> mco_iot_comm_h {
    let _ = iotc;
    std::ptr::null_mut()
}

/// Ends the connection without waiting, reason MCO_IOT_STOP_REASON_USER_REQUEST.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_connection_disconnect(iotc: mco_iot_connection_h) -> MCO_RET {
    let _ = iotc;
    pending()
}

/// The same as mco_iot_connection_disconnect.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iot_conn_disconnect(iotc: mco_iot_connection_h) -> MCO_RET {
    let _ = iotc;
    pending()
}
