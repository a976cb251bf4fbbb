//! What cannot be applied, and when it can.

use super::fixture::*;
use super::replicate::{Pair, apply, down, pair};
use crate::base::{AgentId, Code, Identity, Role, State, Value, tagged};
use crate::db::retry::{MAX_ATTEMPTS, MAX_CHAIN};
use crate::db::*;

/// Gives a configuration row another key.
fn rename(c: &mut Connection, from: u64, to: u64) {
    commit(c, |c| {
        let row = c.find(1, &[Value::UInt(from)]).unwrap();
        c.set_value(row, 0, Value::UInt(to)).unwrap();
    });
}

/// Keys of the configuration rows by value.
fn keys(c: &mut Connection) -> Vec<(String, u64)> {
    let mut list: Vec<(String, u64)> = all(c, CONFIG)
        .into_iter()
        .map(|row| match (&row[0], &row[1]) {
            (Value::UInt(key), Value::Bytes(text)) => (String::from_utf8_lossy(text).into(), *key),
            other => panic!("{other:?}"),
        })
        .collect();
    list.sort();
    list
}

/// A pair whose device has what the server has: rows a, b, ... with keys 1, 2, ...
fn with_rows(count: u64) -> (Pair, [Opened; 2]) {
    let (mut pair, open) = pair();
    commit(&mut pair.server, |c| (1..=count).map(|i| config(c, i, &name_of(i), 0)).count());
    pair.sync();
    (pair, open)
}

fn name_of(i: u64) -> String {
    format!("r{i:03}")
}

/// Batches of one commit each until there are no more; the code of each.
fn pull_each(pair: &mut Pair) -> Vec<Code> {
    std::iter::from_fn(|| pair.pull(1, true)).map(|applied| applied.code).collect()
}

/// The server's rows exchange keys in a ring, each row in a commit of its own, and the change of each arrives in a batch of its own.
fn turn(pair: &mut Pair, count: u64) -> Vec<Code> {
    rename(&mut pair.server, count, 1_000_000);
    for i in (1..count).rev() {
        rename(&mut pair.server, i, i + 1);
    }
    rename(&mut pair.server, 1_000_000, 1);
    pull_each(pair)
}

#[test]
fn rows_that_exchange_keys_over_several_batches_all_arrive() {
    for count in [2, 3, 7, MAX_CHAIN as u64] {
        let (mut pair, _open) = with_rows(count);
        let codes = turn(&mut pair, count);
        assert_eq!(codes.last(), Some(&Code::S_OK), "{count}: {codes:?}");
        assert!(codes.contains(&Code::S_DUPLICATE), "{count}: nothing was ever in the way");
        assert_eq!(pair.device.quarantine_count().unwrap(), 0, "{count}");
        let expected = keys(&mut pair.server);
        assert_eq!(keys(&mut pair.device), expected, "{count}");
    }
}

#[test]
fn a_longer_chain_stays_aside_until_one_of_it_has_its_place() {
    let count = MAX_CHAIN as u64 + 1;
    let (mut pair, _open) = with_rows(count);
    assert_eq!(turn(&mut pair, count).last(), Some(&Code::S_DUPLICATE));
    assert_eq!(pair.device.quarantine_count().unwrap(), count);
    // One row goes: the others move up one after another.
    commit(&mut pair.server, |c| {
        let row = c.find(1, &[Value::UInt(5)]).unwrap();
        c.delete(row).unwrap();
    });
    assert_eq!(pull_each(&mut pair), [Code::S_OK]);
    assert_eq!(pair.device.quarantine_count().unwrap(), 0);
    let expected = keys(&mut pair.server);
    assert_eq!(keys(&mut pair.device), expected);
}

/// A device with rows 1 and 2 of its own making besides which the server's rows 1 to 3 cannot all be.
fn with_rows_in_the_way() -> (Pair, [Opened; 2]) {
    let (mut pair, open) = with_rows(2);
    for i in 1..=2 {
        commit(&mut pair.device, |c| {
            let row = c.find(1, &[Value::UInt(i)]).unwrap();
            c.set_value(row, 0, Value::UInt(100 + i)).unwrap();
        });
    }
    commit(&mut pair.server, |c| (101..=103).map(|i| config(c, i, &name_of(i), 0)).count());
    assert_eq!(pair.pull(1 << 18, true).unwrap().code, Code::S_DUPLICATE);
    assert_eq!(pair.device.quarantine_count().unwrap(), 2);
    (pair, open)
}

