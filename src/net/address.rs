//! The address strings of the interface: `"15000"`, `"host:15000"`, `"[::1]:15000"`, or a path in the local domain.

use super::{Domain, Failure};
use crate::base::{Code, Error, Result, fail};
use parking_lot::Mutex;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// Longest address string that is looked at, in bytes.
pub const ADDRESS_MAX: usize = 1024;

/// Longest text that [`inet_text`] returns, in bytes.
pub const INET_TEXT_MAX: usize = 47;

/// Addresses that one name may resolve to and that are tried in turn.
pub const RESOLVED_MAX: usize = 16;

static LOCAL_DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// An address string taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host and a port; an empty host stands for "here": every interface to listen, localhost to connect.
    Inet {
        /// Name or number, without brackets.
        host: String,
        /// Port; 0 lets the system choose when listening.
        port: u16,
    },
    /// A socket in the file system.
    Local(PathBuf),
}

/// The first part of a string, understood as an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix<'a> {
    /// Name or number, without brackets; may be empty.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// How many bytes of the string belong to the address.
    pub length: usize,
}

impl Address {
    /// Understands `text` in `domain`.
    pub fn parse(text: &str, domain: Domain) -> Result<Address> {
        match domain {
            Domain::Sdp => {
                fail(Code::E_NW_NOTSUPP, format!("address \"{text}\": the SDP domain is not supported, use INET or LOCAL"))
            }
            Domain::Local => local(text),
            Domain::Inet | Domain::InetV4 | Domain::InetV6 => {
                let prefix = parse_prefix(text)?;
                if prefix.length != text.len() {
                    return invalid(text, "there is something behind the port");
                }
                Ok(Address::Inet { host: prefix.host.to_owned(), port: prefix.port })
            }
        }
    }

    /// Whether its name has to be asked for elsewhere, which may take long.
    pub fn needs_lookup(&self) -> bool {
        match self {
            Address::Local(_) => false,
            Address::Inet { host, .. } => !host.is_empty() && host.parse::<IpAddr>().is_err() && numeric_v6(host).is_none(),
        }
    }

    /// The name or IP address that a certificate of this address has; "localhost" where none is written.
    pub fn host(&self) -> &str {
        match self {
            Address::Inet { host, .. } if !host.is_empty() => host.split('%').next().unwrap_or(host),
            _ => "localhost",
        }
    }

    /// Where a listener may bind, the best first. Blocks while names are looked up.
    pub fn to_listen(&self, domain: Domain) -> Result<Vec<SocketAddr>, Failure> {
        match self {
            Address::Local(_) => Ok(Vec::new()),
            Address::Inet { host, port } if host.is_empty() => Ok(everywhere(domain, *port)),
            Address::Inet { host, port } => resolve(host, *port, domain),
        }
    }

    /// Where to connect to, the best first. Blocks while names are looked up.
    pub fn to_connect(&self, domain: Domain) -> Result<Vec<SocketAddr>, Failure> {
        match self {
            Address::Local(_) => Ok(Vec::new()),
            Address::Inet { host, port: 0 } => Err(Failure::new(
                Code::E_NW_INVADDR,
                format!("address \"{host}:0\": port 0 is only for listening, name the port of the peer"),
            )),
            Address::Inet { host, port } if host.is_empty() => Ok(here(domain, *port)),
            Address::Inet { host, port } => {
                let found = resolve(host, *port, domain)?;
                if found.iter().any(|a| a.ip().is_unspecified()) {
                    let text = format!("address \"{host}\": every interface is only for listening, name one host to connect to");
                    return Err(Failure::new(Code::E_NW_INVADDR, text));
                }
                Ok(found)
            }
        }
    }
}

/// Understands the start of `text` as `port`, `host:port` or `[v6]:port`; `E_NW_INVADDR` otherwise.
pub fn parse_prefix(text: &str) -> Result<Prefix<'_>> {
    if text.is_empty() {
        return invalid(text, "it is empty");
    }
    if text.len() > ADDRESS_MAX {
        return invalid("...", "it is too long");
    }
    if let Some(inner) = text.strip_prefix('[') {
        let Some((host, rest)) = inner.split_once(']') else { return invalid(text, "\"]\" is missing") };
        let Some(digits) = rest.strip_prefix(':') else { return invalid(text, "\":\" and a port must follow \"]\"") };
        if numeric_v6(host).is_none() {
            return invalid(text, "there is no IPv6 address in the brackets");
        }
        return with_port(text, host, digits);
    }
    match text.split_once(':') {
        None => with_port(text, "", text),
        Some(("", _)) => invalid(text, "the host before \":\" is empty; a port alone is written without \":\""),
        Some((host, digits)) if host.bytes().all(|b| b.is_ascii_graphic() && b != b',' && b != b'/') => {
            with_port(text, host, digits)
        }
        Some(_) => invalid(text, "a host name has no blanks, commas or slashes"),
    }
}

