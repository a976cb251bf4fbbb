//! The heap of the library, for programs that want to use it.

use crate::ffi::ctypes::*;
use std::ffi::c_void;

/// As malloc, on the heap of the library; NULL when there is no memory.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_sys_malloc(size: mco_size_t) -> *mut c_void {
    // SAFETY: any size is allowed.
    unsafe { libc::malloc(size) }
}

/// As calloc, on the heap of the library; NULL when there is no memory.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_sys_calloc(count: mco_size_t, size: mco_size_t) -> *mut c_void {
    // SAFETY: any sizes are allowed; their product is checked by calloc.
    unsafe { libc::calloc(count, size) }
}

/// As realloc, for memory of mco_sys_malloc or mco_sys_calloc.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_sys_realloc(ptr: *mut c_void, size: mco_size_t) -> *mut c_void {
    // SAFETY: the caller gives memory of this heap, or NULL.
    unsafe { libc::realloc(ptr, size) }
}

/// As free, for memory of the three functions above. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_sys_free(ptr: *mut c_void) {
    // SAFETY: the caller gives memory of this heap, or NULL.
    unsafe { libc::free(ptr) }
}
