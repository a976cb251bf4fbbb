//! What the simulator asks of a store; the model and the real database both give it.

use mcoiot::base::{AgentId, DbId, EpochInfo, Gap, Group, Identity, Level, Marks, Millis, Timestamp, Value};
use mcoiot::repl::{Job, JobResult};
use std::collections::BTreeMap;

/// The uptables of the simulated schema: one of the usual group, one that drains first, one that the server learns late.
pub const UP: u16 = 1;
pub const ALARM: u16 = 3;
pub const LATE: u16 = 5;
/// The downtables: one of the usual group, one that drains first.
pub const DOWN: u16 = 2;
pub const URGENT: u16 = 4;

/// Priority group of a class.
pub fn group(class: u16) -> Group {
    Group(if class == ALARM || class == URGENT { 5 } else { 0 })
}

/// Whether rows of a class go to the server.
pub fn is_up(class: u16) -> bool {
    class % 2 == 1
}

/// Fields of a row. A `serial` names the row for the checks, whatever identity the store gives it; each state ever written has a
/// `write` of its own. `key` is unique in its class, except 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    pub serial: u64,
    pub write: u64,
    pub key: u64,
    pub pad: usize,
}

impl Content {
    pub fn values(self) -> Vec<Value> {
        let pad = Value::Bytes(vec![b'x'; self.pad].into());
        vec![Value::UInt(self.serial), Value::UInt(self.write), Value::UInt(self.key), pad]
    }

    pub fn of(values: &[Value]) -> Option<Content> {
        match values {
            [Value::UInt(serial), Value::UInt(write), Value::UInt(key), Value::Bytes(pad)] => {
                Some(Content { serial: *serial, write: *write, key: *key, pad: pad.len() })
            }
            _ => None,
        }
    }
}

/// One change of an application; several make a transaction.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// `agent`: the receiver of a downtable row.
    Insert { class: u16, content: Content, agent: AgentId },
    /// `agent`: the receiver of a downtable row from now on. Of a row made elsewhere: local.
    Update { class: u16, content: Content, agent: AgentId },
    /// Of a row made here or received.
    Delete { class: u16, serial: u64 },
}

/// A row that a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub class: u16,
    pub id: Identity,
    /// Receiver or origin; on a device its own.
    pub agent: AgentId,
    pub content: Content,
}

/// A durable store. What a call has done survives a crash that comes after it.
pub trait Store {
    fn db(&self) -> DbId;
    /// Own history.
    fn epochs(&mut self) -> Vec<EpochInfo>;
    /// The time of day, for time-outs of custody.
    fn set_wall(&mut self, now: Millis);
    /// The level of the node, as its database has it.
    fn set_level(&mut self, level: Level);
    /// A job of the core.
    fn run(&mut self, job: &Job) -> JobResult;
    /// One transaction of the application.
    fn commit(&mut self, ops: &[Op]) -> Timestamp;
    /// Removes what `agent` has acknowledged.
    fn clear(&mut self, agent: AgentId);
    /// Everything about an agent goes.
    fn forget(&mut self, agent: AgentId);
    /// Keys of rows that are gone are dropped from the log (server), old mail is dropped (router).
    fn trim(&mut self, chance: u64);
    /// The server learns the class that it did not know.
    fn upgrade(&mut self);
    fn rows(&mut self) -> Vec<Held>;
    /// Own upward streams: what some parent has, and what the server is known to have.
    fn custody(&mut self) -> Marks;
    fn confirmed(&mut self) -> Marks;
    /// Own downward streams.
    fn down_marks(&mut self) -> Marks;
    /// The newest snapshots that anything of them came from.
    fn down_tops(&mut self) -> Marks;
    /// On the server: what an agent itself has acknowledged.
    fn acked(&mut self, agent: AgentId) -> Marks;
    /// Agents that have acknowledged something, or of which there are rows.
    fn known(&mut self) -> Vec<AgentId>;
    /// Records of loss that are here.
    fn gaps(&mut self) -> Vec<Gap>;
    /// Whether a reconcile has begun here and not ended: marks say little about rows then.
    fn is_paging(&mut self) -> bool;
    /// Bytes held for others.
    fn kept_bytes(&mut self) -> usize;
    /// The process ends at any moment; the store is opened again.
    fn crash(&mut self);
    /// A copy of everything durable, to be put back later.
    fn backup(&mut self) -> Box<dyn Store>;
    /// The second half of a write that a planted fault has cut in two.
    fn finish_late_writes(&mut self) {}
    /// Bookkeeping of a real database: entries by table.
    fn tables(&mut self) -> BTreeMap<String, usize> {
        BTreeMap::new()
    }
    /// The same once more, if the store is a model.
    fn twin(&self) -> Option<Box<dyn Store>> {
        None
    }
}
