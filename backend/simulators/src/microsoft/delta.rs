//! Rounds of changes: `calendarView/delta` with a fixed window and `events/delta` without one
//! (docs: event-delta.md, delta-query-events.md, delta-query-overview.md).
//!
//! What a link knows is kept here; the link itself only has a number, so nobody can read or change it. Where the
//! documents are silent, this is what people have seen (microsoft-graph-docs issues 7632, 34 of -contrib, and pull request
//! 4501): occurrences come with nothing but id, times and their master; a deleted occurrence is not told of, its master is.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    errors::Refusal,
    events::window,
    expand,
    present::whole,
    query::Query,
    server::{Answer, Call},
    store::{ItemKey, State, id_text},
};

/// Items of a page, when nobody asks for another number.
const PAGE: usize = 10;
/// Rounds remembered.
const ROUNDS: usize = 5_000;

/// One round: what it tells, and what is known at its end.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    account: String,
    /// Calendar id.
    calendar: String,
    /// `None`: all events, not a view.
    window: Option<(Timestamp, Timestamp)>,
    select: Option<Vec<String>>,
    tells: Vec<ItemKey>,
    gone: Vec<ItemKey>,
    known: BTreeMap<ItemKey, u64>,
    begun: Timestamp,
    revision: u64,
}

/// `GET …/delta`.
pub(crate) fn delta(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let query = &call.query;
    let view = call.operation == "graph.calendarView.delta";
    let top = query
        .pairs
        .iter()
        .any(|(name, _)| name.trim_start_matches('$').eq_ignore_ascii_case("top"));
    let restricted =
        query.filter.is_some() || !query.order.is_empty() || !query.single.is_empty() || !query.expand.is_empty();
    if restricted || top || (view && query.select.is_some()) {
        return Err(Refusal::bad(
            "ErrorInvalidUrlQuery",
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: '$orderby, $filter, $select, $expand, $search, $top'.",
        ));
    }
    let home = state.calendar(&call.owner, call.calendar.as_deref())?;
    let (home, floor) = (home.id.clone(), home.sync_floor);
    let (number, from) = match (&query.skip_token, &query.delta_token) {
        (Some(token), None) => read(token, 's')?,
        (None, Some(token)) => {
            let (earlier, _) = read(token, 'd')?;
            let before = checked(state, call, &home, floor, earlier)?.clone();
            (
                begin(state, call, &home, before.window, before.select.clone(), Some(&before)),
                0,
            )
        }
        (None, None) => {
            let window = if view { Some(window(query)?) } else { None };
            (begin(state, call, &home, window, query.select.clone(), None), 0)
        }
        _ => {
            return Err(Refusal::bad(
                "ErrorInvalidUrlQuery",
                "Give either $skiptoken or $deltatoken.",
            ));
        }
    };
    let round = checked(state, call, &home, floor, number)?;
    if round.window.is_some() != view {
        return Err(Refusal::bad(
            "ErrorInvalidSyncStateData",
            "The specified sync state data is not valid for this resource.",
        ));
    }
    page(state, call, number, from)
}

fn write(kind: char, number: u64, from: usize) -> String {
    let noise = crate::chance::secret(24);
    URL_SAFE_NO_PAD.encode(format!("{kind}.{number}.{from}.{noise}"))
}

fn read(token: &str, kind: char) -> Result<(u64, usize), Refusal> {
    let bad = || {
        Refusal::bad(
            "ErrorInvalidSyncStateData",
            "The specified sync state data is not valid.",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad())?;
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [one, number, from, _] if one.chars().eq([kind]) => {
            Ok((number.parse().map_err(|_| bad())?, from.parse().map_err(|_| bad())?))
        }
        _ => Err(bad()),
    }
}

/// The round a token means, if it is still good here.
fn checked<'a>(state: &'a State, call: &Call, home: &str, floor: u64, number: u64) -> Result<&'a Round, Refusal> {
    // Where to begin anew: the same address with an empty token (delta-query-overview.md, “Synchronization reset”).
    let gone = || Refusal::sync_state().location(format!("{}?$deltatoken=", call.here));
    let round = state.rounds.get(&number).ok_or_else(gone)?;
    if round.account != call.owner || round.calendar != home {
        return Err(Refusal::bad(
            "ErrorInvalidSyncStateData",
            "The specified sync state data is not valid for this resource.",
        ));
    }
    let age = state.now().duration_since(round.begun);
    let old = age > SignedDuration::from_secs(state.limits.delta_link_seconds);
    if old || round.revision < floor.max(state.limits.delta_floor) {
        return Err(gone());
    }
    Ok(round)
}

