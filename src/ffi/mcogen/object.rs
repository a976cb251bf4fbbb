//! Objects of generated code: new, delete, cursors over a class, autoid.

use crate::base::{Code, Result};
use crate::ffi::boundary::{guard, place};
use crate::ffi::ctypes::*;
use crate::ffi::session::transaction;
use crate::ffi::{cursor, object};

/// X_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_new(t: mco_trans_h, class_code: uint2, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        let object = transaction.write(|connection| connection.new_object(class_code))?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// X_delete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_delete(h: *mut MCO_Hf, class_code: uint2) -> MCO_RET {
    guard(|| object::change(h, class_code, |connection, object| done(connection.delete(object))))
}

/// X_delete_all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_delete_all(t: mco_trans_h, class_code: uint2) -> MCO_RET {
    guard(|| transaction(t)?.write(|connection| done(connection.delete_all(class_code))))
}

/// X_checkpoint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_checkpoint(h: *mut MCO_Hf, class_code: uint2) -> MCO_RET {
    guard(|| object::change(h, class_code, |connection, object| done(connection.checkpoint_object(object))))
}

/// X_from_cursor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_from_cursor(t: mco_trans_h, c: mco_cursor_h, class_code: uint2, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        transaction(t)?;
        place(h, "the object")?;
        let object = cursor::with(t, c, |connection, id| connection.cursor_object(id, class_code))?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// X_list_cursor; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_list_cursor(t: mco_trans_h, c: mco_cursor_h, class_code: uint2) -> MCO_RET {
    guard(|| cursor::open(t, c, |connection, id| connection.open_list(id, class_code)))
}

/// X_pack: 0 pages, storage is packed by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_pack(h: *mut MCO_Hf, class_code: uint2, pages: *mut uint4) -> MCO_RET {
    guard(|| {
        object::locate(h, class_code)?;
        Ok(place(pages, "pages_released")?.set(0))
    })
}

/// X_autoid_get.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_autoid_get(h: *mut MCO_Hf, class_code: uint2, id: *mut autoid_t) -> MCO_RET {
    guard(|| {
        let autoid = object::read(h, class_code, |connection, object| connection.autoid(object))?;
        Ok(place(id, "id")?.set(autoid))
    })
}

/// X_autoid_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_autoid_find(t: mco_trans_h, class_code: uint2, id: autoid_t, h: *mut MCO_Hf) -> MCO_RET {
    guard(|| {
        let transaction = transaction(t)?;
        place(h, "the object")?;
        let object = transaction.run(|connection| connection.find_autoid(class_code, id))?;
        object::write(h, t, object);
        Ok(Code::S_OK)
    })
}

/// X_autoid_index_cursor; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_autoid_cursor(t: mco_trans_h, c: mco_cursor_h, class_code: uint2) -> MCO_RET {
    guard(|| cursor::open(t, c, |connection, id| connection.open_autoid(id, class_code)))
}

fn done(result: Result<()>) -> Result<Code> {
    result.map(|()| Code::S_OK)
}
