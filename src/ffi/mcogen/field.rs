//! Fields of generated code.

use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::c_void;

/// X_f_put of a scalar; value points to the C type of the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_put(h: *mut MCO_Hf, class_code: uint2, field: uint2, value: *const c_void) -> MCO_RET {
    let _ = (h, class_code, field, value);
    pending()
}

/// X_f_get of a scalar; value points to the C type of the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_get(h: *mut MCO_Hf, class_code: uint2, field: uint2, value: *mut c_void) -> MCO_RET {
    let _ = (h, class_code, field, value);
    pending()
}

/// X_f_put of the char and string kinds; len in bytes, in characters for the nchar kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_put_text(
    h: *mut MCO_Hf,
    class_code: uint2,
    field: uint2,
    ptr: *const c_void,
    len: uint4,
) -> MCO_RET {
    let _ = (h, class_code, field, ptr, len);
    pending()
}

/// X_f_get of the char and string kinds; len is NULL for kinds of fixed length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_get_text(
    h: *mut MCO_Hf,
    class_code: uint2,
    field: uint2,
    buf: *mut c_void,
    size: uint4,
    len: *mut uint2,
) -> MCO_RET {
    let _ = (h, class_code, field, buf, size, len);
    pending()
}

/// X_f_size of the string kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_text_size(h: *mut MCO_Hf, class_code: uint2, field: uint2, len: *mut uint2) -> MCO_RET {
    let _ = (h, class_code, field, len);
    pending()
}

/// X_fixed_get; offsets: where each fixed field lies in X_fixed, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_fixed_get(
    h: *mut MCO_Hf,
    class_code: uint2,
    values: *mut c_void,
    offsets: *const mco_size_t,
) -> MCO_RET {
    let _ = (h, class_code, values, offsets);
    pending()
}

/// X_fixed_put; offsets: where each fixed field lies in X_fixed, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_fixed_put(
    h: *mut MCO_Hf,
    class_code: uint2,
    values: *const c_void,
    offsets: *const mco_size_t,
) -> MCO_RET {
    let _ = (h, class_code, values, offsets);
    pending()
}
