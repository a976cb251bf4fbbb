//! Where batches of new objects are, by class and by two numbers, of which the second counts on within a batch.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Two numbers of an object.
pub(in crate::db) type Pair = (u64, u64);

/// Batches of all classes; none overlap.
#[derive(Debug, Default)]
pub(in crate::db) struct Runs(BTreeMap<(u16, u64, u64), Run>);

#[derive(Clone, Copy, Debug)]
struct Run {
    /// At least 1.
    count: u64,
    slot: usize,
}

impl Runs {
    /// Whether there is none.
    pub(in crate::db) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a batch, or says where it is now.
    pub(in crate::db) fn put(&mut self, class: u16, first: Pair, count: usize, slot: usize) {
        self.0.insert((class, first.0, first.1), Run { count: count as u64, slot });
    }

    /// Takes out the batch that begins there.
    pub(in crate::db) fn remove(&mut self, class: u16, first: Pair) {
        self.0.remove(&(class, first.0, first.1));
    }

    /// The slot of the batch that has this object.
    pub(in crate::db) fn slot(&self, class: u16, at: Pair) -> Option<usize> {
        let (&(found, high, low), run) = self.0.range(..=(class, at.0, at.1)).next_back()?;
        (found == class && high == at.0 && at.1 - low < run.count).then_some(run.slot)
    }

    /// Slots of the batches of a class.
    pub(in crate::db) fn slots(&self, class: u16) -> impl Iterator<Item = usize> {
        self.0.range((class, 0, 0)..=(class, u64::MAX, u64::MAX)).map(|(_, run)| run.slot)
    }

    /// The nearest object of a class behind (or before) a place; from the end without one.
    pub(in crate::db) fn beyond(&self, class: u16, at: Option<Pair>, forward: bool) -> Option<Pair> {
        let (from, to) = ((class, 0, 0), (class, u64::MAX, u64::MAX));
        let place = at.map(|at| (class, at.0, at.1));
        if !forward {
            let before = place.map_or(Bound::Included(to), Bound::Excluded);
            let ((_, high, low), run) = self.0.range((Bound::Included(from), before)).next_back()?;
            let last = low + (run.count - 1);
            return Some((*high, at.filter(|at| at.0 == *high).map_or(last, |at| last.min(at.1 - 1))));
        }
        if let Some(at) = at.filter(|at| at.1 < u64::MAX && self.slot(class, *at) == self.slot(class, (at.0, at.1 + 1)))
            && self.slot(class, at).is_some()
        {
            return Some((at.0, at.1 + 1));
        }
        let behind = place.map_or(Bound::Included(from), Bound::Excluded);
        self.0.range((behind, Bound::Included(to))).next().map(|((_, high, low), _)| (*high, *low))
    }
}
