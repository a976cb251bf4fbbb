//! Several threads on one database: the order of waiting writers, snapshots, the end while others work.

use mcoiot::base::{Code, Random, Value};
use mcoiot::db::{self, Connection, CursorId, Database, OpenOptions, Priority, Storage, TransactionKind};
use mcoiot::schema::{canonical, compile_text};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

const SCHEMA: &str = "
declare database threads;
persistent class Account {
    unsigned<4> number; signed<8> money;
    unique tree<number> by_number;
    tree<money> by_money;
    list;
};
persistent class Entry {
    unsigned<4> thread; unsigned<4> number;
    hash<thread, number> place[100];
    autoid[100];
    list;
};
";
const ACCOUNT: u16 = 1;
const ENTRY: u16 = 2;
const THREADS: u64 = 8;
const ACCOUNTS: u64 = 20;

fn open(storage: Storage) -> Arc<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dictionary = compile_text(SCHEMA).unwrap();
    let name = format!("threads{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = canonical(&dictionary);
    let options = OpenOptions { policy: db::CommitPolicy::Buffered, ..OpenOptions::new(&name, storage) };
    db::open(Arc::new(dictionary), &text, options).unwrap()
}

fn memory() -> Arc<Database> {
    open(Storage::Memory { limit_bytes: 0 })
}

fn begin(c: &mut Connection, kind: TransactionKind) {
    c.begin(kind, Priority(0)).unwrap();
}

/// Sum of all accounts along an index, and their number.
fn total(c: &mut Connection, index: Option<u16>) -> (i64, u64) {
    let cursor = CursorId(1);
    let mut more = match index {
        None => c.open_list(cursor, ACCOUNT),
        Some(index) => c.open_index(cursor, index),
    };
    let (mut sum, mut count) = (0, 0);
    while more.is_ok() {
        let object = c.cursor_object(cursor, ACCOUNT).unwrap();
        let Value::Int(money) = c.value(object, 1).unwrap() else { panic!("money is a number") };
        sum += money;
        count += 1;
        more = c.cursor_next(cursor);
    }
    assert_eq!(more.unwrap_err().code, Code::S_CURSOR_END);
    (sum, count)
}

/// Moves money between two accounts and writes an entry.
fn transfer(c: &mut Connection, random: &mut Random, thread: u64, number: u64) {
    let amount = random.below(100).cast_signed();
    for (account, sign) in [(random.below(ACCOUNTS), -1), (random.below(ACCOUNTS), 1)] {
        let object = c.find(0, &[Value::UInt(account)]).unwrap();
        let Value::Int(money) = *c.value(object, 1).unwrap() else { panic!("money is a number") };
        c.set_value(object, 1, Value::Int(money + sign * amount)).unwrap();
    }
    let entry = c.new_object(ENTRY).unwrap();
    c.set_value(entry, 0, Value::UInt(thread)).unwrap();
    c.set_value(entry, 1, Value::UInt(number)).unwrap();
}

fn accounts(database: &Arc<Database>) {
    let mut c = database.connect().unwrap();
    begin(&mut c, TransactionKind::ReadWrite);
    for number in 0..ACCOUNTS {
        let object = c.new_object(ACCOUNT).unwrap();
        c.set_value(object, 0, Value::UInt(number)).unwrap();
        c.set_value(object, 1, Value::Int(1000)).unwrap();
    }
    c.commit().unwrap();
}

fn work(database: &Arc<Database>, thread: u64) -> u64 {
    let mut c = database.connect().unwrap();
    let mut random = Random::seeded(thread);
    let mut committed = 0;
    for number in 0..60 {
        match random.below(5) {
            0 | 1 => {
                begin(&mut c, TransactionKind::ReadOnly);
                let first = total(&mut c, None);
                assert_eq!(first, (1000 * ACCOUNTS.cast_signed(), ACCOUNTS));
                assert_eq!(total(&mut c, Some(1)), first);
                // Either nobody wrote meanwhile, or the snapshot stays as it is.
                match c.upgrade() {
                    Ok(()) => {
                        transfer(&mut c, &mut random, thread, number);
                        committed += 1;
                    }
                    Err(error) => {
                        assert_eq!(error.code, Code::E_UPGRADE_FAILED);
                        assert_eq!(total(&mut c, Some(1)), first);
                    }
                }
                c.commit().unwrap();
            }
            2 => {
                c.begin(TransactionKind::Update, Priority(1)).unwrap();
                assert_eq!(total(&mut c, Some(0)).1, ACCOUNTS);
                c.upgrade().unwrap();
                transfer(&mut c, &mut random, thread, number);
                c.rollback().unwrap();
            }
            _ => {
                c.begin(TransactionKind::ReadWrite, Priority(i8::try_from(thread % 3).unwrap())).unwrap();
                transfer(&mut c, &mut random, thread, number);
                c.commit().unwrap();
                committed += 1;
            }
        }
    }
    committed
}

