//! Ways of opening: what is kept, what is thrown away, what is refused.

use mcoiot::base::{Code, Result, Value};
use mcoiot::db::{self, Connection, Database, OpenOptions, Priority, Storage, TransactionKind};
use mcoiot::schema::{canonical, compile_text};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const SCHEMA: &str = "
declare database opening;
persistent class Kept { unsigned<4> x; unique tree<x> ix; autoid; list; };
transient class Gone { unsigned<4> x; unique tree<x> ix; autoid; list; };
";
const KEPT: u16 = 1;
const GONE: u16 = 2;

/// Opens a file with changed options.
fn open(path: &Path, change: impl FnOnce(&mut OpenOptions)) -> Result<Arc<Database>> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dictionary = compile_text(SCHEMA).unwrap();
    let storage =
        Storage::File { path: path.into(), limit_bytes: 0, read_only: false, truncate: false, existing: false, temporary: false };
    let mut options = OpenOptions::new(&format!("open{}", NEXT.fetch_add(1, Ordering::Relaxed)), storage);
    change(&mut options);
    let text = canonical(&dictionary);
    db::open(Arc::new(dictionary), &text, options)
}

fn insert(c: &mut Connection, class: u16, x: u64) -> Result<()> {
    c.begin(TransactionKind::ReadWrite, Priority(0))?;
    let object = c.new_object(class)?;
    c.set_value(object, 0, Value::UInt(x))?;
    c.commit()
}

/// A file with one row in each class.
fn sample(path: &Path) {
    let database = open(path, |_| {}).unwrap();
    let mut c = database.connect().unwrap();
    insert(&mut c, KEPT, 1).unwrap();
    insert(&mut c, GONE, 1).unwrap();
    drop(c);
    db::close(database.name()).unwrap();
}

fn counts(database: &Arc<Database>) -> (u64, u64) {
    let mut c = database.connect().unwrap();
    c.begin(TransactionKind::ReadOnly, Priority(0)).unwrap();
    let found = (c.count(KEPT).unwrap(), c.count(GONE).unwrap());
    for (index, count) in [(0, found.0), (1, found.1)] {
        assert_eq!(c.find(index, &[Value::UInt(1)]).is_ok(), count > 0);
        assert_eq!(c.open_index(db::CursorId(1), index).is_ok(), count > 0);
        let class = if index == 0 { KEPT } else { GONE };
        assert_eq!(c.open_autoid(db::CursorId(1), class).is_ok(), count > 0);
        assert_eq!(c.open_list(db::CursorId(1), class).is_ok(), count > 0);
    }
    found
}

#[test]
fn transient_classes_are_empty_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    sample(&path);
    for read_only in [true, false] {
        let database = open(&path, |options| options.read_only = read_only).unwrap();
        assert_eq!(counts(&database), (1, 0), "read only: {read_only}");
        let mut c = database.connect().unwrap();
        let done = insert(&mut c, GONE, 1);
        assert_eq!(done.map_err(|e| e.code), if read_only { Err(Code::E_ACCESS) } else { Ok(()) });
        drop(c);
        db::close(database.name()).unwrap();
    }
}

#[test]
fn a_file_is_used_by_one_writer_or_many_readers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    sample(&path);
    let read_only = |options: &mut OpenOptions| options.read_only = true;
    let (a, b) = (open(&path, read_only).unwrap(), open(&path, read_only).unwrap());
    assert_eq!(counts(&a), counts(&b));
    assert_eq!(open(&path, |_| {}).unwrap_err().code, Code::E_DISK_ALREADY_OPENED);
    for database in [a, b] {
        db::close(database.name()).unwrap();
    }
    let writer = open(&path, |_| {}).unwrap();
    assert_eq!(open(&path, |_| {}).unwrap_err().code, Code::E_DISK_ALREADY_OPENED);
    assert_eq!(open(&path, read_only).unwrap_err().code, Code::E_DISK_ALREADY_OPENED);
    db::close(writer.name()).unwrap();
}

#[test]
fn what_does_not_exist_is_not_made_when_it_must_exist() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    assert_eq!(open(&path, |options| options.open_existing = true).unwrap_err().code, Code::E_DISK_OPEN);
    assert_eq!(open(&path, |options| options.read_only = true).unwrap_err().code, Code::E_DISK_OPEN);
    assert_eq!(open(&directory.path().join("no/rows.db"), |_| {}).unwrap_err().code, Code::E_DISK_OPEN);
    assert_eq!(open(directory.path(), |_| {}).unwrap_err().code, Code::E_DISK_OPEN);
    fs::write(&path, "").unwrap();
    assert_eq!(open(&path, |options| options.open_existing = true).unwrap_err().code, Code::E_DISK_OPEN, "an empty file");
    sample(&path);
    let database = open(&path, |options| options.open_existing = true).unwrap();
    assert_eq!(counts(&database), (1, 0));
    db::close(database.name()).unwrap();
}

#[test]
fn files_of_a_transient_database_are_discarded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    let database = open(&path, |options| options.transient = true).unwrap();
    let mut c = database.connect().unwrap();
    insert(&mut c, KEPT, 1).unwrap();
    drop(c);
    db::close(database.name()).unwrap();
    assert!(fs::read_dir(directory.path()).unwrap().all(|file| file.unwrap().file_name() == "rows.db-lock"));
    sample(&path);
    let truncate = |options: &mut OpenOptions| {
        if let Storage::File { truncate, .. } = &mut options.storage {
            *truncate = true;
        }
    };
    let database = open(&path, truncate).unwrap();
    assert_eq!(counts(&database), (0, 0));
    db::close(database.name()).unwrap();
}

#[test]
fn a_connection_too_many_is_refused_and_a_closed_one_counts_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(&directory.path().join("rows.db"), |options| options.max_connections = 2).unwrap();
    for _ in 0..10 {
        let (a, b) = (database.connect().unwrap(), database.connect().unwrap());
        assert_eq!(database.connect().unwrap_err().code, Code::E_SESLIMIT);
        assert_eq!(database.connections(), (2, 2));
        drop((a, b));
    }
    assert_eq!(database.connections(), (2, 0));
    db::close(database.name()).unwrap();
}

#[test]
fn other_files_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    fs::write(&path, "some text that is no database\n".repeat(300)).unwrap();
    let error = open(&path, |_| {}).unwrap_err();
    assert_eq!(error.code, Code::E_DISK_CRC_MISMATCH);
    assert!(error.text.starts_with(path.to_str().unwrap()) && error.text.contains("name another file"), "{}", error.text);
    assert!(fs::read_to_string(&path).unwrap().starts_with("some text"));
}

#[test]
fn policies_change_between_transactions_only() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(&directory.path().join("rows.db"), |_| {}).unwrap();
    let mut c = database.connect().unwrap();
    assert_eq!(c.set_policy(db::CommitPolicy::NoSync).unwrap(), db::CommitPolicy::SyncFlush);
    insert(&mut c, KEPT, 1).unwrap();
    database.flush().unwrap();
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    assert_eq!(c.set_policy(db::CommitPolicy::SyncFlush).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    assert_eq!(database.flush().unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    c.rollback().unwrap();
    assert_eq!(c.set_policy(db::CommitPolicy::SyncFlush).unwrap(), db::CommitPolicy::NoSync);
    drop(c);
    db::close(database.name()).unwrap();
}
