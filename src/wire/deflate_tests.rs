use super::deflate::{DEFLATE_LEVELS_MAX, DEFLATE_MIN, TAKES_DEFLATED, deflate};
use super::frame::{self, Decoder, Frame, FrameError, HEADER_LEN, Kind, deflated, encode};
use super::{MAX_FRAME, deflate_level};
use crate::base::{Random, Writer};

/// Something that gets shorter.
fn text(len: usize) -> Vec<u8> {
    let mut text = b"sensor 17 says that it is dry and cold; ".repeat(len / 40 + 1);
    text.truncate(len);
    text
}

fn noise(random: &mut Random, len: usize) -> Vec<u8> {
    (0..len).map(|_| random.any() as u8).collect()
}

fn read_by(features: u32, bytes: &[u8], limit: u32) -> Result<Option<Frame>, FrameError> {
    Decoder::new(features).feed(&mut &bytes[..], limit)
}

fn read(bytes: &[u8]) -> Result<Option<Frame>, FrameError> {
    read_by(TAKES_DEFLATED, bytes, MAX_FRAME)
}

/// A frame that says its payload is deflated; its checksum fits.
fn forged(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut bytes = encode(1, Kind::Batch, payload).expect("short enough");
    bytes[3] = kind as u8 | frame::DEFLATED;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[2..8]);
    hasher.update(payload);
    bytes[8..12].copy_from_slice(&hasher.finalize().to_le_bytes());
    bytes
}

/// The stream of `payload` behind another length.
fn lying(payload: &[u8], len: u64) -> Vec<u8> {
    let true_len = Writer { bytes: Vec::new() };
    let varint = |mut w: Writer, n: u64| {
        w.varint(n);
        w.bytes
    };
    let head = varint(true_len, payload.len() as u64).len();
    let mut told = varint(Writer::new(), len);
    told.extend(&deflate(payload, 9).expect("it gets shorter")[head..]);
    told
}

#[test]
fn deflated_frames_are_shorter_and_come_back_at_every_level() {
    for len in [DEFLATE_MIN, 1000, 70_000, DEFLATE_LEVELS_MAX + 1] {
        let plain = encode(1, Kind::Batch, &text(len)).expect("short enough");
        let sizes = (1..=9).map(|level| {
            let bytes = deflated(&plain, level).expect("it gets shorter");
            let expected = Frame { version: 1, kind: Kind::Batch, payload: text(len), wire_len: bytes.len() };
            assert_eq!(read(&bytes), Ok(Some(expected)), "{len} bytes, level {level}");
            bytes.len()
        });
        assert!(sizes.max() < Some(plain.len()));
    }
    // A single large row does not hold up other links.
    let large = |len: usize| [1, 9].map(|level| deflate(&text(len), level));
    let [fast, short] = large(DEFLATE_LEVELS_MAX);
    assert_ne!(fast, short);
    let [fast, short] = large(DEFLATE_LEVELS_MAX + 1);
    assert_eq!(fast, short);
    assert_eq!([-1, 0, 1, 9].map(deflate_level), [6, 0, 1, 9]);
}

#[test]
fn what_would_not_get_shorter_stays_as_it_is() {
    let plain = |kind, payload: &[u8]| encode(1, kind, payload).expect("short enough");
    let mut random = Random::seeded(3);
    assert_eq!(deflated(&plain(Kind::Batch, &text(DEFLATE_MIN - 1)), 9), None, "too short to try");
    assert_eq!(deflated(&plain(Kind::Batch, &noise(&mut random, 5000)), 9), None);
    assert_eq!(deflated(&plain(Kind::Batch, &text(5000)), 0), None, "level 0 is none");
    for len in 128..400 {
        let payload: Vec<u8> = noise(&mut random, len).iter().map(|byte| byte & 0x7F).collect();
        assert!(deflate(&payload, 9).is_none_or(|deflated| deflated.len() < payload.len()), "not even as long");
    }
    for kind in Kind::ALL {
        let payload = text(kind.max_payload().min(2000) as usize);
        let stays = matches!(kind, Kind::Hello | Kind::Refuse) || payload.len() < DEFLATE_MIN;
        assert_eq!(deflated(&plain(kind, &payload), 9).is_none(), stays, "{kind:?}");
    }
}

