//! The end of a fate: the network is fair, all processes run; everything has to come to rest, complete.

use crate::node::{CUSTODY_PAUSE, Node};
use crate::world::{SERVER, World};
use mcoiot::base::{AgentId, Code, Role};
use mcoiot::repl::{SYNC_PULL, SYNC_PUSH, SYNC_WAIT};

/// Steps in which everything has to come to rest.
const FAIR_STEPS: u64 = 50_000;
/// Days that may pass for what was lost on the way: custody has to time out on each of the hops.
const DAYS: u64 = 4;
/// Syncs of each node in a row that find nothing to do.
const QUIET: u32 = 2;

impl World {
    pub fn settle(&mut self) -> Result<(), String> {
        self.nodes.iter_mut().for_each(|n| n.failing = 0);
        self.nodes[SERVER].store.upgrade();
        self.network.wires.iter_mut().for_each(|w| w.passes = None);
        let mut said = Ok(());
        for _ in 0..DAYS {
            self.drain()?;
            said = self.complete();
            if said.is_ok() {
                return Ok(());
            }
            self.next_day()?;
        }
        said
    }

    /// A day passes. Every link is made anew; in every second world they last, and all find out by themselves what is overdue.
    fn next_day(&mut self) -> Result<(), String> {
        self.days += 2;
        if self.links.is_multiple_of(2) {
            let end = self.now.after(CUSTODY_PAUSE);
            while self.now < end && self.skip_time() {
                self.rest()?;
            }
            return Ok(());
        }
        (0..self.network.wires.len()).for_each(|w| self.network.cut(w));
        while self.notice_loss() {}
        Ok(())
    }

    fn connect_all(&mut self) {
        for node in 1..self.nodes.len() {
            if self.nodes[node].ends.values().any(|e| e.peer.is_none_or(|p| p.level < self.nodes[node].level)) {
                continue;
            }
            // Twins throw each other out; each try takes its time.
            if !self.counts(node) && self.random.below(100) > 0 {
                continue;
            }
            let above: Vec<usize> = (0..self.nodes.len()).filter(|p| self.nodes[*p].level < self.nodes[node].level).collect();
            let parent = above[self.pick(above.len())];
            let all: Vec<AgentId> = self.nodes.iter().map(|n| n.agent).collect();
            self.oracle.moved.extend(all);
            // A connector waits a while.
            self.pass(100);
            self.connect(node, parent);
        }
    }

    /// Nodes whose twin is attached are thrown out again and again; they cannot come to rest.
    fn counts(&self, node: usize) -> bool {
        !self.oracle.cloned.contains(&self.nodes[node].agent)
    }

    fn drain(&mut self) -> Result<(), String> {
        let mut last: Vec<Option<u64>> = vec![None; self.nodes.len()];
        let mut quiet = vec![0; self.nodes.len()];
        for _ in 0..FAIR_STEPS {
            self.summary.events += 1;
            for node in 0..self.nodes.len() {
                self.nodes[node].store.finish_late_writes();
                self.restart(node);
            }
            self.connect_all();
            let first = self.random.below(2) == 0 && (self.work()? || self.answer());
            if first || self.notice_loss() || self.deliver() || self.work()? || self.answer() {
                self.check_bounds()?;
                self.check_told()?;
                continue;
            }
            for node in 1..self.nodes.len() {
                let result: Option<Code> = last[node].and_then(|sync| self.nodes[node].results.get(&sync)).copied();
                if result.is_some_and(|code| !code.is_error()) {
                    quiet[node] += 1;
                }
                let is_open = last[node].is_some_and(|sync| self.nodes[node].open_syncs.contains_key(&sync));
                if !is_open && (quiet[node] < QUIET || !self.counts(node)) {
                    last[node] = Some(self.start_sync(node, AgentId::SERVER, SYNC_PUSH | SYNC_PULL | SYNC_WAIT));
                }
            }
            let ended = (1..self.nodes.len()).all(|n| !self.counts(n) || quiet[n] >= QUIET);
            if ended {
                return self.paths_are_true();
            }
            self.skip_time();
        }
        let open: Vec<_> = self.nodes.iter().map(|n| (n.agent, n.open_syncs.clone(), n.parents())).collect();
        Err(format!("no rest: quiet {quiet:?}, open syncs {open:?}"))
    }

    /// Every node knows which routers are above it, and no others.
    fn paths_are_true(&self) -> Result<(), String> {
        let router = |agent: AgentId| self.nodes.iter().find(|n| n.agent == agent && n.role == Role::Router);
        let above = |node: &Node| node.parent.and_then(router);
        for node in self.nodes.iter().filter(|n| n.parent.is_some()) {
            let is: Vec<AgentId> = std::iter::successors(above(node), |router| above(router)).map(|n| n.agent).collect();
            if node.path() != is {
                return Err(format!("{} believes that {:?} are above it, not {is:?}", node.agent, node.path()));
            }
        }
        Ok(())
    }

    /// Server and device have saved the same of each other.
    fn agree(&mut self, node: usize) -> Result<(), String> {
        let agent = self.nodes[node].agent;
        let marks = self.nodes[node].store.down_marks();
        let acked = self.nodes[SERVER].store.acked(agent);
        match marks.iter().find(|(group, mark)| acked.get(*group) != *mark) {
            Some((group, mark)) => {
                Err(format!("{agent} has {mark:?} of group {group:?}, the server takes {:?} for acknowledged", acked.get(group)))
            }
            None => Ok(()),
        }
    }

    fn complete(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            self.look(node)?;
        }
        let gaps = self.nodes[SERVER].store.gaps();
        for node in 1..self.nodes.len() {
            let agent = self.nodes[node].agent;
            if self.counts(node) {
                self.oracle.complete_up(node, agent, &self.rows[node], &self.rows[SERVER], &gaps)?;
            }
            if self.counts(node) && self.nodes[node].role == Role::Device {
                self.agree(node)?;
            }
            if self.nodes[node].role == Role::Device {
                self.oracle.complete_down(node, agent, &self.rows[node])?;
            }
        }
        Ok(())
    }
}
