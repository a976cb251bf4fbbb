//! C code for a dictionary.

use super::Dictionary;

/// What the command line says about the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmitOptions {
    /// Put `<database>_` in front of all generated names.
    pub prefix: bool,
    /// Only the dictionary function, no class functions.
    pub dictionary_only: bool,
}

/// Text of `<database>.h` and of `<database>.c`. The same dictionary gives the same text.
pub fn emit_c(_dictionary: &Dictionary, _options: &EmitOptions) -> (String, String) {
    unimplemented!()
}
