//! Objects and their fields, by number.

use super::given;
use super::types::*;
use crate::base::{Code, Result, Value, ValueKind, fail};
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::dynamic;
use crate::ffi::object;
use crate::ffi::session::transaction;
use crate::schema::FieldType;
use std::borrow::Cow;
use std::ffi::{c_int, c_void};

/// A new object with defaults. oid: MCO_DYN_BYTES for a class with oid, else NULL. MCO_S_DUPLICATE: an object of some class has this oid,
/// there is no new one; MCO_E_UDA_WRONG_CLASS_CODE; MCO_E_ILLEGAL_PARAM: an oid is missing, or the class has none; the codes of an oid as
/// mco_dyn_find; MCO_E_ACCESS: the transaction is read-only, or a downtable anywhere but on the server.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_new(t: mco_trans_h, code: uint2, oid: *const mco_dyn_value_t, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        // SAFETY: by the rule of the interface the oid is NULL or a value.
        let oid = unsafe { oid.as_ref() }.map(|oid| transaction.run(|connection| super::oid::of_class(connection, code, oid)));
        let oid = oid.transpose()?;
        let object = transaction.write(|connection| {
            dynamic::class(connection.database().dictionary(), code)?;
            match oid {
                None => connection.new_object(code),
                Some(oid) => connection.new_with_oid(code, oid),
            }
        })?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// Deletes an object; it leaves all indexes at once. MCO_E_DELETED, MCO_E_INVALID_HANDLE, MCO_E_ACCESS.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_delete(h: *mut MCO_Hf) -> MCO_RET {
    guard(|| done(object::change(h, 0, |connection, object| connection.delete(object))))
}

/// Deletes all objects of a class. MCO_E_UDA_WRONG_CLASS_CODE, MCO_E_ACCESS.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_delete_all(t: mco_trans_h, code: uint2) -> MCO_RET {
    guard(|| {
        done(transaction(t)?.write(|connection| {
            dynamic::class(connection.database().dictionary(), code)?;
            connection.delete_all(code)
        }))
    })
}

/// Puts the keys of an object into the indexes. MCO_S_DUPLICATE: a unique key of another object, nothing has changed.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_checkpoint(h: *mut MCO_Hf) -> MCO_RET {
    guard(|| done(object::change(h, 0, |connection, object| connection.checkpoint_object(object))))
}

/// Content of a field. element: 0; of an array or vector the element. The kind is that of the field, see MCO_DYN_SIGNED and following,
/// or MCO_DYN_NULL; a text lies in the library, valid until the next call of this function on the transaction, at most until its end.
/// MCO_E_UDA_FIELD_NOTFOUND, MCO_E_INDEXLIMIT (element), MCO_E_DELETED, MCO_E_INVALID_HANDLE; MCO_E_EMPTYVECTOREL: an element that
/// was never written, where it is no number.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_get(h: *mut MCO_Hf, field: uint2, element: uint4, value: *mut mco_dyn_value_t) -> MCO_RET {
    guard(|| {
        let (_, transaction, _) = object::locate_place(h, 0)?;
        get(h, field, element, value, |text| (Code::S_OK, transaction.show(text.into_owned()).cast()))
    })
}

/// As mco_dyn_get, but a text is copied to buf, which has room for size bytes: it does not matter what is called meanwhile, on the same
/// transaction too. field: also MCO_DYN_OID. MCO_S_OVERFLOW: it is longer, nothing was copied; v.s.ptr is NULL, v.s.len its length.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_copy(
    h: *mut MCO_Hf,
    field: uint2,
    element: uint4,
    value: *mut mco_dyn_value_t,
    buf: *mut c_void,
    size: mco_size_t,
) -> MCO_RET {
    guard(|| {
        if size > 0 {
            place(buf, "buf")?;
        }
        get(h, field, element, value, |text| {
            if text.len() > size {
                return (Code::S_OVERFLOW, std::ptr::null());
            }
            // SAFETY: by the rule of the interface `buf` has room for `size` bytes, or is NULL with no byte to copy.
            unsafe { text.as_ptr().copy_to_nonoverlapping(buf.cast(), text.len()) }
            (Code::S_OK, buf)
        })
    })
}

/// Changes a field or an element, see mco_dyn_get. Numbers: any integer for integers, bool (0 is false), dates, numeric (scaled) and enum, whose
/// constants may also be named by MCO_DYN_TEXT; integers and MCO_DYN_DOUBLE for float and double. MCO_DYN_TEXT and MCO_DYN_BYTES
/// are the same for char, string, the binaries and blob. Texts are copied, never cut. MCO_DYN_NULL makes a nullable field NULL,
/// and erases a blob, an optional struct, and an element that is no number.
/// MCO_E_UDA_WRONG_VALUE_TYPE: the field takes no such kind; MCO_E_CONVERSION: the value does not fit; codes of mco_dyn_get;
/// MCO_E_ACCESS. Every MCO_E_ code puts the transaction into the error state.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_put(h: *mut MCO_Hf, field: uint2, element: uint4, value: *const mco_dyn_value_t) -> MCO_RET {
    guard(|| {
        done(object::change_place(h, 0, |connection, of| {
            // SAFETY: by the rule of the interface `value` is NULL or a value.
            let Some(value) = (unsafe { value.as_ref() }) else {
                return fail(Code::E_ILLEGAL_PARAM, "the value is NULL");
            };
            // SAFETY: by the rule of the interface a text has the length it says.
            dynamic::put(connection, of, field, element, unsafe { given(value)? })
        }))
    })
}

