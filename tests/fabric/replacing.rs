//! More than one connection of one agent.

use crate::kit::*;
use crate::puppet::Puppet;
use mcoiot::base::{AgentId, Code, Millis, Position};
use mcoiot::db::{Priority, TransactionKind};
use mcoiot::fabric::{CommParams, StopReason};

const AGENT: AgentId = AgentId(1000);

#[test]
fn older_connections_end_and_what_they_brought_is_known() {
    let mut server = Node::server();
    let mut old = Puppet::device(server.port(), 1000, 5);
    assert_eq!(old.attach(), Position::default());
    until("the server knows the device", || server.comm.find_connection(AGENT).is_some());
    let at_server = server.comm.find_connection(AGENT).unwrap();

    // A batch has come and waits for the writer's place when the agent connects again.
    server.db.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
    let up_to = old.measure(7, None);
    until("the batch has come", || at_server.statistics().received >= old.sent);
    let mut new = Puppet::device(server.port(), 1000, 5);
    new.meet();
    assert_eq!(old.end().0, Code::E_IOT_WRONG_AGENT_ID, "though its batch is not applied yet");
    let end = at_server.end();
    assert_eq!((end.reason, end.failure.error.code), (StopReason::NetworkError, Code::E_IOT_WRONG_AGENT_ID));
    new.announce();

    server.db.rollback().unwrap();
    assert_eq!(new.welcome(), up_to, "what the old one had brought is known to the new one");
    assert_eq!(server.ids_of(1000), [7]);
}

#[test]
fn a_handshake_that_is_not_complete_is_replaced_too() {
    let server = Node::server();
    let mut old = Puppet::device(server.port(), 1000, 5);
    old.accepted();
    let mut other = Puppet::device(server.port(), 2000, 6);
    other.accepted();
    let mut new = Puppet::device(server.port(), 1000, 5);
    new.establish();
    assert_eq!(old.end().0, Code::E_IOT_WRONG_AGENT_ID);
    let mut stranger = Puppet::device(server.port(), 1000, 6);
    assert_eq!(stranger.end().0, Code::E_IOT_WRONG_AGENT_ID, "another database of a connected agent");
    until("the server knows the device", || server.comm.find_connection(AGENT).is_some());
    other.establish();
}

#[test]
fn another_database_takes_the_place_of_a_connection_that_is_dead() {
    let server = Node::server_with(&CommParams { recv_timeout: Millis(6000), ..params() });
    let mut dead = Puppet::device(server.port(), 1000, 5);
    dead.establish();
    until("the server knows the device", || server.comm.find_connection(AGENT).is_some());
    let at_server = server.comm.find_connection(AGENT).unwrap();
    let again = || Puppet::device(server.port(), 1000, 6);
    assert_eq!(again().end().0, Code::E_IOT_WRONG_AGENT_ID, "it is still warm");
    let mut new = again();
    until("it is replaced", || {
        let refused = new.is_refused();
        if refused {
            new = again();
        }
        !refused
    });
    let end = at_server.end();
    assert_eq!(end.failure.error.code, Code::E_IOT_WRONG_AGENT_ID, "replaced, and not given up for its silence");
    new.establish();
}

/// Which of two connections lasts, when the second is opened by the other end.
fn crossing(first: (&Node, u16), second: (&Node, u16)) -> (Result<(), Code>, bool) {
    first.0.connect(first.1).unwrap();
    let connection = first.0.comm.next_connection(None).unwrap();
    until("both sides know each other", || second.0.comm.next_connection(None).is_some());
    let connected = second.0.connect(second.1);
    if connected.is_ok() {
        until("the first one is replaced", || connection.has_ended());
    }
    (connected, connection.has_ended())
}

fn both() -> (Node, Node, [u16; 2]) {
    let (server, device) = (Node::server(), Node::device(1000));
    device.comm.listen("127.0.0.1:0", None).unwrap();
    let ports = [server.port(), device.port()];
    (server, device, ports)
}

#[test]
fn of_two_connections_in_both_directions_both_ends_choose_the_same() {
    for round in 0..2 {
        let (mut server, mut device, [server_port, device_port]) = both();
        let (by_device, by_server) = ((&device, server_port), (&server, device_port));
        if round == 0 {
            assert_eq!(crossing(by_device, by_server), (Err(Code::E_IOT_WRONG_AGENT_ID), false));
        } else {
            assert_eq!(crossing(by_server, by_device), (Ok(()), true));
        }
        device.measure([1]);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
        assert_eq!(server.ids_of(1000), [1]);
    }
}

#[test]
fn nodes_that_connect_to_each_other_at_once_stay_connected() {
    for round in 0..20 {
        let (mut server, mut device, [server_port, device_port]) = both();
        let start = std::sync::Barrier::new(2);
        let (a, b) = std::thread::scope(|scope| {
            let (server, device, start) = (server.remote(), device.remote(), &start);
            let by_server = scope.spawn(move || {
                start.wait();
                server.connect(device_port)
            });
            start.wait();
            let by_device = device.connect(server_port);
            (by_server.join().unwrap(), by_device)
        });
        assert_eq!(b, Ok(()), "round {round}; the other way {a:?}");
        until("one connection is left", || {
            [&server, &device].iter().all(|node| {
                let first = node.comm.next_connection(None);
                first.is_some_and(|c| node.comm.next_connection(Some(c.id())).is_none())
            })
        });
        device.measure([1]);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK), "round {round}");
        assert_eq!(server.ids_of(1000), [1]);
    }
}
