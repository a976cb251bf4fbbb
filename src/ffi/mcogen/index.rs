//! Indexes of generated code.

use super::types::mco_gen_key_t;
use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::{c_int, c_void};

/// X_i_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_find(t: mco_trans_h, index_no: uint2, keys: *const mco_gen_key_t, h: *mut MCO_Hf) -> MCO_RET {
    let _ = (t, index_no, keys, h);
    pending()
}

/// X_i_index_cursor; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_index_cursor(t: mco_trans_h, c: mco_cursor_h, index_no: uint2) -> MCO_RET {
    let _ = (t, c, index_no);
    pending()
}

/// X_i_search; opens the cursor anew. op: MCO_OPCODE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_search(
    t: mco_trans_h,
    c: mco_cursor_h,
    index_no: uint2,
    op: c_int,
    keys: *const mco_gen_key_t,
) -> MCO_RET {
    let _ = (t, c, index_no, op, keys);
    pending()
}

/// X_i_compare.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_compare(
    t: mco_trans_h,
    c: mco_cursor_h,
    index_no: uint2,
    keys: *const mco_gen_key_t,
    result: *mut c_int,
) -> MCO_RET {
    let _ = (t, c, index_no, keys, result);
    pending()
}

/// X_i_locate; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_locate(t: mco_trans_h, c: mco_cursor_h, index_no: uint2, h: *mut MCO_Hf) -> MCO_RET {
    let _ = (t, c, index_no, h);
    pending()
}

/// X_i_pattern_size: bytes that the state of a pattern search needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_pattern_size(
    t: mco_trans_h,
    index_no: uint2,
    pattern: *const c_void,
    len: uint2,
    size: *mut mco_size_t,
) -> MCO_RET {
    let _ = (t, index_no, pattern, len, size);
    pending()
}

/// X_i_pattern_search; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_pattern_search(
    t: mco_trans_h,
    c: mco_cursor_h,
    index_no: uint2,
    state: *mut c_void,
    size: mco_size_t,
    pattern: *const c_void,
    len: uint2,
) -> MCO_RET {
    let _ = (t, c, index_no, state, size, pattern, len);
    pending()
}

/// X_i_pattern_next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_pattern_next(t: mco_trans_h, c: mco_cursor_h, index_no: uint2, state: *mut c_void) -> MCO_RET {
    let _ = (t, c, index_no, state);
    pending()
}
