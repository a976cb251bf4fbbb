//! One connection on the event loop: stream, link machine, and where it stands with the replication core.

use super::answer::Answer;
use super::connection::{End, Owner, PeerConnection, StopReason};
use super::dispatcher::Notice;
use super::engine::Engine;
use super::storage::Neighbour;
use crate::base::{AgentId, Code, DbId, LinkId, Millis};
use crate::link::{Link, LinkInput, LinkOutput};
use crate::net::SocketOptions;
use crate::net::{Failure, StreamId, Target, clock};
use crate::repl::{Input, Peer};
use crate::wire::{Hello, Message};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

/// Messages of one connection that may wait for its callbacks; a peer that sends more is no longer read.
pub const HELD_MAX: usize = 4096;

/// Bytes of such messages; one batch of the largest size always has room.
pub const HELD_BYTES_MAX: usize = 2 * crate::wire::MAX_FRAME as usize;

/// Longest time for the last words of a connection.
const GRACE: Millis = Millis(2000);

pub(super) struct Peering {
    pub(super) stream: StreamId,
    pub(super) connection: Arc<PeerConnection>,
    pub(super) initiator: bool,
    /// As its socket's options ask for it: 0 none, 1..=9, -1 the default.
    pub(super) compression: i32,
    /// Limit of connection and handshake.
    pub(super) deadline: Millis,
    pub(super) timer: Millis,
    pub(super) stage: Stage,
    /// What storage jobs have to know of the peer; known with our acceptance.
    pub(super) neighbour: Option<Arc<Neighbour>>,
    /// Set with our acceptance.
    pub(super) place: Option<Place>,
    /// Set while the core knows the link.
    pub(super) peer: Option<Peer>,
    /// Messages that wait: for the core to know the link, or for callbacks.
    held: VecDeque<Message>,
    held_bytes: usize,
    /// Too much waits, so that the stream is not read.
    paused: bool,
    /// Callbacks are behind.
    behind: bool,
    /// Node and class that it lacks, as it was told last.
    pub(super) waits_for: Option<(AgentId, u16)>,
    /// How the peer broke the protocol, when the database has found out.
    pub(super) breach: Option<String>,
    /// Why we end it, if we do.
    reason: Option<StopReason>,
    errno: i32,
    /// Who waits in `connect`.
    pub(super) waiter: Option<Answer<Result<(), Failure>>>,
    /// Address of the connector that made it.
    pub(super) connector: Option<String>,
}

/// Whose link it is; an agent has one at most.
pub(super) struct Place {
    pub(super) agent: AgentId,
    pub(super) db: DbId,
}

pub(super) enum Stage {
    /// The socket is not connected yet.
    Connecting,
    /// There is no replicator yet.
    Waiting,
    Linked(Box<Link>),
}

/// Who asks for a connection.
pub(super) enum Asker {
    Caller(Answer<Result<(), Failure>>),
    Connector(String),
}

impl Peering {
    fn new(stream: StreamId, connection: Arc<PeerConnection>, compression: i32, deadline: Millis, stage: Stage) -> Peering {
        Peering {
            stream,
            connection,
            initiator: matches!(stage, Stage::Connecting),
            compression,
            deadline,
            timer: Millis::INFINITE,
            stage,
            neighbour: None,
            place: None,
            peer: None,
            held: VecDeque::new(),
            held_bytes: 0,
            paused: false,
            behind: false,
            waits_for: None,
            breach: None,
            reason: None,
            errno: 0,
            waiter: None,
            connector: None,
        }
    }
}

