//! C code for a dictionary: `header` and `source` print the same list of functions, `class`, `owner`, `list` and `index` make it.

mod class;
mod event;
mod function;
mod header;
mod index;
mod list;
mod naming;
mod oid;
mod owner;
mod source;

use super::Dictionary;
use naming::Naming;

/// What the command line says about the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmitOptions {
    /// Put `<database>_` in front of all generated names.
    pub prefix: bool,
    /// Only the dictionary function, no class functions.
    pub dictionary_only: bool,
}

/// Text of `<database>.h` and of `<database>.c`. The same dictionary gives the same text.
///
/// Both compile without warnings as C99, C11 and C++11 under `-Wall -Wextra -Wpedantic`.
pub fn emit_c(dictionary: &Dictionary, options: &EmitOptions) -> (String, String) {
    let naming = Naming::new(dictionary, options.prefix);
    let whole = !options.dictionary_only;
    (header::header(&naming, whole), source::source(&naming, whole))
}
