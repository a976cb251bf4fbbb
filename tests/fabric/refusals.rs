//! Peers that do not fit, and things that are no peers.

use crate::kit::*;
use crate::proxy::Proxy;
use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::fabric::{CommParams, Communicator, Replicator, ReplicatorParams, StopReason};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

#[test]
fn a_port_without_listener_refuses_and_a_silent_one_times_out() {
    let device = Node::device(1000);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap().port();
    let refused = device.repl.connect(&format!("127.0.0.1:{free}"), Millis(5000), None).unwrap_err();
    assert_eq!((refused.error.code, refused.errno), (Code::E_NW_CONNECT, libc::ECONNREFUSED));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("127.0.0.1:{}", silent.local_addr().unwrap().port());
    let late = device.repl.connect(&address, Millis(100), None).unwrap_err();
    assert_eq!(late.error.code, Code::E_NW_TIMEOUT);
    let invalid = device.repl.connect("host:0", Millis(100), None).unwrap_err();
    assert_eq!(invalid.error.code, Code::E_NW_INVADDR);
}

#[test]
fn peers_of_one_role_are_refused() {
    let server = Node::server();
    let other = Node::server();
    assert_eq!(other.connect(server.port()), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    let (a, b) = (Node::device(1000), Node::device(2000));
    a.comm.listen("127.0.0.1:0", None).unwrap();
    assert_eq!(b.connect(a.port()), Err(Code::E_IOT_INCOMPATIBLE_MODE));
}

#[test]
fn schemas_that_cannot_be_converted_are_refused_on_both_sides() {
    let server = Node::server();
    let schema = "iot device 1000;\nuptable class Sensor { string id; double value; string note; list; };";
    let device = Node::with(database(schema), &params(), &ReplicatorParams::default());
    let failure = device.repl.connect(&format!("127.0.0.1:{}", server.port()), Millis(20_000), None).unwrap_err();
    assert_eq!(failure.error.code, Code::E_IOT_INCOMPATIBLE_MODE);
    for part in ["Sensor", "id", "string", "unsigned<8>"] {
        assert!(failure.error.text.contains(part), "{part} is missing in {}", failure.error.text);
    }
    assert!(server.comm.next_connection(None).is_none());
}

#[test]
fn fields_of_one_side_only_are_left_out_or_defaulted() {
    let mut server = Node::server();
    let schema = "iot device 1000;\nuptable class Sensor { float value; unsigned<2> id; unsigned<4> extra; list; };";
    let mut device = Node::with(database(schema), &params(), &ReplicatorParams::default());
    device.connect(server.port()).unwrap();
    device.write(|db| {
        let row = db.new_object(1).unwrap();
        db.set_value(row, 0, mcoiot::base::Value::Real(1.5)).unwrap();
        db.set_value(row, 1, mcoiot::base::Value::UInt(7)).unwrap();
    });
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    use mcoiot::base::Value::{Bytes, Real, UInt};
    assert_eq!(server.rows(SENSOR), [[UInt(7), Real(1.5), Bytes(Box::default()), UInt(1000)]]);
}

#[test]
fn a_second_database_of_one_agent_is_refused_while_the_first_is_connected() {
    let server = Node::server();
    let first = Node::device(1000);
    first.connect(server.port()).unwrap();
    until("the server knows the device", || server.comm.find_connection(AgentId(1000)).is_some());
    let second = Node::device(1000);
    assert_eq!(second.connect(server.port()), Err(Code::E_IOT_WRONG_AGENT_ID));
    assert_eq!(first.sync(SERVER, PULL | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    drop(first);
    until("the first is gone", || server.comm.find_connection(AgentId(1000)).is_none());
    assert_eq!(second.connect(server.port()), Ok(()));
}

#[test]
fn a_new_connection_of_the_same_database_replaces_the_old() {
    let server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    let old = device.comm.find_connection(SERVER).unwrap();
    until("the server knows the device", || server.comm.find_connection(AgentId(1000)).is_some());
    device.connect(server.port()).unwrap();
    until("the old one has ended", || old.has_ended());
    let end = old.end();
    assert_eq!((end.reason, end.failure.error.code), (StopReason::NetworkError, Code::E_IOT_WRONG_AGENT_ID));
    device.measure([1]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
}

#[test]
fn garbage_closes_only_its_own_connection() {
    let server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    let garbage: [&[u8]; 4] = [b"GET / HTTP/1.1\r\n\r\n", &[0; 100], &[0xFF; 5000], b"MCOI"];
    for bytes in garbage {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        // A reset is as good as an end.
        let _ = stream.read_to_end(&mut rest);
    }
    device.measure([1]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
}

#[test]
fn a_stalled_peer_does_not_stop_others_and_is_closed_in_time() {
    let params = CommParams { recv_timeout: Millis(2000), ..params() };
    let mut server = Node::server_with(&params);
    let proxy = Proxy::new(server.port());
    let mut stalled = Node::device(1000);
    stalled.connect(proxy.port).unwrap();
    stalled.measure(0..1000);
    proxy.stall(true);
    let _ = stalled.sync(SERVER, PUSH);
    let mut other = Node::device(2000);
    other.connect(server.port()).unwrap();
    for id in 0..20 {
        other.measure([id]);
        assert_eq!(other.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    }
    until("the stalled one is closed", || server.comm.find_connection(AgentId(1000)).is_none());
    assert_eq!(server.ids_of(2000).len(), 20);
}

#[test]
fn a_replicator_needs_a_node_and_its_own_communicator() {
    let plain = database("class Note { string text; };");
    let comm = Communicator::create(&params()).unwrap();
    let code = |db, comm, params| Replicator::create(db, comm, params).map(drop).map_err(|e| e.code);
    let defaults = ReplicatorParams::default();
    assert_eq!(code(&plain, &comm, &defaults), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    let device = Node::device(1000);
    assert_eq!(code(&device.db, &comm, &defaults), Err(Code::E_INSTANCE_DUPLICATE));
    let other = database(&device_schema(2000));
    assert_eq!(code(&other, &device.comm, &defaults), Err(Code::E_IOT_DUPLICATE_CALLBACK));
    comm.stop().unwrap();
    assert_eq!(code(&other, &comm, &defaults), Err(Code::E_IOT_STOPPED));
}

#[test]
fn one_database_connection_is_enough_and_none_is_an_error() {
    let schema = device_schema(1000);
    for (limit, expected) in [(1, Err(Code::E_SESLIMIT)), (2, Ok(()))] {
        let db = limited_database(&schema, limit);
        let comm = Communicator::create(&params()).unwrap();
        let made = Replicator::create(&db, &comm, &ReplicatorParams::default());
        assert_eq!(made.as_ref().map(|_| ()).map_err(|e| e.code), expected);
        if let Ok(repl) = made {
            let server = Node::server();
            repl.connect(&format!("127.0.0.1:{}", server.port()), Millis(20_000), None).unwrap();
            assert_eq!(repl.sync(SERVER, BOTH | WAIT).map_err(|e| e.code), Ok(Code::S_IOT_NO_NEW_DATA));
            repl.destroy().unwrap();
        }
        assert_eq!(db.database().connections().1, 1, "only the application's own is left");
        comm.stop().unwrap();
    }
}
