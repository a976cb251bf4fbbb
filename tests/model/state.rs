//! What there is in the world: for each of the two origins its device, its link, what the router and the server hold of it.
//!
//! A copy of a row, wherever it lies, is the number of the write that made it: the history of an origin says what that is. So a set of rows
//! is a small bit mask, as is a set of timestamps or of epochs, and a state takes some hundred bytes.

use std::hash::{Hash, Hasher};

/// Writes that the history of one origin can hold.
pub const WRITES: usize = 12;
/// Epochs that the history of one origin can hold.
pub const EPOCHS: usize = 8;
/// The highest timestamp.
pub const CLOCK: u8 = 8;

/// A set of writes of one origin.
pub type Writes = u16;
/// A set of epochs of one origin.
pub type Epochs = u8;
/// A set of timestamps of one origin; bit 0 stands for 1.
pub type Times = u8;

/// The members of a set, ascending.
pub fn each(mask: impl Into<u32>) -> impl Iterator<Item = usize> {
    let mut left: u32 = mask.into();
    std::iter::from_fn(move || {
        let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(bit)
    })
}

/// The bit of a timestamp.
pub fn at(ts: u8) -> Times {
    1 << (ts - 1)
}

/// The timestamps behind `after`, up to `to`.
pub fn span(after: u8, to: u8) -> Times {
    (after + 1..=to).fold(0, |mask, ts| mask | at(ts))
}

/// The last timestamp of a set, 0 if it is empty.
pub fn last(times: Times) -> u8 {
    (8 - times.leading_zeros()) as u8
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Write {
    pub ts: u8,
    pub epoch: u8,
    /// What the protocol takes for its identity.
    pub key: u8,
    /// What it really is: the write that inserted the row.
    pub row: u8,
    /// The write that made this content; one that a fork logged again carries the content of another.
    pub value: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Epoch {
    pub first: u8,
    pub before: Option<u8>,
    pub generation: u8,
    /// Epochs that were known as foreign when it began.
    pub beats: Epochs,
}

/// All that an origin ever did, in all its timelines.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct History {
    pub writes: [Write; WRITES],
    pub written: u8,
    pub epochs: [Epoch; EPOCHS],
    pub begun: u8,
}

impl History {
    /// What is compared to find the newer one. Epochs are random numbers: here the older one wins a tie, the worse of the two cases.
    pub fn version(&self, write: usize) -> (u8, u8, u8) {
        let w = self.writes[write];
        (self.epochs[w.epoch as usize].generation, w.ts, u8::MAX - w.epoch)
    }

    pub fn key(&self, write: usize) -> u8 {
        self.writes[write].key
    }

    pub fn row(&self, write: usize) -> u8 {
        self.writes[write].row
    }

    /// The member of a set with this identity.
    pub fn find(&self, set: Writes, key: u8) -> Option<usize> {
        each(set).find(|w| self.key(*w) == key)
    }

    /// Whether a set holds this state of a row or a newer one.
    pub fn covered(&self, write: usize, by: Writes) -> bool {
        each(by).any(|w| self.row(w) == self.row(write) && self.version(w) >= self.version(write))
    }

    /// Whether a set holds any state of the row.
    pub fn touched(&self, write: usize, by: Writes) -> bool {
        each(by).any(|w| self.row(w) == self.row(write))
    }

    /// Those of a set with timestamps behind `after`, up to `to`.
    pub fn between(&self, set: Writes, after: u8, to: u8) -> Writes {
        each(set).filter(|w| (after + 1..=to).contains(&self.writes[*w].ts)).fold(0, |mask, w| mask | 1 << w)
    }

    /// Whether a write lies on the timeline that ends with another, or is that one.
    pub fn before(&self, write: usize, end: usize) -> bool {
        let (mut ts, mut epoch) = (self.writes[end].ts, self.writes[end].epoch);
        loop {
            if epoch == self.writes[write].epoch {
                return self.writes[write].ts <= ts;
            }
            let Some(before) = self.epochs[epoch as usize].before else { return false };
            (ts, epoch) = (self.epochs[epoch as usize].first - 1, before);
        }
    }

    /// The epoch of a chain in which a timestamp lies.
    pub fn epoch_of(&self, chain: Epochs, ts: u8) -> Option<usize> {
        each(chain).take_while(|e| self.epochs[*e].first <= ts).last()
    }
}

/// What a device has on its disk.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Device {
    pub clock: u8,
    pub chain: Epochs,
    /// Opened, and nothing committed since: the next commit begins an epoch.
    pub opened: bool,
    /// The keys of the change log.
    pub logged: Writes,
    pub rows: Writes,
    /// The parents have custody up to here.
    pub custody: u8,
    /// The server has confirmed up to here.
    pub confirmed: u8,
    /// The end of the last push with DEEP_ACK.
    pub deep_until: u8,
    /// The router database that acknowledged, and up to where.
    pub held: Option<(u8, u8)>,
    /// Custody went back, and no parent has agreed to that start yet.
    pub void: bool,
    /// Forks that it knows of: foreign epochs, and own ones that went on without it.
    pub known: Epochs,
    pub tails: Epochs,
    pub generation: u8,
    /// Rows that are lost, as far as it knows.
    pub gap: Writes,
}

