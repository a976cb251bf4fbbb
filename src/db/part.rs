//! How a large transaction is spread over several timestamps, so that each fits into a batch.

/// Most bytes of rows under one timestamp, a larger single row excepted.
pub(in crate::db) const PART_BYTES: usize = 192 * 1024;
/// Most rows under one timestamp.
pub(in crate::db) const PART_ROWS: usize = 4096;
/// Most changes from one epoch of origin to another under one timestamp: each may have to be declared in a batch.
const PART_EPOCHS: usize = 512;
/// What a row takes besides its values.
const ROW_BYTES: usize = 16;

/// The timestamp that is being filled.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::db) struct Part {
    full: u64,
    rows: usize,
    bytes: usize,
    epochs: usize,
    epoch: u64,
}

impl Part {
    /// Timestamps that are full.
    pub(in crate::db) fn full(&self) -> u64 {
        self.full
    }

    /// As it is with one more row made in `epoch`, with values of so many bytes.
    pub(in crate::db) fn with(mut self, epoch: u64, bytes: usize) -> Part {
        self.count(epoch, bytes);
        self
    }

    /// Counts a row made in `epoch`, with values of so many bytes.
    pub(in crate::db) fn count(&mut self, epoch: u64, bytes: usize) {
        self.rows += 1;
        self.bytes += bytes + ROW_BYTES;
        self.epochs += usize::from(epoch != self.epoch);
        self.epoch = epoch;
        if self.rows >= PART_ROWS || self.bytes >= PART_BYTES || self.epochs >= PART_EPOCHS {
            *self = Part { full: self.full + 1, ..Part::default() };
        }
    }
}
