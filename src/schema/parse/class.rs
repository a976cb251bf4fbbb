//! Classes: modifiers, members, access statements.

use super::cursor::{Cursor, Failed, Parsed};
use super::field::field;
use super::statement::{STATEMENTS, declared_name, reserved_prefix};
use crate::schema::MAX_KEYS;
use crate::schema::dictionary::{EventKind, IndexKind};
use crate::schema::source::Place;
use crate::schema::syntax::{ClassSyntax, EventSyntax, EventSyntaxKind, IndexSyntax, KeySyntax, Name, Schema};
use crate::schema::word;

/// Words that begin an access statement with keys.
const INDEX_WORDS: &[&str] = &["voluntary", "unique", "nonunique", "inclusive", "thick", "tree", "hash"];

pub(super) fn class(cursor: &mut Cursor<'_>, schema: &mut Schema) -> Parsed<()> {
    let modifiers = modifiers(cursor);
    let keyword = cursor.place();
    if !cursor.accept("class") {
        return Err(cursor.expected("'class'"));
    }
    let name = cursor.name("a name after 'class'")?;
    declared_name(cursor, &name, "class");
    schema.names.push((name.clone(), "a class"));
    let after = name.text.clone();
    let mut class = ClassSyntax {
        name,
        up: modifiers.up,
        down: modifiers.down,
        persistent: modifiers.persistent,
        transient: modifiers.transient,
        fields: Vec::new(),
        indexes: Vec::new(),
        events: Vec::new(),
        lists: Vec::new(),
        autoids: Vec::new(),
        oids: Vec::new(),
        damaged: false,
    };
    cursor.expect("{", &after)?;
    let closed = body(cursor, &format!("class '{after}'"), keyword, &mut class, member);
    class.damaged |= !closed;
    schema.classes.push(class);
    if closed { cursor.semicolon() } else { Ok(()) }
}

#[derive(Default)]
struct Modifiers {
    up: bool,
    down: bool,
    persistent: bool,
    transient: Option<Place>,
}

fn modifiers(cursor: &mut Cursor<'_>) -> Modifiers {
    let mut found = Modifiers::default();
    while cursor.is_any(STATEMENTS) && !cursor.is_any(&["class", "enum", "struct", "declare", "iot", "direct"]) {
        let word = cursor.take();
        match &*word.text {
            "uptable" | "downtable" => {
                let up = &*word.text == "uptable";
                if if up { found.down } else { found.up } {
                    cursor.report.error(word.place, "a class cannot be uptable and downtable");
                } else {
                    found.up |= up;
                    found.down |= !up;
                }
            }
            "persistent" | "transient" => {
                let persistent = &*word.text == "persistent";
                if if persistent { found.transient.is_some() } else { found.persistent } {
                    cursor.report.error(word.place, "'persistent' and 'transient' exclude each other");
                } else if persistent {
                    found.persistent = true;
                } else {
                    found.transient = Some(word.place);
                }
            }
            // compact, nonatomic, local: accepted, no effect.
            _ => {}
        }
    }
    found
}

