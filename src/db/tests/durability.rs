//! Which commits are durable when.

use super::fixture::*;
use super::replicate::Pair;
use crate::base::Code;
use crate::db::*;
use std::path::Path;
use std::time::Duration;

fn delayed(bytes: u64, commits: u32, millis: u32) -> DelayedCommits {
    DelayedCommits { bytes, commits, millis }
}

fn open(schema: Schema, path: &Path, policy: CommitPolicy, delayed: DelayedCommits) -> Opened {
    Opened(schema.open(OpenOptions { policy, delayed, ..OpenOptions::new(&name(), file(path)) }).unwrap())
}

/// Waits until everything is durable.
fn until_flushed(db: &Database) {
    let mut left = 20_000;
    while db.durability.waiting() > 0 {
        left -= 1;
        assert!(left > 0, "never flushed");
        std::sync::mpsc::channel::<()>().1.recv_timeout(Duration::from_millis(1)).unwrap_err();
    }
}

/// A database with this policy in which everything so far is durable.
fn with(policy: CommitPolicy, bounds: DelayedCommits) -> (Opened, Connection, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let db = open(device(1000), &folder.path().join("x.db"), policy, bounds);
    let c = db.connect().unwrap();
    assert_eq!(db.durability.waiting(), 1, "what a process before may have left");
    db.flush().unwrap();
    assert_eq!(db.durability.waiting(), 0);
    (db, c, folder)
}

fn insert(c: &mut Connection, ts: u64) {
    commit(c, |c| sensor(c, ts, 1.0));
}

#[test]
fn each_policy_flushes_when_it_says() {
    let (db, mut c, _folder) = with(CommitPolicy::SyncFlush, DelayedCommits::default());
    insert(&mut c, 1);
    assert_eq!(db.durability.waiting(), 0);

    let (db, mut c, _folder) = with(CommitPolicy::NoSync, delayed(1, 1, 1));
    insert(&mut c, 1);
    insert(&mut c, 2);
    commit(&mut c, |_| ());
    assert_eq!(db.durability.waiting(), 2, "a transaction that wrote nothing is none");
    db.flush().unwrap();
    assert_eq!(db.durability.waiting(), 0);
    insert(&mut c, 3);
    assert_eq!(c.set_policy(CommitPolicy::SyncFlush).unwrap(), CommitPolicy::NoSync);
    insert(&mut c, 4);
    assert_eq!(db.durability.waiting(), 0, "a synchronous commit makes the earlier ones durable too");

    let (db, mut c, _folder) = with(CommitPolicy::Buffered, delayed(0, 0, 0));
    for ts in 1..=3 {
        insert(&mut c, ts);
        until_flushed(&db);
    }
}

#[test]
fn delayed_commits_are_flushed_at_the_first_bound() {
    let (db, mut c, _folder) = with(CommitPolicy::Delayed, delayed(0, 3, 0));
    for round in 0..3 {
        insert(&mut c, 10 * round);
        insert(&mut c, 10 * round + 1);
        assert_eq!(db.durability.waiting(), 2);
        insert(&mut c, 10 * round + 2);
        until_flushed(&db);
    }
    let (db, mut c, _folder) = with(CommitPolicy::Delayed, delayed(1000, 0, 0));
    insert(&mut c, 1);
    assert_eq!(db.durability.waiting(), 1);
    commit(&mut c, |c| (10..50).map(|ts| sensor(c, ts, 1.0)).count());
    until_flushed(&db);
    let (db, mut c, _folder) = with(CommitPolicy::Delayed, delayed(0, 0, 1));
    insert(&mut c, 1);
    until_flushed(&db);
    let (db, mut c, _folder) = with(CommitPolicy::Delayed, delayed(0, 0, 0));
    insert(&mut c, 1);
    assert_eq!(db.durability.waiting(), 1, "no bound, no flush");
}

