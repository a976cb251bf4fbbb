//! What waits, and why.

use crate::kit::*;
use mcoiot::base::{AgentId, Code, Level, Way};
use mcoiot::fabric::{Reason, ReplicatorParams, Status};

const DEVICE: AgentId = AgentId(1000);

/// The entry of a class for an agent; `None` for the class: of its stream.
fn of(node: &Node, agent: AgentId, class: Option<u16>) -> Option<Status> {
    node.repl.status().unwrap().into_iter().find(|s| (s.agent, s.class) == (agent, class))
}

fn numbers(status: &Option<Status>) -> Option<(Way, u64, Reason)> {
    status.as_ref().map(|s| (s.way, s.rows, s.reason))
}

#[test]
fn a_device_tells_what_waits_from_the_first_row_to_the_acknowledgment() {
    let mut device = Node::device(1000);
    assert_eq!(
        numbers(&of(&device, SERVER, None)),
        Some((Way::Up, 0, Reason::NotConnected)),
        "not connected, even if nothing waits"
    );
    device.measure(0..3);
    let waiting = of(&device, SERVER, Some(SENSOR)).unwrap();
    assert_eq!((waiting.rows, waiting.reason, waiting.last_ack), (3, Reason::NotConnected, None));
    assert!(waiting.bytes >= 3 * 8, "{waiting:?}");
    let server = Node::server();
    device.connect(server.port()).unwrap();
    until("it is taken in, and nobody has asked", || {
        numbers(&of(&device, SERVER, Some(SENSOR))) == Some((Way::Up, 3, Reason::Sync))
    });
    for id in 3..40 {
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
        assert_eq!(of(&device, SERVER, Some(SENSOR)), None, "the server is the parent and has acknowledged all");
        device.measure(id..id + 1);
    }
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    let done = of(&device, SERVER, None).unwrap();
    assert_eq!((done.rows, done.reason), (0, Reason::Nothing));
    assert!(done.last_ack.is_some() && done.acknowledged.0 > 0);
    let text = device.repl.status_text().unwrap();
    assert!(text.starts_with("up to 1: nothing waits; last acknowledgment ") && text.ends_with(" ago\n"), "{text}");
}

#[test]
fn a_server_tells_for_whom_rows_wait() {
    let mut server = Node::server();
    let device = Node::device(1000);
    device.connect(server.port()).unwrap();
    assert_eq!(device.sync(SERVER, PULL | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    server.configure(1, 1000);
    assert_eq!(numbers(&of(&server, DEVICE, Some(CONFIG))), Some((Way::Down, 1, Reason::Sync)));
    device.repl.stop().unwrap();
    until("the device is gone", || numbers(&of(&server, DEVICE, Some(CONFIG))) == Some((Way::Down, 1, Reason::NoRoute)));
    assert!(server.repl.status_text().unwrap().contains("down to 1000 Config: 1 rows, "));
}

#[test]
fn rows_that_a_router_has_are_told_on_both_sides() {
    let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
    let router = Node::with(database(&schema), &params(), &ReplicatorParams::default());
    router.repl.set_level(Level(2)).unwrap();
    router.comm.listen("127.0.0.1:0", None).unwrap();
    let mut device = Node::device(1000);
    device.connect(router.port()).unwrap();
    device.measure(0..5);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    let waiting = of(&device, SERVER, Some(SENSOR));
    assert_eq!(numbers(&waiting), Some((Way::Up, 5, Reason::FinalNode)));
    let acknowledged = of(&device, AgentId(10), None).unwrap().acknowledged;
    assert_eq!(waiting.map(|s| (s.acknowledged, s.confirmed.0)), Some((acknowledged, 0)));
    assert_eq!(
        numbers(&of(&router, SERVER, None)),
        Some((Way::Up, 5, Reason::NotConnected)),
        "without a class: it keeps them as they came"
    );
    let server = Node::server();
    router.connect(server.port()).unwrap();
    until("the server has confirmed", || of(&device, SERVER, Some(SENSOR)).is_none());
    until("the router has let go of them", || of(&router, SERVER, None).is_some_and(|s| s.rows == 0));
}

#[test]
fn a_router_that_is_full_and_the_device_that_waits_for_it_both_say_so() {
    let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
    let router = Node::with(small_database(&schema, 3 << 20), &params(), &ReplicatorParams::default());
    router.repl.set_level(Level(2)).unwrap();
    router.comm.listen("127.0.0.1:0", None).unwrap();
    let mut device = Node::device(1000);
    device.connect(router.port()).unwrap();
    assert_eq!(of(&router, DEVICE, None).map(|s| s.way), Some(Way::Down));
    for id in 0..400_u64 {
        let text: Vec<u8> = (0..20_000).map(|at| b'a' + ((at + id) * (at + 7) % 251 % 26) as u8).collect();
        device.write(|db| {
            let row = db.new_object(SENSOR).unwrap();
            db.set_value(row, 0, mcoiot::base::Value::UInt(id)).unwrap();
            db.set_value(row, 2, mcoiot::base::Value::from(&text[..])).unwrap();
        });
    }
    assert!(device.sync(SERVER, PUSH | WAIT).is_err());
    let full = |node: &Node| {
        let status = node.repl.status().unwrap();
        status.iter().find(|s| s.reason == Reason::Full).map(|s| (s.agent, s.way, s.rows))
    };
    assert_eq!(full(&router), Some((DEVICE, Way::Up, 0)));
    let text = router.repl.status_text().unwrap();
    assert!(text.contains("\nfrom 1000: what it sends is refused: the database here is full"), "{text}");
    until("the device says why", || of(&device, AgentId(10), Some(SENSOR)).is_some_and(|s| s.reason == Reason::ReceiverFull));
    let server = Node::server();
    router.connect(server.port()).unwrap();
    until("nothing waits any more", || device.repl.status().unwrap().iter().all(|s| s.rows == 0));
    assert_eq!(full(&router), None);
}
