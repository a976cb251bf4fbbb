//! One stream: its state, what waits to be written, how it is read.

use super::event::Event;
use super::queue::WriteQueue;
use super::socket::{Channel, Target};
use super::tls::{Client, Session};
use super::{Failure, SocketOptions, clock};
use crate::base::{Code, Millis};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};

/// Bytes that one stream may deliver in one turn, so that one peer cannot starve the others.
pub const READ_PER_TURN: usize = 256 << 10;

/// How long a stream that has failed may take to tell its peer why.
const LAST_WORDS: Millis = Millis(1000);

/// What a stream is doing.
pub(super) enum Phase {
    /// Trying the current one of its targets.
    Connecting(Attempt),
    /// The handshake of TLS is under way; what is queued waits for its end.
    Securing(Handshake),
    /// Open both ways.
    Open,
    /// The owner has let it go: the rest of the queue is written, then it closes.
    Finishing {
        /// When it closes in any case.
        deadline: Millis,
        /// Whether the end has been announced to the peer.
        shut: bool,
    },
}

/// Where a connecting stream stands.
pub(super) struct Attempt {
    /// Targets behind the current one.
    pub rest: VecDeque<Target>,
    /// The string that the user gave.
    pub name: String,
    /// When the whole attempt ends.
    pub deadline: Millis,
    /// When the next target is tried.
    pub turn_ends: Millis,
    pub options: SocketOptions,
    /// What comes after connecting, if TLS is asked for.
    pub tls: Option<Client>,
}

/// A handshake of TLS.
pub(super) struct Handshake {
    pub deadline: Millis,
    /// What its success means to the owner, who knows already of a stream that was accepted.
    pub success: Option<Event>,
}

pub(super) struct Stream {
    pub channel: Channel,
    pub phase: Phase,
    /// The system has said that something can be read, and reading has not yet found the end of it.
    pub readable: bool,
    pub writable: bool,
    /// The owner wants nothing for now; so it is at first.
    pub paused: bool,
    /// Bytes on the wire.
    pub sent: u64,
    pub received: u64,
    session: Option<Box<Session>>,
    queue: WriteQueue,
    /// Bytes of the queue that the session has encrypted, but not yet written.
    sealed: usize,
    /// Last time that a write made progress, or began.
    progress: Millis,
}

/// What reading gave.
pub(super) struct ReadOutcome {
    pub bytes: Vec<u8>,
    pub end: Option<Failure>,
}

impl Stream {
    pub(super) fn new(channel: Channel, phase: Phase) -> Stream {
        Stream {
            channel,
            phase,
            readable: false,
            writable: false,
            paused: true,
            sent: 0,
            received: 0,
            session: None,
            queue: WriteQueue::default(),
            sealed: 0,
            progress: Millis(0),
        }
    }

    /// Begins the handshake of TLS.
    pub(super) fn begin_tls(&mut self, session: Session, handshake: Handshake) {
        self.session = Some(Box::new(session));
        self.phase = Phase::Securing(handshake);
    }

    /// Bytes not yet handed to the system.
    pub(super) fn queued(&self) -> usize {
        self.queue.waiting()
    }

    /// Whether nothing waits to be written, not even the end of TLS.
    pub(super) fn is_written(&self) -> bool {
        self.queued() == 0 && self.session.as_ref().is_none_or(|session| session.has_ended())
    }

    /// Whether reading would make sense now. What TLS has decrypted and nobody taken came with the end of its handshake, and then
    /// the stream is readable still.
    pub(super) fn wants_reading(&self) -> bool {
        match self.phase {
            Phase::Connecting(_) => false,
            Phase::Open => self.readable && !self.paused,
            Phase::Securing(_) | Phase::Finishing { .. } => self.readable,
        }
    }

    /// Appends to the queue; false when it is full.
    pub(super) fn push(&mut self, bytes: Vec<u8>) -> bool {
        if self.queued() == 0 {
            self.progress = clock::now();
        }
        self.queue.push(bytes)
    }

