//! Constants and structures of `mcogen.h`.
#![allow(non_camel_case_types)]

use crate::ffi::ctypes::*;
use std::ffi::{c_int, c_void};

/// Added to the position of a struct in the schema: what generated code gives as owner where it is no code of a class.
pub const MCO_GEN_STRUCT: uint4 = 0x10000;

/// One part of a key: a scalar by the address of its C value and its size, a text by its address and its length (in
/// characters for the nchar kinds).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_gen_key_t {
    /// The C value, or the first element.
    pub ptr: *const c_void,
    /// Size of the value, or number of elements.
    pub len: uint4,
}

/// Any function.
pub type mco_gen_function_t = Option<unsafe extern "C" fn()>;

/// Calls a handler of an event by its real type. object: NULL for delete_all. event_type: MCO_EVENT_TYPE.
pub type mco_gen_call_t = Option<
    unsafe extern "C" fn(
        t: mco_trans_h,
        object: *mut MCO_Hf,
        event_type: c_int,
        handler: mco_gen_function_t,
        param: *mut c_void,
    ) -> MCO_RET,
>;
