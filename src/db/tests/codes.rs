//! What goes wrong, and the code that says so.

use super::fixture::*;
use crate::base::{Asking, Code, Error, Result, Value};
use crate::db::*;
use crate::schema::{FieldType, IndexKind, Travel};
use std::cell::Cell;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Duration;

fn code<T>(result: Result<T>) -> Code {
    result.err().map_or(Code::S_OK, |error| error.code)
}

fn begin(c: &mut Connection, kind: TransactionKind) -> Result<u64> {
    c.begin(kind, Priority(0))
}

#[test]
fn calls_outside_a_transaction_and_with_bad_arguments() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    for result in [c.commit(), c.rollback(), c.checkpoint(), c.upgrade(), c.commit_phase2(), c.open_list(CursorId(1), SENSOR)] {
        assert_eq!(code(result), Code::E_TRANS_NOT_ACTIVE);
    }
    read(&mut c);
    assert_eq!(code(c.open_list(CursorId(1), 99)), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.open_index(CursorId(1), 99)), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.open_autoid(CursorId(1), SENSOR)), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.find(0, &[Value::UInt(1)])), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.find(0, &[Value::UInt(1), Value::Int(1)])), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.find(0, &[Value::UInt(1), Value::UInt(u64::MAX)])), Code::S_NOTFOUND);
    assert_eq!(code(c.search(CursorId(1), 0, SearchOp::Ge, &[Value::UInt(1), Value::UInt(1)])), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.cursor_next(CursorId(7))), Code::E_CURSOR_CLOSED);
    assert_eq!(code(c.cursor_close(CursorId(7))), Code::E_CURSOR_CLOSED);
    assert_eq!(code(c.pattern_search(CursorId(1), 1, b"*")), Code::E_UNSUPPORTED);
    assert_eq!(code(c.open_list(CursorId(1), SENSOR)), Code::S_CURSOR_EMPTY);
    assert_eq!(code(c.cursor_next(CursorId(1))), Code::S_CURSOR_END);
    assert_eq!(code(c.cursor_object(CursorId(1), SENSOR)), Code::E_CURSOR_INVALID);
    assert_eq!(c.transaction().unwrap().error, None, "a reading call never spoils a transaction");
    let stale = ObjectRef { transaction: c.transaction().unwrap().number, epoch: 1, oid: 77, class: SENSOR };
    assert_eq!(code(c.value(stale, 0)), Code::E_DELETED);
    assert_eq!(code(c.new_object(SENSOR)), Code::E_ACCESS);
    assert_eq!(code(c.count(SENSOR)), Code::E_TRANSACT);
    assert_eq!(code(c.commit()), Code::E_ACCESS);
    assert!(c.transaction().is_none());
    assert_eq!(SearchOp::from_number(5), Some(SearchOp::Gt));
    assert_eq!([0, 6, -1].map(SearchOp::from_number), [None; 3]);
    assert_eq!(code(TransactionKind::from_number(4)), Code::E_ILLEGAL_PARAM);
}

#[test]
fn an_error_of_a_writing_call_spoils_the_transaction() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let object = sensor(&mut c, 1, 1.0);
    assert_eq!(code(c.set_value(object, 1, Value::UInt(1 << 32))), Code::E_ILLEGAL_PARAM);
    assert_eq!(code(c.value(object, 1)), Code::E_TRANSACT);
    assert_eq!(code(c.new_object(SENSOR)), Code::E_TRANSACT);
    assert_eq!(code(c.commit()), Code::E_ILLEGAL_PARAM);
    assert_eq!(all(&mut c, SENSOR).len(), 0);
    write(&mut c);
    assert_eq!(code(c.new_object(CONFIG)), Code::E_ACCESS, "downtable objects are made on the server");
    c.rollback().unwrap();
    let name = name();
    let options = OpenOptions {
        disable_implicit_rollback: true,
        disable_nested: true,
        ..OpenOptions::new(&name, Storage::Memory { limit_bytes: 0 })
    };
    let db = Opened(device(1000).open(options).unwrap());
    let mut c = db.connect().unwrap();
    write(&mut c);
    assert_eq!(code(begin(&mut c, TransactionKind::ReadOnly)), Code::ERR_NESTED_TRANS_TRAP);
    c.set_error(Code::E_CORE);
    assert_eq!(code(c.commit()), Code::E_TRANSACT);
    c.rollback().unwrap();
}

