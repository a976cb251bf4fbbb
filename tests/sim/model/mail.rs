//! What a router holds for agents below it: batches as they came, served only where they fit the agent's mark.

use super::{MAIL_BYTES, Mail, Model, announced};
use crate::fault::Fault;
use mcoiot::base::{AgentId, Announce, Code, DownMark, Group, Marks, Position};
use mcoiot::repl::JobResult;
use mcoiot::wire::{BATCH_AGAIN, BATCH_RECONCILE, Batch};
use std::collections::BTreeSet;

impl Model {
    /// An agent below was announced: mail that does not begin where it stands goes. Gives where its streams go on from here, and
    /// where what is held ends.
    pub(super) fn route(&mut self, announce: &Announce) -> (Marks, Marks) {
        let agent = announce.agent;
        let held = self.mail.keys().filter(|(a, _)| *a == agent).map(|(_, g)| *g).collect::<Vec<_>>();
        // A group that is not named is at the beginning, also when it was further before.
        let before = self.child(agent).acked.iter().map(|(g, _)| g).collect::<Vec<_>>();
        let groups: BTreeSet<Group> = held.into_iter().chain(before).chain(announce.down.iter().map(|d| d.group)).collect();
        let (mut down, mut ends) = (Marks::default(), Marks::default());
        for group in groups {
            let (_, _, from) = announced(announce, group);
            let key = (agent, group);
            let fits = |m: &Mail| (m.after == from || self.fault == Fault::Interval) && !m.is_page && !announce.reconcile;
            if !self.mail.get(&key).and_then(|m| m.first()).is_some_and(fits) {
                self.mail.remove(&key);
            }
            self.served.remove(&key);
            self.come.remove(&key);
            self.paging.remove(&key);
            if announce.reconcile {
                self.paging.insert(key);
            }
            down.set(group, from);
            self.child(agent).acked.set(group, from);
            if let Some(end) = self.mail_end(agent, group) {
                ends.set(group, end);
            }
            // Mail that is dropped before it was ever read has to come again, too.
            if let Some(last) = self.mail.get(&key).and_then(|m| m.last()) {
                self.come.insert(key, last.up_to);
            }
        }
        (down, ends)
    }

    /// Where what is held for an agent ends; nothing in the middle of a reconcile.
    fn mail_end(&self, agent: AgentId, group: Group) -> Option<Position> {
        let last = self.mail.get(&(agent, group)).and_then(|m| m.last()).filter(|m| m.up_to.epoch.0 != 0)?;
        Some(last.up_to)
    }

    /// What an agent below has said, and what is known of it since.
    pub(super) fn describe_child(&self, agent: AgentId) -> Option<Announce> {
        let child = self.children.get(&agent)?;
        let mut announce = child.announce.clone();
        let held = self.mail.keys().filter(|(a, _)| *a == agent).map(|(_, g)| *g);
        let groups: BTreeSet<Group> = held.chain(announce.down.iter().map(|d| d.group)).collect();
        announce.down = groups
            .into_iter()
            .map(|group| {
                let (mark, top, _) = announced(&child.announce, group);
                // What is held for it may bring it states as new as that.
                let held = self.mail.get(&(agent, group)).into_iter().flatten().map(|m| m.as_of);
                let top = held.fold(top, |top, as_of| if as_of.ts > top.ts { as_of } else { top });
                let passed = child.acked.get(group);
                let is_paging = self.mail.get(&(agent, group)).and_then(|m| m.last()).is_some_and(|m| m.up_to.epoch.0 == 0);
                let from = self.mail_end(agent, group).unwrap_or(if is_paging || passed.epoch.0 == 0 { mark } else { passed });
                DownMark { group, mark, top, from }
            })
            .collect();
        announce.reconcile = self.paging.iter().any(|(a, _)| *a == agent);
        Some(announce)
    }

    /// A batch for an agent below has come.
    pub(super) fn keep_mail(&mut self, agent: AgentId, batch: &Batch) -> Result<JobResult, Code> {
        let key = (agent, batch.group);
        let is_page = batch.flags & BATCH_RECONCILE != 0;
        let starts_over = is_page && batch.after == Position::default();
        let held: usize = self.mail.get(&key).map_or(0, |m| m.iter().map(|m| m.body.len()).sum());
        if held > MAIL_BYTES && !starts_over {
            return Err(Code::E_NOMEM);
        }
        if starts_over {
            self.mail.remove(&key);
            self.served.remove(&key);
            self.paging.insert(key);
        }
        let served = self.served.get(&key).map(|n| Position { ts: mcoiot::base::Timestamp(*n), epoch: mcoiot::base::EpochId(0) });
        let passed = served.unwrap_or_else(|| self.child(agent).acked.get(batch.group));
        let end = self.mail.get(&key).and_then(|m| m.last()).map_or(passed, |m| m.up_to);
        if batch.flags & BATCH_AGAIN != 0 && !is_page && end != batch.after {
            return self.mail_again(agent, batch, end);
        }
        if !starts_over && end != batch.after && self.fault != Fault::GapAccepted {
            return Err(Code::E_IOT_TS_GAP);
        }
        self.tick();
        self.come.insert(key, batch.up_to);
        let (after, as_of, rows) = (batch.after, batch.as_of, batch.rows);
        let up_to = if self.fault == Fault::JoinedTooFar && !is_page { as_of } else { batch.up_to };
        self.mail.entry(key).or_default().push(Mail { after, up_to, as_of, is_page, rows, body: batch.body.clone() });
        // States of rows that are on their way may be as new as this.
        let (mark, top, from) = announced(&self.child(agent).announce.clone(), batch.group);
        let top = if as_of.ts > top.ts || !self.is_same_history(top, as_of) { as_of } else { top };
        self.set_down(agent, DownMark { group: batch.group, mark, top, from });
        Ok(JobResult::Applied { mark: up_to, code: Code::S_OK, confirmed: Vec::new() })
    }

