//! `events.list` and `events.get`: filters, order, pages that do not shift under writes.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::google::{
    errors::Refusal,
    server::{Answer, Call},
    store::{Calendar, Event, Key, State, etag},
    time::{milli_text, span, zone},
};

use super::{
    instances::{self, Window},
    present::{View, show},
    query::Filter,
    sync,
};

/// `events.get`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, _) = state.access(&call.actor, call.path("calendarId"))?;
    let calendar = state.calendar(&id)?;
    let located = instances::locate(calendar, call.path("eventId"))?;
    let view = View::of(state, &call.actor, calendar, &call.query)?;
    Ok(Answer::tagged(
        show(&view, calendar, located.event(), false),
        &etag(located.event().revision),
    ))
}

/// `events.list`.
pub(crate) fn list(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, _) = state.access(&call.actor, call.path("calendarId"))?;
    let filter = Filter::parse(&call.query)?;
    if let Some(token) = call.query.get("syncToken") {
        let since = sync::open(state, call, &id, token)?;
        if call.query.get("pageToken").is_some() {
            return answer(state, call, &id, Vec::new(), Some(since.window()));
        }
        let keys = sync::changed(state, &id, &since, filter.single)?;
        return answer(state, call, &id, keys, Some(since.window()));
    }
    let window = sync::may_sync(&call.query).then_some((filter.from, filter.to));
    if call.query.get("pageToken").is_some() {
        return answer(state, call, &id, Vec::new(), window);
    }
    let now = state.now();
    let calendar = state.calendar(&id)?;
    let place = zone(&calendar.time_zone).unwrap_or(TimeZone::UTC);
    let mut found: Vec<(Timestamp, Timestamp, Key)> = Vec::new();
    for event in calendar.events.values() {
        let repeats = !event.lines().is_empty();
        if repeats && filter.single {
            if event.cancelled() {
                continue;
            }
            for at in instances::open_starts(calendar, event, Window::new(now, filter.from, filter.to), &place) {
                let Some(one) = instances::occurrence(event, &at) else {
                    continue;
                };
                if filter.passes(&one, &place, now) {
                    found.push((at.instant(&place), event.updated, Key::Occurrence(event.id.clone(), at)));
                }
            }
        } else if filter.passes(event, &place, now) && !orphan(calendar, event, filter.deleted) {
            let start = span(&event.body).map_or(Timestamp::UNIX_EPOCH, |(s, _)| s.instant(&place));
            found.push((start, event.updated, Key::Id(event.id.clone())));
        }
    }
    match call.query.get("orderBy") {
        Some("startTime") => found.sort_by_key(|f| f.0),
        Some("updated") => found.sort_by_key(|f| f.1),
        _ => {}
    }
    let keys = found.into_iter().map(|(_, _, key)| key).collect();
    answer(state, call, &id, keys, window)
}

/// A cancelled occurrence whose series is gone says nothing to anybody.
fn orphan(calendar: &Calendar, event: &Event, deleted: bool) -> bool {
    !deleted
        && event.cancelled()
        && event
            .master()
            .is_some_and(|m| calendar.events.get(m).is_none_or(Event::cancelled))
}

