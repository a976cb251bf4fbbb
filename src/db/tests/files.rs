//! Opening, closing, names, files.

use super::fixture::*;
use super::replicate::up;
use crate::base::{AgentId, Code, Level, Result, Role, Value, tagged};
use crate::db::store::FORMAT;
use crate::db::*;
use crate::schema::{FieldType, Travel};
use std::fs;
use std::path::Path;

fn code<T>(result: Result<T>) -> Code {
    result.err().map_or(Code::S_OK, |error| error.code)
}

fn options(path: &Path) -> OpenOptions {
    OpenOptions::new(&name(), file(path))
}

#[test]
fn names_connections_and_their_limits() {
    let schema = device(1000);
    let name = name();
    let memory = Storage::Memory { limit_bytes: 0 };
    assert_eq!(code(connect(&name)), Code::E_NOINSTANCE);
    assert_eq!(code(close(&name)), Code::E_NOINSTANCE);
    let options = OpenOptions { max_connections: 2, ..OpenOptions::new(&name, memory.clone()) };
    let db = schema.open(options.clone()).unwrap();
    assert_eq!(code(schema.open(options.clone())), Code::E_INSTANCE_DUPLICATE);
    assert!(names().contains(&name));
    let (a, b) = (connect(&name).unwrap(), connect(&name).unwrap());
    assert_eq!(code(connect(&name)), Code::E_SESLIMIT);
    assert_eq!(db.connections(), (2, 2));
    assert_eq!(code(close(&name)), Code::E_OPENED_SESSIONS);
    drop((a, b));
    close(&name).unwrap();
    assert_eq!(code(db.connect()), Code::E_INVALID_HANDLE);
    assert!(!names().contains(&name));
    assert_eq!(code(schema.open(OpenOptions::new("", memory.clone()))), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(schema.open(OpenOptions::new("seventeen letters", memory))), Code::ERR_DB_NAMELONG);
}

#[test]
fn kill_closes_in_spite_of_connections() {
    let schema = device(1000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let db = schema.open(options(&path)).unwrap();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let object = sensor(&mut c, 1, 1.0);
    let waiting = {
        let mut other = db.connect().unwrap();
        std::thread::spawn(move || code(other.begin(TransactionKind::ReadWrite, Priority(0))))
    };
    let name = db.name().to_string();
    std::thread::spawn(move || kill(&name).unwrap()).join().unwrap();
    assert_eq!(waiting.join().unwrap(), Code::E_INVALID_HANDLE);
    assert_eq!(code(c.value(object, 0)), Code::E_INVALID_HANDLE);
    assert_eq!(code(c.commit()), Code::E_INVALID_HANDLE);
    drop(c);
    let again = schema.file(&path);
    assert_eq!(all(&mut again.connect().unwrap(), SENSOR).len(), 0);
}

#[test]
fn rows_ids_and_counters_survive_and_transient_classes_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = device(1000).autoid().class("Draft", Travel::Local, &[("n", FieldType::Signed(4))]).transient();
    let (id, first) = {
        let db = schema.file(&path);
        let mut c = db.connect().unwrap();
        commit(&mut c, |c| {
            put(c, 4, &[Value::Int(-7)]);
            put(c, NOTE, &[Value::from(&b"kept"[..])]);
            sensor(c, 1, f64::NAN)
        });
        (db.node().unwrap().db, epochs(&mut c))
    };
    let db = schema.file(&path);
    let mut c = db.connect().unwrap();
    assert_eq!(db.node().unwrap().db, id);
    assert_eq!(all(&mut c, 4).len(), 0);
    assert_eq!(all(&mut c, NOTE), [[Value::from(&b"kept"[..])]]);
    assert!(matches!(all(&mut c, SENSOR)[0][2], Value::Real(x) if x.is_nan()));
    write(&mut c);
    let note = c.new_object(NOTE).unwrap();
    assert_eq!((c.autoid(note).unwrap(), c.last_autoid()), (2, 2));
    let identity = c.identity(note).unwrap();
    c.commit().unwrap();
    let epochs = epochs(&mut c);
    assert_eq!(epochs.len(), 2);
    assert_eq!((epochs[0], epochs[1].before, epochs[1].left), (first[0], first[0].id, first[0].last));
    assert_eq!((identity.epoch, epochs[1].first.0), (epochs[1].id, first[0].last.0 + 1));
    assert_eq!(identity.oid.0, 4, "a number is never given twice");
}

