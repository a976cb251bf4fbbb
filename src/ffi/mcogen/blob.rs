//! Blobs of generated code.

use crate::base::{Code, Result, Value, fail};
use crate::db::{Connection, ObjectRef};
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::object;
use std::ffi::c_void;

/// X_f_put of a blob: replaces its content.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_blob_put(
    h: *mut MCO_Hf,
    class_code: uint2,
    field: uint2,
    ptr: *const c_void,
    len: uint4,
) -> MCO_RET {
    guard(|| {
        object::change(h, class_code, |connection, object| {
            // SAFETY: by the rule of the interface `ptr` is NULL or has `len` bytes.
            let bytes = unsafe { given(ptr, len)? };
            connection.set_value(object, field, Value::from(bytes)).map(|()| Code::S_OK)
        })
    })
}

/// X_f_append of a blob.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_blob_append(
    h: *mut MCO_Hf,
    class_code: uint2,
    field: uint2,
    ptr: *const c_void,
    len: uint4,
) -> MCO_RET {
    guard(|| {
        object::change(h, class_code, |connection, object| {
            // SAFETY: by the rule of the interface `ptr` is NULL or has `len` bytes.
            let bytes = unsafe { given(ptr, len)? };
            connection.append(object, field, bytes).map(|()| Code::S_OK)
        })
    })
}

/// X_f_get of a blob: at most size bytes from start on; len: how many they are, 0 behind the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_blob_get(
    h: *mut MCO_Hf,
    class_code: uint2,
    field: uint2,
    start: uint4,
    buf: *mut c_void,
    size: uint4,
    len: *mut uint4,
) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            let len = place(len, "len")?;
            let rest = content(connection, object, field)?.get(start as usize..).unwrap_or_default();
            let part = rest.get(..size as usize).unwrap_or(rest);
            if buf.is_null() && size > 0 {
                return fail(Code::E_ILLEGAL_PARAM, "the buffer is NULL but its size is not 0");
            }
            if !part.is_empty() {
                // SAFETY: not NULL, so by the rule of the interface it has room for `size` bytes.
                unsafe { buf.cast::<u8>().copy_from_nonoverlapping(part.as_ptr(), part.len()) }
            }
            Ok(len.set(uint4::try_from(part.len()).unwrap_or(uint4::MAX)))
        })
    })
}

/// X_f_size of a blob.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_blob_size(h: *mut MCO_Hf, class_code: uint2, field: uint2, len: *mut uint4) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            let len = place(len, "len")?;
            let size = content(connection, object, field)?.len();
            Ok(len.set(uint4::try_from(size).unwrap_or(uint4::MAX)))
        })
    })
}

/// `E_EMPTYBLOB`: it was never written, or was erased.
fn content(connection: &mut Connection, object: ObjectRef, field: u16) -> Result<&[u8]> {
    match connection.value(object, field)? {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Null(_) => Err(Code::E_EMPTYBLOB.into()),
        _ => fail(Code::E_ILLEGAL_TYPE, "the field is no blob"),
    }
}

/// # Safety
/// `ptr` is NULL or points to `len` bytes that live during the call.
unsafe fn given<'a>(ptr: *const c_void, len: uint4) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() || isize::try_from(len).is_err() {
        return fail(Code::E_ILLEGAL_PARAM, "the content is NULL but its length is not 0");
    }
    // SAFETY: not NULL, and the caller promises `len` bytes.
    Ok(unsafe { std::slice::from_raw_parts(ptr.cast(), len as usize) })
}
