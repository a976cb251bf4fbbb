//! Devices and their server get a changed schema one after the other.

use crate::kit::*;
use mcoiot::base::{AgentId, Code, Value};
use mcoiot::db::CursorId;
use mcoiot::fabric::{Reason, ReplicatorParams};
use std::path::Path;

/// Has a field in front and a class more than the schemas of the kit.
const NEW: &str = "uptable class Alarm { unsigned<8> id; list; };
uptable class Sensor { double factor = 1.5; unsigned<8> id; double value; string note; list; };
downtable class Config { unsigned<8> id; string text; list; };";

fn open(path: &Path, schema: &str) -> Node {
    let node = Node::with(database_in(path, schema), &params(), &ReplicatorParams::default());
    if schema.contains("iot server") {
        node.comm.listen("127.0.0.1:0", None).unwrap();
    }
    node
}

fn insert(node: &mut Node, class: &str, field: u16, ids: impl IntoIterator<Item = u64>) {
    let class = code(node, class);
    for id in ids {
        node.write(|db| {
            let row = db.new_object(class).unwrap();
            db.set_value(row, field, Value::UInt(id)).unwrap();
        });
    }
}

fn code(node: &Node, class: &str) -> u16 {
    node.db.database().dictionary().class_named(class).unwrap().code
}

