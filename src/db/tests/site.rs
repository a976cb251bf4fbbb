//! A server with devices that reach it by any way: directly, or over routers, which are lists of parcels here.

use super::fixture::*;
use super::replicate::{apply, down, own, parcel, up};
use crate::base::{AgentId, Announce, Attached, ChangeSet, DbId, Gap, Group, Marks, Position, Role, Stream, Value, Way, Word};
use crate::db::*;
use crate::schema::{FieldType, Travel};
use std::path::{Path, PathBuf};

/// A device on disk, which may be copied and restored.
pub struct Device {
    pub c: Connection,
    open: Opened,
    path: PathBuf,
    pub agent: AgentId,
    /// Where its stream to the present parent goes on.
    pub at: Position,
}

/// A router: what it has custody of.
pub struct Relay {
    pub agent: AgentId,
    pub db: DbId,
    /// What it has of each device's stream.
    pub received: Vec<(AgentId, Position)>,
    pub parcels: Vec<ChangeSet>,
    sent: u64,
}

pub struct Server {
    pub c: Connection,
    _open: Opened,
}

fn quick(path: &Path) -> OpenOptions {
    OpenOptions { policy: CommitPolicy::NoSync, ..OpenOptions::new(&name(), file(path)) }
}

impl Device {
    pub fn new(folder: &Path, agent: u64) -> Device {
        Device::at(&folder.join(format!("{agent}.db")), agent)
    }

    pub fn at(path: &Path, agent: u64) -> Device {
        let open = Opened(alarms(device(agent)).open(quick(path)).unwrap());
        Device { c: open.connect().unwrap(), open, path: path.into(), agent: AgentId(agent), at: Position::default() }
    }

    /// A copy of the file as it is now.
    pub fn backup(&mut self, to: &str) -> PathBuf {
        let path = self.path.with_file_name(to);
        self.c.engine.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
        path
    }

    /// Closes, and opens the backup in its place.
    pub fn restore(self, backup: &Path) -> Device {
        let Device { c, open, path, agent, .. } = self;
        drop(c);
        close(open.name()).unwrap();
        std::fs::copy(backup, &path).unwrap();
        Device::at(&path, agent.0)
    }

    /// Closes and opens again.
    pub fn restart(self) -> Device {
        let Device { c, open, path, agent, .. } = self;
        drop(c);
        close(open.name()).unwrap();
        Device::at(&path, agent.0)
    }

    pub fn announce(&mut self) -> Announce {
        self.c.describe(self.agent).unwrap().unwrap()
    }

    /// Readings with this value, each in a commit of its own.
    pub fn log(&mut self, times: std::ops::Range<u64>, value: f64) {
        for ts in times {
            commit(&mut self.c, |c| sensor(c, ts, value));
        }
    }

    pub fn update(&mut self, ts: u64, value: f64) {
        commit(&mut self.c, |c| {
            let row = c.find(0, &[Value::UInt(ts), Value::UInt(1)]).unwrap();
            c.set_value(row, 2, Value::Real(value)).unwrap();
        });
    }

    /// A new link to the server.
    pub fn meet(&mut self, server: &mut Server) -> Attached {
        let attached = server.c.attach(&self.announce(), self.agent).unwrap();
        let db = server.c.database().node().unwrap().db;
        self.c.begin_streams(AgentId::SERVER, db, &attached.received).unwrap();
        self.hear(attached.word.as_ref().unwrap());
        attached
    }

    pub fn hear(&mut self, word: &Word) {
        self.at = self.c.word(word).unwrap().get(Group::USUAL);
    }

    /// Everything to the server; what it says comes back.
    pub fn push(&mut self, server: &mut Server) {
        let mut begins = true;
        while let Some(set) = self.read(false) {
            let applied = apply(&mut server.c, up(self.agent), &set, std::mem::take(&mut begins)).unwrap();
            self.c.save_mark(up(AgentId::SERVER), set.up_to).unwrap();
            self.at = set.up_to;
            for (_, word) in applied.confirmed {
                self.c.word(&word).unwrap();
            }
        }
    }

    fn read(&mut self, deep: bool) -> Option<ChangeSet> {
        own(self.c.read_changes(up(AgentId::SERVER), self.at, 1 << 18, deep, &|_| true).unwrap())
    }

    /// A new link to a router, which has no way to the server just now.
    pub fn join(&mut self, relay: &Relay) {
        let received = relay.received.iter().find(|(agent, _)| *agent == self.agent).map_or_else(Position::default, |r| r.1);
        let starts = self.c.begin_streams(relay.agent, relay.db, &Marks::of(Group::USUAL, received)).unwrap();
        self.at = starts.get(Group::USUAL);
    }

