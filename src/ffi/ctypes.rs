//! C types that the hand-written parts of the headers define (`headers/*.h`), as Rust sees them. Enums cross the boundary
//! as `c_int`, so that no value from outside is undefined behaviour; their enumerators are in `mco/enums.rs`.
//! cbindgen never reads this file: it takes the names as they stand in the functions.
#![allow(non_camel_case_types, missing_docs)]

use std::ffi::{c_int, c_void};

pub type uint1 = u8;
pub type uint2 = u16;
pub type uint4 = u32;
pub type uint8 = u64;
pub type int1 = i8;
pub type int2 = i16;
pub type int4 = i32;
pub type mco_int8 = i64;
pub type mco_bool = c_int;
pub type nchar_t = u16;
pub type mco_datetime = u64;
pub type mco_date = u32;
pub type mco_time = u32;
pub type mco_size_t = usize;
pub type mco_size_sig_t = isize;
pub type mco_offs_t = usize;
pub type mco_counter_t = usize;
pub type mco_hash_counter_t = usize;
pub type mco_size32_t = u32;
pub type mco_offs32_t = u32;
pub type mco_counter32_t = u32;
pub type mco_trans_counter_t = u64;
pub type autoid_t = u64;
pub type timer_unit = u64;

pub type MCO_RET = c_int;
pub type MCO_TRANS_TYPE = c_int;
pub type MCO_TRANS_PRIORITY = c_int;
pub type MCO_TRANS_ISOLATION_LEVEL = c_int;
pub type MCO_TRANS_SCHED_POLICY = c_int;
pub type MCO_COMMIT_POLICY = c_int;
pub type MCO_LOG_TYPE = c_int;
pub type MCO_OPCODE = c_int;
pub type MCO_CURSOR_TYPE = c_int;
pub type MCO_SOCK_DOMAIN = c_int;
pub type MCO_SOCK_TYPE = c_int;
pub type mco_iot_stop_reason_t = c_int;
pub type mco_iotx_policy_t = c_int;
pub type mco_iotx_reason_t = c_int;
pub type mco_iotx_gap_reason_t = c_int;

/// What an opaque handle points to; never read.
#[repr(C)]
pub struct Opaque {
    _nothing: [u8; 0],
}

pub type mco_db_h = *mut Opaque;
pub type mco_trans_h = *mut Opaque;
pub type mco_iot_comm_h = *mut Opaque;
pub type mco_iot_connection_h = *mut Opaque;
pub type mco_iot_replicator_h = *mut Opaque;
pub type mcorest_h = *mut c_void;
pub type mco_ddl_dictionary_t = Opaque;

/// `mco_dictionary_h`: the address of a description made by `mcocomp`.
pub type mco_dictionary_h = *const mco_dictionary_t_;

/// The description of a schema that generated code holds as constant data.
#[repr(C)]
pub struct mco_dictionary_t_ {
    pub magic: uint4,
    pub interface_no: uint4,
    pub n_lines: uint4,
    pub lines: *const *const std::ffi::c_char,
}

/// `mco_cursor_t`: memory of the application that holds a reference to a cursor of ours.
#[repr(C)]
pub struct mco_cursor_t_ {
    pub c: [mco_offs_t; 100],
}

pub type mco_cursor_t = mco_cursor_t_;
pub type mco_cursor_h = *mut mco_cursor_t_;

/// `MCO_Hf`: what every generated object handle wraps.
pub type MCO_Hf = [mco_offs_t; 16];

/// `mco_inetaddr_t`; in C the array is an anonymous union of three widths.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct mco_inetaddr_t {
    pub u4: [uint4; 4],
    pub scope_id: uint4,
}
