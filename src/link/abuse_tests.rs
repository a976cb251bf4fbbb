//! Peers that break the protocol: found out once, told when they can understand it, and nothing after.

use super::tests::{End, batch, established, pair, run};
use super::*;
use crate::base::{Code, Millis, Random};
use crate::wire::frame::{self, Kind};
use crate::wire::{self, Message, Refuse};

const T: Millis = Millis(0);
/// Hash of the schema of `pair`'s first side.
const OURS: u64 = 1000 ^ 9;

fn assert_broken(end: &mut End, what: &str, told: bool) {
    assert_eq!(end.code(), Some(Code::E_IOT_PROTOCOLERR), "{what}");
    assert!(end.text().contains(what), "'{}' does not say '{what}'", end.text());
    assert_eq!(end.closed[0].2, told, "{what}");
    // Nothing that comes later has any effect (End asserts that no output follows the end).
    let late = wire::encode(1, &batch(10)).expect("short");
    end.handle(T, LinkInput::Bytes(&late));
    end.handle(T, LinkInput::Send(batch(10)));
    end.handle(T, LinkInput::Decide(Decision::Accept));
    end.handle(T, LinkInput::Close { code: Code::E_IOT, text: String::new() });
    end.handle(Millis(1 << 50), LinkInput::Tick);
    end.handle(T, LinkInput::Eof);
    assert_eq!(end.closed.len(), 1);
}

#[test]
fn another_protocol_is_dropped_without_a_word() {
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x16, 0x03, 0x01, 0x02, 0x00], &[0], &[0xFF; 4000]] {
        let (mut a, _) = pair();
        let hello = a.take(T, usize::MAX);
        a.handle(T, LinkInput::Bytes(bytes));
        assert!(a.out.is_empty() && !hello.is_empty());
        assert_broken(&mut a, "does not speak this protocol", false);
    }
}

#[test]
fn bytes_changed_on_the_way_end_an_established_link() {
    let good = wire::encode(1, &batch(20)).expect("short");
    let spoiled = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    for (bytes, what) in [
        (spoiled(0, 0), "does not speak this protocol"),
        (spoiled(2, 9), "checksum of a Batch"),
        (spoiled(3, 77), "no message has the number 77"),
        (spoiled(7, 0xFF), "is longer than"),
        (spoiled(40, 0), "checksum of a Batch"),
        (frame::encode(2, Kind::KeepAlive, b"").expect("short"), "a KeepAlive is written in version 2 instead of 1"),
        (frame::encode(1, Kind::Ack, b"").expect("short"), "a Ack is malformed"),
    ] {
        let (mut a, mut b) = established();
        a.handle(T, LinkInput::Bytes(&bytes));
        run(T, &mut a, &mut b, 16);
        assert_broken(&mut a, what, true);
        assert_eq!(b.code(), Some(Code::E_IOT_PROTOCOLERR), "{what}: the other side's user gets the code, too");
        assert!(a.messages.is_empty());
    }
}

#[test]
fn messages_out_of_order_are_refused_in_every_state() {
    let hello = || Message::Hello(Box::new(super::tests::hello(crate::base::Role::Server, 1, 1)));
    let schema = || Message::Schema("x".into());
    let request = Message::SchemaRequest;
    let bye = || Message::Bye(Refuse { code: Code::E_IOT, text: String::new() });
    // What comes first, then what must not follow; the first decision is to accept.
    let table: Vec<(Vec<Message>, Vec<Message>)> = vec![
        (vec![], vec![request(OURS), schema(), Message::Accept, Message::KeepAlive, bye(), batch(1)]),
        (vec![hello()], vec![hello(), request(77), schema(), Message::KeepAlive, bye(), batch(1)]),
        (vec![hello(), request(OURS)], vec![request(OURS)]),
        (vec![hello(), Message::Accept], vec![hello(), Message::Accept]),
    ];
    for (first, wrong) in table {
        for message in wrong {
            let (mut a, _) = pair();
            for good in &first {
                let version = u8::from(!matches!(good, Message::Hello(_)));
                a.handle(T, LinkInput::Bytes(&wire::encode(version, good).expect("short")));
            }
            assert_eq!(a.code(), None);
            let version = u8::from(!first.is_empty());
            a.handle(T, LinkInput::Bytes(&wire::encode(version, &message).expect("short")));
            assert_broken(&mut a, "comes out of order", true);
        }
    }
}

