//! Positions that are kept, all in one table; their kind tells what they speak of.

use crate::base::{AgentId, EpochId, Group, Marks, Position, Role, Timestamp};
use crate::db::Connection;
use crate::db::fault::Inner;
use crate::db::layout::unsigned;
use rusqlite::OptionalExtension;

/// The agent of marks that are about this node itself.
pub(in crate::db) const OWN: AgentId = AgentId::ALL;

/// What a mark speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Kind {
    /// What is here of the upward stream of a neighbour below.
    Received = 1,
    /// What a device has of its downward stream, as it has said itself.
    Acked = 2,
    /// The same of a router; common rows do not wait for these.
    RouterAcked = 3,
    /// The newest snapshot from which an agent has got anything of its downward stream.
    Top = 4,
    /// Where the node above goes on with the downward stream of an agent, as announced.
    From = 5,
    /// What the server has of the history of an agent.
    Complete = 6,
    /// What a parent has acknowledged of our upward stream.
    Given = 7,
    /// Own: what some parent has acknowledged of our upward stream.
    Custody = 8,
    /// Own: up to where the server has confirmed our upward stream.
    Confirmed = 9,
    /// Own: up to here only confirmed rows may be cleared.
    Deep = 10,
    /// Own: what is here of our downward stream.
    Down = 11,
    /// Own: the newest snapshot from which anything of our downward stream has come.
    DownTop = 12,
    /// Own: since when (milliseconds since 1970, in place of a timestamp) custody waits for being confirmed.
    Waiting = 13,
    /// Own: the newest version that clear has removed, but for those that were given up since, with gap records.
    Cleared = 14,
    /// Where our upward stream began at a parent without a hole up to what it has.
    Began = 15,
    /// Own, on the server: when all rows of a class were last removed here alone.
    Emptied = 16,
    /// A stream is in the middle of a reconcile, with its number as epoch. Own: after so many pages, in place of a timestamp.
    Page = 17,
    /// On the server: of the epochs of an agent that were forgotten first everything in this group had come.
    Settled = 18,
}

impl Connection {
    /// A mark; the beginning where nothing is kept.
    pub(in crate::db) fn mark(&self, kind: Kind, agent: AgentId, group: Group) -> Inner<Position> {
        let text = "SELECT ts, epoch FROM _mco_marks WHERE kind = ?1 AND agent = ?2 AND grp = ?3";
        let found = self
            .engine
            .prepare_cached(text)?
            .query_row(whose(kind, agent, group), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map_or(Ok(Position::default()), |(ts, epoch)| position(ts, epoch))
    }

    /// The marks of all groups that are kept.
    pub(in crate::db) fn marks(&self, kind: Kind, agent: AgentId) -> Inner<Marks> {
        let text = "SELECT grp, ts, epoch FROM _mco_marks WHERE kind = ?1 AND agent = ?2 ORDER BY grp";
        let mut statement = self.engine.prepare_cached(text)?;
        let mut rows = statement.query([kind as i64, agent.0.cast_signed()])?;
        let mut marks = Marks::default();
        while let Some(row) = rows.next()? {
            marks.set(Group(row.get(0)?), position(row.get(1)?, row.get(2)?)?);
        }
        Ok(marks)
    }

    /// Keeps a mark in place of the former one.
    pub(in crate::db) fn put_mark(&mut self, kind: Kind, agent: AgentId, group: Group, position: Position) -> Inner<()> {
        let floors = self.floors(kind, agent, group)?;
        let [kind, agent, number] = whose(kind, agent, group);
        self.engine
            .prepare_cached("INSERT OR REPLACE INTO _mco_marks(kind, agent, grp, ts, epoch) VALUES(?1, ?2, ?3, ?4, ?5)")?
            .execute([kind, agent, number, position.ts.0.cast_signed(), position.epoch.0.cast_signed()])?;
        self.in_transaction()?.dirty = true;
        self.floors_moved(&floors, group)
    }

    /// Forgets the marks of one kind of an agent.
    pub(in crate::db) fn drop_marks(&mut self, kind: Kind, agent: AgentId) -> Inner<()> {
        self.engine
            .prepare_cached("DELETE FROM _mco_marks WHERE kind = ?1 AND agent = ?2")?
            .execute([kind as i64, agent.0.cast_signed()])?;
        self.in_transaction()?.dirty = true;
        if [Kind::Custody, Kind::Acked, Kind::RouterAcked].contains(&kind) {
            self.uncount();
        }
        Ok(())
    }

    /// Forgets the marks of one kind in one group, whosever they are.
    pub(in crate::db) fn drop_marks_of_all(&mut self, kind: Kind, group: Group) -> Inner<()> {
        self.engine
            .prepare_cached("DELETE FROM _mco_marks WHERE kind = ?1 AND grp = ?2")?
            .execute([kind as i64, i64::from(group.0)])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Forgets a mark.
    pub(in crate::db) fn drop_mark(&mut self, kind: Kind, agent: AgentId, group: Group) -> Inner<()> {
        let text = "DELETE FROM _mco_marks WHERE kind = ?1 AND agent = ?2 AND grp = ?3";
        let count = self.engine.prepare_cached(text)?.execute(whose(kind, agent, group))?;
        self.in_transaction()?.dirty |= count > 0;
        Ok(())
    }

    /// The lowest of the marks of this kind; `None` without any.
    pub(in crate::db) fn lowest_mark(&self, kind: Kind, group: Group) -> Inner<Option<u64>> {
        let mut statement = self.engine.prepare_cached("SELECT min(ts) FROM _mco_marks WHERE kind = ?1 AND grp = ?2")?;
        let lowest: Option<i64> = statement.query_row([kind as i64, i64::from(group.0)], |row| row.get(0))?;
        lowest.map(unsigned).transpose()
    }
}

fn whose(kind: Kind, agent: AgentId, group: Group) -> [i64; 3] {
    [kind as i64, agent.0.cast_signed(), i64::from(group.0)]
}

fn position(ts: i64, epoch: i64) -> Inner<Position> {
    Ok(Position { ts: Timestamp(unsigned(ts)?), epoch: EpochId(epoch.cast_unsigned()) })
}

impl Kind {
    /// The kind of mark that an agent below has acknowledged, by its role.
    pub(in crate::db) fn acked(role: Role) -> Kind {
        if role == Role::Router { Kind::RouterAcked } else { Kind::Acked }
    }
}
