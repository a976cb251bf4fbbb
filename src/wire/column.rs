//! One field of many rows. A column says itself what it holds, so that a router passes on what it does not know.

use super::numbers;
use crate::base::{Malformed, Reader, Value, Writer};
use std::collections::BTreeMap;

/// Kinds of columns. Numbers 16..=31 are reals as decimals with (kind - 16) digits behind the point, 32..=47 the same of single precision.
const MIXED: u8 = 0;
const UINTS: u8 = 1;
const INTS: u8 = 2;
const REALS: u8 = 3;
const BYTES: u8 = 4;
const NULLS: u8 = 5;
const DECIMALS: u8 = 16;
const DECIMALS_SINGLE: u8 = 32;
/// Added to the kind of a column in which some values are missing.
const WITH_NULLS: u8 = 0x80;

/// Most digits behind the point that are tried.
const DIGITS_MAX: u8 = 15;
/// Beyond this not every whole number has a double.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Whether a row has a value: none, one, or one that lies below NULL.
const NOTHING: u64 = 0;
const PRESENT: u64 = 1;
const BELOW: u64 = 2;
/// Kind of one value in a mixed column: NULL, with the value below it behind.
const NULL_OVER: u8 = 6;

/// Appends `values`; how many they are is not written.
pub(super) fn write(w: &mut Writer, values: &[&Value]) {
    let present: Vec<&Value> = values.iter().filter_map(|v| v.shown()).collect();
    let Some(kind) = kind_of(&present) else {
        w.u8(NULLS);
        return;
    };
    if kind != MIXED && values.iter().any(|v| v.is_null()) {
        w.u8(kind | WITH_NULLS);
        let presence = |v: &&Value| match v {
            Value::Null(None) => NOTHING,
            Value::Null(Some(_)) => BELOW,
            _ => PRESENT,
        };
        numbers::write(w, &values.iter().map(presence).collect::<Vec<u64>>());
    } else {
        w.u8(kind);
    }
    match kind {
        MIXED => values.iter().for_each(|v| write_one(w, v)),
        UINTS | INTS => numbers::write(w, &present.iter().map(|v| whole(v)).collect::<Vec<u64>>()),
        BYTES => write_bytes(w, &present),
        REALS => write_reals(w, &present),
        _ => {
            let scaled = present.iter().map(|v| scale(real(v), kind).unwrap_or_default().cast_unsigned());
            numbers::write(w, &scaled.collect::<Vec<u64>>());
        }
    }
}

/// Reads `n` values. The caller bounds `n`; `room` is how many bytes the texts and binaries may have, and is lowered by what they have.
pub(super) fn read(r: &mut Reader<'_>, n: usize, room: &mut usize) -> Result<Vec<Value>, Malformed> {
    let head = r.u8()?;
    let kind = head & !WITH_NULLS;
    if head & WITH_NULLS == 0 {
        return read_present(r, kind, n, room);
    }
    if matches!(kind, MIXED | NULLS) {
        return Err(Malformed);
    }
    let presence = numbers::read(r, n)?;
    let mut present = read_present(r, kind, presence.iter().filter(|p| **p != NOTHING).count(), room)?.into_iter();
    let value = |p: u64| match p {
        NOTHING => Ok(Value::NULL),
        PRESENT => present.next().ok_or(Malformed),
        BELOW => present.next().map(|below| Value::Null(Some(below.into()))).ok_or(Malformed),
        _ => Err(Malformed),
    };
    presence.into_iter().map(value).collect()
}

/// `None` if there are no values.
fn kind_of(present: &[&Value]) -> Option<u8> {
    let kind = match present.first()? {
        Value::Null(_) => return None,
        Value::UInt(_) => UINTS,
        Value::Int(_) => INTS,
        Value::Real(_) => REALS,
        Value::Bytes(_) => BYTES,
    };
    let same = present.iter().all(|v| match v {
        Value::Null(_) => false,
        Value::UInt(_) => kind == UINTS,
        Value::Int(_) => kind == INTS,
        Value::Real(_) => kind == REALS,
        Value::Bytes(_) => kind == BYTES,
    });
    Some(match (same, kind) {
        (false, _) => MIXED,
        (true, REALS) => decimals(present).unwrap_or(REALS),
        (true, kind) => kind,
    })
}

/// The kind with the fewest digits that gives back every value bit by bit.
fn decimals(present: &[&Value]) -> Option<u8> {
    let fits = |kind: &u8| present.iter().all(|v| scale(real(v), *kind).is_some());
    (0..=DIGITS_MAX).flat_map(|digits| [DECIMALS + digits, DECIMALS_SINGLE + digits]).find(fits)
}

/// The whole number that stands for `value` in a column of decimals, if the way back gives the same bits.
fn scale(value: f64, kind: u8) -> Option<i64> {
    let scaled = (value * ten_to(kind)).round();
    if scaled.is_nan() || scaled.abs() >= WHOLE_MAX {
        return None;
    }
    let whole = scaled as i64;
    (unscale(whole, kind).to_bits() == value.to_bits()).then_some(whole)
}

/// Single precision by rounding, on purpose: what the original value was made with.
fn unscale(whole: i64, kind: u8) -> f64 {
    let value = whole as f64 / ten_to(kind);
    if kind < DECIMALS_SINGLE { value } else { f64::from(value as f32) }
}

/// Exact up to 10^22.
fn ten_to(kind: u8) -> f64 {
    let digits = kind & DIGITS_MAX;
    (0..digits).fold(1.0, |power, _| power * 10.0)
}

fn whole(value: &Value) -> u64 {
    match value {
        Value::UInt(n) => *n,
        Value::Int(n) => n.cast_unsigned(),
        _ => 0,
    }
}

