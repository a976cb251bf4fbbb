//! The event loop of a communicator: sockets, links, the replication core and connectors, on one thread at a time.

use super::auto::Auto;
use super::connector::Connector;
use super::peering::Peering;
use super::pool::Pool;
use super::shared::Shared;
use super::site::Site;
use super::warnings::Warnings;
use crate::base::{AgentId, Code, LinkId, Millis, Random, Result};
use crate::link::LinkInput;
use crate::net::{Address, Event, Failure, ListenerId, Reactor, SocketOptions, StreamId, clock};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How long a stop waits for last words to be sent.
pub(super) const LAST_WORDS: Millis = Millis(1000);

pub(super) struct Engine {
    pub(super) shared: Arc<Shared>,
    pub(super) reactor: Reactor,
    pub(super) random: Random,
    pub(super) links: BTreeMap<LinkId, Peering>,
    pub(super) by_stream: BTreeMap<StreamId, LinkId>,
    /// The link that an agent has, also while its handshake is under way.
    pub(super) by_agent: BTreeMap<AgentId, LinkId>,
    /// Moments at which a link has something to do.
    pub(super) timers: BTreeSet<(Millis, LinkId)>,
    /// Links whose machine may have outputs.
    pub(super) dirty: VecDeque<LinkId>,
    pub(super) site: Option<Site>,
    /// Replicators attached so far.
    pub(super) generation: u64,
    pub(super) connectors: BTreeMap<String, Connector>,
    /// Peers that broke the protocol.
    pub(super) breaches: Warnings,
    /// Peers whose schema lacks a class.
    pub(super) waits: Warnings,
    /// Peers whose rows are set aside.
    pub(super) aside: Warnings,
    listeners: BTreeMap<String, Listener>,
    last_link: u64,
    /// The loop ends when everything is said, at the latest at this moment.
    ending: Option<Millis>,
}

struct Listener {
    id: ListenerId,
    port: u16,
    /// For the connections that it accepts.
    compression: i32,
}

impl Engine {
    pub(super) fn new(shared: Arc<Shared>, reactor: Reactor) -> Engine {
        Engine {
            shared,
            reactor,
            random: Random::from_system(),
            links: BTreeMap::new(),
            by_stream: BTreeMap::new(),
            by_agent: BTreeMap::new(),
            timers: BTreeSet::new(),
            dirty: VecDeque::new(),
            site: None,
            generation: 0,
            connectors: BTreeMap::new(),
            breaches: Warnings::default(),
            waits: Warnings::default(),
            aside: Warnings::default(),
            listeners: BTreeMap::new(),
            last_link: 0,
            ending: None,
        }
    }

    /// Turns until stopped.
    pub(super) fn run(mut self) {
        while !self.is_over() && self.turn(Millis::INFINITE).is_ok() {}
        self.shared.close_commands();
    }

    /// Waits at most `limit` for something to do and serves sockets, timers and commands once; how many of them. After an error
    /// it is over.
    pub(super) fn turn(&mut self, limit: Millis) -> Result<usize> {
        let limit = Millis(limit.0.min(clock::until(self.deadline()).0));
        let mut events = Vec::new();
        if let Err(error) = self.reactor.turn(limit, &mut events) {
            log::error!("the event loop of the communicator ends: {error}");
            self.shared.stopping.store(true, std::sync::atomic::Ordering::Release);
            self.end_everything();
            self.ending = Some(clock::now());
            return Err(error);
        }
        let served = events.len();
        for event in events {
            self.event(event);
            self.settle();
        }
        Ok(served + self.run_timers() + self.run_commands())
    }

    /// Runs what other threads have asked for; how much that was.
    pub(super) fn run_commands(&mut self) -> usize {
        let commands = self.shared.take_commands();
        let count = commands.len();
        for command in commands {
            command(self);
            self.settle();
        }
        count
    }

    /// Where storage work waits.
    pub(super) fn pool(&self) -> Option<Arc<Pool>> {
        self.site.as_ref().map(|site| site.pool.clone())
    }

    /// Whether everything has ended and is said.
    pub(super) fn is_over(&self) -> bool {
        self.ending.is_some_and(|at| self.reactor.is_quiet() || at <= clock::now())
    }

