//! Copies of databases in use.

use super::fixture::*;
use crate::base::Code;
use crate::db::*;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

/// The copy opened, with a check of every page and row.
fn opened(schema: &Schema, path: &std::path::Path) -> Opened {
    let options = OpenOptions { crc_check: true, open_existing: true, ..OpenOptions::new(&name(), file(path)) };
    Opened(schema.open(options).unwrap())
}

#[test]
fn a_copy_is_made_while_others_read_and_write() {
    let folder = tempfile::tempdir().unwrap();
    for (number, db) in [device(1000).memory(), device(1000).file(&folder.path().join("x.db"))].into_iter().enumerate() {
        let mut writer = db.connect().unwrap();
        let pairs = |c: &mut Connection, ts: u64| commit(c, |c| (0..2).map(|i| sensor(c, 2 * ts + i, 1.0)).count());
        for ts in 0..500 {
            pairs(&mut writer, ts);
        }
        let done = AtomicBool::new(false);
        let path = folder.path().join(format!("copy{number}"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut ts = 500;
                while !done.load(Ordering::Relaxed) {
                    pairs(&mut writer, ts);
                    ts += 1;
                }
            });
            scope.spawn(|| {
                let mut reader = db.connect().unwrap();
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(all(&mut reader, SENSOR).len() % 2, 0);
                }
            });
            let copied = db.connect().unwrap().copy_to(&path);
            done.store(true, Ordering::Relaxed);
            copied.unwrap();
        });
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let copy = opened(&device(1000), &path);
        let mut c = copy.connect().unwrap();
        let rows = all(&mut c, SENSOR);
        assert!(rows.len() >= 1000 && rows.len().is_multiple_of(2), "{}", rows.len());
        assert_eq!(copy.node(), db.node());
        commit(&mut c, |c| sensor(c, 1_000_000, 1.0));
        assert!(all(&mut writer, SENSOR).len() >= rows.len(), "the original is as it was");
    }
}

#[test]
fn a_copy_has_what_was_committed_and_touches_no_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| sensor(c, 1, 1.0));
    let path = folder.path().join("copy");
    write(&mut c);
    sensor(&mut c, 2, 1.0);
    c.copy_to(&path).unwrap();
    c.commit().unwrap();
    assert_eq!(all(&mut opened(&device(1000), &path).connect().unwrap(), SENSOR).len(), 1);
    let there = folder.path().join("there");
    std::fs::write(&there, b"mine").unwrap();
    assert_eq!(c.copy_to(&there).unwrap_err().code, Code::E_DISK_OPEN);
    assert_eq!(std::fs::read(&there).unwrap(), b"mine");
    for nowhere in ["no/such/folder/copy", ""] {
        assert_eq!(c.copy_to(&folder.path().join(nowhere)).unwrap_err().code, Code::E_DISK_OPEN);
    }
    kill(db.name()).unwrap();
    let late = folder.path().join("late");
    assert_eq!(c.copy_to(&late).unwrap_err().code, Code::E_INVALID_HANDLE);
    assert!(!late.exists());
}

#[test]
fn a_copy_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let db = device(1000).file(&path);
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| sensor(c, 1, 1.0));
    std::fs::rename(&path, folder.path().join("away")).unwrap();
    let copy = folder.path().join("copy");
    let error = c.copy_to(&copy).unwrap_err();
    assert!(error.text.contains("copy"), "{error}");
    assert!(!copy.exists());
    std::fs::rename(folder.path().join("away"), &path).unwrap();
    c.copy_to(&copy).unwrap();
}
