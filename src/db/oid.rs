//! Oids: ids that the program gives to objects, each to one object of the whole database.

use crate::base::{Code, Result, Value};
use crate::db::connection::table;
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::layout::{Row, Table};
use crate::db::pending::RowKey;
use crate::db::{Connection, CursorId, ObjectRef, coding};
use std::sync::Arc;

/// Stands for the oids of a class where the number of an index is told.
pub const OID_INDEX: u16 = 0xFFFD;

/// Oids are given and taken as a field of their kind holds them.
impl Connection {
    /// As [`Connection::new_object`] for a class with `oid`. `S_DUPLICATE`: an object of some class has this oid, there is no new one.
    pub fn new_with_oid(&mut self, class: u16, oid: Value) -> Result<ObjectRef> {
        self.writing(|connection| connection.create(class, Some(oid)))
    }

    /// The oid of an object; `E_ILLEGAL_PARAM` when its class has none.
    pub fn oid(&mut self, object: ObjectRef) -> Result<Value> {
        self.reading(|connection| {
            let at = connection.row_key(object)?;
            connection.fetch(at)?;
            let database = Arc::clone(&connection.database);
            let field = oid_field(table(&database, at.class)?)?;
            let row = connection.fetched(at);
            Ok(row.and_then(|row| row.values.get(usize::from(field)).cloned()).unwrap_or(Value::NULL))
        })
    }

    /// The object of a class with this oid; `S_NOTFOUND`.
    pub fn find_oid(&mut self, class: u16, oid: &Value) -> Result<ObjectRef> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let table = table(&database, class)?;
            let oid = fitted(table, oid)?;
            match connection.with_oid(table, &oid)? {
                Some(key) => connection.object_ref(class, key),
                None => Err(Code::S_NOTFOUND.into()),
            }
        })
    }

    /// The object of any class with this oid; `S_NOTFOUND`. [`ObjectRef::class`] is its class.
    pub fn find_in_all(&mut self, oid: &Value) -> Result<ObjectRef> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            // Oids are of the same kind in all classes.
            let any = database.layout.tables.iter().find(|table| table.oid.is_some());
            let found = any.map(|table| connection.holder(&fitted(table, oid)?)).transpose()?;
            match found.flatten() {
                Some(at) => connection.object_ref(at.class, at.key),
                None => Err(Code::S_NOTFOUND.into()),
            }
        })
    }

    /// Opens a cursor over the oids of a class, in the order of their bytes.
    pub fn open_oid(&mut self, cursor: CursorId, class: u16) -> Result<()> {
        self.reading(|connection| {
            oid_field(table(&connection.database, class)?)?;
            connection.open_oids(cursor, class)
        })
    }

    /// The field with the oid of a new object, and the oid, which no other object has.
    pub(in crate::db) fn free_oid(&mut self, table: &Table, oid: Option<Value>) -> Inner<Option<(u16, Value)>> {
        let Some(oid) = oid else {
            return match table.oid {
                None => Ok(None),
                Some(_) => fault(Code::E_ILLEGAL_PARAM, format!("an object of class '{}' needs an oid", table.class)),
            };
        };
        let field = oid_field(table)?;
        let oid = fitted(table, &oid)?;
        if self.holder(&oid)?.is_some() {
            self.last_unique = Some(OID_INDEX);
            return Err(Code::S_DUPLICATE.into());
        }
        Ok(Some((field, oid)))
    }

    /// The row of another class that has the oid of this one: no index of the engine keeps them apart.
    pub(in crate::db) fn elsewhere(&self, table: &Table, row: &Row) -> Inner<Option<RowKey>> {
        let Some(oid) = table.oid.and_then(|field| row.values.get(usize::from(field))) else { return Ok(None) };
        self.search_classes(oid, Some(table.code))
    }

    /// The object that has an oid.
    fn holder(&self, oid: &Value) -> Inner<Option<RowKey>> {
        self.search_classes(oid, None)
    }

    fn search_classes(&self, oid: &Value, but: Option<u16>) -> Inner<Option<RowKey>> {
        let tables = self.database.layout.tables.iter().filter(|table| table.oid.is_some() && Some(table.code) != but);
        for table in tables {
            if let Some(key) = self.with_oid(table, oid)? {
                return Ok(Some(RowKey { class: table.code, key }));
            }
        }
        Ok(None)
    }

    /// The object of a class that has an oid, new or stored.
    fn with_oid(&self, table: &Table, oid: &Value) -> Inner<Option<Key>> {
        if let Some(key) = self.transaction.as_ref().and_then(|open| open.pending.with_oid(table.code, oid)) {
            return Ok(Some(key));
        }
        let found = table.by_oid.as_ref().map(|scan| scan.equal(&self.engine, std::slice::from_ref(oid))).transpose()?;
        Ok(found.flatten().map(|spot| spot.key))
    }
}

/// The field with the oid: `E_ILLEGAL_PARAM` for a class without.
fn oid_field(table: &Table) -> Inner<u16> {
    match table.oid {
        Some(field) => Ok(field),
        None => fault(Code::E_ILLEGAL_PARAM, format!("class '{}' has no oid", table.class)),
    }
}

/// An oid in the form of its field.
fn fitted(table: &Table, oid: &Value) -> Inner<Value> {
    let kind = table.fields.get(usize::from(oid_field(table)?)).map(|column| column.kind);
    let mut oid = oid.clone();
    match kind.map(|kind| coding::fit(kind, &mut oid)) {
        Some(Ok(())) => Ok(oid),
        _ => fault(Code::E_ILLEGAL_PARAM, format!("this is no oid, of which class '{}' has {kind:?}", table.class)),
    }
}
