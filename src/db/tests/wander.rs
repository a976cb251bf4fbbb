//! Random fates of devices that move between routers: lost acknowledgments, restores, restarts, routers that die, rows that the
//! server deletes. In the end nothing is lost but what gap records tell, and nothing is doubled or reverted.

use super::fixture::*;
use super::site::*;
use crate::base::{AgentId, GapReason, Group, Random, Value};
use crate::db::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const SEEDS: u64 = 30;
const STEPS: u64 = 60;

/// What a device should have sent.
#[derive(Clone, Default)]
struct Told {
    /// Last value of each reading.
    latest: BTreeMap<u64, u64>,
    /// Readings that were written since the last restore.
    since: BTreeSet<u64>,
}

struct Traveller {
    device: Option<Device>,
    told: Told,
    backup: Option<(PathBuf, Told)>,
    relay: usize,
    restored: bool,
}

struct World {
    random: Random,
    travellers: Vec<Traveller>,
    relays: Vec<Relay>,
    server: Server,
    /// Value of a reading when the server's application deleted it.
    deleted: BTreeMap<u64, u64>,
    /// Whether rows are pushed with a deep acknowledgment.
    deep: bool,
    next: u64,
}

impl Traveller {
    fn device(&mut self) -> &mut Device {
        self.device.as_mut().unwrap()
    }

    fn write(&mut self, reading: u64, value: u64, new: bool) {
        if new {
            self.device().log(reading..reading + 1, value as f64);
        } else {
            self.device().update(reading, value as f64);
        }
        self.told.latest.insert(reading, value);
        self.told.since.insert(reading);
    }
}

impl World {
    fn new(seed: u64, folder: &std::path::Path) -> World {
        let mut random = Random::seeded(seed);
        let deep = random.below(3) > 0;
        let traveller = |agent| {
            let device = Some(Device::new(folder, agent));
            Traveller { device, told: Told::default(), backup: None, relay: 0, restored: false }
        };
        World {
            random,
            travellers: vec![traveller(1000), traveller(1001)],
            relays: vec![Relay::new(50, 500), Relay::new(51, 501)],
            server: Server::new(),
            deleted: BTreeMap::new(),
            deep,
            next: 0,
        }
    }

    /// The device attaches where it is, perhaps with a way up to the server.
    fn attach(&mut self, at: usize, uplink: bool) {
        let traveller = &mut self.travellers[at];
        let relay = &self.relays[traveller.relay];
        traveller.device().join(relay);
        if uplink {
            let announce = traveller.device().announce();
            let attached = self.server.announced(&announce, relay);
            traveller.device().hear(&attached.word.unwrap());
        }
    }

    fn step(&mut self) {
        let at = self.random.below(2) as usize;
        self.next += 1;
        let n = self.next;
        match self.random.below(20) {
            0..=3 => self.travellers[at].write(n, n, true),
            4..=6 => {
                let held: Vec<u64> = self.travellers[at].device().readings().iter().map(|r| r.0).collect();
                if !held.is_empty() {
                    let reading = held[self.random.below(held.len() as u64) as usize];
                    self.travellers[at].write(reading, n, false);
                }
            }
            7..=9 => {
                let (bytes, ack, deep) = (self.random.below(120) as usize, self.random.below(5) > 0, self.deep);
                let traveller = &mut self.travellers[at];
                traveller.device.as_mut().unwrap().hand_one(&mut self.relays[traveller.relay], bytes, deep, ack);
            }
            10 | 11 => {
                let relay = self.random.below(2) as usize;
                let count = self.random.below(self.relays[relay].parcels.len() as u64 + 1) as usize;
                let sets = self.relays[relay].parcels[..count].to_vec();
                let applied = self.relays[relay].bring(&mut self.server, &sets);
                if self.random.below(5) > 0 {
                    self.relays[relay].parcels.drain(..count);
                }
                for (agent, word) in applied.confirmed {
                    if self.random.below(2) == 0 {
                        self.travellers[(agent.0 - 1000) as usize].device().c.word(&word).unwrap();
                    }
                }
            }
            12 | 13 => {
                self.travellers[at].relay = self.random.below(2) as usize;
                let uplink = self.random.below(2) == 0;
                self.attach(at, uplink);
            }
            14 => {
                let traveller = &mut self.travellers[at];
                let path = traveller.device().backup(&format!("backup{at}-{n}.db"));
                traveller.backup = Some((path, Told { since: BTreeSet::new(), ..traveller.told.clone() }));
            }
            15 => {
                let traveller = &mut self.travellers[at];
                let Some((path, told)) = traveller.backup.clone() else { return };
                traveller.device = traveller.device.take().map(|device| device.restore(&path));
                (traveller.told, traveller.restored) = (told, true);
                self.attach(at, false);
            }
            16 => {
                let traveller = &mut self.travellers[at];
                traveller.device = traveller.device.take().map(Device::restart);
                self.attach(at, false);
            }
            17 => {
                let rows = self.server.readings();
                if !rows.is_empty() {
                    let (reading, value) = rows[self.random.below(rows.len() as u64) as usize];
                    self.deleted.insert(reading, value as u64);
                    commit(&mut self.server.c, |c| {
                        let cursor = CursorId(1);
                        let mut more = c.open_list(cursor, SENSOR);
                        while more.is_ok() {
                            let object = c.cursor_object(cursor, SENSOR).unwrap();
                            if *c.value(object, 0).unwrap() == Value::UInt(reading) {
                                return c.delete(object).unwrap();
                            }
                            more = c.cursor_next(cursor);
                        }
                    });
                }
            }
            18 => self.travellers[at].device().c.clear(AgentId::SERVER, None).unwrap(),
            _ => {
                let relay = &mut self.relays[at];
                *relay = Relay::new(relay.agent.0, relay.db.0 + 10);
                for other in 0..2 {
                    if self.travellers[other].relay == at {
                        self.attach(other, false);
                    }
                }
            }
        }
    }

