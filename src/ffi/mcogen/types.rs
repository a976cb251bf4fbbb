//! Constants and structures of `mcogen.h`.
#![allow(non_camel_case_types)]

use crate::ffi::ctypes::*;
use std::ffi::c_void;

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
