//! `<database>.c`

use super::class::class_functions;
use super::event::caller;
use super::naming::{Naming, dialects, fixed_fields};
use super::oid;
use super::owner::{struct_functions, struct_number};
use crate::schema::canonical::canonical;
use crate::schema::dictionary::Field;

/// What generated code expects of `mcogen.h`.
const INTERFACE: u32 = 3;

/// Text of the source file; `whole`: with everything besides the dictionary function.
pub(super) fn source(naming: &Naming<'_>, whole: bool) -> String {
    let database = &naming.dictionary.database;
    let mut text = format!("/* Made by mcocomp from the schema of '{database}'; change the schema, not this file. */\n");
    text += &format!("#include \"{database}.h\"\n#include \"mcogen.h\"\n\n#include <stddef.h>\n\n");
    text += &format!("#if MCO_GEN_INTERFACE != {INTERFACE}\n");
    text += "#error \"this file was made by another version of mcocomp: compile the schema again\"\n#endif\n";
    text += &dictionary(naming);
    if whole {
        for found in &naming.dictionary.enums {
            let name = naming.global(&found.name);
            text += "\n/* The library takes enums as int. */\n";
            text += &format!("typedef char mco_gen_size_of_{name}[sizeof({name}) == sizeof(int) ? 1 : -1];\n");
        }
        text += &oid::check(naming);
        text.extend(oid::functions(naming).iter().map(|function| function.definition()));
        text += &struct_numbers(naming);
        for found in &naming.dictionary.structs {
            if found.direct {
                text += &offsets(naming, &found.name, "_d", found.declared());
            }
            text.extend(struct_functions(naming, found).iter().map(|function| function.definition()));
        }
        for class in &naming.dictionary.classes {
            text += &offsets(naming, &class.name, "_fixed", class.declared());
            let events = class.events.iter().filter_map(|number| naming.dictionary.event(*number));
            text.extend(events.map(|event| caller(naming, class, event)));
            text.extend(class_functions(naming, class).iter().map(|function| function.definition()));
        }
    }
    text
}

fn dictionary(naming: &Naming<'_>) -> String {
    let schema = canonical(naming.dictionary);
    // The canonical text holds names, numbers and plain punctuation: nothing to escape.
    let lines: String = schema.lines().map(|line| format!("    \"{line}\",\n")).collect();
    let count = schema.lines().count();
    let database = &naming.dictionary.database;
    let mut text = format!("\nstatic const char *const mco_gen_lines[] = {{\n{lines}}};\n");
    text += "\nstatic const struct mco_dictionary_t_ mco_gen_dictionary = {\n";
    text += &format!("    MCO_GEN_MAGIC, MCO_GEN_INTERFACE, {count}, mco_gen_lines\n}};\n");
    text += &format!("\nmco_dictionary_h {database}_get_dictionary(void)\n{{\n");
    text += "    return (mco_dictionary_h)&mco_gen_dictionary;\n}\n";
    text
}

fn struct_numbers(naming: &Naming<'_>) -> String {
    let number = |(at, name): (usize, &String)| format!("    {} = MCO_GEN_STRUCT + {at},\n", struct_number(&naming.global(name)));
    let lines: String = naming.dictionary.structs.iter().map(|found| &found.name).enumerate().map(number).collect();
    if lines.is_empty() { lines } else { format!("\nenum {{\n{lines}}};\n") }
}

/// Where the members of `X_fixed` or `S_d` lie.
fn offsets<'a>(naming: &Naming<'_>, name: &str, end: &str, declared: impl Iterator<Item = (u16, &'a Field)>) -> String {
    let x = naming.global(name);
    let lines: String =
        fixed_fields(declared).map(|field| dialects(&field.name, |name| format!("    offsetof({x}{end}, {name}),\n"))).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("\nstatic const mco_size_t mco_gen_offsets_{x}[] = {{\n{lines}}};\n")
}
