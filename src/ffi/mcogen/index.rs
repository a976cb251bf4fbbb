//! Indexes of generated code.

use super::types::mco_gen_key_t;
use crate::base::{Code, Result, Value, fail};
use crate::db::{Connection, SearchOp};
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::oid::Oid;
use crate::ffi::session::transaction;
use crate::ffi::{convert, cursor, object};
use crate::schema::FieldType;
use std::ffi::{c_int, c_void};

/// What `X_i_pattern_size` answers: the state is the cursor's, the memory only stands for it.
const STATE_SIZE: mco_size_t = size_of::<mco_size_t>();

/// X_i_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_find(t: mco_trans_h, index_no: uint2, keys: *const mco_gen_key_t, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        let object = transaction.run(|connection| connection.find(index_no, &values(connection, index_no, keys)?))?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// X_i_index_cursor; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_index_cursor(t: mco_trans_h, c: mco_cursor_h, index_no: uint2) -> MCO_RET {
    guard(|| cursor::open(t, c, |connection, id| connection.open_index(id, index_no)))
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
    guard(|| {
        cursor::open(t, c, |connection, id| {
            let values = values(connection, index_no, keys)?;
            let op = SearchOp::from_number(op).ok_or(Code::E_ILLEGAL_PARAM)?;
            connection.search(id, index_no, op, &values)
        })
    })
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
    guard(|| {
        let order = cursor::with(t, c, |connection, id| {
            let values = values(connection, index_no, keys)?;
            connection.cursor_compare(id, index_no, &values)
        })?;
        Ok(place(result, "result")?.set(order as c_int))
    })
}

/// X_i_locate; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_locate(t: mco_trans_h, c: mco_cursor_h, index_no: uint2, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let (_, owner, object) = object::locate(h, 0)?;
        if owner.session.handle() != transaction(t)?.session.handle() {
            return fail(Code::E_INVALID_HANDLE, "the object belongs to another connection");
        }
        cursor::open(t, c, |connection, id| connection.locate(id, index_no, object))
    })
}

/// X_i_create.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_index_create(t: mco_trans_h, index_no: uint2) -> MCO_RET {
    guard(|| transaction(t)?.write(|connection| connection.create_index(index_no)).map(|()| Code::S_OK))
}

/// X_i_drop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_index_drop(t: mco_trans_h, index_no: uint2) -> MCO_RET {
    guard(|| transaction(t)?.write(|connection| connection.drop_index(index_no)).map(|()| Code::S_OK))
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
    guard(|| {
        transaction(t)?.run(|connection| {
            connection.check_index(index_no)?;
            pattern_text(connection, index_no, pattern, len)
        })?;
        Ok(place(size, "size")?.set(STATE_SIZE))
    })
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
    guard(|| {
        if state.is_null() || size < STATE_SIZE {
            return fail(Code::E_ILLEGAL_PARAM, "the state is NULL or smaller than X_i_pattern_size says");
        }
        cursor::open(t, c, |connection, id| {
            let pattern = pattern_text(connection, index_no, pattern, len)?;
            connection.pattern_search(id, index_no, &pattern)
        })
    })
}

/// X_i_pattern_next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_pattern_next(t: mco_trans_h, c: mco_cursor_h, index_no: uint2, state: *mut c_void) -> MCO_RET {
    guard(|| {
        let _ = index_no;
        cursor::with(t, c, |connection, id| {
            // The state is the cursor's; the memory only has to be there.
            if state.is_null() {
                return fail(Code::E_ILLEGAL_PARAM, "the state is NULL");
            }
            connection.pattern_next(id)
        })?;
        Ok(Code::S_OK)
    })
}

/// Keys of an index from their C values.
fn values(connection: &Connection, index: u16, keys: *const mco_gen_key_t) -> Result<Vec<Value>> {
    if keys.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, "the keys are NULL");
    }
    let kinds = kinds(connection, index)?;
    let dictionary = connection.database().dictionary();
    let convert = |(place, kind): (usize, FieldType)| {
        // SAFETY: generated code gives one key for each field of the index.
        let mco_gen_key_t { ptr, len } = unsafe { *keys.add(place) };
        let size = match kind {
            FieldType::Ref(_) => Some(Oid::of(dictionary)?.size_in_c()),
            _ => convert::scalar(kind).map(convert::Scalar::size),
        };
        match convert::text(kind) {
            // SAFETY: not NULL and of the size of the C type.
            None if !ptr.is_null() && size == Some(len as usize) => unsafe { convert::read(dictionary, kind, ptr) },
            // SAFETY: generated code gives `len` elements, or NULL.
            Some(text) => unsafe { text.key(ptr, len as usize) },
            None => fail(Code::E_ILLEGAL_PARAM, format!("key {place} is NULL or of another size than its field")),
        }
    };
    kinds.into_iter().enumerate().map(convert).collect()
}

/// Types of the fields of an index.
fn kinds(connection: &Connection, index: u16) -> Result<Vec<FieldType>> {
    let dictionary = connection.database().dictionary();
    let found = dictionary.index(index).and_then(|index| {
        let class = dictionary.class(index.class)?;
        index.keys.iter().map(|key| class.field(key.field).map(|field| field.kind)).collect()
    });
    found.map_or_else(|| fail(Code::E_ILLEGAL_PARAM, format!("no index has the number {index}")), Ok)
}

/// A pattern for the first key of an index, encoded like its field.
fn pattern_text(connection: &Connection, index: u16, pattern: *const c_void, len: u16) -> Result<Vec<u8>> {
    let text = kinds(connection, index)?.first().and_then(|kind| convert::text(*kind));
    let Some(text) = text else { return fail(Code::E_ILLEGAL_PARAM, "the first key of the index is no text") };
    // SAFETY: by the rule of the interface the pattern is NULL or has `len` elements.
    match unsafe { text.key(pattern, len.into())? } {
        Value::Bytes(bytes) => Ok(bytes.into_vec()),
        _ => fail(Code::E_CORE, "a text key is bytes"),
    }
}
