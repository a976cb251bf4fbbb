//! One stream towards the next node: what to read, what to send, what the answers mean.

use super::acks::{Acks, Saving};
use super::config::{BATCH_OVERHEAD, RETRY_AFTER_MAX, UNSAVED_MAX};
use super::env::{Closing, Env, Owner, violation};
use super::flags::{BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, SYNC_ALL, SYNC_DEEP_ACK, SYNC_RESEND};
use super::push::{Origin, Progress};
use super::pushes::Pushes;
use super::route::Route;
use super::window::{Window, cost};
use super::{Job, JobId, reach};
use crate::base::{Code, Millis, Position, SetAside, Stream, Timestamp, Way};
use crate::wire::{Ack, Batch, Message};

/// A batch that the next node can never take is refused with this.
pub(super) const TOO_LARGE: Code = Code::E_UNSUPPORTED;

/// What a stream is to this node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// What becomes of acknowledgments of the next node.
    pub hop: Saving,
    /// What becomes of those of the final node, if they come apart.
    pub deep: Option<Saving>,
    /// Where the final node is known to be.
    pub deep_at: Position,
}

/// What a read has found.
pub(super) type Found = Result<(Option<Batch>, Position, Code), Code>;

#[derive(Debug)]
pub(super) struct Sender {
    route: Route,
    stream: Stream,
    pushes: Pushes,
    window: Window,
    hop: Acks,
    /// Of the final node, where these are not those of the next one.
    deep: Option<Acks>,
    /// Up to here the final node has everything, and that is saved.
    deep_at: Position,
    /// The next read starts here.
    sent: Position,
    /// End of the last batch that went out; lies beyond `sent` only while older batches go again.
    high: Position,
    /// Nothing is left to send up to here; runs ahead of `sent` where the stream has no rows.
    scanned: Timestamp,
    /// The stream begins on this link with the next batch, or with one that is not acknowledged.
    begin: bool,
    /// The stream has to begin anew from here, when nothing is on its way any more.
    rewind: Option<Position>,
    reading: Option<Reading>,
    reads_failed: u32,
    /// Read, and waiting for room.
    ready: Option<Batch>,
    refusals: u32,
    /// Why the last batch was refused; `S_OK` when it was not.
    refusal: Code,
    /// Size of the next batch: half after each refusal, since a small store may have room for less, twice after each success.
    read_bytes: usize,
    /// No read before this moment.
    pause: Option<Millis>,
    /// The next batch is the first one after a refusal.
    restart: bool,
    /// `RESEND` was asked for; takes effect between two reads.
    resend: bool,
    /// Why rows at the end have to wait.
    held: Code,
}

#[derive(Debug)]
struct Reading {
    job: JobId,
    /// Pushes up to this one were asked for before the snapshot was taken.
    ticket: u64,
    reserved: usize,
}

impl Sender {
    /// A stream that goes on behind `start`.
    pub fn new(route: Route, stream: Stream, start: Position, terms: Terms, env: &Env) -> Self {
        Sender {
            route,
            stream,
            pushes: Pushes::new(stream.group),
            window: Window::new(&env.config),
            hop: Acks::new(route.link, stream, terms.hop, start),
            deep: terms.deep.map(|saving| Acks::new(route.link, stream, saving, terms.deep_at)),
            deep_at: terms.deep_at,
            sent: start,
            high: start,
            scanned: reach(start),
            begin: true,
            rewind: None,
            reading: None,
            reads_failed: 0,
            ready: None,
            refusals: 0,
            refusal: Code::S_OK,
            read_bytes: env.config.batch_bytes,
            pause: None,
            restart: false,
            resend: false,
            held: Code::S_OK,
        }
    }

    /// A push that starts now.
    pub fn push(&mut self, origin: Origin, flags: u32) {
        self.resend |= flags & SYNC_RESEND != 0 && !self.window.is_empty();
        self.pushes.add(origin, flags, !self.window.is_empty() || self.hop.unsaved() > 0);
    }

    /// Whether lower groups have to wait: something is wanted here that may begin. What is too large for the next node holds nobody up.
    pub fn goes_first(&self) -> bool {
        self.refusal != TOO_LARGE
            && (self.ready.is_some() || self.reading.is_some() || self.pushes.want_rows(self.scanned) && self.reads_failed == 0)
    }

