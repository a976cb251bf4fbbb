//! What marks say has to be true at every moment.

use super::{Oracle, Site, State};
use crate::store::{Held, group, is_up};
use mcoiot::base::{AgentId, EpochInfo, Group, Marks, Position};
use std::collections::BTreeMap;

const SERVER: Site = 0;

/// A node as the checks see it.
#[derive(Debug)]
pub struct View<'a> {
    pub site: Site,
    pub agent: AgentId,
    pub rows: &'a [Held],
    /// What of its history the server is known to have.
    pub confirmed: &'a Marks,
    /// What it has of the server's streams, and from which snapshots.
    pub marks: &'a Marks,
    pub tops: &'a Marks,
}

impl Oracle {
    /// `chain`: the server's history; `gaps`: what was told of losses of this agent.
    pub fn check(&self, view: &View<'_>, chain: &[EpochInfo], gaps: &[(u64, u64)]) -> Result<(), String> {
        self.confirmed_is_there(view, gaps)?;
        for (group, mark) in view.marks.iter() {
            if on_chain(chain, mark) && on_chain(chain, view.tops.get(group)) && mark.epoch.0 != 0 {
                self.down(view, group, mark)?;
            }
        }
        Ok(())
    }

    /// What a node takes for confirmed was at the server, in that state or a later one.
    fn confirmed_is_there(&self, view: &View<'_>, gaps: &[(u64, u64)]) -> Result<(), String> {
        let (Some(timeline), false) = (self.timelines.get(&view.site), self.cloned.contains(&view.agent)) else { return Ok(()) };
        for (of, mark) in view.confirmed.iter() {
            for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
                let Some(due) = states.iter().rfind(|s| s.ts <= mark.ts.0).filter(|s| group(s.class) == of) else { continue };
                let came = |w: &u64| timeline.ts_of(*serial, *w).is_none_or(|ts| ts >= due.ts);
                let ever = self.elsewhere.get(serial).is_some_and(|writes| writes.iter().any(came));
                let is_told = gaps.iter().any(|(first, last)| *first <= due.ts && due.ts <= *last);
                if !ever && !is_told && due.class != crate::store::LATE {
                    return Err(format!(
                        "{} takes {mark:?} for confirmed, but {due:?} of row {serial} was never there",
                        view.agent
                    ));
                }
            }
        }
        Ok(())
    }

    /// Along one path the rows of an origin come in order: what is not confirmed is not there, save in a state that is.
    pub fn in_order(&self, site: Site, agent: AgentId, there: &[Held]) -> Result<(), String> {
        if self.moved.contains(&agent) || self.forked.contains(&agent) || self.forked.contains(&AgentId::SERVER) {
            return Ok(());
        }
        let Some(timeline) = self.timelines.get(&site) else { return Ok(()) };
        let none = Marks::default();
        let confirmed = self.confirmed.get(&agent).unwrap_or(&none);
        let here: BTreeMap<u64, &Held> =
            there.iter().filter(|r| is_up(r.class) && r.agent == agent).map(|r| (r.content.serial, r)).collect();
        for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
            let Some(first) = states.first() else { continue };
            let mark = confirmed.get(group(first.class)).ts.0;
            if here.contains_key(serial) && first.ts > mark {
                return Err(format!(
                    "row {serial} of {agent} is at the server before its turn: made at {}, confirmed {mark}",
                    first.ts
                ));
            }
        }
        Ok(())
    }

    /// A user was told that everything a node had made up to `ts` is at a parent, or at the server. `gaps`: what was told of its losses.
    pub fn promised_up(&self, site: Site, agent: AgentId, ts: u64, is_deep: bool, gaps: &[(u64, u64)]) -> Result<(), String> {
        let Some(timeline) = self.timelines.get(&site) else { return Ok(()) };
        let none = Default::default();
        for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
            let Some(due) = states.iter().rfind(|s| s.ts <= ts).filter(|s| s.class != crate::store::LATE) else { continue };
            let places = self.elsewhere.get(serial).unwrap_or(&none);
            let at_server = |w: &u64| self.ever.get(&SERVER).is_some_and(|ever| ever.contains(w));
            let came = |w: &&u64| timeline.ts_of(*serial, **w).is_some_and(|ts| ts >= due.ts) && (!is_deep || at_server(w));
            let is_told = gaps.iter().any(|(first, last)| *first <= due.ts && due.ts <= *last);
            if !is_told && !places.iter().any(|w| came(&w)) {
                return Err(format!("a user of {agent} was told that {due:?} of row {serial} has arrived (deep: {is_deep})"));
            }
        }
        Ok(())
    }

    /// A user was told that everything that the server had made for a node up to `ts` is there; these are the node's rows.
    pub fn promised_down(&self, site: Site, agent: AgentId, ts: u64, rows: &[Held]) -> Result<(), String> {
        let (Some(server), none) = (self.timelines.get(&SERVER), Default::default()) else { return Ok(()) };
        let timeline = self.timelines.get(&site).unwrap_or(&none);
        for (serial, states) in server.states.iter().filter(|(serial, _)| !self.cleared.contains(serial)) {
            let Some(due) = states.iter().rfind(|s| s.ts <= ts) else { continue };
            let here = rows.iter().find(|r| !is_up(r.class) && r.content.serial == *serial).map(|r| r.content.write);
            let mine = due.write.is_some() && (due.receiver == agent || due.receiver == AgentId::ALL);
            let changed = states.iter().any(|s| s.ts > due.ts) || timeline.dropped.contains_key(serial);
            let there = here.and_then(|write| server.ts_of(*serial, write)).is_some_and(|ts| ts >= due.ts);
            let is_local = here.is_some_and(|w| timeline.local.contains(&w));
            let wrong = !there && !is_local && if mine { !changed } else { here.is_some() };
            if wrong && !self.forgotten.contains(&agent) {
                return Err(format!("a user was told that {agent} has {due:?} of row {serial}, but it has {here:?}"));
            }
        }
        Ok(())
    }

    /// What clear has taken cannot come any more to who has never had it, as a restored device; nor to who had it, if the server was
    /// restored: its lost history may have changed or removed it there.
    pub fn cannot_come(&self, serial: u64, write: u64, here: &super::Timeline) -> bool {
        let is_restored = self.forked.contains(&AgentId::SERVER);
        self.cleared.contains(&serial) && (is_restored || !here.had.contains(&write))
    }

    fn down(&self, view: &View<'_>, of: Group, mark: Position) -> Result<(), String> {
        let agent = view.agent;
        let Some(server) = self.timelines.get(&SERVER) else { return Ok(()) };
        let none = Default::default();
        let timeline = self.timelines.get(&view.site).unwrap_or(&none);
        let by_serial: BTreeMap<u64, u64> = view
            .rows
            .iter()
            .filter(|r| !is_up(r.class) && group(r.class) == of)
            .map(|r| (r.content.serial, r.content.write))
            .collect();
        let mine = |s: &State| s.write.is_some() && (s.receiver == agent || s.receiver == AgentId::ALL);
        for (serial, states) in server.states.iter().filter(|(_, s)| s.first().is_some_and(|s| group(s.class) == of)) {
            let here = by_serial.get(serial).copied();
            if here.is_some_and(|w| timeline.local.contains(&w) || server.ts_of(*serial, w).is_none()) {
                continue;
            }
            let due = states.iter().rfind(|s| s.ts <= mark.ts.0);
            let ts = here.map(|write| server.ts_of(*serial, write).unwrap_or(0));
            let never = states.last().and_then(|s| s.write).is_some_and(|w| self.cannot_come(*serial, w, timeline));
            let late = self.compacts && due.is_some_and(|due| states.iter().any(|s| s.ts > due.ts));
            let wrong = match (due, ts) {
                _ if never || self.forgotten.contains(&agent) => false,
                (None, None) => false,
                (None, Some(ts)) => ts > self.paged.get(&view.site).copied().unwrap_or(0),
                (Some(due), Some(ts)) => ts < due.ts && !late || ts == due.ts && !mine(due),
                (Some(due), None) => {
                    let gone_later = states.iter().any(|s| s.ts > due.ts && !mine(s));
                    let dropped = timeline.dropped.get(serial).and_then(|w| server.ts_of(*serial, *w));
                    mine(due) && !gone_later && !late && dropped.is_none_or(|ts| ts < due.ts)
                }
            };
            if wrong {
                return Err(format!("{agent} has received {mark:?}: row {serial} should be {due:?} or newer, it is of {ts:?}"));
            }
        }
        Ok(())
    }
}

/// Whether a position lies in this history, and not beyond the end of one of its parts.
pub fn on_chain(chain: &[EpochInfo], at: Position) -> bool {
    at == Position::default() || chain.iter().any(|e| e.id == at.epoch && e.first <= at.ts && at.ts <= e.last)
}