#[test]
fn levels_of_a_transaction_are_counted() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    let number = begin(&mut c, TransactionKind::ReadOnly).unwrap();
    assert_eq!(begin(&mut c, TransactionKind::ReadWrite).unwrap(), number);
    sensor(&mut c, 1, 1.0);
    c.commit().unwrap();
    assert_eq!(c.transaction().map(|t| (t.depth, t.kind)), Some((1, TransactionKind::ReadWrite)));
    c.commit().unwrap();
    assert_eq!(all(&mut c, SENSOR).len(), 1);
    write(&mut c);
    write(&mut c);
    sensor(&mut c, 2, 1.0);
    assert_eq!(code(c.commit_phase1()), Code::E_TRANSACT);
    c.rollback().unwrap();
    assert_eq!(code(c.commit()), Code::E_TRANSACT);
    assert_eq!(all(&mut c, SENSOR).len(), 1);
    write(&mut c);
    sensor(&mut c, 2, 1.0);
    c.commit_phase1().unwrap();
    assert_eq!(code(c.new_object(SENSOR)), Code::E_TRANSACT);
    assert_eq!(code(c.commit_phase1()), Code::E_TRANSACT);
    c.commit_phase2().unwrap();
    write(&mut c);
    sensor(&mut c, 3, 1.0);
    c.commit_phase1().unwrap();
    c.rollback().unwrap();
    assert_eq!(all(&mut c, SENSOR).len(), 2);
}

#[test]
fn an_old_snapshot_is_not_upgraded() {
    let db = device(1000).memory();
    let (mut a, mut b) = (db.connect().unwrap(), db.connect().unwrap());
    read(&mut a);
    commit(&mut b, |c| sensor(c, 1, 1.0));
    assert_eq!(code(a.upgrade()), Code::E_UPGRADE_FAILED);
    assert_eq!(a.count(SENSOR).unwrap(), 0, "the transaction stays as it was");
    assert_eq!(code(begin(&mut a, TransactionKind::ReadWrite)), Code::E_UPGRADE_FAILED);
    a.commit().unwrap();
    begin(&mut a, TransactionKind::Update).unwrap();
    let cursor = CursorId(4);
    a.open_list(cursor, SENSOR).unwrap();
    let object = a.cursor_object(cursor, SENSOR).unwrap();
    a.upgrade().unwrap();
    a.set_value(object, 2, Value::Real(2.0)).unwrap();
    a.commit().unwrap();
    read(&mut a);
    a.cursor_check(cursor).unwrap();
    let object = a.cursor_object(cursor, SENSOR).unwrap();
    assert_eq!(a.value(object, 2).unwrap(), &Value::Real(2.0), "the cursor goes on in the next transaction");
    assert_eq!(code(a.cursor_object(cursor, CONFIG)), Code::E_CURSOR_MISMATCH);
}

