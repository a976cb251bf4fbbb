//! Who wants rows to go to one peer: open pushes, and what is left of those that nobody waits for.

use super::config::PULLS_MAX;
use super::env::{Closing, Env, violation};
use super::push::{Origin, Push};
use super::{Output, Peer};
use crate::base::{Code, LinkId, Timestamp};
use crate::wire::{Ack, Message, PullEnd};

#[derive(Debug)]
pub(super) struct Pushes {
    link: LinkId,
    open: Vec<Push>,
    last_ticket: u64,
    /// Goal of pushes that nobody waits for any more.
    backlog: Timestamp,
    /// Flags of these.
    backlog_flags: u32,
    /// A `NONBLOCK` push is not finished: it outlives the link.
    keep: bool,
}

impl Pushes {
    pub fn new(link: LinkId) -> Self {
        Pushes { link, open: Vec::new(), last_ticket: 0, backlog: Timestamp(0), backlog_flags: 0, keep: false }
    }

    /// `unacknowledged`: rows that were sent before wait for their acknowledgment.
    pub fn add(&mut self, origin: Origin, flags: u32, unacknowledged: bool) {
        self.last_ticket += 1;
        self.keep |= origin.is_kept();
        self.open.push(Push::new(self.last_ticket, origin, flags, unacknowledged));
    }

    /// Whether the peer may ask once more.
    pub fn check_pulls(&self, peer: &Peer) -> Result<(), Closing> {
        if self.open.iter().filter(|p| matches!(p.origin, Origin::Pull { .. })).count() >= PULLS_MAX {
            return violation(format!("agent {} has more than {PULLS_MAX} unanswered pulls", peer.agent));
        }
        Ok(())
    }

    /// The youngest push has this one.
    pub fn last_ticket(&self) -> u64 {
        self.last_ticket
    }

    /// Whether anybody wants rows, if everything up to `scanned` has been sent.
    pub fn want_rows(&self, scanned: Timestamp) -> bool {
        scanned < self.backlog || self.open.iter().any(|p| p.waits_for().is_none())
    }

    /// Flags of all that want rows now.
    pub fn flags(&self) -> u32 {
        self.open.iter().filter(|p| p.waits_for().is_none()).fold(self.backlog_flags, |flags, p| flags | p.flags())
    }

    /// A snapshot for pushes up to `ticket` ends at `tail`.
    pub fn snapshot(&mut self, ticket: u64, tail: Timestamp) {
        self.open.iter_mut().for_each(|push| push.snapshot(ticket, tail));
    }

    /// Rows were read.
    pub fn add_rows(&mut self, rows: u32) {
        self.open.iter_mut().for_each(|push| push.add_rows(rows));
    }

    /// The receiver gave a code for a batch.
    pub fn note_code(&mut self, seq: u64, code: Code) {
        self.open.iter_mut().for_each(|push| push.note_code(seq, code));
    }

    /// Rows that are wanted have to wait, for this reason.
    pub fn note_held(&mut self, code: Code) {
        self.open.iter_mut().for_each(|push| push.note_held(code));
    }

    /// Ends those that have what they want: everything up to `scanned` was sent, the last of it with batch `last`; up to batch `saved`
    /// everything is acknowledged.
    pub fn finish(&mut self, scanned: Timestamp, last: u64, saved: u64, env: &mut Env) {
        for mut push in std::mem::take(&mut self.open) {
            let Some(goal) = push.goal() else {
                self.open.push(push);
                continue;
            };
            if scanned >= goal {
                push.all_sent(last);
            }
            match push.origin {
                Origin::Sync { sync, waits: true, .. } => match push.waits_for() {
                    Some(seq) if seq <= saved => env.part_done(sync, push.moved(), push.code()),
                    _ => self.open.push(push),
                },
                Origin::Sync { sync, .. } => {
                    self.leave(goal, push.flags());
                    env.part_done(sync, push.rows() > 0, push.held());
                }
                Origin::Nobody => self.leave(goal, push.flags()),
                Origin::Pull { seq } => match push.waits_for() {
                    Some(_) => self.end_pull(seq, push.rows(), push.held(), env),
                    None => self.open.push(push),
                },
            }
        }
    }

    /// The receiver was full at a batch; everything up to `high` was on its way.
    pub fn refused(&mut self, ack: &Ack, high: Timestamp, env: &mut Env) {
        self.backlog = self.backlog.max(high);
        for mut push in std::mem::take(&mut self.open) {
            if push.waits_for().is_some_and(|seq| seq < ack.seq) {
                // All of it was acknowledged before; only the mark has to be saved.
                self.open.push(push);
            } else if let Origin::Sync { sync, .. } = push.origin {
                self.leave(push.goal().unwrap_or(Timestamp(0)), push.flags());
                env.part_done(sync, false, ack.code);
            } else {
                push.resume();
                self.open.push(push);
            }
        }
    }

    /// The store cannot be read: whoever waits is told. What was promised stays.
    pub fn read_failed(&mut self, code: Code, env: &mut Env) {
        for mut push in std::mem::take(&mut self.open) {
            match push.origin {
                _ if push.waits_for().is_some() => {}
                Origin::Sync { sync, kept: false, .. } => {
                    env.part_done(sync, false, code);
                    continue;
                }
                Origin::Pull { seq } => {
                    self.end_pull(seq, push.rows(), code, env);
                    // Perhaps nobody waits for the answer on the other side, and its user was told that rows will come.
                    push.origin = Origin::Nobody;
                }
                Origin::Sync { .. } | Origin::Nobody => {}
            }
            self.open.push(push);
        }
        self.merge();
    }

    /// Syncs that must not wait for room end now; their rows follow when there is room.
    pub fn release_nonblocking(&mut self, env: &mut Env) {
        for push in &mut self.open {
            if let Origin::Sync { sync, kept: true, .. } = push.origin
                && push.goal().is_none()
            {
                push.origin = Origin::Nobody;
                env.part_done(sync, true, Code::S_OK);
            }
        }
        self.merge();
    }

    /// Everything that anybody wanted was sent and has arrived.
    pub fn forget(&mut self) {
        self.keep = false;
        self.backlog_flags = 0;
    }

    /// Nobody wants anything, waits, or is owed an answer, if everything up to `scanned` has been sent.
    pub fn are_done(&self, scanned: Timestamp) -> bool {
        self.open.is_empty() && scanned >= self.backlog
    }

    /// The link is gone. Says whether a push has to go on with the next link.
    pub fn end(&mut self, code: Code, env: &mut Env) -> bool {
        for push in std::mem::take(&mut self.open) {
            if let Origin::Sync { sync, .. } = push.origin {
                env.part_done(sync, false, code);
            }
        }
        self.keep
    }

    /// The rows up to a goal go on although nobody waits for them any more.
    fn leave(&mut self, goal: Timestamp, flags: u32) {
        self.backlog = self.backlog.max(goal);
        self.backlog_flags |= flags;
    }

    /// The youngest push that nobody waits for stands for all older ones, so that they cannot become many.
    fn merge(&mut self) {
        let youngest = self.open.iter().rev().find(|p| p.origin == Origin::Nobody).map(Push::ticket);
        for push in std::mem::take(&mut self.open) {
            if push.origin == Origin::Nobody && Some(push.ticket()) != youngest {
                self.backlog_flags |= push.flags();
            } else {
                self.open.push(push);
            }
        }
    }

    fn end_pull(&self, seq: u64, rows: u64, code: Code, env: &mut Env) {
        env.emit(Output::Send { link: self.link, message: Message::PullEnd(PullEnd { seq, rows, code }) });
    }
}
