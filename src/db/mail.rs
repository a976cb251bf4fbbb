//! Batches that a router holds for nodes below it. Only a cache: what is lost here comes again from above, so all of it may be
//! dropped for one node at any time, and never a part.

use crate::base::{AgentId, Code, DownMark, EpochId, Group, Marks, Position, Timestamp};
use crate::db::fault::{Inner, fault};
use crate::db::layout::unsigned;
use crate::db::{Changes, Connection, Incoming, Outgoing, OutgoingParcel};
use rusqlite::OptionalExtension;

/// Bytes held for one stream of one node; one batch that is larger is held alone.
const BOX_BYTES: u64 = 1 << 20;
/// Bytes held in all where the database has no limit; else a quarter of that.
const ALL_BYTES: u64 = 64 << 20;
/// Counted for every batch beside its bytes.
const LETTER_BYTES: u64 = 1 << 10;

impl Connection {
    /// A node below stands at these marks now. What is held goes on from there if it has exactly that place; else it is dropped. Gives
    /// where the node is served from, and where what is held ends.
    pub(in crate::db) fn open_mail(&mut self, agent: AgentId, down: &[DownMark], anew: bool) -> Inner<(Marks, Marks)> {
        let (mut starts, mut ends) = (Marks::default(), Marks::default());
        for group in self.groups_of_mail(agent, down)? {
            let mark = down.iter().find(|d| d.group == group).map_or_else(Position::default, |d| d.mark);
            if anew || self.has_pages(agent, group)? || !self.trim_mail(agent, group, mark)? {
                self.drop_mail(agent, Some(group))?;
                self.put_mail_end(agent, group, mark)?;
            }
            starts.set(group, mark);
            ends.set(group, self.mail_end(agent, group)?.unwrap_or(mark));
        }
        Ok((starts, ends))
    }

    /// Whether pages of a reconcile are held, which go on from no mark.
    fn has_pages(&self, agent: AgentId, group: Group) -> Inner<bool> {
        let text = "SELECT EXISTS(SELECT 1 FROM _mco_mail WHERE agent = ?1 AND grp = ?2 AND reconcile)";
        Ok(self.engine.prepare_cached(text)?.query_row([agent.0.cast_signed(), i64::from(group.0)], |row| row.get(0))?)
    }

