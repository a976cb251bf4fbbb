//! What `mcossl.h` declares: parameters of TLS, and the CAs that peers are verified against.
#![allow(non_camel_case_types, missing_docs)]

use super::boundary::{self, guard, set_if};
use super::ctypes::*;
use crate::base::{Code, Result, fail};
use crate::net::{Failure, Pem, TlsParams, TlsSettings, check_tls, forget_trusted, trust};
use std::ffi::{CStr, OsStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

/// TLS knows no SSL any more: the bit has nothing to do.
pub const MCO_SSL_OPT_NO_SSLV2: c_ulong = 0x01;
/// As MCO_SSL_OPT_NO_SSLV2.
pub const MCO_SSL_OPT_NO_SSLV3: c_ulong = 0x02;
/// TLS 1.0 is never spoken: the bit has nothing to do.
pub const MCO_SSL_OPT_NO_TLSV1_0: c_ulong = 0x04;
/// TLS 1.1 is never spoken: the bit has nothing to do.
pub const MCO_SSL_OPT_NO_TLSV1_1: c_ulong = 0x08;
/// TLS 1.3 alone.
pub const MCO_SSL_OPT_NO_TLSV1_2: c_ulong = 0x10;
/// TLS never compresses: the bit has nothing to do.
pub const MCO_SSL_OPT_NO_COMPRESSION: c_ulong = 0x20;
/// Keys are always exchanged anew: the bit has nothing to do.
pub const MCO_SSL_OPT_SINGLE_DH_USE: c_ulong = 0x40;

/// Who connects takes any certificate, who listens asks for none. The connection is encrypted, but nobody knows with whom.
pub const MCO_SSL_VERIFY_NONE: c_uint = 0;
/// Who connects verifies that the certificate comes from a loaded CA and is for the host that it connects to (in the local
/// domain: localhost); who listens asks for a certificate and verifies the one that comes, if one comes.
pub const MCO_SSL_VERIFY_PEER: c_uint = 1;
/// As MCO_SSL_VERIFY_PEER, and who listens refuses peers without a certificate.
pub const MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT: c_uint = 2;
/// There is one handshake in a connection: the bit has nothing to do.
pub const MCO_SSL_VERIFY_CLIENT_ONCE: c_uint = 4;

const DEFAULT_VERIFY_DEPTH: c_int = 9;

/// Parameters of TLS 1.2 and 1.3; fill with mco_ssl_params_init first. They are read, with the files that they name, in
/// mco_iot_comm_create, mco_iot_comm_listen, mco_iot_comm_connect_async and mco_iot_replicator_connect, and may be freed behind
/// these. What is wrong with them is MCO_E_NW_INVALID_PARAMETER with a text that says what; without TLS in the library they are
/// MCO_E_NW_NOTSUPP. Who listens needs a certificate. A connection that cannot be made secure ends with MCO_E_NW_HANDSHAKE.
#[repr(C)]
pub struct mco_ssl_params_t {
    /// Cipher suites of TLS 1.2 by their names in OpenSSL or the IANA registry, with ':' between them; unknown ones are skipped,
    /// ALL stands for all, a '!' in front takes one away. NULL: all. Those of TLS 1.3 are always there.
    pub cipher_list: *const c_char,
    /// Bytes that the certificates of a peer may have together; 0: about 60,000.
    pub max_cert_list: c_long,
    /// MCO_SSL_OPT_ bits.
    pub options: c_ulong,
    /// No effect: keys are exchanged over elliptic curves.
    pub tmp_dh: *const c_char,
    /// MCO_SSL_VERIFY_ bits.
    pub verify_mode: c_uint,
    /// Certificates between the one of the peer and a loaded CA at most.
    pub verify_depth: c_int,
    /// PEM text: the own certificate, then those between it and its CA.
    pub certificate: *const c_char,
    /// PEM text of its key, without a password; NULL, and no private_key_file: it stands behind the certificate.
    pub private_key: *const c_char,
    /// Path of a PEM file, in place of certificate.
    pub certificate_file: *const c_char,
    /// Path of a PEM file, in place of private_key.
    pub private_key_file: *const c_char,
}

/// Prepares TLS, once before it is used; again is harmless. Not built in: MCO_E_NW_NOTSUPP, see mco_net_get_capabilities.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_init() -> MCO_RET {
    guard(|| Ok(check_tls().map(|()| Code::S_OK)?))
}

