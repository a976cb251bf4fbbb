//! The whole schema.

use super::clash::clashes;
use super::class::class;
use super::context::Context;
use super::enumeration::{Constants, enumeration};
use super::event::Events;
use super::field::Surroundings;
use super::node::node;
use super::oid::{Oid, oid};
use super::structure::structures;
use crate::schema::diagnostic::Report;
use crate::schema::dictionary::{Dictionary, Travel};
use crate::schema::source::{Place, Sources};
use crate::schema::syntax::{Name, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Longest name of a database.
const MAX_DATABASE: usize = 16;

/// The dictionary of the schema; worthless if an error was reported. `persistent` is the default storage.
pub(in crate::schema) fn check(schema: &Schema, persistent: bool, sources: &Sources, report: &mut Report) -> Dictionary {
    let mut context = Context { sources, report, damaged: schema.damaged, members: 0 };
    let database = database(&mut context, schema);
    let node = node(&mut context, &schema.nodes);
    let auto_oid = auto_oid(&mut context, schema);
    names(&mut context, schema);
    let enum_limit = limited(&mut context, schema.enums.iter().map(|syntax| &syntax.name), "enums");
    let enums: Vec<_> = schema.enums.iter().take(enum_limit).map(|syntax| enumeration(&mut context, syntax)).collect();
    limited(&mut context, schema.classes.iter().map(|syntax| &syntax.name), "classes");
    let struct_limit = limited(&mut context, schema.structs.iter().map(|syntax| &syntax.name), "structs");
    let mut around = Surroundings {
        node,
        oid: Oid::Missing,
        persistent,
        enums: &enums,
        constants: enums.iter().map(Constants::new).collect(),
        enum_numbers: numbered(schema.enums.iter().map(|syntax| &syntax.name), 0),
        structs: Vec::new(),
        struct_numbers: numbered(schema.structs.iter().map(|syntax| &syntax.name), 0),
        faulty: BTreeSet::new(),
        classes: schema
            .classes
            .iter()
            .zip(1..=u16::MAX)
            .rev()
            .map(|(syntax, code)| (syntax.name.text.clone(), (code, !syntax.autoids.is_empty())))
            .collect(),
    };
    around.oid = oid(&mut context, &around, schema);
    structures(&mut context, &mut around, schema.structs.get(..struct_limit).unwrap_or(&schema.structs));
    let mut indexes = Vec::new();
    let mut events = Events::default();
    let classes: Vec<_> = schema
        .classes
        .iter()
        .zip(1..=u16::MAX)
        .map(|(syntax, code)| class(&mut context, &around, syntax, code, &mut indexes, &mut events))
        .collect();
    if let Some(statement) = schema.nodes.first()
        && classes.iter().all(|class| class.travel == Travel::Local)
        && !schema.damaged
    {
        context.report.warning(statement.place, "'iot' statement but no uptable or downtable class");
    }
    let oid = if let Oid::Known { structure, .. } = around.oid { Some(structure) } else { None };
    let structs = around.structs;
    let dictionary = Dictionary { database, node, auto_oid, oid, enums, structs, classes, indexes, events: events.list };
    if !context.report.has_errors() {
        clashes(&mut context, schema, &dictionary);
    }
    dictionary
}

fn database(context: &mut Context<'_>, schema: &Schema) -> String {
    let Some((first, others)) = schema.databases.split_first() else {
        if !schema.damaged {
            let place = Place { file: 0, line: 1, column: 1, width: 1 };
            let hint = || Some("add: declare database name;".to_string());
            context.report.error_hint(place, "no 'declare database' statement", hint);
        }
        return String::new();
    };
    for other in others {
        let line = context.sources.line_from(first.place, other.place);
        let hint = || Some("one schema describes one database".to_string());
        context.report.error_hint(other.place, format!("second 'declare database'; the first is at {line}"), hint);
    }
    let length = first.text.len();
    if length > MAX_DATABASE {
        let text = format!("database name '{}' has {length} characters, at most {MAX_DATABASE} are allowed", first.text);
        context.report.error(first.place, text);
    }
    first.text.to_string()
}

fn auto_oid(context: &mut Context<'_>, schema: &Schema) -> bool {
    if let Some((first, others)) = schema.auto_oids.split_first() {
        for other in others {
            let line = context.sources.line_from(*first, *other);
            context.report.error(*other, format!("second 'declare auto_oid'; the first is at {line}"));
        }
        return true;
    }
    let Some(travels) = schema.classes.iter().find(|class| class.up || class.down) else { return false };
    if !schema.damaged {
        context.report.warning(travels.name.place, "up/down class without auto_oid: declared automatically");
    }
    true
}

/// Reports names that are declared twice.
fn names(context: &mut Context<'_>, schema: &Schema) {
    let mut known: BTreeMap<&str, (&str, Place)> = BTreeMap::new();
    for (name, what) in &schema.names {
        if let Some((known, place)) = known.get(&*name.text) {
            let line = context.sources.line_from(*place, name.place);
            context.report.error(name.place, format!("'{}' is already declared as {known} at {line}", name.text));
        } else {
            known.insert(&name.text, (what, name.place));
        }
    }
}

/// How many of these fit into the 2-byte numbers; the first that does not is reported.
fn limited<'a>(context: &mut Context<'_>, mut names: impl Iterator<Item = &'a Name>, what: &str) -> usize {
    let limit = usize::from(u16::MAX);
    if let Some(name) = names.nth(limit) {
        context.report.error(name.place, format!("more than {limit} {what}"));
    }
    limit
}

fn numbered<'a>(names: impl Iterator<Item = &'a Name>, first: u16) -> BTreeMap<Rc<str>, u16> {
    let mut numbers = BTreeMap::new();
    for (name, number) in names.zip(first..=u16::MAX) {
        numbers.entry(name.text.clone()).or_insert(number);
    }
    numbers
}
