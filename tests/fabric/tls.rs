//! Trees whose connections are secure, or some of them.
#![cfg(feature = "tls")]

use crate::kit::*;
use crate::proxy::Proxy;
use mcoiot::base::{AgentId, Code, Millis};
use mcoiot::fabric::{CommParams, Observer, PeerConnection, Replicator, ReplicatorParams, Verdict};
use mcoiot::net::{Domain, Failure, Pem, SocketOptions, TlsParams, TlsSettings, trust};
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};

const LIMIT: Millis = Millis(60_000);

/// A socket with this certificate, which looks at the one of the other side.
fn secure(name: &str) -> SocketOptions {
    let file = |name: String| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name);
    trust(Some(&file("ca.pem".into())), None).unwrap();
    let pem = |kind| Some(Pem::File(file(format!("{name}.{kind}"))));
    let params = TlsParams {
        chain_depth_max: 9,
        verify: true,
        required: true,
        certificate: pem("pem"),
        private_key: pem("key"),
        ..TlsParams::default()
    };
    SocketOptions { tls: Some(TlsSettings::new(&params).unwrap()), ..SocketOptions::default() }
}

/// Listens at one more place; its port. No other test of this program has this name in what it logs.
fn listen(node: &Node, options: &SocketOptions) -> u16 {
    const PLACE: &str = "localhost:00";
    node.comm.listen(PLACE, Some(options)).unwrap();
    node.comm.listen_port(PLACE).unwrap()
}

fn connect(repl: &Replicator, port: u16, options: &SocketOptions) -> Result<(), Failure> {
    repl.connect(&format!("localhost:{port}"), LIMIT, Some(options))
}

/// How connections ended that never came to be.
#[derive(Default)]
struct Ends(Mutex<Vec<Failure>>);

impl Observer for Ends {
    fn on_destroy(&self, connection: &PeerConnection) -> Verdict {
        self.0.lock().unwrap().push(connection.end().failure);
        Verdict::OK
    }
}

impl Ends {
    fn of(node: &Node) -> Arc<Ends> {
        let ends = Arc::new(Ends::default());
        node.comm.register(1, ends.clone()).unwrap();
        ends
    }

    fn wait(&self) -> Failure {
        until("a connection has ended", || !self.0.lock().unwrap().is_empty());
        self.0.lock().unwrap().remove(0)
    }
}

#[test]
fn a_router_may_be_secure_on_either_side() {
    for above in [true, false] {
        let mut server = Node::server();
        let schema = device_schema(10).replacen("iot device 10", "iot router 10", 1);
        let router = Node::with(database(&schema), &params(), &ReplicatorParams::default());
        let mut device = Node::device(1000);
        let plain = SocketOptions::default();
        let (uplink, downlink) = if above { (secure("router"), plain) } else { (plain, secure("router")) };
        let server_side = if above { secure("server") } else { SocketOptions::default() };
        let device_side = if above { SocketOptions::default() } else { secure("client") };
        connect(&router.repl, listen(&server, &server_side), &uplink).unwrap();
        connect(&device.repl, listen(&router, &downlink), &device_side).unwrap();
        server.configure(1, 1000);
        device.measure(0..50);
        assert_eq!(device.sync(SERVER, BOTH | WAIT | DEEP_ACK), Ok(Code::S_OK));
        assert_eq!((server.ids_of(1000), device.ids(CONFIG)), ((0..50).collect(), vec![1]));
    }
}

#[test]
fn plain_and_secure_devices_live_beside_each_other() {
    let mut server = Node::server();
    let port = listen(&server, &secure("server"));
    let (mut open, mut closed) = (Node::device(1000), Node::device(2000));
    open.connect(server.port()).unwrap();
    connect(&closed.repl, port, &secure("client")).unwrap();
    for device in [&mut open, &mut closed] {
        device.measure(0..5);
        assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
    }
    assert_eq!((server.ids_of(1000).len(), server.ids_of(2000).len()), (5, 5));
    let ends = Ends::of(&server);
    let stranger = Node::device(3000);
    let refused = connect(&stranger.repl, port, &secure("stranger")).unwrap_err();
    assert_eq!(refused.error.code, Code::E_NW_HANDSHAKE, "{refused:?}");
    let why = ends.wait();
    assert!(why.error.code == Code::E_NW_HANDSHAKE && why.error.text.contains("none of the CAs"), "{why:?}");
    let refused = stranger.connect(port).unwrap_err();
    assert_eq!((refused, ends.wait().error.code), (Code::E_NW_HANDSHAKE, Code::E_NW_HANDSHAKE));
    for device in [&mut open, &mut closed] {
        device.measure(5..9);
        assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK), "nobody else is disturbed");
    }
}

