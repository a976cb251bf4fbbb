use super::frame::{self, Decoder, Frame, Kind};
use super::*;
use crate::base::{
    AgentId, Announce, Beat, Code, DbId, DownMark, EpochId, EpochInfo, Fork, Group, Level, MAX_ASIDE, Marks, Millis, Position,
    Random, Role, SetAside, Timestamp, Word, Writer,
};

fn position(n: u64) -> Position {
    Position { ts: Timestamp(n), epoch: EpochId(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) }
}

fn hello() -> Hello {
    Hello {
        version_min: VERSION_MIN,
        version_max: VERSION_MAX,
        role: Role::Device,
        agent: AgentId(1000),
        level: Level::DEVICE,
        db: DbId(u64::MAX),
        nonce: 0x0123_4567_89AB_CDEF,
        schema_hash: 42,
        recv_timeout: Millis::INFINITE,
        max_frame: MAX_FRAME,
        features: 1,
    }
}

fn epoch(id: u64) -> EpochInfo {
    EpochInfo {
        id: EpochId(id),
        agent: AgentId(1000),
        db: DbId(77),
        first: Timestamp(id),
        last: Timestamp(id + 5),
        before: EpochId(id - 1),
        left: Timestamp(id - 1),
        generation: 3,
    }
}

fn announce() -> Announce {
    let mark = |group: u8| DownMark { group: Group(group), mark: position(12), top: position(400), from: position(13) };
    Announce {
        agent: AgentId(1000),
        parent: AgentId(20),
        role: Role::Router,
        level: Level(7),
        db: DbId(77),
        schema_hash: 43,
        attachment: 300,
        epochs: vec![epoch(9), epoch(10)],
        beats: vec![Beat { epoch: EpochId(10), beaten: EpochId(8) }],
        down: vec![mark(0), mark(7)],
        reconcile: true,
    }
}

fn fork() -> Fork {
    Fork { epoch: EpochId(8), tail: true, at: Timestamp(1 << 40), generation: 2 }
}

fn marks() -> Marks {
    [(Group(1), position(5)), (Group(6), position(1 << 50))].into_iter().collect()
}

fn aside() -> SetAside {
    SetAside { group: Group(6), first: Timestamp(7), last: Timestamp(300), code: Code::S_DUPLICATE }
}

/// Messages that may be inside a `Routed`.
fn routable() -> Vec<Message> {
    let batch = |as_of: Position| Batch {
        seq: 5,
        group: Group(3),
        flags: BATCH_BEGIN | 9,
        after: position(1),
        up_to: position(300),
        as_of,
        rows: 2,
        body: vec![1, 2, 3, 4],
    };
    let code = Code::S_OK;
    vec![
        Message::Word(Word { confirmed: marks(), forks: vec![fork()], fresh: true, aside: vec![aside()] }),
        Message::Mark(Mark { group: Group(2), position: position(6), code: Code(-5) }),
        Message::Batch(batch(Position::default())),
        Message::Batch(batch(position(300))),
        Message::Ack(Ack { seq: 5, group: Group(7), flags: 9, position: position(300), code, retry_after: Millis(0) }),
        Message::Pull(Pull { asker: AgentId(1), target: AgentId(1000), seq: u64::MAX, flags: u32::MAX }),
        Message::PullEnd(PullEnd { asker: AgentId(1), target: AgentId(1000), seq: 7, rows: 10, code: Code(-5), ends: marks() }),
        Message::Welcome(marks()),
        Message::Bye(refuse()),
    ]
}

fn refuse() -> Refuse {
    Refuse { code: Code::E_IOT_INCOMPATIBLE_LEVEL, text: "both have level 7; übel".into() }
}

fn routed(message: Message) -> Message {
    Message::Routed(Routed { agent: AgentId(1000), attachment: 300, message: Box::new(message) })
}

fn messages() -> Vec<Message> {
    let mut messages = vec![
        Message::Hello(Box::new(hello())),
        Message::SchemaRequest(42),
        Message::Schema("iot device 1000; class A { int4 x; };".into()),
        Message::Accept,
        Message::Refuse(refuse()),
        Message::KeepAlive,
        Message::Announce(Box::new(announce())),
        Message::Standby,
        Message::Withdraw(Withdraw { agent: AgentId(1000), attachment: 300 }),
        Message::Renew(AgentId(1000)),
        Message::Path(vec![AgentId(12), AgentId(300)]),
    ];
    messages.extend(routable());
    messages.extend(routable().into_iter().map(routed));
    messages
}

