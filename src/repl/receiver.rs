//! One stream that comes over a link: what waits to be applied, and what is durable.

use super::env::{Closing, Env, Owner, violation};
use super::flags::{BATCH_AGAIN, BATCH_BEGIN, BATCH_RECONCILE, BATCH_RESTART, SYNC_ALL};
use super::route::Route;
use super::window::cost;
use super::{Job, JobId, Output};
use crate::base::{AgentId, Code, Millis, Position, Stream, Way};
use crate::wire::{Ack, Batch, Message};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Receiver {
    route: Route,
    stream: Stream,
    /// Durable here.
    mark: Position,
    /// The next batch starts here: the mark, and what waits behind it. Unknown before the stream has begun.
    expected: Option<Position>,
    queue: VecDeque<Item>,
    /// Of the batches in the queue and of the one being applied.
    queue_cost: usize,
    applying: Option<Applying>,
    /// A batch was refused; those that were on their way behind it are passed over.
    refusing: bool,
    refusals: u32,
    /// Why the last batch was refused, until one is applied.
    refused: Option<Code>,
}

#[derive(Debug)]
enum Item {
    Batch(Batch),
    /// Sent again, and received before.
    Again(Ack),
}

#[derive(Debug)]
struct Applying {
    /// None while a schema is asked for.
    job: Option<JobId>,
    batch: Batch,
    /// The last schema that was asked for.
    schema: Option<u64>,
}

/// What a batch has led to.
#[derive(Debug, PartialEq)]
pub(super) enum Applied {
    /// Committed.
    Done { rows: u32, code: Code, anew: bool },
    /// Not now; the sender comes back.
    Refused(Code),
    /// A schema has to be asked for first.
    Needs(u64),
    /// It does not follow what is here (down).
    Gap,
    /// The job was nobody's.
    Stale,
}

/// How an `Apply` has ended.
pub(super) enum ApplyResult {
    Applied { mark: Position, code: Code },
    NeedSchema(u64),
    Failed(Code),
}

impl Receiver {
    /// A stream of which everything up to `mark` is here. A downward one has to begin there, an upward one wherever its first batch says.
    pub fn new(route: Route, stream: Stream, mark: Position) -> Self {
        Receiver {
            route,
            stream,
            mark,
            expected: None,
            queue: VecDeque::new(),
            queue_cost: 0,
            applying: None,
            refusing: false,
            refusals: 0,
            refused: None,
        }
    }

    /// Up to here everything is durable.
    pub fn mark(&self) -> Position {
        self.mark
    }

    /// Why nothing is taken now.
    pub fn refused(&self) -> Option<Code> {
        self.refused
    }

    /// Rows from the peer.
    pub fn batch(&mut self, batch: Batch, env: &mut Env) -> Result<(), Closing> {
        if self.refusing {
            if batch.flags & BATCH_RESTART == 0 {
                return Ok(());
            }
            self.refusing = false;
        }
        let size = cost(&batch);
        let (agent, limit) = (self.route.peer, env.config.window_bytes);
        if self.queue_cost > 0 && self.queue_cost + size > limit {
            return violation(format!(
                "agent {agent} has sent more than the {limit} bytes of a stream that may be unacknowledged"
            ));
        }
        let expected = self.check(&batch)?;
        if !env.lines.get_mut(&self.route.link).is_some_and(|line| line.receive(size)) {
            let limit = env.config.link_window_bytes;
            return violation(format!("agent {agent} has sent more than the {limit} bytes that may be unacknowledged"));
        }
        self.queue_cost += size;
        let page = batch.flags & BATCH_RECONCILE != 0;
        if !page && batch.up_to.ts <= expected.ts {
            // Covered by what is here or waits before it, so it is acknowledged in its turn and its rows are not looked at.
            self.queue.push_back(Item::Again(ack_for(&batch)));
            self.release(batch.body.len(), env);
        } else {
            self.expected = Some(batch.up_to);
            self.queue.push_back(Item::Batch(batch));
        }
        Ok(())
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, from: AgentId, env: &mut Env) {
        while self.applying.is_none() {
            match self.queue.pop_front() {
                Some(Item::Batch(batch)) => {
                    self.applying = Some(Applying { job: None, batch, schema: None });
                    self.apply(from, env);
                }
                Some(Item::Again(ack)) => {
                    self.release(super::config::BATCH_OVERHEAD, env);
                    self.route.send(Message::Ack(ack), env);
                }
                None => break,
            }
        }
    }

    /// The schema that was asked for is here, or cannot be had: one more try.
    pub fn learned(&mut self, hash: u64, result: Result<(), Code>, from: AgentId, env: &mut Env) -> Option<Applied> {
        let waits = self.applying.as_ref().is_some_and(|a| a.job.is_none() && a.schema == Some(hash));
        if !waits {
            return None;
        }
        match result {
            Ok(()) => {
                self.apply(from, env);
                None
            }
            Err(code) => Some(self.refuse(code, env)),
        }
    }

