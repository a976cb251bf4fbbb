//! `declare oid`, and who needs it.

use super::context::Context;
use super::field::Surroundings;
use crate::schema::dictionary::FieldType;
use crate::schema::oid::{MAX_BYTES, OidPart};
use crate::schema::source::Place;
use crate::schema::syntax::{FieldSyntax, Name, Schema, StructSyntax, TypeSyntax};
use crate::schema::word;

/// What is declared.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Oid {
    /// Nothing.
    Missing,
    /// Something that has been reported, or that could not be read.
    Bad,
    /// The struct at this position, whose members have so many bytes.
    Known { structure: u16, bytes: u16 },
}

impl Oid {
    /// Whether it is made of the struct at this position.
    pub(super) fn is_of(self, number: usize) -> bool {
        matches!(self, Oid::Known { structure, .. } if usize::from(structure) == number)
    }

    /// Bytes of an oid, for `what` at this place; `None` where that cannot be, which has been reported then.
    pub(super) fn bytes(self, context: &mut Context<'_>, what: &str, place: Place) -> Option<u16> {
        match self {
            Oid::Known { bytes, .. } => return Some(bytes),
            Oid::Missing if !context.damaged => context.report.error(place, format!("'{what}' needs 'declare oid'")),
            Oid::Missing | Oid::Bad => {}
        }
        None
    }
}

/// The oid of the schema. Its struct is looked at as it is written: other structs may refer to the oid.
pub(super) fn oid(context: &mut Context<'_>, around: &Surroundings<'_>, schema: &Schema) -> Oid {
    let Some((name, others)) = schema.oids.split_first() else { return Oid::Missing };
    for other in others {
        let line = context.sources.line_from(name.place, other.place);
        context.report.error(other.place, format!("second 'declare oid'; the first is at {line}"));
    }
    let found = around.struct_numbers.get(&name.text).and_then(|n| Some((*n, schema.structs.get(usize::from(*n))?)));
    let Some((structure, syntax)) = found else {
        unknown(context, around, schema, name);
        return Oid::Bad;
    };
    let mut bytes = Some(0_u32);
    for field in &syntax.fields {
        let part = part(context, around, name, field);
        bytes = bytes.zip(part).map(|(bytes, part)| bytes.saturating_add(part.bytes()));
    }
    match bytes {
        Some(bytes) if !syntax.damaged && bytes > 0 => short_enough(context, structure, syntax, name, bytes),
        _ => Oid::Bad,
    }
}

fn short_enough(context: &mut Context<'_>, structure: u16, syntax: &StructSyntax, name: &Name, bytes: u32) -> Oid {
    match u16::try_from(bytes) {
        Ok(bytes) if bytes <= MAX_BYTES => Oid::Known { structure, bytes },
        _ => {
            let text = format!("'declare oid' needs a struct of at most {MAX_BYTES} bytes; '{}' has {bytes}", syntax.name.text);
            context.report.error(name.place, text);
            Oid::Bad
        }
    }
}

/// What a member is in the oid; `None` for what cannot be there.
fn part(context: &mut Context<'_>, around: &Surroundings<'_>, oid: &Name, field: &FieldSyntax) -> Option<OidPart> {
    let kind = match &field.kind {
        // Has no place in any struct, which is reported there.
        TypeSyntax::Known(FieldType::Blob) => return None,
        TypeSyntax::Known(kind) => *kind,
        TypeSyntax::AutoIdOf(_) => FieldType::AutoId(None),
        TypeSyntax::Ref(_) => FieldType::Ref(0),
        TypeSyntax::Named(name) => match (around.enum_numbers.get(&name.text), around.struct_numbers.get(&name.text)) {
            (Some(number), _) => FieldType::Enum(*number),
            (None, Some(number)) => FieldType::Struct(*number),
            // An unknown type is reported with the struct.
            (None, None) => return None,
        },
        TypeSyntax::Bad => return None,
    };
    let part = OidPart::of(kind).filter(|_| field.nullable.is_none() && field.list.is_none());
    if part.is_none() {
        let what = match field.list {
            Some(list) => around.shown(list.kind),
            None if OidPart::of(kind).is_some() => "nullable".to_string(),
            None => around.shown(kind),
        };
        let text = format!("'declare oid' needs a struct of fixed-size members; '{}' is {what}", field.name.text);
        context.report.error(oid.place, text);
    }
    part
}

fn unknown(context: &mut Context<'_>, around: &Surroundings<'_>, schema: &Schema, name: &Name) {
    let other = schema.names.iter().find(|(known, _)| known.text == name.text);
    if let Some((_, what)) = other {
        let text = format!("'declare oid' needs a struct of fixed-size members; '{}' is {what}", name.text);
        context.report.error(name.place, text);
    } else if !context.damaged {
        context.report.error_hint(name.place, format!("unknown struct '{}'", name.text), || {
            let near = word::nearest(&name.text, around.struct_numbers.keys().map(|known| &**known))?;
            Some(format!("did you mean '{near}'?"))
        });
    }
}
