//! Socket parameters to the options of a socket, and the directory of local sockets.

use super::types::mco_sock_params_t;
use crate::base::{Code, Error, Result, fail};
use crate::ffi::mcossl;
use crate::net::{Domain, Failure, SocketKind, SocketOptions, address};
use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Directory of the local sockets whose address is a number; declared by hand in `headers/mconet.after.h`.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static mco_unix_socket_dir: AtomicPtr<c_char> = AtomicPtr::new(c"/tmp".as_ptr().cast_mut());

const NODELAY: c_int = 1;
const DO_NOT_REUSE_ADDRESS: c_int = 2;
const KEEP_ALIVE: c_int = 8;
const DEFAULT_LINGER: c_int = -1;

/// What `mco_socket_params_init` fills in.
pub(crate) fn defaults() -> mco_sock_params_t {
    mco_sock_params_t {
        mode: NODELAY,
        linger: DEFAULT_LINGER,
        sndbuf: 0,
        rcvbuf: 0,
        compression_level: 0,
        domain: 0,
        r#type: 0,
        mcast_addr: std::ptr::null(),
        ssl_params: std::ptr::null_mut(),
        last_error: 0,
        last_errno: 0,
    }
}

/// Runs `act` with the options that `params` asks for; a failure is written there.
///
/// # Safety
/// `params` is NULL or points to a structure that may be written.
pub(crate) unsafe fn with_options(
    params: *mut mco_sock_params_t,
    act: impl FnOnce(Option<&SocketOptions>) -> Result<(), Failure>,
) -> Result<Code> {
    // SAFETY: as the caller promises; not NULL means a structure.
    let params = unsafe { params.as_mut() };
    let asked = params.as_deref().map(|params| {
        // SAFETY: by the rule of the interface `ssl_params` is NULL or a structure of that kind.
        let tls = unsafe { mcossl::settings(params.ssl_params)? };
        Ok(SocketOptions { tls, ..options(params)? })
    });
    let asked = asked.transpose();
    let result = asked.and_then(|options| {
        set_directory();
        act(options.as_ref())
    });
    if let (Some(params), Err(failure)) = (params, &result) {
        params.last_error = failure.error.code.0;
        params.last_errno = failure.errno;
    }
    result.map(|()| Code::S_OK).map_err(Error::from)
}

/// From the number in the C interface.
pub(crate) fn domain(number: c_int) -> Result<Domain> {
    match number {
        0 => Ok(Domain::Inet),
        1 => Ok(Domain::InetV4),
        2 => Ok(Domain::InetV6),
        3 => Ok(Domain::Local),
        4 => Ok(Domain::Sdp),
        _ => fail(Code::E_ILLEGAL_PARAM, format!("{number} is no socket domain; use 0 to 4")),
    }
}

fn options(params: &mco_sock_params_t) -> Result<SocketOptions> {
    let kind = match params.r#type {
        0 => SocketKind::Stream,
        1 => SocketKind::Datagram,
        2 => SocketKind::Multicast,
        other => return fail(Code::E_ILLEGAL_PARAM, format!("{other} is no type of socket; use MCO_SOCK_STREAM")),
    };
    let size = |bytes: c_int| usize::try_from(bytes).or_else(|_| fail(Code::E_ILLEGAL_PARAM, "a buffer size is negative"));
    let linger = match params.linger {
        DEFAULT_LINGER => None,
        seconds => Some(u16::try_from(seconds).or_else(|_| fail(Code::E_ILLEGAL_PARAM, "linger is not -1 or 0..65535"))?),
    };
    Ok(SocketOptions {
        no_delay: params.mode & NODELAY != 0,
        reuse_address: params.mode & DO_NOT_REUSE_ADDRESS == 0,
        keep_alive: params.mode & KEEP_ALIVE != 0,
        linger,
        send_buffer: size(params.sndbuf)?,
        recv_buffer: size(params.rcvbuf)?,
        domain: domain(params.domain)?,
        kind,
        tls: None,
        compression: params.compression_level,
    })
}

/// Takes over what the program has put into `mco_unix_socket_dir`.
fn set_directory() {
    let directory = mco_unix_socket_dir.load(Ordering::Relaxed);
    if directory.is_null() {
        return;
    }
    // SAFETY: not NULL, so the program has put a C string there.
    let directory = unsafe { CStr::from_ptr(directory) };
    address::set_local_directory(PathBuf::from(OsStr::from_bytes(directory.to_bytes())));
}
