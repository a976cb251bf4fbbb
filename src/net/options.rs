//! How a socket is to be opened.

use super::TlsSettings;
use crate::base::{Code, Result, fail};
use std::sync::Arc;

/// Address family, the values of `MCO_SOCK_DOMAIN`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Domain {
    /// IPv4 or IPv6.
    #[default]
    Inet,
    /// IPv4 only.
    InetV4,
    /// IPv6 only.
    InetV6,
    /// Sockets in the file system.
    Local,
    /// Socket direct protocol; not supported.
    Sdp,
}

/// Kind of socket, the values of `MCO_SOCK_TYPE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// A stream, the only kind that is supported.
    #[default]
    Stream,
    /// Datagrams.
    Datagram,
    /// Multicast.
    Multicast,
}

/// Everything about a socket but its address; `mco_sock_params_t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// Send small segments at once.
    pub no_delay: bool,
    /// A listener takes an address that is still winding down (default). Two live listeners never share one.
    pub reuse_address: bool,
    /// Let the system look for dead peers.
    pub keep_alive: bool,
    /// Seconds that closing waits for unsent bytes; `None` leaves it to the system.
    pub linger: Option<u16>,
    /// Size of the system's send buffer in bytes; 0 leaves it to the system.
    pub send_buffer: usize,
    /// Size of the system's receive buffer in bytes; 0 leaves it to the system.
    pub recv_buffer: usize,
    /// Address family.
    pub domain: Domain,
    /// Kind of socket.
    pub kind: SocketKind,
    /// TLS; `None` = plain.
    pub tls: Option<Arc<TlsSettings>>,
    /// Compression asked for: 0 none, 1 (fast) to 9 (short), -1 the default. Of no effect in this layer, but checked with the rest.
    pub compression: i32,
}

impl Default for SocketOptions {
    fn default() -> Self {
        SocketOptions {
            no_delay: true,
            reuse_address: true,
            keep_alive: false,
            linger: None,
            send_buffer: 0,
            recv_buffer: 0,
            domain: Domain::Inet,
            kind: SocketKind::Stream,
            tls: None,
            compression: 0,
        }
    }
}

/// Refuses a level of compression that there is not, and any but 0 where compression is not built in.
pub fn check_compression(level: i32) -> Result<()> {
    if !(-1..=9).contains(&level) {
        return fail(Code::E_ILLEGAL_PARAM, format!("compression_level {level} is not one of -1, 0, 1..9"));
    }
    if level != 0 && !cfg!(feature = "compression") {
        let text = "compression_level must be 0: this library is built without the feature \"compression\"";
        return fail(Code::E_NW_NOTSUPP, text);
    }
    Ok(())
}
