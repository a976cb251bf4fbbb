//! Whether a file with one schema can become one with another, and what becomes of its classes and fields. Classes, fields,
//! enums and constants are matched by name.

use crate::base::list::Shape;
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
#[derive(Clone, Debug, PartialEq)]
pub(in crate::db) enum Source {
    /// It is new.
    Fresh,
    /// The former field at this position; its stored form is that of the present type.
    Same(usize),
    /// The former field at this position, whose values may not stay as they are: the sign of an integer counts in another way, or NULL is
    /// allowed no more.
    Changed(usize),
    /// The former list at this position, whose elements are stored in another form now.
    List(usize, Box<Elements>),
}

/// What becomes of the elements of a list: of a number or a text, or of each column of a struct.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::db) struct Elements {
    shape: Shape,
    sources: Vec<Source>,
    fields: Vec<Field>,
}

impl Source {
    /// Position of the former field.
    pub(in crate::db) fn position(&self) -> Option<usize> {
        match self {
            Source::Fresh => None,
            Source::Same(at) | Source::Changed(at) | Source::List(at, _) => Some(*at),
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
        let fields = Schemas { old, new, class: &class.name }.sources(&former.fields, &class.fields, "")?;
        Ok(Origin { code: former.code, fields, width: former.fields.len() })
    }

    /// Whether the fields of a stored row are the same, in the same order.
    pub(in crate::db) fn is_same(&self) -> bool {
        are_same(&self.fields, self.width)
    }
}

/// Whether so many values stay what and where they are.
fn are_same(sources: &[Source], width: usize) -> bool {
    sources.len() == width && sources.iter().zip(0..).all(|(source, at)| *source == Source::Same(at))
}

/// The value for the present column of a field; `None`: it does not fit.
pub(in crate::db) fn convert(
    dictionary: &Dictionary,
    source: &Source,
    column: &Column,
    fresh: &Value,
    former: &[Value],
) -> Option<Value> {
    let missing = || if column.nullable { Value::NULL } else { fresh.clone() };
    match source {
        Source::Fresh => Some(fresh.clone()),
        Source::Same(at) => former.get(*at).cloned(),
        Source::Changed(at) => {
            let former = former.get(*at)?;
            // There may be nothing below NULL.
            let mut value = former.shown().map_or_else(|| Some(missing()), |shown| signed_as(column.kind, shown))?;
            if column.nullable && former.is_null() && !value.is_null() {
                value = Value::Null(Some(value.into()));
            }
            column.fit(dictionary, &mut value).ok().map(|()| value)
        }
        Source::List(at, elements) => match former.get(*at)?.shown() {
            Some(Value::Bytes(list)) => elements.convert(dictionary, list).map(Value::Bytes),
            _ => Some(missing()),
        },
    }
}

impl Elements {
    fn convert(&self, dictionary: &Dictionary, list: &[u8]) -> Option<Box<[u8]>> {
        self.shape.convert(list, |values| {
            let value =
                |(source, field): (&Source, &Field)| convert(dictionary, source, &Column::of(field), &field.initial(), values);
            let mut values = self.sources.iter().zip(&self.fields).map(value).collect::<Option<Vec<Value>>>()?;
            dictionary.settle(&self.fields, &mut values);
            Some(values)
        })
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
    match (former.oid().is_some(), class.oid().is_some()) {
        (true, false) => refuse(format!("class '{}' has 'oid', which the program's schema lacks; put it back", class.name)),
        (false, true) => refuse(format!("the objects of class '{}' have no oid there; take 'oid' away", class.name)),
        _ => Ok(()),
    }
}

/// Two schemas that are compared, and the class in question.
struct Schemas<'a> {
    old: &'a Dictionary,
    new: &'a Dictionary,
    class: &'a str,
}

impl Schemas<'_> {
    /// Where the values of fields come from; `inside`: what stands in front of their names.
    fn sources(&self, former: &[Field], fields: &[Field], inside: &str) -> Inner<Vec<Source>> {
        let named = |fields: &[Field], name: &str| fields.iter().position(|field| field.name == name);
        if let Some(gone) = former.iter().find(|field| named(fields, &field.name).is_none()) {
            return refuse(format!(
                "class '{}' has a field '{inside}{}' ({}) that the program's schema lacks; put the field back",
                self.class,
                gone.name,
                self.old.field_type_text(gone)
            ));
        }
        let source = |field: &Field| match named(former, &field.name).and_then(|at| Some((at, former.get(at)?))) {
            None => Ok(Source::Fresh),
            Some((at, from)) => self.source(from, field, at, &format!("{inside}{}", field.name)),
        };
        fields.iter().map(source).collect()
    }

    fn source(&self, from: &Field, to: &Field, at: usize, name: &str) -> Inner<Source> {
        let found = match (from.element, to.element) {
            (Some(former), Some(element)) => self.list((from.kind, former), (to, element), at, name)?,
            _ => self.single(from.kind, to.kind, at, name)?,
        };
        match found {
            Some(Source::Same(at)) if from.nullable && !to.nullable => Ok(Source::Changed(at)),
            Some(source) => Ok(source),
            None => refuse(format!(
                "class '{}', field '{name}' is {} there and {} in the program, which cannot hold it; keep the former type, or give \
                 the new field another name",
                self.class,
                self.old.field_type_text(from),
                self.new.field_type_text(to)
            )),
        }
    }

    fn single(&self, from: FieldType, to: FieldType, at: usize, name: &str) -> Inner<Option<Source>> {
        if let (FieldType::Enum(a), FieldType::Enum(b)) = (from, to)
            && let (Some(a), Some(b)) = (self.old.enums.get(usize::from(a)), self.new.enums.get(usize::from(b)))
        {
            check_enum(a, b, name, self.class)?;
        }
        Ok(conversion(from, to, at))
    }

    /// An array may become longer.
    fn list(
        &self,
        (from, former): (FieldType, FieldType),
        (to, element): (&Field, FieldType),
        at: usize,
        name: &str,
    ) -> Inner<Option<Source>> {
        let (before, shape) = (from.shape(former), to.kind.shape(element));
        if before.length.is_some() != shape.length.is_some() || before.length > shape.length {
            return Ok(None);
        }
        let (sources, fields, width) = match (self.old.members(former), self.new.members(element)) {
            (Some(former), Some(members)) => {
                (self.sources(former, members, &format!("{name}."))?, members.to_vec(), former.len())
            }
            _ => match self.single(former, element, 0, name)? {
                Some(source) => {
                    (vec![source], vec![Field { kind: element, element: None, nullable: false, outer: None, ..to.clone() }], 1)
                }
                None => return Ok(None),
            },
        };
        let same = before == shape && are_same(&sources, width);
        Ok(Some(if same { Source::Same(at) } else { Source::List(at, Box::new(Elements { shape, sources, fields })) }))
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
