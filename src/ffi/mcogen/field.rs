//! Fields of generated code.

use crate::base::{Code, Result, Value, fail};
use crate::db::Connection;
use crate::ffi::boundary::{guard, place, set_if};
use crate::ffi::convert::{self, Text};
use crate::ffi::ctypes::*;
use crate::ffi::object;
use crate::ffi::oid::Oid;
use crate::ffi::place::{Place, STRUCT};
use crate::schema::{Dictionary, Field, FieldRole, FieldType};
use std::ffi::{c_int, c_void};

/// X_f_put of a scalar or ref; value points to the C type of the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_put(h: *mut MCO_Hf, owner: uint4, field: uint2, value: *const c_void) -> MCO_RET {
    guard(|| {
        object::change_place(h, owner, |connection, of| {
            let kind = of.kind(connection, field)?;
            not_null(value)?;
            // SAFETY: not NULL, and generated code gives the C type of the field.
            let value = unsafe { convert::read(connection.database().dictionary(), kind, value)? };
            of.put(connection, field, value)?;
            Ok(Code::S_OK)
        })
    })
}

/// X_f_get of a scalar or ref; value points to the C type of the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_get(h: *mut MCO_Hf, owner: uint4, field: uint2, value: *mut c_void) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let kind = of.kind(connection, field)?;
            not_null(value)?;
            let dictionary = connection.database().dictionary().clone();
            // SAFETY: not NULL, and generated code gives room for the C type of the field.
            unsafe { convert::write(&dictionary, kind, &*of.get(connection, field)?, value) }
        })
    })
}

/// X_f_put of the char and string kinds; len in bytes, in characters for the nchar kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_put_text(h: *mut MCO_Hf, owner: uint4, field: uint2, ptr: *const c_void, len: uint4) -> MCO_RET {
    guard(|| {
        object::change_place(h, owner, |connection, of| {
            let text = text_field(connection, of, field)?;
            // SAFETY: by the rule of the interface `ptr` is NULL or has `len` elements.
            let (value, cut) = unsafe { text.read(ptr, len as usize)? };
            of.put(connection, field, value)?;
            Ok(if cut { Code::S_OVERFLOW } else { Code::S_OK })
        })
    })
}

/// X_f_get of the char and string kinds; len is NULL for kinds of fixed length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_get_text(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    buf: *mut c_void,
    size: uint4,
    len: *mut uint2,
) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let text = text_field(connection, of, field)?;
            if !text.has_fixed_length() {
                place(len, "len")?;
            }
            // SAFETY: by the rule of the interface `buf` is NULL or has room for `size` elements.
            let (copied, code) = unsafe { text.write(&*of.get(connection, field)?, buf, size as usize)? };
            set_if(len, uint2::try_from(copied).unwrap_or(uint2::MAX));
            Ok(code)
        })
    })
}

/// X_f_size of the string kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_text_size(h: *mut MCO_Hf, owner: uint4, field: uint2, len: *mut uint2) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let text = text_field(connection, of, field)?;
            let place = place(len, "len")?;
            let size = text.size(&*of.get(connection, field)?)?;
            Ok(place.set(uint2::try_from(size).unwrap_or(uint2::MAX)))
        })
    })
}

/// X_f_indicator_put; other than 0: the field becomes NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_indicator_put(h: *mut MCO_Hf, owner: uint4, field: uint2, value: uint1) -> MCO_RET {
    guard(|| object::change_place(h, owner, |connection, of| of.put_null(connection, field, value != 0).map(|()| Code::S_OK)))
}

/// X_f_indicator_get; 0: the field is NULL, 1: it has a value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_indicator_get(h: *mut MCO_Hf, owner: uint4, field: uint2, value: *mut uint1) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            let place = place(value, "value")?;
            Ok(place.set(uint1::from(!of.get(connection, field)?.is_null())))
        })
    })
}

/// X_f_read_handle and X_f_write_handle, in a list X_f_at and X_f_put; write: other than 0 for write_handle and put.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_struct(
    h: *mut MCO_Hf,
    owner: uint4,
    field: uint2,
    element: uint2,
    write: c_int,
    inner: *mut MCO_Hf,
) -> MCO_RET {
    guard(|| object::enter(h, owner, field, element.into(), write != 0, inner))
}

/// X_f_erase of an optional struct, a blob, an element; element: 0 but in a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_erase(h: *mut MCO_Hf, owner: uint4, field: uint2, element: uint2) -> MCO_RET {
    guard(|| object::change_place(h, owner, |connection, of| of.erase(connection, field, element.into()).map(|()| Code::S_OK)))
}

/// X_fixed_get, S_get_all; offsets: where each fixed field lies in X_fixed or S_d, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_fixed_get(
    h: *mut MCO_Hf,
    owner: uint4,
    values: *mut c_void,
    offsets: *const mco_size_t,
) -> MCO_RET {
    guard(|| {
        object::read_place(h, owner, |connection, of| {
            not_null(values)?;
            let dictionary = connection.database().dictionary().clone();
            let mut code = Code::S_OK;
            for (place, number, field) in fixed_fields(&dictionary, owner, offsets)? {
                let value = of.get(connection, number)?;
                // SAFETY: generated code gives the offset of this field in the structure at `values`.
                unsafe { write_fixed(&dictionary, field, &value, values.byte_add(place))? }
                if value.is_null() {
                    code = Code::S_NULL_VALUE;
                }
            }
            Ok(code)
        })
    })
}

