//! Rows move: push, pull, wait, clear, reconnect.

use crate::kit::*;
use crate::proxy::Proxy;
use crate::puppet::Puppet;
use mcoiot::base::{AgentId, Code, Millis, Value};
use mcoiot::db::{CursorId, Priority, TransactionKind};
use mcoiot::fabric::{CommParams, ReplicatorParams};
use mcoiot::net::{Domain, SocketOptions};
use mcoiot::wire::frame::Kind;

#[test]
fn a_device_pushes_pulls_and_waits() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    server.configure(1, 0);
    server.configure(2, 1000);
    server.configure(3, 2000);
    device.connect(server.port()).unwrap();
    for id in 0..100 {
        device.measure([id]);
    }
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), (0..100).collect::<Vec<_>>());
    assert_eq!(device.ids(CONFIG), [1, 2], "the common row and its own");
    let row = &server.rows(SENSOR)[7];
    assert_eq!(row[1..3], [Value::Real(3.5), Value::from(&b"note 7"[..])]);
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    device.measure([100]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000).len(), 101);
}

#[test]
fn clear_removes_what_is_acknowledged_and_nothing_else() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    device.measure(0..10);
    device.sync(SERVER, PUSH | WAIT).unwrap();
    device.measure(10..15);
    device.repl.clear(SERVER, None).unwrap();
    assert_eq!(device.ids(SENSOR), (10..15).collect::<Vec<_>>());
    assert_eq!(server.ids(SENSOR).len(), 10);
    let code = |target, class| device.repl.clear(target, class).map_err(|e| e.code);
    assert_eq!(code(AgentId::THIS, None), Err(Code::E_IOT_WRONG_AGENT_ID));
    assert_eq!(code(SERVER, Some(99)), Err(Code::E_ILLEGAL_PARAM));
    assert_eq!(code(AgentId(77), None), Ok(()));
}

#[test]
fn the_server_pushes_and_pulls_too() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    until("the server knows the device", || server.comm.find_connection(AgentId(1000)).is_some());
    device.measure(0..5);
    server.configure(1, 1000);
    assert_eq!(server.sync(AgentId(1000), BOTH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), [0, 1, 2, 3, 4]);
    assert_eq!(device.ids(CONFIG), [1]);
    assert_eq!(server.sync(AgentId(2000), PUSH), Err(Code::E_IOT_AGENT_NOT_FOUND));
    assert_eq!(server.sync(AgentId::ALL, PUSH | WAIT), Err(Code::E_ILLEGAL_PARAM));
}

#[test]
fn nothing_is_lost_or_doubled_over_a_reconnection() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    let proxy = Proxy::new(server.port());
    for round in 0..5 {
        device.connect(proxy.port).unwrap();
        device.measure(round * 10..round * 10 + 10);
        device.sync(SERVER, PUSH | WAIT).unwrap();
        proxy.cut();
        until("both sides have seen the cut", || {
            device.comm.find_connection(SERVER).is_none() && server.comm.find_connection(AgentId(1000)).is_none()
        });
        assert_eq!(device.sync(SERVER, PUSH), Err(Code::E_IOT_AGENT_NOT_FOUND));
    }
    assert_eq!(server.ids_of(1000), (0..50).collect::<Vec<_>>());
}

#[test]
fn two_devices_do_not_see_each_others_rows() {
    let mut server = Node::server();
    let mut devices = [Node::device(1000), Node::device(2000)];
    server.configure(1, 1000);
    server.configure(2, 2000);
    server.configure(3, 0);
    for (n, device) in (0..).zip(&mut devices) {
        device.connect(server.port()).unwrap();
        device.measure(n * 100..n * 100 + 20);
        device.sync(SERVER, BOTH | WAIT).unwrap();
    }
    assert_eq!(server.ids_of(1000), (0..20).collect::<Vec<_>>());
    assert_eq!(server.ids_of(2000), (100..120).collect::<Vec<_>>());
    assert_eq!((devices[0].ids(CONFIG), devices[1].ids(CONFIG)), (vec![1, 3], vec![2, 3]));
}

#[test]
fn a_wait_has_a_limit_and_a_lost_connection_ends_it() {
    let server = Node::server();
    let limited = ReplicatorParams { wait_timeout: Millis(100), ..ReplicatorParams::default() };
    let mut device = Node::with(database(&device_schema(1000)), &params(), &limited);
    let proxy = Proxy::new(server.port());
    device.connect(proxy.port).unwrap();
    device.measure([1]);
    proxy.stall(true);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_IOT_TIMEOUT));
    proxy.cut();
    until("the cut is seen", || device.comm.find_connection(SERVER).is_none());

    let patient = Node::device(2000);
    proxy.stall(false);
    patient.connect(proxy.port).unwrap();
    proxy.stall(true);
    std::thread::scope(|scope| {
        let remote = patient.remote();
        let waits = scope.spawn(move || remote.sync(SERVER, PULL | WAIT));
        proxy.cut();
        let code = waits.join().unwrap();
        assert!(matches!(code, Err(Code::E_NW_CLOSED | Code::E_IOT_AGENT_NOT_FOUND)), "{code:?}");
    });
}

