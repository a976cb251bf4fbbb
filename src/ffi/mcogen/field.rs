//! Fields of generated code.

use crate::base::{Code, Result, Value, fail};
use crate::db::Connection;
use crate::ffi::boundary::{guard, place, set_if};
use crate::ffi::convert::{self, Scalar, Text};
use crate::ffi::ctypes::*;
use crate::ffi::object;
use crate::schema::{Dictionary, FieldType};
use std::ffi::c_void;

/// X_f_put of a scalar; value points to the C type of the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_put(h: *mut MCO_Hf, class_code: uint2, field: uint2, value: *const c_void) -> MCO_RET {
    guard(|| {
        object::change(h, class_code, |connection, object| {
            let scalar = scalar_field(connection, class_code, field)?;
            not_null(value)?;
            // SAFETY: not NULL, and generated code gives the C type of the field.
            connection.set_value(object, field, unsafe { scalar.read(value) })?;
            Ok(Code::S_OK)
        })
    })
}

/// X_f_get of a scalar; value points to the C type of the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_get(h: *mut MCO_Hf, class_code: uint2, field: uint2, value: *mut c_void) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            let scalar = scalar_field(connection, class_code, field)?;
            not_null(value)?;
            // SAFETY: not NULL, and generated code gives room for the C type of the field.
            unsafe { scalar.write(connection.value(object, field)?, value) }
        })
    })
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
    guard(|| {
        object::change(h, class_code, |connection, object| {
            let text = text_field(connection, class_code, field)?;
            // SAFETY: by the rule of the interface `ptr` is NULL or has `len` elements.
            let (value, cut) = unsafe { text.read(ptr, len as usize)? };
            connection.set_value(object, field, value)?;
            Ok(if cut { Code::S_OVERFLOW } else { Code::S_OK })
        })
    })
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
    guard(|| {
        object::read(h, class_code, |connection, object| {
            let text = text_field(connection, class_code, field)?;
            if !text.has_fixed_length() {
                place(len, "len")?;
            }
            // SAFETY: by the rule of the interface `buf` is NULL or has room for `size` elements.
            let (copied, code) = unsafe { text.write(connection.value(object, field)?, buf, size as usize)? };
            set_if(len, uint2::try_from(copied).unwrap_or(uint2::MAX));
            Ok(code)
        })
    })
}

/// X_f_size of the string kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_text_size(h: *mut MCO_Hf, class_code: uint2, field: uint2, len: *mut uint2) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            let text = text_field(connection, class_code, field)?;
            let place = place(len, "len")?;
            let size = text.size(connection.value(object, field)?)?;
            Ok(place.set(uint2::try_from(size).unwrap_or(uint2::MAX)))
        })
    })
}

/// X_f_indicator_put; other than 0: the field becomes NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_indicator_put(h: *mut MCO_Hf, class_code: uint2, field: uint2, value: uint1) -> MCO_RET {
    guard(|| {
        object::change(h, class_code, |connection, object| connection.set_null(object, field, value != 0).map(|()| Code::S_OK))
    })
}

/// X_f_indicator_get; 0: the field is NULL, 1: it has a value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_indicator_get(h: *mut MCO_Hf, class_code: uint2, field: uint2, value: *mut uint1) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            let place = place(value, "value")?;
            Ok(place.set(uint1::from(!connection.value(object, field)?.is_null())))
        })
    })
}

/// X_fixed_get; offsets: where each fixed field lies in X_fixed, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_fixed_get(
    h: *mut MCO_Hf,
    class_code: uint2,
    values: *mut c_void,
    offsets: *const mco_size_t,
) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            not_null(values)?;
            let dictionary = connection.database().dictionary().clone();
            let row = connection.row(object)?;
            let mut code = Code::S_OK;
            for (place, number, kind) in fixed_fields(&dictionary, class_code, offsets)? {
                let value = row.get(usize::from(number)).unwrap_or(&Value::NULL);
                // SAFETY: generated code gives the offset of this field in the structure at `values`.
                unsafe { write_fixed(kind, value, values.byte_add(place))? }
                if value.is_null() {
                    code = Code::S_NULL_VALUE;
                }
            }
            Ok(code)
        })
    })
}

