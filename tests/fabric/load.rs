//! Many callers at once.

use crate::kit::*;
use mcoiot::base::{AgentId, Code};

#[test]
fn twenty_threads_sync_at_once() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    device.measure(0..500);
    std::thread::scope(|scope| {
        for number in 0..20 {
            let device = device.remote();
            scope.spawn(move || {
                for round in 0..10 {
                    let flags = [PUSH, PULL, BOTH, PUSH | WAIT, PULL | WAIT, BOTH | WAIT][(number + round) % 6];
                    let code = device.sync(SERVER, flags);
                    assert!(matches!(code, Ok(Code::S_OK | Code::S_IOT_NO_NEW_DATA)), "{code:?}");
                }
            });
        }
    });
    assert_eq!(device.sync(SERVER, PUSH | WAIT).map(drop), Ok(()));
    assert_eq!(server.ids_of(1000), (0..500).collect::<Vec<_>>());
}

#[test]
fn ten_devices_push_at_once_while_the_server_writes() {
    let mut server = Node::server();
    let port = server.port();
    std::thread::scope(|scope| {
        for number in 0..10 {
            scope.spawn(move || {
                let mut device = Node::device(1000 + number);
                device.connect(port).unwrap();
                for id in 0..20 {
                    device.measure([id]);
                    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
                }
            });
        }
        for id in 0..20 {
            server.configure(id, 0);
        }
    });
    for number in 0..10 {
        assert_eq!(server.ids_of(1000 + number), (0..20).collect::<Vec<_>>());
    }
}

#[test]
fn a_backlog_larger_than_the_window_arrives_whole() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.measure(0..60_000);
    for id in 0..300 {
        device.measure([60_000 + id]);
    }
    device.connect(server.port()).unwrap();
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), (0..60_300).collect::<Vec<_>>());
    until("the server knows the device", || server.comm.find_connection(AgentId(1000)).is_some());
}
