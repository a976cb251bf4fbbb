//! Fields and their types.

use super::cursor::{Cursor, Parsed};
use super::statement::reserved_prefix;
use crate::schema::dictionary::FieldType;
use crate::schema::lex::Kind;
use crate::schema::source::Place;
use crate::schema::syntax::{DefaultSyntax, FieldSyntax, TypeSyntax};
use crate::schema::word;

/// Elements of an array, bytes of a char: the language's limit.
const MAX_LENGTH: i128 = 65535;
/// Digits of a numeric.
const MAX_DIGITS: i128 = 18;

pub(super) fn field(cursor: &mut Cursor<'_>, fields: &mut Vec<FieldSyntax>) -> Parsed<()> {
    let (mut nullable, mut optional) = (None, None);
    while cursor.is_any(&["optional", "nullable"]) {
        let word = cursor.take();
        if &*word.text == "nullable" {
            nullable = Some(word.place);
        } else {
            optional = Some(word.place);
        }
    }
    let kind = if let (Some(place), true) = (nullable, cursor.is_any(&["vector", "blob"])) {
        let text = format!("'nullable' is not allowed for a {}", cursor.token().text);
        cursor.report.error(place, text);
        bad_type(cursor)?
    } else {
        field_type(cursor)?
    };
    loop {
        item(cursor, fields, kind.clone(), (nullable, optional))?;
        if !cursor.accept(",") {
            return cursor.semicolon();
        }
    }
}

fn item(
    cursor: &mut Cursor<'_>,
    fields: &mut Vec<FieldSyntax>,
    mut kind: TypeSyntax,
    (nullable, optional): (Option<Place>, Option<Place>),
) -> Parsed<()> {
    let name = cursor.name("the name of a field")?;
    if name.text.starts_with("_mco") {
        reserved_prefix(cursor, &name);
    }
    if cursor.is("[") {
        let place = cursor.take().place;
        let size = cursor.number("a number after '['")?;
        let known = matches!(kind, TypeSyntax::Bad);
        if size.integer.is_none_or(|n| !(1..=MAX_LENGTH).contains(&n)) {
            cursor.report.error(size.place, "array size must be 1..65535");
        } else if let TypeSyntax::Known(FieldType::Blob) = kind {
            let hint = || Some("put it into the class".to_string());
            cursor.report.error_hint(place, "blob cannot be used in an array", hint);
        } else if let (Some(nullable), false) = (nullable, known) {
            cursor.report.error(nullable, "'nullable' is not allowed for an array");
        } else if !known {
            cursor.report.error(place, "array is not supported yet");
        }
        kind = TypeSyntax::Bad;
        cursor.expect("]", &format!("{}[...", name.text))?;
    }
    let mut default = None;
    if cursor.accept("=") {
        default = Some(if cursor.token().kind == Kind::Name {
            DefaultSyntax::Name(cursor.name("a value")?)
        } else {
            DefaultSyntax::Number(cursor.number("a value after '='")?)
        });
    }
    fields.push(FieldSyntax { name, kind, nullable, optional, default });
    Ok(())
}

fn field_type(cursor: &mut Cursor<'_>) -> Parsed<TypeSyntax> {
    if cursor.token().kind != Kind::Name {
        return Err(cursor.expected("a field or an access statement"));
    }
    let word = cursor.token().clone();
    let known = match &*word.text {
        "float" => FieldType::Float,
        "double" => FieldType::Double,
        "bool" | "boolean" => FieldType::Bool,
        "string" => FieldType::String,
        "nstring" => FieldType::NString,
        "varbinary" => FieldType::VarBinary,
        "blob" => FieldType::Blob,
        "date" => FieldType::Date,
        "time" => FieldType::Time,
        "datetime" => FieldType::DateTime,
        "signed" | "unsigned" => return integer_type(cursor),
        "char" | "nchar" | "binary" => return char_type(cursor),
        "numeric" | "decimal" => return numeric_type(cursor),
        "autoid_t" => return autoid_type(cursor),
        "ref" => {
            cursor.report.error(word.place, "ref is not supported yet");
            return Ok(TypeSyntax::Ref(cursor.take().place));
        }
        "vector" => {
            cursor.report.error(word.place, format!("{} is not supported yet", word.text));
            return bad_type(cursor);
        }
        text if word::is_out_of_scope(text) => {
            let _reported = cursor.out_of_scope::<()>();
            return bad_type(cursor);
        }
        text if word::is_keyword(text) => return Err(cursor.expected("a field or an access statement")),
        _ => return Ok(TypeSyntax::Named(cursor.name("a type")?)),
    };
    cursor.take();
    Ok(TypeSyntax::Known(known))
}

