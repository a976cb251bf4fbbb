//! A server, routers and devices in one process.

use crate::kit::*;
use mcoiot::base::{AgentId, Code, Group, Level, Millis, Value};
use mcoiot::fabric::{AckInfo, Observer, PeerConnection, ReplicatorParams, Verdict};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const CHILDS: u32 = 0x40;

/// A router that listens and has connected to the node above it.
pub fn router(agent: u64, level: u16, above: u16) -> Node {
    let schema = device_schema(agent).replacen(&format!("iot device {agent}"), &format!("iot router {agent}"), 1);
    let node = Node::with(database(&schema), &params(), &ReplicatorParams::default());
    node.repl.set_level(Level(level)).unwrap();
    node.comm.listen("127.0.0.1:0", None).unwrap();
    node.connect(above).unwrap();
    node
}

fn device(agent: u64, above: u16) -> Node {
    let node = Node::device(agent);
    node.connect(above).unwrap();
    node
}

/// Collects acknowledgments.
#[derive(Default)]
struct Acks(Mutex<Vec<AckInfo>>);

impl Observer for Acks {
    fn on_ack(&self, _: &PeerConnection, ack: &AckInfo) -> Verdict {
        self.0.lock().unwrap().push(*ack);
        Verdict::OK
    }
}

impl Acks {
    fn deep(&self) -> Vec<AckInfo> {
        self.0.lock().unwrap().iter().filter(|ack| ack.flags & DEEP_ACK != 0).copied().collect()
    }
}

#[test]
fn rows_travel_through_a_chain_of_routers_in_both_directions() {
    let mut server = Node::server();
    let mut upper = router(10, 2, server.port());
    let mut lower = router(11, 3, upper.port());
    let mut devices = [device(1000, lower.port()), device(2000, upper.port())];
    server.configure(1, 0);
    server.configure(2, 1000);
    server.configure(3, 2000);
    for (n, device) in (0..).zip(&mut devices) {
        device.measure(n * 100..n * 100 + 20);
        assert_eq!(device.sync(SERVER, BOTH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    }
    assert_eq!(server.ids_of(1000), (0..20).collect::<Vec<_>>());
    assert_eq!(server.ids_of(2000), (100..120).collect::<Vec<_>>());
    assert_eq!((devices[0].ids(CONFIG), devices[1].ids(CONFIG)), (vec![1, 2], vec![1, 3]));

    // What the server has not stay on the way.
    for device in &mut devices {
        device.repl.clear(SERVER, None).unwrap();
        assert_eq!(device.ids(SENSOR), []);
    }
    until("the routers have let go of the rows", || lower.ids(SENSOR).is_empty() && upper.ids(SENSOR).is_empty());
    assert_eq!(server.ids(SENSOR).len(), 40);
}

#[test]
fn without_deep_ack_the_first_router_is_enough() {
    let mut server = Node::server();
    let mut router = router(10, 2, server.port());
    let mut device = device(1000, router.port());
    until("the router knows the device", || router.comm.find_connection(AgentId(1000)).is_some());
    router.comm.find_connection(SERVER).unwrap().disconnect();
    until("the router is alone", || router.comm.find_connection(SERVER).is_none());
    device.measure(0..10);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK), "the router has custody");
    assert_eq!(router.ids(SENSOR), (0..10).collect::<Vec<_>>(), "and shows the rows");
    assert_eq!(server.ids(SENSOR), []);
    router.connect(server.port()).unwrap();
    assert_eq!(router.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), (0..10).collect::<Vec<_>>());
}

