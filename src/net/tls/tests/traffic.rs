//! What goes over a connection once it is secure: bytes and their number, back-pressure, the end.

use super::*;
use crate::base::Code;
use crate::net::socket::Channel;
use crate::net::stream::{Handshake, Phase, Stream};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

/// A client that is not ours, on a blocking socket.
fn stranger(port: u16) -> StreamOwned<ClientConnection, TcpStream> {
    let client = TlsSettings::new(&with("")).and_then(|settings| settings.client("localhost")).expect("any server will do");
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(client.config, name).expect("a connection");
    StreamOwned::new(connection, TcpStream::connect(("127.0.0.1", port)).expect("listening"))
}

#[test]
fn bytes_are_counted_on_the_wire_and_are_not_in_clear_text() {
    let mut net = Net::new();
    let (server, client) = net.pair(&options(&with("server")), &options(&with("")));
    let text = b"a line that nobody else reads".to_vec();
    assert!(net.reactor.send(client, text.clone()));
    net.turn_until(|net| net.bytes_of(server) == text);
    let (sent, received) = net.reactor.traffic(client);
    assert!(sent > 250 && received > 600, "the handshake counts, too: {sent} {received}");
    assert_eq!(net.reactor.traffic(server), (received, sent));
    assert!(net.reactor.send(client, vec![1; 100_000]));
    net.turn_until(|net| net.bytes_of(server).len() == text.len() + 100_000);
    let more = net.reactor.traffic(client).0 - sent;
    assert!((100_000 + 7 * 17..101_000).contains(&more), "{more}");
}

#[test]
fn many_megabytes_both_ways_at_once_with_pauses() {
    const TOTAL: usize = 10 << 20;
    let pattern = |seed: usize| (0..TOTAL).map(|i| (i.wrapping_mul(31) >> 8).wrapping_add(seed) as u8).collect::<Vec<u8>>();
    for client_options in [options(&with("")), only_tls12(&with(""))] {
        let mut net = Net::new();
        let (server, client) = net.pair(&options(&with("server")), &client_options);
        let words = [(server, pattern(1)), (client, pattern(2))];
        for (from, bytes) in &words {
            for piece in bytes.chunks(3 << 20) {
                assert!(net.reactor.send(*from, piece.to_vec()));
            }
        }
        let (mut turns, mut counts) = (0, [0; 2]);
        net.turn_until(|net| {
            turns += 1;
            // Now the one, now the other is not read, and sometimes neither: nobody may rely on an event that was told before.
            net.reactor.pause(server, turns % 3 == 0);
            net.reactor.pause(client, turns % 5 < 2);
            counts = [server, client].map(|s| net.received.iter().filter(|(of, _)| *of == s).map(|(_, b)| b.len()).sum());
            counts == [TOTAL; 2]
        });
        assert!(net.bytes_of(client) == words[0].1 && net.bytes_of(server) == words[1].1, "what came is not what was sent");
        net.turn_until(|net| [server, client].iter().all(|stream| net.written.get(stream) == Some(&TOTAL)));
        assert!(turns > TOTAL / (1 << 20), "one turn reads a bounded part: {turns}");
    }
}

#[test]
fn what_came_with_the_handshake_is_read_without_another_event() {
    let mut net = Net::new();
    net.reading = false;
    let port = net.listen(&options(&with("server")));
    // The last message of the handshake, the first words and the end, all in one segment.
    let peer = std::thread::spawn(move || {
        let mut peer = stranger(port);
        while peer.conn.is_handshaking() {
            if peer.conn.wants_write() {
                peer.conn.write_tls(&mut peer.sock).expect("open");
            } else {
                peer.conn.read_tls(&mut peer.sock).expect("open");
                peer.conn.process_new_packets().expect("a good server");
            }
        }
        peer.conn.writer().write_all(b"first and last words").expect("room");
        peer.conn.send_close_notify();
        let mut all = Vec::new();
        while peer.conn.wants_write() {
            peer.conn.write_tls(&mut all).expect("memory");
        }
        peer.sock.write_all(&all).expect("open");
        peer
    });
    let stream = net.until(accepted);
    net.turn_until(|_| peer.is_finished());
    let peer = peer.join().expect("said");
    let before = |net: &mut Net| net.reactor.traffic(stream).1;
    let mut quiet = before(&mut net);
    net.turn_until(|net| {
        let now = before(net);
        let settled = now == quiet && now > 300;
        quiet = now;
        settled
    });
    assert!(net.received.is_empty(), "nobody wants to read yet");
    net.reactor.pause(stream, false);
    let failure = net.end_of(stream);
    assert_eq!(net.bytes_of(stream), b"first and last words");
    assert_eq!((failure.error.code, failure.errno), (Code::E_NW_CLOSED, 0), "{failure:?}");
    assert!(!failure.error.text.contains("TLS"), "{failure:?}");
    drop(peer);
}