#[test]
fn only_who_takes_deflated_payloads_reads_them() {
    let bytes = deflated(&encode(1, Kind::Batch, &text(500)).expect("short"), 6).expect("it gets shorter");
    assert_eq!(read_by(!TAKES_DEFLATED, &bytes[..4], MAX_FRAME), Err(FrameError::Kind(0x90)));
    for kind in [Kind::Hello, Kind::Refuse] {
        let bytes = forged(kind, &deflate(&text(500), 6).expect("it gets shorter"));
        assert_eq!(read(&bytes[..4]), Err(FrameError::Kind(kind as u8 | 0x80)), "every version must be able to read it");
    }
}

#[test]
fn limits_hold_for_what_is_inflated() {
    for (kind, room) in [(Kind::Bye, frame::MAX_SMALL), (Kind::Word, frame::MAX_WORD), (Kind::Batch, MAX_FRAME)] {
        for (len, limit) in [(room, MAX_FRAME), (room + 1, MAX_FRAME), (1000, 1000), (1001, 1000)] {
            let bytes = forged(kind, &deflate(&text(len as usize), 9).expect("it gets shorter"));
            let allowed = limit.min(room);
            match read_by(TAKES_DEFLATED, &bytes, limit) {
                Ok(Some(frame)) => assert!(len <= allowed && frame.payload.len() == len as usize),
                other => assert_eq!(other, Err(FrameError::Length { kind, len, limit: allowed }), "{len}, {limit}"),
            }
        }
    }
    let endless = forged(Kind::Batch, &lying(&text(500), u64::MAX));
    assert_eq!(read(&endless), Err(FrameError::Length { kind: Kind::Batch, len: u32::MAX, limit: MAX_FRAME }));
}

#[test]
fn lying_lengths_and_damaged_streams_are_refused() {
    let payload = text(3000);
    let whole = deflate(&payload, 9).expect("it gets shorter");
    let refused = |payload: &[u8], why: &str| {
        assert_eq!(read(&forged(Kind::Batch, payload)), Err(FrameError::Deflated(Kind::Batch)), "{why}");
    };
    assert!(read(&forged(Kind::Batch, &whole)).is_ok());
    for wrong in [0, 1, 500, 2999, 3001, 4000, 100_000] {
        refused(&lying(&payload, wrong), "another length than it has");
    }
    for len in 0..whole.len() {
        refused(&whole[..len], "cut");
    }
    refused(&[&whole[..], &[0]].concat(), "a byte too many");
    refused(&[&[0x80 | whole[0], whole[1] | 0x80, 0][..], &whole[2..]].concat(), "a length with a longer form");
    // A block of what is stored as it is: nobody deflates to get something longer.
    let stored = [&[200, 1, 1, 200, 0, 55, 255][..], &text(200)].concat();
    refused(&stored, "not shorter");
}

#[test]
fn mutated_streams_never_panic_and_have_the_length_that_they_say() {
    let mut random = Random::seeded(17);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let len = DEFLATE_MIN + random.below(1500) as usize;
        let part = random.below(len as u64) as usize;
        let payload = [noise(&mut random, part / 4), text(len - part / 4)].concat();
        let Some(mut bytes) = deflate(&payload, 1 + random.below(9) as u8) else { continue };
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes.insert(at, random.any() as u8),
                _ => drop(bytes.remove(at)),
            }
        }
        match read(&forged(Kind::Batch, &bytes)) {
            Ok(Some(frame)) => {
                assert!(frame.payload.len() + HEADER_LEN > frame.wire_len);
                taken += 1;
            }
            Ok(None) => panic!("the frame is whole"),
            Err(FrameError::Deflated(_) | FrameError::Length { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(taken > 100 && refused > 10_000, "{taken} taken, {refused} refused");
}
