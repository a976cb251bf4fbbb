//! A database at its limit: what is refused, what still works, and that nothing grows for ever.

use mcoiot::base::{Code, Random, Value};
use mcoiot::db::{self, Connection, CursorId, Database, OpenOptions, Priority, Storage, TransactionKind};
use mcoiot::schema::{canonical, compile_text};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const SCHEMA: &str = "
declare database full;
iot device 1000;
persistent class Line {
    unsigned<4> number; string text;
    unique tree<number> by_number;
    tree<text> by_text;
    list;
};
uptable class Reading {
    unsigned<4> number; string text;
    hash<number> by_number[10];
    list;
};
";
const LINE: u16 = 1;
const READING: u16 = 2;

fn open(storage: Storage) -> Arc<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dictionary = compile_text(SCHEMA).unwrap();
    let name = format!("full{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = canonical(&dictionary);
    let options = OpenOptions { policy: db::CommitPolicy::NoSync, ..OpenOptions::new(&name, storage) };
    db::open(Arc::new(dictionary), &text, options).unwrap()
}

fn file(path: &Path, limit_bytes: u64) -> Storage {
    Storage::File { path: path.into(), limit_bytes, read_only: false, truncate: false, existing: false, temporary: false }
}

fn write(c: &mut Connection) {
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
}

/// One row in a transaction of its own.
fn insert(c: &mut Connection, class: u16, number: u64, size: usize) -> mcoiot::base::Result<()> {
    write(c);
    let done = c.new_object(class).and_then(|object| {
        c.set_value(object, 0, Value::UInt(number))?;
        c.set_value(object, 1, Value::from(&*vec![b'x'; size]))
    });
    match done {
        Ok(()) => c.commit(),
        Err(error) => {
            c.rollback()?;
            Err(error)
        }
    }
}

/// Inserts until it is refused; gives the number of the row that was.
fn fill(c: &mut Connection, class: u16, first: u64, size: usize, code: Code) -> u64 {
    for number in first.. {
        if let Err(error) = insert(c, class, number, size) {
            assert_eq!(error.code, code, "{error}");
            assert!(c.transaction().is_none(), "everything was rolled back");
            return number;
        }
        assert!(number < 1_000_000, "the limit is never met");
    }
    unreachable!("the loop returns")
}

fn count(c: &mut Connection, class: u16) -> u64 {
    c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
    let count = c.count(class).unwrap();
    c.commit().unwrap();
    count
}

/// Deletes the oldest rows.
fn delete(c: &mut Connection, class: u16, rows: u64) {
    write(c);
    let cursor = CursorId(1);
    c.open_list(cursor, class).unwrap();
    for _ in 0..rows {
        let object = c.cursor_object(cursor, class).unwrap();
        c.delete(object).unwrap();
        let _ = c.cursor_next(cursor);
    }
    c.commit().unwrap();
}

