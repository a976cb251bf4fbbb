//! The replicator's part of the event loop: the core, its storage jobs, its syncs.

use super::AckInfo;
use super::answer::Answer;
use super::auto::Auto;
use super::dispatcher::Notice;
use super::engine::Engine;
use super::peering::{Peering, Stage};
use super::pool::{Lane, Pool, caught};
use super::schemas::Schemas;
use super::storage::Remark;
use crate::base::{AgentId, Code, Group, LinkId, Marks, Millis, Timestamp, Way};
use crate::db::{Database, NodeInfo};
use crate::link::LinkInput;
use crate::net::clock;
use crate::repl::{Config, Input, Job, JobId, JobResult, Output, Replicator, SyncId};
use crate::wire::Ack;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Agents whose last acknowledgment is remembered.
const ACKED_MAX: usize = 1 << 17;

/// How often within the time that custody may last it is looked whether it is over.
const CUSTODY_LOOKS: u64 = 24;

/// A replicator as the event loop sees it.
pub(super) struct Site {
    pub(super) database: Arc<Database>,
    pub(super) node: NodeInfo,
    pub(super) pool: Arc<Pool>,
    pub(super) schemas: Schemas,
    pub(super) wake_at: Millis,
    /// The node above that serves us.
    pub(super) parent: Option<AgentId>,
    pub(super) auto: Option<Auto>,
    /// When an agent has acknowledged last.
    pub(super) acked_at: BTreeMap<(AgentId, Way), Millis>,
    /// Tells the jobs of one replicator from those of an earlier one.
    generation: u64,
    core: Replicator,
    syncs: BTreeMap<SyncId, Answer<Code>>,
    last_sync: u64,
}

impl Site {
    pub(super) fn new(database: Arc<Database>, node: NodeInfo, pool: Arc<Pool>) -> Site {
        let NodeInfo { role, agent, level, .. } = node;
        let custody_pause = Millis((database.custody_timeout().0 / CUSTODY_LOOKS).max(1));
        Site {
            database,
            node,
            pool,
            schemas: Schemas::default(),
            wake_at: Millis::INFINITE,
            parent: None,
            auto: None,
            acked_at: BTreeMap::new(),
            generation: 0,
            core: Replicator::new(Config { custody_pause, ..Config::new(role, agent, level) }),
            syncs: BTreeMap::new(),
            last_sync: 0,
        }
    }
}

impl Site {
    /// The streams of the core.
    pub(super) fn streams(&self) -> Vec<crate::repl::Status> {
        self.core.status()
    }

    /// The routers above, nearest first.
    pub(super) fn path(&self) -> Vec<AgentId> {
        self.core.path()
    }
}

impl Engine {
    /// Attaches a replicator; `E_IOT_DUPLICATE_CALLBACK` when there is one, `E_IOT_STOPPED` when the loop ends.
    pub(super) fn attach(&mut self, site: Site) -> Result<(), Code> {
        if self.is_ending() {
            return Err(Code::E_IOT_STOPPED);
        }
        if self.site.is_some() {
            return Err(Code::E_IOT_DUPLICATE_CALLBACK);
        }
        self.generation += 1;
        self.site = Some(Site { generation: self.generation, ..site });
        self.introduce_all();
        Ok(())
    }

    /// Ends all syncs and connections of the replicator and lets it go.
    pub(super) fn detach(&mut self) {
        if self.site.is_none() {
            return;
        }
        self.core(Input::Stop);
        self.end_served();
        self.settle();
        self.site = None;
    }

    /// Starts a sync of what there is in these priority groups of ours; `answer` gets its result.
    pub(super) fn sync(&mut self, target: AgentId, flags: u32, groups: Vec<Group>, answer: Answer<Code>) -> Option<SyncId> {
        let Some(site) = &mut self.site else {
            answer.give(Code::E_IOT_STOPPED);
            return None;
        };
        site.last_sync += 1;
        let sync = SyncId(site.last_sync);
        site.syncs.insert(sync, answer);
        self.core(Input::Groups(groups));
        self.core(Input::Sync { sync, target, flags });
        Some(sync)
    }

    pub(super) fn cancel_sync(&mut self, sync: SyncId, code: Code) {
        self.core(Input::CancelSync { sync, code });
    }

    /// Our level has changed to what the database says by now, for it may have changed again: links whose order turns round are closed by the core, and those that are still introducing themselves here.
    pub(super) fn take_level(&mut self) {
        let Some(site) = &mut self.site else { return };
        let Some(NodeInfo { level, .. }) = site.database.node() else { return };
        site.node.level = level;
        let meeting = |p: &Peering| p.peer.is_none() && matches!(p.stage, Stage::Linked(_));
        let links: Vec<LinkId> = self.links.iter().filter(|(_, p)| meeting(p)).map(|(id, _)| *id).collect();
        for link in links {
            self.close(link, Code::E_IOT_INCOMPATIBLE_LEVEL, format!("the level of this router is {level} now; connect again"));
        }
        self.core(Input::SetLevel(level));
    }

