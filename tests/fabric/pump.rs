//! Pump mode: communicators without threads.

use crate::kit::*;
use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::fabric::{AckInfo, CommParams, Observer, PeerConnection, Replicator, ReplicatorParams, Verdict};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

const NOW: Millis = Millis(0);

fn pumped() -> CommParams {
    CommParams { callback_threads: 0, ..params() }
}

fn device(agent: u64) -> Node {
    Node::with(database(&device_schema(agent)), &pumped(), &ReplicatorParams::default())
}

fn pump(node: &Node, limit: Millis) -> Result<usize, Code> {
    node.comm.process_connections(limit).map_err(|e| e.code)
}

/// Pumps both in turn until something holds.
fn pump_until(what: &str, nodes: [&Node; 2], mut holds: impl FnMut() -> bool) {
    until(what, || {
        for node in nodes {
            pump(node, Millis(1)).unwrap();
        }
        holds()
    });
}

/// Notes what it is told, and by which thread.
#[derive(Default)]
struct Diary {
    lines: Mutex<Vec<String>>,
    threads: Mutex<Vec<ThreadId>>,
}

impl Diary {
    fn note(&self, what: &str, connection: &PeerConnection) -> Verdict {
        self.lines.lock().unwrap().push(format!("{what} {}", connection.agent_id()));
        self.threads.lock().unwrap().push(thread::current().id());
        Verdict::OK
    }

