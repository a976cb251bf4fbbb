//! Sockets, threads and callbacks of one process.

use super::answer::{Ended, TimedOut, Waiting, answer};
use super::connector::{Connector, targets};
use super::driver::Driver;
use super::engine::Engine;
use super::patience::{Patience, unless_interrupted};
use super::peering::Asker;
use super::shared::Shared;
use super::{CommParams, Observer, Pinned};
use crate::base::{AgentId, Code, Error, LinkId, Millis, Result, fail};
use crate::net::{Address, Failure, Reactor, SocketOptions, check_to_connect};
use std::sync::Arc;

/// A communicator. Clones stand for the same one; all functions may be called from any thread. The last clone stops it.
#[derive(Clone)]
pub struct Communicator {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    driver: Driver,
}

impl Communicator {
    /// Starts the event loop thread and the callback threads; without callback threads no thread at all.
    pub fn create(params: &CommParams) -> Result<Communicator> {
        let params = params.checked()?;
        let threads = params.callback_threads;
        let (reactor, waker) = Reactor::new(params.send_timeout, params.recv_timeout)?;
        let shared = Shared::new(params, waker);
        let driver = Driver::start(&shared, reactor)?;
        let communicator = Communicator { inner: Arc::new(Inner { shared: shared.clone(), driver }) };
        let dispatcher = shared.dispatcher.clone();
        // When a thread cannot be started, dropping the communicator stops those that have been.
        dispatcher.start(threads, &(shared as _))?;
        Ok(communicator)
    }

    /// Opens a listener and returns at once. `socket` replaces all defaults of the communicator.
    pub fn listen(&self, address: &str, socket: Option<&SocketOptions>) -> Result<(), Failure> {
        let options = self.options(socket);
        let parsed = Address::parse(address, options.domain)?;
        let places = parsed.to_listen(options.domain)?;
        let name = address.to_owned();
        let opened = self.call(move |engine| engine.listen(&name, &parsed, &places, &options));
        opened.unwrap_or_else(|| Err(stopped().into()))
    }

    /// The port that the listener with exactly this address string has (0 in the local domain); `S_NOTFOUND` if there is none.
    pub fn listen_port(&self, address: &str) -> Result<u16> {
        let name = address.to_owned();
        match self.call(move |engine| engine.listen_port(&name)) {
            Some(Some(port)) => Ok(port),
            Some(None) => fail(Code::S_NOTFOUND, format!("there is no listener at \"{address}\"")),
            None => Err(stopped()),
        }
    }

    /// Closes the listener with exactly this address string; `S_NOTFOUND` if there is none. Accepted connections stay.
    pub fn stop_listen(&self, address: &str) -> Result<()> {
        self.check_running()?;
        let name = address.to_owned();
        match self.call(move |engine| engine.stop_listen(&name)) {
            Some(true) => Ok(()),
            Some(false) => fail(Code::S_NOTFOUND, format!("there is no listener at \"{address}\"")),
            None => Err(stopped()),
        }
    }

    /// Starts a connector that keeps a connection to `address`: `timeout` limits one attempt (0 = `recv_timeout`), after
    /// `attempts` failures in a row it gives up (0 = never), `interval` is the first pause between attempts, at
    /// least 10 ms.
    /// `E_ILLEGAL_PARAM` when there is a connector for this address.
    pub fn connect_async(
        &self,
        address: &str,
        timeout: Millis,
        attempts: u32,
        interval: Millis,
        socket: Option<&SocketOptions>,
    ) -> Result<(), Failure> {
        let options = self.options(socket);
        let parsed = Address::parse(address, options.domain)?;
        check_to_connect(address, &options)?;
        self.check_running()?;
        if !parsed.needs_lookup() {
            targets(&parsed, &options)?;
        }
        let connector = Connector::new(parsed, options, self.timeout(timeout), attempts, interval);
        let name = address.to_owned();
        match self.call(move |engine| engine.add_connector(&name, connector)) {
            Some(true) => Ok(()),
            Some(false) => {
                let text = format!("there is a connector to \"{address}\" already; stop it first");
                Err(Failure::new(Code::E_ILLEGAL_PARAM, text))
            }
            None => Err(stopped().into()),
        }
    }

    /// Ends the connector with exactly this address string and its connection; `S_NOTFOUND` if there is none.
    pub fn stop_connect(&self, address: &str) -> Result<()> {
        self.check_running()?;
        let name = address.to_owned();
        match self.call(move |engine| engine.stop_connector(&name)) {
            Some(true) => Ok(()),
            Some(false) => fail(Code::S_NOTFOUND, format!("there is no connector to \"{address}\"")),
            None => Err(stopped()),
        }
    }

    /// Appends to the chain of callbacks. `key` is the C context; `E_IOT_DUPLICATE_CALLBACK` if it is in the chain.
    pub fn register(&self, key: usize, observer: Arc<dyn Observer>) -> Result<()> {
        self.check_running()?;
        self.shared().dispatcher.register(key, observer)
    }

    /// Takes the entry out of the chain and waits until none of its functions runs, except when called from one of them.
    /// `E_IOT_CALLBACK_NOT_FOUND` if there is none.
    pub fn unregister(&self, key: usize) -> Result<()> {
        self.shared().check_no_transaction("unregistering a callback")?;
        self.shared().dispatcher.unregister(key)
    }

    /// The connection of a direct peer whose handshake is complete.
    pub fn find_connection(&self, agent: AgentId) -> Option<Pinned> {
        self.shared().find(agent)
    }

    /// The connection after `previous` (`None`: the first), in order of age, handshake complete.
    pub fn next_connection(&self, previous: Option<LinkId>) -> Option<Pinned> {
        self.shared().next(previous)
    }

