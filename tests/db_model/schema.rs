//! The schema of the runs and values for its fields, extreme ones among them.

use mcoiot::base::{Random, Value};
use mcoiot::schema::{Field, FieldType};

/// All kinds of fields and of indexes.
pub const TEXT: &str = "
declare database model;
declare oid Id[100];
struct Id { unsigned<2> a; unsigned<4> b; };
enum { LOW = -5, ZERO = 0, HIGH = 2147483647 } Kind;
persistent class Wide {
    signed<1> i1; signed<2> i2; signed<4> i4 = -3; signed<8> i8;
    unsigned<1> u1; unsigned<2> u2; unsigned<4> u4; unsigned<8> u8;
    float f4; double f8 = 0.5; bool flag;
    char<8> c; nchar<4> n; binary<4> b; string s; nstring ns; varbinary vb;
    date d; time t; datetime dt; numeric<4,2> num; Kind kind; autoid_t other;
    tree<u8, i8 desc> mixed;
    unique tree<s> text;
    tree<f8 desc> real;
    tree<f4, c, flag> trio;
    nonunique hash<n> wide_hash[10];
    hash<b, u1> bin[10];
    tree<ns> wide_text;
    tree<vb desc, kind desc> down;
    unique tree<dt desc, i4> stamp;
    autoid[100];
    list;
};
struct Spot { signed<2> x = 4; char<4> zone; };
struct Trip { Spot goal; signed<1> days = 1; optional Spot rest; vector<char<4>> tags; };
persistent class Small {
    unsigned<1> a = 1; signed<1> b; string name;
    Spot at; optional Spot last; optional Trip trip;
    vector<signed<2>> v; nstring words[3]; vector<bool> bits;
    unique tree<a, b desc> ab;
    tree<b> by_b;
    hash<name> h[10];
    nonunique hash<a> ha[10];
    tree<name desc> by_name;
    tree<at.x, last.zone desc> by_spot;
    nonunique hash<trip.days> by_days[10];
    list;
};
transient class Gone {
    unsigned<4> x;
    unique tree<x> ix;
    autoid[10];
    list;
};
persistent class Node {
    unsigned<1> x; ref to; optional Spot at; vector<ref> links;
    unique tree<x> ux;
    tree<to desc> by_to;
    list;
    oid;
};
transient class Leaf {
    string s;
    nonunique hash<s> hs[10];
    autoid[10];
    oid;
};
";

/// Longest key of an index, in bytes.
pub const MAX_KEY: usize = 4096;

/// Content for a field.
pub fn content(random: &mut Random, field: &Field) -> Value {
    let Some((shape, element)) = field.list() else { return value(random, field.kind) };
    let len = shape.length.unwrap_or(random.below(12) as u16);
    let element = |_| if random.below(3) > 0 { Some(vec![value(random, element)]) } else { None };
    Value::Bytes(shape.pack(&(0..len).map(element).collect::<Vec<_>>()).unwrap())
}

/// A value of this type, in the form in which it is given back.
pub fn value(random: &mut Random, kind: FieldType) -> Value {
    let value = match kind {
        FieldType::Signed(width) => {
            let high = i64::MAX >> (64 - 8 * u32::from(width));
            Value::Int(*pick(random, &[0, 1, -1, 2, 3, high, -high - 1]))
        }
        FieldType::Unsigned(width) => {
            let high = u64::MAX >> (64 - 8 * u32::from(width));
            Value::UInt(*pick(random, &[0, 1, 2, 3, 4, high, high / 2, high / 2 + 1]))
        }
        FieldType::Bool => Value::UInt(random.below(2)),
        // There, or not.
        FieldType::Struct(_) => [Value::UInt(1), Value::NULL][random.below(2) as usize].clone(),
        FieldType::Float => Value::Real(f64::from(real(random) as f32)),
        FieldType::Double => Value::Real(real(random)),
        FieldType::Date | FieldType::Time => Value::UInt(*pick(random, &[0, 1, 20_240_229, u64::from(u32::MAX)])),
        FieldType::DateTime | FieldType::AutoId(_) => {
            Value::UInt(*pick(random, &[0, 1, 2, 3, 4, 5, i64::MAX as u64, 1 << 63, u64::MAX]))
        }
        FieldType::Numeric { .. } => Value::Int(*pick(random, &[0, 1, -1, 9999, -9999])),
        FieldType::Enum(_) => Value::Int(*pick(random, &[-5, 0, i64::from(i32::MAX), i64::from(i32::MIN)])),
        FieldType::Char(n) | FieldType::Binary(n) | FieldType::Ref(n) => trimmed(&bytes(random, usize::from(n)), 1),
        FieldType::NChar(n) => trimmed(&wide(random, usize::from(n)), 2),
        FieldType::String | FieldType::VarBinary | FieldType::Blob => {
            let longest = *pick(random, &[8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, MAX_KEY, MAX_KEY + 1, 65_535]);
            Value::from(&*bytes(random, longest))
        }
        FieldType::NString => {
            let longest = *pick(random, &[4, 4, 4, 4, 4, 4, 4, 4, MAX_KEY / 2, MAX_KEY / 2 + 1, 32_767]);
            Value::from(&*wide(random, longest))
        }
        FieldType::Array(_) | FieldType::Vector => kind.zero(),
    };
    if random.below(3) > 0 { value } else { common(random, kind).unwrap_or(value) }
}