    fn of(node: &Node) -> Arc<Diary> {
        let diary = Arc::new(Diary::default());
        node.comm.register(1, diary.clone()).unwrap();
        diary
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Observer for Diary {
    fn on_connect(&self, connection: &PeerConnection) -> Verdict {
        self.note("connect", connection)
    }
    fn on_receive(&self, connection: &PeerConnection, _: u32) -> Verdict {
        self.note("receive", connection)
    }
    fn on_ack(&self, connection: &PeerConnection, _: &AckInfo) -> Verdict {
        self.note("ack", connection)
    }
    fn on_disconnect(&self, connection: &PeerConnection) -> Verdict {
        self.note("disconnect", connection)
    }
    fn on_destroy(&self, connection: &PeerConnection) -> Verdict {
        self.note("destroy", connection)
    }
}

#[test]
fn one_thread_serves_both_ends_and_runs_their_callbacks() {
    let (mut server, mut device) = (Node::server_with(&pumped()), device(1000));
    let (at_server, at_device) = (Diary::of(&server), Diary::of(&device));
    assert_eq!(pump(&device, NOW), Ok(0), "nothing to do yet");
    let address = format!("127.0.0.1:{}", server.port());
    device.comm.connect_async(&address, Millis(0), 0, Millis(5), None).unwrap();
    assert!(at_device.lines().is_empty() && device.comm.next_connection(None).is_none(), "nothing runs by itself");
    pump_until("connected", [&server, &device], || !at_server.lines().is_empty() && !at_device.lines().is_empty());
    device.measure(0..3);
    assert_eq!(device.sync(SERVER, PUSH | NONBLOCK), Ok(Code::S_OK), "which nobody else could bring to an end");
    pump_until("acknowledged", [&server, &device], || at_device.lines().len() == 2);
    device.repl.clear(SERVER, None).unwrap();
    assert_eq!((server.ids_of(1000), device.ids(SENSOR)), (vec![0, 1, 2], vec![]));

    device.repl.stop().unwrap();
    assert_eq!(at_device.lines(), ["connect 1", "ack 1", "disconnect 1", "destroy 1"]);
    server.comm.stop().unwrap();
    assert_eq!(at_server.lines(), ["connect 1000", "receive 1000", "disconnect 1000", "destroy 1000"]);
    let here = |diary: &Diary| diary.threads.lock().unwrap().iter().all(|id| *id == thread::current().id());
    assert!(here(&at_server) && here(&at_device));
    assert_eq!(pump(&server, NOW), Err(Code::E_IOT_STOPPED));
}

#[test]
fn calls_that_wait_pump_by_themselves() {
    let mut server = Node::server();
    let mut device = device(1000);
    let diary = Diary::of(&device);
    assert_eq!(pump(&server, NOW), Err(Code::E_ILLEGAL_PARAM), "it has threads");
    device.connect(server.port()).unwrap();
    for id in 0..50 {
        device.measure([id]);
        server.configure(id, 1000);
        assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
        device.repl.clear(SERVER, None).unwrap();
    }
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    assert_eq!((server.ids_of(1000).len(), device.ids(CONFIG).len(), device.ids(SENSOR).len()), (50, 50, 0));
    device.comm.stop().unwrap();
    let lines = diary.lines();
    assert_eq!((lines.first().unwrap().as_str(), lines.last().unwrap().as_str()), ("connect 1", "destroy 1"));
    assert_eq!(lines.iter().filter(|l| *l == "receive 1").count(), 50);
    assert_eq!(device.connect(server.port()), Err(Code::E_IOT_STOPPED));
}

#[test]
fn a_limit_ends_a_wait_and_a_name_is_looked_up_by_the_pump() {
    let short = ReplicatorParams { wait_timeout: Millis(50), ..ReplicatorParams::default() };
    let server = Node::server();
    let mut device = Node::with(database(&device_schema(1000)), &pumped(), &short);
    let address = format!("localhost:{}", server.port());
    device.comm.connect_async(&address, Millis(0), 0, Millis(5), None).unwrap();
    until("connected", || {
        pump(&device, Millis(10)).unwrap();
        device.comm.find_connection(SERVER).is_some()
    });
    // The server cannot write, so nothing is acknowledged.
    let mut writer = server.db.database().connect().unwrap();
    writer.begin(mcoiot::db::TransactionKind::ReadWrite, mcoiot::db::Priority(0)).unwrap();
    device.measure([1]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_IOT_TIMEOUT));
    writer.rollback().unwrap();
}

/// Tries calls from inside of a callback.
struct Inside {
    replicator: Mutex<Option<Replicator>>,
    port: u16,
    results: Mutex<Vec<(&'static str, Code)>>,
    done: AtomicBool,
}

impl Observer for Inside {
    fn on_connect(&self, _: &PeerConnection) -> Verdict {
        let guard = self.replicator.lock().unwrap();
        let Some(replicator) = &*guard else { return Verdict::OK };
        let comm = replicator.communicator();
        let code = |result: mcoiot::base::Result<()>| result.map_or_else(|e| e.code, |()| Code::S_OK);
        let address = format!("127.0.0.1:{}", self.port);
        *self.results.lock().unwrap() = vec![
            ("process", code(comm.process_connections(NOW).map(drop))),
            ("connect", code(replicator.connect(&address, Millis(0), None).map_err(|f| f.error))),
            ("wait", code(replicator.sync(SERVER, PUSH | WAIT).map(drop))),
            ("stop", code(comm.stop())),
            ("listen", code(comm.listen("127.0.0.1:0", None).map_err(|f| f.error))),
            ("clear", code(replicator.clear(SERVER, None))),
            ("sync", code(replicator.sync(SERVER, BOTH).map(drop))),
        ];
        self.done.store(true, Ordering::SeqCst);
        Verdict::OK
    }
}

#[test]
fn callbacks_may_give_commands_but_not_pump() {
    let mut server = Node::server();
    let mut device = device(1000);
    device.measure(0..10);
    let inside = Arc::new(Inside {
        replicator: Mutex::new(Some(device.repl.clone())),
        port: server.port(),
        results: Mutex::default(),
        done: AtomicBool::new(false),
    });
    device.comm.register(1, inside.clone()).unwrap();
    device.connect(server.port()).unwrap();
    until("the callback has run", || pump(&device, Millis(1)).is_ok() && inside.done.load(Ordering::SeqCst));
    let refused = ["process", "connect", "wait", "stop"].map(|name| (name, Code::E_ILLEGAL_PARAM));
    let allowed = ["listen", "clear", "sync"].map(|name| (name, Code::S_OK));
    assert_eq!(*inside.results.lock().unwrap(), [&refused[..], &allowed[..]].concat());
    until("what the callback has ordered is done", || pump(&device, Millis(1)).is_ok() && server.ids_of(1000).len() == 10);
    inside.replicator.lock().unwrap().take();
}

/// Counts callbacks, and those that run at once for one connection.
#[derive(Default)]
struct Counts {
    received: AtomicUsize,
    destroyed: AtomicUsize,
    inside: AtomicUsize,
    together: AtomicBool,
}

impl Observer for Counts {
    fn on_receive(&self, _: &PeerConnection, _: u32) -> Verdict {
        if self.inside.fetch_add(1, Ordering::SeqCst) > 0 {
            self.together.store(true, Ordering::SeqCst);
        }
        thread::yield_now();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        self.received.fetch_add(1, Ordering::SeqCst);
        Verdict::OK
    }
    fn on_destroy(&self, _: &PeerConnection) -> Verdict {
        self.destroyed.fetch_add(1, Ordering::SeqCst);
        Verdict::OK
    }
}

#[test]
fn threads_may_pump_at_once() {
    let mut server = Node::server_with(&pumped());
    let counts = Arc::new(Counts::default());
    server.comm.register(1, counts.clone()).unwrap();
    let mut device = device(1000);
    let port = server.port();
    thread::scope(|scope| {
        let comm = &server.comm;
        let pumps: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(move || {
                    let mut served = 0;
                    loop {
                        match comm.process_connections(Millis::INFINITE) {
                            Ok(count) => served += count,
                            Err(e) => return (e.code, served),
                        }
                    }
                })
            })
            .collect();
        device.connect(port).unwrap();
        for id in 0..100 {
            device.measure([id]);
            let waits: Vec<_> = (0..2)
                .map(|_| {
                    let remote = device.remote();
                    scope.spawn(move || remote.sync(SERVER, PUSH | WAIT))
                })
                .collect();
            assert!(waits.into_iter().all(|wait| wait.join().unwrap().is_ok()), "round {id}");
            server.repl.clear(AgentId(1000), None).unwrap();
        }
        let pin = comm.find_connection(AgentId(1000)).unwrap();
        device.repl.stop().unwrap();
        until("it has ended", || pin.has_ended());
        drop(pin);
        until("its end is told, though all pumps wait", || counts.destroyed.load(Ordering::SeqCst) == 1);
        until("callbacks have run", || counts.received.load(Ordering::SeqCst) == 100);
        // Ends those that wait without limit, too.
        comm.stop().unwrap();
        let ends: Vec<_> = pumps.into_iter().map(|pump| pump.join().unwrap()).collect();
        assert!(ends.iter().all(|(code, _)| *code == Code::E_IOT_STOPPED), "{ends:?}");
    });
    assert!(!counts.together.load(Ordering::SeqCst), "one callback at a time per connection");
    assert_eq!(server.ids_of(1000).len(), 100);
}

