//! At rest: the last state of everything is where it belongs.

use super::{Oracle, Site, State};
use crate::store::{Held, is_up};
use mcoiot::base::{AgentId, Gap, GapReason};
use std::collections::BTreeMap;

const SERVER: Site = 0;

impl Oracle {
    /// What a node has made has arrived at the server, or its loss was told there.
    pub fn complete_up(&self, site: Site, agent: AgentId, here: &[Held], there: &[Held], gaps: &[Gap]) -> Result<(), String> {
        let Some(timeline) = self.timelines.get(&site) else { return Ok(()) };
        let at_server: BTreeMap<u64, u64> =
            there.iter().filter(|r| is_up(r.class)).map(|r| (r.content.serial, r.content.write)).collect();
        let dropped = self.timelines.get(&SERVER).map(|t| &t.dropped);
        for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
            let Some(last) = states.last() else { continue };
            let found = at_server.get(serial).or(dropped.and_then(|d| d.get(serial))).copied();
            let is_other = found.is_some_and(|w| timeline.ts_of(*serial, w).is_none());
            let is_good = if self.cloned.contains(&agent) {
                found.is_some() || !here.iter().any(|r| r.content.serial == *serial)
            } else {
                // Who has cleared a row before it hears of another history cannot say it again.
                let is_held = here.iter().any(|r| r.content.serial == *serial);
                found == last.write || is_other && (last.ts <= timeline.fork || !is_held)
            };
            let is_told = found.is_none_or(|w| is_other || timeline.ts_of(*serial, w).is_some_and(|ts| ts < last.ts))
                && gaps.iter().any(|gap| speaks_of(gap, agent, last));
            if !is_good && !is_told {
                return Err(format!("row {serial} of {agent} ends as {last:?}, the server has {found:?}, gaps {gaps:?}"));
            }
        }
        Ok(())
    }

    /// What the server has for a node is there, and nothing else.
    pub fn complete_down(&self, site: Site, agent: AgentId, here: &[Held]) -> Result<(), String> {
        if self.cloned.contains(&agent) {
            return Ok(());
        }
        let (Some(server), none) = (self.timelines.get(&SERVER), Default::default()) else { return Ok(()) };
        let timeline = self.timelines.get(&site).unwrap_or(&none);
        let found: BTreeMap<u64, u64> =
            here.iter().filter(|r| !is_up(r.class)).map(|r| (r.content.serial, r.content.write)).collect();
        for (serial, states) in &server.states {
            let meant = states.last().filter(|s| s.receiver == agent || s.receiver == AgentId::ALL).and_then(|s| s.write);
            let has = found.get(serial).copied();
            let is_local = has.is_some_and(|w| timeline.local.contains(&w)) && meant.is_some();
            let is_dropped = has.is_none() && meant.is_some() && timeline.dropped.get(serial).copied() == meant;
            let never = meant.is_some_and(|w| self.cannot_come(*serial, w, timeline));
            // Whoever was forgotten keeps what it had.
            let kept = self.forgotten.contains(&agent) && has.is_some();
            if has != meant && !is_local && !is_dropped && !never && !kept {
                return Err(format!("row {serial} for {agent} ends as {meant:?} ({:?}), the node has {has:?}", states.last()));
            }
        }
        match found.keys().find(|serial| !server.states.contains_key(serial)) {
            Some(serial) => Err(format!("{agent} keeps row {serial} of a server that is no more")),
            None => Ok(()),
        }
    }
}

/// Whether a record of loss covers a state.
fn speaks_of(gap: &Gap, agent: AgentId, state: &State) -> bool {
    let is_about = gap.class == 0 || gap.class == state.class;
    // States that were said again in another generation have got another place.
    let covers = (gap.rows > 0 || gap.first.0 <= state.ts) && state.ts <= gap.last.0;
    gap.agent == agent && gap.reason == GapReason::CustodyLost && is_about && covers
}
