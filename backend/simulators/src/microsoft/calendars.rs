//! Calendars (docs: user-list-calendars.md, user-post-calendars.md, calendar-update.md, calendar-delete.md).

use serde_json::{Value, json};

use super::{
    errors::Refusal,
    server::{Answer, Call},
    store::{Calendar, State, change_key, fresh_calendar_id},
};

/// The one group everybody has.
const GROUP: &str = "AAMkAGGroupMyCalendars=";

fn show(state: &State, calendar: &Calendar) -> Value {
    let owner = state.accounts.get(&calendar.owner);
    let work = owner.is_some_and(|a| a.tenant != super::oauth::CONSUMERS);
    let provider = if work { "teamsForBusiness" } else { "unknown" };
    json!({
        "id": calendar.id,
        "name": calendar.name,
        "color": calendar.color,
        "hexColor": "",
        "isDefaultCalendar": calendar.default,
        "changeKey": change_key(calendar.revision),
        "canShare": calendar.editable,
        "canViewPrivateItems": calendar.editable,
        "canEdit": calendar.editable,
        "allowedOnlineMeetingProviders": if work { json!(["teamsForBusiness"]) } else { json!([]) },
        "defaultOnlineMeetingProvider": provider,
        "isTallyingResponses": calendar.default,
        "isRemovable": !calendar.default,
        "owner": {"name": owner.map_or("", |a| a.name.as_str()), "address": calendar.owner},
    })
}

/// `GET calendars`.
pub(crate) fn list(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let mut mine: Vec<&Calendar> = state.calendars.values().filter(|c| c.owner == call.owner).collect();
    mine.sort_by_key(|c| (!c.default, c.name.clone()));
    let all: Vec<Value> = mine
        .iter()
        .map(|c| show(state, c))
        .filter(|c| call.query.filter.as_ref().is_none_or(|f| f.holds(c)))
        .collect();
    let size = call.query.top.unwrap_or(10);
    let value: Vec<Value> = all
        .iter()
        .skip(call.query.skip)
        .take(size)
        .map(|c| call.query.pick(c.clone()))
        .collect();
    let mut body =
        json!({"@odata.context": call.context(&format!("users('{}')/calendars", call.owner)), "value": value});
    if call.query.count {
        body["@odata.count"] = json!(all.len());
    }
    if call.query.skip + size < all.len() {
        let next = call.query.link(&[("$skip", (call.query.skip + size).to_string())]);
        body["@odata.nextLink"] = json!(format!("{}?{next}", call.here));
    }
    Ok(Answer::json(200, body))
}

/// `GET calendarGroups`.
pub(crate) fn groups(_: &mut State, call: &Call) -> Result<Answer, Refusal> {
    Ok(Answer::json(
        200,
        json!({
            "@odata.context": call.context(&format!("users('{}')/calendarGroups", call.owner)),
            "value": [{"id": GROUP, "name": "My Calendars", "changeKey": change_key(1), "classId": "0006f0b7-0000-0000-c000-000000000046"}],
        }),
    ))
}

fn one(state: &State, call: &Call, id: &str, status: u16) -> Result<Answer, Refusal> {
    let calendar = state.calendar(&call.owner, Some(id))?;
    let mut body = call.query.pick(show(state, calendar));
    body["@odata.context"] = json!(call.context(&format!("users('{}')/calendars/$entity", call.owner)));
    Ok(Answer::json(status, body))
}

/// `GET calendars/{id}`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = state.calendar(&call.owner, call.calendar.as_deref())?.id.clone();
    one(state, call, &id, 200)
}

/// Makes a calendar.
pub(crate) fn add(state: &mut State, owner: &str, name: &str, default: bool) -> String {
    let revision = state.next();
    let calendar = Calendar {
        id: fresh_calendar_id(),
        owner: owner.into(),
        name: name.into(),
        color: "auto".into(),
        default,
        editable: true,
        revision,
        sync_floor: 0,
    };
    let id = calendar.id.clone();
    state.calendars.insert(id.clone(), calendar);
    id
}

/// `POST calendars`. A name can be taken only once.
pub(crate) fn create(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let name = call.body["name"].as_str().filter(|n| !n.is_empty());
    let name = name.ok_or_else(|| Refusal::value("At least one property failed validation: name is required."))?;
    taken(state, &call.owner, name)?;
    let id = add(state, &call.owner, name, false);
    change(state, call, &id);
    one(state, call, &id, 201)
}

fn taken(state: &State, owner: &str, name: &str) -> Result<(), Refusal> {
    if state
        .calendars
        .values()
        .any(|c| c.owner == owner && c.name.eq_ignore_ascii_case(name))
    {
        return Err(Refusal::new(
            409,
            "ErrorFolderExists",
            format!("A folder with the specified name already exists., Could not create folder '{name}'."),
        ));
    }
    Ok(())
}

fn change(state: &mut State, call: &Call, id: &str) {
    let revision = state.next();
    if let Some(calendar) = state.calendars.get_mut(id) {
        if let Some(name) = call.body["name"].as_str() {
            calendar.name = name.into();
        }
        if let Some(color) = call.body["color"].as_str() {
            calendar.color = color.into();
        }
        calendar.revision = revision;
    }
}

/// `PATCH calendars/{id}`.
pub(crate) fn update(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let calendar = state.calendar(&call.owner, call.calendar.as_deref())?;
    let id = calendar.id.clone();
    if let Some(name) = call.body["name"]
        .as_str()
        .filter(|n| !n.eq_ignore_ascii_case(&calendar.name))
    {
        taken(state, &call.owner, name)?;
    }
    change(state, call, &id);
    one(state, call, &id, 200)
}

/// `DELETE calendars/{id}`: any but the default one.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let calendar = state.calendar(&call.owner, call.calendar.as_deref())?;
    if calendar.default {
        return Err(Refusal::request(
            "Your request can't be completed. The default calendar cannot be deleted.",
        ));
    }
    let id = calendar.id.clone();
    erase(state, &id);
    Ok(Answer::empty(204))
}

/// Takes a calendar away with everything in it.
pub(crate) fn erase(state: &mut State, id: &str) {
    state.calendars.remove(id);
    state.events.retain(|_, event| event.calendar != id);
    state.next();
}
