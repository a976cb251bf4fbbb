//! Known agents and their marks.

use crate::base::{AgentId, Code, DbId, EpochId, EpochInfo, Position, Result, Role, Timestamp};
use crate::db::fault::{Inner, damaged, fault};
use crate::db::layout::unsigned;
use crate::db::{Attached, Connection, Peer, PeerMarks, history};
use rusqlite::OptionalExtension;

/// Most agents that a database knows.
pub const MAX_PEERS: u64 = 1_000_000;

/// Marks and history. Each call is a transaction of its own and waits for the writer's place where it writes;
/// `E_TRANS_NOT_CLOSED` inside a transaction of this connection.
impl Connection {
    /// The peer has introduced itself. Its announced mark replaces what was remembered, also downwards.
    ///
    /// `E_IOT_PROTOCOLERR`: its history contradicts itself; `E_IOT_TOO_MANY_CONTEXTS`: too many agents are known.
    pub fn attach(&mut self, peer: Peer<'_>) -> Result<Attached> {
        // What we say we have, we must have after a loss of power too.
        self.flush_delayed()?;
        let below = self.is_below(peer.role);
        let attached = self.own_snapshot(|connection| connection.attached(&peer, below))?;
        if let (attached, true) = attached {
            return Ok(attached);
        }
        self.own_transaction(|connection| {
            let (attached, _) = connection.attached(&peer, below)?;
            connection.put_peer(&peer, &attached)?;
            Ok(attached)
        })
    }

    /// The peer's `Accept`: our stream towards it goes on after `received`, which replaces what was remembered. Gives
    /// the position to go on from: `received`, or the beginning if that is not a point of our history.
    /// `E_IOT_AGENT_NOT_FOUND`: the agent never attached.
    pub fn resume(&mut self, peer: AgentId, received: Position) -> Result<Position> {
        let known = self.own_snapshot(|connection| {
            let start = connection.or_beginning(received)?;
            Ok((start, connection.marks(peer)?.acked == start))
        })?;
        if let (start, true) = known {
            return Ok(start);
        }
        self.own_transaction(|connection| {
            let start = connection.or_beginning(received)?;
            connection.put_acked(peer, start)?;
            Ok(start)
        })
    }

    /// Remembers what a peer has acknowledged; a lower position than the present one is ignored.
    /// `E_IOT_PROTOCOLERR`: the position is not a point of our history.
    pub fn save_mark(&mut self, peer: AgentId, position: Position) -> Result<()> {
        if self.own_snapshot(|connection| Ok(position.ts <= connection.marks(peer)?.acked.ts))? {
            return Ok(());
        }
        self.own_transaction(|connection| {
            if connection.or_beginning(position)? != position {
                return fault(
                    Code::E_IOT_PROTOCOLERR,
                    format!("agent {peer} acknowledges position {}, which is not in the history of this database", position.ts),
                );
            }
            if position.ts <= connection.marks(peer)?.acked.ts {
                return Ok(());
            }
            connection.put_acked(peer, position)?;
            connection.trim_removed(peer)
        })
    }

    /// All known agents, by id.
    pub fn peers(&mut self) -> Result<Vec<PeerMarks>> {
        self.own_snapshot(|connection| {
            let mut statement = connection.engine.prepare_cached(&format!("SELECT {COLUMNS} FROM _mco_peers"))?;
            let mut rows = statement.query([])?;
            let mut list = Vec::new();
            while let Some(row) = rows.next()? {
                list.push(read(row)?);
            }
            list.sort_by_key(|peer: &PeerMarks| peer.agent);
            Ok(list)
        })
    }

    /// Our own history, oldest first.
    pub fn epochs(&mut self) -> Result<Vec<EpochInfo>> {
        self.own_snapshot(|connection| history::own_epochs(&connection.engine, 0, usize::MAX))
    }

    /// What we have of the downward stream of the peer above; goes into our `Hello`. The beginning for an unknown agent.
    pub fn down_mark(&mut self, peer: AgentId) -> Result<Position> {
        self.own_snapshot(|connection| Ok(connection.known_marks(peer)?.map_or(Position::default(), |marks| marks.received)))
    }

    /// What is remembered of an agent: `E_IOT_AGENT_NOT_FOUND`.
    pub(in crate::db) fn marks(&self, peer: AgentId) -> Inner<PeerMarks> {
        match self.known_marks(peer)? {
            Some(marks) => Ok(marks),
            None => fault(Code::E_IOT_AGENT_NOT_FOUND, format!("agent {peer} has never attached to this database")),
        }
    }

    /// Moves our mark of a peer's stream.
    pub(in crate::db) fn put_received(&mut self, peer: AgentId, position: Position) -> Inner<()> {
        self.put_mark("UPDATE _mco_peers SET received_ts = ?2, received_epoch = ?3 WHERE agent = ?1", peer, position)
    }

    /// Whether a node of this role is one whose rows come up to us.
    fn is_below(&self, role: Role) -> bool {
        let own = self.database.node().map(|node| node.role);
        own == Some(Role::Server) || (own == Some(Role::Router) && role == Role::Device)
    }

