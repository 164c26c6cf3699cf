//! Which call means what: every route of the simulated part of Graph on one screen.

use actix_web::http::Method;

use super::{
    calendars, delta,
    errors::Refusal,
    events, extensions, people, schedule,
    server::{Answer, Call},
    store::State,
    subscriptions,
};

/// A route that was found.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// The name faults and the journal know it by.
    pub(crate) operation: &'static str,
    /// Any of these permissions will do.
    pub(crate) scopes: &'static [&'static str],
    /// Type of the body.
    pub(crate) takes: Option<&'static str>,
    /// Type of the answer, for `$select`.
    pub(crate) answers: &'static str,
    /// Of `/users/{user}`.
    pub(crate) user: Option<String>,
    pub(crate) calendar: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) name: Option<String>,
}

const READ: &[&str] = &[
    "Calendars.Read",
    "Calendars.ReadWrite",
    "Calendars.Read.Shared",
    "Calendars.ReadWrite.Shared",
];
const BASIC: &[&str] = &["Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"];
const WRITE: &[&str] = &["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];
const ME: &[&str] = &["User.Read"];
const SETTINGS: &[&str] = &["MailboxSettings.Read", "MailboxSettings.ReadWrite"];

fn decoded(segment: &str) -> String {
    let text = format!("x={}", segment.replace('+', "%2B"));
    url::form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

/// The route of a method and a path below `/v1.0`.
pub(crate) fn find(method: &Method, path: &str) -> Option<Route> {
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decoded).collect();
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (user, mut rest) = match words.as_slice() {
        ["me", rest @ ..] => (None, rest),
        ["users", user, rest @ ..] => (Some((*user).to_string()), rest),
        top => return root(method, top),
    };
    let mut calendar = None;
    match rest {
        ["calendar", more @ ..] if !more.is_empty() => {
            // The default one, and no other.
            calendar = Some(String::new());
            rest = more;
        }
        ["calendars", id, more @ ..] | ["calendarGroups", _, "calendars", id, more @ ..] if !more.is_empty() => {
            calendar = Some((*id).to_string());
            rest = more;
        }
        _ => {}
    }
    let inside = rest.len() < words.len() - if user.is_some() { 2 } else { 1 };
    let (mut event, mut name) = (None, None);
    let mut id = |text: &str| event = Some(text.to_string());
    let (operation, scopes, takes, answers) = match (method.as_str(), rest) {
        ("GET", []) => ("graph.me.get", ME, None, "any"),
        ("POST", ["revokeSignInSessions" | "microsoft.graph.revokeSignInSessions"]) => {
            ("graph.me.revokeSignInSessions", ME, None, "any")
        }
        ("GET", ["mailboxSettings"]) => ("graph.mailboxSettings.get", SETTINGS, None, "any"),
        ("GET", ["calendarGroups"]) if !inside => ("graph.calendarGroups.list", BASIC, None, "any"),
        ("GET", ["calendars"] | ["calendarGroups", _, "calendars"]) if !inside => {
            ("graph.calendars.list", BASIC, None, "calendar")
        }
        ("POST", ["calendars"]) if !inside => ("graph.calendars.create", WRITE, Some("calendar"), "calendar"),
        (verb @ ("GET" | "PATCH" | "DELETE"), ["calendar"] | ["calendars", _]) if !inside => {
            if let ["calendars", one] = rest {
                calendar = Some((*one).to_string());
            }
            match verb {
                "GET" => ("graph.calendars.get", BASIC, None, "calendar"),
                "PATCH" => ("graph.calendars.update", WRITE, Some("calendar"), "calendar"),
                _ => ("graph.calendars.delete", WRITE, None, "any"),
            }
        }
        ("POST", ["getSchedule" | "microsoft.graph.getSchedule"]) if inside => {
            ("graph.getSchedule", READ, Some("getSchedule"), "any")
        }
        ("GET", ["events"]) => ("graph.events.list", READ, None, "event"),
        ("POST", ["events"]) => ("graph.events.create", WRITE, Some("event"), "event"),
        ("GET", ["events", "delta" | "delta()" | "microsoft.graph.delta()"]) => {
            ("graph.events.delta", READ, None, "event")
        }
        ("GET", ["calendarView"]) => ("graph.calendarView.list", READ, None, "event"),
        ("GET", ["calendarView", "delta" | "delta()" | "microsoft.graph.delta()"]) => {
            ("graph.calendarView.delta", READ, None, "event")
        }
        (verb, ["events", one, more @ ..]) => {
            id(one);
            match (verb, more) {
                ("GET", []) => ("graph.events.get", READ, None, "event"),
                ("PATCH", []) => ("graph.events.update", WRITE, Some("event"), "event"),
                ("DELETE", []) => ("graph.events.delete", WRITE, None, "any"),
                ("GET", ["instances"]) => ("graph.events.instances", READ, None, "event"),
                ("POST", ["accept" | "microsoft.graph.accept"]) => {
                    ("graph.events.accept", WRITE, Some("accept"), "any")
                }
                ("POST", ["decline" | "microsoft.graph.decline"]) => {
                    ("graph.events.decline", WRITE, Some("decline"), "any")
                }
                ("POST", ["tentativelyAccept" | "microsoft.graph.tentativelyAccept"]) => (
                    "graph.events.tentativelyAccept",
                    WRITE,
                    Some("tentativelyAccept"),
                    "any",
                ),
                ("POST", ["cancel" | "microsoft.graph.cancel"]) => {
                    ("graph.events.cancel", WRITE, Some("cancel"), "any")
                }
                ("POST", ["forward"]) => ("graph.events.forward", WRITE, Some("forward"), "any"),
                ("POST", ["dismissReminder"]) => ("graph.events.dismissReminder", WRITE, None, "any"),
                ("POST", ["extensions"]) => ("graph.extensions.create", WRITE, Some("extension"), "any"),
                (verb @ ("GET" | "PATCH" | "DELETE"), ["extensions", extension]) => {
                    name = Some((*extension).to_string());
                    match verb {
                        "GET" => ("graph.extensions.get", READ, None, "any"),
                        "PATCH" => ("graph.extensions.update", WRITE, Some("extension"), "any"),
                        _ => ("graph.extensions.delete", WRITE, None, "any"),
                    }
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(Route {
        operation,
        scopes,
        takes,
        answers,
        user,
        calendar,
        event,
        name,
    })
}

/// What is not below a user.
fn root(method: &Method, path: &[&str]) -> Option<Route> {
    let mut name = None;
    let (operation, takes) = match (method.as_str(), path) {
        ("POST", ["$batch"]) => ("graph.batch", None),
        ("GET", ["subscriptions"]) => ("graph.subscriptions.list", None),
        ("POST", ["subscriptions"]) => ("graph.subscriptions.create", Some("subscription")),
        (verb, ["subscriptions", id, more @ ..]) => {
            name = Some((*id).to_string());
            match (verb, more) {
                ("GET", []) => ("graph.subscriptions.get", None),
                ("PATCH", []) => ("graph.subscriptions.update", Some("subscription")),
                ("DELETE", []) => ("graph.subscriptions.delete", None),
                ("POST", ["reauthorize"]) => ("graph.subscriptions.reauthorize", None),
                _ => return None,
            }
        }
        _ => return None,
    };
    let scopes = if operation == "graph.batch" { &[] } else { READ };
    Some(Route {
        operation,
        scopes,
        takes,
        answers: "any",
        user: None,
        calendar: None,
        event: None,
        name,
    })
}

/// What is simulated of Graph.
pub(crate) fn run(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    match call.operation {
        "graph.me.get" => people::me(state, call),
        "graph.me.revokeSignInSessions" => people::revoke(state, call),
        "graph.mailboxSettings.get" => people::settings(state, call),
        "graph.calendarGroups.list" => calendars::groups(state, call),
        "graph.calendars.list" => calendars::list(state, call),
        "graph.calendars.create" => calendars::create(state, call),
        "graph.calendars.get" => calendars::get(state, call),
        "graph.calendars.update" => calendars::update(state, call),
        "graph.calendars.delete" => calendars::delete(state, call),
        "graph.getSchedule" => schedule::get_schedule(state, call),
        "graph.events.list" => events::list(state, call),
        "graph.events.create" => events::create(state, call),
        "graph.events.get" => events::get(state, call),
        "graph.events.update" => events::update(state, call),
        "graph.events.delete" => events::delete(state, call),
        "graph.events.instances" => events::instances(state, call),
        "graph.calendarView.list" => events::view(state, call),
        "graph.events.delta" | "graph.calendarView.delta" => delta::delta(state, call),
        "graph.events.accept" | "graph.events.decline" | "graph.events.tentativelyAccept" => {
            events::respond(state, call)
        }
        "graph.events.cancel" => events::cancel(state, call),
        "graph.events.forward" | "graph.events.dismissReminder" => events::nothing(state, call),
        "graph.extensions.create" => extensions::create(state, call),
        "graph.extensions.get" => extensions::get(state, call),
        "graph.extensions.update" => extensions::update(state, call),
        "graph.extensions.delete" => extensions::delete(state, call),
        "graph.subscriptions.list" => subscriptions::list(state, call),
        "graph.subscriptions.get" => subscriptions::get(state, call),
        "graph.subscriptions.update" => subscriptions::update(state, call),
        "graph.subscriptions.reauthorize" => subscriptions::reauthorize(state, call),
        "graph.subscriptions.delete" => subscriptions::delete(state, call),
        other => Err(Refusal::new(
            501,
            "NotImplemented",
            format!("{other} is not simulated."),
        )),
    }
}
