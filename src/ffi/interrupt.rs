//! Waits in the database, which knows no clock, that the program may call off.

use crate::base::{Asking, INTERRUPT_PAUSE, Millis, interrupt};
use crate::net::clock;
use std::cell::Cell;
use std::time::Duration;

/// Runs a wait with what it asks, if the program wants calls of this thread to ask.
pub(crate) fn asking<R>(wait: impl FnOnce(Option<Asking<'_>>) -> R) -> R {
    let Some(interrupt) = interrupt() else { return wait(None) };
    let pause = Millis(u64::try_from(INTERRUPT_PAUSE.as_millis()).unwrap_or(u64::MAX));
    let next = Cell::new(clock::now().after(pause));
    let due = || clock::duration(clock::until(next.get())).unwrap_or(Duration::MAX);
    let ask = || {
        let answer = interrupt();
        next.set(clock::now().after(pause));
        answer
    };
    wait(Some(Asking { due: &due, ask: &ask }))
}
