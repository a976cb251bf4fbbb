//! Work on database connections of our own, on threads or on those of the application. That of one lane runs in the order given.

use super::answer::Ended;
use super::patience::Patience;
use super::schemas::Mappings;
use super::storage::Storage;
use super::threads::Threads;
use crate::base::{AgentId, Code, LinkId, Millis, Result, fail};
use crate::db::{Connection, Database};
use crate::net::clock;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What must stay in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lane {
    /// Everything that concerns an agent, also over a change of its link.
    Agent(AgentId),
    /// What comes before the agent is known.
    Link(LinkId),
    /// Calls of the application.
    User(u64),
}

/// Work for one connection.
pub(super) type Work = Box<dyn FnOnce(&mut Storage) + Send>;

/// More workers than this would only wait for the one writer.
const WORKERS_MAX: usize = 8;

/// How long a worker beyond the first keeps its connection without work.
const IDLE: Duration = Duration::from_millis(50);

pub(super) struct Pool {
    database: Arc<Database>,
    /// What the connections wait for is called off with it.
    end: Arc<AtomicBool>,
    mappings: Arc<Mappings>,
    state: Mutex<State>,
    wake: Condvar,
    threads: Threads,
    /// The connection that is always there.
    first: Mutex<First>,
    /// The first connection is there again.
    back: Condvar,
    limit: usize,
}

#[derive(Default)]
struct State {
    lanes: BTreeMap<Lane, LaneState>,
    ready: VecDeque<Lane>,
    workers: usize,
    idle: usize,
    stopped: bool,
}

#[derive(Default)]
struct LaneState {
    waiting: VecDeque<Work>,
    running: bool,
}

enum First {
    Here(Box<Storage>),
    /// A thread of the application works on it.
    Lent,
    /// A thread of the pool has it, or the pool is stopped.
    Gone,
}

impl Pool {
    /// A pool of at most `size` connections; the first one is taken now and kept. `E_SESLIMIT` when none is free.
    pub(super) fn new(database: Arc<Database>, size: u16) -> Result<Arc<Pool>> {
        let mappings = Arc::<Mappings>::default();
        let end = Arc::<AtomicBool>::default();
        let first = Storage::new(connect(&database, &end)?, mappings.clone());
        Ok(Arc::new(Pool {
            database,
            end,
            mappings,
            state: Mutex::default(),
            wake: Condvar::new(),
            threads: Threads::default(),
            first: Mutex::new(First::Here(Box::new(first))),
            back: Condvar::new(),
            limit: usize::from(size).clamp(1, WORKERS_MAX),
        }))
    }

    /// Starts a thread, and more when they are needed. Without it, work waits for [`Pool::work`].
    pub(super) fn start(self: &Arc<Self>) -> Result<()> {
        let First::Here(first) = std::mem::replace(&mut *self.first.lock(), First::Gone) else { return Ok(()) };
        self.state.lock().workers = 1;
        let worker = self.clone();
        let spawned = self.threads.spawn("mco-store-0".into(), || true, move || worker.serve(*first, true));
        spawned.or_else(|e| fail(Code::E_NOMEM, format!("starting a storage thread: {e}")))
    }

    /// Does what waits, on the calling thread; how many pieces that were: 0 also while another thread does it.
    pub(super) fn work(&self) -> usize {
        let mut done = 0;
        // Once more after each return: who came meanwhile has relied on us.
        while !self.state.lock().ready.is_empty() {
            let Some(mut storage) = self.borrow() else { return done };
            done += std::iter::from_fn(|| self.work_once(&mut storage).then_some(())).count();
            *self.first.lock() = First::Here(storage);
            self.back.notify_all();
        }
        done
    }

    fn borrow(&self) -> Option<Box<Storage>> {
        let mut first = self.first.lock();
        match std::mem::replace(&mut *first, First::Lent) {
            First::Here(storage) => Some(storage),
            other => {
                *first = other;
                None
            }
        }
    }

    /// Queues work; it is dropped unexecuted once the pool is stopped.
    pub(super) fn submit(self: &Arc<Self>, lane: Lane, work: Work) {
        let mut state = self.state.lock();
        if state.stopped {
            return;
        }
        let entry = state.lanes.entry(lane).or_default();
        entry.waiting.push_back(work);
        if entry.running || entry.waiting.len() > 1 {
            return;
        }
        state.ready.push_back(lane);
        self.wake.notify_one();
        if state.ready.len() > state.idle && (1..self.limit).contains(&state.workers) {
            state.workers += 1;
            drop(state);
            self.spawn_another();
        }
    }

    /// Ends the work that runs, and at once what waits for a transaction of somebody else; drops what waits, gives the connections back and joins the threads.
    /// Several may call it at once, and again who was interrupted.
    pub(super) fn stop(&self, patience: Patience) -> Result<(), Ended> {
        let dropped = {
            let mut state = self.state.lock();
            state.stopped = true;
            state.ready.clear();
            std::mem::take(&mut state.lanes)
        };
        self.database.call_off(&self.end);
        // Dropping work ends the wait of whoever asked for it, so no lock may be held.
        drop(dropped);
        self.wake.notify_all();
        self.threads.join(patience)?;
        patience.wait(|limit| self.give_back(limit))
    }

    /// Closes the first connection; nothing while it is lent for longer than the limit.
    fn give_back(&self, limit: Millis) -> Option<()> {
        let mut first = self.first.lock();
        let lent = |first: &mut First| matches!(first, First::Lent);
        match clock::duration(limit) {
            None => self.back.wait_while(&mut first, lent),
            Some(limit) => drop(self.back.wait_while_for(&mut first, lent, limit)),
        }
        if lent(&mut first) {
            return None;
        }
        let last = std::mem::replace(&mut *first, First::Gone);
        drop(first);
        drop(last);
        Some(())
    }

