//! How long a wait goes on.

use super::answer::Ended;
use crate::base::{INTERRUPT_PAUSE, Millis, interrupt};
use crate::net::clock;

/// Whom a wait without a limit obeys.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    /// Nobody.
    Endless,
    /// The program, which is asked now and then whether it goes on; nothing may be locked meanwhile.
    UnlessInterrupted,
}

impl Patience {
    /// Waits until `wait`, which is given limits, has something.
    pub(super) fn wait<T>(self, mut wait: impl FnMut(Millis) -> Option<T>) -> Result<T, Ended> {
        match self {
            Patience::Endless => wait(Millis::INFINITE).ok_or(Ended::TimedOut),
            Patience::UnlessInterrupted => unless_interrupted(Millis::INFINITE, wait),
        }
    }
}

/// Waits until `wait` has something, at most `limit`; asks the program now and then whether it goes on.
pub(super) fn unless_interrupted<T>(limit: Millis, mut wait: impl FnMut(Millis) -> Option<T>) -> Result<T, Ended> {
    let Some(ask) = interrupt() else { return wait(limit).ok_or(Ended::TimedOut) };
    let pause = Millis(u64::try_from(INTERRUPT_PAUSE.as_millis()).unwrap_or(u64::MAX));
    let end = clock::now().after(limit);
    loop {
        let left = clock::until(end);
        if let Some(found) = wait(left.min(pause)) {
            return Ok(found);
        }
        if left <= pause {
            return Err(Ended::TimedOut);
        }
        if ask() {
            return Err(Ended::Interrupted);
        }
    }
}
