//! A full database says so, stays usable, and has room again after deletes.

use super::fixture::*;
use super::replicate::Pair;
use crate::base::{AgentId, Code, Value};
use crate::db::*;

/// Inserts until the database is full, in transactions of `size` rows.
fn fill(c: &mut Connection, start: u64, size: u64) -> (u64, Code) {
    let mut next = start;
    loop {
        write(c);
        let mut result = Ok(());
        for i in 0..size {
            let object = c.new_object(SENSOR).unwrap();
            c.set_value(object, 0, Value::UInt(next + i)).unwrap();
            result = c.checkpoint_object(object);
            if result.is_err() {
                break;
            }
        }
        let committed = c.commit();
        if let Err(error) = result {
            assert_eq!(committed.unwrap_err().code, error.code);
            return (next, error.code);
        }
        committed.unwrap();
        next += size;
    }
}

#[test]
fn a_full_memory_takes_rows_again_after_deletes() {
    for (limit, size) in [(1 << 17, 1), (1 << 19, 100), (2 << 20, 1000)] {
        let db = device(1000).limited(limit);
        let mut c = db.connect().unwrap();
        let (mut next, code) = fill(&mut c, 0, size);
        assert_eq!(code, Code::E_NOMEM, "{limit}");
        assert!(next > limit / 400, "{next} rows in {limit} bytes");
        assert_eq!(all(&mut c, SENSOR).len() as u64, next);
        for _ in 0..20 {
            // One row after another can go, though nothing can come.
            commit(&mut c, |c| {
                for _ in 0..10 {
                    c.open_list(CursorId(1), SENSOR).unwrap();
                    let object = c.cursor_object(CursorId(1), SENSOR).unwrap();
                    c.delete(object).unwrap();
                }
            });
        }
        commit(&mut c, |c| c.delete_all(SENSOR).unwrap());
        let (again, _) = fill(&mut c, next, size);
        assert!(again > next);
        next = again;
        c.clean().unwrap();
        let (again, _) = fill(&mut c, next, size);
        assert!(again > next);
        db.extend(limit).unwrap();
        let (more, _) = fill(&mut c, again, size);
        assert!(more > again, "a raised limit counts at once");
        let (total, free) = db.space().unwrap();
        assert_eq!(total, 2 * limit);
        assert!(free < total / 2);
    }
}

#[test]
fn marks_and_clear_work_on_a_full_device() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::File {
        path: folder.path().join("x.db"),
        limit_bytes: 1 << 19,
        read_only: false,
        truncate: false,
        existing: false,
        temporary: false,
    };
    let options = OpenOptions { policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), storage) };
    let device = Opened(device(1000).open(options).unwrap());
    let server = server().memory();
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    let mut next = 0;
    for _ in 0..3 {
        let (end, code) = fill(&mut pair.device, next, 1);
        assert_eq!(code, Code::E_DISK_SPACE_EXHAUSTED);
        assert!(end > next);
        next = end;
        pair.sync();
        pair.device.clear(AgentId::SERVER, None).unwrap();
        assert_eq!(all(&mut pair.device, SENSOR).len(), 0);
    }
    assert_eq!(all(&mut pair.server, SENSOR).len() as u64, next);
    device.flush().unwrap();
}
