//! Our stream towards one peer: what to read, what is on its way, what is acknowledged and saved.

use super::config::{BATCH_OVERHEAD, PULLS_MAX, RETRY_AFTER_MAX, UNSAVED_MAX};
use super::env::{Closing, Env, violation};
use super::flags::{BATCH_AGAIN, BATCH_RESTART, SYNC_ALL, SYNC_RESEND};
use super::push::{Origin, Push};
use super::{Job, JobId, Output, Peer};
use crate::base::{Code, LinkId, Millis, Position, Timestamp};
use crate::wire::{Ack, Batch, Message, Pull, PullEnd};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Sender {
    link: LinkId,
    peer: Peer,
    window: usize,
    /// The next read starts here.
    sent: Position,
    /// End of the last batch that went out; lies beyond `sent` only while older batches go again.
    high: Position,
    /// Nothing is left to send up to here; runs ahead of `sent` where the stream has no rows.
    scanned: Timestamp,
    acked: Position,
    in_flight: VecDeque<Flight>,
    in_flight_cost: usize,
    last_seq: u64,
    /// Acknowledgments up to this number are of batches that were given up after a refusal.
    given_up: u64,
    /// The next batch is the first one after a refusal.
    restart: bool,
    /// Read, and waiting for room.
    ready: Option<Batch>,
    reading: Option<Reading>,
    reads_failed: u32,
    refusals: u32,
    /// No read before this moment.
    pause: Option<Millis>,
    /// `RESEND` was asked for; takes effect between two reads.
    rewind: bool,
    pushes: Vec<Push>,
    last_ticket: u64,
    /// Goal of pushes that nobody waits for any more.
    backlog: Timestamp,
    /// Flags of these.
    backlog_flags: u32,
    /// A `NONBLOCK` push is not finished: it outlives the link.
    keep: bool,
    unsaved: VecDeque<Ack>,
    saving: Option<Saving>,
    saves_failed: u32,
    save_again: Option<Millis>,
    saved_seq: u64,
    answer_by: Option<Millis>,
}

#[derive(Debug)]
struct Flight {
    seq: u64,
    up_to: Position,
    cost: usize,
}

#[derive(Debug)]
struct Reading {
    job: JobId,
    /// Pushes up to this one were asked for before the snapshot was taken.
    ticket: u64,
}

#[derive(Debug)]
struct Saving {
    job: JobId,
    acks: usize,
}

impl Sender {
    /// A stream that goes on behind `peer.received`, which is saved at once.
    pub fn new(link: LinkId, peer: Peer, env: &mut Env) -> Self {
        let job = env.job(link, Job::SaveMark { peer, position: peer.received });
        Sender {
            link,
            peer,
            window: env.config.window_bytes,
            sent: peer.received,
            high: peer.received,
            scanned: peer.received.ts,
            acked: peer.received,
            in_flight: VecDeque::new(),
            in_flight_cost: 0,
            last_seq: 0,
            given_up: 0,
            restart: false,
            ready: None,
            reading: None,
            reads_failed: 0,
            refusals: 0,
            pause: None,
            rewind: false,
            pushes: Vec::new(),
            last_ticket: 0,
            backlog: Timestamp(0),
            backlog_flags: 0,
            keep: false,
            unsaved: VecDeque::new(),
            saving: Some(Saving { job, acks: 0 }),
            saves_failed: 0,
            save_again: None,
            saved_seq: 0,
            answer_by: None,
        }
    }

    /// A push that starts now.
    pub fn push(&mut self, origin: Origin, flags: u32) {
        self.last_ticket += 1;
        let unacknowledged = !self.in_flight.is_empty() || !self.unsaved.is_empty();
        if flags & SYNC_RESEND != 0 && !self.in_flight.is_empty() {
            self.rewind = true;
        }
        self.keep |= origin.is_kept();
        self.pushes.push(Push::new(self.last_ticket, origin, flags, unacknowledged));
    }

