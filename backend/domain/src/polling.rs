//! How often a provider is asked about a calendar: often where something happens, seldom where nothing does.
//!
//! A calendar that changed ten minutes ago is likely to change again soon; one that was quiet for a day can wait. So the
//! wait is a tenth of the time since anything happened (the rule of adaptive caches), within bounds. Where the provider
//! tells us of changes by itself, polling is only the net beneath it.

use jiff::{SignedDuration, Timestamp};

/// The shortest wait.
pub const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait where nobody tells us of changes.
pub const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// The wait where the provider tells us of changes: messages get lost, and this is how long that may go unnoticed.
pub const TOLD: SignedDuration = SignedDuration::from_mins(24);

/// What is known of a calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// The provider tells us of changes, and messages have come through.
    pub told: bool,
    /// How long ago a pull last brought something.
    pub changed: Option<SignedDuration>,
    /// How long ago somebody last looked at it.
    pub viewed: Option<SignedDuration>,
}

/// The wait until the next pull. `random` is in `0.0..1.0`: it moves the wait by a fifth to either side, so that calendars
/// connected together do not stay together.
pub fn wait(known: &Known, random: f64) -> SignedDuration {
    let calm = if known.told {
        TOLD
    } else {
        let last = [known.changed, known.viewed].into_iter().flatten().min();
        last.map_or(LONGEST, |ago| (ago / 10).clamp(SHORTEST, LONGEST))
    };
    let random = if random.is_nan() { 0.5 } else { random.clamp(0.0, 1.0) };
    let moved = SignedDuration::from_secs_f64(calm.as_secs_f64() * (0.8 + 0.4 * random));
    moved.max(SHORTEST)
}

/// How long after a pull was due a calendar counts as out of date.
const OVERDUE: SignedDuration = SignedDuration::from_mins(6);

/// Whether what is known of a calendar is older than it should be: the pull that was `due` has not come, whatever stood in
/// its way. Without one, something read a quarter of an hour ago is.
pub fn is_stale(as_of: Timestamp, due: Option<Timestamp>, now: Timestamp) -> bool {
    match due {
        Some(due) => now.duration_since(due.max(as_of)) > OVERDUE,
        None => now.duration_since(as_of) > LONGEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(told: bool, changed: Option<i64>, viewed: Option<i64>) -> f64 {
        let known = Known {
            told,
            changed: changed.map(SignedDuration::from_mins),
            viewed: viewed.map(SignedDuration::from_mins),
        };
        wait(&known, 0.5).as_secs_f64() / 60.0
    }

    #[test]
    fn what_happened_lately_is_asked_about_more_often() {
        let table = [
            // told, changed (minutes ago), viewed (minutes ago) → minutes
            (false, None, None, 15.0),
            (false, Some(0), None, 1.0),
            (false, Some(10), None, 1.0),
            (false, Some(30), None, 3.0),
            (false, Some(100), None, 10.0),
            (false, Some(150), None, 15.0),
            (false, Some(1_000_000), None, 15.0),
            (false, None, Some(2), 1.0),
            (false, Some(600), Some(40), 4.0),
            (false, Some(40), Some(600), 4.0),
            (true, None, None, 24.0),
            (true, Some(0), Some(0), 24.0),
        ];
        for (told, changed, viewed, expected) in table {
            let got = minutes(told, changed, viewed);
            assert!((got - expected).abs() < 0.01, "{told} {changed:?} {viewed:?}: {got}");
        }
    }

    #[test]
    fn chance_moves_it_by_a_fifth_and_never_below_a_minute() {
        let told = Known {
            told: true,
            ..Known::default()
        };
        for random in [0.0, 0.2, 0.7, 1.0, f64::NAN, -1.0, 9.0] {
            let wait = wait(&told, random);
            assert!(
                wait >= SignedDuration::from_mins(15) && wait <= SignedDuration::from_mins(30),
                "{wait}"
            );
        }
        let busy = Known {
            changed: Some(SignedDuration::ZERO),
            ..Known::default()
        };
        assert_eq!(wait(&busy, 0.0), SHORTEST);
        assert!(wait(&busy, 1.0) <= SignedDuration::from_secs(72));
        assert_ne!(wait(&told, 0.1), wait(&told, 0.9));
    }

    #[test]
    fn a_calendar_is_out_of_date_when_its_pull_did_not_come() {
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let table = [
            // read, due, now → stale
            (0, Some(15), 15, false),
            (0, Some(15), 20, false),
            (0, Some(15), 22, true),
            (0, Some(24), 22, false),
            (10, Some(5), 14, false),
            (0, None, 15, false),
            (0, None, 16, true),
        ];
        for (read, due, now, expected) in table {
            assert_eq!(
                is_stale(at(read), due.map(at), at(now)),
                expected,
                "{read} {due:?} {now}"
            );
        }
    }

    #[test]
    fn a_clock_that_was_turned_back_does_no_harm() {
        let odd = Known {
            changed: Some(SignedDuration::from_mins(-500)),
            ..Known::default()
        };
        assert_eq!(wait(&odd, 0.0), SHORTEST);
    }
}
