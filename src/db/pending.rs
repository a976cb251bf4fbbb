//! Objects that were made or changed and are not in the table (and its indexes) yet.

use crate::base::{AgentId, Code, Value};
use crate::db::batch::Batch;
use crate::db::fault::{Inner, fault};
use crate::db::keys::Key;
use crate::db::layout::{Row, Stamp};
use crate::db::runs::Runs;
use crate::db::tally::Held;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included};
use std::sync::Arc;

/// Most bytes of changed content that wait for a checkpoint.
const MAX_PENDING: usize = 1 << 30;
/// Bytes of bookkeeping of one object.
const OBJECT_BYTES: usize = 200;

/// Which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::db) struct RowKey {
    pub(in crate::db) class: u16,
    pub(in crate::db) key: Key,
}

/// What the table says about a row that is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) struct Before {
    pub(in crate::db) stamp: Stamp,
    pub(in crate::db) receiver: AgentId,
}

impl Before {
    /// The state that the table has, with content of so many bytes.
    pub(in crate::db) fn held(&self, bytes: usize) -> Held {
        Held { stream: self.receiver.0, ts: self.stamp.ts, bytes }
    }
}

/// One object with its new content.
#[derive(Debug)]
pub(in crate::db) struct Pending {
    pub(in crate::db) at: RowKey,
    pub(in crate::db) row: Row,
    /// `None` for a new object.
    pub(in crate::db) before: Option<Before>,
    /// Bytes of the content that the table has; 0 for a new object.
    pub(in crate::db) stored: usize,
    /// Whether a field of some index has changed.
    pub(in crate::db) rekeyed: bool,
    /// Field with the oid of a new object.
    pub(in crate::db) oid: Option<u16>,
}

impl Pending {
    fn oid(&self) -> Option<(u16, Box<[u8]>)> {
        match self.row.values.get(usize::from(self.oid?))? {
            Value::Bytes(oid) => Some((self.at.class, oid.clone())),
            _ => None,
        }
    }
}

/// Something that was changed.
#[derive(Debug)]
pub(in crate::db) enum Change {
    One(Pending),
    /// New objects of which none has been looked at yet.
    Many(Arc<Batch>),
    /// What was such a batch; those that are in the table are missing.
    Divided(Vec<Option<Pending>>),
}

/// Where something that was changed is, in the order of first changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::db) struct Slot {
    at: usize,
    /// Which object of a batch.
    part: usize,
}