/// The members of a class or struct, read by `member`; whether the closing brace was found.
pub(super) fn body<T>(
    cursor: &mut Cursor<'_>,
    what: &str,
    keyword: Place,
    found: &mut T,
    member: impl Fn(&mut Cursor<'_>, &mut T) -> Parsed<()>,
) -> bool {
    loop {
        if cursor.accept("}") {
            return true;
        }
        if cursor.at_end() || (cursor.is_any(STATEMENTS)) {
            let opened = cursor.sources.line_from(keyword, cursor.place());
            cursor.report.error(cursor.place(), format!("expected '}}' to close {what} opened at {opened}"));
            return false;
        }
        if member(cursor, found).is_err() {
            cursor.skip_member();
        }
    }
}

fn member(cursor: &mut Cursor<'_>, class: &mut ClassSyntax) -> Parsed<()> {
    let read = statement(cursor, class);
    class.damaged |= read.is_err();
    read
}

fn statement(cursor: &mut Cursor<'_>, class: &mut ClassSyntax) -> Parsed<()> {
    if cursor.is_any(INDEX_WORDS) {
        index(cursor, class)
    } else if cursor.is("list") {
        class.lists.push(cursor.take().place);
        cursor.semicolon()
    } else if cursor.is("autoid") {
        class.autoids.push(cursor.take().place);
        if cursor.accept("[") {
            cursor.number("a number after '['")?;
            cursor.expect("]", "autoid[...")?;
        }
        cursor.semicolon()
    } else if cursor.is("event") {
        event(cursor, class)
    } else if cursor.is("oid") {
        class.oids.push(cursor.take().place);
        cursor.semicolon()
    } else if word::is_out_of_scope(&cursor.token().text) {
        cursor.out_of_scope()
    } else if cursor.accept(";") {
        Ok(())
    } else {
        field(cursor, &mut class.fields)
    }
}

fn index(cursor: &mut Cursor<'_>, class: &mut ClassSyntax) -> Parsed<()> {
    let mut unique: Option<Place> = None;
    let mut nonunique: Option<Place> = None;
    let mut voluntary: Option<Place> = None;
    let kind = loop {
        let word = cursor.token().clone();
        match &*word.text {
            "unique" => unique = Some(word.place),
            "nonunique" => nonunique = Some(word.place),
            "voluntary" => voluntary = Some(word.place),
            "inclusive" | "thick" => {
                cursor.report.warning(word.place, format!("'{}' has no effect here", word.text));
            }
            "tree" => break IndexKind::Tree,
            "hash" => break IndexKind::Hash,
            text if word::is_out_of_scope(text) => return cursor.out_of_scope(),
            _ => return Err(cursor.expected("tree or hash")),
        }
        cursor.take();
    };
    let keyword = cursor.take();
    let mut damaged = false;
    if let (Some(unique), Some(nonunique)) = (unique, nonunique) {
        cursor.report.error(unique.max(nonunique), "'unique' and 'nonunique' exclude each other");
        damaged = true;
    } else if let (Some(nonunique), IndexKind::Tree) = (nonunique, kind) {
        let hint = "a tree allows duplicates unless 'unique' is written";
        damaged = cursor.fail_hint::<()>(nonunique, "'nonunique' is for hash only", hint).is_err();
    }
    if let (Some(voluntary), IndexKind::Hash) = (voluntary, kind) {
        cursor.report.error_hint(voluntary, "'voluntary' is for tree only", || Some("write: voluntary tree".to_string()));
    }
    let keys = keys(cursor, &keyword.text)?;
    let name = cursor.name("the name of the index after '>'")?;
    if kind == IndexKind::Hash && !damaged {
        estimate(cursor, &name, &keys)?;
    } else if cursor.is("[") && damaged {
        return Err(Failed);
    }
    if keys.len() > MAX_KEYS {
        let text = format!("index '{}' has {} fields, at most {MAX_KEYS} are allowed", name.text, keys.len());
        cursor.report.error(name.place, text);
    }
    let unique = match kind {
        IndexKind::Tree => unique.is_some(),
        IndexKind::Hash => nonunique.is_none(),
    };
    class.indexes.push(IndexSyntax { name, kind, unique, voluntary: voluntary.is_some(), keys });
    cursor.semicolon()
}

fn keys(cursor: &mut Cursor<'_>, keyword: &str) -> Parsed<Vec<KeySyntax>> {
    cursor.expect("<", keyword)?;
    let mut keys = Vec::new();
    loop {
        let field = cursor.name("the name of a field")?;
        let member = if cursor.accept(".") { Some(cursor.name("a member after '.'")?) } else { None };
        let descending = cursor.is("desc");
        if descending || cursor.is("asc") {
            cursor.take();
        } else if word::is_out_of_scope(&cursor.token().text) {
            return cursor.out_of_scope();
        }
        keys.push(KeySyntax { field, member, descending });
        if cursor.accept(">") {
            return Ok(keys);
        }
        if !cursor.accept(",") {
            return Err(cursor.expected("',' or '>'"));
        }
    }
}

fn estimate(cursor: &mut Cursor<'_>, name: &Name, keys: &[KeySyntax]) -> Parsed<()> {
    if cursor.is("[") && !cursor.ahead(1).is("]") {
        cursor.take();
        let number = cursor.number("a number after '['")?;
        if number.integer.is_none_or(|n| n < 0) {
            let text = format!("the estimate of hash index '{}' must be a whole number", name.text);
            cursor.report.error(number.place, text);
        }
        return cursor.expect("]", &format!("{}[...", name.text));
    }
    let fields: Vec<&str> = keys.iter().take(MAX_KEYS).map(|key| &*key.field.text).collect();
    let hint = format!("write: hash <{}> {}[1000];", fields.join(", "), name.text);
    let text = format!("hash index '{}' needs an estimate", name.text);
    let _reported = cursor.fail_hint::<()>(name.place, text, &hint);
    if cursor.accept("[") {
        cursor.accept("]");
    }
    Ok(())
}

fn event(cursor: &mut Cursor<'_>, class: &mut ClassSyntax) -> Parsed<()> {
    const KINDS: &str = "new, delete, delete_all, checkpoint or update";
    cursor.take();
    cursor.expect("<", "event")?;
    let word = cursor.name(KINDS)?;
    // A field may have the name of a kind.
    let kind = if cursor.accept("update") {
        EventSyntaxKind::FieldUpdate(word)
    } else {
        let kind = match &*word.text {
            "new" => EventKind::New,
            "delete" => EventKind::Delete,
            "delete_all" => EventKind::DeleteAll,
            "checkpoint" => EventKind::Checkpoint,
            "update" => EventKind::Update,
            text => return cursor.fail(word.place, format!("expected {KINDS}, found '{text}'")),
        };
        EventSyntaxKind::Known(kind)
    };
    cursor.expect(">", "event<...")?;
    let name = cursor.name("the name of the event after '>'")?;
    if name.text.starts_with("_mco") {
        reserved_prefix(cursor, &name);
    }
    class.events.push(EventSyntax { name, kind });
    cursor.semicolon()
}
