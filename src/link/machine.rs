//! The state machine.

use super::meeting::{Meeting, Step};
use super::{Decision, LinkConfig, LinkInput, LinkOutput, Volume, check};
use crate::base::{AgentId, Code, Millis};
use crate::wire::frame::{ANY_VERSION, Decoder, Frame, HEADER_LEN, Kind, MAX_SCHEMA, MAX_SMALL, deflated};
use crate::wire::{self, Hello, MAX_FRAME, Message, Refuse, TAKES_DEFLATED, Unreadable, VERSION_MAX, VERSION_MIN};
use std::collections::VecDeque;

/// Most bytes that may wait to be written; a peer that makes us queue more (it asks and does not read) loses the link.
pub const SEND_QUEUE_MAX: usize = 2 * wire::MAX_FRAME as usize + (2 << 20);
/// After so many bytes of one message, and again after so many more, [`LinkOutput::Arriving`] tells that it is coming.
pub const ARRIVING_STEP: usize = 64 << 10;
/// Bytes of messages that are made of what has come before the first of them is taken out; the rest stays as it came, for deflated
/// it may be a thousand times shorter.
pub const OPENED_MAX: usize = MAX_FRAME as usize;
/// Signs of life go out at most this often, whatever a peer asks for.
pub const KEEP_ALIVE_MIN: Millis = Millis(10);

/// One connection to a peer, from the open stream on. Feed it with [`Link::handle`], then take everything out with [`Link::poll`].
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    state: State,
    decoder: Decoder,
    outputs: VecDeque<LinkOutput>,
    /// Bytes of messages since there was no output.
    opened: usize,
    /// What has come behind [`OPENED_MAX`] of them.
    unopened: Vec<u8>,
    /// Version byte of what we write once the peer is known.
    version: u8,
    /// Level of compression for what we write; 0 as long as the peer has not said that it takes that.
    compression: u8,
    /// A whole frame has come: the peer speaks our protocol and can be told why we close.
    speaks: bool,
    /// Who it says it is.
    peer: Option<AgentId>,
    queued: usize,
    volume_sent: Volume,
    volume_received: Volume,
    handshake_end: Millis,
    /// Bytes of the message at hand when they were last told of.
    told: usize,
    /// When bytes came last; also when they are a part of a message only, before whose end the peer cannot say anything else.
    heard: Millis,
    /// The driver reads the stream.
    reading: bool,
    /// When bytes went last, or were last put into the empty queue.
    sent: Millis,
    /// Pause after which a sign of life is due.
    keep_alive: Millis,
    /// The moment last asked for.
    wake: Option<Millis>,
}

#[derive(Debug)]
enum State {
    /// The peer has not introduced itself yet.
    Greeting,
    /// It has; both sides look at each other.
    Meeting(Meeting),
    Established,
    Closed,
}

impl State {
    /// A peer that we do not know yet cannot make us keep more than what is due from it.
    fn longest_payload(&self) -> u32 {
        match self {
            State::Meeting(Meeting { step: Step::Fetching, .. }) => MAX_SCHEMA,
            State::Greeting | State::Meeting(_) => MAX_SMALL,
            State::Established | State::Closed => MAX_FRAME,
        }
    }
}

/// Whether the peer is told that and why we close.
enum Tell {
    Nothing,
    Peer,
}

impl Link {
    /// A link over a stream that is open. Our `Hello` is the first output.
    pub fn new(config: LinkConfig, now: Millis) -> Self {
        let hello = Message::Hello(Box::new(config.hello.clone()));
        let mut link = Link {
            handshake_end: now.after(config.handshake_timeout),
            decoder: Decoder::new(config.hello.features),
            config,
            state: State::Greeting,
            outputs: VecDeque::new(),
            opened: 0,
            unopened: Vec::new(),
            version: ANY_VERSION,
            compression: 0,
            speaks: false,
            peer: None,
            queued: 0,
            volume_sent: Volume::default(),
            volume_received: Volume::default(),
            told: 0,
            heard: now,
            reading: true,
            sent: now,
            keep_alive: Millis::INFINITE,
            wake: None,
        };
        link.send(now, &hello);
        link.check_time(now);
        link
    }

    /// Takes in what happened at `now`. Never panics on anything a peer sends. After the link has closed inputs have no effect.
    pub fn handle(&mut self, now: Millis, input: LinkInput<'_>) {
        if self.is_closed() {
            if let LinkInput::Written(n) = input {
                self.queued = self.queued.saturating_sub(n);
            }
            return;
        }
        match input {
            LinkInput::Bytes(bytes) => self.bytes(now, bytes),
            LinkInput::Written(n) => {
                self.queued = self.queued.saturating_sub(n);
                self.sent = now;
            }
            LinkInput::Reading(reading) => {
                self.reading = reading;
                self.heard = now;
            }
            LinkInput::Send(message) => self.send_from_above(now, &message),
            LinkInput::Decide(decision) => self.decide(now, decision),
            LinkInput::Close { code, text } => self.close(now, Tell::Peer, code, text),
            LinkInput::Tick => self.wake = self.wake.filter(|wake| *wake > now),
            LinkInput::Eof => self.eof(now),
            LinkInput::Lost { code, text } => self.close(now, Tell::Nothing, code, text),
        }
        self.check_time(now);
    }

