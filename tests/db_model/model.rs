//! What a database must look like from inside a transaction.

use crate::schema::MAX_KEY;
use mcoiot::base::{Code, Value};
use mcoiot::schema::{Dictionary, Field, FieldType, IndexKind};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Epoch and number of an object: rises in order of creation.
pub type Key = (u64, u64);

#[derive(Clone, Debug)]
pub struct Row {
    pub values: Vec<Value>,
    pub autoid: u64,
}

/// What is stored; indexes see this.
#[derive(Clone, Debug, Default)]
pub struct Tables(pub Vec<BTreeMap<Key, Row>>);

/// An object that is new or changed since its last checkpoint.
#[derive(Clone, Debug)]
pub struct Pending {
    pub class: u16,
    pub key: Key,
    pub row: Row,
    pub fresh: bool,
}

/// The database as one transaction sees it.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub tables: Tables,
    pub pending: Vec<Pending>,
}

/// What a cursor runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    List(u16),
    Autoid(u16),
    Oid(u16),
    Index(u16),
}

/// One place in an order.
#[derive(Clone, Debug)]
pub struct Entry {
    pub keys: Vec<Value>,
    pub key: Key,
}

impl Tables {
    pub fn class(&self, class: u16) -> &BTreeMap<Key, Row> {
        &self.0[usize::from(class) - 1]
    }

    pub fn class_mut(&mut self, class: u16) -> &mut BTreeMap<Key, Row> {
        &mut self.0[usize::from(class) - 1]
    }
}

impl View {
    pub fn find(&self, class: u16, key: Key) -> Option<&Row> {
        let pending = self.pending.iter().find(|p| p.class == class && p.key == key).map(|p| &p.row);
        pending.or_else(|| self.tables.class(class).get(&key))
    }

    /// The row as a pending one.
    pub fn change(&mut self, class: u16, key: Key) -> Option<&mut Row> {
        if !self.pending.iter().any(|p| p.class == class && p.key == key) {
            let row = self.tables.class(class).get(&key)?.clone();
            self.pending.push(Pending { class, key, row, fresh: false });
        }
        self.pending.iter_mut().find(|p| p.class == class && p.key == key).map(|p| &mut p.row)
    }

    /// Whether it was there.
    pub fn delete(&mut self, class: u16, key: Key) -> bool {
        let before = self.pending.len();
        self.pending.retain(|p| !(p.class == class && p.key == key));
        let stored = self.tables.class_mut(class).remove(&key).is_some();
        stored || self.pending.len() < before
    }

    pub fn fresh(&self, class: u16) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(move |p| p.fresh && p.class == class)
    }

    /// The object that has an oid, with its class.
    pub fn holder(&self, dictionary: &Dictionary, oid: &Value) -> Option<(u16, Key)> {
        let entries = |class| self.entries(dictionary, Over::Oid(class)).into_iter().map(move |entry| (class, entry));
        let mut all = with_oid(dictionary).into_iter().flat_map(entries);
        all.find(|(_, entry)| entry.keys[0] == *oid).map(|(class, entry)| (class, entry.key))
    }

    /// Everything that a cursor over this meets, in its order.
    pub fn entries(&self, dictionary: &Dictionary, over: Over) -> Vec<Entry> {
        let class = over.class(dictionary);
        let mut list: Vec<Entry> = self.tables.class(class).iter().map(|(key, row)| over.entry(dictionary, *key, row)).collect();
        if !matches!(over, Over::Index(_)) {
            list.extend(self.fresh(class).map(|p| over.entry(dictionary, p.key, &p.row)));
        }
        // What has no key is in no index.
        list.retain(|entry| entry.keys.iter().all(|key| !key.is_null()));
        list.sort_by(|a, b| over.order(dictionary, a, b));
        list
    }

    /// Puts one pending object into the tables: the code, and for `S_DUPLICATE` the index.
    pub fn checkpoint(&mut self, dictionary: &Dictionary, class: u16, key: Key) -> Result<(), (Code, Option<u16>)> {
        let Some(at) = self.pending.iter().position(|p| p.class == class && p.key == key) else { return Ok(()) };
        let row = &self.pending[at].row;
        let indexes = &dictionary.class(class).unwrap().indexes;
        if indexes.iter().any(|i| key_length(&keys(dictionary, *i, row)) > MAX_KEY) {
            return Err((Code::E_KEY_TOO_LONG, None));
        }
        for index in indexes.iter().filter(|i| dictionary.index(**i).unwrap().unique) {
            let mine = keys(dictionary, *index, row);
            let other = |(k, r): (&Key, &Row)| *k != key && compare_keys(&mine, &keys(dictionary, *index, r), &[]).is_eq();
            if self.tables.class(class).iter().any(other) {
                return Err((Code::S_DUPLICATE, Some(*index)));
            }
        }
        let row = self.pending.remove(at).row;
        self.tables.class_mut(class).insert(key, row);
        Ok(())
    }

    pub fn checkpoint_all(&mut self, dictionary: &Dictionary) -> Result<(), (Code, Option<u16>)> {
        while let Some(first) = self.pending.first() {
            let (class, key) = (first.class, first.key);
            self.checkpoint(dictionary, class, key)?;
        }
        Ok(())
    }
}