/// All storages, with the code of a full one.
fn everywhere(limit: u64, test: impl Fn(&Arc<Database>, Code)) {
    let database = open(Storage::Memory { limit_bytes: limit });
    test(&database, Code::E_NOMEM);
    db::close(database.name()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let database = open(file(&directory.path().join("rows.db"), limit));
    test(&database, Code::E_DISK_SPACE_EXHAUSTED);
    db::close(database.name()).unwrap();
}

#[test]
fn a_full_database_refuses_rows_and_takes_them_again_after_deletes() {
    for class in [LINE, READING] {
        everywhere(600_000, |database, code| {
            let mut c = database.connect().unwrap();
            let mut next = fill(&mut c, class, 0, 100, code);
            assert!(next > 300, "{next} rows only");
            assert_eq!(count(&mut c, class), next);
            for _ in 0..10 {
                let before = count(&mut c, class);
                delete(&mut c, class, before / 2);
                assert_eq!(count(&mut c, class), before - before / 2);
                let end = fill(&mut c, class, next, 100, code);
                assert!(end - next >= before / 4, "{} rows after {} were deleted", end - next, before / 2);
                assert_eq!(count(&mut c, class), before - before / 2 + end - next);
                next = end;
            }
            write(&mut c);
            c.delete_all(class).unwrap();
            c.commit().unwrap();
            assert!(fill(&mut c, class, next, 100, code) - next > 300);
        });
    }
}

#[test]
fn a_large_transaction_over_the_limit_is_undone_as_a_whole() {
    everywhere(600_000, |database, code| {
        let mut c = database.connect().unwrap();
        for number in 0..50 {
            insert(&mut c, LINE, number, 100).unwrap();
        }
        write(&mut c);
        let mut refused = None;
        for number in 50..20_000 {
            let object = c.new_object(LINE).unwrap();
            c.set_value(object, 0, Value::UInt(number)).unwrap();
            c.set_value(object, 1, Value::from(&b"some text"[..])).unwrap();
            if let Err(error) = c.checkpoint_object(object) {
                refused = Some(error.code);
                break;
            }
        }
        assert_eq!(refused, Some(code));
        assert_eq!(c.checkpoint().unwrap_err().code, Code::E_TRANSACT);
        assert_eq!(c.commit().unwrap_err().code, code);
        assert_eq!(count(&mut c, LINE), 50);
        insert(&mut c, LINE, 50, 100).unwrap();
    });
}

#[test]
fn rows_of_all_sizes_fit_or_are_refused_clearly() {
    let mut random = Random::seeded(1);
    let sizes: Vec<usize> = (0..2000).map(|_| 1_usize << random.below(16)).map(|size| size * 3 / 2 % 65_536).collect();
    everywhere(2_000_000, |database, code| {
        let mut c = database.connect().unwrap();
        let (mut stored, mut refused) = (0, 0);
        for (number, size) in (0..).zip(&sizes) {
            match insert(&mut c, READING, number, *size) {
                Ok(()) => stored += 1,
                Err(error) => {
                    assert_eq!(error.code, code, "{error}");
                    refused += 1;
                    let half = stored / 2;
                    delete(&mut c, READING, half);
                    stored -= half;
                }
            }
            assert_eq!(count(&mut c, READING), stored);
        }
        assert!(refused > 3, "{refused}");
    });
}

#[test]
fn a_change_that_does_not_grow_works_at_the_limit() {
    everywhere(600_000, |database, code| {
        let mut c = database.connect().unwrap();
        let next = fill(&mut c, LINE, 0, 100, code);
        for number in 0..next {
            write(&mut c);
            let object = c.find(0, &[Value::UInt(number)]).unwrap();
            c.set_value(object, 1, Value::from(&*vec![b'y'; 100])).unwrap();
            c.commit().unwrap();
        }
        write(&mut c);
        let object = c.find(0, &[Value::UInt(0)]).unwrap();
        c.set_value(object, 1, Value::from(&*vec![b'y'; 4000])).unwrap();
        assert_eq!(c.commit().unwrap_err().code, code, "one that grows is refused");
    });
}

#[test]
fn a_raised_limit_holds_at_once() {
    let database = open(Storage::Memory { limit_bytes: 600_000 });
    let mut c = database.connect().unwrap();
    let next = fill(&mut c, LINE, 0, 100, Code::E_NOMEM);
    let (all, free) = database.space().unwrap();
    assert!(all <= 600_000 && free < all / 2);
    database.extend(600_000).unwrap();
    assert!(fill(&mut c, LINE, next, 100, Code::E_NOMEM) > next * 3 / 2);
    drop(c);
    db::close(database.name()).unwrap();
}

#[test]
fn a_file_over_a_smaller_new_limit_opens_and_does_not_grow() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    let database = open(file(&path, 0));
    let mut c = database.connect().unwrap();
    for number in 0..2000 {
        insert(&mut c, LINE, number, 200).unwrap();
    }
    drop(c);
    db::close(database.name()).unwrap();
    let before = fs::metadata(&path).unwrap().len();
    let database = open(file(&path, 300_000));
    let mut c = database.connect().unwrap();
    assert_eq!(insert(&mut c, LINE, 5000, 200).unwrap_err().code, Code::E_DISK_SPACE_EXHAUSTED);
    delete(&mut c, LINE, 10);
    assert_eq!(insert(&mut c, LINE, 5000, 200).unwrap_err().code, Code::E_DISK_SPACE_EXHAUSTED);
    delete(&mut c, LINE, 1900);
    insert(&mut c, LINE, 5000, 200).unwrap();
    drop(c);
    db::close(database.name()).unwrap();
    assert!(fs::metadata(&path).unwrap().len() <= before);
}

#[test]
fn files_do_not_grow_in_many_cycles() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    let database = open(file(&path, 0));
    let mut c = database.connect().unwrap();
    let size = || {
        let of = |name: &str| fs::metadata(directory.path().join(name)).map_or(0, |m| m.len());
        (of("rows.db"), of("rows.db-wal"))
    };
    let mut number = 0;
    let mut cycle = |c: &mut Connection| {
        for class in [LINE, READING] {
            write(c);
            for _ in 0..400 {
                let object = c.new_object(class).unwrap();
                number += 1;
                c.set_value(object, 0, Value::UInt(number)).unwrap();
                c.set_value(object, 1, Value::from(&*vec![b'x'; 100])).unwrap();
            }
            c.commit().unwrap();
            write(c);
            c.delete_all(class).unwrap();
            c.commit().unwrap();
        }
    };
    for _ in 0..30 {
        cycle(&mut c);
    }
    let (rows, log) = size();
    for _ in 0..60 {
        cycle(&mut c);
    }
    let (rows_after, log_after) = size();
    assert!(rows_after <= rows + rows / 4, "{rows} bytes have become {rows_after}");
    assert!(log_after <= log.max(5 << 20), "{log} bytes have become {log_after}");
    drop(c);
    db::close(database.name()).unwrap();
}

#[test]
fn the_write_ahead_log_of_a_huge_transaction_is_cut_back() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(file(&directory.path().join("rows.db"), 0));
    let mut c = database.connect().unwrap();
    write(&mut c);
    for number in 0..500 {
        let object = c.new_object(READING).unwrap();
        c.set_value(object, 0, Value::UInt(number)).unwrap();
        c.set_value(object, 1, Value::from(&*vec![b'x'; 65_000])).unwrap();
    }
    c.commit().unwrap();
    let log = || fs::metadata(directory.path().join("rows.db-wal")).unwrap().len();
    assert!(log() > 30 << 20);
    for number in 1000..1010 {
        insert(&mut c, READING, number, 10).unwrap();
    }
    assert!(log() <= 17 << 20, "{} bytes", log());
    drop(c);
    db::close(database.name()).unwrap();
}
