//! Looks for commits of other processes, for who listens to commits.

use crate::db::Database;
use parking_lot::{Condvar, Mutex};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How long a commit of another process may stay unnoticed.
const PERIOD: Duration = Duration::from_millis(100);

/// A thread that looks until this is dropped.
#[derive(Debug)]
pub(in crate::db) struct Watch(Arc<End>);

#[derive(Debug, Default)]
struct End {
    is_over: Mutex<bool>,
    changed: Condvar,
}

impl Watch {
    /// Commits from now on count.
    pub(in crate::db) fn start(database: &Arc<Database>) -> Watch {
        let end = Arc::new(End::default());
        let (watched, until) = (Arc::downgrade(database), Arc::clone(&end));
        let seen = database.foreign().unwrap_or_default();
        let started = std::thread::Builder::new().name("mco-watch".into()).spawn(move || look(&watched, &until, seen));
        if let Err(error) = started {
            log::error!("commits of other processes are not noticed: no thread can be started: {error}");
        }
        Watch(end)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Not waited for: it may be that very thread which lets go of the database.
        *self.0.is_over.lock() = true;
        self.0.changed.notify_one();
    }
}

fn look(database: &Weak<Database>, end: &End, mut seen: u64) {
    loop {
        let mut is_over = end.is_over.lock();
        if !*is_over {
            end.changed.wait_for(&mut is_over, PERIOD);
        }
        if *is_over {
            return;
        }
        drop(is_over);
        let Some(database) = database.upgrade() else { return };
        // Busy for a moment: the next time.
        let Ok(foreign) = database.foreign() else { continue };
        if foreign > seen {
            seen = foreign;
            database.tell_commit();
        }
    }
}
