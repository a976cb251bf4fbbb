//! The peer's stream towards us: what waits to be applied, what is durable, and our pulls.

use super::config::PULLS_MAX;
use super::env::{Closing, Env, violation};
use super::flags::{BATCH_AGAIN, BATCH_RESTART, SYNC_ALL};
use super::window::cost;
use super::{Job, JobId, Output, Peer, SyncId};
use crate::base::{Code, LinkId, Millis, Position};
use crate::wire::{Ack, Batch, Message, Pull, PullEnd};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Receiver {
    link: LinkId,
    peer: Peer,
    /// Durable here.
    mark: Position,
    /// The next batch starts here: the mark, and what waits behind it.
    expected: Position,
    queue: VecDeque<Item>,
    /// Of the batches in the queue and of the one being applied.
    queue_cost: usize,
    applying: Option<Applying>,
    /// A batch was refused; those that were on their way behind it are passed over.
    refusing: bool,
    refusals: u32,
    rows_applied: u64,
    pulls: VecDeque<Pulling>,
    last_pull: u64,
    /// Pulls for which there is no room among the unanswered ones: they become one.
    next_pull: Option<Next>,
}

#[derive(Debug)]
enum Item {
    Batch(Batch),
    /// Sent again, and received before.
    Again(Ack),
    End(PullEnd),
}

#[derive(Debug)]
struct Applying {
    job: JobId,
    ack: Ack,
    rows: u32,
    cost: usize,
}

#[derive(Debug)]
struct Pulling {
    seq: u64,
    waiters: Vec<SyncId>,
    rows_before: u64,
    code: Code,
    ended: bool,
}

#[derive(Debug, Default)]
struct Next {
    flags: u32,
    waiters: Vec<SyncId>,
}

impl Receiver {
    /// A stream that goes on behind `peer.ours`.
    pub fn new(link: LinkId, peer: Peer) -> Self {
        Receiver {
            link,
            peer,
            mark: peer.ours,
            expected: peer.ours,
            queue: VecDeque::new(),
            queue_cost: 0,
            applying: None,
            refusing: false,
            refusals: 0,
            rows_applied: 0,
            pulls: VecDeque::new(),
            last_pull: 0,
            next_pull: None,
        }
    }

    /// Asks the peer to send; `waiter` gets the result.
    pub fn pull(&mut self, flags: u32, waiter: Option<SyncId>, env: &mut Env) {
        let next = self.next_pull.get_or_insert_default();
        next.flags |= flags;
        next.waiters.extend(waiter);
        self.send_pull(env);
    }

    /// Rows from the peer.
    pub fn batch(&mut self, batch: Batch, env: &mut Env) -> Result<(), Closing> {
        let agent = self.peer.agent;
        if self.refusing {
            if batch.flags & BATCH_RESTART == 0 {
                return Ok(());
            }
            self.refusing = false;
        }
        if self.queue_cost > 0 && self.queue_cost + cost(&batch) > env.config.window_bytes {
            let limit = env.config.window_bytes;
            return violation(format!("agent {agent} has sent more than the {limit} bytes that may be unacknowledged"));
        }
        let again = batch.flags & BATCH_AGAIN != 0 && batch.after.ts <= self.expected.ts;
        if batch.after != self.expected && !again || batch.up_to.ts <= batch.after.ts {
            let (after, up_to, expected) = (batch.after.ts, batch.up_to.ts, self.expected.ts);
            return violation(format!("a batch of agent {agent} goes from {after} to {up_to}, but {expected} has been received"));
        }
        self.queue_cost += cost(&batch);
        if batch.up_to.ts <= self.expected.ts {
            // Covered by what is here or waits before it, so it is acknowledged in its turn and its rows are not looked at.
            self.queue.push_back(Item::Again(ack_for(&batch)));
            self.queue_cost -= batch.body.len();
        } else {
            self.expected = batch.up_to;
            self.queue.push_back(Item::Batch(batch));
        }
        Ok(())
    }

    /// Everything for one of our pulls is on this side.
    pub fn pull_end(&mut self, end: PullEnd) -> Result<(), Closing> {
        let Some(pull) = self.pulls.iter_mut().find(|p| p.seq == end.seq && !p.ended) else {
            return violation(format!("agent {} ends pull {}, which is not open", self.peer.agent, end.seq));
        };
        pull.ended = true;
        self.queue.push_back(Item::End(end));
        Ok(())
    }

    /// Starts whatever can start; to be called after every change.
    pub fn advance(&mut self, env: &mut Env) {
        while self.applying.is_none() {
            match self.queue.pop_front() {
                Some(Item::Batch(batch)) => self.apply(batch, env),
                Some(Item::Again(ack)) => {
                    self.queue_cost -= super::config::BATCH_OVERHEAD;
                    env.emit(Output::Send { link: self.link, message: Message::Ack(ack) });
                }
                Some(Item::End(end)) => self.ended(end, env),
                None => break,
            }
        }
        self.send_pull(env);
    }