/// Classes whose objects have oids.
pub fn with_oid(dictionary: &Dictionary) -> Vec<u16> {
    dictionary.classes.iter().filter(|class| class.oid().is_some()).map(|class| class.code).collect()
}

/// Makes a struct be there, and those around it: what a put to one of its members does.
pub fn open(dictionary: &Dictionary, class: u16, values: &mut [Value], head: u16) {
    if !values[usize::from(head)].is_null() {
        return;
    }
    let field = dictionary.class(class).unwrap().field(head).unwrap();
    if let Some(outer) = field.outer {
        open(dictionary, class, values, outer);
    }
    values[usize::from(head)] = Value::UInt(1);
    for (place, member) in values[usize::from(head) + 1..].iter_mut().zip(members(dictionary, field)) {
        *place = member.initial();
    }
}

/// Takes an optional struct away.
pub fn erase(dictionary: &Dictionary, class: u16, values: &mut [Value], head: u16) {
    let count = members(dictionary, dictionary.class(class).unwrap().field(head).unwrap()).len();
    values[usize::from(head)..=usize::from(head) + count].fill(Value::NULL);
}

fn members<'a>(dictionary: &'a Dictionary, head: &Field) -> &'a [Field] {
    let FieldType::Struct(number) = head.kind else { panic!("{head:?} is no struct") };
    &dictionary.structs[usize::from(number)].fields
}

impl Over {
    pub fn class(self, dictionary: &Dictionary) -> u16 {
        match self {
            Over::List(class) | Over::Autoid(class) | Over::Oid(class) => class,
            Over::Index(index) => dictionary.index(index).unwrap().class,
        }
    }

    pub fn is_hash(self, dictionary: &Dictionary) -> bool {
        matches!(self, Over::Index(index) if dictionary.index(index).unwrap().kind == IndexKind::Hash)
    }

    pub fn entry(self, dictionary: &Dictionary, key: Key, row: &Row) -> Entry {
        let keys = match self {
            Over::List(_) => Vec::new(),
            Over::Autoid(_) => vec![Value::UInt(row.autoid)],
            // The last field.
            Over::Oid(_) => row.values.last().cloned().into_iter().collect(),
            Over::Index(index) => keys(dictionary, index, row),
        };
        Entry { keys, key }
    }

    pub fn descending(self, dictionary: &Dictionary) -> Vec<bool> {
        match self {
            Over::Index(index) => dictionary.index(index).unwrap().keys.iter().map(|k| k.descending).collect(),
            _ => Vec::new(),
        }
    }

    /// Order of two keys, falling ones considered.
    pub fn compare(self, dictionary: &Dictionary, a: &[Value], b: &[Value]) -> Ordering {
        compare_keys(a, b, &self.descending(dictionary))
    }

    /// Order of two places; where a key can be there once only, it alone is the place.
    pub fn order(self, dictionary: &Dictionary, a: &Entry, b: &Entry) -> Ordering {
        let falling = self.descending(dictionary);
        let unique = match self {
            Over::List(_) => false,
            Over::Autoid(_) | Over::Oid(_) => true,
            Over::Index(index) => dictionary.index(index).unwrap().unique,
        };
        let age = if unique { Ordering::Equal } else { a.key.cmp(&b.key) };
        let age = if !falling.is_empty() && falling.iter().all(|f| *f) { age.reverse() } else { age };
        compare_keys(&a.keys, &b.keys, &falling).then(age)
    }
}

pub fn keys(dictionary: &Dictionary, index: u16, row: &Row) -> Vec<Value> {
    dictionary.index(index).unwrap().keys.iter().map(|k| row.values[usize::from(k.field)].clone()).collect()
}

fn key_length(keys: &[Value]) -> usize {
    keys.iter().map(|key| if let Value::Bytes(bytes) = key { bytes.len() } else { 9 }).sum()
}

fn compare_keys(a: &[Value], b: &[Value], falling: &[bool]) -> Ordering {
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let order = match (a, b) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::UInt(a), Value::UInt(b)) => a.cmp(b),
            (Value::Real(a), Value::Real(b)) => match (a.is_nan(), b.is_nan()) {
                (false, false) => a.partial_cmp(b).unwrap(),
                (a, b) => a.cmp(&b),
            },
            (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            _ => panic!("{a:?} and {b:?} in one field"),
        };
        if order.is_ne() {
            return if falling.get(i) == Some(&true) { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

/// Whether both are the same to the last bit, any NaN being like any other.
pub fn same(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (a, b) => a == b,
        })
}

/// Fails unless both rows are the same.
pub fn compare_rows(found: &[Value], wanted: &[Value]) {
    assert!(same(found, wanted), "row {found:?} instead of {wanted:?}");
}
