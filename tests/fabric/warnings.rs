//! What is written to the log.

use crate::kit::*;
use crate::puppet::Puppet;
use log::{Level, LevelFilter, Log, Metadata, Record};
use mcoiot::base::Code;
use mcoiot::fabric::ReplicatorParams;
use std::sync::{Mutex, Once};

/// Keeps what all tests of this program log.
struct Recorder(Mutex<Vec<(Level, String)>>);

static RECORDER: Recorder = Recorder(Mutex::new(Vec::new()));

impl Log for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push((record.level(), record.args().to_string()));
    }
    fn flush(&self) {}
}

fn record() {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&RECORDER).unwrap();
        log::set_max_level(LevelFilter::Debug);
    });
}

/// What was written about something; warnings that come too often are written at the level of debugging.
fn said(about: &str) -> Vec<(Level, String)> {
    RECORDER.0.lock().unwrap().iter().filter(|(_, text)| text.contains(about)).cloned().collect()
}

fn warnings(about: &str) -> Vec<String> {
    said(about).into_iter().filter(|(level, _)| *level <= Level::Warn).map(|(_, text)| text).collect()
}

#[test]
fn who_breaks_the_protocol_is_named_once() {
    record();
    let server = Node::server();
    let mut loud = Puppet::device(server.port(), 1000, 5);
    loud.attach();
    let whose = format!("127.0.0.1:{} ", loud.port());
    loud.measure(1, Some(vec![0xFF; 50]));
    assert_eq!(loud.end().0, Code::E_IOT_PROTOCOLERR);
    until("a warning is written", || !warnings(&whose).is_empty());
    let written = warnings(&whose);
    assert!(written.len() == 1 && written[0].contains("MCO_E_IOT_PROTOCOLERR"), "{written:?}");
    assert!(written[0].contains("a batch of agent 1000 cannot be read"), "{written:?}");
    assert_eq!(warnings("a batch of agent 1000 cannot be read").len(), 1, "said once");

    let mut quiet = Puppet::device(server.port(), 2000, 5);
    quiet.establish();
    let whose = format!("127.0.0.1:{} ", quiet.port());
    drop(quiet);
    until("it is gone", || server.comm.next_connection(None).is_none());
    assert_eq!(said(&whose), [], "an ordinary end");
}

#[test]
fn a_crowd_of_garbage_does_not_fill_the_log() {
    record();
    let server = Node::with(database(&server_schema()), &params(), &ReplicatorParams::default());
    server.comm.listen("localhost:0", None).unwrap();
    let port = server.comm.listen_port("localhost:0").unwrap();
    let written = || warnings("(\"localhost:0\") closed: ");
    let mut sent = 0;
    while written().len() < 2 {
        let mut puppet = Puppet::device(port, 1000, 5);
        puppet.meet();
        puppet.babble(&[0xFF; 100]);
        puppet.end();
        sent += 1;
    }
    let written = written();
    assert!(sent > 2 && written.len() == 2, "{sent} bad peers: {written:?}");
    assert!(written[1].contains("warnings of this kind before it were left out"), "{written:?}");
}

#[test]
fn a_class_that_the_peer_lacks_is_named_once_for_each_connection() {
    record();
    let server = Node::server();
    let schema = format!("{}\nuptable class Whistle {{ unsigned<4> id; list; }};", device_schema(1000));
    let mut device = Node::with(database(&schema), &params(), &ReplicatorParams::default());
    let class = device.db.database().dictionary().class_named("Whistle").unwrap().code;
    let mut connect = || {
        device.connect(server.port()).unwrap();
        for _ in 0..3 {
            device.write(|db| {
                db.new_object(class).unwrap();
            });
            assert_eq!(device.sync(SERVER, PUSH | WAIT), Err(Code::E_IOT_INCOMPATIBLE_MODE));
        }
        device.comm.find_connection(SERVER).unwrap().disconnect();
        until("it has ended", || device.comm.find_connection(SERVER).is_none());
        let written = said("Whistle");
        assert!(written.iter().all(|(_, text)| text.contains("of agent 1 ")), "{written:?}");
        written.len()
    };
    assert_eq!([connect(), connect()], [1, 2]);
    assert!(!warnings("Whistle").is_empty());
}

#[test]
fn rows_set_aside_are_said_to_be_those_of_their_origin() {
    record();
    let schema = server_schema().replace("string note; list;", "string note; list; unique tree<id> by_id;");
    let server = Node::with(database(&schema), &params(), &ReplicatorParams::default());
    server.comm.listen("127.0.0.1:0", None).unwrap();
    let router = crate::tree::router(10, 2, server.port());
    let mut device = Node::device(40_321);
    device.connect(router.port()).unwrap();
    device.measure([1, 1]);
    assert_eq!(device.sync(SERVER, PUSH | WAIT | DEEP_ACK), Err(Code::S_DUPLICATE));
    assert_eq!(said("rows of agent 40321 cannot be applied and are set aside: ").len(), 1);
}

#[test]
fn a_second_database_of_an_agent_behind_another_router_is_told_and_the_server_warns() {
    record();
    let server = Node::server();
    let routers = [10, 11].map(|id| crate::tree::router(id, 2, server.port()));
    let devices = [Node::device(3456), Node::device(3456)];
    let upper = routers[1].comm.find_connection(SERVER).unwrap();
    upper.disconnect();
    until("the second router is alone", || upper.has_ended());
    for (router, device) in routers.iter().zip(&devices) {
        device.connect(router.port()).unwrap();
    }
    assert_eq!(devices[0].sync(SERVER, PULL | WAIT), Ok(Code::S_IOT_NO_NEW_DATA));
    let link = devices[1].comm.find_connection(mcoiot::base::AgentId(11)).unwrap();
    routers[1].connect(server.port()).unwrap();
    until("the second database is refused", || link.has_ended());
    let error = link.end().failure.error;
    let both = devices.each_ref().map(|node| format!("{:016x}", node.repl.db_id().0));
    assert_eq!(error.code, Code::E_IOT_WRONG_AGENT_ID);
    assert!(error.text.contains("agent 3456") && both.iter().all(|db| error.text.contains(db)), "{}", error.text);
    until("the server has warned", || !warnings("agent 3456 was not taken in").is_empty());
    assert_eq!(devices[0].sync(SERVER, PULL | WAIT), Ok(Code::S_IOT_NO_NEW_DATA), "the first is served");
}

#[test]
#[cfg(feature = "tls")]
fn who_fails_the_handshake_of_tls_is_named() {
    record();
    let tls = mcoiot::net::TlsSettings::new(&mcoiot::net::TlsParams::default()).unwrap();
    let server = Node::server();
    let device = Node::device(1000);
    let address = format!("localhost:{}", server.port());
    let options = mcoiot::net::SocketOptions { tls: Some(tls), ..Default::default() };
    let failure = device.repl.connect(&address, mcoiot::base::Millis(20_000), Some(&options)).unwrap_err();
    assert_eq!(failure.error.code, Code::E_NW_HANDSHAKE);
    until("the plain side has warned", || !warnings("the peer speaks TLS").is_empty());
}