    /// Lets every machine say what it has to say, until none has anything.
    pub(super) fn settle(&mut self) {
        loop {
            if let Some(link) = self.dirty.pop_front() {
                self.poll_link(link);
            } else if !self.poll_core() {
                return;
            }
        }
    }

    pub(super) fn listen(
        &mut self,
        name: &str,
        address: &Address,
        places: &[std::net::SocketAddr],
        options: &SocketOptions,
    ) -> Result<(), Failure> {
        if self.ending.is_some() {
            return Err(Failure::new(Code::E_IOT_STOPPED, "the communicator is stopped"));
        }
        if self.listeners.contains_key(name) {
            let text = format!("this communicator already listens at \"{name}\"; stop that listener first");
            return Err(Failure { errno: libc::EADDRINUSE, ..Failure::new(Code::E_NW_BIND, text) });
        }
        let backlog = self.shared.params.listen_queue_size;
        let (id, port) = self.reactor.listen(address, places, options, backlog)?;
        self.listeners.insert(name.to_owned(), Listener { id, port, compression: options.compression });
        Ok(())
    }

    pub(super) fn listen_port(&self, name: &str) -> Option<u16> {
        self.listeners.get(name).map(|l| l.port)
    }

    pub(super) fn stop_listen(&mut self, name: &str) -> bool {
        let Some(listener) = self.listeners.remove(name) else { return false };
        self.reactor.close_listener(listener.id);
        true
    }

    /// Closes everything and ends the loop soon. Again: no effect.
    pub(super) fn end_everything(&mut self) {
        if self.is_ending() {
            return;
        }
        self.connectors.clear();
        for (_, listener) in std::mem::take(&mut self.listeners) {
            self.reactor.close_listener(listener.id);
        }
        self.detach();
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.disconnect(link, super::StopReason::IotStopped);
        }
        self.settle();
        self.ending = Some(clock::now().after(LAST_WORDS));
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    pub(super) fn new_link(&mut self) -> LinkId {
        self.last_link += 1;
        LinkId(self.last_link)
    }

    /// Calls the link at `at`, in place of any other moment.
    pub(super) fn set_timer(&mut self, link: LinkId, at: Millis) {
        let Some(peering) = self.links.get_mut(&link) else { return };
        self.timers.remove(&(peering.timer, link));
        peering.timer = at;
        if at != Millis::INFINITE {
            self.timers.insert((at, link));
        }
    }

    fn deadline(&self) -> Millis {
        let link = self.timers.first().map_or(Millis::INFINITE, |(at, _)| *at);
        let core = self.site.as_ref().map_or(Millis::INFINITE, |s| s.wake_at);
        let auto = self.site.as_ref().and_then(|s| s.auto.as_ref()).map_or(Millis::INFINITE, Auto::wake_at);
        let connectors = self.connectors.values().map(Connector::wake_at).min().unwrap_or(Millis::INFINITE);
        link.min(core).min(auto).min(connectors).min(self.ending.unwrap_or(Millis::INFINITE))
    }

    fn run_timers(&mut self) -> usize {
        let now = clock::now();
        let mut count = 0;
        while let Some((at, link)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, link));
            self.link_time(now, link);
            self.settle();
            count += 1;
        }
        self.core_time(now);
        self.auto_time(now);
        self.run_connectors(now);
        self.settle();
        count
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Accepted { listener, stream, peer } => {
                let found = self.listeners.iter().find(|(_, l)| l.id == listener);
                match found.map(|(name, l)| (name.clone(), l.compression)) {
                    Some((name, compression)) if self.ending.is_none() => self.accepted(&name, compression, stream, peer),
                    _ => self.reactor.close(stream, Millis(0)),
                }
            }
            Event::Connected { stream, peer } => self.connected(stream, peer),
            Event::Received { stream, bytes } => self.feed(stream, LinkInput::Bytes(&bytes)),
            Event::Sent { stream, bytes } => self.feed(stream, LinkInput::Written(bytes)),
            Event::Closed { stream, failure } => self.stream_closed(stream, failure),
        }
    }
}