#[test]
fn a_row_takes_its_place_in_the_transaction_that_frees_its_key() {
    let find = |c: &mut Connection, key| c.find(1, &[Value::UInt(key)]).unwrap();
    let (mut pair, _open) = with_rows_in_the_way();
    write(&mut pair.device);
    let row = find(&mut pair.device, 101);
    pair.device.set_value(row, 0, Value::UInt(1)).unwrap();
    pair.device.rollback().unwrap();
    assert_eq!(pair.device.quarantine_count().unwrap(), 2, "nothing happened");
    commit(&mut pair.device, |c| {
        let row = find(c, 101);
        c.set_value(row, 0, Value::UInt(1)).unwrap();
    });
    assert_eq!(pair.device.quarantine_count().unwrap(), 1);
    commit(&mut pair.device, |c| {
        let row = find(c, 102);
        c.delete(row).unwrap();
    });
    assert_eq!(pair.device.quarantine_count().unwrap(), 0);
    let expected = [("r001", 1), ("r101", 101), ("r102", 102), ("r103", 103)].map(|(name, key)| (name.to_string(), key));
    assert_eq!(keys(&mut pair.device), expected);

    let (mut pair, _open) = with_rows_in_the_way();
    commit(&mut pair.device, |c| c.delete_all(CONFIG).unwrap());
    assert_eq!(keys(&mut pair.device), expected[1..3]);
    let (mut pair, _open) = with_rows_in_the_way();
    pair.device.clean().unwrap();
    assert_eq!((keys(&mut pair.device).len(), pair.device.quarantine_count().unwrap()), (0, 0), "clean is clean");
}

#[test]
fn an_update_or_a_removal_from_the_origin_frees_a_key() {
    let (mut pair, _open) = with_rows_in_the_way();
    // The newer version of row 1 has its old key, which nobody wants any more.
    commit(&mut pair.server, |c| {
        let row = c.find(1, &[Value::UInt(1)]).unwrap();
        c.set_value(row, 1, Value::from(&b"new"[..])).unwrap();
    });
    let applied = pair.pull(1 << 18, true).unwrap();
    assert_eq!((applied.code, applied.rows), (Code::S_OK, 2), "the row and the one that had waited for it");
    commit(&mut pair.server, |c| {
        let row = c.find(1, &[Value::UInt(2)]).unwrap();
        c.delete(row).unwrap();
    });
    assert_eq!(pair.pull(1 << 18, true).unwrap().rows, 2);
    let expected = keys(&mut pair.server);
    assert_eq!(keys(&mut pair.device), expected);
}

#[test]
fn a_newer_version_replaces_an_entry_and_a_removal_drops_it() {
    let (mut pair, _open) = with_rows_in_the_way();
    let first = pair.device.quarantine(0).unwrap();
    commit(&mut pair.server, |c| {
        let row = c.find(1, &[Value::UInt(101)]).unwrap();
        c.set_value(row, 1, Value::from(&b"newer"[..])).unwrap();
    });
    assert_eq!(pair.pull(1 << 18, true).unwrap().code, Code::S_DUPLICATE);
    let second = pair.device.quarantine(0).unwrap();
    assert_eq!((second.len(), second[1].id), (2, first[0].id), "it is the youngest now");
    assert_eq!(pair.device.quarantine_row(first[0].id).unwrap(), "{\"param\": 101, \"value\": \"newer\"}");
    commit(&mut pair.server, |c| {
        let row = c.find(1, &[Value::UInt(101)]).unwrap();
        c.delete(row).unwrap();
    });
    pair.sync();
    assert_eq!(pair.device.quarantine(0).unwrap().iter().map(|a| a.id).collect::<Vec<_>>(), [first[1].id]);
}

