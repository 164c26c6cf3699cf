//! What was read and worked out, kept for those who ask again: on the phone one question follows another about the same
//! days, and reading each occurrence anew costs more than everything else. Only answers look here; what decides reads what
//! the database says.
//!
//! It is true as long as nothing has happened to what it was made from: whatever changes an event, a booking or the catalogue
//! writes to the log of changes in the same transaction, and the log is looked at each time. What no log tells of (how old
//! a copy is, how far it reaches) is read each time by whoever asks.

mod touched;

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use db::{Conn, changes};
use domain::{id::TenantId, time::Interval};
use jiff::{SignedDuration, Timestamp};

pub use self::touched::Since;
use self::touched::Touched;

/// How long anything is kept.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
const DAY: i64 = 24 * 3_600;

/// Answers by question.
pub struct Shelf<Q, V> {
    inner: Mutex<Inner<Q, V>>,
    touched: Touched,
    most: usize,
}

struct Inner<Q, V> {
    entries: HashMap<Q, Entry<V>>,
    weight: usize,
}

struct Entry<V> {
    /// The last change that it knows of.
    seq: i64,
    at: Timestamp,
    weight: usize,
    value: Arc<V>,
}

impl<Q: Eq + Hash, V> Shelf<Q, V> {
    /// An empty one, for things of so much weight together; beyond that the old ones are forgotten, or all.
    pub fn new(most: usize) -> Self {
        let (entries, weight) = (HashMap::new(), 0);
        Self {
            inner: Mutex::new(Inner { entries, weight }),
            touched: Touched::default(),
            most,
        }
    }

    /// What is kept, if nothing of what has happened since `concerns` it; and up to which change that is so, which is what
    /// [`put`](Self::put) wants to know: what is read from here on holds everything up to it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn find(
        &self,
        conn: &mut Conn,
        tenant: &TenantId,
        question: &Q,
        now: Timestamp,
        concerns: impl Fn(&V, &Since<'_>) -> bool,
    ) -> db::Result<(i64, Option<Arc<V>>)> {
        let last = changes::last(conn, tenant)?;
        // What one person may see is not what others may.
        if db::reach::narrowed() {
            return Ok((last, None));
        }
        let Some((seq, value)) = self.young(question, now) else {
            return Ok((last, None));
        };
        if seq != last {
            let touched = self
                .touched
                .since(conn, tenant, (seq, last), |since| concerns(&value, since))?;
            if touched != Some(false) {
                return Ok((last, None));
            }
            // Somebody may have put something else there meanwhile, which was not looked at.
            if let Some(entry) = self.lock().entries.get_mut(question)
                && Arc::ptr_eq(&entry.value, &value)
            {
                entry.seq = entry.seq.max(last);
            }
        }
        Ok((last, Some(value)))
    }

    /// Keeps something that was read after the change `seq`.
    pub fn put(&self, question: Q, (seq, at): (i64, Timestamp), weight: usize, value: Arc<V>) {
        if db::reach::narrowed() {
            return;
        }
        if weight > self.most {
            return;
        }
        let mut inner = self.lock();
        if inner.weight + weight > self.most {
            inner.entries.retain(|_, one| is_young(one.at, at));
            inner.weight = inner.entries.values().map(|one| one.weight).sum();
        }
        if inner.weight + weight > self.most {
            inner.entries.clear();
            inner.weight = 0;
        }
        inner.weight += weight;
        let entry = Entry { seq, at, weight, value };
        if let Some(before) = inner.entries.insert(question, entry) {
            inner.weight -= before.weight;
        }
    }

    fn young(&self, question: &Q, now: Timestamp) -> Option<(i64, Arc<V>)> {
        let inner = self.lock();
        let entry = inner.entries.get(question)?;
        is_young(entry.at, now).then(|| (entry.seq, Arc::clone(&entry.value)))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<Q, V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_young(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age >= SignedDuration::ZERO && age < LONGEST
}

/// The whole days around a range, so that somebody who asks a minute later asks the same. Those around whole days are the
/// same days.
pub fn days(range: Interval) -> Interval {
    let at = |day: i64| Timestamp::from_second(day * DAY).ok();
    let day_of = |time: Timestamp| time.as_second().div_euclid(DAY);
    let from = at(day_of(range.start()));
    let to = match at(day_of(range.end())) {
        Some(midnight) if midnight == range.end() => Some(midnight),
        _ => at(day_of(range.end()) + 1),
    };
    from.zip(to)
        .and_then(|(from, to)| Interval::new(from, to).ok())
        .unwrap_or(range)
}
