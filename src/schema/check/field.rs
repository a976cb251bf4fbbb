//! Fields of classes and structs: their types, and the columns that they become.

use super::class::number_below;
use super::context::Context;
use super::default::default;
use super::enumeration::Constants;
use super::oid::Oid;
use crate::schema::canonical::type_text;
use crate::schema::dictionary::{Enum, Field, FieldRole, FieldType, Node, Struct};
use crate::schema::source::Place;
use crate::schema::syntax::{FieldSyntax, ListSyntax, Name, TypeSyntax};
use crate::schema::word;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Fields of a class or struct, members of members included.
pub(super) const MAX_FIELDS: u16 = 65535;
/// Columns that members of structs become, in the whole schema: few words could stand for very many.
const MAX_MEMBERS: usize = 1 << 16;

/// What a class or struct may refer to.
pub(super) struct Surroundings<'a> {
    pub(super) node: Option<Node>,
    pub(super) oid: Oid,
    /// Default storage.
    pub(super) persistent: bool,
    pub(super) enums: &'a [Enum],
    pub(super) constants: Vec<Constants>,
    pub(super) enum_numbers: BTreeMap<Rc<str>, u16>,
    /// Structs as far as they are checked; those that stand in others come first.
    pub(super) structs: Vec<Struct>,
    pub(super) struct_numbers: BTreeMap<Rc<str>, u16>,
    /// Structs in which something has been reported: what seems to be missing may be there.
    pub(super) faulty: BTreeSet<u16>,
    /// Codes of the classes, and whether they have an autoid.
    pub(super) classes: BTreeMap<Rc<str>, (u16, bool)>,
}

impl Surroundings<'_> {
    /// A type with its article, without its numbers.
    pub(super) fn shown(&self, kind: FieldType) -> String {
        let word = self.word(kind);
        format!("{} {word}", if word.starts_with(['a', 'n']) { "an" } else { "a" })
    }

    /// The type of a field in the same way, with that of its elements.
    pub(super) fn shown_field(&self, field: &Field) -> String {
        let elements = field.element.map_or_else(String::new, |element| format!(" of {}", self.word(element)));
        self.shown(field.kind) + &elements
    }

    fn word(&self, kind: FieldType) -> String {
        let text = type_text(kind, self.enums, &self.structs, &[]);
        if let FieldType::Struct(_) = kind { "struct" } else { text.split('<').next().unwrap_or_default() }.to_string()
    }
}

/// The fields of a class or struct while it is checked.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    pub(super) numbers: BTreeMap<Rc<str>, (u16, Place)>,
    /// Fields whose type has been reported.
    pub(super) bad: BTreeSet<u16>,
}

/// Adds a field; false when there are too many.
pub(super) fn declare(
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
    (what, owner): (&str, &Name),
    fields: &mut Fields,
    syntax: &FieldSyntax,
) -> bool {
    let name = &syntax.name;
    let too_many = |context: &mut Context<'_>| context.report.error(name.place, format!("more than {MAX_FIELDS} fields"));
    let Some(number) = number_below(fields.list.len(), MAX_FIELDS) else {
        too_many(context);
        return false;
    };
    if let Some((_, place)) = fields.numbers.get(&name.text) {
        let line = context.sources.line_from(*place, name.place);
        context.report.error(name.place, format!("{what} '{}' already has a field '{}' at {line}", owner.text, name.text));
        return true;
    }
    let (kind, element) = kinds(context, around, what == "struct", syntax);
    let default = match (kind, &syntax.default) {
        (Some(kind), Some(written)) => default(context, kind, around, written),
        _ => None,
    };
    if kind.is_none() {
        fields.bad.insert(number);
    }
    fields.numbers.insert(name.text.clone(), (number, name.place));
    let kind = kind.unwrap_or(FieldType::Bool);
    let optional = syntax.optional.filter(|_| !fields.bad.contains(&number));
    let field = Field {
        name: name.text.to_string(),
        kind,
        element,
        nullable: syntax.nullable.or(optional).is_some() || kind == FieldType::Blob,
        outer: None,
        default,
        role: FieldRole::Plain,
    };
    let FieldType::Struct(inner) = kind else {
        if let Some(place) = optional {
            let hint = match kind {
                FieldType::Vector => "leave it out: a vector may have no elements",
                FieldType::Array(_) => "put the array into a struct and make that optional",
                FieldType::Blob => "leave it out: a blob may be absent",
                _ => "use 'nullable' for scalars",
            };
            context.report.error_hint(place, "'optional' is only for struct fields", || Some(hint.to_string()));
        }
        fields.list.push(field);
        return true;
    };
    let members = around.structs.get(usize::from(inner)).map_or(&[][..], |found| &found.fields);
    context.members = context.members.saturating_add(members.len());
    if context.members > MAX_MEMBERS {
        context.report.error(name.place, format!("the members of all structs become more than {MAX_MEMBERS} columns"));
        return false;
    }
    fields.list.push(field);
    if fields.list.len().saturating_add(members.len()) > usize::from(MAX_FIELDS) {
        too_many(context);
        return false;
    }
    let columns = members.iter().map(|member| column(&name.text, number, optional.is_some(), member));
    fields.list.extend(columns);
    true
}

