//! Applying what a neighbour has sent: positions, and which way it goes. `parcel` does the rest.

use crate::base::{
    AgentId, Change, Code, EpochId, Fork, Gap, GapReason, Group, Position, Result, Role, Stream, Timestamp, Way, Word, fail,
};
use crate::db::fault::{Fault, Inner, fault};
use crate::db::marks::{Kind, OWN};
use crate::db::parcel::{Applier, Source};
use crate::db::{Applied, Connection, Incoming, IncomingParcel, history};
use std::collections::BTreeMap;

impl Connection {
    /// Applies what a neighbour has sent: rows, epochs, ranges and mark in one transaction, durable on return. What is here already
    /// is skipped and our mark given back.
    ///
    /// `E_IOT_TS_GAP` when it does not follow our mark; `E_IOT_PROTOCOLERR` when it contradicts itself or the neighbour may not send it
    /// (what routers pass on is set aside as a gap record instead); `E_IOT_AGENT_NOT_FOUND` for a neighbour that never attached;
    /// `E_NOMEM`, `E_DISK_SPACE_EXHAUSTED` when there is no room. On an error nothing has changed.
    pub fn apply(&mut self, incoming: &Incoming<'_>) -> Result<Applied> {
        let count = incoming.parcels.len();
        if incoming.stream.way == Way::Down && count != 1 {
            let text = format!("agent {} sends {count} parcels in one batch downwards, where each has one", incoming.from);
            return fail(Code::E_IOT_PROTOCOLERR, text);
        }
        let own = self.database.node().filter(|node| node.role != Role::Server).map(|node| node.agent);
        if incoming.reconcile && incoming.stream.way == Way::Down && own == Some(incoming.stream.agent) {
            let applied = self.apply_page(incoming)?;
            self.flush_delayed()?;
            return Ok(applied);
        }
        let applied = self.own_transaction(|connection| {
            let Some(node) = connection.database.node() else {
                return fault(Code::E_IOT_PROTOCOLERR, "this database has no place in the tree");
            };
            match (incoming.stream.way, node.role) {
                (Way::Up, Role::Server) => connection.apply_up(incoming),
                (Way::Up, Role::Router) => connection.relay_up(incoming),
                (Way::Down, Role::Router) if incoming.stream.agent != node.agent => connection.relay_down(incoming),
                (Way::Down, Role::Router | Role::Device) if incoming.stream.agent == node.agent => {
                    connection.apply_down(incoming)
                }
                _ => fault(
                    Code::E_IOT_PROTOCOLERR,
                    format!("agent {} sends rows for agent {}, which do not belong here", incoming.from, incoming.stream.agent),
                ),
            }
        })?;
        // Also for what had come before: the flush may have failed then.
        self.flush_delayed()?;
        Ok(applied)
    }

    /// On the server: rows of the neighbour, or of any agents when that is a router.
    fn apply_up(&mut self, incoming: &Incoming<'_>) -> Inner<Applied> {
        let Stream { agent, group, .. } = incoming.stream;
        let direct = self.agent(agent)?.role == Role::Device;
        let mut applied = Applied::nothing(incoming.up_to);
        if let Some(mark) = self.follows(incoming)? {
            return Ok(Applied { mark, ..applied });
        }
        // Whether there was something of another history than the one that they have announced.
        let mut origins: BTreeMap<AgentId, bool> = BTreeMap::new();
        for parcel in incoming.parcels {
            let done = if direct {
                let source = Source { origin: agent, within: Some((incoming.after, incoming.up_to)), group };
                let done = Applier::new(self, source, &parcel.set)?.run()?;
                self.keep_if_strange(agent, group, parcel)?;
                done
            } else {
                self.apply_relayed(parcel, group)?
            };
            if let Some(origin) = parcel.set.epochs.first().map(|epoch| epoch.agent) {
                *origins.entry(origin).or_default() |= self.is_of_a_fork(origin, &parcel.set.epochs)?;
            }
            applied.rows = applied.rows.saturating_add(done.rows);
            if applied.code == Code::S_OK {
                (applied.code, applied.origin) = (done.code, done.origin);
            }
        }
        self.put_mark(Kind::Received, agent, group, incoming.up_to)?;
        for (origin, is_forked) in origins {
            let forks = if is_forked { self.late_forks(origin)? } else { Vec::new() };
            if let Some(confirmed) = self.confirm(origin, group, forks)? {
                applied.confirmed.push((origin, confirmed));
            }
        }
        Ok(applied)
    }

    /// Rows for this node.
    fn apply_down(&mut self, incoming: &Incoming<'_>) -> Inner<Applied> {
        let group = incoming.stream.group;
        let mark = self.mark(Kind::Down, OWN, group)?;
        let mut applied = Applied::nothing(incoming.up_to);
        // States of a reconcile that has begun are of no mark.
        if self.is_reconciled(group)? {
            return self.gap(incoming, mark);
        }
        if incoming.up_to == mark {
            return Ok(applied);
        }
        if incoming.after != mark {
            return self.gap(incoming, mark);
        }
        for parcel in incoming.parcels {
            let source = Source { origin: AgentId::SERVER, within: Some((incoming.after, incoming.up_to)), group };
            let done = Applier::new(self, source, &parcel.set)?.run()?;
            (applied.rows, applied.code, applied.origin) = (done.rows, done.code, done.origin);
        }
        self.put_mark(Kind::Down, OWN, group, incoming.up_to)?;
        let top = self.mark(Kind::DownTop, OWN, group)?;
        if incoming.as_of.ts >= top.ts {
            self.put_mark(Kind::DownTop, OWN, group, incoming.as_of)?;
        }
        Ok(applied)
    }