#[test]
fn writers_wait_by_priority_and_never_for_themselves() {
    let db = device(1000).memory();
    let (mut a, mut b) = (db.connect().unwrap(), db.connect().unwrap());
    write(&mut a);
    assert!(db.writes_in_this_thread());
    for result in [begin(&mut b, TransactionKind::ReadWrite), begin(&mut b, TransactionKind::Update)] {
        assert_eq!(code(result), Code::E_TRANS_NOT_CLOSED);
    }
    assert_eq!(code(b.clean()), Code::E_TRANS_NOT_CLOSED);
    assert_eq!(code(db.extend(1)), Code::E_TRANS_NOT_CLOSED);
    assert_eq!(code(kill(db.name())), Code::E_TRANS_NOT_CLOSED);
    let (report, reports) = mpsc::channel();
    let waiting: Vec<_> = [0_i8, -2, 2, 0]
        .into_iter()
        .enumerate()
        .map(|(i, priority)| {
            let (mut c, report) = (db.connect().unwrap(), report.clone());
            let thread = std::thread::spawn(move || {
                c.begin(TransactionKind::ReadWrite, Priority(priority)).unwrap();
                report.send((i, priority)).unwrap();
                c.commit().unwrap();
            });
            while db.queue.waiting() <= i {
                std::thread::yield_now();
            }
            thread
        })
        .collect();
    a.commit().unwrap();
    waiting.into_iter().for_each(|t| t.join().unwrap());
    let order: Vec<(usize, i8)> = reports.try_iter().collect();
    assert_eq!(order, [(2, 2), (0, 0), (3, 0), (1, -2)]);
}

#[test]
fn who_waits_to_write_is_asked_in_time_however_often_others_come_and_go() {
    let db = device(1000).memory();
    let mut a = db.connect().unwrap();
    write(&mut a);
    let other = db.clone();
    let waiting = std::thread::spawn(move || {
        let (left, answers) = (Cell::new(2), Cell::new(2));
        let due = || Duration::from_secs(if left.replace(left.get() - 1) > 0 { 3600 } else { 0 });
        let ask = || {
            left.set(2);
            answers.replace(answers.get() - 1) == 1
        };
        code(other.writers_place(Priority(0), Asking { due: &due, ask: &ask }))
    });
    while !waiting.is_finished() {
        db.queue.call_off(&AtomicBool::new(false)); // somebody else has gone
        std::thread::yield_now();
    }
    assert_eq!(waiting.join().unwrap(), Code::E_INTERRUPTED);
    a.commit().unwrap();
}

#[test]
fn duplicates_leave_the_transaction_usable_until_commit() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let first = sensor(&mut c, 1, 1.0);
    let second = sensor(&mut c, 1, 2.0);
    c.checkpoint_object(first).unwrap();
    assert_eq!(code(c.checkpoint_object(second)), Code::S_DUPLICATE);
    assert_eq!(c.last_unique_violation_index(), Some(0));
    c.set_value(second, 0, Value::UInt(2)).unwrap();
    c.checkpoint().unwrap();
    c.set_value(second, 0, Value::UInt(1)).unwrap();
    assert_eq!(code(c.checkpoint()), Code::S_DUPLICATE);
    assert_eq!(c.find(0, &[Value::UInt(2), Value::UInt(1)]).unwrap(), second, "found under the key it had");
    assert_eq!(code(c.commit()), Code::S_DUPLICATE);
    assert!(c.transaction().is_none());
    assert_eq!(all(&mut c, SENSOR).len(), 0);
}

#[test]
fn keys_and_rows_have_a_largest_size() {
    let schema = server().class("Text", Travel::Local, &[("a", FieldType::String), ("b", FieldType::Char(8))]).index(
        "i",
        IndexKind::Tree,
        false,
        &["a", "b"],
    );
    let fields: Vec<String> = (0..300).map(|i| format!("f{i}")).collect();
    let fields: Vec<(&str, FieldType)> = fields.iter().map(|f| (f.as_str(), FieldType::String)).collect();
    let db = schema.class("Huge", Travel::Down, &fields).memory();
    let mut c = db.connect().unwrap();
    write(&mut c);
    put(&mut c, 4, &[Value::from(&[b'x'; 4090][..]), Value::from(&b"123456"[..])]);
    c.checkpoint().unwrap();
    let long = put(&mut c, 4, &[Value::from(&[b'x'; 4090][..]), Value::from(&b"1234567"[..])]);
    assert_eq!(code(c.checkpoint_object(long)), Code::E_KEY_TOO_LONG);
    c.rollback().unwrap();
    write(&mut c);
    let text = Value::from(&[b'x'; 65_535][..]);
    put(&mut c, 5, &vec![text; 300]);
    assert_eq!(code(c.commit()), Code::E_UNSUPPORTED);
    write(&mut c);
    config(&mut c, 1, "x", u64::MAX - 14);
    assert_eq!(code(c.commit()), Code::E_IOT_WRONG_AGENT_ID);
}

