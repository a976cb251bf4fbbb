//! The language of `.mco` files: text to dictionary, dictionary to C. Pure; knows only `base`.

mod dictionary;

pub use dictionary::{Class, Dictionary, Enum, Field, FieldRole, FieldType, Index, IndexKind, Key, Node, Travel};
