//! Pages for people who want to see what is “in Google”: an overview of the next days, and one event (where `htmlLink`
//! leads). They only show; who wants to change something uses the API or the control plane.

use actix_web::{HttpRequest, HttpResponse, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::html::{escape, page};

use super::{
    events::instances::{self, Window},
    server::Shared,
    store::{Calendar, Event, State},
    time::{When, span, zone},
};

/// Days the overview looks ahead.
const DAYS: i64 = 14;

/// `GET /`.
pub(crate) async fn overview(shared: web::Data<Shared>) -> HttpResponse {
    let state = shared.lock();
    let mut main =
        String::from("<h1>A simulated Google</h1><p class=\"note\">The next two weeks in everybody’s calendars.</p>");
    for account in state.accounts.values() {
        main.push_str(&format!(
            "<section><h2>{} <small>{}</small></h2>",
            escape(&account.name),
            escape(&account.email)
        ));
        for calendar in state.calendars.values().filter(|c| c.owner == account.email) {
            main.push_str(&agenda(&state, calendar));
        }
        main.push_str("</section>");
    }
    page(200, "Google simulator", &main)
}

fn agenda(state: &State, calendar: &Calendar) -> String {
    let place = zone(&calendar.time_zone).unwrap_or(TimeZone::UTC);
    let now = state.now();
    let to = now
        .checked_add(SignedDuration::from_hours(24 * DAYS))
        .unwrap_or(Timestamp::MAX);
    let window = Window { from: Some(now), to };
    let mut coming: Vec<Event> = Vec::new();
    for event in calendar.events.values().filter(|e| !e.cancelled()) {
        if !event.lines().is_empty() {
            let starts = instances::open_starts(calendar, event, window, &place);
            coming.extend(starts.iter().filter_map(|at| instances::occurrence(event, at)));
        } else if span(&event.body).is_some_and(|(s, e)| s.instant(&place) < to && e.instant(&place) > now) {
            coming.push(event.clone());
        }
    }
    coming.sort_by_key(|e| span(&e.body).map(|(s, _)| s.instant(&place)));
    let name = escape(
        calendar
            .own
            .get("summary")
            .and_then(Value::as_str)
            .unwrap_or(&calendar.id),
    );
    if coming.is_empty() {
        return format!("<h3>{name}</h3><p class=\"note\">Nothing.</p>");
    }
    let rows: String = coming
        .iter()
        .map(|event| {
            let eid = URL_SAFE_NO_PAD.encode(format!("{} {}", event.id, calendar.id));
            format!(
                "<tr><th scope=\"row\">{}</th><td><a href=\"/calendar/event?eid={eid}\">{}</a></td></tr>",
                escape(&when(event, &place)),
                title(event)
            )
        })
        .collect();
    format!("<h3>{name}</h3><table>{rows}</table>")
}

/// `GET /calendar/event?eid=`.
pub(crate) async fn event(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let state = shared.lock();
    let found = url::form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(name, _)| name == "eid")
        .and_then(|(_, eid)| URL_SAFE_NO_PAD.decode(eid.as_bytes()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (id, calendar) = text.split_once(' ')?;
            let calendar = state.calendars.get(calendar)?;
            Some((calendar, instances::locate(calendar, id).ok()?.event().clone()))
        });
    let Some((calendar, event)) = found else {
        return page(
            404,
            "Not found – Google simulator",
            "<h1>There is no such event</h1><p><a href=\"/\">All calendars</a></p>",
        );
    };
    let place = zone(&calendar.time_zone).unwrap_or(TimeZone::UTC);
    let mut rows = vec![("When", when(&event, &place)), ("Calendar", calendar.id.clone())];
    for (label, key) in [("Where", "location"), ("What", "description"), ("Status", "status")] {
        if let Some(text) = event.text(key) {
            rows.push((label, text.to_string()));
        }
    }
    if !event.lines().is_empty() {
        rows.push(("Repeats", event.lines().join(", ")));
    }
    for guest in event
        .body
        .get("attendees")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let text = |key: &str| guest[key].as_str().unwrap_or_default();
        rows.push(("Guest", format!("{} ({})", text("email"), text("responseStatus"))));
    }
    let rows: String = rows
        .iter()
        .map(|(label, text)| format!("<tr><th scope=\"row\">{label}</th><td>{}</td></tr>", escape(text)))
        .collect();
    let main = format!(
        "<p class=\"note\">Google simulator</p><h1>{}</h1><table>{rows}</table><p><a href=\"/\">All calendars</a></p>",
        title(&event)
    );
    page(200, "Event – Google simulator", &main)
}

fn title(event: &Event) -> String {
    escape(event.text("summary").filter(|s| !s.is_empty()).unwrap_or("(No title)"))
}

fn when(event: &Event, place: &TimeZone) -> String {
    let Some((start, end)) = span(&event.body) else {
        return String::new();
    };
    match (&start, &end) {
        (When::Day(from), When::Day(to)) => {
            let last = to.yesterday().unwrap_or(*to);
            if last <= *from {
                from.strftime("%a %d %b").to_string()
            } else {
                format!("{} – {}", from.strftime("%a %d %b"), last.strftime("%a %d %b"))
            }
        }
        _ => {
            let at = |w: &When| w.instant(place).to_zoned(place.clone());
            format!(
                "{} – {}",
                at(&start).strftime("%a %d %b, %H:%M"),
                at(&end).strftime("%H:%M")
            )
        }
    }
}
