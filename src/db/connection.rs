//! A connection: one thread at a time, at most one transaction.

use crate::base::{AgentId, ChangeSet, Code, EpochInfo, Identity, Position, Result, Value};
use crate::db::{
    Applied, Attached, CommitPolicy, CursorId, CursorKind, Database, ObjectRef, Peer, PeerMarks, Priority, SearchOp,
    TransactionInfo, TransactionKind,
};
use std::sync::Arc;

/// A connection to a [`Database`]. May move between threads; serves one at a time. Dropping it rolls back.
///
/// Everything that is not `S_OK` comes as an error, statuses such as `S_NOTFOUND` too. An `E_` code from a writing
/// call puts the transaction into the error state: later calls get `E_TRANSACT`.
#[derive(Debug)]
pub struct Connection {}

/// Transactions.
impl Connection {
    /// The database.
    pub fn database(&self) -> &Arc<Database> {
        unimplemented!()
    }

    /// Starts a transaction, or goes one level deeper in the one that is open; gives its number.
    pub fn begin(&mut self, kind: TransactionKind, priority: Priority) -> Result<u64> {
        let _ = (kind, priority);
        unimplemented!()
    }

    /// Ends one level; the outermost one makes everything permanent. `S_DUPLICATE`: everything was rolled back.
    pub fn commit(&mut self) -> Result<()> {
        unimplemented!()
    }

    /// Everything of a commit that can fail for reasons of content; only `commit_phase2` or `rollback` may follow.
    pub fn commit_phase1(&mut self) -> Result<()> {
        unimplemented!()
    }

    /// Makes permanent what phase 1 has prepared.
    pub fn commit_phase2(&mut self) -> Result<()> {
        unimplemented!()
    }

    /// Takes everything back; inside a nested level it puts the transaction into the error state.
    pub fn rollback(&mut self) -> Result<()> {
        unimplemented!()
    }

    /// Puts new and changed objects into the indexes, in the order of their first change.
    pub fn checkpoint(&mut self) -> Result<()> {
        unimplemented!()
    }

    /// Turns a read-only or update transaction into a writing one.
    pub fn upgrade(&mut self) -> Result<()> {
        unimplemented!()
    }

    /// The open transaction.
    pub fn transaction(&self) -> Option<TransactionInfo> {
        unimplemented!()
    }

    /// Puts the open transaction into the error state; for errors of a writing call that the caller found itself.
    pub fn set_error(&mut self, code: Code) {
        let _ = code;
        unimplemented!()
    }

    /// Index of the last `S_DUPLICATE` of this connection.
    pub fn last_unique_violation_index(&self) -> Option<u16> {
        unimplemented!()
    }

    /// Autoid given last on this connection; 0 for none.
    pub fn last_autoid(&self) -> u64 {
        unimplemented!()
    }

    /// Sets the commit policy of this connection and gives the former.
    pub fn set_policy(&mut self, policy: CommitPolicy) -> Result<CommitPolicy> {
        let _ = policy;
        unimplemented!()
    }

    /// Deletes all objects, in a transaction of its own; never replicated.
    pub fn clean(&mut self) -> Result<()> {
        unimplemented!()
    }
}

/// Objects.
impl Connection {
    /// A new object with defaults, its auto_oid and autoid. `E_ACCESS` for a downtable anywhere but on the server.
    pub fn new_object(&mut self, class: u16) -> Result<ObjectRef> {
        let _ = class;
        unimplemented!()
    }

    /// Content of a field; text without padding.
    pub fn value(&mut self, object: ObjectRef, field: u16) -> Result<&Value> {
        let _ = (object, field);
        unimplemented!()
    }

    /// Contents of all fields.
    pub fn row(&mut self, object: ObjectRef) -> Result<&[Value]> {
        let _ = object;
        unimplemented!()
    }

