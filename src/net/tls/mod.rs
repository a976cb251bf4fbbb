//! TLS between a socket and its stream: settings from the program, the CAs of the process, one session for each connection.
//! It needs the clock and random numbers, so its place is here and not in the pure `link`, which sees plain bytes only.
//!
//! Every connection is verified anew: sessions are not resumed, so that a certificate that has expired, or whose CA the program
//! has dropped, is of no use from then on.

use std::path::PathBuf;

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod ciphers;
#[cfg(feature = "tls")]
mod failures;
#[cfg(feature = "tls")]
mod pem;
#[cfg(feature = "tls")]
mod session;
#[cfg(feature = "tls")]
mod settings;
#[cfg(all(test, feature = "tls"))]
mod tests;
#[cfg(feature = "tls")]
mod trust;
#[cfg(feature = "tls")]
mod verify;

#[cfg(not(feature = "tls"))]
pub(super) use absent::{Client, Server, Session};
#[cfg(not(feature = "tls"))]
pub use absent::{TlsSettings, check_built_in, forget_trusted, trust};
#[cfg(feature = "tls")]
pub(super) use session::{Client, Server, Session};
#[cfg(feature = "tls")]
pub use settings::{TlsSettings, check_built_in};
#[cfg(feature = "tls")]
pub use trust::{forget_trusted, trust};

/// What a program asks for; `mco_ssl_params_t` in our words.
#[derive(Clone, Debug, Default)]
pub struct TlsParams {
    /// Cipher suites of TLS 1.2; `None` = all.
    pub cipher_list: Option<String>,
    /// Most bytes of the peer's chain of certificates; 0 = no limit of our own.
    pub chain_bytes_max: usize,
    /// Most certificates between the peer's own and a loaded CA.
    pub chain_depth_max: usize,
    /// TLS 1.3 only.
    pub without_tls12: bool,
    /// The peer's certificate is verified; a server asks for one.
    pub verify: bool,
    /// A server refuses clients without a certificate.
    pub required: bool,
    /// Own certificate, with those between it and its CA behind it.
    pub certificate: Option<Pem>,
    /// Its key; `None`: it is in the same place.
    pub private_key: Option<Pem>,
}

/// Where certificates and keys come from.
#[derive(Clone)]
pub enum Pem {
    /// The text itself.
    Text(String),
    /// A file with the text.
    File(PathBuf),
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // It may be a key.
            Pem::Text(_) => f.write_str("a text"),
            Pem::File(path) => write!(f, "{}", path.display()),
        }
    }
}
