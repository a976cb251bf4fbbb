//! Statements to dictionary: everything that needs more than one statement to see.

mod clash;
mod class;
mod default;
mod enumeration;
mod index;
mod names;
mod node;
mod schema;

pub(super) use schema::check;
