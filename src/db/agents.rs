//! Known agents: what is remembered of them, and forgetting.

use crate::base::{AgentId, Code, DbId, Group, Level, Marks, Position, Result, Role};
use crate::db::connection::table;
use crate::db::fault::{Inner, damaged, fault};
use crate::db::keys;
use crate::db::layout::Row;
use crate::db::marks::{Kind, OWN};
use crate::db::pending::RowKey;
use crate::db::{Connection, PeerMarks};
use rusqlite::OptionalExtension;
use std::sync::Arc;

/// Most agents that a database knows.
pub const MAX_AGENTS: u64 = 1_000_000;
/// Records of the change log that one transaction of `forget_agent` goes through.
const SLICE: i64 = 64;

/// What is remembered of an agent besides its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) struct Agent {
    pub(in crate::db) db: DbId,
    pub(in crate::db) role: Role,
    pub(in crate::db) level: Level,
    pub(in crate::db) schema: u64,
    /// Node that it is attached to, as far as known.
    pub(in crate::db) parent: AgentId,
    /// Neighbour over which it is reached.
    pub(in crate::db) via: AgentId,
    pub(in crate::db) attachment: u64,
    pub(in crate::db) reconcile: bool,
}

/// Marks and history. Each call is a transaction of its own and waits for the writer's place where it writes;
/// `E_TRANS_NOT_CLOSED` inside a transaction of this connection.
impl Connection {
    /// All known agents, by id.
    pub fn peers(&mut self) -> Result<Vec<PeerMarks>> {
        self.own_snapshot(|connection| {
            let mut peers = connection.known_agents()?;
            for peer in &mut peers {
                let down = connection.marks(Kind::acked(peer.role), peer.agent)?;
                if connection.is_parent(peer.agent)? {
                    peer.received = connection.marks(Kind::Down, OWN)?;
                    peer.acked = connection.marks(Kind::Given, peer.agent)?;
                } else {
                    peer.received = connection.marks(Kind::Received, peer.agent)?;
                    peer.acked = down;
                }
            }
            Ok(peers)
        })
    }

    /// Forgets an agent that is gone for good: its marks, what was kept to tell it, and on a server the rows addressed to it alone.
    /// It may come back as one that is new here, and then gets everything anew and loses what was for it alone, also what was cleared
    /// here. `E_IOT_AGENT_NOT_FOUND`: it is not known.
    pub fn forget_agent(&mut self, agent: AgentId) -> Result<()> {
        self.own_snapshot(|connection| connection.agent(agent).map(|_| ()))?;
        while self.own_transaction(|connection| connection.forget_slice(agent))? {}
        self.own_transaction(|connection| {
            let whose = [agent.0.cast_signed()];
            for text in [
                "DELETE FROM _mco_agents WHERE agent = ?1",
                "DELETE FROM _mco_chains WHERE agent = ?1",
                "DELETE FROM _mco_marks WHERE agent = ?1 AND kind IN (1, 2, 3, 4, 5, 6, 7, 15, 17, 18)",
                "DELETE FROM _mco_horizons WHERE stream = ?1",
                "DELETE FROM _mco_cleared WHERE receiver = ?1",
                "DELETE FROM _mco_holds WHERE agent = ?1",
                "DELETE FROM _mco_origins WHERE agent = ?1",
            ] {
                connection.engine.prepare_cached(text)?.execute(whose)?;
            }
            connection.drop_mail(agent, None)?;
            connection.database.pages.lock().forget_agent(agent);
            connection.uncount();
            // Should it come back: its marks do not speak for what was forgotten.
            for group in connection.in_transaction()?.state.groups.used() {
                let now = connection.in_transaction()?.state.now();
                connection.raise_horizon(AgentId::INVALID.0, group, now)?;
            }
            let open = connection.in_transaction()?;
            open.state.agents = open.state.agents.saturating_sub(1);
            open.dirty = true;
            Ok(())
        })
    }

    /// What is remembered of an agent.
    pub(in crate::db) fn known(&self, agent: AgentId) -> Inner<Option<Agent>> {
        let text = "SELECT db, role, level, schema, parent, via, attachment, reconcile FROM _mco_agents WHERE agent = ?1";
        let mut statement = self.engine.prepare_cached(text)?;
        let found = statement
            .query_row([agent.0.cast_signed()], |row| {
                let id = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
                let agent = Agent {
                    db: DbId(id(0)?),
                    role: Role::Device,
                    level: Level(row.get(2)?),
                    schema: id(3)?,
                    parent: AgentId(id(4)?),
                    via: AgentId(id(5)?),
                    attachment: id(6)?,
                    reconcile: row.get(7)?,
                };
                Ok((row.get::<_, i64>(1)?, agent))
            })
            .optional()?;
        found.map(|(role, agent)| Ok(Agent { role: role_of(role)?, ..agent })).transpose()
    }

    /// What is remembered of an agent: `E_IOT_AGENT_NOT_FOUND`.
    pub(in crate::db) fn agent(&self, agent: AgentId) -> Inner<Agent> {
        match self.known(agent)? {
            Some(known) => Ok(known),
            None => fault(Code::E_IOT_AGENT_NOT_FOUND, format!("agent {agent} is not known to this database")),
        }
    }

