//! Oids, as values of MCO_DYN_BYTES.

use super::index::{key, with_oid};
use super::types::*;
use crate::base::{Code, Result, Value, fail};
use crate::db::Connection;
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::session::transaction;
use crate::ffi::{dynamic, object};
use crate::schema::FieldType;

/// Oid of an object: MCO_DYN_BYTES in the library, valid as long as a text of mco_dyn_get. MCO_E_UDA_INDEX_NOTFOUND: its class has none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_oid(h: *mut MCO_Hf, oid: *mut mco_dyn_value_t) -> MCO_RET {
    guard(|| {
        let (_, transaction, _) = object::locate(h, 0)?;
        let place = place(oid, "oid")?;
        let bytes = object::read(h, 0, |connection, object| {
            let dictionary = connection.database().dictionary().clone();
            with_oid(&dictionary, object.class)?;
            Ok(dynamic::shown(&dictionary, FieldType::Ref(0), &connection.oid(object)?)?.into_owned())
        })?;
        let len = bytes.len();
        let s = mco_dyn_bytes_t { ptr: transaction.show(bytes).cast(), len };
        Ok(place.set(mco_dyn_value_t { kind: MCO_DYN_BYTES, v: mco_dyn_content_t { s } }))
    })
}

/// Deletes the object of any class that has this oid. MCO_S_NOTFOUND; MCO_E_ILLEGAL_PARAM: the schema has no oid; the codes of an oid as
/// mco_dyn_find; MCO_E_ACCESS.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_oid_delete(t: mco_trans_h, oid: *const mco_dyn_value_t) -> MCO_RET {
    guard(|| {
        transaction(t)?.write(|connection| {
            let object = connection.find_in_all(&given(connection, oid)?)?;
            connection.delete(object)
        })?;
        Ok(Code::S_OK)
    })
}

/// An oid that the program gives for an object of a class.
pub(super) fn of_class(connection: &Connection, code: u16, oid: &mco_dyn_value_t) -> Result<Value> {
    let class = dynamic::class(connection.database().dictionary(), code)?;
    if class.oid().is_none() {
        return fail(Code::E_ILLEGAL_PARAM, format!("class '{}' has no oid", class.name));
    }
    given(connection, oid)
}

/// An oid that the program gives.
fn given(connection: &Connection, oid: *const mco_dyn_value_t) -> Result<Value> {
    if oid.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, "the oid is NULL");
    }
    key(connection.database().dictionary(), FieldType::Ref(0), oid, 0)
}
