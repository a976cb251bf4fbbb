//! Oids: one object of the whole database for each.

use super::fixture::*;
use super::lane::{MANY, Store, attach, in_group, next, sync};
use super::replicate::{Pair, deliver};
use crate::base::{Code, Group, Value};
use crate::db::*;
use crate::schema::compile_text;

/// Classes of [`schema`].
const UP: u16 = 1;
const DOWN: u16 = 2;
const NODE: u16 = 3;
const LEAF: u16 = 4;
const PLAIN: u16 = 5;

/// Five classes, all but the last with oids of two numbers.
fn schema(node: &str) -> Schema {
    Schema(compile_text(&text(node)).unwrap())
}

fn text(node: &str) -> String {
    format!(
        "declare database test; declare auto_oid[1]; declare oid Id[1]; {node} struct Id {{ unsigned<2> a; unsigned<4> b; }};
         uptable class Up {{ unsigned<4> x; list; oid; }}; downtable class Down {{ unsigned<4> x; list; oid; }};
         persistent class Node {{ unsigned<4> x; unique tree<x> by_x; list; oid; }}; persistent class Leaf {{ string s; ref r; tree<r> by_r; list; oid; }};
         persistent class Plain {{ bool b; list; }};"
    )
}

/// An oid as the database keeps it.
fn oid(number: u8) -> Value {
    Value::from(&[0, number, 0, 0, 0, 7][..])
}

fn code<T>(result: crate::base::Result<T>) -> Code {
    result.map_or_else(|error| error.code, |_| Code::S_OK)
}

#[test]
fn an_oid_belongs_to_one_object_of_the_whole_database() {
    let db = schema("").memory();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let first = c.new_with_oid(NODE, oid(1)).unwrap();
    for class in [NODE, LEAF] {
        assert_eq!(code(c.new_with_oid(class, oid(1))), Code::S_DUPLICATE, "before any checkpoint");
        assert_eq!(c.last_unique_violation_index(), Some(OID_INDEX));
    }
    assert_eq!((c.count(NODE).unwrap(), c.count(LEAF).unwrap()), (1, 0), "no object was made");
    assert_eq!(c.find_oid(NODE, &oid(1)).unwrap(), first);
    assert_eq!(code(c.find_oid(LEAF, &oid(1))), Code::S_NOTFOUND);
    assert_eq!(c.find_in_all(&oid(1)).unwrap(), first);
    let zeros = |n: u8| Value::from(&[0, n, 0, 0, 0, 0][..]);
    let third = c.new_with_oid(NODE, zeros(3)).unwrap();
    assert_eq!(c.find_in_all(&zeros(3)).unwrap(), third, "zeros at the end do not count");
    c.delete(third).unwrap();
    assert_eq!(c.oid(first).unwrap(), oid(1));
    c.new_with_oid(LEAF, oid(2)).unwrap();
    c.commit().unwrap();

    write(&mut c);
    for class in [NODE, LEAF] {
        assert_eq!(code(c.new_with_oid(class, oid(1))), Code::S_DUPLICATE, "stored");
    }
    let object = c.find_in_all(&oid(2)).unwrap();
    assert_eq!(object.class, LEAF);
    c.set_value(object, 0, Value::from(&b"changed"[..])).unwrap();
    assert_eq!(code(c.new_with_oid(NODE, oid(2))), Code::S_DUPLICATE, "changed");
    c.checkpoint().unwrap();
    assert_eq!(c.find_oid(LEAF, &oid(2)).unwrap(), object);
    c.commit().unwrap();
}

#[test]
fn an_oid_is_free_again_as_soon_as_its_object_is_gone() {
    let db = schema("").memory();
    let mut c = db.connect().unwrap();
    write(&mut c);
    let mut object = c.new_with_oid(NODE, oid(1)).unwrap();
    for class in [LEAF, NODE] {
        c.delete(object).unwrap();
        object = c.new_with_oid(class, oid(1)).unwrap();
        c.checkpoint_object(object).unwrap();
    }
    c.delete_all(NODE).unwrap();
    assert_eq!(code(c.find_in_all(&oid(1))), Code::S_NOTFOUND);
    c.new_with_oid(LEAF, oid(1)).unwrap();
    c.delete_all(LEAF).unwrap();
    c.new_with_oid(NODE, oid(1)).unwrap();
    c.rollback().unwrap();
    commit(&mut c, |c| c.new_with_oid(LEAF, oid(1)).unwrap());
}

