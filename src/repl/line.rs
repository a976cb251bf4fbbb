//! What all streams of one link share: how much may be on its way, and whose turn it is.

use crate::base::AgentId;
use std::collections::{BTreeSet, VecDeque};

#[derive(Debug)]
pub(super) struct Line {
    limit: usize,
    /// Sent and not acknowledged.
    in_flight: usize,
    /// Being read, or read and not sent.
    reserved: usize,
    /// Come, and not acknowledged by us.
    incoming: usize,
    /// Agents whose streams wait for room, in turn.
    turns: VecDeque<AgentId>,
    waiting: BTreeSet<AgentId>,
}

impl Line {
    pub fn new(limit: usize) -> Self {
        Line { limit, in_flight: 0, reserved: 0, incoming: 0, turns: VecDeque::new(), waiting: BTreeSet::new() }
    }

    /// Whether a stream for `agent` may begin to read so much. If not, it gets its turn when there is room.
    pub fn take_turn(&mut self, agent: AgentId, cost: usize) -> bool {
        let used = self.in_flight + self.reserved;
        let first = self.next().is_none_or(|next| next == agent);
        if first && (used == 0 || used + cost <= self.limit) {
            self.leave(agent);
            self.reserved += cost;
            return true;
        }
        if self.waiting.insert(agent) {
            self.turns.push_back(agent);
        }
        false
    }

    /// The agent wants nothing now.
    pub fn leave(&mut self, agent: AgentId) {
        if self.waiting.remove(&agent) {
            self.turns.retain(|a| *a != agent);
        }
    }

    /// Whose turn it is.
    pub fn next(&self) -> Option<AgentId> {
        self.turns.front().copied()
    }

    /// What was read is larger or smaller than what was reserved for it.
    pub fn adjust(&mut self, reserved: usize, cost: usize) {
        self.reserved = self.reserved.saturating_sub(reserved) + cost;
    }

    /// Whether a batch that was read may go out.
    pub fn may_send(&self, cost: usize) -> bool {
        self.in_flight == 0 || self.in_flight + cost <= self.limit
    }

    /// It goes out.
    pub fn sent(&mut self, cost: usize) {
        self.reserved = self.reserved.saturating_sub(cost);
        self.in_flight += cost;
    }

    /// It was acknowledged, or given up.
    pub fn landed(&mut self, cost: usize) {
        self.in_flight = self.in_flight.saturating_sub(cost);
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// For tests of the bounds.
    pub fn held(&self) -> (usize, usize) {
        (self.in_flight + self.reserved, self.incoming)
    }

    /// Takes in what the peer has sent, if it may be so much.
    pub fn receive(&mut self, cost: usize) -> bool {
        let fits = self.incoming == 0 || self.incoming + cost <= self.limit;
        if fits {
            self.incoming += cost;
        }
        fits
    }

    /// It is acknowledged or refused.
    pub fn answered(&mut self, cost: usize) {
        self.incoming = self.incoming.saturating_sub(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_waited_goes_before_who_comes_again() {
        let (a, b) = (AgentId(7), AgentId(8));
        let mut line = Line::new(100);
        assert!(line.take_turn(a, 80) && !line.take_turn(b, 80));
        line.adjust(80, 0);
        assert!(!line.take_turn(a, 80), "it is the turn of the other one");
        assert_eq!(line.next(), Some(b));
        assert!(line.take_turn(b, 80));
        line.leave(a);
        assert_eq!(line.next(), None);
    }

    #[test]
    fn one_that_is_larger_than_the_window_goes_and_comes_alone() {
        let mut line = Line::new(100);
        assert!(line.may_send(500) && line.receive(500) && !line.receive(1));
        line.sent(500);
        assert!(!line.may_send(1));
        line.landed(500);
        line.answered(500);
        assert!(line.may_send(1) && line.receive(60) && line.receive(40) && !line.receive(1));
        assert_eq!(line.held(), (0, 100));
    }
}
