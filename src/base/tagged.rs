//! Values that say their kinds themselves, one behind the other: in what is set aside, in what lies below NULL, in lists.

use super::{Malformed, Reader, Value, Writer};

const NOTHING: u8 = 0;
const INT: u8 = 1;
const UINT: u8 = 2;
const REAL: u8 = 3;
const BYTES: u8 = 4;
const NULL_OVER: u8 = 5;

/// Values as docs/format.md describes them.
pub fn encode<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<u8> {
    let mut out = Writer::new();
    values.into_iter().for_each(|value| put(&mut out, value));
    out.bytes
}

/// The values of such bytes, at most so many.
pub fn decode(bytes: &[u8], limit: usize) -> Result<Vec<Value>, Malformed> {
    let mut input = Reader::new(bytes);
    let mut values = Vec::new();
    while input.remaining() > 0 {
        let value = take(&mut input)?;
        if values.len() == limit {
            return Err(Malformed);
        }
        values.push(value);
    }
    Ok(values)
}

fn put(out: &mut Writer, value: &Value) {
    match value {
        Value::Null(None) => out.u8(NOTHING),
        Value::Int(n) => {
            out.u8(INT);
            out.zigzag(*n);
        }
        Value::UInt(n) => {
            out.u8(UINT);
            out.varint(*n);
        }
        Value::Real(x) => {
            out.u8(REAL);
            out.u64(x.to_bits());
        }
        Value::Bytes(bytes) => {
            out.u8(BYTES);
            out.bytes(bytes);
        }
        Value::Null(Some(below)) => {
            out.u8(NULL_OVER);
            put(out, below);
        }
    }
}

fn take(input: &mut Reader<'_>) -> Result<Value, Malformed> {
    match input.u8()? {
        NOTHING => Ok(Value::NULL),
        NULL_OVER => {
            let below = input.u8()?;
            Ok(Value::Null(Some(take_plain(input, below)?.into())))
        }
        kind => take_plain(input, kind),
    }
}

fn take_plain(input: &mut Reader<'_>, kind: u8) -> Result<Value, Malformed> {
    match kind {
        INT => input.zigzag().map(Value::Int),
        UINT => input.varint().map(Value::UInt),
        REAL => input.u64().map(|bits| Value::Real(f64::from_bits(bits))),
        BYTES => input.bytes(input.remaining()).map(Value::from),
        _ => Err(Malformed),
    }
}
