//! How much may be asked of a provider: buckets that keep below its limits, and circuits that leave an account alone
//! which does not answer. Pure: times are handed in.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A bucket of calls. Whatever happens, never more than the limit it was made for are let through within any minute:
/// a fifth of the limit at once, and four fifths of it over the minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    per_second: f64,
    capacity: f64,
    level: f64,
    /// When the level was true, on the caller's own steady clock.
    at: Duration,
}

impl Bucket {
    /// A full bucket for at most `per_minute` calls (at least one) in any minute.
    pub fn new(per_minute: u32, now: Duration) -> Self {
        let limit = f64::from(per_minute.max(1));
        let capacity = (limit / 5.0).max(1.0).floor();
        Self {
            // A limit of one call is all capacity; what is left over flows slowly.
            per_second: ((limit - capacity) / 60.0).max(1.0 / 60.0),
            capacity,
            level: capacity,
            at: now,
        }
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.level = (self.level + passed * self.per_second).min(self.capacity);
        self.at = self.at.max(now);
    }

    /// How long to wait until one call may be made; nothing: now.
    pub fn wait(&mut self, now: Duration) -> Duration {
        self.fill(now);
        if self.level >= 1.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64((1.0 - self.level) / self.per_second)
    }

    /// A call was made. More may be taken than is there: a call may turn out to be several, and they are made up for.
    pub fn take(&mut self, now: Duration) {
        self.fill(now);
        self.level -= 1.0;
    }

    /// The provider says that it was too much, whatever we think: nothing is left.
    pub fn drain(&mut self, now: Duration) {
        self.fill(now);
        self.level = self.level.min(0.0);
    }
}

/// After so many failures in a row an account is left alone for a while.
pub const FAILURES: u32 = 5;

/// For how long at first; it doubles with each trial that fails.
const ALONE: SignedDuration = SignedDuration::from_secs(30);

/// For how long at most.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// How long a trial may take before another one is let through.
const TRIAL: SignedDuration = SignedDuration::from_secs(60);

/// Whether an account answers. Closed: calls go through. Open: it is left alone. Half open: one call tries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circuit {
    failures: u32,
    /// Not before this.
    until: Option<Timestamp>,
    /// Since when somebody tries.
    trial: Option<Timestamp>,
}

/// What a circuit is at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls go through.
    Closed,
    /// It is left alone until then.
    Open(Timestamp),
    /// It was left alone long enough: one call tries.
    HalfOpen,
}

impl Circuit {
    /// What it is now.
    pub fn state(&self, now: Timestamp) -> State {
        match self.until {
            None => State::Closed,
            Some(until) if now < until => State::Open(until),
            Some(_) => State::HalfOpen,
        }
    }

    /// Lets a call through, or says how long to wait.
    ///
    /// # Errors
    /// The wait.
    pub fn enter(&mut self, now: Timestamp) -> Result<(), SignedDuration> {
        match self.state(now) {
            State::Closed => Ok(()),
            State::Open(until) => Err(until.duration_since(now)),
            State::HalfOpen => match self.trial {
                Some(since) if now < since + TRIAL => Err((since + TRIAL).duration_since(now)),
                _ => {
                    self.trial = Some(now);
                    Ok(())
                }
            },
        }
    }

