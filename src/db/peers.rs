//! temporary
use crate::base::{AgentId, ChangeSet, EpochInfo, Position, Result};
use crate::db::{Applied, Attached, Connection, Peer, PeerMarks};

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
