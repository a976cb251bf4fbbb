//! Start and stop in every order.

use crate::kit::*;
use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::db;
use mcoiot::fabric::{Communicator, Replicator, ReplicatorParams, StopReason};

#[test]
fn the_documented_order_of_the_end_works() {
    let server = Node::server();
    let db = database(&device_schema(1000));
    let comm = Communicator::create(&params()).unwrap();
    let repl = Replicator::create(&db, &comm, &ReplicatorParams::default()).unwrap();
    repl.connect(&format!("127.0.0.1:{}", server.port()), Millis(20_000), None).unwrap();
    let connection = comm.find_connection(SERVER).unwrap();
    repl.stop().unwrap();
    assert!(!comm.is_stopped());
    assert_eq!(repl.sync(SERVER, PUSH).map_err(|e| e.code), Err(Code::E_IOT_STOPPED));
    comm.stop().unwrap();
    assert_eq!(connection.end().reason, StopReason::IotStopped);
    drop(connection);
    repl.destroy().unwrap();
    repl.destroy().unwrap();
    drop(comm);
    let name = db.database().name().to_owned();
    drop(db);
    db::close(&name).unwrap();
}

#[test]
fn the_communicator_may_go_first() {
    let server = Node::server();
    let db = database(&device_schema(1000));
    let comm = Communicator::create(&params()).unwrap();
    let repl = Replicator::create(&db, &comm, &ReplicatorParams::default()).unwrap();
    repl.connect(&format!("127.0.0.1:{}", server.port()), Millis(20_000), None).unwrap();
    comm.stop().unwrap();
    assert_eq!(repl.sync(SERVER, PUSH | WAIT).map_err(|e| e.code), Err(Code::E_IOT_STOPPED));
    assert_eq!(repl.connect("127.0.0.1:1", Millis(0), None).map_err(|f| f.error.code), Err(Code::E_IOT_STOPPED));
    repl.destroy().unwrap();
    let name = db.database().name().to_owned();
    drop(db);
    db::close(&name).unwrap();
}

#[test]
fn stop_ends_waiting_syncs() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    device.measure([1]);
    let database = server.db.database().clone();
    server.db.begin(db::TransactionKind::ReadWrite, db::Priority(0)).unwrap();
    std::thread::scope(|scope| {
        let remote = device.remote();
        let waits = scope.spawn(move || remote.sync(SERVER, PUSH | WAIT));
        until("the rows are there", || database.stat().unwrap().writers_waiting == 1 || waits.is_finished());
        device.repl.stop().unwrap();
        assert_eq!(waits.join().unwrap(), Err(Code::E_IOT_STOPPED));
    });
    server.db.rollback().unwrap();
}

