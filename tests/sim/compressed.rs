//! What compression takes of the heap: nothing between two messages, and never more than a peer may have anyway, whatever it says.

use crate::heap;
use mcoiot::base::{AgentId, DbId, Group, Level, Millis, Position, Role};
use mcoiot::link::{Decision, Link, LinkConfig, LinkInput, LinkOutput};
use mcoiot::wire::frame::{DEFLATED, Decoder, HEADER_LEN, MAX_SMALL, deflated};
use mcoiot::wire::{Batch, FEATURES, Hello, MAX_FRAME, Message, VERSION_MAX, VERSION_MIN, encode};

const NOW: Millis = Millis(1);
/// What inflating takes besides its result.
const INFLATER: i64 = 64 << 10;
/// What a link may keep for a message that it has taken or given away: room in queues.
const IDLE: i64 = 4 << 10;

fn hello(role: Role, agent: u64, level: Level) -> Hello {
    Hello {
        version_min: VERSION_MIN,
        version_max: VERSION_MAX,
        role,
        agent: AgentId(agent),
        level,
        db: DbId(agent),
        nonce: agent,
        schema_hash: 1,
        recv_timeout: Millis::INFINITE,
        max_frame: MAX_FRAME,
        features: FEATURES,
    }
}

fn link(hello: Hello) -> Link {
    let (schema, limit) = (String::new(), Millis::INFINITE);
    let config = LinkConfig { hello, schema, compression: 9, initiator: true, handshake_timeout: limit, send_timeout: limit };
    Link::new(config, NOW)
}

/// What a link has written; accepts its peer.
fn written(link: &mut Link) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(output) = link.poll() {
        match output {
            LinkOutput::Transmit(frame) => {
                link.handle(NOW, LinkInput::Written(frame.len()));
                bytes.extend(frame);
            }
            LinkOutput::Examine { .. } => link.handle(NOW, LinkInput::Decide(Decision::Accept)),
            _ => {}
        }
    }
    bytes
}

fn exchange(a: &mut Link, b: &mut Link) {
    loop {
        let (to_b, to_a) = (written(a), written(b));
        if to_a.is_empty() && to_b.is_empty() {
            return;
        }
        a.handle(NOW, LinkInput::Bytes(&to_a));
        b.handle(NOW, LinkInput::Bytes(&to_b));
    }
}

fn established() -> (Link, Link) {
    let (mut a, mut b) = (link(hello(Role::Device, 1000, Level::DEVICE)), link(hello(Role::Server, 1, Level::SERVER)));
    exchange(&mut a, &mut b);
    assert!(a.is_established() && b.is_established());
    (a, b)
}

fn batch(len: usize) -> Message {
    let (group, at) = (Group::USUAL, Position::default());
    Message::Batch(Batch { seq: 1, group, flags: 0, after: at, up_to: at, as_of: at, rows: 1, body: vec![7; len] })
}

/// The frame of a deflated batch, with another length inside.
fn claiming(len: u64, stream: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut rest = len;
    while rest >= 0x80 {
        payload.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    payload.push(rest as u8);
    payload.extend(stream);
    let mut bytes = encode(1, &batch(0)).expect("short");
    bytes.truncate(4);
    bytes[3] |= DEFLATED;
    bytes.extend((payload.len() as u32).to_le_bytes());
    let sum = crc32fast::hash(&[&bytes[2..], &payload].concat());
    bytes.extend(sum.to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn links_that_have_compressed_keep_nothing_of_it() {
    let (mut a, mut b) = established();
    let before = heap::live();
    for len in [1000, 300_000] {
        a.handle(NOW, LinkInput::Send(batch(len)));
        b.handle(NOW, LinkInput::Send(batch(len)));
        exchange(&mut a, &mut b);
    }
    let kept = heap::live() - before;
    assert!(a.volume_sent().percent() < 10 && b.volume_sent().percent() < 10);
    assert!(kept < 2 * IDLE, "{kept} bytes for two links");
}

#[test]
fn no_peer_makes_a_link_take_more_than_it_may_send() {
    let whole = deflated(&encode(1, &batch(300_000)).expect("short enough"), 9).expect("it gets shorter");
    let stream = &whole[HEADER_LEN + 3..];
    let (few, claimed) = (&stream[..20], u64::from(MAX_FRAME));
    let full = 300_000 + INFLATER;
    // What comes, and the most that it may take: of what is over the limit, or cannot be in so few bytes, nothing is made room for.
    let table = [
        (whole.clone(), full + 300_000),
        (claiming(299_999, stream), full),
        (claiming(1 << 40, stream), IDLE),
        (claiming(claimed + 1, stream), IDLE),
        (claiming(claimed, few), IDLE),
    ];
    for (frame, most) in table {
        let (mut link, _) = established();
        let (kept, used) = heap::most(|| {
            link.handle(NOW, LinkInput::Bytes(&frame));
            link
        });
        assert_eq!(kept.is_closed(), frame != whole);
        assert!(used < most, "{used} bytes for a frame of {}", frame.len());
    }
    let (mut stranger, mut other) = (link(hello(Role::Server, 1, Level::SERVER)), link(hello(Role::Device, 1000, Level::DEVICE)));
    stranger.handle(NOW, LinkInput::Bytes(&written(&mut other)));
    let ((), used) = heap::most(|| stranger.handle(NOW, LinkInput::Bytes(&whole)));
    assert!(stranger.is_closed() && used < IDLE, "{used} bytes for a stranger, who may send {MAX_SMALL}");
}

#[test]
fn a_bomb_in_pieces_costs_no_more_than_has_come() {
    let whole = deflated(&encode(1, &batch(16_000_000)).expect("short enough"), 9).expect("it gets shorter");
    let mut decoder = Decoder::new(FEATURES);
    let (came, used) = heap::most(|| decoder.feed(&mut &whole[..whole.len() - 1], MAX_FRAME));
    assert_eq!(came, Ok(None));
    assert!(used < 2 * whole.len() as i64, "{used}");
}

#[test]
fn bombs_that_come_together_are_looked_at_one_after_the_other() {
    let (mut link, _) = established();
    let bomb = deflated(&encode(1, &batch(MAX_FRAME as usize - 64)).expect("short enough"), 9).expect("it gets shorter");
    let chunk = bomb.repeat(15);
    let ((), used) = heap::most(|| link.handle(NOW, LinkInput::Bytes(&chunk)));
    assert!(used < 4 * i64::from(MAX_FRAME), "{used} bytes before anybody has looked at the first");
    link.handle(NOW, LinkInput::Reading(false));
    let batches = |link: &mut Link| std::iter::from_fn(|| link.poll()).filter(|o| matches!(o, LinkOutput::Message(_))).count();
    assert!(batches(&mut link) < 3, "who reads no more gets no more");
    let ((), used) = heap::most(|| link.handle(NOW, LinkInput::Reading(true)));
    assert!(used < 4 * i64::from(MAX_FRAME), "{used} bytes");
    let first = 15 - batches(&mut link);
    assert!((1..3).contains(&first), "all come at last: {first}");
    assert!(!link.is_closed() && link.volume_received().raw > 15 * u64::from(MAX_FRAME) - 2000);
}
