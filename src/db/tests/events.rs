//! Handlers of events in the middle of what replication does.

use super::fixture::*;
use super::replicate::Pair;
use crate::base::{Code, Value};
use crate::db::*;
use crate::schema::EventKind;
use std::sync::Arc;

const UPDATED: u16 = 1;
const DELETED: u16 = 2;

fn device_with_events() -> Schema {
    device(1000).event(CONFIG, EventKind::Update).event(CONFIG, EventKind::Delete)
}

/// Registers a handler, whose failures are its own.
fn on(c: &mut Connection, event: u16, handler: impl Fn(&mut Connection) -> crate::base::Result<()> + Send + Sync + 'static) {
    let id = HandlerId { function: 1, parameter: 0 };
    let handler: Handler = Arc::new(move |c, _| handler(c).map_or_else(|error| error.code, |()| Code::S_OK));
    commit(c, |c| c.register(event, id, Moment::Before, handler).unwrap());
}

fn with_rows(device: Opened) -> (Pair, [Opened; 2]) {
    let server = server().memory();
    let mut pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    commit(&mut pair.server, |c| (1..=2).map(|param| config(c, param, "old", 0)).count());
    pair.sync();
    (pair, [device, server])
}

fn change(c: &mut Connection, param: u64, field: u16, value: Value) {
    commit(c, |c| {
        let row = c.find(1, &[Value::UInt(param)]).unwrap();
        c.set_value(row, field, value).unwrap();
    });
}

fn delete(c: &mut Connection, param: u64) {
    commit(c, |c| c.find(1, &[Value::UInt(param)]).and_then(|row| c.delete(row)).unwrap());
}

#[test]
fn a_row_that_a_handler_deletes_while_its_change_arrives_is_there_again() {
    let (mut pair, _open) = with_rows(device_with_events().memory());
    on(&mut pair.device, DELETED, |c| {
        let row = c.find(1, &[Value::UInt(1)])?;
        c.delete(row)
    });
    change(&mut pair.server, 1, 1, Value::from(&b"new"[..]));
    delete(&mut pair.server, 2);
    assert_eq!(pair.pull(1 << 18, true).unwrap().code, Code::S_OK);
    assert_eq!(all(&mut pair.device, CONFIG), [[Value::UInt(1), Value::from(&b"new"[..])]]);
}

/// A row that was set aside is tried again and has no room: what handlers have written for it goes with it.
#[test]
fn an_attempt_that_finds_no_room_takes_back_what_handlers_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.db");
    let open = || {
        let Storage::File { read_only, truncate, existing, temporary, path, .. } = file(&path) else { unreachable!() };
        let storage = Storage::File { limit_bytes: 1 << 20, read_only, truncate, existing, temporary, path };
        Opened(device_with_events().open(OpenOptions::new(&name(), storage)).unwrap())
    };
    let (mut pair, [database, _server]) = with_rows(open());
    // The device gives a row of the server the key that another one is about to get.
    change(&mut pair.device, 2, 0, Value::UInt(3));
    change(&mut pair.server, 1, 1, Value::from(&[b'x'; 60_000][..]));
    change(&mut pair.server, 1, 0, Value::UInt(3));
    assert_eq!(pair.pull(1 << 18, true).unwrap().code, Code::S_DUPLICATE);
    let refused = loop {
        write(&mut pair.device);
        let note = put(&mut pair.device, NOTE, &[]);
        pair.device.set_value(note, 0, Value::from(&[b'n'; 8000][..])).unwrap();
        if let Err(error) = pair.device.commit() {
            break error.code;
        }
    };
    assert_eq!(refused, Code::E_DISK_SPACE_EXHAUSTED);
    // Nothing was written since it was opened: the handler begins an epoch.
    drop(pair.device);
    drop(database);
    let database = open();
    pair.device = database.connect().unwrap();
    on(&mut pair.device, UPDATED, |c| c.new_object(SENSOR).map(drop));
    delete(&mut pair.device, 3);
    assert_eq!((pair.device.quarantine_count().unwrap(), all(&mut pair.device, SENSOR).len()), (1, 0));
    assert!(pair.read_up(1 << 18).is_none_or(|set| set.changes.is_empty() && set.notes.is_empty()), "nothing was written");

    commit(&mut pair.device, |c| c.delete_all(NOTE).unwrap());
    assert_eq!(pair.device.quarantine_count().unwrap(), 0);
    assert_eq!(all(&mut pair.device, SENSOR).len(), 1);
    pair.attach();
    pair.sync();
    assert_eq!(all(&mut pair.server, SENSOR).len(), 1);
}

#[test]
fn a_level_that_a_handler_leaves_open_is_an_error_of_the_call() {
    let (mut pair, _open) = with_rows(device_with_events().memory());
    let c = &mut pair.device;
    on(c, UPDATED, |c| c.begin(TransactionKind::ReadWrite, Priority(0)).map(drop));
    write(c);
    let row = c.find(1, &[Value::UInt(1)]).unwrap();
    assert_eq!(c.set_value(row, 1, Value::from(&b"new"[..])).unwrap_err().code, Code::E_TRANSACT);
    assert_eq!(c.commit().unwrap_err().code, Code::E_TRANSACT);
    assert!(c.transaction().is_none());
}
