//! Tokens to statements. No recursion: the language has no nested statements in scope, so a hostile text cannot go deep.

mod class;
mod cursor;
mod field;
mod statement;

pub(super) use statement::parse;