/// Directory of local sockets that are named by a number; `/tmp` unless set.
pub fn set_local_directory(directory: PathBuf) {
    *LOCAL_DIRECTORY.lock() = Some(directory);
}

/// IPv6 form of an address (IPv4 mapped) and its scope, as kept in `mco_inetaddr_t`; zeros in the local domain.
pub fn inet_bytes(address: Option<SocketAddr>) -> ([u8; 16], u32) {
    match address {
        None => ([0; 16], 0),
        Some(SocketAddr::V4(a)) => (a.ip().to_ipv6_mapped().octets(), 0),
        Some(SocketAddr::V6(a)) => (a.ip().octets(), a.scope_id()),
    }
}

/// Text of such an address, at most [`INET_TEXT_MAX`] bytes; mapped IPv4 in dotted form if asked for.
pub fn inet_text(bytes: [u8; 16], scope: u32, mapped_as_v4: bool) -> String {
    let v6 = Ipv6Addr::from(bytes);
    if let Some(v4) = v6.to_ipv4_mapped() {
        return if mapped_as_v4 { v4.to_string() } else { v6.to_string() };
    }
    let text = v6.to_string();
    let scoped = format!("{text}%{scope}");
    if scope == 0 || scoped.len() > INET_TEXT_MAX { text } else { scoped }
}

fn with_port<'a>(text: &'a str, host: &'a str, digits: &'a str) -> Result<Prefix<'a>> {
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = digits.split_at(count);
    if number.is_empty() {
        return invalid(text, "a port (0 to 65535) is missing");
    }
    if rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b':' || b == b'.' || b == b'-') {
        return invalid(text, "the port is not a number from 0 to 65535");
    }
    let Ok(port) = number.parse::<u16>() else { return invalid(text, "the port is not a number from 0 to 65535") };
    Ok(Prefix { host, port, length: text.len() - rest.len() })
}

fn local(text: &str) -> Result<Address> {
    // The system allows about 100 bytes in a socket path; its own error comes later and names the path.
    if text.is_empty() || text.len() > ADDRESS_MAX || text.contains('\0') {
        return invalid(text, "a local socket needs a path or a number");
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let directory = LOCAL_DIRECTORY.lock().clone().unwrap_or_else(|| PathBuf::from("/tmp"));
        return Ok(Address::Local(directory.join(format!("mco{text}.sock"))));
    }
    Ok(Address::Local(PathBuf::from(text)))
}

fn numeric_v6(host: &str) -> Option<Ipv6Addr> {
    host.split('%').next().and_then(|h| h.parse().ok())
}

fn everywhere(domain: Domain, port: u16) -> Vec<SocketAddr> {
    let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    match domain {
        Domain::InetV4 => vec![v4],
        Domain::InetV6 => vec![v6],
        _ => vec![v6, v4],
    }
}

fn here(domain: Domain, port: u16) -> Vec<SocketAddr> {
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    match domain {
        Domain::InetV4 => vec![v4],
        Domain::InetV6 => vec![v6],
        _ => vec![v4, v6],
    }
}

fn resolve(host: &str, port: u16, domain: Domain) -> Result<Vec<SocketAddr>, Failure> {
    let what = format!("address \"{host}:{port}\"");
    let found = (host, port)
        .to_socket_addrs()
        .map_err(|e| Failure::io(Code::E_NW_INVADDR, &format!("{what}: the name cannot be resolved"), &e))?
        .filter(|a| match domain {
            Domain::InetV4 => a.is_ipv4(),
            Domain::InetV6 => a.is_ipv6(),
            _ => true,
        })
        .take(RESOLVED_MAX)
        .collect::<Vec<_>>();
    if found.is_empty() {
        return Err(Failure::new(Code::E_NW_INVADDR, format!("{what}: the name has no address in the domain asked for")));
    }
    Ok(found)
}

