//! A full database says so, stays usable, and has room again after deletes.

use super::fixture::*;
use super::replicate::{Pair, own, up};
use crate::base::{AgentId, Code, Position, Value};
use crate::db::checkpoint::check_row;
use crate::db::fault::Fault;
use crate::db::layout::{MAX_STORED_ROW, Row};
use crate::db::*;
use crate::schema::{FieldType, Travel};

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

/// A database of 256 KiB takes a backlog piece by piece, if the sender sends less after a refusal and somebody makes room.
#[test]
fn the_smallest_server_takes_a_backlog_in_small_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let Storage::File { read_only, truncate, existing, temporary, .. } = file(&path) else { unreachable!() };
    let limit_bytes = 1 << 18;
    for storage in
        [Storage::Memory { limit_bytes }, Storage::File { path, limit_bytes, read_only, truncate, existing, temporary }]
    {
        let options = OpenOptions { policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), storage) };
        let (device, server) = (device(1000).memory(), Opened(server().open(options).unwrap()));
        let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
        for i in 0..400 {
            commit(&mut pair.device, |c| (0..10).map(|n| sensor(c, 10 * i + n, 1.0)).count());
        }
        let (mut bytes, mut taken) = (1_usize << 18, 0);
        while let Some(set) = pair.read_up(bytes) {
            match pair.apply_up(&set) {
                Ok(applied) => {
                    taken += applied.rows;
                    pair.attach();
                    bytes = (2 * bytes).min(1 << 18);
                }
                Err(error) => {
                    assert!([Code::E_NOMEM, Code::E_DISK_SPACE_EXHAUSTED].contains(&error.code));
                    assert!(bytes > 1, "not even one commit has room");
                    bytes /= 2;
                }
            }
            commit(&mut pair.server, |c| c.delete_all(SENSOR).unwrap());
        }
        assert_eq!(taken, 4000);
    }
}

#[test]
fn a_history_of_many_openings_is_read_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    const OPENINGS: i64 = 5000;
    {
        let device = device(1000).file(&path);
        let c = device.connect().unwrap();
        c.engine.execute("UPDATE _mco_state SET clock = ?1", [OPENINGS]).unwrap();
        let text = "INSERT INTO _mco_epochs VALUES(?1, 1000 + ?1, 1000, (SELECT value FROM _mco_meta WHERE key = 'db'), ?1, ?1,
                    iif(?1 = 1, 0, 999 + ?1), ?1 - 1, 0)";
        let work = c.engine.unchecked_transaction().unwrap();
        for number in 1..=OPENINGS {
            work.execute(text, [number]).unwrap();
        }
        work.commit().unwrap();
    }
    let (device, server) = (device(1000).file(&path), server().memory());
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| sensor(c, 1, 1.0));
    let mut sets = Vec::new();
    while let Some(set) = pair.read_up(1 << 18) {
        sets.push(set.epochs.len());
        pair.push(1 << 18, true);
    }
    assert_eq!(sets.len(), 3, "{sets:?}");
    assert!(sets.iter().all(|epochs| *epochs <= 2049), "{sets:?}");
    assert_eq!(all(&mut pair.server, SENSOR).len(), 1);
    // A receiver that stands in the middle goes on from there.
    let epochs = epochs(&mut pair.device);
    let middle = Position { ts: epochs[3000].last, epoch: epochs[3000].id };
    let set = own(pair.device.read_changes(up(AgentId::SERVER), middle, 1 << 18, false, &|_| true).unwrap()).unwrap();
    assert_eq!((set.after, set.epochs.first().map(|e| e.id), set.changes.len()), (middle, Some(middle.epoch), 1));
}

#[test]
fn a_row_larger_than_the_store_takes_is_told_by_its_class() {
    let fields = [("b", FieldType::Blob)];
    let db = Schema::new(None).class("Picture", Travel::Local, &fields).memory();
    let table = db.layout.table(1).unwrap();
    let check = |bytes: usize| {
        // Memory that nobody touches costs nothing.
        let row = Row { values: vec![Value::Bytes(vec![0; bytes].into())], ..Row::default() };
        check_row(&db, table, &row)
    };
    assert!(check(MAX_STORED_ROW - 100).is_ok());
    let Err(Fault::Ours(error)) = check(MAX_STORED_ROW) else { panic!("it is larger by what a value costs") };
    assert_eq!(error.code, Code::E_UNSUPPORTED);
    assert!(error.text.contains("a row of 'Picture' is larger"), "{error}");
}
