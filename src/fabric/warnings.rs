//! Warnings that others can cause.

use crate::base::Millis;

/// Time between two such warnings.
pub const WARNING_PAUSE: Millis = Millis(1000);

/// Lets one warning through in a while and counts the others, so that nobody can fill a log from outside.
#[derive(Default)]
pub(super) struct Warnings {
    next: Millis,
    left_out: u64,
}

impl Warnings {
    /// Writes a warning, or counts it.
    pub(super) fn warn(&mut self, now: Millis, text: &str) {
        match self.admit(now) {
            None => log::debug!("{text}"),
            Some(0) => log::warn!("{text}"),
            Some(n) => log::warn!("{text} ({n} warnings of this kind before it were left out)"),
        }
    }

    /// Whether a warning may be written; if so, how many were left out since the last one.
    fn admit(&mut self, now: Millis) -> Option<u64> {
        if now < self.next {
            self.left_out += 1;
            return None;
        }
        self.next = now.after(WARNING_PAUSE);
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_second_and_a_count_of_the_others() {
        let mut warnings = Warnings::default();
        let written: Vec<(u64, u64)> = (1..=10_000).filter_map(|ms| Some((ms, warnings.admit(Millis(ms))?))).collect();
        assert_eq!(written.first(), Some(&(1, 0)));
        assert_eq!(written.len(), 10);
        assert!(written.windows(2).all(|pair| pair[1] == (pair[0].0 + WARNING_PAUSE.0, WARNING_PAUSE.0 - 1)), "{written:?}");
        assert_eq!(warnings.admit(Millis(60_000)), Some(999));
        assert_eq!(warnings.admit(Millis(61_000)), Some(0));
    }
}
