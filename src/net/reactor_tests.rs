use super::listening::{ACCEPT_PAUSE, ACCEPT_QUIET, AcceptPause};
use super::*;
use crate::base::{Code, Millis};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

struct Loop {
    reactor: Reactor,
    seen: Vec<Event>,
}

impl Loop {
    fn new() -> Loop {
        Loop { reactor: Reactor::new(Millis(300), Millis(300)).expect("event loop").0, seen: Vec::new() }
    }

    fn listen(&mut self) -> (ListenerId, u16) {
        let address = Address::parse("0", Domain::Inet).expect("port 0");
        let places = address.to_listen(Domain::Inet).expect("every interface");
        self.reactor.listen(&address, &places, &SocketOptions::default(), 0).expect("a free port")
    }

    fn connect(&mut self, port: u16, limit: Millis) -> Result<StreamId, Failure> {
        let targets = vec![Target::Inet(SocketAddr::from(([127, 0, 0, 1], port)))];
        self.reactor.connect("test", targets, &SocketOptions::default(), clock::now().after(limit))
    }

    /// Turns until `wanted` finds something in an event.
    fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let deadline = clock::now().after(Millis(20_000));
        loop {
            let mut events = Vec::new();
            self.reactor.turn(Millis(1000), &mut events).expect("a turn");
            for event in &events {
                if let Event::Accepted { stream, .. } | Event::Connected { stream, .. } = event {
                    self.reactor.pause(*stream, false);
                }
            }
            let found = events.iter().find_map(&mut wanted);
            self.seen.append(&mut events);
            if let Some(found) = found {
                return found;
            }
            assert!(clock::now() < deadline, "nothing happened; seen {:?}", self.seen.len());
        }
    }
}

fn accepted(event: &Event) -> Option<StreamId> {
    if let Event::Accepted { stream, .. } = event { Some(*stream) } else { None }
}

fn closed(event: &Event) -> Option<(StreamId, Failure)> {
    if let Event::Closed { stream, failure } = event { Some((*stream, failure.clone())) } else { None }
}

#[test]
fn bytes_go_both_ways_and_the_end_is_seen() {
    let mut net = Loop::new();
    let (_, port) = net.listen();
    let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    let stream = net.until(accepted);
    assert!(net.reactor.send(stream, b"hello".to_vec()));
    peer.write_all(b"world").expect("open");
    net.until(|e| matches!(e, Event::Received { bytes, .. } if bytes == b"world").then_some(()));
    let mut got = [0; 5];
    peer.read_exact(&mut got).expect("open");
    assert_eq!(&got, b"hello");
    assert_eq!(net.reactor.traffic(stream), (5, 5));
    drop(peer);
    let (gone, failure) = net.until(closed);
    assert_eq!((gone, failure.error.code), (stream, Code::E_NW_CLOSED));
    assert!(!net.reactor.send(stream, vec![1]), "a closed stream takes nothing");
}

#[test]
fn a_refused_connection_and_an_address_in_use_have_their_codes() {
    let mut net = Loop::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let stream = net.connect(free, Millis(5000)).expect("begun");
    let (gone, failure) = net.until(closed);
    assert_eq!((gone, failure.error.code, failure.errno), (stream, Code::E_NW_CONNECT, libc::ECONNREFUSED));
    assert!(failure.error.text.contains("test"), "{}", failure.error.text);

    let (_, port) = net.listen();
    let address = Address::parse(&port.to_string(), Domain::Inet).expect("port");
    let places = address.to_listen(Domain::Inet).expect("every interface");
    let again = net.reactor.listen(&address, &places, &SocketOptions::default(), 0);
    assert_eq!(again.map_err(|f| (f.error.code, f.errno)), Err((Code::E_NW_BIND, libc::EADDRINUSE)));
}

#[test]
fn a_peer_that_does_not_answer_ends_in_a_timeout() {
    // Its queue is full, so the system does not answer further attempts.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("bind");
    socket.listen(0).expect("listen");
    let port = socket.local_addr().ok().and_then(|a| a.as_socket()).expect("address").port();
    let mut net = Loop::new();
    for _ in 0..4 {
        let _ = net.connect(port, Millis(100));
    }
    let (_, failure) = net.until(closed);
    assert_eq!(failure.error.code, Code::E_NW_TIMEOUT, "{failure:?}");
}

