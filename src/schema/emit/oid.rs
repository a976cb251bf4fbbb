//! The oid in C: its struct, and the functions of the whole database that take one.

use super::function::Function;
use super::header::member;
use super::naming::Naming;
use crate::schema::oid::size_in_c;

/// The struct, and its size; nothing without `declare oid`.
pub(super) fn definition(naming: &Naming<'_>) -> String {
    let Some(found) = naming.dictionary.oid.and_then(|number| naming.dictionary.structs.get(usize::from(number))) else {
        return String::new();
    };
    let name = naming.oid();
    let members: String = found.declared().map(|(_, field)| member(naming, field)).collect();
    format!("\ntypedef struct {{\n{members}}} {name};\n\nstatic const uint2 {name}_size = (uint2)sizeof({name});\n")
}

/// What the compiler of the generated code is to make sure of.
pub(super) fn check(naming: &Naming<'_>) -> String {
    if naming.dictionary.oid.is_none() {
        return String::new();
    }
    let (name, size) = (naming.oid(), size_in_c(&naming.dictionary.oid_parts()));
    let line = format!("typedef char mco_gen_size_of_{name}[sizeof({name}) == {size} ? 1 : -1];\n");
    format!("\n/* The library takes every member at a multiple of its size. */\n{line}")
}

/// Functions of the database, in the order of the header.
pub(super) fn functions(naming: &Naming<'_>) -> Vec<Function> {
    if naming.dictionary.oid.is_none() {
        return Vec::new();
    }
    let (database, oid) = (&naming.dictionary.database, naming.oid());
    let function = |end: &str, more: &str, call: &str| {
        let name = naming.global(&format!("{database}_{end}"));
        Function::new(name, format!("mco_trans_h t, const {oid} *oid{more}"), call)
    };
    vec![
        function("delete_object", "", "mco_gen_oid_delete(t, oid)"),
        function("get_class_code", ", uint2 *classcode", "mco_gen_oid_class(t, oid, classcode)"),
    ]
}
