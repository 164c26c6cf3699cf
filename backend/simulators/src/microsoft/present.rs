//! An event as Graph writes it (docs: resources/event.md, event-get.md).

use serde_json::{Map, Value, json};

use super::{
    expand::{self, Shape},
    query::{Prefer, Query},
    recurrence,
    store::{Event, ItemKey, State, change_key, dated_uid, etag, id_text},
    time::{Moment, shown, stamp, wall, zone},
};

/// What is shown as it is kept; everything else of a body is made up, or shown on demand.
const PLAIN: [&str; 21] = [
    "categories",
    "transactionId",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "subject",
    "importance",
    "sensitivity",
    "isAllDay",
    "responseRequested",
    "showAs",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "onlineMeetingUrl",
    "allowNewTimeProposals",
    "hideAttendees",
    "location",
    "locations",
    "attendees",
    "onlineMeeting",
    "hasAttachments",
    "isDraft",
];

/// The event or occurrence, or `None` when it is not there.
pub(crate) fn show(state: &State, item: &ItemKey, prefer: &Prefer, query: &Query) -> Option<Value> {
    let event = state.events.get(&item.0)?;
    let shape = expand::shape(event, item.1)?;
    Some(shaped(state, event, item, &shape, prefer, query))
}

/// The same, when its shape is known already.
pub(crate) fn shaped(
    state: &State,
    event: &Event,
    item: &ItemKey,
    shape: &Shape,
    prefer: &Prefer,
    query: &Query,
) -> Value {
    query.pick(whole(state, event, item, shape, prefer, query))
}

/// Everything there is to say, before `$select`.
pub(crate) fn whole(
    state: &State,
    event: &Event,
    item: &ItemKey,
    shape: &Shape,
    prefer: &Prefer,
    query: &Query,
) -> Value {
    let body = &shape.body;
    let id = id_text(item, prefer.immutable);
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.into(), value);
    };
    put("@odata.etag", json!(etag(shape.revision)));
    put("id", json!(id));
    put("createdDateTime", json!(stamp(event.created)));
    put("lastModifiedDateTime", json!(stamp(shape.updated)));
    put("changeKey", json!(change_key(shape.revision)));
    for key in PLAIN {
        if let Some(value) = body.get(key) {
            put(key, value.clone());
        }
    }
    let name = |zone: &str| {
        if event.custom_zone {
            "tzone://Microsoft/Custom".to_string()
        } else {
            zone.to_string()
        }
    };
    put("originalStartTimeZone", json!(name(&shape.start.zone)));
    put("originalEndTimeZone", json!(name(&shape.end.zone)));
    put(
        "iCalUId",
        json!(
            item.1
                .map_or_else(|| event.uid.clone(), |day| dated_uid(&event.uid, day))
        ),
    );
    put("uid", json!(event.uid));
    put("isCancelled", json!(event.cancelled));
    let owner = state.owner(event);
    put("isOrganizer", json!(event.organizer == owner));
    put(
        "seriesMasterId",
        item.1.map_or(Value::Null, |_| {
            json!(id_text(&ItemKey(event.key.clone(), None), prefer.immutable))
        }),
    );
    put("type", json!(shape.kind));
    put(
        "webLink",
        json!(format!(
            "https://outlook.office365.com/owa/?itemid={}&exvsurl=1&path=/calendar/item",
            id.replace('=', "%3D")
        )),
    );
    put(
        "occurrenceId",
        item.1.map_or(Value::Null, |day| {
            json!(format!(
                "OID.{}.{day}",
                id_text(&ItemKey(event.key.clone(), None), prefer.immutable)
            ))
        }),
    );
    let (answer, time) = &event.response;
    put(
        "responseStatus",
        json!({"response": answer, "time": time.map_or("0001-01-01T00:00:00Z".into(), stamp)}),
    );
    let (written, preview) = text(body, prefer.text);
    put("bodyPreview", json!(preview));
    put("body", written);
    put("start", times(shape, &shape.start, &prefer.zone));
    put("end", times(shape, &shape.end, &prefer.zone));
    if let Some(original) = shape.original {
        put("originalStart", json!(stamp(original)));
    }
    let recurs = body.get("recurrence").filter(|r| r.is_object());
    let mut recurrence = recurs.map_or(Value::Null, |r| recurrence::complete(r, &shape.start.zone));
    if event.custom_zone && recurrence.is_object() {
        recurrence["range"]["recurrenceTimeZone"] = json!(name(&shape.start.zone));
    }
    put("recurrence", recurrence);
    let organizer = state
        .accounts
        .get(&event.organizer)
        .map_or(event.organizer.as_str(), |a| a.name.as_str());
    put(
        "organizer",
        json!({"emailAddress": {"name": organizer, "address": event.organizer}}),
    );
    expansions(state, event, shape, prefer, query, &mut out);
    Value::Object(out)
}

