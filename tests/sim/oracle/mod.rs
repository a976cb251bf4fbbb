//! What must hold, checked against everything that was ever written.

mod complete;
mod marks;
mod timeline;

pub use marks::View;
pub use timeline::{State, Timeline};

use crate::store::{Content, Held, LATE, Op, is_up};
use mcoiot::base::{AgentId, Group, Marks, Position, Way};
use std::collections::{BTreeMap, BTreeSet};

/// A node of a world, or one of its clones.
pub type Site = usize;

/// Who has written something, and for whom.
#[derive(Clone, Copy, Debug)]
struct Write {
    content: Content,
    class: u16,
    /// Origin of an uptable row, receiver of a downtable row.
    agent: AgentId,
}

#[derive(Clone, Debug, Default)]
pub struct Oracle {
    writes: BTreeMap<u64, Write>,
    timelines: BTreeMap<Site, Timeline>,
    /// Every write that a node has ever shown, in whatever life.
    ever: BTreeMap<Site, BTreeSet<u64>>,
    /// Writes of a serial that anybody but its maker has ever shown.
    elsewhere: BTreeMap<u64, BTreeSet<u64>>,
    /// Every position that was ever durable, by stream (whose rows), receiver, and way.
    durable: BTreeSet<(AgentId, AgentId, Way, Group, u64, u64)>,
    /// Uptable rows that their maker has deleted, perhaps in a lost timeline: these need not arrive.
    deleted: BTreeSet<u64>,
    /// Downtable rows that clear has removed.
    cleared: BTreeSet<u64>,
    /// Agents with more than one history: restored, made anew, cloned.
    pub forked: BTreeSet<AgentId>,
    pub cloned: BTreeSet<AgentId>,
    /// Agents that were forgotten at the server.
    pub forgotten: BTreeSet<AgentId>,
    /// Agents that have had more than one parent: their rows may come out of order.
    pub moved: BTreeSet<AgentId>,
    /// What the server has confirmed of each agent in its present life.
    pub confirmed: BTreeMap<AgentId, Marks>,
    /// The newest snapshot of which a node has got pages of a reconcile: its rows may be as new as that, ahead of their turn.
    pub paged: BTreeMap<Site, u64>,
    /// The store drops superseded log keys that every known reader has acknowledged: for who starts over behind that, the last state of a
    /// row may come in its own turn, later than an earlier state was due.
    pub compacts: bool,
}

impl Oracle {
    pub fn timeline(&mut self, site: Site) -> &mut Timeline {
        self.timelines.entry(site).or_default()
    }

    /// Everything is at rest and only rows of these numbers are left anywhere: whatever else appears from now on was never written.
    pub fn forget_all_but(&mut self, serials: &BTreeSet<u64>) {
        self.writes.retain(|_, write| serials.contains(&write.content.serial));
        let left: BTreeSet<u64> = self.writes.keys().copied().collect();
        for timeline in self.timelines.values_mut() {
            timeline.states.retain(|serial, _| serials.contains(serial));
            timeline.dropped.retain(|serial, _| serials.contains(serial));
            timeline.local.retain(|write| left.contains(write));
            timeline.had.retain(|write| left.contains(write));
        }
        self.ever.values_mut().for_each(|ever| ever.retain(|write| left.contains(write)));
        self.elsewhere.retain(|serial, _| serials.contains(serial));
        self.deleted.retain(|serial| serials.contains(serial));
        self.cleared.retain(|serial| serials.contains(serial));
        // Of each stream the last position is enough.
        let mut last = BTreeMap::new();
        for at in std::mem::take(&mut self.durable) {
            let newest = last.entry((at.0, at.1, at.2, at.3)).or_insert(at);
            *newest = if at.5 > newest.5 { at } else { *newest };
        }
        self.durable = last.into_values().collect();
    }

    /// An application has committed. `rows`: what the store held before.
    pub fn committed(&mut self, site: Site, agent: AgentId, ops: &[Op], ts: u64, rows: &[Held]) {
        let is_server = agent == AgentId::SERVER;
        let is_mine = |class: u16| is_up(class) != is_server;
        let held = |class, serial| rows.iter().find(|r| r.class == class && r.content.serial == serial);
        for op in ops {
            match *op {
                Op::Insert { class, content, agent: receiver } => {
                    let owner = if is_up(class) { agent } else { receiver };
                    self.writes.insert(content.write, Write { content, class, agent: owner });
                    self.timeline(site).add(class, content, owner, ts);
                }
                Op::Update { class, content, agent: receiver } => {
                    let Some(row) = held(class, content.serial) else { continue };
                    let owner = if is_up(class) { row.agent } else { receiver };
                    self.writes.insert(content.write, Write { content, class, agent: owner });
                    if is_mine(class) && (is_server || row.agent == agent) {
                        self.timeline(site).add(class, content, owner, ts);
                    } else {
                        self.timeline(site).local.insert(content.write);
                    }
                }
                Op::Delete { class, serial } => {
                    let Some(row) = held(class, serial) else { continue };
                    if is_mine(class) && (is_server || row.agent == agent) {
                        self.timeline(site).end(class, serial, ts);
                        if is_up(class) {
                            self.deleted.insert(serial);
                        }
                    } else {
                        self.timeline(site).dropped.insert(serial, row.content.write);
                    }
                }
            }
        }
    }