/// One page: the first of `keys`, or the one the page token names. `window`: `Some` gives a sync token on the last page.
pub(crate) fn answer(
    state: &mut State,
    call: &Call,
    calendar: &str,
    keys: Vec<Key>,
    window: Option<(Option<Timestamp>, Option<Timestamp>)>,
) -> Result<Answer, Refusal> {
    let size = page_size(call, 250, 2500)?;
    let scope = format!(
        "{} {calendar} {} {}",
        call.operation,
        call.path_or("eventId"),
        call.shape_with_sync()
    );
    let page = page(state, call, scope, keys, size)?;
    let home = state.calendar(calendar)?;
    let view = View::of(state, &call.actor, home, &call.query)?;
    let bare = call.query.get("syncToken").is_some() && state.limits.bare_tombstones;
    let items: Vec<Value> = page
        .keys
        .iter()
        .filter_map(|key| item(home, &view, key, bare))
        .collect();

    let mut out = Map::new();
    out.insert("kind".into(), json!("calendar#events"));
    out.insert("etag".into(), json!(etag(home.revision)));
    for key in ["summary", "description"] {
        if let Some(value) = home.own.get(key) {
            out.insert(key.into(), value.clone());
        }
    }
    let updated = home
        .events
        .values()
        .map(|e| e.updated)
        .max()
        .unwrap_or(Timestamp::UNIX_EPOCH);
    out.insert("updated".into(), json!(milli_text(updated)));
    out.insert(
        "timeZone".into(),
        json!(call.query.get("timeZone").unwrap_or(&home.time_zone)),
    );
    out.insert("accessRole".into(), json!(view.role.name()));
    let entry = state.account(&call.actor).ok().and_then(|a| a.list.get(calendar));
    let reminders = entry
        .and_then(|e| e.own.get("defaultReminders"))
        .cloned()
        .unwrap_or_else(|| json!([]));
    out.insert("defaultReminders".into(), reminders);
    if let Some(next) = page.next {
        out.insert("nextPageToken".into(), json!(next));
    } else if let Some((from, to)) = window {
        let token = sync::seal(state, call, calendar, page.revision, from, to);
        out.insert("nextSyncToken".into(), json!(token));
    }
    out.insert("items".into(), Value::Array(items));
    Ok(Answer::json(Value::Object(out)))
}

fn item(calendar: &Calendar, view: &View, key: &Key, bare: bool) -> Option<Value> {
    match key {
        Key::Id(id) => calendar.events.get(id).map(|event| show(view, calendar, event, bare)),
        Key::Occurrence(master, at) => {
            let kept = calendar.events.get(&format!("{master}_{}", at.suffix()));
            match kept {
                Some(event) => Some(show(view, calendar, event, bare)),
                None => {
                    let master = calendar.events.get(master).filter(|m| !m.cancelled())?;
                    Some(show(view, calendar, &instances::occurrence(master, at)?, bare))
                }
            }
        }
        Key::Gone(master, at) => {
            let mut event = instances::occurrence(calendar.events.get(master)?, at)?;
            event.body.insert("status".into(), json!("cancelled"));
            Some(show(view, calendar, &event, bare))
        }
    }
}

/// A page of a remembered listing.
pub(crate) struct Page {
    pub(crate) keys: Vec<Key>,
    pub(crate) next: Option<String>,
    /// When the listing began.
    pub(crate) revision: u64,
}

/// `maxResults`, at most `most`.
///
/// # Errors
/// 400 below one.
pub(crate) fn page_size(call: &Call, usual: usize, most: usize) -> Result<usize, Refusal> {
    match call.query.number("maxResults") {
        None => Ok(usual),
        Some(n) if n < 1 => Err(Refusal::parameter(
            "maxResults",
            format!("Invalid value '{n}'. Values must be within the range: [1, {most}]"),
        )),
        Some(n) => Ok(usize::try_from(n).unwrap_or(most).min(most)),
    }
}

/// Cuts a page out of a listing: what a listing holds is decided when it begins, so that writes do not shift later pages.
///
/// # Errors
/// 400 for a page token of another listing, or one forgotten.
pub(crate) fn page(
    state: &mut State,
    call: &Call,
    scope: String,
    keys: Vec<Key>,
    size: usize,
) -> Result<Page, Refusal> {
    let bad = || Refusal::invalid("Invalid page token value.").at_parameter("pageToken");
    let (number, from, keys, revision) = match call.query.get("pageToken") {
        None => (None, 0, keys, state.revision),
        Some(token) => {
            let (number, from) = sync::open_page(token).ok_or_else(bad)?;
            let known = state.snapshots.iter().find(|s| s.id == number).ok_or_else(bad)?;
            if known.scope != scope || from > known.keys.len() {
                return Err(bad());
            }
            (Some(number), from, known.keys.clone(), known.revision)
        }
    };
    let to = from.saturating_add(size).min(keys.len());
    let next = if to < keys.len() {
        let number = match number {
            Some(number) => number,
            None => state.remember(scope, keys.clone(), revision),
        };
        Some(sync::seal_page(number, to))
    } else {
        None
    };
    let keys = keys.get(from..to).map(<[Key]>::to_vec).unwrap_or_default();
    Ok(Page { keys, next, revision })
}
