//! Whether a file with one schema can become one with another, and what becomes of its classes and fields. Classes, fields,
//! enums and constants are matched by name.

use crate::base::{Code, Role, Value, ValueKind};
use crate::db::coding::Column;
use crate::db::fault::{Inner, fault};
use crate::schema::{Class, Dictionary, Enum, Field, FieldType, Travel};

/// From a former schema to a present one.
#[derive(Debug)]
pub(in crate::db) struct Evolution {
    /// For each class of the present schema what it was; `None`: it is new.
    pub(in crate::db) classes: Vec<Option<Origin>>,
}

/// What a class was.
#[derive(Debug)]
pub(in crate::db) struct Origin {
    /// Its former code.
    pub(in crate::db) code: u16,
    /// For each field where its value comes from.
    pub(in crate::db) fields: Vec<Source>,
    /// Fields that it had.
    width: usize,
}

/// Where the value of a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Source {
    /// It is new.
    Fresh,
    /// The former field at this position; its stored form is that of the present type.
    Same(usize),
    /// The former field at this position, whose values may not stay as they are: the sign of an integer counts in another way, or NULL is
    /// allowed no more.
    Changed(usize),
}

impl Source {
    /// Position of the former field.
    pub(in crate::db) fn position(self) -> Option<usize> {
        match self {
            Source::Fresh => None,
            Source::Same(at) | Source::Changed(at) => Some(at),
        }
    }
}

impl Evolution {
    /// `E_DISK_SCHEMA_CHANGED`, in words, for whatever would lose something.
    pub(in crate::db) fn new(old: &Dictionary, new: &Dictionary) -> Inner<Evolution> {
        check_node(old, new)?;
        if let Some(gone) = old.classes.iter().find(|class| new.class_named(&class.name).is_none()) {
            return refuse(format!("it has a class '{}' that the program's schema lacks; put the class back", gone.name));
        }
        let origin = |class: &Class| old.class_named(&class.name).map(|former| Origin::new(old, former, new, class)).transpose();
        Ok(Evolution { classes: new.classes.iter().map(origin).collect::<Inner<_>>()? })
    }
}

impl Origin {
    fn new(old: &Dictionary, former: &Class, new: &Dictionary, class: &Class) -> Inner<Origin> {
        check_class(former, class)?;
        if let Some(gone) = former.fields.iter().find(|field| class.field_named(&field.name).is_none()) {
            return refuse(format!(
                "class '{}' has a field '{}' ({}) that the program's schema lacks; put the field back",
                class.name,
                gone.name,
                old.type_text(gone.kind)
            ));
        }
        let source = |field: &Field| match former.fields.iter().zip(0..).find(|(f, _)| f.name == field.name) {
            None => Ok(Source::Fresh),
            Some((from, at)) => source(old, from, new, field, at, &class.name),
        };
        let fields = class.fields.iter().map(source).collect::<Inner<_>>()?;
        Ok(Origin { code: former.code, fields, width: former.fields.len() })
    }

    /// Whether the fields of a stored row are the same, in the same order.
    pub(in crate::db) fn is_same(&self) -> bool {
        self.fields.len() == self.width && self.fields.iter().zip(0..).all(|(source, at)| *source == Source::Same(at))
    }
}

/// The value for the present column of a field; `None`: it does not fit.
pub(in crate::db) fn convert(source: Source, column: &Column, fresh: &Value, former: &[Value]) -> Option<Value> {
    match source {
        Source::Fresh => Some(fresh.clone()),
        Source::Same(at) => former.get(at).cloned(),
        Source::Changed(at) => {
            let former = former.get(at)?;
            let mut value = match former.shown() {
                Some(shown) => signed_as(column.kind, shown),
                // There is nothing below NULL.
                None => Some(if column.nullable { Value::NULL } else { fresh.clone() }),
            }?;
            if column.nullable && former.is_null() && !value.is_null() {
                value = Value::Null(Some(value.into()));
            }
            column.fit(&mut value).ok().map(|()| value)
        }
    }
}

/// An integer as the sign of this type counts; other values as they are.
fn signed_as(kind: FieldType, value: &Value) -> Option<Value> {
    match (kind.value_kind(), value) {
        (ValueKind::UInt, Value::Int(n)) => u64::try_from(*n).ok().map(Value::UInt),
        (ValueKind::Int, Value::UInt(n)) => i64::try_from(*n).ok().map(Value::Int),
        _ => Some(value.clone()),
    }
}