#[test]
fn a_handshake_that_stalls_is_given_up_with_a_word() {
    let server = Node::server_with(&CommParams { recv_timeout: Millis(200), ..params() });
    let ends = Ends::of(&server);
    let port = listen(&server, &secure("server"));
    let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    peer.write_all(&[0x16, 3, 1, 1, 0]).unwrap();
    let why = ends.wait();
    assert!(why.error.code == Code::E_NW_TIMEOUT && why.error.text.contains("TLS with 127.0.0.1"), "{why:?}");

    let device = Node::device(1000);
    let proxy = Proxy::new(port);
    proxy.stall(true);
    let stalled = device.repl.connect(&format!("localhost:{}", proxy.port), Millis(200), Some(&secure("client"))).unwrap_err();
    assert!(stalled.error.code == Code::E_NW_TIMEOUT && stalled.error.text.contains("TLS with \"localhost"), "{stalled:?}");
}

#[test]
fn a_connector_brings_everything_through_cuts_at_any_place() {
    const CUTS: u64 = 20;
    let mut server = Node::server();
    let proxy = Proxy::new(listen(&server, &secure("server")));
    let mut device = Node::device(1000);
    let address = format!("localhost:{}", proxy.port);
    for id in 0..CUTS {
        // A handshake has some 2500 bytes: half of the cuts are in the middle of it.
        proxy.cut_after(id * 260);
        device.measure([id]);
        server.configure(id, 1000);
        if id == 0 {
            device.comm.connect_async(&address, LIMIT, 0, Millis(1), Some(&secure("client"))).unwrap();
        }
        let before = proxy.forwarded();
        let cut = before + id * 260;
        until("so many bytes have passed", || {
            let _ = device.sync(SERVER, BOTH | NONBLOCK);
            proxy.forwarded() >= cut
        });
    }
    proxy.cut_after(u64::MAX);
    until("everything has come", || device.sync(SERVER, BOTH | WAIT).is_ok() && device.ids(CONFIG).len() as u64 == CUTS);
    assert_eq!(server.ids_of(1000), (0..CUTS).collect::<Vec<_>>());
    assert_eq!(device.ids(CONFIG), (0..CUTS).collect::<Vec<_>>());
}

#[test]
fn a_backlog_goes_both_ways_at_once() {
    let mut server = Node::server();
    let port = listen(&server, &secure("server"));
    let mut device = Node::device(1000);
    device.measure(0..30_000);
    server.write(|db| {
        for id in 0..2000 {
            let row = db.new_object(CONFIG).unwrap();
            db.set_value(row, 0, mcoiot::base::Value::UInt(id)).unwrap();
            db.set_value(row, 1, mcoiot::base::Value::from(&[id as u8; 2000][..])).unwrap();
        }
    });
    connect(&device.repl, port, &secure("client")).unwrap();
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
    assert_eq!((server.ids_of(1000).len(), device.ids(CONFIG).len()), (30_000, 2000));
    let traffic = device.comm.find_connection(SERVER).unwrap().statistics();
    assert!(traffic.received > 2000 * 2000, "{traffic:?}");
}

#[test]
fn pumped_nodes_and_sockets_in_the_file_system_are_secure_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.sock").to_string_lossy().into_owned();
    let local = |name| SocketOptions { domain: Domain::Local, ..secure(name) };
    let pumped = CommParams { callback_threads: 0, ..params() };
    let mut server = Node::with(database(&server_schema()), &params(), &ReplicatorParams::default());
    let mut device = Node::with(database(&device_schema(1000)), &pumped, &ReplicatorParams::default());
    server.comm.listen(&path, Some(&local("server"))).unwrap();
    device.repl.connect(&path, LIMIT, Some(&local("client"))).unwrap();
    device.measure(0..10);
    server.configure(1, 1000);
    assert_eq!(device.sync(SERVER, BOTH | WAIT), Ok(Code::S_OK));
    assert_eq!((server.ids_of(1000).len(), device.ids(CONFIG)), (10, vec![1]));
    assert!(server.comm.find_connection(AgentId(1000)).is_some());
}

#[test]
fn communicators_give_their_sockets_what_they_have() {
    let with = |name| CommParams { tls: secure(name).tls, ..params() };
    let server = Node::server_with(&with("router"));
    let plain = Node::device(1000);
    assert_eq!(plain.connect(server.port()), Err(Code::E_NW_HANDSHAKE));
    let device = Node::with(database(&device_schema(2000)), &with("client"), &ReplicatorParams::default());
    device.connect(server.port()).unwrap();
    let nobody = CommParams { tls: Some(TlsSettings::new(&TlsParams::default()).unwrap()), ..params() };
    let bare = Node::with(database(&device_schema(3000)), &nobody, &ReplicatorParams::default());
    let refused = bare.comm.listen("localhost:0", None).unwrap_err();
    assert!(refused.error.code == Code::E_NW_INVALID_PARAMETER && refused.error.text.contains("certificate"), "{refused:?}");
}
