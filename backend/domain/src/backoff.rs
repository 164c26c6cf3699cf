//! How long to wait before something that failed is tried again: exponential, with full jitter.
//!
//! Full jitter (anything between nothing and the grown limit) spreads what failed together better than a fixed wait with
//! a little noise: a thousand jobs that met the same outage do not come back as one wave. What the other side asks for
//! (`Retry-After`) is the least; chance is added on top, so that everybody it told the same does not come back at once.

use std::time::Duration;

/// Within what a wait lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The limit after the first failure; it doubles with each one after it.
    pub base: Duration,
    /// The limit never grows beyond this.
    pub cap: Duration,
    /// The shortest wait: nobody is asked again at once.
    pub least: Duration,
    /// The longest wait the other side may ask for; what asks for more is believed up to here.
    pub longest: Duration,
}

impl Limits {
    /// For writes to a provider: seconds at first, ten minutes at most, a provider's own word up to six hours.
    pub const WRITES: Self = Self {
        base: Duration::from_secs(2),
        cap: Duration::from_secs(600),
        least: Duration::from_millis(500),
        longest: Duration::from_secs(6 * 3600),
    };
}

/// The wait before try number `attempt + 1`, after `attempt` failures (0 counts as 1).
///
/// `after` is what the other side asked for; `random` is in `0.0..1.0`, anything else is taken as its nearest end (and a
/// number that is none as 1).
pub fn delay(attempt: u32, after: Option<Duration>, random: f64, limits: &Limits) -> Duration {
    // 2^20 times anything worth waiting for is beyond any cap.
    let doublings = attempt.saturating_sub(1).min(20);
    let grown = limits.base.saturating_mul(1 << doublings).min(limits.cap);
    let random = if random.is_nan() { 1.0 } else { random.clamp(0.0, 1.0) };
    let chance = grown.mul_f64(random);
    match after {
        // A tenth of our own wait on top is enough to part the herd, and keeps the promise of the answer.
        Some(after) => after.min(limits.longest).max(limits.least) + chance / 10,
        None => chance.max(limits.least),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        base: Duration::from_secs(2),
        cap: Duration::from_secs(60),
        least: Duration::from_millis(500),
        longest: Duration::from_secs(7200),
    };

    fn seconds(attempt: u32, after: Option<u64>, random: f64) -> f64 {
        delay(attempt, after.map(Duration::from_secs), random, &LIMITS).as_secs_f64()
    }

    #[test]
    fn the_limit_doubles_until_the_cap_and_chance_chooses_below_it() {
        let table = [
            (0, 2.0),
            (1, 2.0),
            (2, 4.0),
            (3, 8.0),
            (5, 32.0),
            (6, 60.0),
            (40, 60.0),
            (u32::MAX, 60.0),
        ];
        for (attempt, limit) in table {
            for random in [0.0, 0.1, 0.5, 0.999, 1.0] {
                let expected = f64::max(0.5, limit * random);
                let got = seconds(attempt, None, random);
                assert!(
                    (got - expected).abs() < 1e-6,
                    "{attempt} {random}: {got}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn what_the_other_side_asks_for_is_the_least_and_is_believed_within_reason() {
        for attempt in [1, 4, 30] {
            for random in [0.0, 0.3, 1.0] {
                assert!(seconds(attempt, Some(30), random) >= 30.0);
                assert!(seconds(attempt, Some(30), random) <= 36.0);
                assert!(
                    seconds(attempt, Some(1_000_000), random) <= 7206.0,
                    "a week is not believed"
                );
                assert!(
                    seconds(attempt, Some(0), random) >= 0.5,
                    "nobody is asked again at once"
                );
            }
        }
        assert!(
            seconds(3, Some(30), 0.1) < seconds(3, Some(30), 0.9),
            "not all come back at once"
        );
    }

    #[test]
    fn odd_numbers_for_chance_do_no_harm() {
        for random in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 17.0] {
            let got = seconds(3, None, random);
            assert!((0.5..=8.0).contains(&got), "{random}: {got}");
        }
    }
}
