//! Statements to dictionary: everything that needs more than one statement to see.

mod clash;
mod class;
mod context;
mod default;
mod enumeration;
mod event;
mod index;
mod node;
mod schema;

pub(super) use schema::check;
