//! Open extensions of events, the least of them (docs: opentypeextension-post-opentypeextension.md).

use serde_json::{Value, json};

use super::{
    errors::Refusal,
    server::{Answer, Call},
    store::{ItemKey, State},
};

fn locate(state: &State, call: &Call) -> Result<ItemKey, Refusal> {
    state.locate(&call.owner, None, call.event.as_deref().unwrap_or_default())
}

fn all(state: &State, item: &ItemKey) -> Result<Vec<Value>, Refusal> {
    let event = state.event(&item.0)?;
    Ok(event
        .body
        .get("extensions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default())
}

fn keep(state: &mut State, item: &ItemKey, list: Vec<Value>) -> Result<(), Refusal> {
    let (now, revision) = (state.now(), state.next());
    let event = state.event_mut(&item.0)?;
    event.body.insert("extensions".into(), Value::Array(list));
    (event.updated, event.revision) = (now, revision);
    Ok(())
}

fn named(one: &Value, name: &str) -> bool {
    let short = name.trim_start_matches("Microsoft.OutlookServices.OpenTypeExtension.");
    one["extensionName"].as_str() == Some(short)
}

/// `POST events/{id}/extensions`.
pub(crate) fn create(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = locate(state, call)?;
    let name = call.body["extensionName"]
        .as_str()
        .filter(|n| !n.is_empty() && n.len() <= 128);
    let name = name
        .ok_or_else(|| Refusal::bad("RequestBodyRead", "extensionName is required."))?
        .to_string();
    let mut list = all(state, &item)?;
    if list.iter().any(|one| named(one, &name)) {
        return Err(Refusal::new(
            409,
            "NameAlreadyExists",
            format!("An extension named '{name}' already exists."),
        ));
    }
    let mut one = call.body.clone();
    one["@odata.type"] = json!("#microsoft.graph.openTypeExtension");
    one["id"] = json!(format!("Microsoft.OutlookServices.OpenTypeExtension.{name}"));
    list.push(one.clone());
    keep(state, &item, list)?;
    Ok(Answer::json(201, one))
}

/// `GET events/{id}/extensions/{name}`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = locate(state, call)?;
    let name = call.name.as_deref().unwrap_or_default();
    let found = all(state, &item)?.into_iter().find(|one| named(one, name));
    Ok(Answer::json(200, found.ok_or_else(Refusal::not_found)?))
}

/// `PATCH events/{id}/extensions/{name}`: what is sent is there afterwards, and nothing else.
pub(crate) fn update(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = locate(state, call)?;
    let name = call.name.as_deref().unwrap_or_default();
    let mut list = all(state, &item)?;
    let one = list
        .iter_mut()
        .find(|one| named(one, name))
        .ok_or_else(Refusal::not_found)?;
    let (id, short) = (one["id"].clone(), one["extensionName"].clone());
    *one = call.body.clone();
    one["@odata.type"] = json!("#microsoft.graph.openTypeExtension");
    (one["id"], one["extensionName"]) = (id, short);
    let answer = one.clone();
    keep(state, &item, list)?;
    Ok(Answer::json(200, answer))
}

/// `DELETE events/{id}/extensions/{name}`.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let item = locate(state, call)?;
    let name = call.name.as_deref().unwrap_or_default();
    let mut list = all(state, &item)?;
    let before = list.len();
    list.retain(|one| !named(one, name));
    if list.len() == before {
        return Err(Refusal::not_found());
    }
    keep(state, &item, list)?;
    Ok(Answer::empty(204))
}
