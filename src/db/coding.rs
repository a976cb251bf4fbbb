//! How a value stands in a column, so that the engine's order of columns is the order of values.

use crate::base::{Code, Result, Value, fail};
use crate::db::fault::{Inner, damaged};
use crate::db::lists;
use crate::schema::{Dictionary, Field, FieldType};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::cmp::Ordering;

/// Longest `string` and `varbinary`, in bytes.
const MAX_TEXT: usize = 65_535;
/// Longest `nstring`, in bytes.
const MAX_WIDE_TEXT: usize = 2 * 32_767;
/// The one NaN that is stored; a blob, because the engine turns a NaN into NULL.
const NAN: [u8; 8] = 0x7FF8_0000_0000_0000_u64.to_be_bytes();

/// Form of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Coding {
    /// INTEGER.
    Int,
    /// INTEGER up to `i64::MAX`, above it the number as a blob of 8 bytes, big endian.
    UInt,
    /// REAL; NaN as a blob.
    Real,
    /// TEXT, bytes as they are.
    Text,
    /// BLOB.
    Blob,
}

impl Coding {
    /// Form of a field of this type.
    pub(in crate::db) fn of(kind: FieldType) -> Self {
        match kind {
            FieldType::Signed(_) | FieldType::Numeric { .. } | FieldType::Enum(_) => Coding::Int,
            FieldType::Unsigned(_)
            | FieldType::Bool
            | FieldType::Date
            | FieldType::Time
            | FieldType::DateTime
            | FieldType::AutoId(_)
            | FieldType::Struct(_) => Coding::UInt,
            FieldType::Float | FieldType::Double => Coding::Real,
            FieldType::Char(_) | FieldType::String => Coding::Text,
            FieldType::NChar(_) | FieldType::NString | FieldType::Binary(_) | FieldType::Ref(_) => Coding::Blob,
            FieldType::VarBinary | FieldType::Blob | FieldType::Array(_) | FieldType::Vector => Coding::Blob,
        }
    }

    /// The value in a column of this form.
    pub(in crate::db) fn decode(self, column: ValueRef<'_>) -> Inner<Value> {
        Ok(match (self, column) {
            (Coding::Int, ValueRef::Integer(n)) => Value::Int(n),
            (Coding::UInt, ValueRef::Integer(n)) if n >= 0 => Value::UInt(n.cast_unsigned()),
            (Coding::UInt, ValueRef::Blob(bytes)) => match bytes.try_into() {
                Ok(bytes) => Value::UInt(u64::from_be_bytes(bytes)),
                Err(_) => return damaged("a number has a wrong length"),
            },
            (Coding::Real, ValueRef::Real(x)) => Value::Real(x),
            (Coding::Real, ValueRef::Blob(_)) => Value::Real(f64::NAN),
            (Coding::Text, ValueRef::Text(bytes)) | (Coding::Blob, ValueRef::Blob(bytes)) => Value::Bytes(bytes.into()),
            (_, other) => return damaged(format_args!("a column holds {} where another type belongs", other.data_type())),
        })
    }
}

/// The column of a field.
#[derive(Clone, Copy, Debug)]
pub(in crate::db) struct Column {
    pub(in crate::db) kind: FieldType,
    /// Type of the elements of an array or vector.
    pub(in crate::db) element: Option<FieldType>,
    pub(in crate::db) coding: Coding,
    pub(in crate::db) nullable: bool,
    /// Column of the struct whose member it is.
    pub(in crate::db) outer: Option<u16>,
}

impl Column {
    /// The column of this field.
    pub(in crate::db) fn of(field: &Field) -> Self {
        let Field { kind, element, nullable, outer, .. } = *field;
        Column { kind, element, coding: Coding::of(kind), nullable, outer }
    }

    /// The value in it; what lies below NULL is kept elsewhere.
    pub(in crate::db) fn decode(&self, column: ValueRef<'_>) -> Inner<Value> {
        if self.nullable && column == ValueRef::Null { Ok(Value::NULL) } else { self.coding.decode(column) }
    }

    /// Whether two values are the same content.
    pub(in crate::db) fn is_same(&self, one: &Value, other: &Value) -> bool {
        match (self.element, one, other) {
            (Some(element), Value::Bytes(one), Value::Bytes(other)) => self.kind.shape(element).are_same(one, other),
            _ => one == other,
        }
    }

