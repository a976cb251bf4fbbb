//! Downward streams as their receiver sees them.

use super::{Late, Model, Row, unpack};
use crate::fault::Fault;
use crate::store::{Content, group, is_up};
use mcoiot::base::{Change, ChangeSet, Code, DownMark, Group, Identity, Position, State, Version};
use mcoiot::repl::JobResult;
use mcoiot::wire::{BATCH_AGAIN, BATCH_RECONCILE, Batch};
use std::collections::BTreeSet;

impl Model {
    pub(super) fn down_state(&self) -> Vec<DownMark> {
        let state = |(group, d): (&Group, &super::Downward)| DownMark { group: *group, mark: d.mark, top: d.top, from: d.mark };
        self.downward.iter().map(state).collect()
    }

    /// Whether a reconcile was left in the middle.
    pub(super) fn is_in_reconcile(&self) -> bool {
        self.downward.values().any(|d| d.pages.is_some())
    }

    pub(super) fn apply_down(&mut self, batch: &Batch) -> Result<JobResult, Code> {
        let parcels = super::pack::split(&batch.body).ok_or(Code::E_IOT_PROTOCOLERR)?;
        let set = unpack(parcels.first().ok_or(Code::E_IOT_PROTOCOLERR)?).ok_or(Code::E_IOT_PROTOCOLERR)?;
        if batch.flags & BATCH_RECONCILE != 0 {
            return self.apply_page(batch, &set);
        }
        let stream = self.downward.entry(batch.group).or_default();
        // A reconcile that has begun has to be ended: its states are not those of any mark.
        let again = batch.flags & BATCH_AGAIN != 0 && batch.after.ts <= stream.mark.ts;
        if (stream.mark != batch.after && !again || stream.pages.is_some()) && self.fault != Fault::GapAccepted {
            return Err(Code::E_IOT_TS_GAP);
        }
        let mark = if again && batch.up_to.ts < stream.mark.ts { stream.mark } else { batch.up_to };
        stream.mark = mark;
        if batch.as_of.ts > stream.top.ts || batch.as_of.epoch != stream.top.epoch {
            stream.top = batch.as_of;
        }
        self.tick();
        if self.fault == Fault::MarkApart {
            self.late.push(Late::Down(set));
        } else {
            self.take_down(&set);
        }
        self.drop_graves();
        Ok(JobResult::Applied { mark, code: Code::S_OK, confirmed: Vec::new() })
    }

    /// Removes first, then all rows without their keys, then the keys.
    pub(super) fn take_down(&mut self, set: &ChangeSet) {
        let version = |c: &Change| Version { generation: 0, ts: c.ts, epoch: c.epoch };
        for change in set.changes.iter().filter(|c| c.state == State::Removed) {
            if self.rows.get(&change.id).is_some_and(|row| row.version < version(change)) {
                self.rows.remove(&change.id);
            }
            self.aside.remove(&change.id);
        }
        let mut new = Vec::new();
        for change in &set.changes {
            let State::Row(values) = &change.state else { continue };
            let Some(content) = Content::of(values) else { continue };
            let is_old = |row: &Row| row.version >= version(change);
            let is_buried = self.graves.get(&change.id).is_some_and(|(_, grave)| version(change) <= *grave);
            if is_buried || self.rows.get(&change.id).is_some_and(is_old) || self.aside.get(&change.id).is_some_and(is_old) {
                continue;
            }
            let row = Row { class: change.class, version: version(change), agent: change.agent, content, is_local: false };
            new.push((change.id, row));
        }
        self.put_rows(new);
    }

    fn put_rows(&mut self, mut new: Vec<(Identity, Row)>) {
        if self.fault == Fault::OnePass {
            for (id, row) in new {
                self.put_row(id, row);
            }
            return;
        }
        new.extend(
            std::mem::take(&mut self.aside)
                .into_iter()
                .filter(|(id, _)| !new.iter().any(|(other, _)| other == id))
                .collect::<Vec<_>>(),
        );
        let touched: Vec<_> = new.iter().filter_map(|(id, _)| Some((*id, self.rows.remove(id)?))).collect();
        for (id, row) in new {
            self.put_row(id, row);
        }
        // A row that cannot take its new key keeps its old state, if that is free.
        for (id, row) in touched {
            if !self.rows.contains_key(&id) && self.blocker(id, &row).is_none() {
                self.rows.insert(id, row);
            }
        }
    }

    fn put_row(&mut self, id: Identity, row: Row) {
        if self.blocker(id, &row).is_some() {
            self.aside.insert(id, row);
        } else {
            self.rows.insert(id, row);
        }
    }

    /// The row that has the unique key of another.
    fn blocker(&self, id: Identity, row: &Row) -> Option<Identity> {
        let key = row.content.key;
        let has_it = |(other, r): &(&Identity, &Row)| **other != id && r.class == row.class && r.content.key == key;
        if key == 0 { None } else { self.rows.iter().find(has_it).map(|(id, _)| *id) }
    }

    /// A page of a reconcile: states are taken whatever their version; what no page has named goes with the last one.
    fn apply_page(&mut self, batch: &Batch, set: &ChangeSet) -> Result<JobResult, Code> {
        let stream = self.downward.entry(batch.group).or_default();
        if batch.after == Position::default() {
            stream.pages = Some((0, BTreeSet::new()));
        }
        let Some((page, mut named)) =
            stream.pages.take().filter(|(page, _)| batch.after.ts.0 == *page && batch.after.epoch.0 == 0)
        else {
            return Err(Code::E_IOT_TS_GAP);
        };
        self.tick();
        for change in &set.changes {
            named.insert(change.id);
            let State::Row(values) = &change.state else { continue };
            let Some(content) = Content::of(values) else { continue };
            let version = Version { generation: 0, ts: change.ts, epoch: change.epoch };
            let row = Row { class: change.class, version, agent: change.agent, content, is_local: false };
            if let Some(other) = self.blocker(change.id, &row).filter(|other| !named.contains(other)) {
                self.rows.remove(&other);
            }
            self.put_row(change.id, row);
        }
        let stream = self.downward.entry(batch.group).or_default();
        if batch.up_to.epoch.0 == 0 {
            stream.pages = Some((page + 1, named));
        } else {
            (stream.mark, stream.top) = (batch.up_to, batch.as_of);
            let of = batch.group;
            self.rows.retain(|id, row| is_up(row.class) || group(row.class) != of || named.contains(id));
            self.aside.retain(|id, row| group(row.class) != of || named.contains(id));
            self.graves.retain(|_, (class, _)| is_up(*class) || group(*class) != of);
        }
        Ok(JobResult::Applied { mark: batch.up_to, code: Code::S_OK, confirmed: Vec::new() })
    }
}
