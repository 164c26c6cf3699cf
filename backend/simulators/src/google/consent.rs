//! The consent page: plain HTML, no script, nothing loaded from elsewhere, usable by keyboard and screen reader.

use actix_web::{HttpResponse, http::StatusCode};

use super::{
    oauth::authorize::{Asked, Blocked},
    store::State,
};

/// Scopes and what the page says of them.
const SCOPES: [(&str, &str); 24] = [
    ("openid", "Associate you with your personal info on Google"),
    (
        "https://www.googleapis.com/auth/userinfo.email",
        "See your primary Google Account email address",
    ),
    (
        "https://www.googleapis.com/auth/userinfo.profile",
        "See your personal info, such as your name",
    ),
    (
        "https://www.googleapis.com/auth/calendar",
        "See, edit, share, and permanently delete all the calendars you can access using Google Calendar",
    ),
    (
        "https://www.googleapis.com/auth/calendar.readonly",
        "See and download any calendar you can access",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events",
        "View and edit events on all your calendars",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events.readonly",
        "View events on all your calendars",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events.owned",
        "See, create, change, and delete events on calendars you own",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events.owned.readonly",
        "See the events on calendars you own",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events.freebusy",
        "See the availability on calendars you have access to",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events.public.readonly",
        "See the events on public calendars",
    ),
    (
        "https://www.googleapis.com/auth/calendar.freebusy",
        "View your availability in your calendars",
    ),
    (
        "https://www.googleapis.com/auth/calendar.settings",
        "Change your calendar settings",
    ),
    (
        "https://www.googleapis.com/auth/calendar.settings.readonly",
        "View your calendar settings",
    ),
    (
        "https://www.googleapis.com/auth/calendar.calendarlist",
        "See, add, and remove calendars you are subscribed to",
    ),
    (
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
        "See the list of calendars you are subscribed to",
    ),
    (
        "https://www.googleapis.com/auth/calendar.calendars",
        "See and change the properties of calendars you have access to, and create secondary calendars",
    ),
    (
        "https://www.googleapis.com/auth/calendar.calendars.readonly",
        "See the title, description, default time zone, and other properties of calendars",
    ),
    (
        "https://www.googleapis.com/auth/calendar.acls",
        "See and change the sharing permissions of calendars you own",
    ),
    (
        "https://www.googleapis.com/auth/calendar.acls.readonly",
        "See the sharing permissions of calendars you own",
    ),
    (
        "https://www.googleapis.com/auth/calendar.app.created",
        "Make secondary calendars, and see, create, change, and delete events on them",
    ),
    (
        "https://www.googleapis.com/auth/plus.me",
        "Associate you with your personal info on Google",
    ),
    (
        "https://www.googleapis.com/auth/gmail.send",
        "Send email on your behalf",
    ),
    (
        "https://www.googleapis.com/auth/drive.file",
        "See and edit the files you use with this app",
    ),
];

/// What a scope means, if it exists.
pub(crate) fn describe(scope: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(name, _)| *name == scope).map(|(_, text)| *text)
}

/// Whether a scope only says who somebody is; such scopes cannot be unticked.
pub(crate) fn sign_in(scope: &str) -> bool {
    scope == "openid" || scope.starts_with("https://www.googleapis.com/auth/userinfo.")
}