fn frame_of(message: &Message) -> Frame {
    let bytes = encode(1, message).expect("within the limits");
    Decoder::new(0).feed(&mut &bytes[..], MAX_FRAME).expect("good bytes").expect("whole")
}

fn frame_with(kind: Kind, payload: Vec<u8>) -> Frame {
    Frame { version: 1, kind, wire_len: frame::HEADER_LEN + payload.len(), payload }
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
fn only_what_concerns_a_far_agent_is_routed_and_only_once() {
    for message in messages() {
        let may = routable().contains(&message);
        assert_eq!(encode(1, &routed(message.clone())).is_some(), may, "{message:?}");
        let whole = frame_of(&message);
        let mut payload = vec![1, 1, whole.kind as u8];
        payload.extend(&whole.payload);
        let frame = Frame { kind: Kind::Routed, payload, ..whole };
        assert_eq!(decode(&frame).is_ok(), may, "{message:?}");
    }
    // What is inside has the limit of its own kind.
    let mut payload = vec![1, 1, Kind::Mark as u8];
    payload.resize(frame::MAX_SMALL as usize + 4, 0);
    assert_eq!(decode(&frame_with(Kind::Routed, payload)), Err(Unreadable::Malformed(Kind::Routed)));
}

#[test]
fn groups_are_few_and_come_in_order() {
    let read = |payload: Vec<u8>| decode(&frame_with(Kind::Welcome, payload)).is_ok();
    let mark = |group: u8| [&[group, 1][..], &[0; 8]].concat();
    let marks = |groups: &[u8]| [vec![groups.len() as u8], groups.iter().flat_map(|g| mark(*g)).collect()].concat();
    assert!(read(marks(&[])) && read(marks(&[7])) && read(marks(&[0, 1, 2, 3, 4, 5, 6, 7])));
    assert!(!read(marks(&[8])) && !read(marks(&[1, 0])) && !read(marks(&[1, 1])));
    let mut batch = frame_of(&routable().remove(3));
    assert_eq!(batch.payload[1], 0x83, "group 3, with as_of");
    batch.payload[1] = 0x88;
    assert!(decode(&batch).is_err());
}

#[test]
fn an_opening_takes_few_bytes_in_an_announcement() {
    let next = |former: &EpochInfo| {
        let (id, first) = (EpochId(former.id.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)), Timestamp(former.last.0 + 1));
        EpochInfo { id, first, last: Timestamp(first.0 + 20), before: former.id, left: former.last, ..*former }
    };
    let epochs: Vec<EpochInfo> = std::iter::successors(Some(epoch(9)), |former| Some(next(former))).take(4000).collect();
    let whole = Message::Announce(Box::new(Announce { epochs: epochs.clone(), ..announce() }));
    let frame = frame_of(&whole);
    assert!(frame.payload.len() < 4000 * 11 + 400, "{} bytes", frame.payload.len());
    assert_eq!(decode(&frame), Ok(whole));
    // What does not follow is told in full, whatever it says.
    let changes: [fn(&mut EpochInfo); 7] = [
        |e| e.agent.0 += 1,
        |e| e.db.0 += 1,
        |e| e.before.0 += 1,
        |e| e.left.0 += 1,
        |e| e.first.0 -= 1,
        |e| e.last.0 = e.first.0 - 1,
        |e| (e.first, e.last) = (Timestamp(0), Timestamp(u64::MAX)),
    ];
    for change in changes {
        let mut epochs = epochs[..3].to_vec();
        change(&mut epochs[1]);
        let odd = Message::Announce(Box::new(Announce { epochs, ..announce() }));
        assert_eq!(decode(&frame_of(&odd)), Ok(odd));
    }
}

