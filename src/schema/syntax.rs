//! What the parser makes of the tokens: the statements as written, not yet compared with each other.

use super::dictionary::{EventKind, FieldType, IndexKind};
use super::source::Place;
use crate::base::Role;
use std::rc::Rc;

/// A name and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: Rc<str>,
    pub(super) place: Place,
}

/// All statements of a schema.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// Names after `declare database`.
    pub(super) databases: Vec<Name>,
    /// Places of `declare auto_oid`.
    pub(super) auto_oids: Vec<Place>,
    /// Structs after `declare oid`.
    pub(super) oids: Vec<Name>,
    pub(super) nodes: Vec<NodeSyntax>,
    pub(super) enums: Vec<EnumSyntax>,
    pub(super) classes: Vec<ClassSyntax>,
    pub(super) structs: Vec<StructSyntax>,
    /// All names that are unique in the schema, in the order of declaration, with what they are.
    pub(super) names: Vec<(Name, &'static str)>,
    /// A statement outside classes could not be read: what seems to be missing may be in it.
    pub(super) damaged: bool,
}

/// An `iot` statement.
#[derive(Debug)]
pub(super) struct NodeSyntax {
    pub(super) place: Place,
    pub(super) role: Role,
    pub(super) agent: Option<Number>,
    pub(super) level: Option<Number>,
}

/// A number as written.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) text: String,
    /// Its value if it is an integer.
    pub(super) integer: Option<i128>,
    pub(super) place: Place,
}

/// An enum.
#[derive(Debug)]
pub(super) struct EnumSyntax {
    pub(super) name: Name,
    pub(super) constants: Vec<(Name, Option<Number>)>,
}

/// A struct.
#[derive(Debug)]
pub(super) struct StructSyntax {
    pub(super) name: Name,
    pub(super) direct: bool,
    pub(super) fields: Vec<FieldSyntax>,
    /// Part of it could not be read: what seems to be missing may be there.
    pub(super) damaged: bool,
}

/// A class.
#[derive(Debug)]
pub(super) struct ClassSyntax {
    pub(super) name: Name,
    pub(super) up: bool,
    pub(super) down: bool,
    pub(super) persistent: bool,
    pub(super) transient: Option<Place>,
    pub(super) fields: Vec<FieldSyntax>,
    pub(super) indexes: Vec<IndexSyntax>,
    pub(super) events: Vec<EventSyntax>,
    /// Places of `list`.
    pub(super) lists: Vec<Place>,
    /// Places of `autoid`.
    pub(super) autoids: Vec<Place>,
    /// Places of `oid`.
    pub(super) oids: Vec<Place>,
    /// Part of it could not be read: what seems to be missing may be there.
    pub(super) damaged: bool,
}

/// A field.
#[derive(Debug)]
pub(super) struct FieldSyntax {
    pub(super) name: Name,
    /// Type of the field, of its elements if it is a list.
    pub(super) kind: TypeSyntax,
    pub(super) list: Option<ListSyntax>,
    /// Place of `nullable`.
    pub(super) nullable: Option<Place>,
    /// Place of `optional`.
    pub(super) optional: Option<Place>,
    pub(super) default: Option<DefaultSyntax>,
}

/// Type of a field as written.
#[derive(Clone, Debug)]
pub(super) enum TypeSyntax {
    /// One of the language's own.
    Known(FieldType),
    /// Enum or struct.
    Named(Name),
    /// `autoid_t<Class>`
    AutoIdOf(Name),
    /// `ref`
    Ref(Place),
    /// Has been reported.
    Bad,
}

/// What makes a field an array or a vector.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListSyntax {
    /// Array or vector.
    pub(super) kind: FieldType,
    pub(super) place: Place,
}

/// A default as written.
#[derive(Clone, Debug)]
pub(super) enum DefaultSyntax {
    Number(Number),
    Name(Name),
}

/// An index.
#[derive(Debug)]
pub(super) struct IndexSyntax {
    pub(super) name: Name,
    pub(super) kind: IndexKind,
    pub(super) unique: bool,
    pub(super) voluntary: bool,
    pub(super) keys: Vec<KeySyntax>,
}

/// An event.
#[derive(Debug)]
pub(super) struct EventSyntax {
    pub(super) name: Name,
    pub(super) kind: EventSyntaxKind,
}

/// What an event tells of, as written.
#[derive(Debug)]
pub(super) enum EventSyntaxKind {
    Known(EventKind),
    /// The name before `update`.
    FieldUpdate(Name),
}

/// A field in an index.
#[derive(Debug)]
pub(super) struct KeySyntax {
    pub(super) field: Name,
    /// The name behind a point.
    pub(super) member: Option<Name>,
    pub(super) descending: bool,
}
