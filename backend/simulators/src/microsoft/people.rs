//! Who somebody is (docs: user-get.md, user-get-mailboxsettings.md, user-revokesigninsessions.md).

use serde_json::json;

use super::{
    errors::Refusal,
    server::{Answer, Call},
    store::State,
};

/// `GET /me`.
pub(crate) fn me(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let account = state.account(&call.owner)?;
    let (given, family) = account.name.split_once(' ').unwrap_or((&account.name, ""));
    let mut body = json!({
        "@odata.context": call.context("users/$entity"),
        "businessPhones": [],
        "displayName": account.name,
        "givenName": given,
        "jobTitle": null,
        "mail": account.email,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": "en-US",
        "surname": family,
        "userPrincipalName": account.email,
        "id": account.id,
    });
    // Told to those who ask for it by name (docs: resources/user.md); personal accounts have none.
    if call
        .query
        .select
        .as_ref()
        .is_some_and(|names| names.iter().any(|name| name == "proxyAddresses"))
    {
        let others = account.aliases.iter().map(|one| format!("smtp:{one}"));
        let main = (account.tenant != super::oauth::CONSUMERS).then(|| format!("SMTP:{}", account.email));
        body["proxyAddresses"] = json!(main.into_iter().chain(others).collect::<Vec<_>>());
    }
    Ok(Answer::json(200, call.query.pick(body)))
}

/// `GET /me/mailboxSettings`.
pub(crate) fn settings(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let account = state.account(&call.owner)?;
    let body = json!({
        "@odata.context": call.context(&format!("users('{}')/mailboxSettings", call.owner)),
        "timeZone": account.time_zone,
        "language": {"locale": "en-US", "displayName": "English (United States)"},
        "workingHours": working_hours(&account.time_zone),
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "userPurpose": "user",
    });
    Ok(Answer::json(200, call.query.pick(body)))
}

/// Nine to five on weekdays.
pub(crate) fn working_hours(zone: &str) -> serde_json::Value {
    json!({
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "09:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": zone},
    })
}

/// `POST /me/revokeSignInSessions`: refresh tokens are dead, access tokens live until they expire.
pub(crate) fn revoke(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    state.auth.revoke(&call.owner, false);
    Ok(Answer::json(
        200,
        json!({"@odata.context": call.context("Edm.Boolean"), "value": true}),
    ))
}
