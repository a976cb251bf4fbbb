//! How an agent enters: what it says of itself, and what that leads to.

use crate::base::{
    AgentId, Announce, Attached, Beat, Code, DownMark, EpochId, EpochInfo, Gap, GapReason, Group, Marks, Position, Random,
    Result, Role, SetAside, Stream, Timestamp, Word,
};
use crate::db::agents::Agent;
use crate::db::fault::{Inner, fault};
use crate::db::layout::unsigned;
use crate::db::marks::{Kind, OWN};
use crate::db::{Connection, history};
use crate::schema;
use rusqlite::OptionalExtension;

/// Most epochs that an announcement tells, the newest.
pub(in crate::db) const MAX_CHAIN: usize = 4096;
/// Most pairs of epochs that know of each other in an announcement.
const MAX_BEATS: usize = 4096;
/// Bits of an attachment's number that are random; the others count.
const RANDOM_BITS: u32 = 16;

impl Connection {
    /// What an agent says of itself now. This node: counts its attachment up, durably. Another one: as it was attached, with the marks
    /// noted since; `None` if it is not known. `E_IOT_INCOMPATIBLE_MODE`: this database has no place in the tree.
    pub fn describe(&mut self, agent: AgentId) -> Result<Option<Announce>> {
        if self.database.node().is_some_and(|node| node.agent == agent) {
            let attachment = self.own_transaction(Self::count_attachment)?;
            // What we say we have, we must have after a loss of power too.
            self.flush_delayed()?;
            return self.own_snapshot(|connection| connection.own_announcement(attachment).map(Some));
        }
        self.own_snapshot(|connection| connection.announcement_of(agent))
    }

    /// An agent has announced itself, over the neighbour `via` (the agent itself when that is the neighbour). Its marks replace
    /// what was remembered, also downwards.
    ///
    /// `E_IOT_PROTOCOLERR`: the announcement contradicts itself; `E_IOT_TOO_MANY_CONTEXTS`: too many agents are known.
    pub fn attach(&mut self, announce: &Announce, via: AgentId) -> Result<Attached> {
        let attached = self.own_transaction(|connection| {
            check(announce)?;
            let fresh = connection.enter(announce, via)?;
            let mut attached = Attached::default();
            if via == announce.agent {
                attached.received = connection.marks(Kind::Received, via)?;
            }
            match connection.database.node().map(|node| node.role) {
                Some(Role::Server) => {
                    attached.down = connection.place_reader(announce, fresh)?;
                    let epochs = connection.chain_of(announce.agent)?;
                    attached.word = Some(connection.word_for(&Announce { epochs, ..announce.clone() })?);
                }
                Some(Role::Router) => {
                    connection.keep_announced(announce)?;
                    // What a router between holds is not held here too.
                    let stands: Vec<DownMark> = announce.down.iter().map(|d| DownMark { mark: d.from, ..*d }).collect();
                    (attached.down, attached.held) = connection.open_mail(announce.agent, &stands, announce.reconcile)?;
                    connection.open_pages(announce)?;
                }
                _ => return fault(Code::E_IOT_PROTOCOLERR, "a device has nobody below it"),
            }
            Ok(attached)
        })?;
        // What we say we have, we must have after a loss of power too.
        self.flush_delayed()?;
        Ok(attached)
    }

    /// An agent below has acknowledged to this router; kept for the next [`Connection::describe`].
    pub fn note_mark(&mut self, stream: Stream, position: Position) -> Result<()> {
        self.own_transaction(|connection| {
            let agent = connection.agent(stream.agent)?;
            if position.epoch == EpochId(0) {
                // A page of a reconcile is no mark before the last one is there.
                return Ok(());
            }
            connection.put_mark(Kind::acked(agent.role), stream.agent, stream.group, position)?;
            connection.end_pages(stream)?;
            let top = connection.mark(Kind::Top, stream.agent, stream.group)?;
            if position.ts > top.ts {
                connection.put_mark(Kind::Top, stream.agent, stream.group, position)?;
            }
            Ok(())
        })
    }

    /// Epochs of an agent as it has announced them, and what its parcels have added since.
    pub(in crate::db) fn chain_of(&self, agent: AgentId) -> Inner<Vec<EpochInfo>> {
        self.chain_from(agent, EpochId(0))
    }

