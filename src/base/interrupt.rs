//! How a program calls off its own calls that wait: it is asked from time to time, on the thread that waits.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How often it is asked.
pub const INTERRUPT_PAUSE: Duration = Duration::from_millis(100);

/// Says whether the call shall give up. It may call back into the library: nothing is locked meanwhile.
pub type Interrupt = Rc<dyn Fn() -> bool>;

/// How a wait that knows no clock asks.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// How long there is until the next time; zero: now.
    pub due: &'a dyn Fn() -> Duration,
    /// Whether the wait shall give up; not due again for a while.
    pub ask: &'a dyn Fn() -> bool,
}

thread_local!(static HERE: RefCell<Option<Interrupt>> = const { RefCell::new(None) });

/// Has calls of this thread that wait ask from now on; `None` ends that.
pub fn interrupt_with(ask: Option<Interrupt>) {
    HERE.set(ask);
}

/// Whom calls of this thread ask.
pub fn interrupt() -> Option<Interrupt> {
    HERE.with_borrow(Clone::clone)
}