    /// A batch is durable, or was not applied.
    pub fn apply_done(&mut self, job: JobId, result: ApplyResult, env: &mut Env) -> Result<Applied, Closing> {
        if self.applying.as_ref().is_none_or(|a| a.job != Some(job)) {
            return Ok(Applied::Stale);
        }
        match result {
            ApplyResult::Applied { mark, code } => Ok(self.applied(mark, code, env)),
            ApplyResult::NeedSchema(hash) => Ok(self.needs(hash, env)),
            ApplyResult::Failed(Code::E_IOT_TS_GAP) if self.stream.way == Way::Down => Ok(Applied::Gap),
            ApplyResult::Failed(Code::E_IOT_PROTOCOLERR | Code::E_IOT_TS_GAP) => {
                violation(format!("a batch of agent {} cannot be applied by any node", self.route.peer))
            }
            ApplyResult::Failed(code) => Ok(self.refuse(code, env)),
        }
    }

    /// The stream ends.
    pub fn end(&mut self, env: &mut Env) {
        self.release(self.queue_cost, env);
    }

    /// Where the stream is when this batch comes; an error if it may not come.
    fn check(&mut self, batch: &Batch) -> Result<Position, Closing> {
        let agent = self.route.peer;
        let up = self.stream.way == Way::Up;
        let page = batch.flags & BATCH_RECONCILE != 0;
        if batch.flags & BATCH_BEGIN != 0 {
            let elsewhere = !up && !page && batch.after != self.mark;
            if elsewhere || !self.queue.is_empty() || self.applying.is_some() {
                return violation(format!("agent {agent} begins a stream where it may not"));
            }
            if !page {
                self.mark = batch.after;
            }
            self.expected = Some(self.mark);
        }
        let Some(expected) = self.expected else {
            return violation(format!("agent {agent} sends rows of a stream that it has not begun"));
        };
        let (after, up_to) = (batch.after, batch.up_to);
        if page {
            let first = after == Position::default();
            let last = up_to.epoch.0 != 0;
            if up || after.epoch.0 != 0 || !(first || after == expected) || !last && up_to.ts.0 != after.ts.0.saturating_add(1) {
                return violation(format!("agent {agent} sends page {} of a reconcile out of order", up_to.ts));
            }
            return Ok(expected);
        }
        let again = batch.flags & BATCH_AGAIN != 0 && after.ts <= expected.ts;
        if after != expected && !again || up_to.ts <= after.ts {
            let (after, up_to, expected) = (after.ts, up_to.ts, expected.ts);
            return violation(format!("a batch of agent {agent} goes from {after} to {up_to}, but {expected} has been received"));
        }
        Ok(expected)
    }

    fn apply(&mut self, from: AgentId, env: &mut Env) {
        let Some(applying) = &mut self.applying else { return };
        // A copy is kept: a schema may be missing.
        let work = Job::Apply { stream: self.stream, from, batch: applying.batch.clone() };
        applying.job = Some(env.job(self.route.link, Owner::Receiver(self.route.link, self.stream), work));
    }

    fn applied(&mut self, mark: Position, code: Code, env: &mut Env) -> Applied {
        let Some(batch) = self.applying.as_ref().map(|a| &a.batch) else { return Applied::Stale };
        let ack = ack_for(batch);
        let page = batch.flags & BATCH_RECONCILE != 0;
        let (rows, anew, size) = (batch.rows, page && batch.after == Position::default(), cost(batch));
        if !page && mark.ts < ack.position.ts {
            // The store does not vouch for the batch, so nothing may be said about it.
            return self.refuse(Code::E_CORE, env);
        }
        self.applying = None;
        self.release(size, env);
        self.refusals = 0;
        self.refused = None;
        self.mark = ack.position;
        self.route.send(Message::Ack(Ack { code, ..ack }), env);
        if rows > 0 {
            env.emit(Output::Received { link: self.route.link, rows });
        }
        Applied::Done { rows, code, anew }
    }

    fn needs(&mut self, hash: u64, env: &mut Env) -> Applied {
        let Some(applying) = &mut self.applying else { return Applied::Stale };
        if applying.schema == Some(hash) {
            // It was got, and still nobody knows it.
            return self.refuse(Code::E_CORE, env);
        }
        applying.job = None;
        applying.schema = Some(hash);
        Applied::Needs(hash)
    }

    /// Not now: the sender comes back.
    fn refuse(&mut self, code: Code, env: &mut Env) -> Applied {
        let Some(applying) = self.applying.take() else { return Applied::Stale };
        self.refusals = self.refusals.saturating_add(1);
        let retry_after = env.pause(self.refusals);
        // What is here when a reconcile begins may be as much as its last page brings, and means nothing there.
        let page = applying.batch.flags & BATCH_RECONCILE != 0;
        let position = if page { applying.batch.after } else { self.mark };
        let refusal = Ack { position, code, retry_after, ..ack_for(&applying.batch) };
        self.route.send(Message::Ack(refusal), env);
        self.refusing = true;
        self.refused = Some(code);
        self.expected = Some(self.mark);
        self.queue.clear();
        self.release(self.queue_cost, env);
        Applied::Refused(code)
    }

    fn release(&mut self, cost: usize, env: &mut Env) {
        self.queue_cost = self.queue_cost.saturating_sub(cost);
        if let Some(line) = env.lines.get_mut(&self.route.link) {
            line.answered(cost);
        }
    }
}

/// What is said when the batch is durable.
fn ack_for(batch: &Batch) -> Ack {
    let Batch { seq, group, flags, up_to, .. } = *batch;
    Ack { seq, group, flags: flags & SYNC_ALL, position: up_to, code: Code::S_OK, retry_after: Millis(0) }
}
