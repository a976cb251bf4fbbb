//! What one peer has acknowledged. It is saved before anybody hears of it.

use super::env::{Closing, Env};
use super::flags::SYNC_ALL;
use super::{Job, JobId, Output, Peer};
use crate::base::{Code, LinkId, Millis, Position};
use crate::wire::Ack;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Marks {
    link: LinkId,
    peer: Peer,
    acked: Position,
    unsaved: VecDeque<Ack>,
    saving: Option<Saving>,
    failures: u32,
    /// No further try before this moment.
    pause: Option<Millis>,
    saved_seq: u64,
}

#[derive(Debug)]
struct Saving {
    job: JobId,
    acks: usize,
}

impl Marks {
    /// What the handshake has said is saved at once.
    pub fn new(link: LinkId, peer: Peer, env: &mut Env) -> Self {
        let job = env.job(link, Job::SaveMark { peer, position: peer.received });
        Marks {
            link,
            peer,
            acked: peer.received,
            unsaved: VecDeque::new(),
            saving: Some(Saving { job, acks: 0 }),
            failures: 0,
            pause: None,
            saved_seq: 0,
        }
    }

    /// Up to where the peer has everything.
    pub fn acked(&self) -> Position {
        self.acked
    }

    /// How many acknowledgments are not saved.
    pub fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    /// Number of the youngest batch whose acknowledgment is not saved.
    pub fn last(&self) -> Option<u64> {
        self.unsaved.back().map(|ack| ack.seq)
    }

    /// Number of the last batch whose acknowledgment is saved.
    pub fn saved(&self) -> u64 {
        self.saved_seq
    }

    pub fn add(&mut self, ack: Ack) {
        if ack.position.ts > self.acked.ts {
            self.acked = ack.position;
        }
        // The peer may set any bit; the user gets only those of syncs.
        self.unsaved.push_back(Ack { flags: ack.flags & SYNC_ALL, ..ack });
    }

    /// Starts to save if there is something; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        let owed = !self.unsaved.is_empty() || self.failures > 0;
        if owed && self.saving.is_none() && self.pause.is_none() {
            let job = env.job(self.link, Job::SaveMark { peer: self.peer, position: self.acked });
            self.saving = Some(Saving { job, acks: self.unsaved.len() });
        }
    }

    pub fn owns(&self, job: JobId) -> bool {
        self.saving.as_ref().is_some_and(|s| s.job == job)
    }

    /// Saved, or not.
    pub fn done(&mut self, result: Result<(), Code>, env: &mut Env) -> Result<(), Closing> {
        let Some(saving) = self.saving.take() else { return Ok(()) };
        if let Err(code) = result {
            self.failures += 1;
            if self.failures > env.config.retries {
                let text = format!("what agent {} acknowledged cannot be saved here: {}", self.peer.agent, code.text());
                return Err(Closing { code, text });
            }
            self.pause = Some(env.now.after(env.pause(self.failures)));
            return Ok(());
        }
        self.failures = 0;
        for ack in self.unsaved.drain(..saving.acks.min(self.unsaved.len())) {
            self.saved_seq = ack.seq;
            env.emit(Output::Acked { link: self.link, ack });
        }
        Ok(())
    }

    pub fn tick(&mut self, now: Millis) {
        self.pause = self.pause.filter(|at| *at > now);
    }

    pub fn wake_at(&self) -> Option<Millis> {
        self.pause
    }
}
