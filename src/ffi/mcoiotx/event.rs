//! Waiting for events with a limit.

use crate::base::Millis;
use crate::ffi::boundary::guard;
use crate::ffi::ctypes::*;
use crate::ffi::event;
use std::ffi::c_int;

/// As mco_async_event_wait, at most so many ms: MCO_E_IOT_TIMEOUT.
/// Thread: any; other threads may use the connection meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_iotx_event_wait(db: mco_db_h, id: c_int, timeout: timer_unit) -> MCO_RET {
    guard(|| event::wait(db, id, Millis(timeout)))
}
