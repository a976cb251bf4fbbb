//! Different names of the schema that become one name in C.

use super::context::Context;
use crate::schema::cname;
use crate::schema::dictionary::{Dictionary, Field};
use crate::schema::source::Place;
use crate::schema::syntax::{FieldSyntax, Name, Schema};
use std::collections::BTreeMap;

/// What a name in C stands for.
#[derive(Clone, PartialEq)]
enum Origin {
    Database,
    Enum(String),
    Constant(String),
    Struct(String),
    Class(String),
    Event(String),
    /// Field or index of a class or struct; whether it is an index.
    Member(String, String, bool),
}

/// Reports names that give the same function, type or constant.
pub(super) fn clashes(context: &mut Context<'_>, schema: &Schema, dictionary: &Dictionary) {
    let mut claims = Claims { context, known: BTreeMap::new() };
    claims.claim(Place::default(), &Origin::Database, cname::database_names(dictionary));
    for (syntax, found) in schema.enums.iter().zip(&dictionary.enums) {
        claims.claim(syntax.name.place, &Origin::Enum(found.name.clone()), vec![found.name.clone()]);
        for ((name, _), (constant, _)) in syntax.constants.iter().zip(&found.constants) {
            claims.claim(name.place, &Origin::Constant(constant.clone()), cname::aliases(constant));
        }
    }
    let oid = dictionary.oid.map(usize::from);
    for (at, (syntax, found)) in schema.structs.iter().zip(&dictionary.structs).enumerate() {
        claims.claim(syntax.name.place, &Origin::Struct(found.name.clone()), cname::struct_names(found));
        let c_struct = if found.direct { Some(format!("{}_d", found.name)) } else { None };
        let c_struct = c_struct.or_else(|| (oid == Some(at)).then(|| format!("{}_oid", dictionary.database)));
        claims.members(&found.name, c_struct, &syntax.name, &syntax.fields, found.declared());
    }
    for (syntax, class) in schema.classes.iter().zip(&dictionary.classes) {
        claims.claim(syntax.name.place, &Origin::Class(class.name.clone()), cname::class_names(class));
        claims.members(&class.name, Some(format!("{}_fixed", class.name)), &syntax.name, &syntax.fields, class.declared());
        let indexes = class.indexes.iter().filter_map(|number| dictionary.index(*number));
        for (written, index) in syntax.indexes.iter().zip(indexes) {
            let origin = Origin::Member(class.name.clone(), index.name.clone(), true);
            claims.claim(written.name.place, &origin, cname::index_names(class, index));
        }
        let events = class.events.iter().filter_map(|number| dictionary.event(*number));
        for (written, event) in syntax.events.iter().zip(events) {
            let names = cname::aliases(&event.name).into_iter().chain(cname::event_names(&event.name));
            claims.claim(written.name.place, &Origin::Event(event.name.clone()), names.collect());
        }
    }
}

struct Claims<'a, 'b> {
    context: &'a mut Context<'b>,
    known: BTreeMap<String, Origin>,
}

impl Claims<'_, '_> {
    /// Takes the names of the fields of `owner`, and looks for equal members of its C struct, if it has one.
    fn members<'a>(
        &mut self,
        owner: &str,
        c_struct: Option<String>,
        name: &Name,
        written: &[FieldSyntax],
        fields: impl Iterator<Item = (u16, &'a Field)>,
    ) {
        let mut members: BTreeMap<String, &str> = BTreeMap::new();
        for (at, (_, field)) in fields.enumerate() {
            let place = written.get(at).map_or(name.place, |field| field.name.place);
            let origin = Origin::Member(owner.to_string(), field.name.clone(), false);
            self.claim(place, &origin, cname::field_names(owner, field));
            let Some(c_struct) = &c_struct else { continue };
            for alias in cname::aliases(&field.name) {
                if let Some(other) = members.insert(alias, &field.name) {
                    let text = format!("fields '{other}' and '{}' give the same member of '{c_struct}'", field.name);
                    self.context.report.error_hint(place, text, || Some("rename one".to_string()));
                }
            }
        }
    }

    /// Takes the names for `origin`; reports the first that belongs to another.
    fn claim(&mut self, place: Place, origin: &Origin, names: Vec<String>) {
        for name in names {
            let Some(other) = self.known.get(&name) else {
                self.known.insert(name, origin.clone());
                continue;
            };
            if other == origin {
                continue;
            }
            let members = matches!((other, origin), (Origin::Member(..), Origin::Member(..)));
            // A member comes first, as in "names 'A_b' and class 'A'".
            let (first, second) = if matches!(origin, Origin::Member(..)) { (origin, other) } else { (other, origin) };
            let what =
                if matches!(origin, Origin::Enum(_) | Origin::Constant(_) | Origin::Event(_)) { "name" } else { "function" };
            let text = format!("names {} and {} give the same C {what}", first.shown(members), second.shown(members));
            self.context.report.error_hint(place, text, || Some("rename one".to_string()));
            return;
        }
    }
}

impl Origin {
    fn shown(&self, dotted: bool) -> String {
        match self {
            Origin::Database => "the database".to_string(),
            Origin::Enum(name) => format!("enum '{name}'"),
            Origin::Constant(name) => format!("constant '{name}'"),
            Origin::Struct(name) => format!("struct '{name}'"),
            Origin::Class(name) => format!("class '{name}'"),
            Origin::Event(name) => format!("event '{name}'"),
            Origin::Member(class, name, _) if dotted => format!("'{class}.{name}'"),
            Origin::Member(class, name, _) => format!("'{class}_{name}'"),
        }
    }
}
