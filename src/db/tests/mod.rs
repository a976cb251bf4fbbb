//! Tests of the database through its public interface.

mod core;
mod fixture;
mod replicate;