#[test]
fn a_file_in_use_is_refused_and_free_after_close() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = device(1000);
    let db = schema.file(&path);
    assert_eq!(code(schema.open(options(&path))), Code::E_DISK_ALREADY_OPENED);
    drop(db);
    drop(schema.file(&path));
    let read_only = OpenOptions { read_only: true, ..options(&path) };
    let db = schema.open(read_only).unwrap();
    let mut c = db.connect().unwrap();
    assert_eq!(code(c.begin(TransactionKind::ReadWrite, Priority(0))), Code::E_ACCESS);
    read(&mut c);
    assert_eq!(code(c.upgrade()), Code::E_ACCESS);
    drop(c);
    close(db.name()).unwrap();
}

#[test]
fn a_file_has_one_lock_and_one_log_by_whatever_name_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("x.db"), folder.path().join("link.db"));
    std::os::unix::fs::symlink("x.db", &link).unwrap();
    let open = |path: &Path| device(1000).open(options(path)).map(Opened);
    for (name, other) in [(&link, &path), (&path, &link)] {
        let database = open(name).unwrap();
        let mut c = database.connect().unwrap();
        commit(&mut c, |c| put(c, NOTE, &[]));
        assert_eq!(code(open(other)), Code::E_DISK_ALREADY_OPENED);
    }
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["link.db", "x.db", "x.db-lock"]);
}

#[test]
fn a_file_with_a_second_name_is_refused_under_both() {
    let folder = tempfile::tempdir().unwrap();
    let (path, twin) = (folder.path().join("x.db"), folder.path().join("twin.db"));
    drop(device(1000).file(&path));
    fs::hard_link(&path, &twin).unwrap();
    for name in [&path, &twin] {
        for read_only in [false, true] {
            let error = device(1000).open(OpenOptions { read_only, ..options(name) }).unwrap_err();
            assert_eq!(error.code, Code::E_DISK_OPEN);
            assert!(error.text.contains(name.to_str().unwrap()) && error.text.contains("copy it instead"), "{error}");
        }
    }
    assert!(!folder.path().join("twin.db-lock").exists());
    fs::remove_file(&twin).unwrap();
    drop(device(1000).file(&path));
}

#[test]
fn files_are_made_and_removed_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let schema = device(1000);
    assert_eq!(code(schema.open(OpenOptions { open_existing: true, ..options(&path) })), Code::E_DISK_OPEN);
    assert_eq!(code(schema.open(options(&folder.path().join("no/x.db")))), Code::E_DISK_OPEN);
    {
        let db = schema.file(&path);
        commit(&mut db.connect().unwrap(), |c| sensor(c, 1, 1.0));
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let fresh =
        Storage::File { path: path.clone(), limit_bytes: 0, read_only: false, truncate: true, existing: false, temporary: true };
    let db = Opened(schema.open(OpenOptions::new(&name(), fresh)).unwrap());
    assert_eq!(all(&mut db.connect().unwrap(), SENSOR).len(), 0);
    drop(db);
    assert!(!path.exists());
}

#[test]
fn a_database_in_memory_leaves_nothing_behind() {
    let schema = device(1000);
    let db = schema.memory();
    let c = db.connect().unwrap();
    let path = std::path::PathBuf::from(c.engine.path().unwrap());
    assert!(path.exists());
    drop(c);
    drop(db);
    assert!(!path.parent().unwrap().exists());
}

#[test]
fn another_schema_another_agent_or_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    {
        let db = device(1000).file(&path);
        let mut c = db.connect().unwrap();
        commit(&mut c, |c| (0..2000).map(|i| sensor(c, i, 1.0)).count());
    }
    let other = Schema::new(device(1000).0.node).class("More", Travel::Local, &[("x", FieldType::Bool)]);
    let error = other.open(options(&path)).unwrap_err();
    assert_eq!(error.code, Code::E_DISK_SCHEMA_CHANGED);
    assert!(error.text.contains("Sensor"), "{error}");
    let agent = |id| OpenOptions { agent: Some(AgentId(id)), ..options(&path) };
    assert_eq!(code(device(1000).open(agent(1001))), Code::E_IOT_WRONG_AGENT_ID);
    for id in [0, 1000] {
        let db = device(1000).open(agent(id)).unwrap();
        assert_eq!(db.node().unwrap().agent, AgentId(1000));
        close(db.name()).unwrap();
    }
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 8192].fill(0xA5);
    fs::write(&path, &bytes).unwrap();
    let checked = OpenOptions { crc_check: true, ..options(&path) };
    assert_eq!(code(device(1000).open(checked)), Code::E_DISK_CRC_MISMATCH);
    bytes[..4096].fill(0x5A);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(code(device(1000).open(options(&path))), Code::E_DISK_CRC_MISMATCH);
    fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    assert_eq!(code(device(1000).open(options(&path))), Code::E_DISK_VERSION_MISMATCH);
}