/// Type of a field and of its elements; no type if there is none that it may have, which has been reported then.
fn kinds(
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
    in_struct: bool,
    syntax: &FieldSyntax,
) -> (Option<FieldType>, Option<FieldType>) {
    let Some(found) = resolve(context, around, &syntax.kind) else { return (None, None) };
    let (kind, element, place) = match syntax.list {
        Some(ListSyntax { kind, place }) => (kind, Some(found), place),
        None => (found, None, syntax.name.place),
    };
    let single = matches!(kind, FieldType::Struct(_) | FieldType::Blob);
    if let (Some(place), true) = (syntax.nullable, single || element.is_some()) {
        context.report.error(place, format!("'nullable' is not allowed for {}", around.shown(kind)));
        return (None, None);
    }
    if found == FieldType::Blob && (in_struct || element.is_some()) {
        let holder = if element.is_some() { around.shown(kind) } else { "a struct".to_string() };
        let hint = || Some("put it into the class".to_string());
        context.report.error_hint(place, format!("blob cannot be used in {holder}"), hint);
        return (None, None);
    }
    (Some(kind), element)
}

/// The column of a class that a member becomes; `number` and `name` are those of the field of the struct's type.
fn column(name: &str, number: u16, optional: bool, member: &Field) -> Field {
    let inside = |outer: u16| outer.saturating_add(number).saturating_add(1);
    Field {
        name: format!("{name}.{}", member.name),
        kind: member.kind,
        element: member.element,
        // Without the struct its members have no value.
        nullable: member.nullable || optional,
        outer: Some(member.outer.map_or(number, inside)),
        default: member.default.clone().filter(|_| !optional),
        role: member.role,
    }
}

fn resolve(context: &mut Context<'_>, around: &Surroundings<'_>, kind: &TypeSyntax) -> Option<FieldType> {
    match kind {
        TypeSyntax::Known(kind) => Some(*kind),
        TypeSyntax::Bad => None,
        TypeSyntax::Ref(place) => around.oid.bytes(context, "ref", *place).map(FieldType::Ref),
        TypeSyntax::Named(name) => {
            let found = around.enum_numbers.get(&name.text).map(|number| FieldType::Enum(*number));
            let found = found.or_else(|| around.struct_numbers.get(&name.text).map(|number| FieldType::Struct(*number)));
            if found.is_none() && !context.damaged {
                let text = format!("unknown type '{}'", name.text);
                context.report.error_hint(name.place, text, || type_hint(around, &name.text));
            }
            found
        }
        TypeSyntax::AutoIdOf(name) => match around.classes.get(&name.text) {
            Some((code, true)) => Some(FieldType::AutoId(Some(*code))),
            Some((_, false)) => {
                let text = format!("autoid_t<{0}>: class '{0}' has no autoid", name.text);
                context.report.error(name.place, text);
                None
            }
            None => {
                if !context.damaged {
                    let text = format!("unknown class '{}'", name.text);
                    context.report.error_hint(name.place, text, || {
                        let near = word::nearest(&name.text, around.classes.keys().map(|known| &**known))?;
                        Some(format!("did you mean '{near}'?"))
                    });
                }
                None
            }
        },
    }
}

fn type_hint(around: &Surroundings<'_>, word: &str) -> Option<String> {
    if let Some(known) = word::type_alias(word) {
        return Some(format!("did you mean '{known}'? write: #define {word} {known}"));
    }
    let words = ["signed", "unsigned", "float", "double", "bool", "char", "nchar", "binary", "string", "nstring"];
    let more = ["varbinary", "date", "time", "datetime", "numeric", "autoid_t", "ref"];
    let named = around.enum_numbers.keys().chain(around.struct_numbers.keys()).map(|known| &**known);
    let near = word::nearest(word, words.into_iter().chain(more).chain(named))?;
    Some(format!("did you mean '{near}'?"))
}
