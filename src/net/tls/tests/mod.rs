//! TLS over real sockets: two peers on one event loop, with the certificates of `tests/tls`.

mod failures;
mod params;
mod traffic;

use super::*;
use crate::base::Millis;
use crate::net::{Address, Domain, Event, Failure, Reactor, SocketOptions, StreamId, Target, clock};
use parking_lot::{Mutex, MutexGuard};
use rustls::SupportedProtocolVersion;
use rustls::version::TLS12;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// The CAs are those of the process, and tests run side by side.
static TRUST: Mutex<()> = Mutex::new(());

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// Trusts these alone, as long as the guard lives.
fn trusting(authorities: &[&str]) -> MutexGuard<'static, ()> {
    let guard = TRUST.lock();
    forget_trusted();
    for name in authorities {
        trust(Some(&file(name)), None).expect(name);
    }
    guard
}

/// Parameters with the certificate of this name; none without a name.
fn with(name: &str) -> TlsParams {
    let pem = |kind| (!name.is_empty()).then(|| Pem::File(file(&format!("{name}.{kind}"))));
    TlsParams { chain_depth_max: 9, certificate: pem("pem"), private_key: pem("key"), ..TlsParams::default() }
}

/// The same, with a look at the peer.
fn verifying(name: &str) -> TlsParams {
    TlsParams { verify: true, ..with(name) }
}

/// The same, where clients must have a certificate.
fn requiring(name: &str) -> TlsParams {
    TlsParams { required: true, ..with(name) }
}

fn options(params: &TlsParams) -> SocketOptions {
    SocketOptions { tls: Some(TlsSettings::new(params).expect("good parameters")), ..SocketOptions::default() }
}

/// A peer that speaks nothing newer.
fn only_tls12(params: &TlsParams) -> SocketOptions {
    const OLD: &[&SupportedProtocolVersion] = &[&TLS12];
    let mut settings = TlsSettings::new(params).expect("good parameters");
    Arc::get_mut(&mut settings).expect("nobody else has it").versions = OLD;
    SocketOptions { tls: Some(settings), ..SocketOptions::default() }
}

/// One event loop for both ends.
struct Net {
    reactor: Reactor,
    /// How streams ended, and what came from them.
    ended: Vec<(StreamId, Failure)>,
    received: Vec<(StreamId, Vec<u8>)>,
    /// Bytes of the owner that the system has taken.
    written: BTreeMap<StreamId, usize>,
    /// Streams begin to read by themselves.
    reading: bool,
}

const PATIENCE: Millis = Millis(30_000);

impl Net {
    fn new() -> Net {
        Net::with_limits(PATIENCE, PATIENCE)
    }

    fn with_limits(send: Millis, handshake: Millis) -> Net {
        let (reactor, _) = Reactor::new(send, handshake).expect("event loop");
        Net { reactor, ended: Vec::new(), received: Vec::new(), written: BTreeMap::new(), reading: true }
    }

    fn listen(&mut self, options: &SocketOptions) -> u16 {
        let address = Address::parse("127.0.0.1:0", Domain::Inet).expect("an address");
        let places = address.to_listen(Domain::Inet).expect("this machine");
        self.reactor.listen(&address, &places, options, 0).expect("a free port").1
    }

    fn connect(&mut self, port: u16, options: &SocketOptions) -> StreamId {
        self.connect_to("127.0.0.1", port, options, PATIENCE)
    }

    fn connect_to(&mut self, host: &str, port: u16, options: &SocketOptions, limit: Millis) -> StreamId {
        let targets = vec![Target::Inet(SocketAddr::from(([127, 0, 0, 1], port)))];
        let deadline = clock::now().after(limit);
        self.reactor.connect(&format!("{host}:{port}"), targets, options, deadline).expect("begun")
    }

    /// One turn, which collects what happened; the events that remain.
    fn turn(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.reactor.turn(Millis(1000), &mut events).expect("a turn");
        for event in &mut events {
            match event {
                Event::Accepted { stream, .. } | Event::Connected { stream, .. } => self.reactor.pause(*stream, !self.reading),
                Event::Received { stream, bytes } => self.received.push((*stream, std::mem::take(bytes))),
                Event::Closed { stream, failure } => self.ended.push((*stream, failure.clone())),
                Event::Sent { stream, bytes } => *self.written.entry(*stream).or_default() += *bytes,
            }
        }
        events
    }

    /// Turns until `wanted` finds something in an event.
    fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let deadline = clock::now().after(PATIENCE);
        loop {
            if let Some(found) = self.turn().iter().find_map(&mut wanted) {
                return found;
            }
            assert!(clock::now() < deadline, "nothing happened; ended: {:?}", self.ended);
        }
    }

    /// Turns until `done`.
    fn turn_until(&mut self, mut done: impl FnMut(&mut Net) -> bool) {
        let deadline = clock::now().after(PATIENCE);
        while !done(self) {
            self.turn();
            assert!(clock::now() < deadline, "nothing happened; ended: {:?}", self.ended);
        }
    }

    /// Both ends of a new connection, secure: the one that was accepted, the one that has connected.
    fn pair(&mut self, server: &SocketOptions, client: &SocketOptions) -> (StreamId, StreamId) {
        let port = self.listen(server);
        self.connect(port, client);
        let accepted = self.until(accepted);
        let connected = self.until(connected);
        (accepted, connected)
    }

    /// All that came from a stream.
    fn bytes_of(&self, of: StreamId) -> Vec<u8> {
        self.received.iter().filter(|(stream, _)| *stream == of).flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// How a stream ended.
    fn end_of(&mut self, of: StreamId) -> Failure {
        self.turn_until(|net| net.ended.iter().any(|(stream, _)| *stream == of));
        let found = self.ended.iter().find(|(stream, _)| *stream == of);
        found.map(|(_, failure)| failure.clone()).expect("it has ended")
    }
}

fn accepted(event: &Event) -> Option<StreamId> {
    if let Event::Accepted { stream, .. } = event { Some(*stream) } else { None }
}

fn connected(event: &Event) -> Option<StreamId> {
    if let Event::Connected { stream, .. } = event { Some(*stream) } else { None }
}
