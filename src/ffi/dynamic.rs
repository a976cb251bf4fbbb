//! Between the values of `mcodyn.h` and [`Value`]: what kinds a field takes, and what a field gives.

use super::oid::Oid;
use super::place::{Place, index, single};
use crate::base::{Code, Result, Value, ValueKind, fail};
use crate::db::{Connection, fitted};
use crate::schema::{Class, Dictionary, Field, FieldType};
use std::borrow::Cow;

/// A value as a program gives it. Wide characters in the byte order of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Given<'a> {
    Null,
    Int(i64),
    UInt(u64),
    Real(f64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Wide(&'a [u8]),
}

impl Given<'_> {
    /// As content of a field. `E_UDA_WRONG_VALUE_TYPE`: the field takes no such kind; `E_CONVERSION`: its type cannot
    /// express this value. Ranges are left to whoever stores it.
    pub(crate) fn value(self, dictionary: &Dictionary, kind: FieldType) -> Result<Value> {
        let value = match (kind.value_kind(), self) {
            (ValueKind::Int, Given::Int(n)) => Some(Value::Int(n)),
            (ValueKind::Int, Given::UInt(n)) => i64::try_from(n).ok().map(Value::Int),
            (ValueKind::Int, Given::Text(name)) if matches!(kind, FieldType::Enum(_)) => {
                constant(dictionary, kind, name).map(Value::Int)
            }
            (ValueKind::UInt, Given::Int(n)) if kind == FieldType::Bool => Some(Value::UInt(u64::from(n != 0))),
            (ValueKind::UInt, Given::UInt(n)) if kind == FieldType::Bool => Some(Value::UInt(u64::from(n != 0))),
            (ValueKind::UInt, Given::Int(n)) => u64::try_from(n).ok().map(Value::UInt),
            (ValueKind::UInt, Given::UInt(n)) => Some(Value::UInt(n)),
            (ValueKind::Real, given) => return given.real().map_or_else(|| wrong(dictionary, kind), |x| Ok(Value::Real(x))),
            (ValueKind::Bytes, Given::Bytes(bytes)) if is_ref(kind) => Oid::of(dictionary)?.given(bytes),
            (ValueKind::Bytes, _) if is_ref(kind) => return wrong(dictionary, kind),
            (ValueKind::Bytes, Given::Wide(bytes)) if is_wide(kind) => {
                bytes.len().is_multiple_of(2).then(|| Value::Bytes(turned(bytes)))
            }
            (ValueKind::Bytes, Given::Text(bytes) | Given::Bytes(bytes)) if !is_wide(kind) => Some(Value::from(bytes)),
            _ => return wrong(dictionary, kind),
        };
        let text = || format!("the value cannot become a {}", dictionary.type_text(kind));
        value.map_or_else(|| fail(Code::E_CONVERSION, text()), Ok)
    }

    /// As a number with a fraction. Large integers are rounded, as everywhere.
    #[allow(clippy::cast_precision_loss)]
    fn real(self) -> Option<f64> {
        match self {
            Given::Int(n) => Some(n as f64),
            Given::UInt(n) => Some(n as f64),
            Given::Real(x) => Some(x),
            _ => None,
        }
    }
}

/// Changes a field or an element. NULL is for nullable fields and keeps the value below, and takes an optional struct away, or what is in an
/// element that may be empty.
pub(crate) fn put(connection: &mut Connection, of: Place, number: u16, element: u32, given: Given<'_>) -> Result<()> {
    let (kind, index) = kind(connection, of, number, element)?;
    let of_struct = matches!(kind, FieldType::Struct(_));
    let may_be_empty = index.is_some() && (of_struct || kind.value_kind() == ValueKind::Bytes);
    if given == Given::Null && (may_be_empty || (index.is_none() && of.is_nullable(connection, number))) {
        return match of_struct || may_be_empty {
            true => of.erase(connection, number, element),
            false => of.put_null(connection, number, true),
        };
    }
    if of_struct {
        return wrong(connection.database().dictionary(), kind);
    }
    let value = fitted(kind, given.value(connection.database().dictionary(), kind)?)?;
    match index {
        Some(index) => of.put_elements(connection, number, index, &mut [value]),
        None => of.put(connection, number, value),
    }
}