#[test]
fn an_object_that_waits_for_another_key_keeps_its_oid() {
    let db = schema("").memory();
    let mut c = db.connect().unwrap();
    write(&mut c);
    c.new_with_oid(NODE, oid(1)).unwrap();
    let second = c.new_with_oid(NODE, oid(2)).unwrap();
    assert_eq!(code(c.checkpoint()), Code::S_DUPLICATE);
    assert_eq!(c.last_unique_violation_index(), Some(0));
    assert_eq!(code(c.new_with_oid(LEAF, oid(2))), Code::S_DUPLICATE);
    assert_eq!(c.find_oid(NODE, &oid(2)).unwrap(), second);
    c.set_value(second, 0, Value::UInt(5)).unwrap();
    c.commit().unwrap();
}

#[test]
fn a_cursor_over_oids_has_new_objects_at_once() {
    let db = schema("").memory();
    let mut c = db.connect().unwrap();
    let cursor = CursorId(1);
    write(&mut c);
    assert_eq!(code(c.open_oid(cursor, LEAF)), Code::S_CURSOR_EMPTY);
    for number in [4, 2] {
        c.new_with_oid(LEAF, oid(number)).unwrap();
    }
    c.checkpoint().unwrap();
    for number in [3, 1, 5] {
        c.new_with_oid(LEAF, oid(number)).unwrap();
    }
    c.new_with_oid(NODE, oid(9)).unwrap();
    c.new_with_oid(DOWN, oid(0)).unwrap();
    let mut next = c.open_oid(cursor, LEAF);
    let mut seen = Vec::new();
    while next.is_ok() {
        let object = c.cursor_object(cursor, LEAF).unwrap();
        seen.push(c.oid(object).unwrap());
        next = c.cursor_next(cursor);
    }
    assert_eq!(seen, [1, 2, 3, 4, 5].map(oid));
    let mut back = vec![];
    while c.cursor_prev(cursor).is_ok() {
        let object = c.cursor_object(cursor, LEAF).unwrap();
        back.push(c.oid(object).unwrap());
    }
    assert_eq!(back, [4, 3, 2, 1].map(oid));
    c.cursor_last(cursor).unwrap();
    let object = c.cursor_object(cursor, LEAF).unwrap();
    assert_eq!(c.oid(object).unwrap(), oid(5));
    assert_eq!(c.cursor_kind(cursor).unwrap(), (CursorKind::Oid, LEAF));
    c.commit().unwrap();
}

#[test]
fn what_has_no_oid_or_needs_one_is_refused() {
    let db = schema("").memory();
    let mut c = db.connect().unwrap();
    let mut refused = |act: &dyn Fn(&mut Connection, [ObjectRef; 2]) -> crate::base::Result<()>| {
        write(&mut c);
        let objects = [c.new_object(PLAIN).unwrap(), c.new_with_oid(NODE, oid(1)).unwrap()];
        let refused = code(act(&mut c, objects));
        c.rollback().unwrap();
        assert_eq!(refused, Code::E_ILLEGAL_PARAM);
    };
    refused(&|c, _| c.new_object(NODE).map(drop));
    refused(&|c, _| c.new_with_oid(PLAIN, oid(1)).map(drop));
    refused(&|c, _| c.new_with_oid(NODE, Value::from(&[1; 7][..])).map(drop));
    refused(&|c, _| c.new_with_oid(NODE, Value::UInt(1)).map(drop));
    refused(&|c, [plain, _]| c.oid(plain).map(drop));
    refused(&|c, _| c.find_oid(PLAIN, &oid(1)).map(drop));
    refused(&|c, _| c.open_oid(CursorId(1), PLAIN));
    refused(&|c, [_, node]| c.set_value(node, 1, oid(2)));
    refused(&|c, [_, node]| c.set_values(node, vec![(1, oid(2))]));
    refused(&|c, _| {
        let batch = c.batch(NODE, 10)?;
        c.insert(batch, &mut 0)
    });
    assert!(!c.takes_batches(NODE).unwrap());
}

