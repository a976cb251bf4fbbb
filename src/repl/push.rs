//! One request to send what there is: from a user's sync, from a pull of the peer, or left over from one of these.

use super::SyncId;
use super::flags::SYNC_NONBLOCK;
use super::flags::SYNC_WAIT;
use crate::base::{Code, Timestamp};

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A user's sync.
    Sync {
        sync: SyncId,
        /// Until everything is acknowledged.
        waits: bool,
        /// Never for room; and the request outlives the link.
        kept: bool,
    },
    /// The peer.
    Pull { seq: u64 },
    /// Whoever asked is content already.
    Nobody,
}

impl Origin {
    pub fn sync(sync: SyncId, flags: u32) -> Self {
        Origin::Sync { sync, waits: flags & SYNC_WAIT != 0, kept: flags & SYNC_NONBLOCK != 0 }
    }

    pub fn is_kept(self) -> bool {
        matches!(self, Origin::Sync { kept: true, .. } | Origin::Nobody)
    }
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
    /// Everything has been sent; complete when this batch is acknowledged.
    waits_for: Option<u64>,
    /// First code that a receiver gave for a row.
    code: Code,
    /// Why the last of the rows wait.
    held: Code,
}

impl Push {
    pub fn new(ticket: u64, origin: Origin, flags: u32, unacknowledged: bool) -> Self {
        Push { origin, ticket, flags, goal: None, rows: 0, unacknowledged, waits_for: None, code: Code::S_OK, held: Code::S_OK }
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

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What a sync that waited gets.
    pub fn code(&self) -> Code {
        if self.code == Code::S_OK { self.held } else { self.code }
    }

    pub fn held(&self) -> Code {
        self.held
    }

    pub fn waits_for(&self) -> Option<u64> {
        self.waits_for
    }

    /// Whether a sync that waited for it has moved anything.
    pub fn moved(&self) -> bool {
        self.rows > 0 || self.unacknowledged
    }

    /// A snapshot for pushes up to `ticket` ends at `tail`.
    pub fn snapshot(&mut self, ticket: u64, tail: Timestamp) {
        if self.ticket <= ticket && self.goal.is_none() {
            self.goal = Some(tail);
        }
    }

    /// Rows were read while this push was not complete.
    pub fn add_rows(&mut self, rows: u32) {
        if self.waits_for.is_none() {
            self.rows += u64::from(rows);
        }
    }

    /// Everything up to the goal has been sent; `seq` is the last batch that is not saved as acknowledged.
    pub fn all_sent(&mut self, seq: u64) {
        self.waits_for.get_or_insert(seq);
    }

    /// The receiver gave a code for a batch.
    pub fn note_code(&mut self, seq: u64, code: Code) {
        if self.code == Code::S_OK && self.waits_for.is_none_or(|last| seq <= last) {
            self.code = code;
        }
    }

    /// Rows that it wants have to wait, for this reason.
    pub fn note_held(&mut self, code: Code) {
        if self.waits_for.is_none() {
            self.held = code;
        }
    }

    /// What was sent for it goes again.
    pub fn resume(&mut self) {
        self.waits_for = None;
    }
}
