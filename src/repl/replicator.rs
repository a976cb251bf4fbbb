//! The replication core of one node.

use super::{Config, Input, Output};
use crate::base::Millis;
use std::collections::VecDeque;

/// All links and syncs of one node. Not thread safe by itself; the driver owns it.
#[derive(Debug)]
pub struct Replicator {
    config: Config,
    outputs: VecDeque<Output>,
}

impl Replicator {
    /// A replicator without links.
    pub fn new(config: Config) -> Self {
        Replicator { config, outputs: VecDeque::new() }
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes in what happened at `now`. `now` never goes back. Afterwards call [`Replicator::poll`] until it gives nothing.
    pub fn handle(&mut self, now: Millis, input: Input) {
        let _ = (now, input);
    }

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
