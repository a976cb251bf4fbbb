//! What has to be true: in every state, at every clear, and when all is quiet.

use crate::rules::Scope;
use crate::state::{History, Origin, Parcel, State, Writes, each};
use crate::steps::Action;

type Verdict = Result<(), &'static str>;

fn demand(truth: bool, what: &'static str) -> Verdict {
    if truth { Ok(()) } else { Err(what) }
}

impl Origin {
    /// What a replaced node held, what the application removed, what is recorded as lost: nobody can be asked for these.
    fn excused(&self, write: usize) -> bool {
        let h = &self.history;
        self.device.gap & 1 << write != 0 || h.touched(write, self.dropped) || h.covered(write, self.destroyed)
    }

    fn at_server(&self, write: usize) -> bool {
        self.history.covered(write, self.received.rows | self.received.deleted)
    }

    fn durable(&self, write: usize) -> bool {
        let queued = self.custody.queue.iter().fold(0, |mask: Writes, Parcel { rows, .. }| mask | rows);
        self.at_server(write) || self.history.covered(write, queued)
    }

    /// Leaves out what cannot matter any more, so that states that differ in nothing else are one.
    ///
    /// `lasting`: the server cannot be put back any more, and what it has it keeps. Who held what arrived in the end is of no interest then:
    /// it would only excuse what needs no excuse. And a push with DEEP_ACK that has ended holds clear back no more, and has nothing left to
    /// promise; but not as long as the device may yet hear an older word.
    pub fn forget(&mut self, scope: &Scope, lasting: bool) {
        if !lasting {
            return;
        }
        self.destroyed = each(self.destroyed).filter(|w| !self.at_server(*w)).fold(0, |mask, w| mask | 1 << w);
        let deep = self.device.deep_until;
        if deep > 0 && deep <= self.device.confirmed && self.link.word.is_none() {
            let now = self.complete(scope, &self.received.word(scope, &self.history));
            if deep <= now {
                self.device.deep_until = 0;
            }
        }
    }

    fn every_state(&self) -> Verdict {
        let (h, d) = (&self.history, &self.device);
        let twice = |a: usize, b: usize| a != b && (h.key(a) == h.key(b) || h.row(a) == h.row(b));
        demand(self.received.rows >> h.written == 0, "a row at the server that nobody wrote")?;
        demand(!each(self.received.rows).any(|a| each(self.received.rows).any(|b| twice(a, b))), "a row is at the server twice")?;
        let within = |upto: u8| each(h.between(d.logged, 0, upto)).filter(|w| !self.excused(*w));
        demand(within(d.custody).all(|w| self.durable(w)), "acknowledged, but nobody has it on disk")?;
        demand(within(d.confirmed).all(|w| self.at_server(w)), "confirmed, but the server has neither this state nor a newer one")
    }

    /// Before clear removes rows.
    pub fn may_clear(&self, rows: Writes) -> Verdict {
        let acknowledged = each(rows).all(|w| self.durable(w) || self.excused(w));
        demand(acknowledged, "clear removes a row that nobody else has on disk")?;
        let deep = self.history.between(rows, 0, self.device.deep_until);
        let confirmed = each(deep).all(|w| self.at_server(w) || self.excused(w));
        demand(confirmed, "clear removes a row of a DEEP_ACK push that the server does not have")
    }

    /// When nothing moves any more and all are connected.
    fn quiet(&self) -> Verdict {
        let d = &self.device;
        for write in each(d.rows).filter(|w| !self.history.touched(*w, self.dropped)) {
            demand(self.at_server(write), "a row that the device holds is not at the server")?;
            demand(self.latest(write), "the server has another state of a row than the device, and no right to it")?;
        }
        let gap = |w: usize| d.gap & 1 << w != 0 && self.history.touched(w, self.destroyed);
        for write in each(self.gone).filter(|w| !self.history.touched(*w, self.dropped) && !self.at_server(*w)) {
            demand(d.gap & 1 << write != 0, "an acknowledged row is lost, and nobody says so")?;
            demand(gap(write), "an acknowledged row is lost, although neither router nor server was replaced")?;
        }
        demand(d.confirmed == d.clock, "a push with DEEP_ACK never ends")
    }

    /// The server has the device's state of a row, or one of a lost timeline that the device did not change since they parted.
    fn latest(&self, write: usize) -> bool {
        let (h, d) = (&self.history, &self.device);
        let Some(there) = each(self.received.rows).find(|w| h.row(*w) == h.row(write)) else { return true };
        let (w, t) = (h.writes[write], h.writes[there]);
        w.value == t.value || parted(h, d.chain, t.epoch as usize, t.ts, |e| d.end(h, e)).is_some_and(|point| w.ts <= point)
    }
}

/// Where a position left a chain; none if it is on it.
fn parted(h: &History, chain: u8, mut epoch: usize, mut ts: u8, end: impl Fn(usize) -> u8) -> Option<u8> {
    let own = chain & 1 << epoch != 0;
    while chain & 1 << epoch == 0 {
        ts = h.epochs[epoch].first - 1;
        let Some(before) = h.epochs[epoch].before else { return Some(0) };
        epoch = before as usize;
    }
    let point = ts.min(end(epoch));
    (!own || ts > end(epoch)).then_some(point)
}

impl State {
    /// After a step: of whom it was about.
    pub fn check(&self, after: Action) -> Verdict {
        let other = usize::from(1 - after.device);
        self.origin[usize::from(after.device)].every_state()?;
        if after.act.is_of_node() { self.origin[other].every_state() } else { Ok(()) }
    }

    pub fn check_quiet(&self) -> Verdict {
        self.origin.iter().try_for_each(Origin::quiet)
    }
}