#[test]
fn an_entry_says_what_and_when_and_can_be_tried_again_or_given_up() {
    let options = |name| OpenOptions { clock: WallClock(|| 1_700_000_000_123), ..OpenOptions::new(name, memory()) };
    let (own, other) = (name(), name());
    let device = Opened(device(1000).open(options(&own)).unwrap());
    let server = Opened(server().open(options(&other)).unwrap());
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.device, |c| {
        put(c, NOTE, &[]);
        sensor(c, 1, 1.0);
        sensor(c, 2, 2.0)
    });
    let mut set = pair.read_up(1 << 18).unwrap();
    let State::Row(values) = &mut set.changes[0].state else { panic!() };
    values[1] = Value::UInt(1 << 40);
    assert_eq!(pair.apply_up(&set).unwrap().code, Code::E_CONVERSION);
    let c = &mut pair.server;
    let [aside] = c.quarantine(0).unwrap().try_into().unwrap();
    assert_eq!(
        (aside.origin, aside.class, aside.code, aside.millis),
        (AgentId(1000), SENSOR, Code::E_CONVERSION, 1_700_000_000_123)
    );
    assert_eq!((aside.id, aside.detail.contains("'id'")), (set.changes[0].id, true), "{}", aside.detail);
    assert!((1..100).contains(&aside.bytes), "{}", aside.bytes);
    assert_eq!(c.quarantine(aside.seq).unwrap(), []);
    assert_eq!(c.quarantine_row(aside.id).unwrap(), "{\"ts\": 1, \"id\": 1099511627776, \"value\": 1}");
    let nobody = Identity::new(aside.id.epoch, 999);
    let nowhere = Identity::new(crate::base::EpochId(5), aside.id.oid.0);
    for id in [nobody, nowhere] {
        assert_eq!(c.quarantine_row(id).unwrap_err().code, Code::S_NOTFOUND);
        assert_eq!(c.quarantine_retry(Some(id)).unwrap_err().code, Code::S_NOTFOUND);
        assert_eq!(c.quarantine_drop(Some(id)).unwrap_err().code, Code::S_NOTFOUND);
    }
    let error = c.quarantine_retry(Some(aside.id)).unwrap_err();
    assert_eq!((error.code, error.text.contains("Sensor")), (Code::E_CONVERSION, true), "{error}");
    assert_eq!(c.quarantine_retry(None).unwrap_err().code, Code::E_CONVERSION);
    assert_eq!(c.quarantine(0).unwrap(), std::slice::from_ref(&aside));
    write(c);
    assert_eq!(c.quarantine_retry(None).unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    assert_eq!(c.quarantine_count().unwrap_err().code, Code::E_TRANS_NOT_CLOSED);
    c.rollback().unwrap();
    c.quarantine_drop(Some(aside.id)).unwrap();
    assert_eq!(c.quarantine_count().unwrap(), 0);
    c.quarantine_retry(None).unwrap();
    c.quarantine_drop(None).unwrap();
}

fn memory() -> Storage {
    Storage::Memory { limit_bytes: 0 }
}

/// A server on which the time of a reading is unique over all devices, and a device whose readings 0.. all collide there with those of
/// another one.
fn colliding(count: u64) -> (Pair, Pair, [Opened; 3]) {
    let mut schema = weather(Role::Server, 1);
    schema.0.indexes[0].unique = true;
    schema.0.indexes[0].keys.remove(0);
    let open = [schema.memory(), device(1000).memory(), device(1001).memory()];
    let mut first = Pair::new(open[1].connect().unwrap(), open[0].connect().unwrap());
    let mut second = Pair::new(open[2].connect().unwrap(), open[0].connect().unwrap());
    for pair in [&mut first, &mut second] {
        commit(&mut pair.device, |c| (0..count).map(|i| sensor(c, i, 1.0)).count());
    }
    first.sync();
    second.sync();
    (first, second, open)
}

#[test]
fn more_rows_than_one_transaction_tries_come_with_the_next_ones() {
    let count = 2 * MAX_ATTEMPTS as u64 + 10;
    let (mut first, mut second, _open) = colliding(count);
    assert_eq!(second.server.quarantine_count().unwrap(), count);
    commit(&mut first.server, |c| c.delete_all(SENSOR).unwrap());
    assert_eq!(second.server.quarantine_count().unwrap(), count - MAX_ATTEMPTS as u64);
    commit(&mut first.device, |c| sensor(c, count, 1.0));
    first.sync();
    commit(&mut second.device, |c| sensor(c, count + 1, 1.0));
    second.sync();
    assert_eq!(second.server.quarantine_count().unwrap(), 0);
    assert_eq!(all(&mut second.server, SENSOR).len() as u64, count + 2);
}

#[test]
fn all_are_tried_in_slices_and_pages_are_complete() {
    let count = 700;
    let (first, mut second, _open) = colliding(count);
    let (mut seen, mut seq) = (Vec::new(), 0);
    while let Some(last) = {
        let page = second.server.quarantine(seq).unwrap();
        seen.extend(page.iter().map(|a| a.id.oid.0));
        page.last().map(|a| a.seq)
    } {
        seq = last;
    }
    assert_eq!(seen, (1..=count).collect::<Vec<_>>(), "in the order in which they came");
    assert_eq!(second.server.quarantine_retry(None).unwrap_err().code, Code::S_DUPLICATE);
    // Past the library, so that nothing is tried by itself.
    first.server.engine.execute("DELETE FROM Sensor WHERE ts >= 10", []).unwrap();
    assert_eq!(second.server.quarantine_retry(None).unwrap_err().code, Code::S_DUPLICATE);
    assert_eq!(second.server.quarantine_count().unwrap(), 10);
    assert_eq!(all(&mut second.server, SENSOR).len() as u64, count);
}