    /// Changes a field; indexes follow at checkpoint or commit. A value of the wrong kind or range: `E_ILLEGAL_PARAM`.
    pub fn set_value(&mut self, object: ObjectRef, field: u16, value: Value) -> Result<()> {
        let _ = (object, field, value);
        unimplemented!()
    }

    /// Deletes an object at once.
    pub fn delete(&mut self, object: ObjectRef) -> Result<()> {
        let _ = object;
        unimplemented!()
    }

    /// Deletes all objects of a class.
    pub fn delete_all(&mut self, class: u16) -> Result<()> {
        let _ = class;
        unimplemented!()
    }

    /// Puts the keys of one object into the indexes.
    pub fn checkpoint_object(&mut self, object: ObjectRef) -> Result<()> {
        let _ = object;
        unimplemented!()
    }

    /// Whether the object has been deleted in this transaction.
    pub fn is_deleted(&mut self, object: ObjectRef) -> Result<bool> {
        let _ = object;
        unimplemented!()
    }

    /// Autoid of an object.
    pub fn autoid(&mut self, object: ObjectRef) -> Result<u64> {
        let _ = object;
        unimplemented!()
    }

    /// Identity of an object, the same on every node.
    pub fn identity(&mut self, object: ObjectRef) -> Result<Identity> {
        let _ = object;
        unimplemented!()
    }

    /// The object with these keys in a unique index; `S_NOTFOUND`.
    pub fn find(&mut self, index: u16, keys: &[Value]) -> Result<ObjectRef> {
        let _ = (index, keys);
        unimplemented!()
    }

    /// The object with this autoid; `S_NOTFOUND`.
    pub fn find_autoid(&mut self, class: u16, autoid: u64) -> Result<ObjectRef> {
        let _ = (class, autoid);
        unimplemented!()
    }

    /// Number of objects of a class.
    pub fn count(&mut self, class: u16) -> Result<u64> {
        let _ = class;
        unimplemented!()
    }

    /// Number of entries of an index.
    pub fn index_count(&mut self, index: u16) -> Result<u64> {
        let _ = index;
        unimplemented!()
    }
}

/// Cursors. Opening puts a cursor on its first object, or gives `S_CURSOR_EMPTY`.
impl Connection {
    /// Opens over all objects of a class.
    pub fn open_list(&mut self, cursor: CursorId, class: u16) -> Result<()> {
        let _ = (cursor, class);
        unimplemented!()
    }

    /// Opens over the autoids of a class.
    pub fn open_autoid(&mut self, cursor: CursorId, class: u16) -> Result<()> {
        let _ = (cursor, class);
        unimplemented!()
    }

    /// Opens over a tree or hash index.
    pub fn open_index(&mut self, cursor: CursorId, index: u16) -> Result<()> {
        let _ = (cursor, index);
        unimplemented!()
    }

    /// Opens at the object that `op` names; `S_NOTFOUND`.
    pub fn search(&mut self, cursor: CursorId, index: u16, op: SearchOp, keys: &[Value]) -> Result<()> {
        let _ = (cursor, index, op, keys);
        unimplemented!()
    }

    /// Opens at this object; `S_NOTFOUND` when it is not in the index.
    pub fn locate(&mut self, cursor: CursorId, index: u16, object: ObjectRef) -> Result<()> {
        let _ = (cursor, index, object);
        unimplemented!()
    }

    /// Opens at the first object whose first key matches the pattern; `S_NOTFOUND`.
    pub fn pattern_search(&mut self, cursor: CursorId, index: u16, pattern: &[u8]) -> Result<()> {
        let _ = (cursor, index, pattern);
        unimplemented!()
    }

    /// The next match; `S_CURSOR_END`.
    pub fn pattern_next(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }

    /// Moves to the first object.
    pub fn cursor_first(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }

    /// Moves to the last object; `E_UNSUPPORTED` on a hash.
    pub fn cursor_last(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }

    /// Moves on; `S_CURSOR_END` leaves the position.
    pub fn cursor_next(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }

