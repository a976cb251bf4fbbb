//! Fatal errors, texts of codes, trace.
#![allow(non_camel_case_types)]

use crate::ffi::ctypes::*;
use crate::ffi::{fatal, trace};
use std::ffi::{c_char, c_int};

include!(concat!(env!("OUT_DIR"), "/code_texts.rs"));

/// Called with the code of a fatal error. When it returns, the failing call returns MCO_E_CORE.
pub type mco_error_handler = Option<unsafe extern "C" fn(code: MCO_RET)>;

/// As mco_error_handler, with the place in the library.
pub type mco_error_handler_ex = Option<unsafe extern "C" fn(code: MCO_RET, file: *const c_char, line: c_int)>;

/// Takes the lines of the trace.
pub type mco_trace_handler = Option<unsafe extern "C" fn(level: c_int, module: c_int, text: *const c_char)>;

/// Sets the handler for fatal codes (MCO_ERR_), NULL removes it. Without any handler the library writes a message to stderr
/// and aborts. May be called before the runtime is started.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_error_set_handler(handler: mco_error_handler) {
    fatal::set_handler(handler)
}

/// As mco_error_set_handler, with the place; called first when both are set.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_error_set_handler_ex(handler: mco_error_handler_ex) {
    fatal::set_handler_ex(handler)
}

/// What a code means: a text of the library for every code, "unknown error" for other numbers.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_strerror(code: MCO_RET) -> *const c_char {
    TEXTS.binary_search_by_key(&code, |row| row.0).ok().and_then(|i| TEXTS.get(i)).map_or(c"unknown error", |row| row.1).as_ptr()
}

/// Sets how much is traced: 0 fatal, 1 error, 2 warning (default), 3 notice, 4 information, 5 debugging, 6 everything. The
/// environment variable MCO_TRACE gives another default.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trace_set_level(level: c_int) {
    trace::set_level(level)
}

/// Sets who takes the lines of the trace; NULL: stderr. The handler runs on any thread, in the middle of the library's work:
/// it must not call the library and should not wait.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_trace_set_handler(handler: mco_trace_handler) {
    trace::set_handler(handler)
}
