//! Occurrences of a series: found by id, made into items of their own when somebody writes them, listed.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::json;

use crate::google::{
    errors::Refusal,
    recurrence,
    server::{Answer, Call},
    store::{Calendar, Event, Key, State},
    time::{When, end_of, span},
};

use super::list;

/// An event of its own, or an occurrence that has none yet.
#[derive(Debug, Clone)]
pub(crate) enum Located {
    /// Kept under this id.
    Kept(Event),
    /// Made from its series.
    Virtual(Event),
}

impl Located {
    /// Either way.
    pub(crate) fn event(&self) -> &Event {
        match self {
            Self::Kept(event) | Self::Virtual(event) => event,
        }
    }
}

/// Finds `id`, which may name an occurrence.
///
/// # Errors
/// 404.
pub(crate) fn locate(calendar: &Calendar, id: &str) -> Result<Located, Refusal> {
    if let Some(event) = calendar.events.get(id) {
        return Ok(Located::Kept(event.clone()));
    }
    let (master, at) = id.rsplit_once('_').ok_or_else(Refusal::not_found)?;
    let master = calendar
        .events
        .get(master)
        .filter(|m| !m.cancelled())
        .ok_or_else(Refusal::not_found)?;
    let (start, _) = span(&master.body).ok_or_else(Refusal::not_found)?;
    let at = from_suffix(at, &start).ok_or_else(Refusal::not_found)?;
    let lines = master.lines();
    if lines.is_empty() || !recurrence::contains(&start, &lines, &at) {
        return Err(Refusal::not_found());
    }
    occurrence(master, &at)
        .map(Located::Virtual)
        .ok_or_else(Refusal::not_found)
}

fn from_suffix(text: &str, start: &When) -> Option<When> {
    match start {
        When::Day(_) => civil::Date::strptime("%Y%m%d", text).ok().map(When::Day),
        When::At(_, name) => {
            let wall = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
            let instant = wall.to_zoned(TimeZone::UTC).ok()?.timestamp();
            Some(When::At(instant, name.clone()))
        }
    }
}

/// The occurrence of `master` that begins at `at`, as an item.
pub(crate) fn occurrence(master: &Event, at: &When) -> Option<Event> {
    let (start, end) = span(&master.body)?;
    let mut event = master.clone();
    event.id = format!("{}_{}", master.id, at.suffix());
    event.past.clear();
    event.body.shift_remove("recurrence");
    event.body.insert("start".into(), at.stored());
    event.body.insert("end".into(), end_of(at, &start, &end).stored());
    event.body.insert("recurringEventId".into(), json!(master.id));
    event.body.insert("originalStartTime".into(), at.stored());
    Some(event)
}

/// Starts of the occurrences of a series body that overlap the window and have no item of their own.
pub(crate) fn open_starts(calendar: &Calendar, master: &Event, window: Window, place: &TimeZone) -> Vec<When> {
    let taken = |at: &When| calendar.events.contains_key(&format!("{}_{}", master.id, at.suffix()));
    all_starts(&master.body, window, place)
        .into_iter()
        .filter(|at| !taken(at))
        .collect()
}

/// Starts of all occurrences of a series body that overlap the window.
pub(crate) fn all_starts(
    body: &serde_json::Map<String, serde_json::Value>,
    window: Window,
    place: &TimeZone,
) -> Vec<When> {
    let Some((start, end)) = span(body) else {
        return Vec::new();
    };
    recurrence::starts(&start, &crate::google::store::lines(body), window.to, place)
        .into_iter()
        .filter(|at| {
            window
                .from
                .is_none_or(|from| end_of(at, &start, &end).instant(place) > from)
        })
        .collect()
}

/// What a listing with expansion looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Ends after this.
    pub(crate) from: Option<Timestamp>,
    /// Begins before this.
    pub(crate) to: Timestamp,
}

impl Window {
    /// How far a series without end is expanded where the caller does not say.
    pub(crate) fn new(now: Timestamp, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let far = jiff::SignedDuration::from_hours(24 * 731);
        let horizon = from.unwrap_or(now).max(now).checked_add(far).unwrap_or(Timestamp::MAX);
        Self {
            from,
            to: to.unwrap_or(horizon),
        }
    }
}

/// `events.instances`.
pub(crate) fn instances(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, _) = state.access(&call.actor, call.path("calendarId"))?;
    let now = state.now();
    let calendar = state.calendar(&id)?;
    let master = calendar
        .events
        .get(call.path("eventId"))
        .ok_or_else(Refusal::not_found)?;
    if master.lines().is_empty() {
        return Err(Refusal::bad_request("The event is not a recurring event."));
    }
    let place = crate::google::time::zone(&calendar.time_zone).unwrap_or(TimeZone::UTC);
    let window = Window::new(now, call.query.time("timeMin")?, call.query.time("timeMax")?);
    let deleted = call.query.flag("showDeleted");
    let mut found: Vec<(Timestamp, Key, String)> = Vec::new();
    if !master.cancelled() {
        for at in open_starts(calendar, master, window, &place) {
            found.push((
                at.instant(&place),
                Key::Occurrence(master.id.clone(), at.clone()),
                at.suffix(),
            ));
        }
    }
    for event in calendar
        .events
        .values()
        .filter(|e| e.master() == Some(master.id.as_str()))
    {
        let Some((start, end)) = span(&event.body) else {
            continue;
        };
        let inside = start.instant(&place) < window.to && window.from.is_none_or(|f| end.instant(&place) > f);
        if inside && (deleted || !event.cancelled()) {
            let suffix = event.id.rsplit('_').next().unwrap_or_default().to_string();
            found.push((start.instant(&place), Key::Id(event.id.clone()), suffix));
        }
    }
    if let Some(wanted) = call.query.get("originalStart") {
        let wanted = wanted.parse::<Timestamp>().map_or_else(
            |_| wanted.replace('-', ""),
            |instant| instant.strftime("%Y%m%dT%H%M%SZ").to_string(),
        );
        found.retain(|(_, _, suffix)| *suffix == wanted);
    }
    found.sort_by(|a, b| (a.0, &a.2).cmp(&(b.0, &b.2)));
    let keys = found.into_iter().map(|(_, key, _)| key).collect();
    list::answer(state, call, &id, keys, None)
}
