//! Links that compress: what they agree on, what that saves, and peers that cheat.

use super::tests::{End, batch, device, run, server};
use super::*;
use crate::base::{Code, Millis};
use crate::wire::frame::{self, Decoder};
use crate::wire::{self, Hello, Message, TAKES_DEFLATED};

const T: Millis = Millis(0);
const ROWS: usize = 50_000;

/// Level of what a side sends, and features of its Hello.
type Side = (u8, u32);

const PLAIN: Side = (0, TAKES_DEFLATED);
const PRESSING: Side = (6, TAKES_DEFLATED);
/// A release without compression.
const OLDER: Side = (0, 0);
/// A release that can more than this one.
const NEWER: Side = (9, u32::MAX);

fn pair_of(sides: [Side; 2]) -> (End, End) {
    let end = |hello, initiator, (compression, features)| {
        let config = super::tests::config(Hello { features, ..hello }, initiator);
        End::with(LinkConfig { compression, ..config }, Some(Decision::Accept))
    };
    let (mut a, mut b) = (end(device(), true, sides[0]), end(server(), false, sides[1]));
    run(T, &mut a, &mut b, 4096);
    assert!(a.link.is_established() && b.link.is_established());
    (a, b)
}

#[test]
fn each_side_compresses_for_a_peer_that_takes_it() {
    let table = [
        (PLAIN, PLAIN, false, false),
        (PRESSING, PLAIN, true, false),
        (PRESSING, PRESSING, true, true),
        (PRESSING, OLDER, false, false),
        (OLDER, PRESSING, false, false),
        (NEWER, PRESSING, true, true),
    ];
    for (ours, theirs, up, down) in table {
        let (mut a, mut b) = pair_of([ours, theirs]);
        a.handle(T, LinkInput::Send(batch(ROWS)));
        b.handle(T, LinkInput::Send(batch(ROWS)));
        assert_eq!([&a, &b].map(|end| end.link.queued() < ROWS / 10), [up, down], "{ours:?}, {theirs:?}");
        run(T, &mut a, &mut b, 77);
        assert_eq!((&a.messages[..], &b.messages[..]), (&[batch(ROWS)][..], &[batch(ROWS)][..]));
        assert_eq!((a.code(), b.code()), (None, None));
        let percent = |volume: Volume| volume.percent();
        for (from, to, compressed) in [(&a, &b, up), (&b, &a, down)] {
            let (sent, received) = (from.link.volume_sent(), to.link.volume_received());
            assert_eq!(sent, received, "both sides see the same");
            assert!(sent.raw > ROWS as u64 && if compressed { percent(sent) < 10 } else { percent(sent) == 100 }, "{sent:?}");
        }
    }
}

#[test]
fn a_schema_is_compressed_as_soon_as_the_peer_is_known() {
    let end = |hello, schema: &str| {
        let config = super::tests::config(Hello { features: TAKES_DEFLATED, ..hello }, true);
        End::with(LinkConfig { compression: 6, schema: schema.into(), ..config }, Some(Decision::Accept))
    };
    let long = "uptable class Sensor {};\n".repeat(400);
    let (mut a, mut b) = (end(device(), "short"), end(server(), &long));
    a.fetches = true;
    run(T, &mut a, &mut b, 100);
    assert_eq!((a.examined.last(), a.established), (Some(&Some(long)), true));
    assert!(b.link.volume_sent().percent() < 10);
}

/// A deflated batch of `len` bytes that are all the same, as its frame.
fn deflated(len: usize) -> Vec<u8> {
    frame::deflated(&wire::encode(1, &batch(len)).expect("short enough"), 9).expect("it gets shorter")
}

#[test]
fn what_was_not_asked_for_or_is_damaged_ends_the_link() {
    let mut damaged = deflated(ROWS);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    for (ours, bytes, what) in [
        (OLDER, deflated(ROWS), "no message has the number 144"),
        (PLAIN, damaged, "the checksum of a Batch is wrong"),
        (PLAIN, rewritten(deflated(ROWS), |payload| payload.truncate(20)), "a Batch is not deflated as it says"),
        (PLAIN, rewritten(deflated(ROWS), |payload| payload[0] ^= 1), "a Batch is not deflated as it says"),
        (PLAIN, rewritten(deflated(ROWS), |payload| drop(payload.splice(..3, [0xFF, 0xFF, 0xFF, 0x7F]))), "is longer than"),
    ] {
        let (mut a, mut b) = pair_of([ours, PLAIN]);
        a.handle(T, LinkInput::Bytes(&bytes));
        run(T, &mut a, &mut b, 16);
        assert_eq!((a.code(), b.code()), (Some(Code::E_IOT_PROTOCOLERR), Some(Code::E_IOT_PROTOCOLERR)), "{what}");
        assert!(a.text().contains(what), "'{}' does not say '{what}'", a.text());
        assert!(a.messages.is_empty());
    }
}

/// The frame with another payload, as a peer would send it that means harm.
fn rewritten(frame: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (head, payload) = frame.split_at(frame::HEADER_LEN);
    let mut payload = payload.to_vec();
    change(&mut payload);
    let mut bytes = [&head[..4], &(payload.len() as u32).to_le_bytes()].concat();
    let sum = crc32fast::hash(&[&bytes[2..], &payload].concat());
    bytes.extend(sum.to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn an_unknown_peer_cannot_make_us_inflate_more_than_it_may_say() {
    for len in [frame::MAX_SMALL as usize - 60, frame::MAX_SMALL as usize + 1] {
        let config = super::tests::config(Hello { features: TAKES_DEFLATED, ..server() }, false);
        let mut end = End::with(config, None);
        end.handle(T, LinkInput::Bytes(&wire::encode(0, &Message::Hello(Box::new(device()))).expect("short")));
        end.handle(T, LinkInput::Bytes(&deflated(len)));
        let what = if len > frame::MAX_SMALL as usize { "that are taken now" } else { "comes out of order" };
        assert!(end.text().contains(what), "{}", end.text());
    }
}

#[test]
fn last_words_are_told_as_they_are_to_who_does_not_take_them_deflated() {
    for (theirs, compressed) in [(PLAIN, true), (OLDER, false)] {
        let (mut a, mut b) = pair_of([PRESSING, theirs]);
        let text = "the application of this side has disconnected; ".repeat(20);
        a.handle(T, LinkInput::Close { code: Code::E_NW_CLOSED, text: text.clone() });
        let bytes = a.take(T, usize::MAX);
        assert_eq!(Decoder::new(0).feed(&mut &bytes[..], wire::MAX_FRAME).is_err(), compressed);
        b.handle(T, LinkInput::Bytes(&bytes));
        assert!(b.text().contains(&text), "{}", b.text());
    }
}