#[test]
fn refs_are_keys_in_the_order_of_their_numbers() {
    let db = schema("").memory();
    let mut c = db.connect().unwrap();
    let (by_r, cursor) = (1, CursorId(1));
    write(&mut c);
    for (number, to) in [(1, 300_u16), (2, 2), (3, 0)] {
        let leaf = c.new_with_oid(LEAF, oid(number)).unwrap();
        c.set_value(leaf, 1, Value::from(&[&to.to_be_bytes()[..], &[0; 4]].concat()[..])).unwrap();
    }
    c.checkpoint().unwrap();
    let mut next = c.open_index(cursor, by_r);
    let mut seen = Vec::new();
    while next.is_ok() {
        let object = c.cursor_object(cursor, LEAF).unwrap();
        seen.push(c.oid(object).unwrap());
        next = c.cursor_next(cursor);
    }
    assert_eq!(seen, [3, 2, 1].map(oid));
    c.search(cursor, by_r, SearchOp::Eq, &[Value::from(&[0, 2, 0, 0, 0, 0][..])]).unwrap();
    c.rollback().unwrap();
}

#[test]
fn a_file_keeps_oids_and_refuses_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("oid.db");
    let opened = schema("").file(&path);
    let mut c = opened.connect().unwrap();
    commit(&mut c, |c| c.new_with_oid(NODE, oid(1)).unwrap());
    drop((c, opened));
    let opened = schema("").file(&path);
    let mut c = opened.connect().unwrap();
    write(&mut c);
    assert_eq!(code(c.new_with_oid(LEAF, oid(1))), Code::S_DUPLICATE);
    c.find_oid(NODE, &oid(1)).unwrap();
    c.rollback().unwrap();
    drop((c, opened));
    let text = schema("").text();
    let changes = [
        (
            "unsigned<4> b;",
            "unsigned<8> b;",
            "class 'Up', field 'oid' is ref of oids of 6 bytes there and ref of oids of 10 bytes in the program",
        ),
        ("tree<r> by_r;\nlist;\noid;", "tree<r> by_r;\nlist;", "class 'Leaf' has 'oid', which"),
        ("bool b;\nlist;", "bool b;\nlist;\noid;", "the objects of class 'Plain' have no oid there"),
    ];
    for (from, to, message) in changes {
        assert!(text.contains(from), "{text}");
        let changed = Schema(compile_text(&text.replace(from, to)).unwrap());
        let refused = changed.open(OpenOptions::new(&name(), file(&path))).unwrap_err();
        assert_eq!(refused.code, Code::E_DISK_SCHEMA_CHANGED);
        assert!(refused.text.contains(message), "{}", refused.text);
    }
    // What keeps every oid is taken.
    let grown = Schema(compile_text(&text.replace("bool b;\nlist;", "bool b;\nstring more;\nlist;")).unwrap()).file(&path);
    let mut c = grown.connect().unwrap();
    read(&mut c);
    c.find_oid(NODE, &oid(1)).unwrap();
    c.commit().unwrap();
}

/// A device and a server with the classes of [`schema`].
fn pair() -> (Pair, [Opened; 2]) {
    let (device, server) = (schema("iot device 1000;").memory(), schema("iot server;").memory());
    (Pair::new(device.connect().unwrap(), server.connect().unwrap()), [device, server])
}

#[test]
fn oids_travel_with_their_rows() {
    let (mut pair, _open) = pair();
    commit(&mut pair.device, |c| c.new_with_oid(UP, oid(1)).unwrap());
    commit(&mut pair.server, |c| c.new_with_oid(DOWN, oid(2)).unwrap());
    pair.sync();
    for c in [&mut pair.device, &mut pair.server] {
        read(c);
        c.find_oid(UP, &oid(1)).unwrap();
        c.find_oid(DOWN, &oid(2)).unwrap();
        c.commit().unwrap();
    }
}

