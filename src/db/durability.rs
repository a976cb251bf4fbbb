//! When commits become durable that are not so at once.
//!
//! All policies write alike; they differ in when the write-ahead log is synchronised. The engine does it with the commit
//! (`SyncFlush`) and before it writes back what is in the log, so a file is never damaged; the rest is done here.

use crate::base::{Code, Result, fail};
use crate::db::{CommitPolicy, DelayedCommits, WallClock};
use parking_lot::{Condvar, Mutex};
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a `Buffered` commit waits for others: it has to be durable within a second.
const BUFFERED: Duration = Duration::from_millis(500);
/// Pause after a flush that has failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Flushes the commits of one database; in a thread of its own once a commit asks for that.
#[derive(Debug)]
pub(in crate::db) struct Durability {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    /// The write-ahead log; `None` where nothing survives the process anyway.
    log: Option<PathBuf>,
    delayed: DelayedCommits,
    clock: WallClock,
    backlog: Mutex<Backlog>,
    /// Wakes the thread.
    wake: Condvar,
    /// Held while the log is synchronised, so that who waits for it finds its own commits done too.
    syncing: Mutex<()>,
}

#[derive(Debug)]
struct Backlog {
    /// Commits so far.
    committed: u64,
    /// Those of them that are durable.
    durable: u64,
    /// Commits since the last flush began, and their bytes.
    commits: u64,
    bytes: u64,
    /// The thread flushes at once.
    due: bool,
    /// The thread flushes when it has waited so long.
    pause: Option<Duration>,
    /// The thread ends.
    ended: bool,
    /// When everything was durable last.
    flushed: u64,
}

impl Durability {
    pub(in crate::db) fn new(log: Option<PathBuf>, delayed: DelayedCommits, clock: WallClock) -> Self {
        // A process that died may have left a log that nobody has synchronised: that counts as a commit.
        let backlog = Backlog {
            committed: 1,
            durable: 0,
            commits: 0,
            bytes: 0,
            due: false,
            pause: None,
            ended: false,
            flushed: clock.millis(),
        };
        let shared =
            Shared { log, delayed, clock, backlog: Mutex::new(backlog), wake: Condvar::new(), syncing: Mutex::default() };
        Durability { shared: Arc::new(shared), thread: Mutex::default() }
    }

    /// The holder of the writer's place has committed so many bytes.
    pub(in crate::db) fn committed(&self, policy: CommitPolicy, bytes: u64) {
        if self.shared.log.is_some() && self.shared.note(policy, bytes) {
            self.start();
            self.shared.wake.notify_one();
        }
    }

    /// Makes all commits durable: `E_DISK_SYNC`.
    pub(in crate::db) fn flush(&self) -> Result<()> {
        self.shared.flush()
    }

    /// How many milliseconds ago everything was durable; 0 where nothing can be.
    pub(in crate::db) fn age(&self) -> u64 {
        match self.shared.log {
            Some(_) => self.shared.clock.millis().saturating_sub(self.shared.backlog.lock().flushed),
            None => 0,
        }
    }

    /// Ends the thread and flushes for the last time.
    pub(in crate::db) fn end(&self) {
        self.shared.backlog.lock().ended = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            // It panics for no reason of ours; then the flush below does its work.
            let _ = thread.join();
        }
        if let Err(error) = self.flush() {
            log::error!("{error}");
        }
    }

    fn start(&self) {
        let mut thread = self.thread.lock();
        if thread.is_some() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        match std::thread::Builder::new().name("mco-flush".into()).spawn(move || shared.serve()) {
            Ok(started) => *thread = Some(started),
            // Sooner than asked for is never wrong.
            Err(_) => drop(self.flush()),
        }
    }
}

impl Shared {
    /// Counts a commit; says whether the thread has something new to do.
    fn note(&self, policy: CommitPolicy, bytes: u64) -> bool {
        let mut backlog = self.backlog.lock();
        backlog.committed += 1;
        backlog.commits += 1;
        backlog.bytes = backlog.bytes.saturating_add(bytes);
        let pause = match policy {
            CommitPolicy::SyncFlush => {
                // The engine has synchronised all that was in the log.
                let committed = backlog.committed;
                backlog.reached(committed, self.clock.millis());
                return false;
            }
            CommitPolicy::NoSync => return false,
            CommitPolicy::Buffered => Some(BUFFERED),
            CommitPolicy::Delayed => {
                let limits = self.delayed;
                let reached = |limit: u64, value: u64| limit != 0 && value >= limit;
                backlog.due |= reached(limits.commits.into(), backlog.commits) || reached(limits.bytes, backlog.bytes);
                (limits.millis != 0).then(|| Duration::from_millis(limits.millis.into()))
            }
        };
        let sooner = pause.filter(|pause| backlog.pause.is_none_or(|present| *pause < present));
        backlog.pause = sooner.or(backlog.pause);
        backlog.due || sooner.is_some()
    }

