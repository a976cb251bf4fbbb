//! The envelope of every message: magic, version, kind, length, checksum.

use super::deflate::{TAKES_DEFLATED, deflate, inflate, may_be_deflated};
use super::{MAX_FRAME, MAX_ROW};
use crate::base::Writer;
use std::fmt;

/// First two bytes of every frame.
pub const MAGIC: [u8; 2] = [0x4D, 0xC0];
/// Bytes before the payload: magic 2, version 1, kind 1, length 4, checksum 4.
pub const HEADER_LEN: usize = 12;
/// Added to the kind of a frame whose payload is deflated; only for a peer that takes it ([`TAKES_DEFLATED`]).
pub const DEFLATED: u8 = 0x80;
/// The version byte of `Hello` and `Refuse`, which every version of the protocol can read.
pub const ANY_VERSION: u8 = 0;
/// Longest payload of an `Announce`.
pub const MAX_ANNOUNCE: u32 = 384 << 10;
/// Longest payload of a `Word`.
pub const MAX_WORD: u32 = 128 << 10;
/// Longest payload of a `Schema`.
pub const MAX_SCHEMA: u32 = 1 << 20;
/// Longest payload of every other message but `Batch` and `Routed`.
pub const MAX_SMALL: u32 = 4 << 10;

const _: () = assert!(MAX_FRAME as usize > MAX_ROW + (64 << 10), "a row must fit with everything around it");

/// What a frame carries. The numbers are part of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// See [`super::Message::Hello`]; likewise the others.
    Hello = 1,
    /// Asks for the schema text.
    SchemaRequest = 2,
    /// The schema text.
    Schema = 3,
    /// The peer fits.
    Accept = 4,
    /// The peer does not fit.
    Refuse = 5,
    /// A sign of life.
    KeepAlive = 6,
    /// An end on purpose.
    Bye = 7,
    /// Rows.
    Batch = 16,
    /// What is committed.
    Ack = 17,
    /// Asks for rows.
    Pull = 18,
    /// Ends the answer to a pull.
    PullEnd = 19,
    /// A message of, or for, an agent further away.
    Routed = 20,
    /// An agent comes.
    Announce = 32,
    /// The link is kept in reserve.
    Standby = 33,
    /// An agent goes.
    Withdraw = 34,
    /// Asks for an announcement.
    Renew = 35,
    /// Answers an announcement: what is here.
    Welcome = 36,
    /// What the server says to an agent.
    Word = 37,
    /// What an agent itself has.
    Mark = 38,
    /// The routers above.
    Path = 39,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Kind; 20] = [
        Kind::Hello,
        Kind::SchemaRequest,
        Kind::Schema,
        Kind::Accept,
        Kind::Refuse,
        Kind::KeepAlive,
        Kind::Bye,
        Kind::Batch,
        Kind::Ack,
        Kind::Pull,
        Kind::PullEnd,
        Kind::Routed,
        Kind::Announce,
        Kind::Standby,
        Kind::Withdraw,
        Kind::Renew,
        Kind::Welcome,
        Kind::Word,
        Kind::Mark,
        Kind::Path,
    ];

    /// Most bytes that the payload of this kind may have.
    pub const fn max_payload(self) -> u32 {
        match self {
            Kind::Announce => MAX_ANNOUNCE,
            Kind::Word => MAX_WORD,
            Kind::Schema => MAX_SCHEMA,
            Kind::Batch | Kind::Routed => MAX_FRAME,
            Kind::SchemaRequest => 8,
            Kind::Accept | Kind::KeepAlive | Kind::Standby => 0,
            Kind::Hello | Kind::Refuse | Kind::Bye | Kind::Ack | Kind::Pull | Kind::PullEnd => MAX_SMALL,
            Kind::Withdraw | Kind::Renew | Kind::Welcome | Kind::Mark | Kind::Path => MAX_SMALL,
        }
    }

    /// Whether the message may be inside a `Routed`.
    pub const fn may_be_routed(self) -> bool {
        matches!(self, Kind::Welcome | Kind::Word | Kind::Mark | Kind::Batch | Kind::Ack | Kind::Pull | Kind::PullEnd | Kind::Bye)
    }

    pub(super) fn of(number: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// One frame whose checksum fits. What its payload means is not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Version of the protocol that the payload is written in; [`ANY_VERSION`] for `Hello` and `Refuse`.
    pub version: u8,
    /// What it carries.
    pub kind: Kind,
    /// The message's bytes.
    pub payload: Vec<u8>,
    /// Bytes on the wire, with the header; fewer than header and payload if the payload came deflated.
    pub wire_len: usize,
}

