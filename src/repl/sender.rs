//! Our stream towards one peer: what to read, what to send, what its answers mean.

use super::config::{BATCH_OVERHEAD, RETRY_AFTER_MAX, UNSAVED_MAX};
use super::env::{Closing, Env, violation};
use super::flags::{BATCH_AGAIN, BATCH_RESTART, SYNC_ALL, SYNC_RESEND};
use super::marks::Marks;
use super::push::Origin;
use super::pushes::Pushes;
use super::window::{Window, cost};
use super::{Job, JobId, Output, Peer};
use crate::base::{Code, LinkId, Millis, Position, Timestamp};
use crate::wire::{Ack, Batch, Message, Pull};

#[derive(Debug)]
pub(super) struct Sender {
    link: LinkId,
    peer: Peer,
    pushes: Pushes,
    window: Window,
    marks: Marks,
    /// The next read starts here.
    sent: Position,
    /// End of the last batch that went out; lies beyond `sent` only while older batches go again.
    high: Position,
    /// Nothing is left to send up to here; runs ahead of `sent` where the stream has no rows.
    scanned: Timestamp,
    reading: Option<Reading>,
    reads_failed: u32,
    /// Read, and waiting for room.
    ready: Option<Batch>,
    refusals: u32,
    /// Size of the next batch: half after each refusal, since a small store may have room for less, twice after each success.
    read_bytes: usize,
    /// No read before this moment.
    pause: Option<Millis>,
    /// The next batch is the first one after a refusal.
    restart: bool,
    /// `RESEND` was asked for; takes effect between two reads.
    rewind: bool,
}

#[derive(Debug)]
struct Reading {
    job: JobId,
    /// Pushes up to this one were asked for before the snapshot was taken.
    ticket: u64,
}

impl Sender {
    /// A stream that goes on behind `peer.received`.
    pub fn new(link: LinkId, peer: Peer, env: &mut Env) -> Self {
        Sender {
            link,
            peer,
            pushes: Pushes::new(link),
            window: Window::new(&env.config),
            marks: Marks::new(link, peer, env),
            sent: peer.received,
            high: peer.received,
            scanned: peer.received.ts,
            reading: None,
            reads_failed: 0,
            ready: None,
            refusals: 0,
            read_bytes: env.config.batch_bytes,
            pause: None,
            restart: false,
            rewind: false,
        }
    }

    /// A push that starts now.
    pub fn push(&mut self, origin: Origin, flags: u32) {
        self.rewind |= flags & SYNC_RESEND != 0 && !self.window.is_empty();
        self.pushes.add(origin, flags, !self.window.is_empty() || self.marks.unsaved() > 0);
    }

    /// The peer asks for what we have.
    pub fn serve(&mut self, pull: Pull) -> Result<(), Closing> {
        self.pushes.check_pulls(&self.peer)?;
        self.push(Origin::Pull { seq: pull.seq }, pull.flags);
        Ok(())
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        self.finish_pushes(env);
        if let Some(batch) = self.ready.take_if(|b| self.window.has_room(cost(b))) {
            self.send(batch, env);
            self.finish_pushes(env);
        }
        self.start_read(env);
        self.marks.advance(env);
        if self.reading.is_none() {
            self.pushes.release_nonblocking(env);
        }
        if self.pushes.are_done(self.scanned) && self.ready.is_none() && self.window.is_empty() {
            self.pushes.forget();
        }
    }

    /// A read has ended.
    pub fn read_done(&mut self, result: Result<(Option<Batch>, Position, Code), Code>, env: &mut Env) {
        let Some(reading) = self.reading.take() else { return };
        let (batch, tail, held) = match result {
            Ok(found) => found,
            Err(code) => return self.read_failed(code, env),
        };
        self.reads_failed = 0;
        self.pushes.snapshot(reading.ticket, tail.ts);
        self.pushes.note_held(held);
        match batch.filter(|b| b.up_to.ts > b.after.ts) {
            Some(batch) => {
                self.pushes.add_rows(batch.rows);
                self.ready = Some(batch);
            }
            None => {
                self.scanned = self.scanned.max(tail.ts);
            }
        }
    }

    /// The peer has committed or refused a batch.
    pub fn ack(&mut self, ack: Ack, env: &mut Env) -> Result<(), Closing> {
        let Some(end) = self.window.end_of(&ack, &self.peer)? else { return Ok(()) };
        if ack.position == end {
            self.window.arrived();
            self.refusals = 0;
            self.read_bytes = self.read_bytes.saturating_mul(2).min(env.config.batch_bytes);
            self.pushes.note_code(ack.seq, ack.code);
            self.marks.add(ack);
            return Ok(());
        }
        if ack.code != Code::S_OK && ack.position == self.marks.acked() {
            self.refused(ack, env);
            return Ok(());
        }
        let (agent, at, seq) = (self.peer.agent, ack.position.ts, ack.seq);
        violation(format!("agent {agent} acknowledges position {at} for batch {seq}, which ends at {}", end.ts))
    }