    /// As [`fit`], where NULL or a list may stand. What does not fit below NULL is not missed.
    pub(in crate::db) fn fit(&self, dictionary: &Dictionary, value: &mut Value) -> Result<(), Code> {
        let Value::Null(below) = value else {
            return match self.element {
                Some(element) => lists::fit(dictionary, self.kind, element, value),
                None => fit(self.kind, value),
            };
        };
        if below.as_mut().is_some_and(|below| fit(self.kind, below).is_err()) {
            *below = None;
        }
        if self.nullable { Ok(()) } else { Err(Code::E_CONVERSION) }
    }
}

/// A value on its way into a statement.
pub(in crate::db) struct Param<'a>(pub(in crate::db) Coding, pub(in crate::db) &'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match (self.0, self.1) {
            (_, Value::Null(_)) => ToSqlOutput::Borrowed(ValueRef::Null),
            (_, Value::Int(n)) => ToSqlOutput::Borrowed(ValueRef::Integer(*n)),
            (_, Value::UInt(n)) => match i64::try_from(*n) {
                Ok(n) => ToSqlOutput::Borrowed(ValueRef::Integer(n)),
                Err(_) => ToSqlOutput::Owned(rusqlite::types::Value::Blob(n.to_be_bytes().into())),
            },
            (_, Value::Real(x)) if x.is_nan() => ToSqlOutput::Borrowed(ValueRef::Blob(&NAN)),
            (_, Value::Real(x)) => ToSqlOutput::Borrowed(ValueRef::Real(*x)),
            (Coding::Text, Value::Bytes(bytes)) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
            (_, Value::Bytes(bytes)) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// Order of two values of one field; the same as that of their columns.
pub(in crate::db) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::UInt(a), Value::UInt(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null(_) => 0,
        Value::Int(_) | Value::UInt(_) => 1,
        Value::Real(_) => 2,
        Value::Bytes(_) => 3,
    }
}

/// The value as a field of this type holds it: `E_CONVERSION` when it does not fit.
pub fn fitted(kind: FieldType, mut value: Value) -> Result<Value> {
    match fit(kind, &mut value) {
        Ok(()) => Ok(value),
        Err(code) => fail(code, format!("the value does not fit a field of type {kind:?}")),
    }
}

/// Makes `value` what a field of this type holds: without padding, a float in single precision.
/// `E_CONVERSION` when it does not fit.
pub(in crate::db) fn fit(kind: FieldType, value: &mut Value) -> Result<(), Code> {
    let fits = match (kind, &mut *value) {
        (FieldType::Signed(width), Value::Int(n)) => width >= 8 || (*n >> (8 * u32::from(width) - 1)) + i64::from(*n < 0) == 0,
        (FieldType::Unsigned(width), Value::UInt(n)) => width >= 8 || *n >> (8 * u32::from(width)) == 0,
        (FieldType::Bool, Value::UInt(n)) => *n <= 1,
        (FieldType::Struct(_), Value::UInt(n)) => *n == 1,
        (FieldType::Date | FieldType::Time, Value::UInt(n)) => u32::try_from(*n).is_ok(),
        (FieldType::DateTime | FieldType::AutoId(_), Value::UInt(_)) | (FieldType::Double, Value::Real(_)) => true,
        (FieldType::Float, Value::Real(x)) => {
            // Rounding is what storing a double in a float means.
            let single = *x as f32;
            let fits = single.is_finite() || !x.is_finite();
            *x = f64::from(single);
            fits
        }
        (FieldType::Numeric { width, .. }, Value::Int(n)) => {
            10_u64.checked_pow(u32::from(width)).is_none_or(|end| n.unsigned_abs() < end)
        }
        (FieldType::Enum(_), Value::Int(n)) => i32::try_from(*n).is_ok(),
        (FieldType::Char(n) | FieldType::Binary(n) | FieldType::Ref(n), Value::Bytes(bytes)) => {
            trim(bytes, 1);
            bytes.len() <= usize::from(n)
        }
        (FieldType::NChar(n), Value::Bytes(bytes)) => {
            let even = bytes.len() % 2 == 0;
            trim(bytes, 2);
            even && bytes.len() <= 2 * usize::from(n)
        }
        (FieldType::String | FieldType::VarBinary, Value::Bytes(bytes)) => bytes.len() <= MAX_TEXT,
        (FieldType::Blob, Value::Bytes(bytes)) => u32::try_from(bytes.len()).is_ok(),
        (FieldType::NString, Value::Bytes(bytes)) => bytes.len() % 2 == 0 && bytes.len() <= MAX_WIDE_TEXT,
        _ => false,
    };
    if fits { Ok(()) } else { Err(Code::E_CONVERSION) }
}

