//! Version of the library.

use std::ffi::CStr;

/// First part.
pub(crate) const MAJOR: u8 = part(env!("CARGO_PKG_VERSION_MAJOR"));
/// Second part.
pub(crate) const MINOR: u8 = part(env!("CARGO_PKG_VERSION_MINOR"));
/// Third part.
pub(crate) const PATCH: u8 = part(env!("CARGO_PKG_VERSION_PATCH"));

/// All parts as a text.
pub(crate) const TEXT: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(text) => text,
    Err(_) => panic!("a version has no NUL"),
};

const fn part(text: &str) -> u8 {
    match u8::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("parts of versions are small numbers"),
    }
}
