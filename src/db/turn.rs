//! The writer's place among processes that share a database.
//!
//! Who wants to write waits for the lock of one file, the gate, and inside it for that of another, the place. So nobody waits behind more
//! than one holder, and who has just written cannot slip in front of who waits. The kernel takes both locks from a process that dies.

use crate::base::{Code, Random, Result, fail};
use crate::db::Database;
use crate::db::files::{hold, private_file};
use crate::db::lock::LockFile;
use parking_lot::Mutex;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;

/// What this process knows of whose turn it is to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::db) enum Turn {
    /// Another process may be writing.
    #[default]
    Theirs,
    /// A thread waits for ours.
    Asked,
    /// One of our threads may write.
    Ours,
}

/// This process among those that write.
#[derive(Debug)]
pub(in crate::db) struct Turns {
    locks: Arc<Locks>,
    /// Random; the file of the place says who had it last.
    me: u64,
    /// To the thread that waits where it takes time: for whom.
    asks: Mutex<Option<Sender<Weak<Database>>>>,
}

#[derive(Debug)]
struct Locks {
    gate: LockFile,
    place: LockFile,
}

impl Turns {
    /// A process that comes to the database in this directory.
    pub(in crate::db) fn join(directory: &Path) -> Result<Turns> {
        let file = |name| LockFile::new(|| private_file(&directory.join(name)));
        let locks = Locks { gate: file("gate")?, place: file("writer")? };
        let empty = locks.place.metadata().map(|found| found.len() == 0);
        // What is written later finds its room already taken.
        if let Err(error) = empty.and_then(|empty| if empty { locks.place.write_all_at(&[0; 8], 0) } else { Ok(()) }) {
            return fail(Code::E_NOMEM, format!("cannot keep a shared database at {}: {error}", directory.display()));
        }
        Ok(Turns { locks: Arc::new(locks), me: Random::from_system().any(), asks: Mutex::default() })
    }

    /// Whether one of our threads may write now. If not, who waits in our queue is woken when it may. Only for the holder of the queue's lock.
    pub(in crate::db) fn claim(&self, turn: &mut Turn, database: &Arc<Database>) -> bool {
        if *turn == Turn::Theirs {
            *turn = if self.locks.try_take() {
                Turn::Ours
            } else if self.ask(database) {
                Turn::Asked
            } else {
                // Without a thread of our own this one waits, and cannot be called off.
                self.locks.take();
                Turn::Ours
            };
        }
        *turn == Turn::Ours
    }

    /// The turn is over, or was given to nobody.
    pub(in crate::db) fn give_back(&self, turn: &mut Turn) {
        // What was asked for comes all the same: until then the thread alone has to do with the locks.
        if *turn == Turn::Ours {
            *turn = Turn::Theirs;
            self.locks.give_back();
        }
    }

    /// Whether no other process has written since this one did. For the holder of the place.
    pub(in crate::db) fn was_mine(&self) -> bool {
        let mut last = [0; 8];
        self.locks.place.read_exact_at(&mut last, 0).is_ok() && u64::from_ne_bytes(last) == self.me
    }

    /// Notes that this process writes. For the holder of the place.
    pub(in crate::db) fn note_mine(&self) -> Result<()> {
        let written = self.locks.place.write_all_at(&self.me.to_ne_bytes(), 0);
        written.or_else(|error| fail(Code::E_DISK_WRITE, format!("cannot note who writes to a shared database: {error}")))
    }

    /// Lets the thread wait; false: there is none, and none can be made.
    fn ask(&self, database: &Arc<Database>) -> bool {
        let mut asks = self.asks.lock();
        if asks.is_none() {
            let (sender, receiver) = channel();
            let locks = Arc::clone(&self.locks);
            // Nobody waits for its end: it may be far away while another process writes.
            if thread::Builder::new().name("mco-turn".into()).spawn(move || serve(&locks, &receiver)).is_ok() {
                *asks = Some(sender);
            }
        }
        asks.as_ref().is_some_and(|asks| asks.send(Arc::downgrade(database)).is_ok())
    }
}

/// Waits for turns until nobody can ask for one any more.
fn serve(locks: &Locks, asked: &Receiver<Weak<Database>>) {
    for database in asked {
        locks.take();
        match database.upgrade() {
            Some(database) => database.queue.granted(&database),
            None => locks.give_back(),
        }
    }
}

impl Locks {
    /// Takes the place if nobody has it or waits for it.
    fn try_take(&self) -> bool {
        if self.gate.try_lock().is_err() {
            return false;
        }
        let taken = self.place.try_lock().is_ok();
        free(&self.gate);
        taken
    }

    fn take(&self) {
        for file in [&self.gate, &self.place] {
            if let Err(error) = hold(|| file.lock()) {
                // The engine has a lock of its own; this one is for order and patience.
                log::warn!("processes that share a database may get in each other's way: {error}");
            }
        }
        free(&self.gate);
    }

    fn give_back(&self) {
        free(&self.place);
    }
}

fn free(file: &File) {
    if let Err(error) = hold(|| file.unlock()) {
        log::error!("other processes cannot write to a shared database: {error}");
    }
}