#[test]
fn a_peer_that_is_not_known_yet_cannot_make_us_keep_much() {
    let header = |kind: Kind, len: u32| {
        let mut bytes =
            frame::encode(u8::from(kind != Kind::Hello), kind, &vec![0; len as usize]).expect("within its kind's limit");
        bytes.truncate(frame::HEADER_LEN);
        bytes
    };
    let batch = header(Kind::Batch, wire::MAX_FRAME);
    let schema = header(Kind::Schema, frame::MAX_SCHEMA);
    for early in [&batch, &schema] {
        let (mut a, _) = pair();
        a.handle(T, LinkInput::Bytes(early));
        assert_broken(&mut a, "that are taken now", false);
    }
    for fetches in [false, true] {
        for (early, kind) in [(&batch, Kind::Batch), (&schema, Kind::Schema)] {
            let (mut a, mut b) = pair();
            (a.decision, a.fetches) = (None, fetches);
            let hello = b.take(T, usize::MAX);
            a.handle(T, LinkInput::Bytes(&hello));
            a.handle(T, LinkInput::Bytes(early));
            if fetches && kind == Kind::Schema {
                assert_eq!(a.code(), None);
            } else {
                assert_broken(&mut a, "that are taken now", true);
            }
        }
    }
    let (mut a, _) = established();
    a.handle(T, LinkInput::Bytes(&batch));
    assert_eq!(a.code(), None);
}

#[test]
fn an_undecided_side_takes_no_data() {
    let (mut a, mut b) = pair();
    a.decision = None;
    run(T, &mut a, &mut b, 64);
    a.handle(T, LinkInput::Bytes(&wire::encode(1, &batch(1)).expect("short")));
    assert_broken(&mut a, "a Batch comes out of order", true);
}

#[test]
fn decisions_nobody_asked_for_change_nothing() {
    let (mut a, mut b) = pair();
    a.decision = None;
    a.handle(T, LinkInput::Decide(Decision::Accept));
    run(T, &mut a, &mut b, 64);
    a.handle(T, LinkInput::Decide(Decision::FetchSchema));
    a.handle(T, LinkInput::Decide(Decision::FetchSchema));
    a.handle(T, LinkInput::Decide(Decision::Accept));
    run(T, &mut a, &mut b, 64);
    a.handle(T, LinkInput::Decide(Decision::FetchSchema));
    assert_eq!(a.examined.len(), 2);
    a.handle(T, LinkInput::Decide(Decision::Accept));
    a.handle(T, LinkInput::Decide(Decision::Accept));
    run(T, &mut a, &mut b, 64);
    assert_eq!((a.established, b.established), (true, true));
    assert_eq!((a.code(), b.code()), (None, None));
}

#[test]
fn garbage_behind_any_part_of_a_session_never_panics_and_ends_once() {
    let (mut a, mut b) = pair();
    let mut to_b = a.take(T, usize::MAX);
    let to_a = b.take(T, usize::MAX);
    a.handle(T, LinkInput::Bytes(&to_a));
    b.handle(T, LinkInput::Bytes(&to_b.clone()));
    to_b.extend(a.take(T, usize::MAX));
    to_b.extend(wire::encode(1, &batch(50)).expect("short"));
    let mut random = Random::seeded(7);
    for round in 0..4_000u64 {
        let (_, mut b) = pair();
        let mut bytes = to_b.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, random.any() as u8),
            }
        }
        for piece in bytes.chunks(1 + random.below(40) as usize) {
            b.handle(T, LinkInput::Bytes(piece));
        }
        b.handle(T, LinkInput::Eof);
        assert_eq!(b.closed.len(), 1, "round {round}");
    }
}