/// Cuts zero characters of `width` bytes off the end.
fn trim(bytes: &mut Box<[u8]>, width: usize) {
    let mut kept: &[u8] = bytes;
    while kept.len() >= width && kept.iter().rev().take(width).all(|b| *b == 0) {
        kept = kept.split_at(kept.len() - width).0;
    }
    if kept.len() < bytes.len() {
        *bytes = kept.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::compile_text;
    use rusqlite::Connection;

    #[test]
    fn the_order_of_columns_is_the_order_of_values() {
        let groups: [(Coding, Vec<Value>); 4] = [
            (Coding::Int, [i64::MIN, -1, 0, 1, i64::MAX].map(Value::Int).to_vec()),
            (Coding::UInt, [0, 1, i64::MAX as u64, 1 << 63, u64::MAX].map(Value::UInt).to_vec()),
            (Coding::Real, [f64::NEG_INFINITY, -1.5, 0.0, 1e-300, 2.0, f64::INFINITY, f64::NAN].map(Value::Real).to_vec()),
            (Coding::Text, [&b""[..], b"A", b"A\0", b"A\0b", b"AB", b"a", b"\xC3\xA4", b"\xFF"].map(Value::from).to_vec()),
        ];
        let sql = Connection::open_in_memory().unwrap();
        for (coding, values) in groups {
            for a in &values {
                for b in &values {
                    let sign: i64 = sql
                        .query_row("SELECT (?1 > ?2) - (?1 < ?2)", [Param(coding, a), Param(coding, b)], |row| row.get(0))
                        .unwrap();
                    assert_eq!(sign.cmp(&0), compare(a, b), "{a:?} {b:?}");
                }
                let back = sql.query_row("SELECT ?1", [Param(coding, a)], |row| Ok(coding.decode(row.get_ref(0)?).unwrap()));
                assert_eq!(compare(&back.unwrap(), a), Ordering::Equal, "{a:?}");
            }
        }
    }

    #[test]
    fn values_out_of_range_do_not_fit() {
        let good: [(FieldType, Value); 8] = [
            (FieldType::Signed(1), Value::Int(-128)),
            (FieldType::Signed(8), Value::Int(i64::MIN)),
            (FieldType::Unsigned(2), Value::UInt(65_535)),
            (FieldType::Unsigned(8), Value::UInt(u64::MAX)),
            (FieldType::Numeric { width: 3, scale: 1 }, Value::Int(-999)),
            (FieldType::Char(2), Value::from(&b"ab\0\0\0"[..])),
            (FieldType::NChar(1), Value::from(&b"\0a\0\0"[..])),
            (FieldType::Float, Value::Real(f64::INFINITY)),
        ];
        let bad: [(FieldType, Value); 11] = [
            (FieldType::Signed(1), Value::Int(128)),
            (FieldType::Signed(1), Value::Int(-129)),
            (FieldType::Signed(4), Value::Int(1 << 31)),
            (FieldType::Unsigned(2), Value::UInt(65_536)),
            (FieldType::Bool, Value::UInt(2)),
            (FieldType::Numeric { width: 3, scale: 1 }, Value::Int(1000)),
            (FieldType::Char(2), Value::from(&b"abc"[..])),
            (FieldType::NChar(1), Value::from(&b"\0a\0"[..])),
            (FieldType::Date, Value::UInt(1 << 32)),
            (FieldType::Float, Value::Real(1e39)),
            (FieldType::Double, Value::NULL),
        ];
        for (kind, mut value) in good {
            assert_eq!(fit(kind, &mut value), Ok(()), "{kind:?} {value:?}");
        }
        for (kind, mut value) in bad {
            assert_eq!(fit(kind, &mut value), Err(Code::E_CONVERSION), "{kind:?} {value:?}");
        }
        let mut padded = Value::from(&b"ab\0\0"[..]);
        fit(FieldType::Char(4), &mut padded).unwrap();
        assert_eq!(padded, Value::from(&b"ab"[..]));
    }

    #[test]
    fn null_fits_where_it_may_stand() {
        let none = compile_text("declare database d; class C { bool b; list; };").unwrap();
        let column =
            |nullable| Column { kind: FieldType::Unsigned(1), element: None, coding: Coding::UInt, nullable, outer: None };
        let under = |n| Value::Null(Some(Box::new(Value::UInt(n))));
        for mut value in [Value::NULL, under(5)] {
            assert_eq!(column(false).fit(&none, &mut value), Err(Code::E_CONVERSION));
            assert_eq!(column(true).fit(&none, &mut value), Ok(()));
        }
        let mut large = under(256);
        assert_eq!((column(true).fit(&none, &mut large), large), (Ok(()), Value::NULL));
        assert_eq!(column(true).decode(ValueRef::Null).unwrap(), Value::NULL);
        assert!(column(false).decode(ValueRef::Null).is_err());
    }
}