#[test]
fn patterns_find_keys_in_order() {
    let schema = Schema::new(None)
        .class("T", Travel::Local, &[("name", FieldType::String), ("n", FieldType::Unsigned(1))])
        .index("up", IndexKind::Tree, false, &["name", "n"])
        .index("down", IndexKind::Tree, false, &["-name"]);
    let db = schema.memory();
    let mut c = db.connect().unwrap();
    let names = ["abc", "abd", "ab", "b", "", "abcd"];
    commit(&mut c, |c| names.iter().map(|n| put(c, 1, &[Value::from(n.as_bytes()), Value::UInt(0)])).count());
    read(&mut c);
    for (index, pattern, expected) in [
        (0, "ab*", &["ab", "abc", "abcd", "abd"][..]),
        (0, "ab?", &["abc", "abd"]),
        (0, "*", &["", "ab", "abc", "abcd", "abd", "b"]),
        (0, "?", &["b"]),
        (1, "ab*", &["abd", "abcd", "abc", "ab"]),
        (0, "x*", &[]),
    ] {
        let mut found = Vec::new();
        let mut next = c.pattern_search(CursorId(1), index, pattern.as_bytes());
        while next.is_ok() {
            let object = c.cursor_object(CursorId(1), 1).unwrap();
            found.push(c.value(object, 0).unwrap().clone());
            next = c.pattern_next(CursorId(1));
        }
        let end = if found.is_empty() { Code::S_NOTFOUND } else { Code::S_CURSOR_END };
        assert!(matches!(next, Err(Error { code, .. }) if code == end), "{pattern}");
        let expected: Vec<Value> = expected.iter().map(|n| Value::from(n.as_bytes())).collect();
        assert_eq!(found, expected, "{pattern}");
    }
}

#[test]
fn a_cursor_survives_the_object_under_it_and_the_oldest_is_closed_beyond_the_limit() {
    let db = device(1000).memory();
    let mut c = db.connect().unwrap();
    commit(&mut c, |c| (0..3).map(|i| sensor(c, i, 1.0)).count());
    write(&mut c);
    let cursor = CursorId(1);
    c.open_list(cursor, SENSOR).unwrap();
    c.cursor_next(cursor).unwrap();
    let object = c.cursor_object(cursor, SENSOR).unwrap();
    c.delete(object).unwrap();
    assert_eq!(code(c.cursor_object(cursor, SENSOR)), Code::E_CURSOR_INVALID);
    c.cursor_next(cursor).unwrap();
    assert_eq!(code(c.cursor_next(cursor)), Code::S_CURSOR_END);
    let object = c.cursor_object(cursor, SENSOR).unwrap();
    assert_eq!(c.value(object, 0).unwrap(), &Value::UInt(2), "the end leaves the cursor where it is");
    c.cursor_prev(cursor).unwrap();
    assert_eq!(code(c.cursor_prev(cursor)), Code::S_CURSOR_END);
    c.open_index(CursorId(2), 0).unwrap();
    assert_eq!(code(c.cursor_last(CursorId(2))), Code::E_UNSUPPORTED);
    assert_eq!(code(c.cursor_prev(CursorId(2))), Code::E_UNSUPPORTED);
    for i in 0..MAX_CURSORS as u64 {
        c.open_list(CursorId(100 + i), SENSOR).unwrap();
    }
    assert_eq!(code(c.cursor_check(cursor)), Code::E_CURSOR_CLOSED);
    assert_eq!(code(c.cursor_check(CursorId(100))), Code::S_OK);
}
