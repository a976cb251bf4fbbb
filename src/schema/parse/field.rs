//! Fields and their types.

use super::cursor::{Cursor, Parsed};
use super::statement::reserved_prefix;
use crate::schema::dictionary::FieldType;
use crate::schema::lex::Kind;
use crate::schema::source::Place;
use crate::schema::syntax::{DefaultSyntax, FieldSyntax, ListSyntax, TypeSyntax};
use crate::schema::word;

/// Elements of an array, bytes of a char: the language's limit.
const MAX_LENGTH: u16 = u16::MAX;
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
    let (kind, vector) =
        if cursor.is("vector") { vector_type(cursor)? } else { (field_type(cursor, "a field or an access statement")?, None) };
    loop {
        item(cursor, fields, kind.clone(), vector, (nullable, optional))?;
        if !cursor.accept(",") {
            return cursor.semicolon();
        }
    }
}

fn item(
    cursor: &mut Cursor<'_>,
    fields: &mut Vec<FieldSyntax>,
    mut kind: TypeSyntax,
    mut list: Option<ListSyntax>,
    (nullable, optional): (Option<Place>, Option<Place>),
) -> Parsed<()> {
    let name = cursor.name("the name of a field")?;
    if name.text.starts_with("_mco") {
        reserved_prefix(cursor, &name);
    }
    if cursor.is("[") {
        let place = cursor.take().place;
        let size = cursor.number("a number after '['")?;
        let length = size.integer.and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0);
        if length.is_none() {
            cursor.report.error(size.place, format!("array size must be 1..{MAX_LENGTH}"));
            kind = TypeSyntax::Bad;
        }
        if list.is_some() {
            kind = nested(cursor, place, "an array");
        }
        list = length.map(|length| ListSyntax { kind: FieldType::Array(length), place });
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
    fields.push(FieldSyntax { name, kind, list, nullable, optional, default });
    Ok(())
}

fn field_type(cursor: &mut Cursor<'_>, what: &str) -> Parsed<TypeSyntax> {
    if cursor.token().kind != Kind::Name {
        return Err(cursor.expected(what));
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
        "ref" => return Ok(TypeSyntax::Ref(cursor.take().place)),
        text if word::is_out_of_scope(text) => {
            let _reported = cursor.out_of_scope::<()>();
            return bad_type(cursor);
        }
        text if word::is_keyword(text) => return Err(cursor.expected(what)),
        _ => return Ok(TypeSyntax::Named(cursor.name("a type")?)),
    };
    cursor.take();
    Ok(TypeSyntax::Known(known))
}

/// The type of the elements, and what makes the field a vector of them.
fn vector_type(cursor: &mut Cursor<'_>) -> Parsed<(TypeSyntax, Option<ListSyntax>)> {
    let place = cursor.take().place;
    cursor.expect("<", "vector")?;
    let vector = Some(ListSyntax { kind: FieldType::Vector, place });
    if cursor.is("vector") {
        let inner = cursor.place();
        let kind = nested(cursor, inner, "a vector");
        bad_type(cursor)?;
        cursor.accept(">");
        return Ok((kind, vector));
    }
    let kind = field_type(cursor, "a type after 'vector<'")?;
    if !cursor.accept(">") {
        return Err(cursor.expected("'>' after the type of the elements"));
    }
    Ok((kind, vector))
}

/// Reports a list whose elements are lists.
fn nested(cursor: &mut Cursor<'_>, place: Place, what: &str) -> TypeSyntax {
    let hint = || Some("put the inner one into a struct".to_string());
    cursor.report.error_hint(place, format!("{what} cannot have vectors as elements"), hint);
    TypeSyntax::Bad
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
