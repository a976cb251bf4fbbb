//! Helpers for addresses and sockets, and the clock of the library.

use super::socket;
use super::types::{MCO_NET_CAP_IPV6, MCO_NET_CAP_SSL, MCO_NET_CAP_ZLIB, MCO_NET_INETADDR_STRING_LEN, mco_sock_params_t};
use crate::base::{Code, fail};
use crate::ffi::boundary::{self, guard, guard_or, place, put_text, set_if};
use crate::ffi::ctypes::*;
use crate::net::address::{inet_text, parse_prefix};
use crate::net::check_tls;
use std::ffi::{c_char, c_int, c_ulong};

/// Fills in the defaults: mode MCO_SOCK_NODELAY, everything else as the system does it, INET, STREAM, plain. NULL is ignored.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_socket_params_init(params: *mut mco_sock_params_t) {
    set_if(params, socket::defaults())
}

/// Writes an address as text, IPv4 in its own form, into MCO_NET_INETADDR_STRING_LEN bytes. Returns the length without NUL,
/// negative on error.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_ntoa(address: *const mco_inetaddr_t, text: *mut c_char) -> c_int {
    // SAFETY: the arguments are those of this call.
    unsafe { mco_net_ntoa_ex(address, text, 1) }
}

/// As mco_net_ntoa; v4mapped_as_ip4 = MCO_NO shows IPv4 in its mapped form.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_ntoa_ex(address: *const mco_inetaddr_t, text: *mut c_char, v4mapped_as_ip4: mco_bool) -> c_int {
    guard_or(-1, || {
        // SAFETY: by the rule of the interface `address` is NULL or an address.
        let address = unsafe { address.as_ref() }.ok_or(Code::E_ILLEGAL_PARAM)?;
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(address.u4.iter().flat_map(|word| word.to_ne_bytes())).for_each(|(to, from)| *to = from);
        let shown = inet_text(bytes, address.scope_id, v4mapped_as_ip4 != 0);
        // SAFETY: by the rule of the interface `text` is NULL or has MCO_NET_INETADDR_STRING_LEN bytes.
        unsafe { put_text(&shown, text, MCO_NET_INETADDR_STRING_LEN)? }
        Ok(c_int::try_from(shown.len()).unwrap_or(-1))
    })
}

/// Splits "15000", "host:15000" or `"[::1]:15000"` into host (empty when there is none) and port; endptr, which may be NULL,
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
    guard(|| {
        // SAFETY: by the rule of the interface `address` is NULL or a C string.
        let prefix = parse_prefix(unsafe { boundary::text(address, "the address")? })?;
        let room = usize::try_from(hostname_len).unwrap_or(0);
        let port_place = place(port, "port")?;
        if prefix.host.len() >= room {
            return fail(Code::E_NW_NOMEM, format!("host \"{}\" does not fit into {hostname_len} bytes", prefix.host));
        }
        // SAFETY: by the rule of the interface `hostname` is NULL or has `hostname_len` bytes.
        unsafe { put_text(prefix.host, hostname, room)? }
        // SAFETY: the prefix is a part of the string at `address`.
        set_if(endptr, unsafe { address.add(prefix.length) });
        Ok(port_place.set(prefix.port.into()))
    })
}

/// What the network part can do: MCO_NET_CAP_ bits.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_net_get_capabilities() -> c_ulong {
    let tls = if check_tls().is_ok() { MCO_NET_CAP_SSL } else { 0 };
    let zlib = if cfg!(feature = "compression") { MCO_NET_CAP_ZLIB } else { 0 };
    MCO_NET_CAP_IPV6 | tls | zlib
}