    /// A batch is durable, or was not applied.
    pub fn apply_done(&mut self, result: Result<(Position, Code), Code>, env: &mut Env) -> Result<(), Closing> {
        let Some(applying) = self.applying.take() else { return Ok(()) };
        self.queue_cost -= applying.cost;
        let (mark, code) = match result {
            Ok(done) => done,
            Err(Code::E_IOT_PROTOCOLERR | Code::E_IOT_TS_GAP) => {
                return violation(format!("a batch of agent {} cannot be applied by any node", self.peer.agent));
            }
            Err(code) => {
                self.refuse(applying.ack, code, env);
                return Ok(());
            }
        };
        if mark.ts < applying.ack.position.ts {
            // The store does not vouch for the batch, so nothing may be said about it.
            self.refuse(applying.ack, Code::E_CORE, env);
            return Ok(());
        }
        self.refusals = 0;
        self.mark = applying.ack.position;
        self.rows_applied += u64::from(applying.rows);
        for pull in &mut self.pulls {
            if pull.code == Code::S_OK {
                pull.code = code;
            }
        }
        env.emit(Output::Send { link: self.link, message: Message::Ack(Ack { code, ..applying.ack }) });
        if applying.rows > 0 {
            env.emit(Output::Received { link: self.link, rows: applying.rows });
        }
        Ok(())
    }

    /// Whose job this is.
    pub fn owns_apply(&self, job: JobId) -> bool {
        self.applying.as_ref().is_some_and(|a| a.job == job)
    }

    /// Whether the peer has to send something.
    pub fn waits(&self) -> bool {
        self.applying.is_none() && self.pulls.iter().any(|p| !p.ended)
    }

    /// The link is gone.
    pub fn end(&mut self, code: Code, env: &mut Env) {
        for pull in std::mem::take(&mut self.pulls) {
            for sync in pull.waiters {
                env.part_done(sync, false, code);
            }
        }
        for sync in self.next_pull.take().unwrap_or_default().waiters {
            env.part_done(sync, false, code);
        }
    }

    /// Bytes that wait to be applied; for tests of the bounds.
    pub fn held(&self) -> usize {
        self.queue_cost
    }

    fn apply(&mut self, batch: Batch, env: &mut Env) {
        let (ack, rows, cost) = (ack_for(&batch), batch.rows, cost(&batch));
        let job = env.job(self.link, Job::Apply { peer: self.peer, batch });
        self.applying = Some(Applying { job, ack, rows, cost });
    }

    /// Not now: the sender comes back. Whoever waits here for rows of the peer gets the code.
    fn refuse(&mut self, ack: Ack, code: Code, env: &mut Env) {
        self.refusals = self.refusals.saturating_add(1);
        let retry_after = env.pause(self.refusals);
        let refusal = Ack { position: self.mark, code, retry_after, ..ack };
        env.emit(Output::Send { link: self.link, message: Message::Ack(refusal) });
        self.refusing = true;
        self.expected = self.mark;
        self.queue.clear();
        self.queue_cost = 0;
        for pull in &mut self.pulls {
            for sync in std::mem::take(&mut pull.waiters) {
                env.part_done(sync, false, code);
            }
        }
        self.pulls.retain(|p| !p.ended);
    }

    fn ended(&mut self, end: PullEnd, env: &mut Env) {
        let Some(at) = self.pulls.iter().position(|p| p.seq == end.seq) else { return };
        let Some(pull) = self.pulls.remove(at) else { return };
        let moved = end.rows > 0 || self.rows_applied > pull.rows_before;
        let code = if pull.code == Code::S_OK { end.code } else { pull.code };
        for sync in pull.waiters {
            env.part_done(sync, moved, code);
        }
    }

    fn send_pull(&mut self, env: &mut Env) {
        if self.pulls.len() >= PULLS_MAX {
            return;
        }
        let Some(next) = self.next_pull.take() else { return };
        self.last_pull += 1;
        let pull = Pull { seq: self.last_pull, flags: next.flags };
        let rows_before = self.rows_applied;
        self.pulls.push_back(Pulling { seq: pull.seq, waiters: next.waiters, rows_before, code: Code::S_OK, ended: false });
        env.emit(Output::Send { link: self.link, message: Message::Pull(pull) });
    }
}

/// What is said when the batch is durable.
fn ack_for(batch: &Batch) -> Ack {
    Ack { seq: batch.seq, flags: batch.flags & SYNC_ALL, position: batch.up_to, code: Code::S_OK, retry_after: Millis(0) }
}