    /// The same from one of them on; all of them if it is none of them.
    pub(in crate::db) fn chain_from(&self, agent: AgentId, epoch: EpochId) -> Inner<Vec<EpochInfo>> {
        let Some(known) = self.known(agent)? else { return Ok(Vec::new()) };
        let text = "SELECT id, first, last, before, left_at, generation FROM _mco_chains WHERE agent = ?1
             AND at >= coalesce((SELECT at FROM _mco_chains WHERE agent = ?1 AND id = ?2), 0) ORDER BY at";
        let mut statement = self.engine.prepare_cached(text)?;
        let mut rows = statement.query([agent.0.cast_signed(), epoch.0.cast_signed()])?;
        let mut chain = Vec::new();
        while let Some(row) = rows.next()? {
            let time = |at: usize| -> Inner<Timestamp> { Ok(Timestamp(unsigned(row.get(at)?)?)) };
            let id = |at: usize| row.get::<_, i64>(at).map(|id| EpochId(id.cast_unsigned()));
            chain.push(EpochInfo {
                id: id(0)?,
                agent,
                db: known.db,
                first: time(1)?,
                last: time(2)?,
                before: id(3)?,
                left: time(4)?,
                generation: row.get(5)?,
            });
        }
        Ok(chain)
    }

    /// Replaces what is remembered of an agent's history.
    pub(in crate::db) fn put_chain(&mut self, agent: AgentId, chain: &[EpochInfo]) -> Inner<()> {
        let former = self.chain_of(agent)?;
        let same = former.iter().zip(chain).take_while(|(a, b)| a == b).count();
        let place = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        self.engine
            .prepare_cached("DELETE FROM _mco_chains WHERE agent = ?1 AND at >= ?2")?
            .execute([agent.0.cast_signed(), place(same)])?;
        let mut statement = self.engine.prepare_cached("INSERT INTO _mco_chains VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for (at, epoch) in chain.iter().enumerate().skip(same) {
            statement.execute(rusqlite::params![
                agent.0.cast_signed(),
                place(at),
                epoch.id.0.cast_signed(),
                epoch.first.0.cast_signed(),
                epoch.last.0.cast_signed(),
                epoch.before.0.cast_signed(),
                epoch.left.0.cast_signed(),
                epoch.generation
            ])?;
        }
        drop(statement);
        for epoch in former.iter().skip(same) {
            self.drop_beats(agent, epoch.id)?;
        }
        Ok(())
    }

    fn count_attachment(&mut self) -> Inner<u64> {
        if self.database.node().is_none() {
            return fault(Code::E_IOT_INCOMPATIBLE_MODE, "the schema has no 'iot' statement, so nothing travels");
        }
        let sql = &self.engine;
        let text = "SELECT value FROM _mco_meta WHERE key = 'attachment'";
        let former = sql.query_row(text, [], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0).cast_unsigned();
        let chance = Random::from_system().below(1 << RANDOM_BITS);
        let number = ((former >> RANDOM_BITS).wrapping_add(1) << RANDOM_BITS) | chance;
        sql.execute("INSERT OR REPLACE INTO _mco_meta(key, value) VALUES('attachment', ?1)", [number.cast_signed()])?;
        self.in_transaction()?.dirty = true;
        Ok(number)
    }

    fn own_announcement(&mut self, attachment: u64) -> Inner<Announce> {
        let Some(node) = self.database.node() else {
            return fault(Code::E_IOT_INCOMPATIBLE_MODE, "the schema has no 'iot' statement, so nothing travels");
        };
        let newest = history::present_epoch(&self.engine)?.map_or(1, |(number, _)| number);
        let oldest = newest.saturating_sub(MAX_CHAIN as u64 - 1);
        let epochs = history::own_epochs(&self.engine, oldest, MAX_CHAIN)?;
        let mut beats: Vec<Beat> = history::own_beats(&self.engine)?.into_iter().rev().map(|(_, beat)| beat).collect();
        beats.retain(|beat| epochs.iter().any(|epoch| epoch.id == beat.epoch));
        beats.truncate(MAX_BEATS);
        beats.reverse();
        let top = self.marks(Kind::DownTop, OWN)?;
        let down = self.marks(Kind::Down, OWN)?;
        let down = down.iter().map(|(group, mark)| DownMark { group, mark, top: top.get(group), from: mark }).collect();
        Ok(Announce {
            agent: node.agent,
            parent: node.agent,
            role: node.role,
            level: node.level,
            db: node.db,
            schema_hash: schema::hash(self.database.schema_text()),
            attachment,
            epochs,
            beats,
            down,
            reconcile: self.lacks_rows()?,
        })
    }

