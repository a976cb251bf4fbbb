//! Threads whose end a stop waits for.

use super::answer::{Ended, Waiting, answer};
use super::patience::Patience;
use crate::net::clock;
use parking_lot::Mutex;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

#[derive(Default)]
pub(super) struct Threads {
    all: Mutex<Vec<Arc<Thread>>>,
}

struct Thread {
    handle: Mutex<Option<JoinHandle<()>>>,
    /// Over when it has nothing left to do, also by a panic.
    ended: Waiting<()>,
}

impl Threads {
    /// Starts one more, if it is `wanted` still.
    pub(super) fn spawn(
        &self,
        name: String,
        wanted: impl FnOnce() -> bool,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        // Held until it is entered, so that who waits for all, and wants none any more, waits for this one.
        let mut all = self.all.lock();
        if !wanted() {
            return Ok(());
        }
        let (end, ended) = answer();
        let handle = Builder::new().name(name).spawn(move || {
            let _end = end;
            work();
        })?;
        all.retain(|thread| !thread.ended.is_over());
        all.push(Arc::new(Thread { handle: Mutex::new(Some(handle)), ended }));
        Ok(())
    }

    /// Waits until all have ended. Several may wait at once, and again who was interrupted.
    pub(super) fn join(&self, patience: Patience) -> Result<(), Ended> {
        loop {
            let Some(thread) = self.all.lock().last().cloned() else { return Ok(()) };
            patience.wait(|limit| match clock::duration(limit) {
                None => thread.ended.wait().or(Some(())),
                Some(limit) => thread.ended.wait_for(limit).is_ok().then_some(()),
            })?;
            if let Some(handle) = thread.handle.lock().take() {
                // One that panicked has said so; who waits for what it did is told by what it has dropped.
                let _ = handle.join();
            }
            self.all.lock().retain(|each| !Arc::ptr_eq(each, &thread));
        }
    }
}
