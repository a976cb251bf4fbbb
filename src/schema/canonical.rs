//! Dictionary to minimal schema text.

use super::dictionary::{Class, Dictionary, Enum, Event, EventKind, Field, FieldType, Index, IndexKind, Struct, Travel};
use crate::base::{Role, Value};
use sha2::{Digest, Sha256};

/// The dictionary as minimal `.mco` text, every line ended by a line feed. Equal dictionaries give the same text, and
/// [`super::compile_text`] gives the dictionary back.
pub fn canonical(dictionary: &Dictionary) -> String {
    let mut lines = vec![format!("declare database {};", dictionary.database)];
    if dictionary.auto_oid {
        lines.push("declare auto_oid[1];".to_string());
    }
    if let Some(found) = dictionary.oid.and_then(|number| dictionary.structs.get(usize::from(number))) {
        lines.push(format!("declare oid {}[1];", found.name));
    }
    if let Some(node) = dictionary.node {
        lines.push(match node.role {
            Role::Device => format!("iot device {};", node.agent),
            Role::Server => "iot server;".to_string(),
            Role::Router => format!("iot router {},{};", node.agent, node.level),
        });
    }
    for found in &dictionary.enums {
        lines.push("enum {".to_string());
        lines.extend(found.constants.iter().map(|(name, value)| format!("{name}={value},")));
        lines.push(format!("}} {};", found.name));
    }
    for found in &dictionary.structs {
        lines.push(format!("{}struct {} {{", if found.direct { "direct " } else { "" }, found.name));
        lines.extend(found.declared().map(|(_, field)| field_line(dictionary, field)));
        lines.push("};".to_string());
    }
    for class in &dictionary.classes {
        class_lines(dictionary, class, &mut lines);
    }
    lines.push(String::new());
    lines.join("\n")
}

impl Dictionary {
    /// A type of this schema as the language writes it.
    pub fn type_text(&self, kind: FieldType) -> String {
        type_text(kind, &self.enums, &self.structs, &self.classes)
    }

    /// The type of a field for messages: as the language writes it, but for an array without the name in between, and for refs with the size
    /// of an oid.
    pub fn field_type_text(&self, field: &Field) -> String {
        let (kind, end) = self.around_name(field);
        match field.element.unwrap_or(field.kind) {
            FieldType::Ref(bytes) => format!("{kind}{end} of oids of {bytes} bytes"),
            _ => kind + &end,
        }
    }

    /// What stands before and behind the name of a field.
    fn around_name(&self, field: &Field) -> (String, String) {
        let kind = self.type_text(field.element.unwrap_or(field.kind));
        match field.kind {
            FieldType::Vector => (format!("vector<{kind}>"), String::new()),
            FieldType::Array(length) => (kind, format!("[{length}]")),
            _ => (kind, String::new()),
        }
    }
}

/// The first 8 bytes of the SHA-256 of a canonical text, lowest first: names a schema between nodes. Nobody can make a text to the hash of
/// another's, so a text may be kept for all who name its hash.
pub fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    digest.iter().take(8).rev().fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

fn class_lines(dictionary: &Dictionary, class: &Class, lines: &mut Vec<String>) {
    let travel = match class.travel {
        Travel::Local => "",
        Travel::Up => "uptable ",
        Travel::Down => "downtable ",
    };
    // Classes that travel are always persistent; saying so would be a second way to write the same.
    let storage = if class.persistent && class.travel == Travel::Local { "persistent " } else { "" };
    lines.push(format!("{travel}{storage}class {} {{", class.name));
    lines.extend(class.declared().map(|(_, field)| field_line(dictionary, field)));
    lines.extend(class.indexes.iter().filter_map(|n| dictionary.index(*n)).map(|index| index_line(class, index)));
    lines.extend(class.events.iter().filter_map(|n| dictionary.event(*n)).map(|event| event_line(class, event)));
    if class.list {
        lines.push("list;".to_string());
    }
    if class.autoid {
        lines.push("autoid;".to_string());
    }
    if class.oid().is_some() {
        lines.push("oid;".to_string());
    }
    lines.push("};".to_string());
}

fn field_line(dictionary: &Dictionary, field: &Field) -> String {
    let word = match field.kind {
        FieldType::Struct(_) => "optional ",
        FieldType::Blob => "",
        _ => "nullable ",
    };
    let word = if field.nullable { word } else { "" };
    let (kind, end) = dictionary.around_name(field);
    let default = field.default.as_ref().map_or_else(String::new, |value| format!("={}", default_text(field.kind, value)));
    format!("{word}{kind} {}{end}{default};", field.name)
}

