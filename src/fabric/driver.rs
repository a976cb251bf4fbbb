//! Who moves a communicator: threads of its own, or, in pump mode, the calls of the application.

use super::answer::{Ended, TimedOut, Waiting, answer};
use super::engine::Engine;
use super::patience::Patience;
use super::pool::Pool;
use super::pump::Pump;
use super::shared::Shared;
use super::threads::Threads;
use crate::base::{Code, Error, Millis, Result};
use crate::net::{Reactor, clock};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) enum Driver {
    /// The event loop thread.
    Threads(Arc<Threads>),
    Pump(Pump),
}

impl Driver {
    /// Starts the event loop as the parameters say.
    pub(super) fn start(shared: &Arc<Shared>, reactor: Reactor) -> Result<Driver> {
        let engine = Engine::new(shared.clone(), reactor);
        if shared.params.is_pumped() {
            return Ok(Driver::Pump(Pump::new(engine)));
        }
        let threads = Arc::<Threads>::default();
        threads
            .spawn("mco-loop".into(), || true, move || engine.run())
            .map_err(|e| Error { code: Code::E_NOMEM, text: format!("starting the event loop thread: {e}") })?;
        Ok(Driver::Threads(threads))
    }

    /// Lets the pool of a replicator begin.
    pub(super) fn start_pool(&self, pool: &Arc<Pool>) -> Result<()> {
        match self {
            Driver::Threads(_) => pool.start(),
            Driver::Pump(_) => Ok(()),
        }
    }

    /// Runs a command on the event loop and waits for its result; `None` when the loop has ended. Never from the loop itself.
    pub(super) fn call<T: Send + 'static>(
        &self,
        shared: &Shared,
        command: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, waiting) = answer();
        shared.run(move |engine| answer.give(command(engine)));
        if let Driver::Pump(pump) = self {
            pump.run_commands(shared, &|| waiting.is_over());
        }
        waiting.wait()
    }

    /// Waits at most `limit` for an answer that comes when the communicator moves on.
    pub(super) fn wait<T>(&self, shared: &Shared, waiting: &Waiting<T>, limit: Millis) -> Result<Option<T>, TimedOut> {
        match (self, clock::duration(limit)) {
            (Driver::Threads(_), None) => Ok(waiting.wait()),
            (Driver::Threads(_), Some(limit)) => waiting.wait_for(limit),
            (Driver::Pump(pump), _) => {
                pump.until(shared, clock::now().after(limit), &|| waiting.is_over());
                waiting.wait_for(std::time::Duration::ZERO)
            }
        }
    }

    /// Gives what has ended the chance to say its last words, and to be told of.
    pub(super) fn settle(&self, shared: &Shared) {
        if let Driver::Pump(pump) = self {
            // Who waits in the loop may wait for what has been dropped.
            shared.wake();
            pump.settle(shared);
        }
    }

    /// Ends the event loop, delivers the last callbacks and joins the threads. Several may call it at once, and again who was
    /// interrupted: each waits for the end of all.
    pub(super) fn stop(&self, shared: &Shared, patience: Patience) -> Result<(), Ended> {
        shared.stopping.store(true, Ordering::Release);
        match self {
            Driver::Threads(threads) => finish(shared, threads, patience),
            Driver::Pump(pump) => {
                pump.end(shared);
                shared.dispatcher.stop(shared, patience)
            }
        }
    }

    /// Ends as `stop` does, for who is in a callback, which cannot wait for itself.
    pub(super) fn stop_behind(&self, shared: &Arc<Shared>) {
        shared.stopping.store(true, Ordering::Release);
        match self {
            Driver::Threads(threads) => {
                let (shared, threads) = (shared.clone(), threads.clone());
                let end = move || drop(finish(&shared, &threads, Patience::Endless));
                let waits = std::thread::Builder::new().name("mco-end".into()).spawn(end);
                if let Err(e) = waits {
                    log::error!("a communicator dropped in its own callback cannot end its threads: {e}");
                }
            }
            // The callback's caller delivers the rest.
            Driver::Pump(pump) => pump.end(shared),
        }
    }
}

/// Ends loop and callback threads and waits for them.
fn finish(shared: &Shared, event_loop: &Threads, patience: Patience) -> Result<(), Ended> {
    shared.run(Engine::end_everything);
    event_loop.join(patience)?;
    shared.close_commands();
    shared.dispatcher.stop(shared, patience)
}
