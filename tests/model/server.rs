//! The server: received ranges by epoch, rows by version, graves; and its word on what it has.

use crate::rules::{Rule, Scope};
use crate::state::{EPOCHS, History, Parcel, Received, Times, Word, Writes, at, each, last};

impl Received {
    /// One commit: the rows of a parcel, then its ranges.
    pub fn apply(&mut self, scope: &Scope, history: &History, parcel: Parcel) -> Result<(), &'static str> {
        for write in each(parcel.rows) {
            self.saw |= 1 << write;
            if !self.wants(scope, history, write) {
                continue;
            }
            let older = history.find(self.rows, history.key(write)).map_or(0, |w| 1 << w);
            if each(self.deleted).any(|d| history.row(d) == history.row(write) && history.before(write, d)) {
                return Err("a row that the server had deleted is back");
            }
            self.rows = self.rows & !older | 1 << write;
        }
        for ts in (1..=last(parcel.claims)).filter(|ts| parcel.claims & at(*ts) != 0) {
            let epoch = history.epoch_of(parcel.chain, ts).ok_or("a range without an epoch")?;
            self.got[epoch] |= at(ts);
        }
        self.bury(history);
        Ok(())
    }

    /// The application deletes a row.
    pub fn delete(&mut self, scope: &Scope, history: &History, write: usize) {
        self.rows &= !(1 << write);
        self.deleted |= 1 << write;
        if scope.on(Rule::Graves) {
            self.graves |= 1 << write;
        }
        self.bury(history);
    }

    fn wants(&self, scope: &Scope, history: &History, write: usize) -> bool {
        let w = history.writes[write];
        let newer = |other: usize| history.key(other) == w.key && history.version(other) >= history.version(write);
        let duplicate = scope.on(Rule::ReceivedSet) && self.got[w.epoch as usize] & at(w.ts) != 0;
        !duplicate && !each(self.graves | self.rows).any(newer)
    }

    /// Graves go when nothing older can come any more.
    fn bury(&mut self, history: &History) {
        let open = |w: &usize| !self.has_all(history, history.writes[*w].epoch as usize, history.writes[*w].ts);
        self.graves = each(self.graves).filter(open).fold(0, |mask: Writes, w| mask | 1 << w);
    }

    /// Whether all of a timeline up to an instant was received.
    fn has_all(&self, history: &History, mut epoch: usize, mut ts: u8) -> bool {
        loop {
            let e = history.epochs[epoch];
            if run(self.got[epoch], e.first) < ts {
                return false;
            }
            let Some(before) = e.before else { return true };
            (ts, epoch) = (e.first - 1, before as usize);
        }
    }

    pub fn word(&self, scope: &Scope, history: &History) -> Word {
        let mut word = Word::default();
        for epoch in 0..(history.begun as usize).min(EPOCHS) {
            let ranges = self.got[epoch];
            if ranges == 0 && !scope.on(Rule::Declare) {
                continue;
            }
            word.got[epoch] = ranges;
            let rows = each(self.saw).map(|w| history.writes[w]).filter(|w| w.epoch as usize == epoch);
            word.seen[epoch] = rows.map(|w| w.ts).fold(last(ranges), u8::max);
        }
        word
    }
}

/// The end of the run of timestamps that begins with `first`; 0 if that one is missing.
fn run(times: Times, first: u8) -> u8 {
    let missing = (first..=8).find(|ts| times & at(*ts) == 0).unwrap_or(9);
    if missing == first { 0 } else { missing - 1 }
}
