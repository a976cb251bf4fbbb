//! `<database>.h`

use super::class::class_functions;
use super::event::handler_type;
use super::naming::{Naming, dialects, fixed_fields, length};
use super::oid;
use super::owner::struct_functions;
use crate::schema::dictionary::{Enum, Field, FieldType, Travel};

/// Text of the header; `whole`: with everything besides the dictionary function.
pub(super) fn header(naming: &Naming<'_>, whole: bool) -> String {
    let database = &naming.dictionary.database;
    let mut text = format!("/* Made by mcocomp from the schema of '{database}'; change the schema, not this file. */\n");
    text += &format!("#ifndef MCO_GEN_{database}_H\n#define MCO_GEN_{database}_H\n\n#include \"mco.h\"\n");
    if whole {
        text.extend(naming.dictionary.enums.iter().map(|found| enumeration(naming, found)));
        let (structs, classes) = (&naming.dictionary.structs, &naming.dictionary.classes);
        text += &oid::definition(naming);
        text.extend(structs.iter().map(|found| handle(naming, &found.name)));
        text.extend(classes.iter().map(|class| handle(naming, &class.name)));
        text.extend(structs.iter().filter(|found| found.direct).map(|found| fixed(naming, &found.name, "_d", found.declared())));
        text.extend(classes.iter().map(|class| fixed(naming, &class.name, "_fixed", class.declared())));
        text += &numbers(naming);
    }
    text += "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    text += &format!("mco_dictionary_h {database}_get_dictionary(void);\n");
    if whole {
        text.extend(oid::functions(naming).iter().map(|function| function.prototype()));
        for found in &naming.dictionary.structs {
            text += &format!("\n/* struct {} */\n", found.name);
            text.extend(struct_functions(naming, found).iter().map(|function| function.prototype()));
        }
        for class in &naming.dictionary.classes {
            let travel = match class.travel {
                Travel::Local => "",
                Travel::Up => ", uptable",
                Travel::Down => ", downtable",
            };
            text += &format!("\n/* class {}{travel} */\n", class.name);
            let events = class.events.iter().filter_map(|number| naming.dictionary.event(*number));
            text.extend(events.map(|event| handler_type(naming, class, event)));
            text.extend(class_functions(naming, class).iter().map(|function| function.prototype()));
        }
    }
    text += "\n#ifdef __cplusplus\n}\n#endif\n\n";
    text += &format!("#endif /* MCO_GEN_{database}_H */\n");
    text
}

fn enumeration(naming: &Naming<'_>, found: &Enum) -> String {
    let constant = |(name, value): &(String, i32)| {
        // The lowest number has no literal of its own in C.
        let value = if *value == i32::MIN { "-2147483647 - 1".to_string() } else { value.to_string() };
        naming.constant(name, |name| format!("    {name} = {value},\n"))
    };
    let constants: String = found.constants.iter().map(constant).collect();
    format!("\ntypedef enum {{\n{constants}}} {};\n", naming.global(&found.name))
}

fn handle(naming: &Naming<'_>, name: &str) -> String {
    format!("\ntypedef struct {{\n    MCO_Hf h;\n}} {};\n", naming.global(name))
}

fn fixed<'a>(naming: &Naming<'_>, name: &str, end: &str, declared: impl Iterator<Item = (u16, &'a Field)>) -> String {
    let members: String = fixed_fields(declared).map(|field| member(naming, field)).collect();
    if members.is_empty() {
        return String::new();
    }
    format!("\ntypedef struct {{\n{members}}} {}{end};\n", naming.global(name))
}

/// A member of fixed size of a C struct.
pub(super) fn member(naming: &Naming<'_>, field: &Field) -> String {
    let kind = field.element.unwrap_or(field.kind);
    let c_type = naming.c_type(kind);
    let elements = if let FieldType::Array(elements) = field.kind { Some(elements) } else { None };
    let size: String = elements.into_iter().chain(length(kind)).map(|n| format!("[{n}]")).collect();
    dialects(&field.name, |name| format!("    {c_type} {name}{size};\n"))
}

fn numbers(naming: &Naming<'_>) -> String {
    let dictionary = naming.dictionary;
    let codes = dictionary.classes.iter().map(|class| format!("    {}_code = {},\n", naming.global(&class.name), class.code));
    let indexes = dictionary.indexes.iter().enumerate().filter_map(|(number, index)| {
        let class = dictionary.class(index.class)?;
        Some(format!("    {}_index_no = {number},\n", naming.index(class, index)))
    });
    let events = (1_u32..).zip(&dictionary.events);
    let events = events.map(|(number, event)| naming.constant(&event.name, |name| format!("    {name} = {number},\n")));
    let (codes, indexes, events): (String, String, String) = (codes.collect(), indexes.collect(), events.collect());
    [codes, indexes, events].iter().filter(|list| !list.is_empty()).map(|list| format!("\nenum {{\n{list}}};\n")).collect()
}
