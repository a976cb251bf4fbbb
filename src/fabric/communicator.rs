//! Sockets, threads and callbacks of one process.

use super::{CommParams, Observer, Pinned};
use crate::base::{AgentId, LinkId, Millis, Result};
use crate::net::{Failure, SocketOptions};
use std::sync::Arc;

/// A communicator. Clones stand for the same one; all functions may be called from any thread.
#[derive(Clone)]
pub struct Communicator {}

impl Communicator {
    /// Starts the event loop thread and the callback threads.
    pub fn create(params: &CommParams) -> Result<Communicator> {
        let _ = params.checked()?;
        unimplemented!()
    }

    /// Opens a listener and returns at once. `socket` replaces all defaults of the communicator.
    pub fn listen(&self, address: &str, socket: Option<&SocketOptions>) -> Result<(), Failure> {
        let _ = (address, socket);
        unimplemented!()
    }

    /// The port that the listener with exactly this address string has; `S_NOTFOUND` if there is none.
    pub fn listen_port(&self, address: &str) -> Result<u16> {
        let _ = address;
        unimplemented!()
    }

    /// Closes the listener with exactly this address string; `S_NOTFOUND` if there is none. Accepted connections stay.
    pub fn stop_listen(&self, address: &str) -> Result<()> {
        let _ = address;
        unimplemented!()
    }

    /// Starts a connector that keeps a connection to `address`: `timeout` limits one attempt (0 = `recv_timeout`), after
    /// `attempts` failures in a row it gives up (0 = never), `interval` is the first pause between attempts.
    pub fn connect_async(
        &self,
        address: &str,
        timeout: Millis,
        attempts: u32,
        interval: Millis,
        socket: Option<&SocketOptions>,
    ) -> Result<(), Failure> {
        let _ = (address, timeout, attempts, interval, socket);
        unimplemented!()
    }

    /// Ends the connector with exactly this address string and its connection; `S_NOTFOUND` if there is none.
    pub fn stop_connect(&self, address: &str) -> Result<()> {
        let _ = address;
        unimplemented!()
    }

    /// Appends to the chain of callbacks. `key` is the C context; `E_IOT_DUPLICATE_CALLBACK` if it is in the chain.
    pub fn register(&self, key: usize, observer: Arc<dyn Observer>) -> Result<()> {
        let _ = (key, observer);
        unimplemented!()
    }

    /// Takes the entry out of the chain and waits until none of its functions runs, except when called from one of them.
    /// `E_IOT_CALLBACK_NOT_FOUND` if there is none.
    pub fn unregister(&self, key: usize) -> Result<()> {
        let _ = key;
        unimplemented!()
    }

    /// The connection of a direct peer whose handshake is complete.
    pub fn find_connection(&self, agent: AgentId) -> Option<Pinned> {
        let _ = agent;
        unimplemented!()
    }

    /// The connection after `previous` (`None`: the first), in order of age, handshake complete.
    pub fn next_connection(&self, previous: Option<LinkId>) -> Option<Pinned> {
        let _ = previous;
        unimplemented!()
    }

    /// Whether stop has begun.
    pub fn is_stopped(&self) -> bool {
        unimplemented!()
    }

    /// Whether the calling thread runs a callback of this communicator.
    pub fn in_callback(&self) -> bool {
        unimplemented!()
    }

    /// Closes listeners, connectors and connections, delivers the last callbacks, joins the threads. Again: no effect.
    /// `E_ILLEGAL_PARAM` inside a callback.
    pub fn stop(&self) -> Result<()> {
        unimplemented!()
    }
}
