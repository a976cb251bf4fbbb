//! The checked schema: what the compiler makes of a text, what the database is built from, what peers compare.

use crate::base::{AgentId, Level, Role, Value, ValueKind};

/// A whole schema. Class codes count from 1, field numbers from 0 within their class, index numbers from 0 over the
/// whole schema, all in the order of declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Dictionary {
    /// Name after `declare database`; names the generated files too.
    pub database: String,
    /// The `iot` statement, if there is one.
    pub node: Option<Node>,
    /// Whether every object gets an id that is unique in the database (declared, or because a class travels).
    pub auto_oid: bool,
    /// Position of the struct after `declare oid`; a [`FieldType::Ref`] holds a value of it.
    pub oid: Option<u16>,
    /// All enums.
    pub enums: Vec<Enum>,
    /// All structs; a [`FieldType::Struct`] names the position.
    pub structs: Vec<Struct>,
    /// All classes; class code c is at position c - 1.
    pub classes: Vec<Class>,
    /// All tree and hash indexes; the index number is the position.
    pub indexes: Vec<Index>,
    /// All events; event number n is at position n - 1.
    pub events: Vec<Event>,
}

/// The `iot` statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Server, router or device.
    pub role: Role,
    /// Agent id of the schema; the database parameters may override it.
    pub agent: AgentId,
    /// Level of the schema; the database parameters may override a router's.
    pub level: Level,
}

/// Which way the rows of a class travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Travel {
    /// They never leave their node.
    Local,
    /// `uptable`: towards the server.
    Up,
    /// `downtable`: from the server to devices.
    Down,
}

/// One class, a table of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name; the table has the same.
    pub name: String,
    /// Number in the generated code, from 1.
    pub code: u16,
    /// Which way its rows travel.
    pub travel: Travel,
    /// Whether rows survive closing, where the database has a file. Always true for classes that travel.
    pub persistent: bool,
    /// All fields, generated ones included (last, unless declared), each a column: behind a field of a struct type stand those of its
    /// members, named `field.member`.
    pub fields: Vec<Field>,
    /// Numbers of its indexes in [`Dictionary::indexes`].
    pub indexes: Vec<u16>,
    /// Numbers of its events.
    pub events: Vec<u16>,
    /// Whether it has a `list` statement.
    pub list: bool,
    /// Whether it has an `autoid` statement.
    pub autoid: bool,
}

/// A struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Its name.
    pub name: String,
    /// Whether the generated code has a C struct with all members.
    pub direct: bool,
    /// Its members, in the form of [`Class::fields`]; in a class they stand in this order behind the field of this type.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name; the column has the same.
    pub name: String,
    /// Its type.
    pub kind: FieldType,
    /// Type of the elements of an array or vector; `None` for all other fields.
    pub element: Option<FieldType>,
    /// Whether it may have no value. Of a struct: it is optional.
    pub nullable: bool,
    /// Number of the field of a struct type whose member this is; `None` for what a class or struct itself declares.
    pub outer: Option<u16>,
    /// What `X_new` sets; `None` stands for NULL where that can be, else for 0, false or empty.
    pub default: Option<Value>,
    /// Set where it is not the application that fills it by puts.
    pub role: FieldRole,
}

/// What a field means to the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldRole {
    /// The application's own.
    Plain,
    /// `agent_id` of a server: origin of an uptable row, receiver of a downtable row.
    AgentId,
    /// `src_agent_id` of a router: origin.
    SrcAgentId,
    /// `dst_agent_id` of a router: receiver.
    DstAgentId,
    /// The oid of the object, which its creator gives once: the last field of a class with `oid`, and no declared one.
    Oid,
}

