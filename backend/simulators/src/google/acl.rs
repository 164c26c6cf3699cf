//! Who may do what with a calendar. A rule gives access; the calendar appears in somebody's list only when they add it.

use serde_json::{Value, json};

use super::{
    errors::Refusal,
    events::{body::address, sync},
    server::{Answer, Call},
    store::{Calendar, Role, State, etag},
};

fn show(calendar: &Calendar, email: &str, role: Role) -> Value {
    json!({
        "kind": "calendar#aclRule",
        "etag": etag(calendar.revision),
        "id": format!("user:{email}"),
        "scope": {"type": "user", "value": email},
        "role": role.name(),
    })
}

fn person(call: &Call) -> Result<&str, Refusal> {
    call.path("ruleId").strip_prefix("user:").ok_or_else(Refusal::not_found)
}

fn owned(state: &State, call: &Call) -> Result<String, Refusal> {
    state.access_at_least(&call.actor, call.path("calendarId"), Role::Owner)
}

/// `acl.list`. One page is always enough here.
pub(crate) fn list(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = owned(state, call)?;
    let calendar = state.calendar(&id)?;
    let items: Vec<Value> = calendar
        .roles
        .iter()
        .map(|(email, role)| show(calendar, email, *role))
        .collect();
    let token = sync::seal(state, call, &format!("acl:{id}"), state.revision, None, None);
    Ok(Answer::json(json!({
        "kind": "calendar#acl",
        "etag": etag(calendar.revision),
        "nextSyncToken": token,
        "items": items,
    })))
}

/// `acl.get`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = owned(state, call)?;
    let calendar = state.calendar(&id)?;
    let email = person(call)?;
    let role = calendar.roles.get(email).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(show(calendar, email, *role)))
}

/// `acl.insert`, `acl.patch` and `acl.update`.
pub(crate) fn put(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = owned(state, call)?;
    let email = match call.path("ruleId") {
        "" => {
            if call.body["scope"]["type"] != json!("user") {
                return Err(Refusal::invalid("Only scopes of type user are simulated."));
            }
            call.body["scope"]["value"].as_str().unwrap_or_default().to_string()
        }
        _ => person(call)?.to_string(),
    };
    if !address(&email) {
        return Err(Refusal::invalid("Invalid scope value."));
    }
    let role = call.body["role"]
        .as_str()
        .ok_or_else(|| Refusal::required("Missing role."))?;
    let role = Role::parse(role).ok_or_else(|| Refusal::invalid("Invalid role."))?;
    let revision = state.next();
    let calendar = state.calendar_mut(&id)?;
    calendar.revision = revision;
    calendar.roles.insert(email.clone(), role);
    Ok(Answer::json(show(calendar, &email, role)))
}

/// `acl.delete`.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = owned(state, call)?;
    let email = person(call)?.to_string();
    let revision = state.next();
    let calendar = state.calendar_mut(&id)?;
    if calendar.owner == email {
        return Err(Refusal::new(403, "cannotChangeOwnAcl", "Cannot change your own access level.").domain("calendar"));
    }
    calendar.roles.remove(&email).ok_or_else(Refusal::not_found)?;
    calendar.revision = revision;
    if let Some(entry) = state.accounts.get_mut(&email).and_then(|a| a.list.get_mut(&id)) {
        entry.deleted = true;
        entry.revision = revision;
    }
    Ok(Answer::empty())
}
