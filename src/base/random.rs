//! Random numbers from a seed. Whoever needs chance gets one of these as an argument.

use super::{DbId, EpochId};

/// A seeded generator: the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    /// A generator whose numbers follow from `seed` alone.
    pub fn seeded(seed: u64) -> Self {
        Random(fastrand::Rng::with_seed(seed))
    }

    /// A generator seeded by the operating system.
    pub fn from_system() -> Self {
        // Without entropy ids could repeat between devices, which must never happen silently.
        Random::seeded(getrandom::u64().expect("the operating system gives random numbers"))
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.u64(..end)
    }

    /// A new id for a database, never 0.
    pub fn db_id(&mut self) -> DbId {
        DbId(self.0.u64(1..))
    }

    /// A new id for an epoch, never 0.
    pub fn epoch_id(&mut self) -> EpochId {
        EpochId(self.0.u64(1..))
    }
}