    /// The next thing to do, in order; `None` until the next input. No message is begun while the driver does not read.
    pub fn poll(&mut self) -> Option<LinkOutput> {
        if self.outputs.is_empty() {
            self.opened = 0;
            if self.reading && !self.unopened.is_empty() {
                let bytes = std::mem::take(&mut self.unopened);
                self.open(self.heard, &bytes);
            }
        }
        self.outputs.pop_front()
    }

    /// Bytes transmitted and not reported as written: what a sync without NONBLOCK waits for.
    pub fn queued(&self) -> usize {
        self.queued
    }

    /// Bytes transmitted so far, without and with compression.
    pub fn volume_sent(&self) -> Volume {
        self.volume_sent
    }

    /// The same for what has come.
    pub fn volume_received(&self) -> Volume {
        self.volume_received
    }

    /// For how long nothing has come from the peer, though it was read.
    pub fn silence(&self, now: Millis) -> Millis {
        if self.reading { Millis(now.0.saturating_sub(self.heard.0)) } else { Millis(0) }
    }

    /// Whether messages may be sent.
    pub fn is_established(&self) -> bool {
        matches!(self.state, State::Established)
    }

    /// Whether [`LinkOutput::Closed`] has been put out or waits to be.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    fn bytes(&mut self, now: Millis, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.heard = now;
        }
        if self.unopened.is_empty() {
            self.open(now, bytes);
        } else {
            self.unopened.extend_from_slice(bytes);
        }
    }

    /// Makes messages of bytes; keeps those that are too many for now.
    fn open(&mut self, now: Millis, mut bytes: &[u8]) {
        while !self.is_closed() {
            if self.opened >= OPENED_MAX {
                self.unopened.extend_from_slice(bytes);
                return;
            }
            match self.decoder.feed(&mut bytes, self.state.longest_payload()) {
                Ok(None) => return self.arriving(),
                Ok(Some(frame)) => {
                    self.opened += frame.payload.len();
                    self.frame(now, &frame);
                }
                Err(error) => self.broken(now, &error.to_string()),
            }
        }
    }

    /// Tells now and then of a long message that comes slowly.
    fn arriving(&mut self) {
        let pending = self.decoder.pending();
        self.told = self.told.min(pending);
        if self.is_established() && pending - self.told >= ARRIVING_STEP {
            self.told = pending;
            self.outputs.push_back(LinkOutput::Arriving);
        }
    }

    fn frame(&mut self, now: Millis, frame: &Frame) {
        self.speaks = true;
        self.volume_received.add(frame.wire_len, HEADER_LEN + frame.payload.len());
        let any_version = matches!(frame.kind, Kind::Hello | Kind::Refuse);
        let expected = if any_version { ANY_VERSION } else { self.version };
        if frame.version != expected {
            let text = format!("a {:?} is written in version {} instead of {expected}", frame.kind, frame.version);
            return self.broken(now, &text);
        }
        match wire::decode(frame) {
            Ok(message) => self.message(now, frame.kind, message),
            Err(Unreadable::Malformed(kind)) => self.broken(now, &format!("a {kind:?} is malformed")),
            Err(Unreadable::Versions(theirs)) => {
                let text = format!(
                    "no common protocol version: one side speaks {} to {}, the other {VERSION_MIN} to {VERSION_MAX}; update the older program",
                    theirs.start(),
                    theirs.end()
                );
                self.close(now, Tell::Peer, Code::E_IOT_PROTOCOLERR, text);
            }
        }
    }

    fn message(&mut self, now: Millis, kind: Kind, message: Message) {
        match (&mut self.state, message) {
            (State::Greeting | State::Meeting(_), Message::Refuse(refuse)) => self.ended_by_peer(now, "refused", &refuse),
            // A peer that waits for our Accept refuses, though we have seen its own and are established.
            (State::Established, Message::Refuse(refuse) | Message::Bye(refuse)) => self.ended_by_peer(now, "closed", &refuse),
            (State::Established, Message::KeepAlive) => {}
            (State::Established, message) if is_for_driver(&message) => {
                self.outputs.push_back(LinkOutput::Message(with_our_codes(message)));
            }
            (State::Greeting, Message::Hello(hello)) => self.hello(now, hello),
            (State::Meeting(meeting), Message::SchemaRequest(hash))
                if hash == self.config.hello.schema_hash && !meeting.schema_served && !meeting.accepted =>
            {
                meeting.schema_served = true;
                let schema = Message::Schema(self.config.schema.clone());
                self.send(now, &schema);
            }
            (State::Meeting(meeting), Message::Schema(text)) if meeting.step == Step::Fetching => {
                meeting.step = Step::Examined { may_fetch: false };
                let hello = meeting.hello.clone();
                self.outputs.push_back(LinkOutput::Examine { hello, schema: Some(text) });
            }
            (State::Meeting(meeting), Message::Accept) if !meeting.accepted => {
                meeting.accepted = true;
                self.establish(now);
            }
            _ => self.broken(now, &format!("a {kind:?} comes out of order")),
        }
    }

    fn hello(&mut self, now: Millis, hello: Box<Hello>) {
        self.peer = Some(hello.agent);
        let version = wire::common_version(hello.version_min, hello.version_max).and_then(|v| u8::try_from(v).ok());
        self.version = version.unwrap_or(ANY_VERSION);
        if let Err(error) = check(&self.config.hello, &hello) {
            return self.close(now, Tell::Peer, error.code, error.text);
        }
        if hello.features & TAKES_DEFLATED != 0 {
            self.compression = self.config.compression;
        }
        self.keep_alive = match hello.recv_timeout {
            Millis::INFINITE => Millis::INFINITE,
            Millis(silence) => Millis(silence / 3).max(KEEP_ALIVE_MIN),
        };
        self.state = State::Meeting(Meeting::new(hello.clone()));
        self.outputs.push_back(LinkOutput::Examine { hello, schema: None });
    }

    fn decide(&mut self, now: Millis, decision: Decision) {
        let State::Meeting(meeting) = &mut self.state else { return };
        match (decision, meeting.step) {
            (Decision::FetchSchema, Step::Examined { may_fetch: true }) => {
                meeting.step = Step::Fetching;
                let request = Message::SchemaRequest(meeting.hello.schema_hash);
                self.send(now, &request);
            }
            (Decision::Accept, Step::Examined { .. }) => {
                meeting.step = Step::Accepted;
                self.send(now, &Message::Accept);
                self.establish(now);
            }
            (Decision::Refuse(refuse), Step::Examined { .. }) => self.close(now, Tell::Peer, refuse.code, refuse.text),
            _ => {}
        }
    }

    /// Both sides have accepted, in either order.
    fn establish(&mut self, now: Millis) {
        if let State::Meeting(Meeting { hello, step: Step::Accepted, accepted: true, .. }) = &self.state {
            self.outputs.push_back(LinkOutput::Established { hello: hello.clone() });
            self.state = State::Established;
            // The peer had nothing to say while we looked at it.
            self.heard = now;
        }
    }

    fn send_from_above(&mut self, now: Millis, message: &Message) {
        if self.is_established() && is_for_driver(message) {
            self.send(now, message);
        }
    }

    fn send(&mut self, now: Millis, message: &Message) {
        let Some(bytes) = wire::encode(self.version, message) else {
            let text = "a message is longer than the protocol allows; nothing of it was sent";
            return self.close(now, Tell::Peer, Code::E_NW_INVMSGPARAM, text.into());
        };
        self.transmit(now, bytes);
        if self.queued > SEND_QUEUE_MAX {
            let text = format!("{} does not read: {} bytes wait for it", self.peer_name(), self.queued);
            self.close(now, Tell::Nothing, Code::E_NW_SENDERR, text);
        }
    }

    fn transmit(&mut self, now: Millis, frame: Vec<u8>) {
        if self.queued == 0 {
            self.sent = now;
        }
        let raw = frame.len();
        let bytes = deflated(&frame, self.compression).unwrap_or(frame);
        self.volume_sent.add(bytes.len(), raw);
        self.queued += bytes.len();
        self.outputs.push_back(LinkOutput::Transmit(bytes));
    }

    fn broken(&mut self, now: Millis, what: &str) {
        let tell = if self.speaks { Tell::Peer } else { Tell::Nothing };
        let text = format!("{} broke the protocol: {what}", self.peer_name());
        self.close(now, tell, Code::E_IOT_PROTOCOLERR, text);
    }

    fn ended_by_peer(&mut self, now: Millis, verb: &str, refuse: &Refuse) {
        let text = format!("{} {verb} the connection: {}", self.peer_name(), printable(&refuse.text));
        let code = if refuse.code.is_error() && is_for_us(refuse.code) { refuse.code } else { Code::E_NW_CLOSED };
        self.close(now, Tell::Nothing, code, text);
    }

    fn eof(&mut self, now: Millis) {
        let when = match (self.is_established(), self.decoder.is_between()) {
            (false, _) => "before the handshake was complete",
            (true, true) => "without a word",
            (true, false) => "in the middle of a message",
        };
        let text = format!("{} ended the connection {when}", self.peer_name());
        self.close(now, Tell::Nothing, Code::E_NW_CLOSED, text);
    }

    /// The one way into [`State::Closed`].
    fn close(&mut self, now: Millis, tell: Tell, code: Code, text: String) {
        let linger = matches!(tell, Tell::Peer);
        if linger {
            let refuse = Refuse { code, text: text.clone() };
            let message = if self.is_established() { Message::Bye(refuse) } else { Message::Refuse(refuse) };
            if let Some(bytes) = wire::encode(self.version, &message) {
                self.transmit(now, bytes);
            }
        }
        self.state = State::Closed;
        self.outputs.push_back(LinkOutput::Closed { code, text, linger });
    }

    /// Ends the link, or gives a sign of life, when the time for it has come, and asks to be woken for what comes next.
    fn check_time(&mut self, now: Millis) {
        if self.is_closed() {
            return;
        }
        // Before that, what is queued may wait for TLS, and the limit of the handshake is enough.
        let waits = self.is_established() && self.queued > 0;
        let stalled = if waits { self.sent.after(self.config.send_timeout) } else { Millis::INFINITE };
        let (silence, quiet) = match self.state {
            State::Established if !self.reading => (Millis::INFINITE, self.sent.after(self.keep_alive)),
            State::Established => (self.heard.after(self.config.hello.recv_timeout), self.sent.after(self.keep_alive)),
            _ => (self.handshake_end, Millis::INFINITE),
        };
        if silence <= now {
            return self.too_silent(now);
        }
        if stalled <= now {
            let text =
                format!("{} has taken no byte for {} ms; {} wait", self.peer_name(), self.config.send_timeout, self.queued);
            return self.close(now, Tell::Nothing, Code::E_NW_TIMEOUT, text);
        }
        // Bytes that wait to be written will be the sign of life.
        let quiet = if self.queued > 0 { Millis::INFINITE } else { quiet };
        if quiet <= now {
            self.send(now, &Message::KeepAlive);
            return self.check_time(now);
        }
        self.wake_at(silence.min(stalled).min(quiet));
    }

    fn too_silent(&mut self, now: Millis) {
        if self.is_established() {
            let text = format!("nothing came from {} for {} ms", self.peer_name(), self.config.hello.recv_timeout);
            return self.close(now, Tell::Nothing, Code::E_NW_TIMEOUT, text);
        }
        let tell = if self.speaks { Tell::Peer } else { Tell::Nothing };
        let text = format!("the handshake with {} took longer than {} ms", self.peer_name(), self.config.handshake_timeout);
        self.close(now, tell, Code::E_NW_TIMEOUT, text);
    }

    /// A wish that is too early is harmless, so a later one is not told before it has been used up.
    fn wake_at(&mut self, at: Millis) {
        if at < self.wake.unwrap_or(Millis::INFINITE) {
            self.wake = Some(at);
            self.outputs.push_back(LinkOutput::WakeAt(at));
        }
    }

    fn peer_name(&self) -> String {
        match (self.peer, self.config.initiator) {
            (Some(agent), _) => format!("agent {agent}"),
            (None, true) => "the peer that we connected to".into(),
            (None, false) => "the peer that connected to us".into(),
        }
    }
}