    /// The account answered, be it with a refusal.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// It did not. `random` in `0.0..1.0` spreads the trials.
    pub fn failed(&mut self, now: Timestamp, random: f64) {
        if matches!(self.state(now), State::Open(_)) {
            // It was under way when others failed, and says nothing new: a minute without answers must not become ten.
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.trial = None;
        let Some(doublings) = self.failures.checked_sub(FAILURES) else {
            return;
        };
        let grown = ALONE
            .checked_mul(1 << doublings.min(10))
            .unwrap_or(LONGEST)
            .min(LONGEST);
        let share = 0.5 + 0.5 * if random.is_nan() { 1.0 } else { random.clamp(0.0, 1.0) };
        self.until = Some(now + SignedDuration::from_secs_f64(grown.as_secs_f64() * share));
    }

    /// How often in a row it did not answer.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// How long writes pause after the `count`th time in a row that a provider said its usage limit is reached: an hour,
/// doubling to twelve. Google says “hours” and no number.
pub fn pause(count: u32) -> SignedDuration {
    let hours = 1_i64 << count.saturating_sub(1).min(4);
    SignedDuration::from_hours(hours.min(12))
}

/// How many calls the present day (UTC) will have had at its end: those so far, and for what is left of it as many as in
/// the same time of the last 24 hours on average. `hours`: begin of an hour and its calls, the last 24 hours at least.
pub fn forecast(hours: &[(Timestamp, i64)], now: Timestamp) -> i64 {
    let day = SignedDuration::from_hours(24);
    let second = now.as_second();
    let midnight = second - second.rem_euclid(86_400);
    let today: i64 = hours
        .iter()
        .filter(|(at, _)| at.as_second() >= midnight)
        .map(|(_, n)| n)
        .sum();
    let lately: Vec<_> = hours.iter().filter(|(at, _)| now.duration_since(*at) < day).collect();
    let Some(first) = lately.iter().map(|(at, _)| *at).min() else {
        return today;
    };
    // Who began an hour ago has no day to look back on.
    let span = now
        .duration_since(first)
        .max(SignedDuration::from_hours(1))
        .as_secs_f64();
    let calls: i64 = lately.iter().map(|(_, n)| n).sum();
    let left = SignedDuration::from_secs(midnight + 86_400 - second).as_secs_f64();
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "an estimate"
    )]
    let rest = (calls as f64 / span * left).round() as i64;
    today.saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap_or(Timestamp::MAX)
    }

    /// When calls get through for somebody who asks whenever he may, for `seconds`.
    fn greedy(bucket: &mut Bucket, from: f64, seconds: f64) -> Vec<f64> {
        let (mut now, mut through) = (from, Vec::new());
        while now < from + seconds {
            let wait = bucket.wait(Duration::from_secs_f64(now));
            if wait.is_zero() {
                bucket.take(Duration::from_secs_f64(now));
                through.push(now);
            } else {
                now += wait.as_secs_f64().max(0.001);
            }
        }
        through
    }

    #[test]
    fn no_minute_ever_sees_more_than_the_limit() {
        for limit in [1, 2, 5, 60, 240, 500] {
            let mut bucket = Bucket::new(limit, Duration::ZERO);
            let mut through = greedy(&mut bucket, 0.0, 90.0);
            // A pause fills it up again, no higher than before.
            through.extend(greedy(&mut bucket, 1000.0, 130.0));
            let most = through
                .iter()
                .map(|begin| through.iter().filter(|t| *t >= begin && **t < begin + 59.9).count())
                .max()
                .unwrap_or_default();
            // A limit below two is a bucket that holds one and lets another follow within the minute's end.
            assert!(most <= limit as usize + usize::from(limit < 2), "{limit}: {most}");
            assert!((most + 1) * 10 >= limit as usize * 9, "{limit}: {most} is too few");
        }
    }

    #[test]
    fn debts_are_made_up_for() {
        let mut bucket = Bucket::new(60, Duration::ZERO);
        let now = Duration::from_secs(5);
        (0..20).for_each(|_| bucket.take(now));
        let wait = bucket.wait(now).as_secs_f64();
        // 12 at once, 0.8 in a second: 8 in debt, and one to call with.
        assert!((wait - 9.0 / 0.8).abs() < 0.01, "{wait}");
        assert!(bucket.wait(now + Duration::from_secs(12)).is_zero());
        bucket.drain(now + Duration::from_secs(12));
        assert!(!bucket.wait(now + Duration::from_secs(12)).is_zero());
        assert!(
            bucket.wait(Duration::ZERO) > Duration::ZERO,
            "a clock that goes back gives nothing"
        );
    }

    #[test]
    fn an_account_that_does_not_answer_is_left_alone_and_tried_by_one() {
        let mut circuit = Circuit::default();
        for _ in 1..FAILURES {
            circuit.failed(at(0), 1.0);
        }
        assert_eq!(circuit.state(at(0)), State::Closed);
        circuit.failed(at(0), 1.0);
        assert_eq!(circuit.state(at(0)), State::Open(at(30)));
        assert_eq!(circuit.enter(at(10)), Err(SignedDuration::from_secs(20)));
        assert_eq!(circuit.state(at(30)), State::HalfOpen);
        assert_eq!(circuit.enter(at(30)), Ok(()));
        assert_eq!(circuit.enter(at(31)), Err(SignedDuration::from_secs(59)), "one tries");
        circuit.failed(at(32), 1.0);
        assert_eq!(circuit.state(at(32)), State::Open(at(92)), "twice as long");
        assert_eq!(circuit.enter(at(92)), Ok(()));
        circuit.answered();
        assert_eq!((circuit.state(at(93)), circuit.failures()), (State::Closed, 0));
    }

    #[test]
    fn calls_that_were_under_way_when_it_failed_do_not_make_it_rest_longer() {
        let mut circuit = Circuit::default();
        (0..FAILURES + 20).for_each(|_| circuit.failed(at(1), 1.0));
        assert_eq!(
            (circuit.state(at(1)), circuit.failures()),
            (State::Open(at(31)), FAILURES)
        );
    }

    #[test]
    fn a_trial_that_was_given_up_does_not_block_for_ever() {
        let mut circuit = Circuit::default();
        (0..FAILURES).for_each(|_| circuit.failed(at(0), 0.0));
        assert_eq!(circuit.state(at(0)), State::Open(at(15)), "chance halves it at most");
        assert_eq!(circuit.enter(at(20)), Ok(()));
        assert!(circuit.enter(at(79)).is_err());
        assert_eq!(circuit.enter(at(80)), Ok(()));
        (0..1000).for_each(|n| circuit.failed(at(100 + 1_000 * n), f64::NAN));
        assert_eq!(
            circuit.state(at(999_100)),
            State::Open(at(999_700)),
            "ten minutes at most"
        );
    }

    #[test]
    fn writes_pause_for_hours_and_longer_each_time() {
        let hours: Vec<i64> = [0, 1, 2, 3, 4, 5, 6, u32::MAX]
            .iter()
            .map(|n| pause(*n).as_hours())
            .collect();
        assert_eq!(hours, [1, 1, 2, 4, 8, 12, 12, 12]);
    }

    #[test]
    fn the_day_is_expected_to_go_on_as_the_last_one_went() {
        let midnight = Timestamp::from_second(1_799_971_200).unwrap_or(Timestamp::MAX);
        assert_eq!(midnight.as_second() % 86_400, 0);
        let noon = midnight + SignedDuration::from_hours(12);
        let hour = |n: i64| midnight + SignedDuration::from_hours(n);
        assert_eq!(forecast(&[], noon), 0);
        // A hundred an hour since yesterday noon: 1,200 so far, and as many to come.
        let steady: Vec<_> = (-12..12).map(|n| (hour(n), 100)).collect();
        let got = forecast(&steady, noon);
        assert!((2_390..=2_410).contains(&got), "{got}");
        // Begun an hour ago.
        assert_eq!(forecast(&[(hour(11), 60)], noon), 60 + 12 * 60);
    }
}
