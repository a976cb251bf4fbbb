//! A failed network call: the code, the sentence, and the number that the system gave.

use crate::base::{Code, Error};
use std::io;

/// What went wrong on a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Code and sentence.
    pub error: Error,
    /// `errno` of the system call; 0 when none was involved.
    pub errno: i32,
}

impl Failure {
    /// A failure without a system call behind it.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Failure { error: Error { code, text: text.into() }, errno: 0 }
    }

    /// A failed system call: `what` says what was tried with which address.
    pub fn io(code: Code, what: &str, cause: &io::Error) -> Self {
        let errno = cause.raw_os_error().unwrap_or(0);
        Failure { error: Error { code, text: format!("{what}: {cause}") }, errno }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { error, errno: 0 }
    }
}