    fn announcement_of(&mut self, agent: AgentId) -> Inner<Option<Announce>> {
        let Some(known) = self.known(agent)?.filter(|known| known.via != OWN) else { return Ok(None) };
        let epochs = self.chain_of(agent)?;
        let mut beats = Vec::new();
        for epoch in &epochs {
            let beaten = history::beaten_by(&self.engine, epoch.id)?;
            beats.extend(beaten.into_iter().map(|beaten| Beat { epoch: epoch.id, beaten }));
        }
        let (top, from) = (self.marks(Kind::Top, agent)?, self.marks(Kind::From, agent)?);
        let (marks, mail) = (self.marks(Kind::acked(known.role), agent)?, self.groups_of_mail(agent, &[])?);
        let paging = self.marks(Kind::Page, agent)?;
        let mut down = Vec::new();
        for group in (0..8).map(Group).filter(|group| marks.iter().any(|m| m.0 == *group) || mail.contains(group)) {
            let mark = marks.get(group);
            // What is held here ends behind what nodes between hold.
            let from = self.mail_end(agent, group)?.unwrap_or_else(|| from.get(group));
            let is_sure = from.epoch != EpochId(0) && from.ts >= mark.ts && paging.get(group) == Position::default();
            let from = if is_sure { from } else { mark };
            down.push(DownMark { group, mark, top: top.get(group), from });
        }
        Ok(Some(Announce {
            agent,
            parent: known.parent,
            role: known.role,
            level: known.level,
            db: known.db,
            schema_hash: known.schema,
            attachment: known.attachment,
            down,
            epochs,
            beats,
            reconcile: known.reconcile || !paging.is_empty(),
        }))
    }

    /// Remembers the announcement except for its marks. `true`: the agent was not known, or was forgotten; who is known by its rows
    /// alone has not announced itself since.
    fn enter(&mut self, announce: &Announce, via: AgentId) -> Inner<bool> {
        let id = announce.agent;
        let former = self.known(id)?;
        let agent = Agent {
            db: announce.db,
            role: announce.role,
            level: announce.level,
            schema: announce.schema_hash,
            parent: if via == id { id } else { announce.parent },
            via,
            attachment: announce.attachment,
            reconcile: announce.reconcile,
        };
        if former.is_some_and(|former| former.db != announce.db || former.via == OWN) {
            // Another database, or one that was above us: its streams start anew.
            for kind in [Kind::Received, Kind::Complete, Kind::Given, Kind::Began, Kind::Settled] {
                self.drop_marks(kind, id)?;
            }
        }
        // A router repeats an announcement; what the agent's parcels have added since is newer.
        let repeated = former.is_some_and(|former| former.db == announce.db && former.attachment == announce.attachment);
        self.put_agent(id, &agent)?;
        let chain = if repeated { self.chain_of(id)? } else { Vec::new() };
        if !(chain.len() >= announce.epochs.len() && chain.iter().zip(&announce.epochs).all(|(a, b)| a.id == b.id)) {
            self.put_chain(id, &announce.epochs)?;
        }
        for beat in &announce.beats {
            history::add_beat(&self.engine, *beat)?;
        }
        self.forget_databases(id, announce.db)?;
        self.tidy_epochs(id, announce.db)?;
        self.in_transaction()?.dirty = true;
        Ok(former.is_none_or(|former| former.attachment == 0))
    }

