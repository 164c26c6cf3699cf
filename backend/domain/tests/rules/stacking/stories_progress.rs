//! How long it will take yet: what is said on the way, against what it took.

use domain::stacking::Progress;
use jiff::{SignedDuration, Timestamp};

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_secs_f64(seconds)
}

/// Runs an operation whose pace is a function of time, a sample a second; answers with the error of the estimate, as a
/// part of the whole time, where these parts of the items are done.
fn errors(total: u64, marks: [f64; 3], pace: impl Fn(f64) -> f64) -> [f64; 3] {
    let mut progress = Progress::new(total);
    progress.resume(at(0.0));
    let (mut done, mut now, mut said) = (0.0, 0.0, [f64::NAN; 3]);
    while done < total as f64 {
        done += pace(now);
        now += 1.0;
        progress.sample((done as u64).min(total), 0, at(now));
        for (mark, said) in marks.iter().zip(&mut said) {
            if said.is_nan() && progress.part() >= *mark {
                *said = now + progress.left(at(now)).unwrap().as_secs_f64();
            }
        }
    }
    said.map(|said| (said - now).abs() / now)
}

const MARKS: [f64; 3] = [0.1, 0.5, 0.9];

#[test]
fn a_steady_pace_is_known_at_once() {
    for error in errors(10_000, MARKS, |_| 20.0) {
        assert!(error < 0.01, "{error}");
    }
    assert!(
        errors(7, MARKS, |_| 0.05)
            .iter()
            .all(|error| error.is_nan() || *error < 0.6)
    );
}

#[test]
fn bursts_are_not_taken_for_a_new_pace() {
    // Fifty at once and then half a minute nothing, as budgets by the minute make it.
    let [first, half, last] = errors(
        10_000,
        MARKS,
        |now| if (now as u64).is_multiple_of(30) { 50.0 } else { 0.0 },
    );
    assert!(first < 0.05 && half < 0.02 && last < 0.02, "{first} {half} {last}");
}

#[test]
fn a_provider_that_throttles_is_believed() {
    // After a fifth it goes on at a quarter of the pace: at half, the mean would still be off by far.
    let [_, half, last] = errors(10_000, MARKS, |now| if now < 100.0 { 20.0 } else { 5.0 });
    assert!(half < 0.03 && last < 0.01, "{half} {last}");
    // And one that recovers.
    let [_, half, last] = errors(10_000, MARKS, |now| if now < 400.0 { 5.0 } else { 20.0 });
    assert!(half < 0.05 && last < 0.01, "{half} {last}");
}

#[test]
fn pauses_do_not_count_and_nothing_is_promised_while_it_rests() {
    let mut progress = Progress::new(100);
    assert_eq!((progress.left(at(0.0)), progress.part()), (None, 0.0));
    progress.resume(at(0.0));
    (1..=10).for_each(|n| progress.sample(n, 0, at(n as f64)));
    progress.pause(at(10.0));
    assert_eq!(progress.eta(at(5_000.0)), None);
    let stored = serde_json::to_string(&progress).unwrap();
    let mut progress: Progress = serde_json::from_str(&stored).unwrap();
    progress.resume(at(5_000.0));
    assert_eq!(progress.left(at(5_000.0)).unwrap().as_secs(), 90);
    assert_eq!(progress.eta(at(5_000.0)), Some(at(5_090.0)));
    (11..=20).for_each(|n| progress.sample(n - 5, 5, at(4_990.0 + n as f64)));
    assert_eq!(
        progress.left(at(5_010.0)).unwrap().as_secs(),
        80,
        "what failed is done, too"
    );
    assert!(
        progress.left(at(5_060.0)).unwrap().as_secs() > 100,
        "time in which nothing is done makes it later"
    );
    progress.sample(100, 0, at(5_061.0));
    assert_eq!(progress.left(at(9_000.0)).unwrap().as_secs(), 0);
}

#[test]
fn no_samples_make_it_panic() {
    let mut progress = Progress::new(0);
    progress.sample(u64::MAX, u64::MAX, Timestamp::MAX);
    progress.resume(Timestamp::MAX);
    progress.sample(5, 1, Timestamp::MIN);
    progress.pause(Timestamp::MIN);
    assert_eq!((progress.part(), progress.rate()), (1.0, None));
    let mut progress = Progress::new(u64::MAX);
    progress.resume(Timestamp::MIN);
    (0..10_000).for_each(|n| progress.sample(n % 7, 0, at((n % 11) as f64)));
    let _ = (progress.left(Timestamp::MAX), progress.eta(Timestamp::MAX));
}
