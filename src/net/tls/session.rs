//! One connection's TLS: wire bytes in, plain bytes out, and the other way round. It knows no socket and waits for nothing.

use super::failures;
use crate::net::Failure;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};
use std::io::{self, Read, Write};
use std::sync::Arc;

/// What a listener makes sessions from.
#[derive(Clone, Debug)]
pub struct Server(pub(super) Arc<ServerConfig>);

/// What an attempt to connect makes its session from.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

impl Server {
    /// `peer` is for messages.
    pub(in crate::net) fn session(&self, peer: String) -> Result<Session, Failure> {
        let made = ServerConnection::new(self.0.clone());
        Session::new(made.map(Connection::Server), peer)
    }
}

impl Client {
    /// `peer` is for messages.
    pub(in crate::net) fn session(&self, peer: String) -> Result<Session, Failure> {
        let made = ClientConnection::new(self.config.clone(), self.name.clone());
        Session::new(made.map(Connection::Client), peer)
    }
}

/// TLS of one connection. Whatever it has been given is worked off at once: what is left in it is plain bytes that nobody has
/// taken, and wire bytes that wait to be written.
pub struct Session {
    connection: Connection,
    peer: String,
    plain: Vec<u8>,
    /// The peer has said that nothing follows.
    over: bool,
    goodbye: bool,
    /// Plain bytes have come: the handshake was good on both sides.
    heard: bool,
    /// TLS has given up; what waits for the wire ends with an alert that says why.
    failed: bool,
}

impl Session {
    fn new(made: Result<Connection, rustls::Error>, peer: String) -> Result<Session, Failure> {
        let connection = made.map_err(|e| failures::of(&peer, &e, true))?;
        Ok(Session { connection, peer, plain: Vec::new(), over: false, goodbye: false, heard: false, failed: false })
    }

    /// Whether the handshake is done.
    pub(in crate::net) fn is_secure(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Takes bytes from the wire. After a failure the alert for the peer waits to be written.
    pub(in crate::net) fn decrypt(&mut self, mut wire: &[u8]) -> Result<(), Failure> {
        while !wire.is_empty() && !self.over {
            if self.connection.read_tls(&mut wire).map_err(|e| failures::oversized(&self.peer, &e, !self.heard))? == 0 {
                break;
            }
            let state = self.connection.process_new_packets();
            // What came in front of a failure or the end is good; that nothing follows for now is no error.
            let _ = self.connection.reader().read_to_end(&mut self.plain);
            self.heard |= !self.plain.is_empty();
            self.failed = state.is_err();
            self.over = state.map_err(|e| failures::of(&self.peer, &e, !self.heard))?.peer_has_closed();
        }
        Ok(())
    }

    /// Moves the plain bytes to `to`; true when the peer has said that nothing follows.
    pub(in crate::net) fn take(&mut self, to: &mut Vec<u8>) -> bool {
        if to.is_empty() {
            *to = std::mem::take(&mut self.plain)
        } else {
            to.append(&mut self.plain)
        }
        self.over
    }

    /// Takes plain bytes for the wire; how many. All that is there must be written before.
    pub(in crate::net) fn encrypt(&mut self, plain: &[u8]) -> usize {
        self.connection.writer().write(plain).unwrap_or(0)
    }

    /// Tells the peer that nothing follows.
    pub(in crate::net) fn say_goodbye(&mut self) {
        if !self.goodbye {
            self.goodbye = true;
            self.connection.send_close_notify();
        }
    }

    /// Whether that is said and written.
    pub(in crate::net) fn has_ended(&self) -> bool {
        self.goodbye && !self.wants_write()
    }

    /// Whether bytes wait for the wire.
    pub(in crate::net) fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Writes some of them.
    pub(in crate::net) fn write(&mut self, to: &mut impl Write) -> io::Result<usize> {
        self.connection.write_tls(to)
    }

    /// The last words of a session that has failed, for the wire.
    pub(in crate::net) fn last_words(&mut self) -> Vec<u8> {
        let mut words = Vec::new();
        // Memory takes everything.
        while self.failed && self.wants_write() && self.connection.write_tls(&mut words).is_ok() {}
        words
    }

    /// What it means that the connection has broken off.
    pub(in crate::net) fn broken(&self, cause: Failure) -> Failure {
        failures::broken(&self.peer, cause, self.is_secure())
    }

    /// The handshake has taken too long.
    pub(in crate::net) fn overdue(&self) -> Failure {
        failures::overdue(&self.peer)
    }
}
