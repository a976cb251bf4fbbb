//! Everything that two peers can get wrong with each other, with its code and its words on both sides.

use super::*;
use crate::base::Code;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// One failed handshake: what each side has, the host that is connected to, what the client and the server are told.
struct Case(&'static str, SocketOptions, SocketOptions, &'static str, &'static str, &'static str);

#[test]
fn every_refusal_has_its_words_on_both_sides() {
    let _trust = trusting(&["ca.pem"]);
    let refused = "has refused our certificate";
    let none = || options(&with(""));
    let peer = || options(&verifying(""));
    let bounded = |depth, bytes| TlsParams { chain_depth_max: depth, chain_bytes_max: bytes, ..verifying("") };
    let rsa = || TlsParams { cipher_list: Some("ECDHE-RSA-AES128-GCM-SHA256".into()), ..verifying("") };
    let new = |name| TlsParams { without_tls12: true, ..with(name) };
    let here = "127.0.0.1";
    let cases = [
        Case("expired", options(&with("expired")), peer(), here, "has expired", refused),
        Case("early", options(&with("early")), peer(), here, "is the clock here right?", refused),
        Case("issuer", options(&with("stranger")), peer(), here, "none of the CAs that are loaded", refused),
        Case("a CA itself", options(&with("itself")), peer(), here, "CA:FALSE", refused),
        Case("purpose", options(&with("client")), peer(), "localhost", "another purpose", refused),
        Case("name", options(&with("elsewhere")), peer(), "localhost", "elsewhere.example", refused),
        Case("address", options(&with("elsewhere")), peer(), here, "another name", refused),
        Case("depth", options(&with("deep")), options(&bounded(0, 0)), here, "verify_depth allows 0", refused),
        Case("bytes", options(&with("server")), options(&bounded(9, 300)), here, "max_cert_list allows 300", refused),
        Case(
            "bytes, not verified",
            options(&with("server")),
            options(&TlsParams { verify: false, ..bounded(9, 300) }),
            here,
            "max_cert_list",
            refused,
        ),
        Case("no certificate", options(&requiring("server")), none(), here, "wants a certificate", "has shown no certificate"),
        Case(
            "no certificate, 1.2",
            options(&requiring("server")),
            only_tls12(&with("")),
            here,
            "peer",
            "has shown no certificate",
        ),
        Case("client's issuer", options(&verifying("server")), options(&with("stranger")), here, refused, "none of the CAs"),
        Case("client expired", options(&requiring("server")), options(&with("expired")), here, refused, "has expired"),
        Case("client's purpose", options(&requiring("server")), options(&with("server")), here, refused, "another purpose"),
        Case(
            "client's chain",
            options(&TlsParams { chain_depth_max: 0, ..requiring("server") }),
            options(&with("deep")),
            here,
            refused,
            "verify_depth allows 0",
        ),
        Case("cipher", options(&with("server")), only_tls12(&rsa()), here, "in common", "in common"),
        Case("server without 1.2", options(&new("server")), only_tls12(&with("")), here, "in common", "in common"),
        Case("client without 1.2", only_tls12(&with("server")), options(&new("")), here, "in common", "in common"),
    ];
    let mut wrong = Vec::new();
    for Case(name, server, client, host, at_client, at_server) in cases {
        let mut net = Net::new();
        let port = net.listen(&server);
        let connecting = net.connect_to(host, port, &client, PATIENCE);
        let accepted = net.until(accepted);
        let deadline = clock::now().after(Millis(5000));
        net.turn_until(|net| net.reactor.is_quiet() || clock::now() > deadline);
        for (side, stream, words) in [("client", connecting, at_client), ("server", accepted, at_server)] {
            let end = net.ended.iter().find(|(of, _)| *of == stream).map(|(_, failure)| &failure.error);
            if !end.is_some_and(|error| error.code == Code::E_NW_HANDSHAKE && error.text.contains(words)) {
                wrong.push(format!("{name}, {side}: {end:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_verified_is_let_through() {
    let _trust = trusting(&["ca.pem"]);
    let bounded = TlsParams { chain_depth_max: 1, chain_bytes_max: 5000, ..verifying("") };
    let listed = TlsParams { cipher_list: Some("ECDHE-ECDSA-CHACHA20-POLY1305".into()), ..verifying("client") };
    for (name, server, client) in [
        ("anybody", options(&with("expired")), options(&with(""))),
        ("both", options(&requiring("server")), options(&verifying("client"))),
        ("both, 1.2", options(&requiring("server")), only_tls12(&verifying("client"))),
        ("both, 1.3 alone", options(&requiring("server")), options(&TlsParams { without_tls12: true, ..verifying("client") })),
        ("listed", options(&requiring("server")), only_tls12(&listed)),
        ("an old server", only_tls12(&with("server")), options(&verifying(""))),
        ("router", options(&requiring("router")), options(&verifying("router"))),
        ("none is needed", options(&verifying("server")), options(&verifying(""))),
        ("chain", options(&with("deep")), options(&bounded)),
    ] {
        let mut net = Net::new();
        let (server, client) = net.pair(&server, &client);
        assert!(net.reactor.send(client, b"up".to_vec()) && net.reactor.send(server, b"down".to_vec()));
        net.turn_until(|net| net.received.len() == 2);
        assert_eq!((net.bytes_of(server), net.bytes_of(client)), (b"up".to_vec(), b"down".to_vec()), "{name}");
    }
}

#[test]
fn plain_peers_are_told_apart_and_disturb_nobody() {
    let _trust = trusting(&["ca.pem"]);
    let mut net = Net::new();
    let (good, friend) = net.pair(&options(&with("server")), &options(&verifying("")));

    let (secure, open) = (net.listen(&options(&with("server"))), net.listen(&SocketOptions::default()));
    let plain = net.connect(secure, &SocketOptions::default());
    let accepted_plain = net.until(accepted);
    assert!(net.reactor.send(plain, b"\x4D\xC0 and what follows in a frame".to_vec()));
    let failure = net.end_of(accepted_plain);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("not TLS"), "{failure:?}");
    let failure = net.end_of(plain);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("speaks TLS"), "{failure:?}");

    let secure = net.connect(open, &options(&with("")));
    let accepted_secure = net.until(accepted);
    let failure = net.end_of(accepted_secure);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("speaks TLS"), "{failure:?}");
    let failure = net.end_of(secure);
    assert_eq!(failure.error.code, Code::E_NW_HANDSHAKE, "{failure:?}");

    assert!(net.reactor.send(good, b"still here".to_vec()));
    net.turn_until(|net| net.bytes_of(friend) == b"still here");
}

#[test]
fn a_plain_server_that_speaks_first_is_recognised() {
    let mut net = Net::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let client = net.connect(listener.local_addr().expect("bound").port(), &options(&with("")));
    let (mut peer, _) = listener.accept().expect("connected");
    peer.write_all(b"\x4D\xC0 a frame").expect("open");
    let failure = net.end_of(client);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("not TLS"), "{failure:?}");
}

#[test]
fn a_peer_that_stalls_in_the_handshake_is_given_up() {
    let mut net = Net::with_limits(PATIENCE, Millis(200));
    let port = net.listen(&options(&with("server")));
    let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    // The beginning of a ClientHello.
    peer.write_all(&[0x16, 3, 1, 1, 0, 1, 0, 0]).expect("open");
    let stream = net.until(accepted);
    // What waits for the end of the handshake is no reason to end it earlier or later.
    assert!(net.reactor.send(stream, b"hello".to_vec()));
    let failure = net.end_of(stream);
    assert!(failure.error.code == Code::E_NW_TIMEOUT && failure.error.text.contains("handshake in time"), "{failure:?}");
    assert_eq!(peer.read(&mut [0; 64]).expect("closed in order"), 0);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = listener.local_addr().expect("bound").port();
    let stream = net.connect_to("127.0.0.1", silent, &options(&with("")), Millis(200));
    let _peer = listener.accept().expect("connected");
    let failure = net.end_of(stream);
    assert!(failure.error.code == Code::E_NW_TIMEOUT && failure.error.text.contains("127.0.0.1"), "{failure:?}");
}

#[test]
fn a_peer_that_closes_in_the_handshake_is_told_of() {
    let mut net = Net::new();
    let port = net.listen(&options(&with("server")));
    let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    peer.write_all(&[0x16, 3, 1, 1]).expect("open");
    let stream = net.until(accepted);
    drop(peer);
    let failure = net.end_of(stream);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("middle"), "{failure:?}");

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let stream = net.connect(listener.local_addr().expect("bound").port(), &options(&with("")));
    let (mut peer, _) = listener.accept().expect("connected");
    let reader = std::thread::spawn(move || {
        // Its first words are read, so that closing is no reset.
        let _ = peer.read(&mut [0; 4096]);
    });
    let failure = net.end_of(stream);
    assert!(failure.error.code == Code::E_NW_HANDSHAKE && failure.error.text.contains("speak TLS"), "{failure:?}");
    reader.join().expect("read");
}

