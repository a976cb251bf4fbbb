//! The event loop: many sockets, one thread, one turn at a time.

use super::event::{Event, ListenerId, StreamId};
use super::listening::{ACCEPT_PAUSE, AcceptPause, ListeningSocket, bind_all};
use super::socket::{Acceptor, Channel, Target, supported};
use super::stream::{Attempt, Handshake, Phase, Stream};
use super::{Address, Failure, SocketOptions, clock, tls};
use crate::base::{Code, Error, Millis, Result};
use mio::{Events, Poll, Token};
use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

/// Wakes the event loop from any thread.
#[derive(Clone)]
pub struct Waker(Arc<mio::Waker>);

impl Waker {
    /// Ends the current wait of the loop, or the next one.
    pub fn wake(&self) {
        // It fails only when the loop is gone, and then nobody needs waking.
        let _ = self.0.wake();
    }
}

/// Bytes read in one turn over all streams; who is left comes first in the next turn.
const READ_PER_TURN_ALL: usize = 8 << 20;

/// What a step of a handshake of TLS counts as in that: an RSA signature takes longer than decrypting so many bytes.
const HANDSHAKE_STEP: usize = READ_PER_TURN_ALL / 32;

/// Connections accepted per socket and turn.
const ACCEPT_PER_TURN: usize = 64;

/// Events fetched per turn.
const EVENTS_PER_TURN: usize = 256;

const WAKER: Token = Token(0);

/// The sockets of one thread.
pub struct Reactor {
    poll: Poll,
    fetched: Events,
    next: u64,
    send_timeout: Millis,
    handshake_timeout: Millis,
    acceptors: BTreeMap<u64, ListeningSocket>,
    streams: BTreeMap<u64, Stream>,
    /// Where reading goes on in the next turn.
    read_cursor: u64,
    buffer: Vec<u8>,
    /// A wake-up must outlive the thread that asked for it, so the loop keeps the waker alive.
    _waker: Waker,
}

impl Reactor {
    /// An event loop without sockets. A write without progress for `send_timeout` ends its stream with `E_WRITE_STREAM`, a
    /// handshake of TLS that takes longer than `handshake_timeout` on an accepted one with `E_NW_TIMEOUT`.
    pub fn new(send_timeout: Millis, handshake_timeout: Millis) -> Result<(Reactor, Waker)> {
        let failed = |e: std::io::Error| Error { code: Code::E_NW_SELECT, text: format!("starting the event loop: {e}") };
        let poll = Poll::new().map_err(failed)?;
        let waker = mio::Waker::new(poll.registry(), WAKER).map_err(failed)?;
        let waker = Waker(Arc::new(waker));
        let reactor = Reactor {
            _waker: waker.clone(),
            poll,
            fetched: Events::with_capacity(EVENTS_PER_TURN),
            next: 1,
            send_timeout,
            handshake_timeout,
            acceptors: BTreeMap::new(),
            streams: BTreeMap::new(),
            read_cursor: 0,
            buffer: vec![0; 64 << 10],
        };
        Ok((reactor, waker))
    }

    /// Listens at an address on all of `places` (from [`Address::to_listen`]); returns the listener and its port (0 in the local domain).
    pub fn listen(
        &mut self,
        address: &Address,
        places: &[SocketAddr],
        options: &SocketOptions,
        backlog: i32,
    ) -> Result<(ListenerId, u16), Failure> {
        supported(options)?;
        let tls = options.tls.as_ref().map(|tls| tls.server()).transpose()?;
        let opened = match address {
            Address::Local(path) => vec![Acceptor::bind_local(path)?],
            Address::Inet { .. } => bind_all(places, options, backlog)?,
        };
        let listener = ListenerId(self.number());
        let port = opened.first().and_then(Acceptor::port).unwrap_or(0);
        for mut acceptor in opened {
            let token = self.number();
            if let Err(e) = acceptor.register(self.poll.registry(), token_of(token)) {
                self.close_listener(listener);
                return Err(Failure::io(Code::E_NW_SOCKET, "registering a listener", &e));
            }
            let pause = AcceptPause::default();
            let socket = ListeningSocket { acceptor, listener, options: options.clone(), tls: tls.clone(), ready: true, pause };
            self.acceptors.insert(token, socket);
        }
        Ok((listener, port))
    }

    /// Closes a listener; its streams stay.
    pub fn close_listener(&mut self, listener: ListenerId) {
        self.acceptors.retain(|_, socket| socket.listener != listener);
    }