    /// The peer asks for what we have.
    pub fn serve(&mut self, pull: Pull) -> Result<(), Closing> {
        if self.pushes.iter().filter(|p| matches!(p.origin, Origin::Pull { .. })).count() >= PULLS_MAX {
            return violation(format!("agent {} has more than {PULLS_MAX} unanswered pulls", self.peer.agent));
        }
        self.push(Origin::Pull { seq: pull.seq }, pull.flags);
        Ok(())
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        self.finish_pushes(env);
        if let Some(batch) = self.ready.take_if(|b| self.in_flight.is_empty() || self.in_flight_cost + cost(b) <= self.window) {
            self.send(batch, env);
            self.finish_pushes(env);
        }
        self.start_read(env);
        self.save(env);
        if self.reading.is_none() {
            self.release_nonblocking(env);
        }
        if self.is_idle() {
            self.keep = false;
            self.backlog_flags = 0;
        }
    }

    /// A read has ended.
    pub fn read_done(&mut self, result: Result<(Option<Batch>, Position), Code>, env: &mut Env) {
        let Some(reading) = self.reading.take() else { return };
        let (batch, tail) = match result {
            Ok(found) => found,
            Err(code) => return self.read_failed(code, env),
        };
        self.reads_failed = 0;
        for push in &mut self.pushes {
            push.snapshot(reading.ticket, tail.ts);
        }
        match batch.filter(|b| b.up_to.ts > b.after.ts) {
            Some(batch) => {
                for push in &mut self.pushes {
                    push.add_rows(batch.rows);
                }
                self.ready = Some(batch);
            }
            None => self.scanned = self.scanned.max(tail.ts),
        }
    }

    /// The peer has committed or refused a batch.
    pub fn ack(&mut self, ack: Ack, env: &mut Env) -> Result<(), Closing> {
        if ack.seq <= self.given_up {
            return Ok(());
        }
        let Some(front) = self.in_flight.front().filter(|f| f.seq == ack.seq) else {
            return violation(format!("agent {} acknowledges batch {}, which is not its next one", self.peer.agent, ack.seq));
        };
        if ack.position == front.up_to {
            self.accepted(ack, env);
            return Ok(());
        }
        if ack.code != Code::S_OK && ack.position == self.acked {
            self.refused(ack, env);
            return Ok(());
        }
        let at = (ack.position.ts, front.up_to.ts);
        violation(format!(
            "agent {} acknowledges position {} for batch {}, which ends at {}",
            self.peer.agent, at.0, ack.seq, at.1
        ))
    }

    /// A mark is durable, or could not be saved.
    pub fn save_done(&mut self, result: Result<(), Code>, env: &mut Env) -> Result<(), Closing> {
        let Some(saving) = self.saving.take() else { return Ok(()) };
        if let Err(code) = result {
            self.saves_failed += 1;
            if self.saves_failed > env.config.retries {
                let text = format!("what agent {} acknowledged cannot be saved here: {}", self.peer.agent, code.text());
                return Err(Closing { code, text });
            }
            self.save_again = Some(env.now.after(env.pause(self.saves_failed)));
            return Ok(());
        }
        self.saves_failed = 0;
        for ack in self.unsaved.drain(..saving.acks.min(self.unsaved.len())) {
            self.saved_seq = ack.seq;
            env.emit(Output::Acked { link: self.link, ack });
        }
        Ok(())
    }

    /// Whose job this is.
    pub fn owns_read(&self, job: JobId) -> bool {
        self.reading.as_ref().is_some_and(|r| r.job == job)
    }

    /// Whose job this is.
    pub fn owns_save(&self, job: JobId) -> bool {
        self.saving.as_ref().is_some_and(|s| s.job == job)
    }

    /// Moments that have come.
    pub fn tick(&mut self, env: &mut Env) -> Result<(), Closing> {
        let due = |at: Option<Millis>| at.is_some_and(|at| at <= env.now);
        if due(self.answer_by) {
            let text = format!("agent {} has acknowledged nothing for {} ms", self.peer.agent, env.config.answer_timeout);
            return Err(Closing { code: Code::E_NW_TIMEOUT, text });
        }
        if due(self.pause) {
            self.pause = None;
        }
        if due(self.save_again) {
            self.save_again = None;
        }
        Ok(())
    }

    /// When to tick next.
    pub fn wake_at(&self) -> Option<Millis> {
        [self.pause, self.save_again, self.answer_by].into_iter().flatten().min()
    }

