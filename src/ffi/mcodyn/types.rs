//! Constants and structures of `mcodyn.h`.
#![allow(non_camel_case_types)]

use crate::ffi::ctypes::*;
use std::ffi::{c_int, c_void};

/// mco_dyn_compile: classes are persistent unless they say otherwise.
pub const MCO_DYN_PERSISTENT: c_int = 1;
/// mco_dyn_compile: no warnings.
pub const MCO_DYN_NO_WARNINGS: c_int = 2;
/// mco_dyn_compile: warnings are errors.
pub const MCO_DYN_STRICT: c_int = 4;
/// mco_dyn_compile: include_dir is a list of names, each with its NUL, and another NUL behind the last; ':' separates nothing.
pub const MCO_DYN_INCLUDE_LIST: c_int = 8;
/// As index: all objects of a class, in order of creation. The class needs no 'list'.
pub const MCO_DYN_LIST: c_int = 0xFFFF;
/// As index, and as field of a column that is read: the autoid of a class.
pub const MCO_DYN_AUTOID: c_int = 0xFFFE;
/// As index, and as field of a column or of mco_dyn_copy: the oids of a class, in the order of their bytes with every number big endian.
pub const MCO_DYN_OID: c_int = 0xFFFD;
/// Kind of a value: NULL, in nullable fields; a blob that was never written, or was erased.
pub const MCO_DYN_NULL: c_int = 0;
/// Kind of a value: v.i; signed, enum, numeric (the scaled integer).
pub const MCO_DYN_SIGNED: c_int = 1;
/// Kind of a value: v.u; unsigned, bool (0 or 1), date, time, datetime, autoid_t.
pub const MCO_DYN_UNSIGNED: c_int = 2;
/// Kind of a value: v.d; float, double.
pub const MCO_DYN_DOUBLE: c_int = 3;
/// Kind of a value: v.s; char, string. Bytes as they are, without the padding of char.
pub const MCO_DYN_TEXT: c_int = 4;
/// Kind of a value: v.s; binary, varbinary, blob; ref and oid: the members one after another as in C, but without padding.
pub const MCO_DYN_BYTES: c_int = 5;
/// Kind of a value: v.s; nchar, nstring. Characters as nchar_t, their length in bytes.
pub const MCO_DYN_WIDE: c_int = 6;
/// Kind of a column: an array or vector. data is one mco_dyn_elements_t.
pub const MCO_DYN_ELEMENTS: c_int = 7;
/// Kind of a column: a struct. data are size columns (mco_dyn_column_t) of its members, with the numbers that these have in the struct.
pub const MCO_DYN_STRUCT: c_int = 8;

/// Bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_dyn_bytes_t {
    /// First byte; may be NULL when len is 0. No NUL behind.
    pub ptr: *const c_void,
    /// Bytes.
    pub len: mco_size_t,
}

/// Content of a value, by its kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mco_dyn_content_t {
    /// MCO_DYN_SIGNED
    pub i: mco_int8,
    /// MCO_DYN_UNSIGNED
    pub u: uint8,
    /// MCO_DYN_DOUBLE
    pub d: f64,
    /// MCO_DYN_TEXT, MCO_DYN_BYTES, MCO_DYN_WIDE
    pub s: mco_dyn_bytes_t,
}

/// One value of a field or a key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_dyn_value_t {
    /// MCO_DYN_NULL .. MCO_DYN_WIDE
    pub kind: c_int,
    /// What is in it.
    pub v: mco_dyn_content_t,
}

/// One column of many rows, in memory of the program. It is used during the call only.
/// Numbers: kind SIGNED or UNSIGNED with size 1, 2, 4, 8, DOUBLE with size 4, 8, in the byte order of the machine, need not
/// be aligned. Texts (TEXT, BYTES, WIDE) lie in places of size bytes each, or, with stride 0 and lengths, one behind the
/// other without a gap; size is then that of all the memory at data.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_dyn_column_t {
    /// Number of the field; or MCO_DYN_OID; in mco_dyn_read_many also MCO_DYN_AUTOID.
    pub field: uint2,
    /// MCO_DYN_SIGNED .. MCO_DYN_STRUCT
    pub kind: c_int,
    /// Bytes of one number or of the place of one text; columns of a struct.
    pub size: mco_size_t,
    /// Bytes from one row to the next, may be negative; 0 when inserting: all rows get the first value. Not looked at for ELEMENTS and STRUCT.
    pub stride: mco_size_sig_t,
    /// The first row. Read by insert, written by read.
    pub data: *mut c_void,
    /// Texts: bytes of each row, one after the other. NULL: zeros at the end of a place do not count.
    pub lengths: *mut uint4,
    /// For each row 1 if it has a value, 0 if it is NULL; data is then not looked at, or written as 0 or empty. NULL: all have values.
    /// Of structs, elements that are no numbers, and lists in a struct: 0 where there is none; what would be in it takes no place among
    /// texts without gaps and elements.
    pub indicators: *mut uint1,
}

/// The elements of all rows of an array or vector, one behind the other: a column in which each of them is a row.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mco_dyn_elements_t {
    /// For each row the number of its elements, at most 65535. Read by insert, written by read. NULL: an array, which has as many as it has.
    pub counts: *mut uint4,
    /// Elements in memory: so many are there; for so many there is room, when reading.
    pub room: uint4,
    /// The elements. field is not looked at.
    pub column: mco_dyn_column_t,
}
