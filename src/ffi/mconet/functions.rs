//! Helpers for addresses and sockets, and the clock of the library.

use super::types::mco_sock_params_t;
use crate::ffi::ctypes::*;
use crate::ffi::pending;
use std::ffi::{c_char, c_int, c_ulong};

/// Fills in the defaults: mode MCO_SOCK_NODELAY, everything else as the system does it, INET, STREAM, plain. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_socket_params_init(params: *mut mco_sock_params_t) {
    let _ = params;
}

/// Writes an address as text, IPv4 in its own form, into MCO_NET_INETADDR_STRING_LEN bytes. Returns the length without NUL,
/// negative on error.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_ntoa(address: *const mco_inetaddr_t, text: *mut c_char) -> c_int {
    let _ = (address, text);
    -1
}

/// As mco_net_ntoa; v4mapped_as_ip4 = MCO_NO shows IPv4 in its mapped form.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_ntoa_ex(address: *const mco_inetaddr_t, text: *mut c_char, v4mapped_as_ip4: mco_bool) -> c_int {
    let _ = (address, text, v4mapped_as_ip4);
    -1
}

/// Splits "15000", "host:15000" or "[::1]:15000" into host (empty when there is none) and port; endptr, which may be NULL,
/// gets the first character behind. MCO_E_NW_INVADDR: not an address; MCO_E_NW_NOMEM: the host does not fit.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_parse_address(
    address: *const c_char,
    hostname: *mut c_char,
    hostname_len: c_int,
    port: *mut c_int,
    endptr: *mut *const c_char,
) -> MCO_RET {
    let _ = (address, hostname, hostname_len, port, endptr);
    pending()
}

/// What the network part can do: MCO_NET_CAP_ bits.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_get_capabilities() -> c_ulong {
    super::types::MCO_NET_CAP_IPV6
}