#[test]
fn eight_threads_do_not_disturb_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    let file = Storage::File { path, limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false };
    for storage in [Storage::Memory { limit_bytes: 0 }, file] {
        let database = open(storage);
        accounts(&database);
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let database = Arc::clone(&database);
                thread::spawn(move || work(&database, thread))
            })
            .collect();
        let committed: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        let mut c = database.connect().unwrap();
        begin(&mut c, TransactionKind::ReadOnly);
        assert_eq!(total(&mut c, None), (1000 * ACCOUNTS.cast_signed(), ACCOUNTS));
        assert_eq!(c.count(ENTRY).unwrap(), committed);
        drop(c);
        db::close(database.name()).unwrap();
    }
}

/// Waits until a condition holds that another thread brings about.
fn until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

#[test]
fn waiting_writers_go_by_priority_and_then_by_arrival() {
    let database = memory();
    let mut first = database.connect().unwrap();
    begin(&mut first, TransactionKind::ReadWrite);
    let (told, order) = mpsc::channel();
    let mut threads = Vec::new();
    let given = [0_i8, -2, 2, 0, 1, 2, -1, 0];
    for (number, priority) in given.into_iter().enumerate() {
        let mut c = database.connect().unwrap();
        let told = told.clone();
        threads.push(thread::spawn(move || {
            c.begin(TransactionKind::ReadWrite, Priority(priority)).unwrap();
            told.send((priority, number)).unwrap();
            c.commit().unwrap();
        }));
        // In this order they arrive.
        until(|| database.stat().unwrap().writers_waiting == u32::try_from(number + 1).unwrap());
    }
    first.commit().unwrap();
    let found: Vec<(i8, usize)> = given.iter().map(|_| order.recv().unwrap()).collect();
    let mut wanted: Vec<(i8, usize)> = given.into_iter().enumerate().map(|(number, priority)| (priority, number)).collect();
    wanted.sort_by_key(|(priority, number)| (-priority, *number));
    assert_eq!(found, wanted);
    for thread in threads {
        thread.join().unwrap();
    }
    drop(first);
    db::close(database.name()).unwrap();
}

#[test]
fn a_thread_does_not_wait_for_itself() {
    let database = memory();
    let (mut a, mut b) = (database.connect().unwrap(), database.connect().unwrap());
    begin(&mut a, TransactionKind::Update);
    assert!(database.writes_in_this_thread());
    for kind in [TransactionKind::Update, TransactionKind::ReadWrite, TransactionKind::Exclusive] {
        assert_eq!(b.begin(kind, Priority(2)).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    }
    begin(&mut b, TransactionKind::ReadOnly);
    assert_eq!(b.upgrade().unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    assert_eq!(b.count(ENTRY).unwrap(), 0, "the reader stays as it was");
    b.commit().unwrap();
    assert_eq!(b.clean().unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    assert_eq!(database.extend(1).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    assert_eq!(db::close(database.name()).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    assert_eq!(db::kill(database.name()).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    // Another thread may go on with the transaction.
    let a = thread::spawn(move || {
        a.commit().unwrap();
        a
    });
    let a = a.join().unwrap();
    assert!(!database.writes_in_this_thread());
    begin(&mut b, TransactionKind::ReadWrite);
    b.commit().unwrap();
    drop((a, b));
    db::close(database.name()).unwrap();
}

#[test]
fn kill_ends_the_work_of_others() {
    for round in 0..20 {
        let database = memory();
        accounts(&database);
        let started = Arc::new(Barrier::new(usize::try_from(THREADS).unwrap() + 1));
        let killed = Arc::new(AtomicBool::new(false));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let mut c = database.connect().unwrap();
                let (started, killed) = (Arc::clone(&started), Arc::clone(&killed));
                thread::spawn(move || {
                    started.wait();
                    let kind = if thread % 2 == 0 { TransactionKind::ReadWrite } else { TransactionKind::ReadOnly };
                    for number in 0.. {
                        let after = killed.load(Ordering::SeqCst);
                        let done = c.begin(kind, Priority(0)).and_then(|_| {
                            if thread % 2 == 0 {
                                let entry = c.new_object(ENTRY)?;
                                c.set_value(entry, 0, Value::UInt(thread))?;
                                c.set_value(entry, 1, Value::UInt(number))?;
                            } else {
                                c.find(0, &[Value::UInt(number % ACCOUNTS)])?;
                            }
                            c.commit()
                        });
                        match done {
                            Ok(()) => assert!(!after, "a call after kill has worked"),
                            Err(error) => {
                                assert_eq!(error.code, Code::E_INVALID_HANDLE, "{error}");
                                break;
                            }
                        }
                    }
                    assert_eq!(c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap_err().code, Code::E_INVALID_HANDLE);
                    assert!(c.transaction().is_none());
                })
            })
            .collect();
        started.wait();
        if round % 2 == 0 {
            // In the middle of it.
            until(|| {
                let mut c = database.connect().unwrap();
                begin(&mut c, TransactionKind::ReadOnly);
                c.count(ENTRY).unwrap() > 20
            });
        }
        db::kill(database.name()).unwrap();
        killed.store(true, Ordering::SeqCst);
        assert_eq!(database.connect().unwrap_err().code, Code::E_INVALID_HANDLE);
        assert_eq!(db::kill(database.name()).unwrap_err().code, Code::E_NOINSTANCE);
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
