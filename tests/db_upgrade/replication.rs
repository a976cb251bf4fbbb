//! What is remembered of rows for other nodes.

use crate::{ALARM, DEVICE, READING, insert, open, reading, rows};
use crate::{own, up};
use mcoiot::base::{AgentId, ChangeSet, Code, DbId, Marks, Position, State, Value};
use mcoiot::db::{Applied, Connection, CursorId, Incoming, IncomingParcel, Priority, TransactionKind};
use std::iter;
use std::path::Path;

/// A device that has sent some readings, has an alarm that waits and one reading that is pending.
fn device(path: &Path, schema: &str) -> Position {
    let db = open(path, schema);
    let (reading_class, alarm) = (db.class("Reading"), db.class("Alarm"));
    let mut c = db.connect();
    insert(&mut c, reading_class, (1..=3).map(reading));
    c.begin_streams(AgentId::SERVER, DbId(1), &Marks::default()).unwrap();
    insert(&mut c, alarm, [[Value::UInt(7)]]);
    let found = c.read_changes(up(AgentId::SERVER), Position::default(), 1 << 20, false, &|class| class != alarm).unwrap();
    let waiting = found.waiting;
    let set = own(found);
    assert_eq!((set.changes.len(), waiting), (3, Some(alarm)));
    c.save_mark(up(AgentId::SERVER), set.up_to).unwrap();
    insert(&mut c, reading_class, [reading(4)]);
    set.up_to
}

/// Applies a set that begins its stream.
fn apply(c: &mut Connection, set: &ChangeSet) -> Applied {
    let (stream, from, after, up_to) = (up(AgentId(1000)), AgentId(1000), set.after, set.up_to);
    let parcels = [IncomingParcel { schema: 0, body: vec![], set: set.clone(), strange: vec![] }];
    let as_of = Position::default();
    c.apply(&Incoming { stream, from, begins: true, reconcile: false, after, up_to, as_of, parcels: &parcels }).unwrap()
}

#[test]
fn what_a_device_has_to_send_survives_another_order_of_classes_and_fields() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let position = device(&path, &format!("{DEVICE}{READING}{ALARM}"));
    let swapped = "declare database d; iot device 2000;
        uptable class Alarm { unsigned<4> level; list; };
        uptable class Reading { double x; signed<4> extra = 5; unsigned<8> n; unique tree<n> by_n; list; };";
    let db = open(&path, swapped);
    assert_eq!(db.0.node().unwrap().agent, AgentId(1000), "the file keeps its agent");
    let (alarm, reading_class) = (db.class("Alarm"), db.class("Reading"));
    assert_eq!((alarm, reading_class), (1, 2));
    let mut c = db.connect();
    assert!(!c.wants_reconcile().unwrap());
    let row = |n: u64| vec![Value::Real(n as f64), Value::Int(5), Value::UInt(n)];
    assert_eq!(rows(&mut c, reading_class, None), [row(1), row(2), row(3), row(4)]);

    // The pending reading goes, the alarm still waits, and clear still knows.
    let found = c.read_changes(up(AgentId::SERVER), position, 1 << 20, false, &|class| class != alarm).unwrap();
    let waiting = found.waiting;
    let set = own(found);
    assert_eq!((set.changes.len(), waiting), (1, Some(alarm)));
    assert_eq!((set.changes[0].class, &set.changes[0].state), (reading_class, &State::Row(row(4))));
    c.save_mark(up(AgentId::SERVER), set.up_to).unwrap();
    c.clear(AgentId::SERVER, None).unwrap();
    assert_eq!((rows(&mut c, reading_class, None).len(), rows(&mut c, alarm, None).len()), (0, 1));
    let found = c.read_changes(up(AgentId::SERVER), set.up_to, 1 << 20, false, &|_| true).unwrap();
    let changes = own(found).changes;
    assert_eq!((changes.len(), changes[0].class), (1, alarm));
}