    fn flush(&self) -> Result<()> {
        let Some(log) = &self.log else { return Ok(()) };
        let wanted = self.backlog.lock().committed;
        let _one = self.syncing.lock();
        let target = {
            let mut backlog = self.backlog.lock();
            if backlog.durable >= wanted {
                return Ok(());
            }
            backlog.begin();
            backlog.committed
        };
        match File::open(log).and_then(|file| file.sync_data()) {
            Ok(()) => {}
            // Nothing was written since the log was written back.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                self.backlog.lock().pause = Some(AGAIN);
                self.wake.notify_one();
                return fail(Code::E_DISK_SYNC, format!("commits could not be made durable: {}: {error}", log.display()));
            }
        }
        self.backlog.lock().reached(target, self.clock.millis());
        Ok(())
    }

    fn serve(&self) {
        let mut backlog = self.backlog.lock();
        while !backlog.ended {
            let over = match backlog.pause {
                _ if backlog.due => true,
                None => {
                    self.wake.wait(&mut backlog);
                    false
                }
                Some(pause) => self.wake.wait_for(&mut backlog, pause).timed_out(),
            };
            if !over {
                continue;
            }
            drop(backlog);
            let done = self.flush();
            backlog = self.backlog.lock();
            if let Err(error) = done {
                log::error!("{error}; it is tried again");
            }
        }
    }
}

impl Backlog {
    /// So many commits are durable.
    fn reached(&mut self, commits: u64, now: u64) {
        self.durable = self.durable.max(commits);
        self.flushed = now;
        if self.durable == self.committed {
            self.begin();
        }
    }

    /// Whatever asked for a flush has got it.
    fn begin(&mut self) {
        (self.commits, self.bytes, self.due, self.pause) = (0, 0, false, None);
    }
}

#[cfg(test)]
impl Durability {
    /// Commits that are not durable yet.
    pub(in crate::db) fn waiting(&self) -> u64 {
        let backlog = self.shared.backlog.lock();
        backlog.committed - backlog.durable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(commits: u32, bytes: u64, millis: u32) -> Durability {
        Durability::new(Some("/nowhere".into()), DelayedCommits { bytes, commits, millis }, WallClock::default())
    }

    /// What the thread would do after commits of this policy.
    fn plan(durability: &Durability, policy: CommitPolicy, sizes: &[u64]) -> (bool, Option<Duration>) {
        for bytes in sizes {
            durability.shared.note(policy, *bytes);
        }
        let backlog = durability.shared.backlog.lock();
        (backlog.due, backlog.pause)
    }

    #[test]
    fn each_policy_plans_its_flush() {
        let within_a_second = |(due, pause): (bool, Option<Duration>)| !due && pause.is_some_and(|p| p < Duration::from_secs(1));
        assert!(within_a_second(plan(&shared(1, 1, 1), CommitPolicy::Buffered, &[100, 100])));
        for policy in [CommitPolicy::NoSync, CommitPolicy::SyncFlush] {
            assert_eq!(plan(&shared(1, 1, 1), policy, &[100, 100]), (false, None));
        }
        let delayed = CommitPolicy::Delayed;
        assert_eq!(plan(&shared(0, 0, 0), delayed, &[1 << 40]), (false, None));
        assert_eq!(plan(&shared(3, 0, 0), delayed, &[1, 1]), (false, None));
        assert_eq!(plan(&shared(3, 0, 0), delayed, &[1, 1, 1]), (true, None));
        assert_eq!(plan(&shared(0, 100, 0), delayed, &[99]), (false, None));
        assert_eq!(plan(&shared(0, 100, 0), delayed, &[99, 1]), (true, None));
        assert_eq!(plan(&shared(0, 0, 70), delayed, &[1]), (false, Some(Duration::from_millis(70))));
        let mixed = shared(0, 0, 70);
        plan(&mixed, CommitPolicy::Buffered, &[1]);
        assert_eq!(plan(&mixed, delayed, &[1]).1, Some(Duration::from_millis(70)), "the sooner one counts");
        assert_eq!(plan(&mixed, CommitPolicy::Buffered, &[1]).1, Some(Duration::from_millis(70)));
        assert_eq!(plan(&mixed, CommitPolicy::SyncFlush, &[1]), (false, None), "nothing is left to do");
    }
}
