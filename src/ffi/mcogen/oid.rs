//! Oids of generated code; each by the address of the C struct.

use crate::base::{Code, Result, Value, fail};
use crate::db::Connection;
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::object;
use crate::ffi::oid::Oid;
use crate::ffi::session::transaction;
use std::ffi::c_void;

/// X_new of a class with oid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_new_with_oid(t: mco_trans_h, class_code: uint2, oid: *const c_void, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        let object = transaction.write(|connection| connection.new_with_oid(class_code, given(connection, oid)?))?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// X_oid_get.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_oid_get(h: *mut MCO_Hf, class_code: uint2, oid: *mut c_void) -> MCO_RET {
    guard(|| {
        object::read(h, class_code, |connection, object| {
            not_null(oid)?;
            let form = Oid::of(connection.database().dictionary())?;
            let value = connection.oid(object)?;
            // SAFETY: not NULL, and generated code gives room for the C struct of oids.
            Ok(unsafe { form.write(&value, oid) })
        })
    })
}

/// X_oid_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_oid_find(t: mco_trans_h, class_code: uint2, oid: *const c_void, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        let object = transaction.run(|connection| connection.find_oid(class_code, &given(connection, oid)?))?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// db_delete_object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_oid_delete(t: mco_trans_h, oid: *const c_void) -> MCO_RET {
    guard(|| {
        transaction(t)?.write(|connection| {
            let object = connection.find_in_all(&given(connection, oid)?)?;
            connection.delete(object)
        })?;
        Ok(Code::S_OK)
    })
}

/// db_get_class_code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_oid_class(t: mco_trans_h, oid: *const c_void, class_code: *mut uint2) -> MCO_RET {
    guard(|| {
        let found = transaction(t)?.run(|connection| connection.find_in_all(&given(connection, oid)?))?;
        Ok(place(class_code, "classcode")?.set(found.class))
    })
}

fn given(connection: &Connection, oid: *const c_void) -> Result<Value> {
    not_null(oid)?;
    let form = Oid::of(connection.database().dictionary())?;
    // SAFETY: not NULL, and generated code gives the C struct of oids.
    Ok(unsafe { form.read(oid) })
}

fn not_null(oid: *const c_void) -> Result<()> {
    if oid.is_null() { fail(Code::E_ILLEGAL_PARAM, "the oid is NULL") } else { Ok(()) }
}