fn index_line(class: &Class, index: &Index) -> String {
    let name = |number| class.field(number).map_or("", |field| field.name.as_str());
    let key = |key: &super::Key| format!("{}{}", name(key.field), if key.descending { " desc" } else { "" });
    let keys = index.keys.iter().map(key).collect::<Vec<_>>().join(",");
    let voluntary = if index.voluntary { "voluntary " } else { "" };
    match (index.kind, index.unique) {
        (IndexKind::Tree, false) => format!("{voluntary}tree<{keys}> {};", index.name),
        (IndexKind::Tree, true) => format!("{voluntary}unique tree<{keys}> {};", index.name),
        (IndexKind::Hash, false) => format!("nonunique hash<{keys}> {}[1];", index.name),
        (IndexKind::Hash, true) => format!("hash<{keys}> {}[1];", index.name),
    }
}

fn event_line(class: &Class, event: &Event) -> String {
    format!("event<{}> {};", event_text(class, event.kind), event.name)
}

/// What an event tells of, as the language writes it.
pub(super) fn event_text(class: &Class, kind: EventKind) -> String {
    match kind {
        EventKind::New => "new".to_string(),
        EventKind::Delete => "delete".to_string(),
        EventKind::DeleteAll => "delete_all".to_string(),
        EventKind::Checkpoint => "checkpoint".to_string(),
        EventKind::Update => "update".to_string(),
        EventKind::FieldUpdate(field) => format!("{} update", class.field(field).map_or("", |field| field.name.as_str())),
    }
}

/// A default as the language writes it.
pub(super) fn default_text(kind: FieldType, value: &Value) -> String {
    match (kind, value) {
        (FieldType::Numeric { scale, .. }, Value::Int(n)) => decimal(*n, scale),
        (_, Value::Int(n)) => n.to_string(),
        (_, Value::UInt(n)) => n.to_string(),
        (_, Value::Real(x)) => format!("{x:?}"),
        (_, Value::Null(_) | Value::Bytes(_)) => "0".to_string(),
    }
}

/// A type as the language writes it.
pub(super) fn type_text(kind: FieldType, enums: &[Enum], structs: &[Struct], classes: &[Class]) -> String {
    match kind {
        FieldType::Signed(n) => format!("signed<{n}>"),
        FieldType::Unsigned(n) => format!("unsigned<{n}>"),
        FieldType::Float => "float".to_string(),
        FieldType::Double => "double".to_string(),
        FieldType::Bool => "bool".to_string(),
        FieldType::Char(n) => format!("char<{n}>"),
        FieldType::NChar(n) => format!("nchar<{n}>"),
        FieldType::Binary(n) => format!("binary<{n}>"),
        FieldType::Ref(_) => "ref".to_string(),
        FieldType::String => "string".to_string(),
        FieldType::NString => "nstring".to_string(),
        FieldType::VarBinary => "varbinary".to_string(),
        FieldType::Blob => "blob".to_string(),
        FieldType::Date => "date".to_string(),
        FieldType::Time => "time".to_string(),
        FieldType::DateTime => "datetime".to_string(),
        FieldType::Numeric { width, scale } => format!("numeric<{width},{scale}>"),
        FieldType::Enum(number) => enums.get(usize::from(number)).map_or_else(String::new, |found| found.name.clone()),
        FieldType::Struct(number) => structs.get(usize::from(number)).map_or_else(String::new, |found| found.name.clone()),
        FieldType::AutoId(None) => "autoid_t".to_string(),
        FieldType::AutoId(Some(code)) => {
            let class = usize::from(code).checked_sub(1).and_then(|i| classes.get(i));
            class.map_or_else(|| "autoid_t".to_string(), |class| format!("autoid_t<{}>", class.name))
        }
        FieldType::Array(_) => "array".to_string(),
        FieldType::Vector => "vector".to_string(),
    }
}

/// A scaled number with its decimals.
pub(super) fn decimal(value: i64, scale: u8) -> String {
    if scale == 0 {
        return value.to_string();
    }
    let sign = if value < 0 { "-" } else { "" };
    let width = usize::from(scale).saturating_add(1);
    let digits = format!("{:0width$}", value.unsigned_abs());
    let (whole, decimals) = digits.split_at(digits.len().saturating_sub(usize::from(scale)));
    format!("{sign}{whole}.{decimals}")
}
