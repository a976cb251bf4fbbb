//! What `mcodyn.h` declares: dictionaries at run time, and access by number and value for other languages and tools.

mod bulk;
mod dictionary;
mod index;
mod object;
mod oid;
pub mod types;

pub use bulk::*;
pub use dictionary::*;
pub use index::*;
pub use object::*;
pub use oid::*;

use crate::base::{Code, Result, fail};
use crate::ffi::dynamic::Given;
use std::ffi::c_void;
use types::*;

/// A value that the program gives.
///
/// # Safety
/// Text and bytes point to as many bytes as they say.
unsafe fn given<'a>(value: &mco_dyn_value_t) -> Result<Given<'a>> {
    let mco_dyn_value_t { kind, v } = *value;
    // SAFETY: by the rule of the interface `kind` says which member is set; all bits are values of each of them.
    unsafe {
        Ok(match kind {
            MCO_DYN_NULL => Given::Null,
            MCO_DYN_SIGNED => Given::Int(v.i),
            MCO_DYN_UNSIGNED => Given::UInt(v.u),
            MCO_DYN_DOUBLE => Given::Real(v.d),
            MCO_DYN_TEXT => Given::Text(bytes(v.s.ptr, v.s.len)?),
            MCO_DYN_BYTES => Given::Bytes(bytes(v.s.ptr, v.s.len)?),
            MCO_DYN_WIDE => Given::Wide(bytes(v.s.ptr, v.s.len)?),
            _ => return fail(Code::E_ILLEGAL_PARAM, format!("no value has the kind {kind}")),
        })
    }
}

/// Bytes that the program gives.
///
/// # Safety
/// `ptr` is NULL or points to `len` bytes that live during the call.
unsafe fn bytes<'a>(ptr: *const c_void, len: usize) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() || isize::try_from(len).is_err() {
        return fail(Code::E_ILLEGAL_PARAM, "a text is NULL but its length is not 0");
    }
    // SAFETY: not NULL, and the caller promises `len` bytes.
    Ok(unsafe { std::slice::from_raw_parts(ptr.cast(), len) })
}