#[test]
fn closing_says_so_behind_the_last_words() {
    let mut net = Net::new();
    let port = net.listen(&options(&with("server")));
    let peer = std::thread::spawn(move || {
        let mut peer = stranger(port);
        let mut all = Vec::new();
        // An end without close_notify would be an error here.
        peer.write_all(b"never read").and_then(|()| peer.read_to_end(&mut all)).map(|_| all)
    });
    net.reading = false;
    let stream = net.until(accepted);
    assert!(net.reactor.send(stream, vec![7; 300_000]));
    net.turn_until(|net| net.reactor.traffic(stream).0 > 2000);
    net.reactor.close(stream, PATIENCE);
    net.turn_until(|net| net.reactor.is_quiet());
    assert_eq!(peer.join().expect("reader").expect("an end in order"), vec![7; 300_000]);
}

#[test]
fn a_stream_is_written_when_its_goodbye_is() {
    let (ours, _theirs) = mio::net::UnixStream::pair().expect("two ends");
    let client = TlsSettings::new(&with("")).and_then(|settings| settings.client("localhost")).expect("any server will do");
    let mut stream = Stream::new(Channel::Local(ours), Phase::Open);
    stream.begin_tls(client.session("a peer".into()).expect("a session"), Handshake { deadline: PATIENCE, success: None });
    stream.phase = Phase::Finishing { deadline: PATIENCE, shut: false };
    assert!(stream.queued() == 0 && !stream.is_written(), "the system has not said that it takes anything");
    stream.writable = true;
    stream.write().expect("room");
    assert!(stream.is_written());
}

#[test]
fn an_end_without_a_word_is_told_from_one_in_order() {
    let mut net = Net::new();
    let port = net.listen(&options(&with("server")));
    let peer = std::thread::spawn(move || {
        let mut peer = stranger(port);
        peer.write_all(b"hello").expect("open");
        peer.sock.shutdown(Shutdown::Write).expect("open");
        peer
    });
    let stream = net.until(accepted);
    let failure = net.end_of(stream);
    assert_eq!(net.bytes_of(stream), b"hello");
    assert_eq!(failure.error.code, Code::E_NW_CLOSED, "{failure:?}");
    assert!(failure.error.text.contains("without saying"), "{failure:?}");
    drop(peer.join());
}

#[test]
fn a_record_that_was_changed_ends_the_connection_with_an_alert() {
    let mut net = Net::new();
    let port = net.listen(&options(&with("server")));
    let peer = std::thread::spawn(move || {
        let mut peer = stranger(port);
        peer.write_all(b"hello").and_then(|()| peer.flush()).expect("open");
        peer.sock.write_all(&[&[0x17, 3, 3, 0, 64][..], &[9; 64]].concat()).expect("open");
        peer.read_to_end(&mut Vec::new()).map_err(|e| e.to_string())
    });
    let stream = net.until(accepted);
    let failure = net.end_of(stream);
    assert_eq!(net.bytes_of(stream), b"hello");
    assert_eq!(failure.error.code, Code::E_NW_RECVERR, "{failure:?}");
    assert!(failure.error.text.contains("changed on its way"), "{failure:?}");
    net.turn_until(|net| net.reactor.is_quiet());
    let heard = peer.join().expect("peer").expect_err("an alert");
    assert!(heard.contains("BadRecordMac"), "{heard}");
}