    pub(super) fn core(&mut self, input: Input) {
        if let Some(site) = &mut self.site {
            site.core.handle(clock::now(), input);
        }
    }

    pub(super) fn core_time(&mut self, now: Millis) {
        if let Some(site) = &mut self.site
            && site.wake_at <= now
        {
            site.wake_at = Millis::INFINITE;
            self.core(Input::Tick);
        }
    }

    /// Does one thing that the core asks for; false when it asks for nothing.
    pub(super) fn poll_core(&mut self) -> bool {
        let Some(site) = &mut self.site else { return false };
        let Some(output) = site.core.poll() else { return false };
        match output {
            Output::Send { link, message } => self.tell(link, LinkInput::Send(message)),
            Output::Close { link, code, text } => self.close(link, code, text),
            Output::Job { job, link, work } => self.job(job, link, work),
            Output::SyncDone { sync, code } => {
                if let Some(answer) = site.syncs.remove(&sync) {
                    // Who asked may no longer wait.
                    answer.give(code);
                }
            }
            Output::Received { link, rows } => self.notify(link, Notice::Receive(rows)),
            Output::Acked { link, agent, way, ack, marks } => self.acked(link, agent, way, &ack, &marks),
            Output::Parent(parent) => site.parent = parent,
            Output::TurnedAway { agent, code, text } => self.turned_away(agent, code, &text),
            Output::WakeAt(at) => site.wake_at = at,
        }
        true
    }

    fn job(&mut self, job: JobId, link: LinkId, work: Job) {
        let Some(site) = &self.site else { return };
        let neighbour = self.links.get(&link).and_then(|p| p.neighbour.clone());
        let (shared, generation) = (self.shared.clone(), site.generation);
        // What the server confirms may be cleared, too; no acknowledgment tells of it.
        let confirms = matches!(work, Job::Word(_));
        site.pool.submit(
            Lane::Agent(work.lane(site.node.agent)),
            Box::new(move |storage| {
                // Without an answer the core would wait for ever.
                let result = caught(storage, |storage| Ok(storage.run(&work, neighbour.as_deref())))
                    .unwrap_or_else(|error| JobResult::Failed { code: error.code });
                let remark = storage.take_remark();
                shared.run(move |engine| {
                    if let Some(remark) = remark {
                        engine.note(link, remark);
                    }
                    engine.job_done(generation, job, result);
                    if confirms {
                        engine.auto_clear();
                    }
                });
            }),
        );
    }

    fn job_done(&mut self, generation: u64, job: JobId, result: JobResult) {
        if self.site.as_ref().is_some_and(|site| site.generation == generation) {
            self.core(Input::JobDone { job, result });
        }
    }

    /// An agent below was not taken in. It hears that itself, but it may be far away.
    fn turned_away(&mut self, agent: AgentId, code: Code, text: &str) {
        self.breaches.warn(clock::now(), &format!("agent {agent} was not taken in: {text} ({code})"));
    }

    /// What a job has found out about the peer of a link.
    fn note(&mut self, link: LinkId, remark: Remark) {
        let (Some(site), Some(peering)) = (&self.site, self.links.get_mut(&link)) else { return };
        match remark {
            Remark::Breach(text) => peering.breach = Some(text),
            Remark::SetAside(agent, code) => {
                self.aside
                    .warn(clock::now(), &format!("rows of agent {agent} cannot be applied and are set aside: {}", code.text()));
            }
            Remark::Waits(agent, class) if peering.waits_for == Some((agent, class)) => {}
            Remark::Waits(agent, class) => {
                peering.waits_for = Some((agent, class));
                let name = site.database.dictionary().class(class).map_or("?", |c| c.name.as_str());
                let text = format!("rows of class {name} wait: the schema of agent {agent} has no such class; add it there");
                self.waits.warn(clock::now(), &text);
            }
        }
    }

    fn acked(&mut self, link: LinkId, agent: AgentId, way: Way, ack: &Ack, marks: &Marks) {
        let Some(site) = &mut self.site else { return };
        if site.acked_at.len() >= ACKED_MAX && !site.acked_at.contains_key(&(agent, way)) {
            site.acked_at.pop_first();
        }
        site.acked_at.insert((agent, way), clock::now());
        // A group that has never had a row says nothing.
        let ts = marks.iter().map(|(_, mark)| mark.ts).filter(|ts| ts.0 > 0).min().unwrap_or_default();
        let info = AckInfo {
            seq: ack.seq,
            sender: site.node.agent,
            sender_db: site.node.db,
            receiver: agent,
            private: ts,
            // Only downward streams carry common rows; they travel with the private ones of a receiver.
            common: if way == Way::Up { Timestamp(0) } else { ts },
            code: ack.code,
            flags: ack.flags,
        };
        self.notify(link, Notice::Ack(info));
        self.auto_clear();
    }
}
