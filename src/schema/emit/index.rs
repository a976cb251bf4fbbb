//! Functions of an index.

use super::function::Function;
use super::naming::Naming;
use crate::schema::cname;
use crate::schema::dictionary::{Class, Field, FieldType, Index, IndexKind};

/// All functions of the index, in the order of the header. `x` is the class in C.
pub(super) fn index_functions(naming: &Naming<'_>, x: &str, class: &Class, index: &Index) -> Vec<Function> {
    let name = naming.index(class, index);
    let number = format!("{name}_index_no");
    let fields: Vec<&Field> = index.keys.iter().filter_map(|key| class.field(key.field)).collect();
    let parameters: String = (0..).zip(&fields).map(|(n, field)| parameter(naming, n, field)).collect();
    let keys = || {
        let mut setup = vec![format!("mco_gen_key_t keys[{}];", fields.len().max(1))];
        setup.extend(fields.iter().enumerate().map(|(n, field)| fill(n, field)));
        setup
    };
    let function = |end: &str, parameters: String, call: String| Function::new(format!("{name}_{end}"), parameters, call);
    let mut list = Vec::new();
    if index.unique {
        let parameters = format!("mco_trans_h t, {parameters}{x} *object");
        let call = format!("mco_gen_find(t, {number}, keys, (MCO_Hf *)object)");
        list.push(function("find", parameters, call).with_setup(keys()));
    }
    let cursor = "mco_trans_h t, mco_cursor_h c";
    list.push(function("index_cursor", cursor.to_string(), format!("mco_gen_index_cursor(t, c, {number})")));
    let search = format!("{cursor}, MCO_OPCODE op, {}", parameters.trim_end_matches(", "));
    list.push(function("search", search, format!("mco_gen_search(t, c, {number}, (int)op, keys)")).with_setup(keys()));
    let compare = format!("{cursor}, {parameters}int *result");
    list.push(function("compare", compare, format!("mco_gen_compare(t, c, {number}, keys, result)")).with_setup(keys()));
    if index.kind == IndexKind::Tree {
        let call = format!("mco_gen_locate(t, c, {number}, (MCO_Hf *)object)");
        list.push(function("locate", format!("{cursor}, {x} *object"), call));
    }
    if index.voluntary {
        list.push(function("create", "mco_trans_h t".to_string(), format!("mco_gen_index_create(t, {number})")));
        list.push(function("drop", "mco_trans_h t".to_string(), format!("mco_gen_index_drop(t, {number})")));
    }
    if cname::has_pattern(class, index) {
        let pattern = "const char *pattern, uint2 len";
        let call = format!("mco_gen_pattern_size(t, {number}, pattern, len, size)");
        list.push(function("pattern_size", format!("mco_trans_h t, {pattern}, mco_size_t *size"), call));
        let call = format!("mco_gen_pattern_search(t, c, {number}, state, size, pattern, len)");
        list.push(function("pattern_search", format!("{cursor}, void *state, mco_size_t size, {pattern}"), call));
        let call = format!("mco_gen_pattern_next(t, c, {number}, state)");
        list.push(function("pattern_next", format!("{cursor}, void *state"), call));
    }
    list
}

/// What a key is called. The number keeps the members of structs apart from fields.
fn key_name(number: usize, field: &Field) -> String {
    match field.outer {
        Some(_) => format!("{number}_{}", field.name.replace('.', "_")),
        None => field.name.clone(),
    }
}

/// A key as parameter, with the comma behind it. The beginning keeps it apart from keywords and other parameters.
fn parameter(naming: &Naming<'_>, number: usize, field: &Field) -> String {
    let (c_type, name) = (naming.c_type(field.kind), key_name(number, field));
    match field.kind {
        FieldType::Ref(_) => format!("const {c_type} *key_{name}, "),
        kind if kind.is_text() => format!("const {c_type} *key_{name}, uint2 len_{name}, "),
        _ => format!("{c_type} key_{name}, "),
    }
}

fn fill(number: usize, field: &Field) -> String {
    let name = key_name(number, field);
    match field.kind {
        FieldType::Ref(_) => format!("keys[{number}].ptr = key_{name}; keys[{number}].len = sizeof *key_{name};"),
        kind if kind.is_text() => format!("keys[{number}].ptr = key_{name}; keys[{number}].len = len_{name};"),
        _ => format!("keys[{number}].ptr = &key_{name}; keys[{number}].len = sizeof key_{name};"),
    }
}