/// X_fixed_put; offsets: where each fixed field lies in X_fixed, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_fixed_put(
    h: *mut MCO_Hf,
    class_code: uint2,
    values: *const c_void,
    offsets: *const mco_size_t,
) -> MCO_RET {
    guard(|| {
        object::change(h, class_code, |connection, object| {
            not_null(values)?;
            let dictionary = connection.database().dictionary().clone();
            let fields = fixed_fields(&dictionary, class_code, offsets)?;
            let values = fields.map(|(place, number, kind)| {
                // SAFETY: generated code gives the offset of this field in the structure at `values`.
                unsafe { read_fixed(kind, values.byte_add(place)).map(|value| (number, value)) }
            });
            let values: Vec<_> = values.collect::<Result<_>>()?;
            connection.set_values(object, values)?;
            Ok(Code::S_OK)
        })
    })
}

fn scalar_field(connection: &Connection, class: u16, field: u16) -> Result<Scalar> {
    convert::scalar(kind(connection, class, field)?).ok_or_else(|| Code::E_ILLEGAL_TYPE.into())
}

fn text_field(connection: &Connection, class: u16, field: u16) -> Result<Text> {
    convert::text(kind(connection, class, field)?).ok_or_else(|| Code::E_ILLEGAL_TYPE.into())
}

fn kind(connection: &Connection, class: u16, field: u16) -> Result<FieldType> {
    let dictionary = connection.database().dictionary();
    let found = dictionary.class(class).and_then(|class| class.field(field));
    found.map_or_else(|| fail(Code::E_ILLEGAL_PARAM, format!("class {class} has no field {field}")), |field| Ok(field.kind))
}

fn not_null(value: *const c_void) -> Result<()> {
    if value.is_null() { fail(Code::E_ILLEGAL_PARAM, "the value is NULL") } else { Ok(()) }
}

/// Offset in `X_fixed`, number and type of each field that has a place there.
fn fixed_fields(
    dictionary: &Dictionary,
    class: u16,
    offsets: *const mco_size_t,
) -> Result<impl Iterator<Item = (usize, u16, FieldType)>> {
    let Some(class) = dictionary.class(class) else {
        return fail(Code::E_ILLEGAL_PARAM, format!("no class has the code {class}"));
    };
    not_null(offsets.cast())?;
    let fields = (0u16..).zip(&class.fields).filter(|(_, field)| convert::is_fixed(field.kind));
    // SAFETY: generated code gives one offset for each fixed field.
    Ok(fields.enumerate().map(move |(i, (number, field))| (unsafe { *offsets.add(i) }, number, field.kind)))
}

/// # Safety
/// `to` has room for the field.
unsafe fn write_fixed(kind: FieldType, value: &Value, to: *mut c_void) -> Result<()> {
    // SAFETY: as the caller promises.
    unsafe {
        match (convert::scalar(kind), convert::text(kind)) {
            (Some(scalar), _) => scalar.write(value, to).map(|_| ()),
            (None, Some(text)) => text.write(value, to, text.fixed_len()).map(|_| ()),
            (None, None) => fail(Code::E_CORE, "a field of no known type"),
        }
    }
}

/// # Safety
/// `from` holds the field.
unsafe fn read_fixed(kind: FieldType, from: *const c_void) -> Result<Value> {
    // SAFETY: as the caller promises.
    unsafe {
        match (convert::scalar(kind), convert::text(kind)) {
            (Some(scalar), _) => Ok(scalar.read(from)),
            (None, Some(text)) => Ok(text.read(from, text.fixed_len())?.0),
            (None, None) => fail(Code::E_CORE, "a field of no known type"),
        }
    }
}
