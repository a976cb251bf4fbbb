//! Indexes and their keys.

use super::context::Context;
use super::field::{Fields, Surroundings};
use crate::base::Role;
use crate::schema::MAX_KEYS;
use crate::schema::dictionary::{FieldRole, FieldType, Index, Key, Travel};
use crate::schema::syntax::{ClassSyntax, IndexSyntax, KeySyntax, Name};
use crate::schema::word;

pub(super) fn index(
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
    class: &ClassSyntax,
    fields: &Fields,
    travel: Travel,
    code: u16,
    syntax: &IndexSyntax,
) -> Index {
    let mut keys: Vec<Key> = Vec::new();
    for written in syntax.keys.iter().take(MAX_KEYS) {
        let Some(field) = key(context, around, class, fields, syntax, written) else { continue };
        if keys.iter().any(|key| key.field == field) {
            let name = fields.list.get(usize::from(field)).map_or("", |field| &field.name);
            let text = format!("index '{}' already has field '{name}'", syntax.name.text);
            context.report.error(written.field.place, text);
            continue;
        }
        if let Some(key) = fields.list.get(usize::from(field)).filter(|key| key.nullable) {
            let text = format!("nullable key '{}': objects with NULL are not in index '{}'", key.name, syntax.name.text);
            context.report.warning(written.field.place, text);
        }
        keys.push(Key { field, descending: written.descending });
    }
    let collects = around.node.is_some_and(|node| node.role != Role::Device);
    if syntax.unique && travel == Travel::Up && collects {
        let by_origin = keys.iter().filter_map(|key| fields.list.get(usize::from(key.field)));
        let by_origin = by_origin.into_iter().any(|f| matches!(f.role, FieldRole::AgentId | FieldRole::SrcAgentId));
        let why = if by_origin {
            "a row deleted on its device and made again with the same key collides with the old one, which stays here"
        } else {
            "rows of different devices may collide"
        };
        let text =
            format!("unique index '{}' of uptable class '{}': {why}: they go to quarantine", syntax.name.text, class.name.text);
        context.report.warning(syntax.name.place, text);
    }
    Index {
        name: syntax.name.text.to_string(),
        class: code,
        kind: syntax.kind,
        unique: syntax.unique,
        voluntary: syntax.voluntary,
        keys,
    }
}

/// Number of the key's field.
fn key(
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
    class: &ClassSyntax,
    fields: &Fields,
    index: &IndexSyntax,
    written: &KeySyntax,
) -> Option<u16> {
    let name = &written.field;
    let Some((number, _)) = fields.numbers.get(&name.text) else {
        if !class.damaged {
            let text = format!("class '{}' has no field '{}' for index '{}'", class.name.text, name.text, index.name.text);
            context.report.error_hint(name.place, text, || {
                let near = word::nearest(&name.text, fields.list.iter().map(|field| field.name.as_str()))?;
                Some(format!("did you mean '{near}'?"))
            });
        }
        return None;
    };
    if fields.bad.contains(number) {
        return None;
    }
    let kind = fields.list.get(usize::from(*number)).map(|field| field.kind);
    match (&written.member, kind) {
        (None, Some(FieldType::Struct(_))) => {
            let hint = || Some(format!("name a member: {}.member", name.text));
            context.report.error_hint(name.place, "a struct field cannot be a key", hint);
            None
        }
        (_, Some(kind)) if kind == FieldType::Blob || kind.is_list() => {
            context.report.error(name.place, format!("{} field cannot be a key", around.shown(kind)));
            None
        }
        (None, _) => Some(*number),
        (Some(member), Some(FieldType::Struct(found))) => inside(context, around, fields, *number, found, (index, name, member)),
        (Some(member), _) => {
            let text = format!("field '{}' is no struct and has no member '{}'", name.text, member.text);
            context.report.error(member.place, text);
            None
        }
    }
}

/// Number of a member of the struct `found`, which is the type of field `number`.
fn inside(
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
    fields: &Fields,
    number: u16,
    found: u16,
    (index, field, member): (&IndexSyntax, &Name, &Name),
) -> Option<u16> {
    let found_struct = around.structs.get(usize::from(found))?;
    let Some((at, of)) = found_struct.declared().find(|(_, of)| of.name == *member.text) else {
        if !around.faulty.contains(&found) {
            let (owner, name) = (&found_struct.name, &index.name.text);
            let text = format!("struct '{owner}' has no field '{}' for index '{name}'", member.text);
            context.report.error_hint(member.place, text, || {
                let near = word::nearest(&member.text, found_struct.declared().map(|(_, of)| of.name.as_str()))?;
                Some(format!("did you mean '{near}'?"))
            });
        }
        return None;
    };
    if of.kind.is_list() || matches!(of.kind, FieldType::Struct(_)) {
        let text = format!("{} field cannot be a key: '{}.{}'", around.shown(of.kind), field.text, member.text);
        context.report.error(member.place, text);
        return None;
    }
    let key = number.checked_add(at)?.checked_add(1)?;
    fields.list.get(usize::from(key)).map(|_| key)
}