    /// The link is gone. Says whether a push has to go on with the next link.
    pub fn end(&mut self, code: Code, env: &mut Env) -> bool {
        for push in std::mem::take(&mut self.pushes) {
            if let Origin::Sync { sync, .. } = push.origin {
                env.part_done(sync, false, code);
            }
        }
        self.keep
    }

    /// Bytes that are held for the peer's acknowledgment or for room; for tests of the bounds.
    pub fn held(&self) -> usize {
        self.in_flight_cost + self.ready.as_ref().map_or(0, cost)
    }

    fn accepted(&mut self, ack: Ack, env: &mut Env) {
        if let Some(front) = self.in_flight.pop_front() {
            self.in_flight_cost -= front.cost;
        }
        if ack.position.ts > self.acked.ts {
            self.acked = ack.position;
        }
        self.refusals = 0;
        self.answer_by = if self.in_flight.is_empty() { None } else { env.answer_by() };
        for push in &mut self.pushes {
            push.note_code(ack.seq, ack.code);
        }
        // The peer may set any bit; the user gets only those of syncs.
        self.unsaved.push_back(Ack { flags: ack.flags & SYNC_ALL, ..ack });
    }

    /// The receiver is full: what is on its way is passed over there, and goes again after a pause.
    fn refused(&mut self, ack: Ack, env: &mut Env) {
        self.refusals = self.refusals.saturating_add(1);
        let wished = ack.retry_after.min(RETRY_AFTER_MAX);
        self.pause = Some(env.now.after(env.pause(self.refusals).max(wished)));
        self.given_up = self.last_seq;
        self.in_flight.clear();
        self.in_flight_cost = 0;
        self.answer_by = None;
        self.ready = None;
        self.backlog = self.backlog.max(self.high.ts);
        self.sent = self.acked;
        self.high = self.acked;
        self.scanned = self.acked.ts;
        self.restart = true;
        // A read under way started behind what was refused; its job still ends, and nobody waits for it.
        self.reading = None;
        let mut rest = Vec::new();
        for mut push in std::mem::take(&mut self.pushes) {
            if push.waits_for().is_some_and(|seq| seq < ack.seq) {
                // All of it was acknowledged before; only the mark has to be saved.
                rest.push(push);
            } else if let Origin::Sync { sync, .. } = push.origin {
                self.leave(push.goal().unwrap_or(Timestamp(0)), push.flags());
                env.part_done(sync, false, ack.code);
            } else {
                push.resume();
                rest.push(push);
            }
        }
        self.pushes = rest;
    }

    /// Whoever waits hears of it after some tries. What was promised goes on, seldom, for as long as the link lives.
    fn read_failed(&mut self, code: Code, env: &mut Env) {
        self.reads_failed = self.reads_failed.saturating_add(1);
        if self.reads_failed <= env.config.retries {
            self.pause = Some(env.now.after(env.pause(self.reads_failed)));
            return;
        }
        for mut push in std::mem::take(&mut self.pushes) {
            match push.origin {
                _ if push.waits_for().is_some() => {}
                Origin::Sync { sync, kept: false, .. } => {
                    env.part_done(sync, false, code);
                    continue;
                }
                Origin::Pull { seq } => {
                    self.end_pull(PullEnd { seq, rows: push.rows(), code }, env);
                    // Perhaps nobody waits for the answer on the other side, and its user was told that rows will come.
                    push.origin = Origin::Nobody;
                }
                Origin::Sync { .. } | Origin::Nobody => {}
            }
            self.pushes.push(push);
        }
        if self.wants_rows() {
            self.pause = Some(env.now.after(env.config.retry_last));
        } else {
            self.reads_failed = 0;
        }
    }

