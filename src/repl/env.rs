//! What the parts of the core share: time, configuration, outputs, job numbers, open syncs.

use super::sync::Syncs;
use super::{Config, Job, JobId, Output, SyncId};
use crate::base::{Code, LinkId, Millis};
use std::collections::{BTreeMap, VecDeque};

/// Ends a link: the peer broke the protocol, or this node cannot serve it any longer.
#[derive(Debug)]
pub(super) struct Closing {
    pub code: Code,
    pub text: String,
}

/// The peer broke the protocol.
pub(super) fn violation<T>(text: impl Into<String>) -> Result<T, Closing> {
    Err(Closing { code: Code::E_IOT_PROTOCOLERR, text: text.into() })
}

#[derive(Debug)]
pub(super) struct Env {
    pub now: Millis,
    pub config: Config,
    pub outputs: VecDeque<Output>,
    pub syncs: Syncs,
    jobs: BTreeMap<JobId, LinkId>,
    last_job: u64,
}

impl Env {
    pub fn new(config: Config) -> Self {
        let syncs = Syncs::default();
        Env { now: Millis(0), config, outputs: VecDeque::new(), syncs, jobs: BTreeMap::new(), last_job: 0 }
    }

    pub fn emit(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub fn job(&mut self, link: LinkId, work: Job) -> JobId {
        self.last_job += 1;
        let job = JobId(self.last_job);
        self.jobs.insert(job, link);
        self.emit(Output::Job { job, link, work });
        job
    }

    /// Whose job that was; nothing if its link is gone.
    pub fn job_ended(&mut self, job: JobId) -> Option<LinkId> {
        self.jobs.remove(&job)
    }

    /// One part of a sync has ended.
    pub fn part_done(&mut self, sync: SyncId, moved: bool, code: Code) {
        if let Some(code) = self.syncs.part_done(sync, moved, code) {
            self.emit(Output::SyncDone { sync, code });
        }
    }

    /// The pause after so many failures in a row.
    pub fn pause(&self, failures: u32) -> Millis {
        let doubled = self.config.retry_first.0.saturating_mul(1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX));
        Millis(doubled.min(self.config.retry_last.0))
    }
}