    /// The network is fair now.
    fn settle(&mut self) {
        for _ in 0..4 {
            for at in 0..2 {
                self.attach(at, true);
                let traveller = &mut self.travellers[at];
                traveller.device.as_mut().unwrap().hand_over(&mut self.relays[traveller.relay], self.deep);
            }
            for relay in &mut self.relays {
                relay.forward(&mut self.server);
            }
            for at in 0..2 {
                self.attach(at, true);
                // What is not confirmed by now never will be.
                self.travellers[at].device().c.own_transaction(|c| c.void_custody(Group::USUAL)).unwrap();
                self.attach(at, true);
            }
        }
    }

    fn check(&mut self, seed: u64) {
        let rows = self.server.readings();
        let found: BTreeMap<u64, u64> = rows.iter().map(|(reading, value)| (*reading, *value as u64)).collect();
        assert_eq!(found.len(), rows.len(), "seed {seed}: doubled");
        let gaps = self.server.gaps();
        for traveller in &mut self.travellers {
            let held = traveller.device().readings();
            let agent = traveller.device().agent;
            let lossy = gaps.iter().any(|gap| gap.agent == agent && gap.reason == GapReason::CustodyLost);
            for (reading, value) in &traveller.told.latest {
                let is_held = held.iter().any(|(r, _)| r == reading);
                match found.get(reading) {
                    Some(other) if other == value => {}
                    // Changed in the lost timeline, and not since.
                    Some(_) if traveller.restored && !traveller.told.since.contains(reading) => {}
                    Some(other) => {
                        assert!(!is_held && (lossy || traveller.restored), "seed {seed}: {reading} is {other}, not {value}")
                    }
                    None if self.deleted.get(reading).is_some_and(|deleted| deleted >= value) => {}
                    None if traveller.restored
                        && self.deleted.contains_key(reading)
                        && !traveller.told.since.contains(reading) => {}
                    None => assert!(!is_held && lossy, "seed {seed}: {reading} is lost, it should be {value}; held: {is_held}"),
                }
            }
            let confirmed = traveller.device().c.confirmed().unwrap().get(Group::USUAL);
            assert_eq!(confirmed, traveller.device().at, "seed {seed}: everything is confirmed, or told to be lost");
            if self.deep {
                let lost: Vec<_> = gaps.iter().filter(|gap| gap.agent == agent).collect();
                assert!(lost.is_empty(), "seed {seed}: clear took only what the server has: {lost:?}");
            }
        }
    }
}

#[test]
fn random_fates_lose_nothing_in_silence() {
    for seed in 0..SEEDS {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::new(seed, folder.path());
        (0..2).for_each(|at| world.attach(at, false));
        for _ in 0..STEPS {
            world.step();
        }
        world.settle();
        world.check(seed);
    }
}
