//! What must hold after every step, checked against everything that was ever written.

use crate::store::{Content, DOWN, Held, Op, UP};
use mcoiot::base::{AgentId, EpochInfo, Position};
use std::collections::{BTreeMap, BTreeSet};

/// One state of a row.
#[derive(Clone, Copy, Debug)]
struct State {
    ts: u64,
    /// Nothing: deleted by its maker.
    write: Option<u64>,
    receiver: AgentId,
}

/// What one database has made, and what its application did to received rows. Goes back with a restored backup.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// By serial, oldest first.
    states: BTreeMap<u64, Vec<State>>,
    /// Received rows that the application has deleted, with the state that they had.
    dropped: BTreeMap<u64, u64>,
    /// Every write of the other side that has been here.
    had: BTreeSet<u64>,
}

/// A device as the checks see it.
#[derive(Debug)]
pub struct View<'a> {
    pub agent: AgentId,
    pub chain: &'a [EpochInfo],
    pub rows: &'a [Held],
    /// What it has received of the server's stream, and what the server is known to have of its own.
    pub received: Position,
    pub acked: Position,
    /// What the server says that it has received, if it speaks of this database.
    pub at_server: Option<Position>,
    /// What the server takes for acknowledged of the rows that it may send to this agent.
    pub down_acked: u64,
    /// What the server takes for received there, if it speaks of this database.
    pub acked_at_server: Option<Position>,
}

#[derive(Debug, Default)]
pub struct Oracle {
    /// Every write: its content, and the receiver or origin.
    writes: BTreeMap<u64, (Content, u16, AgentId)>,
    server: Timeline,
    devices: BTreeMap<AgentId, Timeline>,
    /// Every write that a device has ever held, also in a lost timeline.
    held: BTreeMap<AgentId, BTreeSet<u64>>,
    /// The most that a device has ever received, also in a lost timeline.
    received: BTreeMap<AgentId, u64>,
    cleared: BTreeSet<u64>,
    /// Uptable rows that their device has deleted, perhaps in a lost timeline: these need not arrive.
    deleted: BTreeSet<u64>,
    /// The store drops superseded log keys that every known reader has acknowledged: for who starts over behind that, the last state of a
    /// row may come in its own turn, later than an earlier state was due.
    pub compacts: bool,
    /// What had been acknowledged, by the mark that lies behind it: of an agent (false) or of the server (true).
    acked: BTreeMap<(AgentId, bool), u64>,
    /// Up to where states may come late to who has started over.
    late: BTreeMap<(AgentId, bool), u64>,
}

impl Timeline {
    fn record(&mut self, ops: &[Op], ts: u64, mine: u16) {
        for op in ops {
            match *op {
                Op::Insert { content, agent, .. } | Op::Update { content, agent, .. } => {
                    let state = State { ts, write: Some(content.write), receiver: agent };
                    self.states.entry(content.serial).or_default().push(state);
                }
                Op::Delete { class, serial } if class == mine => {
                    let states = self.states.entry(serial).or_default();
                    let receiver = states.last().map_or(AgentId::ALL, |s| s.receiver);
                    states.push(State { ts, write: None, receiver });
                }
                Op::Delete { .. } => {}
            }
        }
    }

    /// When the last state was made.
    pub fn last(&self) -> u64 {
        self.states.values().flatten().map(|s| s.ts).max().unwrap_or(0)
    }

    fn ts_of(&self, serial: u64, write: u64) -> Option<u64> {
        self.states.get(&serial)?.iter().find(|s| s.write == Some(write)).map(|s| s.ts)
    }

    /// A row that was deleted here has not come back in the same or an older state.
    fn check_dropped(&mut self, maker: &Timeline, row: &Held) -> Result<(), String> {
        let Some(&dropped) = self.dropped.get(&row.content.serial) else { return Ok(()) };
        let (then, now) = (maker.ts_of(row.content.serial, dropped), maker.ts_of(row.content.serial, row.content.write));
        if row.content.write == dropped || then.is_some() && now.is_some() && now <= then {
            return Err(format!("{row:?} was deleted here in this state or a newer one and is back"));
        }
        self.dropped.remove(&row.content.serial);
        Ok(())
    }
}

