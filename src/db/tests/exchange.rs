//! Random work on a device and its server, with lost and repeated batches, lost acknowledgments and restarts: at the end
//! both have what they should.

use super::fixture::*;
use super::replicate::{Pair, apply, down};
use crate::base::{AgentId, Random, Value};
use crate::db::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SEEDS: u64 = 24;
const STEPS: u64 = 80;
const AGENT: u64 = 1000;

struct World {
    pair: Pair,
    open: [Opened; 2],
    random: Random,
    /// Number of the next reading, configuration row and value.
    next: u64,
    /// Last value of each reading on the device.
    latest: BTreeMap<u64, u64>,
    /// Readings that the device's application deleted.
    dropped: BTreeSet<u64>,
    /// Readings that the server's application deleted, with the value that they had.
    deleted: BTreeMap<u64, u64>,
    /// Configuration rows that clear removed from the server and that are the device's.
    cleared: BTreeMap<u64, Vec<Value>>,
}

fn open(folder: &Path) -> (Pair, [Opened; 2]) {
    let open = |schema: Schema, file_name: &str| {
        let options = OpenOptions { policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), file(&folder.join(file_name))) };
        Opened(schema.open(options).unwrap())
    };
    let (device, server) = (open(device(AGENT), "device.db"), open(server(), "server.db"));
    let pair = Pair::new(device.connect().unwrap(), server.connect().unwrap());
    (pair, [device, server])
}

fn number(value: &Value) -> u64 {
    match value {
        Value::UInt(n) => *n,
        Value::Real(x) => *x as u64,
        _ => panic!("{value:?}"),
    }
}

fn object_at(c: &mut Connection, class: u16, at: u64) -> ObjectRef {
    let cursor = CursorId(9);
    c.open_list(cursor, class).unwrap();
    for _ in 0..at {
        c.cursor_next(cursor).unwrap();
    }
    c.cursor_object(cursor, class).unwrap()
}

impl World {
    fn any(&mut self, c: impl Fn(&mut Pair) -> &mut Connection, class: u16) -> Option<u64> {
        let count = all(c(&mut self.pair), class).len() as u64;
        (count > 0).then(|| self.random.below(count))
    }

    fn step(&mut self, folder: &Path) {
        self.next += 1;
        let n = self.next;
        match self.random.below(20) {
            0..=2 => {
                let count = 1 + self.random.below(4);
                let back = self.random.below(4) == 0;
                write(&mut self.pair.device);
                for i in 0..count {
                    sensor(&mut self.pair.device, n * 10 + i, n as f64);
                }
                if back {
                    return self.pair.device.rollback().unwrap();
                }
                self.pair.device.commit().unwrap();
                self.latest.extend((0..count).map(|i| (n * 10 + i, n)));
            }
            3..=5 => {
                let Some(at) = self.any(|p| &mut p.device, SENSOR) else { return };
                let reading = commit(&mut self.pair.device, |c| {
                    let object = object_at(c, SENSOR, at);
                    c.set_value(object, 2, Value::Real(n as f64)).unwrap();
                    number(c.value(object, 0).unwrap())
                });
                self.latest.insert(reading, n);
            }
            6 => {
                let Some(at) = self.any(|p| &mut p.device, SENSOR) else { return };
                let reading = commit(&mut self.pair.device, |c| {
                    let object = object_at(c, SENSOR, at);
                    let reading = number(c.value(object, 0).unwrap());
                    c.delete(object).unwrap();
                    reading
                });
                self.dropped.insert(reading);
            }
            7 => {
                let Some(at) = self.any(|p| &mut p.server, SENSOR) else { return };
                let (reading, value) = commit(&mut self.pair.server, |c| {
                    let object = object_at(c, SENSOR, at);
                    let row = c.row(object).unwrap().to_vec();
                    c.delete(object).unwrap();
                    (number(&row[0]), number(&row[2]))
                });
                self.deleted.insert(reading, value);
            }
            8 | 9 => {
                let receiver = [0, AGENT, 1001][self.random.below(3) as usize];
                commit(&mut self.pair.server, |c| config(c, n, &n.to_string(), receiver));
            }
            10 | 11 => {
                let Some(at) = self.any(|p| &mut p.server, CONFIG) else { return };
                let receiver = [0, AGENT, 1001][self.random.below(3) as usize];
                let kind = self.random.below(3);
                commit(&mut self.pair.server, |c| {
                    let object = object_at(c, CONFIG, at);
                    match kind {
                        0 => c.set_value(object, 1, Value::from(n.to_string().as_bytes())).unwrap(),
                        1 => c.set_value(object, 2, Value::UInt(receiver)).unwrap(),
                        _ => c.delete(object).unwrap(),
                    }
                });
            }
            12 | 13 => {
                let (bytes, ack) = (self.random.below(300) as usize, self.random.below(3) > 0);
                self.pair.push(bytes, ack);
            }
            14 | 15 => {
                let (bytes, ack) = (self.random.below(300) as usize, self.random.below(3) > 0);
                self.pair.pull(bytes, ack);
            }
            16 => {
                // Both batches are applied twice, and the link ends before anybody hears of it.
                if let Some(set) = self.pair.read_up(100) {
                    for _ in 0..2 {
                        self.pair.apply_up(&set).unwrap();
                    }
                }
                if let Some(set) = self.pair.read_down(100) {
                    for _ in 0..2 {
                        apply(&mut self.pair.device, down(AgentId(AGENT)), &set, false).unwrap();
                    }
                }
                self.pair.attach();
            }
            17 => {
                self.pair.device.clear(AgentId::SERVER, None).unwrap();
            }
            18 => {
                let before = all(&mut self.pair.server, CONFIG);
                self.pair.server.clear(AgentId::ALL, None).unwrap();
                let after = all(&mut self.pair.server, CONFIG);
                for row in before.into_iter().filter(|row| !after.contains(row)) {
                    assert_ne!(row[2], Value::UInt(1001), "nobody has acknowledged it");
                    self.cleared.insert(number(&row[0]), row[..2].to_vec());
                }
            }
            _ => {
                // Everything is closed before it is opened again.
                self.open.iter().for_each(|db| kill(db.name()).unwrap());
                self.reopen(folder);
            }
        }
    }