/// Values of one field, sorted.
fn field(node: &mut Node, class: &str, field: usize) -> Vec<u64> {
    let class = code(node, class);
    let id = |row: Vec<Value>| if let Value::UInt(n) = row[field] { n } else { panic!("{row:?}") };
    let mut ids: Vec<u64> = node.rows(class).into_iter().map(id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn a_device_that_is_ahead_of_its_server_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (device_file, server_file) = (folder.path().join("device.db"), folder.path().join("server.db"));
    let new_device = format!("iot device 1000;\n{NEW}");
    let mut server = open(&server_file, &server_schema());
    {
        let mut device = open(&device_file, &device_schema(1000));
        device.connect(server.port()).unwrap();
        device.measure(0..3);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
        device.measure(3..6);
    }

    // The device has the new schema, with rows that were made under the old one.
    let mut device = open(&device_file, &new_device);
    insert(&mut device, "Alarm", 0, 0..3);
    insert(&mut device, "Sensor", 1, 6..9);
    device.connect(server.port()).unwrap();
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    assert_eq!(server.ids_of(1000), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    device.repl.clear(SERVER, None).unwrap();
    assert!(field(&mut device, "Sensor", 1).is_empty());
    assert_eq!(field(&mut device, "Alarm", 0), [0, 1, 2]);
    drop(server);
    drop(device);

    // The server follows; the device has been restarted meanwhile.
    let mut server = open(&server_file, &format!("iot server;\n{NEW}"));
    let mut device = open(&device_file, &new_device);
    insert(&mut device, "Alarm", 0, [3]);
    device.connect(server.port()).unwrap();
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    assert_eq!(field(&mut server, "Alarm", 0), [0, 1, 2, 3]);
    assert_eq!(field(&mut server, "Sensor", 1), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let sensor = code(&server, "Sensor");
    assert!(server.rows(sensor).iter().all(|row| row[0] == Value::Real(1.5) && row[4] == Value::UInt(1000)));
    device.repl.clear(SERVER, None).unwrap();
    assert!(field(&mut device, "Alarm", 0).is_empty());
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
}

#[test]
fn null_travels_between_schemas_that_have_it_and_others() {
    let with =
        |schema: String| schema.replace("double value; string note;", "nullable double value = 0.5; nullable string note;");
    let node = |schema: &str| Node::with(database(schema), &params(), &ReplicatorParams::default());
    let below = |value| Value::Null(Some(Box::new(value)));
    for (server_has_it, through_routers) in [(true, false), (true, true), (false, true)] {
        let schema = if server_has_it { with(server_schema()) } else { server_schema() };
        let mut server = node(&schema);
        server.comm.listen("127.0.0.1:0", None).unwrap();
        // The router has another schema of its own, and passes on what it was given.
        let router = through_routers.then(|| crate::tree::router(10, 2, server.port()));
        let mut device = node(&with(device_schema(1000)));
        device.connect(router.as_ref().map_or(server.port(), Node::port)).unwrap();
        device.write(|db| {
            for id in 0..4 {
                let row = db.new_object(SENSOR).unwrap();
                db.set_value(row, 0, Value::UInt(id)).unwrap();
                db.set_value(row, 2, Value::from(&b"note"[..])).unwrap();
                db.set_null(row, 1, id % 2 == 1).unwrap();
                db.set_null(row, 2, id >= 2).unwrap();
            }
        });
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        let row = |id: u64| {
            let null = |is: bool, value: Value| if is && server_has_it { below(value) } else { value };
            let (value, note) = (null(id % 2 == 1, Value::Real(0.5)), null(id >= 2, Value::from(&b"note"[..])));
            vec![Value::UInt(id), value, note, Value::UInt(1000)]
        };
        assert_eq!(server.rows(SENSOR), (0..4).map(row).collect::<Vec<_>>(), "{server_has_it} {through_routers}");
        // A later version takes NULL away.
        device.write(|db| {
            db.open_list(CursorId(1), SENSOR).unwrap();
            db.cursor_last(CursorId(1)).unwrap();
            let last = db.cursor_object(CursorId(1), SENSOR).unwrap();
            db.set_null(last, 2, false).unwrap();
        });
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        assert_eq!(server.rows(SENSOR)[3][2], Value::from(&b"note"[..]));
    }
}

#[test]
fn a_server_keeps_rows_for_a_device_that_is_behind() {
    let new = "downtable class Plan { unsigned<8> id; list; };";
    let mut server = Node::with(database(&format!("{}\n{new}", server_schema())), &params(), &ReplicatorParams::default());
    server.comm.listen("127.0.0.1:0", None).unwrap();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    insert(&mut server, "Plan", 0, 0..2);
    server.configure(1, 0);
    assert_eq!(device.sync(SERVER, PULL | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    assert_eq!(device.ids(CONFIG), [1], "other classes go on");
    until("the server knows what the device has", || {
        server.repl.clear(AgentId::ALL, None).unwrap();
        server.ids(CONFIG).is_empty()
    });
    assert_eq!(field(&mut server, "Plan", 0), [0, 1]);
}

#[test]
fn a_server_keeps_rows_for_a_device_that_is_behind_routers_too() {
    let new = "downtable class Plan { unsigned<8> id; list; };";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("device.db");
    let mut server = Node::with(database(&format!("{}\n{new}", server_schema())), &params(), &ReplicatorParams::default());
    server.comm.listen("127.0.0.1:0", None).unwrap();
    let upper = crate::tree::router(10, 2, server.port());
    let lower = crate::tree::router(11, 3, upper.port());
    let plan = code(&server, "Plan");
    for (id, receiver) in [(0, 0), (1, 1000)] {
        server.write(|db| {
            let row = db.new_object(plan).unwrap();
            db.set_value(row, 0, Value::UInt(id)).unwrap();
            db.set_value(row, 1, Value::UInt(receiver)).unwrap();
        });
    }
    server.configure(1, 0);
    {
        let mut device = open(&file, &device_schema(1000));
        device.connect(lower.port()).unwrap();
        assert_eq!(device.sync(SERVER, PULL | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
        assert_eq!(device.ids(CONFIG), [1], "other classes go on");
        assert_eq!(server.sync(AgentId(1000), PUSH | WAIT | DEEP_ACK), Err(Code::E_IOT_INCOMPATIBLE_MODE));
        let status = server.repl.status().unwrap();
        let waits = status.iter().find(|s| (s.agent, s.class) == (AgentId(1000), Some(plan))).unwrap();
        assert_eq!(waits.reason, Reason::ClassUnknown, "{status:?}");
        until("the server knows what the device has", || {
            server.repl.clear(AgentId::ALL, None).unwrap();
            server.ids(CONFIG).is_empty()
        });
        assert_eq!(field(&mut server, "Plan", 0), [0, 1], "clear leaves what it lacks");
    }
    // The device follows, with other rows on their way.
    server.configure(2, 1000);
    let mut device = open(&file, &format!("{}\n{new}", device_schema(1000)));
    device.connect(lower.port()).unwrap();
    assert_eq!(device.sync(SERVER, PULL | WAIT), Ok(Code::S_OK));
    assert_eq!((field(&mut device, "Plan", 0), device.ids(CONFIG)), (vec![0, 1], vec![1, 2]));
    until("nothing is held for it any more", || {
        let _ = server.sync(AgentId(1000), PUSH | WAIT | DEEP_ACK);
        server.repl.clear(AgentId::ALL, None).unwrap();
        field(&mut server, "Plan", 0).is_empty()
    });
}

#[test]
fn rows_of_a_class_that_the_server_gets_later_have_waited_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.db");
    let mut server = open(&file, &server_schema());
    {
        let router = crate::tree::router(10, 2, server.port());
        let mut device = Node::with(database(&format!("iot device 1000;\n{NEW}")), &params(), &ReplicatorParams::default());
        device.connect(router.port()).unwrap();
        insert(&mut device, "Alarm", 0, 0..3);
        insert(&mut device, "Sensor", 1, 3..5);
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        assert!(server.db.next_strange(0).unwrap().is_some());
        assert_eq!(server.ids_of(1000), [3, 4]);
    }
    drop(server);
    let mut server = open(&file, &format!("iot server;\n{NEW}"));
    until("they have their class", || server.db.next_strange(0).unwrap().is_none());
    assert_eq!((field(&mut server, "Alarm", 0), field(&mut server, "Sensor", 1)), (vec![0, 1, 2], vec![3, 4]));
}

#[test]
fn blobs_travel_through_a_router_and_wait_where_they_have_no_class() {
    let with = |schema: &str| format!("{schema}\nuptable class Picture {{ blob image; unsigned<8> id; blob more; list; }};");
    let node = |schema: &str| Node::with(database(schema), &params(), &ReplicatorParams::default());
    let mut server = node(&with(&server_schema()));
    server.comm.listen("127.0.0.1:0", None).unwrap();
    // The router lacks the class, and passes its rows on.
    let router = crate::tree::router(10, 2, server.port());
    let mut device = node(&with(&device_schema(1000)).replace(" blob more;", ""));
    device.connect(router.port()).unwrap();
    let picture = code(&device, "Picture");
    let large = vec![7; 3 << 20];
    let contents: [Option<&[u8]>; 4] = [None, Some(b""), Some(&large), Some(b"\0x\0")];
    for (id, content) in (0..).zip(contents) {
        device.write(|db| {
            let row = db.new_object(picture).unwrap();
            db.set_value(row, 1, Value::UInt(id)).unwrap();
            if let Some(bytes) = content {
                db.append(row, 0, bytes).unwrap();
            }
        });
    }
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    let row = |(id, content): (u64, Option<&[u8]>)| {
        vec![content.map_or(Value::NULL, Value::from), Value::UInt(id), Value::NULL, Value::UInt(1000)]
    };
    let picture_there = code(&server, "Picture");
    assert!(server.rows(picture_there) == (0..).zip(contents).map(row).collect::<Vec<_>>());
    // What is appended later travels as a new version of the row, and so does that it was erased.
    device.write(|db| {
        db.open_list(CursorId(1), picture).unwrap();
        let first = db.cursor_object(CursorId(1), picture).unwrap();
        db.append(first, 0, b"late").unwrap();
        db.cursor_last(CursorId(1)).unwrap();
        let last = db.cursor_object(CursorId(1), picture).unwrap();
        db.set_null(last, 0, true).unwrap();
    });
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    let rows = server.rows(picture_there);
    assert_eq!((&rows[0][0], &rows[3][0]), (&Value::from(&b"late"[..]), &Value::NULL));
}
