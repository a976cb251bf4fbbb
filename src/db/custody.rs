//! Our upward streams: what some parent has custody of, and what the server has confirmed.

use crate::base::{
    AgentId, Code, DbId, Gap, GapReason, Group, Level, Marks, Position, Result, Role, SetAside, Stream, Timestamp, Way, Word,
};
use crate::db::agents::Agent;
use crate::db::announce::MAX_CHAIN;
use crate::db::fault::{Inner, fault};
use crate::db::layout::unsigned;
use crate::db::marks::{Kind, OWN};
use crate::db::{Connection, history};

/// Most entries for what was removed before it was confirmed, in one group; beyond them neighbours become one.
const MAX_RELEASED: i64 = 1024;

/// Rows of one class and epoch that clear has removed.
#[derive(Clone, Copy, Debug)]
pub(in crate::db) struct Released {
    pub(in crate::db) class: u16,
    /// Local number of the epoch of their versions.
    pub(in crate::db) epoch: u64,
    /// Lowest version.
    pub(in crate::db) first: u64,
    /// Highest version.
    pub(in crate::db) last: u64,
    pub(in crate::db) rows: u64,
}

impl Connection {
    /// The parent has taken our announcement in and has this much of our upward streams: where each goes on. Names every group in use.
    ///
    /// Custody is void, and the streams go back to what the server has confirmed, when the parent has lost what it had acknowledged
    /// (another database under its agent id, or a mark that went back), or when nothing was confirmed for `custody_timeout`.
    pub fn begin_streams(&mut self, parent: AgentId, db: DbId, received: &Marks) -> Result<Marks> {
        let starts = self.own_transaction(|connection| {
            let replaced = connection.put_parent(parent, db)?;
            connection.tidy_server()?;
            let mut starts = Marks::default();
            for group in connection.in_transaction()?.state.groups.used() {
                let has = history::own_past(&connection.engine, received.get(group))?;
                starts.set(group, connection.begin_stream(parent, group, has, replaced)?);
            }
            Ok(starts)
        })?;
        self.let_go_all(&starts)?;
        Ok(starts)
    }

    /// The server has spoken to this node: where each upward stream goes on. A position before what was sent means that custody is void.
    /// Names every group in use.
    pub fn word(&mut self, word: &Word) -> Result<Marks> {
        let idle = self.own_snapshot(|connection| connection.is_known(word))?;
        if let Some(starts) = idle {
            return Ok(starts);
        }
        let starts = self.own_transaction(|connection| {
            for group in connection.in_transaction()?.state.groups.used() {
                let said = history::own_past(&connection.engine, word.confirmed.get(group))?;
                let known = connection.mark(Kind::Confirmed, OWN, group)?;
                if word.fresh || said.ts > known.ts {
                    connection.put_mark(Kind::Confirmed, OWN, group, said)?;
                    connection.forget_released(group, said.ts)?;
                }
                if said.ts > known.ts {
                    connection.put_waiting(group)?;
                }
                if word.fresh && said.ts < known.ts {
                    connection.unconfirm(group, said, known)?;
                }
                if (word.fresh && said.ts < known.ts) || connection.is_overdue(group)? {
                    connection.void_custody(group)?;
                }
                connection.raise_custody(group, said)?;
            }
            connection.learn_forks(&word.forks)?;
            connection.starts()
        })?;
        self.let_go_all(&starts)?;
        Ok(starts)
    }

    /// What a word, not heard yet, says of rows of ours that were set aside, and that were not known to be confirmed.
    pub fn news_of_aside(&mut self, word: &Word) -> Result<Vec<SetAside>> {
        if word.aside.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.confirmed()?;
        let news = word.aside.iter().filter(|aside| aside.last > known.get(aside.group).ts).copied();
        Ok(news.map(|aside| SetAside { first: aside.first.max(Timestamp(known.get(aside.group).ts.0 + 1)), ..aside }).collect())
    }

    /// Remembers what the receiver of a stream has; a lower position than the present one is ignored. Up: a parent has custody. Down, on
    /// the server: the agent itself has it. Down, on a router: the next node has it.
    ///
    /// `E_IOT_PROTOCOLERR`: the position is not a point of our history; `E_IOT_AGENT_NOT_FOUND`.
    pub fn save_mark(&mut self, stream: Stream, position: Position) -> Result<()> {
        let server = self.database.node().is_some_and(|node| node.role == Role::Server);
        match stream.way {
            Way::Up => self.save_custody(stream, position),
            Way::Down if server => self.save_acked(stream, position),
            Way::Down => self.own_transaction(|connection| connection.pass_mail(stream.agent, stream.group, position)),
        }
    }

