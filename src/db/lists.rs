//! Lists in objects: their elements, and the members of structs that are elements.

use crate::base::list::Shape;
use crate::base::{Code, Result, Value, fail};
use crate::db::coding::{self, Column};
use crate::db::connection::table;
use crate::db::fault::Inner;
use crate::db::structs::open_in;
use crate::db::{Connection, ObjectRef};
use crate::schema::{Dictionary, Field, FieldType};
use std::sync::Arc;

/// Most lists that a struct may lie in, each in an element of the one before.
pub const MAX_DEPTH: usize = 5;

/// The way from an object to a struct in lists: of each list, the outermost first, its column and the element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    steps: [(u16, u16); MAX_DEPTH],
    depth: usize,
}

/// A column of an object, or of the struct that a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The object.
    pub object: ObjectRef,
    /// Where the struct is; empty for the object itself.
    pub path: Path,
    /// The column there.
    pub column: u16,
}

impl Path {
    /// The steps, the outermost first.
    pub fn steps(&self) -> &[(u16, u16)] {
        self.steps.get(..self.depth).unwrap_or_default()
    }

    /// On into an element of a list; `E_UNSUPPORTED` behind [`MAX_DEPTH`] steps.
    pub fn step(mut self, column: u16, element: u16) -> Result<Path> {
        match self.steps.get_mut(self.depth) {
            Some(step) => *step = (column, element),
            None => return fail(Code::E_UNSUPPORTED, format!("structs may lie in {MAX_DEPTH} lists, one in the other")),
        }
        self.depth += 1;
        Ok(self)
    }
}

/// Every call but those of members: `E_ILLEGAL_TYPE` for a column that is no list, `E_INDEXLIMIT` for elements behind the last.
/// On the way to a struct: `E_EMPTYVECTOREL` and `E_EMPTYOPTIONAL` where there is none to be read; what writes makes it.
impl Connection {
    /// Number of elements.
    pub fn list_len(&mut self, spot: Spot) -> Result<u16> {
        self.look(spot, |level, values| level.list(values, spot.column)?.len())
    }

    /// An element that is a number or a text. `E_EMPTYVECTOREL` where no text was put.
    pub fn element(&mut self, spot: Spot, index: u16) -> Result<Value> {
        self.look(spot, |level, values| level.list(values, spot.column)?.get(index))
    }

    /// Numbers that stand one behind the other.
    pub fn elements(&mut self, spot: Spot, start: u16, count: u16) -> Result<Vec<Value>> {
        self.look(spot, |level, values| {
            let list = level.list(values, spot.column)?;
            let end = end(start, count.into(), list.len()?)?;
            (start..end).map(|index| list.get(index)).collect()
        })
    }

    /// Changes elements from `start` on, each a number or a text. `E_ILLEGAL_PARAM` for a value that does not fit.
    pub fn put_elements(&mut self, spot: Spot, start: u16, values: &mut [Value]) -> Result<()> {
        self.change(spot, |level, row| {
            let (list, shape) = level.list_mut(row, spot.column)?;
            let end = end(start, values.len(), shape.len(list)?)?;
            let field = level.field(spot.column)?;
            let kind = field.element.unwrap_or(FieldType::Vector);
            if values.iter_mut().any(|value| coding::fit(kind, value).is_err()) {
                let kind = level.dictionary.type_text(kind);
                return fail(
                    Code::E_ILLEGAL_PARAM,
                    format!("the value does not fit an element of '{}', which is {kind}", field.name),
                );
            }
            (start..end).zip(&*values).try_for_each(|(index, value)| shape.put(list, index, std::slice::from_ref(value)))
        })
    }

    /// Makes an element as if nothing had been put there: a number is 0.
    pub fn erase_element(&mut self, spot: Spot, index: u16) -> Result<()> {
        self.change(spot, |level, row| {
            let (list, shape) = level.list_mut(row, spot.column)?;
            shape.erase(list, index)
        })
    }

