//! The language of `.mco` files: text to dictionary, dictionary to C. Pure; knows only `base`.
//!
//! The passes: `source` and `lex` (characters to tokens), `preprocess` (macros, includes), `parse` (tokens to
//! `syntax`), `check` (syntax to [`Dictionary`]). What is made of a dictionary: `canonical` (text for peers and for
//! storage), `json` (description for other languages), `emit` (C).

mod compile;
mod diagnostic;
mod dictionary;
mod emit;
mod source;

pub use compile::{Compiled, MAX_TEXT, Options, Warnings, canonical, compile, compile_text, describe, hash};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use dictionary::{Class, Dictionary, Enum, Field, FieldRole, FieldType, Index, IndexKind, Key, Node, Travel};
pub use emit::{EmitOptions, emit_c};
pub use source::{Files, Unreadable};
