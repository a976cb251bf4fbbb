//! Handles are values of slot tables: kind, generation and number of a slot. A stale, freed or foreign one is recognised;
//! whoever has found an entry keeps it alive until it is done.

use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};

/// Bits of a handle for the number of the slot.
const NUMBER_BITS: u32 = usize::BITS * 3 / 8;
/// Bits of a handle for the generation of the slot.
const GENERATION_BITS: u32 = usize::BITS / 2;
/// Slots of the first chunk; every further chunk has twice as many as the one before.
const FIRST_CHUNK: usize = 64;
/// Chunks of a table; together they have as many slots as a handle can number.
const CHUNKS: usize = NUMBER_BITS as usize - 6;

/// What a handle stands for; part of its value, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Kind {
    Session = 1,
    Transaction = 2,
    Communicator = 3,
    Connection = 4,
    Replicator = 5,
    Dictionary = 6,
}

/// Why a handle gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Never a handle of this table.
    Foreign,
    /// What it stood for has ended.
    Ended,
    /// What it stood for was taken away from its owner.
    Revoked,
}

/// All handles of one kind.
pub(crate) struct Slots<T> {
    kind: Kind,
    chunks: [Chunk<T>; CHUNKS],
    free: Mutex<Free>,
}

type Chunk<T> = OnceLock<Box<[Mutex<Slot<T>>]>>;

struct Slot<T> {
    generation: usize,
    /// Generation that was revoked last.
    revoked: Option<usize>,
    entry: Option<Arc<T>>,
}

struct Free {
    /// Slots given back, the last one first.
    numbers: Vec<usize>,
    /// Slots that were in use at least once.
    used: usize,
}

impl<T> Slots<T> {
    pub(crate) const fn new(kind: Kind) -> Self {
        Slots { kind, chunks: [const { OnceLock::new() }; CHUNKS], free: Mutex::new(Free { numbers: Vec::new(), used: 0 }) }
    }

    /// A new handle for `entry`; `None` when the table is full.
    pub(crate) fn insert(&self, entry: Arc<T>) -> Option<usize> {
        let number = {
            let mut free = self.free.lock();
            match free.numbers.pop() {
                Some(number) => number,
                None if free.used < 1 << NUMBER_BITS => {
                    free.used += 1;
                    free.used - 1
                }
                None => return None,
            }
        };
        let mut slot = self.slot(number)?.lock();
        slot.entry = Some(entry);
        Some(((self.kind as usize) << (NUMBER_BITS + GENERATION_BITS)) | (slot.generation << NUMBER_BITS) | number)
    }

    /// What a handle stands for.
    pub(crate) fn get(&self, handle: usize) -> Result<Arc<T>, Missing> {
        self.with(handle, |slot| slot.entry.clone())
    }

    /// Ends a handle; who has found the entry before keeps it until it is done.
    pub(crate) fn remove(&self, handle: usize) -> Result<Arc<T>, Missing> {
        self.end(handle, None)
    }

    /// As [`Slots::remove`], for a handle that its owner has not given back: until its slot is revoked again, it is told
    /// apart from an ended one.
    pub(crate) fn revoke(&self, handle: usize) -> Result<Arc<T>, Missing> {
        self.end(handle, Some(generation(handle)))
    }

    /// Whether no handle is in use.
    pub(crate) fn is_empty(&self) -> bool {
        let free = self.free.lock();
        free.used == free.numbers.len()
    }

    fn end(&self, handle: usize, revoked: Option<usize>) -> Result<Arc<T>, Missing> {
        let entry = self.with(handle, |slot| {
            let entry = slot.entry.take()?;
            slot.generation = (slot.generation + 1) & mask(GENERATION_BITS);
            slot.revoked = revoked.or(slot.revoked);
            Some(entry)
        })?;
        self.free.lock().numbers.push(handle & mask(NUMBER_BITS));
        Ok(entry)
    }

    fn with<R>(&self, handle: usize, act: impl FnOnce(&mut Slot<T>) -> Option<R>) -> Result<R, Missing> {
        if handle >> (NUMBER_BITS + GENERATION_BITS) != self.kind as usize {
            return Err(Missing::Foreign);
        }
        let number = handle & mask(NUMBER_BITS);
        let slot = self.existing(number).ok_or(Missing::Foreign)?;
        let mut slot = slot.lock();
        if slot.generation != generation(handle) {
            return Err(if slot.revoked == Some(generation(handle)) { Missing::Revoked } else { Missing::Ended });
        }
        act(&mut slot).ok_or(Missing::Foreign)
    }

    fn slot(&self, number: usize) -> Option<&Mutex<Slot<T>>> {
        let (chunk, place) = locate(number);
        let make = || (0..FIRST_CHUNK << chunk).map(|_| Mutex::new(Slot { generation: 0, revoked: None, entry: None })).collect();
        self.chunks.get(chunk)?.get_or_init(make).get(place)
    }

    fn existing(&self, number: usize) -> Option<&Mutex<Slot<T>>> {
        let (chunk, place) = locate(number);
        self.chunks.get(chunk)?.get()?.get(place)
    }
}

/// Chunk of a slot, and its place in it.
fn locate(number: usize) -> (usize, usize) {
    let chunk = (number / FIRST_CHUNK + 1).ilog2();
    (chunk as usize, number - FIRST_CHUNK * ((1 << chunk) - 1))
}

const fn generation(handle: usize) -> usize {
    (handle >> NUMBER_BITS) & mask(GENERATION_BITS)
}

const fn mask(bits: u32) -> usize {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_and_foreign_handles_are_recognised() {
        let slots = Slots::new(Kind::Session);
        let others: Slots<u32> = Slots::new(Kind::Transaction);
        let first = slots.insert(Arc::new(7u32)).unwrap();
        assert_eq!(slots.get(first), Ok(Arc::new(7)));
        assert_eq!(others.get(first), Err(Missing::Foreign));
        assert_eq!(slots.remove(first), Ok(Arc::new(7)));
        assert_eq!(slots.remove(first), Err(Missing::Ended));
        let second = slots.insert(Arc::new(8)).unwrap();
        assert_ne!(first, second);
        assert_eq!(slots.get(first), Err(Missing::Ended));
        assert_eq!(slots.revoke(second), Ok(Arc::new(8)));
        assert_eq!(slots.get(second), Err(Missing::Revoked));
        assert_eq!(slots.get(first), Err(Missing::Ended));
        for foreign in [0, 1, usize::MAX, first + 1, first ^ (1 << (NUMBER_BITS - 1))] {
            assert_eq!(slots.get(foreign), Err(Missing::Foreign), "{foreign:x}");
        }
    }

    #[test]
    fn every_slot_has_its_own_place() {
        let slots = Slots::new(Kind::Connection);
        let handles: Vec<usize> = (0..1000usize).map(|i| slots.insert(Arc::new(i)).unwrap()).collect();
        for (i, handle) in handles.iter().enumerate() {
            assert_eq!(slots.get(*handle).as_deref(), Ok(&i));
        }
        assert!(!slots.is_empty());
        handles.iter().for_each(|handle| drop(slots.remove(*handle)));
        assert!(slots.is_empty());
    }
}
