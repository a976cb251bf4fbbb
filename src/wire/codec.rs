//! Each message to its bytes and back. Reading is strict: what no writer would write is malformed.

use super::frame::{ANY_VERSION, Frame, Kind, MAX_ANNOUNCE, MAX_SCHEMA, MAX_WORD};
use super::parts::{
    group_of, read_announce, read_code, read_group, read_list, read_marks, read_position, read_role, read_u32, read_word,
    write_announce, write_list, write_marks, write_position, write_role, write_word,
};
use super::{Ack, Batch, Hello, MAX_FRAME, Mark, Message, Pull, PullEnd, Refuse, Routed, VERSION_MAX, Withdraw, frame};
use crate::base::{AgentId, DbId, Group, Level, MAX_ASIDE, Malformed, Millis, Position, Reader, Writer};
use std::ops::RangeInclusive;

/// Most epochs in an `Announce`.
pub const MAX_EPOCHS: usize = 4096;
/// Most beats in an `Announce`.
pub const MAX_BEATS: usize = 4096;
/// Most forks in a `Word`.
pub const MAX_FORKS: usize = 4096;
/// Most routers in a `Path`: those of a deeper tree are told as far as this reaches.
pub const MAX_PATH: usize = 64;
/// Longest text of a `Refuse` or `Bye` in bytes; longer ones are cut when written.
pub const MAX_TEXT: usize = 2048;

/// Longest encoding of an epoch of a history: three numbers of eight bytes, four long varints, two short ones.
const EPOCH_LEN_MAX: usize = 3 * 8 + 4 * 10 + 5 + 1;
/// Longest encoding of marks, and three times that of downward marks.
const MARKS_LEN_MAX: usize = 1 + Group::COUNT * (1 + 10 + 8);
/// Added to the group of a batch whose `as_of` follows.
const WITH_AS_OF: u8 = 0x80;

const _: () = assert!(MAX_ANNOUNCE as usize > MAX_EPOCHS * EPOCH_LEN_MAX + MAX_BEATS * 16 + 3 * MARKS_LEN_MAX + 100);
const _: () = assert!(MAX_WORD as usize > MAX_FORKS * (8 + 1 + 10 + 5) + MAX_ASIDE * (1 + 10 + 10 + 10) + MARKS_LEN_MAX + 100);

/// Why a frame is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The bytes do not follow the protocol.
    Malformed(Kind),
    /// A `Hello` of a peer that speaks only these versions, none of which is ours; nothing behind them can be read.
    Versions(RangeInclusive<u16>),
}

/// The frame of `message`, written in `version`; `None` if the message is too long, has too many parts, or is one that cannot be routed
/// inside `Routed`.
pub fn encode(version: u8, message: &Message) -> Option<Vec<u8>> {
    let kind = kind_of(message);
    let version = if matches!(kind, Kind::Hello | Kind::Refuse) { ANY_VERSION } else { version };
    frame::encode(version, kind, &payload(message)?)
}

/// The message in a frame. The frame's version byte is the caller's to check.
pub fn decode(frame: &Frame) -> Result<Message, Unreadable> {
    let mut r = Reader::new(&frame.payload);
    if frame.kind == Kind::Hello {
        return read_hello(&mut r);
    }
    read_message(frame.kind, r).map_err(|Malformed| Unreadable::Malformed(frame.kind))
}

fn kind_of(message: &Message) -> Kind {
    match message {
        Message::Hello(_) => Kind::Hello,
        Message::SchemaRequest(_) => Kind::SchemaRequest,
        Message::Schema(_) => Kind::Schema,
        Message::Accept => Kind::Accept,
        Message::Refuse(_) => Kind::Refuse,
        Message::KeepAlive => Kind::KeepAlive,
        Message::Bye(_) => Kind::Bye,
        Message::Announce(_) => Kind::Announce,
        Message::Standby => Kind::Standby,
        Message::Withdraw(_) => Kind::Withdraw,
        Message::Renew(_) => Kind::Renew,
        Message::Welcome(_) => Kind::Welcome,
        Message::Path(_) => Kind::Path,
        Message::Word(_) => Kind::Word,
        Message::Mark(_) => Kind::Mark,
        Message::Batch(_) => Kind::Batch,
        Message::Ack(_) => Kind::Ack,
        Message::Pull(_) => Kind::Pull,
        Message::PullEnd(_) => Kind::PullEnd,
        Message::Routed(_) => Kind::Routed,
    }
}

