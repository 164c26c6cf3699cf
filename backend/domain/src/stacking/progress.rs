//! How long it will take yet: an estimate that settles, and that notices when the pace changes.
//!
//! The work done is a curve over the time that was not paused. Its last straight piece says how fast it goes now: the
//! curve is kept at some sixty points, and where two lines fit it far better than one, the older is forgotten. So noise
//! is smoothed over everything since the pace last changed, and a provider that throttles is believed within some points.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Points kept; when there are more, every other one goes.
const POINTS: usize = 64;

/// A new pace is believed after so many points.
const BELIEVED: usize = 4;

/// Two lines must fit so many times better than one. Bursts never do: what one line misses, two miss as well.
const BETTER: f64 = 6.0;

/// A point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Point {
    /// Seconds of work since the beginning.
    at: f64,
    /// Items done, well or badly.
    done: f64,
}

/// The state of an operation's clock. Small enough to be stored beside the operation, so that it survives a restart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    total: u64,
    done: u64,
    failed: u64,
    /// Seconds of work so far.
    worked: f64,
    /// When that was true; `None`: paused, or not begun.
    since: Option<Timestamp>,
    points: Vec<Point>,
    /// Points closer together than this are one.
    spacing: f64,
}

impl Progress {
    /// Of `total` items, none of them begun.
    pub fn new(total: u64) -> Self {
        Self {
            total,
            ..Self::default()
        }
    }

    /// Work begins, or goes on after a pause or a crash.
    pub fn resume(&mut self, now: Timestamp) {
        self.since = Some(now);
        if self.points.is_empty() {
            self.push();
        }
    }

    /// Nothing is done from now on; the time does not count.
    pub fn pause(&mut self, now: Timestamp) {
        self.tick(now);
        self.since = None;
    }

    /// So many are done well, and so many badly, as of `now`.
    pub fn sample(&mut self, done: u64, failed: u64, now: Timestamp) {
        self.tick(now);
        (self.done, self.failed) = (done, failed);
        let last = self.points.last().map_or(0.0, |point| point.at);
        if self.worked - last >= self.spacing {
            self.push();
        }
    }

    /// A clock that goes back stands still.
    fn tick(&mut self, now: Timestamp) {
        if let Some(since) = self.since {
            self.worked += now.duration_since(since).as_secs_f64().max(0.0);
            self.since = Some(now.max(since));
        }
    }

    fn push(&mut self) {
        self.points.push(self.here());
        if self.points.len() > POINTS {
            let mut odd = false;
            self.points.retain(|_| {
                odd = !odd;
                odd
            });
            self.spacing = (self.spacing * 2.0).max(self.worked / POINTS as f64 * 2.0);
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn here(&self) -> Point {
        Point {
            at: self.worked,
            done: self.done.saturating_add(self.failed) as f64,
        }
    }

    /// The part that is done, from 0 to 1.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn part(&self) -> f64 {
        if self.total == 0 {
            return 1.0;
        }
        (self.here().done / self.total as f64).min(1.0)
    }

    /// Items per second, as of late; `None`: nobody knows yet.
    pub fn rate(&self) -> Option<f64> {
        let mut points = self.points.clone();
        let here = self.here();
        if points.last().is_none_or(|last| last.at < here.at) {
            points.push(here);
        }
        let piece = points.get(last_bend(&points)..)?;
        let (first, last) = (piece.first()?, piece.last()?);
        let rate = (last.done - first.done) / (last.at - first.at);
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }

    /// How long it will take from `now` on, pauses not counted; `None`: nobody knows yet.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        let mut then = self.clone();
        then.tick(now);
        let rest = (then.total as f64 - then.here().done).max(0.0);
        if rest == 0.0 {
            return Some(Duration::ZERO);
        }
        Duration::try_from_secs_f64(rest / then.rate()?).ok()
    }

    /// When it will be done; `None` also while it is paused.
    pub fn eta(&self, now: Timestamp) -> Option<Timestamp> {
        self.since?;
        now.checked_add(SignedDuration::try_from(self.left(now)?).ok()?).ok()
    }
}

/// Where the last straight piece of a curve begins.
fn last_bend(points: &[Point]) -> usize {
    let mut from = 0;
    // Each turn forgets a piece; what is left of sixty points bends a few times at most.
    while let Some(bend) = bend(points.get(from..).unwrap_or_default()) {
        from += bend;
    }
    from
}

/// Where a curve bends most, if it bends so much that it is two lines.
fn bend(points: &[Point]) -> Option<usize> {
    if points.len() < 2 * BELIEVED {
        return None;
    }
    let whole = misfit(points);
    let best = (BELIEVED..=points.len() - BELIEVED)
        .filter_map(|at| Some((misfit(points.get(..=at)?) + misfit(points.get(at..)?), at)))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    // Steps of single items are no bends.
    let noise = points.len() as f64 * 0.5;
    (whole > BETTER * best.0 + noise).then_some(best.1)
}

/// How far points lie from the line that fits them best: the sum of squares.
#[allow(clippy::cast_precision_loss, reason = "sixty points")]
fn misfit(points: &[Point]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (at, done) = (mean(|point| point.at), mean(|point| point.done));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for point in points {
        let (x, y) = (point.at - at, point.done - done);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
    }
    if xx > 0.0 { (yy - xy * xy / xx).max(0.0) } else { yy }
}
