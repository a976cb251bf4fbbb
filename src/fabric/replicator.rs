//! The protocol plus one database, attached to one communicator.

use super::{Communicator, PeerConnection};
use crate::base::{AgentId, Code, DbId, Level, Millis, Result};
use crate::net::{Failure, SocketOptions};

/// A replicator. Clones stand for the same one; all functions may be called from any thread.
///
/// It is made with `Replicator::create(db: &db::Connection, communicator: &Communicator, params: &ReplicatorParams)`.
#[derive(Clone)]
pub struct Replicator {}

impl Replicator {
    /// One attempt to connect; returns after the handshake. `timeout` 0 = `recv_timeout` of the communicator.
    pub fn connect(&self, address: &str, timeout: Millis, socket: Option<&SocketOptions>) -> Result<(), Failure> {
        let _ = (address, timeout, socket);
        unimplemented!()
    }

    /// Moves rows; `flags` are `MCO_IOT_SYNC_` bits. `Ok` carries `S_OK` or `S_IOT_NO_NEW_DATA`.
    pub fn sync(&self, target: AgentId, flags: u32) -> Result<Code> {
        let _ = (target, flags);
        unimplemented!()
    }

    /// Removes rows that `target` has acknowledged in their present state; of all classes or of one.
    pub fn clear(&self, target: AgentId, class: Option<u16>) -> Result<()> {
        let _ = (target, class);
        unimplemented!()
    }

    /// Calls `f` for each connected peer until it says false.
    pub fn enum_agents(&self, f: &mut dyn FnMut(&PeerConnection) -> bool) -> Result<()> {
        let _ = f;
        unimplemented!()
    }

    /// Own agent id.
    pub fn agent_id(&self) -> AgentId {
        unimplemented!()
    }

    /// Own database id.
    pub fn db_id(&self) -> DbId {
        unimplemented!()
    }

    /// Own level.
    pub fn level(&self) -> Level {
        unimplemented!()
    }

    /// Routers only, 2..=65534, else `E_ILLEGAL_PARAM`.
    pub fn set_level(&self, level: Level) -> Result<()> {
        let _ = level;
        unimplemented!()
    }

    /// The communicator it is attached to.
    pub fn communicator(&self) -> Communicator {
        unimplemented!()
    }

    /// Waiting syncs end with `E_IOT_STOPPED`, later calls give it too; the communicator runs on. Again: no effect.
    pub fn stop(&self) -> Result<()> {
        unimplemented!()
    }

    /// Stops, and gives the database connections back. Again: no effect.
    pub fn destroy(&self) -> Result<()> {
        unimplemented!()
    }
}