#[test]
fn a_received_row_whose_oid_is_taken_waits_for_it() {
    let (mut pair, _open) = pair();
    commit(&mut pair.server, |c| c.new_with_oid(LEAF, oid(1)).unwrap());
    commit(&mut pair.device, |c| (1..=2).map(|n| c.new_with_oid(UP, oid(n)).unwrap()).count());
    assert_eq!(pair.push(1 << 18, true).unwrap().code, Code::S_DUPLICATE);
    let aside = pair.server.quarantine(0).unwrap();
    assert_eq!((aside.len(), aside[0].class, aside[0].code), (1, UP, Code::S_DUPLICATE));
    let refused = pair.server.quarantine_retry(None).unwrap_err();
    assert!(refused.text.contains("another row has its oid"), "{}", refused.text);
    assert!(pair.server.quarantine_row(aside[0].id).unwrap().contains("\"oid\": \"000100000007\""));
    read(&mut pair.server);
    assert_eq!(pair.server.find_in_all(&oid(1)).unwrap().class, LEAF);
    assert_eq!(pair.server.find_in_all(&oid(2)).unwrap().class, UP);
    pair.server.commit().unwrap();
    // The object of the other class goes: the row takes its place in the same transaction.
    commit(&mut pair.server, |c| {
        let object = c.find_in_all(&oid(1)).unwrap();
        c.delete(object).unwrap();
    });
    assert_eq!(pair.server.quarantine_count().unwrap(), 0);
    read(&mut pair.server);
    assert_eq!(pair.server.find_in_all(&oid(1)).unwrap().class, UP);
    pair.server.commit().unwrap();
}

#[test]
fn a_row_takes_its_oid_when_a_whole_class_goes_but_not_while_a_new_object_has_it() {
    let (mut pair, _open) = pair();
    commit(&mut pair.server, |c| c.new_with_oid(LEAF, oid(1)).unwrap());
    commit(&mut pair.device, |c| c.new_with_oid(UP, oid(1)).unwrap());
    assert_eq!(pair.push(1 << 18, true).unwrap().code, Code::S_DUPLICATE);
    commit(&mut pair.server, |c| {
        c.delete_all(LEAF).unwrap();
        c.new_with_oid(NODE, oid(1)).unwrap();
    });
    assert_eq!(pair.server.quarantine_count().unwrap(), 1);
    commit(&mut pair.server, |c| c.delete_all(NODE).unwrap());
    assert_eq!(pair.server.quarantine_count().unwrap(), 0);
}

#[test]
fn pages_make_room_for_oids_among_what_pages_bring_alone() {
    const MORE: u16 = 6;
    let folder = tempfile::tempdir().unwrap();
    let more = |node: &str| Schema(compile_text(&(text(node) + "downtable class More { bool b; list; oid; };")).unwrap());
    let mut s = Store::new(folder.path(), "server.db", more("iot server;"));
    let mut d = Store::new(folder.path(), "device.db", more("iot device 1000;"));
    commit(&mut s.c, |c| c.new_with_oid(MORE, oid(1)).unwrap());
    assert_eq!(sync(&mut s, &mut d, MANY), 0);
    commit(&mut d.c, |c| c.new_with_oid(LEAF, oid(2)).unwrap());
    // The server has forgotten that it removed a row, and its oid belongs to another class now.
    s.c.engine.execute_batch("DELETE FROM More").unwrap();
    for n in 1..=3 {
        commit(&mut s.c, |c| c.new_with_oid(DOWN, oid(n)).unwrap());
    }
    s.c.own_transaction(|c| {
        let now = c.in_transaction()?.state.now();
        c.raise_horizon(0, Group::USUAL, now)
    })
    .unwrap();
    let mut at = attach(&mut s, &mut d).down.get(Group::USUAL);
    let mut codes = vec![];
    while let Some(page) = next(&mut s, in_group(0), at, 1) {
        let applied = deliver(&mut d.c, in_group(0), &page).unwrap();
        codes.push((page.reconcile, applied.code, d.c.quarantine_count().unwrap()));
        s.c.save_mark(in_group(0), applied.mark).unwrap();
        at = applied.mark;
    }
    assert_eq!(codes.get(..2), Some(&[(true, Code::S_OK, 0), (true, Code::S_DUPLICATE, 1)][..]), "{codes:?}");
    let oids = |c: &mut Connection, class| all(c, class).into_iter().filter_map(|mut row| row.pop()).collect::<Vec<_>>();
    assert_eq!(oids(&mut d.c, DOWN), [oid(1), oid(3)]);
    assert_eq!((oids(&mut d.c, MORE), oids(&mut d.c, LEAF)), (vec![], vec![oid(2)]));
    commit(&mut d.c, |c| c.delete_all(LEAF).unwrap());
    assert_eq!(oids(&mut d.c, DOWN), [1, 2, 3].map(oid));
}