#[test]
fn the_second_of_two_addresses_is_tried() {
    let mut net = Loop::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let listener = TcpListener::bind("127.0.0.1:0").expect("listener");
    let targets = vec![Target::Inet(free), Target::Inet(listener.local_addr().expect("address"))];
    net.reactor.connect("two", targets, &SocketOptions::default(), clock::now().after(Millis(10_000))).expect("begun");
    net.until(|e| matches!(e, Event::Connected { .. }).then_some(()));
}

#[test]
fn a_peer_that_reads_nothing_is_closed_and_the_queue_is_bounded() {
    let mut net = Loop::new();
    let (_, port) = net.listen();
    let _peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    let stream = net.until(accepted);
    let piece = vec![0u8; 8 << 20];
    let mut taken = 0;
    while net.reactor.send(stream, piece.clone()) {
        taken += piece.len();
        assert!(taken <= WRITE_QUEUE_MAX);
    }
    assert_eq!(taken, WRITE_QUEUE_MAX);
    let (_, failure) = net.until(closed);
    assert_eq!(failure.error.code, Code::E_WRITE_STREAM);
}

#[test]
fn one_turn_reads_a_bounded_part_and_nothing_while_paused() {
    let mut net = Loop::new();
    let (_, port) = net.listen();
    let peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    let stream = net.until(accepted);
    let total = 4 << 20;
    let writer = std::thread::spawn(move || {
        let mut peer = peer;
        peer.write_all(&vec![7u8; total]).expect("read by the loop");
    });
    net.reactor.pause(stream, true);
    let mut events = Vec::new();
    net.reactor.turn(Millis(50), &mut events).expect("a turn");
    assert!(events.is_empty(), "{events:?}");
    net.reactor.pause(stream, false);
    let mut sum = 0;
    while sum < total {
        let got = net.until(|e| if let Event::Received { bytes, .. } = e { Some(bytes.len()) } else { None });
        assert!(got <= READ_PER_TURN + (64 << 10), "{got}");
        sum += got;
    }
    writer.join().expect("written");
}

#[test]
fn closing_with_grace_still_delivers_the_last_words() {
    let mut net = Loop::new();
    let (_, port) = net.listen();
    let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    peer.write_all(b"never read").expect("open");
    let stream = net.until(accepted);
    assert!(net.reactor.send(stream, b"goodbye".to_vec()));
    net.reactor.close(stream, Millis(5000));
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all).map(|_| all)
    });
    while !net.reactor.is_quiet() {
        net.reactor.turn(Millis(100), &mut Vec::new()).expect("a turn");
    }
    assert_eq!(reader.join().expect("reader").expect("no reset"), b"goodbye");
}

#[test]
fn local_sockets_work_and_a_left_over_file_is_replaced() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("x.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("left over"));
    let address = Address::Local(path.clone());
    let mut net = Loop::new();
    let (listener, _) = net.reactor.listen(&address, &[], &SocketOptions::default(), 0).expect("replaced");
    let twice = net.reactor.listen(&address, &[], &SocketOptions::default(), 0);
    assert_eq!(twice.map_err(|f| f.error.code), Err(Code::E_NW_BIND));
    let targets = vec![Target::Local(path.clone())];
    net.reactor.connect("local", targets, &SocketOptions::default(), Millis::INFINITE).expect("begun");
    net.until(accepted);
    net.reactor.close_listener(listener);
    assert!(!path.exists());
}

#[test]
fn a_waker_ends_the_wait() {
    let (mut reactor, waker) = Reactor::new(Millis(1000), Millis(1000)).expect("event loop");
    let thread = std::thread::spawn(move || waker.wake());
    reactor.turn(Millis::INFINITE, &mut Vec::new()).expect("woken");
    thread.join().expect("woke");
}

#[test]
fn a_lack_of_descriptors_is_told_once_in_a_while() {
    let mut pause = AcceptPause::default();
    let start = Millis(5_000_000);
    assert!(pause.begin(start));
    assert_eq!(pause.until, start.after(ACCEPT_PAUSE));
    assert!(!pause.begin(start.after(ACCEPT_PAUSE)));
    assert!(pause.begin(start.after(ACCEPT_QUIET)));
}