#[test]
fn a_damaged_value_below_null_is_told() {
    let schema = Schema::new(None).class("T", Travel::Local, &[("x", FieldType::Unsigned(4))]).nullable(&["x"]);
    let db = schema.memory();
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| {
        let row = put(c, 1, &[Value::UInt(5)]);
        c.set_null(row, 0, true).unwrap();
    });
    assert_eq!(all(&mut c, 1), [[Value::Null(Some(Value::UInt(5).into()))]]);
    let other = tagged::encode([&Value::UInt(6)]);
    c.own_transaction(|c| Ok(c.engine.execute("UPDATE T SET _mco_below = ?1", [other])?)).unwrap();
    read(&mut c);
    c.open_list(CursorId(1), 1).unwrap();
    assert_eq!(code(c.cursor_object(CursorId(1), 1)), Code::E_DISK_CRC_MISMATCH);
}

#[test]
fn a_file_of_another_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    {
        let db = device(1000).file(&path);
        commit(&mut db.connect().unwrap(), |c| {
            sensor(c, 1, 1.0);
        });
    }
    for (format, remedy) in [(FORMAT - 1, "sync what waits"), (FORMAT + 1, "which is newer")] {
        rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", format).unwrap();
        let before = fs::read(&path).unwrap();
        for read_only in [false, true] {
            let storage = Storage::File {
                path: path.clone(),
                limit_bytes: 0,
                read_only,
                truncate: false,
                existing: true,
                temporary: false,
            };
            let error = device(1000).open(OpenOptions::new(&name(), storage)).unwrap_err();
            assert_eq!(error.code, Code::E_DISK_VERSION_MISMATCH);
            let numbers = format!("it has format {format}, this version has format {FORMAT}");
            assert!(error.text.contains("made by another version of mcoiot") && error.text.contains(&numbers), "{error}");
            assert!(error.text.contains(remedy), "{error}");
            assert!(fs::read(&path).unwrap() == before, "the file has changed");
        }
    }
}

/// Whoever changes a table counts the format up, and puts the new sum here.
#[test]
fn the_format_has_the_number_of_its_tables() {
    let db = router(50).memory();
    let text = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY type, name)";
    let tables: String = db.connect().unwrap().engine.query_row(text, [], |row| row.get(0)).unwrap();
    assert_eq!((FORMAT, crate::schema::hash(&tables)), (2, 11_817_869_296_171_335_092));
}

#[test]
fn every_truncated_or_spoiled_file_ends_in_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    {
        let db = device(1000).file(&path);
        commit(&mut db.connect().unwrap(), |c| (0..500).map(|i| sensor(c, i, 1.0)).count());
    }
    let good = fs::read(&path).unwrap();
    let mut random = crate::base::Random::seeded(5);
    for round in 0..60 {
        let mut bytes = good.clone();
        if round % 3 == 0 {
            bytes.truncate(random.below(good.len() as u64) as usize);
        } else {
            for _ in 0..20 {
                let at = random.below(good.len() as u64) as usize;
                bytes[at] ^= 1 << random.below(8);
            }
        }
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("x.db{suffix}")));
        }
        fs::write(&path, &bytes).unwrap();
        let Ok(db) = device(1000).open(options(&path)) else { continue };
        let db = Opened(db);
        let mut c = db.connect().unwrap();
        let _ = c.read_changes(up(AgentId::SERVER), crate::base::Position::default(), 1 << 20, false, &|_| true);
        if c.begin(TransactionKind::ReadWrite, Priority(0)).is_err() {
            continue;
        }
        let mut next = c.open_index(CursorId(1), 0);
        while next.is_ok() {
            if let Ok(object) = c.cursor_object(CursorId(1), SENSOR) {
                let _ = c.set_value(object, 0, Value::UInt(random.any()));
            }
            next = c.cursor_next(CursorId(1));
        }
        let _ = c.commit();
    }
}

