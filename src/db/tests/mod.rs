//! Tests of the database through its public interface.

mod backlog;
mod bounds;
mod codes;
mod copy;
mod core;
mod crash;
mod custody;
mod durability;
mod exchange;
mod files;
mod fixture;
mod forks;
mod groups;
mod kept;
mod lane;
mod limits;
mod model;
mod pages;
mod quarantine;
mod readers;
mod reconcile;
mod relay;
mod replicate;
mod site;
mod unknown;
mod wander;
