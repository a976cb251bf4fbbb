//! What has fields: functions of the fields of a class or struct, and of a struct itself.

use super::function::Function;
use super::list::list_functions;
use super::naming::{Naming, length};
use crate::schema::dictionary::{Class, Field, FieldType, Struct};

/// A class or struct in C.
pub(super) struct Owner<'a> {
    /// Name in the schema.
    name: &'a str,
    /// Name of its handle in C.
    pub(super) x: String,
    /// The library's number for it.
    number: String,
}

/// All functions of the struct, in the order of the header.
pub(super) fn struct_functions(naming: &Naming<'_>, found: &Struct) -> Vec<Function> {
    let owner = Owner::structure(naming, found);
    let x = &owner.x;
    let mut list: Vec<_> = found.declared().flat_map(|(number, field)| owner.field_functions(naming, number, field)).collect();
    if found.direct {
        let arguments = format!("(MCO_Hf *)object, {}, values, mco_gen_offsets_{x}", owner.number);
        let function = |end: &str, values: &str, call: &str| {
            Function::new(
                format!("{x}_{end}"),
                format!("{x} *object, {values}{x}_d *values"),
                format!("mco_gen_{call}({arguments})"),
            )
        };
        list.push(function("get_all", "", "fixed_get"));
        list.push(function("put_all", "const ", "fixed_put"));
    }
    list
}

/// Name of the constant with the library's number for a struct.
pub(super) fn struct_number(x: &str) -> String {
    format!("mco_gen_struct_{x}")
}

impl<'a> Owner<'a> {
    pub(super) fn class(naming: &Naming<'_>, class: &'a Class) -> Self {
        let x = naming.global(&class.name);
        Owner { name: &class.name, number: format!("{x}_code"), x }
    }

    fn structure(naming: &Naming<'_>, found: &'a Struct) -> Self {
        let x = naming.global(&found.name);
        Owner { name: &found.name, number: struct_number(&x), x }
    }

    /// Functions of the field with this number.
    pub(super) fn field_functions(&self, naming: &Naming<'_>, number: u16, field: &Field) -> Vec<Function> {
        let Owner { name, x, number: owner } = self;
        let name = naming.global(&format!("{name}_{}", field.name));
        let c_type = naming.c_type(field.element.unwrap_or(field.kind));
        let place = format!("(MCO_Hf *)object, {owner}, {number}");
        let function = |end: &str, parameters: String, call: &str, arguments: &str| {
            let parameters = format!("{x} *object{}{parameters}", if parameters.is_empty() { "" } else { ", " });
            Function::new(format!("{name}_{end}"), parameters, format!("mco_gen_{call}({place}, {arguments})"))
        };
        if let Some(element) = field.element {
            return list_functions(field.kind, element, &c_type, function);
        }
        if let FieldType::Struct(_) = field.kind {
            let handle =
                |end, write| function(end, format!("{c_type} *handle"), "struct", &format!("0, {write}, (MCO_Hf *)handle"));
            let mut list = vec![handle("write_handle", 1), handle("read_handle", 0)];
            if field.nullable {
                list.push(function("erase", String::new(), "erase", "0"));
            }
            return list;
        }
        if field.kind == FieldType::Blob {
            let content = || format!("const {c_type} *value, uint4 len");
            return vec![
                function("put", content(), "blob_put", "value, len"),
                function("append", content(), "blob_append", "value, len"),
                function(
                    "get",
                    "uint4 start, char *buf, uint4 size, uint4 *len".to_string(),
                    "blob_get",
                    "start, buf, size, len",
                ),
                function("size", "uint4 *len".to_string(), "blob_size", "len"),
                function("erase", String::new(), "erase", "0"),
            ];
        }
        let put_text = || function("put", format!("const {c_type} *value, uint2 len"), "put_text", "value, len");
        let mut list = if let FieldType::Ref(_) = field.kind {
            vec![
                function("put", format!("const {c_type} *value"), "put", "value"),
                function("get", format!("{c_type} *value"), "get", "value"),
            ]
        } else if !field.kind.is_text() {
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
        if field.has_indicator() {
            list.push(function("indicator_put", "uint1 value".to_string(), "indicator_put", "value"));
            list.push(function("indicator_get", "uint1 *value".to_string(), "indicator_get", "value"));
        }
        list
    }
}
