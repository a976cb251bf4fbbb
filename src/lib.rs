//! Moves rows between devices and their server through any number of routers, over links that come and go,
//! without losing or doubling one. `ARCHITECTURE.md` is the map; the layers below are listed from the inside out.

#![warn(missing_docs, clippy::undocumented_unsafe_blocks, clippy::disallowed_types, clippy::disallowed_methods)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::indexing_slicing))]
#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]

pub mod base;
pub mod db;
pub mod fabric;
#[allow(unsafe_code)]
pub mod ffi;
pub mod link;
// The one owner of clocks and sockets (clippy.toml).
#[allow(clippy::disallowed_types, clippy::disallowed_methods)]
pub mod net;
pub mod repl;
pub mod schema;
pub mod wire;
