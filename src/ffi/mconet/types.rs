//! Constants and structures of `mconet.h`; the order of members is part of the interface.
#![allow(non_camel_case_types, missing_docs)]

use crate::ffi::ctypes::*;
use std::ffi::{c_char, c_int, c_ulong, c_void};

/// mco_net_get_capabilities: TLS is built in.
pub const MCO_NET_CAP_SSL: c_ulong = 1;
/// mco_net_get_capabilities: IPv6 is built in.
pub const MCO_NET_CAP_IPV6: c_ulong = 2;
/// mco_net_get_capabilities: compression is built in.
pub const MCO_NET_CAP_ZLIB: c_ulong = 4;

/// Bytes that mco_net_ntoa needs.
pub const MCO_NET_INETADDR_STRING_LEN: usize = 48;

/// Parameters of one socket; fill with mco_socket_params_init first.
#[repr(C)]
pub struct mco_sock_params_t {
    /// MCO_SOCK_OPEN_MODE bits.
    pub mode: c_int,
    /// Seconds, -1 = as the system does it.
    pub linger: c_int,
    /// Bytes, 0 = as the system does it.
    pub sndbuf: c_int,
    /// Bytes, 0 = as the system does it.
    pub rcvbuf: c_int,
    /// Compression of what this side sends: 0 none, 1 (fast) to 9 (short), -1 default of the library.
    pub compression_level: c_int,
    pub domain: MCO_SOCK_DOMAIN,
    pub r#type: MCO_SOCK_TYPE,
    pub mcast_addr: *const c_char,
    /// NULL = plain, else a mco_ssl_params_t *.
    pub ssl_params: *mut c_void,
    /// Out: why opening failed.
    pub last_error: MCO_RET,
    /// Out: errno of that.
    pub last_errno: c_int,
}