fn payload(message: &Message) -> Option<Vec<u8>> {
    let mut w = Writer::new();
    match message {
        Message::Hello(hello) => write_hello(&mut w, hello),
        Message::Accept | Message::KeepAlive | Message::Standby => {}
        Message::SchemaRequest(hash) => w.u64(*hash),
        Message::Schema(text) => w.text(text),
        Message::Refuse(refuse) | Message::Bye(refuse) => {
            w.zigzag(refuse.code.0.into());
            w.text(cut(&refuse.text));
        }
        Message::Announce(announce) => write_announce(&mut w, announce)?,
        Message::Withdraw(withdraw) => {
            w.varint(withdraw.agent.0);
            w.varint(withdraw.attachment);
        }
        Message::Renew(agent) => w.varint(agent.0),
        Message::Welcome(received) => write_marks(&mut w, received),
        Message::Path(path) => write_list(&mut w, path, MAX_PATH, |w, agent| w.varint(agent.0))?,
        Message::Word(word) => write_word(&mut w, word)?,
        Message::Mark(mark) => {
            w.u8(mark.group.0);
            write_position(&mut w, mark.position);
            w.zigzag(mark.code.0.into());
        }
        Message::Batch(batch) => write_batch(&mut w, batch),
        Message::Ack(ack) => write_ack(&mut w, ack),
        Message::Pull(pull) => {
            w.varint(pull.asker.0);
            w.varint(pull.target.0);
            w.varint(pull.seq);
            w.varint(pull.flags.into());
        }
        Message::PullEnd(end) => {
            w.varint(end.asker.0);
            w.varint(end.target.0);
            w.varint(end.seq);
            w.varint(end.rows);
            w.zigzag(end.code.0.into());
            write_marks(&mut w, &end.ends);
        }
        Message::Routed(routed) => write_routed(&mut w, routed)?,
    }
    Some(w.bytes)
}

fn read_message(kind: Kind, mut r: Reader<'_>) -> Result<Message, Malformed> {
    let message = match kind {
        Kind::Hello => return Err(Malformed),
        Kind::Accept => Message::Accept,
        Kind::KeepAlive => Message::KeepAlive,
        Kind::Standby => Message::Standby,
        Kind::SchemaRequest => Message::SchemaRequest(r.u64()?),
        Kind::Schema => Message::Schema(r.text(MAX_SCHEMA as usize)?.to_owned()),
        Kind::Refuse => Message::Refuse(read_refuse(&mut r)?),
        Kind::Bye => Message::Bye(read_refuse(&mut r)?),
        Kind::Announce => Message::Announce(Box::new(read_announce(&mut r)?)),
        Kind::Withdraw => Message::Withdraw(Withdraw { agent: AgentId(r.varint()?), attachment: r.varint()? }),
        Kind::Renew => Message::Renew(AgentId(r.varint()?)),
        Kind::Welcome => Message::Welcome(read_marks(&mut r)?),
        Kind::Path => Message::Path(read_list(&mut r, MAX_PATH, |r| Ok(AgentId(r.varint()?)))?),
        Kind::Word => Message::Word(read_word(&mut r)?),
        Kind::Mark => {
            Message::Mark(Mark { group: read_group(&mut r)?, position: read_position(&mut r)?, code: read_code(&mut r)? })
        }
        Kind::Batch => Message::Batch(read_batch(&mut r)?),
        Kind::Ack => Message::Ack(read_ack(&mut r)?),
        Kind::Pull => Message::Pull(Pull {
            asker: AgentId(r.varint()?),
            target: AgentId(r.varint()?),
            seq: r.varint()?,
            flags: read_u32(&mut r)?,
        }),
        Kind::PullEnd => Message::PullEnd(PullEnd {
            asker: AgentId(r.varint()?),
            target: AgentId(r.varint()?),
            seq: r.varint()?,
            rows: r.varint()?,
            code: read_code(&mut r)?,
            ends: read_marks(&mut r)?,
        }),
        Kind::Routed => return read_routed(r),
    };
    r.finish()?;
    Ok(message)
}

fn write_hello(w: &mut Writer, hello: &Hello) {
    w.u16(hello.version_min);
    w.u16(hello.version_max);
    write_role(w, hello.role);
    w.varint(hello.agent.0);
    w.u16(hello.level.0);
    w.u64(hello.db.0);
    w.u64(hello.nonce);
    w.u64(hello.schema_hash);
    w.varint(hello.recv_timeout.0);
    w.u32(hello.max_frame);
    w.u32(hello.features);
}