fn gap(c: &Connection) -> i64 {
    c.engine.query_row("SELECT coalesce(sum(rows), 0) FROM _mco_gaps WHERE reason = 1", [], |row| row.get(0)).unwrap()
}

#[test]
fn the_quarantine_of_an_origin_has_a_bound_of_rows() {
    let (mut first, mut second, _open) = colliding(MAX_QUARANTINED + 3);
    assert_eq!(second.server.quarantine_count().unwrap(), MAX_QUARANTINED);
    assert_eq!(gap(&second.server), 3, "the newest are dropped, and counted");
    for pair in [&mut first, &mut second] {
        commit(&mut pair.device, |c| sensor(c, MAX_QUARANTINED + 3, 1.0));
        pair.sync();
    }
    assert_eq!(gap(&second.server), 4);
    let announce = second.device.describe(AgentId(1001)).unwrap().unwrap();
    let word = second.server.attach(&announce, AgentId(1001)).unwrap().word.unwrap();
    let last = word.aside.last().unwrap();
    assert_eq!((last.last, last.code), (second.up.ts, Code::S_DUPLICATE), "their origin hears of these, too");
}

#[test]
fn the_quarantine_of_an_origin_has_a_bound_of_bytes() {
    let (mut pair, _open) = pair();
    let big = 60_000;
    let text = "x".repeat(big as usize - 20);
    let count = MAX_QUARANTINED_BYTES / big + 3;
    commit(&mut pair.server, |c| (0..count).map(|i| config(c, i, &text, 0)).count());
    while let Some(mut set) = pair.read_down(1 << 18) {
        for change in &mut set.changes {
            let State::Row(values) = &mut change.state else { panic!() };
            values[0] = Value::UInt(1 << 40);
        }
        assert_eq!(apply(&mut pair.device, down(AgentId(1000)), &set, false).unwrap().code, Code::E_CONVERSION);
        pair.attach();
    }
    let (rows, bytes): (i64, i64) = pair
        .device
        .engine
        .query_row("SELECT count(*), sum(length(row)) FROM _mco_quarantine", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let (rows, bytes) = (rows.cast_unsigned(), bytes.cast_unsigned());
    assert!(bytes <= MAX_QUARANTINED_BYTES && bytes > MAX_QUARANTINED_BYTES - big, "{bytes}");
    assert_eq!(gap(&pair.device).cast_unsigned(), count - rows);
    assert!(rows < count);
}

#[test]
fn each_row_of_a_chain_knows_what_it_waits_for() {
    let pairs = |unique| {
        let fields = [("p", crate::schema::FieldType::Unsigned(4)), ("v", crate::schema::FieldType::Unsigned(4))];
        let role = if unique { Role::Device } else { Role::Server };
        Schema::new(weather(role, if unique { 1000 } else { 1 }).0.node)
            .class("Pair", crate::schema::Travel::Down, &fields)
            .index("p", crate::schema::IndexKind::Tree, unique, &["p"])
            .index("v", crate::schema::IndexKind::Tree, unique, &["v"])
            .memory()
    };
    let (device, server) = (pairs(true), pairs(false));
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.server, |c| (1..=4).map(|i| put(c, 1, &[Value::UInt(i), Value::UInt(i)])).count());
    pair.sync();
    let set = |c: &mut Connection, from: u64, p: u64, v: u64| {
        commit(c, |c| {
            let row = c.find(1, &[Value::UInt(from)]).unwrap();
            c.set_value(row, 0, Value::UInt(p)).unwrap();
            c.set_value(row, 1, Value::UInt(v)).unwrap();
        });
    };
    set(&mut pair.device, 4, 9, 4);
    // The third waits for the fourth, the first for the second (seen first) and the third, the second for the first.
    set(&mut pair.server, 3, 9, 10);
    set(&mut pair.server, 1, 2, 3);
    set(&mut pair.server, 2, 1, 2);
    assert_eq!(pull_each(&mut pair), [Code::S_DUPLICATE; 3]);
    set(&mut pair.device, 4, 4, 4);
    assert_eq!(pair.device.quarantine(0).unwrap(), []);
    let numbers = [[2, 3], [1, 2], [9, 10], [4, 4]].map(|row| row.map(Value::UInt).to_vec());
    assert_eq!(all(&mut pair.device, 1), numbers);
}