    /// Gives a vector so many new elements, whatever it had before. `E_ILLEGAL_TYPE` for an array.
    pub fn alloc(&mut self, spot: Spot, len: u16) -> Result<()> {
        self.change(spot, |level, row| {
            let (list, shape) = level.list_mut(row, spot.column)?;
            if shape.length.is_some() {
                return fail(Code::E_ILLEGAL_TYPE, "an array has the length that it has");
            }
            *list = shape.vector(len);
            Ok(())
        })
    }

    /// Content of a member of a struct.
    pub fn member(&mut self, spot: Spot) -> Result<Value> {
        self.look(spot, |_, values| match values.get(usize::from(spot.column)) {
            Some(value) => Ok(value.clone()),
            None => no_field(spot.column),
        })
    }

    /// Looks for the struct at the end of a path.
    pub fn find_element(&mut self, object: ObjectRef, path: Path) -> Result<()> {
        self.look(Spot { object, path, column: 0 }, |_, _| Ok(()))
    }

    /// Makes the struct at the end of a path be there, with the defaults of its members if it was not.
    pub fn open_element(&mut self, object: ObjectRef, path: Path) -> Result<()> {
        self.writing(|connection| match connection.find_element(object, path) {
            Ok(()) => Ok(()),
            Err(_) => connection.change_at(Spot { object, path, column: 0 }, |_, _| Ok(())),
        })
    }

    /// Changes members of a struct in a list as by one put. `E_ILLEGAL_PARAM` for a value that does not fit.
    pub fn put_members(&mut self, object: ObjectRef, path: Path, members: Vec<(u16, Value)>) -> Result<()> {
        self.change(Spot { object, path, column: 0 }, |level, values| {
            members.into_iter().try_for_each(|(number, value)| level.put(values, number, value))
        })
    }

    /// As [`Connection::set_null`] for a member of a struct in a list.
    pub fn set_member_null(&mut self, spot: Spot, null: bool) -> Result<()> {
        self.change(spot, |level, values| {
            let field = level.field(spot.column)?;
            if !level.takes_null(spot.column) {
                return fail(Code::E_ILLEGAL_PARAM, format!("'{}' is not nullable", field.name));
            }
            if !null {
                open_in(level.dictionary, level.fields, values, field.outer);
            }
            let absent = field.outer.and_then(|outer| values.get(usize::from(outer))).is_some_and(Value::is_null);
            let place = level.value_mut(values, spot.column)?;
            *place = match std::mem::replace(place, Value::NULL) {
                Value::Null(below) if !null => below.map_or_else(|| field.kind.zero(), |below| *below),
                value if null && !absent && !value.is_null() => Value::Null(Some(value.into())),
                value => value,
            };
            Ok(())
        })
    }

    /// As [`Connection::open_struct`] in a struct in a list.
    pub fn open_member(&mut self, spot: Spot) -> Result<()> {
        self.change(spot, |level, values| {
            open_in(level.dictionary, level.fields, values, Some(spot.column));
            Ok(())
        })
    }

    /// As [`Connection::erase_struct`] in a struct in a list.
    pub fn erase_member(&mut self, spot: Spot) -> Result<()> {
        self.change(spot, |level, values| {
            let field = level.field(spot.column)?;
            let (Some(members), true) = (level.dictionary.members(field.kind), field.nullable) else {
                return fail(Code::E_ILLEGAL_PARAM, format!("'{}' is no optional struct", field.name));
            };
            let columns = values.iter_mut().skip(spot.column.into()).take(members.len() + 1);
            columns.for_each(|value| *value = Value::NULL);
            Ok(())
        })
    }

