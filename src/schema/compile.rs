//! The way from text to dictionary and back.

use super::{Diagnostics, Dictionary, Files};
use crate::base::Result;

/// Longest canonical text, in bytes, that [`compile_text`] takes and [`compile`] lets through.
pub const MAX_TEXT: usize = 4 << 20;

/// What the command line says about compiling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Directories searched for include files after that of the including file, in this order.
    pub include: Vec<String>,
    /// Whether classes without `persistent` or `transient` are persistent.
    pub persistent: bool,
    /// What becomes of warnings.
    pub warnings: Warnings,
}

/// What becomes of warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warnings {
    /// They are given back beside the dictionary.
    #[default]
    Show,
    /// They are dropped.
    Off,
    /// They are errors.
    Errors,
}

/// Result of a successful run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The checked schema.
    pub dictionary: Dictionary,
    /// Warnings only.
    pub warnings: Diagnostics,
    /// Every file that was read, the schema first.
    pub files: Vec<String>,
}

/// Compiles the schema in the file `path`, read through `files`.
///
/// # Errors
/// Every mistake that was found, with its place.
pub fn compile(_path: &str, _files: &dyn Files, _options: &Options) -> Result<Compiled, Diagnostics> {
    unimplemented!()
}

/// Reads a canonical text back. The text may come from an untrusted peer: its size, the numbers of things in it and the
/// depth are bounded, and there is no preprocessor.
///
/// # Errors
/// `E_SCHEMA_ERROR` with the first mistake.
pub fn compile_text(_text: &str) -> Result<Dictionary> {
    unimplemented!()
}

/// The dictionary as minimal `.mco` text, every line ended by a line feed. Equal dictionaries give the same text, and
/// [`compile_text`] gives the dictionary back.
pub fn canonical(_dictionary: &Dictionary) -> String {
    unimplemented!()
}

/// FNV-1a (64 bits) of a canonical text: names a schema between peers. Not a defence against forgery.
pub fn hash(_text: &str) -> u64 {
    unimplemented!()
}

/// The dictionary as JSON, for `mcocomp -json` and `mco_dyn_describe`.
pub fn describe(_dictionary: &Dictionary) -> String {
    unimplemented!()
}
