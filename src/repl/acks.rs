//! Acknowledgments of one stream. They are saved before anybody hears of them.

use super::config::UNSAVED_MAX;
use super::env::{Closing, Env, Owner};
use super::flags::SYNC_ALL;
use super::{Job, JobId, reach};
use crate::base::{Code, LinkId, Millis, Position, Stream, Timestamp};
use crate::wire::Ack;
use std::collections::VecDeque;

/// What becomes of an acknowledgment in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saving {
    /// Nothing.
    No,
    /// It is the mark of the receiver.
    Mark,
    /// The same, and pages of a reconcile count.
    Mail,
    /// It is noted for the next announcement of the agent; nothing depends on it.
    Note,
}

#[derive(Debug)]
pub(super) struct Acks {
    link: LinkId,
    stream: Stream,
    saving: Saving,
    acked: Position,
    /// The last one that is saved and no page.
    saved: Position,
    saved_seq: u64,
    unsaved: VecDeque<Ack>,
    /// Job under way, for so many.
    job: Option<(JobId, usize)>,
    failures: u32,
    /// No further try before this moment.
    pause: Option<Millis>,
    /// Saved, and not yet told.
    news: Vec<Ack>,
}

impl Acks {
    /// The receiver has everything up to `start`, and that is known.
    pub fn new(link: LinkId, stream: Stream, saving: Saving, start: Position) -> Self {
        Acks {
            link,
            stream,
            saving,
            acked: start,
            saved: start,
            saved_seq: 0,
            unsaved: VecDeque::new(),
            job: None,
            failures: 0,
            pause: None,
            news: Vec::new(),
        }
    }

    /// Up to where the receiver has everything.
    pub fn acked(&self) -> Position {
        self.acked
    }

    /// The stream goes on from here, before what was acknowledged. What of that is not saved comes again with its acknowledgment.
    pub fn restart(&mut self, position: Position) {
        self.acked = position;
        self.saved = position;
        self.unsaved.clear();
        self.job = None;
        self.pause = None;
    }

    /// Up to where that is saved.
    pub fn saved(&self) -> Position {
        self.saved
    }

    /// Number of the last batch whose acknowledgment is saved.
    pub fn saved_seq(&self) -> u64 {
        self.saved_seq
    }

    /// How many are not saved.
    pub fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    /// Number of the youngest batch whose acknowledgment is not saved.
    pub fn last_seq(&self) -> Option<u64> {
        self.unsaved.back().map(|ack| ack.seq)
    }

    pub fn add(&mut self, ack: Ack) {
        self.acked = ack.position;
        // Those of a far node are not held back by a window of ours; the last one speaks for all.
        let left_out = if self.unsaved.len() >= UNSAVED_MAX { self.unsaved.pop_back() } else { None };
        let code = left_out.map(|ack| ack.code).filter(|code| *code != Code::S_OK).unwrap_or(ack.code);
        // The peer may set any bit; the user gets only those of syncs.
        self.unsaved.push_back(Ack { flags: ack.flags & SYNC_ALL, code, ..ack });
    }

    /// Those that are saved now and were not told before.
    pub fn take_news(&mut self) -> Vec<Ack> {
        std::mem::take(&mut self.news)
    }

    /// Starts to save if there is something; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        if self.unsaved.is_empty() || self.job.is_some() || self.pause.is_some() {
            return;
        }
        let (stream, position) = (self.stream, self.acked);
        let page = position.epoch.0 == 0;
        let work = match self.saving {
            Saving::Mark if !page => Job::SaveMark { stream, position },
            Saving::Mail => Job::SaveMark { stream, position },
            Saving::Note if !page => Job::NoteMark { stream, position },
            Saving::Mark | Saving::Note | Saving::No => return self.all_saved(self.unsaved.len()),
        };
        let job = env.job(self.link, Owner::Sender(stream), work);
        self.job = Some((job, self.unsaved.len()));
    }

    /// Ends the job if it is ours.
    pub fn done(&mut self, job: JobId, result: Result<(), Code>, env: &mut Env) -> Result<bool, Closing> {
        let Some((_, count)) = self.job.take_if(|(j, _)| *j == job) else { return Ok(false) };
        match result {
            Ok(()) => {
                self.failures = 0;
                self.all_saved(count);
            }
            Err(code) => self.failed(code, count, env)?,
        }
        Ok(true)
    }

    pub fn tick(&mut self, now: Millis) {
        self.pause = self.pause.filter(|at| *at > now);
    }

    pub fn wake_at(&self) -> Option<Millis> {
        self.pause
    }

    fn failed(&mut self, code: Code, count: usize, env: &mut Env) -> Result<(), Closing> {
        self.failures += 1;
        if self.failures <= env.config.retries {
            self.pause = Some(env.now.after(env.pause(self.failures)));
        } else if self.saving == Saving::Note {
            self.failures = 0;
            self.all_saved(count);
        } else {
            let text = format!("what agent {} acknowledged cannot be saved here: {}", self.stream.agent, code.text());
            return Err(Closing { code, text });
        }
        Ok(())
    }

    fn all_saved(&mut self, count: usize) {
        for ack in self.unsaved.drain(..count.min(self.unsaved.len())) {
            self.saved_seq = ack.seq;
            if reach(ack.position) > Timestamp(0) {
                self.saved = ack.position;
            }
            self.news.push(ack);
        }
    }
}
