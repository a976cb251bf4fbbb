//! Functions of a class and of its fields.

use super::function::Function;
use super::index::index_functions;
use super::naming::{Naming, fixed_fields, is_text, length};
use crate::schema::dictionary::{Class, Field};

/// All functions of the class, in the order of the header.
pub(super) fn class_functions(naming: &Naming<'_>, class: &Class) -> Vec<Function> {
    let x = naming.global(&class.name);
    let mut list = own_functions(&x, class);
    for (number, field) in class.fields.iter().enumerate() {
        list.extend(field_functions(naming, &x, class, number, field));
    }
    for number in &class.indexes {
        if let Some(index) = naming.dictionary.index(*number) {
            list.extend(index_functions(naming, &x, class, index));
        }
    }
    list
}

fn own_functions(x: &str, class: &Class) -> Vec<Function> {
    let code = format!("{x}_code");
    let function = |end: &str, parameters: &str, call: String| {
        Function::new(format!("{x}_{end}"), parameters.replace("X *", &format!("{x} *")), call)
    };
    let mut list = vec![
        function("new", "mco_trans_h t, X *object", format!("mco_gen_new(t, {code}, (MCO_Hf *)object)")),
        function("delete", "X *object", format!("mco_gen_delete((MCO_Hf *)object, {code})")),
        function("delete_all", "mco_trans_h t", format!("mco_gen_delete_all(t, {code})")),
        function("checkpoint", "X *object", format!("mco_gen_checkpoint((MCO_Hf *)object, {code})")),
        function(
            "from_cursor",
            "mco_trans_h t, mco_cursor_h c, X *object",
            format!("mco_gen_from_cursor(t, c, {code}, (MCO_Hf *)object)"),
        ),
        function("pack", "X *object, uint4 *pages_released", format!("mco_gen_pack((MCO_Hf *)object, {code}, pages_released)")),
    ];
    if class.list {
        let call = format!("mco_gen_list_cursor(t, c, {code})");
        list.push(function("list_cursor", "mco_trans_h t, mco_cursor_h c", call));
    }
    if fixed_fields(class).next().is_some() {
        let arguments = format!("(MCO_Hf *)object, {code}, values, mco_gen_offsets_{x}");
        let parameters = format!("X *object, {x}_fixed *values");
        list.push(function("fixed_get", &parameters, format!("mco_gen_fixed_get({arguments})")));
        let parameters = format!("X *object, const {x}_fixed *values");
        list.push(function("fixed_put", &parameters, format!("mco_gen_fixed_put({arguments})")));
    }
    if class.autoid {
        let call = format!("mco_gen_autoid_get((MCO_Hf *)object, {code}, id)");
        list.push(function("autoid_get", "X *object, autoid_t *id", call));
        let call = format!("mco_gen_autoid_find(t, {code}, id, (MCO_Hf *)object)");
        list.push(function("autoid_find", "mco_trans_h t, autoid_t id, X *object", call));
        let call = format!("mco_gen_autoid_cursor(t, c, {code})");
        list.push(function("autoid_index_cursor", "mco_trans_h t, mco_cursor_h c", call));
    }
    list
}

fn field_functions(naming: &Naming<'_>, x: &str, class: &Class, number: usize, field: &Field) -> Vec<Function> {
    let name = naming.global(&format!("{}_{}", class.name, field.name));
    let c_type = naming.c_type(field.kind);
    let place = format!("(MCO_Hf *)object, {x}_code, {number}");
    let function = |end: &str, parameters: String, call: &str, arguments: &str| {
        let parameters = format!("{x} *object, {parameters}");
        Function::new(format!("{name}_{end}"), parameters, format!("mco_gen_{call}({place}, {arguments})"))
    };
    let put_text = || function("put", format!("const {c_type} *value, uint2 len"), "put_text", "value, len");
    let mut list = if !is_text(field.kind) {
        vec![
            function("put", format!("{c_type} value"), "put", "&value"),
            function("get", format!("{c_type} *value"), "get", "value"),
        ]
    } else if length(field.kind).is_some() {
        vec![put_text(), function("get", format!("{c_type} *buf, uint2 size"), "get_text", "buf, size, NULL")]
    } else {
        vec![
            put_text(),
            function("get", format!("{c_type} *buf, uint2 size, uint2 *len"), "get_text", "buf, size, len"),
            function("size", "uint2 *len".to_string(), "text_size", "len"),
        ]
    };
    if field.nullable {
        list.push(function("indicator_put", "uint1 value".to_string(), "indicator_put", "value"));
        list.push(function("indicator_get", "uint1 *value".to_string(), "indicator_get", "value"));
    }
    list
}