impl Oracle {
    /// An application has committed. `rows`: what the store held before.
    pub fn committed(&mut self, agent: AgentId, ops: &[Op], ts: u64, rows: &[Held]) {
        let mine = if agent == AgentId::SERVER { DOWN } else { UP };
        for op in ops {
            if let Op::Insert { class, content, agent: receiver } | Op::Update { class, content, agent: receiver } = *op {
                let owner = if class == UP { agent } else { receiver };
                self.writes.insert(content.write, (content, class, owner));
            }
        }
        for op in ops {
            if let Op::Delete { class: UP, serial } = *op
                && mine == UP
            {
                self.deleted.insert(serial);
            }
        }
        let timeline = self.timeline(agent);
        timeline.record(ops, ts, mine);
        for op in ops {
            if let Op::Delete { class, serial } = *op
                && class != mine
                && let Some(row) = rows.iter().find(|r| r.class == class && r.content.serial == serial)
            {
                timeline.dropped.insert(serial, row.content.write);
            }
        }
    }

    /// For a backup, and to put it back. A new database has the default.
    pub fn timeline(&mut self, agent: AgentId) -> &mut Timeline {
        if agent == AgentId::SERVER { &mut self.server } else { self.devices.entry(agent).or_default() }
    }

    /// Checks a clear: `before` and `after` are the rows of `agent`, `other` those of the server (for a device); `known` all agents
    /// that the server knows.
    pub fn cleared(
        &mut self,
        agent: AgentId,
        before: &[Held],
        after: &[Held],
        other: &[Held],
        known: &[AgentId],
    ) -> Result<(), String> {
        for row in before.iter().filter(|b| !after.iter().any(|a| a.id == b.id)) {
            let (serial, write) = (row.content.serial, row.content.write);
            if agent == AgentId::SERVER {
                self.cleared.insert(serial);
                let receivers = if row.agent == AgentId::ALL { known } else { &[row.agent][..] };
                let lacks = receivers.iter().find(|a| !self.held.get(a).is_some_and(|held| held.contains(&write)));
                if row.class != DOWN || lacks.is_some() {
                    return Err(format!("clear on the server removed {row:?}, which {lacks:?} never had"));
                }
                continue;
            }
            let timeline = self.devices.entry(agent).or_default();
            let there = other.iter().find(|r| r.class == UP && r.content.serial == serial).map(|r| r.content.write);
            let there = there.or(self.server.dropped.get(&serial).copied());
            if there.is_none() && self.deleted.contains(&serial) {
                // Deleted before it was sent, then back with a backup from before that: the server has been told that it is past.
                continue;
            }
            let (then, now) = (timeline.ts_of(serial, write), there.map(|w| timeline.ts_of(serial, w)));
            if row.class != UP || now.is_none_or(|now| now.is_some() && now < then) {
                return Err(format!("clear on {agent} removed {row:?}, of which the server has {there:?}"));
            }
        }
        Ok(())
    }

    /// Everything that concerns a device and the server. `rows`: the server's.
    pub fn check(&mut self, device: &View<'_>, rows: &[Held]) -> Result<(), String> {
        if self.compacts {
            self.note_start(device.agent, false, device.received.ts.0, device.down_acked);
            self.note_start(device.agent, true, device.at_server.map_or(0, |p| p.ts.0), device.acked.ts.0);
        }
        self.no_invention(device, rows)?;
        self.up(device, rows)?;
        self.down(device)
    }