#[test]
fn deep_acknowledgments_name_the_final_node() {
    let mut server = Node::server();
    let acks = Arc::new(Acks::default());
    server.comm.register(1, acks.clone()).unwrap();
    let router = router(10, 2, server.port());
    let mut device = device(1000, router.port());
    let up = Arc::new(Acks::default());
    device.comm.register(1, up.clone()).unwrap();
    server.configure(1, 1000);
    until("the server reaches the device", || {
        server.sync(AgentId(1000), PUSH | WAIT | DEEP_ACK).is_ok() && device.ids(CONFIG) == [1]
    });
    until("onAck has run", || acks.deep().iter().any(|ack| ack.receiver == AgentId(1000)));
    assert!(acks.deep().iter().all(|ack| ack.sender == SERVER && ack.private == ack.common), "{:?}", acks.deep());
    device.measure([1]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    until("onAck has run on the device", || !up.deep().is_empty());
    assert!(up.deep().iter().all(|ack| ack.receiver == SERVER && ack.common.0 == 0), "{:?}", up.deep());
}

#[test]
fn rows_that_the_server_sets_aside_are_told_alike_on_every_way() {
    let once = |schema: &str| schema.replace("string note; list;", "string note; list; unique tree<id> by_id;");
    let mut server = Node::with(database(&once(&server_schema())), &params(), &ReplicatorParams::default());
    server.comm.listen("127.0.0.1:0", None).unwrap();
    let upper = router(10, 2, server.port());
    let lower = router(11, 3, upper.port());
    let mut told = Vec::new();
    for (agent, port) in [(1000, server.port()), (2000, upper.port()), (3000, lower.port())] {
        let mut device = device(agent, port);
        let acks = Arc::new(Acks::default());
        device.comm.register(1, acks.clone()).unwrap();
        device.measure([1, agent]);
        let result = device.sync(SERVER, PUSH | WAIT | DEEP_ACK);
        until("onAck has run", || !acks.deep().is_empty());
        let codes: Vec<Code> = acks.deep().iter().map(|ack| ack.code).collect();
        device.repl.clear(SERVER, None).unwrap();
        assert_eq!((server.ids_of(agent).contains(&agent), device.ids(SENSOR)), (true, vec![]), "the mark goes on");
        device.measure([agent + 1]);
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        told.push((result, codes));
    }
    let aside = (Err(Code::S_DUPLICATE), vec![Code::S_DUPLICATE]);
    assert_eq!(told, [(Ok(Code::S_OK), vec![Code::S_OK]), aside.clone(), aside], "the first one came first");
    let mut direct = device(4000, server.port());
    direct.measure([1]);
    assert_eq!(direct.sync(SERVER, PUSH | WAIT | DEEP_ACK), Err(Code::S_DUPLICATE), "as without a router");
}

#[test]
fn rows_set_aside_while_a_router_was_away_are_told_when_it_is_back() {
    let once = |schema: &str| schema.replace("string note; list;", "string note; list; unique tree<id> by_id;");
    let folder = tempfile::tempdir().unwrap();
    let mut server = Node::with(database(&once(&server_schema())), &params(), &ReplicatorParams::default());
    server.comm.listen("127.0.0.1:0", None).unwrap();
    let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
    let start = |port| {
        let node = Node::with(database_in(&folder.path().join("router.db"), &schema), &params(), &ReplicatorParams::default());
        node.comm.listen("127.0.0.1:0", None).unwrap();
        node.connect(port).unwrap();
        node
    };
    let mut first = device(1000, server.port());
    first.measure([1]);
    assert_eq!(first.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    let mut device = Node::device(2000);
    let acks = Arc::new(Acks::default());
    device.comm.register(1, acks.clone()).unwrap();
    {
        let router = start(server.port());
        device.connect(router.port()).unwrap();
        until("the router knows the device", || router.comm.find_connection(AgentId(2000)).is_some());
        router.comm.find_connection(SERVER).unwrap().disconnect();
        until("the router is alone", || router.comm.find_connection(SERVER).is_none());
        device.measure([1, 2]);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK), "the router has custody");
    }
    {
        // It gets rid of the rows while the device is away.
        let router = start(server.port());
        until("the server has them", || server.ids_of(2000) == [2]);
        until("the router knows that", || router.repl.status().unwrap().iter().all(|status| status.rows == 0));
    }
    let router = start(server.port());
    device.connect(router.port()).unwrap();
    until("the device hears of it", || acks.deep().iter().any(|ack| ack.code == Code::S_DUPLICATE));
    device.measure([3]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
}

#[test]
fn the_server_pulls_everything_below_a_router() {
    let mut server = Node::server();
    let router = router(10, 2, server.port());
    let mut devices = [device(1000, router.port()), device(2000, router.port())];
    for device in &mut devices {
        device.measure(0..10);
    }
    until("both are there", || [1000, 2000].iter().all(|id| server.sync(AgentId(*id), PULL | WAIT).is_ok()));
    for device in &mut devices {
        device.measure(10..15);
    }
    assert_eq!(server.sync(AgentId(10), PULL | WAIT | CHILDS), Ok(Code::S_OK));
    assert_eq!((server.ids_of(1000).len(), server.ids_of(2000).len()), (15, 15));
}

#[test]
fn a_device_that_moves_goes_on_where_it_was() {
    let mut server = Node::server();
    let routers = [router(10, 2, server.port()), router(20, 2, server.port())];
    let mut device = Node::device(1000);
    for round in 0..6 {
        let router = &routers[round as usize % 2];
        device.connect(router.port()).unwrap();
        device.measure(round * 10..round * 10 + 10);
        server.configure(round, if round % 2 == 0 { 1000 } else { 0 });
        assert_eq!(device.sync(SERVER, BOTH | WAIT | DEEP_ACK), Ok(Code::S_OK), "round {round}");
        assert_eq!(device.ids(CONFIG), (0..=round).collect::<Vec<_>>(), "round {round}");
        assert_eq!(server.ids_of(1000), (0..round * 10 + 10).collect::<Vec<_>>(), "round {round}");
        device.comm.find_connection(router.repl.agent_id()).unwrap().disconnect();
        until("it has left", || router.comm.find_connection(AgentId(1000)).is_none());
    }
    // Straight to the server, too.
    device.connect(server.port()).unwrap();
    device.measure(60..65);
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), (0..65).collect::<Vec<_>>());
}

