//! Cursors of a connection. They outlive transactions: a cursor is a place in an order, not a position in a file.

use crate::base::{Code, Result, Value};
use crate::db::connection::{scan, table};
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::pattern::Pattern;
use crate::db::pending::RowKey;
use crate::db::scan::{Scan, Spot, Way};
use crate::db::{Connection, CursorId, CursorKind, Database, ObjectRef, SearchOp};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Most cursors of one connection; opening another one closes the oldest.
pub const MAX_CURSORS: usize = 65_535;

/// All cursors of a connection.
#[derive(Debug, Default)]
pub(in crate::db) struct Cursors {
    open: HashMap<CursorId, (u64, Cursor)>,
    by_age: BTreeMap<u64, CursorId>,
    opened: u64,
}

/// One cursor.
#[derive(Clone, Debug)]
pub(in crate::db) struct Cursor {
    over: Over,
    pub(in crate::db) at: Option<Spot>,
    /// After a search in a hash: only entries with this key are visited.
    equal: Option<Vec<Value>>,
    pub(in crate::db) pattern: Option<Pattern>,
}

/// What a cursor runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    List(u16),
    Autoid(u16),
    Oid(u16),
    Index(u16),
}

impl Cursors {
    fn put(&mut self, id: CursorId, cursor: Cursor) {
        self.remove(id);
        if self.open.len() >= MAX_CURSORS
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.open.remove(&oldest);
        }
        self.opened += 1;
        self.by_age.insert(self.opened, id);
        self.open.insert(id, (self.opened, cursor));
    }

    fn remove(&mut self, id: CursorId) -> bool {
        let Some((age, _)) = self.open.remove(&id) else { return false };
        self.by_age.remove(&age);
        true
    }
}

/// Cursors. Opening puts a cursor on its first object, or gives `S_CURSOR_EMPTY`.
impl Connection {
    /// Opens over all objects of a class.
    pub fn open_list(&mut self, cursor: CursorId, class: u16) -> Result<()> {
        self.reading(|connection| {
            table(&connection.database, class)?;
            connection.open_over(cursor, Over::List(class))
        })
    }

    /// Opens over the autoids of a class.
    pub fn open_autoid(&mut self, cursor: CursorId, class: u16) -> Result<()> {
        self.reading(|connection| {
            if table(&connection.database, class)?.by_autoid.is_none() {
                return fault(Code::E_ILLEGAL_PARAM, format!("class {class} has no autoid"));
            }
            connection.open_over(cursor, Over::Autoid(class))
        })
    }

    /// Opens over a tree or hash index.
    pub fn open_index(&mut self, cursor: CursorId, index: u16) -> Result<()> {
        self.reading(|connection| {
            scan(&connection.database, index)?;
            connection.open_over(cursor, Over::Index(index))
        })
    }