    /// At rest: the last state of everything is where it belongs. `device` and `server` are the rows.
    pub fn complete(&mut self, agent: AgentId, device: &[Held], server: &[Held]) -> Result<(), String> {
        let timeline = self.devices.entry(agent).or_default();
        let ends = |rows: &[Held], class| -> BTreeMap<u64, u64> {
            rows.iter().filter(|r| r.class == class).map(|r| (r.content.serial, r.content.write)).collect()
        };
        let there = ends(server, UP);
        for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
            let last = states.last().and_then(|s| s.write);
            let found = there.get(serial).or(self.server.dropped.get(serial)).copied();
            let lost_timeline = found.is_some_and(|w| timeline.ts_of(*serial, w).is_none());
            if found != last && !lost_timeline {
                return Err(format!("row {serial} of {agent} ends as {last:?}, the server has {found:?}"));
            }
        }
        let here = ends(device, DOWN);
        for (serial, states) in &self.server.states {
            let meant = states.last().filter(|s| s.receiver == agent || s.receiver == AgentId::ALL).and_then(|s| s.write);
            let found = here.get(serial).copied();
            let dropped = meant.is_some() && timeline.dropped.get(serial).copied() == meant;
            let never = self.cleared.contains(serial) && meant.is_some_and(|w| !timeline.had.contains(&w));
            if found != meant && !(found.is_none() && dropped) && !never {
                return Err(format!("row {serial} for {agent} ends as {meant:?}, the device has {found:?}"));
            }
        }
        Ok(())
    }

    /// A receiver that is behind what was acknowledged before has started over.
    fn note_start(&mut self, agent: AgentId, up: bool, mark: u64, acked: u64) {
        let before = self.acked.entry((agent, up)).or_default();
        if mark < *before {
            let late = self.late.entry((agent, up)).or_default();
            *late = *before.max(late);
        }
        *before = acked.max(*before);
    }

    /// The application of a node was told that `agent` has everything up to here.
    pub fn acked(&self, agent: AgentId, position: Position, received: Option<Position>) -> Result<(), String> {
        let most = received.map_or_else(|| self.received.get(&agent).copied().unwrap_or(0), |r| r.ts.0);
        if position.ts.0 > most {
            return Err(format!("a user is told that {agent} has {position:?}, but it has received {most} at most"));
        }
        Ok(())
    }

    /// A user was told that everything a device had made up to `ts` is at the server, whose rows these are.
    pub fn promised_up(&mut self, agent: AgentId, ts: u64, rows: &[Held]) -> Result<(), String> {
        let late = self.late.get(&(agent, true)).copied().unwrap_or(0);
        let timeline = self.devices.entry(agent).or_default();
        for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
            let Some(due) = states.iter().rfind(|s| s.ts <= ts) else { continue };
            let here = rows.iter().find(|r| r.class == UP && r.content.serial == *serial).map(|r| r.content.write);
            let here = here.or(self.server.dropped.get(serial).copied());
            let late = may_be_late(states, due, late);
            if !late && here.is_none_or(|write| timeline.ts_of(*serial, write).is_some_and(|ts| ts < due.ts)) {
                return Err(format!(
                    "a user of {agent} was told that {due:?} of row {serial} is at the server, which has {here:?}"
                ));
            }
        }
        Ok(())
    }

    /// A user was told that everything that the server had made for a device up to `ts` is there; these are the device's rows.
    pub fn promised_down(&mut self, agent: AgentId, ts: u64, rows: &[Held]) -> Result<(), String> {
        let late = self.late.get(&(agent, false)).copied().unwrap_or(0);
        let timeline = self.devices.entry(agent).or_default();
        for (serial, states) in self.server.states.iter().filter(|(serial, _)| !self.cleared.contains(serial)) {
            let Some(due) = states.iter().rfind(|s| s.ts <= ts) else { continue };
            let here = rows.iter().find(|r| r.class == DOWN && r.content.serial == *serial).map(|r| r.content.write);
            let mine = due.write.is_some() && (due.receiver == agent || due.receiver == AgentId::ALL);
            let changed = states.iter().any(|s| s.ts > due.ts) || timeline.dropped.contains_key(serial);
            let there = here.and_then(|write| self.server.ts_of(*serial, write)).is_some_and(|ts| ts >= due.ts);
            let wrong = match here {
                _ if there => false,
                _ if mine => !changed,
                Some(_) => !(may_be_late(states, due, late)),
                None => false,
            };
            if wrong {
                return Err(format!("a user was told that {agent} has {due:?} of row {serial}, but it has {here:?}"));
            }
        }
        Ok(())
    }

    fn no_invention(&mut self, device: &View<'_>, rows: &[Held]) -> Result<(), String> {
        let up = rows.iter().filter(|r| r.class == UP).map(|r| (AgentId::SERVER, r));
        let down = device.rows.iter().filter(|r| r.class == DOWN).map(|r| (device.agent, r));
        let mut seen = BTreeSet::new();
        for (at, row) in up.chain(down) {
            let written = self.writes.get(&row.content.write);
            let Some((content, class, owner)) = written else { return Err(format!("nobody has written {row:?} at {at}")) };
            if (*content, *class) != (row.content, row.class) {
                return Err(format!("{row:?} at {at} was written as {content:?}"));
            }
            if *class == UP && *owner != row.agent {
                return Err(format!("{row:?} at {at} is of {owner}"));
            }
            if *class == DOWN && *owner != at && *owner != AgentId::ALL {
                return Err(format!("{row:?} at {at} was meant for {owner} alone"));
            }
            if !seen.insert((row.class, row.content.serial)) {
                return Err(format!("{row:?} is at {at} twice"));
            }
        }
        Ok(())
    }

    fn up(&mut self, device: &View<'_>, rows: &[Held]) -> Result<(), String> {
        let agent = device.agent;
        let late = self.late.get(&(agent, true)).copied().unwrap_or(0);
        let timeline = self.devices.entry(agent).or_default();
        let by_serial: BTreeMap<u64, &Held> =
            rows.iter().filter(|r| r.class == UP && r.agent == agent).map(|r| (r.content.serial, r)).collect();
        for row in by_serial.values() {
            self.server.check_dropped(timeline, row)?;
        }
        let Some(mark) = device.at_server.filter(|p| on_chain(device.chain, *p)) else { return Ok(()) };
        if on_chain(device.chain, device.acked) && device.acked.ts > mark.ts {
            return Err(format!("{agent} takes {:?} for acknowledged, the server has {mark:?}", device.acked));
        }
        for (serial, states) in timeline.states.iter().filter(|(serial, _)| !self.deleted.contains(serial)) {
            let here = by_serial.get(serial).map(|r| r.content.write).or(self.server.dropped.get(serial).copied());
            let here_ts = here.map(|write| timeline.ts_of(*serial, write));
            match (states.iter().rfind(|s| s.ts <= mark.ts.0), here_ts) {
                // A write of a lost timeline.
                (_, Some(None)) | (None, None) => {}
                (Some(due), Some(Some(ts))) if ts >= due.ts => {}
                (Some(due), _) if may_be_late(states, due, late) => {}
                (Some(due), _) => {
                    return Err(format!("the server has received {mark:?} of {agent}, but not {due:?} of row {serial}"));
                }
                (None, Some(Some(ts))) => {
                    return Err(format!("row {serial} of {agent} is at the server as of {ts}, before its turn at {mark:?}"));
                }
            }
        }
        Ok(())
    }

    fn down(&mut self, device: &View<'_>) -> Result<(), String> {
        let (agent, mark) = (device.agent, device.received);
        let late = self.late.get(&(agent, false)).copied().unwrap_or(0);
        let most = self.received.entry(agent).or_default();
        *most = mark.ts.0.max(*most);
        if let Some(acked) = device.acked_at_server.filter(|acked| acked.ts.0 > *most) {
            return Err(format!("the server takes {acked:?} for acknowledged by {agent}, which has received {most} at most"));
        }
        let timeline = self.devices.entry(agent).or_default();
        let held = self.held.entry(agent).or_default();
        let by_serial: BTreeMap<u64, u64> =
            device.rows.iter().filter(|r| r.class == DOWN).map(|r| (r.content.serial, r.content.write)).collect();
        for row in device.rows.iter().filter(|r| r.class == DOWN) {
            timeline.check_dropped(&self.server, row)?;
        }
        held.extend(by_serial.values());
        timeline.had.extend(by_serial.values());
        let mine = |s: &State| s.write.is_some() && (s.receiver == agent || s.receiver == AgentId::ALL);
        for (serial, states) in &self.server.states {
            let due = states.iter().rfind(|s| s.ts <= mark.ts.0);
            let here = by_serial.get(serial).map(|write| self.server.ts_of(*serial, *write).unwrap_or(0));
            // A restored device cannot get what clear has removed meanwhile.
            let never =
                self.cleared.contains(serial) && states.last().and_then(|s| s.write).is_some_and(|w| !timeline.had.contains(&w));
            let late = due.is_some_and(|due| may_be_late(states, due, late));
            let wrong = match (due, here) {
                _ if never => false,
                (None, None) => false,
                (None, Some(_)) => true,
                (Some(due), Some(ts)) => ts < due.ts && !late || ts == due.ts && !mine(due),
                (Some(due), None) => {
                    let gone_later = states.iter().any(|s| s.ts > due.ts && !mine(s));
                    let dropped = timeline.dropped.get(serial).and_then(|w| self.server.ts_of(*serial, *w));
                    mine(due) && !gone_later && !late && dropped.is_none_or(|ts| ts < due.ts)
                }
            };
            if wrong {
                return Err(format!("{agent} has received {mark:?}: row {serial} should be {due:?} or newer, it is of {here:?}"));
            }
        }
        Ok(())
    }
}

/// Whether the store may have dropped the key of `due`: the row was there when its reader, who has started over, had acknowledged `late`, and
/// it has a later key.
fn may_be_late(states: &[State], due: &State, late: u64) -> bool {
    states.iter().any(|s| s.ts <= late) && states.iter().any(|s| s.ts > due.ts)
}

/// Whether a position lies in this history, and not beyond the end of one of its parts.
fn on_chain(chain: &[EpochInfo], at: Position) -> bool {
    at == Position::default() || chain.iter().any(|e| e.id == at.epoch && at.ts <= e.last)
}
