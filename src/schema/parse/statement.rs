//! Statements outside classes.

use super::class::{body, class};
use super::cursor::{Cursor, Parsed};
use super::field::field;
use crate::base::Role;
use crate::schema::diagnostic::Report;
use crate::schema::lex::{Kind, Token};
use crate::schema::source::Sources;
use crate::schema::syntax::{EnumSyntax, Name, NodeSyntax, Number, Schema, StructSyntax};
use crate::schema::word;

/// Words that begin a statement outside classes, and so show that a block was not closed.
pub(super) const STATEMENTS: &[&str] = &[
    "declare",
    "iot",
    "class",
    "struct",
    "direct",
    "enum",
    "compact",
    "persistent",
    "transient",
    "nonatomic",
    "local",
    "uptable",
    "downtable",
];

/// The statements in `tokens`. What is wrong goes to `report`.
pub(in crate::schema) fn parse(tokens: &[Token], sources: &Sources, report: &mut Report) -> Schema {
    let mut cursor = Cursor::new(tokens, sources, report);
    let mut schema = Schema::default();
    while !cursor.at_end() {
        if statement(&mut cursor, &mut schema).is_err() {
            schema.damaged = true;
            cursor.skip_statement();
        }
    }
    schema
}

fn statement(cursor: &mut Cursor<'_>, schema: &mut Schema) -> Parsed<()> {
    if cursor.is("declare") {
        declare(cursor, schema)
    } else if cursor.is("iot") {
        iot(cursor, schema)
    } else if cursor.is("enum") {
        enumeration(cursor, schema)
    } else if cursor.is("struct") || cursor.is("direct") {
        structure(cursor, schema)
    } else if cursor.is_any(STATEMENTS) {
        class(cursor, schema)
    } else if cursor.accept(";") {
        Ok(())
    } else if word::is_out_of_scope(&cursor.token().text) {
        cursor.out_of_scope()
    } else {
        Err(cursor.expected("declare, iot, enum, struct or class"))
    }
}

fn declare(cursor: &mut Cursor<'_>, schema: &mut Schema) -> Parsed<()> {
    cursor.take();
    if cursor.accept("database") {
        let name = cursor.name("a name after 'database'")?;
        declared_name(cursor, &name, "database");
        schema.databases.push(name);
    } else if cursor.is("auto_oid") {
        schema.auto_oids.push(cursor.place());
        cursor.take();
        cursor.expect("[", "auto_oid")?;
        cursor.number("a number after '['")?;
        cursor.expect("]", "auto_oid[...")?;
    } else if cursor.is_any(&["oid", "OID"]) {
        cursor.take();
        let name = cursor.name("the name of a struct after 'oid'")?;
        cursor.expect("[", &name.text)?;
        cursor.number("a number after '['")?;
        cursor.expect("]", &format!("{}[...", name.text))?;
        schema.oids.push(name);
    } else {
        return Err(cursor.expected("database, oid or auto_oid after 'declare'"));
    }
    cursor.semicolon()
}

/// Reports a name that the schema language or C has taken.
pub(super) fn declared_name(cursor: &mut Cursor<'_>, name: &Name, what: &str) {
    let text = &name.text;
    if word::is_keyword(text) {
        cursor.report.error(name.place, format!("'{text}' is a keyword and cannot be the name of a {what}"));
    } else if word::reserved(text).is_some() {
        cursor.report.error(name.place, format!("'{text}' is a keyword of C or C++ and cannot be the name of a {what}"));
    } else if text.starts_with("_mco") {
        reserved_prefix(cursor, name);
    }
}

/// Reports a name of the library's own columns and tables.
pub(super) fn reserved_prefix(cursor: &mut Cursor<'_>, name: &Name) {
    cursor.report.error(name.place, format!("'{}': names that begin with '_mco' are reserved", name.text));
}

