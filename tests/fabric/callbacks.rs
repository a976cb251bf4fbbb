//! What callbacks see, in which order, and what their answers do.

use crate::kit::*;
use crate::puppet::Puppet;
use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::fabric::{
    AckInfo, CALLBACK_QUEUE_MAX, CommParams, HELD_MAX, Observer, PeerConnection, Replicator, StopReason, Verdict,
};
use mcoiot::repl::BATCH_AGAIN;
use mcoiot::wire::frame::Kind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// Writes down what it sees.
#[derive(Default)]
struct Diary {
    lines: Mutex<Vec<String>>,
    answers: Mutex<Vec<(&'static str, Verdict)>>,
}

impl Diary {
    fn note(&self, what: &'static str, connection: &PeerConnection) -> Verdict {
        assert!(connection.address().starts_with("127.0.0.1:"));
        if what != "destroy" {
            assert!(connection.statistics().received > 0, "traffic is known in {what}");
        }
        self.lines.lock().unwrap().push(format!("{what} {}", connection.agent_id()));
        let answers = self.answers.lock().unwrap();
        answers.iter().find(|(name, _)| *name == what).map_or(Verdict::OK, |(_, verdict)| *verdict)
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn has(&self, line: &str) -> bool {
        self.lines().iter().any(|l| l == line)
    }
}

impl Observer for Diary {
    fn on_connect(&self, connection: &PeerConnection) -> Verdict {
        self.note("connect", connection)
    }
    fn on_receive(&self, connection: &PeerConnection, rows: u32) -> Verdict {
        assert!(rows > 0);
        self.note("receive", connection)
    }
    fn on_ack(&self, connection: &PeerConnection, ack: &AckInfo) -> Verdict {
        assert_eq!((ack.receiver, ack.code), (connection.agent_id(), Code::S_OK));
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
fn all_five_come_in_order() {
    let server = Node::server();
    let mut device = Node::device(1000);
    let (at_server, at_device) = (Arc::new(Diary::default()), Arc::new(Diary::default()));
    server.comm.register(1, at_server.clone()).unwrap();
    device.comm.register(1, at_device.clone()).unwrap();
    device.connect(server.port()).unwrap();
    device.measure(0..3);
    device.sync(SERVER, PUSH | WAIT).unwrap();
    until("the acknowledgment is told", || at_device.has("ack 1"));
    device.comm.find_connection(SERVER).unwrap().disconnect();
    until("the end is told", || at_device.has("destroy 1") && at_server.has("destroy 1000"));
    assert_eq!(at_device.lines(), ["connect 1", "ack 1", "disconnect 1", "destroy 1"]);
    assert_eq!(at_server.lines(), ["connect 1000", "receive 1000", "disconnect 1000", "destroy 1000"]);
}

#[test]
fn a_failed_attempt_is_only_destroyed() {
    let diary = Arc::new(Diary::default());
    let device = Node::device(1000);
    device.comm.register(1, diary.clone()).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap().port();
    assert_eq!(device.connect(free), Err(Code::E_NW_CONNECT));
    until("destroyed", || !diary.lines().is_empty());
    assert_eq!(diary.lines(), [format!("destroy {}", AgentId::INVALID)]);
}

#[test]
fn fail_disconnects_and_stop_skips_the_rest_of_the_chain() {
    let server = Node::server();
    let mut device = Node::device(1000);
    let (first, second) = (Arc::new(Diary::default()), Arc::new(Diary::default()));
    first.answers.lock().unwrap().extend([("connect", Verdict::STOP), ("receive", Verdict::FAIL)]);
    server.comm.register(1, first.clone()).unwrap();
    server.comm.register(2, second.clone()).unwrap();
    device.connect(server.port()).unwrap();
    until("the server knows the device", || server.comm.find_connection(AgentId(1000)).is_some());
    let connection = server.comm.find_connection(AgentId(1000)).unwrap();
    device.measure([1]);
    let _ = device.sync(SERVER, PUSH);
    until("disconnected", || second.has("disconnect 1000"));
    assert_eq!(connection.end().reason, StopReason::CallbackFailed);
    assert_eq!(second.lines(), ["receive 1000", "disconnect 1000"], "connect was stopped before it");
    assert!(!first.has("destroy 1000"), "a pinned connection is not destroyed");
    drop(connection);
    until("destroyed", || second.has("destroy 1000"));
}

/// Syncs with the server from inside its callback.
struct SyncsInside {
    replicator: Mutex<Option<Replicator>>,
    result: Mutex<Option<Result<Code, Code>>>,
    stops: Mutex<Vec<Code>>,
}

impl Observer for SyncsInside {
    fn on_connect(&self, _: &PeerConnection) -> Verdict {
        let guard = self.replicator.lock().unwrap();
        let Some(replicator) = &*guard else { return Verdict::OK };
        let mut stops = self.stops.lock().unwrap();
        stops.extend(replicator.stop().err().map(|e| e.code));
        stops.extend(replicator.destroy().err().map(|e| e.code));
        stops.extend(replicator.communicator().stop().err().map(|e| e.code));
        let result = replicator.sync(SERVER, BOTH | WAIT).map_err(|e| e.code);
        *self.result.lock().unwrap() = Some(result);
        Verdict::OK
    }
}

#[test]
fn a_callback_may_sync_and_wait_but_not_stop() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    let observer = Arc::new(SyncsInside {
        replicator: Mutex::new(Some(device.repl.clone())),
        result: Mutex::default(),
        stops: Mutex::default(),
    });
    device.comm.register(1, observer.clone()).unwrap();
    device.measure(0..10);
    device.connect(server.port()).unwrap();
    until("synced inside", || observer.result.lock().unwrap().is_some());
    assert_eq!(*observer.result.lock().unwrap(), Some(Ok(Code::S_OK)));
    assert_eq!(*observer.stops.lock().unwrap(), [Code::E_ILLEGAL_PARAM; 3]);
    assert_eq!(server.ids_of(1000).len(), 10);
    observer.replicator.lock().unwrap().take();
}

/// Stays in `on_receive` of one agent until it is let go.
#[derive(Default)]
struct Gate {
    blocked: AgentId,
    open: Mutex<bool>,
    opened: Condvar,
    inside: AtomicUsize,
    together: AtomicBool,
    received: AtomicUsize,
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

/// Opens a gate when a test ends, also when it fails: the end of a communicator waits for callbacks.
struct Opens(Arc<Gate>);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

impl Observer for Gate {
    fn on_receive(&self, connection: &PeerConnection, _: u32) -> Verdict {
        if connection.agent_id() == self.blocked {
            if self.inside.fetch_add(1, Ordering::SeqCst) > 0 {
                self.together.store(true, Ordering::SeqCst);
            }
            let mut open = self.open.lock().unwrap();
            while !*open {
                open = self.opened.wait(open).unwrap();
            }
            self.inside.fetch_sub(1, Ordering::SeqCst);
        }
        self.received.fetch_add(1, Ordering::SeqCst);
        Verdict::OK
    }
}

#[test]
fn a_slow_callback_holds_back_only_its_own_connection() {
    let mut server = Node::server();
    let gate = Arc::new(Gate { blocked: AgentId(1000), ..Gate::default() });
    server.comm.register(1, gate.clone()).unwrap();
    let (mut slow, mut quick) = (Node::device(1000), Node::device(2000));
    slow.connect(server.port()).unwrap();
    quick.connect(server.port()).unwrap();
    let many = CALLBACK_QUEUE_MAX as u64 + 50;
    std::thread::scope(|scope| {
        let slow = scope.spawn(move || {
            for id in 0..many {
                slow.measure([id]);
                assert_eq!(slow.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
            }
            slow
        });
        until("callbacks of the slow one are blocked", || gate.inside.load(Ordering::SeqCst) == 1);
        for id in 0..50 {
            quick.measure([id]);
            assert_eq!(quick.sync(SERVER, PUSH | WAIT), Ok(Code::S_OK));
        }
        until("the quick one's callbacks have run", || gate.received.load(Ordering::SeqCst) == 50);
        gate.open();
        drop(slow.join().unwrap());
    });
    assert!(!gate.together.load(Ordering::SeqCst), "one callback at a time per connection");
    assert_eq!(server.ids_of(1000).len() as u64, many);
    assert_eq!(server.ids_of(2000).len(), 50);
}

#[test]
fn callbacks_that_lag_longer_than_the_silence_we_bear_cost_no_connection() {
    let server = Node::server_with(&CommParams { recv_timeout: Millis(1500), ..params() });
    let gate = Arc::new(Gate { blocked: AgentId(1000), ..Gate::default() });
    let _opens = Opens(gate.clone());
    server.comm.register(1, gate.clone()).unwrap();
    let mut device = Puppet::device(server.port(), 1000, 5);
    device.attach();
    let many = CALLBACK_QUEUE_MAX as u64 + 2;
    for number in 1..=many {
        device.measure_next(number, 0);
        device.wait_for(Kind::Ack, number as usize);
    }
    // From here on the server keeps what comes, until it has so much that it reads no more.
    for _ in 0..=HELD_MAX {
        device.measure_next(1, BATCH_AGAIN);
    }
    let before = device.count(Kind::KeepAlive);
    // They come every 200 ms.
    device.wait_for(Kind::KeepAlive, before + 12);
    gate.open();
    device.wait_for(Kind::Ack, many as usize + HELD_MAX + 1);
    assert_eq!(gate.received.load(Ordering::SeqCst), many as usize);
}

#[test]
fn unregistering_waits_for_a_running_callback() {
    let server = Node::server();
    let gate = Arc::new(Gate { blocked: AgentId(1000), ..Gate::default() });
    server.comm.register(1, gate.clone()).unwrap();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    device.measure([1]);
    device.sync(SERVER, PUSH | WAIT).unwrap();
    until("inside the callback", || gate.inside.load(Ordering::SeqCst) == 1);
    std::thread::scope(|scope| {
        let comm = &server.comm;
        let waits = scope.spawn(move || comm.unregister(1));
        until("the entry is out of the chain", || comm.register(1, gate_free()).is_ok());
        assert!(!waits.is_finished(), "a callback still runs");
        gate.open();
        waits.join().unwrap().unwrap();
    });
    assert_eq!(gate.inside.load(Ordering::SeqCst), 0);
}

fn gate_free() -> Arc<dyn Observer> {
    struct Nothing;
    impl Observer for Nothing {}
    Arc::new(Nothing)
}