#[test]
fn commands_work_inside_a_transaction_that_storage_work_waits_for() {
    let (mut server, mut device) = (Node::server_with(&pumped()), Node::device(1000));
    let port = server.port();
    device.measure([1]);
    thread::scope(|scope| {
        let comm = server.comm.clone();
        let pumps = scope.spawn(move || while comm.process_connections(Millis::INFINITE).is_ok() {});
        device.connect(port).unwrap();
        until("the server knows the device", || server.comm.find_connection(AgentId(1000)).is_some());
        let connection = server.comm.find_connection(AgentId(1000)).unwrap();
        let before = connection.statistics().received;
        server.db.begin(mcoiot::db::TransactionKind::ReadWrite, mcoiot::db::Priority(0)).unwrap();
        let remote = device.remote();
        let waits = scope.spawn(move || remote.sync(SERVER, PUSH | WAIT));
        until("a batch has come", || connection.statistics().received > before);
        server.comm.listen("localhost:0", None).unwrap();
        assert_eq!(pump(&server, NOW), Err(Code::E_TRANS_NOT_CLOSED));
        server.db.rollback().unwrap();
        assert_eq!(waits.join().unwrap(), Ok(Code::S_OK));
        drop(connection);
        server.comm.stop().unwrap();
        pumps.join().unwrap();
    });
    assert_eq!(server.ids_of(1000), [1]);
}

#[test]
fn a_replicator_that_stops_ends_the_waits_of_others() {
    let server = Node::server();
    let mut device = device(1000);
    device.connect(server.port()).unwrap();
    let mut writer = server.db.database().connect().unwrap();
    writer.begin(mcoiot::db::TransactionKind::ReadWrite, mcoiot::db::Priority(0)).unwrap();
    device.measure([1]);
    let at_device = device.comm.find_connection(SERVER).unwrap();
    let before = at_device.statistics().sent;
    thread::scope(|scope| {
        let remote = device.remote();
        let waits = scope.spawn(move || remote.sync(SERVER, PUSH | WAIT));
        until("it is on its way", || at_device.statistics().sent > before);
        device.repl.stop().unwrap();
        assert_eq!(waits.join().unwrap(), Err(Code::E_IOT_STOPPED));
    });
    writer.rollback().unwrap();
}
