//! What decides about the days of a service, kept for answers. See [`crate::ops::kept`].

use std::{collections::HashMap, sync::Arc};

use db::{Conn, busy::Horizon};
use domain::{id::TenantId, time::Interval};
use jiff::Timestamp;

use super::{Ask, Error, Loaded, load};
use crate::ops::kept::{Shelf, Since, days};

/// Occurrences and bookings kept, some 200 bytes each.
const MOST: usize = 400_000;
/// What a person or a calendar weighs, in occurrences: both are wide.
const WIDE: usize = 10;

/// What is kept by this process.
pub struct Kept(Shelf<Question, Loaded>);

/// Of what, by whom, and on which days.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    tenant: String,
    service: String,
    variant: Option<String>,
    people: Vec<String>,
    days: Interval,
}

impl Default for Kept {
    fn default() -> Self {
        Self(Shelf::new(MOST))
    }
}

impl Kept {
    /// What decides about the starts of `window`, and perhaps a little around it: for answers that decide nothing.
    ///
    /// # Errors
    /// As [`super::ask`].
    pub fn ask(
        &self,
        conn: &mut Conn,
        tenant: &TenantId,
        ask: Ask,
        (window, now): (Interval, Timestamp),
    ) -> Result<Loaded, Error> {
        // Somebody moves one booking once.
        if ask.moving.is_some() {
            return super::ask(conn, tenant, ask, (window, now));
        }
        let question = Question {
            tenant: tenant.as_str().to_owned(),
            service: ask.service.clone(),
            variant: ask.variant.clone(),
            people: ask.people.clone(),
            days: days(window),
        };
        let (seq, found) = self.0.find(conn, tenant, &question, now, concerns)?;
        if let Some(found) = found
            && let Some(loaded) = again(conn, tenant, &found, ask.clone(), now)?
        {
            return Ok(loaded);
        }
        let loaded = super::ask(conn, tenant, ask.clone(), (question.days, now))?;
        // How much is too much depends on the range: whoever asks for less may be answered.
        if loaded.rows.has_endless {
            return super::ask(conn, tenant, ask, (window, now));
        }
        let events: usize = loaded.rows.busy.values().map(Vec::len).sum();
        let wide = 1 + loaded.cast.people.len() + loaded.sources.len();
        let weight = events + loaded.rows.booked.len() + WIDE * wide;
        self.0.put(question, (seq, now), weight, Arc::new(loaded.clone()));
        Ok(loaded)
    }
}

/// Whether it is about what this was made from: an event in one of the calendars, or anything but an event of the client.
fn concerns(kept: &Loaded, since: &Since<'_>) -> bool {
    let mut calendars = kept.sources.iter().map(|source| &source.calendar.id);
    since.client(&kept.cast.service.client_id) || calendars.any(|id| since.calendar(id))
}

/// The same with calendars as they are known now; `None`: there is more to read.
fn again(conn: &mut Conn, tenant: &TenantId, kept: &Loaded, ask: Ask, now: Timestamp) -> Result<Option<Loaded>, Error> {
    let mut ids: Vec<String> = kept.sources.iter().map(|one| one.calendar.id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = db::calendars::some(conn, tenant, &ids)?;
    let rows: HashMap<&str, &db::calendars::Calendar> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    let horizons: HashMap<String, Horizon> = load::horizons(conn, tenant, &kept.sources)?;
    let mut sources = kept.sources.clone();
    for source in &mut sources {
        match rows.get(source.calendar.id.as_str()) {
            Some(row) => source.calendar = (*row).clone(),
            // That one is gone was known before, or is news.
            None if source.calendar.removed_at.is_some() => {}
            None => return Ok(None),
        }
    }
    Ok((horizons == kept.horizons).then(|| Loaded {
        cast: Arc::clone(&kept.cast),
        rows: Arc::clone(&kept.rows),
        sources,
        horizons,
        now,
        ask,
    }))
}
