//! The clock that `mcotime.h` declares; that header is written by hand.

use crate::ffi::ctypes::*;

/// Microseconds of a clock that never goes back.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_system_get_current_time() -> timer_unit {
    0
}
