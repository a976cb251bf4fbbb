//! Objects: making, reading, changing, deleting, finding.

use crate::base::{AgentId, Code, Identity, Result, Value};
use crate::db::coding::{self, Coding, Column};
use crate::db::connection::{scan, table};
use crate::db::fault::{Inner, damaged, fault};
use crate::db::keys::Key;
use crate::db::layout::{Flow, Row, Stamp, Table};
use crate::db::pending::{Before, Pending, RowKey};
use crate::db::state::FOREIGN;
use crate::db::{Connection, Database, ObjectRef, history};
use crate::schema::{FieldType, Travel};
use std::sync::Arc;

impl Connection {
    /// A new object with defaults, its auto_oid and autoid. `E_ACCESS` for a downtable anywhere but on the server, `E_ILLEGAL_PARAM` for a
    /// class with `oid`.
    pub fn new_object(&mut self, class: u16) -> Result<ObjectRef> {
        self.writing(|connection| connection.create(class, None))
    }

    /// A new object; with an oid, if its class has one.
    pub(in crate::db) fn create(&mut self, class: u16, oid: Option<Value>) -> Inner<ObjectRef> {
        let database = Arc::clone(&self.database);
        let table = table(&database, class)?;
        refuse_downtable(&database, table)?;
        let oid = self.free_oid(table, oid)?;
        self.admit(class, 1, 0)?;
        let (key, autoid) = self.number(table, 1)?;
        let stamp = Stamp { ts: 0, epoch: key.epoch, first: 0 };
        let mut row = Row { values: contents(&database, table), autoid, stamp };
        if let Some((field, oid)) = oid
            && let Some(place) = row.values.get_mut(usize::from(field))
        {
            *place = oid;
        }
        let at = RowKey { class, key };
        let open = self.in_transaction()?;
        open.pending.add(Pending { at, row, before: None, stored: 0, rekeyed: false, oid: table.oid })?;
        Ok(ObjectRef { transaction: open.number, epoch: key.epoch, oid: key.oid, class })
    }

    /// Key and autoid (0 if the class has none) of the first of so many new objects, which are numbered one after another.
    pub(in crate::db) fn number(&mut self, table: &Table, count: u64) -> Inner<(Key, u64)> {
        let Some(open) = &mut self.transaction else { return Err(Code::E_TRANS_NOT_ACTIVE.into()) };
        let key = Key { epoch: open.state.epoch(&self.engine)?, oid: open.state.next_oid };
        open.state.next_oid += count;
        if !table.autoid {
            return Ok((key, 0));
        }
        let autoid = open.state.next_autoid(table.code, count);
        self.last_autoid = autoid + (count - 1);
        Ok((key, autoid))
    }

    /// Content of a field; text without padding.
    pub fn value(&mut self, object: ObjectRef, field: u16) -> Result<&Value> {
        let row = self.row(object)?;
        match row.get(usize::from(field)) {
            Some(value) => Ok(value),
            None => crate::base::fail(Code::E_ILLEGAL_PARAM, format!("class {} has no field {field}", object.class)),
        }
    }

    /// Contents of all fields, in order.
    pub fn row(&mut self, object: ObjectRef) -> Result<&[Value]> {
        let at = self.reading(|connection| {
            let at = connection.row_key(object)?;
            connection.fetch(at)?;
            Ok(at)
        })?;
        Ok(self.fetched(at).map_or(&[], |row| &row.values))
    }

    /// Changes a field; indexes follow at checkpoint or commit. A value of the wrong kind or range: `E_ILLEGAL_PARAM`.
    pub fn set_value(&mut self, object: ObjectRef, field: u16, mut value: Value) -> Result<()> {
        self.writing(|connection| {
            let at = connection.row_key(object)?;
            if connection.fits(object, field, &mut value)? { connection.put_one(at, field, value) } else { Ok(()) }
        })
    }

    /// Adds bytes to a blob; one that is NULL begins with them. `E_ILLEGAL_TYPE` for another field.
    pub fn append(&mut self, object: ObjectRef, field: u16, bytes: &[u8]) -> Result<()> {
        self.writing(|connection| {
            let (at, column) = connection.column(object, field)?;
            if column.kind != FieldType::Blob {
                return fault(Code::E_ILLEGAL_TYPE, format!("field {field} of class {} is no blob", object.class));
            }
            let database = Arc::clone(&connection.database);
            let table = table(&database, at.class)?;
            connection.before_put(table, at, &[field])?;
            connection.pend(at)?;
            let pending = &mut connection.in_transaction()?.pending;
            // Before it is copied: what is pending is bounded.
            pending.weigh(bytes.len())?;
            if let Some(place) = pending.object_mut(at).and_then(|object| object.row.values.get_mut(usize::from(field))) {
                let mut whole = match std::mem::replace(place, Value::NULL) {
                    Value::Bytes(content) => content.into_vec(),
                    _ => Vec::new(),
                };
                whole.reserve_exact(bytes.len());
                whole.extend_from_slice(bytes);
                *place = Value::Bytes(whole.into());
            }
            connection.after_put(table, at, &[field])
        })
    }