    /// A mark is durable, or could not be saved.
    pub fn save_done(&mut self, result: Result<(), Code>, env: &mut Env) -> Result<(), Closing> {
        self.marks.done(result, env)
    }

    /// Whose job this is.
    pub fn owns_read(&self, job: JobId) -> bool {
        self.reading.as_ref().is_some_and(|r| r.job == job)
    }

    /// Whose job this is.
    pub fn owns_save(&self, job: JobId) -> bool {
        self.marks.owns(job)
    }

    /// Moments that have come.
    pub fn tick(&mut self, now: Millis) {
        self.pause = self.pause.filter(|at| *at > now);
        self.marks.tick(now);
    }

    /// When to tick next.
    pub fn wake_at(&self) -> Option<Millis> {
        [self.pause, self.marks.wake_at()].into_iter().flatten().min()
    }

    /// The link is gone. Says whether a push has to go on with the next link.
    pub fn end(&mut self, code: Code, env: &mut Env) -> bool {
        self.pushes.end(code, env)
    }

    /// Bytes that the peer has to acknowledge.
    pub fn in_flight(&self) -> usize {
        self.window.cost()
    }

    /// Bytes that are held for the peer's acknowledgment or for room; for tests of the bounds.
    pub fn held(&self) -> usize {
        self.window.cost() + self.ready.as_ref().map_or(0, cost)
    }

    /// The receiver is full: what is on its way is passed over there, and goes again after a pause.
    fn refused(&mut self, ack: Ack, env: &mut Env) {
        self.refusals = self.refusals.saturating_add(1);
        self.read_bytes = (self.read_bytes / 2).max(1);
        let wished = ack.retry_after.min(RETRY_AFTER_MAX);
        self.pause = Some(env.now.after(env.pause(self.refusals).max(wished)));
        self.pushes.refused(&ack, self.high.ts, env);
        self.window.give_up();
        self.ready = None;
        self.sent = self.marks.acked();
        self.high = self.sent;
        self.scanned = self.sent.ts;
        self.restart = true;
        // A read under way started behind what was refused; its job still ends, and nobody waits for it.
        self.reading = None;
    }

    /// Whoever waits hears of it after some tries. What was promised goes on, seldom, for as long as the link lives.
    fn read_failed(&mut self, code: Code, env: &mut Env) {
        self.reads_failed = self.reads_failed.saturating_add(1);
        if self.reads_failed <= env.config.retries {
            self.pause = Some(env.now.after(env.pause(self.reads_failed)));
            return;
        }
        self.pushes.read_failed(code, env);
        if self.pushes.want_rows(self.scanned) {
            self.pause = Some(env.now.after(env.config.retry_last));
        } else {
            self.reads_failed = 0;
        }
    }

    fn finish_pushes(&mut self, env: &mut Env) {
        let last = self.window.last().or(self.marks.last()).unwrap_or(0);
        self.pushes.finish(self.scanned, last, self.marks.saved(), env);
    }

    fn send(&mut self, mut batch: Batch, env: &mut Env) {
        batch.flags = self.pushes.flags() & SYNC_ALL;
        if self.high != batch.after {
            batch.flags |= BATCH_AGAIN;
        }
        if std::mem::take(&mut self.restart) {
            batch.flags |= BATCH_RESTART;
        }
        self.sent = batch.up_to;
        self.scanned = self.scanned.max(batch.up_to.ts);
        if batch.up_to.ts >= self.high.ts {
            self.high = batch.up_to;
        }
        self.window.add(&mut batch);
        env.emit(Output::Send { link: self.link, message: Message::Batch(batch) });
    }

    fn start_read(&mut self, env: &mut Env) {
        if self.reading.is_some() || self.ready.is_some() || self.pause.is_some() {
            return;
        }
        if std::mem::take(&mut self.rewind) && !self.window.is_empty() {
            self.sent = self.marks.acked();
            self.scanned = self.sent.ts;
        }
        let unfinished = self.window.len() + self.marks.unsaved();
        if !self.pushes.want_rows(self.scanned)
            || !self.window.has_room(env.config.batch_bytes + BATCH_OVERHEAD)
            || unfinished >= UNSAVED_MAX
        {
            return;
        }
        let work = Job::Read { peer: self.peer, after: self.sent, max_bytes: self.read_bytes };
        self.reading = Some(Reading { job: env.job(self.link, work), ticket: self.pushes.last_ticket() });
    }
}