    fn look<R>(&mut self, spot: Spot, act: impl FnOnce(Level<'_>, &[Value]) -> Result<R>) -> Result<R> {
        let database = Arc::clone(&self.database);
        let level = Level::of(&database.dictionary, spot.object.class)?;
        level.look(self.row(spot.object)?, spot.path.steps(), act)
    }

    fn change(&mut self, spot: Spot, act: impl FnOnce(Level<'_>, &mut [Value]) -> Result<()>) -> Result<()> {
        self.writing(|connection| connection.change_at(spot, act))
    }

    /// A put to the column of the outermost list.
    fn change_at(&mut self, spot: Spot, act: impl FnOnce(Level<'_>, &mut [Value]) -> Result<()>) -> Inner<()> {
        let at = self.row_key(spot.object)?;
        let database = Arc::clone(&self.database);
        let table = table(&database, at.class)?;
        let level = Level::of(&database.dictionary, at.class)?;
        let field = spot.path.steps().first().map_or(spot.column, |(column, _)| *column);
        level.field(field)?;
        self.before_put(table, at, &[field])?;
        self.open_heads(table, at, table.outer(field))?;
        self.change_row(at, field, |row| level.change(row, spot.path.steps(), act))?;
        self.after_put(table, at, &[field])
    }
}

/// What has columns: an object, or a struct in a list.
#[derive(Clone, Copy)]
struct Level<'d> {
    dictionary: &'d Dictionary,
    fields: &'d [Field],
}

/// A list to be read.
#[derive(Clone, Copy)]
struct List<'v> {
    shape: Shape,
    bytes: &'v [u8],
}

impl<'d> Level<'d> {
    fn of(dictionary: &'d Dictionary, class: u16) -> Result<Self> {
        match dictionary.class(class) {
            Some(class) => Ok(Level { dictionary, fields: &class.fields }),
            None => fail(Code::E_ILLEGAL_PARAM, format!("no class has the code {class}")),
        }
    }

    fn look<R>(self, values: &[Value], steps: &[(u16, u16)], act: impl FnOnce(Self, &[Value]) -> Result<R>) -> Result<R> {
        let Some(((column, element), steps)) = steps.split_first() else { return act(self, values) };
        let list = self.list(values, *column)?;
        let members = list.shape.values(list.bytes, *element)?;
        self.inner(*column)?.look(&members, steps, act)
    }

    fn change(
        self,
        values: &mut [Value],
        steps: &[(u16, u16)],
        act: impl FnOnce(Self, &mut [Value]) -> Result<()>,
    ) -> Result<()> {
        let Some(((column, element), steps)) = steps.split_first() else { return act(self, values) };
        let inner = self.inner(*column)?;
        let (list, shape) = self.list_mut(values, *column)?;
        let mut members = match shape.values(list, *element) {
            Err(error) if error.code == Code::E_EMPTYVECTOREL => inner.fields.iter().map(Field::initial).collect(),
            found => found?,
        };
        inner.change(&mut members, steps, act)?;
        shape.put(list, *element, &members)
    }

    /// Changes a member, in structs that are there afterwards.
    fn put(self, values: &mut [Value], number: u16, mut value: Value) -> Result<()> {
        let field = self.field(number)?;
        let fits = Column::of(field).fit(self.dictionary, &mut value).is_ok();
        if !fits || matches!(field.kind, FieldType::Struct(_)) || value.is_null() && !self.takes_null(number) {
            let kind = self.dictionary.type_text(field.kind);
            return fail(Code::E_ILLEGAL_PARAM, format!("the value does not fit '{}', which is {kind}", field.name));
        }
        open_in(self.dictionary, self.fields, values, field.outer);
        *self.value_mut(values, number)? = value;
        Ok(())
    }

    fn field(self, number: u16) -> Result<&'d Field> {
        self.fields.get(usize::from(number)).map_or_else(|| no_field(number), Ok)
    }

    /// The structs in a list.
    fn inner(self, column: u16) -> Result<Self> {
        match self.field(column)?.element.and_then(|element| self.dictionary.members(element)) {
            Some(fields) => Ok(Level { fields, ..self }),
            None => fail(Code::E_ILLEGAL_TYPE, format!("field {column} is no list of structs")),
        }
    }

    fn shape(self, column: u16) -> Result<Shape> {
        match self.field(column)?.list() {
            Some((shape, _)) => Ok(shape),
            None => fail(Code::E_ILLEGAL_TYPE, format!("field {column} is no array or vector")),
        }
    }

