//! Tests of the database through its public interface.

mod codes;
mod copy;
mod core;
mod crash;
mod durability;
mod exchange;
mod files;
mod fixture;
mod kept;
mod limits;
mod model;
mod quarantine;
mod replicate;
mod unknown;
