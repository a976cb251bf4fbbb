//! The clock that `mcotime.h` declares; that header is written by hand.

use crate::ffi::ctypes::*;
use crate::net::clock;

/// Microseconds since 1970 as the clock of the system shows them.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_system_get_current_time() -> timer_unit {
    clock::wall_micros()
}
