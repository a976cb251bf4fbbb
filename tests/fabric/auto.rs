//! Syncs that nobody calls for.

use crate::kit::*;
use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::fabric::AutoSync;

const NEVER: Millis = Millis::INFINITE;
/// Nothing would start it.
const NOTHING: AutoSync = AutoSync { flags: BOTH, on_connect: false, clear: false, after_commit: NEVER, period: NEVER };

#[test]
fn a_device_needs_no_sync_call() {
    let mut server = Node::server();
    server.configure(1, 0);
    let mut device = Node::device(1000);
    device.measure(0..3);
    device.repl.auto_sync(Some(AutoSync { after_commit: Millis(1), clear: true, ..AutoSync::default() })).unwrap();
    device.connect(server.port()).unwrap();
    until("what was there before the connection has gone both ways", || {
        server.ids_of(1000) == [0, 1, 2] && device.ids(CONFIG) == [1]
    });
    for n in 3..10 {
        device.measure([n]);
    }
    until("what is committed goes", || server.ids_of(1000).len() == 10);
    until("and is cleared", || device.ids(SENSOR).is_empty());
    assert_eq!(server.ids_of(1000), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_server_sends_what_it_commits() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    server.repl.auto_sync(Some(AutoSync { after_commit: Millis(0), ..NOTHING })).unwrap();
    server.configure(1, 1000);
    until("the device has it", || device.ids(CONFIG) == [1]);
    server.repl.auto_sync(None).unwrap();
    server.configure(2, 1000);
    assert_eq!(device.sync(AgentId::SERVER, PULL | WAIT), Ok(Code::S_OK), "nobody has sent the second row");
}

#[test]
fn what_is_due_from_time_to_time_comes_again() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.repl.auto_sync(Some(AutoSync { period: Millis(20), ..NOTHING })).unwrap();
    device.connect(server.port()).unwrap();
    for n in 0..3 {
        server.configure(n, 0);
        until("it has come by itself", || device.ids(CONFIG).len() == n as usize + 1);
    }
    until("the connection is known", || server.comm.find_connection(AgentId(1000)).is_some());
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
    let server = Node::server();
    let good = AutoSync { on_connect: true, ..NOTHING };
    for params in
        [NOTHING, AutoSync { flags: 0, ..good }, AutoSync { flags: BOTH | WAIT, ..good }, AutoSync { period: Millis(0), ..good }]
    {
        assert_eq!(server.repl.auto_sync(Some(params)).map_err(|e| e.code), Err(Code::E_ILLEGAL_PARAM), "{params:?}");
    }
    server.repl.auto_sync(Some(good)).unwrap();
    server.repl.stop().unwrap();
    assert_eq!(server.repl.auto_sync(None).map_err(|e| e.code), Err(Code::E_IOT_STOPPED));
}
