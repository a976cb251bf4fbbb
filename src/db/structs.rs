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
        match dictionary.class(at.class).and_then(|class| dictionary.member(class, field)) {
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

/// The field of a struct, and the number of its members.
fn head(dictionary: &Dictionary, class: u16, field: u16) -> Option<(&Field, u16)> {
    let found = dictionary.class(class)?.field(field)?;
    let FieldType::Struct(number) = found.kind else { return None };
    let members = dictionary.structs.get(usize::from(number))?.fields.len();
    Some((found, u16::try_from(members).ok()?))
}
