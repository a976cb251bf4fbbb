//! One error type for the whole library: a code of the C interface and a sentence for a person.

use super::Code;
use std::fmt;

/// What went wrong. `text` says what happened, where, and what to do; it may be empty where the code says it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The code that the C interface returns.
    pub code: Code,
    /// The sentence that `mco_iotx_last_error` returns.
    pub text: String,
}

/// Result of everything in this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed result with `code` and `text`.
pub fn fail<T>(code: Code, text: impl Into<String>) -> Result<T> {
    Err(Error { code, text: text.into() })
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Error { code, text: String::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() { write!(f, "{}", self.code) } else { write!(f, "{} ({})", self.text, self.code) }
    }
}

impl std::error::Error for Error {}