#[test]
fn a_history_has_one_form() {
    let announced = |bytes: &[u8]| {
        let mut w = Writer::new();
        let plain = Announce { epochs: Vec::new(), beats: Vec::new(), down: Vec::new(), ..announce() };
        let payload = frame_of(&Message::Announce(Box::new(plain))).payload;
        // No epochs, beats or marks; a flag.
        let (head, tail) = payload.split_at(payload.len() - 4);
        [head, bytes, &tail[1..]].iter().for_each(|part| w.raw(part));
        decode(&frame_with(Kind::Announce, w.bytes))
    };
    let full = |epoch: &EpochInfo| {
        let mut w = Writer::new();
        w.u8(0);
        super::parts::write_epoch(&mut w, epoch);
        w.bytes
    };
    let first = full(&EpochInfo { last: Timestamp(9), ..epoch(9) });
    assert!(announced(&[&[1][..], &first].concat()).is_ok());
    let second = full(&EpochInfo { left: Timestamp(9), ..epoch(10) });
    assert!(announced(&[&[2][..], &first, &second].concat()).is_err(), "it could have been left out");
    let short = [1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 3];
    assert!(announced(&[&[2][..], &first, &short].concat()).is_ok());
    assert!(announced(&[&[1][..], &short].concat()).is_err(), "nothing is before it");
    let far = full(&EpochInfo { last: Timestamp(u64::MAX), ..epoch(9) });
    assert!(announced(&[&[2][..], &far, &short].concat()).is_err());
}

#[test]
fn lists_and_texts_have_limits() {
    let longest = EpochInfo { agent: AgentId(u64::MAX), first: Timestamp(u64::MAX), last: Timestamp(u64::MAX), ..epoch(9) };
    let longest = EpochInfo { left: Timestamp(u64::MAX), generation: u32::MAX, ..longest };
    let mut many = announce();
    many.epochs = vec![longest; MAX_EPOCHS];
    many.beats = vec![many.beats[0]; MAX_BEATS];
    let whole = Message::Announce(Box::new(many.clone()));
    assert_eq!(decode(&frame_of(&whole)), Ok(whole));
    let over = |change: fn(&mut Announce)| {
        let mut over = many.clone();
        change(&mut over);
        encode(1, &Message::Announce(Box::new(over)))
    };
    assert_eq!(over(|a| a.epochs.push(epoch(9))), None);
    assert_eq!(over(|a| a.beats.push(Beat { epoch: EpochId(1), beaten: EpochId(2) })), None);
    assert_eq!(over(|a| a.down.reverse()), None, "the reader would refuse it");

    let word = |n: usize| Message::Word(Word { forks: vec![fork(); n], ..Word::default() });
    assert_eq!(decode(&frame_of(&word(MAX_FORKS))), Ok(word(MAX_FORKS)));
    assert_eq!(encode(1, &word(MAX_FORKS + 1)), None);
    let asides = |n: usize| Message::Word(Word { aside: vec![aside(); n], ..Word::default() });
    assert_eq!(decode(&frame_of(&asides(MAX_ASIDE))), Ok(asides(MAX_ASIDE)));
    assert_eq!(encode(1, &asides(MAX_ASIDE + 1)), None);
    let backwards = SetAside { first: Timestamp(301), ..aside() };
    let backwards = Message::Word(Word { aside: vec![backwards], ..Word::default() });
    assert!(decode(&frame_of(&backwards)).is_err(), "it ends before it begins");

    let path = |n: usize| Message::Path(vec![AgentId(u64::MAX); n]);
    assert_eq!(decode(&frame_of(&path(MAX_PATH))), Ok(path(MAX_PATH)));
    assert_eq!(encode(1, &path(MAX_PATH + 1)), None);
    let mut longer = frame_of(&path(MAX_PATH));
    longer.payload[0] += 1;
    longer.payload.push(1);
    assert!(decode(&longer).is_err(), "one more than there may be");

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
    let pull = Pull { asker: AgentId(1), target: AgentId(1000), seq: 300, flags: 2 };
    assert_eq!(hex(&encode(1, &Message::Pull(pull)).expect("short")), "4dc0011206000000e547815901e807ac0202");
    let path = Message::Path(vec![AgentId(12), AgentId(300)]);
    assert_eq!(hex(&encode(1, &path).expect("short")[12..]), "020cac02");
    assert_eq!((all.len(), crc32fast::hash(&all)), (1209, 2865583265));
}
