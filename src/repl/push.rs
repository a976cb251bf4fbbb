//! One request to send what there is: part of a user's sync, of a pull of another node, or left over from one of these.

use super::flags::{SYNC_DEEP_ACK, SYNC_NONBLOCK, SYNC_WAIT};
use super::task::{Outcome, TaskId};
use crate::base::{Code, Group, Position, SetAside, Timestamp};

/// How far it has to come for who asked to be content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// It is known whether there is something to send.
    Known,
    /// Everything was sent.
    Sent,
    /// Everything is acknowledged by the next node, and that is saved.
    Saved,
    /// Everything is acknowledged by the final node, and that is saved.
    Deep,
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Part of a task.
    Task {
        task: TaskId,
        until: Until,
        /// Never waits for room; and the request outlives the link.
        kept: bool,
    },
    /// Whoever asked is content already.
    Nobody,
}

impl Origin {
    /// A user's sync.
    pub fn sync(task: TaskId, flags: u32) -> Self {
        let until = match (flags & SYNC_WAIT != 0, flags & SYNC_DEEP_ACK != 0) {
            (false, _) => Until::Known,
            (true, false) => Until::Saved,
            (true, true) => Until::Deep,
        };
        Origin::Task { task, until, kept: flags & SYNC_NONBLOCK != 0 }
    }

    /// A pull of another node.
    pub fn pull(task: TaskId) -> Self {
        Origin::Task { task, until: Until::Sent, kept: false }
    }

    pub fn is_kept(self) -> bool {
        matches!(self, Origin::Task { kept: true, .. } | Origin::Nobody)
    }

    pub fn is_pull(self) -> bool {
        matches!(self, Origin::Task { until: Until::Sent, .. })
    }
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Nothing is left to send up to here.
    pub scanned: Timestamp,
    /// The last batch that is sent and not saved as acknowledged; 0 if there is none.
    pub last_seq: u64,
    /// Where the last batch that was sent ends.
    pub high: Position,
    /// Up to this batch acknowledgments are saved.
    pub saved_seq: u64,
    /// Up to here the final node has everything.
    pub deep: Position,
}

#[derive(Debug)]
pub(super) struct Push {
    pub origin: Origin,
    ticket: u64,
    flags: u32,
    /// End of the stream in the first snapshot taken after the call.
    goal: Option<Timestamp>,
    /// Rows sent for it.
    rows: u64,
    /// Rows sent before it were still unacknowledged, so that waiting for it is not waiting for nothing.
    unacknowledged: bool,
    /// Everything has been sent: the last batch, and where it ends.
    sent: Option<(u64, Position)>,
    /// First code that a receiver gave for a row.
    code: Code,
    /// Why the last of the rows wait.
    held: Code,
}

impl Push {
    pub fn new(ticket: u64, origin: Origin, flags: u32, unacknowledged: bool) -> Self {
        Push { origin, ticket, flags, goal: None, rows: 0, unacknowledged, sent: None, code: Code::S_OK, held: Code::S_OK }
    }

    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    pub fn flags(&self) -> u32 {
        self.flags
    }

    pub fn goal(&self) -> Option<Timestamp> {
        self.goal
    }

    /// Whether everything up to the goal has been sent.
    pub fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// Whether all of it was acknowledged before that batch.
    pub fn lies_before(&self, seq: u64) -> bool {
        self.sent.is_some_and(|(last, _)| last < seq)
    }

    /// A snapshot for pushes up to `ticket` ends at `tail`.
    pub fn snapshot(&mut self, ticket: u64, tail: Timestamp) {
        if self.ticket <= ticket && self.goal.is_none() {
            self.goal = Some(tail);
        }
    }

    /// The stream ends here.
    pub fn end_at(&mut self, tail: Timestamp) {
        self.goal = self.goal.map(|goal| goal.min(tail));
    }

    /// Rows were read while this push was not complete.
    pub fn add_rows(&mut self, rows: u32) {
        if self.sent.is_none() {
            self.rows += u64::from(rows);
        }
    }

    /// The receiver gave a code for a batch.
    pub fn note_code(&mut self, seq: u64, code: Code) {
        if self.code == Code::S_OK && self.sent.is_none_or(|(last, _)| seq <= last) {
            self.code = code;
        }
    }

    /// The final node could not apply rows that nobody knew it had. Who waits only for the next node has nothing to do with it.
    pub fn note_aside(&mut self, aside: &SetAside) {
        if self.until() == Until::Deep && self.code == Code::S_OK && self.goal.is_none_or(|goal| aside.first <= goal) {
            self.code = aside.code;
        }
    }

    /// Rows that it wants have to wait, for this reason.
    pub fn note_held(&mut self, code: Code) {
        if self.sent.is_none() {
            self.held = code;
        }
    }

    /// What was sent for it goes again.
    pub fn resume(&mut self) {
        self.sent = None;
    }

    /// What has become of it, once that is enough for who asked.
    pub fn outcome(&mut self, group: Group, progress: &Progress) -> Option<Outcome> {
        let goal = self.goal?;
        if progress.scanned >= goal && self.sent.is_none() {
            self.sent = Some((progress.last_seq, progress.high));
            self.unacknowledged |= self.until() == Until::Deep && progress.deep.ts < progress.high.ts;
        }
        let held = Outcome { moved: self.rows > 0, rows: self.rows, code: self.held, end: None };
        let full = Outcome { moved: self.rows > 0 || self.unacknowledged, code: self.code_or_held(), ..held };
        let sent = self.sent;
        match self.until() {
            Until::Known => Some(held),
            Until::Sent => sent.map(|(_, end)| Outcome { end: Some((group, end)), ..held }),
            Until::Saved => sent.filter(|(seq, _)| *seq <= progress.saved_seq).map(|_| full),
            Until::Deep => sent.filter(|(seq, end)| *seq <= progress.saved_seq && end.ts <= progress.deep.ts).map(|_| full),
        }
    }

    fn until(&self) -> Until {
        match self.origin {
            Origin::Task { until, .. } => until,
            Origin::Nobody => Until::Known,
        }
    }

    fn code_or_held(&self) -> Code {
        if self.code == Code::S_OK { self.held } else { self.code }
    }
}
