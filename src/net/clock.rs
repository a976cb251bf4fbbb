//! The two clocks. Nobody else in the library reads one.

use crate::base::Millis;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

static START: OnceLock<Instant> = OnceLock::new();

/// Milliseconds on a clock that never goes back; never 0.
pub fn now() -> Millis {
    let passed = START.get_or_init(Instant::now).elapsed().as_millis();
    Millis(u64::try_from(passed).unwrap_or(u64::MAX - 1).saturating_add(1))
}

/// Microseconds since 1970 as the system says; for display only, it may jump.
pub fn wall_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970 as the system says; it may jump.
pub fn wall_millis() -> u64 {
    wall_micros() / 1000
}

/// `limit` as a duration for waiting; `None` for no limit.
pub fn duration(limit: Millis) -> Option<Duration> {
    (limit != Millis::INFINITE).then(|| Duration::from_millis(limit.0))
}

/// How long it is from now to `moment`; zero when it has passed, infinite when it never comes.
pub fn until(moment: Millis) -> Millis {
    if moment == Millis::INFINITE { moment } else { Millis(moment.0.saturating_sub(now().0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_shows_zero_and_never_goes_back() {
        let first = now();
        assert!(first.0 >= 1);
        assert!(now() >= first);
        assert_eq!(until(Millis::INFINITE), Millis::INFINITE);
        assert_eq!(until(Millis(0)), Millis(0));
        assert_eq!(duration(Millis::INFINITE), None);
    }

    #[test]
    fn the_wall_clock_counts_microseconds_since_1970() {
        let year_2024 = 1_704_067_200_000_000;
        assert!(wall_micros() > year_2024);
    }
}
