//! What has fields: an object, or a struct in it.

use crate::base::{Code, Result, Value, fail};
use crate::db::{Connection, ObjectRef};
use crate::schema::{Dictionary, Field, FieldType};

pub(crate) use super::mcogen::types::MCO_GEN_STRUCT as STRUCT;

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) object: ObjectRef,
    /// `None`: the object itself.
    pub(crate) inside: Option<Inside>,
}

/// A struct in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    /// Its position in the schema.
    pub(crate) structure: u16,
    /// Column of its first member.
    pub(crate) base: u16,
    /// Whether it was made by `write_handle`.
    pub(crate) writes: bool,
}

/// Refuses an element of a field that has none.
pub(crate) fn single(element: u32) -> Result<()> {
    if element == 0 {
        Ok(())
    } else {
        fail(Code::E_INDEXLIMIT, format!("the field is a single value, it has no element {element}"))
    }
}

impl Place {
    /// Code of the class, or [`STRUCT`] and the position of the struct.
    pub(crate) fn owner(self) -> u32 {
        self.inside.map_or(self.object.class.into(), |inside| STRUCT + u32::from(inside.structure))
    }

    /// The field with this number.
    pub(crate) fn field(self, dictionary: &Dictionary, number: u16) -> Option<&Field> {
        match self.inside {
            None => dictionary.class(self.object.class)?.field(number),
            Some(inside) => dictionary.structs.get(usize::from(inside.structure))?.fields.get(usize::from(number)),
        }
    }

    /// Type of the field with this number.
    pub(crate) fn kind(self, connection: &Connection, number: u16) -> Result<FieldType> {
        let found = self.field(connection.database().dictionary(), number);
        found.map_or_else(|| fail(Code::E_ILLEGAL_PARAM, format!("there is no field {number}")), |field| Ok(field.kind))
    }

    /// Content of a field. `E_EMPTYOPTIONAL`: the struct is not there.
    pub(crate) fn get(self, connection: &mut Connection, number: u16) -> Result<&Value> {
        let nullable = self.inside.is_none() || self.is_nullable(connection, number);
        let value = connection.value(self.object, self.column(number))?;
        if value.is_null() && !nullable {
            return fail(Code::E_EMPTYOPTIONAL, "the struct of this handle is not there any more");
        }
        Ok(value)
    }

    /// Changes a field.
    pub(crate) fn put(self, connection: &mut Connection, number: u16, value: Value) -> Result<()> {
        self.writable()?;
        connection.set_value(self.object, self.column(number), value)
    }

    /// Changes fields as by one put.
    pub(crate) fn put_all(self, connection: &mut Connection, values: Vec<(u16, Value)>) -> Result<()> {
        self.writable()?;
        let columns = values.into_iter().map(|(number, value)| (self.column(number), value));
        connection.set_values(self.object, columns.collect())
    }

    /// Makes a field NULL, or takes NULL away.
    pub(crate) fn put_null(self, connection: &mut Connection, number: u16, null: bool) -> Result<()> {
        self.writable()?;
        if !self.is_nullable(connection, number) {
            return fail(Code::E_ILLEGAL_PARAM, format!("field {number} is not nullable"));
        }
        connection.set_null(self.object, self.column(number), null)
    }

    /// The struct in a field. `E_EMPTYOPTIONAL`: it is not there, and is not to be written.
    pub(crate) fn enter(self, connection: &mut Connection, number: u16, writes: bool) -> Result<Place> {
        let FieldType::Struct(structure) = self.kind(connection, number)? else {
            return fail(Code::E_UDA_WRONG_VALUE_TYPE, format!("field {number} is no struct"));
        };
        let head = self.column(number);
        if writes {
            self.writable()?;
            connection.open_struct(self.object, head)?;
        } else if connection.value(self.object, head)?.is_null() {
            return fail(Code::E_EMPTYOPTIONAL, format!("the struct in field {number} was never written"));
        }
        Ok(Place { inside: Some(Inside { structure, base: head.saturating_add(1), writes }), ..self })
    }

    /// Takes the optional struct of a field away, or the content of a blob.
    pub(crate) fn erase(self, connection: &mut Connection, number: u16) -> Result<()> {
        self.writable()?;
        if self.kind(connection, number)? == FieldType::Blob {
            return connection.set_null(self.object, self.column(number), true);
        }
        connection.erase_struct(self.object, self.column(number))
    }

    /// Whether NULL is a value of the field.
    pub(crate) fn is_nullable(self, connection: &Connection, number: u16) -> bool {
        self.field(connection.database().dictionary(), number).is_some_and(|field| field.nullable)
    }

    fn column(self, number: u16) -> u16 {
        self.inside.map_or(number, |inside| inside.base.saturating_add(number))
    }

    fn writable(self) -> Result<()> {
        match self.inside {
            Some(Inside { writes: false, .. }) => fail(Code::E_ACCESS, "the handle of the struct is one for reading"),
            _ => Ok(()),
        }
    }
}
