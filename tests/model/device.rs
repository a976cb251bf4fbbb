//! The device: commits and epochs, what it sends, what it believes of custody and confirmation, clear.

use crate::rules::{Rule, Scope};
use crate::state::{CLOCK, Epoch, Epochs, Link, Mark, Origin, Parcel, Parent, Times, Word, Write, Writes};
use crate::state::{at, each, span};

/// What has no place in the arrays would be left out in silence.
const TOO_SMALL: &str = "the arrays of the model are too small";

type Outcome = Result<(), &'static str>;

impl Origin {
    pub fn insert(&mut self, scope: &Scope) -> Outcome {
        self.commit()?;
        let oid = each(self.device.logged).filter(|w| self.history.writes[*w].row as usize == *w).count() as u8;
        let (row, epoch) = (self.history.written, self.epoch());
        let key = if scope.on(Rule::Identity) { epoch << 4 | oid } else { oid };
        self.write(Write { key, row, value: row, ..Write::default() })
    }

    pub fn update(&mut self, write: usize) -> Outcome {
        self.commit()?;
        self.write(Write { value: self.history.written, ..self.history.writes[write] })
    }

    pub fn delete(&mut self, write: usize) -> Outcome {
        self.commit()?;
        self.device.rows &= !(1 << write);
        self.dropped |= 1 << write;
        Ok(())
    }

    /// Begins a transaction, and an epoch where it is the first since the database was opened.
    fn commit(&mut self) -> Outcome {
        let device = &mut self.device;
        device.clock += 1;
        if device.clock > CLOCK {
            return Err(TOO_SMALL);
        }
        if device.opened {
            let epoch = self.history.begun as usize;
            let before = each(device.chain).last().map(|e| e as u8);
            let place = self.history.epochs.get_mut(epoch).ok_or(TOO_SMALL)?;
            *place = Epoch { first: device.clock, before, generation: device.generation, beats: device.known };
            self.history.begun += 1;
            device.chain |= 1 << epoch;
            device.opened = false;
        }
        Ok(())
    }

    fn write(&mut self, write: Write) -> Outcome {
        let number = self.history.written as usize;
        let older = self.history.find(self.device.rows, write.key).map_or(0, |w| 1 << w);
        *self.history.writes.get_mut(number).ok_or(TOO_SMALL)? = Write { ts: self.device.clock, epoch: self.epoch(), ..write };
        self.history.written += 1;
        self.device.rows = self.device.rows & !older | 1 << number;
        self.device.logged |= 1 << number;
        Ok(())
    }

    fn epoch(&self) -> u8 {
        each(self.device.chain).last().unwrap_or(0) as u8
    }

    /// The handshake with a router: has it what it took, and where does the stream start?
    pub fn attach(&mut self, scope: &Scope, router: u8) {
        let mark = self.custody.mark.filter(|m| self.device.mine(&self.history, *m));
        if let Some((db, upto)) = self.device.held {
            let behind = mark.is_some_and(|m| m.ts < upto);
            if db != router || self.custody.mark.is_none() || behind {
                self.end_custody(scope);
            }
        }
        let adopts = !self.device.void || !scope.on(Rule::VoidStartsBack);
        if let Some(mark) = mark.filter(|m| adopts && m.ts > self.device.custody) {
            self.device.custody = mark.ts;
            self.device.held = Some((router, mark.ts));
        }
        self.open(Parent::Router);
        self.custody.mark = self.mark(self.device.custody);
    }

    /// A connection on which both agree on the start.
    pub fn open(&mut self, to: Parent) {
        self.device.void = false;
        self.link = Link { to, sent: self.device.custody, ..Link::default() };
    }

    pub fn mark(&self, ts: u8) -> Option<Mark> {
        self.history.epoch_of(self.device.chain, ts).map(|e| Mark { epoch: e as u8, ts })
    }

    pub fn send(&mut self, scope: &Scope, to: u8) {
        let (history, device) = (&self.history, &self.device);
        let keys = history.between(device.logged, self.link.sent, to);
        let current = |w: usize| history.find(device.rows, history.key(w)).filter(|now| *now == w || scope.on(Rule::SendCurrent));
        let rows = each(keys).filter_map(current).fold(0, |mask: Writes, w| mask | 1 << w);
        let missing = each(keys & device.gap).filter(|w| history.find(device.rows, history.key(*w)).is_none());
        let missing = missing.fold(0, |mask: Times, w| mask | at(history.writes[w].ts));
        let range = span(self.link.sent, to);
        let chain = (self.link.sent + 1..=to)
            .filter_map(|ts| history.epoch_of(device.chain, ts))
            .fold(0, |mask: Epochs, e| mask | 1 << e);
        let claims = if scope.on(Rule::GapUnclaimed) { range & !missing } else { range };
        self.link.parcel = Parcel { range, claims, chain, rows };
        self.link.sent = to;
    }

