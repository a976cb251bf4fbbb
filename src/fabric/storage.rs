//! Does what the replication core asks for on one database connection. Knows no threads: the fabric calls it on its
//! workers, the simulator directly.

use super::mapping::Mapping;
use crate::base::{AgentId, ChangeSet, Code, EpochInfo, Position, Result, Role};
use crate::db::{Attached, Connection, Peer as DbPeer};
use crate::repl::{Job, JobResult};
use crate::schema::{Dictionary, compile_text, hash};
use crate::wire::{Batch, Hello, MAX_HELLO_EPOCHS, rows};
use std::sync::Arc;

/// One database connection in the service of replication.
#[derive(Debug)]
pub struct Storage {
    connection: Connection,
    remark: Option<Remark>,
}

/// What the database contributes to our `Hello`.
#[derive(Clone, Debug, PartialEq)]
pub struct Introduction {
    /// Our own history.
    pub epochs: Vec<EpochInfo>,
    /// What a device has of the downward stream.
    pub down_mark: Position,
}

/// Something to tell the user about a job.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// Rows of this class of ours wait: the peer does not know it.
    Waits(u16),
    /// Rows of the peer could not be applied, the first for this reason; they are set aside and the peer will clear them.
    SetAside(Code),
    /// The peer broke the protocol, in words; its connection is closed for it.
    Breach(String),
}

impl Storage {
    /// Takes over a connection that is in no transaction.
    pub fn new(connection: Connection) -> Storage {
        Storage { connection, remark: None }
    }

    /// The connection, for what is not a job of the core.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// What we say of ourselves.
    pub fn introduce(&mut self, role: Role) -> Result<Introduction> {
        let down_mark = if role == Role::Server { Position::default() } else { self.connection.down_mark(AgentId::SERVER)? };
        Ok(Introduction { epochs: newest(self.connection.epochs()?), down_mark })
    }

    /// Notes the peer that introduces itself; what comes back goes into our `Accept`.
    pub fn attach(&mut self, hello: &Hello) -> Result<Attached> {
        self.connection.attach(DbPeer {
            agent: hello.agent,
            db: hello.db,
            role: hello.role,
            epochs: &hello.epochs,
            down_mark: hello.down_mark,
        })
    }

    /// The peer's `Accept`: where our stream towards it goes on.
    pub fn resume(&mut self, agent: AgentId, received: Position) -> Result<Position> {
        self.connection.resume(agent, received)
    }

    /// One job of the core. `mapping` is that of the link.
    pub fn run(&mut self, work: &Job, mapping: &Mapping) -> JobResult {
        self.remark = None;
        let result = match work {
            Job::Read { peer, after, max_bytes } => self.read(peer.agent, *after, *max_bytes, mapping),
            Job::Apply { peer, batch } => self.apply(peer.agent, batch, mapping),
            Job::SaveMark { peer, position } => self.connection.save_mark(peer.agent, *position).map(|()| JobResult::Saved),
        };
        result.unwrap_or_else(|error| {
            match (work, error.code) {
                (Job::Apply { .. }, Code::E_IOT_PROTOCOLERR | Code::E_IOT_TS_GAP) => {
                    self.remark = Some(Remark::Breach(error.text));
                }
                _ => log::warn!("storage job for the replicator: {error}"),
            }
            JobResult::Failed { code: error.code }
        })
    }

    /// What the last job had to say besides its result.
    pub fn take_remark(&mut self) -> Option<Remark> {
        self.remark.take()
    }

    fn read(&mut self, agent: AgentId, after: Position, max_bytes: usize, mapping: &Mapping) -> Result<JobResult> {
        let found = self.connection.read_changes(agent, after, max_bytes, &|class| mapping.peer_knows(class))?;
        self.remark = found.waiting.map(Remark::Waits);
        let held = if found.waiting.is_some() { Code::E_IOT_INCOMPATIBLE_MODE } else { Code::S_OK };
        let Some(set) = found.set else { return Ok(JobResult::Read { batch: None, tail: found.tail, held }) };
        let batch = Batch {
            seq: 0,
            flags: 0,
            after: set.after,
            up_to: set.up_to,
            rows: u32::try_from(set.changes.len()).unwrap_or(u32::MAX),
            body: rows::encode(&set)?,
        };
        Ok(JobResult::Read { batch: Some(batch), tail: found.tail, held })
    }

    fn apply(&mut self, agent: AgentId, batch: &Batch, mapping: &Mapping) -> Result<JobResult> {
        let unreadable = |what: String| crate::base::Error { code: Code::E_IOT_PROTOCOLERR, text: what };
        let set = rows::open(batch).map_err(|_| unreadable(format!("a batch of agent {agent} cannot be read")))?;
        let mut changes = Vec::with_capacity(set.changes.len());
        for change in set.changes {
            let class = change.class;
            match mapping.translate(change)? {
                Some(change) => changes.push(change),
                None => {
                    return Err(unreadable(format!("agent {agent} sends rows of its class {class}, which does not exist here")));
                }
            }
        }
        let applied = self.connection.apply_changes(agent, &ChangeSet { changes, ..set })?;
        if applied.code != Code::S_OK {
            self.remark = Some(Remark::SetAside(applied.code));
        }
        Ok(JobResult::Applied { mark: applied.mark, code: applied.code })
    }
}

/// The end of a history, as long as a `Hello` may be: who wakes, writes and sleeps again has a new epoch each time. A mark
/// older than that is as if it were unknown, and rows go again.
fn newest(mut epochs: Vec<EpochInfo>) -> Vec<EpochInfo> {
    epochs.split_off(epochs.len().saturating_sub(MAX_HELLO_EPOCHS))
}

/// Compares our schema with the text that a peer has sent; `expected` is the hash in its introduction.
pub fn compare_schemas(ours: &Dictionary, text: &str, expected: u64) -> Result<Arc<Mapping>> {
    if hash(text) != expected {
        return crate::base::fail(Code::E_IOT_PROTOCOLERR, "the peer's schema text does not have the hash that it announced");
    }
    let theirs = compile_text(text).map_err(|e| crate::base::Error {
        code: Code::E_IOT_PROTOCOLERR,
        text: format!("the peer's schema cannot be read: {e}"),
    })?;
    Ok(Arc::new(Mapping::new(ours, &theirs)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::EpochId;

    #[test]
    fn a_history_of_any_length_can_be_introduced() {
        let epoch = |id| EpochInfo {
            id: EpochId(id),
            agent: AgentId(7),
            db: crate::base::DbId(1),
            first: crate::base::Timestamp(id),
            last: crate::base::Timestamp(id),
            before: EpochId(id - 1),
            left: crate::base::Timestamp(id - 1),
            generation: 0,
        };
        for n in [0, 1, MAX_HELLO_EPOCHS as u64, MAX_HELLO_EPOCHS as u64 + 1, 10_000] {
            let said = newest((1..=n).map(epoch).collect());
            assert_eq!(said.len(), MAX_HELLO_EPOCHS.min(n as usize));
            assert_eq!(said.last().map(|e| e.id.0), (n > 0).then_some(n));
        }
    }
}