    /// What was sent before comes again, perhaps cut otherwise.
    fn mail_again(&mut self, agent: AgentId, batch: &Batch, end: Position) -> Result<JobResult, Code> {
        if batch.up_to.epoch == end.epoch && batch.up_to.ts <= end.ts {
            return Ok(JobResult::Applied { mark: end, code: Code::S_OK, confirmed: Vec::new() });
        }
        let mail = self.mail.entry((agent, batch.group)).or_default();
        let Some(at) = mail.iter().position(|m| m.after == batch.after) else { return Err(Code::E_IOT_TS_GAP) };
        mail.truncate(at);
        self.keep_mail(agent, &Batch { flags: 0, ..batch.clone() })
    }

    fn is_same_history(&self, a: Position, b: Position) -> bool {
        a.epoch == b.epoch || a == Position::default()
    }

    fn set_down(&mut self, agent: AgentId, mark: DownMark) {
        let down = &mut self.child(agent).announce.down;
        down.retain(|d| d.group != mark.group);
        down.push(mark);
    }

    pub(super) fn read_mail(&mut self, agent: AgentId, group: Group, after: Position) -> JobResult {
        let key = (agent, group);
        let mail = self.mail.get(&key).map_or(&[][..], Vec::as_slice);
        let is_series = mail.first().is_some_and(|m| m.is_page);
        let served = self.served.get(&key).copied().unwrap_or(0);
        let fits = |m: &&Mail| {
            let starts_over = m.is_page && m.after == Position::default();
            if is_series && m.is_page {
                let passed = mail.iter().any(|m| m.up_to == after);
                let begins = served == 0 || after == Position::default() || after.epoch.0 != 0 && !passed;
                return if begins { starts_over } else { m.after == after };
            }
            m.after == after || self.fault == Fault::Interval
        };
        let batch = mail.iter().find(fits).map(|m| Batch {
            seq: 0,
            group,
            flags: if m.is_page { BATCH_RECONCILE } else { 0 },
            after: if self.fault == Fault::Interval { after } else { m.after },
            up_to: m.up_to,
            as_of: m.as_of,
            rows: m.rows,
            body: m.body.clone(),
        });
        if let Some(batch) = batch.as_ref().filter(|b| b.flags != 0 && b.up_to.epoch.0 == 0) {
            self.served.insert(key, batch.up_to.ts.0);
        }
        // What has come and is held no longer has to come again.
        let tail = mail.last().map(|m| m.up_to).or(self.come.get(&key).copied()).unwrap_or(after);
        if batch.is_none() && tail != after {
            return JobResult::Failed { code: Code::E_IOT_TS_GAP };
        }
        JobResult::Read { batch, tail, held: Code::S_OK }
    }

    /// The next node has what was passed on up to here.
    pub(super) fn mail_passed(&mut self, agent: AgentId, group: Group, position: Position) {
        let Some(mail) = self.mail.get_mut(&(agent, group)) else { return };
        let Some(at) = mail.iter().position(|m| m.up_to == position) else { return };
        mail.drain(..=at);
        if mail.is_empty() {
            self.mail.remove(&(agent, group));
        }
        self.child(agent).acked.set(group, position);
        if position.epoch.0 != 0 {
            self.served.remove(&(agent, group));
        }
    }

    /// The agent itself has this much.
    pub(super) fn note_mark(&mut self, agent: AgentId, group: Group, position: Position) {
        let (mark, top, from) = announced(&self.child(agent).announce.clone(), group);
        if position != mark {
            self.paging.remove(&(agent, group));
        }
        self.set_down(agent, DownMark { group, mark: position, top, from });
    }

    /// A router lets go of what it holds for some agent.
    pub(super) fn drop_mail(&mut self, chance: u64) {
        let keys: Vec<_> = self.mail.keys().copied().collect();
        if keys.is_empty() {
            return;
        }
        let key = keys[chance as usize % keys.len()];
        if self.fault == Fault::MailHole {
            let mail = self.mail.get_mut(&key).expect("it was listed");
            if mail.len() > 2 {
                mail.remove(1);
                let after = mail[0].up_to;
                mail[1].after = after;
            }
        } else {
            self.mail.remove(&key);
        }
    }
}
