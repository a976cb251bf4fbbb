//! How rows of a peer's schema become rows of ours: classes and fields are matched by name.

use crate::base::list::{self, Shape};
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

#[derive(Clone, Debug, PartialEq)]
enum Conversion {
    Keep,
    Signed,
    Unsigned,
    Single,
    List(Elements),
}

/// What becomes of the elements of a list: of a number or a text, or of each column of a struct.
#[derive(Clone, Debug, PartialEq)]
struct Elements {
    /// Our form of it.
    shape: Shape,
    /// Values in an element of the peer.
    width: usize,
    sources: Vec<Source>,
}

/// Two schemas that are compared, and the class in question.
struct Schemas<'a> {
    ours: &'a Dictionary,
    theirs: &'a Dictionary,
    class: &'a str,
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
            match own.map(|own| ClassMap::new(ours, own, theirs, peer)) {
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
        let known = self.incoming.get(&class);
        let Some(width) = known.map(|map| map.width).or_else(|| self.strange.get(&class).map(|class| class.width)) else {
            return fail(Code::E_IOT_PROTOCOLERR, format!("sends rows of class {class}, which does not travel by its schema"));
        };
        match &change.state {
            State::Row(row) if row.len() != width => {
                let text = format!("sends a row of class {class} that has {} fields instead of {width}", row.len());
                fail(Code::E_IOT_PROTOCOLERR, text)
            }
            State::Row(row) if known.is_some_and(|map| !are_whole(&map.sources, row)) => {
                let text =
                    format!("sends a row of class {class} with an element of a list that has not the fields of its struct");
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
            State::Row(row) => State::Row(row_of(&map.sources, &row)),
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
    fn new(ours: &Dictionary, own: &Class, theirs: &Dictionary, peer: &Class) -> Result<ClassMap> {
        if own.travel != peer.travel {
            let text = format!(
                "class {} is {} here and {} at the peer; declare it alike in both schemas",
                own.name,
                travel_name(own.travel),
                travel_name(peer.travel)
            );
            return fail(Code::E_IOT_INCOMPATIBLE_MODE, text);
        }
        if own.oid().is_some() != peer.oid().is_some() {
            let [with, without] = if own.oid().is_some() { ["here", "at the peer"] } else { ["at the peer", "here"] };
            let text = format!(
                "class {}, field oid: objects have one {with}, not {without}; declare it alike in both schemas",
                own.name
            );
            return fail(Code::E_IOT_INCOMPATIBLE_MODE, text);
        }
        let (own_fields, fields): (Vec<&Field>, Vec<&Field>) = (plain(own).collect(), plain(peer).collect());
        let sources = Schemas { ours, theirs, class: &own.name }.sources(&own_fields, &fields, "")?;
        Ok(ClassMap { class: own.code, width: fields.len(), sources })
    }
}

impl Schemas<'_> {
    /// Where our values come from; `inside`: what stands in front of the names of the fields.
    fn sources(&self, own: &[&Field], peer: &[&Field], inside: &str) -> Result<Vec<Source>> {
        let source = |field: &&Field| match peer.iter().zip(0..).find(|(from, _)| from.name == field.name) {
            None => Ok(Source::Default(field.initial())),
            Some((from, at)) => {
                let name = format!("{inside}{}", field.name);
                match self.conversion(from, field, &name)? {
                    Some(conversion) => Ok(Source::Field(at, conversion, (!field.nullable).then(|| field.initial()))),
                    None => {
                        let (ours, theirs) = (self.ours.field_type_text(field), self.theirs.field_type_text(from));
                        let text = format!(
                            "class {}, field {name}: {ours} here cannot hold the peer's {theirs}; give the field types of one kind in \
                             both schemas",
                            self.class
                        );
                        fail(Code::E_IOT_INCOMPATIBLE_MODE, text)
                    }
                }
            }
        };
        own.iter().map(source).collect()
    }

    fn conversion(&self, from: &Field, to: &Field, name: &str) -> Result<Option<Conversion>> {
        match (from.list(), to.list()) {
            (None, None) => Ok(conversion(from.kind, to.kind)),
            (Some(from), Some(to)) => self.list(from, to, name),
            _ => Ok(None),
        }
    }

    /// An array may be longer here, or shorter, which its rows decide.
    fn list(
        &self,
        (theirs, from): (Shape, FieldType),
        (shape, to): (Shape, FieldType),
        name: &str,
    ) -> Result<Option<Conversion>> {
        if theirs.length.is_some() != shape.length.is_some() {
            return Ok(None);
        }
        let (width, sources, same) = match (self.theirs.members(from), self.ours.members(to)) {
            (Some(peer), Some(own)) => {
                let alike = |(a, b): (&Field, &Field)| b.nullable || !a.nullable;
                let alike = peer.len() == own.len() && peer.iter().zip(own).all(alike);
                let [own, peer] = [own, peer].map(|fields| fields.iter().collect::<Vec<&Field>>());
                (peer.len(), self.sources(&own, &peer, &format!("{name}."))?, alike)
            }
            _ => match conversion(from, to) {
                Some(conversion) => (1, vec![Source::Field(0, conversion, Some(to.zero()))], true),
                None => return Ok(None),
            },
        };
        let stays = |(source, at): (&Source, usize)| matches!(source, Source::Field(from, Conversion::Keep, _) if *from == at);
        let same = same && theirs == shape && sources.iter().zip(0..).all(stays);
        Ok(Some(if same { Conversion::Keep } else { Conversion::List(Elements { shape, width, sources }) }))
    }
}

/// Our values out of the peer's.
fn row_of(sources: &[Source], row: &[Value]) -> Vec<Value> {
    let value = |source: &Source| match source {
        Source::Default(value) => value.clone(),
        Source::Field(at, conversion, else_value) => match (row.get(*at).unwrap_or(&Value::NULL), else_value) {
            (Value::Null(Some(below)), None) => Value::Null(Some(convert(below, conversion).into())),
            (Value::Null(None), None) => Value::NULL,
            (Value::Null(None), Some(value)) => value.clone(),
            (value, _) => convert(value.shown().unwrap_or(value), conversion),
        },
    };
    sources.iter().map(value).collect()
}

/// Whether what is to be converted has in each element of its lists as many values as the peer's schema says.
fn are_whole(sources: &[Source], row: &[Value]) -> bool {
    sources.iter().all(|source| match source {
        Source::Field(at, Conversion::List(Elements { width, sources, .. }), _) => match row.get(*at).and_then(Value::shown) {
            Some(Value::Bytes(bytes)) => list::all(bytes, |values| values.len() == *width && are_whole(sources, values)),
            _ => true,
        },
        _ => true,
    })
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
fn convert(value: &Value, conversion: &Conversion) -> Value {
    let changed = match (conversion, value) {
        (Conversion::Signed, Value::UInt(n)) => i64::try_from(*n).ok().map(Value::Int),
        (Conversion::Unsigned, Value::Int(n)) => u64::try_from(*n).ok().map(Value::UInt),
        (Conversion::Single, Value::Real(x)) => single(*x).map(Value::Real),
        (Conversion::List(Elements { shape, sources, .. }), Value::Bytes(list)) => {
            shape.convert(list, |values| Some(row_of(sources, values))).map(Value::Bytes)
        }
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