    fn known_marks(&self, peer: AgentId) -> Inner<Option<PeerMarks>> {
        let text = format!("SELECT {COLUMNS} FROM _mco_peers WHERE agent = ?1");
        let mut statement = self.engine.prepare_cached(&text)?;
        statement.query_row([peer.0.cast_signed()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Where the streams go on, and whether all of it is remembered already.
    fn attached(&mut self, peer: &Peer<'_>, below: bool) -> Inner<(Attached, bool)> {
        check_chain(peer)?;
        let known = self.known_marks(peer.agent)?;
        let (received, acked) = if below {
            (history::confirmed(&self.engine, peer.epochs)?, self.or_beginning(peer.down_mark)?)
        } else {
            let received = known.map_or(Position::default(), |marks| marks.received);
            let on = history::is_on(peer.epochs, received);
            let received = if on { received } else { Position::default() };
            (received, known.map_or(Position::default(), |marks| marks.acked))
        };
        let wanted = PeerMarks { agent: peer.agent, db: peer.db, role: peer.role, received, acked };
        Ok((Attached { received, confirmed: received, acked }, known == Some(wanted)))
    }

    fn put_peer(&mut self, peer: &Peer<'_>, attached: &Attached) -> Inner<()> {
        if self.known_marks(peer.agent)?.is_none() {
            let count = unsigned(self.engine.query_row("SELECT count(*) FROM _mco_peers", [], |row| row.get(0))?)?;
            if count >= MAX_PEERS {
                return fault(Code::E_IOT_TOO_MANY_CONTEXTS, format!("{MAX_PEERS} agents are known; forget one that is gone"));
            }
        }
        self.engine
            .prepare_cached(
                "INSERT INTO _mco_peers VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?4, ?5) ON CONFLICT(agent) DO UPDATE SET
                 db = ?2, role = ?3, received_ts = ?4, received_epoch = ?5, acked_ts = ?6, acked_epoch = ?7",
            )?
            .execute([
                peer.agent.0.cast_signed(),
                peer.db.0.cast_signed(),
                role_number(peer.role),
                attached.received.ts.0.cast_signed(),
                attached.received.epoch.0.cast_signed(),
                attached.acked.ts.0.cast_signed(),
                attached.acked.epoch.0.cast_signed(),
            ])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    fn put_acked(&mut self, peer: AgentId, position: Position) -> Inner<()> {
        self.put_mark("UPDATE _mco_peers SET acked_ts = ?2, acked_epoch = ?3 WHERE agent = ?1", peer, position)
    }

    fn put_mark(&mut self, text: &str, peer: AgentId, position: Position) -> Inner<()> {
        let values = [peer.0.cast_signed(), position.ts.0.cast_signed(), position.epoch.0.cast_signed()];
        if self.engine.prepare_cached(text)?.execute(values)? == 0 {
            return fault(Code::E_IOT_AGENT_NOT_FOUND, format!("agent {peer} has never attached to this database"));
        }
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// The position if it is a point of our history, else the beginning.
    fn or_beginning(&self, position: Position) -> Inner<Position> {
        if position == Position::default() {
            return Ok(position);
        }
        Ok(if history::own_number(&self.engine, position)?.is_some() { position } else { Position::default() })
    }

    /// Forgets removed rows of which every reader has heard. Who comes back with an older mark lies behind the horizon.
    fn trim_removed(&mut self, peer: AgentId) -> Inner<()> {
        let everybody: Option<i64> =
            self.engine.prepare_cached("SELECT min(acked_ts) FROM _mco_peers")?.query_row([], |r| r.get(0))?;
        let own = self.marks(peer)?.acked.ts.0.cast_signed();
        for (stream, ts) in [(peer.0.cast_signed(), own), (0, everybody.unwrap_or_default())] {
            let count = self
                .engine
                .prepare_cached("DELETE FROM _mco_log WHERE gone = 1 AND stream = ?1 AND ts <= ?2")?
                .execute([stream, ts])?;
            if count > 0 {
                self.engine
                    .prepare_cached("INSERT OR REPLACE INTO _mco_horizons(stream, ts) VALUES(?1, ?2)")?
                    .execute([stream, ts])?;
            }
        }
        Ok(())
    }
}

const COLUMNS: &str = "agent, db, role, received_ts, received_epoch, acked_ts, acked_epoch";

fn read(row: &rusqlite::Row<'_>) -> Inner<PeerMarks> {
    let id = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    let position =
        |at: usize| -> Inner<Position> { Ok(Position { ts: Timestamp(unsigned(row.get(at)?)?), epoch: EpochId(id(at + 1)?) }) };
    let role = match row.get::<_, i64>(2)? {
        1 => Role::Server,
        2 => Role::Router,
        3 => Role::Device,
        other => return damaged(format_args!("a node has the unknown role {other}")),
    };
    Ok(PeerMarks { agent: AgentId(id(0)?), db: DbId(id(1)?), role, received: position(3)?, acked: position(5)? })
}

fn role_number(role: Role) -> i64 {
    match role {
        Role::Server => 1,
        Role::Router => 2,
        Role::Device => 3,
    }
}

/// A history must rise and be the peer's own.
fn check_chain(peer: &Peer<'_>) -> Inner<()> {
    let mut end = 0;
    for epoch in peer.epochs {
        if epoch.agent != peer.agent || epoch.first.0 <= end || epoch.last < epoch.first || epoch.last.0 > i64::MAX as u64 {
            return fault(Code::E_IOT_PROTOCOLERR, format!("the history that agent {} tells contradicts itself", peer.agent));
        }
        end = epoch.last.0;
    }
    Ok(())
}