impl Slot {
    /// The one behind it.
    pub(in crate::db) fn next(self) -> Slot {
        Slot { part: self.part + 1, ..self }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(in crate::db) struct PendingRows {
    /// In the order of first changes.
    slots: Vec<Option<Change>>,
    slot_of: HashMap<RowKey, Slot>,
    /// New objects, which lists find at once.
    fresh: BTreeSet<RowKey>,
    /// Number of new objects, those of batches too, by class.
    counts: HashMap<u16, u64>,
    /// New objects by class and autoid.
    autoids: BTreeMap<(u16, u64), Key>,
    /// New objects by class and oid.
    oids: BTreeMap<(u16, Box<[u8]>), Key>,
    /// Batches by row keys, and by autoids.
    batches: Runs,
    batch_autoids: Runs,
    /// The slot used last: most puts go to the same object.
    recent: Option<(RowKey, Slot)>,
    bytes: usize,
}

impl PendingRows {
    /// Adds an object: `E_NOMEM` when too much is pending.
    pub(in crate::db) fn add(&mut self, pending: Pending) -> Inner<()> {
        let at = pending.at;
        self.weigh(pending.row.weight() + OBJECT_BYTES)?;
        let slot = Slot { at: self.slots.len(), part: 0 };
        self.recent = Some((at, slot));
        self.list(slot, &pending);
        self.slots.push(Some(Change::One(pending)));
        Ok(())
    }

    /// Whether so much more can be pending.
    pub(in crate::db) fn has_room(&self, batch: &Batch) -> bool {
        weight(batch) <= MAX_PENDING.saturating_sub(self.bytes)
    }

    /// Adds a batch for which there is room.
    pub(in crate::db) fn add_batch(&mut self, batch: Batch) {
        self.bytes += weight(&batch);
        *self.counts.entry(batch.class).or_default() += batch.rows as u64;
        let slot = self.slots.len();
        self.batches.put(batch.class, (batch.first.epoch, batch.first.oid), batch.rows, slot);
        if batch.autoid != 0 {
            self.batch_autoids.put(batch.class, (0, batch.autoid), batch.rows, slot);
        }
        self.slots.push(Some(Change::Many(Arc::new(batch))));
    }

    fn list(&mut self, slot: Slot, pending: &Pending) {
        let at = pending.at;
        if pending.before.is_none() {
            *self.counts.entry(at.class).or_default() += u64::from(self.fresh.insert(at));
            if pending.row.autoid != 0 {
                self.autoids.insert((at.class, pending.row.autoid), at.key);
            }
            self.oids.extend(pending.oid().map(|oid| (oid, at.key)));
        }
        self.slot_of.insert(at, slot);
    }

    /// Makes objects of their own out of the batch that has this one, if one does.
    pub(in crate::db) fn single_out(&mut self, at: RowKey) {
        if !self.batches.is_empty()
            && let Some(batch) = self.batches.slot(at.class, (at.key.epoch, at.key.oid))
        {
            self.divide(Slot { at: batch, part: 0 }, 0);
        }
    }

    /// Makes objects of their own out of those of a batch that are not in the table; the first ones are.
    pub(in crate::db) fn divide(&mut self, slot: Slot, stored: usize) {
        let Some(batch) = self.batch(slot) else { return };
        self.unlist(&batch);
        let mut parts: Vec<Option<Pending>> = Vec::with_capacity(batch.rows);
        parts.resize_with(stored, || None);
        for part in stored..batch.rows {
            let pending = batch.single(part);
            self.list(Slot { part, ..slot }, &pending);
            parts.push(Some(pending));
        }
        if let Some(place) = self.slots.get_mut(slot.at) {
            *place = Some(Change::Divided(parts));
        }
        self.recent = None;
    }

    /// The batch in a slot.
    pub(in crate::db) fn batch(&self, slot: Slot) -> Option<Arc<Batch>> {
        match self.slots.get(slot.at)? {
            Some(Change::Many(batch)) => Some(Arc::clone(batch)),
            _ => None,
        }
    }

    /// Forgets a batch: it is in the table now.
    pub(in crate::db) fn settle_batch(&mut self, slot: Slot, batch: &Batch) {
        self.unlist(batch);
        if let Some(place) = self.slots.get_mut(slot.at) {
            *place = None;
        }
        self.rest();
    }

    fn unlist(&mut self, batch: &Batch) {
        self.discount(batch.class, batch.rows as u64);
        self.batches.remove(batch.class, (batch.first.epoch, batch.first.oid));
        self.batch_autoids.remove(batch.class, (0, batch.autoid));
    }

    fn discount(&mut self, class: u16, rows: u64) {
        self.counts.entry(class).and_modify(|count| *count = count.saturating_sub(rows));
    }

    /// Counts bytes of new content: `E_NOMEM` when too much is pending.
    pub(in crate::db) fn weigh(&mut self, bytes: usize) -> Inner<()> {
        self.bytes += bytes;
        if self.bytes <= MAX_PENDING {
            return Ok(());
        }
        fault(
            Code::E_NOMEM,
            format!("more than {MAX_PENDING} bytes are changed and not in the indexes; checkpoint or commit earlier"),
        )
    }

    /// The new content of an object.
    pub(in crate::db) fn row(&self, at: RowKey) -> Option<&Row> {
        self.get(self.slot(at)?).map(|pending| &pending.row)
    }

    /// An object, to be changed.
    pub(in crate::db) fn object_mut(&mut self, at: RowKey) -> Option<&mut Pending> {
        let slot = self.slot(at)?;
        self.recent = Some((at, slot));
        match self.slots.get_mut(slot.at)?.as_mut()? {
            Change::One(pending) => Some(pending),
            Change::Divided(parts) => parts.get_mut(slot.part)?.as_mut(),
            Change::Many(_) => None,
        }
    }

    /// Takes an object out.
    pub(in crate::db) fn take(&mut self, at: RowKey) -> Option<Pending> {
        let slot = self.slot(at)?;
        let pending = self.lift(slot)?;
        self.settle(&pending);
        Some(pending)
    }

    /// Whether there is none.
    pub(in crate::db) fn is_empty(&self) -> bool {
        self.slot_of.is_empty() && self.batches.is_empty()
    }

    /// The first object in order of changes; those of its batch become objects of their own.
    pub(in crate::db) fn first(&mut self) -> Option<RowKey> {
        let slot = self.slot_from(Slot::default())?;
        self.divide(slot, 0);
        self.at(slot)
    }

    fn get(&self, slot: Slot) -> Option<&Pending> {
        match self.slots.get(slot.at)?.as_ref()? {
            Change::One(pending) => Some(pending),
            Change::Divided(parts) => parts.get(slot.part)?.as_ref(),
            Change::Many(_) => None,
        }
    }

    /// The object in a slot.
    pub(in crate::db) fn at(&self, slot: Slot) -> Option<RowKey> {
        self.get(slot).map(|pending| pending.at)
    }

    /// The next slot that is in use, from this one on.
    pub(in crate::db) fn slot_from(&self, from: Slot) -> Option<Slot> {
        self.slots.iter().enumerate().skip(from.at).find_map(|(at, change)| {
            let first = if at == from.at { from.part } else { 0 };
            let part = match change.as_ref()? {
                Change::Divided(parts) => first + parts.get(first..)?.iter().position(Option::is_some)?,
                _ if first > 0 => return None,
                _ => 0,
            };
            Some(Slot { at, part })
        })
    }

    /// The slot of an object.
    pub(in crate::db) fn slot(&self, at: RowKey) -> Option<Slot> {
        match self.recent {
            Some((recent, slot)) if recent == at => Some(slot),
            _ => self.slot_of.get(&at).copied(),
        }
    }

    /// Lifts an object out of its slot for a while; [`Self::put_back`] or [`Self::settle`] must follow.
    pub(in crate::db) fn lift(&mut self, slot: Slot) -> Option<Pending> {
        let place = self.slots.get_mut(slot.at)?;
        match place {
            Some(Change::Divided(parts)) => parts.get_mut(slot.part)?.take(),
            _ => match place.take_if(|change| matches!(change, Change::One(_)))? {
                Change::One(pending) => Some(pending),
                _ => None,
            },
        }
    }

    /// Puts a lifted object back.
    pub(in crate::db) fn put_back(&mut self, slot: Slot, pending: Pending) {
        match self.slots.get_mut(slot.at) {
            Some(Some(Change::Divided(parts))) => {
                if let Some(place) = parts.get_mut(slot.part) {
                    *place = Some(pending);
                }
            }
            Some(place) => *place = Some(Change::One(pending)),
            None => {}
        }
    }

    /// Forgets a lifted object: it is in the table now.
    pub(in crate::db) fn settle(&mut self, pending: &Pending) {
        self.slot_of.remove(&pending.at);
        if pending.before.is_none() {
            let was_fresh = self.fresh.remove(&pending.at);
            self.discount(pending.at.class, was_fresh.into());
            self.autoids.remove(&(pending.at.class, pending.row.autoid));
            if let Some(oid) = pending.oid() {
                self.oids.remove(&oid);
            }
        }
        self.recent = None;
        self.rest();
    }

    /// Begins anew when nothing is pending.
    fn rest(&mut self) {
        if self.is_empty() {
            self.slots.clear();
            self.bytes = 0;
        }
    }

    /// Forgets everything, or what belongs to one class.
    pub(in crate::db) fn clear(&mut self, class: Option<u16>) {
        match class {
            None => *self = PendingRows::default(),
            Some(class) => {
                let mine: Vec<RowKey> = self.slot_of.keys().filter(|at| at.class == class).copied().collect();
                for at in mine {
                    self.take(at);
                }
                for at in self.batches.slots(class).collect::<Vec<_>>() {
                    let slot = Slot { at, part: 0 };
                    if let Some(batch) = self.batch(slot) {
                        self.settle_batch(slot, &batch);
                    }
                }
            }
        }
    }

    /// The nearest new object of a class behind (or before) a key; from the end without a key.
    pub(in crate::db) fn fresh_beyond(&self, class: u16, key: Option<Key>, forward: bool) -> Option<Key> {
        let low = RowKey { class, key: Key { epoch: 0, oid: 0 } };
        let high = RowKey { class, key: Key { epoch: u64::MAX, oid: u64::MAX } };
        let at = key.map(|key| RowKey { class, key });
        let found = if forward {
            self.fresh.range(at.unwrap_or(low)..=high).find(|found| Some(**found) != at)
        } else {
            self.fresh.range(low..=at.unwrap_or(high)).rev().find(|found| Some(**found) != at)
        };
        let pair = |key: Key| (key.epoch, key.oid);
        let batched = self.batches.beyond(class, key.map(pair), forward).map(|(epoch, oid)| Key { epoch, oid });
        nearer(found.map(|found| found.key), batched, forward)
    }

    /// The nearest new object of a class by autoid, behind (or before) one; from the end without.
    pub(in crate::db) fn autoid_beyond(&self, class: u16, autoid: Option<u64>, forward: bool) -> Option<(u64, Key)> {
        let at = autoid.map(|autoid| (class, autoid));
        let found = if forward {
            self.autoids.range(at.unwrap_or((class, 0))..=(class, u64::MAX)).find(|(found, _)| Some(**found) != at)
        } else {
            self.autoids.range((class, 0)..=at.unwrap_or((class, u64::MAX))).rev().find(|(found, _)| Some(**found) != at)
        };
        let batched = self.batch_autoids.beyond(class, autoid.map(|autoid| (0, autoid)), forward);
        let batched = batched.and_then(|(_, autoid)| Some((autoid, self.batched_autoid(class, autoid)?)));
        nearer(found.map(|(found, key)| (found.1, *key)), batched, forward)
    }

    /// The new object with this autoid.
    pub(in crate::db) fn with_autoid(&self, class: u16, autoid: u64) -> Option<Key> {
        self.autoids.get(&(class, autoid)).copied().or_else(|| self.batched_autoid(class, autoid))
    }

    fn batched_autoid(&self, class: u16, autoid: u64) -> Option<Key> {
        let at = self.batch_autoids.slot(class, (0, autoid))?;
        let batch = self.batch(Slot { at, part: 0 })?;
        let row = usize::try_from(autoid - batch.autoid).ok()?;
        Some(batch.at(row).key)
    }

    /// The new object with this oid.
    pub(in crate::db) fn with_oid(&self, class: u16, oid: &Value) -> Option<Key> {
        match oid {
            Value::Bytes(oid) if !self.oids.is_empty() => self.oids.get(&(class, oid.clone())).copied(),
            _ => None,
        }
    }

    /// The nearest new object of a class by oid, behind (or before) one; from the end without.
    pub(in crate::db) fn oid_beyond(&self, class: u16, oid: Option<&[u8]>, forward: bool) -> Option<(Value, Key)> {
        let at = oid.map(|oid| (class, Box::from(oid)));
        let (low, high) = (Included((class, Box::default())), Excluded((class.saturating_add(1), Box::default())));
        let found = match at {
            Some(at) if forward => self.oids.range((Excluded(at), high)).next(),
            Some(at) => self.oids.range((low, Excluded(at))).next_back(),
            None if forward => self.oids.range((low, high)).next(),
            None => self.oids.range((low, high)).next_back(),
        };
        found.map(|((_, oid), key)| (Value::Bytes(oid.clone()), *key))
    }

    /// Number of new objects of a class.
    pub(in crate::db) fn fresh_count(&self, class: u16) -> u64 {
        self.counts.get(&class).copied().unwrap_or_default()
    }
}

/// Bytes of the objects of a batch as single ones.
fn weight(batch: &Batch) -> usize {
    batch.weight(0..batch.rows).saturating_add(batch.rows.saturating_mul(OBJECT_BYTES))
}

fn nearer<T: Ord>(a: Option<T>, b: Option<T>, forward: bool) -> Option<T> {
    let both = a.into_iter().chain(b);
    if forward { both.min() } else { both.max() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;

    const CLASS: u16 = 1;

    fn key(oid: u64) -> RowKey {
        RowKey { class: CLASS, key: Key { epoch: 1, oid } }
    }

    /// Objects of a batch become single ones in its place, whatever stands behind: to go through many batches costs no more for the first.
    #[test]
    fn a_batch_is_divided_in_its_place() {
        let mut list = PendingRows::default();
        for first in [10, 20] {
            list.add_batch(Batch { first: key(first).key, ..Batch::new(CLASS, 4, vec![Value::Int(0)]) });
        }
        list.add(Batch { first: key(30).key, ..Batch::new(CLASS, 1, vec![Value::Int(0)]) }.single(0)).unwrap();
        let behind = list.slot(key(30));
        assert_eq!(list.fresh_count(CLASS), 9);
        list.single_out(key(12));
        assert_eq!(list.fresh_count(CLASS), 9);
        let second = Slot { at: 1, part: 0 };
        assert_eq!((list.slot(key(30)), list.batch(second).map(|batch| batch.at(0))), (behind, Some(key(20))));
        list.divide(second, 3);
        assert_eq!((list.fresh_count(CLASS), list.fresh_count(CLASS + 1)), (6, 0));
        let mut order = Vec::new();
        while let Some(at) = list.first() {
            order.push(at.key.oid);
            list.take(at);
            assert_eq!(list.fresh_count(CLASS), 6 - order.len() as u64);
        }
        assert_eq!(order, [10, 11, 12, 13, 23, 30]);
        assert!(list.is_empty() && list.fresh_count(CLASS) == 0 && list.slot_from(Slot::default()).is_none());
    }
}
