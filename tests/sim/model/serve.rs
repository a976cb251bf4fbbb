//! Downward streams as the server reads them: one for each agent, addressed at the moment of reading.

use super::{Model, Record, Row, UPSTREAM, pack};
use crate::fault::Fault;
use crate::store::group;
use mcoiot::base::{AgentId, Change, ChangeSet, Code, EpochInfo, Group, Identity, Position, State, Timestamp, Version};
use mcoiot::repl::JobResult;
use mcoiot::wire::Batch;
use std::collections::BTreeSet;

impl Model {
    pub(super) fn read_down(&mut self, agent: AgentId, group: Group, after: Position, max_bytes: usize) -> JobResult {
        let tail = self.position(self.clock);
        let is_page = after.epoch.0 == 0 && after.ts.0 > 0;
        let is_lost = after == Position::default() && self.child(agent).lost.contains(&group);
        let batch = if is_page || is_lost || self.is_behind(agent, group, after) {
            Some(self.read_page(agent, group, after, max_bytes))
        } else {
            self.batch_down(agent, group, after, max_bytes, tail)
        };
        JobResult::Read { batch, tail, held: Code::S_OK }
    }

    fn batch_down(&self, agent: AgentId, of: Group, after: Position, max_bytes: usize, tail: Position) -> Option<Batch> {
        let mut records: Vec<Record> = self.records(agent, of).filter(|r| r.ts > after.ts.0).collect();
        if self.fault == Fault::Merged && records.iter().any(|r| r.stream == agent) {
            records.retain(|r| r.stream == agent);
        }
        let (mut bytes, mut last, mut up_to) = (0, after.ts.0, tail);
        let (mut set, mut done) = (ChangeSet::default(), BTreeSet::new());
        for record in &records {
            if bytes >= max_bytes && (record.ts != last || self.fault == Fault::PartialTransaction) {
                up_to = self.position(last);
                break;
            }
            last = record.ts;
            if done.insert(record.id)
                && let Some(change) = self.change_down(agent, *record)
            {
                bytes += 30 + if let State::Row(values) = &change.state { values.iter().map(|v| v.weight()).sum() } else { 0 };
                set.changes.push(change);
            }
        }
        records.first()?;
        if self.fault == Fault::RowsAhead {
            up_to = self.position(records[0].ts);
        }
        Some(self.to_batch(of, set, after, up_to, tail))
    }

    pub(super) fn to_batch(&self, group: Group, mut set: ChangeSet, after: Position, up_to: Position, as_of: Position) -> Batch {
        set.epochs = self.epochs_for(&set);
        let rows = set.changes.len() as u32;
        let parcel = pack(&set);
        Batch { seq: 0, group, flags: 0, after, up_to, as_of, rows, body: super::pack::join(&[parcel]) }
    }

    fn epochs_for(&self, set: &ChangeSet) -> Vec<EpochInfo> {
        let named: BTreeSet<_> = set.changes.iter().flat_map(|c| [c.epoch, c.id.epoch]).collect();
        let mut epochs = self.chain.clone();
        let strange = named.into_iter().filter(|n| !self.chain.iter().any(|e| e.id == *n)).collect::<Vec<_>>();
        epochs.extend(strange.into_iter().filter_map(|id| Some(EpochInfo { id, ..*self.chain.first()? })));
        epochs
    }

