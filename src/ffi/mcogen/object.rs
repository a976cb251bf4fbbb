//! Objects of generated code: new, delete, cursors over a class, autoid.

use crate::ffi::ctypes::*;
use crate::ffi::pending;

/// X_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_new(t: mco_trans_h, class_code: uint2, h: *mut MCO_Hf) -> MCO_RET {
    let _ = (t, class_code, h);
    pending()
}

/// X_delete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_delete(h: *mut MCO_Hf, class_code: uint2) -> MCO_RET {
    let _ = (h, class_code);
    pending()
}

/// X_delete_all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_delete_all(t: mco_trans_h, class_code: uint2) -> MCO_RET {
    let _ = (t, class_code);
    pending()
}

/// X_checkpoint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_checkpoint(h: *mut MCO_Hf, class_code: uint2) -> MCO_RET {
    let _ = (h, class_code);
    pending()
}

/// X_from_cursor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_from_cursor(t: mco_trans_h, c: mco_cursor_h, class_code: uint2, h: *mut MCO_Hf) -> MCO_RET {
    let _ = (t, c, class_code, h);
    pending()
}

/// X_list_cursor; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_list_cursor(t: mco_trans_h, c: mco_cursor_h, class_code: uint2) -> MCO_RET {
    let _ = (t, c, class_code);
    pending()
}

/// X_pack: 0 pages, storage is packed by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_pack(h: *mut MCO_Hf, class_code: uint2, pages: *mut uint4) -> MCO_RET {
    let _ = (h, class_code, pages);
    pending()
}

/// X_autoid_get.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_autoid_get(h: *mut MCO_Hf, class_code: uint2, id: *mut autoid_t) -> MCO_RET {
    let _ = (h, class_code, id);
    pending()
}

/// X_autoid_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_autoid_find(t: mco_trans_h, class_code: uint2, id: autoid_t, h: *mut MCO_Hf) -> MCO_RET {
    let _ = (t, class_code, id, h);
    pending()
}

/// X_autoid_index_cursor; opens the cursor anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_gen_autoid_cursor(t: mco_trans_h, c: mco_cursor_h, class_code: uint2) -> MCO_RET {
    let _ = (t, c, class_code);
    pending()
}
