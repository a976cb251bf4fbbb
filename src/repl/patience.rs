//! How long a peer that owes something may give no sign of it.

use super::Config;
use super::config::SLOWEST_LINE;
use crate::base::Millis;

#[derive(Debug, Default)]
pub(super) struct Patience {
    /// Since when something is owed and nothing has come.
    since: Option<Millis>,
}

impl Patience {
    /// Whether the peer owes something now.
    pub fn owed(&mut self, owed: bool, now: Millis) {
        self.since = if owed { self.since.or(Some(now)) } else { None };
    }

    /// What is owed has come nearer.
    pub fn sign(&mut self, now: Millis) {
        self.since = self.since.and(Some(now));
    }

    /// When it ends, with so many bytes on their way to the peer: before these it cannot see what it owes.
    pub fn end(&self, config: &Config, in_flight: usize) -> Option<Millis> {
        let way = Millis(in_flight as u64 * 1000 / SLOWEST_LINE);
        self.since.map(|since| since.after(config.answer_timeout).after(way))
    }
}
