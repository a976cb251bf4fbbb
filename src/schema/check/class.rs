//! Classes: fields, generated fields, storage.

use super::context::Context;
use super::event::{Events, events};
use super::field::{Fields, MAX_FIELDS, Surroundings, declare};
use super::index::index;
use crate::base::Role;
use crate::schema::dictionary::{Class, Field, FieldRole, FieldType, Index, Travel};
use crate::schema::source::Place;
use crate::schema::syntax::{ClassSyntax, TypeSyntax};
use crate::schema::word::{self, Reserved};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Indexes of a schema; the numbers above stand for list, autoid and oid.
const MAX_INDEXES: u16 = 0xFFFD;

/// Name of the field with the oid.
const NAME: &str = "oid";

pub(super) fn class(
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
    syntax: &ClassSyntax,
    code: u16,
    indexes: &mut Vec<Index>,
    all_events: &mut Events,
) -> Class {
    let travel = match (syntax.up, syntax.down) {
        (true, _) => Travel::Up,
        (_, true) => Travel::Down,
        _ => Travel::Local,
    };
    let name = &syntax.name;
    warn(context, around, syntax, travel);
    let mut fields = Fields::default();
    for field in &syntax.fields {
        if !declare(context, around, ("class", name), &mut fields, field) {
            break;
        }
    }
    if syntax.fields.is_empty() && !syntax.damaged {
        context.report.error(name.place, format!("class '{}' has no fields", name.text));
    }
    generate(context, around, syntax, travel, &mut fields);
    identify(context, around, syntax, travel, &mut fields);
    for (places, word) in [(&syntax.lists, "list"), (&syntax.autoids, "autoid"), (&syntax.oids, "oid")] {
        for place in places.iter().skip(1) {
            context.report.error(*place, format!("class '{}' already has '{word}'", name.text));
        }
    }
    let mut numbers = Vec::new();
    let mut known: BTreeMap<&str, Place> = BTreeMap::new();
    for written in &syntax.indexes {
        if let Some(place) = known.insert(&written.name.text, written.name.place) {
            let line = context.sources.line_from(place, written.name.place);
            let text = format!("class '{}' already has an index '{}' at {line}", name.text, written.name.text);
            context.report.error(written.name.place, text);
            continue;
        }
        let Some(number) = number_below(indexes.len(), MAX_INDEXES) else {
            context.report.error(written.name.place, format!("more than {MAX_INDEXES} indexes"));
            break;
        };
        numbers.push(number);
        indexes.push(index(context, around, syntax, &fields, travel, code, written));
    }
    let events = events(context, syntax, &fields, code, all_events);
    Class {
        name: name.text.to_string(),
        code,
        travel,
        persistent: travel != Travel::Local || syntax.persistent || (around.persistent && syntax.transient.is_none()),
        fields: fields.list,
        indexes: numbers,
        events,
        list: !syntax.lists.is_empty(),
        autoid: !syntax.autoids.is_empty(),
    }
}

pub(super) fn number_below(count: usize, limit: u16) -> Option<u16> {
    u16::try_from(count).ok().filter(|number| *number < limit)
}

fn warn(context: &mut Context<'_>, around: &Surroundings<'_>, syntax: &ClassSyntax, travel: Travel) {
    let name = &syntax.name;
    if travel != Travel::Local {
        if around.node.is_none() && !context.damaged {
            let text = "uptable or downtable without 'iot' statement: the class will not be replicated";
            context.report.warning(name.place, text);
        }
        if let Some(place) = syntax.transient {
            let why = "its marks are kept in the file, so its rows must be too";
            let text = format!("'transient' on an uptable or downtable class is ignored: {why}");
            context.report.warning(place, text);
        }
        if let Some(place) = syntax.autoids.first() {
            context.report.warning(*place, "autoid values of an up/down class differ between nodes");
        }
    }
    let ways = [&syntax.lists, &syntax.autoids, &syntax.oids];
    if syntax.indexes.is_empty() && ways.iter().all(|places| places.is_empty()) && !syntax.damaged {
        let text = format!("class '{}' has no access statement: its objects cannot be found again", name.text);
        context.report.warning(name.place, text);
    }
    for field in &syntax.fields {
        let autoid = matches!(field.kind, TypeSyntax::AutoIdOf(_) | TypeSyntax::Known(FieldType::AutoId(_)));
        if autoid && travel != Travel::Local {
            context.report.warning(field.name.place, "autoid values of an up/down class differ between nodes");
        }
        if let Some(reserved) = word::reserved(&field.name.text) {
            let only = if reserved == Reserved::C { "" } else { " (only when compiled as C++)" };
            let member = format!("the member of '{}_fixed' is '{}_'{only}", name.text, field.name.text);
            let text = format!("name '{}' is a C or C++ keyword; {member}", field.name.text);
            context.report.warning(field.name.place, text);
        }
    }
}