/// A whole day stays the same day in every zone.
fn times(shape: &Shape, moment: &Moment, name: &str) -> Value {
    if shape.all_day() || zone(name).is_none() {
        json!({"dateTime": wall(moment.wall), "timeZone": name})
    } else {
        shown(moment.instant(), name)
    }
}

/// The body as asked for, and its first 255 letters. Outlook keeps HTML; text becomes it (docs: event-get.md, `Prefer:
/// outlook.body-content-type`).
fn text(body: &Map<String, Value>, plain: bool) -> (Value, String) {
    let empty = Value::Null;
    let kept = body.get("body").unwrap_or(&empty);
    let content = kept["content"].as_str().unwrap_or_default();
    let html = kept["contentType"].as_str() == Some("html");
    let bare = if html { strip(content) } else { content.to_string() };
    let preview: String = bare.chars().take(255).collect();
    let written = match (plain, html) {
        (true, _) => json!({"contentType": "text", "content": bare}),
        (false, true) => json!({"contentType": "html", "content": content}),
        (false, false) => json!({"contentType": "html", "content": format!(
            "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\r\n<body>\r\n{}</body>\r\n</html>\r\n",
            wrapped(content)
        )}),
    };
    (written, preview)
}

/// Text as Outlook keeps it: HTML.
pub(crate) fn wrapped(content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<div>{}</div>\r\n",
        crate::html::escape(content)
            .replace("\r\n", "\n")
            .replace('\n', "<br>\r\n")
    )
}

fn strip(html: &str) -> String {
    let (mut out, mut inside) = (String::new(), false);
    let from = html.find("<body").unwrap_or(0);
    for letter in html.get(from..).unwrap_or(html).chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
        .trim()
        .to_string()
}

fn expansions(
    state: &State,
    event: &Event,
    shape: &Shape,
    prefer: &Prefer,
    query: &Query,
    out: &mut Map<String, Value>,
) {
    for (kind, wanted) in [
        ("singleValueExtendedProperties", &query.single),
        ("multiValueExtendedProperties", &query.multi),
    ] {
        let list: Vec<Value> = shape
            .body
            .get(kind)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|p| {
                p["id"]
                    .as_str()
                    .is_some_and(|id| wanted.iter().any(|w| w.eq_ignore_ascii_case(id)))
            })
            .cloned()
            .collect();
        if !list.is_empty() {
            out.insert(kind.into(), Value::Array(list));
        }
    }
    let asked = |name: &str| query.select.as_ref().is_some_and(|s| s.iter().any(|n| n == name));
    for name in &query.expand {
        match name.as_str() {
            "extensions" => {
                let list = shape.body.get("extensions").cloned().unwrap_or(json!([]));
                out.insert("extensions".into(), list);
            }
            "attachments" => {
                out.insert("attachments".into(), json!([]));
            }
            "exceptionOccurrences"
                if shape.kind == "seriesMaster" && (asked(name) || !state.limits.exceptions_by_name_only) =>
            {
                let inner = Query {
                    select: query.select.clone(),
                    ..Query::default()
                };
                let list: Vec<Value> = event
                    .exceptions
                    .keys()
                    .filter_map(|day| show(state, &ItemKey(event.key.clone(), Some(*day)), prefer, &inner))
                    .collect();
                out.insert("exceptionOccurrences".into(), Value::Array(list));
            }
            _ => {}
        }
    }
    // Only on demand, by `$select` (docs: event-get.md, example 4).
    if shape.kind == "seriesMaster" && asked("cancelledOccurrences") {
        let id = id_text(&ItemKey(event.key.clone(), None), prefer.immutable);
        let list: Vec<String> = event.gone.iter().map(|day| format!("OID.{id}.{day}")).collect();
        out.insert("cancelledOccurrences".into(), json!(list));
    }
}