#[test]
fn many_handshakes_at_once_take_turns_with_the_rest() {
    const MANY: usize = 100;
    let mut net = Net::new();
    let port = net.listen(&options(&with("server")));
    let client = TlsSettings::new(&with("")).and_then(|settings| settings.client("localhost")).expect("any server will do");
    let peers: Vec<TcpStream> = (0..MANY)
        .map(|_| {
            let name = client.name.clone();
            let mut hello = rustls::ClientConnection::new(client.config.clone(), name).expect("a connection");
            let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
            hello.write_tls(&mut peer).expect("open");
            peer
        })
        .collect();
    let mut streams = Vec::new();
    while streams.len() < MANY {
        streams.extend(net.turn().iter().filter_map(accepted));
    }
    let begun = |net: &Net| streams.iter().filter(|stream| net.reactor.traffic(**stream).1 > 0).count();
    let mut before = begun(&net);
    net.turn_until(|net| {
        let now = begun(net);
        assert!(now - before <= 32, "{} in one turn", now - before);
        before = now;
        now == MANY
    });
    drop(peers);
}

#[test]
fn rubbish_instead_of_a_handshake_is_refused_at_once() {
    let endless: &[u8] = &[0x16, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF];
    for rubbish in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &[0x16, 3, 1, 0xFF, 0xFF, 1], endless] {
        let mut net = Net::new();
        let port = net.listen(&options(&with("server")));
        let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("listening");
        peer.write_all(rubbish).expect("open");
        let stream = net.until(accepted);
        let failure = net.end_of(stream);
        assert_eq!(failure.error.code, Code::E_NW_HANDSHAKE, "{rubbish:?}: {failure:?}");
        net.turn_until(|net| net.reactor.is_quiet() || net.reactor.traffic(stream).0 > 0);
        let mut answer = Vec::new();
        peer.read_to_end(&mut answer).unwrap_or_else(|e| panic!("no end in order for {rubbish:?}: {e}"));
        // A message of 16 MB that is only announced is not worth an alert to rustls.
        assert_eq!(answer.first(), if rubbish == endless { None } else { Some(&0x15) }, "{rubbish:?}: {answer:?}");
        drop(peer);
        net.turn_until(|net| net.reactor.is_quiet());
    }
}