/// What there is now, and how each of it can be told from what it was.
fn present(state: &State, home: &str, window: Option<(Timestamp, Timestamp)>) -> BTreeMap<ItemKey, u64> {
    let mut now = BTreeMap::new();
    let Some((from, to)) = window else {
        for event in state.events.values().filter(|e| e.calendar == home) {
            now.insert(ItemKey(event.key.clone(), None), event.revision);
            for (day, exception) in &event.exceptions {
                now.insert(ItemKey(event.key.clone(), Some(*day)), exception.revision);
            }
        }
        return now;
    };
    for (item, shape) in expand::within(state, home, from, to) {
        let mark = if shape.kind == "occurrence" {
            // Of occurrences only the times are told, so only new times are news.
            let (start, end) = shape.span();
            u64::try_from(start.as_second() + 62_135_596_800).unwrap_or(0) * 100_003
                + u64::try_from(end.as_second() - start.as_second()).unwrap_or(0)
        } else {
            shape.revision
        };
        if let (Some(_), Some(event)) = (item.1, state.events.get(&item.0)) {
            now.insert(ItemKey(item.0.clone(), None), event.revision);
        }
        now.insert(item, mark);
    }
    now
}

fn begin(
    state: &mut State,
    call: &Call,
    home: &str,
    window: Option<(Timestamp, Timestamp)>,
    select: Option<Vec<String>>,
    before: Option<&Round>,
) -> u64 {
    let now = present(state, home, window);
    let news = |item: &ItemKey, mark: &u64| match before {
        Some(before) => before.known.get(item) != Some(mark),
        // A series that began before the window is not in the first round, only its occurrences are.
        None => {
            item.1.is_some()
                || window.is_none_or(|(from, to)| {
                    own_time(state, item).is_none_or(|at| at >= from && at < to) || !repeats(state, item)
                })
        }
    };
    let mut tells: Vec<ItemKey> = now
        .iter()
        .filter(|(item, mark)| news(item, mark))
        .map(|(item, _)| item.clone())
        .collect();
    // A master comes before its occurrences, everything else as it was changed.
    tells.sort_by_key(|item| (state.events.get(&item.0).map_or(0, |e| e.revision), item.clone()));
    let gone: Vec<ItemKey> = before
        .into_iter()
        .flat_map(|b| b.known.keys())
        .filter(|item| !now.contains_key(*item) && !silent(state, item))
        .cloned()
        .collect();
    let round = Round {
        account: call.owner.clone(),
        calendar: home.into(),
        window,
        select,
        tells,
        gone,
        known: now,
        begun: state.now(),
        revision: state.revision,
    };
    let number = state.next();
    state.rounds.insert(number, round);
    if state.rounds.len() > ROUNDS {
        state.rounds.pop_first();
    }
    number
}

fn repeats(state: &State, item: &ItemKey) -> bool {
    state.events.get(&item.0).is_some_and(|e| e.repeats())
}

fn own_time(state: &State, item: &ItemKey) -> Option<Timestamp> {
    expand::shape(state.events.get(&item.0)?, None).map(|shape| shape.span().0)
}

/// Whether nobody is told that an item has gone: a deleted occurrence of a series that is still there.
fn silent(state: &State, item: &ItemKey) -> bool {
    let deleted = |day| state.events.get(&item.0).is_some_and(|e| e.gone.contains(&day));
    state.limits.silent_cancelled_occurrences && item.1.is_some_and(deleted)
}

fn page(state: &State, call: &Call, number: u64, from: usize) -> Result<Answer, Refusal> {
    let round = state.rounds.get(&number).ok_or_else(Refusal::sync_state)?;
    let size = call.prefer.page.unwrap_or(PAGE);
    let all = round
        .tells
        .iter()
        .map(|item| (item, false))
        .chain(round.gone.iter().map(|item| (item, true)));
    let value: Vec<Value> = all
        .skip(from)
        .take(size)
        .filter_map(|(item, gone)| {
            if gone {
                Some(removed(item, call))
            } else {
                told(state, item, call, round.select.as_ref())
            }
        })
        .collect();
    let mut body = json!({"@odata.context": call.context("Collection(event)"), "value": value});
    let total = round.tells.len() + round.gone.len();
    if from + size < total {
        body["@odata.nextLink"] = json!(format!("{}?$skiptoken={}", call.here, write('s', number, from + size)));
    } else {
        body["@odata.deltaLink"] = json!(format!("{}?$deltatoken={}", call.here, write('d', number, 0)));
    }
    Ok(Answer::json(200, body))
}

fn removed(item: &ItemKey, call: &Call) -> Value {
    json!({"@odata.type": "#microsoft.graph.event", "id": id_text(item, call.prefer.immutable), "@removed": {"reason": "deleted"}})
}

/// An item as a round tells it; what has gone since it began is left out.
fn told(state: &State, item: &ItemKey, call: &Call, select: Option<&Vec<String>>) -> Option<Value> {
    let event = state.events.get(&item.0)?;
    let shape = expand::shape(event, item.1)?;
    let all = whole(state, event, item, &shape, &call.prefer, &Query::default());
    let mut out = Map::new();
    out.insert("@odata.type".into(), json!("#microsoft.graph.event"));
    for (key, value) in all.as_object()? {
        let bare = matches!(
            key.as_str(),
            "@odata.etag" | "id" | "seriesMasterId" | "type" | "start" | "end"
        );
        let wanted =
            select.is_none_or(|names| names.contains(key) || key.contains('@') || key == "id" || key == "type");
        if if shape.kind == "occurrence" { bare } else { wanted } {
            out.insert(key.clone(), value.clone());
        }
    }
    Some(Value::Object(out))
}