#[test]
fn what_a_server_remembers_of_rows_follows_their_class() {
    let folder = tempfile::tempdir().unwrap();
    let (path, device_path) = (folder.path().join("s.db"), folder.path().join("d.db"));
    let sender = open(&device_path, &format!("{DEVICE}{READING}{ALARM}"));
    let (reading_class, alarm) = (sender.class("Reading"), sender.class("Alarm"));
    let mut d = sender.connect();
    insert(&mut d, reading_class, (1..=4).map(reading));
    insert(&mut d, alarm, [[Value::UInt(7)]]);
    let peer = d.describe(AgentId(1000)).unwrap().unwrap();
    let set = d
        .read_changes(up(AgentId::SERVER), Position::default(), 1 << 20, false, &|class| class != alarm)
        .unwrap_or_else(|e| panic!("{e}"));
    let set = own(set);
    let server = |more: &str| format!("declare database d; iot server;\n{more}");
    let old = server("uptable class Reading { unsigned<4> n; double x; unique tree<x> by_x; list; autoid; };");
    {
        let db = open(&path, &old);
        let mut c = db.connect();
        insert(&mut c, 1, [[Value::UInt(0), Value::Real(2.0)]]);
        c.attach(&peer, peer.agent).unwrap();
        let applied = apply(&mut c, &set);
        assert_eq!((applied.code, applied.rows), (Code::S_DUPLICATE, 3));
    }
    let new = server(
        "uptable class Alarm { unsigned<4> level; list; };
         uptable class Reading { double x; signed<8> n; bool flag; unique tree<x> by_x; list; autoid; };",
    );
    let db = open(&path, &new);
    let mut c = db.connect();
    let (alarm_here, reading_here) = (db.class("Alarm"), db.class("Reading"));
    assert_eq!(rows(&mut c, reading_here, None).len(), 4);
    let outsider = rusqlite::Connection::open(&path).unwrap();
    let aside: (u16, Vec<u8>) =
        outsider.query_row("SELECT class, row FROM _mco_quarantine", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let bytes: Vec<u8> = iter::once(3).chain(2.0_f64.to_bits().to_le_bytes()).chain([1, 4, 2, 0]).collect();
    assert_eq!(aside, (reading_here, bytes), "a double, a signed 2, a bool");
    let autoid: (u16, i64) =
        outsider.query_row("SELECT class, next FROM _mco_autoids", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(autoid.0, reading_here);

    // What was received before does not speak for the new class; for the old one it does.
    c.attach(&peer, peer.agent).unwrap();
    let again = d.read_changes(up(AgentId::SERVER), Position::default(), 1 << 20, false, &|_| true).unwrap();
    let mut again = own(again);
    assert_eq!(again.changes.len(), 5);
    for change in &mut again.changes {
        change.class = if change.class == alarm { alarm_here } else { reading_here };
        if change.class == reading_here {
            change.state = State::Row(vec![Value::Real(9.0), Value::Int(9), Value::UInt(0)]);
        }
    }
    let applied = apply(&mut c, &again);
    assert_eq!((applied.code, applied.rows), (Code::S_OK, 1));
    assert_eq!(rows(&mut c, alarm_here, None), [[Value::UInt(7), Value::UInt(1000)]]);

    // Deleted here, it does not come back.
    c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    c.open_list(CursorId(1), alarm_here).unwrap();
    let object = c.cursor_object(CursorId(1), alarm_here).unwrap();
    c.delete(object).unwrap();
    c.commit().unwrap();
    for _ in 0..2 {
        assert_eq!(apply(&mut c, &again).rows, 0);
    }
}

#[test]
fn a_device_with_a_new_downtable_wants_everything_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    drop(open(&path, &format!("{DEVICE}{READING}")));
    let with_alarm = format!("{DEVICE}{READING}{ALARM}");
    assert!(!open(&path, &with_alarm).connect().wants_reconcile().unwrap(), "an uptable is our own");
    let with_config = format!("{with_alarm}downtable class Config {{ unsigned<4> n; list; }};");
    for _ in 0..2 {
        assert!(open(&path, &with_config).connect().wants_reconcile().unwrap());
    }
}