    /// Whether an upward batch follows our mark; the mark, when the batch is here already.
    pub(in crate::db) fn follows(&self, incoming: &Incoming<'_>) -> Inner<Option<Position>> {
        let mark = self.mark(Kind::Received, incoming.stream.agent, incoming.stream.group)?;
        if incoming.up_to.ts <= incoming.after.ts || incoming.up_to.ts.0 > i64::MAX as u64 {
            return fault(Code::E_IOT_PROTOCOLERR, format!("a batch of agent {} ends where it begins", incoming.from));
        }
        if incoming.begins || incoming.after == mark {
            return Ok(None);
        }
        if incoming.up_to.ts <= mark.ts {
            return Ok(Some(mark));
        }
        // Read again from an earlier point, with rows that have come since: what is here already is passed over. An opening may lie between.
        let again =
            incoming.after.ts < mark.ts && self.are_of_one_history(incoming.stream.agent, [mark.epoch, incoming.up_to.epoch])?;
        if again { Ok(None) } else { self.gap(incoming, mark) }
    }

    /// Whether both epochs are in the history that an agent has announced.
    fn are_of_one_history(&self, agent: AgentId, epochs: [EpochId; 2]) -> Inner<bool> {
        if epochs[0] == epochs[1] {
            return Ok(true);
        }
        let chain = self.chain_of(agent)?;
        Ok(epochs.iter().all(|epoch| chain.iter().any(|announced| announced.id == *epoch)))
    }

    fn gap<T>(&self, incoming: &Incoming<'_>, mark: Position) -> Inner<T> {
        fault(
            Code::E_IOT_TS_GAP,
            format!(
                "agent {} sends what follows {}, but {} is what was received of it",
                incoming.from, incoming.after.ts, mark.ts
            ),
        )
    }

    /// One parcel from a router, which cannot be blamed for what is in it.
    pub(in crate::db) fn apply_relayed(&mut self, parcel: &IncomingParcel, group: Group) -> Inner<Applied> {
        let nothing = Applied::nothing(Position::default());
        let Some(origin) = parcel.set.epochs.first().map(|epoch| epoch.agent) else {
            if !parcel.set.changes.is_empty() {
                log::warn!("a router has brought {} rows that nobody has made; they are dropped", parcel.set.changes.len());
            }
            return Ok(nothing);
        };
        let state = self.in_transaction()?.state.clone();
        self.engine.prepare_cached("SAVEPOINT parcel")?.execute([])?;
        let source = Source { origin, within: None, group };
        let done = Applier::new(self, source, &parcel.set)?.run();
        match done {
            Err(Fault::Ours(error)) if error.code == Code::E_IOT_PROTOCOLERR => {
                self.engine.prepare_cached("ROLLBACK TO parcel")?.execute([])?;
                self.engine.prepare_cached("RELEASE parcel")?.execute([])?;
                let open = self.in_transaction()?;
                open.state = state;
                open.aside = None;
                log::warn!("{}", error.text);
                self.contradicted(origin, parcel, group)?;
                Ok(nothing)
            }
            done => {
                let done = done?;
                self.keep_if_strange(origin, group, parcel)?;
                self.engine.prepare_cached("RELEASE parcel")?.execute([])?;
                Ok(done)
            }
        }
    }

    fn keep_if_strange(&mut self, origin: AgentId, group: Group, parcel: &IncomingParcel) -> Inner<()> {
        if parcel.strange.is_empty() { Ok(()) } else { self.keep_strange(origin, group, parcel) }
    }

    /// Gap records for what a parcel should have brought.
    fn contradicted(&mut self, origin: AgentId, parcel: &IncomingParcel, group: Group) -> Inner<()> {
        let sane = |ts: Timestamp| ts.0 > 0 && ts.0 < i64::MAX as u64;
        let rows = parcel.set.changes.len() as u64;
        let notes = parcel.set.notes.iter().filter(|note| note.from < note.to && sane(note.to));
        let mut spans: Vec<_> = notes.map(|note| (note.epoch, Timestamp(note.from.0 + 1), note.to)).collect();
        if spans.is_empty() {
            spans.extend(parcel.set.changes.iter().filter(|c| sane(c.ts)).map(|Change { epoch, ts, .. }| (*epoch, *ts, *ts)));
        }
        let rows = if spans.len() == 1 { rows } else { 0 };
        for (epoch, first, last) in spans {
            self.add_gap(&Gap { agent: origin, class: 0, epoch, first, last, rows, reason: GapReason::Contradiction }, group, 0)?;
        }
        Ok(())
    }

    /// On the server: what is complete now of an agent's history, what of that is set aside, and what it has to hear of other histories
    /// of its database; `None` if nothing of that is new.
    fn confirm(&mut self, agent: AgentId, group: Group, forks: Vec<Fork>) -> Inner<Option<Word>> {
        let known = self.mark(Kind::Complete, agent, group)?;
        let chain = self.chain_from(agent, known.epoch)?;
        let from = history::past_on(&chain, known);
        let now = history::complete(&self.engine, &chain, group, from)?;
        if now == known && forks.is_empty() {
            return Ok(None);
        }
        if now != known {
            self.put_mark(Kind::Complete, agent, group, now)?;
        }
        let (confirmed, aside) = (self.marks(Kind::Complete, agent)?, self.aside_between(agent, group, from.ts, now.ts)?);
        Ok(Some(Word { confirmed, forks, aside, fresh: false }))
    }
}