/// Why bytes are not a frame. The stream cannot be read on after any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The peer speaks something else.
    Magic([u8; 2]),
    /// No message has this number.
    Kind(u8),
    /// Longer than a message of this kind may be, or than the receiver takes at present.
    Length {
        /// What the frame says it carries.
        kind: Kind,
        /// The length that it says.
        len: u32,
        /// The length that would have been taken.
        limit: u32,
    },
    /// Bytes have changed on the way.
    Checksum(Kind),
    /// What is deflated is damaged, no shorter than it would be as it is, or of another length than it says.
    Deflated(Kind),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Magic([a, b]) => {
                write!(f, "a frame begins with {a:02x} {b:02x} instead of 4d c0: the peer does not speak this protocol")
            }
            FrameError::Kind(kind) => write!(f, "no message has the number {kind}"),
            FrameError::Length { kind, len, limit } => {
                write!(f, "a {kind:?} of {len} bytes is longer than the {limit} that are taken now")
            }
            FrameError::Checksum(kind) => write!(f, "the checksum of a {kind:?} is wrong"),
            FrameError::Deflated(kind) => write!(f, "a {kind:?} is not deflated as it says"),
        }
    }
}

/// The bytes of one frame, `None` if the payload is longer than its kind may be.
pub fn encode(version: u8, kind: Kind, payload: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(payload.len()).ok().filter(|len| *len <= kind.max_payload())?;
    Some(write(version, kind as u8, len, payload))
}

/// The frame that [`encode`] has made with its payload deflated at `level`, 1 (fast) to 9 (short). `None` if it does not get shorter, its
/// kind may not be deflated, or level is 0.
pub fn deflated(frame: &[u8], level: u8) -> Option<Vec<u8>> {
    let (&[_, _, version, kind, ..], payload) = frame.split_first_chunk::<HEADER_LEN>()?;
    Kind::of(kind).filter(|kind| may_be_deflated(*kind))?;
    let payload = deflate(payload, level)?;
    Some(write(version, kind | DEFLATED, u32::try_from(payload.len()).ok()?, &payload))
}

fn write(version: u8, kind: u8, len: u32, payload: &[u8]) -> Vec<u8> {
    let mut w = Writer { bytes: Vec::with_capacity(HEADER_LEN + payload.len()) };
    w.raw(&MAGIC);
    w.u8(version);
    w.u8(kind);
    w.u32(len);
    w.u32(checksum(version, kind, len, payload));
    w.raw(payload);
    w.bytes
}

/// Puts frames together from bytes that are cut anywhere. Holds at most one frame, and never more than has come in.
#[derive(Debug)]
pub struct Decoder {
    takes_deflated: bool,
    header: [u8; HEADER_LEN],
    header_len: usize,
    payload: Vec<u8>,
}

impl Decoder {
    /// A decoder at the start of a stream; `features` are those of the `Hello` that the peer gets.
    pub fn new(features: u32) -> Self {
        let takes_deflated = features & TAKES_DEFLATED != 0;
        Decoder { takes_deflated, header: [0; HEADER_LEN], header_len: 0, payload: Vec::new() }
    }

    /// Takes bytes off the front of `input` until a frame is complete or the input is used up. Call again with the rest after a frame;
    /// not at all after an error. No frame has a payload longer than `limit`, deflated or not, whatever its kind may have at other times.
    pub fn feed(&mut self, input: &mut &[u8], limit: u32) -> Result<Option<Frame>, FrameError> {
        if let Some(missing) = self.header.get_mut(self.header_len..) {
            self.header_len += take(input, missing.len(), |part| {
                for (to, from) in missing.iter_mut().zip(part) {
                    *to = *from;
                }
            });
        }
        let header = self.check_header(limit)?;
        let Some(Header { version, kind, deflated, len, sum }) = header else { return Ok(None) };
        let missing = (len as usize).saturating_sub(self.payload.len());
        take(input, missing, |part| self.payload.extend_from_slice(part));
        if self.payload.len() < len as usize {
            return Ok(None);
        }
        let mut payload = std::mem::take(&mut self.payload);
        let [_, _, _, kind_byte, ..] = self.header;
        self.header_len = 0;
        if checksum(version, kind_byte, len, &payload) != sum {
            return Err(FrameError::Checksum(kind));
        }
        let wire_len = HEADER_LEN + payload.len();
        if deflated {
            payload = inflate(kind, &payload, limit.min(kind.max_payload()))?;
        }
        Ok(Some(Frame { version, kind, payload, wire_len }))
    }

    /// Whether the stream stands between two frames.
    pub fn is_between(&self) -> bool {
        self.header_len == 0
    }

    /// Bytes of the frame that is not complete yet.
    pub fn pending(&self) -> usize {
        self.header_len + self.payload.len()
    }

    /// Each field is checked as soon as it is there, so that a peer of another kind is found out by its first bytes.
    fn check_header(&self, limit: u32) -> Result<Option<Header>, FrameError> {
        let [m0, m1, version, kind, l0, l1, l2, l3, c0, c1, c2, c3] = self.header;
        let magic_is_wrong = (self.header_len >= 1 && m0 != MAGIC[0]) || (self.header_len >= 2 && m1 != MAGIC[1]);
        if magic_is_wrong {
            return Err(FrameError::Magic([m0, m1]));
        }
        if self.header_len < 4 {
            return Ok(None);
        }
        let deflated = kind & DEFLATED != 0;
        let fits = |kind: &Kind| !deflated || self.takes_deflated && may_be_deflated(*kind);
        let kind = Kind::of(kind & !DEFLATED).filter(fits).ok_or(FrameError::Kind(kind))?;
        if self.header_len < HEADER_LEN {
            return Ok(None);
        }
        let len = u32::from_le_bytes([l0, l1, l2, l3]);
        let limit = limit.min(kind.max_payload());
        if len > limit {
            return Err(FrameError::Length { kind, len, limit });
        }
        Ok(Some(Header { version, kind, deflated, len, sum: u32::from_le_bytes([c0, c1, c2, c3]) }))
    }
}