    /// Opens at the object that `op` names; `S_NOTFOUND`. A hash knows `Eq` only: `E_ILLEGAL_PARAM`.
    pub fn search(&mut self, cursor: CursorId, index: u16, op: SearchOp, keys: &[Value]) -> Result<()> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = scan(&database, index)?;
            let keys = connection.search_keys(index, keys)?;
            let hash = scan.kind == CursorKind::Hash;
            if hash && op != SearchOp::Eq {
                return fault(Code::E_ILLEGAL_PARAM, format!("index {index} is a hash, which is searched with MCO_EQ only"));
            }
            let sql = &connection.engine;
            let at = match op {
                SearchOp::Lt => scan.from(sql, Way::Backward, false, &keys)?,
                SearchOp::Le => scan.from(sql, Way::Backward, true, &keys)?,
                SearchOp::Eq => scan.equal(sql, &keys)?,
                SearchOp::Ge => scan.from(sql, Way::Forward, true, &keys)?,
                SearchOp::Gt => scan.from(sql, Way::Forward, false, &keys)?,
            };
            let found = at.is_some();
            connection.cursors.put(cursor, Cursor { over: Over::Index(index), at, equal: hash.then_some(keys), pattern: None });
            if found { Ok(()) } else { Err(Code::S_NOTFOUND.into()) }
        })
    }

    /// Opens at this object; `S_NOTFOUND` when it is not in the index.
    pub fn locate(&mut self, cursor: CursorId, index: u16, object: ObjectRef) -> Result<()> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = scan(&database, index)?;
            let at = connection.row_key(object)?;
            if scan.class != at.class {
                return fault(Code::E_CURSOR_MISMATCH, format!("index {index} does not belong to class {}", at.class));
            }
            connection.check_present(scan)?;
            connection.fetch(at)?;
            let Some(spot) = scan.key_of(&connection.engine, at.key)? else { return Err(Code::S_NOTFOUND.into()) };
            connection.cursors.put(cursor, Cursor { over: Over::Index(index), at: Some(spot), equal: None, pattern: None });
            Ok(())
        })
    }

    /// Moves to the first object.
    pub fn cursor_first(&mut self, cursor: CursorId) -> Result<()> {
        self.reading(|connection| connection.move_to_end(cursor, Way::Forward))
    }

    /// Moves to the last object; `E_UNSUPPORTED` on a hash.
    pub fn cursor_last(&mut self, cursor: CursorId) -> Result<()> {
        self.reading(|connection| connection.move_to_end(cursor, Way::Backward))
    }

    /// Moves on; `S_CURSOR_END` leaves the position.
    pub fn cursor_next(&mut self, cursor: CursorId) -> Result<()> {
        self.reading(|connection| connection.step(cursor, Way::Forward))
    }

    /// Moves back; `E_UNSUPPORTED` on a hash.
    pub fn cursor_prev(&mut self, cursor: CursorId) -> Result<()> {
        self.reading(|connection| connection.step(cursor, Way::Backward))
    }

    /// Compares the object at the cursor with a key, in index order: less when the object is before the key. On a hash
    /// only equal or not.
    pub fn cursor_compare(&mut self, cursor: CursorId, index: u16, keys: &[Value]) -> Result<Ordering> {
        self.reading(|connection| {
            let database = Arc::clone(&connection.database);
            let scan = scan(&database, index)?;
            let keys = connection.search_keys(index, keys)?;
            connection.check_present(scan)?;
            let cursor = connection.cursor(cursor)?;
            if cursor.over != Over::Index(index) {
                return fault(Code::E_CURSOR_MISMATCH, "the cursor runs over another index");
            }
            let Some(spot) = &cursor.at else { return Err(Code::E_CURSOR_INVALID.into()) };
            let order = scan.compare(&spot.keys, &keys);
            Ok(if scan.kind == CursorKind::Hash && order.is_ne() { Ordering::Greater } else { order })
        })
    }

    /// The object at the cursor; `E_CURSOR_MISMATCH` for another class, `E_CURSOR_INVALID` when it has been deleted.
    pub fn cursor_object(&mut self, cursor: CursorId, class: u16) -> Result<ObjectRef> {
        self.reading(|connection| {
            let at = connection.under(cursor)?;
            if at.class != class {
                return fault(Code::E_CURSOR_MISMATCH, format!("the cursor runs over class {}, not {class}", at.class));
            }
            if connection.find_row(at)? {
                return connection.object_ref(class, at.key);
            }
            fault(Code::E_CURSOR_INVALID, "the object under the cursor has been deleted; move the cursor")
        })
    }

    /// What the cursor runs over, and its class.
    pub fn cursor_kind(&self, cursor: CursorId) -> Result<(CursorKind, u16)> {
        let found = self.cursor(cursor).map(|cursor| over(&self.database, cursor.over));
        let (scan, class) = found.and_then(|found| found).map_err(|f| self.database.seal(f))?;
        Ok((scan.kind, class))
    }

    /// Number of the tree or hash that the cursor runs over; `None` for a list, autoids or oids.
    pub fn cursor_index(&self, cursor: CursorId) -> Result<Option<u16>> {
        let over = self.cursor(cursor).map(|cursor| cursor.over).map_err(|f| self.database.seal(f))?;
        Ok(if let Over::Index(index) = over { Some(index) } else { None })
    }

    /// `S_OK`, `E_CURSOR_CLOSED`, `E_CURSOR_INVALID` (the object is deleted, or there is none).
    pub fn cursor_check(&mut self, cursor: CursorId) -> Result<()> {
        self.reading(|connection| {
            let at = connection.under(cursor)?;
            if connection.find_row(at)? { Ok(()) } else { Err(Code::E_CURSOR_INVALID.into()) }
        })
    }

    /// Closes; `E_CURSOR_CLOSED` when it is not open.
    pub fn cursor_close(&mut self, cursor: CursorId) -> Result<()> {
        self.alive()?;
        if self.cursors.remove(cursor) { Ok(()) } else { Err(Code::E_CURSOR_CLOSED.into()) }
    }

    /// Opens or replaces a cursor over an index, at a spot.
    pub(in crate::db) fn put_cursor(&mut self, id: CursorId, index: u16, at: Spot, pattern: Pattern) {
        self.cursors.put(id, Cursor { over: Over::Index(index), at: Some(at), equal: None, pattern: Some(pattern) });
    }

    /// An open cursor: `E_CURSOR_CLOSED`.
    pub(in crate::db) fn cursor(&self, id: CursorId) -> Inner<&Cursor> {
        match self.cursors.open.get(&id) {
            Some((_, cursor)) => Ok(cursor),
            None => fault(Code::E_CURSOR_CLOSED, "the cursor is not open, or was closed because too many were open"),
        }
    }

    /// Puts an open cursor at a spot.
    pub(in crate::db) fn set_spot(&mut self, id: CursorId, spot: Spot) {
        if let Some((_, cursor)) = self.cursors.open.get_mut(&id) {
            cursor.at = Some(spot);
        }
    }

    fn open_over(&mut self, id: CursorId, over: Over) -> Inner<()> {
        let at = self.end_of(over, Way::Forward)?;
        let found = at.is_some();
        self.cursors.put(id, Cursor { over, at, equal: None, pattern: None });
        if found { Ok(()) } else { Err(Code::S_CURSOR_EMPTY.into()) }
    }

    /// Opens over the oids of a class that has some.
    pub(in crate::db) fn open_oids(&mut self, id: CursorId, class: u16) -> Inner<()> {
        self.open_over(id, Over::Oid(class))
    }

    fn move_to_end(&mut self, id: CursorId, way: Way) -> Inner<()> {
        let cursor = self.cursor(id)?.clone();
        let database = Arc::clone(&self.database);
        let (scan, _) = over(&database, cursor.over)?;
        refuse_back(scan, way)?;
        let spot = match &cursor.equal {
            Some(keys) => scan.equal(&self.engine, keys)?,
            None => self.end_of(cursor.over, way)?,
        };
        match spot {
            Some(spot) => {
                self.set_spot(id, spot);
                Ok(())
            }
            None => Err(Code::S_CURSOR_EMPTY.into()),
        }
    }

    fn step(&mut self, id: CursorId, way: Way) -> Inner<()> {
        let database = Arc::clone(&self.database);
        let cursor = self.cursor(id)?;
        let (scan, class) = over(&database, cursor.over)?;
        refuse_back(scan, way)?;
        let Some(at) = &cursor.at else { return Err(Code::S_CURSOR_END.into()) };
        let stored = scan.beyond(&self.engine, way, at)?;
        let fresh = self.fresh(cursor.over, class, Some(at), way);
        let Some(spot) = nearer(scan, way, stored, fresh) else { return Err(Code::S_CURSOR_END.into()) };
        if cursor.equal.as_ref().is_some_and(|keys| scan.compare(keys, &spot.keys).is_ne()) {
            return Err(Code::S_CURSOR_END.into());
        }
        self.set_spot(id, spot);
        Ok(())
    }

    fn end_of(&self, over_what: Over, way: Way) -> Inner<Option<Spot>> {
        let (scan, class) = over(&self.database, over_what)?;
        let stored = scan.end(&self.engine, way)?;
        let fresh = self.fresh(over_what, class, None, way);
        Ok(nearer(scan, way, stored, fresh))
    }

    /// The nearest object that is not in the table yet, in orders that have such objects at once.
    fn fresh(&self, over_what: Over, class: u16, at: Option<&Spot>, way: Way) -> Option<Spot> {
        let pending = &self.transaction.as_ref()?.pending;
        let forward = way == Way::Forward;
        let from = at.and_then(|at| at.keys.first());
        match over_what {
            Over::List(_) => pending.fresh_beyond(class, at.map(|at| at.key), forward).map(|key| Spot { keys: Vec::new(), key }),
            Over::Autoid(_) => {
                let autoid = if let Some(Value::UInt(autoid)) = from { Some(*autoid) } else { None };
                pending.autoid_beyond(class, autoid, forward).map(|(autoid, key)| named(Value::UInt(autoid), key))
            }
            Over::Oid(_) => {
                let oid = if let Some(Value::Bytes(oid)) = from { Some(&**oid) } else { None };
                pending.oid_beyond(class, oid, forward).map(|(oid, key)| named(oid, key))
            }
            Over::Index(_) => None,
        }
    }

    fn under(&self, id: CursorId) -> Inner<RowKey> {
        let cursor = self.cursor(id)?;
        let (_, class) = over(&self.database, cursor.over)?;
        match &cursor.at {
            Some(spot) => Ok(RowKey { class, key: spot.key }),
            None => fault(Code::E_CURSOR_INVALID, "the cursor is at no object"),
        }
    }
}

