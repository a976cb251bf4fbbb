//! Payloads made shorter: each by itself, so that a link keeps no window and no state between two messages.

use super::frame::{FrameError, Kind};
use crate::base::{Reader, Writer};

/// Bit of [`super::Hello::features`]: the sender takes deflated payloads.
pub const TAKES_DEFLATED: u32 = 1;
/// The optional abilities of this library, for its `Hello`.
pub const FEATURES: u32 = if cfg!(feature = "compression") { TAKES_DEFLATED } else { 0 };
/// The level that -1 asks for.
pub const DEFAULT_LEVEL: u8 = 6;
/// Payloads below this stay as they are: hardly any would get shorter, and each attempt takes 10 µs.
pub const DEFLATE_MIN: usize = 128;
/// Longer ones, single large rows, are deflated at level 1, whatever is asked for: at 9 one of them would hold up all links for a second.
pub const DEFLATE_LEVELS_MAX: usize = 512 << 10;
/// No byte of a deflate stream stands for more than so many.
pub const EXPANSION_MAX: usize = 1032;

/// Whether payloads of this kind may be deflated: not those that a peer of any version has to read.
pub(super) fn may_be_deflated(kind: Kind) -> bool {
    !matches!(kind, Kind::Hello | Kind::Refuse)
}

/// `level` as the application names it, -1 for the default, as [`deflate`] takes it.
pub fn deflate_level(level: i32) -> u8 {
    u8::try_from(level).unwrap_or(DEFAULT_LEVEL)
}

/// The payload, shorter: its length as varint, then raw deflate. `None` if it does not get shorter, or level is 0.
pub(super) fn deflate(payload: &[u8], level: u8) -> Option<Vec<u8>> {
    if payload.len() < DEFLATE_MIN || level == 0 {
        return None;
    }
    let level = if payload.len() > DEFLATE_LEVELS_MAX { 1 } else { level };
    let mut w = Writer { bytes: Vec::with_capacity(payload.len()) };
    w.varint(payload.len() as u64);
    let whole = raw_deflate(payload, level, &mut w.bytes);
    (whole && w.bytes.len() < payload.len()).then_some(w.bytes)
}

/// What [`deflate`] was given. Nothing is inflated, or room made for it, before the length is known to be possible and at most `limit`.
pub(super) fn inflate(kind: Kind, deflated: &[u8], limit: u32) -> Result<Vec<u8>, FrameError> {
    let broken = FrameError::Deflated(kind);
    let mut r = Reader::new(deflated);
    let len = r.varint().map_err(|_| broken)?;
    let stream = r.take(r.remaining()).map_err(|_| broken)?;
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    if len > limit {
        return Err(FrameError::Length { kind, len, limit });
    }
    let len = len as usize;
    if deflated.len() >= len || len > stream.len().saturating_mul(EXPANSION_MAX) {
        return Err(broken);
    }
    let mut payload = Vec::with_capacity(len);
    let whole = raw_inflate(stream, &mut payload);
    if whole && payload.len() == len { Ok(payload) } else { Err(broken) }
}

/// Whether the whole stream has found room in `to`.
#[cfg(feature = "compression")]
fn raw_deflate(payload: &[u8], level: u8, to: &mut Vec<u8>) -> bool {
    use flate2::{Compress, Compression, FlushCompress, Status};
    let mut deflater = Compress::new(Compression::new(level.min(9).into()), false);
    matches!(deflater.compress_vec(payload, to, FlushCompress::Finish), Ok(Status::StreamEnd))
}

/// Whether what the stream stands for has found room in `to`, and nothing is behind it.
#[cfg(feature = "compression")]
fn raw_inflate(stream: &[u8], to: &mut Vec<u8>) -> bool {
    use flate2::{Decompress, FlushDecompress, Status};
    let mut inflater = Decompress::new(false);
    let status = inflater.decompress_vec(stream, to, FlushDecompress::Finish);
    matches!(status, Ok(Status::StreamEnd)) && inflater.total_in() == stream.len() as u64
}

#[cfg(not(feature = "compression"))]
fn raw_deflate(_: &[u8], _: u8, _: &mut Vec<u8>) -> bool {
    false
}

#[cfg(not(feature = "compression"))]
fn raw_inflate(_: &[u8], _: &mut Vec<u8>) -> bool {
    false
}
