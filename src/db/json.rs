//! A row as a JSON object, for people and scripts.

use crate::base::{Value, list};
use crate::schema::{Class, Dictionary, Field, FieldType};
use std::fmt::Write as _;

/// The fields that the sender of a row fills, by name. Numbers are numbers (a numeric with its point, NaN and infinities null),
/// bool is true or false, text is text (what is not UTF-8 or UTF-16 replaced), a binary is its bytes in hexadecimal, an array or vector is
/// an array, null where nothing was put; a struct in one is an object.
pub(in crate::db) fn row(dictionary: &Dictionary, class: &Class, values: &[Value]) -> String {
    let mut text = String::new();
    fields(&mut text, dictionary, class.fields.iter().filter(|field| field.role.travels()), values);
    text
}

fn fields<'f>(text: &mut String, dictionary: &Dictionary, fields: impl Iterator<Item = &'f Field>, values: &[Value]) {
    text.push('{');
    for (number, (field, value)) in fields.zip(values).enumerate() {
        text.push_str(if number == 0 { "" } else { ", " });
        string(text, &field.name);
        text.push_str(": ");
        match (field.element, value) {
            (Some(element), Value::Bytes(bytes)) => array(text, dictionary, element, bytes),
            _ => put(text, field.kind, value),
        }
    }
    text.push('}');
}

/// What is no list is its bytes.
fn array(text: &mut String, dictionary: &Dictionary, kind: FieldType, bytes: &[u8]) {
    let Ok(elements) = list::elements(bytes) else { return put(text, FieldType::Blob, &Value::from(bytes)) };
    text.push('[');
    for (number, element) in elements.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { ", " });
        match (element.as_deref(), dictionary.members(kind)) {
            (Some(values), Some(members)) => fields(text, dictionary, members.iter(), values),
            (Some([value, ..]), None) => put(text, kind, value),
            _ => put(text, kind, &Value::NULL),
        }
    }
    text.push(']');
}

fn put(text: &mut String, kind: FieldType, value: &Value) {
    // Writing to a string cannot fail.
    let _ = match (kind, value) {
        (FieldType::Bool, Value::UInt(n @ 0..=1)) => write!(text, "{}", *n == 1),
        (FieldType::Numeric { scale, .. }, Value::Int(n)) if scale > 0 => decimal(text, *n, scale.into()),
        (_, Value::Int(n)) => write!(text, "{n}"),
        (_, Value::UInt(n)) => write!(text, "{n}"),
        (FieldType::Float, Value::Real(x)) if x.is_finite() => write!(text, "{}", *x as f32),
        (_, Value::Real(x)) if x.is_finite() => write!(text, "{x}"),
        (_, Value::Real(_) | Value::Null(_)) => write!(text, "null"),
        (FieldType::Binary(_) | FieldType::Ref(_) | FieldType::VarBinary | FieldType::Blob, Value::Bytes(bytes)) => {
            text.push('"');
            let _ = bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"));
            text.push('"');
            Ok(())
        }
        (FieldType::NChar(_) | FieldType::NString, Value::Bytes(bytes)) => {
            let (units, _) = bytes.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            string(text, &String::from_utf16_lossy(&units));
            Ok(())
        }
        (_, Value::Bytes(bytes)) => {
            string(text, &String::from_utf8_lossy(bytes));
            Ok(())
        }
    };
}

fn decimal(text: &mut String, n: i64, scale: usize) -> std::fmt::Result {
    let sign = if n < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", n.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, "0"));
    write!(text, "{sign}{whole}.{part}")
}

fn string(text: &mut String, content: &str) {
    text.push('"');
    for c in content.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{0}'..='\u{1F}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::compile_text;

    #[test]
    fn every_kind_of_field_has_its_form() {
        let text = "declare database d; class C { signed<4> i; unsigned<8> u; bool b; double x; float f; numeric<8,2> n; \
                    string s; nchar<4> w; varbinary v; blob o; list; };";
        let dictionary = compile_text(text).unwrap();
        let bytes = |b: &[u8]| Value::from(b);
        let values = [
            Value::Int(-5),
            Value::UInt(u64::MAX),
            Value::UInt(1),
            Value::Real(0.1),
            Value::Real(f64::from(0.1_f32)),
            Value::Int(-7),
            bytes(b"a\"\\\n\xFF"),
            bytes(&[0, b'h', 0, 0xE9]),
            bytes(&[0, 255]),
            bytes(&[255]),
        ];
        let expected = "{\"i\": -5, \"u\": 18446744073709551615, \"b\": true, \"x\": 0.1, \"f\": 0.1, \"n\": -0.07, \
                        \"s\": \"a\\\"\\\\\\u000a\u{FFFD}\", \"w\": \"hé\", \"v\": \"00ff\", \"o\": \"ff\"}";
        assert_eq!(row(&dictionary, dictionary.class(1).unwrap(), &values), expected);
        assert_eq!(
            row(&dictionary, dictionary.class(1).unwrap(), &[Value::Null(Some(Value::Int(5).into())), Value::Real(f64::NAN)]),
            "{\"i\": null, \"u\": null}"
        );
        assert_eq!(decimal_of(12_345), "123.45");
    }

    #[test]
    fn lists_are_arrays_and_structs_in_them_objects() {
        let text = "declare database d; struct S { bool b; vector<numeric<4,2>> n; };
                    class C { vector<S> s; string t[2]; vector<bool> b; list; };";
        let dictionary = compile_text(text).unwrap();
        let pack = |field: &Field, elements: &[list::Element]| Value::Bytes(field.list().unwrap().0.pack(elements).unwrap());
        let class = dictionary.class(1).unwrap();
        let inner = pack(&dictionary.structs[0].fields[1], &[Some(vec![Value::Int(-5)])]);
        let values = [
            pack(&class.fields[0], &[None, Some(vec![Value::UInt(1), inner])]),
            pack(&class.fields[1], &[Some(vec![Value::from(&b"x"[..])]), None]),
            pack(&class.fields[2], &[]),
        ];
        let expected = "{\"s\": [null, {\"b\": true, \"n\": [-0.05]}], \"t\": [\"x\", null], \"b\": []}";
        assert_eq!(row(&dictionary, class, &values), expected);
        let broken = [Value::from(&[1_u8, 2][..]), Value::NULL, Value::UInt(3)];
        assert_eq!(row(&dictionary, class, &broken), "{\"s\": \"0102\", \"t\": null, \"b\": 3}");
    }

    fn decimal_of(n: i64) -> String {
        let mut text = String::new();
        decimal(&mut text, n, 2).unwrap();
        text
    }
}