fn real(value: &Value) -> f64 {
    if let Value::Real(x) = value { *x } else { 0.0 }
}

fn bytes(value: &Value) -> &[u8] {
    if let Value::Bytes(b) = value { b } else { &[] }
}

/// Each as the difference of its bits to those before: one byte with the zero bytes at both ends, then the bytes between.
fn write_reals(w: &mut Writer, present: &[&Value]) {
    let mut before = 0u64;
    for value in present {
        let bits = real(value).to_bits();
        let difference = bits ^ std::mem::replace(&mut before, bits);
        let low = (difference.trailing_zeros() / 8).min(7) as u8;
        let high = if difference == 0 { 8 - low } else { (difference.leading_zeros() / 8) as u8 };
        w.u8(high << 4 | low);
        let used = usize::from(8 - high - low);
        w.raw((difference >> (8 * u32::from(low))).to_le_bytes().split_at(used).0);
    }
}

fn read_reals(r: &mut Reader<'_>, n: usize) -> Result<Vec<Value>, Malformed> {
    let mut before = 0u64;
    let mut values = Vec::new();
    for _ in 0..n {
        let head = r.u8()?;
        let (high, low) = (head >> 4, head & 0x0F);
        if high + low > 8 || low > 7 {
            return Err(Malformed);
        }
        let part = r.take(usize::from(8 - high - low))?;
        let difference = part.iter().rev().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte)) << (8 * u32::from(low));
        before ^= difference;
        values.push(Value::Real(f64::from_bits(before)));
    }
    Ok(values)
}

/// Different values once, in the order in which they appear, then for each row which of them it has.
fn write_bytes(w: &mut Writer, present: &[&Value]) {
    let mut known: BTreeMap<&[u8], u64> = BTreeMap::new();
    let mut different: Vec<&[u8]> = Vec::new();
    let which = present.iter().map(|v| {
        *known.entry(bytes(v)).or_insert_with_key(|value| {
            different.push(value);
            different.len() as u64 - 1
        })
    });
    let which: Vec<u64> = which.collect();
    w.count(different.len());
    numbers::write(w, &different.iter().map(|v| v.len() as u64).collect::<Vec<u64>>());
    different.iter().for_each(|v| w.raw(v));
    numbers::write(w, &which);
}

fn read_bytes(r: &mut Reader<'_>, n: usize, room: &mut usize) -> Result<Vec<Value>, Malformed> {
    let count = r.count(n)?;
    let lengths = numbers::read(r, count)?;
    let part = |len: u64| usize::try_from(len).map_err(|_| Malformed).and_then(|len| r.take(len));
    let different = lengths.into_iter().map(part).collect::<Result<Vec<&[u8]>, Malformed>>()?;
    let which = numbers::read(r, n)?;
    let value = |which: u64| {
        let bytes = usize::try_from(which).ok().and_then(|which| different.get(which)).ok_or(Malformed)?;
        // Few bytes could stand for many long texts.
        *room = room.checked_sub(bytes.len()).ok_or(Malformed)?;
        Ok(Value::from(*bytes))
    };
    which.into_iter().map(value).collect()
}

fn read_present(r: &mut Reader<'_>, kind: u8, n: usize, room: &mut usize) -> Result<Vec<Value>, Malformed> {
    let is_decimals = |first: u8| (first..=first + DIGITS_MAX).contains(&kind);
    Ok(match kind {
        NULLS => vec![Value::NULL; n],
        UINTS => numbers::read(r, n)?.into_iter().map(Value::UInt).collect(),
        INTS => numbers::read(r, n)?.into_iter().map(|v| Value::Int(v.cast_signed())).collect(),
        REALS => read_reals(r, n)?,
        BYTES => read_bytes(r, n, room)?,
        MIXED => (0..n).map(|_| read_one(r, room)).collect::<Result<Vec<Value>, Malformed>>()?,
        _ if is_decimals(DECIMALS) || is_decimals(DECIMALS_SINGLE) => {
            numbers::read(r, n)?.into_iter().map(|v| Value::Real(unscale(v.cast_signed(), kind))).collect()
        }
        _ => return Err(Malformed),
    })
}

/// A value among others of different kinds.
fn write_one(w: &mut Writer, value: &Value) {
    match value {
        Value::Null(None) => w.u8(NULLS),
        Value::Null(Some(below)) => {
            w.u8(NULL_OVER);
            write_one(w, below);
        }
        Value::UInt(n) => {
            w.u8(UINTS);
            w.varint(*n);
        }
        Value::Int(n) => {
            w.u8(INTS);
            w.zigzag(*n);
        }
        Value::Real(x) => {
            w.u8(REALS);
            w.u64(x.to_bits());
        }
        Value::Bytes(b) => {
            w.u8(BYTES);
            w.bytes(b);
        }
    }
}

fn read_one(r: &mut Reader<'_>, room: &mut usize) -> Result<Value, Malformed> {
    let kind = r.u8()?;
    if kind != NULL_OVER {
        return read_plain(r, kind, room);
    }
    match r.u8()? {
        NULLS => Err(Malformed),
        below => Ok(Value::Null(Some(read_plain(r, below, room)?.into()))),
    }
}

fn read_plain(r: &mut Reader<'_>, kind: u8, room: &mut usize) -> Result<Value, Malformed> {
    Ok(match kind {
        NULLS => Value::NULL,
        UINTS => Value::UInt(r.varint()?),
        INTS => Value::Int(r.zigzag()?),
        REALS => Value::Real(f64::from_bits(r.u64()?)),
        BYTES => {
            let bytes = r.bytes(*room)?;
            *room -= bytes.len();
            Value::from(bytes)
        }
        _ => return Err(Malformed),
    })
}
