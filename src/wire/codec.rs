//! Each message to its bytes and back. Reading is strict: what no writer would write is malformed.

use super::frame::{ANY_VERSION, Frame, Kind, MAX_HELLO, MAX_SCHEMA};
use super::{Accept, Ack, Batch, Hello, MAX_FRAME, Message, Pull, PullEnd, Refuse, VERSION_MAX, frame};
use crate::base::{AgentId, Code, DbId, EpochId, EpochInfo, Level, Malformed, Millis, Position, Reader, Role, Timestamp, Writer};
use std::ops::RangeInclusive;

/// Most epochs in a `Hello`.
pub const MAX_HELLO_EPOCHS: usize = 4096;
/// Longest text of a `Refuse` or `Bye` in bytes; longer ones are cut when written.
pub const MAX_TEXT: usize = 2048;

const _: () = assert!(MAX_HELLO as usize > MAX_HELLO_EPOCHS * EPOCH_LEN_MAX + 100, "the longest list of epochs must fit");

/// Longest encoding of an [`EpochInfo`]: three numbers of eight bytes, four long varints, a short one.
const EPOCH_LEN_MAX: usize = 3 * 8 + 4 * 10 + 5;

/// Why a frame is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The bytes do not follow the protocol.
    Malformed(Kind),
    /// A `Hello` of a peer that speaks only these versions, none of which is ours; nothing behind them can be read.
    Versions(RangeInclusive<u16>),
}

/// The frame of `message`, written in `version`; `None` if the message is too long or has too many parts.
pub fn encode(version: u8, message: &Message) -> Option<Vec<u8>> {
    let mut w = Writer::new();
    let kind = kind_of(message);
    match message {
        Message::Hello(hello) => write_hello(&mut w, hello)?,
        Message::SchemaRequest | Message::KeepAlive => {}
        Message::Schema(text) => w.text(text),
        Message::Accept(accept) => {
            write_position(&mut w, accept.received);
            write_position(&mut w, accept.confirmed);
        }
        Message::Refuse(refuse) | Message::Bye(refuse) => {
            w.zigzag(refuse.code.0.into());
            w.text(cut(&refuse.text));
        }
        Message::Batch(batch) => {
            w.bytes.reserve(batch.body.len() + 64);
            w.varint(batch.seq);
            w.varint(batch.flags.into());
            write_position(&mut w, batch.after);
            write_position(&mut w, batch.up_to);
            w.varint(batch.rows.into());
            w.bytes(&batch.body);
        }
        Message::Ack(ack) => {
            w.varint(ack.seq);
            w.varint(ack.flags.into());
            write_position(&mut w, ack.position);
            w.zigzag(ack.code.0.into());
            w.varint(ack.retry_after.0);
        }
        Message::Pull(pull) => {
            w.varint(pull.seq);
            w.varint(pull.flags.into());
        }
        Message::PullEnd(end) => {
            w.varint(end.seq);
            w.varint(end.rows);
            w.zigzag(end.code.0.into());
        }
    }
    let version = if matches!(kind, Kind::Hello | Kind::Refuse) { ANY_VERSION } else { version };
    frame::encode(version, kind, &w.bytes)
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
        Message::SchemaRequest => Kind::SchemaRequest,
        Message::Schema(_) => Kind::Schema,
        Message::Accept(_) => Kind::Accept,
        Message::Refuse(_) => Kind::Refuse,
        Message::Batch(_) => Kind::Batch,
        Message::Ack(_) => Kind::Ack,
        Message::Pull(_) => Kind::Pull,
        Message::PullEnd(_) => Kind::PullEnd,
        Message::KeepAlive => Kind::KeepAlive,
        Message::Bye(_) => Kind::Bye,
    }
}

