//! Statements to dictionary: everything that needs more than one statement to see.

mod clash;
mod class;
mod context;
mod default;
mod enumeration;
mod event;
mod field;
mod index;
mod node;
mod oid;
mod schema;
mod structure;

pub(super) use schema::check;
