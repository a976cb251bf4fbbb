//! Enumerators of `mconet.h`. The functions take and return these types as C int (`ctypes`).
#![allow(non_camel_case_types, missing_docs)]

/// Kind of address.
#[repr(C)]
pub enum MCO_SOCK_DOMAIN {
    /// IPv4 or IPv6.
    MCO_SOCK_INET_DOMAIN = 0,
    MCO_SOCK_INETV4_DOMAIN = 1,
    MCO_SOCK_INETV6_DOMAIN = 2,
    MCO_SOCK_LOCAL_DOMAIN = 3,
    /// Not supported: MCO_E_NW_NOTSUPP.
    MCO_SOCK_SDP_DOMAIN = 4,
}

/// Kind of socket; only MCO_SOCK_STREAM is supported, the others give MCO_E_NW_NOTSUPP.
#[repr(C)]
pub enum MCO_SOCK_TYPE {
    MCO_SOCK_STREAM = 0,
    MCO_SOCK_DGRAM = 1,
    MCO_SOCK_MCAST = 2,
}

/// Bits of mode in mco_sock_params_t.
#[repr(C)]
pub enum MCO_SOCK_OPEN_MODE {
    MCO_SOCK_NODELAY = 1,
    MCO_SOCK_DO_NOT_REUSE_ADDRESS = 2,
    MCO_SOCK_NON_BLOCKING = 4,
    MCO_SOCK_KEEP_ALIVE = 8,
    MCO_SOCK_DO_NOT_CLOEXEC = 16,
}
