//! History: commits, epochs, and whether a position lies on it.

use super::Model;
use crate::fault::Fault;
use mcoiot::base::{Beat, EpochId, EpochInfo, Position, Range, Timestamp, Version};

impl Model {
    /// Counts a commit; the first one after opening starts an epoch.
    pub(super) fn tick(&mut self) -> Version {
        self.clock += 1;
        let ts = Timestamp(self.clock);
        let keeps = self.fault == Fault::EpochKept && !self.chain.is_empty();
        if std::mem::take(&mut self.opened) && !keeps {
            let (before, left) = self.chain.last().map_or_else(Default::default, |e| (e.id, e.last));
            let (id, agent, db, generation) = (self.random.epoch_id(), self.agent, self.db, self.generation);
            self.chain.push(EpochInfo { id, agent, db, first: ts, last: ts, before, left, generation });
            self.beats.extend(self.beaten.iter().map(|beaten| Beat { epoch: id, beaten: *beaten }));
        }
        let epoch = self.chain.last_mut().expect("an epoch was started");
        epoch.last = ts;
        Version { generation: epoch.generation, ts, epoch: epoch.id }
    }

    /// The position of a commit of ours.
    pub(super) fn position(&self, ts: u64) -> Position {
        let epoch = self.chain.iter().rev().find(|e| e.first.0 <= ts && ts <= e.last.0).map_or(EpochId(0), |e| e.id);
        Position { ts: Timestamp(if epoch == EpochId(0) { 0 } else { ts }), epoch }
    }

    pub(super) fn is_mine(&self, at: Position) -> bool {
        if self.fault == Fault::Epoch {
            return at.ts.0 <= self.clock;
        }
        on_chain(&self.chain, at)
    }

    /// The position if it is ours, else the beginning.
    pub(super) fn mine_or_start(&self, at: Position) -> Position {
        if self.is_mine(at) { at } else { Position::default() }
    }

    /// The part of a position's past that lies on a chain.
    pub(super) fn past_on(&self, mut at: Position, chain: &[EpochInfo]) -> Position {
        while at.epoch != EpochId(0) {
            if let Some(e) = chain.iter().find(|e| e.id == at.epoch) {
                return Position { ts: at.ts.min(e.last), epoch: e.id };
            }
            let Some(e) = self.info.get(&at.epoch) else { break };
            at = Position { ts: e.left, epoch: e.before };
        }
        Position::default()
    }

    /// Our own history in (`after`, `up_to`], epoch by epoch.
    pub(super) fn notes(&self, after: u64, up_to: u64) -> Vec<Range> {
        let part = |e: &EpochInfo| {
            let (from, to) = (after.max(e.first.0 - 1), up_to.min(e.last.0));
            (from < to).then_some(Range { epoch: e.id, from: Timestamp(from), to: Timestamp(to) })
        };
        self.chain.iter().filter_map(part).collect()
    }

    /// What of an epoch has been received, as (from, to], with everything joined that touches.
    pub(super) fn join(ranges: &mut Vec<(u64, u64)>, from: u64, to: u64) {
        ranges.push((from, to));
        ranges.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (from, to) in std::mem::take(ranges) {
            match joined.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(to),
                None => joined.push((from, to)),
            }
        }
        *ranges = joined;
    }
}

/// Whether a position lies in this history, and not beyond the end of one of its parts.
pub fn on_chain(chain: &[EpochInfo], at: Position) -> bool {
    at == Position::default() || chain.iter().any(|e| e.id == at.epoch && e.first <= at.ts && at.ts <= e.last)
}