impl FieldRole {
    /// Whether it is the sender of a row that fills the field.
    pub fn travels(self) -> bool {
        matches!(self, FieldRole::Plain | FieldRole::Oid)
    }
}

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// `signed<bytes>`
    Signed(u8),
    /// `unsigned<bytes>`
    Unsigned(u8),
    /// `float`
    Float,
    /// `double`
    Double,
    /// `bool`
    Bool,
    /// `char<n>`: n bytes
    Char(u16),
    /// `nchar<n>`: n 2-byte characters
    NChar(u16),
    /// `binary<n>`: n bytes
    Binary(u16),
    /// `ref`: an oid, so many bytes
    Ref(u16),
    /// `string`
    String,
    /// `nstring`
    NString,
    /// `varbinary`
    VarBinary,
    /// `blob`; its field is always nullable: NULL until it is written
    Blob,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `datetime`
    DateTime,
    /// `numeric<width, scale>`
    Numeric {
        /// Decimal digits, 1..=18.
        width: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// An enum: position in [`Dictionary::enums`].
    Enum(u16),
    /// A struct: position in [`Dictionary::structs`]. The field itself holds 1 where the struct is there.
    Struct(u16),
    /// `autoid_t`, or `autoid_t<Class>` with the class code.
    AutoId(Option<u16>),
    /// `T name[n]`: n elements of the type in [`Field::element`].
    Array(u16),
    /// `vector<T>`: elements of the type in [`Field::element`].
    Vector,
}

/// One enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// Constants with their values, in order of declaration.
    pub constants: Vec<(String, i32)>,
}

/// How an index finds its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// Ordered.
    Tree,
    /// Exact match only.
    Hash,
}

/// Most fields of one index.
pub const MAX_KEYS: usize = 32;

/// One tree or hash index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name, unique in its class.
    pub name: String,
    /// Code of its class.
    pub class: u16,
    /// Tree or hash.
    pub kind: IndexKind,
    /// Whether two objects may not have the same key.
    pub unique: bool,
    /// Whether it is there only after the program has created it.
    pub voluntary: bool,
    /// Key fields in order.
    pub keys: Vec<Key>,
}

/// One field of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Number of the field in its class.
    pub field: u16,
    /// Falling order.
    pub descending: bool,
}

/// One event: something that happens to the objects of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name, unique in the database.
    pub name: String,
    /// Code of its class.
    pub class: u16,
    /// What happens.
    pub kind: EventKind,
}

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// `new`: a new object has entered the indexes.
    New,
    /// `delete`: an object is about to go.
    Delete,
    /// `delete_all`: all objects of the class are about to go.
    DeleteAll,
    /// `checkpoint`: a new or changed object is about to enter the indexes.
    Checkpoint,
    /// `update`: a put to any field.
    Update,
    /// `f update`: a put to the field with this number.
    FieldUpdate(u16),
}

impl Dictionary {
    /// The class with this code.
    pub fn class(&self, code: u16) -> Option<&Class> {
        self.classes.get(usize::from(code.checked_sub(1)?))
    }

    /// The class with this name.
    pub fn class_named(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.name == name)
    }

    /// A member of a struct among the fields of a class or of another struct, as its struct declares it.
    pub fn member(&self, fields: &[Field], field: u16) -> Option<&Field> {
        let outer = fields.get(usize::from(field))?.outer?;
        let members = self.members(fields.get(usize::from(outer))?.kind)?;
        members.get(usize::from(field.checked_sub(outer)?.checked_sub(1)?))
    }

    /// Makes structs and their members agree in the values of fields that come from another schema: without the struct there are no
    /// members, with it those that are missing get their defaults.
    pub fn settle(&self, fields: &[Field], row: &mut [Value]) {
        for (at, field) in (0_u16..).zip(fields) {
            let Some(outer) = field.outer else { continue };
            let without = row.get(usize::from(outer)).is_none_or(Value::is_null);
            let Some(value) = row.get_mut(usize::from(at)) else { continue };
            if without {
                *value = Value::NULL;
            } else if let (true, Some(member)) = (value.is_null(), self.member(fields, at))
                && !member.nullable
            {
                *value = member.initial();
            }
        }
    }

    /// The index with this number.
    pub fn index(&self, number: u16) -> Option<&Index> {
        self.indexes.get(usize::from(number))
    }

    /// The event with this number.
    pub fn event(&self, number: u16) -> Option<&Event> {
        self.events.get(usize::from(number.checked_sub(1)?))
    }

    /// Number of the event with this name.
    pub fn event_named(&self, name: &str) -> Option<u16> {
        let at = self.events.iter().position(|event| event.name == name)?;
        u16::try_from(at).ok()?.checked_add(1)
    }
}

impl Class {
    /// The field with this number.
    pub fn field(&self, number: u16) -> Option<&Field> {
        self.fields.get(usize::from(number))
    }

    /// The field with this number, if programs get and put it like any other.
    pub fn open_field(&self, number: u16) -> Option<&Field> {
        self.field(number).filter(|field| field.role != FieldRole::Oid)
    }

