//! Fatal errors: the program's handlers, or the end of the process.

use super::mco::{mco_error_handler, mco_error_handler_ex};
use crate::base::{Code, Error};
use parking_lot::Mutex;
use std::ffi::c_int;
use std::io::Write;
use std::panic::Location;

struct Handlers {
    plain: mco_error_handler,
    placed: mco_error_handler_ex,
}

static HANDLERS: Mutex<Handlers> = Mutex::new(Handlers { plain: None, placed: None });

pub(crate) fn set_handler(handler: mco_error_handler) {
    HANDLERS.lock().plain = handler;
}

pub(crate) fn set_handler_ex(handler: mco_error_handler_ex) {
    HANDLERS.lock().placed = handler;
}

/// Reports a fatal error. Without a handler the process ends; otherwise the call that failed goes on with the error that
/// comes back, `E_CORE`.
#[track_caller]
pub(crate) fn fatal(code: Code, text: &str) -> Error {
    let place = Location::caller();
    let (plain, placed) = {
        let handlers = HANDLERS.lock();
        (handlers.plain, handlers.placed)
    };
    if plain.is_none() && placed.is_none() {
        // Not eprintln: where stderr is closed, that panics.
        let _ = writeln!(std::io::stderr(), "mcoiot: fatal error {} ({code:?}): {text}", code.0);
        std::process::abort();
    }
    if let Some(handler) = placed {
        let file = std::ffi::CString::new(place.file()).unwrap_or_default();
        // SAFETY: the program gave a function that may be called on any thread.
        unsafe { handler(code.0, file.as_ptr(), c_int::try_from(place.line()).unwrap_or(0)) }
    }
    if let Some(handler) = plain {
        // SAFETY: the program gave a function that may be called on any thread.
        unsafe { handler(code.0) }
    }
    Error { code: Code::E_CORE, text: format!("after the fatal error {code:?}: {text}") }
}