#[test]
fn agent_and_level_must_fit_the_node() {
    let memory = |agent, level| OpenOptions { agent, level, ..OpenOptions::new(&name(), Storage::Memory { limit_bytes: 0 }) };
    let wrong = [0xFFFF_FFFF_FFFF_FFF1, 1].map(|id| code(device(1000).open(memory(Some(AgentId(id)), None))));
    assert_eq!(wrong, [Code::E_IOT_WRONG_AGENT_ID; 2]);
    assert_eq!(code(server().open(memory(Some(AgentId(2)), None))), Code::E_IOT_WRONG_AGENT_ID);
    assert_eq!(code(device(1000).open(memory(None, Some(Level(3))))), Code::E_ILLEGAL_PARAM);
    let db = device(1000).open(memory(Some(AgentId(77)), Some(Level::DEVICE))).unwrap();
    assert_eq!(db.node().map(|n| (n.role, n.agent)), Some((Role::Device, AgentId(77))));
    assert_eq!(code(db.set_level(Level(3))), Code::E_ILLEGAL_PARAM);
    close(db.name()).unwrap();
    let plain = Schema::new(None).class("T", Travel::Local, &[("x", FieldType::Bool)]).memory();
    assert_eq!(plain.node(), None);
    let wide: Vec<String> = (0..2000).map(|i| format!("f{i}")).collect();
    let wide: Vec<(&str, FieldType)> = wide.iter().map(|n| (n.as_str(), FieldType::Bool)).collect();
    let schema = Schema::new(None).class("Wide", Travel::Local, &wide);
    assert_eq!(code(schema.open(memory(None, None))), Code::E_UNSUPPORTED);
    let schema = Schema::new(None).class("Fits", Travel::Up, &wide[..1990]);
    let db = schema.memory();
    commit(&mut db.connect().unwrap(), |c| c.new_object(1).unwrap());
}

#[test]
fn names_that_differ_by_case_alone_or_look_like_ours_do_not_clash() {
    let fields = [("a", FieldType::Bool), ("A", FieldType::Bool), ("_mco_oid", FieldType::Bool), ("select", FieldType::Bool)];
    let schema = Schema::new(None)
        .class("t", Travel::Local, &fields)
        .index("i", crate::schema::IndexKind::Tree, false, &["A"])
        .index("I", crate::schema::IndexKind::Tree, false, &["a", "select"])
        .class("T", Travel::Local, &fields)
        .class("sqlite_x", Travel::Local, &fields)
        .class("_mco_log", Travel::Local, &fields);
    let db = schema.memory();
    let mut c = db.connect().unwrap();
    let row = [1, 0, 1, 0].map(Value::UInt);
    commit(&mut c, |c| (1..=4).map(|class| put(c, class, &row)).count());
    for class in 1..=4 {
        assert_eq!(all(&mut c, class), std::slice::from_ref(&row));
    }
}

#[test]
fn other_programs_may_read_but_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let db = device(1000).file(&path);
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| sensor(c, 5, 1.5));
    let tool = rusqlite::Connection::open(&path).unwrap();
    let seen: (i64, f64) = tool.query_row("SELECT ts, value FROM Sensor", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    assert_eq!(seen, (5, 1.5));
    for text in ["DELETE FROM Sensor", "UPDATE Sensor SET ts = 1", "INSERT INTO Note(_mco_epoch, _mco_oid) VALUES(1, 99)"] {
        let error = tool.execute(text, []).unwrap_err();
        assert!(error.to_string().contains("mcoiot"), "{error}");
    }
}

#[test]
fn of_two_levels_that_are_set_at_once_the_file_and_the_node_have_the_same() {
    let db = router(50).memory();
    let mut c = db.connect().unwrap();
    for round in 0..2000 {
        std::thread::scope(|scope| {
            for level in [5, 6] {
                let db = &db;
                scope.spawn(move || db.set_level(Level(level)).unwrap());
            }
        });
        let kept = c
            .own_snapshot(|c| {
                Ok(c.engine.query_row("SELECT value FROM _mco_meta WHERE key = 'level'", [], |row| row.get::<_, u16>(0))?)
            })
            .unwrap();
        assert_eq!(db.node().map(|node| node.level), Some(Level(kept)), "round {round}");
    }
}
