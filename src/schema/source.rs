//! Where schema text comes from.

/// Reads files for the compiler. The compiler itself never touches a file system.
pub trait Files {
    /// The content of the file at `path`; `path` is the one given to [`super::compile`], or that of an include file.
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable>;
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// There is no such file; the search for an include file goes on in the next directory.
    pub missing: bool,
    /// What the system says, for the message.
    pub reason: String,
}
