//! The language of `.mco` files: text to dictionary, dictionary to C. Pure; knows only `base`.
//!
//! The passes: `lex` (characters to tokens), `preprocess` (macros, include files), `parse` (tokens to `syntax`), `check`
//! (syntax to [`Dictionary`]). What is made of a dictionary: `canonical` (text for peers and for storage), `json`
//! (description for other languages), `emit` (C).

mod canonical;
mod check;
mod cname;
mod compile;
mod diagnostic;
mod dictionary;
mod emit;
mod json;
mod lex;
mod oid;
mod parse;
mod preprocess;
mod shape;
mod source;
mod syntax;
mod word;

#[cfg(test)]
mod tests;

pub use canonical::{canonical, hash};
pub use compile::{Compiled, MAX_TEXT, Options, compile, compile_text};
pub use diagnostic::{Diagnostic, Diagnostics, Severity, Warnings};
pub use dictionary::{
    Class, Dictionary, Enum, Event, EventKind, Field, FieldRole, FieldType, Index, IndexKind, Key, MAX_KEYS, Node, Struct, Travel,
};
pub use emit::{EmitOptions, emit_c};
pub use json::describe;
pub use oid::{OidPart, places_in_c, size_in_c};
pub use source::{Files, Unreadable};
