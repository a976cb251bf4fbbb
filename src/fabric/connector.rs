//! Connectors: keep a connection to an address, with pauses that grow while it fails.

use super::StopReason;
use super::engine::Engine;
use super::peering::Asker;
use crate::base::{LinkId, Millis, Random};
use crate::net::{Address, Failure, SocketOptions, Target, clock};

/// A shorter interval counts as this: failed attempts must not come faster than the program hears of them.
const INTERVAL_MIN: Millis = Millis(10);

/// The pause between attempts grows up to this many intervals.
const PAUSE_MAX: u64 = 16;

/// What a connector does.
pub(super) struct Connector {
    pub(super) address: Address,
    pub(super) options: SocketOptions,
    pub(super) timeout: Millis,
    /// Failures in a row after which it gives up; 0 = never.
    pub(super) attempts: u32,
    pub(super) interval: Millis,
    failures: u32,
    state: State,
}

enum State {
    /// The next attempt begins then.
    Pausing(Millis),
    /// The name is being looked up.
    Resolving,
    /// This connection is tried, or stands.
    Trying(LinkId),
}

impl Connector {
    pub(super) fn new(address: Address, options: SocketOptions, timeout: Millis, attempts: u32, interval: Millis) -> Connector {
        let interval = interval.max(INTERVAL_MIN);
        Connector { address, options, timeout, attempts, interval, failures: 0, state: State::Pausing(Millis(0)) }
    }

    pub(super) fn wake_at(&self) -> Millis {
        if let State::Pausing(at) = self.state { at } else { Millis::INFINITE }
    }

    /// Doubled after each failure, with 20 % of chance in both directions.
    fn pause(&self, random: &mut Random) -> Millis {
        let doubled = 1u64.checked_shl(self.failures.saturating_sub(1)).unwrap_or(PAUSE_MAX).min(PAUSE_MAX);
        let pause = self.interval.0.saturating_mul(doubled);
        let chance = random.below(pause.saturating_mul(2) / 5 + 1);
        Millis(pause.saturating_sub(pause / 5).saturating_add(chance))
    }
}

/// Addresses to try, the best first. Blocks while a name is looked up.
pub(super) fn targets(address: &Address, options: &SocketOptions) -> Result<Vec<Target>, Failure> {
    match address {
        Address::Local(path) => Ok(vec![Target::Local(path.clone())]),
        Address::Inet { .. } => Ok(address.to_connect(options.domain)?.into_iter().map(Target::Inet).collect()),
    }
}

impl Engine {
    /// Starts a connector; false when there is one for this address.
    pub(super) fn add_connector(&mut self, name: &str, connector: Connector) -> bool {
        if self.connectors.contains_key(name) {
            return false;
        }
        self.connectors.insert(name.to_owned(), connector);
        true
    }

    /// Ends a connector and its connection; false when there is none.
    pub(super) fn stop_connector(&mut self, name: &str) -> bool {
        let Some(connector) = self.connectors.remove(name) else { return false };
        if let State::Trying(link) = connector.state {
            self.disconnect(link, StopReason::UserRequest);
        }
        true
    }

    /// Begins the attempts that are due. A name is looked up on a thread of its own, for it may take long.
    pub(super) fn run_connectors(&mut self, now: Millis) {
        let due = |c: &Connector| c.wake_at() <= now;
        let names: Vec<String> = self.connectors.iter().filter(|(_, c)| due(c)).map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(connector) = self.connectors.get_mut(&name) else { continue };
            connector.state = State::Resolving;
            let (address, options) = (connector.address.clone(), connector.options.clone());
            // Without threads the pump waits for the name service.
            if !address.needs_lookup() || self.shared.params.is_pumped() {
                self.connector_resolved(&name, targets(&address, &options));
                continue;
            }
            let (shared, looked_up) = (self.shared.clone(), name.clone());
            let spawned = std::thread::Builder::new().name("mco-resolve".into()).spawn(move || {
                let found = targets(&address, &options);
                shared.run(move |engine| engine.connector_resolved(&looked_up, found));
            });
            if spawned.is_err() {
                self.connector_failed(&name);
            }
        }
    }

    pub(super) fn connector_tries(&mut self, name: &str, link: LinkId) {
        if let Some(connector) = self.connectors.get_mut(name) {
            connector.state = State::Trying(link);
        }
    }

    pub(super) fn connector_succeeded(&mut self, name: &str) {
        if let Some(connector) = self.connectors.get_mut(name) {
            connector.failures = 0;
        }
    }

    /// The connection of a connector has ended.
    pub(super) fn connector_lost(&mut self, name: &str, was_up: bool) {
        if !was_up {
            return self.connector_failed(name);
        }
        let Some(connector) = self.connectors.get_mut(name) else { return };
        connector.state = State::Pausing(clock::now().after(connector.pause(&mut self.random)));
    }

    pub(super) fn connector_failed(&mut self, name: &str) {
        let Some(connector) = self.connectors.get_mut(name) else { return };
        connector.failures = connector.failures.saturating_add(1);
        if connector.attempts > 0 && connector.failures >= connector.attempts {
            log::warn!("the connector to \"{name}\" gives up; failed attempts: {}", connector.failures);
            self.connectors.remove(name);
            return;
        }
        connector.state = State::Pausing(clock::now().after(connector.pause(&mut self.random)));
    }

    fn connector_resolved(&mut self, name: &str, found: Result<Vec<Target>, Failure>) {
        let Some(connector) = self.connectors.get(name).filter(|c| matches!(c.state, State::Resolving)) else { return };
        let (options, timeout) = (connector.options.clone(), connector.timeout);
        // Without any target the attempt fails at once, with a connection object that says so.
        let targets = found.unwrap_or_default();
        self.connect(name, targets, &options, timeout, Asker::Connector(name.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connector_without_an_interval_pauses_and_longer_after_each_failure() {
        let address = Address::Local("nobody".into());
        let mut connector = Connector::new(address, SocketOptions::default(), Millis(1), 0, Millis(0));
        let mut random = Random::seeded(1);
        for expected in [10, 20, 40, 80, 160, 160] {
            connector.failures += 1;
            let pause = connector.pause(&mut random).0;
            assert!((expected * 4 / 5..=expected * 6 / 5).contains(&pause), "{pause} ms instead of {expected}");
        }
    }
}