/// Whether it is neither the handshake's nor the link's own.
fn is_for_driver(message: &Message) -> bool {
    !matches!(message, Message::Hello(_) | Message::Accept | Message::Refuse(_) | Message::KeepAlive | Message::Bye(_))
}

/// A message of a peer with every code in it as our user may see it.
fn with_our_codes(mut message: Message) -> Message {
    let inner = if let Message::Routed(routed) = &mut message { routed.message.as_mut() } else { &mut message };
    match inner {
        Message::Ack(ack) => ack.code = code_from_peer(ack.code),
        Message::PullEnd(end) => end.code = code_from_peer(end.code),
        Message::Mark(mark) => mark.code = code_from_peer(mark.code),
        Message::Word(word) => word.aside.iter_mut().for_each(|aside| aside.code = code_from_peer(aside.code)),
        // Of an agent that is refused somewhere above.
        Message::Bye(bye) => {
            bye.code = if bye.code.is_error() { code_from_peer(bye.code) } else { Code::E_IOT };
            bye.text = printable(&bye.text);
        }
        _ => {}
    }
    message
}

/// What a peer's code for a row, a batch or a pull means to our user.
fn code_from_peer(code: Code) -> Code {
    if is_for_us(code) { code } else { Code::E_IOT }
}

/// A peer's stop is not ours, its fatal errors must not end this program, and codes without a name are of another version.
fn is_for_us(code: Code) -> bool {
    code != Code::E_IOT_STOPPED && !code.is_fatal() && code.name().is_some()
}

/// Text from outside must not steer a terminal or break a log's lines.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
