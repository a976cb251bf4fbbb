//! Voluntary indexes: what their making and dropping means for the rest.

use super::fixture::*;
use super::replicate::Pair;
use crate::base::{Code, Role, Value};
use crate::db::*;
use crate::schema::IndexKind;

/// Index of Config by value.
const BY_VALUE: u16 = 2;

/// With an index that is not there yet.
fn with_index(role: Role, agent: u64, unique: bool) -> Schema {
    let mut schema = weather(role, agent);
    let note = schema.0.classes.pop().unwrap();
    schema = schema.index("by_value", IndexKind::Tree, unique, &["value"]);
    schema.0.indexes.last_mut().unwrap().voluntary = true;
    schema.0.classes.push(note);
    schema
}

fn text(n: u64, size: usize) -> Value {
    Value::from(format!("{n:0size$}").as_bytes())
}

#[test]
fn making_and_dropping_one_is_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions { policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), file(&folder.path().join("x.db"))) };
    let db = Opened(with_index(Role::Server, 1, false).open(options).unwrap());
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| c.create_index(BY_VALUE).unwrap());
    for (there, changes) in [(true, 0), (false, 1), (false, 0), (true, 1)] {
        db.flush().unwrap();
        commit(&mut c, |c| if there { c.create_index(BY_VALUE) } else { c.drop_index(BY_VALUE) }.unwrap());
        assert_eq!(db.durability.waiting(), changes);
        read(&mut c);
        assert_eq!(c.check_index(BY_VALUE).is_ok(), there);
        c.commit().unwrap();
    }
}

#[test]
fn one_that_has_no_room_is_not_made_and_leaves_the_reserve() {
    let db = with_index(Role::Server, 1, false).limited(1 << 20);
    let mut c = db.connect().unwrap();
    let insert = |c: &mut Connection, n: u64| {
        write(c);
        put(c, CONFIG, &[Value::UInt(n), text(n, 300), Value::UInt(0)]);
        c.commit()
    };
    let count = (0..).find(|n| insert(&mut c, *n).is_err()).unwrap();
    write(&mut c);
    assert_eq!(c.create_index(BY_VALUE).unwrap_err().code, Code::E_NOMEM);
    c.rollback().unwrap();
    read(&mut c);
    assert_eq!(c.check_index(BY_VALUE).unwrap_err().code, Code::E_VOLUNTARY_NOT_EXIST);
    c.commit().unwrap();

    // With fewer rows there is room, of which the index takes a part in the same transaction.
    commit(&mut c, |c| {
        for n in 0..count * 2 / 3 {
            let row = c.find(1, &[Value::UInt(n)]).unwrap();
            c.delete(row).unwrap();
        }
    });
    write(&mut c);
    put(&mut c, CONFIG, &[Value::UInt(0), text(0, 300), Value::UInt(0)]);
    c.checkpoint().unwrap();
    c.create_index(BY_VALUE).unwrap();
    let full = (1..count).find_map(|n| {
        put(&mut c, CONFIG, &[Value::UInt(n), text(n, 300), Value::UInt(0)]);
        c.checkpoint().err()
    });
    assert_eq!(full.expect("it is full before all rows are back").code, Code::E_NOMEM);
    assert!(c.free_pages(db.limit_bytes() / db.page_size).unwrap() >= db.reserve_pages() / 2, "the reserve is not for rows");
    c.rollback().unwrap();
}

#[test]
fn rows_that_wait_for_a_key_come_when_its_index_goes() {
    let device = with_index(Role::Device, 1000, true).memory();
    let server = server().memory();
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| c.create_index(BY_VALUE).unwrap());
    commit(&mut pair.server, |c| {
        config(c, 1, "same", 1000);
        config(c, 2, "same", 1000);
    });
    assert_eq!(pair.pull(1 << 18, true).unwrap().code, Code::S_DUPLICATE);
    assert_eq!((all(&mut pair.device, CONFIG).len(), pair.device.quarantine_count().unwrap()), (1, 1));
    commit(&mut pair.device, |c| c.drop_index(BY_VALUE).unwrap());
    assert_eq!((all(&mut pair.device, CONFIG).len(), pair.device.quarantine_count().unwrap()), (2, 0));
    write(&mut pair.device);
    assert_eq!(pair.device.create_index(BY_VALUE).unwrap_err().code, Code::S_DUPLICATE);
    assert_eq!(pair.device.last_unique_violation_index(), Some(BY_VALUE));
    pair.device.commit().unwrap();
}