    /// Begins to connect to the first of `targets`, then the others; ends with `Connected` or `Closed`. `name` is for messages.
    pub fn connect(
        &mut self,
        name: &str,
        targets: Vec<Target>,
        options: &SocketOptions,
        deadline: Millis,
    ) -> Result<StreamId, Failure> {
        supported(options)?;
        let attempt = Attempt {
            rest: targets.into(),
            name: name.to_owned(),
            deadline,
            turn_ends: deadline,
            options: options.clone(),
            tls: tls_to(name, options)?,
        };
        let stream = self.number();
        let none = Failure::new(Code::E_NW_INVADDR, format!("connecting to \"{name}\": no address"));
        self.try_next(stream, attempt, none)?;
        Ok(StreamId(stream))
    }

    /// Queues bytes; false when the queue is full or the stream is gone. They leave with the next turn.
    pub fn send(&mut self, stream: StreamId, bytes: Vec<u8>) -> bool {
        let takes = |s: &Stream| matches!(s.phase, Phase::Securing(_) | Phase::Open);
        self.streams.get_mut(&stream.0).is_some_and(|s| takes(s) && s.push(bytes))
    }

    /// Bytes sent and received.
    pub fn traffic(&self, stream: StreamId) -> (u64, u64) {
        self.streams.get(&stream.0).map_or((0, 0), |s| (s.sent, s.received))
    }

    /// Stops or resumes reading. A new stream is paused, so that its owner can get ready.
    pub fn pause(&mut self, stream: StreamId, paused: bool) {
        if let Some(stream) = self.streams.get_mut(&stream.0) {
            stream.paused = paused;
        }
    }

    /// Lets a stream go. What is queued is still written, for at most `grace`; nothing more is reported of it.
    pub fn close(&mut self, stream: StreamId, grace: Millis) {
        let Some(open) = self.streams.get_mut(&stream.0) else { return };
        match open.phase {
            Phase::Open if grace.0 > 0 => {
                open.phase = Phase::Finishing { deadline: clock::now().after(grace), shut: false };
            }
            // It is on its way out, and may have something to say to its peer.
            Phase::Finishing { .. } => {}
            _ => {
                self.drop_stream(stream.0);
            }
        }
    }

    /// Whether nothing is left but listeners: every stream has closed.
    pub fn is_quiet(&self) -> bool {
        self.streams.is_empty()
    }