#[test]
fn stop_does_not_wait_for_a_transaction_of_the_program() {
    let mut server = Node::server();
    let mut device = Node::device(1000);
    device.connect(server.port()).unwrap();
    assert_eq!(device.sync(SERVER, PULL | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    device.measure([1]);
    let (done, told) = std::sync::mpsc::channel();
    server.db.begin(db::TransactionKind::ReadWrite, db::Priority(0)).unwrap();
    std::thread::scope(|scope| {
        device.sync(SERVER, PUSH).unwrap();
        let (repl, comm, database) = (&server.repl, &server.comm, server.db.database().clone());
        until("the rows wait for the writer's place", || database.stat().unwrap().writers_waiting == 1);
        scope.spawn(move || done.send((repl.stop().map_err(|e| e.code), comm.stop().map_err(|e| e.code))));
        let stopped = told.recv_timeout(PATIENCE);
        server.db.rollback().unwrap();
        assert_eq!(stopped, Ok((Ok(()), Ok(()))));
    });
    assert_eq!(server.ids(SENSOR), Vec::<u64>::new());
}

#[test]
fn stop_ends_a_connect_that_waits() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let device = Node::device(1000);
    std::thread::scope(|scope| {
        let remote = device.remote();
        let waits = scope.spawn(move || remote.connect(port));
        let _peer = silent.accept().unwrap();
        device.repl.stop().unwrap();
        assert_eq!(waits.join().unwrap(), Err(Code::E_IOT_STOPPED));
    });
    assert!(!device.comm.is_stopped());
}

#[test]
fn a_new_replicator_may_follow_on_the_same_communicator() {
    let mut server = Node::server();
    let db = database(&device_schema(1000));
    let comm = Communicator::create(&params()).unwrap();
    let address = format!("127.0.0.1:{}", server.port());
    for _ in 0..3 {
        let repl = Replicator::create(&db, &comm, &ReplicatorParams::default()).unwrap();
        repl.connect(&address, Millis(20_000), None).unwrap();
        assert_eq!(repl.sync(SERVER, PULL | WAIT).map_err(|e| e.code), Ok(Code::S_IOT_NO_NEW_DATA));
        repl.destroy().unwrap();
        until("the server has seen the end", || server.comm.find_connection(AgentId(1000)).is_none());
    }
    server.configure(1, 0);
}

#[test]
fn a_listener_may_be_older_than_the_replicator() {
    let db = database(&server_schema());
    let comm = Communicator::create(&params()).unwrap();
    comm.listen("127.0.0.1:0", None).unwrap();
    let port = comm.listen_port("127.0.0.1:0").unwrap();
    let device = Node::device(1000);
    std::thread::scope(|scope| {
        let remote = device.remote();
        let connects = scope.spawn(move || remote.connect(port));
        let repl = Replicator::create(&db, &comm, &ReplicatorParams::default()).unwrap();
        assert_eq!(connects.join().unwrap(), Ok(()));
        let mut seen = Vec::new();
        until("the server knows the device", || {
            repl.enum_agents(&mut |c| {
                seen.push(c.agent_id());
                true
            })
            .unwrap();
            !seen.is_empty()
        });
        assert_eq!(seen[0], AgentId(1000));
        repl.destroy().unwrap();
    });
}

#[test]
fn a_connector_connects_again_after_a_cut_and_ends_on_request() {
    let mut server = Node::server();
    let proxy = crate::proxy::Proxy::new(server.port());
    let mut device = Node::device(1000);
    let address = format!("127.0.0.1:{}", proxy.port);
    device.comm.connect_async(&address, Millis(0), 0, Millis(5), None).unwrap();
    for round in 0..5 {
        until("connected", || device.comm.find_connection(SERVER).is_some());
        device.measure([round]);
        until("pushed", || device.sync(SERVER, PUSH | WAIT).is_ok());
        let id = device.comm.find_connection(SERVER).map(|c| c.id());
        proxy.cut();
        until("the cut is seen", || device.comm.find_connection(SERVER).map(|c| c.id()) != id);
    }
    until("connected", || device.comm.find_connection(SERVER).is_some());
    let connection = device.comm.find_connection(SERVER).unwrap();
    device.comm.stop_connect(&address).unwrap();
    until("its connection has ended", || connection.has_ended());
    assert_eq!(connection.end().reason, StopReason::UserRequest);
    assert_eq!(server.ids_of(1000), [0, 1, 2, 3, 4]);
}

#[test]
fn a_connector_gives_up_after_its_attempts() {
    let device = Node::device(1000);
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap();
    let address = format!("127.0.0.1:{}", free.port());
    device.comm.connect_async(&address, Millis(0), 3, Millis(1), None).unwrap();
    until("it has removed itself", || device.comm.connect_async(&address, Millis(0), 3, Millis(1), None).is_ok());
}

/// Drops the last handle of its own communicator.
struct DropsItself(std::sync::Mutex<Option<(Communicator, Replicator)>>);

impl mcoiot::fabric::Observer for DropsItself {
    fn on_connect(&self, _: &mcoiot::fabric::PeerConnection) -> mcoiot::fabric::Verdict {
        self.0.lock().unwrap().take();
        mcoiot::fabric::Verdict::OK
    }
}

#[test]
fn the_last_handle_may_be_dropped_inside_a_callback() {
    let server = Node::server();
    let db = database(&device_schema(1000));
    let comm = Communicator::create(&params()).unwrap();
    let repl = Replicator::create(&db, &comm, &ReplicatorParams::default()).unwrap();
    let address = format!("127.0.0.1:{}", server.port());
    comm.register(1, std::sync::Arc::new(DropsItself(std::sync::Mutex::new(Some((comm.clone(), repl)))))).unwrap();
    comm.connect_async(&address, Millis(0), 0, Millis(10), None).unwrap();
    drop(comm);
    until("its database connection is given back", || db.database().connections().1 == 1);
    until("the server has seen the end", || server.comm.next_connection(None).is_none());
}

#[test]
fn all_threads_end_with_stop() {
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    // Other tests of this program start and end threads too, so only a leak that grows is a leak.
    let before = threads();
    for _ in 0..20 {
        let node = Node::device(1000);
        drop(node);
    }
    until("threads have ended", || threads() < before + 40);
}
