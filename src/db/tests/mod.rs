//! Tests of the database through its public interface.

mod core;
mod crash;
mod files;
mod fixture;
mod model;
mod replicate;
