//! Events over HTTP: listed, read, viewed by time, written (docs: calendar-list-events.md, event-get.md,
//! calendar-list-calendarview.md, event-list-instances.md).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    errors::Refusal,
    expand::{self, Shape},
    filter, invite,
    present::{shaped, show, whole},
    query::{Prefer, Query},
    server::{Answer, Call},
    store::{ItemKey, State},
    time::bound,
    write,
};

/// Items of a page, when nobody asks for another number.
const PAGE: usize = 10;

/// The calendar a path names, or the default one.
fn home(state: &State, call: &Call) -> Result<String, Refusal> {
    Ok(state.calendar(&call.owner, call.calendar.as_deref())?.id.clone())
}

fn item(state: &State, call: &Call) -> Result<ItemKey, Refusal> {
    let calendar = call.calendar.as_ref().map(|_| home(state, call)).transpose()?;
    state.locate(
        &call.owner,
        calendar.as_deref(),
        call.event.as_deref().unwrap_or_default(),
    )
}

/// `GET events`: singles and masters, no occurrences.
pub(crate) fn list(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let home = home(state, call)?;
    let mut items: Vec<(ItemKey, Shape)> = state
        .events
        .values()
        .filter(|e| e.calendar == home)
        .filter_map(|e| Some((ItemKey(e.key.clone(), None), expand::shape(e, None)?)))
        .collect();
    items.sort_by_key(|(key, shape)| (std::cmp::Reverse(shape.span().0), key.clone()));
    page(state, call, items)
}

/// The window of a view.
///
/// # Errors
/// 400 without one, backwards, or too wide.
pub(crate) fn window(query: &Query) -> Result<(Timestamp, Timestamp), Refusal> {
    let (Some(start), Some(end)) = (&query.start, &query.end) else {
        return Err(Refusal::bad(
            "ErrorInvalidParameter",
            "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
        ));
    };
    let (from, to) = (bound(start, "StartDateTime")?, bound(end, "EndDateTime")?);
    if to < from {
        return Err(Refusal::bad(
            "ErrorInvalidParameter",
            "The EndDateTime is earlier than the StartDateTime.",
        ));
    }
    if to.duration_since(from) > SignedDuration::from_hours(24 * 1825) {
        return Err(Refusal::bad(
            "ErrorCalendarViewRangeTooBig",
            "Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825",
        ));
    }
    Ok((from, to))
}

/// `GET calendarView`.
pub(crate) fn view(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let home = home(state, call)?;
    let (from, to) = window(&call.query)?;
    let items = expand::within(state, &home, from, to);
    page(state, call, items)
}

/// `GET events/{id}/instances`: of a series only.
pub(crate) fn instances(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = item(state, call)?;
    let (from, to) = window(&call.query)?;
    let event = state.event(&item.0)?;
    if !event.repeats() || item.1.is_some() {
        return Err(Refusal::bad(
            "ErrorInvalidRequest",
            "Your request can't be completed. The event is not a recurring series master.",
        ));
    }
    let items = expand::occurrences(event, from, to);
    page(state, call, items)
}

