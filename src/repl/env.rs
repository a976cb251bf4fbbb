//! What the parts of the core share: time, configuration, outputs, jobs and whose they are, open tasks, what has to be looked at.

use super::line::Line;
use super::task::Tasks;
use super::{Config, Job, JobId, Output};
use crate::base::{AgentId, Code, LinkId, Millis, Stream};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Ends a link: the peer broke the protocol, or this node cannot serve it any longer.
#[derive(Clone, Debug)]
pub(super) struct Closing {
    pub code: Code,
    pub text: String,
}

/// The peer broke the protocol.
pub(super) fn violation<T>(text: impl Into<String>) -> Result<T, Closing> {
    Err(Closing { code: Code::E_IOT_PROTOCOLERR, text: text.into() })
}

/// A part of the core that has timers, and work that may begin when something has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// What comes over a link.
    Link(LinkId),
    /// An agent below: how it is reached, and what goes to it.
    Agent(AgentId),
    /// The active parent, and what goes up.
    Up,
}

/// Who waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// What this node says of itself.
    OwnWord(LinkId),
    /// What an agent below has said.
    Describe(AgentId),
    /// An announcement: whose, over which link, of which attachment.
    Attach(AgentId, LinkId, u64),
    Begin,
    Word,
    /// The sender of a stream.
    Sender(Stream),
    /// The receiver of a stream over this link.
    Receiver(LinkId, Stream),
    Learn(LinkId),
    Show(LinkId),
}

#[derive(Debug)]
pub(super) struct Env {
    pub now: Millis,
    pub config: Config,
    pub outputs: VecDeque<Output>,
    pub tasks: Tasks,
    /// Every link that is up.
    pub lines: BTreeMap<LinkId, Line>,
    /// To be looked at before the core rests.
    pub touched: BTreeSet<Part>,
    /// To be closed before the core rests.
    pub closing: VecDeque<(LinkId, Closing)>,
    jobs: BTreeMap<JobId, Owner>,
    last_job: u64,
}

impl Env {
    pub fn new(config: Config) -> Self {
        Env {
            now: Millis(0),
            config,
            outputs: VecDeque::new(),
            tasks: Tasks::default(),
            lines: BTreeMap::new(),
            touched: BTreeSet::new(),
            closing: VecDeque::new(),
            jobs: BTreeMap::new(),
            last_job: 0,
        }
    }

    pub fn emit(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Something has changed there.
    pub fn touch(&mut self, part: Part) {
        self.touched.insert(part);
    }

    pub fn close(&mut self, link: LinkId, closing: Closing) {
        self.closing.push_back((link, closing));
    }

    pub fn job(&mut self, link: LinkId, owner: Owner, work: Job) -> JobId {
        self.last_job += 1;
        let job = JobId(self.last_job);
        self.jobs.insert(job, owner);
        self.emit(Output::Job { job, link, work });
        job
    }

    /// Whose job that was.
    pub fn job_ended(&mut self, job: JobId) -> Option<Owner> {
        self.jobs.remove(&job)
    }

    /// The pause after so many failures in a row.
    pub fn pause(&self, failures: u32) -> Millis {
        let doubled = self.config.retry_first.0.saturating_mul(1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX));
        Millis(doubled.min(self.config.retry_last.0))
    }

    /// There may be room on a link: whose turn it is looks at it.
    pub fn room_on(&mut self, link: LinkId) {
        let own = self.config.agent;
        if let Some(next) = self.lines.get(&link).and_then(Line::next) {
            self.touch(if next == own { Part::Up } else { Part::Agent(next) });
        }
        self.touch(Part::Link(link));
    }
}