/// Elements of an array or vector; bytes of a text, 0 for NULL; MCO_E_UDA_SCALAR for other fields, codes of mco_dyn_get.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_size(h: *mut MCO_Hf, field: uint2, size: *mut uint4) -> MCO_RET {
    guard(|| {
        let len = object::read_place(h, 0, |connection, of| {
            let kind = dynamic::field_of(connection, of, field)?.kind;
            if kind.is_list() {
                return connection.list_len(of.spot(field)).map(uint4::from);
            }
            match &*of.get(connection, field)? {
                Value::Null(_) if kind.value_kind() == ValueKind::Bytes => Ok(0),
                Value::Bytes(_) if let FieldType::Ref(bytes) = kind => Ok(bytes.into()),
                Value::Bytes(bytes) => Ok(uint4::try_from(bytes.len()).unwrap_or(uint4::MAX)),
                _ => fail(Code::E_UDA_SCALAR, format!("field {field} is no text")),
            }
        })?;
        Ok(place(size, "size")?.set(len))
    })
}

/// Gives a vector so many new elements; what was in it goes. MCO_E_UDA_NOT_DYNAMIC: the field is an array; MCO_E_UDA_SCALAR: another
/// field; MCO_E_INDEXLIMIT: more than 65535; codes of mco_dyn_put.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_alloc(h: *mut MCO_Hf, field: uint2, elements: uint4) -> MCO_RET {
    guard(|| {
        done(object::change_place(h, 0, |connection, of| {
            match dynamic::field_of(connection, of, field)?.kind {
                FieldType::Vector => {}
                FieldType::Array(_) => return fail(Code::E_UDA_NOT_DYNAMIC, format!("field {field} is an array")),
                _ => return fail(Code::E_UDA_SCALAR, format!("field {field} is no vector")),
            }
            match uint2::try_from(elements) {
                Ok(elements) => of.alloc(connection, field, elements),
                Err(_) => fail(Code::E_INDEXLIMIT, format!("a vector has at most {} elements, not {elements}", uint2::MAX)),
            }
        }))
    })
}

/// The struct in a field or element, see mco_dyn_get, for reading (write 0) or for writing: then one that is absent is made, with its
/// defaults. The functions of fields take its handle like that of an object, with the numbers of the struct.
/// MCO_E_EMPTYOPTIONAL, MCO_E_EMPTYVECTOREL: absent, and not to be written; MCO_E_UDA_WRONG_VALUE_TYPE: no struct; codes of mco_dyn_get;
/// MCO_E_ACCESS: to be written in a read-only transaction or in a struct for reading.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_struct(
    h: *mut MCO_Hf,
    field: uint2,
    element: uint4,
    write: c_int,
    inner: *mut MCO_Hf,
) -> MCO_RET {
    guard(|| object::enter(h, 0, field, element, write != 0, inner))
}

/// Takes an optional struct, the content of a blob or that of an element away: a number then is 0. MCO_E_ILLEGAL_PARAM: the field is
/// none of these; codes of mco_dyn_put.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_erase(h: *mut MCO_Hf, field: uint2, element: uint4) -> MCO_RET {
    guard(|| {
        done(object::change_place(h, 0, |connection, of| {
            dynamic::field_of(connection, of, field)?;
            of.erase(connection, field, element)
        }))
    })
}

/// Autoid of an object. MCO_E_UDA_INDEX_NOTFOUND: its class has none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_autoid(h: *mut MCO_Hf, id: *mut uint8) -> MCO_RET {
    guard(|| {
        let id_of_object = object::read(h, 0, |connection, object| {
            super::index::with_autoid(connection.database().dictionary(), object.class)?;
            connection.autoid(object)
        })?;
        Ok(place(id, "id")?.set(id_of_object))
    })
}

/// Reads a field, or the oid; `text` says where the program finds the bytes of one.
pub(super) fn get(
    h: *const MCO_Hf,
    field: u16,
    element: u32,
    value: *mut mco_dyn_value_t,
    text: impl FnOnce(Cow<'_, [u8]>) -> (Code, *const c_void),
) -> Result<Code> {
    let place = place(value, "value")?;
    let (code, value) = object::read_place(h, 0, |connection, of| {
        let dictionary = connection.database().dictionary().clone();
        let (kind, found) = match c_int::from(field) {
            MCO_DYN_OID => (FieldType::Ref(0), Cow::Owned(super::oid::of_object(connection, of)?)),
            _ => dynamic::get(connection, of, field, element)?,
        };
        let (mut code, mut s) = (Code::S_OK, mco_dyn_bytes_t { ptr: std::ptr::null(), len: 0 });
        if let Value::Bytes(_) = &*found {
            let bytes = dynamic::shown(&dictionary, kind, &found)?;
            s.len = bytes.len();
            (code, s.ptr) = text(bytes);
        }
        let (kind, v) = match &*found {
            Value::Null(_) => (MCO_DYN_NULL, mco_dyn_content_t { s }),
            Value::Int(i) => (MCO_DYN_SIGNED, mco_dyn_content_t { i: *i }),
            Value::UInt(u) => (MCO_DYN_UNSIGNED, mco_dyn_content_t { u: *u }),
            Value::Real(d) => (MCO_DYN_DOUBLE, mco_dyn_content_t { d: *d }),
            Value::Bytes(_) => (text_kind(kind), mco_dyn_content_t { s }),
        };
        Ok((code, mco_dyn_value_t { kind, v }))
    })?;
    place.set(value);
    Ok(code)
}

/// Kind of a text field.
pub(super) fn text_kind(kind: FieldType) -> c_int {
    match kind {
        FieldType::Char(_) | FieldType::String => MCO_DYN_TEXT,
        FieldType::NChar(_) | FieldType::NString => MCO_DYN_WIDE,
        _ => MCO_DYN_BYTES,
    }
}

fn done(result: Result<()>) -> Result<Code> {
    result.map(|()| Code::S_OK)
}