impl Engine {
    /// Begins to connect.
    pub(super) fn connect(&mut self, name: &str, targets: Vec<Target>, options: &SocketOptions, timeout: Millis, asker: Asker) {
        let link = self.new_link();
        let owner: Arc<dyn Owner> = self.shared.clone();
        let connection = PeerConnection::new(link, name, owner);
        let deadline = clock::now().after(timeout);
        let opened = if self.is_ending() || (self.site.is_none() && matches!(asker, Asker::Caller(_))) {
            Err(Failure::new(Code::E_IOT_STOPPED, "the communicator or the replicator is stopped"))
        } else {
            self.reactor.connect(name, targets, options, deadline)
        };
        match opened {
            Ok(stream) => {
                let mut peering = Peering::new(stream, connection, options.compression, deadline, Stage::Connecting);
                match asker {
                    Asker::Caller(waiter) => peering.waiter = Some(waiter),
                    Asker::Connector(name) => {
                        self.connector_tries(&name, link);
                        peering.connector = Some(name);
                    }
                }
                self.by_stream.insert(stream, link);
                self.links.insert(link, peering);
            }
            Err(failure) => {
                connection.set_end(End { reason: StopReason::NetworkError, failure: failure.clone() });
                connection.unpin();
                match asker {
                    Asker::Caller(waiter) => {
                        waiter.give(Err(failure));
                    }
                    Asker::Connector(name) => self.connector_failed(&name),
                }
            }
        }
    }

    pub(super) fn accepted(&mut self, name: &str, compression: i32, stream: StreamId, peer: Option<SocketAddr>) {
        let link = self.new_link();
        let owner: Arc<dyn Owner> = self.shared.clone();
        let connection = PeerConnection::new(link, name, owner);
        connection.set_peer(peer);
        let deadline = clock::now().after(self.shared.params.recv_timeout);
        let peering = Peering::new(stream, connection, compression, deadline, Stage::Waiting);
        self.by_stream.insert(stream, link);
        self.links.insert(link, peering);
        self.begin(link);
    }

    pub(super) fn connected(&mut self, stream: StreamId, peer: Option<SocketAddr>) {
        let Some(&link) = self.by_stream.get(&stream) else { return };
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.connection.set_peer(peer);
        peering.stage = Stage::Waiting;
        self.begin(link);
    }

    /// The stream is open, and paused until the link machine exists.
    fn begin(&mut self, link: LinkId) {
        let Some(peering) = self.links.get(&link) else { return };
        let deadline = peering.deadline;
        self.set_timer(link, deadline);
        self.introduce(link);
    }

    /// Gives an input to the machine of a stream.
    pub(super) fn feed(&mut self, stream: StreamId, input: LinkInput<'_>) {
        let Some(&link) = self.by_stream.get(&stream) else { return };
        let Some(peering) = self.links.get_mut(&link) else { return };
        let (sent, received) = self.reactor.traffic(stream);
        peering.connection.count(sent, received);
        let Stage::Linked(machine) = &mut peering.stage else { return };
        machine.handle(clock::now(), input);
        peering.connection.set_volumes(machine.volume_sent(), machine.volume_received());
        self.dirty.push_back(link);
    }

    /// Gives an input to the machine of a link.
    pub(super) fn tell(&mut self, link: LinkId, input: LinkInput<'_>) {
        if let Some(Stage::Linked(machine)) = self.links.get_mut(&link).map(|p| &mut p.stage) {
            machine.handle(clock::now(), input);
            self.dirty.push_back(link);
        }
    }

    pub(super) fn stream_closed(&mut self, stream: StreamId, failure: Failure) {
        let Some(&link) = self.by_stream.get(&stream) else { return };
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.errno = failure.errno;
        match &mut peering.stage {
            Stage::Linked(machine) => {
                let Failure { error, errno } = failure;
                let input = if error.code == Code::E_NW_CLOSED && errno == 0 {
                    LinkInput::Eof
                } else {
                    LinkInput::Lost { code: error.code, text: error.text }
                };
                machine.handle(clock::now(), input);
                self.dirty.push_back(link);
            }
            _ => self.end_link(link, failure, false),
        }
    }

    /// Who waits for a connection with this answer does not want it any more.
    pub(super) fn give_up_connecting(&mut self, answer: usize) {
        let waits = |peering: &Peering| peering.waiter.as_ref().is_some_and(|waiter| waiter.number() == answer);
        if let Some(link) = self.links.iter().find(|(_, peering)| waits(peering)).map(|(link, _)| *link) {
            self.disconnect(link, StopReason::UserRequest);
        }
    }