const STYLE: &str = "
:root{color-scheme:light dark;--page:#f0f4f9;--card:#fff;--ink:#1f1f1f;--soft:#5f6368;--line:#dadce0;--main:#0b57d0;--on:#fff}
@media(prefers-color-scheme:dark){:root{--page:#1e1f20;--card:#0e0e0e;--ink:#e3e3e3;--soft:#c4c7c5;--line:#5f6368;--main:#a8c7fa;--on:#062e6f}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:4vh auto;background:var(--card);border-radius:1.5rem;padding:2rem}
.note{color:var(--soft);font-size:.875rem;margin:0 0 1rem}h1{font-size:1.5rem;font-weight:500;line-height:1.3;margin:0 0 .5rem}
fieldset{border:0;padding:0;margin:1.5rem 0 0}legend{font-weight:600;padding:0;margin-bottom:.5rem}
label{display:flex;gap:.75rem;align-items:flex-start;padding:.75rem .5rem;border-bottom:1px solid var(--line);cursor:pointer}
label:hover{background:color-mix(in srgb,var(--main) 8%,transparent)}input{margin:.3rem 0 0;inline-size:1.1rem;block-size:1.1rem;accent-color:var(--main);flex:none}
small{display:block;color:var(--soft);overflow-wrap:anywhere}.actions{display:flex;gap:.75rem;justify-content:flex-end;margin-top:2rem}
button{font:inherit;font-weight:500;padding:.6rem 1.5rem;border-radius:2rem;border:1px solid var(--line);background:transparent;color:var(--main);cursor:pointer}
button.main{background:var(--main);color:var(--on);border-color:var(--main)}:focus-visible{outline:3px solid var(--main);outline-offset:2px}code{overflow-wrap:anywhere}
";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn html(status: u16, title: &str, main: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{}</title><style>{STYLE}</style></head><body><main>{main}</main></body></html>",
            escape(title)
        ))
}

/// The page itself. `query` is the request it answers; the form sends it along.
pub(crate) fn page(state: &State, asked: &Asked, query: &str) -> HttpResponse {
    let name = escape(&asked.client.name);
    let hinted = asked
        .hint
        .as_ref()
        .and_then(|h| {
            state
                .accounts
                .values()
                .find(|a| a.email.eq_ignore_ascii_case(h) || a.sub == *h)
        })
        .map(|a| a.email.as_str());
    let chosen = hinted
        .or_else(|| state.accounts.keys().next().map(String::as_str))
        .unwrap_or_default();
    let accounts: String = state
        .accounts
        .values()
        .map(|account| {
            let checked = if account.email == chosen { " checked" } else { "" };
            let (email, person) = (escape(&account.email), escape(&account.name));
            format!(
                "<label><input type=\"radio\" name=\"account\" value=\"{email}\" required{checked}><span>{person}<small>{email}</small></span></label>"
            )
        })
        .collect();
    let scopes: String = asked
        .scopes
        .iter()
        .map(|scope| {
            let text = escape(describe(scope).unwrap_or(scope));
            let name = escape(scope);
            let fixed = if sign_in(scope) { " disabled" } else { "" };
            format!(
                "<label><input type=\"checkbox\" name=\"scope\" value=\"{name}\" checked{fixed}><span>{text}<small>{name}</small></span></label>"
            )
        })
        .collect();
    html(
        200,
        &format!("{} wants access – Google simulator", asked.client.name),
        &format!(
            "<p class=\"note\">Google simulator. Nothing here leaves this computer.</p><h1>{name} wants access to your Google Account</h1><form method=\"post\" action=\"?{}\"><fieldset><legend>Choose an account</legend>{accounts}</fieldset><fieldset><legend>Select what {name} can access</legend>{scopes}</fieldset><div class=\"actions\"><button type=\"submit\" name=\"decision\" value=\"deny\" formnovalidate>Deny</button><button type=\"submit\" class=\"main\" name=\"decision\" value=\"allow\">Allow</button></div></form>",
            escape(query)
        ),
    )
}

/// What Google shows when it cannot send anybody back.
pub(crate) fn problem(problem: &Blocked) -> HttpResponse {
    html(
        problem.status,
        "Access blocked – Google simulator",
        &format!(
            "<p class=\"note\">Google simulator</p><h1>Access blocked: this app’s request is invalid</h1><p>{}</p><p>Error {}: <code>{}</code></p>",
            escape(&problem.detail),
            problem.status,
            problem.code
        ),
    )
}