/// The two versions come first and for ever; the rest is read only if one of them is ours, and a later version may add bytes at the end.
fn read_hello(r: &mut Reader<'_>) -> Result<Message, Unreadable> {
    let malformed = |Malformed| Unreadable::Malformed(Kind::Hello);
    let version_min = r.u16().map_err(malformed)?;
    let version_max = r.u16().map_err(malformed)?;
    if version_min > version_max {
        return Err(malformed(Malformed));
    }
    if super::common_version(version_min, version_max).is_none() {
        return Err(Unreadable::Versions(version_min..=version_max));
    }
    let hello = read_hello_body(r, version_min, version_max).map_err(malformed)?;
    if version_max <= VERSION_MAX {
        r.clone().finish().map_err(malformed)?;
    }
    Ok(Message::Hello(Box::new(hello)))
}

fn read_hello_body(r: &mut Reader<'_>, version_min: u16, version_max: u16) -> Result<Hello, Malformed> {
    Ok(Hello {
        version_min,
        version_max,
        role: read_role(r)?,
        agent: AgentId(r.varint()?),
        level: Level(r.u16()?),
        db: DbId(r.u64()?),
        nonce: r.u64()?,
        schema_hash: r.u64()?,
        recv_timeout: Millis(r.varint()?),
        max_frame: r.u32()?,
        features: r.u32()?,
    })
}

fn write_batch(w: &mut Writer, batch: &Batch) {
    let dated = batch.as_of != Position::default();
    w.bytes.reserve(batch.body.len() + 128);
    w.varint(batch.seq);
    w.u8(batch.group.0 | if dated { WITH_AS_OF } else { 0 });
    w.varint(batch.flags.into());
    write_position(w, batch.after);
    write_position(w, batch.up_to);
    if dated {
        write_position(w, batch.as_of);
    }
    w.varint(batch.rows.into());
    w.bytes(&batch.body);
}

fn read_batch(r: &mut Reader<'_>) -> Result<Batch, Malformed> {
    let seq = r.varint()?;
    let head = r.u8()?;
    let mut batch = Batch {
        seq,
        group: group_of(head & !WITH_AS_OF)?,
        flags: read_u32(r)?,
        after: read_position(r)?,
        up_to: read_position(r)?,
        as_of: Position::default(),
        rows: 0,
        body: Vec::new(),
    };
    if head & WITH_AS_OF != 0 {
        batch.as_of = read_position(r)?;
        if batch.as_of == Position::default() {
            return Err(Malformed);
        }
    }
    batch.rows = read_u32(r)?;
    batch.body = r.bytes(MAX_FRAME as usize)?.to_vec();
    Ok(batch)
}

fn write_ack(w: &mut Writer, ack: &Ack) {
    w.varint(ack.seq);
    w.u8(ack.group.0);
    w.varint(ack.flags.into());
    write_position(w, ack.position);
    w.zigzag(ack.code.0.into());
    w.varint(ack.retry_after.0);
}

fn read_ack(r: &mut Reader<'_>) -> Result<Ack, Malformed> {
    Ok(Ack {
        seq: r.varint()?,
        group: read_group(r)?,
        flags: read_u32(r)?,
        position: read_position(r)?,
        code: read_code(r)?,
        retry_after: Millis(r.varint()?),
    })
}

/// The message inside is its kind and its payload, without a frame of its own.
fn write_routed(w: &mut Writer, routed: &Routed) -> Option<()> {
    let kind = kind_of(&routed.message);
    if !kind.may_be_routed() {
        return None;
    }
    w.varint(routed.agent.0);
    w.varint(routed.attachment);
    w.u8(kind as u8);
    let inner = payload(&routed.message).filter(|inner| inner.len() <= kind.max_payload() as usize)?;
    w.raw(&inner);
    Some(())
}

/// Nests only one deep: a `Routed` may not be routed.
fn read_routed(mut r: Reader<'_>) -> Result<Message, Malformed> {
    let (agent, attachment) = (AgentId(r.varint()?), r.varint()?);
    let kind = Kind::of(r.u8()?).filter(|kind| kind.may_be_routed()).ok_or(Malformed)?;
    if r.remaining() > kind.max_payload() as usize {
        return Err(Malformed);
    }
    let message = Box::new(read_message(kind, r)?);
    Ok(Message::Routed(Routed { agent, attachment, message }))
}

fn read_refuse(r: &mut Reader<'_>) -> Result<Refuse, Malformed> {
    Ok(Refuse { code: read_code(r)?, text: r.text(MAX_TEXT)?.to_owned() })
}

/// The front of `text` that fits into [`MAX_TEXT`], cut between characters.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}
