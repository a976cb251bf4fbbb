//! Graves: versions of received rows that were deleted here, as long as an older one may still come.

use crate::base::{AgentId, Group, Position};
use crate::db::fault::Inner;
use crate::db::layout::{Stamp, unsigned};
use crate::db::marks::Kind;
use crate::db::pending::RowKey;
use crate::db::tidy::is_cut;
use crate::db::{Connection, history, unheard};

/// Graves, and epochs for them, that are looked at after one set.
const SLICE: usize = 1024;

impl Connection {
    /// Remembers the version of a received row that was deleted here, while an older or equal one may still come.
    pub(in crate::db) fn bury(&mut self, at: RowKey, version: Stamp) -> Inner<()> {
        let group = self.group_from_origin(at)?;
        if self.is_past(at.class, at.key.epoch, version, group, &mut 0)? {
            return Ok(());
        }
        self.engine
            .prepare_cached(
                "INSERT OR REPLACE INTO _mco_graves(epoch, oid, class, grp, ts, vepoch) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute([
                at.key.epoch.cast_signed(),
                at.key.oid.cast_signed(),
                i64::from(at.class),
                i64::from(group.0),
                version.ts.cast_signed(),
                version.epoch.cast_signed(),
            ])?;
        Ok(())
    }

    /// Forgets graves that nothing older can pass any more. Some at a time, behind those that were looked at last, so that those which stay
    /// for long neither cost much nor hide the others.
    pub(in crate::db) fn close_graves(&mut self) -> Inner<()> {
        let last = *self.database.graves.lock();
        let (mut closed, mut next, mut looked) = (Vec::new(), None, 0);
        {
            let mut statement = self.engine.prepare_cached(
                "SELECT epoch, oid, ts, vepoch, grp, class FROM _mco_graves WHERE (epoch, oid) > (?1, ?2) ORDER BY epoch, oid",
            )?;
            let mut rows = statement.query([last.0, last.1])?;
            while let Some(row) = rows.next()? {
                let version = Stamp { ts: unsigned(row.get(2)?)?, epoch: unsigned(row.get(3)?)?, first: 0 };
                let key = (row.get(0)?, row.get(1)?);
                if self.is_past(row.get(5)?, unsigned(key.0)?, version, Group(row.get(4)?), &mut looked)? {
                    closed.push(key);
                }
                if looked >= SLICE {
                    next = Some(key);
                    break;
                }
            }
        }
        *self.database.graves.lock() = next.unwrap_or_default();
        for (epoch, oid) in closed {
            self.engine.prepare_cached("DELETE FROM _mco_graves WHERE epoch = ?1 AND oid = ?2")?.execute([epoch, oid])?;
        }
        Ok(())
    }

    /// Whether all versions of a row up to this one have come or were given up: what was before the row was made had none. `looked` counts
    /// epochs.
    fn is_past(&self, class: u16, made: u64, version: Stamp, group: Group, looked: &mut usize) -> Inner<bool> {
        let sql = &self.engine;
        let (mut number, mut ts) = (version.epoch, version.ts);
        loop {
            *looked += 1;
            let Some(epoch) = history::epoch_numbered(sql, number)? else { return Ok(false) };
            let on = |told| self.is_announced(epoch.agent, told);
            if history::reached(sql, &on, (number, &epoch), group, epoch.first.0.saturating_sub(1), ts)? < ts {
                return Ok(false);
            }
            if number == made || epoch.before.0 == 0 {
                let cut = number != made && is_cut(&epoch);
                let over = !cut || epoch.agent == AgentId::SERVER || self.is_settled(epoch.agent, group)?;
                return Ok(over && !unheard::covers(sql, class, group, version)?);
            }
            let Some((before, info)) = history::epoch_with_id(sql, epoch.before)? else { return Ok(false) };
            // Histories are told by peers; one that runs in a circle must not hold us.
            if info.first >= epoch.first {
                return Ok(false);
            }
            (number, ts) = (before, epoch.left.0);
        }
    }

    /// Whether a position is a point of the history that an agent has announced, which may go on.
    fn is_announced(&self, agent: AgentId, position: Position) -> Inner<bool> {
        let text = "SELECT EXISTS(SELECT 1 FROM _mco_chains c WHERE agent = ?1 AND id = ?2 AND first <= ?3
             AND (last >= ?3 OR NOT EXISTS(SELECT 1 FROM _mco_chains WHERE agent = ?1 AND at > c.at)))";
        let whose = [agent.0.cast_signed(), position.epoch.0.cast_signed(), position.ts.0.cast_signed()];
        Ok(position.ts.0 == 0 || self.engine.prepare_cached(text)?.query_row(whose, |row| row.get(0))?)
    }

    /// Whether everything of this group had come of the epochs of an agent that are forgotten.
    pub(in crate::db) fn is_settled(&self, agent: AgentId, group: Group) -> Inner<bool> {
        Ok(self.mark(Kind::Settled, agent, group)? != Position::default())
    }
}