    /// Up to where the server has confirmed our upward streams.
    pub fn confirmed(&mut self) -> Result<Marks> {
        self.own_snapshot(|connection| connection.marks(Kind::Confirmed, OWN))
    }

    /// Up to here only confirmed rows may be cleared from now on.
    pub(in crate::db) fn keep_deep(&mut self, group: Group, until: Position) -> Result<()> {
        let done = self.own_snapshot(|connection| {
            let deep = connection.mark(Kind::Deep, OWN, group)?.ts.0;
            let text = "SELECT max(ts) FROM _mco_log WHERE gone = 0 AND stream = 0 AND grp = ?1";
            let last: Option<i64> = connection.engine.prepare_cached(text)?.query_row([group.0], |row| row.get(0))?;
            Ok(deep >= until.ts.0 || last.map_or(Ok(0), unsigned)? <= deep)
        })?;
        if done {
            return Ok(());
        }
        self.own_transaction(|connection| connection.put_mark(Kind::Deep, OWN, group, until))
    }

    /// Rows of ours were cleared that a parent has custody of; those that the server has not confirmed are remembered, should
    /// custody be void one day.
    pub(in crate::db) fn note_released(&mut self, group: Group, released: &Released) -> Inner<()> {
        let Released { class, epoch, first, last, rows } = *released;
        let newest = self.mark(Kind::Cleared, OWN, group)?;
        if last > newest.ts.0 {
            self.put_mark(Kind::Cleared, OWN, group, Position { ts: Timestamp(last), ..newest })?;
        }
        if last <= self.mark(Kind::Confirmed, OWN, group)?.ts.0 {
            return Ok(());
        }
        let [class, group] = [i64::from(class), i64::from(group.0)];
        let [epoch, first, last, rows] = [epoch, first, last, rows].map(u64::cast_signed);
        let sql = &self.engine;
        let grown = sql
            .prepare_cached(
                "UPDATE _mco_released SET last = max(last, ?5), rows = rows + ?6 WHERE grp = ?1 AND class = ?2 AND epoch = ?3
                 AND first = (SELECT max(first) FROM _mco_released WHERE grp = ?1 AND class = ?2 AND epoch = ?3 AND first <= ?4)
                 AND last >= ?4 - 1",
            )?
            .execute([group, class, epoch, first, last, rows])?;
        if grown == 0 {
            sql.prepare_cached("INSERT INTO _mco_released VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute([group, class, epoch, first, last, rows])?;
            let count: i64 =
                sql.prepare_cached("SELECT count(*) FROM _mco_released WHERE grp = ?1")?.query_row([group], |row| row.get(0))?;
            if count > MAX_RELEASED {
                self.merge_released(group)?;
            }
        }
        self.in_transaction()?.dirty = true;
        Ok(())
    }

    /// Where a stream to a parent goes on that has it up to `has`.
    fn begin_stream(&mut self, parent: AgentId, group: Group, has: Position, replaced: bool) -> Inner<Position> {
        let given = self.mark(Kind::Given, parent, group)?;
        let marks = self.marks(Kind::Began, parent)?;
        // It has taken the beginning over once it has acknowledged something since; till then its mark is of an earlier stream.
        let mut began = marks.iter().find(|(g, began)| *g == group && given.ts > began.ts).map(|(_, began)| began);
        let lost = has.ts < given.ts;
        let overdue = self.is_overdue(group)?;
        if lost || overdue || (replaced && given.ts.0 > 0) {
            self.void_custody(group)?;
            // What it still says it has, it has; but what is overdue may have been lost behind it.
            began = began.filter(|_| lost && !replaced && !overdue);
        }
        // A mark speaks only for what follows the point where the stream began there: what was before went another way.
        let custody = self.mark(Kind::Custody, OWN, group)?;
        let whole = began.is_some_and(|began| began.ts <= custody.ts);
        let start = if whole { self.raise_custody(group, has)? } else { custody };
        let began = began.filter(|began| began.ts <= start.ts && start.ts <= has.ts).unwrap_or(start);
        self.put_mark(Kind::Began, parent, group, began)?;
        self.put_mark(Kind::Given, parent, group, if has.ts < start.ts { has } else { start })?;
        Ok(start)
    }

    /// Custody up to `position` at least; gives what it is now.
    fn raise_custody(&mut self, group: Group, position: Position) -> Inner<Position> {
        let custody = self.mark(Kind::Custody, OWN, group)?;
        if position.ts <= custody.ts {
            return Ok(custody);
        }
        if custody.ts <= self.mark(Kind::Confirmed, OWN, group)?.ts {
            self.put_waiting(group)?;
        }
        self.put_mark(Kind::Custody, OWN, group, position)?;
        Ok(position)
    }

    /// What parents have acknowledged counts no more; only what is confirmed. Rows that are gone here are given up.
    pub(in crate::db) fn void_custody(&mut self, group: Group) -> Inner<()> {
        let confirmed = self.mark(Kind::Confirmed, OWN, group)?;
        if self.mark(Kind::Custody, OWN, group)?.ts <= confirmed.ts {
            return Ok(());
        }
        log::warn!(
            "what nodes above had acknowledged beyond {} is sent again: they have lost it, or it was never confirmed",
            confirmed.ts
        );
        self.put_mark(Kind::Custody, OWN, group, confirmed)?;
        self.drop_marks_of_all(Kind::Began, group)?;
        for lost in self.take_released(group)? {
            if lost.last > confirmed.ts.0 {
                let rows = if lost.first > confirmed.ts.0 { lost.rows } else { 0 };
                self.give_up(group, &Released { first: lost.first.max(confirmed.ts.0 + 1), rows, ..lost })?;
            }
        }
        // Of what was cleared all that follows is told now, also should the server lose what it is going to confirm.
        let cleared = self.mark(Kind::Cleared, OWN, group)?;
        if cleared.ts > confirmed.ts {
            self.put_mark(Kind::Cleared, OWN, group, Position { ts: confirmed.ts, ..cleared })?;
        }
        Ok(())
    }

    /// The server has lost what it had confirmed, beyond `now`. What was cleared here of that is gone, and nobody knows which rows.
    fn unconfirm(&mut self, group: Group, now: Position, before: Position) -> Inner<()> {
        let last = self.mark(Kind::Cleared, OWN, group)?.ts.0.min(before.ts.0);
        if last <= now.ts.0 {
            return Ok(());
        }
        let start = history::epoch_with_id(&self.engine, now.epoch)?.map_or(0, |(number, _)| number);
        for epoch in history::own_epochs(&self.engine, start, MAX_CHAIN)? {
            let (first, end) = (epoch.first.0.max(now.ts.0 + 1), epoch.last.0.min(last));
            if let Some((number, _)) = history::epoch_with_id(&self.engine, epoch.id)?.filter(|_| first <= end) {
                self.give_up(group, &Released { class: 0, epoch: number, first, last: end, rows: 0 })?;
            }
        }
        Ok(())
    }

    /// Rows that are neither here nor, as far as known, above.
    fn give_up(&mut self, group: Group, lost: &Released) -> Inner<()> {
        let (Some(node), Some(epoch)) = (self.database.node(), history::epoch_numbered(&self.engine, lost.epoch)?) else {
            return Ok(());
        };
        let gap = Gap {
            agent: node.agent,
            class: lost.class,
            epoch: epoch.id,
            first: Timestamp(lost.first),
            last: Timestamp(lost.last),
            rows: lost.rows,
            reason: GapReason::CustodyLost,
        };
        log::warn!(
            "rows that were cleared here (commits {} to {}) are lost with the node above that had them",
            lost.first,
            lost.last
        );
        let now = self.in_transaction()?.state.now();
        self.add_gap(&gap, group, now)
    }

    fn take_released(&mut self, group: Group) -> Inner<Vec<Released>> {
        let mut list = Vec::new();
        {
            let text = "SELECT class, epoch, first, last, rows FROM _mco_released WHERE grp = ?1";
            let mut statement = self.engine.prepare_cached(text)?;
            let mut rows = statement.query([group.0])?;
            while let Some(row) = rows.next()? {
                let number = |at: usize| -> Inner<u64> { unsigned(row.get(at)?) };
                list.push(Released {
                    class: row.get(0)?,
                    epoch: number(1)?,
                    first: number(2)?,
                    last: number(3)?,
                    rows: number(4)?,
                });
            }
        }
        self.engine.prepare_cached("DELETE FROM _mco_released WHERE grp = ?1")?.execute([group.0])?;
        Ok(list)
    }

    /// Whether nothing was confirmed for too long.
    fn is_overdue(&self, group: Group) -> Inner<bool> {
        let waiting = self.mark(Kind::Waiting, OWN, group)?.ts.0;
        let now = self.database.options.clock.millis();
        let limit = self.database.options.custody_timeout.0;
        Ok(waiting != 0
            && now.saturating_sub(waiting) >= limit
            && self.mark(Kind::Custody, OWN, group)?.ts > self.mark(Kind::Confirmed, OWN, group)?.ts)
    }

    fn put_waiting(&mut self, group: Group) -> Inner<()> {
        let now = self.database.options.clock.millis();
        self.put_mark(Kind::Waiting, OWN, group, Position { ts: Timestamp(now), ..Position::default() })
    }

    /// The starts, if a word changes nothing.
    fn is_known(&mut self, word: &Word) -> Inner<Option<Marks>> {
        let mut new = !word.forks.is_empty() || word.fresh;
        for group in self.database.groups_in(&self.engine)?.used() {
            let said = word.confirmed.get(group);
            new |= said.ts > self.mark(Kind::Confirmed, OWN, group)?.ts || self.is_overdue(group)?;
        }
        if new { Ok(None) } else { self.starts().map(Some) }
    }

    fn starts(&mut self) -> Inner<Marks> {
        let groups = self.database.groups_in(&self.engine)?.used();
        groups.into_iter().map(|group| Ok((group, self.mark(Kind::Custody, OWN, group)?))).collect()
    }

    /// Remembers a parent. `true`: it has another database than before.
    fn put_parent(&mut self, parent: AgentId, db: DbId) -> Inner<bool> {
        let former = self.known(parent)?;
        if former.is_some_and(|former| former.via != OWN) {
            // It was below us: that is another stream.
            for kind in [Kind::Received, Kind::Acked, Kind::RouterAcked, Kind::Top, Kind::From] {
                self.drop_marks(kind, parent)?;
            }
        }
        let role = if parent == AgentId::SERVER { Role::Server } else { Role::Router };
        let agent = Agent { db, role, level: Level(0), schema: 0, parent: OWN, via: OWN, attachment: 0, reconcile: false };
        self.put_agent(parent, &agent)?;
        Ok(former.is_some_and(|former| former.db != db))
    }

    fn save_custody(&mut self, stream: Stream, position: Position) -> Result<()> {
        let (parent, group) = (stream.agent, stream.group);
        let known = |connection: &mut Self| -> Inner<bool> {
            Ok(position.ts <= connection.mark(Kind::Given, parent, group)?.ts
                && position.ts <= connection.mark(Kind::Custody, OWN, group)?.ts)
        };
        if self.own_snapshot(known)? {
            return Ok(());
        }
        self.own_transaction(|connection| {
            connection.agent(parent)?;
            connection.must_be_ours(parent, position)?;
            if position.ts > connection.mark(Kind::Given, parent, group)?.ts {
                connection.put_mark(Kind::Given, parent, group, position)?;
            }
            connection.raise_custody(group, position).map(|_| ())
        })?;
        self.let_go(group, position.ts)
    }

    fn save_acked(&mut self, stream: Stream, position: Position) -> Result<()> {
        let (agent, group) = (stream.agent, stream.group);
        if !self.database.pages.lock().acknowledged(agent, group, position) {
            return Ok(());
        }
        let has = |connection: &mut Self| -> Inner<(Kind, Timestamp)> {
            let kind = Kind::acked(connection.agent(agent)?.role);
            Ok((kind, connection.mark(kind, agent, group)?.ts))
        };
        if position.ts <= self.own_snapshot(has)?.1 {
            return Ok(());
        }
        self.own_transaction(|connection| {
            connection.must_be_ours(agent, position)?;
            let (kind, former) = has(connection)?;
            if position.ts <= former {
                return Ok(());
            }
            connection.put_mark(kind, agent, group, position)?;
            connection.trim_removed(agent, group)
        })
    }

    fn must_be_ours(&self, agent: AgentId, position: Position) -> Inner<()> {
        if history::own_number(&self.engine, position)?.is_some() {
            return Ok(());
        }
        fault(
            Code::E_IOT_PROTOCOLERR,
            format!("agent {agent} acknowledges position {}, which is not in the history of this database", position.ts),
        )
    }

    fn forget_released(&mut self, group: Group, until: Timestamp) -> Inner<()> {
        let whose = [i64::from(group.0), until.0.cast_signed()];
        self.engine.prepare_cached("DELETE FROM _mco_released WHERE grp = ?1 AND last <= ?2")?.execute(whose)?;
        Ok(())
    }

    /// One entry for each class and epoch.
    fn merge_released(&mut self, group: i64) -> Inner<()> {
        self.engine.execute_batch(&format!(
            "CREATE TEMP TABLE merged AS SELECT grp, class, epoch, min(first) AS first, max(last) AS last, sum(rows) AS rows
             FROM _mco_released WHERE grp = {0} GROUP BY class, epoch;
             DELETE FROM _mco_released WHERE grp = {0};
             INSERT INTO _mco_released SELECT * FROM merged;
             DROP TABLE merged",
            group
        ))?;
        Ok(())
    }
}
