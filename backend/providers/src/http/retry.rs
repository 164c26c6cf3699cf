//! When to try again, and how long to wait.

use std::{sync::Arc, time::Duration};

use http::{
    HeaderMap,
    header::{DATE, HeaderName, RETRY_AFTER},
};
use jiff::Timestamp;

/// Exponential backoff with full jitter: before attempt n + 1 a random wait of at most `base × 2^(n-1)`, never above
/// `cap`. `Retry-After` is obeyed where it is at most `cap`; a longer one ends the trying, and the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 means never again.
    pub max_attempts: u32,
    /// Upper bound of the first wait.
    pub base: Duration,
    /// Upper bound of every wait.
    pub cap: Duration,
    /// No wait begins that would end later than this after the first attempt began.
    pub max_total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base: Duration::from_millis(400),
            cap: Duration::from_secs(8),
            max_total: Duration::from_secs(25),
        }
    }
}

/// Picks a wait between nothing and the bound it is given.
pub type Jitter = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;

/// Any wait up to the bound, all equally likely.
pub fn full_jitter() -> Jitter {
    Arc::new(|bound| {
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(rand::random_range(0..=millis))
    })
}

impl RetryPolicy {
    /// Never try again.
    pub fn never() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// How long to wait after attempt number `attempt` (from 1) failed; `None`: give up.
    pub(crate) fn wait(
        &self,
        attempt: u32,
        hint: Option<Duration>,
        jitter: &Jitter,
        elapsed: Duration,
    ) -> Option<Duration> {
        if attempt >= self.max_attempts || hint.is_some_and(|h| h > self.cap) {
            return None;
        }
        let bound = self.base.saturating_mul(1 << (attempt - 1).min(20)).min(self.cap);
        let wait = jitter(bound).min(bound).max(hint.unwrap_or_default());
        (elapsed + wait <= self.max_total).then_some(wait)
    }
}

/// `Retry-After` in seconds or as a date; a date is counted from the answer's own `Date`, so that a wrong clock here
/// does no harm.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let now = text(DATE).and_then(http_date).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|z| z.timestamp())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.clone(), v.parse().unwrap())).collect()
    }

    #[test]
    fn a_wait_grows_to_the_cap_and_never_beyond_the_total() {
        let policy = RetryPolicy {
            max_attempts: 9,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(5),
            max_total: Duration::from_secs(20),
        };
        let longest: Jitter = Arc::new(|bound| bound);
        let waits: Vec<_> = (1..=5)
            .map(|n| policy.wait(n, None, &longest, Duration::ZERO).unwrap().as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(policy.wait(3, None, &longest, Duration::from_secs(17)), None);
        assert_eq!(policy.wait(9, None, &longest, Duration::ZERO), None);
    }

    #[test]
    fn a_short_retry_after_is_obeyed_and_a_long_one_ends_the_trying() {
        let (policy, none): (_, Jitter) = (RetryPolicy::default(), Arc::new(|_| Duration::ZERO));
        let wait = |hint| policy.wait(1, Some(Duration::from_secs(hint)), &none, Duration::ZERO);
        assert_eq!(wait(3), Some(Duration::from_secs(3)));
        assert_eq!(wait(60), None);
    }

    #[test]
    fn full_jitter_stays_below_its_bound_and_varies() {
        let jitter = full_jitter();
        let waits: Vec<_> = (0..50).map(|_| jitter(Duration::from_secs(1))).collect();
        assert!(waits.iter().all(|w| *w <= Duration::from_secs(1)));
        assert!(waits.iter().any(|w| *w != waits[0]));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(
            retry_after(&headers(&[(RETRY_AFTER, "120")])),
            Some(Duration::from_secs(120))
        );
        let dated = headers(&[
            (DATE, "Sun, 01 Nov 2026 08:00:00 GMT"),
            (RETRY_AFTER, "Sun, 01 Nov 2026 08:01:30 GMT"),
        ]);
        assert_eq!(retry_after(&dated), Some(Duration::from_secs(90)));
        let past = headers(&[
            (DATE, "Sun, 01 Nov 2026 08:00:00 GMT"),
            (RETRY_AFTER, "Sun, 01 Nov 2026 07:00:00 GMT"),
        ]);
        assert_eq!(retry_after(&past), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "soon")])), None);
    }
}
