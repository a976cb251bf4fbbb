//! Indexes and cursors, by number.

use super::given;
use super::types::*;
use crate::base::{Code, Result, Value, fail};
use crate::db::{Connection, CursorId, SearchOp};
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::session::transaction;
use crate::ffi::{cursor, dynamic, object};
use crate::schema::{Class, Dictionary, FieldType, Index};
use std::ffi::c_int;

const LIST: u16 = MCO_DYN_LIST as u16;
const AUTOID: u16 = MCO_DYN_AUTOID as u16;
const OID: u16 = MCO_DYN_OID as u16;

/// The object with these n keys in a unique index, or with this autoid or oid. MCO_S_NOTFOUND; MCO_E_UDA_INDEX_NOTFOUND: the class has no
/// such index; MCO_E_ILLEGAL_PARAM: it is not unique; MCO_E_UDA_WRONG_CLASS_CODE, MCO_E_UDA_WRONG_KEY_NUM; MCO_E_UDA_WRONG_KEY_TYPE:
/// the field takes no such kind (as mco_dyn_put); MCO_E_CONVERSION: its type cannot express this key.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_find(
    t: mco_trans_h,
    code: uint2,
    index: uint2,
    keys: *const mco_dyn_value_t,
    n: c_int,
    h: *mut MCO_Hf,
) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        let object = transaction.run(|connection| {
            let dictionary = connection.database().dictionary().clone();
            if index == AUTOID {
                with_autoid(&dictionary, code)?;
                return connection.find_autoid(code, autoid(&dictionary, keys, n)?);
            }
            if index == OID {
                with_oid(&dictionary, code)?;
                let oid = the_one(&dictionary, FieldType::Ref(0), keys, n, "an oid")?;
                return connection.find_oid(code, &oid);
            }
            if !index_of(&dictionary, code, index)?.unique {
                return fail(Code::E_ILLEGAL_PARAM, format!("index {index} is not unique; open a cursor and search"));
            }
            connection.find(index, &values(&dictionary, index, keys, n)?)
        })?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// Makes a voluntary index of the objects that have been checkpointed; nothing to do if it is there. It lasts until mco_dyn_index_drop, in a
/// file as long as that. MCO_S_DUPLICATE: it is unique and two objects have the same key, there is no index; MCO_E_UDA_INDEX_NOTFOUND,
/// MCO_E_UDA_WRONG_CLASS_CODE; MCO_E_ILLEGAL_PARAM: it is not voluntary; MCO_E_ACCESS, MCO_E_NOMEM, with a file
/// MCO_E_DISK_SPACE_EXHAUSTED.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_index_create(t: mco_trans_h, code: uint2, index: uint2) -> MCO_RET {
    guard(|| change(t, code, index, Connection::create_index))
}

/// Takes a voluntary index away; nothing to do if it is absent. Codes of mco_dyn_index_create. What uses an absent index gets
/// MCO_E_VOLUNTARY_NOT_EXIST.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_index_drop(t: mco_trans_h, code: uint2, index: uint2) -> MCO_RET {
    guard(|| change(t, code, index, Connection::drop_index))
}

/// Opens a cursor anew over an index, MCO_DYN_LIST, MCO_DYN_AUTOID or MCO_DYN_OID, at its first object. MCO_S_CURSOR_EMPTY: there is none,
/// the cursor is open. MCO_E_UDA_INDEX_NOTFOUND, MCO_E_UDA_WRONG_CLASS_CODE. The mco_cursor_ functions move and close it.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_cursor(t: mco_trans_h, code: uint2, index: uint2, c: mco_cursor_h) -> MCO_RET {
    guard(|| {
        cursor::open(t, c, |connection, id| {
            let dictionary = connection.database().dictionary().clone();
            match index {
                LIST => {
                    dynamic::class(&dictionary, code)?;
                    connection.open_list(id, code)
                }
                AUTOID => {
                    with_autoid(&dictionary, code)?;
                    connection.open_autoid(id, code)
                }
                OID => {
                    with_oid(&dictionary, code)?;
                    connection.open_oid(id, code)
                }
                index => {
                    index_of(&dictionary, code, index)?;
                    connection.open_index(id, index)
                }
            }
        })
    })
}

/// Puts a cursor of mco_dyn_cursor at the object that op and the n keys name: MCO_LT, MCO_LE the last one below or not above, MCO_EQ the
/// first equal, MCO_GE, MCO_GT the first not below or above. A hash knows MCO_EQ only, and then runs through the equal objects.
/// MCO_S_NOTFOUND; MCO_E_ILLEGAL_PARAM: op; MCO_E_CURSOR_MISMATCH: over a list, autoid or oid; the codes of keys as mco_dyn_find.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_search(
    t: mco_trans_h,
    c: mco_cursor_h,
    op: MCO_OPCODE,
    keys: *const mco_dyn_value_t,
    n: c_int,
) -> MCO_RET {
    guard(|| {
        cursor::with(t, c, |connection, id| {
            let (index, keys) = searched(connection, id, keys, n)?;
            let Some(op) = SearchOp::from_number(op) else {
                return fail(Code::E_ILLEGAL_PARAM, format!("{op} is no operation of a search"));
            };
            connection.search(id, index, op, &keys)?;
            Ok(Code::S_OK)
        })
    })
}