/// The device stays where it is now: no connection that is made anew has the database look at the time.
#[test]
fn rows_in_a_router_that_never_comes_back_go_another_way_in_the_end() {
    static NOW: AtomicU64 = AtomicU64::new(1);
    let custody = Millis(100);
    let db = doubting_database(&device_schema(1000), || NOW.load(Ordering::Relaxed), custody);
    let mut server = Node::server();
    let mut device = Node::with(db, &params(), &ReplicatorParams::default());
    {
        let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
        let lost = Node::with(database(&schema), &params(), &ReplicatorParams::default());
        lost.comm.listen("127.0.0.1:0", None).unwrap();
        device.connect(lost.port()).unwrap();
        device.measure(0..5);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK), "it has custody");
    }
    let router = router(20, 2, server.port());
    device.connect(router.port()).unwrap();
    device.measure(5..10);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
    until("the server has what came this way", || server.ids_of(1000) == [5, 6, 7, 8, 9]);
    NOW.fetch_add(custody.0, Ordering::Relaxed);
    until("the server has everything", || server.ids_of(1000).len() == 10);
    until("nothing is left to do", || device.sync(SERVER, PUSH | WAIT | DEEP_ACK) == Ok(Code::S_IOT_NO_NEW_DATA));
}

#[test]
fn a_router_passes_on_what_it_cannot_show() {
    let mut server = Node::server();
    let schema = "iot router 10;\nuptable class Sensor { string id; };\ndowntable class Other { unsigned<4> x; };";
    let router = Node::with(database(schema), &params(), &ReplicatorParams::default());
    router.comm.listen("127.0.0.1:0", None).unwrap();
    router.connect(server.port()).unwrap();
    let mut device = device(1000, router.port());
    device.measure(0..10);
    server.configure(1, 1000);
    assert_eq!(device.sync(SERVER, BOTH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    assert_eq!((server.ids_of(1000), device.ids(CONFIG)), ((0..10).collect(), vec![1]));
}

#[test]
fn what_a_router_shows_stops_nothing_that_passes() {
    const NOTE: usize = 20_000;
    let mut server = Node::server();
    let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
    let mut router = Node::with(small_database(&schema, 3 << 20), &params(), &ReplicatorParams::default());
    router.comm.listen("127.0.0.1:0", None).unwrap();
    router.connect(server.port()).unwrap();
    let mut devices = [device(1000, router.port()), device(2000, router.port())];
    // For all, and more than the router has room for.
    for id in 0..200_u64 {
        let text: Vec<u8> = (0..NOTE as u64).map(|at| b'a' + ((at + id) * (at + 7) % 251 % 26) as u8).collect();
        server.write(|db| {
            let row = db.new_object(CONFIG).unwrap();
            db.set_value(row, 0, Value::UInt(id)).unwrap();
            db.set_value(row, 1, Value::from(&text[..])).unwrap();
        });
    }
    for device in &mut devices {
        device.measure(0..100);
        assert_eq!(device.sync(SERVER, BOTH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        assert_eq!(device.ids(CONFIG), (0..200).collect::<Vec<_>>());
    }
    let shown = router.ids(CONFIG).len();
    assert!((10..200).contains(&shown), "{shown} rows are shown");
    assert_eq!(server.ids(SENSOR).len(), 200);
}

#[test]
fn who_syncs_over_a_link_in_reserve_is_told_so() {
    let server = Node::server();
    let routers = [router(10, 2, server.port()), router(20, 2, server.port())];
    let device = device(1000, routers[0].port());
    until("it is taken in", || device.repl.parent() == Some(AgentId(10)) && device.sync(SERVER, PUSH | WAIT).is_ok());
    device.connect(routers[1].port()).unwrap();
    let why = |node: &Node, target| node.repl.sync(AgentId(target), PUSH | WAIT).unwrap_err();
    let error = why(&device, 20);
    assert_eq!(error.code, Code::E_IOT_AGENT_NOT_FOUND);
    assert!(error.text.contains("in reserve") && error.text.contains("sync with agent 10 or the server"), "{error}");
    until("the other router knows", || why(&routers[1], 1000).text.contains("in reserve"));
    assert!(!why(&routers[1], 3000).text.contains("in reserve"));
}

#[test]
fn a_sync_names_any_router_on_the_way_to_the_server() {
    let (upper_id, lower_id) = (AgentId(10), AgentId(11));
    let mut server = Node::server();
    let mut upper = router(10, 2, server.port());
    let lower = router(11, 3, upper.port());
    until("the lower router has a parent", || lower.repl.parent() == Some(upper_id));
    // At once: who has just connected waits until it knows who is above.
    let mut device = device(1000, lower.port());
    device.measure(0..10);
    assert_eq!(device.sync(upper_id, PUSH | WAIT), Ok(Code::S_OK));
    until("the rows go through it", || upper.ids(SENSOR).len() == 10 || server.ids(SENSOR).len() == 10);
    device.measure(10..20);
    assert_eq!(device.sync(upper_id, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    assert_eq!(server.ids_of(1000), (0..20).collect::<Vec<_>>());
    assert_eq!(device.sync(upper_id, PUSH | WAIT | DEEP_ACK), Ok(Code::S_IOT_NO_NEW_DATA));

    // What it holds for the device is there afterwards.
    server.configure(1, 1000);
    until("the server knows the device", || server.sync(AgentId(1000), PUSH | WAIT).is_ok());
    device.sync(upper_id, PULL | WAIT).unwrap();
    assert_eq!(device.ids(CONFIG), [1]);
    assert_eq!(device.sync(upper_id, PULL | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    let others: Vec<_> = device.repl.status().unwrap().into_iter().filter(|s| s.agent != lower_id).collect();
    assert_eq!(others, [], "a status tells of the parent alone");

    let why = |device: &Node, target| device.repl.sync(target, PUSH | WAIT).unwrap_err();
    let error = why(&device, AgentId(12));
    assert_eq!(error.code, Code::E_IOT_AGENT_NOT_FOUND);
    assert!(error.text.contains("above it are only agent 11, agent 10, the server (agent 1)"), "{error}");
    upper.comm.find_connection(lower_id).unwrap().disconnect();
    until("the device hears of it", || device.sync(upper_id, PUSH | WAIT) == Err(Code::E_IOT_AGENT_NOT_FOUND));
    assert!(why(&device, upper_id).text.contains("above it are only agent 11, the server (agent 1)"));
    lower.comm.find_connection(AgentId(1000)).unwrap().disconnect();
    until("it is alone", || why(&device, upper_id).text.contains("no node above is connected"));
}

#[test]
fn links_between_routers_end_when_their_levels_turn() {
    let server = Node::server();
    let upper = router(10, 2, server.port());
    let lower = router(11, 3, upper.port());
    until("both know each other", || router_to(&upper, &lower) == 1);
    upper.repl.set_level(Level(4)).unwrap();
    until("the link between them ends", || router_to(&upper, &lower) == 0);
    assert!(upper.comm.find_connection(SERVER).is_some(), "still below the server");
    upper.connect(lower.port()).unwrap();
    until("the other way round", || router_to(&upper, &lower) == 1);
    assert_eq!(upper.repl.set_level(Level(3)).map_err(|e| e.code), Ok(()));
    until("of one level", || router_to(&upper, &lower) == 0);
    assert_eq!(upper.connect(lower.port()), Err(Code::E_IOT_INCOMPATIBLE_LEVEL));
}

fn router_to(a: &Node, b: &Node) -> usize {
    usize::from(a.comm.find_connection(b.repl.agent_id()).is_some() && b.comm.find_connection(a.repl.agent_id()).is_some())
}

#[test]
fn many_devices_behind_one_router_get_on_at_once() {
    let mut server = Node::server();
    let router = router(10, 2, server.port());
    let port = router.port();
    std::thread::scope(|scope| {
        for number in 0..10 {
            scope.spawn(move || {
                let mut device = device(1000 + number, port);
                for id in 0..10 {
                    device.measure([id]);
                    assert_eq!(device.sync(SERVER, BOTH | WAIT | DEEP_ACK), Ok(Code::S_OK));
                }
            });
        }
        for id in 0..10 {
            server.configure(id, 0);
        }
    });
    for number in 0..10 {
        assert_eq!(server.ids_of(1000 + number), (0..10).collect::<Vec<_>>());
    }
}

#[test]
fn a_class_that_gets_a_priority_while_connected_goes_with_the_next_sync() {
    let mut server = Node::server();
    let router = router(10, 2, server.port());
    let schema = format!("{}\nuptable class Alarm {{ unsigned<8> id; list; }};", device_schema(1000));
    let mut device = Node::with(database(&schema), &params(), &ReplicatorParams::default());
    let alarm = device.db.database().dictionary().class_named("Alarm").unwrap().code;
    let acks = Arc::new(Acks::default());
    device.comm.register(1, acks.clone()).unwrap();
    device.connect(router.port()).unwrap();
    device.measure(0..3);
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    until("onAck has run", || !acks.deep().is_empty());
    let first = acks.deep();
    device.db.set_group(alarm, Group(5)).unwrap();
    device.write(|db| {
        db.new_object(alarm).unwrap();
    });
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    until("the second group is acknowledged", || acks.deep().len() > first.len());
    assert_eq!(acks.deep().last().map(|ack| ack.private), first.last().map(|ack| ack.private), "the group that is behind counts");
    device.repl.clear(SERVER, None).unwrap();
    assert_eq!((device.ids(SENSOR), device.rows(alarm).len()), (vec![], 0));
    assert_eq!(server.ids_of(1000), [0, 1, 2]);
}

#[test]
fn who_has_told_of_a_gap_and_is_forgotten_goes_on_behind_its_router() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    {
        let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
        let lost = Node::with(database(&schema), &params(), &ReplicatorParams::default());
        lost.comm.listen("127.0.0.1:0", None).unwrap();
        device.connect(lost.port()).unwrap();
        device.measure(0..5);
        assert_eq!(device.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
        device.repl.clear(SERVER, None).unwrap();
    }
    let router = router(10, 2, server.port());
    device.connect(router.port()).unwrap();
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK));
    assert_eq!(server.repl.gap_count(), Ok(1), "the rows are lost");
    for id in 10..30 {
        server.repl.forget_agent(AgentId(1000)).unwrap();
        until("it is back", || server.sync(AgentId(1000), PULL | WAIT).is_ok());
        device.measure([id]);
        assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Ok(Code::S_OK), "{id}");
    }
    device.repl.clear(SERVER, None).unwrap();
    assert_eq!((server.ids_of(1000), device.ids(SENSOR)), ((10..30).collect(), vec![]));
}
