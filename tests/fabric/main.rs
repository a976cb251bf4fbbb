//! Communicator and replicator with real databases and sockets, servers and devices in one process.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod communicator;
