//! What the simulator asks of a store; the model and the real database both give it.

use mcoiot::base::{AgentId, DbId, EpochInfo, Identity, Position, Timestamp, Value};
use mcoiot::repl::{Job, JobResult};
use mcoiot::wire::Hello;
use std::collections::BTreeMap;

/// The uptable and the downtable of the simulated schema.
pub const UP: u16 = 1;
pub const DOWN: u16 = 2;

/// Fields of a row. A `serial` names the row for the checks, whatever identity the store gives it; each state ever written has a
/// `write` of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    pub serial: u64,
    pub write: u64,
    pub pad: usize,
}

impl Content {
    pub fn values(self) -> Vec<Value> {
        vec![Value::UInt(self.serial), Value::UInt(self.write), Value::Bytes(vec![b'x'; self.pad].into())]
    }

    pub fn of(values: &[Value]) -> Option<Content> {
        match values {
            [Value::UInt(serial), Value::UInt(write), Value::Bytes(pad)] => {
                Some(Content { serial: *serial, write: *write, pad: pad.len() })
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
    /// Of a row made here. `agent`: the receiver from now on.
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

/// What a store remembers of a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub db: DbId,
    pub received: Position,
    pub acked: Position,
}

/// A durable store. What a call has done survives a crash that comes after it.
pub trait Store {
    fn db(&self) -> DbId;
    /// Own history for the introduction.
    fn epochs(&mut self) -> Vec<EpochInfo>;
    /// What has been received of the server's stream.
    fn down_mark(&mut self) -> Position;
    /// The peer has introduced itself: where its stream goes on here.
    fn attach(&mut self, hello: &Hello) -> Position;
    /// The peer has accepted: where our stream goes on.
    fn resume(&mut self, agent: AgentId, received: Position) -> Position;
    /// A job of the core.
    fn run(&mut self, job: &Job) -> JobResult;
    /// One transaction of the application.
    fn commit(&mut self, ops: &[Op]) -> Timestamp;
    /// Removes what `agent` has acknowledged.
    fn clear(&mut self, agent: AgentId);
    fn rows(&mut self) -> Vec<Held>;
    fn peers(&mut self) -> BTreeMap<AgentId, Marks>;
    /// The process ends at any moment; the store is opened again.
    fn crash(&mut self);
    /// A copy of everything durable, to be put back later.
    fn backup(&mut self) -> Box<dyn Store>;
    /// The second half of a write that a planted fault has cut in two.
    fn finish_late_writes(&mut self) {}
}