struct Header {
    version: u8,
    kind: Kind,
    deflated: bool,
    len: u32,
    sum: u32,
}

/// Moves at most `n` bytes from the front of `input` into `to` and says how many they were.
fn take(input: &mut &[u8], n: usize, to: impl FnOnce(&[u8])) -> usize {
    let (part, rest) = input.split_at(n.min(input.len()));
    to(part);
    *input = rest;
    part.len()
}

/// Over everything but the magic and itself, so that no field can change unseen.
fn checksum(version: u8, kind: u8, len: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[version, kind]);
    hasher.update(&len.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut bytes = encode(ANY_VERSION, Kind::Hello, b"hello").expect("short");
        bytes.extend(encode(1, Kind::KeepAlive, b"").expect("short"));
        bytes.extend(encode(1, Kind::Batch, &[7; 300]).expect("short"));
        bytes
    }

    fn decode_all(pieces: impl Iterator<Item = Vec<u8>>) -> Result<Vec<Frame>, FrameError> {
        let (mut decoder, mut frames) = (Decoder::new(0), Vec::new());
        for piece in pieces {
            let mut rest = &piece[..];
            while let Some(frame) = decoder.feed(&mut rest, MAX_FRAME)? {
                frames.push(frame);
            }
            assert!(rest.is_empty());
        }
        assert!(decoder.is_between());
        Ok(frames)
    }

    #[test]
    fn frames_come_back_whole_however_the_bytes_are_cut() {
        let bytes = sample();
        for size in [1, 2, 3, 11, 12, 13, 100, bytes.len()] {
            let frames = decode_all(bytes.chunks(size).map(<[u8]>::to_vec)).expect("good bytes");
            assert_eq!(
                frames.iter().map(|f| (f.version, f.kind, f.payload.len())).collect::<Vec<_>>(),
                [(0, Kind::Hello, 5), (1, Kind::KeepAlive, 0), (1, Kind::Batch, 300)]
            );
        }
    }

    #[test]
    fn no_flipped_bit_goes_unseen() {
        let bytes = encode(1, Kind::Ack, b"some payload").expect("short");
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            let result = Decoder::new(0).feed(&mut &broken[..], MAX_FRAME);
            assert!(!matches!(result, Ok(Some(_))), "bit {bit}");
        }
    }

    #[test]
    fn each_kind_has_its_limit() {
        for kind in Kind::ALL {
            let limit = kind.max_payload();
            let longest = encode(1, kind, &vec![0; limit as usize]).expect("exactly the limit");
            assert!(matches!(Decoder::new(0).feed(&mut &longest[..], MAX_FRAME), Ok(Some(_))), "{kind:?}");
            assert_eq!(encode(1, kind, &vec![0; limit as usize + 1]), None);
            let mut header = longest[..HEADER_LEN].to_vec();
            header[4..8].copy_from_slice(&(limit + 1).to_le_bytes());
            assert_eq!(
                Decoder::new(0).feed(&mut &header[..], MAX_FRAME),
                Err(FrameError::Length { kind, len: limit + 1, limit })
            );
            let tight = Decoder::new(0).feed(&mut &longest[..HEADER_LEN], limit.saturating_sub(1));
            assert_eq!(tight.is_err(), limit > 0, "{kind:?}");
        }
    }

    #[test]
    fn another_protocol_is_found_out_by_its_first_byte() {
        assert_eq!(Decoder::new(0).feed(&mut &b"G"[..], MAX_FRAME), Err(FrameError::Magic([b'G', 0])));
        assert_eq!(Decoder::new(0).feed(&mut &[0x4D, b'Z'][..], MAX_FRAME), Err(FrameError::Magic([0x4D, b'Z'])));
        assert_eq!(Decoder::new(0).feed(&mut &[0x4D, 0xC0, 1, 99][..], MAX_FRAME), Err(FrameError::Kind(99)));
    }

    #[test]
    fn a_long_frame_announced_costs_nothing_until_it_comes() {
        let mut decoder = Decoder::new(0);
        let mut header = MAGIC.to_vec();
        header.extend([1, Kind::Batch as u8]);
        header.extend(MAX_FRAME.to_le_bytes());
        header.extend([0; 4]);
        assert_eq!(decoder.feed(&mut &header[..], MAX_FRAME), Ok(None));
        assert_eq!(decoder.feed(&mut &[0; 100][..], MAX_FRAME), Ok(None));
        assert!(decoder.payload.capacity() < 1000);
    }
}