/// `E_DISK_SCHEMA_CHANGED`.
pub(in crate::db) fn refuse<T>(what: impl std::fmt::Display) -> Inner<T> {
    fault(Code::E_DISK_SCHEMA_CHANGED, format!("the file was made with another schema: {what}, or use another file"))
}

fn check_node(old: &Dictionary, new: &Dictionary) -> Inner<()> {
    if old.database != new.database {
        return refuse(format!("it is a database '{}', the program's is '{}'; use its own schema", old.database, new.database));
    }
    let role = |dictionary: &Dictionary| match dictionary.node.map(|node| node.role) {
        None => "no 'iot' statement",
        Some(Role::Device) => "'iot device'",
        Some(Role::Router) => "'iot router'",
        Some(Role::Server) => "'iot server'",
    };
    if role(old) != role(new) {
        return refuse(format!("it has {}, the program's schema has {}; keep the former one", role(old), role(new)));
    }
    Ok(())
}

fn check_class(former: &Class, class: &Class) -> Inner<()> {
    let travel = |class: &Class| match class.travel {
        Travel::Local => "an ordinary class",
        Travel::Up => "an uptable",
        Travel::Down => "a downtable",
    };
    if former.travel != class.travel {
        let (was, is) = (travel(former), travel(class));
        return refuse(format!("class '{}' is {was} there and {is} in the program; keep it {was}", class.name));
    }
    if former.persistent && !class.persistent {
        return refuse(format!("class '{}' is persistent there and transient in the program; keep it persistent", class.name));
    }
    if former.autoid && !class.autoid {
        return refuse(format!("class '{}' has 'autoid', which the program's schema lacks; put it back", class.name));
    }
    Ok(())
}

fn source(old: &Dictionary, from: &Field, new: &Dictionary, to: &Field, at: usize, class: &str) -> Inner<Source> {
    if let (FieldType::Enum(a), FieldType::Enum(b)) = (from.kind, to.kind)
        && let (Some(a), Some(b)) = (old.enums.get(usize::from(a)), new.enums.get(usize::from(b)))
    {
        check_enum(a, b, &to.name, class)?;
    }
    match conversion(from.kind, to.kind, at) {
        Some(_) if from.nullable && !to.nullable => Ok(Source::Changed(at)),
        Some(source) => Ok(source),
        None => refuse(format!(
            "class '{class}', field '{}' is {} there and {} in the program, which cannot hold it; keep the former type, or give the \
             new field another name",
            to.name,
            old.type_text(from.kind),
            new.type_text(to.kind)
        )),
    }
}

/// Constants may be added.
fn check_enum(old: &Enum, new: &Enum, field: &str, class: &str) -> Inner<()> {
    match old.constants.iter().find(|constant| !new.constants.contains(constant)) {
        None => Ok(()),
        Some((name, value)) => refuse(format!(
            "class '{class}', field '{field}': constant {name} = {value} of enum '{}' is missing in enum '{}' of the program or has \
             another value; put it back",
            old.name, new.name
        )),
    }
}

/// What is wide enough is taken; signs may change, which the rows decide.
fn conversion(from: FieldType, to: FieldType, at: usize) -> Option<Source> {
    use FieldType::{
        AutoId, Binary, Char, Double, Enum, Float, NChar, NString, Numeric, Signed, String, Struct, Unsigned, VarBinary,
    };
    let same = match (from, to) {
        (Signed(a), Unsigned(b)) | (Unsigned(a), Signed(b)) => return (a <= b).then_some(Source::Changed(at)),
        (Signed(a), Signed(b)) | (Unsigned(a), Unsigned(b)) => a <= b,
        (Char(a), Char(b)) | (NChar(a), NChar(b)) | (Binary(a), Binary(b)) => a <= b,
        (Numeric { width: a, scale: p }, Numeric { width: b, scale: q }) => a <= b && p == q,
        (Float, Double)
        | (Char(_), String)
        | (NChar(_), NString)
        | (Binary(_), VarBinary)
        | (Enum(_), Enum(_))
        | (Struct(_), Struct(_))
        | (AutoId(_), AutoId(_)) => true,
        (a, b) => a == b,
    };
    same.then_some(Source::Same(at))
}
