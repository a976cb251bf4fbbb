//! The replication core of one node.

use super::env::{Closing, Env};
use super::flags::{SYNC_PULL, SYNC_PUSH};
use super::link::Link;
use super::sync::{Target, check};
use super::{Config, Input, Output, Peer, SyncId};
use crate::base::{AgentId, Code, LinkId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// All links and syncs of one node. Not thread safe by itself; the driver owns it.
#[derive(Debug)]
pub struct Replicator {
    env: Env,
    links: BTreeMap<LinkId, Link>,
    by_agent: BTreeMap<AgentId, LinkId>,
    timers: BTreeSet<(Millis, LinkId)>,
    wish: Option<Millis>,
    /// Agents whose link was lost while a `NONBLOCK` push was not finished.
    kept: BTreeSet<AgentId>,
    stopped: bool,
}

impl Replicator {
    /// A replicator without links.
    pub fn new(config: Config) -> Self {
        Replicator {
            env: Env::new(config),
            links: BTreeMap::new(),
            by_agent: BTreeMap::new(),
            timers: BTreeSet::new(),
            wish: None,
            kept: BTreeSet::new(),
            stopped: false,
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.env.config
    }

    /// Takes in what happened at `now`. `now` never goes back. Afterwards call [`Replicator::poll`] until it gives nothing.
    pub fn handle(&mut self, now: Millis, input: Input) {
        self.env.now = self.env.now.max(now);
        match input {
            Input::PeerUp { link, peer } => self.peer_up(link, peer),
            Input::PeerDown { link, code } => self.drop_link(link, code),
            Input::Message { link, message } => self.with_link(link, |l, env| l.message(message, env)),
            Input::Arriving { link } => self.with_link(link, |l, env| {
                l.arriving(env);
                Ok(())
            }),
            Input::Sync { sync, target, flags } => self.sync(sync, target, flags),
            Input::CancelSync { sync, code } => {
                if self.env.syncs.cancel(sync) {
                    self.env.emit(Output::SyncDone { sync, code });
                }
            }
            Input::JobDone { job, result } => {
                if let Some(link) = self.env.job_ended(job) {
                    self.with_link(link, |l, env| l.job_done(job, result, env));
                }
            }
            Input::Tick => self.tick(),
            Input::Stop => self.stop(),
        }
        self.ask_for_tick();
    }

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Output> {
        self.env.outputs.pop_front()
    }

    /// Links whose handshake is complete, with the peer behind each.
    pub fn peers(&self) -> impl Iterator<Item = (LinkId, Peer)> + '_ {
        self.links.iter().map(|(link, l)| (*link, l.peer))
    }

    /// Bytes of batches held for the peer of a link, and from it. Each is at most the window, or one larger batch.
    pub fn held(&self, link: LinkId) -> (usize, usize) {
        self.links.get(&link).map_or((0, 0), Link::held)
    }

    fn peer_up(&mut self, link: LinkId, peer: Peer) {
        if self.stopped {
            return self.refuse(link, Code::E_IOT_STOPPED, "this node's replicator is stopped".into());
        }
        if peer.agent == self.env.config.agent {
            let text = format!("the peer has this node's own agent id {}; give each node its own", peer.agent);
            return self.refuse(link, Code::E_IOT_WRONG_AGENT_ID, text);
        }
        if let Some(&older) = self.by_agent.get(&peer.agent) {
            let text = format!("agent {} has connected again; the new connection replaces this one", peer.agent);
            self.close(older, Closing { code: Code::E_IOT_WRONG_AGENT_ID, text });
        }
        if self.links.len() >= self.env.config.max_links {
            let text = format!("this node serves at most {} peers at one time", self.env.config.max_links);
            return self.refuse(link, Code::E_IOT_TOO_MANY_CONTEXTS, text);
        }
        let go_on = self.kept.remove(&peer.agent);
        self.by_agent.insert(peer.agent, link);
        self.links.insert(link, Link::new(link, peer, go_on, &mut self.env));
        self.with_link(link, |_, _| Ok(()));
    }

    fn refuse(&mut self, link: LinkId, code: Code, text: String) {
        self.env.emit(Output::Close { link, code, text });
    }

    fn sync(&mut self, sync: SyncId, target: AgentId, flags: u32) {
        let ends = if self.stopped {
            Err(Code::E_IOT_STOPPED)
        } else if self.env.syncs.len() >= self.env.config.max_syncs {
            Err(Code::E_NOMEM)
        } else {
            check(&self.env.config, target, flags).and_then(|target| self.route(target))
        };
        let links = match ends {
            Ok(links) => links,
            Err(code) => return self.env.emit(Output::SyncDone { sync, code }),
        };
        let directions = usize::from(flags & SYNC_PUSH != 0) + usize::from(flags & SYNC_PULL != 0);
        self.env.syncs.open(sync, links.len() * directions);
        for link in links {
            self.with_link(link, |l, env| {
                l.sync(sync, flags, env);
                Ok(())
            });
        }
    }

    /// The links towards a target; at least one.
    fn route(&self, target: Target) -> Result<Vec<LinkId>, Code> {
        let own = self.env.config.level;
        let among = |wanted: &dyn Fn(&Peer) -> bool| -> Vec<LinkId> {
            self.links.iter().filter(|(_, l)| wanted(&l.peer)).map(|(link, _)| *link).collect()
        };
        let links = match target {
            Target::All => among(&|_| true),
            Target::Up => among(&|p| p.level < own),
            Target::Down => among(&|p| p.level > own),
            Target::Agent(agent) => match self.by_agent.get(&agent) {
                Some(link) => vec![*link],
                // The server is behind every node above us.
                None if agent == AgentId::SERVER => among(&|p| p.level < own).into_iter().take(1).collect(),
                None => Vec::new(),
            },
        };
        if links.is_empty() { Err(Code::E_IOT_AGENT_NOT_FOUND) } else { Ok(links) }
    }

    /// Lets something happen to a link, then whatever follows from it.
    fn with_link(&mut self, id: LinkId, change: impl FnOnce(&mut Link, &mut Env) -> Result<(), Closing>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        if let Err(closing) = change(link, &mut self.env) {
            return self.close(id, closing);
        }
        link.advance(&mut self.env);
        let timer = link.wake_at();
        if timer != link.timer {
            if let Some(at) = std::mem::replace(&mut link.timer, timer) {
                self.timers.remove(&(at, id));
            }
            self.timers.extend(timer.map(|at| (at, id)));
        }
    }

    fn close(&mut self, link: LinkId, closing: Closing) {
        let Closing { code, text } = closing;
        self.env.emit(Output::Close { link, code, text });
        self.drop_link(link, code);
    }

    fn drop_link(&mut self, id: LinkId, code: Code) {
        let Some(mut link) = self.links.remove(&id) else { return };
        if let Some(at) = link.timer {
            self.timers.remove(&(at, id));
        }
        self.by_agent.remove(&link.peer.agent);
        let go_on = link.end(code, &mut self.env);
        if go_on && self.kept.len() < self.env.config.max_links {
            self.kept.insert(link.peer.agent);
        }
    }

    fn tick(&mut self) {
        let later = self.timers.split_off(&(self.env.now.after(Millis(1)), LinkId(0)));
        for (_, id) in std::mem::replace(&mut self.timers, later) {
            if let Some(link) = self.links.get_mut(&id) {
                link.timer = None;
            }
            self.with_link(id, Link::tick);
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
        for sync in self.env.syncs.take_all() {
            self.env.outputs.push_back(Output::SyncDone { sync, code: Code::E_IOT_STOPPED });
        }
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.close(link, Closing { code: Code::E_IOT_STOPPED, text: "this node's replicator has stopped".into() });
        }
    }

    fn ask_for_tick(&mut self) {
        let next = self.timers.first().map(|(at, _)| *at);
        if next != self.wish {
            self.wish = next;
            if let Some(at) = next {
                self.env.emit(Output::WakeAt(at));
            }
        }
    }
}
