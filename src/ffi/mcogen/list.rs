//! Arrays and vectors of generated code.

use super::field::not_null;
use crate::base::{Code, Result, Value};
use crate::ffi::boundary::{guard, place};
use crate::ffi::convert::{self, Scalar, Text};
use crate::ffi::ctypes::*;
use crate::ffi::object;
use crate::schema::FieldType;
use std::ffi::c_void;

/// X_f_put of a scalar or ref element; value points to its C type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_element_put(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    index: uint2,
    value: *const c_void,
) -> MCO_RET {
    guard(|| {
        object::change_place(h, owner, |connection, of| {
            let kind = of.element_kind(connection, field)?;
            not_null(value)?;
            // SAFETY: not NULL, and generated code gives the C type of an element.
            let value = unsafe { convert::read(connection.database().dictionary(), kind, value)? };
            of.put_elements(connection, field, index, &mut [value]).map(|()| Code::S_OK)
        })
    })
}

/// X_f_at of a scalar or ref element; value points to its C type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_element_get(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    index: uint2,
    value: *mut c_void,
) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let kind = of.element_kind(connection, field)?;
            not_null(value)?;
            let found = connection.element(of.spot(field), index)?;
            // SAFETY: not NULL, and generated code gives room for the C type of an element.
            unsafe { convert::write(connection.database().dictionary(), kind, &found, value) }
        })
    })
}

/// X_f_put of an element of the char and string kinds; len in bytes, in characters for the nchar kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_element_put_text(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    index: uint2,
    ptr: *const c_void,
    len: uint4,
) -> MCO_RET {
    guard(|| {
        object::change_place(h, owner, |connection, of| {
            let text = text(of.element_kind(connection, field)?)?;
            // SAFETY: by the rule of the interface `ptr` is NULL or has `len` elements.
            let (value, cut) = unsafe { text.read(ptr, len as usize)? };
            of.put_elements(connection, field, index, &mut [value])?;
            Ok(if cut { Code::S_OVERFLOW } else { Code::S_OK })
        })
    })
}

/// X_f_at of an element of the char and string kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_element_get_text(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    index: uint2,
    buf: *mut c_void,
    size: uint4,
    len: *mut uint2,
) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let text = text(of.element_kind(connection, field)?)?;
            let place = place(len, "len")?;
            let found = connection.element(of.spot(field), index)?;
            // SAFETY: by the rule of the interface `buf` is NULL or has room for `size` elements.
            let (copied, code) = unsafe { text.write(&found, buf, size as usize)? };
            place.set(uint2::try_from(copied).unwrap_or(uint2::MAX));
            Ok(code)
        })
    })
}

/// X_f_at_len.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_element_text_size(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    index: uint2,
    len: *mut uint2,
) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let text = text(of.element_kind(connection, field)?)?;
            let place = place(len, "len")?;
            let size = text.size(&connection.element(of.spot(field), index)?)?;
            Ok(place.set(uint2::try_from(size).unwrap_or(uint2::MAX)))
        })
    })
}

/// X_f_put_range; values: the C values one behind the other, of bool a bit each, bit k of a byte being 1 << k.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_put_range(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    start: uint2,
    num: uint2,
    values: *const c_void,
) -> MCO_RET {
    guard(|| {
        object::change_place(h, owner, |connection, of| {
            let scalar = scalar(of.element_kind(connection, field)?)?;
            if num > 0 {
                not_null(values)?;
            }
            // SAFETY: not NULL where there are any, and generated code gives so many values or bits.
            let value = |at| unsafe {
                match scalar {
                    Scalar::Bool => Value::UInt(u64::from(*values.cast::<u8>().add(at / 8) >> (at % 8) & 1)),
                    _ => scalar.read(values.byte_add(at * scalar.size())),
                }
            };
            let mut values: Vec<Value> = (0..usize::from(num)).map(value).collect();
            of.put_elements(connection, field, start, &mut values).map(|()| Code::S_OK)
        })
    })
}

/// X_f_get_range; values as for put. Bits behind the last one of the last byte become 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_get_range(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    start: uint2,
    num: uint2,
    values: *mut c_void,
) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let scalar = scalar(of.element_kind(connection, field)?)?;
            if num > 0 {
                not_null(values)?;
            }
            let found = connection.elements(of.spot(field), start, num)?;
            if scalar == Scalar::Bool {
                for (at, bits) in found.chunks(8).enumerate() {
                    let byte = bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit == Value::UInt(1)));
                    // SAFETY: not NULL, and generated code gives room for so many bits.
                    unsafe { values.cast::<u8>().add(at).write(byte) }
                }
                return Ok(Code::S_OK);
            }
            for (at, value) in found.iter().enumerate() {
                // SAFETY: not NULL, and generated code gives room for so many values.
                unsafe { scalar.write(value, values.byte_add(at * scalar.size()))? };
            }
            Ok(Code::S_OK)
        })
    })
}

/// X_f_alloc of a vector.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_alloc(h: *mut MCO_Hf, owner: uint4, field: uint2, num: uint2) -> MCO_RET {
    guard(|| object::change_place(h, owner, |connection, of| of.alloc(connection, field, num).map(|()| Code::S_OK)))
}

/// X_f_size of an array or vector.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_count(h: *mut MCO_Hf, owner: uint4, field: uint2, num: *mut uint2) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let place = place(num, "num")?;
            Ok(place.set(connection.list_len(of.spot(field))?))
        })
    })
}

fn scalar(kind: FieldType) -> Result<Scalar> {
    convert::scalar(kind).ok_or_else(|| Code::E_ILLEGAL_TYPE.into())
}

fn text(kind: FieldType) -> Result<Text> {
    convert::text(kind).ok_or_else(|| Code::E_ILLEGAL_TYPE.into())
}