    /// Moves back; `E_UNSUPPORTED` on a hash.
    pub fn cursor_prev(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }

    /// Compares the object at the cursor with a key, in index order.
    pub fn cursor_compare(&mut self, cursor: CursorId, index: u16, keys: &[Value]) -> Result<std::cmp::Ordering> {
        let _ = (cursor, index, keys);
        unimplemented!()
    }

    /// The object at the cursor; `E_CURSOR_MISMATCH` for another class, `E_CURSOR_INVALID` when it has been deleted.
    pub fn cursor_object(&mut self, cursor: CursorId, class: u16) -> Result<ObjectRef> {
        let _ = (cursor, class);
        unimplemented!()
    }

    /// What the cursor runs over, and its class.
    pub fn cursor_kind(&self, cursor: CursorId) -> Result<(CursorKind, u16)> {
        let _ = cursor;
        unimplemented!()
    }

    /// `S_OK`, `E_CURSOR_CLOSED`, `E_CURSOR_INVALID`.
    pub fn cursor_check(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }

    /// Closes; `E_CURSOR_CLOSED` when it is not open.
    pub fn cursor_close(&mut self, cursor: CursorId) -> Result<()> {
        let _ = cursor;
        unimplemented!()
    }
}

/// Replication. Each call is a transaction of its own and waits for the writer's place where it writes;
/// `E_TRANS_NOT_CLOSED` inside a transaction of this connection.
impl Connection {
    /// The peer has introduced itself. Its announced mark replaces what was remembered, also downwards.
    pub fn attach(&mut self, peer: Peer<'_>) -> Result<Attached> {
        let _ = peer;
        unimplemented!()
    }

    /// The peer's `Accept`: our stream towards it goes on after `received`, which replaces what was remembered. Gives
    /// the position to go on from: `received`, or the beginning if that is not a point of our history.
    pub fn resume(&mut self, peer: AgentId, received: Position) -> Result<Position> {
        let _ = (peer, received);
        unimplemented!()
    }

    /// The next changes for a peer after `after`, about `max_bytes` of them, from one snapshot; and the end of our
    /// stream in that snapshot. `None`: nothing to send.
    pub fn read_changes(&mut self, peer: AgentId, after: Position, max_bytes: usize) -> Result<(Option<ChangeSet>, Position)> {
        let _ = (peer, after, max_bytes);
        unimplemented!()
    }

    /// Applies what a peer has sent: rows, epochs, ranges and mark in one transaction, durable on return. Class codes
    /// and fields are those of this database. What lies before our mark is skipped and our mark given back;
    /// `E_IOT_TS_GAP` when the set does not follow our mark; `E_IOT_PROTOCOLERR` when it contradicts itself;
    /// `E_NOMEM`, `E_DISK_SPACE_EXHAUSTED` when there is no room. On an error nothing has changed.
    pub fn apply_changes(&mut self, peer: AgentId, set: &ChangeSet) -> Result<Applied> {
        let _ = (peer, set);
        unimplemented!()
    }

    /// Remembers what a peer has acknowledged; a lower position than the present one is ignored.
    pub fn save_mark(&mut self, peer: AgentId, position: Position) -> Result<()> {
        let _ = (peer, position);
        unimplemented!()
    }

    /// Removes acknowledged rows, in slices: from the uptables of a device, from the downtables of a server.
    pub fn clear(&mut self, agent: AgentId, class: Option<u16>) -> Result<()> {
        let _ = (agent, class);
        unimplemented!()
    }

    /// All known agents.
    pub fn peers(&mut self) -> Result<Vec<PeerMarks>> {
        unimplemented!()
    }

    /// Our own history, oldest first.
    pub fn epochs(&mut self) -> Result<Vec<EpochInfo>> {
        unimplemented!()
    }

    /// What we have of the downward stream of the peer above; goes into our `Hello`.
    pub fn down_mark(&mut self, peer: AgentId) -> Result<Position> {
        let _ = peer;
        unimplemented!()
    }
}
