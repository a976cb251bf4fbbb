//! Many new objects of one class, by column.

use crate::base::{Value, ValueKind};
use crate::db::checksum::Checksum;
use crate::db::keys::Key;
use crate::db::layout::{Row, Stamp};
use crate::db::pending::{Pending, RowKey};
use crate::schema::FieldType;
use std::ops::Range;

/// Contents of one field of many objects, as [`crate::db::fitted`] makes them.
#[derive(Debug)]
pub enum Cells {
    /// The same everywhere.
    Same(Value),
    /// [`Value::Int`]
    Int(Vec<i64>),
    /// [`Value::UInt`]
    UInt(Vec<u64>),
    /// [`Value::Real`]
    Real(Vec<f64>),
    /// Anything.
    Any(Vec<Value>),
}

impl Cells {
    /// Room for so many contents of a field of this type.
    pub fn new(kind: FieldType, rows: usize) -> Cells {
        match kind.value_kind() {
            ValueKind::Int => Cells::Int(Vec::with_capacity(rows)),
            ValueKind::UInt => Cells::UInt(Vec::with_capacity(rows)),
            ValueKind::Real => Cells::Real(Vec::with_capacity(rows)),
            ValueKind::Bytes => Cells::Any(Vec::with_capacity(rows)),
        }
    }

    /// Adds the content of one more object.
    pub fn push(&mut self, value: Value) {
        match (&mut *self, value) {
            (Cells::Int(numbers), Value::Int(n)) => numbers.push(n),
            (Cells::UInt(numbers), Value::UInt(n)) => numbers.push(n),
            (Cells::Real(numbers), Value::Real(x)) => numbers.push(x),
            (Cells::Any(values), value) => values.push(value),
            (_, value) => {
                let former = (0..self.len().unwrap_or(1)).map(|row| self.with(row, Value::clone));
                *self = Cells::Any(former.chain([value]).collect());
            }
        }
    }

    /// Does something with the content of an object.
    #[inline]
    pub(in crate::db) fn with<T>(&self, row: usize, work: impl FnOnce(&Value) -> T) -> T {
        let number = match self {
            Cells::Same(value) => return work(value),
            Cells::Any(values) => return work(values.get(row).unwrap_or(&Value::NULL)),
            Cells::Int(numbers) => numbers.get(row).copied().map(Value::Int),
            Cells::UInt(numbers) => numbers.get(row).copied().map(Value::UInt),
            Cells::Real(numbers) => numbers.get(row).copied().map(Value::Real),
        };
        work(&number.unwrap_or(Value::NULL))
    }

    /// The sum of what is counted of the contents of some objects; numbers count all alike.
    pub(in crate::db) fn sum(&self, rows: Range<usize>, count: impl Fn(&Value) -> usize) -> usize {
        match self {
            Cells::Any(values) => values.get(rows).unwrap_or_default().iter().map(count).sum(),
            _ => rows.len() * self.with(rows.start, count),
        }
    }

    /// Leaves the first ones only.
    pub fn truncate(&mut self, rows: usize) {
        match self {
            Cells::Same(_) => {}
            Cells::Int(numbers) => numbers.truncate(rows),
            Cells::UInt(numbers) => numbers.truncate(rows),
            Cells::Real(numbers) => numbers.truncate(rows),
            Cells::Any(values) => values.truncate(rows),
        }
    }

    /// Number of contents; `None`: any.
    fn len(&self) -> Option<usize> {
        match self {
            Cells::Same(_) => None,
            Cells::Int(numbers) => Some(numbers.len()),
            Cells::UInt(numbers) => Some(numbers.len()),
            Cells::Real(numbers) => Some(numbers.len()),
            Cells::Any(values) => Some(values.len()),
        }
    }