    /// Writes what is queued, waits at most `limit` for something to happen, and reports what did.
    pub fn turn(&mut self, limit: Millis, events: &mut Vec<Event>) -> Result<()> {
        self.write_all(events);
        let busy = !events.is_empty()
            || self.streams.values().any(Stream::wants_reading)
            || self.acceptors.values().any(|a| a.ready && a.pause.until <= clock::now());
        let limit = if busy { Millis(0) } else { Millis(limit.0.min(clock::until(self.deadline()).0)) };
        match self.poll.poll(&mut self.fetched, clock::duration(limit)) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(Error { code: Code::E_NW_SELECT, text: format!("waiting for sockets: {e}") }),
        }
        self.note_readiness();
        self.finish_connecting(events);
        self.write_all(events);
        self.accept_all(events);
        self.read_all(events);
        self.end_overdue(events);
        Ok(())
    }

    fn note_readiness(&mut self) {
        for event in &self.fetched {
            let token = event.token().0 as u64;
            if let Some(stream) = self.streams.get_mut(&token) {
                stream.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
                stream.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
            } else if let Some(socket) = self.acceptors.get_mut(&token) {
                socket.ready = true;
            }
        }
    }

    fn finish_connecting(&mut self, events: &mut Vec<Event>) {
        let ready = |s: &Stream| s.writable && matches!(s.phase, Phase::Connecting(_));
        let tokens: Vec<u64> = self.streams.iter().filter(|(_, s)| ready(s)).map(|(t, _)| *t).collect();
        for token in tokens {
            let Some(stream) = self.streams.get_mut(&token) else { continue };
            match stream.channel.outcome() {
                Ok(Some(peer)) => {
                    let connected = Event::Connected { stream: StreamId(token), peer };
                    let Phase::Connecting(attempt) = std::mem::replace(&mut stream.phase, Phase::Open) else { continue };
                    let Some(client) = attempt.tls else {
                        events.push(connected);
                        continue;
                    };
                    match client.session(format!("\"{}\"", attempt.name)) {
                        Ok(session) => {
                            let handshake = Handshake { deadline: attempt.deadline, success: Some(connected) };
                            stream.begin_tls(session, handshake);
                        }
                        Err(failure) => self.report(vec![(token, Some(failure))], events),
                    }
                }
                Ok(None) => stream.writable = false,
                Err(e) => {
                    let code = if e.kind() == ErrorKind::TimedOut { Code::E_NW_TIMEOUT } else { Code::E_NW_CONNECT };
                    self.next_target(token, |name| Failure::io(code, &format!("connecting to \"{name}\""), &e), events);
                }
            }
        }
    }

    /// Gives up the current target of a connecting stream and tries the next one.
    fn next_target(&mut self, token: u64, why: impl FnOnce(&str) -> Failure, events: &mut Vec<Event>) {
        let Some(stream) = self.drop_stream(token) else { return };
        let Phase::Connecting(attempt) = stream.phase else { return };
        let why = why(&attempt.name);
        if let Err(failure) = self.try_next(token, attempt, why) {
            events.push(Event::Closed { stream: StreamId(token), failure });
        }
    }

    fn try_next(&mut self, token: u64, mut attempt: Attempt, mut failure: Failure) -> Result<(), Failure> {
        while let Some(target) = attempt.rest.pop_front() {
            let left = clock::until(attempt.deadline);
            // Every target left gets its share of the time left.
            let share = left.0 / (attempt.rest.len() as u64 + 1);
            attempt.turn_ends = if attempt.rest.is_empty() { attempt.deadline } else { clock::now().after(Millis(share)) };
            let opened = Channel::connect(&target, &attempt.options).and_then(|mut channel| {
                let registered = channel.register(self.poll.registry(), token_of(token));
                registered.map(|()| channel).map_err(|e| Failure::io(Code::E_NW_SOCKET, "registering a socket", &e))
            });
            match opened {
                Ok(channel) => {
                    self.streams.insert(token, Stream::new(channel, Phase::Connecting(attempt)));
                    return Ok(());
                }
                Err(e) => failure = e,
            }
        }
        Err(failure)
    }

    fn write_all(&mut self, events: &mut Vec<Event>) {
        let mut failed = Vec::new();
        for (token, stream) in &mut self.streams {
            if matches!(stream.phase, Phase::Connecting(_)) {
                continue;
            }
            let before = stream.queued();
            let outcome = stream.write();
            let written = stream.is_written();
            if matches!(stream.phase, Phase::Open) && stream.queued() < before {
                events.push(Event::Sent { stream: StreamId(*token), bytes: before - stream.queued() });
            }
            match (&mut stream.phase, outcome) {
                // What the peer sent before it closed may say why; reading finds the end.
                (Phase::Open, Err(_)) if stream.readable && !stream.paused => {}
                (Phase::Securing(_), Err(_)) if stream.readable => {}
                (Phase::Open | Phase::Securing(_), Err(failure)) => failed.push((*token, Some(failure))),
                (Phase::Finishing { .. }, Err(_)) => failed.push((*token, None)),
                (Phase::Finishing { shut, .. }, Ok(())) if written && !*shut => {
                    *shut = true;
                    stream.channel.shut_writing();
                }
                _ => {}
            }
        }
        self.report(failed, events);
    }

    fn accept_all(&mut self, events: &mut Vec<Event>) {
        let now = clock::now();
        let ready: Vec<u64> =
            self.acceptors.iter().filter(|(_, a)| a.ready && a.pause.until <= now).map(|(token, _)| *token).collect();
        for token in ready {
            for _ in 0..ACCEPT_PER_TURN {
                let Some(socket) = self.acceptors.get_mut(&token) else { break };
                let (mut channel, peer) = match socket.acceptor.accept(&socket.options) {
                    Ok(accepted) => accepted,
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {
                        socket.ready = false;
                        break;
                    }
                    Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => continue,
                    Err(e) => {
                        if socket.pause.begin(now) {
                            log::warn!("accepting a connection: {e}; trying again every {ACCEPT_PAUSE} ms until it works");
                        }
                        break;
                    }
                };
                let listener = socket.listener;
                let session = match socket.tls.as_ref().map(|tls| tls.session(shown(peer))).transpose() {
                    Ok(session) => session,
                    Err(failure) => {
                        log::warn!("accepting a connection: {}", failure.error);
                        continue;
                    }
                };
                let stream = self.number();
                if let Err(e) = channel.register(self.poll.registry(), token_of(stream)) {
                    log::warn!("registering an accepted connection: {e}");
                    continue;
                }
                let mut accepted = Stream::new(channel, Phase::Open);
                if let Some(session) = session {
                    let deadline = clock::now().after(self.handshake_timeout);
                    accepted.begin_tls(session, Handshake { deadline, success: None });
                }
                self.streams.insert(stream, accepted);
                events.push(Event::Accepted { listener, stream: StreamId(stream), peer });
            }
        }
    }

    fn read_all(&mut self, events: &mut Vec<Event>) {
        let from = self.read_cursor;
        let order: VecDeque<u64> =
            self.streams.range(from..).chain(self.streams.range(..from)).map(|(token, _)| *token).collect();
        let mut total = 0;
        let mut ended = Vec::new();
        for token in order {
            if total >= READ_PER_TURN_ALL {
                self.read_cursor = token;
                break;
            }
            let Some(stream) = self.streams.get_mut(&token).filter(|s| s.wants_reading()) else { continue };
            if matches!(stream.phase, Phase::Securing(_)) {
                total += HANDSHAKE_STEP;
                match stream.secure(&mut self.buffer) {
                    Ok(done) => events.extend(done.and_then(|handshake| handshake.success)),
                    Err(failure) => ended.push((token, Some(failure))),
                }
                continue;
            }
            let outcome = stream.read(&mut self.buffer);
            total += outcome.bytes.len();
            let open = matches!(stream.phase, Phase::Open);
            if open && !outcome.bytes.is_empty() {
                events.push(Event::Received { stream: StreamId(token), bytes: outcome.bytes });
            }
            if let Some(failure) = outcome.end {
                ended.push((token, open.then_some(failure)));
            }
        }
        self.report(ended, events);
    }

    fn end_overdue(&mut self, events: &mut Vec<Event>) {
        let now = clock::now();
        let mut ended = Vec::new();
        let mut overdue = Vec::new();
        for (token, stream) in &self.streams {
            match &stream.phase {
                Phase::Connecting(attempt) if attempt.turn_ends <= now => overdue.push(*token),
                Phase::Securing(handshake) if handshake.deadline <= now => ended.push((*token, Some(stream.overdue()))),
                Phase::Finishing { deadline, .. } if *deadline <= now => ended.push((*token, None)),
                Phase::Open if stream.write_deadline(self.send_timeout).is_some_and(|d| d <= now) => {
                    let text = format!("the peer has taken no bytes for {} ms", self.send_timeout);
                    ended.push((*token, Some(Failure::new(Code::E_WRITE_STREAM, text))));
                }
                _ => {}
            }
        }
        self.report(ended, events);
        for token in overdue {
            let text = |name: &str| Failure::new(Code::E_NW_TIMEOUT, format!("connecting to \"{name}\": no answer in time"));
            self.next_target(token, text, events);
        }
    }

    /// The next moment at which something must be done without any socket's doing.
    fn deadline(&self) -> Millis {
        let streams = self.streams.values().filter_map(|stream| match &stream.phase {
            Phase::Connecting(attempt) => Some(attempt.turn_ends),
            Phase::Securing(handshake) => Some(handshake.deadline),
            Phase::Finishing { deadline, .. } => Some(*deadline),
            Phase::Open => stream.write_deadline(self.send_timeout),
        });
        let acceptors = self.acceptors.values().filter(|a| a.ready).map(|a| a.pause.until);
        streams.chain(acceptors).min().unwrap_or(Millis::INFINITE)
    }

    fn report(&mut self, ended: Vec<(u64, Option<Failure>)>, events: &mut Vec<Event>) {
        for (token, failure) in ended {
            if !self.streams.get_mut(&token).is_some_and(Stream::says_why) {
                self.drop_stream(token);
            }
            if let Some(failure) = failure {
                events.push(Event::Closed { stream: StreamId(token), failure });
            }
        }
    }

    fn drop_stream(&mut self, token: u64) -> Option<Stream> {
        let mut stream = self.streams.remove(&token)?;
        stream.channel.deregister(self.poll.registry());
        Some(stream)
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }
}

fn token_of(number: u64) -> Token {
    Token(usize::try_from(number).unwrap_or(usize::MAX))
}

/// Whether an attempt to connect could begin: what cannot be done with these options is refused before.
pub fn check_to_connect(name: &str, options: &SocketOptions) -> Result<(), Failure> {
    supported(options)?;
    tls_to(name, options).map(drop)
}

/// What an attempt to connect begins with once the socket is connected, if TLS is asked for.
fn tls_to(name: &str, options: &SocketOptions) -> Result<Option<tls::Client>, Failure> {
    let Some(tls) = &options.tls else { return Ok(None) };
    Ok(Some(tls.client(Address::parse(name, options.domain)?.host())?))
}

fn shown(peer: Option<SocketAddr>) -> String {
    peer.map_or_else(|| "a local peer".into(), |peer| peer.to_string())
}
