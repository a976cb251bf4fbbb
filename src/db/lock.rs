//! Files that are there to be locked, whose locks no child of fork shares.
//!
//! A lock belongs to the open file, and a child has all that its parent has open: while it lived, nobody else would get what its parent held
//! when it died. So a child puts other files in their place at once.

use crate::base::Result;
use crate::db::files::hold;
use parking_lot::Mutex;
use std::fs::File;
use std::ops::Deref;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Descriptors of all that are open. Only between [`enter`] and [`leave`]: so it is free in a child.
static OPEN: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());
/// No lock that keeps a list of who waits: in a child they are gone.
static BUSY: AtomicBool = AtomicBool::new(false);

/// An open file with a lock. Dropping it gives up the lock.
#[derive(Debug)]
pub(in crate::db) struct LockFile(File);

impl LockFile {
    /// The file that `open` opens; no fork comes in between.
    pub(in crate::db) fn new(open: impl FnOnce() -> Result<File>) -> Result<LockFile> {
        static WATCHED: Once = Once::new();
        WATCHED.call_once(|| {
            // SAFETY: the functions live as long as the library; they call what may be called in a child of a process with threads.
            if unsafe { libc::pthread_atfork(Some(enter), Some(leave), Some(let_go)) } != 0 {
                log::warn!("no memory to note that children of fork let go of locks");
            }
        });
        enter();
        let file = open().inspect(|file| OPEN.lock().push(file.as_raw_fd()));
        leave();
        file.map(LockFile)
    }
}

impl Deref for LockFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Closing is not enough: a program that is just being started may still have a copy of the descriptor.
        let _ = hold(|| self.0.unlock());
        enter();
        OPEN.lock().retain(|each| *each != self.0.as_raw_fd());
        leave();
    }
}

extern "C" fn enter() {
    while BUSY.swap(true, Ordering::Acquire) {
        thread::yield_now();
    }
}

extern "C" fn leave() {
    BUSY.store(false, Ordering::Release);
}

/// In a child. Its parent's objects are there still, and would close another file later if the numbers became free.
extern "C" fn let_go() {
    for held in OPEN.lock().drain(..) {
        // SAFETY: the descriptors are open, and no other thread is there.
        unsafe {
            let nothing = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
            if libc::dup3(nothing, held, libc::O_CLOEXEC) < 0 {
                libc::close(held);
            }
            libc::close(nothing);
        }
    }
    leave();
}