    fn reopen(&mut self, folder: &Path) {
        let spare = (server().memory(), device(7).memory());
        let empty = Pair::new(spare.1.connect().unwrap(), spare.0.connect().unwrap());
        drop(std::mem::replace(&mut self.pair, empty));
        let (pair, open) = open(folder);
        (self.pair, self.open) = (pair, open);
    }

    fn check(&mut self) {
        self.pair.attach();
        self.pair.sync();
        let received: BTreeMap<u64, u64> =
            all(&mut self.pair.server, SENSOR).iter().map(|row| (number(&row[0]), number(&row[2]))).collect();
        for (reading, value) in self.latest.iter().filter(|(reading, _)| !self.dropped.contains(reading)) {
            let expected = if self.deleted.get(reading).is_some_and(|deleted| deleted >= value) { None } else { Some(value) };
            assert_eq!(received.get(reading), expected, "reading {reading}");
        }
        let mine = |row: &&Vec<Value>| row[2] != Value::UInt(1001);
        let mut expected = self.cleared.clone();
        let sent = all(&mut self.pair.server, CONFIG);
        expected.extend(sent.iter().filter(mine).map(|row| (number(&row[0]), row[..2].to_vec())));
        let held: BTreeMap<u64, Vec<Value>> =
            all(&mut self.pair.device, CONFIG).into_iter().map(|row| (number(&row[0]), row)).collect();
        assert_eq!(held, expected);
        self.pair.device.clear(AgentId::ALL_UP, None).unwrap();
        assert_eq!(all(&mut self.pair.device, SENSOR), Vec::<Vec<Value>>::new());
        let count = |c: &Connection, table: &str| -> i64 {
            c.engine.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(&self.pair.device, "_mco_log"), 0);
        assert_eq!(count(&self.pair.server, "_mco_graves"), 0);
        assert_eq!(count(&self.pair.server, "_mco_quarantine") + count(&self.pair.device, "_mco_quarantine"), 0);
    }
}

#[test]
fn random_work_ends_with_the_same_rows_on_both_sides() {
    for seed in 0..SEEDS {
        let folder = tempfile::tempdir().unwrap();
        let (pair, open) = open(folder.path());
        let mut world = World {
            pair,
            open,
            random: Random::seeded(seed),
            next: 0,
            latest: BTreeMap::new(),
            dropped: BTreeSet::new(),
            deleted: BTreeMap::new(),
            cleared: BTreeMap::new(),
        };
        for _ in 0..STEPS {
            world.step(folder.path());
        }
        world.check();
    }
}
