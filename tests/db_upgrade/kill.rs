//! What a kill in the middle leaves.

use crate::{ALARM, DEVICE, READING, open, open_at, own, reading, rows, storage, up};
use mcoiot::base::{AgentId, DbId, Marks, Position, Value};
use mcoiot::db::{Priority, TransactionKind};
use mcoiot::schema::{canonical, compile_text};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// Set in the child: the file that it opens with a changed schema.
const CHILD: &str = "MCO_UPGRADE_FILE";

fn changed() -> String {
    format!("{DEVICE}{ALARM}{}", READING.replace("double x;", "unsigned<4> more = 3; double x; tree<x> by_x;"))
}

/// Not a test of its own: what the killed program does.
#[test]
fn child() {
    let Ok(path) = env::var(CHILD) else { return };
    let _db = open_at(storage(Path::new(&path), false), &changed(), false).unwrap();
}

#[test]
fn a_kill_in_the_middle_leaves_the_old_schema_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, path) = (folder.path().join("sample.db"), folder.path().join("x.db"));
    let old = format!("{DEVICE}{READING}{ALARM}");
    const ROWS: u64 = 60_000;
    {
        let db = open(&sample, &old);
        let mut c = db.connect();
        c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
        for n in 0..ROWS {
            let object = c.new_object(1).unwrap();
            for (field, value) in (0..).zip(reading(n)) {
                c.set_value(object, field, value).unwrap();
            }
        }
        c.commit().unwrap();
    }
    let wal = folder.path().join("x.db-wal");
    let mut torn = 0;
    for round in 0..6_u64 {
        for file in [&path, &wal, &folder.path().join("x.db-shm")] {
            let _ = fs::remove_file(file);
        }
        fs::copy(&sample, &path).unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::child", "--test-threads=1"])
            .env(CHILD, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // It is killed when so much has been written.
        let enough = || fs::metadata(&wal).is_ok_and(|file| file.len() > round * 400_000);
        while !enough() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let stored: String = {
            let outsider = rusqlite::Connection::open(&path).unwrap();
            outsider.query_row("SELECT value FROM _mco_meta WHERE key = 'schema'", [], |row| row.get(0)).unwrap()
        };
        let was_old = stored == canonical(&compile_text(&old).unwrap());
        torn += u32::from(was_old);
        assert!(was_old || stored == canonical(&compile_text(&changed()).unwrap()));
        let db = open(&path, if was_old { &old } else { &stored });
        let reading_class = db.class("Reading");
        assert_eq!(rows(&mut db.connect(), reading_class, None).len() as u64, ROWS);
        drop(db);
        let db = open(&path, &changed());
        let reading_class = db.class("Reading");
        let mut c = db.connect();
        let found = rows(&mut c, reading_class, Some(db.index("Reading", "by_x")));
        assert!(found.len() as u64 == ROWS && found.iter().all(|row| row[1] == Value::UInt(3)));
        c.begin_streams(AgentId::SERVER, DbId(1), &Marks::default()).unwrap();
        let first = own(c.read_changes(up(AgentId::SERVER), Position::default(), 1 << 10, false, &|_| true).unwrap());
        assert!(first.changes.iter().all(|change| change.class == reading_class));
    }
    assert!(torn > 0, "some were killed before the end");
}
