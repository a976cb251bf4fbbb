//! Start, stop, options and description of the runtime.

use super::constants::MCO_RT_OPTION_LAST;
use super::types::mco_runtime_info_t;
use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::{c_char, c_int};

/// Starts the runtime; file and named devices are allowed, the transaction manager is that of the environment variable
/// MCO_TMGR (mursiw, the default, or mvcc). Repeated calls are counted.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_start() -> MCO_RET {
    pending()
}

/// As mco_runtime_start, with a choice: disk = MCO_NO refuses file devices (MCO_E_INMEM_ONLY_RUNTIME), shmem = MCO_NO named
/// devices (MCO_E_UNSUPPORTED), mvcc chooses the transaction manager. The three strings are ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_start_ex(
    disk: mco_bool,
    mvcc: mco_bool,
    shmem: mco_bool,
    sync_library: *const c_char,
    memory_library: *const c_char,
    runtime_path: *const c_char,
) -> MCO_RET {
    let _ = (disk, mvcc, shmem, sync_library, memory_library, runtime_path);
    pending()
}

/// Takes one start back; the last call stops the runtime. Open databases or communicators: MCO_E_OPENED_SESSIONS; not
/// started: MCO_E_NOTINIT.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_stop() -> MCO_RET {
    pending()
}

/// Sets an option of the table MCO_RT_; unknown ones are ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_setoption(option: c_int, value: c_int) {
    let _ = (option, value);
}

/// Reads an option; unknown ones give 0.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_getoption(option: c_int) -> c_int {
    let _ = option;
    0
}

/// All options: an array of MCO_RT_OPTION_LAST values that belongs to the library and lives as long as the process.
/// Thread: any; do not write while others read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_get_options_arr() -> *mut c_int {
    let _ = MCO_RT_OPTION_LAST;
    std::ptr::null_mut()
}

/// Fills in what this library can do. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_runtime_info(info: *mut mco_runtime_info_t) {
    let _ = info;
}

/// Names of the open databases of this process, each ended by NUL, an empty name at the end; the first skip_first are left
/// out. MCO_S_OVERFLOW when the buffer takes only some of them; NULL buffer: MCO_E_ILLEGAL_PARAM.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_databases(buf: *mut c_char, size: mco_size32_t, skip_first: mco_counter32_t) -> MCO_RET {
    let _ = (buf, size, skip_first);
    pending()
}