    fn list(self, values: &[Value], column: u16) -> Result<List<'_>> {
        let shape = self.shape(column)?;
        match values.get(usize::from(column)) {
            Some(Value::Bytes(bytes)) => Ok(List { shape, bytes }),
            _ => fail(Code::E_EMPTYOPTIONAL, "the struct of this list is not there"),
        }
    }

    /// A list in structs that are there afterwards.
    fn list_mut(self, values: &mut [Value], column: u16) -> Result<(&mut Box<[u8]>, Shape)> {
        let shape = self.shape(column)?;
        open_in(self.dictionary, self.fields, values, self.field(column)?.outer);
        match self.value_mut(values, column)? {
            Value::Bytes(bytes) => Ok((bytes, shape)),
            _ => fail(Code::E_CORE, "a list has no content"),
        }
    }

    fn value_mut(self, values: &mut [Value], column: u16) -> Result<&mut Value> {
        values.get_mut(usize::from(column)).map_or_else(|| no_field(column), Ok)
    }

    /// Whether the schema says that a member is nullable; it has NULL also where the optional struct around it is absent.
    fn takes_null(self, number: u16) -> bool {
        let declared = self.dictionary.member(self.fields, number).or_else(|| self.fields.get(usize::from(number)));
        declared.is_some_and(Field::has_indicator)
    }
}

impl List<'_> {
    fn len(self) -> Result<u16> {
        self.shape.len(self.bytes)
    }

    fn get(self, index: u16) -> Result<Value> {
        self.shape.get(self.bytes, index)
    }
}

/// A new struct as an element: these members in their order, the others with their defaults. For a struct in it stands 1 before its members, or
/// NULL where it is absent. `E_ILLEGAL_PARAM` for a value that does not fit.
pub fn new_element(dictionary: &Dictionary, element: FieldType, members: Vec<(u16, Value)>) -> Result<Vec<Value>> {
    let level = Level { dictionary, fields: dictionary.members(element).unwrap_or_default() };
    let mut values: Vec<Value> = level.fields.iter().map(Field::initial).collect();
    for (number, value) in members {
        let field = level.field(number)?;
        match field.kind {
            FieldType::Struct(_) if !value.is_null() => open_in(dictionary, level.fields, &mut values, Some(number)),
            FieldType::Struct(_) if field.nullable => {}
            _ => level.put(&mut values, number, value)?,
        }
    }
    Ok(values)
}

/// Makes what others have made a list as this field has them: `E_CONVERSION` when it is none, or an element does not fit.
pub(in crate::db) fn fit(dictionary: &Dictionary, kind: FieldType, element: FieldType, value: &mut Value) -> Result<(), Code> {
    let Value::Bytes(bytes) = value else { return Err(Code::E_CONVERSION) };
    let members = dictionary.members(element);
    let fits = |values: &mut [Value]| match (members, values) {
        (Some(members), values) => {
            let each = |(value, member): (&mut Value, &Field)| Column::of(member).fit(dictionary, value).is_ok();
            let fits = values.len() == members.len() && values.iter_mut().zip(members).all(each);
            dictionary.settle(members, values);
            fits
        }
        (None, [value]) => coding::fit(element, value).is_ok(),
        _ => false,
    };
    if kind.shape(element).fit(bytes, fits) { Ok(()) } else { Err(Code::E_CONVERSION) }
}

/// End of a range of elements.
fn end(start: u16, count: usize, len: u16) -> Result<u16> {
    let end = u16::try_from(count).ok().and_then(|count| start.checked_add(count)).filter(|end| *end <= len);
    end.map_or_else(|| fail(Code::E_INDEXLIMIT, format!("there are no {count} elements from {start} on, the list has {len}")), Ok)
}

fn no_field<T>(number: u16) -> Result<T> {
    fail(Code::E_ILLEGAL_PARAM, format!("there is no field {number}"))
}