/// Takes mco_ssl_init back: the loaded CAs are forgotten. Listeners, and connections, that are open stay as they are.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_cleanup() {
    forget_trusted()
}

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

/// Adds CAs that peers are verified against, for the whole process: the PEM certificates in ca_file, and those in the files of
/// the directory ca_path; either may be NULL. Listeners go by what was loaded when they were opened, connectors by what is loaded
/// at each attempt. MCO_E_ILLEGAL_PARAM: both are NULL; MCO_E_NW_INVALID_PARAMETER: not to be read, or no certificate in it;
/// MCO_E_NW_NOTSUPP: TLS is not built in.
/// Thread: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mco_ssl_load_verify_locations(ca_file: *const c_char, ca_path: *const c_char) -> MCO_RET {
    guard(|| {
        // SAFETY: by the rule of the interface both are NULL or C strings.
        unsafe { trust(path(ca_file), path(ca_path))? };
        Ok(Code::S_OK)
    })
}

/// What `ssl_params` of a structure ask for; `None` for NULL.
///
/// # Safety
/// `params` is NULL or points to a `mco_ssl_params_t`.
pub(crate) unsafe fn settings(params: *mut c_void) -> Result<Option<Arc<TlsSettings>>, Failure> {
    // SAFETY: as the caller promises.
    let Some(params) = (unsafe { params.cast::<mco_ssl_params_t>().as_ref() }) else { return Ok(None) };
    check_tls()?;
    // SAFETY: by the rule of the interface its members are NULL or C strings.
    let asked = unsafe { asked(params)? };
    TlsSettings::new(&asked).map(Some)
}

unsafe fn asked(params: &mco_ssl_params_t) -> Result<TlsParams> {
    let known = MCO_SSL_VERIFY_PEER | MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT | MCO_SSL_VERIFY_CLIENT_ONCE;
    if params.verify_mode & !known != 0 {
        return wrong(format!(
            "verify_mode {} is not made of MCO_SSL_VERIFY_ bits; was mco_ssl_params_init called?",
            params.verify_mode
        ));
    }
    let number = |value: i64, name: &str| usize::try_from(value).or_else(|_| wrong(format!("{name} is negative")));
    // SAFETY: as the caller promises.
    unsafe {
        Ok(TlsParams {
            cipher_list: optional(params.cipher_list, "cipher_list")?,
            chain_bytes_max: number(params.max_cert_list, "max_cert_list")?,
            chain_depth_max: number(params.verify_depth.into(), "verify_depth")?,
            without_tls12: params.options & MCO_SSL_OPT_NO_TLSV1_2 != 0,
            verify: params.verify_mode & MCO_SSL_VERIFY_PEER != 0,
            required: params.verify_mode & MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT != 0,
            certificate: pem(params.certificate, params.certificate_file, "certificate")?,
            private_key: pem(params.private_key, params.private_key_file, "private_key")?,
        })
    }
}

unsafe fn pem(text: *const c_char, file: *const c_char, name: &str) -> Result<Option<Pem>> {
    // SAFETY: as the caller promises.
    match unsafe { (optional(text, name)?, path(file)) } {
        (Some(_), Some(_)) => wrong(format!("both {name} and {name}_file are set; leave one of them NULL")),
        (Some(text), None) => Ok(Some(Pem::Text(text))),
        (None, file) => Ok(file.map(|file| Pem::File(file.to_owned()))),
    }
}

unsafe fn optional(text: *const c_char, name: &str) -> Result<Option<String>> {
    // SAFETY: as the caller promises.
    if text.is_null() { Ok(None) } else { Ok(Some(unsafe { boundary::text(text, name)? }.to_owned())) }
}

unsafe fn path<'a>(path: *const c_char) -> Option<&'a Path> {
    // SAFETY: as the caller promises; not NULL means a C string.
    (!path.is_null()).then(|| Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes())))
}

fn wrong<T>(text: String) -> Result<T> {
    fail(Code::E_NW_INVALID_PARAMETER, format!("ssl_params: {text}"))
}
