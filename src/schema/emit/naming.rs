//! How things of the dictionary are called in C.

use crate::schema::dictionary::{Class, Dictionary, Field, FieldType, Index};
use crate::schema::word::{self, Reserved};

/// A dictionary with the rule for its names.
pub(super) struct Naming<'a> {
    pub(super) dictionary: &'a Dictionary,
    prefix: Option<String>,
}

impl<'a> Naming<'a> {
    pub(super) fn new(dictionary: &'a Dictionary, prefix: bool) -> Self {
        Naming { dictionary, prefix: prefix.then(|| format!("{}_", dictionary.database)) }
    }

    /// A global name.
    pub(super) fn global(&self, name: &str) -> String {
        match &self.prefix {
            Some(prefix) if !name.starts_with(prefix.as_str()) => format!("{prefix}{name}"),
            _ => name.to_string(),
        }
    }

    /// Begin of the names of an index: class and index.
    pub(super) fn index(&self, class: &Class, index: &Index) -> String {
        self.global(&format!("{}_{}", class.name, index.name))
    }

    /// The C struct of oids.
    pub(super) fn oid(&self) -> String {
        self.global(&format!("{}_oid", self.dictionary.database))
    }

    /// C type of one value; of one element for the char and string kinds.
    pub(super) fn c_type(&self, kind: FieldType) -> String {
        match kind {
            FieldType::Signed(8) => "mco_int8".to_string(),
            FieldType::Signed(bytes) => format!("int{bytes}"),
            FieldType::Unsigned(bytes) => format!("uint{bytes}"),
            FieldType::Float => "float".to_string(),
            FieldType::Double => "double".to_string(),
            FieldType::Bool => "mco_bool".to_string(),
            FieldType::Char(_) | FieldType::Binary(_) | FieldType::String | FieldType::VarBinary => "char".to_string(),
            FieldType::NChar(_) | FieldType::NString => "nchar_t".to_string(),
            FieldType::Ref(_) => self.oid(),
            FieldType::Date | FieldType::Time => "uint4".to_string(),
            FieldType::DateTime => "mco_datetime".to_string(),
            FieldType::Numeric { width: 0..=2, .. } => "int1".to_string(),
            FieldType::Numeric { width: 3..=4, .. } => "int2".to_string(),
            FieldType::Numeric { width: 5..=9, .. } => "int4".to_string(),
            FieldType::Numeric { .. } => "mco_int8".to_string(),
            FieldType::Enum(number) => {
                let found = self.dictionary.enums.get(usize::from(number));
                found.map_or_else(|| "int".to_string(), |found| self.global(&found.name))
            }
            FieldType::Struct(number) => {
                let found = self.dictionary.structs.get(usize::from(number));
                found.map_or_else(String::new, |found| self.global(&found.name))
            }
            FieldType::AutoId(_) => "autoid_t".to_string(),
            FieldType::Blob => "void".to_string(),
            // The type is that of the elements.
            FieldType::Array(_) | FieldType::Vector => String::new(),
        }
    }

    /// Name of a constant in every dialect of C; `line` makes the text of it.
    pub(super) fn constant(&self, name: &str, line: impl Fn(&str) -> String) -> String {
        if self.prefix.is_some() { line(&self.global(name)) } else { dialects(name, line) }
    }
}

/// Elements of a char kind with a fixed number of them.
pub(super) fn length(kind: FieldType) -> Option<u16> {
    match kind {
        FieldType::Char(n) | FieldType::NChar(n) | FieldType::Binary(n) => Some(n),
        _ => None,
    }
}

/// Fields of `X_fixed` or `S_d`.
pub(super) fn fixed_fields<'a>(declared: impl Iterator<Item = (u16, &'a Field)>) -> impl Iterator<Item = &'a Field> {
    declared.map(|(_, field)| field).filter(|field| field.is_fixed())
}

/// The text that `line` makes of a member's name, with the other name where the dialect reserves this one.
pub(super) fn dialects(name: &str, line: impl Fn(&str) -> String) -> String {
    let other = format!("{name}_");
    let condition = match word::reserved(name) {
        None => return line(name),
        Some(Reserved::C) => return line(&other),
        Some(Reserved::Cpp) => "#ifdef __cplusplus",
        Some(Reserved::CppAndC23) => "#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ > 201710L)",
    };
    format!("{condition}\n{}#else\n{}#endif\n", line(&other), line(name))
}
