//! Structs in objects: the field of the struct says whether it is there, its members are columns of their own.

use crate::base::{Code, Result, Value};
use crate::db::coding::Column;
use crate::db::connection::table;
use crate::db::fault::{Inner, fault};
use crate::db::layout::Table;
use crate::db::pending::RowKey;
use crate::db::{Connection, ObjectRef};
use crate::schema::{Dictionary, Field, FieldType};
use std::sync::Arc;

impl Connection {
    /// Makes the struct of this field be there, with the defaults of its members if it was not, and all structs around it.
    pub fn open_struct(&mut self, object: ObjectRef, field: u16) -> Result<()> {
        self.writing(|connection| {
            let at = connection.row_key(object)?;
            connection.open_at(at, field)
        })
    }

    /// Takes an optional struct away. `E_ILLEGAL_PARAM` for a field that is none.
    pub fn erase_struct(&mut self, object: ObjectRef, field: u16) -> Result<()> {
        self.writing(|connection| {
            let at = connection.row_key(object)?;
            let dictionary = Arc::clone(&connection.database.dictionary);
            let Some((Field { nullable: true, .. }, members)) = head(&dictionary, at.class, field) else {
                return fault(Code::E_ILLEGAL_PARAM, format!("field {field} of class {} is no optional struct", at.class));
            };
            let database = Arc::clone(&connection.database);
            let table = table(&database, at.class)?;
            connection.before_put(table, at, &[field])?;
            let mut columns = field..=field.saturating_add(members);
            columns.try_for_each(|column| connection.put(table, at, column, Value::NULL))?;
            connection.after_put(table, at, &[field])
        })
    }

    /// Whether NULL is to be written to a nullable column: a member of an absent struct has it already, and one that only the absence of its
    /// struct makes NULL does not take it: `E_ILLEGAL_PARAM`.
    pub(in crate::db) fn takes_null(&mut self, at: RowKey, field: u16, column: Column) -> Inner<bool> {
        let Some(outer) = column.outer else { return Ok(true) };
        self.fetch(at)?;
        if self.fetched(at).and_then(|row| row.values.get(usize::from(outer))).is_none_or(Value::is_null) {
            return Ok(false);
        }
        let dictionary = &self.database.dictionary;
        match dictionary.class(at.class).and_then(|class| dictionary.member(&class.fields, field)) {
            Some(member) if member.nullable => Ok(true),
            _ => fault(Code::E_ILLEGAL_PARAM, format!("field {field} of class {} is not nullable where its struct is", at.class)),
        }
    }

    /// As [`Self::open_struct`]: a put to the field of the struct, unless it is there.
    pub(in crate::db) fn open_at(&mut self, at: RowKey, field: u16) -> Inner<()> {
        if self.has_struct(at, field)? {
            return Ok(());
        }
        let database = Arc::clone(&self.database);
        let table = table(&database, at.class)?;
        self.before_put(table, at, &[field])?;
        self.open_heads(table, at, Some(field))?;
        self.after_put(table, at, &[field])
    }

    /// Opens the structs around a column, the outermost first; `inner` is the field of the innermost.
    pub(in crate::db) fn open_heads(&mut self, table: &Table, at: RowKey, inner: Option<u16>) -> Inner<()> {
        let Some(inner) = inner else { return Ok(()) };
        if self.has_struct(at, inner)? {
            return Ok(());
        }
        let dictionary = Arc::clone(&self.database.dictionary);
        let Some((field, _)) = head(&dictionary, at.class, inner) else { return Ok(()) };
        self.open_heads(table, at, field.outer)?;
        let FieldType::Struct(number) = field.kind else { return Ok(()) };
        self.put(table, at, inner, field.kind.zero())?;
        let members = dictionary.structs.get(usize::from(number)).map_or(&[][..], |found| &found.fields);
        let columns = (inner.saturating_add(1)..).zip(members);
        columns.into_iter().try_for_each(|(column, member)| self.put(table, at, column, member.initial()))
    }

    /// Whether the struct of a field is there; so is a field of another kind, or none.
    fn has_struct(&mut self, at: RowKey, field: u16) -> Inner<bool> {
        self.fetch(at)?;
        Ok(self.fetched(at).and_then(|row| row.values.get(usize::from(field))).is_none_or(|head| !head.is_null()))
    }
}

/// Opens the structs around a column among the values of a struct in a list, the outermost first; `inner` is the field of the innermost.
pub(in crate::db) fn open_in(dictionary: &Dictionary, fields: &[Field], values: &mut [Value], inner: Option<u16>) {
    let Some((inner, field)) = inner.and_then(|inner| Some((usize::from(inner), fields.get(usize::from(inner))?))) else {
        return;
    };
    let absent = values.get(inner).is_some_and(Value::is_null);
    if let (true, Some(members)) = (absent, dictionary.members(field.kind)) {
        open_in(dictionary, fields, values, field.outer);
        let fresh = [field.kind.zero()].into_iter().chain(members.iter().map(Field::initial));
        values.iter_mut().skip(inner).zip(fresh).for_each(|(place, value)| *place = value);
    }
}

/// The field of a struct, and the number of its members.
fn head(dictionary: &Dictionary, class: u16, field: u16) -> Option<(&Field, u16)> {
    let found = dictionary.class(class)?.field(field)?;
    let FieldType::Struct(number) = found.kind else { return None };
    let members = dictionary.structs.get(usize::from(number))?.fields.len();
    Some((found, u16::try_from(members).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{OpenOptions, Priority, Storage, TransactionKind, close, open};
    use crate::schema::{canonical, compile_text};

    const SCHEMA: &str = "declare database nulls; struct Spot { double x; nullable bool b; };
        class Line { optional Spot spot; signed<4> n; list; };";

    /// NULL is no content of a member but where its struct is absent, or where the struct itself says so.
    #[test]
    fn null_neither_makes_a_struct_nor_hides_its_members() {
        let dictionary = compile_text(SCHEMA).unwrap();
        let text = canonical(&dictionary);
        let options = OpenOptions::new("nulls in structs", Storage::Memory { limit_bytes: 0 });
        let database = open(Arc::new(dictionary), &text, options).unwrap();
        let mut c = database.connect().unwrap();
        let there = |x| vec![Value::UInt(1), Value::Real(x), Value::NULL, Value::Int(0)];
        for together in [false, true] {
            let put = |c: &mut Connection, object, field, value| {
                if together { c.set_values(object, vec![(field, value)]) } else { c.set_value(object, field, value) }
            };
            c.begin(TransactionKind::ReadWrite, Priority(0)).unwrap();
            let line = c.new_object(1).unwrap();
            for member in [1, 2] {
                put(&mut c, line, member, Value::NULL).unwrap();
                assert_eq!(c.row(line).unwrap(), [Value::NULL, Value::NULL, Value::NULL, Value::Int(0)]);
            }
            put(&mut c, line, 1, Value::Real(2.5)).unwrap();
            put(&mut c, line, 2, Value::NULL).unwrap();
            assert_eq!(c.row(line).unwrap(), there(2.5));
            assert_eq!(put(&mut c, line, 1, Value::NULL).unwrap_err().code, Code::E_ILLEGAL_PARAM);
            c.rollback().unwrap();
        }
        drop(c);
        close(database.name()).unwrap();
    }
}