    /// On a router: the marks as announced.
    fn keep_announced(&mut self, announce: &Announce) -> Inner<()> {
        let kinds = [Kind::acked(announce.role), Kind::Top, Kind::From];
        for kind in kinds {
            self.drop_marks(kind, announce.agent)?;
        }
        for down in &announce.down {
            for (kind, position) in kinds.into_iter().zip([down.mark, down.top, down.from]) {
                self.put_mark(kind, announce.agent, down.group, position)?;
            }
        }
        Ok(())
    }

    /// The agent has less than it had acknowledged: what clear removed of its own rows since is lost to it.
    pub(in crate::db) fn note_lacking(&mut self, agent: AgentId, group: Group, has: Timestamp) -> Inner<()> {
        let mut lost = Vec::new();
        {
            let text =
                "SELECT class, vepoch, max(min(since), ?2 + 1), max(ts), iif(min(since) > ?2, sum(rows), 0) FROM _mco_cleared WHERE receiver = ?1 AND ts > ?2
                 GROUP BY class, vepoch";
            let mut statement = self.engine.prepare_cached(text)?;
            let mut rows = statement.query([agent.0.cast_signed(), has.0.cast_signed()])?;
            while let Some(row) = rows.next()? {
                lost.push((
                    row.get::<_, u16>(0)?,
                    unsigned(row.get(1)?)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, i64>(4)?,
                ));
            }
        }
        for (class, number, first, last, rows) in lost {
            if self.in_transaction()?.state.groups.of(class) != group {
                continue;
            }
            let Some(epoch) = history::epoch_numbered(&self.engine, number)? else { continue };
            let gap = Gap {
                agent,
                class,
                epoch: epoch.id,
                first: Timestamp(unsigned(first)?),
                last: Timestamp(unsigned(last)?),
                rows: unsigned(rows)?,
                reason: GapReason::ReceiverRestored,
            };
            log::warn!("agent {agent} was restored: it lacks rows that it had acknowledged and clear has removed here");
            self.add_gap(&gap, group, 0)?;
        }
        Ok(())
    }

    /// On the server: what it says to an agent that has announced itself.
    fn word_for(&mut self, announce: &Announce) -> Inner<Word> {
        let (mut confirmed, mut aside) = (Marks::default(), Vec::new());
        for group in (0..8).map(Group) {
            let known = self.mark(Kind::Complete, announce.agent, group)?;
            // What was complete with records that are not of this history is not any more.
            let lost = history::first_lost(&self.engine, &announce.epochs, group)?;
            let mut from = history::past_on(&announce.epochs, known);
            if from.ts.0 >= lost {
                from = Position::default();
            }
            if from == Position::default() && self.is_settled(announce.agent, group)? {
                from = history::landmark(&self.engine, &announce.epochs, group, known.ts.0.min(lost - 1))?;
            }
            let position = history::complete(&self.engine, &announce.epochs, group, from)?;
            if position != known {
                self.put_mark(Kind::Complete, announce.agent, group, position)?;
            }
            if position != Position::default() {
                confirmed.set(group, position);
                SetAside::join(&mut aside, self.aside_between(announce.agent, group, Timestamp(0), position.ts)?);
            }
        }
        Ok(Word { confirmed, forks: self.forks_of(announce)?, fresh: true, aside })
    }
}

/// A history must rise and be the agent's own.
fn check(announce: &Announce) -> Inner<()> {
    let mut former: Option<&EpochInfo> = None;
    let mut right = announce.agent.is_node() && announce.epochs.len() <= MAX_CHAIN && announce.beats.len() <= MAX_BEATS;
    for epoch in &announce.epochs {
        right &= epoch.agent == announce.agent
            && epoch.db == announce.db
            && history::is_sound(epoch)
            && former.is_none_or(|former| former.last < epoch.first && epoch.before == former.id && epoch.left == former.last);
        former = Some(epoch);
    }
    right &= announce.beats.iter().all(|beat| announce.epochs.iter().any(|epoch| epoch.id == beat.epoch));
    right &= announce.down.iter().all(|down| {
        usize::from(down.group.0) < Group::COUNT && [down.mark, down.top, down.from].iter().all(|p| p.ts.0 <= i64::MAX as u64)
    });
    if right {
        return Ok(());
    }
    fault(Code::E_IOT_PROTOCOLERR, format!("the history that agent {} tells contradicts itself", announce.agent))
}