/// Compares the object at a cursor with the n keys, in the order of the index: result is below 0 when the object is before them, 0 when
/// equal, above 0 when behind. A hash: 0 or 1. MCO_E_CURSOR_MISMATCH: over a list, autoid or oid; MCO_E_CURSOR_INVALID: at no object; the
/// codes of keys as mco_dyn_find.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_compare(
    t: mco_trans_h,
    c: mco_cursor_h,
    keys: *const mco_dyn_value_t,
    n: c_int,
    result: *mut c_int,
) -> MCO_RET {
    guard(|| {
        let order = cursor::with(t, c, |connection, id| {
            let (index, keys) = searched(connection, id, keys, n)?;
            connection.cursor_compare(id, index, &keys)
        })?;
        Ok(place(result, "result")?.set(order as c_int))
    })
}

/// The object at a cursor. MCO_E_CURSOR_INVALID: there is none, or it has been deleted.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_from_cursor(t: mco_trans_h, c: mco_cursor_h, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        transaction(t)?;
        place(h, "the object")?;
        let object = cursor::with(t, c, |connection, id| {
            let (_, class) = connection.cursor_kind(id)?;
            connection.cursor_object(id, class)
        })?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// Refuses a class without autoid.
pub(super) fn with_autoid(dictionary: &Dictionary, code: u16) -> Result<()> {
    match dynamic::class(dictionary, code)? {
        Class { autoid: true, .. } => Ok(()),
        class => fail(Code::E_UDA_INDEX_NOTFOUND, format!("class '{}' has no autoid", class.name)),
    }
}

/// Refuses a class without oid.
pub(super) fn with_oid(dictionary: &Dictionary, code: u16) -> Result<()> {
    let class = dynamic::class(dictionary, code)?;
    let text = || format!("class '{}' has no oid", class.name);
    class.oid().map_or_else(|| fail(Code::E_UDA_INDEX_NOTFOUND, text()), |_| Ok(()))
}

/// A tree or hash of a class.
fn index_of(dictionary: &Dictionary, code: u16, number: u16) -> Result<&Index> {
    let class = dynamic::class(dictionary, code)?;
    match dictionary.index(number) {
        Some(index) if index.class == code => Ok(index),
        _ => fail(Code::E_UDA_INDEX_NOTFOUND, format!("class '{}' has no index {number}", class.name)),
    }
}

/// Index of an open cursor, and keys for it.
fn searched(connection: &Connection, id: CursorId, keys: *const mco_dyn_value_t, n: c_int) -> Result<(u16, Vec<Value>)> {
    match connection.cursor_index(id)? {
        Some(index) => Ok((index, values(connection.database().dictionary(), index, keys, n)?)),
        None => fail(Code::E_CURSOR_MISMATCH, "a list or an autoid has no keys; open the cursor over a tree or a hash"),
    }
}

/// Keys of an index.
fn values(dictionary: &Dictionary, number: u16, keys: *const mco_dyn_value_t, n: c_int) -> Result<Vec<Value>> {
    let Some((index, class)) = dictionary.index(number).and_then(|index| Some((index, dictionary.class(index.class)?))) else {
        return fail(Code::E_UDA_INDEX_NOTFOUND, format!("no index has the number {number}"));
    };
    if usize::try_from(n) != Ok(index.keys.len()) {
        let text = format!("index '{}' has {} keys, {n} were given", index.name, index.keys.len());
        return fail(Code::E_UDA_WRONG_KEY_NUM, text);
    }
    let fields = index.keys.iter().map(|key| dynamic::field(class, key.field));
    fields.enumerate().map(|(at, field)| key(dictionary, field?.kind, keys, at)).collect()
}

/// One key as the content of a field of this type.
pub(super) fn key(dictionary: &Dictionary, kind: FieldType, keys: *const mco_dyn_value_t, at: usize) -> Result<Value> {
    if keys.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, "the keys are NULL");
    }
    // SAFETY: not NULL, and by the rule of the interface there are as many keys as the caller has counted.
    let given = unsafe { given(&*keys.add(at))? };
    given.value(dictionary, kind).map_err(|mut error| {
        if error.code == Code::E_UDA_WRONG_VALUE_TYPE {
            error.code = Code::E_UDA_WRONG_KEY_TYPE;
        }
        error
    })
}

/// The one key of an autoid.
fn autoid(dictionary: &Dictionary, keys: *const mco_dyn_value_t, n: c_int) -> Result<u64> {
    match the_one(dictionary, FieldType::AutoId(None), keys, n, "an autoid")? {
        Value::UInt(autoid) => Ok(autoid),
        _ => fail(Code::E_CORE, "an autoid is unsigned"),
    }
}

/// A key that stands alone.
fn the_one(dictionary: &Dictionary, kind: FieldType, keys: *const mco_dyn_value_t, n: c_int, what: &str) -> Result<Value> {
    if n != 1 {
        return fail(Code::E_UDA_WRONG_KEY_NUM, format!("{what} is one key, {n} were given"));
    }
    key(dictionary, kind, keys, 0)
}

fn change(t: mco_trans_h, code: u16, index: u16, act: impl FnOnce(&mut Connection, u16) -> Result<()>) -> Result<Code> {
    transaction(t)?.write(|connection| {
        index_of(connection.database().dictionary(), code, index)?;
        act(connection, index)
    })?;
    Ok(Code::S_OK)
}