fn invalid<T>(text: &str, why: &str) -> Result<T> {
    Err(Error {
        code: Code::E_NW_INVADDR,
        text: format!("address \"{text}\": {why}; write \"15000\", \"host:15000\" or \"[::1]:15000\""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, u16)> {
        match Address::parse(text, Domain::Inet) {
            Ok(Address::Inet { host, port }) => Some((host, port)),
            _ => None,
        }
    }

    #[test]
    fn every_form_of_the_table_is_understood() {
        assert_eq!(parts("15000"), Some((String::new(), 15000)));
        assert_eq!(parts("0"), Some((String::new(), 0)));
        assert_eq!(parts("server.example:15000"), Some(("server.example".into(), 15000)));
        assert_eq!(parts("127.0.0.1:1"), Some(("127.0.0.1".into(), 1)));
        assert_eq!(parts("[::1]:15000"), Some(("::1".into(), 15000)));
        assert_eq!(parts("[::]:65535"), Some(("::".into(), 65535)));
    }

    #[test]
    fn anything_else_is_an_invalid_address() {
        for bad in [
            "", ":", ":1", "host", "host:", "65536", "1x", "host:1x", "::1:5", "[::1]", "[::1]5", "[::1:5", "[host]:5", "a b:5",
            "-1", "1 ",
        ] {
            let code = Address::parse(bad, Domain::Inet).map_err(|e| e.code);
            assert_eq!(code, Err(Code::E_NW_INVADDR), "{bad:?}");
        }
        assert_eq!(parse_prefix(&"9".repeat(ADDRESS_MAX + 1)).map_err(|e| e.code), Err(Code::E_NW_INVADDR));
    }

    #[test]
    fn a_prefix_says_where_it_ends() {
        assert_eq!(parse_prefix("host:12,next:3"), Ok(Prefix { host: "host", port: 12, length: 7 }));
        assert_eq!(parse_prefix("[::1]:12/x"), Ok(Prefix { host: "::1", port: 12, length: 8 }));
    }

    #[test]
    fn connecting_needs_a_real_port_and_one_host() {
        for bad in ["0", "localhost:0", "[::]:5", "0.0.0.0:5"] {
            let address = Address::parse(bad, Domain::Inet).expect("well formed");
            assert_eq!(address.to_connect(Domain::Inet).map_err(|f| f.error.code), Err(Code::E_NW_INVADDR), "{bad:?}");
        }
        let here = Address::parse("5", Domain::Inet).and_then(|a| Ok(a.to_connect(Domain::Inet)?)).expect("localhost");
        assert!(here.iter().all(|a| a.ip().to_canonical().is_loopback() && a.port() == 5));
    }

    #[test]
    fn a_certificate_is_for_the_host_that_is_written() {
        let host = |text, domain| Address::parse(text, domain).map(|a| a.host().to_owned()).expect(text);
        assert_eq!(host("server.example:15000", Domain::Inet), "server.example");
        assert_eq!(host("[fe80::1%lo]:5", Domain::Inet), "fe80::1");
        assert_eq!(host("15000", Domain::Inet), "localhost");
        assert_eq!(host("/run/x.sock", Domain::Local), "localhost");
    }

    #[test]
    fn local_numbers_become_files_and_sdp_is_refused() {
        assert_eq!(Address::parse("/run/x.sock", Domain::Local), Ok(Address::Local("/run/x.sock".into())));
        let Ok(Address::Local(path)) = Address::parse("7", Domain::Local) else { panic!("a number is a local address") };
        assert!(path.ends_with("mco7.sock"));
        assert_eq!(Address::parse("7", Domain::Sdp).map_err(|e| e.code), Err(Code::E_NW_NOTSUPP));
    }

    #[test]
    fn addresses_have_one_text() {
        let (bytes, scope) = inet_bytes("127.0.0.1:80".parse().ok());
        assert_eq!(inet_text(bytes, scope, true), "127.0.0.1");
        assert_eq!(inet_text(bytes, scope, false), "::ffff:127.0.0.1");
        assert_eq!(inet_text(Ipv6Addr::LOCALHOST.octets(), 0, true), "::1");
        assert_eq!(inet_text([0xFE; 16], 3, true), "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe%3");
        assert!(inet_text([0xFE; 16], u32::MAX, true).len() <= INET_TEXT_MAX);
    }
}
