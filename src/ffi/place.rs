//! What has fields: an object, or a struct in it.

use crate::base::{Code, Result, Value, fail};
use crate::db::{Connection, ObjectRef, Path, Spot};
use crate::schema::{Dictionary, Field, FieldType};
use std::borrow::Cow;

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
    /// The way to it, where it is in elements of lists.
    pub(crate) path: Path,
    /// Column of its first member there.
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

/// Number of an element.
pub(crate) fn index(element: u32) -> Result<u16> {
    let text = || format!("there is no element {element}");
    u16::try_from(element).or_else(|_| fail(Code::E_INDEXLIMIT, text()))
}

impl Place {
    /// Code of the class, or [`STRUCT`] and the position of the struct.
    pub(crate) fn owner(self) -> u32 {
        self.inside.map_or(self.object.class.into(), |inside| STRUCT + u32::from(inside.structure))
    }

    /// The field with this number.
    pub(crate) fn field(self, dictionary: &Dictionary, number: u16) -> Option<&Field> {
        match self.inside {
            None => dictionary.class(self.object.class)?.open_field(number),
            Some(inside) => dictionary.structs.get(usize::from(inside.structure))?.fields.get(usize::from(number)),
        }
    }

    /// Type of the field with this number.
    pub(crate) fn kind(self, connection: &Connection, number: u16) -> Result<FieldType> {
        let found = self.field(connection.database().dictionary(), number);
        found.map_or_else(|| fail(Code::E_ILLEGAL_PARAM, format!("there is no field {number}")), |field| Ok(field.kind))
    }

    /// Type of the elements of an array or vector.
    pub(crate) fn element_kind(self, connection: &Connection, number: u16) -> Result<FieldType> {
        let found = self.field(connection.database().dictionary(), number).and_then(|field| field.element);
        found.map_or_else(|| fail(Code::E_ILLEGAL_TYPE, format!("field {number} is no array or vector")), Ok)
    }

    /// Content of a field. `E_EMPTYOPTIONAL`, `E_EMPTYVECTOREL`: the struct is not there.
    pub(crate) fn get(self, connection: &mut Connection, number: u16) -> Result<Cow<'_, Value>> {
        let nullable = self.inside.is_none() || self.is_nullable(connection, number);
        let value = match self.in_list() {
            Some(_) => Cow::Owned(connection.member(self.spot(number))?),
            None => Cow::Borrowed(connection.value(self.object, self.column(number))?),
        };
        if value.is_null() && !nullable {
            return fail(Code::E_EMPTYOPTIONAL, "the struct of this handle is not there any more");
        }
        Ok(value)
    }

    /// Changes a field.
    pub(crate) fn put(self, connection: &mut Connection, number: u16, value: Value) -> Result<()> {
        self.writable()?;
        match self.in_list() {
            Some(path) => connection.put_members(self.object, path, vec![(self.column(number), value)]),
            None => connection.set_value(self.object, self.column(number), value),
        }
    }

    /// Changes fields as by one put.
    pub(crate) fn put_all(self, connection: &mut Connection, values: Vec<(u16, Value)>) -> Result<()> {
        self.writable()?;
        let columns = values.into_iter().map(|(number, value)| (self.column(number), value)).collect();
        match self.in_list() {
            Some(path) => connection.put_members(self.object, path, columns),
            None => connection.set_values(self.object, columns),
        }
    }

    /// Makes a field NULL, or takes NULL away.
    pub(crate) fn put_null(self, connection: &mut Connection, number: u16, null: bool) -> Result<()> {
        self.writable()?;
        if !self.is_nullable(connection, number) {
            return fail(Code::E_ILLEGAL_PARAM, format!("field {number} is not nullable"));
        }
        match self.in_list() {
            Some(_) => connection.set_member_null(self.spot(number), null),
            None => connection.set_null(self.object, self.column(number), null),
        }
    }

    /// Elements of an array or vector, one behind the other.
    pub(crate) fn put_elements(self, connection: &mut Connection, number: u16, start: u16, values: &mut [Value]) -> Result<()> {
        self.writable()?;
        connection.put_elements(self.spot(number), start, values)
    }

    /// Gives a vector so many new elements.
    pub(crate) fn alloc(self, connection: &mut Connection, number: u16, len: u16) -> Result<()> {
        self.writable()?;
        connection.alloc(self.spot(number), len)
    }

    /// The struct in a field, or in an element of it. `E_EMPTYOPTIONAL`, `E_EMPTYVECTOREL`: it is not there, and is not to be written.
    pub(crate) fn enter(self, connection: &mut Connection, number: u16, element: u32, writes: bool) -> Result<Place> {
        let field = self.field(connection.database().dictionary(), number);
        let Some((FieldType::Struct(structure), list)) = field.map(|f| (f.element.unwrap_or(f.kind), f.element.is_some())) else {
            return fail(Code::E_UDA_WRONG_VALUE_TYPE, format!("field {number} holds no struct"));
        };
        if writes {
            self.writable()?;
        }
        let (path, base) = if list {
            let path = self.path().step(self.column(number), index(element)?)?;
            if writes { connection.open_element(self.object, path) } else { connection.find_element(self.object, path) }?;
            (path, 0)
        } else {
            single(element)?;
            let head = self.spot(number);
            match (writes, self.in_list()) {
                (true, Some(_)) => connection.open_member(head)?,
                (true, None) => connection.open_struct(self.object, head.column)?,
                (false, _) if self.get(connection, number)?.is_null() => {
                    return fail(Code::E_EMPTYOPTIONAL, format!("the struct in field {number} was never written"));
                }
                (false, _) => {}
            }
            (head.path, head.column.saturating_add(1))
        };
        Ok(Place { inside: Some(Inside { structure, path, base, writes }), ..self })
    }

    /// Takes the optional struct of a field away, the content of a blob, or that of an element.
    pub(crate) fn erase(self, connection: &mut Connection, number: u16, element: u32) -> Result<()> {
        self.writable()?;
        let kind = self.kind(connection, number)?;
        if kind.is_list() {
            return connection.erase_element(self.spot(number), index(element)?);
        }
        single(element)?;
        match (kind, self.in_list()) {
            (FieldType::Blob, _) => connection.set_null(self.object, self.column(number), true),
            (_, Some(_)) => connection.erase_member(self.spot(number)),
            (_, None) => connection.erase_struct(self.object, self.column(number)),
        }
    }

    /// Where a field is.
    pub(crate) fn spot(self, number: u16) -> Spot {
        Spot { object: self.object, path: self.path(), column: self.column(number) }
    }

    /// Whether NULL is a value of the field.
    pub(crate) fn is_nullable(self, connection: &Connection, number: u16) -> bool {
        self.field(connection.database().dictionary(), number).is_some_and(|field| field.nullable)
    }

    fn path(self) -> Path {
        self.inside.map_or(Path::default(), |inside| inside.path)
    }

    /// The way to a struct in elements of lists.
    fn in_list(self) -> Option<Path> {
        self.inside.map(|inside| inside.path).filter(|path| !path.steps().is_empty())
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