/// Adds the fields that the runtime fills, or finds them where the class declares them.
fn generate(context: &mut Context<'_>, around: &Surroundings<'_>, syntax: &ClassSyntax, travel: Travel, fields: &mut Fields) {
    let role = around.node.map(|node| node.role);
    let wanted: &[(&str, FieldRole)] = match (role, travel) {
        (_, Travel::Local) | (None | Some(Role::Device), _) => &[],
        (Some(Role::Server), _) => &[("agent_id", FieldRole::AgentId)],
        (Some(Role::Router), _) => &[("src_agent_id", FieldRole::SrcAgentId), ("dst_agent_id", FieldRole::DstAgentId)],
    };
    for (name, role) in wanted {
        let known = fields.numbers.get(*name).copied();
        let Some((number, place)) = known else {
            let Some(number) = number_below(fields.list.len(), MAX_FIELDS) else {
                context.report.error(syntax.name.place, format!("more than {MAX_FIELDS} fields"));
                return;
            };
            fields.numbers.insert(Rc::from(*name), (number, syntax.name.place));
            let kind = FieldType::Unsigned(8);
            fields.list.push(Field {
                name: (*name).to_string(),
                kind,
                element: None,
                nullable: false,
                outer: None,
                default: None,
                role: *role,
            });
            continue;
        };
        let Some(field) = fields.list.get_mut(usize::from(number)) else { continue };
        field.role = *role;
        let what = match field {
            Field { kind, .. } if *kind != FieldType::Unsigned(8) => "must be unsigned<8>",
            Field { nullable: true, .. } => "must not be nullable",
            Field { default: Some(_), .. } => "must not have a default",
            _ => continue,
        };
        if !fields.bad.contains(&number) {
            let word = if travel == Travel::Up { "uptable" } else { "downtable" };
            let text = format!("field '{name}' of {word} class '{}' {what}", syntax.name.text);
            context.report.error_hint(place, text, || Some("leave it out to have it generated".to_string()));
        }
    }
}

/// Adds the field with the oid of the objects behind all others.
fn identify(context: &mut Context<'_>, around: &Surroundings<'_>, syntax: &ClassSyntax, travel: Travel, fields: &mut Fields) {
    let Some(place) = syntax.oids.first() else { return };
    let name = &syntax.name.text;
    let Some(bytes) = around.oid.bytes(context, "oid", *place) else { return };
    if let Some((_, place)) = fields.numbers.get(NAME) {
        let text = format!("class '{name}' has 'oid' and a field '{NAME}'");
        context.report.error_hint(*place, text, || Some("rename the field".to_string()));
    }
    if number_below(fields.list.len(), MAX_FIELDS).is_none() {
        context.report.error(*place, format!("more than {MAX_FIELDS} fields"));
    }
    if travel == Travel::Up && around.node.is_some_and(|node| node.role != Role::Device) {
        let text = format!("'oid' of uptable class '{name}': rows of different devices may collide: they go to quarantine");
        context.report.warning(*place, text);
    }
    let kind = FieldType::Ref(bytes);
    fields.list.push(Field {
        name: NAME.into(),
        kind,
        element: None,
        nullable: false,
        outer: None,
        default: None,
        role: FieldRole::Oid,
    });
}
