//! Dictionary to JSON.

use super::canonical::{default_text, event_text};
use super::dictionary::{Class, Dictionary, Field, FieldType, IndexKind, Travel};
use super::oid::OidPart;
use crate::base::Role;
use std::fmt::Write;

/// The dictionary as JSON, for `mcocomp -json` and `mco_dyn_describe`; docs and a golden file fix the form.
pub fn describe(dictionary: &Dictionary) -> String {
    let iot = dictionary.node.map_or_else(
        || "null".to_string(),
        |node| {
            let role = match node.role {
                Role::Server => "server",
                Role::Router => "router",
                Role::Device => "device",
            };
            format!("{{\"role\": \"{role}\", \"agent_id\": {}, \"level\": {}}}", node.agent, node.level)
        },
    );
    let enums = dictionary.enums.iter().map(|found| {
        let constants = found.constants.iter().map(|(name, value)| format!("{{\"name\": \"{name}\", \"value\": {value}}}"));
        format!("    {{\"name\": \"{}\", \"constants\": {}}}", found.name, row(constants))
    });
    let structs = dictionary.structs.iter().map(|found| {
        let fields = block(found.declared().map(|(number, field)| field_json(dictionary, number, field)), "      ");
        format!("    {{\"name\": \"{}\", \"direct\": {},\n      \"fields\": {fields}}}", found.name, found.direct)
    });
    let classes = dictionary.classes.iter().map(|class| class_json(dictionary, class));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{{\n  \"database\": \"{}\",\n  \"oid\": {},", dictionary.database, oid_json(dictionary));
    let _ = writeln!(text, "  \"auto_oid\": {},\n  \"iot\": {iot},", dictionary.auto_oid);
    let _ = writeln!(text, "  \"enums\": {},", block(enums, "  "));
    let _ = writeln!(text, "  \"structs\": {},", block(structs, "  "));
    let _ = writeln!(text, "  \"classes\": {}\n}}", block(classes, "  "));
    text
}

fn oid_json(dictionary: &Dictionary) -> String {
    let found = dictionary.oid.and_then(|number| dictionary.structs.get(usize::from(number)));
    let Some(found) = found else { return "null".to_string() };
    let size: u32 = dictionary.oid_parts().into_iter().map(OidPart::bytes).sum();
    format!("{{\"struct\": \"{}\", \"size\": {size}}}", found.name)
}

fn class_json(dictionary: &Dictionary, class: &Class) -> String {
    let direction = match class.travel {
        Travel::Local => "null",
        Travel::Up => "\"up\"",
        Travel::Down => "\"down\"",
    };
    let mut text = format!("    {{\"name\": \"{}\", \"code\": {}, ", class.name, class.code);
    let _ = write!(text, "\"direction\": {direction}, \"persistent\": {}, ", class.persistent);
    let _ = writeln!(text, "\"list\": {}, \"autoid\": {}, \"oid\": {},", class.list, class.autoid, class.oid().is_some());
    let fields = class.declared().map(|(number, field)| field_json(dictionary, number, field));
    let _ = writeln!(text, "      \"fields\": {},", block(fields, "      "));
    let indexes = class.indexes.iter().filter_map(|number| dictionary.index(*number).map(|index| (number, index)));
    let indexes = indexes.map(|(number, index)| {
        let kind = if index.kind == IndexKind::Tree { "tree" } else { "hash" };
        let keys = index.keys.iter().map(|key| {
            let path = class.field(key.field).map_or("", |field| &field.name);
            format!("{{\"path\": \"{path}\", \"desc\": {}}}", key.descending)
        });
        let begin = format!("        {{\"name\": \"{}\", \"no\": {number}, \"kind\": \"{kind}\"", index.name);
        format!("{begin}, \"unique\": {}, \"voluntary\": {}, \"keys\": {}}}", index.unique, index.voluntary, row(keys))
    });
    let events = class.events.iter().filter_map(|number| dictionary.event(*number).map(|event| (number, event)));
    let events = events.map(|(number, event)| {
        let kind = event_text(class, event.kind);
        format!("        {{\"name\": \"{}\", \"id\": {number}, \"kind\": \"{kind}\"}}", event.name)
    });
    let _ = write!(text, "      \"indexes\": {},\n      \"events\": {}}}", block(indexes, "      "), block(events, "      "));
    text
}

fn field_json(dictionary: &Dictionary, number: u16, field: &Field) -> String {
    let (kind, size, length) = shape(dictionary, field.element.unwrap_or(field.kind));
    let of_struct = matches!(field.kind, FieldType::Struct(_));
    let default = field.default.as_ref().map_or_else(|| "null".to_string(), |value| default_text(field.kind, value));
    let begin = format!("        {{\"name\": \"{}\", \"no\": {number}, \"type\": \"{kind}\"", field.name);
    let middle = format!(
        "\"size\": {size}, \"length\": {length}, \"nullable\": {}, \"optional\": {}",
        field.has_indicator(),
        of_struct && field.nullable
    );
    let vector = field.kind == FieldType::Vector;
    let elements = if let FieldType::Array(elements) = field.kind { elements } else { 0 };
    format!("{begin}, {middle}, \"vector\": {vector}, \"elements\": {elements}, \"default\": {default}}}")
}

/// Name of the type, bytes of a value (0: any number), characters or digits (0: does not apply).
fn shape(dictionary: &Dictionary, kind: FieldType) -> (String, usize, String) {
    let plain = |name: &str, size: usize| (name.to_string(), size, "0".to_string());
    match kind {
        FieldType::Signed(n) => plain("signed", n.into()),
        FieldType::Unsigned(n) => plain("unsigned", n.into()),
        FieldType::Float => plain("float", 4),
        FieldType::Double => plain("double", 8),
        FieldType::Bool => plain("bool", 1),
        FieldType::Char(n) => ("char".to_string(), n.into(), n.to_string()),
        FieldType::NChar(n) => ("nchar".to_string(), usize::from(n).saturating_mul(2), n.to_string()),
        FieldType::Binary(n) => ("binary".to_string(), n.into(), n.to_string()),
        FieldType::Ref(n) => plain("ref", n.into()),
        FieldType::String => plain("string", 0),
        FieldType::NString => plain("nstring", 0),
        FieldType::VarBinary => plain("varbinary", 0),
        FieldType::Blob => plain("blob", 0),
        FieldType::Date => plain("date", 4),
        FieldType::Time => plain("time", 4),
        FieldType::DateTime => plain("datetime", 8),
        FieldType::Numeric { width, scale } => {
            let size = match width {
                0..=2 => 1,
                3..=4 => 2,
                5..=9 => 4,
                _ => 8,
            };
            (format!("numeric<{width},{scale}>"), size, width.to_string())
        }
        FieldType::Enum(number) => {
            let found = dictionary.enums.get(usize::from(number));
            let fits = |low: i32, high: i32| {
                found.is_some_and(|found| found.constants.iter().all(|(_, value)| (low..=high).contains(value)))
            };
            let size = match () {
                () if fits(-128, 127) || fits(0, 255) => 1,
                () if fits(-32768, 32767) || fits(0, 65535) => 2,
                () => 4,
            };
            (format!("enum {}", found.map_or("", |found| &found.name)), size, "0".to_string())
        }
        FieldType::Struct(number) => {
            let found = dictionary.structs.get(usize::from(number)).map_or("", |found| &found.name);
            (format!("struct {found}"), 0, "0".to_string())
        }
        FieldType::AutoId(None) => plain("autoid_t", 8),
        FieldType::AutoId(Some(code)) => {
            let class = dictionary.class(code).map_or("", |class| &class.name);
            (format!("autoid_t<{class}>"), 8, "0".to_string())
        }
        // The shape is that of the elements.
        FieldType::Array(_) | FieldType::Vector => plain("", 0),
    }
}

fn row(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn block(items: impl Iterator<Item = String>, indent: &str) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "[]".to_string() } else { format!("[\n{}\n{indent}]", items.join(",\n")) }
}