#[test]
fn a_thread_with_an_open_writing_transaction_must_not_wait() {
    let server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    device.db.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_TRANS_NOT_CLOSED));
    assert_eq!(device.repl.clear(SERVER, None).map_err(|e| e.code), Err(Code::E_TRANS_NOT_CLOSED));
    assert_eq!(device.repl.stop().map_err(|e| e.code), Err(Code::E_TRANS_NOT_CLOSED));
    assert_eq!(device.comm.stop().map_err(|e| e.code), Err(Code::E_TRANS_NOT_CLOSED));
    device.db.rollback().unwrap();
    device.sync(SERVER, PUSH | WAIT).unwrap();
}

#[test]
fn a_writer_of_the_application_delays_acknowledgments_but_not_the_connection() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    device.measure(0..10);
    let database = server.db.database().clone();
    server.db.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    std::thread::scope(|scope| {
        let remote = device.remote();
        let waits = scope.spawn(move || remote.sync(SERVER, PUSH | WAIT));
        until("the rows are there", || database.stat().unwrap().writers_waiting == 1);
        server.db.rollback().unwrap();
        assert_eq!(waits.join().unwrap(), Ok(Code::S_OK));
    });
    assert_eq!(server.ids_of(1000).len(), 10);
}

#[test]
fn rows_of_a_class_that_the_server_lacks_wait_and_are_not_cleared() {
    let mut server = Node::server();
    let schema = format!("{}\nuptable class Alarm {{ unsigned<4> id; list; }};", device_schema(1000));
    let mut device = Node::with(database(&schema), &params(), &ReplicatorParams::default());
    let alarm = device.db.database().dictionary().class_named("Alarm").unwrap().code;
    device.connect(server.port()).unwrap();
    device.measure(0..3);
    device.measure(3..5);
    device.write(|db| {
        db.new_object(alarm).unwrap();
        let row = db.new_object(SENSOR).unwrap();
        db.set_value(row, 0, Value::UInt(5)).unwrap();
    });
    device.measure([6]);
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE), "rows wait, and the caller is told");
    assert_eq!(server.ids_of(1000), [0, 1, 2, 3, 4, 5, 6], "other classes go on");
    device.measure([7]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    device.repl.clear(SERVER, None).unwrap();
    assert_eq!((device.ids(SENSOR), device.rows(alarm).len()), (vec![], 1));

    // The same after a new connection; and without the row nothing is left to complain of.
    device.connect(server.port()).unwrap();
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    assert_eq!(server.sync(AgentId(1000), PULL | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    device.write(|db| {
        db.open_list(CursorId(1), alarm).unwrap();
        let row = db.cursor_object(CursorId(1), alarm).unwrap();
        db.delete(row).unwrap();
    });
    device.measure([8]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn both_versions_of_ip_and_local_sockets_lead_to_the_server() {
    let server = Node::with(database(&server_schema()), &params(), &ReplicatorParams::default());
    server.comm.listen("0", None).unwrap();
    let port = server.comm.listen_port("0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("server.sock");
    let local = SocketOptions { domain: Domain::Local, ..SocketOptions::default() };
    server.comm.listen(path.to_str().unwrap(), Some(&local)).unwrap();
    let mut device = Node::device(1000);
    let addresses = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), port.to_string(), format!("[::1]:{port}")];
    let mut connects: Vec<(String, Option<&SocketOptions>)> = addresses.into_iter().map(|a| (a, None)).collect();
    connects.push((path.to_str().unwrap().into(), Some(&local)));
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        connects.remove(3);
    }
    for (address, options) in connects {
        device.repl.connect(&address, Millis(20_000), options).unwrap();
        let connection = device.comm.find_connection(SERVER).unwrap();
        device.measure([1]);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK), "{address}");
        assert_eq!(connection.address(), address);
        connection.disconnect();
        until("gone", || device.comm.find_connection(SERVER).is_none() && server.comm.next_connection(None).is_none());
    }
}

/// A puppet says in its Hello that it takes nothing compressed, and ends the connection if it gets any.
#[test]
fn a_peer_of_a_release_without_compression_gets_rows_as_they_are() {
    let mut server = Node::server_with(&CommParams { compression: 9, ..params() });
    let mut older = Puppet::device(server.port(), 1000, 5);
    older.attach();
    for id in 0..500 {
        server.configure(id, 1000);
    }
    assert_eq!(server.sync(AgentId(1000), PUSH | NONBLOCK), Ok(Code::S_OK));
    older.wait_for(Kind::Batch, 1);
    let statistics = server.comm.find_connection(AgentId(1000)).unwrap().statistics();
    assert_eq!((statistics.sent_ratio, statistics.received_ratio), (100, 100));
}