fn iot(cursor: &mut Cursor<'_>, schema: &mut Schema) -> Parsed<()> {
    let place = cursor.take().place;
    let role = if cursor.accept("device") {
        Role::Device
    } else if cursor.accept("server") {
        Role::Server
    } else if cursor.accept("router") {
        Role::Router
    } else {
        return cursor.fail(cursor.place(), "expected device, server or router after 'iot'");
    };
    let agent = match role {
        Role::Server if !matches!(cursor.token().kind, Kind::Int | Kind::Float) && !cursor.is_any(&["-", "+"]) => None,
        Role::Server => Some(cursor.number("a number")?),
        Role::Device => Some(cursor.number("an agent id after 'device'")?),
        Role::Router => Some(cursor.number("an agent id after 'router'")?),
    };
    let mut level: Option<Number> = None;
    if role != Role::Server && cursor.is(",") {
        let comma = cursor.take();
        level = Some(cursor.number("a level after ','")?);
        if role == Role::Device {
            cursor.report.error(comma.place, "a device has level 65535; no level is written");
        }
    }
    schema.nodes.push(NodeSyntax { place, role, agent, level });
    cursor.semicolon()
}

fn enumeration(cursor: &mut Cursor<'_>, schema: &mut Schema) -> Parsed<()> {
    let keyword = cursor.take().place;
    let tag = if cursor.is("{") { None } else { Some(cursor.name("a name or '{' after 'enum'")?) };
    cursor.expect("{", tag.as_ref().map_or("enum", |tag| &tag.text))?;
    let mut constants = Vec::new();
    while !cursor.is("}") {
        if cursor.at_end() || cursor.is(";") {
            let shown = tag.as_ref().map_or(String::new(), |tag| format!(" '{}'", tag.text));
            let opened = cursor.sources.line_from(keyword, cursor.place());
            return cursor.fail(cursor.place(), format!("expected '}}' to close enum{shown} opened at {opened}"));
        }
        match constant(cursor) {
            Ok(constant) => constants.push(constant),
            Err(failed) => {
                cursor.skip_block();
                return Err(failed);
            }
        }
    }
    let close = cursor.take().place;
    let name = if cursor.is(";") || cursor.is_any(STATEMENTS) { tag } else { Some(cursor.name("a name after '}'")?) };
    let Some(name) = name else { return cursor.fail(close.behind(), "an enum needs a name") };
    if constants.is_empty() {
        cursor.report.error(name.place, format!("enum '{}' has no constants", name.text));
    }
    declared_name(cursor, &name, "enum");
    schema.names.push((name.clone(), "an enum"));
    schema.names.extend(constants.iter().map(|(name, _)| (name.clone(), "a constant")));
    schema.enums.push(EnumSyntax { name, constants });
    cursor.semicolon()
}

fn constant(cursor: &mut Cursor<'_>) -> Parsed<(Name, Option<Number>)> {
    let name = cursor.name("the name of a constant")?;
    let value = if cursor.accept("=") { Some(cursor.number("a number after '='")?) } else { None };
    if !cursor.accept(",") && !cursor.is("}") && !cursor.is(";") && !cursor.at_end() {
        return Err(cursor.expected("',' or '}'"));
    }
    Ok((name, value))
}

fn structure(cursor: &mut Cursor<'_>, schema: &mut Schema) -> Parsed<()> {
    let direct = cursor.accept("direct");
    let keyword = cursor.place();
    cursor.expect("struct", "direct")?;
    let name = cursor.name("a name after 'struct'")?;
    declared_name(cursor, &name, "struct");
    schema.names.push((name.clone(), "a struct"));
    let after = name.text.clone();
    let mut found = StructSyntax { name, direct, fields: Vec::new(), damaged: false };
    let opened = cursor.expect("{", &after);
    let closed = opened.is_ok() && body(cursor, &format!("struct '{after}'"), keyword, &mut found, member);
    found.damaged |= !closed;
    schema.structs.push(found);
    opened?;
    if closed { cursor.semicolon() } else { Ok(()) }
}

fn member(cursor: &mut Cursor<'_>, found: &mut StructSyntax) -> Parsed<()> {
    if cursor.accept(";") {
        return Ok(());
    }
    let read = field(cursor, &mut found.fields);
    found.damaged |= read.is_err();
    read
}