    /// Everything into the custody of a router.
    pub fn hand_over(&mut self, relay: &mut Relay, deep: bool) {
        while let Some(set) = self.read(deep) {
            self.c.save_mark(up(relay.agent), set.up_to).unwrap();
            self.at = set.up_to;
            relay.received.retain(|(agent, _)| *agent != self.agent);
            relay.received.push((self.agent, set.up_to));
            relay.parcels.push(set);
        }
    }

    /// One batch into the custody of a router; `ack`: whether the acknowledgment arrives.
    pub fn hand_one(&mut self, relay: &mut Relay, bytes: usize, deep: bool, ack: bool) {
        let found = self.c.read_changes(up(relay.agent), self.at, bytes, deep, &|_| true).unwrap();
        let Some(set) = own(found) else { return };
        relay.received.retain(|(agent, _)| *agent != self.agent);
        relay.received.push((self.agent, set.up_to));
        if ack {
            self.c.save_mark(up(relay.agent), set.up_to).unwrap();
            self.at = set.up_to;
        }
        relay.parcels.push(set);
    }

    /// Values by time.
    pub fn readings(&mut self) -> Vec<(u64, f64)> {
        readings(&mut self.c)
    }
}

impl Relay {
    pub fn new(agent: u64, db: u64) -> Relay {
        Relay { agent: AgentId(agent), db: DbId(db), received: vec![], parcels: vec![], sent: 0 }
    }

    /// Brings these sets to the server in one batch.
    pub fn bring(&mut self, server: &mut Server, sets: &[ChangeSet]) -> Applied {
        let announce = super::replicate::announced(self.agent, Role::Router, Position::default());
        if server.c.known(self.agent).unwrap().is_none() {
            server.c.attach(&announce, self.agent).unwrap();
        }
        let position = |ts| Position { ts: crate::base::Timestamp(ts), epoch: crate::base::EpochId(7) };
        self.sent += 1;
        let (after, up_to) = (position(self.sent), position(self.sent + 1));
        let parcels: Vec<IncomingParcel> = sets.iter().map(parcel).collect();
        let (stream, as_of) = (up(self.agent), Position::default());
        let incoming =
            Incoming { stream, from: self.agent, begins: true, reconcile: false, after, up_to, as_of, parcels: &parcels };
        server.c.apply(&incoming).unwrap()
    }

    /// Everything that it has custody of.
    pub fn forward(&mut self, server: &mut Server) -> Applied {
        let sets = std::mem::take(&mut self.parcels);
        self.bring(server, &sets)
    }
}

impl Server {
    pub fn new() -> Server {
        Server::of(alarms(server()).memory())
    }

    pub fn of(open: Opened) -> Server {
        Server { c: open.connect().unwrap(), _open: open }
    }

    /// Takes in what a router announces, and what it says to that.
    pub fn announced(&mut self, announce: &Announce, relay: &Relay) -> Attached {
        self.c.attach(announce, relay.agent).unwrap()
    }

    pub fn readings(&mut self) -> Vec<(u64, f64)> {
        readings(&mut self.c)
    }

    pub fn gaps(&mut self) -> Vec<Gap> {
        self.c.gaps().unwrap()
    }

    pub fn read_down(&mut self, agent: AgentId, after: Position) -> Option<ChangeSet> {
        let stream = Stream { way: Way::Down, ..down(agent) };
        own(self.c.read_changes(stream, after, 1 << 18, false, &|_| true).unwrap())
    }
}

fn readings(c: &mut Connection) -> Vec<(u64, f64)> {
    let mut list: Vec<(u64, f64)> = all(c, SENSOR)
        .iter()
        .map(|row| match (&row[0], &row[2]) {
            (Value::UInt(ts), Value::Real(value)) => (*ts, *value),
            other => panic!("{other:?}"),
        })
        .collect();
    list.sort_by(|a, b| a.partial_cmp(b).unwrap());
    list
}

/// With a second class that travels up.
fn alarms(schema: Schema) -> Schema {
    schema.class("Alarm", Travel::Up, &[("level", FieldType::Unsigned(4))])
}

/// Values of readings as they should be.
pub fn expected(times: std::ops::Range<u64>, value: f64) -> Vec<(u64, f64)> {
    times.map(|ts| (ts, value)).collect()
}