    /// Holds a batch for a node below. `E_IOT_TS_GAP`: it does not follow what is held; `E_NOMEM`: too much waits for the node, or for all.
    pub(in crate::db) fn put_mail(&mut self, incoming: &Incoming<'_>) -> Inner<()> {
        let (agent, group) = (incoming.stream.agent, incoming.stream.group);
        let first_page = incoming.reconcile && incoming.after == Position::default();
        if first_page {
            self.database.pages.lock().reopen(agent, group);
            self.drop_mail(agent, Some(group))?;
        } else if self.mail_end(agent, group)?.unwrap_or_default() != incoming.after {
            return fault(
                Code::E_IOT_TS_GAP,
                format!("a batch for agent {agent} goes on from {}, which is not where the last one ended", incoming.after.ts),
            );
        }
        let Some(parcel) = incoming.parcels.first() else { return Ok(()) };
        let bytes = parcel.body.len() as u64 + LETTER_BYTES;
        let held = self.mail_bytes(Some((agent, group)))?;
        if held > 0 && held + bytes > BOX_BYTES {
            return fault(Code::E_NOMEM, format!("{held} bytes wait here for agent {agent}, which is slow to take them"));
        }
        self.make_room(agent, bytes)?;
        self.spend_body(parcel.body.len() as u64, agent, parcel.is_whole())?;
        let rows = parcel.rows();
        let at = self.database.options.clock.millis();
        let [after, up_to, as_of] = [incoming.after, incoming.up_to, incoming.as_of].map(pair);
        self.engine
            .prepare_cached(
                "INSERT INTO _mco_mail(agent, grp, after_ts, after_epoch, up_ts, up_epoch, as_ts, as_epoch, reconcile, schema, rows, bytes, at, body)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(rusqlite::params![
                agent.0.cast_signed(),
                group.0,
                after[0],
                after[1],
                up_to[0],
                up_to[1],
                as_of[0],
                as_of[1],
                incoming.reconcile,
                parcel.schema.cast_signed(),
                i64::try_from(rows).unwrap_or(i64::MAX),
                bytes.cast_signed(),
                at.cast_signed(),
                parcel.body
            ])?;
        self.put_mail_end(agent, group, incoming.up_to)
    }

    /// The batch that follows a position. `E_IOT_TS_GAP`: what is held does not reach back to it.
    pub(in crate::db) fn next_mail(&self, agent: AgentId, group: Group, after: Position) -> Inner<Changes> {
        let Some(tail) = self.mail_end(agent, group)? else {
            return fault(Code::E_IOT_TS_GAP, format!("what was held for agent {agent} was dropped for want of room"));
        };
        let begin = Position::default();
        let first = self.mail_behind(agent, group, begin)?.filter(|first| first.reconcile);
        let mut pages = self.database.pages.lock();
        // Numbers of pages begin anew with each reconcile: those that were passed on may be of an earlier one.
        let next = match first {
            Some(first) if after == begin || !pages.is_begun(agent, group) => {
                pages.begin(agent, group);
                Some(first)
            }
            _ => self.mail_behind(agent, group, after)?,
        };
        if next.is_none() && tail != after {
            return fault(Code::E_IOT_TS_GAP, format!("what is held for agent {agent} does not reach back to {}", after.ts));
        }
        Ok(Changes { next, tail, waiting: None })
    }

    fn mail_behind(&self, agent: AgentId, group: Group, after: Position) -> Inner<Option<Outgoing>> {
        let [ts, epoch] = pair(after);
        let text = "SELECT up_ts, up_epoch, as_ts, as_epoch, reconcile, schema, rows, body FROM _mco_mail
             WHERE agent = ?1 AND grp = ?2 AND after_ts = ?3 AND after_epoch = ?4 ORDER BY id LIMIT 1";
        let mut statement = self.engine.prepare_cached(text)?;
        let found = statement.query_row([agent.0.cast_signed(), i64::from(group.0), ts, epoch], |row| {
            Ok(Outgoing {
                after,
                up_to: position(row.get(0)?, row.get(1)?),
                as_of: position(row.get(2)?, row.get(3)?),
                reconcile: row.get(4)?,
                parcels: vec![OutgoingParcel::Kept {
                    schema: row.get::<_, i64>(5)?.cast_unsigned(),
                    rows: row.get(6)?,
                    body: row.get(7)?,
                }],
            })
        });
        Ok(found.optional()?)
    }

    /// The newest snapshot of which anything is held for a node.
    pub(in crate::db) fn mail_top(&self, agent: AgentId, group: Group) -> Inner<Option<Position>> {
        let text = "SELECT as_ts, as_epoch FROM _mco_mail WHERE agent = ?1 AND grp = ?2 ORDER BY as_ts DESC LIMIT 1";
        let whose = [agent.0.cast_signed(), i64::from(group.0)];
        let mut statement = self.engine.prepare_cached(text)?;
        Ok(statement.query_row(whose, |row| Ok(position(row.get(0)?, row.get(1)?))).optional()?)
    }

    /// The next node has everything up to here.
    pub(in crate::db) fn pass_mail(&mut self, agent: AgentId, group: Group, until: Position) -> Inner<()> {
        let [ts, epoch] = pair(until);
        let whose = [agent.0.cast_signed(), i64::from(group.0)];
        let last: Option<i64> = self
            .engine
            .prepare_cached("SELECT max(id) FROM _mco_mail WHERE agent = ?1 AND grp = ?2 AND up_ts = ?3 AND up_epoch = ?4")?
            .query_row([whose[0], whose[1], ts, epoch], |row| row.get(0))?;
        let Some(last) = last else { return Ok(()) };
        self.engine
            .prepare_cached("DELETE FROM _mco_mail WHERE agent = ?1 AND grp = ?2 AND id <= ?3")?
            .execute([whose[0], whose[1], last])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Where the node above has to go on: the end of what is held, or where the node below stood.
    pub(in crate::db) fn mail_end(&self, agent: AgentId, group: Group) -> Inner<Option<Position>> {
        Ok(self
            .engine
            .prepare_cached("SELECT ts, epoch FROM _mco_boxes WHERE agent = ?1 AND grp = ?2")?
            .query_row([agent.0.cast_signed(), i64::from(group.0)], |row| Ok(position(row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    /// Drops everything that is held for a node, and where it ended.
    pub(in crate::db) fn drop_mail(&mut self, agent: AgentId, group: Option<Group>) -> Inner<()> {
        let whose = [agent.0.cast_signed(), group.map_or(-1, |g| i64::from(g.0))];
        for table in ["_mco_mail", "_mco_boxes"] {
            let text = format!("DELETE FROM {table} WHERE agent = ?1 AND (?2 < 0 OR grp = ?2)");
            let count = self.engine.prepare_cached(&text)?.execute(whose)?;
            self.in_transaction()?.dirty |= count > 0;
        }
        Ok(())
    }

    /// Lets go of what lies before a mark. `false`: nothing that is held begins or ends exactly there.
    fn trim_mail(&mut self, agent: AgentId, group: Group, mark: Position) -> Inner<bool> {
        if self.mail_end(agent, group)? == Some(mark) {
            self.pass_mail(agent, group, mark)?;
            return Ok(true);
        }
        let [ts, epoch] = pair(mark);
        let whose = [agent.0.cast_signed(), i64::from(group.0)];
        let from: Option<i64> = self
            .engine
            .prepare_cached(
                "SELECT id FROM _mco_mail WHERE agent = ?1 AND grp = ?2 AND after_ts = ?3 AND after_epoch = ?4 ORDER BY id LIMIT 1",
            )?
            .query_row([whose[0], whose[1], ts, epoch], |row| row.get(0))
            .optional()?;
        let Some(from) = from else { return Ok(false) };
        let count = self
            .engine
            .prepare_cached("DELETE FROM _mco_mail WHERE agent = ?1 AND grp = ?2 AND id < ?3")?
            .execute([whose[0], whose[1], from])?;
        self.in_transaction()?.dirty |= count > 0;
        Ok(true)
    }

    fn put_mail_end(&mut self, agent: AgentId, group: Group, end: Position) -> Inner<()> {
        let [ts, epoch] = pair(end);
        self.engine
            .prepare_cached("INSERT OR REPLACE INTO _mco_boxes(agent, grp, ts, epoch) VALUES(?1, ?2, ?3, ?4)")?
            .execute([agent.0.cast_signed(), i64::from(group.0), ts, epoch])?;
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Groups that the node has named or for which something is held.
    pub(in crate::db) fn groups_of_mail(&self, agent: AgentId, down: &[DownMark]) -> Inner<Vec<Group>> {
        let mut groups: Vec<Group> = down.iter().map(|d| d.group).collect();
        let mut statement = self.engine.prepare_cached("SELECT grp FROM _mco_boxes WHERE agent = ?1")?;
        let mut rows = statement.query([agent.0.cast_signed()])?;
        while let Some(row) = rows.next()? {
            groups.push(Group(row.get(0)?));
        }
        groups.sort_unstable();
        groups.dedup();
        Ok(groups)
    }

    /// Drops the mail of other nodes, oldest first, until so many bytes have room: `E_NOMEM` when that is not enough.
    fn make_room(&mut self, agent: AgentId, bytes: u64) -> Inner<()> {
        let limit = match self.database.limit_bytes() {
            0 => ALL_BYTES,
            limit => limit / 4,
        };
        let mut held = self.mail_bytes(None)?;
        while held > 0 && held + bytes > limit {
            if !self.drop_oldest_mail(agent)? {
                return fault(Code::E_NOMEM, format!("{held} bytes are held for nodes below, {limit} may be"));
            }
            held = self.mail_bytes(None)?;
        }
        Ok(())
    }

    /// Drops everything that is held for the node whose mail waits longest, except one. `false`: nothing is held for others.
    pub(in crate::db) fn drop_oldest_mail(&mut self, spared: AgentId) -> Inner<bool> {
        let oldest: Option<i64> = self
            .engine
            .prepare_cached("SELECT agent FROM _mco_mail WHERE agent <> ?1 ORDER BY id LIMIT 1")?
            .query_row([spared.0.cast_signed()], |row| row.get(0))
            .optional()?;
        if let Some(oldest) = oldest {
            self.drop_mail(AgentId(oldest.cast_unsigned()), None)?;
        }
        Ok(oldest.is_some())
    }

    /// Bytes held for one stream, or for all.
    fn mail_bytes(&self, whose: Option<(AgentId, Group)>) -> Inner<u64> {
        let sum: i64 = match whose {
            Some((agent, group)) => self
                .engine
                .prepare_cached("SELECT coalesce(sum(bytes), 0) FROM _mco_mail WHERE agent = ?1 AND grp = ?2")?
                .query_row([agent.0.cast_signed(), i64::from(group.0)], |row| row.get(0))?,
            None => {
                self.engine.prepare_cached("SELECT coalesce(sum(bytes), 0) FROM _mco_mail")?.query_row([], |row| row.get(0))?
            }
        };
        unsigned(sum)
    }
}

fn pair(position: Position) -> [i64; 2] {
    [position.ts.0.cast_signed(), position.epoch.0.cast_signed()]
}

fn position(ts: i64, epoch: i64) -> Position {
    Position { ts: Timestamp(ts.cast_unsigned()), epoch: EpochId(epoch.cast_unsigned()) }
}
