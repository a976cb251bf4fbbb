//! Batches of one stream on their way over one link: their numbers, and how many bytes they may have.

use super::Config;
use super::config::BATCH_OVERHEAD;
use super::env::{Closing, violation};
use super::flags::BATCH_RECONCILE;
use crate::base::{AgentId, Position};
use crate::wire::{Ack, Batch};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Window {
    limit: usize,
    flights: VecDeque<Flight>,
    cost: usize,
    last_seq: u64,
    /// Acknowledgments up to this number are of batches that were given up after a refusal.
    given_up: u64,
}

#[derive(Debug)]
struct Flight {
    seq: u64,
    up_to: Position,
    cost: usize,
    page: bool,
}

impl Window {
    pub fn new(config: &Config) -> Self {
        Window { limit: config.window_bytes, flights: VecDeque::new(), cost: 0, last_seq: 0, given_up: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    pub fn len(&self) -> usize {
        self.flights.len()
    }

    /// What the batches on their way take.
    pub fn cost(&self) -> usize {
        self.cost
    }

    pub fn has_room(&self, cost: usize) -> bool {
        self.is_empty() || self.cost + cost <= self.limit
    }

    /// Number of the youngest batch on its way.
    pub fn last(&self) -> Option<u64> {
        self.flights.back().map(|f| f.seq)
    }

    /// Numbers a batch that goes out now.
    pub fn add(&mut self, batch: &mut Batch) {
        self.last_seq += 1;
        batch.seq = self.last_seq;
        let cost = cost(batch);
        self.cost += cost;
        self.flights.push_back(Flight { seq: batch.seq, up_to: batch.up_to, cost, page: batch.flags & BATCH_RECONCILE != 0 });
    }

    /// Where the batch ends that the peer speaks of, and whether it is a page of a reconcile; nothing if that was given up.
    pub fn end_of(&self, ack: &Ack, peer: AgentId) -> Result<Option<(Position, bool)>, Closing> {
        if ack.seq <= self.given_up {
            return Ok(None);
        }
        match self.flights.front() {
            Some(front) if front.seq == ack.seq => Ok(Some((front.up_to, front.page))),
            _ => violation(format!("agent {peer} acknowledges batch {}, which is not its next one", ack.seq)),
        }
    }

    /// Whether pages of a reconcile are among them, whose positions do not compare with others.
    pub fn has_pages(&self) -> bool {
        self.flights.iter().any(|f| f.page)
    }

    /// The oldest batch has arrived; gives what it took.
    pub fn arrived(&mut self) -> usize {
        let cost = self.flights.pop_front().map_or(0, |front| front.cost);
        self.cost -= cost;
        cost
    }

    /// The peer passes over everything that is on its way; gives what that took.
    pub fn give_up(&mut self) -> usize {
        self.given_up = self.last_seq;
        self.flights.clear();
        std::mem::take(&mut self.cost)
    }
}

/// What a batch takes of the window.
pub(super) fn cost(batch: &Batch) -> usize {
    batch.body.len() + BATCH_OVERHEAD
}
