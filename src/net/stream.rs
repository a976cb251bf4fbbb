//! One stream: its state, what waits to be written, how it is read.

use super::Failure;
use super::socket::{Channel, Target};
use super::{SocketOptions, clock};
use crate::base::{Code, Millis};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};

/// Bytes that may wait in one stream's write queue.
pub const WRITE_QUEUE_MAX: usize = 64 << 20;

/// Bytes that one stream may deliver in one turn, so that one peer cannot starve the others.
pub const READ_PER_TURN: usize = 256 << 10;

/// Small pieces are put together up to this size.
const CHUNK: usize = 64 << 10;

/// What a stream is doing.
pub(super) enum Phase {
    /// Trying the current one of its targets.
    Connecting(Attempt),
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
}

pub(super) struct Stream {
    pub channel: Channel,
    pub phase: Phase,
    /// The system has said that something can be read, and reading has not yet found the end of it.
    pub readable: bool,
    pub writable: bool,
    /// The owner wants nothing for now; so it is at first.
    pub paused: bool,
    pub sent: u64,
    pub received: u64,
    queue: VecDeque<Vec<u8>>,
    /// Bytes of the queue's front that are written.
    written: usize,
    queued: usize,
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
            queue: VecDeque::new(),
            written: 0,
            queued: 0,
            progress: Millis(0),
        }
    }

    /// Bytes not yet handed to the system.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Whether reading would make sense now.
    pub(super) fn wants_reading(&self) -> bool {
        self.readable
            && match self.phase {
                Phase::Connecting(_) => false,
                Phase::Open => !self.paused,
                Phase::Finishing { .. } => true,
            }
    }

    /// Appends to the queue; false when it is full.
    pub(super) fn push(&mut self, bytes: Vec<u8>) -> bool {
        if bytes.is_empty() {
            return true;
        }
        if self.queued.saturating_add(bytes.len()) > WRITE_QUEUE_MAX {
            return false;
        }
        if self.queued == 0 {
            self.progress = clock::now();
        }
        self.queued += bytes.len();
        match self.queue.back_mut() {
            Some(last) if last.len() + bytes.len() <= CHUNK => last.extend_from_slice(&bytes),
            _ => self.queue.push_back(bytes),
        }
        true
    }

    /// Writes until the queue is empty or the system takes no more.
    pub(super) fn write(&mut self) -> Result<(), Failure> {
        while self.writable {
            let Some(rest) = self.queue.front().and_then(|front| front.get(self.written..)) else { break };
            if rest.is_empty() {
                self.queue.pop_front();
                self.written = 0;
                continue;
            }
            match self.channel.write(rest) {
                Ok(0) => return Err(Failure::new(Code::E_NW_SENDERR, "the socket takes no more bytes")),
                Ok(n) => {
                    self.written += n;
                    self.queued -= n;
                    self.sent += n as u64;
                    self.progress = clock::now();
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_closed(e.kind()) => return Err(Failure::io(Code::E_NW_CLOSED, "writing to the peer", &e)),
                Err(e) => return Err(Failure::io(Code::E_NW_SENDERR, "writing to the peer", &e)),
            }
        }
        Ok(())
    }

    /// When a write that makes no progress has taken too long.
    pub(super) fn write_deadline(&self, send_timeout: Millis) -> Option<Millis> {
        (self.queued > 0 && matches!(self.phase, Phase::Open)).then(|| self.progress.after(send_timeout))
    }

    /// Reads at most [`READ_PER_TURN`] bytes through `buffer`.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        let mut bytes = Vec::new();
        while bytes.len() < READ_PER_TURN {
            match self.channel.read(buffer) {
                Ok(0) => {
                    self.readable = false;
                    let end = Some(Failure::new(Code::E_NW_CLOSED, "the peer has closed the connection"));
                    return ReadOutcome { bytes, end };
                }
                Ok(n) => {
                    self.received += n as u64;
                    bytes.extend_from_slice(buffer.get(..n).unwrap_or_default());
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    break;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.readable = false;
                    let code = if is_closed(e.kind()) { Code::E_NW_CLOSED } else { Code::E_NW_RECVERR };
                    return ReadOutcome { bytes, end: Some(Failure::io(code, "reading from the peer", &e)) };
                }
            }
        }
        ReadOutcome { bytes, end: None }
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}