impl Device {
    /// Where an epoch of the chain ends.
    pub fn end(&self, history: &History, epoch: usize) -> u8 {
        each(self.chain).find(|e| *e > epoch).map_or(self.clock, |e| history.epochs[e].first - 1)
    }

    /// Whether a position lies in this database's past.
    pub fn mine(&self, history: &History, mark: Mark) -> bool {
        self.chain & 1 << mark.epoch != 0 && mark.ts <= self.end(history, mark.epoch as usize)
    }
}

/// Some of an origin's stream, as it left the device. An empty range is no parcel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Parcel {
    pub range: Times,
    /// What the server may take for received: the range without timestamps of which a row is held no more.
    pub claims: Times,
    /// The epochs of the range.
    pub chain: Epochs,
    pub rows: Writes,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Parent {
    #[default]
    None,
    Router,
    Server,
}

/// The connection of a device, with a message in each direction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Link {
    pub to: Parent,
    pub sent: u8,
    pub parcel: Parcel,
    /// 0 if there is none.
    pub ack: u8,
    /// What the server has said to the device and the router has not passed on yet.
    pub word: Option<Word>,
    /// Received and not committed. Only a receiver that acknowledges too early has one.
    pub unsaved: Parcel,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mark {
    pub epoch: u8,
    pub ts: u8,
}

/// Parcels that a router keeps of one origin, and how far it has received.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Custody {
    pub queue: [Parcel; 3],
    pub mark: Option<Mark>,
}

/// What the server says of an origin, by epoch: received ranges, and the highest timestamp seen in a range or a version.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Word {
    pub got: [Times; EPOCHS],
    pub seen: [u8; EPOCHS],
}

/// What the server has of an origin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Received {
    pub rows: Writes,
    /// All that ever came.
    pub saw: Writes,
    pub got: [Times; EPOCHS],
    pub deleted: Writes,
    pub graves: Writes,
}

/// A backup.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Saved {
    #[default]
    None,
    Device(Device),
    Router(Custody),
    Server(Received),
}

/// An origin and all that is of it, wherever it lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Origin {
    pub history: History,
    pub device: Device,
    pub link: Link,
    pub custody: Custody,
    /// The server has received the head of the queue, and its acknowledgment is on its way down.
    pub flown: bool,
    /// What the server received and has not committed. Only one that acknowledges too early has it.
    pub unsaved: Parcel,
    pub received: Received,
    pub saved: Saved,
    /// Acknowledged before the device removed them, or before it was restored. This and the next two are for the checks.
    pub gone: Writes,
    /// Removed by the application.
    pub dropped: Writes,
    /// What a router or a server held when it was replaced.
    pub destroyed: Writes,
}

/// What may still happen in this run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    pub inserts: u8,
    pub updates: u8,
    pub deletes: u8,
    pub server_deletes: u8,
    pub deep_pushes: u8,
    pub crashes: u8,
    pub restores: u8,
    /// Times that a device attaches to the server itself instead of the router.
    pub moves: u8,
    /// Time-outs of custody while something moves; when all is quiet they come by themselves.
    pub timeouts: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub origin: [Origin; 2],
    /// The router's database; another number after it was made anew.
    pub router: u8,
    pub budget: Budget,
}

impl State {
    /// Equal, or equal with more that may still happen.
    pub fn is_as_good_as(&self, other: &State) -> bool {
        let all = |b: &Budget| {
            [b.inserts, b.updates, b.deletes, b.server_deletes, b.deep_pushes, b.crashes, b.restores, b.moves, b.timeouts]
        };
        let more = all(&self.budget).iter().zip(all(&other.budget)).all(|(mine, its)| *mine >= its);
        more && *self == State { budget: self.budget, ..*other }
    }

    /// The same number for two states that differ in the names of the devices only.
    pub fn fingerprint(&self) -> u64 {
        let [a, b] = [digest(&self.origin[0]), digest(&self.origin[1])];
        digest(&(a.min(b), a.max(b), self.router, self.budget))
    }
}

fn digest(value: &impl Hash) -> u64 {
    let mut mixer = Mixer { sum: 0x243f_6a88_85a3_08d3, word: 0, bytes: 0 };
    value.hash(&mut mixer);
    mixer.finish()
}

/// Eight bytes at a time, mixed by multiplications and shifts.
struct Mixer {
    sum: u64,
    word: u64,
    bytes: u32,
}

impl Mixer {
    /// Each step is one to one for the same word, so nothing is lost on the way: states collide as chance has it.
    fn mix(&mut self, word: u64) {
        let mut sum = (self.sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^= sum >> 32;
        sum = sum.wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.sum = sum ^ sum >> 29;
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.word = self.word << 8 | u64::from(byte);
        self.bytes += 1;
        if self.bytes == 8 {
            let word = std::mem::take(&mut self.word);
            self.bytes = 0;
            self.mix(word);
        }
    }

    fn write_u16(&mut self, value: u16) {
        value.to_le_bytes().into_iter().for_each(|b| self.write_u8(b));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    /// Lengths and the discriminants of enums.
    fn write_isize(&mut self, value: isize) {
        self.write_u8(value as u8);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u8(value as u8);
    }

    fn finish(&self) -> u64 {
        let mut end = Mixer { ..*self };
        end.mix(self.word);
        end.mix(u64::from(self.bytes) + 1);
        end.sum
    }
}