    /// Sends what is ready and may go, ends what is complete; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        self.finish_pushes(env);
        self.rewind_now(env);
        if let Some(batch) = self.ready.take_if(|b| self.window.has_room(cost(b)) && may_send(&self.route, b, env)) {
            self.send(batch, env);
            self.finish_pushes(env);
        }
        self.hop.advance(env);
        if let Some(deep) = &mut self.deep {
            deep.advance(env);
        }
    }

    /// To be called when a read has had its chance to begin.
    pub fn rest(&mut self, env: &mut Env) {
        if self.reading.is_none() {
            self.pushes.release_nonblocking(env);
        }
        if self.pushes.are_done(self.scanned) && self.ready.is_none() && self.window.is_empty() {
            self.pushes.forget();
        }
    }

    /// Whether a read could begin, but for the room on the link.
    pub fn wants_read(&mut self, env: &Env) -> bool {
        if self.reading.is_some() || self.ready.is_some() || self.pause.is_some() || self.rewind.is_some() {
            return false;
        }
        if std::mem::take(&mut self.resend) && !self.window.is_empty() && !self.window.has_pages() {
            self.sent = self.hop.acked();
            self.scanned = reach(self.sent);
        }
        self.pushes.want_rows(self.scanned)
            && self.window.has_room(env.config.batch_bytes + BATCH_OVERHEAD)
            && self.window.len() + self.hop.unsaved() < UNSAVED_MAX
    }

    /// Begins to read; the room on the link is reserved.
    pub fn start_read(&mut self, reserved: usize, env: &mut Env) {
        let deep = self.pushes.flags() & SYNC_DEEP_ACK != 0;
        let work = Job::Read { stream: self.stream, after: self.sent, max_bytes: self.read_bytes, deep };
        let job = env.job(self.route.link, Owner::Sender(self.stream), work);
        self.reading = Some(Reading { job, ticket: self.pushes.last_ticket(), reserved });
    }

    /// Ends the read if it is ours.
    pub fn owns_read(&self, job: JobId) -> bool {
        self.reading.as_ref().is_some_and(|r| r.job == job)
    }

    /// A read has ended.
    pub fn read_done(&mut self, result: Found, env: &mut Env) {
        let Some(reading) = self.reading.take() else { return };
        let ready = result.as_ref().ok().and_then(|(batch, ..)| batch.as_ref()).filter(|b| is_forward(b)).map_or(0, cost);
        self.reserve(reading.reserved, ready, env);
        let (batch, tail, held) = match result {
            Ok(found) => found,
            Err(code) => return self.read_failed(code, env),
        };
        self.reads_failed = 0;
        self.pushes.snapshot(reading.ticket, tail.ts);
        self.held = held;
        self.pushes.note_held(held);
        match batch.filter(is_forward) {
            Some(batch) => {
                self.pushes.add_rows(batch.rows);
                self.ready = Some(batch);
            }
            None => {
                self.scanned = self.scanned.max(tail.ts);
                self.pushes.end_at(tail.ts);
            }
        }
    }

    /// The next node has committed or refused a batch. Gives what it has committed.
    pub fn ack(&mut self, ack: Ack, env: &mut Env) -> Result<Option<Ack>, Closing> {
        let peer = self.route.peer;
        let Some((end, page)) = self.window.end_of(&ack, peer)? else { return Ok(None) };
        if ack.position == end {
            let landed = self.window.arrived();
            self.landed(landed, env);
            self.begin = false;
            self.refusals = 0;
            self.refusal = Code::S_OK;
            self.read_bytes = self.read_bytes.saturating_mul(2).min(env.config.batch_bytes);
            self.pushes.note_code(ack.seq, ack.code);
            // What came again in smaller pieces takes nothing back of what has arrived.
            let behind = !page && reach(end) < reach(self.hop.acked());
            let ack = Ack { position: if behind { self.hop.acked() } else { end }, ..ack };
            self.hop.add(ack);
            return Ok(Some(ack));
        }
        // A reconcile may begin anew behind any page.
        if ack.code != Code::S_OK && (page || ack.position == self.hop.acked()) {
            self.refused(ack, env);
            return Ok(None);
        }
        violation(format!(
            "agent {peer} acknowledges position {} for batch {}, which ends at {}",
            ack.position.ts, ack.seq, end.ts
        ))
    }

    /// The final node has this much. One that lies on an older history than what was sent means nothing.
    pub fn mark(&mut self, ack: Ack) -> Result<bool, Closing> {
        if reach(self.high) < reach(ack.position) {
            if self.high.epoch != ack.position.epoch {
                return Ok(false);
            }
            let (agent, at, high) = (self.stream.agent, ack.position.ts, self.high.ts);
            return violation(format!("agent {agent} acknowledges position {at}, but was sent only what lies before {high}"));
        }
        if let Some(deep) = &mut self.deep {
            // What came before was told with the mark before.
            let (group, first) = (ack.group, Timestamp(deep.acked().ts.0.saturating_add(1)));
            self.pushes.note_aside(&SetAside { group, first, last: ack.position.ts, code: ack.code });
            deep.add(ack);
            // There is room again where the agent's rows wait.
            self.pause = self.pause.filter(|_| self.refusals == 0);
        }
        Ok(true)
    }

    /// The server has confirmed so much of what goes up.
    pub fn confirmed(&mut self, position: Position) {
        self.deep_at = position;
    }

    /// The final node has these rows, and could not apply them.
    pub fn set_aside(&mut self, aside: &SetAside) {
        self.pushes.note_aside(aside);
    }

    /// Where the stream goes on, as the database says; before what was acknowledged: custody is void, that goes again. What is only on its
    /// way is nobody's custody yet, and needs nothing.
    pub fn restart(&mut self, start: Position) {
        if reach(start) < reach(self.hop.saved()) {
            self.rewind = Some(start);
        }
    }

    /// What is held for the receiver begins anew (routers).
    pub fn begin_anew(&mut self, env: &mut Env) {
        self.forget_read(env);
        self.sent = Position::default();
        self.scanned = Timestamp(0);
    }

    /// An acknowledgment is durable, or could not be saved.
    pub fn save_done(&mut self, job: JobId, result: Result<(), Code>, env: &mut Env) -> Result<(), Closing> {
        let Some(deep) = &mut self.deep else {
            self.hop.done(job, result, env)?;
            if self.stream.way == Way::Down {
                self.deep_at = self.hop.saved();
            }
            return Ok(());
        };
        if !self.hop.done(job, result, env)? {
            deep.done(job, result, env)?;
        }
        self.deep_at = deep.saved();
        Ok(())
    }

    /// Acknowledgments that are saved now: of the next node, and of the final one.
    pub fn take_news(&mut self) -> (Vec<Ack>, Vec<Ack>) {
        let hop = self.hop.take_news();
        let deep = self.deep.as_mut().map(Acks::take_news).unwrap_or_default();
        if let Some(acks) = &self.deep {
            self.deep_at = acks.saved();
        } else if self.stream.way == Way::Down {
            self.deep_at = self.hop.saved();
        }
        (hop, deep)
    }

    /// Moments that have come.
    pub fn tick(&mut self, now: Millis) {
        self.pause = self.pause.filter(|at| *at > now);
        self.hop.tick(now);
        if let Some(deep) = &mut self.deep {
            deep.tick(now);
        }
    }

    /// When to tick next.
    pub fn wake_at(&self) -> Option<Millis> {
        [self.pause, self.hop.wake_at(), self.deep.as_ref().and_then(Acks::wake_at)].into_iter().flatten().min()
    }

    /// The stream ends. Says whether a push has to go on when there is another way to the agent.
    pub fn end(&mut self, code: Code, env: &mut Env) -> bool {
        let given_up = self.window.give_up();
        self.landed(given_up, env);
        self.forget_read(env);
        self.pushes.end(code, env)
    }

    /// The receiver is full: what is on its way is passed over there, and goes again after a pause.
    fn refused(&mut self, ack: Ack, env: &mut Env) {
        self.refusals = self.refusals.saturating_add(1);
        self.refusal = ack.code;
        self.read_bytes = (self.read_bytes / 2).max(1);
        let wished = ack.retry_after.min(RETRY_AFTER_MAX);
        self.pause = Some(env.now.after(env.pause(self.refusals).max(wished)));
        self.pushes.refused(&ack, reach(self.high), env);
        let given_up = self.window.give_up();
        self.landed(given_up, env);
        self.sent = self.hop.acked();
        self.high = self.sent;
        self.scanned = reach(self.sent);
        self.restart = true;
        // A read under way started behind what was refused; its job still ends, and nobody waits for it.
        self.forget_read(env);
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

    /// Goes back, once nothing is on its way.
    fn rewind_now(&mut self, env: &mut Env) {
        if !self.window.is_empty() {
            return;
        }
        let Some(start) = self.rewind.take() else { return };
        self.forget_read(env);
        self.pushes.rewound(reach(self.high));
        self.hop.restart(start);
        self.sent = start;
        self.high = start;
        self.scanned = reach(start);
        self.begin = true;
    }

    fn finish_pushes(&mut self, env: &mut Env) {
        let progress = Progress {
            scanned: self.scanned,
            last_seq: self.window.last().or(self.hop.last_seq()).unwrap_or(0),
            high: self.high,
            saved_seq: self.hop.saved_seq(),
            deep: self.deep_at,
        };
        self.pushes.finish(&progress, env);
    }

    fn send(&mut self, mut batch: Batch, env: &mut Env) {
        let page = batch.flags & BATCH_RECONCILE;
        batch.flags = self.pushes.flags() & SYNC_ALL | page;
        if self.begin && self.window.is_empty() {
            batch.flags |= BATCH_BEGIN;
        } else if self.high != batch.after && page == 0 {
            batch.flags |= BATCH_AGAIN;
        }
        if std::mem::take(&mut self.restart) {
            batch.flags |= BATCH_RESTART;
        }
        self.sent = batch.up_to;
        self.scanned = self.scanned.max(reach(batch.up_to));
        if page != 0 || batch.up_to.ts >= self.high.ts {
            self.high = batch.up_to;
        }
        self.window.add(&mut batch);
        if let Some(line) = env.lines.get_mut(&self.route.link) {
            line.sent(cost(&batch));
        }
        self.route.send(Message::Batch(batch), env);
    }

    fn forget_read(&mut self, env: &mut Env) {
        let reserved = self.reading.take().map_or(0, |r| r.reserved) + self.ready.take().as_ref().map_or(0, cost);
        self.reserve(reserved, 0, env);
    }

    fn reserve(&self, before: usize, now: usize, env: &mut Env) {
        if let Some(line) = env.lines.get_mut(&self.route.link) {
            line.adjust(before, now);
        }
        env.room_on(self.route.link);
    }

    fn landed(&self, cost: usize, env: &mut Env) {
        if let Some(line) = env.lines.get_mut(&self.route.link) {
            line.landed(cost);
        }
        env.room_on(self.route.link);
    }
}