    /// A node shows these rows now: nothing is invented, doubled or misled.
    pub fn look(&mut self, site: Site, agent: AgentId, is_router: bool, rows: &[Held]) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for row in rows {
            let Some(write) = self.writes.get(&row.content.write) else {
                return Err(format!("nobody has written {row:?} at {agent}"));
            };
            if (write.content, write.class) != (row.content, row.class) {
                return Err(format!("{row:?} at {agent} was written as {:?}", write.content));
            }
            if is_up(row.class) && write.agent != row.agent {
                return Err(format!("{row:?} at {agent} is of {}", write.agent));
            }
            let is_meant = agent == AgentId::SERVER || is_router || write.agent == agent || write.agent == AgentId::ALL;
            if !is_up(row.class) && !is_meant {
                return Err(format!("{row:?} at {agent} was meant for {} alone", write.agent));
            }
            if !seen.insert((row.class, row.content.serial)) {
                return Err(format!("{row:?} is at {agent} twice"));
            }
            let is_maker = if is_up(row.class) { row.agent == agent } else { agent == AgentId::SERVER };
            let is_local = self.timelines.get(&site).is_some_and(|t| t.local.contains(&row.content.write));
            if !is_maker && !is_local {
                self.elsewhere.entry(row.content.serial).or_default().insert(row.content.write);
                self.timelines.entry(site).or_default().had.insert(row.content.write);
            }
            self.ever.entry(site).or_default().insert(row.content.write);
        }
        // A router only shows what passes, as often as it does.
        if is_router { Ok(()) } else { self.check_dropped(site, rows) }
    }

    /// A row that was deleted here has not come back in the same or an older state.
    fn check_dropped(&mut self, site: Site, rows: &[Held]) -> Result<(), String> {
        let Some(mut dropped) = self.timelines.get(&site).map(|t| t.dropped.clone()) else { return Ok(()) };
        for row in rows {
            let Some(&then) = dropped.get(&row.content.serial) else { continue };
            // Who learns of a fork says again what it has changed since.
            if row.content.write == then && !self.forked.contains(&row.agent) && is_up(row.class) {
                return Err(format!("{row:?} was deleted here in this state and is back"));
            }
            dropped.remove(&row.content.serial);
        }
        self.timeline(site).dropped = dropped;
        Ok(())
    }

    /// Checks a clear: `before` and `after` are the rows of a node, `known` the sites of all agents that the server knows.
    pub fn cleared(
        &mut self,
        (site, agent, is_router): (Site, AgentId, bool),
        before: &[Held],
        after: &[Held],
        known: &[(AgentId, Site)],
    ) -> Result<(), String> {
        for row in before.iter().filter(|b| !after.iter().any(|a| a.id == b.id)) {
            let (serial, write) = (row.content.serial, row.content.write);
            if is_router && !is_up(row.class) {
                // What a router shows of rows on their way down is nobody's last copy.
                self.timeline(site).dropped.insert(serial, write);
                continue;
            }
            if agent == AgentId::SERVER {
                self.cleared.insert(serial);
                let mut meant = known.iter().filter(|(a, _)| row.agent == AgentId::ALL || *a == row.agent);
                let lacks = meant.find(|(_, site)| !self.ever.get(site).is_some_and(|held| held.contains(&write)));
                if is_up(row.class) || lacks.is_some() {
                    return Err(format!("clear on the server removed {row:?}, which {lacks:?} never had"));
                }
                continue;
            }
            let there = self.elsewhere.get(&serial);
            let is_there = there.is_some_and(|w| w.contains(&write) || self.forked.contains(&agent));
            // The server has rows of the late class long before it shows them.
            let is_hidden = row.class == LATE;
            if !is_up(row.class) || !is_there && !is_hidden && !self.deleted.contains(&serial) {
                return Err(format!("clear on {agent} removed {row:?}, of which others have had {there:?}"));
            }
        }
        Ok(())
    }

    /// The server has forgotten an agent, and with it what it has cleared of rows for that agent alone: should it come back, these go there.
    pub fn left(&mut self, server: Site, agent: AgentId, ts: u64) {
        self.forgotten.insert(agent);
        self.forked.insert(agent);
        let timeline = self.timelines.entry(server).or_default();
        for serial in &self.cleared {
            let last = timeline.states.get(serial).and_then(|states| states.last()).copied();
            if let Some(last) = last.filter(|last| last.receiver == agent && last.write.is_some()) {
                timeline.end(last.class, *serial, ts);
            }
        }
    }

    /// Everything up to here of a stream is durable at `receiver`.
    pub fn is_durable(&mut self, stream: AgentId, receiver: AgentId, way: Way, group: Group, at: Position) {
        self.durable.insert((stream, receiver, way, group, at.epoch.0, at.ts.0));
    }

    /// Somebody takes this for acknowledged.
    pub fn believed(&self, stream: AgentId, receiver: AgentId, way: Way, group: Group, at: Position) -> Result<(), String> {
        let from = (stream, receiver, way, group, at.epoch.0, at.ts.0);
        let up_to = (stream, receiver, way, group, at.epoch.0, u64::MAX);
        if at == Position::default() || self.durable.range(from..=up_to).next().is_some() {
            return Ok(());
        }
        Err(format!("{receiver} is said to have {at:?} of the stream of {stream} in {group:?}, which it never had"))
    }
}