#[test]
fn a_flush_inside_a_writing_transaction_is_refused() {
    let (db, mut c, _folder) = with(CommitPolicy::NoSync, DelayedCommits::default());
    write(&mut c);
    assert_eq!(db.flush().unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    c.rollback().unwrap();
    db.flush().unwrap();
}

#[test]
fn what_a_peer_is_told_is_durable_before() {
    for policy in [CommitPolicy::Delayed, CommitPolicy::NoSync] {
        let folder = tempfile::tempdir().unwrap();
        let server = open(server(), &folder.path().join("x.db"), policy, delayed(0, 0, 0));
        let device = device(1000).memory();
        let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
        insert(&mut pair.device, 1);
        let set = pair.read_up(1 << 18).unwrap();
        pair.apply_up(&set).unwrap();
        let told = |waiting: u64| assert_eq!(waiting > 0, policy == CommitPolicy::NoSync, "{policy:?}: {waiting}");
        told(server.durability.waiting());
        // The flush of the batch failed, it comes again.
        commit(&mut pair.server, |c| config(c, 1, "x", 0));
        assert!(server.durability.waiting() > 0);
        pair.apply_up(&set).unwrap();
        told(server.durability.waiting());
        commit(&mut pair.server, |c| config(c, 2, "x", 0));
        assert!(server.durability.waiting() > 0);
        pair.attach();
        told(server.durability.waiting());
    }
}

#[test]
fn a_flush_that_fails_says_so_and_is_tried_again() {
    let (db, mut c, folder) = with(CommitPolicy::NoSync, DelayedCommits::default());
    insert(&mut c, 1);
    // A folder in place of the log, which stays open: it cannot be read as a file.
    let (log, away) = (folder.path().join("x.db-wal"), folder.path().join("away"));
    std::fs::rename(&log, &away).unwrap();
    std::os::unix::fs::symlink(&log, &log).unwrap();
    let error = db.flush().unwrap_err();
    assert_eq!((error.code, error.text.contains("x.db-wal")), (Code::E_DISK_SYNC, true), "{error}");
    assert_eq!(db.durability.waiting(), 1);
    std::fs::rename(&away, &log).unwrap();
    db.flush().unwrap();
    assert_eq!(db.durability.waiting(), 0);
}

#[test]
fn the_numbers_of_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let Storage::File { path, read_only, truncate, existing, temporary, .. } = file(&folder.path().join("x.db")) else {
        panic!()
    };
    let storage = Storage::File { path, limit_bytes: 1 << 20, read_only, truncate, existing, temporary };
    static NOW: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1_000);
    let clock = WallClock(|| NOW.load(std::sync::atomic::Ordering::Relaxed));
    let options = OpenOptions { policy: CommitPolicy::NoSync, clock, ..OpenOptions::new(&name(), storage) };
    let db = Opened(device(1000).open(options).unwrap());
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| (0..1000).map(|ts| sensor(c, ts, 1.0)).count());
    let before = db.stat().unwrap();
    assert_eq!((before.limit_bytes, before.readers, before.writers_waiting), (1 << 20, 0, 0));
    assert!(before.live_bytes > 0 && before.live_bytes <= before.map_bytes && before.map_bytes < before.limit_bytes);
    assert!(before.file_bytes >= 4096);
    commit(&mut c, |c| c.delete_all(SENSOR).unwrap());
    assert!(db.stat().unwrap().live_bytes < before.live_bytes);

    let (mut first, mut second) = (db.connect().unwrap(), db.connect().unwrap());
    read(&mut first);
    NOW.store(1_500, std::sync::atomic::Ordering::Relaxed);
    read(&mut second);
    NOW.store(1_600, std::sync::atomic::Ordering::Relaxed);
    let stat = db.stat().unwrap();
    assert_eq!((stat.readers, stat.oldest_reader_millis, stat.last_flush_millis), (2, 600, 600));
    first.rollback().unwrap();
    db.flush().unwrap();
    let stat = db.stat().unwrap();
    assert_eq!((stat.readers, stat.oldest_reader_millis, stat.last_flush_millis), (1, 100, 0));
    second.upgrade().unwrap();
    assert_eq!(db.stat().unwrap().readers, 0, "it writes now");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| db.connect().unwrap().begin(TransactionKind::ReadWrite, Priority(0)).unwrap());
        while db.stat().unwrap().writers_waiting == 0 {
            std::thread::yield_now();
        }
        second.rollback().unwrap();
        waiting.join().unwrap();
    });
    let memory = device(1001).memory().stat().unwrap();
    assert_eq!((memory.limit_bytes, memory.last_flush_millis), (0, 0));
}
