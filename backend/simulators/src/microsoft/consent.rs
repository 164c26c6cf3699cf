//! The sign-in and consent pages: plain HTML, no script, nothing loaded from elsewhere.

use actix_web::HttpResponse;

use crate::{
    chance::uuid,
    html::{escape, page as html},
};

use super::{
    oauth::{authorize::Asked, words::Aadsts},
    store::{Account, State},
};

/// Permissions and what the page says of them (docs: permissions-reference.md).
const SCOPES: [(&str, &str); 16] = [
    ("openid", "Sign you in"),
    ("profile", "View your basic profile"),
    ("email", "View your email address"),
    ("offline_access", "Maintain access to data you have given it access to"),
    ("User.Read", "Sign you in and read your profile"),
    ("Calendars.ReadBasic", "Read basic details of your calendars"),
    ("Calendars.Read", "Read your calendars"),
    ("Calendars.ReadWrite", "Have full access to your calendars"),
    ("Calendars.Read.Shared", "Read calendars you can access"),
    (
        "Calendars.ReadWrite.Shared",
        "Read and write to your and shared calendars",
    ),
    ("MailboxSettings.Read", "Read your mailbox settings"),
    ("MailboxSettings.ReadWrite", "Read and write to your mailbox settings"),
    ("Contacts.ReadWrite", "Have full access to your contacts"),
    (
        "Tasks.ReadWrite",
        "Create, read, update and delete your tasks and task lists",
    ),
    ("Mail.Send", "Send mail as you"),
    (".default", "Everything the application is registered for"),
];

/// What a permission means, if it exists.
pub(crate) fn describe(scope: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(name, _)| *name == scope).map(|(_, text)| *text)
}

/// The page itself. `query` is the request it answers; the form sends it along.
pub(crate) fn page(state: &State, asked: &Asked, query: &str) -> HttpResponse {
    let name = escape(&asked.client.name);
    let people: Vec<&Account> = state.accounts.values().filter(|a| asked.admits(a).is_ok()).collect();
    let hinted = |a: &&&Account| asked.hint.as_ref().is_some_and(|h| a.email.eq_ignore_ascii_case(h));
    let chosen = people
        .iter()
        .find(hinted)
        .or(people.first())
        .map_or("", |a| a.email.as_str());
    let accounts: String = people
        .iter()
        .map(|account| {
            let checked = if account.email == chosen { " checked" } else { "" };
            let (email, person) = (escape(&account.email), escape(&account.name));
            format!("<label><input type=\"radio\" name=\"account\" value=\"{email}\" required{checked}><span>{person}<small>{email}</small></span></label>")
        })
        .collect();
    let scopes: String = asked
        .scopes
        .iter()
        .map(|scope| {
            format!(
                "<li>{} <small>{}</small></li>",
                escape(describe(scope).unwrap_or(scope)),
                escape(scope)
            )
        })
        .collect();
    html(
        200,
        &format!("{} – permissions requested – Microsoft simulator", asked.client.name),
        &format!(
            "<p class=\"note\">Microsoft simulator. Nothing here leaves this computer.</p><h1>Permissions requested</h1><p>{name} would like to:</p><ul>{scopes}</ul><form method=\"post\" action=\"?{}\"><fieldset><legend>Pick an account</legend>{accounts}</fieldset><div class=\"actions\"><button type=\"submit\" name=\"decision\" value=\"cancel\" formnovalidate>Cancel</button><button type=\"submit\" class=\"main\" name=\"decision\" value=\"accept\">Accept</button></div></form>",
            escape(query)
        ),
    )
}

/// What people see whose organisation lets only administrators consent, and the two ways on (Entra docs:
/// reference-error-codes.md, AADSTS90094).
pub(crate) fn approval(asked: &Asked, account: &Account, query: &str, back: &str) -> HttpResponse {
    html(
        200,
        "Need admin approval – Microsoft simulator",
        &format!(
            "<p class=\"note\">Microsoft simulator</p><h1>Need admin approval</h1><p>{} needs permission to access resources in the organisation of {} that only an admin can grant. Please ask an admin to grant permission to this app before you can use it.</p><p>AADSTS90094</p><p><a href=\"?{}\">Have an admin account? Sign in with that account</a></p><p><a href=\"{}\">Return to the application without granting consent</a></p>",
            escape(&asked.client.name),
            escape(&account.email),
            escape(query),
            escape(back)
        ),
    )
}

/// What Entra shows when it cannot send anybody back.
pub(crate) fn problem(state: &State, problem: &Aadsts) -> HttpResponse {
    html(
        problem.status,
        "Sign in – Microsoft simulator",
        &format!(
            "<p class=\"note\">Microsoft simulator</p><h1>Sorry, but we’re having trouble signing you in</h1><p>{}</p>",
            escape(&problem.description(state.now(), &uuid(), &uuid()))
        ),
    )
}