    /// We end a connection.
    pub(super) fn disconnect(&mut self, link: LinkId, reason: StopReason) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.reason.get_or_insert(reason);
        let (code, text) = match reason {
            StopReason::IotStopped => (Code::E_IOT_STOPPED, "this side has been stopped"),
            StopReason::CallbackFailed => (Code::E_NW_CLOSED, "a callback of this side asked for the end of the connection"),
            _ => (Code::E_NW_CLOSED, "the application of this side has disconnected"),
        };
        self.close(link, code, text.into());
    }

    pub(super) fn close(&mut self, link: LinkId, code: Code, text: String) {
        match self.links.get(&link).map(|p| &p.stage) {
            Some(Stage::Linked(_)) => self.tell(link, LinkInput::Close { code, text }),
            Some(_) => self.end_link(link, Failure::new(code, text), false),
            None => {}
        }
    }

    /// A moment that a link has asked for.
    pub(super) fn link_time(&mut self, now: Millis, link: LinkId) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.timer = Millis::INFINITE;
        match &mut peering.stage {
            Stage::Linked(machine) => {
                machine.handle(now, LinkInput::Tick);
                self.dirty.push_back(link);
            }
            _ if peering.deadline <= now => {
                let text = format!(
                    "the handshake over \"{}\" was not possible in time: no replicator answered",
                    peering.connection.address()
                );
                self.end_link(link, Failure::new(Code::E_NW_TIMEOUT, text), false);
            }
            _ => {}
        }
    }

    /// Does what a link machine asks for.
    pub(super) fn poll_link(&mut self, link: LinkId) {
        loop {
            let Some(peering) = self.links.get_mut(&link) else { return };
            let Stage::Linked(machine) = &mut peering.stage else { return };
            let Some(output) = machine.poll() else { return };
            match output {
                LinkOutput::Transmit(bytes) => {
                    if !self.reactor.send(peering.stream, bytes) {
                        let text = "the write queue of the connection is full or closed".into();
                        machine.handle(clock::now(), LinkInput::Lost { code: Code::E_NW_SENDERR, text });
                    }
                }
                LinkOutput::Examine { hello, schema } => self.examine(link, hello, schema),
                LinkOutput::Established { hello } => self.peer_up(link, &hello),
                LinkOutput::Message(message) => self.message(link, message),
                LinkOutput::Arriving => self.core(Input::Arriving { link }),
                LinkOutput::Closed { code, text, linger } => {
                    let errno = peering.errno;
                    self.end_link(link, Failure { errno, ..Failure::new(code, text) }, linger);
                }
                LinkOutput::WakeAt(at) => self.set_timer(link, at),
            }
        }
    }

    /// The core knows the link from here on.
    pub(super) fn peer_up(&mut self, link: LinkId, hello: &Hello) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        let Hello { agent, db, role, level, .. } = *hello;
        let peer = Peer { agent, db, role, level };
        peering.peer = Some(peer);
        let connection = peering.connection.clone();
        let waiter = peering.waiter.take();
        let connector = peering.connector.clone();
        connection.set_agent(agent);
        self.shared.peers.lock().insert(link, connection.clone());
        self.shared.dispatcher.push(&connection, Notice::Connect);
        if let Some(name) = connector {
            self.connector_succeeded(&name);
        }
        self.core(Input::PeerUp { link, peer });
        self.auto_connect(agent);
        if let Some(waiter) = waiter {
            // Who waited for the connection may have gone.
            waiter.give(Ok(()));
        }
        self.release_held(link);
    }

    /// A notice for the callbacks; may hold back what comes next on the link.
    pub(super) fn notify(&mut self, link: LinkId, notice: Notice) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.behind |= self.shared.dispatcher.push(&peering.connection, notice);
    }

    /// Callbacks have caught up, or the core has learned of the link.
    pub(super) fn release_held(&mut self, link: LinkId) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        peering.behind = false;
        while let Some(peering) = self.links.get_mut(&link).filter(|p| p.peer.is_some() && !p.behind) {
            let Some(message) = peering.held.pop_front() else { break };
            peering.held_bytes -= weight(&message);
            self.core(Input::Message { link, message });
            while self.poll_core() {}
        }
        if self.links.get(&link).is_some_and(|p| p.held.len() <= HELD_MAX / 2 && p.held_bytes <= HELD_BYTES_MAX / 2) {
            self.read(link, true);
        }
    }

    /// Ends a connection for good.
    pub(super) fn end_link(&mut self, link: LinkId, failure: Failure, linger: bool) {
        self.set_timer(link, Millis::INFINITE);
        let Some(peering) = self.links.remove(&link) else { return };
        let (sent, received) = self.reactor.traffic(peering.stream);
        self.by_stream.remove(&peering.stream);
        let grace = if linger { Millis(GRACE.0.min(self.shared.params.send_timeout.0)) } else { Millis(0) };
        self.reactor.close(peering.stream, grace);
        let connection = peering.connection;
        if (sent, received) != (0, 0) {
            connection.count(sent, received);
        }
        let reason = peering.reason.unwrap_or(StopReason::NetworkError);
        if let Some(place) = &peering.place
            && self.by_agent.get(&place.agent) == Some(&link)
        {
            self.by_agent.remove(&place.agent);
        }
        self.log_end(link, &connection, &failure, peering.breach.as_deref());
        connection.set_end(End { reason, failure: failure.clone() });
        self.shared.peers.lock().remove(&link);
        if let Some(waiter) = peering.waiter {
            waiter.give(Err(failure.clone()));
        }
        if peering.peer.is_some() {
            self.core(Input::PeerDown { link, code: failure.error.code });
            self.shared.dispatcher.push(&connection, Notice::Disconnect);
        } else {
            connection.unpin();
        }
        if let Some(name) = peering.connector {
            self.connector_lost(&name, peering.peer.is_some());
        }
    }

    /// Who breaks the protocol, or cannot be trusted, is worth a warning; every other end is what happens every day.
    fn log_end(&mut self, link: LinkId, connection: &PeerConnection, failure: &Failure, breach: Option<&str>) {
        let (address, error) = (connection.address(), &failure.error);
        if !matches!(error.code, Code::E_IOT_PROTOCOLERR | Code::E_NW_HANDSHAKE) {
            log::debug!("connection {link} (\"{address}\") ends: {error}");
            return;
        }
        let peer = connection.statistics().peer.map_or("a local socket".into(), |p| p.to_string());
        let details = breach.map_or(String::new(), |text| format!(" ({text})"));
        self.breaches.warn(clock::now(), &format!("connection with {peer} (\"{address}\") closed: {error}{details}"));
    }

    fn message(&mut self, link: LinkId, message: Message) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        if peering.peer.is_some() && !peering.behind && peering.held.is_empty() {
            self.core(Input::Message { link, message });
            while self.poll_core() {}
            return;
        }
        peering.held_bytes += weight(&message);
        peering.held.push_back(message);
        if peering.held.len() >= HELD_MAX || peering.held_bytes >= HELD_BYTES_MAX {
            self.read(link, false);
        }
    }

    /// Goes on reading a link, or stops; its machine has to know, for who is not read cannot be heard.
    fn read(&mut self, link: LinkId, reading: bool) {
        let Some(peering) = self.links.get_mut(&link).filter(|p| p.paused == reading) else { return };
        peering.paused = !reading;
        let stream = peering.stream;
        self.reactor.pause(stream, !reading);
        self.tell(link, LinkInput::Reading(reading));
    }
}

/// Bytes that a message takes in memory, about.
fn weight(message: &Message) -> usize {
    let more = match message {
        Message::Batch(batch) => batch.body.len(),
        Message::Routed(routed) => weight(&routed.message),
        Message::Announce(announce) => size_of_val(&**announce) + size_of_val(&*announce.epochs) + size_of_val(&*announce.beats),
        Message::Word(word) => size_of_val(&*word.forks),
        Message::Schema(text) => text.len(),
        _ => 0,
    };
    more.saturating_add(size_of::<Message>())
}
