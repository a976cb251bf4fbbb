//! What stands between C and Rust on every call: the panic guard, the thread's last error text, checked arguments.

use super::ctypes::MCO_RET;
use super::fatal::fatal;
use crate::base::{Code, Error, Result, fail};
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::new(CString::default());
}

/// Runs the body of an export. A panic stops here: it is logged and becomes `E_CORE`. Fatal codes go to the program's handler.
#[track_caller]
pub(crate) fn guard(body: impl FnOnce() -> Result<Code>) -> MCO_RET {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(code)) => code.0,
        Ok(Err(error)) if error.code.is_fatal() => remember(fatal(error.code, &error.text)),
        Ok(Err(error)) => remember(error),
        Err(panic) => remember(Error { code: Code::E_CORE, text: panic_text(&*panic) }),
    }
}

/// As [`guard`] for exports that return something else: `otherwise` stands for every failure.
#[track_caller]
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
    let text = LAST_ERROR.try_with(|text| text.try_borrow().map_or(c"".as_ptr(), |text| text.as_ptr()));
    text.unwrap_or(c"".as_ptr())
}

/// Where a result goes.
pub(crate) struct Place<T>(*mut T);

/// An output argument; NULL is refused, before anything is done.
pub(crate) fn place<T>(pointer: *mut T, name: &str) -> Result<Place<T>> {
    if pointer.is_null() { fail(Code::E_ILLEGAL_PARAM, format!("{name} is NULL")) } else { Ok(Place(pointer)) }
}

impl<T> Place<T> {
    /// Writes the result.
    pub(crate) fn set(self, value: T) -> Code {
        // SAFETY: not NULL, so by the rule of the interface it points to a T that may be written.
        unsafe { self.0.write(value) }
        Code::S_OK
    }
}

/// Writes to an output that may be NULL.
pub(crate) fn set_if<T>(pointer: *mut T, value: T) {
    if let Ok(place) = place(pointer, "") {
        place.set(value);
    }
}

/// An input string.
///
/// # Safety
/// `pointer` is NULL or points to a C string that lives during the call.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    if pointer.is_null() {
        return fail(Code::E_ILLEGAL_PARAM, format!("{name} is NULL"));
    }
    // SAFETY: as the caller promises.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    bytes.to_str().or_else(|_| fail(Code::E_ILLEGAL_PARAM, format!("{name} is not valid UTF-8")))
}

/// Writes a string with its NUL, cut to fit.
///
/// # Safety
/// `to` is NULL or has room for `size` bytes.
pub(crate) unsafe fn put_text(text: &str, to: *mut c_char, size: usize) -> Result<()> {
    if to.is_null() || size == 0 {
        return fail(Code::E_ILLEGAL_PARAM, "the buffer for a text is NULL or has no room");
    }
    let shown = text.as_bytes().get(..text.len().min(size - 1)).unwrap_or_default();
    // SAFETY: as the caller promises; the text was cut to leave room for its NUL.
    unsafe {
        to.cast::<u8>().copy_from_nonoverlapping(shown.as_ptr(), shown.len());
        to.add(shown.len()).write(0);
    }
    Ok(())
}

/// Writes a string as [`put_text`], if there is room for anything, and the bytes that it takes with its NUL: `S_OVERFLOW` when it was cut.
///
/// # Safety
/// `to` has room for `size` bytes; `needed` is NULL or may be written.
pub(crate) unsafe fn give_text(text: &str, to: *mut c_char, size: usize, needed: *mut usize) -> Result<Code> {
    set_if(needed, text.len() + 1);
    if size > 0 {
        // SAFETY: as the caller promises.
        unsafe { put_text(text, to, size)? };
    }
    Ok(if size > text.len() { Code::S_OK } else { Code::S_OVERFLOW })
}

fn remember(error: Error) -> MCO_RET {
    if !error.code.is_error() && error.text.is_empty() {
        return error.code.0;
    }
    // A thread that is ending may have no text any more; its destructors still get the code.
    let _ = LAST_ERROR.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = CString::new(error.text.replace('\0', " ")).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_code_with_a_text() {
        assert_eq!(guard(|| panic!("seven is not even")), Code::E_CORE.0);
        // SAFETY: the text of this thread, no call in between.
        let text = unsafe { CStr::from_ptr(last_error_text()) };
        assert!(text.to_string_lossy().contains("seven is not even"), "{text:?}");
        assert_eq!(guard_or(5, || fail(Code::E_ACCESS, "")), 5);
    }
}
