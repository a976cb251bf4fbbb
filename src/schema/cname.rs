//! Names in generated C code: one list for the code and for the search for clashes.

use super::dictionary::{Class, Dictionary, Field, FieldType, Index, IndexKind, Struct};
use super::word::{self, Reserved};

/// What a field or constant is called in C: more than one name where C and C++ differ.
pub(super) fn aliases(name: &str) -> Vec<String> {
    match word::reserved(name) {
        None => vec![name.to_string()],
        Some(Reserved::C) => vec![format!("{name}_")],
        Some(Reserved::CppAndC23 | Reserved::Cpp) => vec![name.to_string(), format!("{name}_")],
    }
}

/// Whether an index has the pattern functions: trees that begin with a char or string.
pub(super) fn has_pattern(class: &Class, index: &Index) -> bool {
    let first = index.keys.first().and_then(|key| class.field(key.field));
    index.kind == IndexKind::Tree && first.is_some_and(|f| matches!(f.kind, FieldType::Char(_) | FieldType::String))
}

/// Everything that the schema as a whole is the origin of.
pub(super) fn database_names(dictionary: &Dictionary) -> Vec<String> {
    let more: &[&str] = if dictionary.oid.is_some() { &["_oid", "_oid_size", "_delete_object", "_get_class_code"] } else { &[] };
    joined(&dictionary.database, &["_get_dictionary"]).chain(joined(&dictionary.database, more)).collect()
}

/// Everything that a class itself is the origin of.
pub(super) fn class_names(class: &Class) -> Vec<String> {
    let mut ends = vec!["_code", "_new", "_delete", "_delete_all", "_checkpoint", "_from_cursor", "_pack"];
    if class.list {
        ends.push("_list_cursor");
    }
    if class.declared().any(|(_, field)| field.is_fixed()) {
        ends.extend(["_fixed", "_fixed_get", "_fixed_put"]);
    }
    if class.autoid {
        ends.extend(["_autoid_get", "_autoid_find", "_autoid_index_cursor"]);
    }
    if class.oid().is_some() {
        ends.extend(["_oid_get", "_oid_find"]);
    }
    std::iter::once(class.name.clone()).chain(joined(&class.name, &ends)).collect()
}

/// Everything that a struct itself is the origin of.
pub(super) fn struct_names(found: &Struct) -> Vec<String> {
    let ends: &[&str] = if found.direct { &["_d", "_get_all", "_put_all"] } else { &[] };
    std::iter::once(found.name.clone()).chain(joined(&found.name, ends)).collect()
}

/// The functions of a field of a class or struct.
pub(super) fn field_names(owner: &str, field: &Field) -> Vec<String> {
    let (mut ends, null) = match field.kind {
        FieldType::Array(_) | FieldType::Vector => (list_ends(field), &[][..]),
        FieldType::Struct(_) => (vec!["_write_handle", "_read_handle"], &["_erase"][..]),
        FieldType::Blob => (vec!["_put", "_append", "_get", "_size"], &["_erase"][..]),
        _ if field.is_fixed() => (vec!["_put", "_get"], &["_indicator_put", "_indicator_get"][..]),
        _ => (vec!["_put", "_get", "_size"], &["_indicator_put", "_indicator_get"][..]),
    };
    if field.nullable {
        ends.extend(null);
    }
    joined(&format!("{owner}_{}", field.name), &ends).collect()
}

/// What the functions of an array or vector end in.
fn list_ends(field: &Field) -> Vec<&'static str> {
    let mut ends = vec!["_put", "_at", "_size"];
    match field.element {
        Some(FieldType::Struct(_) | FieldType::Ref(_)) | None => {}
        Some(kind) if kind.is_text() => ends.push("_at_len"),
        Some(_) => ends.extend(["_put_range", "_get_range"]),
    }
    if field.kind == FieldType::Vector {
        ends.extend(["_alloc", "_erase"]);
    }
    ends
}

/// The number and the functions of an index.
pub(super) fn index_names(class: &Class, index: &Index) -> Vec<String> {
    let mut ends = vec!["_index_no", "_index_cursor", "_search", "_compare"];
    if index.unique {
        ends.push("_find");
    }
    if index.kind == IndexKind::Tree {
        ends.push("_locate");
    }
    if index.voluntary {
        ends.extend(["_create", "_drop"]);
    }
    if has_pattern(class, index) {
        ends.extend(["_pattern_size", "_pattern_search", "_pattern_next"]);
    }
    joined(&format!("{}_{}", class.name, index.name), &ends).collect()
}

/// Functions and type of an event, whose number has its own name: register, unregister, type of a handler.
pub(super) fn event_names(name: &str) -> [String; 3] {
    [format!("mco_register_{name}_handler"), format!("mco_unregister_{name}_handler"), format!("mco_{name}_handler")]
}

fn joined<'a>(begin: &'a str, ends: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    ends.iter().map(move |end| format!("{begin}{end}"))
}