    /// Takes those of a range into the sum of each object.
    fn check(&self, rows: Range<usize>, sums: &mut [Checksum]) {
        fn each<T: Copy>(sums: &mut [Checksum], cells: Option<&[T]>, sum: impl Fn(Checksum, T) -> Checksum) {
            sums.iter_mut().zip(cells.unwrap_or_default()).for_each(|(of, cell)| *of = sum(*of, *cell));
        }
        match self {
            Cells::Same(value) => sums.iter_mut().for_each(|sum| *sum = sum.value(value)),
            Cells::Int(numbers) => each(sums, numbers.get(rows), |sum, n| sum.word(n.cast_unsigned())),
            Cells::UInt(numbers) => each(sums, numbers.get(rows), Checksum::word),
            Cells::Real(numbers) => each(sums, numbers.get(rows), Checksum::real),
            Cells::Any(values) => {
                sums.iter_mut().zip(values.get(rows).unwrap_or_default()).for_each(|(sum, value)| *sum = sum.value(value));
            }
        }
    }
}

/// New objects with numbers one after another.
#[derive(Debug)]
pub struct Batch {
    pub(in crate::db) class: u16,
    pub(in crate::db) rows: usize,
    /// By field.
    pub(in crate::db) cells: Vec<Cells>,
    /// Key of the first object, once they are made.
    pub(in crate::db) first: Key,
    /// Autoid of the first object; 0 if the class has none.
    pub(in crate::db) autoid: u64,
}

impl Batch {
    /// Objects with the same contents.
    pub(in crate::db) fn new(class: u16, rows: usize, contents: Vec<Value>) -> Batch {
        let cells = contents.into_iter().map(Cells::Same).collect();
        Batch { class, rows, cells, first: Key { epoch: 0, oid: 0 }, autoid: 0 }
    }

    /// Gives a field its contents: as many as there are objects.
    pub fn put(&mut self, field: u16, cells: Cells) {
        debug_assert!(cells.len().is_none_or(|len| len == self.rows));
        if let Some(place) = self.cells.get_mut(usize::from(field)) {
            *place = cells;
        }
    }

    /// The key of an object.
    pub(in crate::db) fn at(&self, row: usize) -> RowKey {
        RowKey { class: self.class, key: Key { oid: self.first.oid + row as u64, ..self.first } }
    }

    /// The autoid of an object; 0 if the class has none.
    pub(in crate::db) fn autoid_at(&self, row: usize) -> u64 {
        if self.autoid == 0 { 0 } else { self.autoid + row as u64 }
    }

    /// An object as one that was made alone.
    pub(in crate::db) fn single(&self, row: usize) -> Pending {
        let values = self.cells.iter().map(|cells| cells.with(row, Value::clone)).collect();
        let stamp = Stamp { ts: 0, epoch: self.first.epoch, first: 0 };
        let row_of = Row { values, autoid: self.autoid_at(row), stamp };
        Pending { at: self.at(row), row: row_of, before: None, stored: 0, rekeyed: false, oid: None }
    }

    /// Bytes of the content of objects.
    pub(in crate::db) fn weight(&self, rows: Range<usize>) -> usize {
        self.cells.iter().map(|cells| cells.sum(rows.clone(), Value::weight)).sum()
    }

    /// Bytes of the content of each object, if all have the same.
    pub(in crate::db) fn even_weight(&self) -> Option<usize> {
        let even = self.cells.iter().all(|cells| !matches!(cells, Cells::Any(_)));
        even.then(|| self.weight(0..1))
    }

    /// Checksums of objects as the table keeps them; `stamp` for those that have a version.
    pub(in crate::db) fn checksums(&self, rows: Range<usize>, stamp: Option<Stamp>) -> Vec<u32> {
        let mut sums = vec![Checksum::new(); rows.len()];
        self.cells.iter().for_each(|cells| cells.check(rows.clone(), &mut sums));
        let end = |(row, sum): (usize, Checksum)| {
            let sum = sum.word(self.autoid_at(row));
            stamp.map_or(sum, |stamp| stamp.checked(sum)).finish()
        };
        rows.zip(sums).map(end).collect()
    }
}