/// The class with this code: `E_UDA_WRONG_CLASS_CODE`.
pub(crate) fn class(dictionary: &Dictionary, code: u16) -> Result<&Class> {
    let text = || format!("no class has the code {code}");
    dictionary.class(code).map_or_else(|| fail(Code::E_UDA_WRONG_CLASS_CODE, text()), Ok)
}

/// The field of a class with this number: `E_UDA_FIELD_NOTFOUND`.
pub(crate) fn field(class: &Class, number: u16) -> Result<&Field> {
    let text = || format!("class '{}' has no field {number}", class.name);
    class.open_field(number).map_or_else(|| fail(Code::E_UDA_FIELD_NOTFOUND, text()), Ok)
}

/// A field of an object or struct: `E_UDA_FIELD_NOTFOUND`.
pub(crate) fn field_of(connection: &Connection, of: Place, number: u16) -> Result<&Field> {
    let text = || format!("there is no field {number}");
    of.field(connection.database().dictionary(), number).map_or_else(|| fail(Code::E_UDA_FIELD_NOTFOUND, text()), Ok)
}

/// Type of a value of a field, and which element of a list it is; `element` other than 0 is beyond a single value.
pub(crate) fn kind(connection: &Connection, of: Place, number: u16, element: u32) -> Result<(FieldType, Option<u16>)> {
    let field = field_of(connection, of, number)?;
    match field.element {
        Some(kind) => index(element).map(|element| (kind, Some(element))),
        None => single(element).map(|()| (field.kind, None)),
    }
}

/// Content of a field, or of an element; of a struct 1 where it is there.
pub(crate) fn get(connection: &mut Connection, of: Place, number: u16, element: u32) -> Result<(FieldType, Cow<'_, Value>)> {
    let (kind, index) = kind(connection, of, number, element)?;
    let value = match (index, kind) {
        (None, _) => of.get(connection, number)?,
        (Some(_), FieldType::Struct(_)) => of.enter(connection, number, element, false).map(|_| Cow::Owned(kind.zero()))?,
        (Some(index), _) => Cow::Owned(connection.element(of.spot(number), index)?),
    };
    Ok((kind, value))
}

/// Whether texts of the field are 2-byte characters.
pub(crate) fn is_wide(kind: FieldType) -> bool {
    matches!(kind, FieldType::NChar(_) | FieldType::NString)
}

/// Bytes of a text or ref as a program gets them.
pub(crate) fn shown<'v>(dictionary: &Dictionary, kind: FieldType, value: &'v Value) -> Result<Cow<'v, [u8]>> {
    let Value::Bytes(bytes) = value else { return fail(Code::E_CORE, "a text field holds no text") };
    Ok(match kind {
        FieldType::Ref(_) => Oid::of(dictionary)?.shown(value).into_vec().into(),
        kind if is_wide(kind) => turned(bytes).into_vec().into(),
        _ => Cow::from(&**bytes),
    })
}

fn is_ref(kind: FieldType) -> bool {
    matches!(kind, FieldType::Ref(_))
}

/// Wide characters from the byte order of the machine to that of [`Value`], or back.
pub(crate) fn turned(bytes: &[u8]) -> Box<[u8]> {
    let pairs = bytes.chunks_exact(2).flat_map(|pair| match pair {
        [a, b] => u16::from_ne_bytes([*a, *b]).to_be_bytes(),
        _ => [0, 0],
    });
    pairs.collect()
}

fn constant(dictionary: &Dictionary, kind: FieldType, name: &[u8]) -> Option<i64> {
    let FieldType::Enum(number) = kind else { return None };
    let constants = &dictionary.enums.get(usize::from(number))?.constants;
    constants.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, value)| i64::from(*value))
}

fn wrong<T>(dictionary: &Dictionary, kind: FieldType) -> Result<T> {
    fail(Code::E_UDA_WRONG_VALUE_TYPE, format!("a value of this kind cannot become a {}", dictionary.type_text(kind)))
}
