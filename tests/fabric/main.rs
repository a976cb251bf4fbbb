//! Communicator and replicator with real databases and sockets, servers and devices in one process.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod auto;
mod callbacks;
mod communicator;
mod cuts;
mod kit;
mod lifecycle;
mod lists;
mod load;
mod oids;
#[path = "../common/proxy.rs"]
mod proxy;
mod pump;
mod puppet;
mod refusals;
mod replacing;
mod status;
mod structs;
mod syncing;
mod tls;
mod tree;
mod upgrade;
mod warnings;
