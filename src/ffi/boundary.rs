//! What stands between C and Rust on every call: the panic guard and the thread's last error text.

use super::ctypes::MCO_RET;
use crate::base::{Code, Error, Result};
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::new(CString::default());
}

/// Runs the body of an export. A panic stops here: it is logged and becomes `MCO_E_CORE`.
pub(crate) fn guard(body: impl FnOnce() -> Result<Code>) -> MCO_RET {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(code)) => code.0,
        Ok(Err(error)) => fails(error),
        Err(panic) => fails(Error { code: Code::E_CORE, text: panic_text(&*panic) }),
    }
}

/// As [`guard`] for exports that return something else: `otherwise` stands for every failure.
pub(crate) fn guard_or<T>(otherwise: T, body: impl FnOnce() -> Result<T>) -> T {
    let mut value = otherwise;
    guard(|| {
        value = body()?;
        Ok(Code::S_OK)
    });
    value
}

/// The text of the last failing call of this thread; valid until its next call.
pub(crate) fn last_error_text() -> *const c_char {
    LAST_ERROR.with(|text| text.try_borrow().map_or(c"".as_ptr(), |text| text.as_ptr()))
}

fn fails(error: Error) -> MCO_RET {
    LAST_ERROR.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            let bytes: Vec<u8> = error.text.into_bytes().into_iter().filter(|byte| *byte != 0).collect();
            *last = CString::new(bytes).unwrap_or_default();
        }
    });
    error.code.0
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let cause = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = format!("a defect in the library: {}; please report it", cause.unwrap_or("no message"));
    log::error!("{text}");
    text
}