    /// Keys of an agent's stream, oldest first.
    pub(super) fn records(&self, agent: AgentId, of: Group) -> impl Iterator<Item = Record> + '_ {
        let meant = move |r: &&Record| r.stream != UPSTREAM && (r.stream == agent || r.stream == AgentId::ALL);
        self.log.iter().filter(meant).filter(move |r| group(r.class) == of).copied()
    }

    /// What a key means to an agent now.
    fn change_down(&self, agent: AgentId, record: Record) -> Option<Change> {
        let Record { ts, class, id, .. } = record;
        let row = self.rows.get(&id);
        let is_meant = |r: &&Row| self.fault == Fault::Addressed || r.agent == agent || r.agent == AgentId::ALL;
        if let Some(row) = row.filter(is_meant) {
            if self.fault == Fault::SendCurrent && row.version.ts.0 != ts {
                return None;
            }
            let state = State::Row(row.content.values());
            return Some(Change { class, id, ts: row.version.ts, epoch: row.version.epoch, agent: row.agent, state });
        }
        let cleared = self.cleared.get(&id);
        let is_hidden = |to: AgentId| to == agent || to == AgentId::ALL || self.fault == Fault::ClearHidesRemove;
        if row.is_none() && cleared.is_some_and(|(_, to, _)| is_hidden(*to)) {
            return None;
        }
        let version = row.map(|r| r.version).or(cleared.map(|(_, _, version)| *version));
        let version = version.unwrap_or_else(|| self.version_gone(id, ts));
        Some(Change { class, id, ts: version.ts, epoch: version.epoch, agent, state: State::Removed })
    }

    /// The version that took a row away, which may be a later one than the record at hand.
    fn version_gone(&self, id: Identity, ts: u64) -> Version {
        let is_old = self.fault == Fault::OldRemove;
        let last = self.log.iter().rev().find(|r| r.id == id && (!is_old || r.ts == ts)).map_or(ts, |r| r.ts);
        let at = self.position(last);
        Version { generation: 0, ts: at.ts, epoch: at.epoch }
    }

    /// Whether keys that an agent needs behind a position were dropped.
    pub(super) fn is_behind(&self, agent: AgentId, group: Group, at: Position) -> bool {
        let horizon = |stream| self.horizon.get(&(group, stream)).copied().unwrap_or(0);
        at.ts.0 < horizon(agent).max(horizon(AgentId::ALL)) && self.fault != Fault::Horizon
    }

    /// Drops keys of rows that are gone, of one stream, up to some instant.
    pub(super) fn drop_keys(&mut self, chance: u64) {
        let streams: Vec<(AgentId, u16)> = self
            .log
            .iter()
            .filter(|r| r.stream != UPSTREAM)
            .map(|r| (r.stream, r.class))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if streams.is_empty() {
            return;
        }
        let (stream, class) = streams[chance as usize % streams.len()];
        let up_to = (chance >> 8) % (self.clock + 1);
        self.tick();
        let rows = &self.rows;
        let is_needed = |r: &Record| rows.get(&r.id).is_some_and(|row| row.agent == stream);
        self.log.retain(|r| r.stream != stream || group(r.class) != group(class) || r.ts > up_to || is_needed(r));
        let horizon = self.horizon.entry((group(class), stream)).or_default();
        *horizon = up_to.max(*horizon);
    }

    /// Removes what its receivers have, or what a parent has.
    pub(super) fn clear_rows(&mut self, agent: AgentId) {
        if self.role == mcoiot::base::Role::Router {
            self.mail.retain(|(to, _), _| agent != AgentId::ALL && *to != agent);
        }
        let gone: Vec<Identity> =
            self.rows.iter().filter(|(_, row)| self.is_meant(row, agent) && self.is_acked(row)).map(|(id, _)| *id).collect();
        if gone.is_empty() {
            return;
        }
        if self.fault != Fault::ClearUncounted {
            self.tick();
        }
        // What is kept at an agent was told by the first pages of a reconcile.
        self.series.clear();
        for id in gone {
            if let Some(row) = self.rows.remove(&id) {
                self.cleared.insert(id, (row.class, row.agent, row.version));
            }
        }
    }

    fn is_meant(&self, row: &Row, agent: AgentId) -> bool {
        self.is_own(row) && (crate::store::is_up(row.class) || agent == AgentId::ALL || row.agent == agent)
    }

    fn is_acked(&self, row: &Row) -> bool {
        if self.fault == Fault::ClearBeyond {
            return true;
        }
        let of = group(row.class);
        let ts = row.version.ts;
        if crate::store::is_up(row.class) {
            return ts <= Timestamp(self.clear_limit(of));
        }
        let mut known = self.children.iter().filter(|(_, c)| c.is_known);
        match row.agent {
            AgentId::ALL => known.clone().next().is_some() && known.all(|(_, c)| ts <= c.acked.get(of).ts),
            agent => self.children.get(&agent).is_some_and(|c| ts <= c.acked.get(of).ts),
        }
    }
}