    /// Makes a field NULL and keeps its value below (of a blob nothing is kept), or takes NULL away, so that the value shows again.
    /// `E_ILLEGAL_PARAM` for a field that is not nullable.
    pub fn set_null(&mut self, object: ObjectRef, field: u16, null: bool) -> Result<()> {
        self.writing(|connection| {
            let (at, column) = connection.column(object, field)?;
            if !column.nullable || matches!(column.kind, FieldType::Struct(_)) {
                let text = format!("field {field} of class {} is not nullable", object.class);
                return fault(Code::E_ILLEGAL_PARAM, text);
            }
            if null && !connection.takes_null(at, field, column)? {
                return Ok(());
            }
            if let Some(outer) = column.outer {
                connection.open_at(at, outer)?;
            }
            connection.fetch(at)?;
            let value = match connection.fetched(at).and_then(|row| row.values.get(usize::from(field))) {
                Some(Value::Null(below)) if !null => below.as_deref().cloned().unwrap_or_else(|| column.kind.zero()),
                Some(value) if null && !value.is_null() => match column.kind {
                    FieldType::Blob => Value::NULL,
                    _ => Value::Null(Some(value.clone().into())),
                },
                _ => return Ok(()),
            };
            connection.put_one(at, field, value)
        })
    }

    /// Changes fields as by one put: the class hears of one update, and only fields that change tell of theirs.
    pub fn set_values(&mut self, object: ObjectRef, values: Vec<(u16, Value)>) -> Result<()> {
        self.writing(|connection| {
            let at = connection.row_key(object)?;
            let mut fitting = Vec::with_capacity(values.len());
            for (field, mut value) in values {
                if connection.fits(object, field, &mut value)? {
                    fitting.push((field, value));
                }
            }
            let database = Arc::clone(&connection.database);
            let table = table(&database, object.class)?;
            let mut changed = Vec::new();
            if table.hooks.is_some() {
                connection.fetch(at)?;
                let row = connection.fetched(at).map_or(&[][..], |row| &row.values);
                let differs = |(field, value): &&(u16, Value)| {
                    let (column, stored) = (table.fields.get(usize::from(*field)), row.get(usize::from(*field)));
                    !column.zip(stored).is_some_and(|(column, stored)| column.is_same(stored, value))
                };
                changed.extend(fitting.iter().filter(differs).map(|(field, _)| *field));
            }
            connection.before_put(table, at, &changed)?;
            for (field, value) in fitting {
                connection.open_heads(table, at, table.outer(field))?;
                connection.put(table, at, field, value)?;
            }
            connection.after_put(table, at, &changed)
        })
    }

    /// Whether the object has been deleted in this transaction.
    pub fn is_deleted(&mut self, object: ObjectRef) -> Result<bool> {
        self.reading(|connection| {
            let at = connection.row_key(object)?;
            Ok(!connection.find_row(at)?)
        })
    }

    /// Autoid of an object; 0 if its class has none.
    pub fn autoid(&mut self, object: ObjectRef) -> Result<u64> {
        self.reading(|connection| {
            let at = connection.row_key(object)?;
            connection.fetch(at)?;
            Ok(connection.fetched(at).map_or(0, |row| row.autoid))
        })
    }

    /// Identity of an object, the same on every node.
    pub fn identity(&mut self, object: ObjectRef) -> Result<Identity> {
        self.reading(|connection| {
            connection.row_key(object)?;
            match history::epoch_numbered(&connection.engine, object.epoch)? {
                Some(epoch) => Ok(Identity::new(epoch.id, object.oid)),
                None => damaged("an epoch is missing"),
            }
        })
    }