    /// Whether stop has begun.
    pub fn is_stopped(&self) -> bool {
        self.shared().is_stopping()
    }

    /// Whether the calling thread runs a callback of this communicator.
    pub fn in_callback(&self) -> bool {
        self.shared().dispatcher.in_callback()
    }

    /// Closes listeners, connectors and connections, delivers the last callbacks, joins the threads. Again: no effect.
    /// `E_ILLEGAL_PARAM` inside a callback; `E_INTERRUPTED`: it goes on, who calls it again waits for its end.
    pub fn stop(&self) -> Result<()> {
        self.shared().check_not_in_callback("stopping the communicator")?;
        self.shared().check_no_transaction("stopping the communicator")?;
        self.inner.driver.stop(self.shared(), Patience::UnlessInterrupted).or_else(|_| interrupted_stop("the communicator"))
    }

    /// Pump mode: serves what there is on the calling thread and returns the number of events (sockets, time limits, commands,
    /// pieces of storage work, callbacks); waits at most `limit` if there is nothing. Several threads may call it at once.
    /// `E_ILLEGAL_PARAM` with callback threads, and inside a callback; `E_IOT_STOPPED` after stop.
    pub fn process_connections(&self, limit: Millis) -> Result<usize> {
        self.check_running()?;
        let Driver::Pump(pump) = &self.inner.driver else {
            let text = "the communicator has threads of its own: there is nothing to pump; create it with n_callback_threads = 0";
            return fail(Code::E_ILLEGAL_PARAM, text);
        };
        self.shared().check_not_in_callback("pumping")?;
        self.shared().check_no_transaction("pumping")?;
        let served = unless_interrupted(limit, |limit| match pump.process(self.shared(), limit) {
            Ok(0) => None,
            served => Some(served),
        });
        match served {
            Ok(served) => served,
            Err(Ended::TimedOut) => Ok(0),
            Err(Ended::Interrupted) => fail(Code::E_INTERRUPTED, "interrupted while there was nothing to serve"),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    pub(super) fn driver(&self) -> &Driver {
        &self.inner.driver
    }

    /// Runs a command on the event loop and waits for its result; `None` when the loop has ended.
    pub(super) fn call<T: Send + 'static>(&self, command: impl FnOnce(&mut Engine) -> T + Send + 'static) -> Option<T> {
        self.driver().call(self.shared(), command)
    }

    /// Waits at most `limit` for an answer. A callback that waits does not hold back its connection meanwhile.
    pub(super) fn wait<T>(&self, waiting: &Waiting<T>, limit: Millis) -> Result<Option<T>, TimedOut> {
        let shared = self.shared();
        shared.dispatcher.waiting(&**shared, || self.driver().wait(shared, waiting, limit))
    }

    /// The same, unless the program interrupts it.
    pub(super) fn wait_unless_interrupted<T>(&self, waiting: &Waiting<T>, limit: Millis) -> Result<Option<T>, Ended> {
        unless_interrupted(limit, |limit| self.wait(waiting, limit).ok())
    }

    /// `E_ILLEGAL_PARAM` inside a callback in pump mode, where `what` would have to pump.
    pub(super) fn check_may_pump(&self, what: &str) -> Result<()> {
        if self.shared().params.is_pumped() { self.shared().check_not_in_callback(what) } else { Ok(()) }
    }

    /// One attempt; waits for its outcome.
    pub(super) fn connect(&self, address: &str, timeout: Millis, socket: Option<&SocketOptions>) -> Result<(), Failure> {
        self.check_may_pump("connecting")?;
        let options = self.options(socket);
        let parsed = Address::parse(address, options.domain)?;
        check_to_connect(address, &options)?;
        let found = targets(&parsed, &options)?;
        let (name, timeout) = (address.to_owned(), self.timeout(timeout));
        let (answer, wait) = answer();
        self.shared().run(move |engine| engine.connect(&name, found, &options, timeout, Asker::Caller(answer)));
        let Ok(result) = self.wait_unless_interrupted(&wait, Millis::INFINITE) else {
            let number = wait.number();
            self.call(move |engine| engine.give_up_connecting(number));
            // It may have ended at the last moment.
            let result = self.wait(&wait, Millis::INFINITE).ok().flatten();
            let interrupted = || Failure::new(Code::E_INTERRUPTED, "interrupted while it connected");
            return result.unwrap_or_else(|| Err(stopped().into())).map_err(|_| interrupted());
        };
        result.unwrap_or_else(|| Err(stopped().into()))
    }

    fn options(&self, socket: Option<&SocketOptions>) -> SocketOptions {
        let params = &self.shared().params;
        let defaults = || SocketOptions {
            domain: params.domain,
            tls: params.tls.clone(),
            compression: params.compression,
            ..SocketOptions::default()
        };
        socket.cloned().unwrap_or_else(defaults)
    }

    fn timeout(&self, timeout: Millis) -> Millis {
        if timeout.0 == 0 { self.shared().params.recv_timeout } else { timeout }
    }

    fn check_running(&self) -> Result<()> {
        if self.is_stopped() { Err(stopped()) } else { Ok(()) }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.shared.dispatcher.in_callback() {
            self.driver.stop_behind(&self.shared);
        } else {
            // Endless patience is not interrupted.
            let _ = self.driver.stop(&self.shared, Patience::Endless);
        }
    }
}

pub(super) fn stopped() -> Error {
    Error { code: Code::E_IOT_STOPPED, text: "the communicator or the replicator is stopped".into() }
}

pub(super) fn interrupted_stop(what: &str) -> Result<()> {
    fail(Code::E_INTERRUPTED, format!("interrupted while {what} stopped; it goes on stopping, call again to wait for its end"))
}
