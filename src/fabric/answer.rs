//! One answer from another thread. Not a channel of the standard library: those make a record of the waiting thread that is never
//! given back for a program's main thread, which memory checkers of our users show as possibly lost.

use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;

/// The side that answers; dropping it tells the other side that no answer comes.
pub(super) struct Answer<T>(Arc<Slot<T>>);

/// The side that waits.
pub(super) struct Waiting<T>(Arc<Slot<T>>);

/// The limit was over before there was an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TimedOut;

/// Why a wait has ended without an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    TimedOut,
    /// By the program.
    Interrupted,
}

/// Both sides of one answer.
pub(super) fn answer<T>() -> (Answer<T>, Waiting<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Open), ended: Condvar::new() });
    (Answer(slot.clone()), Waiting(slot))
}

struct Slot<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
}

enum State<T> {
    Open,
    Given(T),
    Over,
}

impl<T> Answer<T> {
    /// The number of both sides.
    pub(super) fn number(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Gives the answer. It is dropped if nobody waits any more.
    pub(super) fn give(self, value: T) {
        *self.0.state.lock() = State::Given(value);
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        if matches!(*state, State::Open) {
            *state = State::Over;
        }
        self.0.ended.notify_all();
    }
}

impl<T> Waiting<T> {
    /// The number of both sides.
    pub(super) fn number(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether waiting would end at once.
    pub(super) fn is_over(&self) -> bool {
        !matches!(*self.0.state.lock(), State::Open)
    }

    /// The answer, or `None` when none comes.
    pub(super) fn wait(&self) -> Option<T> {
        let mut state = self.0.state.lock();
        self.0.ended.wait_while(&mut state, |state| matches!(state, State::Open));
        take(&mut state)
    }

    /// The same, waiting at most `limit`; an answer that comes later can still be waited for.
    pub(super) fn wait_for(&self, limit: Duration) -> Result<Option<T>, TimedOut> {
        let mut state = self.0.state.lock();
        let waited = self.0.ended.wait_while_for(&mut state, |state| matches!(state, State::Open), limit);
        if waited.timed_out() && matches!(*state, State::Open) { Err(TimedOut) } else { Ok(take(&mut state)) }
    }
}

fn take<T>(state: &mut State<T>) -> Option<T> {
    match std::mem::replace(state, State::Over) {
        State::Given(value) => Some(value),
        State::Open | State::Over => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_once_and_its_end_is_told() {
        let (give, wait) = answer();
        assert_eq!(wait.wait_for(Duration::ZERO), Err(TimedOut));
        let thread = std::thread::spawn(move || give.give(7));
        assert_eq!(wait.wait(), Some(7));
        assert_eq!(wait.wait(), None);
        thread.join().expect("it only answers");

        let (give, wait) = answer::<u8>();
        let thread = std::thread::spawn(move || drop(give));
        assert_eq!(wait.wait(), None);
        thread.join().expect("it only ends");
    }
}