/// X_fixed_put, S_put_all; offsets: where each fixed field lies in X_fixed or S_d, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_fixed_put(
    h: *mut MCO_Hf,
    owner: uint4,
    values: *const c_void,
    offsets: *const mco_size_t,
) -> MCO_RET {
    guard(|| {
        object::change_place(h, owner, |connection, of| {
            not_null(values)?;
            let dictionary = connection.database().dictionary().clone();
            let fields = fixed_fields(&dictionary, owner, offsets)?;
            let values = fields.map(|(place, number, field)| {
                // SAFETY: generated code gives the offset of this field in the structure at `values`.
                unsafe { read_fixed(&dictionary, field, values.byte_add(place)).map(|value| (number, value)) }
            });
            let values: Vec<_> = values.collect::<Result<_>>()?;
            of.put_all(connection, values)?;
            Ok(Code::S_OK)
        })
    })
}

fn text_field(connection: &Connection, of: Place, field: u16) -> Result<Text> {
    convert::text(of.kind(connection, field)?).ok_or_else(|| Code::E_ILLEGAL_TYPE.into())
}

pub(super) fn not_null(value: *const c_void) -> Result<()> {
    if value.is_null() { fail(Code::E_ILLEGAL_PARAM, "the value is NULL") } else { Ok(()) }
}

/// Offset in `X_fixed` or `S_d` and number of each field that has a place there.
fn fixed_fields(
    dictionary: &Dictionary,
    owner: u32,
    offsets: *const mco_size_t,
) -> Result<impl Iterator<Item = (usize, u16, &Field)>> {
    let fields = match owner.checked_sub(STRUCT) {
        None => u16::try_from(owner).ok().and_then(|code| dictionary.class(code)).map(|class| &class.fields),
        Some(number) => dictionary.structs.get(number as usize).map(|found| &found.fields),
    };
    let Some(fields) = fields else { return fail(Code::E_ILLEGAL_PARAM, format!("nothing has the number {owner:#x}")) };
    not_null(offsets.cast())?;
    let fields =
        (0u16..).zip(fields).filter(|(_, field)| field.outer.is_none() && field.role != FieldRole::Oid && field.is_fixed());
    // SAFETY: generated code gives one offset for each fixed field.
    Ok(fields.enumerate().map(move |(i, (number, field))| (unsafe { *offsets.add(i) }, number, field)))
}

/// # Safety
/// `to` has room for the field.
unsafe fn write_fixed(dictionary: &Dictionary, field: &Field, value: &Value, to: *mut c_void) -> Result<()> {
    let Some((shape, kind)) = field.list() else {
        // SAFETY: as the caller promises.
        return unsafe { write_single(dictionary, field.kind, value, to) };
    };
    let list: &[u8] = if let Value::Bytes(bytes) = value { bytes } else { &[] };
    let size = size_in_c(dictionary, kind)?;
    for index in 0..shape.len(list)? {
        let element = match shape.get(list, index) {
            Err(error) if error.code == Code::E_EMPTYVECTOREL => kind.zero(),
            found => found?,
        };
        // SAFETY: as the caller promises; elements stand one behind the other.
        unsafe { write_single(dictionary, kind, &element, to.byte_add(usize::from(index) * size))? }
    }
    Ok(())
}

/// # Safety
/// `from` holds the field.
unsafe fn read_fixed(dictionary: &Dictionary, field: &Field, from: *const c_void) -> Result<Value> {
    let Some((shape, kind)) = field.list() else {
        // SAFETY: as the caller promises.
        return unsafe { read_single(dictionary, field.kind, from) };
    };
    let size = size_in_c(dictionary, kind)?;
    let element = |index: u16| {
        // SAFETY: as the caller promises; elements stand one behind the other.
        unsafe { read_single(dictionary, kind, from.byte_add(usize::from(index) * size)).map(|value| Some(vec![value])) }
    };
    let elements = (0..shape.length.unwrap_or(0)).map(element).collect::<Result<Vec<_>>>()?;
    let text = || format!("an element of '{}' does not fit", field.name);
    shape.pack(&elements).map_or_else(|| fail(Code::E_ILLEGAL_PARAM, text()), |list| Ok(Value::Bytes(list)))
}

/// # Safety
/// `to` has room for a value of fixed size.
unsafe fn write_single(dictionary: &Dictionary, kind: FieldType, value: &Value, to: *mut c_void) -> Result<()> {
    // SAFETY: as the caller promises.
    unsafe {
        match convert::text(kind) {
            Some(text) => text.write(value, to, text.fixed_len()).map(|_| ()),
            None => convert::write(dictionary, kind, value, to).map(|_| ()),
        }
    }
}

/// # Safety
/// `from` holds a value of fixed size.
unsafe fn read_single(dictionary: &Dictionary, kind: FieldType, from: *const c_void) -> Result<Value> {
    // SAFETY: as the caller promises.
    unsafe {
        match convert::text(kind) {
            Some(text) => Ok(text.read(from, text.fixed_len())?.0),
            None => convert::read(dictionary, kind, from),
        }
    }
}

/// Size of a value of fixed size in C.
fn size_in_c(dictionary: &Dictionary, kind: FieldType) -> Result<usize> {
    Ok(match (kind, convert::scalar(kind)) {
        (FieldType::Ref(_), _) => Oid::of(dictionary)?.size_in_c(),
        (_, Some(scalar)) => scalar.size(),
        (_, None) => convert::text(kind).map_or(0, |text| text.fixed_size()),
    })
}
