//! `getSchedule`: busy times of addresses; one that is not known is an error inside a good answer
//! (docs: calendar-getschedule.md, resources/scheduleinformation.md).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    errors::Refusal,
    expand::{self, Shape},
    people::working_hours,
    server::{Answer, Call},
    store::State,
    time::{Moment, shown},
};

/// `POST calendar/getSchedule`.
pub(crate) fn get_schedule(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let from = Moment::parse(&call.body["startTime"], "startTime")?.instant();
    let to = Moment::parse(&call.body["endTime"], "endTime")?.instant();
    let minutes = call.body["availabilityViewInterval"].as_i64().unwrap_or(30);
    if !(5..=1440).contains(&minutes) {
        return Err(Refusal::bad(
            "ErrorInvalidParameter",
            "availabilityViewInterval must be between 5 and 1440 minutes.",
        ));
    }
    let long = to.duration_since(from);
    if to <= from || long < SignedDuration::from_mins(minutes) || long > SignedDuration::from_hours(62 * 24) {
        return Err(Refusal::bad(
            "ErrorInvalidParameter",
            "The requested time window is empty, shorter than the interval, or longer than 62 days.",
        ));
    }
    let wanted: Vec<&str> = call.body["schedules"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if wanted.is_empty() {
        return Err(Refusal::bad("ErrorInvalidParameter", "schedules must not be empty."));
    }
    let value: Vec<Value> = wanted
        .into_iter()
        .map(|who| one(state, call, who, (from, to), minutes))
        .collect();
    Ok(Answer::json(
        200,
        json!({
            "@odata.context": call.context("Collection(microsoft.graph.scheduleInformation)"),
            "value": value,
        }),
    ))
}

fn one(state: &State, call: &Call, who: &str, (from, to): (Timestamp, Timestamp), minutes: i64) -> Value {
    let account = state.accounts.values().find(|a| a.email.eq_ignore_ascii_case(who));
    let home = account.and_then(|a| state.calendar(&a.email, None).ok());
    let (Some(account), Some(home)) = (account, home) else {
        return json!({
            "scheduleId": who,
            "availabilityView": "",
            "scheduleItems": [],
            "error": {"message": "Unable to resolve e-mail address to an Active Directory object.", "responseCode": "ErrorMailRecipientNotFound"},
        });
    };
    let all = expand::within(state, &home.id, from, to);
    let shapes: Vec<Shape> = all.into_iter().map(|(_, shape)| shape).collect();
    let mine = account.email == call.owner;
    let items: Vec<Value> = shapes.iter().map(|shape| item(shape, call, mine)).collect();
    json!({
        "scheduleId": who,
        "availabilityView": view(&shapes, from, to, minutes),
        "scheduleItems": items,
        "workingHours": working_hours(&account.time_zone),
    })
}

fn text<'a>(shape: &'a Shape, key: &str) -> &'a str {
    shape.body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Titles and places are for the mailbox's own eyes; of others there is only when.
fn item(shape: &Shape, call: &Call, mine: bool) -> Value {
    let (start, end) = shape.span();
    let mut item = json!({
        "status": text(shape, "showAs"),
        "start": shown(start, &call.prefer.zone),
        "end": shown(end, &call.prefer.zone),
    });
    if mine {
        item["isPrivate"] = json!(matches!(text(shape, "sensitivity"), "private" | "confidential"));
        item["subject"] = json!(text(shape, "subject"));
        item["location"] = shape
            .body
            .get("location")
            .map_or(Value::Null, |l| l["displayName"].clone());
    }
    item
}

/// A digit for each interval: 0 free, 1 tentative, 2 busy, 3 out of office, 4 working elsewhere. The highest counts.
fn view(shapes: &[Shape], from: Timestamp, to: Timestamp, minutes: i64) -> String {
    let mut out = String::new();
    let step = SignedDuration::from_mins(minutes);
    let mut at = from;
    while at < to {
        let next = at.checked_add(step).unwrap_or(to);
        let digit = shapes
            .iter()
            .filter(|shape| {
                let (start, end) = shape.span();
                start < next && end > at
            })
            .map(|shape| match text(shape, "showAs") {
                "tentative" => 1,
                "busy" => 2,
                "oof" => 3,
                "workingElsewhere" => 4,
                _ => 0,
            })
            .max()
            .unwrap_or(0);
        out.push_str(&digit.to_string());
        at = next;
    }
    out
}
