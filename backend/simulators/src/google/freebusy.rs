//! `freeBusy`: busy times per calendar; a calendar that cannot be read is an error of its own inside a good answer.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{
    errors::Refusal,
    events::{
        guests,
        instances::{self, Window},
    },
    server::{Answer, Call},
    store::{Calendar, Event, State},
    time::{offset_text, span, zone},
};

/// `freebusy.query`.
pub(crate) fn query(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let time = |name: &str| -> Result<Timestamp, Refusal> {
        let text = call.body[name]
            .as_str()
            .ok_or_else(|| Refusal::required(format!("Missing {name}.")).at_parameter(name))?;
        text.parse()
            .map_err(|_| Refusal::bad_request("Bad Request").at_parameter(name))
    };
    let (from, to) = (time("timeMin")?, time("timeMax")?);
    if to <= from {
        return Err(Refusal::empty_range());
    }
    if to.duration_since(from).as_hours() > 24 * 92 {
        return Err(
            Refusal::new(400, "timeRangeTooLong", "The requested time range is too long.")
                .domain("calendar")
                .at_parameter("timeMax"),
        );
    }
    let shown =
        zone(call.body["timeZone"].as_str().unwrap_or("UTC")).ok_or_else(|| Refusal::invalid("Invalid time zone."))?;
    let most = call.body["calendarExpansionMax"].as_u64().unwrap_or(50).min(50);
    let mut calendars = Map::new();
    for (number, item) in (0_u64..).zip(call.body["items"].as_array().into_iter().flatten()) {
        let wanted = item["id"].as_str().unwrap_or_default();
        let answer = if number >= most {
            problem("tooManyCalendarsRequested", "global")
        } else {
            match state
                .access(&call.actor, wanted)
                .and_then(|(id, _)| state.calendar(&id))
            {
                Ok(calendar) => {
                    let busy: Vec<Value> = busy(calendar, from, to)
                        .into_iter()
                        .map(|(a, b)| json!({"start": offset_text(a, &shown), "end": offset_text(b, &shown)}))
                        .collect();
                    json!({"busy": busy})
                }
                Err(_) => problem("notFound", "global"),
            }
        };
        calendars.insert(wanted.into(), answer);
    }
    let milli = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    Ok(Answer::json(json!({
        "kind": "calendar#freeBusy",
        "timeMin": milli(from),
        "timeMax": milli(to),
        "calendars": calendars,
    })))
}

fn problem(reason: &str, domain: &str) -> Value {
    json!({"errors": [{"domain": domain, "reason": reason}], "busy": []})
}

/// Busy times within the range, joined where they touch.
fn busy(calendar: &Calendar, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let place = zone(&calendar.time_zone).unwrap_or(TimeZone::UTC);
    let window = Window { from: Some(from), to };
    let mut times: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut take = |event: &Event| {
        if let Some((start, end)) = span(&event.body) {
            let (start, end) = (start.instant(&place).max(from), end.instant(&place).min(to));
            if start < end && blocks(calendar, event) {
                times.push((start, end));
            }
        }
    };
    for event in calendar.events.values().filter(|e| !e.cancelled()) {
        if event.lines().is_empty() {
            take(event);
        } else {
            for at in instances::open_starts(calendar, event, window, &place) {
                if let Some(one) = instances::occurrence(event, &at) {
                    take(&one);
                }
            }
        }
    }
    times.sort();
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in times {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

fn blocks(calendar: &Calendar, event: &Event) -> bool {
    let declined =
        guests::answer_of(&event.body, &calendar.id).is_some_and(|a| a["responseStatus"] == json!("declined"));
    event.text("transparency") != Some("transparent") && !declined && event.text("eventType") != Some("workingLocation")
}