    fn finish_pushes(&mut self, env: &mut Env) {
        let on_its_way = self.in_flight.back().map(|f| f.seq).or(self.unsaved.back().map(|a| a.seq)).unwrap_or(0);
        let mut rest = Vec::new();
        for mut push in std::mem::take(&mut self.pushes) {
            let Some(goal) = push.goal() else {
                rest.push(push);
                continue;
            };
            if self.scanned >= goal {
                push.all_sent(on_its_way);
            }
            match push.origin {
                Origin::Sync { sync, waits: true, .. } => match push.waits_for() {
                    Some(seq) if seq <= self.saved_seq => env.part_done(sync, push.moved(), push.code()),
                    _ => rest.push(push),
                },
                Origin::Sync { sync, .. } => {
                    self.leave(goal, push.flags());
                    env.part_done(sync, push.rows() > 0, Code::S_OK);
                }
                Origin::Nobody => self.leave(goal, push.flags()),
                Origin::Pull { seq } => match push.waits_for() {
                    Some(_) => self.end_pull(PullEnd { seq, rows: push.rows(), code: Code::S_OK }, env),
                    None => rest.push(push),
                },
            }
        }
        self.pushes = rest;
    }

    /// The rows up to a goal go on although nobody waits for them any more.
    fn leave(&mut self, goal: Timestamp, flags: u32) {
        self.backlog = self.backlog.max(goal);
        self.backlog_flags |= flags;
    }

    fn end_pull(&self, end: PullEnd, env: &mut Env) {
        env.emit(Output::Send { link: self.link, message: Message::PullEnd(end) });
    }

    /// Syncs that must not wait for room end now; their rows follow when there is room.
    fn release_nonblocking(&mut self, env: &mut Env) {
        let mut orphan = None;
        for push in &mut self.pushes {
            if let Origin::Sync { sync, kept: true, .. } = push.origin
                && push.goal().is_none()
            {
                push.origin = Origin::Nobody;
                orphan = Some(push.ticket());
                env.part_done(sync, true, Code::S_OK);
            }
        }
        // One push that nobody waits for stands for all older ones.
        if orphan.is_some() {
            self.pushes.retain(|p| p.origin != Origin::Nobody || Some(p.ticket()) == orphan);
        }
    }

    fn send(&mut self, mut batch: Batch, env: &mut Env) {
        self.last_seq += 1;
        batch.seq = self.last_seq;
        let active = self.pushes.iter().filter(|p| p.waits_for().is_none());
        batch.flags = active.fold(self.backlog_flags, |flags, p| flags | p.flags()) & SYNC_ALL;
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
        if self.in_flight.is_empty() {
            self.answer_by = env.answer_by();
        }
        let cost = cost(&batch);
        self.in_flight_cost += cost;
        self.in_flight.push_back(Flight { seq: batch.seq, up_to: batch.up_to, cost });
        env.emit(Output::Send { link: self.link, message: Message::Batch(batch) });
    }

    fn start_read(&mut self, env: &mut Env) {
        if self.reading.is_some() || self.ready.is_some() || self.pause.is_some() {
            return;
        }
        if std::mem::take(&mut self.rewind) && !self.in_flight.is_empty() {
            self.sent = self.acked;
            self.scanned = self.acked.ts;
        }
        if !self.wants_rows()
            || !self.has_room(env.config.batch_bytes + BATCH_OVERHEAD)
            || self.in_flight.len() + self.unsaved.len() >= UNSAVED_MAX
        {
            return;
        }
        let work = Job::Read { peer: self.peer, after: self.sent, max_bytes: env.config.batch_bytes };
        self.reading = Some(Reading { job: env.job(self.link, work), ticket: self.last_ticket });
    }

    fn save(&mut self, env: &mut Env) {
        let owed = !self.unsaved.is_empty() || self.saves_failed > 0;
        if owed && self.saving.is_none() && self.save_again.is_none() {
            let job = env.job(self.link, Job::SaveMark { peer: self.peer, position: self.acked });
            self.saving = Some(Saving { job, acks: self.unsaved.len() });
        }
    }

    fn wants_rows(&self) -> bool {
        self.scanned < self.backlog || self.pushes.iter().any(|p| p.waits_for().is_none())
    }

    fn has_room(&self, cost: usize) -> bool {
        self.in_flight.is_empty() || self.in_flight_cost + cost <= self.window
    }

    fn is_idle(&self) -> bool {
        self.pushes.is_empty() && self.scanned >= self.backlog && self.ready.is_none() && self.in_flight.is_empty()
    }
}

/// What a batch takes of the window.
pub(super) fn cost(batch: &Batch) -> usize {
    batch.body.len() + BATCH_OVERHEAD
}
