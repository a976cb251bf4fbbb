use super::frame::{self, Decoder, Frame, Kind};
use super::*;
use crate::base::{AgentId, Code, DbId, EpochId, EpochInfo, Level, Millis, Position, Random, Role, Timestamp};

fn position(n: u64) -> Position {
    Position { ts: Timestamp(n), epoch: EpochId(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) }
}

fn hello() -> Hello {
    let epoch = |id: u64| EpochInfo {
        id: EpochId(id),
        agent: AgentId(1000),
        db: DbId(77),
        first: Timestamp(id),
        last: Timestamp(id + 5),
        before: EpochId(id - 1),
        left: Timestamp(id - 1),
        generation: 3,
    };
    Hello {
        version_min: VERSION_MIN,
        version_max: VERSION_MAX,
        role: Role::Device,
        agent: AgentId(1000),
        level: Level::DEVICE,
        db: DbId(u64::MAX),
        attachment: 0x0123_4567_89AB_CDEF,
        schema_hash: 42,
        epochs: vec![epoch(9), epoch(10)],
        down_mark: position(12),
        recv_timeout: Millis::INFINITE,
        max_frame: MAX_FRAME,
        features: 1,
    }
}

fn messages() -> Vec<Message> {
    let refuse = Refuse { code: Code::E_IOT_INCOMPATIBLE_LEVEL, text: "both have level 7; übel".into() };
    let batch = Batch { seq: 5, flags: 9, after: position(1), up_to: position(300), rows: 2, body: vec![1, 2, 3, 4] };
    vec![
        Message::Hello(Box::new(hello())),
        Message::SchemaRequest,
        Message::Schema("iot device 1000; class A { int4 x; };".into()),
        Message::Accept(Accept { received: position(5), confirmed: Position::default() }),
        Message::Refuse(refuse.clone()),
        Message::Batch(batch),
        Message::Ack(Ack { seq: 5, flags: 9, position: position(300), code: Code::S_OK, retry_after: Millis(0) }),
        Message::Pull(Pull { seq: u64::MAX, flags: u32::MAX }),
        Message::PullEnd(PullEnd { seq: 7, rows: 10, code: Code(-5) }),
        Message::KeepAlive,
        Message::Bye(refuse),
    ]
}

fn frame_of(message: &Message) -> Frame {
    let bytes = encode(1, message).expect("within the limits");
    Decoder::new().feed(&mut &bytes[..], MAX_FRAME).expect("good bytes").expect("whole")
}

#[test]
fn every_message_comes_back() {
    let kinds: Vec<Kind> = messages().iter().map(|m| frame_of(m).kind).collect();
    assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)), "a message is missing in this test");
    for message in messages() {
        assert_eq!(decode(&frame_of(&message)), Ok(message));
    }
}

#[test]
fn every_truncation_and_every_byte_too_many_is_malformed() {
    for message in messages() {
        let whole = frame_of(&message);
        for len in 0..whole.payload.len() {
            let cut = Frame { payload: whole.payload[..len].to_vec(), ..whole };
            assert_eq!(decode(&cut), Err(Unreadable::Malformed(whole.kind)), "{:?} cut to {len}", whole.kind);
        }
        let mut long = whole.clone();
        long.payload.push(0);
        assert_eq!(decode(&long), Err(Unreadable::Malformed(whole.kind)));
    }
}

#[test]
fn mutated_messages_are_refused_or_mean_what_they_say() {
    let mut random = Random::seeded(1);
    let samples: Vec<Frame> = messages().iter().map(frame_of).collect();
    for round in 0..60_000u64 {
        let mut frame = samples[(round % samples.len() as u64) as usize].clone();
        for _ in 0..=random.below(3) {
            mutate(&mut frame.payload, &mut random);
        }
        // What is read must be written the same way again: no two encodings of one message. (A later version's Hello may end in unknown bytes.)
        if let Ok(message) = decode(&frame) {
            let again = frame_of(&message);
            let later = matches!(&message, Message::Hello(h) if h.version_max > VERSION_MAX);
            assert!(again.payload == frame.payload || later, "{message:?}");
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() as u64 + 1) as usize;
    let byte = [0, 1, 0x7F, 0x80, 0xFF, random.any() as u8][random.below(6) as usize];
    match random.below(3) {
        0 => bytes.insert(at, byte),
        1 if at < bytes.len() => bytes[at] = byte,
        _ if at < bytes.len() => drop(bytes.remove(at)),
        _ => {}
    }
}

#[test]
fn a_hello_of_other_versions_says_which() {
    let written = |min: u16, max: u16, extra: &[u8]| {
        let mut frame = frame_of(&Message::Hello(Box::new(Hello { version_min: min, version_max: max, ..hello() })));
        frame.payload.extend_from_slice(extra);
        decode(&frame)
    };
    assert_eq!(
        written(VERSION_MAX + 1, VERSION_MAX + 4, b"anything"),
        Err(Unreadable::Versions(VERSION_MAX + 1..=VERSION_MAX + 4))
    );
    assert!(matches!(written(VERSION_MIN, VERSION_MAX + 1, b"new field"), Ok(Message::Hello(h)) if h.agent == hello().agent));
    assert_eq!(written(VERSION_MIN, VERSION_MAX, b"new field"), Err(Unreadable::Malformed(Kind::Hello)));
    assert_eq!(written(2, 1, b""), Err(Unreadable::Malformed(Kind::Hello)));
}

#[test]
fn the_highest_version_of_both_is_spoken() {
    assert_eq!(common_version(VERSION_MIN, VERSION_MAX), Some(VERSION_MAX));
    assert_eq!(common_version(VERSION_MIN, u16::MAX), Some(VERSION_MAX));
    assert_eq!(common_version(VERSION_MAX + 1, u16::MAX), None);
    assert_eq!(common_version(0, VERSION_MIN - 1), None);
}

#[test]
fn lists_and_texts_have_limits() {
    let mut many = hello();
    many.epochs = vec![many.epochs[0]; MAX_HELLO_EPOCHS];
    assert!(encode(1, &Message::Hello(Box::new(many.clone()))).is_some());
    many.epochs.push(many.epochs[0]);
    assert_eq!(encode(1, &Message::Hello(Box::new(many))), None);

    let long = Refuse { code: Code::E_IOT, text: "ü".repeat(MAX_TEXT) };
    let Ok(Message::Bye(cut)) = decode(&frame_of(&Message::Bye(long))) else { panic!("a Bye must come back") };
    assert_eq!(cut.text, "ü".repeat(MAX_TEXT / 2));

    assert_eq!(encode(1, &Message::Schema("x".repeat(frame::MAX_SCHEMA as usize))), None);
    let room = (MAX_FRAME - MAX_ROW as u32) as usize;
    assert!(room >= 1 << 20, "epochs, notes and headers of a one-row batch have {room} bytes");
}

/// If this fails, programs of the field no longer understand each other: that takes a new version of the protocol.
#[test]
fn the_bytes_of_version_1_stay_as_they_are() {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let all: Vec<u8> = messages().iter().flat_map(|m| encode(1, m).expect("short")).collect();
    assert_eq!(hex(&encode(1, &Message::Pull(Pull { seq: 300, flags: 2 })).expect("short")), "4dc00112030000008c8b5ef2ac0202");
    assert_eq!((all.len(), crc32fast::hash(&all)), (422, 2560158294));
}