/// Behind a type that has been reported: its arguments, however deep.
fn bad_type(cursor: &mut Cursor<'_>) -> Parsed<TypeSyntax> {
    cursor.take();
    let mut depth = 0usize;
    while cursor.is("<") || (depth > 0 && !cursor.is_any(&[";", "{", "}"]) && !cursor.at_end()) {
        let token = cursor.take();
        if token.is("<") {
            depth = depth.saturating_add(1);
        } else if token.is(">") {
            depth = depth.saturating_sub(1);
        }
    }
    Ok(TypeSyntax::Bad)
}

fn integer_type(cursor: &mut Cursor<'_>) -> Parsed<TypeSyntax> {
    let word = cursor.take();
    cursor.expect("<", &word.text)?;
    let number = cursor.number("1, 2, 4 or 8 after '<'")?;
    cursor.expect(">", &format!("{}<{}", word.text, number.text))?;
    let bytes = match number.integer {
        Some(1) => 1,
        Some(2) => 2,
        Some(4) => 4,
        Some(8) => 8,
        _ => {
            let text = format!("signed and unsigned take 1, 2, 4 or 8, not {}", number.text);
            cursor.report.error(number.place, text);
            return Ok(TypeSyntax::Bad);
        }
    };
    Ok(TypeSyntax::Known(if &*word.text == "signed" { FieldType::Signed(bytes) } else { FieldType::Unsigned(bytes) }))
}

fn char_type(cursor: &mut Cursor<'_>) -> Parsed<TypeSyntax> {
    let word = cursor.take();
    let place = cursor.place();
    let mut length = 0;
    let mut place_of_length = word.place;
    if cursor.accept("<") {
        let number = cursor.number("a length after '<'")?;
        cursor.expect(">", &format!("{}<{}", word.text, number.text))?;
        length = number.integer.and_then(|n| u16::try_from(n).ok()).unwrap_or(0);
        place_of_length = number.place;
    } else if cursor.token().kind == Kind::Bad {
        return Err(cursor.expected("'<'"));
    } else if place.line != word.place.line {
        place_of_length = word.place;
    }
    if length == 0 {
        let hint = Some("for longer data use blob".to_string());
        let text = format!("{}<n> needs n from 1 to {MAX_LENGTH}", word.text);
        cursor.report.error_hint(place_of_length, text, || hint);
        return Ok(TypeSyntax::Bad);
    }
    Ok(TypeSyntax::Known(match &*word.text {
        "char" => FieldType::Char(length),
        "nchar" => FieldType::NChar(length),
        _ => FieldType::Binary(length),
    }))
}

fn numeric_type(cursor: &mut Cursor<'_>) -> Parsed<TypeSyntax> {
    let word = cursor.take();
    cursor.expect("<", &word.text)?;
    let width = cursor.number("a width after '<'")?;
    cursor.expect(",", &format!("{}<{}", word.text, width.text))?;
    let scale = cursor.number("a number of decimals after ','")?;
    cursor.expect(">", &format!("{}<{},{}", word.text, width.text, scale.text))?;
    let digits = width.integer.filter(|w| (1..=MAX_DIGITS).contains(w));
    let decimals = scale.integer.filter(|s| *s >= 0 && digits.is_some_and(|w| *s <= w));
    let byte = |n: Option<i128>| n.and_then(|n| u8::try_from(n).ok());
    match (byte(digits), byte(decimals)) {
        (Some(width), Some(scale)) => Ok(TypeSyntax::Known(FieldType::Numeric { width, scale })),
        (digits, _) => {
            let text = format!("{}<w,p> needs w from 1 to {MAX_DIGITS} and p from 0 to w", word.text);
            cursor.report.error(if digits.is_none() { width.place } else { scale.place }, text);
            Ok(TypeSyntax::Bad)
        }
    }
}

fn autoid_type(cursor: &mut Cursor<'_>) -> Parsed<TypeSyntax> {
    cursor.take();
    if !cursor.accept("<") {
        return Ok(TypeSyntax::Known(FieldType::AutoId(None)));
    }
    let class = cursor.name("the name of a class after '<'")?;
    cursor.expect(">", &format!("autoid_t<{}", class.text))?;
    Ok(TypeSyntax::AutoIdOf(class))
}