    /// The object with these keys in a unique index; `S_NOTFOUND`. `E_ILLEGAL_PARAM` for keys that do not fit the index.
    pub fn find(&mut self, index: u16, keys: &[Value]) -> Result<ObjectRef> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = scan(&database, index)?;
            let keys = connection.search_keys(index, keys)?;
            match scan.equal(&connection.engine, &keys)? {
                Some(spot) => connection.object_ref(scan.class, spot.key),
                None => Err(Code::S_NOTFOUND.into()),
            }
        })
    }

    /// The object with this autoid; `S_NOTFOUND`.
    pub fn find_autoid(&mut self, class: u16, autoid: u64) -> Result<ObjectRef> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let Some(scan) = &table(&database, class)?.by_autoid else {
                return fault(Code::E_ILLEGAL_PARAM, format!("class {class} has no autoid"));
            };
            if let Some(key) = connection.in_transaction()?.pending.with_autoid(class, autoid) {
                return connection.object_ref(class, key);
            }
            match scan.equal(&connection.engine, &[Value::UInt(autoid)])? {
                Some(spot) => connection.object_ref(class, spot.key),
                None => Err(Code::S_NOTFOUND.into()),
            }
        })
    }

    /// Number of objects of a class, new ones included.
    pub fn count(&mut self, class: u16) -> Result<u64> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let stored = table(&database, class)?.list.count(&connection.engine)?;
            Ok(stored + connection.in_transaction()?.pending.fresh_count(class))
        })
    }

    /// Number of entries of an index.
    pub fn index_count(&mut self, index: u16) -> Result<u64> {
        self.reading(|connection| {
            let scan = scan(&connection.database, index)?;
            connection.check_present(scan)?;
            scan.count(&connection.engine)
        })
    }

    /// Keys for a search, in the form of the index: count and kinds are checked, padding is cut.
    pub(in crate::db) fn search_keys(&self, index: u16, keys: &[Value]) -> Inner<Vec<Value>> {
        let scan = scan(&self.database, index)?;
        let table = table(&self.database, scan.class)?;
        if keys.len() != scan.width() {
            return fault(Code::E_ILLEGAL_PARAM, format!("index {index} has {} keys, {} were given", scan.width(), keys.len()));
        }
        let mut fitted = keys.to_vec();
        for (key, field) in fitted.iter_mut().zip(&scan.fields) {
            let kind = table.fields.get(usize::from(*field)).map_or(FieldType::Bool, |column| column.kind);
            // A key out of range finds nothing or an end of the index, but a wrong kind is a mistake.
            let _ = coding::fit(kind, key);
            let fits = matches!(
                (Coding::of(kind), &*key),
                (Coding::Int, Value::Int(_))
                    | (Coding::UInt, Value::UInt(_))
                    | (Coding::Real, Value::Real(_))
                    | (Coding::Text | Coding::Blob, Value::Bytes(_))
            );
            if !fits {
                return fault(Code::E_ILLEGAL_PARAM, format!("a key of index {index} has a wrong kind; the field is {kind:?}"));
            }
        }
        Ok(fitted)
    }

    /// A handle to a row that is known to be there.
    pub(in crate::db) fn object_ref(&mut self, class: u16, key: Key) -> Inner<ObjectRef> {
        Ok(ObjectRef { transaction: self.in_transaction()?.number, epoch: key.epoch, oid: key.oid, class })
    }

    /// The row that a handle names: `E_INVALID_HANDLE` when it is of another transaction.
    pub(in crate::db) fn row_key(&mut self, object: ObjectRef) -> Inner<RowKey> {
        if self.in_transaction()?.number != object.transaction {
            return fault(Code::E_INVALID_HANDLE, "the object handle was made in another transaction; find the object again");
        }
        Ok(RowKey { class: object.class, key: Key { epoch: object.epoch, oid: object.oid } })
    }

    /// Makes sure that [`Self::fetched`] has the row: `E_DELETED`.
    pub(in crate::db) fn fetch(&mut self, at: RowKey) -> Inner<()> {
        if self.find_row(at)? {
            return Ok(());
        }
        fault(Code::E_DELETED, "the object has been deleted in this transaction")
    }

    /// The row after [`Self::fetch`].
    pub(in crate::db) fn fetched(&self, at: RowKey) -> Option<&Row> {
        let pending = self.transaction.as_ref().and_then(|open| open.pending.row(at));
        pending.or_else(|| self.seen.as_ref().filter(|(seen, _)| *seen == at).map(|(_, row)| row))
    }

    /// Whether the row is there, new or stored; if so, [`Self::fetched`] has it.
    pub(in crate::db) fn find_row(&mut self, at: RowKey) -> Inner<bool> {
        if let Some(open) = &mut self.transaction {
            open.pending.single_out(at);
        }
        if self.fetched(at).is_some() {
            return Ok(true);
        }
        let mut row = self.seen.take().map(|(_, row)| row).unwrap_or_default();
        if !self.read_row(at, &mut row)? {
            return Ok(false);
        }
        self.seen = Some((at, row));
        Ok(true)
    }

    /// Reads a stored row.
    pub(in crate::db) fn read_row(&self, at: RowKey, row: &mut Row) -> Inner<bool> {
        let table = table(&self.database, at.class)?;
        let mut statement = self.engine.prepare_cached(&table.select)?;
        let mut rows = statement.query([at.key.epoch.cast_signed(), at.key.oid.cast_signed()])?;
        match rows.next()? {
            Some(columns) => table.read(columns, 0, row).map(|()| true),
            None => Ok(false),
        }
    }

    /// The row and the column of a field that may be put.
    fn column(&mut self, object: ObjectRef, field: u16) -> Inner<(RowKey, Column)> {
        let at = self.row_key(object)?;
        let table = table(&self.database, object.class)?;
        match table.fields.get(usize::from(field)) {
            Some(_) if table.oid == Some(field) => fault(Code::E_ILLEGAL_PARAM, "the oid of an object never changes"),
            Some(column) => Ok((at, *column)),
            None => fault(Code::E_ILLEGAL_PARAM, format!("class '{}' has no field {field}", table.class)),
        }
    }

    /// Brings a value into the form of its field. `false`: the field has this content already.
    fn fits(&mut self, object: ObjectRef, field: u16, value: &mut Value) -> Inner<bool> {
        let (at, column) = self.column(object, field)?;
        if column.fit(&self.database.dictionary, value).is_err() {
            let text = format!("the value does not fit field {field} of class {}, which is {:?}", object.class, column.kind);
            return fault(Code::E_ILLEGAL_PARAM, text);
        }
        if let FieldType::Struct(_) = column.kind {
            return fault(Code::E_ILLEGAL_PARAM, format!("field {field} of class {} is a struct", object.class));
        }
        Ok(!value.is_null() || self.takes_null(at, field, column)?)
    }

    /// Changes a field to a value that fits, between the events of a put; the structs around it are there afterwards.
    fn put_one(&mut self, at: RowKey, field: u16, value: Value) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let table = table(&database, at.class)?;
        self.before_put(table, at, &[field])?;
        self.open_heads(table, at, table.outer(field))?;
        self.put(table, at, field, value)?;
        self.after_put(table, at, &[field])
    }

    /// Changes this column, and nothing else.
    pub(in crate::db) fn put(&mut self, table: &Table, at: RowKey, field: u16, value: Value) -> Inner<()> {
        self.pend(at)?;
        let pending = &mut self.in_transaction()?.pending;
        pending.weigh(value.weight())?;
        if let Some(object) = pending.object_mut(at)
            && let Some(place) = object.row.values.get_mut(usize::from(field))
        {
            object.rekeyed |= table.is_key(field) && !is_same(place, &value);
            *place = value;
        }
        Ok(())
    }

    /// Changes a column that is no key in its place.
    pub(in crate::db) fn change_row(
        &mut self,
        at: RowKey,
        field: u16,
        change: impl FnOnce(&mut [Value]) -> Result<()>,
    ) -> Inner<()> {
        self.pend(at)?;
        let pending = &mut self.in_transaction()?.pending;
        let Some(Pending { row, .. }) = pending.object_mut(at) else { return Ok(()) };
        let weight = |values: &[Value]| values.get(usize::from(field)).map_or(0, Value::weight);
        let before = weight(&row.values);
        change(&mut row.values)?;
        let grown = weight(&row.values).saturating_sub(before);
        pending.weigh(grown)
    }

    /// Makes the row a pending one.
    fn pend(&mut self, at: RowKey) -> Inner<()> {
        let pending = &mut self.in_transaction()?.pending;
        pending.single_out(at);
        if pending.slot(at).is_some() {
            return Ok(());
        }
        self.fetch(at)?;
        let Some((_, row)) = self.seen.take() else { return Ok(()) };
        let receiver = self.receiver(at.class, &row)?;
        let before = Some(Before { stamp: row.stamp, receiver });
        let stored = row.weight();
        self.in_transaction()?.pending.add(Pending { at, row, before, stored, rekeyed: false, oid: None })
    }

    /// Whose stream a row of ours belongs to.
    pub(in crate::db) fn receiver(&self, class: u16, row: &Row) -> Inner<AgentId> {
        let down = self.database.dictionary.class(class).is_some_and(|c| c.travel == Travel::Down);
        Ok(if down { table(&self.database, class)?.agent_of(row) } else { AgentId::ALL })
    }
}

/// `E_ACCESS` for a downtable anywhere but on the server.
pub(in crate::db) fn refuse_downtable(database: &Database, table: &Table) -> Inner<()> {
    let down = database.dictionary.class(table.code).is_some_and(|c| c.travel == Travel::Down);
    if table.flow == Flow::In && down {
        return fault(Code::E_ACCESS, format!("objects of downtable '{}' are made on the server only", table.class));
    }
    Ok(())
}

/// Contents of a new object.
pub(in crate::db) fn contents(database: &Database, table: &Table) -> Vec<Value> {
    let mut values = table.fresh.clone();
    if let (Some(place), Some(node)) = (table.source.and_then(|field| values.get_mut(field)), database.node()) {
        *place = Value::UInt(node.agent.0);
    }
    values
}

/// Whether two values stand in a column as the same; zeros of both signs are equal, but not that.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Real(one), Value::Real(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

/// Whether a row was made here.
pub(in crate::db) fn is_own(key: Key) -> bool {
    key.epoch < FOREIGN
}