fn over(database: &Database, over: Over) -> Inner<(&Scan, u16)> {
    match over {
        Over::List(class) => Ok((&table(database, class)?.list, class)),
        Over::Autoid(class) => match &table(database, class)?.by_autoid {
            Some(scan) => Ok((scan, class)),
            None => Err(Code::E_CURSOR_INVALID.into()),
        },
        Over::Oid(class) => match &table(database, class)?.by_oid {
            Some(scan) => Ok((scan, class)),
            None => Err(Code::E_CURSOR_INVALID.into()),
        },
        Over::Index(index) => scan(database, index).map(|scan| (scan, scan.class)),
    }
}

fn refuse_back(scan: &Scan, way: Way) -> Inner<()> {
    if scan.kind == CursorKind::Hash && way == Way::Backward {
        return fault(Code::E_UNSUPPORTED, "a hash has no order; only first and next work on it");
    }
    Ok(())
}

/// The place of a new object among those of its class by autoid or oid.
fn named(name: Value, key: Key) -> Spot {
    Spot { keys: vec![name], key }
}

fn nearer(scan: &Scan, way: Way, a: Option<Spot>, b: Option<Spot>) -> Option<Spot> {
    let (Some(a), Some(b)) = (&a, &b) else { return a.or(b) };
    let order = scan.compare(&a.keys, &b.keys).then(a.key.cmp(&b.key));
    Some(if order.is_lt() == (way == Way::Forward) { a.clone() } else { b.clone() })
}
