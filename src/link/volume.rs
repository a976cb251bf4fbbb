//! How much compression has made of the bytes of one direction.

/// Bytes of whole frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// As they are on the wire.
    pub wire: u64,
    /// As they would be without compression.
    pub raw: u64,
}

impl Volume {
    /// Wire size in percent of the raw size, rounded up; 100 as long as nothing was compressed.
    pub fn percent(self) -> u16 {
        let percent = self.wire.saturating_mul(100).div_ceil(self.raw.max(1));
        if self.raw == 0 { 100 } else { u16::try_from(percent).unwrap_or(u16::MAX) }
    }

    pub(super) fn add(&mut self, wire: usize, raw: usize) {
        self.wire = self.wire.saturating_add(wire as u64);
        self.raw = self.raw.saturating_add(raw as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_never_0_and_100_says_that_nothing_is_saved() {
        let percents = [(0, 0), (7, 7), (69, 100), (999, 1000), (1, 1 << 40)].map(|(wire, raw)| Volume { wire, raw }.percent());
        assert_eq!(percents, [100, 100, 69, 100, 1]);
    }
}