    pub fn acknowledged(&mut self, router: u8) {
        let upto = std::mem::take(&mut self.link.ack);
        self.device.custody = self.device.custody.max(upto);
        if self.link.to == Parent::Router {
            self.device.held = Some((router, upto));
        }
    }

    /// Back to what is confirmed. What is not held any more is a gap.
    pub fn end_custody(&mut self, scope: &Scope) {
        if !scope.on(Rule::Confirm) {
            return;
        }
        let (history, device) = (&self.history, &mut self.device);
        let unsure = history.between(device.logged, device.confirmed, device.custody);
        let lost = each(unsure).filter(|w| history.find(device.rows, history.key(*w)).is_none());
        let lost = lost.fold(0, |mask: Writes, w| mask | 1 << w);
        if scope.on(Rule::GapRecord) {
            device.gap |= lost;
        }
        device.custody = device.custody.min(device.confirmed);
        device.held = None;
        device.void = true;
        if scope.on(Rule::VoidCloses) {
            self.link = Link::default();
        } else {
            self.link.sent = device.custody;
        }
    }

    /// The server's word: how far it is complete, and whether the timeline forked.
    pub fn hear(&mut self, scope: &Scope, word: &Word) -> Outcome {
        let confirmed = self.complete(scope, word);
        let back = confirmed < self.device.confirmed;
        self.device.confirmed = confirmed;
        if back {
            self.end_custody(scope);
        }
        self.device.custody = self.device.custody.max(confirmed);
        self.link.sent = self.link.sent.max(if self.link.to == Parent::None { 0 } else { self.device.custody });
        self.fork(scope, word)
    }

    /// How far the server has everything, but for what is recorded as lost.
    pub fn complete(&self, scope: &Scope, word: &Word) -> u8 {
        let (history, device) = (&self.history, &self.device);
        let lost =
            each(device.gap).filter(|_| scope.on(Rule::GapUnclaimed)).fold(0, |mask: Times, w| mask | at(history.writes[w].ts));
        let has =
            |ts: &u8| lost & at(*ts) != 0 || history.epoch_of(device.chain, *ts).is_some_and(|e| word.got[e] & at(*ts) != 0);
        if scope.on(Rule::NoHole) {
            (1..=device.clock).take_while(has).last().unwrap_or(0)
        } else {
            (1..=device.clock).rfind(has).unwrap_or(0)
        }
    }

    /// A higher generation, and what was changed since the fork once more in it.
    fn fork(&mut self, scope: &Scope, word: &Word) -> Outcome {
        let mut point = None;
        for epoch in (0..self.history.begun as usize).filter(|e| word.seen[*e] > 0) {
            let Some(left) = self.left(word, epoch) else { continue };
            self.device.generation = self.device.generation.max(self.history.epochs[epoch].generation);
            point = Some(point.map_or(left, |p: u8| p.min(left)));
            let known = if self.device.chain & 1 << epoch != 0 { &mut self.device.tails } else { &mut self.device.known };
            *known |= 1 << epoch;
        }
        let Some(point) = point.filter(|_| scope.on(Rule::Generation)) else { return Ok(()) };
        self.device.generation += 1;
        self.device.opened = true;
        let again = self.history.between(self.device.rows, point, CLOCK);
        if again != 0 {
            self.commit()?;
        }
        each(again).try_for_each(|w| self.write(Write { ..self.history.writes[w] }))
    }

    /// Where an epoch that the server knows left this timeline, if it did and that is news.
    fn left(&self, word: &Word, epoch: usize) -> Option<u8> {
        let (device, history, bit) = (&self.device, &self.history, 1 << epoch);
        if device.chain & bit != 0 {
            let end = device.end(history, epoch);
            return (word.seen[epoch] > end && device.tails & bit == 0).then_some(end);
        }
        let Epoch { first, before, beats, .. } = history.epochs[epoch];
        let point = || match before.map(usize::from).filter(|b| device.chain & 1 << b != 0) {
            Some(before) => (first - 1).min(device.end(history, before)),
            None => 0,
        };
        (beats & device.chain == 0 && device.known & bit == 0).then(point)
    }

    /// The rows that clear takes.
    pub fn clearable(&self, scope: &Scope) -> Writes {
        let d = &self.device;
        let waits = d.confirmed < d.deep_until && scope.on(Rule::DeepMeansServer);
        let upto = if waits { d.custody.min(d.confirmed) } else { d.custody };
        self.history.between(d.rows, 0, if scope.on(Rule::ClearAcknowledged) { upto } else { d.clock })
    }
}
