//! Start, stop, options and description of the runtime.

use super::types::mco_runtime_info_t;
use crate::base::{Code, Result, fail};
use crate::ffi::boundary::{guard, set_if};
use crate::ffi::ctypes::*;
use crate::ffi::runtime::{self, Features};
use crate::ffi::{database, version};
use std::ffi::{c_char, c_int};
use std::ptr::NonNull;

/// Starts the runtime; file and named devices are allowed, the transaction manager is that of the environment variable
/// MCO_TMGR (mursiw, the default, or mvcc). Repeated calls are counted.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_start() -> MCO_RET {
    guard(|| runtime::start(None))
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
    // The names of libraries and the path mean nothing here.
    let _ = (sync_library, memory_library, runtime_path);
    guard(|| runtime::start(Some(Features { disk: disk != 0, mvcc: mvcc != 0, shmem: shmem != 0 })))
}

/// Takes one start back; the last call stops the runtime. Open databases or communicators: MCO_E_OPENED_SESSIONS; not
/// started: MCO_E_NOTINIT.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_stop() -> MCO_RET {
    guard(runtime::stop)
}

/// Sets an option of the table MCO_RT_; unknown ones are ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_setoption(option: c_int, value: c_int) {
    runtime::set_option(option, value)
}

/// Reads an option; unknown ones give 0.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_getoption(option: c_int) -> c_int {
    runtime::option(option)
}

/// All options: an array of MCO_RT_OPTION_LAST values that belongs to the library and lives as long as the process.
/// Thread: any; do not write while others read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_runtime_get_options_arr() -> *mut c_int {
    runtime::options()
}

/// Fills in what this library can do. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_get_runtime_info(info: *mut mco_runtime_info_t) {
    set_if(info, description())
}

/// Names of the open databases of this process, each ended by NUL, an empty name at the end; the first skip_first are left
/// out. MCO_S_OVERFLOW when the buffer takes only some of them; NULL buffer: MCO_E_ILLEGAL_PARAM.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_db_databases(buf: *mut c_char, size: mco_size32_t, skip_first: mco_counter32_t) -> MCO_RET {
    guard(|| {
        let buf = NonNull::new(buf).ok_or(Code::E_ILLEGAL_PARAM)?;
        let (bytes, all) = list(size as usize, skip_first as usize)?;
        // SAFETY: the list was cut to `size` bytes, which `buf` has by the rule of the interface.
        unsafe { buf.cast::<u8>().copy_from_nonoverlapping(NonNull::from(&*bytes).cast(), bytes.len()) }
        Ok(if all { Code::S_OK } else { Code::S_OVERFLOW })
    })
}

/// Open databases of one process.
const DATABASES_MAX: uint2 = 1024;

/// Says only what this library really does.
fn description() -> mco_runtime_info_t {
    mco_runtime_info_t {
        mco_version_major: version::MAJOR,
        mco_version_minor: version::MINOR,
        mco_build_number: version::PATCH.into(),
        mco_size_t: size_of::<crate::ffi::ctypes::mco_size_t>() as uint1,
        mco_offs_t: size_of::<crate::ffi::ctypes::mco_offs_t>() as uint1,
        uint4_supported: 1,
        float_supported: 1,
        large_database_supported: 1,
        statistics_supported: 1,
        iot_supported: 1,
        unicode_supported: 1,
        recovery_supported: 1,
        disk_supported: 1,
        multiprocess_access_supported: 1,
        persistent_object_supported: 1,
        two_phase_commit_supported: 1,
        open_cursor_goto_first: 1,
        sync_capabilities: 1,
        max_db_instances: DATABASES_MAX,
        max_db_name_length: 16,
        concurrent_write_transactions: 0,
        mco_revision: version::TEXT.as_ptr(),
        ..mco_runtime_info_t::default()
    }
}

/// Names that fit into `size` bytes with the empty one at the end, and whether these are all.
fn list(size: usize, skip: usize) -> Result<(Vec<u8>, bool)> {
    let names = database::names();
    let mut bytes = Vec::new();
    let mut all = true;
    for name in names.iter().skip(skip) {
        // One more for its own NUL, one for the empty name.
        if bytes.len() + name.len() + 2 > size {
            all = false;
            break;
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
    }
    if size == 0 {
        return fail(Code::E_ILLEGAL_PARAM, "the buffer has no room for the empty name at the end");
    }
    bytes.push(0);
    Ok((bytes, all))
}