    /// The fields that the class declares, with their numbers: no members of structs, no oid.
    pub fn declared(&self) -> impl Iterator<Item = (u16, &Field)> {
        declared(&self.fields)
    }

    /// Number of the field with the oid.
    pub fn oid(&self) -> Option<u16> {
        let last = self.fields.len().checked_sub(1)?;
        let (at, field) = (u16::try_from(last).ok()?, self.fields.get(last)?);
        (field.role == FieldRole::Oid).then_some(at)
    }

    /// Number of the declared field that a field belongs to.
    pub fn declared_of(&self, field: u16) -> u16 {
        let mut found = field;
        while let Some(outer) = self.field(found).and_then(|field| field.outer) {
            found = outer;
        }
        found
    }

    /// Number of the field with this name.
    pub fn field_named(&self, name: &str) -> Option<u16> {
        self.fields.iter().position(|field| field.name == name).and_then(|i| u16::try_from(i).ok())
    }
}

impl Struct {
    /// The members that the struct declares, with their numbers: no members of members.
    pub fn declared(&self) -> impl Iterator<Item = (u16, &Field)> {
        declared(&self.fields)
    }
}

fn declared(fields: &[Field]) -> impl Iterator<Item = (u16, &Field)> {
    (0..).zip(fields).filter(|(_, field)| field.outer.is_none() && field.role != FieldRole::Oid)
}

impl Field {
    /// Whether `X_fixed` has a member for it: fields of fixed size, arrays of them, but bits have no size of their own in C.
    pub fn is_fixed(&self) -> bool {
        match (self.kind, self.element) {
            (FieldType::Array(_), Some(element)) => element.is_fixed() && element != FieldType::Bool,
            (kind, _) => kind.is_fixed(),
        }
    }

    /// Whether the schema says `nullable`, so that there is an indicator.
    pub fn has_indicator(&self) -> bool {
        self.nullable && !matches!(self.kind, FieldType::Struct(_) | FieldType::Blob)
    }

    /// What it holds in a new object.
    pub fn initial(&self) -> Value {
        let nothing = || if self.nullable { Value::NULL } else { self.kind.zero() };
        self.default.clone().unwrap_or_else(nothing)
    }
}

impl FieldType {
    /// Whether it is an array or a vector.
    pub fn is_list(self) -> bool {
        matches!(self, FieldType::Array(_) | FieldType::Vector)
    }

    /// Whether values are texts: in C a pointer and a length.
    pub fn is_text(self) -> bool {
        use FieldType::{Binary, Char, NChar, NString, String, VarBinary};
        matches!(self, Char(_) | NChar(_) | Binary(_) | String | NString | VarBinary)
    }

    /// Whether a single value has a fixed size in C.
    fn is_fixed(self) -> bool {
        use FieldType::{Blob, NString, String, Struct, VarBinary};
        !self.is_list() && !matches!(self, String | NString | VarBinary | Blob | Struct(_))
    }

    /// Which variant of [`Value`] holds it.
    pub fn value_kind(self) -> ValueKind {
        match self {
            FieldType::Signed(_) | FieldType::Numeric { .. } | FieldType::Enum(_) => ValueKind::Int,
            FieldType::Unsigned(_)
            | FieldType::Bool
            | FieldType::Date
            | FieldType::Time
            | FieldType::DateTime
            | FieldType::AutoId(_)
            | FieldType::Struct(_) => ValueKind::UInt,
            FieldType::Float | FieldType::Double => ValueKind::Real,
            FieldType::Char(_)
            | FieldType::NChar(_)
            | FieldType::Binary(_)
            | FieldType::Ref(_)
            | FieldType::String
            | FieldType::NString
            | FieldType::VarBinary
            | FieldType::Blob
            | FieldType::Array(_)
            | FieldType::Vector => ValueKind::Bytes,
        }
    }

    /// What a field of this type holds when nothing was put.
    pub fn zero(self) -> Value {
        match self.value_kind() {
            ValueKind::UInt if matches!(self, FieldType::Struct(_)) => Value::UInt(1),
            ValueKind::Int => Value::Int(0),
            ValueKind::UInt => Value::UInt(0),
            ValueKind::Real => Value::Real(0.0),
            ValueKind::Bytes => Value::Bytes(Box::default()),
        }
    }
}