#[test]
fn a_peer_that_reads_nothing_is_closed() {
    let mut net = Net::with_limits(Millis(200), PATIENCE);
    let port = net.listen(&options(&with("server")));
    let peer = std::thread::spawn(move || {
        let mut peer = stranger(port);
        peer.write_all(b"hello").and_then(|()| peer.flush()).expect("open");
        peer
    });
    let stream = net.until(accepted);
    net.turn_until(|net| net.bytes_of(stream) == b"hello");
    assert!(net.reactor.send(stream, vec![0; 32 << 20]));
    let failure = net.end_of(stream);
    assert_eq!(failure.error.code, Code::E_WRITE_STREAM, "{failure:?}");
    drop(peer.join());
}

#[test]
fn sockets_in_the_file_system_are_localhost() {
    let _trust = trusting(&["ca.pem"]);
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("x.sock");
    let shown = path.to_string_lossy().into_owned();
    let local = |params| SocketOptions { domain: Domain::Local, ..options(&params) };
    let mut net = Net::new();
    let mut connect = |server: &str| {
        let address = Address::Local(path.clone());
        let (listener, _) = net.reactor.listen(&address, &[], &local(requiring(server)), 0).expect("free");
        let options = local(verifying("client"));
        let stream = net.reactor.connect(&shown, vec![Target::Local(path.clone())], &options, Millis::INFINITE).expect("begun");
        let accepted = net.until(accepted);
        net.reactor.close_listener(listener);
        (stream, accepted)
    };
    let (client, server) = connect("server");
    let (stranger, _) = connect("elsewhere");
    let failure = net.end_of(stranger);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("localhost"), "{failure:?}");
    assert!(net.reactor.send(server, b"hello".to_vec()));
    net.turn_until(|net| net.bytes_of(client) == b"hello");
}

#[test]
fn every_connection_is_verified_anew() {
    let mut config = TlsSettings::new(&with("")).and_then(|s| s.client("localhost")).expect("any server will do").config;
    Arc::get_mut(&mut config).expect("nobody else has it").resumption = rustls::client::Resumption::default();
    for options in [options(&with("server")), only_tls12(&with("server"))] {
        let mut net = Net::new();
        let port = net.listen(&options);
        for _ in 0..2 {
            let connection = ClientConnection::new(config.clone(), ServerName::try_from("localhost").expect("a name"));
            let mut peer =
                StreamOwned::new(connection.expect("a connection"), TcpStream::connect(("127.0.0.1", port)).expect("up"));
            let peer = std::thread::spawn(move || {
                peer.read_exact(&mut [0; 5]).expect("open");
                (peer.conn.handshake_kind(), peer.conn.tls13_tickets_received())
            });
            let stream = net.until(accepted);
            assert!(net.reactor.send(stream, b"hello".to_vec()));
            net.turn_until(|_| peer.is_finished());
            assert_eq!(peer.join().expect("peer"), (Some(rustls::HandshakeKind::Full), 0));
        }
    }
}

#[test]
fn buffers_of_the_system_may_be_small_and_readers_moody() {
    const TOTAL: usize = 300_000;
    const PAIRS: usize = 20;
    let mut random = crate::base::Random::seeded(5);
    let small = SocketOptions { send_buffer: 1, recv_buffer: 1, ..options(&with("")) };
    let mut net = Net::new();
    let port = net.listen(&options(&with("server")));
    let mut streams = Vec::new();
    for _ in 0..PAIRS {
        net.connect(port, &small);
    }
    while streams.len() < 2 * PAIRS {
        streams.extend(net.turn().iter().filter_map(|event| accepted(event).or_else(|| connected(event))));
        assert!(net.ended.is_empty(), "{:?}", net.ended);
    }
    let (mut left, mut came) = (vec![TOTAL; streams.len()], 0);
    net.turn_until(|net| {
        for (stream, left) in streams.iter().zip(&mut left) {
            let piece = (random.below(20_000) as usize).min(*left);
            if random.below(3) == 0 {
                *left -= piece;
                assert!(net.reactor.send(*stream, vec![7; piece]));
            }
            net.reactor.pause(*stream, random.below(3) == 0);
        }
        came += net.received.drain(..).map(|(_, bytes)| bytes.len()).sum::<usize>();
        assert!(net.ended.is_empty(), "{:?}", net.ended);
        came == TOTAL * streams.len()
    });
}