/// What a status tells; from the same states that drive the work.
impl Sender {
    pub fn in_flight(&self) -> usize {
        self.window.cost()
    }

    /// What the final node, which is not the one that sends this, has said that it has.
    pub fn said_by_final_node(&self) -> Option<Position> {
        self.deep.as_ref().map(Acks::acked)
    }

    pub fn acknowledged(&self) -> Position {
        self.hop.acked()
    }

    pub fn deep(&self) -> Position {
        self.deep_at
    }

    pub fn is_wanted(&self) -> bool {
        self.pushes.want_rows(self.scanned)
    }

    pub fn waits_for_final_node(&self) -> bool {
        self.pushes.wait_deep()
    }

    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Whether the window of the stream is what keeps it from going on.
    pub fn is_full(&self, env: &Env) -> bool {
        let room = self.ready.as_ref().map_or(env.config.batch_bytes + BATCH_OVERHEAD, cost);
        !self.window.has_room(room) || self.window.len() + self.hop.unsaved() >= UNSAVED_MAX
    }

    pub fn is_ready(&self) -> bool {
        self.ready.is_some()
    }

    /// Until when nothing is read because the receiver has refused a batch, and why; or else because the store fails.
    pub fn pause(&self) -> Option<(Millis, Option<Code>)> {
        self.pause.map(|at| (at, Some(self.refusal).filter(|_| self.refusals > 0 && self.reads_failed == 0)))
    }

    pub fn saving_fails(&self) -> Option<Millis> {
        self.hop.wake_at().or(self.deep.as_ref().and_then(Acks::wake_at))
    }

    pub fn held(&self) -> Code {
        self.held
    }

    pub fn has_unsaved(&self) -> bool {
        self.hop.unsaved() > 0
    }
}

fn may_send(route: &Route, batch: &Batch, env: &Env) -> bool {
    env.lines.get(&route.link).is_some_and(|line| line.may_send(cost(batch)))
}

/// Whether a batch as the store has read it leads anywhere.
fn is_forward(batch: &Batch) -> bool {
    batch.flags & BATCH_RECONCILE != 0 || batch.up_to.ts > batch.after.ts
}
