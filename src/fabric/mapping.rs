//! How rows of a peer's schema become rows of ours: classes and fields are matched by name.

use crate::base::{Change, Code, Error, Result, State, Value, fail};
use crate::schema::{Class, Dictionary, Field, FieldType, Travel};
use std::collections::{BTreeMap, BTreeSet};

/// What two schemas have in common, seen from our side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// By class code of the peer.
    incoming: BTreeMap<u16, ClassMap>,
    /// Classes of the peer that travel and have no counterpart here.
    strange: BTreeMap<u16, Strange>,
    /// Classes of ours that travel and that the peer has too.
    shared: BTreeSet<u16>,
}

#[derive(Clone, Debug, PartialEq)]
struct ClassMap {
    /// Our class code.
    class: u16,
    /// Values in a row of the peer.
    width: usize,
    /// For each of our values where it comes from.
    sources: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq)]
struct Strange {
    name: String,
    width: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// The peer's value of this number. Where it is NULL and ours cannot be: what lies below, else this value.
    Field(usize, Conversion, Option<Value>),
    /// The peer has no such field.
    Default(Value),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Conversion {
    Keep,
    Signed,
    Unsigned,
    Single,
}

impl Mapping {
    /// Compares `theirs` with `ours`. `E_IOT_INCOMPATIBLE_MODE` names class, field and both types where one cannot become the other.
    pub fn new(ours: &Dictionary, theirs: &Dictionary) -> Result<Mapping> {
        Mapping::compare(ours, theirs, Err)
    }

    /// The same between nodes that may pass rows on without being able to show them: classes that do not fit count as not shared.
    pub fn lenient(ours: &Dictionary, theirs: &Dictionary) -> Mapping {
        Mapping::compare(ours, theirs, |_| Ok(())).unwrap_or_default()
    }

    fn compare(ours: &Dictionary, theirs: &Dictionary, misfit: impl Fn(Error) -> Result<()>) -> Result<Mapping> {
        let mut mapping = Mapping::default();
        for peer in theirs.classes.iter().filter(|c| c.travel != Travel::Local) {
            let own = ours.class_named(&peer.name).filter(|c| c.travel != Travel::Local);
            match own.map(|own| ClassMap::new(own, peer)) {
                Some(Ok(map)) => {
                    mapping.shared.insert(map.class);
                    mapping.incoming.insert(peer.code, map);
                    continue;
                }
                Some(Err(error)) => misfit(error)?,
                None => {}
            }
            mapping.strange.insert(peer.code, Strange { name: peer.name.clone(), width: plain(peer).count() });
        }
        Ok(mapping)
    }

    /// Whether the peer can take rows of this class of ours.
    pub fn peer_knows(&self, class: u16) -> bool {
        self.shared.contains(&class)
    }

    /// Whether a change in the peer's terms is one that its schema allows: else `E_IOT_PROTOCOLERR`.
    pub fn check(&self, change: &Change) -> Result<()> {
        let class = change.class;
        let known = self.incoming.get(&class).map(|map| map.width);
        let Some(width) = known.or_else(|| self.strange.get(&class).map(|class| class.width)) else {
            return fail(Code::E_IOT_PROTOCOLERR, format!("sends rows of class {class}, which does not travel by its schema"));
        };
        match &change.state {
            State::Row(row) if row.len() != width => {
                let text = format!("sends a row of class {class} that has {} fields instead of {width}", row.len());
                fail(Code::E_IOT_PROTOCOLERR, text)
            }
            State::Row(_) | State::Removed => Ok(()),
        }
    }

    /// A change in the peer's terms becomes one in ours; it comes back as it is when the class has no counterpart here.
    pub fn translate(&self, change: Change) -> std::result::Result<Change, Change> {
        let Some(map) = self.incoming.get(&change.class) else { return Err(change) };
        let state = match change.state {
            State::Removed => State::Removed,
            State::Row(row) => State::Row(map.row(&row)),
        };
        Ok(Change { class: map.class, state, ..change })
    }

    /// Our code for a class of the peer; 0: it has no counterpart here.
    pub fn class(&self, theirs: u16) -> u16 {
        self.incoming.get(&theirs).map_or(0, |map| map.class)
    }

    /// Name of a class of the peer that has no counterpart here.
    pub fn name(&self, theirs: u16) -> &str {
        self.strange.get(&theirs).map_or("", |class| &class.name)
    }
}

impl ClassMap {
    fn new(own: &Class, peer: &Class) -> Result<ClassMap> {
        if own.travel != peer.travel {
            let text = format!(
                "class {} is {} here and {} at the peer; declare it alike in both schemas",
                own.name,
                travel_name(own.travel),
                travel_name(peer.travel)
            );
            return fail(Code::E_IOT_INCOMPATIBLE_MODE, text);
        }
        let theirs: Vec<&Field> = plain(peer).collect();
        let mut sources = Vec::new();
        for field in plain(own) {
            let source = match theirs.iter().position(|f| f.name == field.name) {
                None => Source::Default(field.initial()),
                Some(at) => {
                    let from = theirs.get(at).map_or(field.kind, |f| f.kind);
                    let Some(conversion) = conversion(from, field.kind) else {
                        let text = format!(
                            "class {}, field {}: {} here cannot hold the peer's {}; give the field types of one kind in both schemas",
                            own.name,
                            field.name,
                            type_name(field.kind),
                            type_name(from)
                        );
                        return fail(Code::E_IOT_INCOMPATIBLE_MODE, text);
                    };
                    Source::Field(at, conversion, (!field.nullable).then(|| field.initial()))
                }
            };
            sources.push(source);
        }
        Ok(ClassMap { class: own.code, width: theirs.len(), sources })
    }