#[test]
fn an_older_version_that_comes_late_leaves_the_newer_one_aside() {
    let (mut pair, _open) = with_rows(1);
    let mut change = |text: &str| {
        commit(&mut pair.server, |c| {
            let row = c.find(1, &[Value::UInt(1)]).unwrap();
            c.set_value(row, 1, Value::from(text.as_bytes())).unwrap();
        });
        let set = pair.read_down(1 << 18).unwrap();
        pair.attach();
        set
    };
    let older = change("older").changes[0].clone();
    let mut newer = change("newer");
    let State::Row(values) = &mut newer.changes[0].state else { panic!() };
    values[0] = Value::UInt(1 << 40);
    // As if it had come another way, before what lies in between.
    newer.notes.clear();
    assert_eq!(apply(&mut pair.device, down(AgentId(1000)), &newer, false).unwrap().code, Code::E_CONVERSION);
    pair.attach();
    commit(&mut pair.server, |c| config(c, 2, "other", 0));
    let mut late = pair.read_down(1 << 18).unwrap();
    late.changes.push(older);
    assert_eq!(apply(&mut pair.device, down(AgentId(1000)), &late, false).unwrap().code, Code::S_OK);
    assert_eq!(keys(&mut pair.device), [("older".to_string(), 1), ("other".to_string(), 2)]);
    assert_eq!(pair.device.quarantine_count().unwrap(), 1);
}

#[test]
fn a_row_without_room_waits_for_room() {
    let mut schema = weather(Role::Server, 1);
    schema.0.indexes[0].unique = true;
    schema.0.indexes[0].keys.remove(0);
    let open = [schema.limited(1 << 18), device(1000).memory(), device(1001).memory()];
    let pairs = [1, 2].map(|i| Pair::new(open[i].connect().unwrap(), open[0].connect().unwrap()));
    for mut pair in pairs {
        commit(&mut pair.device, |c| sensor(c, 1, 1.0));
        pair.sync();
    }
    let c = &mut open[0].connect().unwrap();
    let [aside] = c.quarantine(0).unwrap().try_into().unwrap();
    let mut size = 4000;
    while size > 1 {
        write(c);
        put(c, NOTE, &[Value::from("x".repeat(size).as_bytes())]);
        size = if c.commit().is_ok() { size } else { size / 2 };
    }
    commit(c, |c| {
        let row = c.find(0, &[Value::UInt(1)]).unwrap();
        c.delete(row).unwrap();
    });
    assert_eq!(c.quarantine(0).unwrap(), std::slice::from_ref(&aside), "the key is free, but there is no room");
    assert_eq!(c.quarantine_retry(Some(aside.id)).unwrap_err().code, Code::E_NOMEM);
    assert_eq!(c.quarantine_retry(None).unwrap_err().code, Code::E_NOMEM);
    commit(c, |c| c.delete_all(NOTE).unwrap());
    assert_eq!((c.quarantine_count().unwrap(), all(c, SENSOR).len()), (0, 1));
}

#[test]
fn what_is_set_aside_survives_and_waits_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let mut schema = weather(Role::Server, 1);
    schema.0.indexes[0].unique = true;
    schema.0.indexes[0].keys.remove(0);
    let devices = [device(1000).memory(), device(1001).memory()];
    let before = {
        let server = schema.file(&path);
        for db in &devices {
            let mut pair = Pair::new(db.connect().unwrap(), server.connect().unwrap());
            commit(&mut pair.device, |c| sensor(c, 1, 1.0));
            pair.sync();
        }
        server.connect().unwrap().quarantine(0).unwrap()
    };
    let server = schema.file(&path);
    let mut c = server.connect().unwrap();
    assert_eq!((c.quarantine(0).unwrap(), before.len()), (before.clone(), 1));
    commit(&mut c, |c| c.delete_all(SENSOR).unwrap());
    assert_eq!((c.quarantine_count().unwrap(), all(&mut c, SENSOR).len()), (0, 1));
}

#[test]
fn values_come_back_from_the_bytes_that_are_kept_of_them() {
    let under = |value: Value| Value::Null(Some(Box::new(value)));
    let values =
        [Value::NULL, under(Value::from(&b"x"[..])), Value::Int(-1), under(Value::UInt(u64::MAX)), under(Value::Real(0.5))];
    assert_eq!(quarantine::decode(&tagged::encode(&values)).unwrap(), values);
    for broken in [&[5][..], &[5, 0], &[5, 5, 0], &[6], &[4, 2, b'x']] {
        assert!(quarantine::decode(broken).is_err(), "{broken:?}");
    }
}
