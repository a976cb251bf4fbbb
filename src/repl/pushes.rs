//! Who wants rows of one stream to go: open pushes, and what is left of those that nobody waits for.

use super::env::Env;
use super::push::{Origin, Progress, Push, Until};
use super::task::Outcome;
use crate::base::{Code, Group, SetAside, Timestamp};
use crate::wire::Ack;

#[derive(Debug)]
pub(super) struct Pushes {
    group: Group,
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
    pub fn new(group: Group) -> Self {
        Pushes { group, open: Vec::new(), last_ticket: 0, backlog: Timestamp(0), backlog_flags: 0, keep: false }
    }

    /// `unacknowledged`: rows that were sent before wait for their acknowledgment.
    pub fn add(&mut self, origin: Origin, flags: u32, unacknowledged: bool) {
        self.last_ticket += 1;
        self.keep |= origin.is_kept();
        self.open.push(Push::new(self.last_ticket, origin, flags, unacknowledged));
        if origin == Origin::Nobody {
            self.merge();
        }
    }

    /// The youngest push has this one.
    pub fn last_ticket(&self) -> u64 {
        self.last_ticket
    }

    /// Whether anybody wants rows, if everything up to `scanned` has been sent.
    pub fn want_rows(&self, scanned: Timestamp) -> bool {
        scanned < self.backlog || self.open.iter().any(|p| !p.is_sent())
    }

    /// Whether somebody waits only for the final node.
    pub fn wait_deep(&self) -> bool {
        self.open.iter().any(|p| p.is_sent() && matches!(p.origin, Origin::Task { until: Until::Deep, .. }))
    }

    /// Flags of all that want rows now.
    pub fn flags(&self) -> u32 {
        self.open.iter().filter(|p| !p.is_sent()).fold(self.backlog_flags, |flags, p| flags | p.flags())
    }

    /// A snapshot for pushes up to `ticket` ends at `tail`.
    pub fn snapshot(&mut self, ticket: u64, tail: Timestamp) {
        self.open.iter_mut().for_each(|push| push.snapshot(ticket, tail));
    }

    /// Nothing is left, and the stream ends here: whoever wants rows up to a later point, in what was held before for another history, has
    /// got what there is.
    pub fn end_at(&mut self, tail: Timestamp) {
        self.backlog = self.backlog.min(tail);
        self.open.iter_mut().for_each(|push| push.end_at(tail));
    }

    /// Rows were read.
    pub fn add_rows(&mut self, rows: u32) {
        self.open.iter_mut().for_each(|push| push.add_rows(rows));
    }

    /// The receiver gave a code for a batch.
    pub fn note_code(&mut self, seq: u64, code: Code) {
        self.open.iter_mut().for_each(|push| push.note_code(seq, code));
    }

    /// The final node, which is not the next one, could not apply rows.
    pub fn note_aside(&mut self, aside: &SetAside) {
        self.open.iter_mut().for_each(|push| push.note_aside(aside));
    }

    /// Rows that are wanted have to wait, for this reason.
    pub fn note_held(&mut self, code: Code) {
        self.open.iter_mut().for_each(|push| push.note_held(code));
    }

    /// Ends those that have what they want.
    pub fn finish(&mut self, progress: &Progress, env: &mut Env) {
        for mut push in std::mem::take(&mut self.open) {
            let Some(outcome) = push.outcome(self.group, progress) else {
                self.open.push(push);
                continue;
            };
            if !push.is_sent() {
                self.leave(&push);
            }
            if let Origin::Task { task, .. } = push.origin {
                env.part_done(task, outcome);
            }
        }
    }

    /// The receiver was full at a batch; everything up to `high` was on its way.
    pub fn refused(&mut self, ack: &Ack, high: Timestamp, env: &mut Env) {
        self.backlog = self.backlog.max(high);
        for mut push in std::mem::take(&mut self.open) {
            match push.origin {
                // All of it was acknowledged before; only that has to be saved, or to come from the final node.
                _ if push.lies_before(ack.seq) => self.open.push(push),
                Origin::Task { task, .. } if !push.origin.is_pull() => {
                    self.leave(&push);
                    env.part_done(task, Outcome::failed(ack.code));
                }
                _ => {
                    push.resume();
                    self.open.push(push);
                }
            }
        }
    }

    /// Everything before `start` goes again, or for the first time.
    pub fn rewound(&mut self, high: Timestamp) {
        self.backlog = self.backlog.max(high);
        self.open.iter_mut().for_each(Push::resume);
    }

    /// The store cannot be read: whoever waits is told. What was promised stays.
    pub fn read_failed(&mut self, code: Code, env: &mut Env) {
        for mut push in std::mem::take(&mut self.open) {
            match push.origin {
                _ if push.is_sent() => {}
                Origin::Task { task, kept: false, .. } => {
                    env.part_done(task, Outcome::failed(code));
                    if !push.origin.is_pull() {
                        continue;
                    }
                    // Perhaps nobody waits for the answer on the other side, and its user was told that rows will come.
                    push.origin = Origin::Nobody;
                }
                Origin::Task { .. } | Origin::Nobody => {}
            }
            self.open.push(push);
        }
        self.merge();
    }

    /// Syncs that must not wait for room end now; their rows follow when there is room.
    pub fn release_nonblocking(&mut self, env: &mut Env) {
        for push in &mut self.open {
            if let Origin::Task { task, kept: true, .. } = push.origin
                && push.goal().is_none()
            {
                push.origin = Origin::Nobody;
                env.part_done(task, Outcome { moved: true, ..Outcome::nothing() });
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
        scanned >= self.backlog && self.open.iter().all(Push::is_sent)
    }

    /// The stream ends. Says whether a push has to go on when there is another way to the agent.
    pub fn end(&mut self, code: Code, env: &mut Env) -> bool {
        for push in std::mem::take(&mut self.open) {
            if let Origin::Task { task, .. } = push.origin {
                env.part_done(task, Outcome::failed(code));
            }
        }
        self.keep
    }

    /// The rows up to its goal go on although nobody waits for them any more.
    fn leave(&mut self, push: &Push) {
        self.backlog = self.backlog.max(push.goal().unwrap_or_default());
        self.backlog_flags |= push.flags();
    }

    /// The youngest push that nobody waits for stands for all older ones, so that they cannot become many.
    fn merge(&mut self) {
        let youngest = self.open.iter().rev().find(|p| p.origin == Origin::Nobody).map(Push::ticket);
        for push in std::mem::take(&mut self.open) {
            if push.origin == Origin::Nobody && Some(push.ticket()) != youngest {
                self.leave(&push);
            } else {
                self.open.push(push);
            }
        }
    }
}