/// Filters, orders and cuts.
fn page(state: &State, call: &Call, items: Vec<(ItemKey, Shape)>) -> Result<Answer, Refusal> {
    let query = &call.query;
    let full = Query {
        single: query.single.clone(),
        multi: query.multi.clone(),
        ..Query::default()
    };
    let plain = Prefer {
        immutable: call.prefer.immutable,
        ..Prefer::default()
    };
    let mut kept: Vec<(ItemKey, Shape, Value)> = items
        .into_iter()
        .filter_map(|(key, shape)| {
            let event = state.events.get(&key.0)?;
            if query.filter.is_none() && query.order.is_empty() {
                return Some((key, shape, Value::Null));
            }
            let mut seen = whole(state, event, &key, &shape, &plain, &full);
            for kind in ["singleValueExtendedProperties", "multiValueExtendedProperties"] {
                seen[kind] = shape.body.get(kind).cloned().unwrap_or(Value::Null);
            }
            query
                .filter
                .as_ref()
                .is_none_or(|f| f.holds(&seen))
                .then_some((key, shape, seen))
        })
        .collect();
    for (path, down) in query.order.iter().rev() {
        let text = |v: &Value| match filter::at(v, path) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        kept.sort_by(|a, b| {
            let order = text(&a.2).cmp(&text(&b.2));
            if *down { order.reverse() } else { order }
        });
    }
    let total = kept.len();
    let size = query.top.or(call.prefer.page).unwrap_or(PAGE);
    let cut = kept.iter().skip(query.skip).take(size);
    let value: Vec<Value> = cut
        .filter_map(|(key, shape, _)| {
            Some(shaped(
                state,
                state.events.get(&key.0)?,
                key,
                shape,
                &call.prefer,
                query,
            ))
        })
        .collect();
    let mut body = json!({"@odata.context": call.context(&format!("users('{}')/events", call.owner))});
    if query.count {
        body["@odata.count"] = json!(total);
    }
    body["value"] = json!(value);
    if query.skip + size < total {
        let next = query.link(&[("$skip", (query.skip + size).to_string())]);
        body["@odata.nextLink"] = json!(format!("{}?{next}", call.here));
    }
    Ok(Answer::json(200, body))
}

fn one(state: &State, call: &Call, item: &ItemKey, status: u16) -> Result<Answer, Refusal> {
    let mut body = show(state, item, &call.prefer, &call.query).ok_or_else(Refusal::not_found)?;
    if let Some(fields) = body.as_object_mut() {
        let context = call.context(&format!("users('{}')/events/$entity", call.owner));
        fields.shift_insert(0, "@odata.context".into(), json!(context));
    }
    let mut answer = Answer::json(status, body);
    if let Some(tag) = answer.body.as_ref().and_then(|b| b["@odata.etag"].as_str()) {
        answer.headers.push(("ETag".into(), tag.to_string()));
    }
    if status == 201 {
        let id = super::store::id_text(item, call.prefer.immutable);
        answer.headers.push((
            "Location".into(),
            format!("{}/users/{}/events('{id}')", call.root, call.owner),
        ));
    }
    Ok(answer)
}

/// `GET events/{id}`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = item(state, call)?;
    one(state, call, &item, 200)
}

fn editable(state: &State, calendar: &str) -> Result<(), Refusal> {
    match state.calendars.get(calendar) {
        Some(calendar) if calendar.editable => Ok(()),
        _ => Err(Refusal::access()),
    }
}

/// `POST events`.
pub(crate) fn create(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let home = home(state, call)?;
    editable(state, &home)?;
    let key = write::create(state, &call.owner, &home, &call.body)?;
    one(state, call, &ItemKey(key, None), 201)
}

fn guarded(state: &State, call: &Call) -> Result<ItemKey, Refusal> {
    let item = item(state, call)?;
    let event = state.event(&item.0)?;
    editable(state, &event.calendar)?;
    let shape = expand::shape(event, item.1).ok_or_else(Refusal::not_found)?;
    call.check_match(shape.revision)?;
    Ok(item)
}

/// `PATCH events/{id}`.
pub(crate) fn update(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = guarded(state, call)?;
    write::update(state, &item, &call.body)?;
    one(state, call, &item, 200)
}

/// `DELETE events/{id}`.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = guarded(state, call)?;
    write::remove(state, &item)?;
    Ok(Answer::empty(204))
}

/// `accept`, `decline`, `tentativelyAccept`.
pub(crate) fn respond(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = item(state, call)?;
    let how = call.operation.rsplit('.').next().unwrap_or_default();
    invite::respond(state, &item, how, &call.body)?;
    Ok(Answer::empty(202))
}

/// `cancel`.
pub(crate) fn cancel(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = item(state, call)?;
    invite::call_off(state, &item)?;
    Ok(Answer::empty(202))
}

/// What has no effect that could be seen here: `forward`, `dismissReminder`.
pub(crate) fn nothing(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    item(state, call)?;
    Ok(Answer::empty(202))
}
