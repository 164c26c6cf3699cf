//! What takes time in calendars, kept for those who ask again: on the phone one question follows another about the same days,
//! and reading each occurrence anew costs more than everything else. Only answers look here; a booking is decided by what
//! the database says.
//!
//! It is true as long as nothing has happened in these calendars: whatever changes an occurrence writes to the log of changes
//! in the same transaction, and the log is looked at each time. Occurrences that the job `horizon` fills in are told by how
//! far the calendars reach.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use db::{Conn, busy::Horizon, changes};
use domain::{id::TenantId, time::Interval};
use jiff::{SignedDuration, Timestamp};

use super::{Event, load};

/// What takes time, by calendar.
pub(super) type Busy = HashMap<String, Vec<Event>>;

/// Occurrences kept, some 200 bytes each; beyond that all are forgotten.
const MOST: usize = 200_000;
/// How long they are kept.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// With more changes than this it is faster to read again.
const CHANGES: i64 = 200;
const DAY: i64 = 24 * 3_600;

/// What is kept by this process.
#[derive(Default)]
pub struct Kept(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    entries: HashMap<Question, Entry>,
    occurrences: usize,
}

/// Of whom, and when: whole days, so that somebody who asks a minute later asks the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    tenant: String,
    calendars: Vec<String>,
    range: Interval,
}

struct Entry {
    /// The last change that it knows of.
    seq: i64,
    at: Timestamp,
    horizons: HashMap<String, Horizon>,
    busy: Arc<Busy>,
}

/// The whole days around a range.
fn days(range: Interval) -> Option<Interval> {
    let from = range.start().as_second().div_euclid(DAY) * DAY;
    let to = (range.end().as_second().div_euclid(DAY) + 1) * DAY;
    let at = |second| Timestamp::from_second(second).ok();
    Interval::new(at(from)?, at(to)?).ok()
}

impl Kept {
    /// What takes time in these calendars in a range, and perhaps a little around it.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn busy(
        &self,
        conn: &mut Conn,
        tenant: &TenantId,
        calendars: &[String],
        (range, now): (Interval, Timestamp),
        horizons: &HashMap<String, Horizon>,
    ) -> db::Result<Arc<Busy>> {
        let question = Question {
            tenant: tenant.as_str().to_owned(),
            calendars: calendars.to_vec(),
            range: days(range).unwrap_or(range),
        };
        // First: what is read after it holds everything up to it.
        let last = changes::last(conn, tenant)?;
        if let Some((seq, busy)) = self.find(&question, now, horizons)
            && (seq == last || Self::untouched(conn, tenant, calendars, (seq, last))?)
        {
            self.renew(&question, last);
            return Ok(busy);
        }
        let names: Vec<&str> = calendars.iter().map(String::as_str).collect();
        let busy = Arc::new(load::busy(conn, tenant, &names, question.range)?);
        let entry = Entry {
            seq: last,
            at: now,
            horizons: horizons.clone(),
            busy: Arc::clone(&busy),
        };
        self.put(question, entry);
        Ok(busy)
    }

    fn find(
        &self,
        question: &Question,
        now: Timestamp,
        horizons: &HashMap<String, Horizon>,
    ) -> Option<(i64, Arc<Busy>)> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shelf.entries.get(question)?;
        let age = now.duration_since(entry.at);
        let young = age >= SignedDuration::ZERO && age < LONGEST;
        (young && entry.horizons == *horizons).then(|| (entry.seq, Arc::clone(&entry.busy)))
    }

    /// Whether nothing has happened in these calendars between two positions of the log.
    fn untouched(
        conn: &mut Conn,
        tenant: &TenantId,
        calendars: &[String],
        (seq, last): (i64, i64),
    ) -> db::Result<bool> {
        if last < seq || last - seq > CHANGES {
            return Ok(false);
        }
        let found = changes::since(conn, tenant, seq, CHANGES, &changes::Filter::default())?;
        // One that is missing was purged; more have come since `last` was read.
        let whole = i64::try_from(found.len()).unwrap_or(0) >= last - seq;
        let here = |one: &changes::Change| one.calendar_id.as_ref().is_some_and(|id| calendars.contains(id));
        Ok(whole && !found.iter().any(here))
    }

    fn renew(&self, question: &Question, last: i64) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = shelf.entries.get_mut(question) {
            entry.seq = entry.seq.max(last);
        }
    }

    fn put(&self, question: Question, entry: Entry) {
        let count = |busy: &Busy| busy.values().map(Vec::len).sum::<usize>() + 1;
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let more = count(&entry.busy);
        if shelf.occurrences + more > MOST {
            *shelf = Shelf::default();
        }
        shelf.occurrences += more;
        if let Some(before) = shelf.entries.insert(question, entry) {
            shelf.occurrences -= count(&before.busy);
        }
    }
}
