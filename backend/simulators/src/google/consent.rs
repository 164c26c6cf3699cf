//! The consent page: plain HTML, no script, nothing loaded from elsewhere, usable by keyboard and screen reader.

use actix_web::HttpResponse;

use crate::html::{escape, page as html};

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
