//! What `mcoiotx.h` declares: extensions of this library.

use super::ctypes::*;
use super::mcoiot::types::mco_iot_db_id_t;
use super::pending;
use std::ffi::{c_char, c_int};

/// What this thread's last failing call had to say: file and errno, class and field of a refused schema, the peer's words.
/// "" when it had nothing to say; never NULL; valid until the thread's next call.
/// Thread: any, each has its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_last_error() -> *const c_char {
    super::boundary::last_error_text()
}

/// Version of the library at run time as a text, "major.minor.patch"; MCO_IOTX_VERSION is that of the header.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_version() -> *const c_char {
    std::ptr::null()
}

/// Real port of the listener with exactly this address string. MCO_S_NOTFOUND: there is none.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_comm_get_listen_port(
    comm: mco_iot_comm_h,
    address: *const c_char,
    port: *mut c_int,
) -> MCO_RET {
    let _ = (comm, address, port);
    pending()
}

/// Own database id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_replicator_get_db_id(repl: mco_iot_replicator_h, id: *mut mco_iot_db_id_t) -> MCO_RET {
    let _ = (repl, id);
    pending()
}

/// Identity of a row, the same on every node: the epoch of its origin's history in which it was made, and its number there.
/// MCO_E_UNSUPPORTED: the class has no such number.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_row_identity(object: *mut MCO_Hf, db_id: *mut uint8, auto_oid: *mut uint8) -> MCO_RET {
    let _ = (object, db_id, auto_oid);
    pending()
}