    /// Writes until nothing waits or the system takes no more.
    pub(super) fn write(&mut self) -> Result<(), Failure> {
        while self.writable && self.has_something_to_write() {
            let written = match (&mut self.session, self.queue.front()) {
                (Some(session), _) => session.write(&mut self.channel),
                (None, rest) => self.channel.write(rest.unwrap_or_default()),
            };
            match written {
                Ok(0) => return Err(self.broken(Failure::new(Code::E_NW_SENDERR, "the socket takes no more bytes"))),
                Ok(n) => self.note_written(n),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    let code = if is_closed(e.kind()) { Code::E_NW_CLOSED } else { Code::E_NW_SENDERR };
                    return Err(self.broken(Failure::io(code, "writing to the peer", &e)));
                }
            }
        }
        Ok(())
    }

    /// When a write that makes no progress has taken too long.
    pub(super) fn write_deadline(&self, send_timeout: Millis) -> Option<Millis> {
        (self.queued() > 0 && matches!(self.phase, Phase::Open)).then(|| self.progress.after(send_timeout))
    }

    /// Goes on with the handshake of TLS by what one look through `buffer` finds; gives it back when it has succeeded.
    pub(super) fn secure(&mut self, buffer: &mut [u8]) -> Result<Option<Handshake>, Failure> {
        let is_secure = |stream: &Stream| stream.session.as_ref().is_none_or(|session| session.is_secure());
        if self.readable && !is_secure(self) {
            self.fetch(buffer)?;
        }
        if !is_secure(self) {
            return Ok(None);
        }
        self.progress = clock::now();
        match std::mem::replace(&mut self.phase, Phase::Open) {
            Phase::Securing(handshake) => Ok(Some(handshake)),
            other => {
                self.phase = other;
                Ok(None)
            }
        }
    }

    /// Reads about [`READ_PER_TURN`] bytes through `buffer`.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        let mut bytes = Vec::new();
        let mut fetched = 0;
        let mut end = None;
        loop {
            if self.session.as_mut().is_some_and(|session| session.take(&mut bytes)) {
                end.get_or_insert_with(closed);
            }
            if end.is_some() || !self.readable || fetched >= READ_PER_TURN {
                return ReadOutcome { bytes, end };
            }
            match self.fetch(buffer) {
                Ok(wire) => {
                    fetched += wire.len();
                    if self.session.is_none() {
                        bytes.extend_from_slice(wire);
                    }
                }
                Err(failure) => end = Some(failure),
            }
        }
    }

    /// The stream has failed. If that was TLS, what it has to say about it to the peer is still written; false if nothing is.
    pub(super) fn says_why(&mut self) -> bool {
        let words = self.session.take().map_or_else(Vec::new, |mut session| session.last_words());
        if words.is_empty() || matches!(self.phase, Phase::Finishing { .. }) {
            return false;
        }
        self.phase = Phase::Finishing { deadline: clock::now().after(LAST_WORDS), shut: false };
        self.queue = WriteQueue::default();
        self.queue.push(words)
    }

    /// The handshake has taken too long.
    pub(super) fn overdue(&self) -> Failure {
        let failure = self.session.as_ref().map(|session| session.overdue());
        failure.unwrap_or_else(|| Failure::new(Code::E_NW_TIMEOUT, "the handshake took too long"))
    }

    /// Whether there is something for the system; encrypts the next part of the queue if need be.
    fn has_something_to_write(&mut self) -> bool {
        let Some(session) = &mut self.session else { return self.queue.front().is_some() };
        if session.wants_write() {
            return true;
        }
        match (&self.phase, self.queue.front()) {
            (Phase::Open | Phase::Finishing { .. }, Some(rest)) => {
                let count = session.encrypt(rest);
                self.queue.take(count);
                self.sealed += count;
            }
            (Phase::Finishing { .. }, None) => session.say_goodbye(),
            _ => {}
        }
        session.wants_write()
    }

    fn note_written(&mut self, wire: usize) {
        self.sent += wire as u64;
        self.progress = clock::now();
        match &self.session {
            None => {
                self.queue.take(wire);
                self.queue.done(wire);
            }
            Some(session) if !session.wants_write() => self.queue.done(std::mem::take(&mut self.sealed)),
            Some(_) => {}
        }
    }

    /// Reads once from the system and gives it to TLS, if there is any; what was read, nothing if there was nothing.
    fn fetch<'a>(&mut self, buffer: &'a mut [u8]) -> Result<&'a [u8], Failure> {
        let count = match self.channel.read(buffer) {
            Ok(0) => {
                self.readable = false;
                return Err(self.broken(closed()));
            }
            Ok(count) => count,
            Err(e) if e.kind() == ErrorKind::Interrupted => 0,
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                0
            }
            Err(e) => {
                self.readable = false;
                let code = if is_closed(e.kind()) { Code::E_NW_CLOSED } else { Code::E_NW_RECVERR };
                return Err(self.broken(Failure::io(code, "reading from the peer", &e)));
            }
        };
        let wire = buffer.get(..count).unwrap_or_default();
        let is_first = self.received == 0;
        self.received += count as u64;
        match &mut self.session {
            Some(session) => session.decrypt(wire)?,
            None if is_first && is_tls(wire) => {
                let text = "the peer speaks TLS, and this socket does not: give ssl_params on both sides, or on none";
                return Err(Failure::new(Code::E_NW_HANDSHAKE, text));
            }
            None => {}
        }
        Ok(wire)
    }

    fn broken(&self, cause: Failure) -> Failure {
        match &self.session {
            Some(session) => session.broken(cause),
            None => cause,
        }
    }
}

fn closed() -> Failure {
    Failure::new(Code::E_NW_CLOSED, "the peer has closed the connection")
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}

/// Whether a peer begins with a record of TLS: an alert or a handshake, of any version since SSL 3. Frames of ours never do.
fn is_tls(first: &[u8]) -> bool {
    matches!(first, [0x15 | 0x16, 3, ..])
}
