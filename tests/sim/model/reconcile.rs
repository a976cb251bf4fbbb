//! Reconcile: everything that an agent should have, in order of identity, page by page.

use super::{Model, Series};
use crate::fault::Fault;
use crate::store::{group, is_up};
use mcoiot::base::{AgentId, Change, ChangeSet, EpochId, Group, Identity, Position, State, Timestamp};
use mcoiot::wire::{BATCH_RECONCILE, Batch};

impl Model {
    /// The next page; the first one again if the series is not the one at hand.
    pub(super) fn read_page(&mut self, agent: AgentId, group: Group, after: Position, max_bytes: usize) -> Batch {
        let key = (agent, group);
        let tail = self.position(self.clock);
        let fresh = Series { pages: 0, last: None, tail };
        let goes_on = self.series.get(&key).filter(|s| after.epoch.0 == 0 && after.ts.0 == s.pages && s.pages > 0);
        let mut series = goes_on.cloned().unwrap_or(fresh);
        let (mut set, mut bytes, mut more) = (ChangeSet::default(), 0, false);
        for (at, change) in self.page_items(agent, group) {
            if series.last.is_some_and(|last| at <= last) {
                continue;
            }
            if bytes >= max_bytes {
                more = true;
                break;
            }
            bytes += 30 + if let State::Row(values) = &change.state { values.iter().map(|v| v.weight()).sum() } else { 0 };
            series.last = Some(at);
            set.changes.push(change);
        }
        let page = |n| Position { ts: Timestamp(n), epoch: EpochId(0) };
        let after = page(series.pages);
        series.pages += 1;
        let up_to = if more { page(series.pages) } else { series.tail };
        if more {
            self.series.insert(key, series);
        } else {
            self.series.remove(&key);
        }
        let mut batch = self.to_batch(group, set, after, up_to, tail);
        batch.flags = BATCH_RECONCILE;
        batch
    }

    /// First the identities that clear has removed and that stay, then the rows.
    fn page_items(&self, agent: AgentId, of: Group) -> Vec<((bool, Identity), Change)> {
        let is_meant = |class: u16, to: AgentId| !is_up(class) && group(class) == of && (to == agent || to == AgentId::ALL);
        let cleared = self.cleared.iter().filter(|(_, (class, to, _))| is_meant(*class, *to) && self.fault != Fault::Cleared);
        let kept = cleared.map(|(id, (class, _, version))| {
            let (ts, epoch, state) = (version.ts, version.epoch, State::Removed);
            ((false, *id), Change { class: *class, id: *id, ts, epoch, agent, state })
        });
        let rows = self.rows.iter().filter(|(_, row)| is_meant(row.class, row.agent)).map(|(id, row)| {
            let (ts, epoch, state) = (row.version.ts, row.version.epoch, State::Row(row.content.values()));
            ((true, *id), Change { class: row.class, id: *id, ts, epoch, agent: row.agent, state })
        });
        kept.chain(rows).collect()
    }
}