    /// Remembers an agent: `E_IOT_TOO_MANY_CONTEXTS` for a new one when there are too many. On a server a new one counts from now on
    /// among those that have to acknowledge common rows.
    pub(in crate::db) fn put_agent(&mut self, id: AgentId, agent: &Agent) -> Inner<()> {
        let former = self.known(id)?;
        if former.is_none() {
            let state = &mut self.in_transaction()?.state;
            if state.agents >= MAX_AGENTS {
                return fault(Code::E_IOT_TOO_MANY_CONTEXTS, format!("{MAX_AGENTS} agents are known; forget one that is gone"));
            }
            state.agents += 1;
        }
        if former == Some(*agent) {
            return Ok(());
        }
        if let Some(former) = former.filter(|former| former.role != agent.role) {
            self.drop_marks(Kind::acked(former.role), id)?;
        }
        self.engine.prepare_cached("INSERT OR REPLACE INTO _mco_agents VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(
            rusqlite::params![
                id.0.cast_signed(),
                agent.db.0.cast_signed(),
                role_number(agent.role),
                agent.level.0,
                agent.schema.cast_signed(),
                agent.parent.0.cast_signed(),
                agent.via.0.cast_signed(),
                agent.attachment.cast_signed(),
                agent.reconcile
            ],
        )?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// All known agents, by id, without their marks.
    pub(in crate::db) fn known_agents(&self) -> Inner<Vec<PeerMarks>> {
        let mut statement = self.engine.prepare_cached("SELECT agent, db, role FROM _mco_agents")?;
        let mut rows = statement.query([])?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            list.push(PeerMarks {
                agent: AgentId(row.get::<_, i64>(0)?.cast_unsigned()),
                db: DbId(row.get::<_, i64>(1)?.cast_unsigned()),
                role: role_of(row.get(2)?)?,
                received: Marks::default(),
                acked: Marks::default(),
            });
        }
        list.sort_by_key(|peer| peer.agent);
        Ok(list)
    }

    /// Whether the agent is one above us: the server, or a router that has acknowledged rows of ours.
    pub(in crate::db) fn is_parent(&self, agent: AgentId) -> Inner<bool> {
        let mut statement = self.engine.prepare_cached("SELECT via = 0 FROM _mco_agents WHERE agent = ?1")?;
        Ok(statement.query_row([agent.0.cast_signed()], |row| row.get(0)).optional()?.unwrap_or(false))
    }

    /// Removes the rows of some records of the agent's stream, and the records. `true` if there may be more.
    fn forget_slice(&mut self, agent: AgentId) -> Inner<bool> {
        let database = Arc::clone(&self.database);
        let mut records: Vec<(u16, Vec<u8>, [i64; 6])> = Vec::new();
        {
            let mut statement = self.engine.prepare_cached(
                "SELECT class, keys, gone, grp, ts, epoch, oid FROM _mco_log WHERE gone IN (0, 1) AND stream = ?1 LIMIT ?2",
            )?;
            let mut rows = statement.query([agent.0.cast_signed(), SLICE])?;
            while let Some(row) = rows.next()? {
                let class: u16 = row.get(0)?;
                let place = [row.get(2)?, row.get(3)?, row.get(4)?, i64::from(class), row.get(5)?, row.get(6)?];
                records.push((class, row.get(1)?, place));
            }
        }
        for (class, record, [gone, group, ts, _, epoch, oid]) in &records {
            let table = table(&database, *class)?;
            let mut row = Row::default();
            for key in keys::decode(record)? {
                let at = RowKey { class: *class, key };
                if *gone == 0 && self.read_row(at, &mut row)? && self.receiver(*class, &row)? == agent {
                    self.erase(table, key)?;
                    self.forget_kept(row.stamp, key)?;
                }
            }
            self.engine
                .prepare_cached(
                    "DELETE FROM _mco_log WHERE gone = ?1 AND stream = ?2 AND grp = ?3 AND ts = ?4 AND class = ?5 AND epoch = ?6 AND oid = ?7",
                )?
                .execute([*gone, agent.0.cast_signed(), *group, *ts, i64::from(*class), *epoch, *oid])?;
            self.in_transaction()?.dirty = true;
        }
        self.uncount();
        Ok(!records.is_empty())
    }

    /// Removals of a stream up to this timestamp have been forgotten.
    pub(in crate::db) fn raise_horizon(&mut self, stream: u64, group: Group, ts: u64) -> Inner<()> {
        self.engine
            .prepare_cached(
                "INSERT INTO _mco_horizons(stream, grp, ts) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET ts = max(ts, ?3)",
            )?
            .execute([stream.cast_signed(), i64::from(group.0), ts.cast_signed()])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Whether a reader that stands here has missed removals of one of these streams for ever.
    pub(in crate::db) fn is_behind(&self, position: Position, streams: &[u64], group: Group) -> Inner<bool> {
        let mut statement = self
            .engine
            .prepare_cached("SELECT EXISTS(SELECT 1 FROM _mco_horizons WHERE stream = ?1 AND grp = ?2 AND ts > ?3)")?;
        for stream in streams {
            let whose = [stream.cast_signed(), i64::from(group.0), position.ts.0.cast_signed()];
            if statement.query_row(whose, |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn role_of(number: i64) -> Inner<Role> {
    match number {
        1 => Ok(Role::Server),
        2 => Ok(Role::Router),
        3 => Ok(Role::Device),
        other => damaged(format_args!("a node has the unknown role {other}")),
    }
}

fn role_number(role: Role) -> i64 {
    match role {
        Role::Server => 1,
        Role::Router => 2,
        Role::Device => 3,
    }
}