    fn row(&self, row: &[Value]) -> Vec<Value> {
        let value = |source: &Source| match source {
            Source::Default(value) => value.clone(),
            Source::Field(at, conversion, else_value) => match (row.get(*at).unwrap_or(&Value::NULL), else_value) {
                (Value::Null(Some(below)), None) => Value::Null(Some(convert(below, *conversion).into())),
                (Value::Null(None), None) => Value::NULL,
                (Value::Null(None), Some(value)) => value.clone(),
                (value, _) => convert(value.shown().unwrap_or(value), *conversion),
            },
        };
        self.sources.iter().map(value).collect()
    }
}

/// Fields that travel: generated ones are the runtime's on each side.
fn plain(class: &Class) -> impl Iterator<Item = &Field> {
    class.fields.iter().filter(|f| f.role.travels())
}

fn conversion(from: FieldType, to: FieldType) -> Option<Conversion> {
    use FieldType::{
        AutoId, Binary, Char, Double, Enum, Float, NChar, NString, Numeric, Signed, String, Struct, Unsigned, VarBinary,
    };
    match (from, to) {
        (Signed(_), Unsigned(_)) => Some(Conversion::Unsigned),
        (Unsigned(_), Signed(_)) => Some(Conversion::Signed),
        (Double, Float) => Some(Conversion::Single),
        (Numeric { scale: a, .. }, Numeric { scale: b, .. }) => (a == b).then_some(Conversion::Keep),
        (Signed(_), Signed(_))
        | (Unsigned(_), Unsigned(_))
        | (Float, Float | Double)
        | (Char(_) | String, Char(_) | String)
        | (NChar(_) | NString, NChar(_) | NString)
        | (Binary(_) | VarBinary, Binary(_) | VarBinary)
        | (AutoId(_), AutoId(_))
        | (Enum(_), Enum(_))
        | (Struct(_), Struct(_)) => Some(Conversion::Keep),
        (a, b) => (a == b).then_some(Conversion::Keep),
    }
}

/// A value that does not fit stays as it is; the database then sets its row aside as out of range.
fn convert(value: &Value, conversion: Conversion) -> Value {
    let changed = match (conversion, value) {
        (Conversion::Signed, Value::UInt(n)) => i64::try_from(*n).ok().map(Value::Int),
        (Conversion::Unsigned, Value::Int(n)) => u64::try_from(*n).ok().map(Value::UInt),
        (Conversion::Single, Value::Real(x)) => single(*x).map(Value::Real),
        _ => None,
    };
    changed.unwrap_or_else(|| value.clone())
}

/// The nearest number that a float holds, unless the number is out of its range.
fn single(x: f64) -> Option<f64> {
    #[allow(clippy::cast_possible_truncation)]
    let near = f64::from(x as f32);
    (near.is_finite() || !x.is_finite()).then_some(near)
}

fn travel_name(travel: Travel) -> &'static str {
    match travel {
        Travel::Local => "an ordinary class",
        Travel::Up => "an uptable",
        Travel::Down => "a downtable",
    }
}

fn type_name(kind: FieldType) -> String {
    match kind {
        FieldType::Signed(n) => format!("signed<{n}>"),
        FieldType::Unsigned(n) => format!("unsigned<{n}>"),
        FieldType::Float => "float".into(),
        FieldType::Double => "double".into(),
        FieldType::Bool => "bool".into(),
        FieldType::Char(n) => format!("char<{n}>"),
        FieldType::NChar(n) => format!("nchar<{n}>"),
        FieldType::Binary(n) => format!("binary<{n}>"),
        FieldType::Ref(n) => format!("ref of {n} bytes"),
        FieldType::String => "string".into(),
        FieldType::NString => "nstring".into(),
        FieldType::VarBinary => "varbinary".into(),
        FieldType::Blob => "blob".into(),
        FieldType::Date => "date".into(),
        FieldType::Time => "time".into(),
        FieldType::DateTime => "datetime".into(),
        FieldType::Numeric { width, scale } => format!("numeric<{width},{scale}>"),
        FieldType::Enum(_) => "enum".into(),
        FieldType::Struct(_) => "struct".into(),
        FieldType::AutoId(_) => "autoid_t".into(),
        FieldType::Array(n) => format!("array of {n}"),
        FieldType::Vector => "vector".into(),
    }
}