    fn spawn_another(self: &Arc<Self>) {
        let worker = self.clone();
        let serve = move || match connect(&worker.database, &worker.end) {
            Ok(connection) => worker.serve(Storage::new(connection, worker.mappings.clone()), false),
            // The connections that there are do it, only less in parallel.
            Err(_) => worker.state.lock().workers -= 1,
        };
        if self.threads.spawn("mco-store".into(), || !self.state.lock().stopped, serve).is_err() {
            self.state.lock().workers -= 1;
        }
    }

    /// The connection is given back when the worker ends.
    fn serve(&self, mut storage: Storage, keep: bool) {
        loop {
            if self.work_once(&mut storage) {
                continue;
            }
            let mut state = self.state.lock();
            if state.stopped || state.ready.is_empty() && self.is_idle_for_long(&mut state, keep) {
                state.workers -= 1;
                return;
            }
        }
    }

    /// Waits for work; true when it has taken so long that the worker should end.
    fn is_idle_for_long(&self, state: &mut MutexGuard<'_, State>, keep: bool) -> bool {
        state.idle += 1;
        let timed_out = if keep {
            self.wake.wait(state);
            false
        } else {
            self.wake.wait_for(state, IDLE).timed_out()
        };
        state.idle -= 1;
        timed_out && state.ready.is_empty()
    }

    /// Does the next piece of work; false when none is ready.
    fn work_once(&self, storage: &mut Storage) -> bool {
        let Some((lane, work)) = self.state.lock().take() else { return false };
        // The others go on. Who waits for an answer of this work is told by its end, or has caught the panic already.
        let _ = caught(storage, |storage| {
            work(storage);
            Ok(())
        });
        self.state.lock().done(lane);
        true
    }
}

/// Does work that has to be answered in any case. A panic is a fault of ours, `E_CORE`: it is logged, and what it left open rolled back.
pub(super) fn caught<T>(storage: &mut Storage, work: impl FnOnce(&mut Storage) -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| work(storage))).unwrap_or_else(|_| {
        log::error!("a storage job of the replicator has panicked");
        storage.connection().recover();
        fail(Code::E_CORE, "the storage job has panicked")
    })
}

/// A connection of the pool.
fn connect(database: &Arc<Database>, end: &Arc<AtomicBool>) -> Result<Connection> {
    let mut connection = database.connect()?;
    connection.end_with(end.clone());
    Ok(connection)
}

impl State {
    fn take(&mut self) -> Option<(Lane, Work)> {
        while let Some(lane) = self.ready.pop_front() {
            let Some(entry) = self.lanes.get_mut(&lane) else { continue };
            let Some(work) = entry.waiting.pop_front() else { continue };
            entry.running = true;
            return Some((lane, work));
        }
        None
    }

    /// The lane's next piece of work may follow.
    fn done(&mut self, lane: Lane) {
        let Some(entry) = self.lanes.get_mut(&lane) else { return };
        entry.running = false;
        if entry.waiting.is_empty() {
            self.lanes.remove(&lane);
        } else {
            self.ready.push_back(lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{OpenOptions, Priority, Storage as Place, TransactionKind, open};
    use crate::schema::{canonical, compile_text};

    /// A pool without threads, of one connection to a database in memory.
    fn pool(name: &str) -> Arc<Pool> {
        let dictionary =
            compile_text("declare database test;\niot server;\nuptable class A { bool b; };\n").expect("a good schema");
        let text = canonical(&dictionary);
        let options = OpenOptions::new(name, Place::Memory { limit_bytes: 0 });
        let database = open(Arc::new(dictionary), &text, options).expect("opens");
        Pool::new(database, 1).expect("one connection")
    }

    #[test]
    fn a_job_that_panics_is_answered_and_leaves_its_connection_to_others() {
        let pool = pool("pool_panic");
        let answers = Arc::new(Mutex::new(Vec::new()));
        let begin = |storage: &mut Storage| storage.connection().begin(TransactionKind::ReadWrite, Priority(0));
        for panics in [true, false] {
            let answers = answers.clone();
            let job = move |storage: &mut Storage| {
                assert!(storage.connection().transaction().is_none(), "the one before has left a transaction");
                begin(storage)?;
                assert!(!panics, "planted");
                storage.connection().rollback()
            };
            let work = move |storage: &mut Storage| answers.lock().push(caught(storage, job).map_err(|error| error.code));
            pool.submit(Lane::Agent(AgentId(1)), Box::new(work));
        }
        pool.submit(Lane::Agent(AgentId(1)), Box::new(|_| panic!("planted, and nobody waits for an answer")));
        assert_eq!(pool.work(), 3);
        assert_eq!(*answers.lock(), [Err(Code::E_CORE), Ok(())]);
        pool.stop(Patience::Endless).expect("nobody interrupts it");
        crate::db::kill("pool_panic").expect("nobody uses it");
    }

    #[test]
    fn a_lane_with_much_work_lets_others_have_their_turn() {
        let pool = pool("pool_turns");
        let order = Arc::new(Mutex::new(Vec::new()));
        for (agent, count) in [(1, 50), (2, 3), (3, 1)] {
            for _ in 0..count {
                let order = order.clone();
                pool.submit(Lane::Agent(AgentId(agent)), Box::new(move |_| order.lock().push(agent)));
            }
        }
        assert_eq!(pool.work(), 54);
        assert_eq!(order.lock().get(..8), Some(&[1, 2, 3, 1, 2, 1, 2, 1][..]));
        pool.stop(Patience::Endless).expect("nobody interrupts it");
        crate::db::kill("pool_turns").expect("nobody uses it");
    }
}
