//! Listening sockets of an event loop: opened, and when each is asked for connections.

use super::event::ListenerId;
use super::socket::Acceptor;
use super::tls::Server;
use super::{Failure, SocketOptions};
use crate::base::{Code, Millis};
use std::net::SocketAddr;

/// Pause after the system has run out of descriptors.
pub(super) const ACCEPT_PAUSE: Millis = Millis(100);

/// Time between two lines in the log that say so.
pub(super) const ACCEPT_QUIET: Millis = Millis(60_000);

pub(super) struct ListeningSocket {
    pub(super) acceptor: Acceptor,
    pub(super) listener: ListenerId,
    pub(super) options: SocketOptions,
    /// What its streams begin with, if TLS is asked for.
    pub(super) tls: Option<Server>,
    pub(super) ready: bool,
    pub(super) pause: AcceptPause,
}

/// When a listener goes on after the system has run out of descriptors.
#[derive(Default)]
pub(super) struct AcceptPause {
    pub(super) until: Millis,
    quiet_until: Millis,
}

impl AcceptPause {
    /// Begins one; whether it is worth a line in the log.
    pub(super) fn begin(&mut self, now: Millis) -> bool {
        self.until = now.after(ACCEPT_PAUSE);
        let worth_a_line = self.quiet_until <= now;
        if worth_a_line {
            self.quiet_until = now.after(ACCEPT_QUIET);
        }
        worth_a_line
    }
}

/// Listens at all of `places`, with one port if the system chooses it.
pub(super) fn bind_all(places: &[SocketAddr], options: &SocketOptions, backlog: i32) -> Result<Vec<Acceptor>, Failure> {
    let mut opened: Vec<Acceptor> = Vec::new();
    let mut failure = Failure::new(Code::E_NW_INVADDR, "no address to listen at");
    for place in places {
        let mut place = *place;
        if let Some(port) = opened.first().and_then(Acceptor::port) {
            if place.ip().is_unspecified() {
                // The first socket takes both versions of IP.
                break;
            }
            place.set_port(port);
        }
        match Acceptor::bind(place, options, backlog) {
            Ok(acceptor) => opened.push(acceptor),
            // A machine without IPv6 listens with what it has.
            Err(e) if matches!(e.errno, libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL) => failure = e,
            Err(e) => return Err(e),
        }
    }
    if opened.is_empty() { Err(failure) } else { Ok(opened) }
}
