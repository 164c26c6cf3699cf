//! Checks request bodies against Google's published schema: no field it does not know, no wrong type.
//!
//! It reads only what the derived document uses (`$ref`, `properties`, `items`, `additionalProperties`, `type`).

use std::sync::LazyLock;

use serde_json::Value;

use super::errors::Refusal;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schemas/google-calendar-v3.strict.schema.json")).unwrap_or(Value::Null)
});

/// Checks `body` against the definition `name`. `null` is allowed wherever a field may be cleared.
///
/// # Errors
/// 400 naming the field.
pub(crate) fn check(name: &str, body: &Value) -> Result<(), Refusal> {
    if !body.is_object() {
        return Err(Refusal::new(400, "parseError", "Parse Error"));
    }
    walk(&SCHEMA["$defs"][name], body, "")
}

fn walk(schema: &Value, value: &Value, at: &str) -> Result<(), Refusal> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return walk(&SCHEMA["$defs"][name], value, at);
    }
    let fits = match schema.get("type").and_then(Value::as_str) {
        _ if value.is_null() => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        return Err(Refusal::bad_request(format!(
            "Invalid JSON payload received. Invalid value at '{at}': {value}"
        )));
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (index, item) in list.iter().enumerate() {
            if item.is_null() {
                return Err(Refusal::bad_request(format!("Invalid value at '{at}[{index}]': null")));
            }
            walk(items, item, &format!("{at}[{index}]"))?;
        }
    }
    if let Some(fields) = value.as_object() {
        let known = schema.get("properties");
        let open = schema.get("additionalProperties");
        for (key, inner) in fields {
            let path = if at.is_empty() {
                key.clone()
            } else {
                format!("{at}.{key}")
            };
            match (known.and_then(|k| k.get(key)), open) {
                (Some(next), _) => walk(next, inner, &path)?,
                (None, Some(Value::Bool(false))) => {
                    return Err(Refusal::bad_request(format!(
                        "Invalid JSON payload received. Unknown name \"{key}\" at '{at}': Cannot find field."
                    )));
                }
                (None, Some(next)) => walk(next, inner, &path)?,
                (None, None) => {}
            }
        }
    }
    Ok(())
}