fn read_message(kind: Kind, mut r: Reader<'_>) -> Result<Message, Malformed> {
    let message = match kind {
        Kind::Hello => return Err(Malformed),
        Kind::SchemaRequest => Message::SchemaRequest,
        Kind::KeepAlive => Message::KeepAlive,
        Kind::Schema => Message::Schema(r.text(MAX_SCHEMA as usize)?.to_owned()),
        Kind::Accept => Message::Accept(Accept { received: read_position(&mut r)?, confirmed: read_position(&mut r)? }),
        Kind::Refuse => Message::Refuse(read_refuse(&mut r)?),
        Kind::Bye => Message::Bye(read_refuse(&mut r)?),
        Kind::Batch => Message::Batch(Batch {
            seq: r.varint()?,
            flags: read_u32(&mut r)?,
            after: read_position(&mut r)?,
            up_to: read_position(&mut r)?,
            rows: read_u32(&mut r)?,
            body: r.bytes(MAX_FRAME as usize)?.to_vec(),
        }),
        Kind::Ack => Message::Ack(Ack {
            seq: r.varint()?,
            flags: read_u32(&mut r)?,
            position: read_position(&mut r)?,
            code: read_code(&mut r)?,
            retry_after: Millis(r.varint()?),
        }),
        Kind::Pull => Message::Pull(Pull { seq: r.varint()?, flags: read_u32(&mut r)? }),
        Kind::PullEnd => Message::PullEnd(PullEnd { seq: r.varint()?, rows: r.varint()?, code: read_code(&mut r)? }),
    };
    r.finish()?;
    Ok(message)
}

fn write_hello(w: &mut Writer, hello: &Hello) -> Option<()> {
    if hello.epochs.len() > MAX_HELLO_EPOCHS {
        return None;
    }
    w.u16(hello.version_min);
    w.u16(hello.version_max);
    w.u8(match hello.role {
        Role::Server => 1,
        Role::Router => 2,
        Role::Device => 3,
    });
    w.varint(hello.agent.0);
    w.u16(hello.level.0);
    w.u64(hello.db.0);
    w.u64(hello.attachment);
    w.u64(hello.schema_hash);
    write_position(w, hello.down_mark);
    w.varint(hello.recv_timeout.0);
    w.u32(hello.max_frame);
    w.u32(hello.features);
    w.count(hello.epochs.len());
    for epoch in &hello.epochs {
        write_epoch(w, epoch);
    }
    Some(())
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
    let role = match r.u8()? {
        1 => Role::Server,
        2 => Role::Router,
        3 => Role::Device,
        _ => return Err(Malformed),
    };
    let mut hello = Hello {
        version_min,
        version_max,
        role,
        agent: AgentId(r.varint()?),
        level: Level(r.u16()?),
        db: DbId(r.u64()?),
        attachment: r.u64()?,
        schema_hash: r.u64()?,
        down_mark: read_position(r)?,
        recv_timeout: Millis(r.varint()?),
        max_frame: r.u32()?,
        features: r.u32()?,
        epochs: Vec::new(),
    };
    for _ in 0..r.count(MAX_HELLO_EPOCHS)? {
        hello.epochs.push(read_epoch(r)?);
    }
    Ok(hello)
}

/// Writes what declares an epoch.
pub(super) fn write_epoch(w: &mut Writer, epoch: &EpochInfo) {
    w.u64(epoch.id.0);
    w.varint(epoch.agent.0);
    w.u64(epoch.db.0);
    w.varint(epoch.first.0);
    w.varint(epoch.last.0);
    w.u64(epoch.before.0);
    w.varint(epoch.left.0);
    w.varint(epoch.generation.into());
}

/// Counterpart of [`write_epoch`].
pub(super) fn read_epoch(r: &mut Reader<'_>) -> Result<EpochInfo, Malformed> {
    Ok(EpochInfo {
        id: EpochId(r.u64()?),
        agent: AgentId(r.varint()?),
        db: DbId(r.u64()?),
        first: Timestamp(r.varint()?),
        last: Timestamp(r.varint()?),
        before: EpochId(r.u64()?),
        left: Timestamp(r.varint()?),
        generation: read_u32(r)?,
    })
}

fn write_position(w: &mut Writer, position: Position) {
    w.varint(position.ts.0);
    w.u64(position.epoch.0);
}

fn read_position(r: &mut Reader<'_>) -> Result<Position, Malformed> {
    Ok(Position { ts: Timestamp(r.varint()?), epoch: EpochId(r.u64()?) })
}

fn read_refuse(r: &mut Reader<'_>) -> Result<Refuse, Malformed> {
    Ok(Refuse { code: read_code(r)?, text: r.text(MAX_TEXT)?.to_owned() })
}

fn read_code(r: &mut Reader<'_>) -> Result<Code, Malformed> {
    i32::try_from(r.zigzag()?).map(Code).map_err(|_| Malformed)
}

fn read_u32(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    u32::try_from(r.varint()?).map_err(|_| Malformed)
}

/// The front of `text` that fits into [`MAX_TEXT`], cut between characters.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}