/// A value that the field must refuse.
pub fn wrong(random: &mut Random, kind: FieldType) -> Value {
    match kind {
        FieldType::Signed(width) if width < 8 => Value::Int(1 << (8 * u32::from(width) - 1)),
        FieldType::Unsigned(width) if width < 8 => Value::UInt(1 << (8 * u32::from(width))),
        FieldType::Bool => Value::UInt(2),
        FieldType::Float => Value::Real(1e39),
        FieldType::Numeric { .. } => Value::Int(10_000),
        FieldType::Char(n) | FieldType::Binary(n) | FieldType::Ref(n) => Value::from(&*vec![1; usize::from(n) + 1]),
        FieldType::NChar(n) => Value::from(&*vec![1; 2 * usize::from(n) + 2]),
        FieldType::NString => Value::from(&*vec![1; 3]),
        FieldType::String | FieldType::VarBinary => Value::from(&*vec![1; 65_536]),
        // No list is as short as this.
        FieldType::Array(_) | FieldType::Vector => Value::from(&[2, 1][..]),
        _ if random.below(2) == 0 => Value::NULL,
        FieldType::Double => Value::Int(1),
        _ => Value::Real(1.0),
    }
}

/// One of them.
pub fn pick<'a, T>(random: &mut Random, list: &'a [T]) -> &'a T {
    &list[random.below(list.len() as u64) as usize]
}

/// Values that many rows have, so that keys are equal now and then.
fn common(random: &mut Random, kind: FieldType) -> Option<Value> {
    Some(match kind {
        FieldType::Char(_) | FieldType::Binary(_) | FieldType::Ref(_) | FieldType::String | FieldType::VarBinary => {
            Value::from(*pick(random, &[&b""[..], b"a", b"ab", b"b", b"abc"]))
        }
        FieldType::NChar(_) | FieldType::NString => Value::from(*pick(random, &[&b""[..], b"\0a", b"\0a\0b", b"\xD8\x3D"])),
        _ => return None,
    })
}

fn real(random: &mut Random) -> f64 {
    let list =
        [0.0, -0.0, 1.0, -1.0, 0.1, f64::MIN_POSITIVE, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN];
    let more = [9_007_199_254_740_993.0, 9.223_372_036_854_775e18, 1.844_674_407_370_955_2e19, 5e-324, 2.0, 3.0];
    *pick(random, &[&list[..], &more[..]].concat())
}

fn bytes(random: &mut Random, longest: usize) -> Vec<u8> {
    let length = if longest > 8 { longest - random.below(2) as usize } else { random.below(longest as u64 + 1) as usize };
    let letters = [0, 0, b'a', b'a', b'b', b'*', b'?', 0x7F, 0x80, 0xC3, 0xFF];
    if length > 8 {
        // Differences at both ends.
        let mut text = vec![*pick(random, &letters); length];
        text[length - 1] = *pick(random, &letters);
        return text;
    }
    (0..length).map(|_| *pick(random, &letters)).collect()
}

fn wide(random: &mut Random, longest: usize) -> Vec<u8> {
    let length = if longest > 8 { longest } else { random.below(longest as u64 + 1) as usize };
    let letters: [u16; 8] = [0, 0x61, 0x61, 0xE4, 0xD83D, 0xDE00, 0xFFFF, 0x0100];
    let one = *pick(random, &letters);
    (0..length).flat_map(|_| if length > 8 { one } else { *pick(random, &letters) }.to_be_bytes()).collect()
}

fn trimmed(bytes: &[u8], width: usize) -> Value {
    let used = bytes.chunks(width).rposition(|c| c.iter().any(|b| *b != 0)).map_or(0, |at| (at + 1) * width);
    Value::from(&bytes[..used])
}
