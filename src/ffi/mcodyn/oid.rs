//! Oids, as values of MCO_DYN_BYTES.

use super::index::{key, with_oid};
use super::object::get;
use super::types::*;
use crate::base::{Code, Result, Value, fail};
use crate::db::Connection;
use crate::ffi::boundary::guard;
use crate::ffi::ctypes::*;
use crate::ffi::place::Place;
use crate::ffi::session::transaction;
use crate::ffi::{dynamic, object};
use crate::schema::FieldType;

/// Oid of an object: MCO_DYN_BYTES in the library, valid as long as a text of mco_dyn_get. MCO_E_UDA_INDEX_NOTFOUND: its class has none.
/// Thread: the connection's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_dyn_oid(h: *mut MCO_Hf, oid: *mut mco_dyn_value_t) -> MCO_RET {
    guard(|| {
        let (_, transaction, _) = object::locate_place(h, 0)?;
        get(h, MCO_DYN_OID as u16, 0, oid, |bytes| (Code::S_OK, transaction.show(bytes.into_owned()).cast()))
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

/// The oid of an object.
pub(super) fn of_object(connection: &mut Connection, of: Place) -> Result<Value> {
    if of.inside.is_some() {
        return fail(Code::E_INVALID_HANDLE, "the handle names a struct in an object, not the object");
    }
    with_oid(connection.database().dictionary(), of.object.class)?;
    connection.oid(of.object)
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
