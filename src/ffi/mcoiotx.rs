//! What `mcoiotx.h` declares: extensions of this library.

use super::boundary::{guard, place, text};
use super::ctypes::*;
use super::mcoiot::types::mco_iot_db_id_t;
use super::{iot, object, version};
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
    version::TEXT.as_ptr()
}

/// Real port of the listener with exactly this address string. MCO_S_NOTFOUND: there is none.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_comm_get_listen_port(
    comm: mco_iot_comm_h,
    address: *const c_char,
    port: *mut c_int,
) -> MCO_RET {
    guard(|| {
        let comm = iot::communicator(comm)?;
        let place = place(port, "port")?;
        // SAFETY: by the rule of the interface `address` is NULL or a C string.
        let found = comm.communicator.listen_port(unsafe { text(address, "the address")? })?;
        Ok(place.set(found.into()))
    })
}

/// Own database id.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_replicator_get_db_id(repl: mco_iot_replicator_h, id: *mut mco_iot_db_id_t) -> MCO_RET {
    guard(|| Ok(place(id, "id")?.set(iot::replicator(repl)?.replicator.db_id().0)))
}

/// Identity of a row, the same on every node: the epoch of its origin's history in which it was made, and its number there.
/// MCO_E_UNSUPPORTED: the class has no such number.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_row_identity(object: *mut MCO_Hf, db_id: *mut uint8, auto_oid: *mut uint8) -> MCO_RET {
    guard(|| {
        let identity = object::read(object, 0, |connection, object| connection.identity(object))?;
        let (db_place, oid_place) = (place(db_id, "db_id")?, place(auto_oid, "auto_oid")?);
        db_place.set(identity.epoch.0);
        Ok(oid_place.set(identity.oid.0))
    })
}
