//! Pump mode: the event loop, the storage work and the callbacks run on the threads of the application, while they are in a call.
//!
//! One thread at a time has the event loop; another one that needs it waits for the end of that turn, looks whether it has what it
//! waits for, and takes the next turn if it can. Storage work and callbacks are done when the loop has been given back, so a second
//! thread goes on with the protocol, and a callback, or who has a transaction open, can give commands.

use super::communicator::stopped;
use super::engine::Engine;
use super::shared::Shared;
use crate::base::{Millis, Result};
use crate::net::clock;
use parking_lot::{Condvar, Mutex};

pub(super) struct Pump {
    place: Mutex<Place>,
    /// A thread has given the event loop back.
    left: Condvar,
}

/// Where the event loop is.
enum Place {
    Here(Box<Engine>),
    /// A thread has it.
    Taken,
    Over,
}

/// What waiting threads look for. Asked while the event loop is held: who answers holds it, too, or wakes it afterwards.
type Done<'a> = &'a dyn Fn() -> bool;

impl Pump {
    pub(super) fn new(engine: Engine) -> Pump {
        Pump { place: Mutex::new(Place::Here(Box::new(engine))), left: Condvar::new() }
    }

    /// Serves what there is, waiting at most `limit` for it; how many sockets, time limits, commands, pieces of storage work and
    /// callbacks that were. `E_IOT_STOPPED` after the end.
    pub(super) fn process(&self, shared: &Shared, limit: Millis) -> Result<usize> {
        let end = clock::now().after(limit);
        loop {
            let served = self.round(shared, end, &|| false)?;
            if served > 0 || end <= clock::now() {
                return Ok(served);
            }
        }
    }

    /// Goes on until `done`, or `end` has come, or everything is over.
    pub(super) fn until(&self, shared: &Shared, end: Millis, done: Done<'_>) {
        while !done() && self.round(shared, end, done).is_ok() && clock::now() < end {}
    }

    /// Goes on while there is something to do.
    pub(super) fn settle(&self, shared: &Shared) {
        while self.round(shared, Millis(0), &|| false).is_ok_and(|served| served > 0) {}
    }

    /// Runs commands, and nothing else, until `done`.
    pub(super) fn run_commands(&self, shared: &Shared, done: Done<'_>) {
        while !done() {
            let Some(mut seat) = self.sit(shared, Millis::INFINITE) else { return };
            if let Some(engine) = seat.engine() {
                engine.run_commands();
            }
        }
    }

    /// Ends everything but the callbacks.
    pub(super) fn end(&self, shared: &Shared) {
        shared.run(Engine::end_everything);
        while let Some(mut seat) = self.sit(shared, Millis::INFINITE) {
            if let Some(engine) = seat.engine() {
                // An error ends it as well.
                let _ = engine.turn(Millis::INFINITE);
            }
        }
    }

    /// One round; 0 also when another thread has done it.
    fn round(&self, shared: &Shared, end: Millis, done: Done<'_>) -> Result<usize> {
        let calls_back = !shared.dispatcher.in_callback();
        let Some(mut seat) = self.sit(shared, end) else { return Err(stopped()) };
        let (mut served, mut pool) = (0, None);
        if let Some(engine) = seat.engine() {
            let busy = done() || calls_back && shared.dispatcher.has_work();
            let limit = if busy { Millis(0) } else { clock::until(end) };
            served = engine.turn(limit)?;
            pool = engine.pool();
        }
        drop(seat);
        let worked = pool.map_or(0, |pool| pool.work());
        if worked > 0 {
            // Another thread may have waited for just this, in the loop.
            shared.wake();
        }
        served += worked;
        if calls_back {
            served += shared.dispatcher.deliver_ready(shared);
        }
        Ok(served)
    }

    /// Takes the event loop, or, if another thread has it, waits until it is given back, at most until `end`. `None` after the end.
    fn sit<'a>(&'a self, shared: &'a Shared, end: Millis) -> Option<Seat<'a>> {
        let mut place = self.place.lock();
        match std::mem::replace(&mut *place, Place::Taken) {
            Place::Here(engine) => return Some(Seat { pump: self, shared, engine: Some(engine) }),
            Place::Over => {
                *place = Place::Over;
                return None;
            }
            Place::Taken => {}
        }
        match clock::duration(clock::until(end)) {
            None => self.left.wait(&mut place),
            Some(limit) => drop(self.left.wait_for(&mut place, limit)),
        }
        Some(Seat { pump: self, shared, engine: None })
    }
}

/// A thread's hold of the event loop, or the memory of having waited for it.
struct Seat<'a> {
    pump: &'a Pump,
    shared: &'a Shared,
    engine: Option<Box<Engine>>,
}

impl Seat<'_> {
    fn engine(&mut self) -> Option<&mut Engine> {
        self.engine.as_deref_mut()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let Some(engine) = self.engine.take() else { return };
        let place = if engine.is_over() || std::thread::panicking() {
            // Who waits for an answer is told that none comes.
            drop(engine);
            self.shared.close_commands();
            Place::Over
        } else {
            Place::Here(engine)
        };
        *self.pump.place.lock() = place;
        self.pump.left.notify_all();
    }
}
