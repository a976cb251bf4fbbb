//! A communicator alone: listeners, callbacks' chain, stopping.

use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::fabric::{CommParams, Communicator, Observer};
use mcoiot::net::{Domain, SocketOptions};
use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;

fn communicator() -> Communicator {
    Communicator::create(&CommParams { callback_threads: 2, ..CommParams::default() }).expect("a communicator")
}

struct Quiet;
impl Observer for Quiet {}

#[test]
fn listeners_open_answer_and_close() {
    let comm = communicator();
    comm.listen("127.0.0.1:0", None).expect("a free port");
    let port = comm.listen_port("127.0.0.1:0").expect("listening");
    let taken = comm.listen(&format!("127.0.0.1:{port}"), None).map_err(|f| (f.error.code, f.errno));
    assert_eq!(taken, Err((Code::E_NW_BIND, libc::EADDRINUSE)));
    assert_eq!(comm.listen("127.0.0.1:0", None).map_err(|f| f.error.code), Err(Code::E_NW_BIND));
    assert_eq!(comm.listen("nonsense", None).map_err(|f| f.error.code), Err(Code::E_NW_INVADDR));
    assert_eq!(comm.listen_port("other").map_err(|e| e.code), Err(Code::S_NOTFOUND));
    let sdp = SocketOptions { domain: Domain::Sdp, ..SocketOptions::default() };
    assert_eq!(comm.listen("0", Some(&sdp)).map_err(|f| f.error.code), Err(Code::E_NW_NOTSUPP));
    TcpStream::connect(("127.0.0.1", port)).expect("accepted");
    comm.stop_listen("127.0.0.1:0").expect("it listens");
    assert_eq!(comm.stop_listen("127.0.0.1:0").map_err(|e| e.code), Err(Code::S_NOTFOUND));
    TcpStream::connect(("127.0.0.1", port)).expect_err("closed");
}

#[test]
fn a_socket_without_replicator_is_closed_after_the_time_limit() {
    let params = CommParams { recv_timeout: Millis(100), ..CommParams::default() };
    let comm = Communicator::create(&params).expect("a communicator");
    comm.listen("127.0.0.1:0", None).expect("a free port");
    let port = comm.listen_port("127.0.0.1:0").expect("listening");
    let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("accepted");
    assert_eq!(peer.read(&mut [0; 16]).expect("closed in order"), 0);
    assert!(comm.find_connection(AgentId(1)).is_none() && comm.next_connection(None).is_none());
}

#[test]
fn the_chain_of_callbacks_has_one_entry_per_key() {
    let comm = communicator();
    comm.register(7, Arc::new(Quiet)).expect("new");
    assert_eq!(comm.register(7, Arc::new(Quiet)).map_err(|e| e.code), Err(Code::E_IOT_DUPLICATE_CALLBACK));
    comm.unregister(7).expect("registered");
    assert_eq!(comm.unregister(7).map_err(|e| e.code), Err(Code::E_IOT_CALLBACK_NOT_FOUND));
    comm.register(7, Arc::new(Quiet)).expect("free again");
}

#[test]
fn stopping_twice_is_fine_and_nothing_works_afterwards() {
    let comm = communicator();
    comm.listen("127.0.0.1:0", None).expect("a free port");
    let port = comm.listen_port("127.0.0.1:0").expect("listening");
    assert!(!comm.is_stopped());
    comm.stop().expect("first");
    comm.stop().expect("again");
    assert!(comm.is_stopped());
    TcpStream::connect(("127.0.0.1", port)).expect_err("closed");
    assert_eq!(comm.listen("0", None).map_err(|f| f.error.code), Err(Code::E_IOT_STOPPED));
    assert_eq!(comm.stop_listen("0").map_err(|e| e.code), Err(Code::E_IOT_STOPPED));
    let never = comm.connect_async("127.0.0.1:1", Millis(0), 0, Millis(10), None);
    assert_eq!(never.map_err(|f| f.error.code), Err(Code::E_IOT_STOPPED));
    assert_eq!(comm.register(1, Arc::new(Quiet)).map_err(|e| e.code), Err(Code::E_IOT_STOPPED));
}

#[test]
fn a_connector_has_one_address_and_can_be_stopped() {
    let comm = communicator();
    assert_eq!(comm.connect_async("0", Millis(0), 0, Millis(10), None).map_err(|f| f.error.code), Err(Code::E_NW_INVADDR));
    comm.connect_async("127.0.0.1:1", Millis(0), 0, Millis(10_000), None).expect("begun");
    let again = comm.connect_async("127.0.0.1:1", Millis(0), 0, Millis(10_000), None);
    assert_eq!(again.map_err(|f| f.error.code), Err(Code::E_ILLEGAL_PARAM));
    comm.stop_connect("127.0.0.1:1").expect("there is one");
    assert_eq!(comm.stop_connect("127.0.0.1:1").map_err(|e| e.code), Err(Code::S_NOTFOUND));
}
