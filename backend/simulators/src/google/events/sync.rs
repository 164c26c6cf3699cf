//! Sync tokens and page tokens: opaque to clients, readable here. A sync token remembers its calendar, the shape of the
//! listing it ended, and the revision when that listing began.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::google::{
    errors::Refusal,
    operations::Query,
    server::Call,
    store::{Event, Key, State},
    time::{When, zone},
};

use super::instances::{Window, all_starts};

/// What cannot stand beside a sync token (reference of `events.list`).
const FORBIDDEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// A sync token, opened.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    c: String,
    s: String,
    r: u64,
    i: i64,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Token {
    /// The time range of the first listing.
    pub(crate) fn window(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.from, self.to)
    }

    /// Everything after this revision is news.
    pub(crate) fn revision(&self) -> u64 {
        self.r
    }
}

/// Whether a listing of this shape ends with a sync token. Time ranges are allowed; the token remembers them.
pub(crate) fn may_sync(query: &Query) -> bool {
    FORBIDDEN
        .iter()
        .filter(|name| !matches!(**name, "timeMin" | "timeMax"))
        .all(|name| query.get(name).is_none())
}

/// The parameters that must be the same in every call of a chain.
fn shape(call: &Call) -> String {
    let mut kept = vec![call.operation.to_string()];
    for name in ["singleEvents", "showHiddenInvitations", "minAccessRole"] {
        kept.push(
            call.query
                .get(name)
                .unwrap_or_default()
                .to_lowercase()
                .replace("false", ""),
        );
    }
    kept.extend(call.query.all("eventTypes").into_iter().map(String::from));
    kept.join(",")
}

/// Makes a token.
pub(crate) fn seal(
    state: &State,
    call: &Call,
    scope: &str,
    revision: u64,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> String {
    let token = Token {
        c: scope.into(),
        s: shape(call),
        r: revision,
        i: state.now().as_second(),
        from,
        to,
    };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
}

/// Opens the token of a call on `scope` (a calendar, or somebody's list of calendars).
///
/// # Errors
/// 400 for forbidden company, a foreign token or another shape; 410 when it is too old.
pub(crate) fn open(state: &State, call: &Call, scope: &str, token: &str) -> Result<Token, Refusal> {
    for name in FORBIDDEN {
        if call.query.get(name).is_some() {
            let reason = if name == "orderBy" {
                "syncTokenWithNonDefaultOrdering"
            } else {
                "syncTokenWithRequestRestrictions"
            };
            return Err(Refusal::new(
                400,
                reason,
                format!("Sync token cannot be used with request restrictions. ({name})"),
            )
            .domain("calendar")
            .at_parameter("syncToken"));
        }
    }
    if call
        .query
        .get("showDeleted")
        .is_some_and(|v| v.eq_ignore_ascii_case("false"))
    {
        return Err(Refusal::invalid("Sync token requires showDeleted to be true.")
            .domain("calendar")
            .at_parameter("showDeleted"));
    }
    let bad = || Refusal::invalid("Invalid sync token value.").at_parameter("syncToken");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad())?;
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if token.c != scope || token.s != shape(call) {
        return Err(bad());
    }
    let floor = state
        .calendars
        .get(scope)
        .map_or(0, |c| c.sync_floor)
        .max(state.limits.sync_floor);
    let age = state.now().as_second() - token.i;
    if token.r < floor || token.r > state.revision || age > state.limits.sync_token_seconds {
        return Err(Refusal::full_sync());
    }
    Ok(token)
}

/// What changed in `calendar` after the token, oldest change first.
///
/// # Errors
/// 404.
pub(crate) fn changed(state: &State, calendar: &str, since: &Token, single: bool) -> Result<Vec<Key>, Refusal> {
    let home = state.calendar(calendar)?;
    let place = zone(&home.time_zone).unwrap_or(TimeZone::UTC);
    let mut events: Vec<&Event> = home.events.values().filter(|e| e.revision > since.r).collect();
    events.sort_by_key(|e| e.revision);
    let mut keys = Vec::new();
    for event in events {
        let before = event.past.iter().rev().find(|(revision, _)| *revision <= since.r);
        let repeated = before.is_some_and(|(_, body)| body.contains_key("recurrence"));
        if !single || (event.lines().is_empty() && !repeated) {
            keys.push(Key::Id(event.id.clone()));
            continue;
        }
        let window = Window::new(state.now(), since.from, since.to);
        let now: Vec<When> = if event.cancelled() || event.lines().is_empty() {
            Vec::new()
        } else {
            all_starts(&event.body, window, &place)
        };
        if event.lines().is_empty() && !event.cancelled() {
            keys.push(Key::Id(event.id.clone()));
        }
        let then = before
            .map(|(_, body)| all_starts(body, window, &place))
            .unwrap_or_default();
        keys.extend(
            then.into_iter()
                .filter(|at| !now.contains(at))
                .map(|at| Key::Gone(event.id.clone(), at)),
        );
        let kept = |at: &When| home.events.contains_key(&format!("{}_{}", event.id, at.suffix()));
        keys.extend(
            now.into_iter()
                .filter(|at| !kept(at))
                .map(|at| Key::Occurrence(event.id.clone(), at)),
        );
    }
    Ok(keys)
}

/// A page token.
pub(crate) fn seal_page(snapshot: u64, from: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("page:{snapshot}:{from}"))
}

/// Reads a page token.
pub(crate) fn open_page(token: &str) -> Option<(u64, usize)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (snapshot, from) = text.strip_prefix("page:")?.split_once(':')?;
    Some((snapshot.parse().ok()?, from.parse().ok()?))
}
