//! What `mcossl.h` declares. TLS is not built in: parameters can be prepared, sockets with them give MCO_E_NW_NOTSUPP.
#![allow(non_camel_case_types, missing_docs)]

use super::boundary::{guard, set_if};
use super::ctypes::*;
use crate::base::{Code, fail};
use std::ffi::{c_char, c_int, c_long, c_uint, c_ulong};
use std::ptr;

pub const MCO_SSL_OPT_NO_SSLV2: c_ulong = 0x01;
pub const MCO_SSL_OPT_NO_SSLV3: c_ulong = 0x02;
pub const MCO_SSL_OPT_NO_TLSV1_0: c_ulong = 0x04;
pub const MCO_SSL_OPT_NO_TLSV1_1: c_ulong = 0x08;
pub const MCO_SSL_OPT_NO_TLSV1_2: c_ulong = 0x10;
pub const MCO_SSL_OPT_NO_COMPRESSION: c_ulong = 0x20;
pub const MCO_SSL_OPT_SINGLE_DH_USE: c_ulong = 0x40;

pub const MCO_SSL_VERIFY_NONE: c_uint = 0;
pub const MCO_SSL_VERIFY_PEER: c_uint = 1;
pub const MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT: c_uint = 2;
pub const MCO_SSL_VERIFY_CLIENT_ONCE: c_uint = 4;

const DEFAULT_VERIFY_DEPTH: c_int = 9;

/// Parameters of TLS; fill with mco_ssl_params_init first.
#[repr(C)]
pub struct mco_ssl_params_t {
    pub cipher_list: *const c_char,
    pub max_cert_list: c_long,
    /// MCO_SSL_OPT_ bits.
    pub options: c_ulong,
    pub tmp_dh: *const c_char,
    /// MCO_SSL_VERIFY_ bits.
    pub verify_mode: c_uint,
    pub verify_depth: c_int,
    /// PEM text.
    pub certificate: *const c_char,
    /// PEM text.
    pub private_key: *const c_char,
    /// Path of a PEM file.
    pub certificate_file: *const c_char,
    /// Path of a PEM file.
    pub private_key_file: *const c_char,
}

/// Prepares TLS, once before it is used. Not built in: MCO_E_NW_NOTSUPP, see mco_net_get_capabilities.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_init() -> MCO_RET {
    guard(not_built_in)
}

/// Takes mco_ssl_init back.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_cleanup() {}

/// Fills in the defaults: everything empty, MCO_SSL_VERIFY_NONE, depth 9. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_params_init(params: *mut mco_ssl_params_t) {
    let defaults = mco_ssl_params_t {
        cipher_list: ptr::null(),
        max_cert_list: 0,
        options: 0,
        tmp_dh: ptr::null(),
        verify_mode: MCO_SSL_VERIFY_NONE,
        verify_depth: DEFAULT_VERIFY_DEPTH,
        certificate: ptr::null(),
        private_key: ptr::null(),
        certificate_file: ptr::null(),
        private_key_file: ptr::null(),
    };
    set_if(params, defaults)
}

/// Certificates that peers are checked against, for the whole process. Not built in: MCO_E_NW_NOTSUPP.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_load_verify_locations(ca_file: *const c_char, ca_path: *const c_char) -> MCO_RET {
    let _ = (ca_file, ca_path);
    guard(not_built_in)
}

fn not_built_in() -> crate::base::Result<Code> {
    fail(Code::E_NW_NOTSUPP, "TLS is not built into this library; leave ssl_params NULL for plain connections")
}
