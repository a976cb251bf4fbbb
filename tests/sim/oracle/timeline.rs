//! What one database has made, and what its application did to received rows. Goes back with a restored backup.

use crate::store::Content;
use mcoiot::base::AgentId;
use std::collections::{BTreeMap, BTreeSet};

/// One state of a row.
#[derive(Clone, Copy, Debug)]
pub struct State {
    pub ts: u64,
    pub class: u16,
    /// Nothing: deleted by its maker.
    pub write: Option<u64>,
    pub receiver: AgentId,
}

#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// By serial, oldest first.
    pub states: BTreeMap<u64, Vec<State>>,
    /// Received rows that the application has deleted, with the state that they had.
    pub dropped: BTreeMap<u64, u64>,
    /// Local changes of received rows.
    pub local: BTreeSet<u64>,
    /// Every write of others that has been here.
    pub had: BTreeSet<u64>,
    /// Where other histories of the same database have left this one, at most.
    pub fork: u64,
}

impl Timeline {
    pub fn add(&mut self, class: u16, content: Content, receiver: AgentId, ts: u64) {
        self.states.entry(content.serial).or_default().push(State { ts, class, write: Some(content.write), receiver });
    }

    pub fn end(&mut self, class: u16, serial: u64, ts: u64) {
        let states = self.states.entry(serial).or_default();
        let receiver = states.last().map_or(AgentId::ALL, |s| s.receiver);
        states.push(State { ts, class, write: None, receiver });
    }

    /// When the last state was made.
    pub fn last(&self) -> u64 {
        self.states.values().flatten().map(|s| s.ts).max().unwrap_or(0)
    }

    pub fn ts_of(&self, serial: u64, write: u64) -> Option<u64> {
        self.states.get(&serial)?.iter().find(|s| s.write == Some(write)).map(|s| s.ts)
    }
}
