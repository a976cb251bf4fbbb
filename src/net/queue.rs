//! Bytes that wait to be written to one stream.

use std::collections::VecDeque;

/// Bytes that may wait in one stream's write queue.
pub const WRITE_QUEUE_MAX: usize = 64 << 20;

/// Small pieces are put together up to this size.
const CHUNK: usize = 64 << 10;

/// In the order in which they were pushed.
#[derive(Default)]
pub(super) struct WriteQueue {
    pieces: VecDeque<Vec<u8>>,
    /// Bytes of the first piece that are taken.
    taken: usize,
    waiting: usize,
}

impl WriteQueue {
    /// Bytes not yet handed to the system.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Appends; false when it is full.
    pub(super) fn push(&mut self, bytes: Vec<u8>) -> bool {
        if bytes.is_empty() {
            return true;
        }
        if self.waiting.saturating_add(bytes.len()) > WRITE_QUEUE_MAX {
            return false;
        }
        self.waiting += bytes.len();
        match self.pieces.back_mut() {
            Some(last) if last.len() + bytes.len() <= CHUNK => last.extend_from_slice(&bytes),
            _ => self.pieces.push_back(bytes),
        }
        true
    }

    /// What comes next; `None` when all is taken.
    pub(super) fn front(&mut self) -> Option<&[u8]> {
        while self.pieces.front().is_some_and(|piece| piece.len() <= self.taken) {
            self.pieces.pop_front();
            self.taken = 0;
        }
        self.pieces.front().and_then(|piece| piece.get(self.taken..))
    }

    /// So many bytes of the front are on their way.
    pub(super) fn take(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// So many bytes that were taken are with the system.
    pub(super) fn done(&mut self, bytes: usize) {
        self.waiting -= bytes;
    }
}
