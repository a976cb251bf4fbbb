//! Indexes and their keys.

use super::class::Fields;
use super::context::Context;
use crate::base::Role;
use crate::schema::MAX_KEYS;
use crate::schema::dictionary::{FieldRole, Index, Key, Node, Travel};
use crate::schema::syntax::{ClassSyntax, IndexSyntax, KeySyntax};
use crate::schema::word;

pub(super) fn index(
    context: &mut Context<'_>,
    node: Option<Node>,
    class: &ClassSyntax,
    fields: &Fields,
    travel: Travel,
    code: u16,
    syntax: &IndexSyntax,
) -> Index {
    let mut keys: Vec<Key> = Vec::new();
    for written in syntax.keys.iter().take(MAX_KEYS) {
        let Some(field) = key(context, class, fields, syntax, written) else { continue };
        if keys.iter().any(|key| key.field == field) {
            let text = format!("index '{}' already has field '{}'", syntax.name.text, written.field.text);
            context.report.error(written.field.place, text);
            continue;
        }
        if fields.list.get(usize::from(field)).is_some_and(|field| field.nullable) {
            let text =
                format!("nullable key '{}': objects with NULL are not in index '{}'", written.field.text, syntax.name.text);
            context.report.warning(written.field.place, text);
        }
        keys.push(Key { field, descending: written.descending });
    }
    let collects = node.is_some_and(|node| node.role != Role::Device);
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
fn key(context: &mut Context<'_>, class: &ClassSyntax, fields: &Fields, index: &IndexSyntax, written: &KeySyntax) -> Option<u16> {
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
    if let Some(member) = &written.member {
        let text = format!("field '{}' is no struct and has no member '{}'", name.text, member.text);
        context.report.error(member.place, text);
        return None;
    }
    Some(*number)
}
