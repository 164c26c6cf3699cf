//! Checks what comes in against our own OpenAPI document: the document is the contract, in both directions.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

use crate::api::{document, problem::FieldError};

static COMPILED: LazyLock<RwLock<HashMap<String, Arc<Validator>>>> = LazyLock::new(RwLock::default);

/// Everything wrong with `value` as the component called `name`.
pub fn check(name: &str, value: &Value) -> Result<Vec<FieldError>, String> {
    check_against(
        name,
        value,
        || json!({ "$ref": format!("#/components/schemas/{name}") }),
    )
}

/// Everything wrong with `value` under a schema that may refer to components; compiled once per `key`.
pub fn check_against(key: &str, value: &Value, schema: impl FnOnce() -> Value) -> Result<Vec<FieldError>, String> {
    let validator = compiled(key, schema)?;
    let mut found = Vec::new();
    for error in validator.iter_errors(value) {
        tell(&error, &mut found);
    }
    nul(value, &mut String::new(), &mut found);
    found.dedup();
    Ok(found)
}

fn compiled(key: &str, schema: impl FnOnce() -> Value) -> Result<Arc<Validator>, String> {
    if let Some(validator) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(key) {
        return Ok(Arc::clone(validator));
    }
    let mut schema = schema();
    if let Some(root) = schema.as_object_mut() {
        root.insert(
            "components".to_owned(),
            document::value().get("components").cloned().unwrap_or_default(),
        );
    }
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_format("email", |text: &str| is_email(text))
        .with_format("iana-time-zone", |text: &str| jiff::tz::TimeZone::get(text).is_ok())
        .build(&schema)
        .map(Arc::new)
        .map_err(|error| format!("{key}: {error}"))?;
    COMPILED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(key.to_owned(), Arc::clone(&validator));
    Ok(validator)
}

/// One error of the validator in our words, in place of the alternatives it may consist of.
fn tell(error: &ValidationError<'_>, found: &mut Vec<FieldError>) {
    let at = error.instance_path().to_string();
    let name = at
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("the body")
        .to_owned();
    let mut say = |code: &str, detail: String| found.push(FieldError::new(at.clone(), code, detail));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            found.push(FieldError::new(
                format!("{at}/{}", escape(property)),
                "required",
                format!("“{property}” is required."),
            ));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for property in unexpected {
                found.push(FieldError::new(
                    format!("{at}/{}", escape(property)),
                    "unknown_field",
                    format!("“{property}” is not a field here."),
                ));
            }
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            // The alternative that was meant: not “null”, and the one that got furthest.
            let meant = context
                .iter()
                .filter(|errors| {
                    !errors.iter().any(|inner| {
                        matches!(inner.kind(), ValidationErrorKind::Type { .. })
                            && inner.instance_path() == error.instance_path()
                    })
                })
                .min_by_key(|errors| errors.len());
            match meant {
                Some(errors) => errors.iter().for_each(|inner| tell(inner, found)),
                None => say("type", format!("“{name}” has the wrong type.")),
            }
        }
        ValidationErrorKind::Type { .. } => say("type", format!("“{name}” has the wrong type: {error}.")),
        ValidationErrorKind::MaxLength { limit } => {
            say("too_long", format!("“{name}” is longer than {limit} characters."))
        }
        ValidationErrorKind::MinLength { limit: 1 } => say("too_short", format!("“{name}” must not be empty.")),
        ValidationErrorKind::MinLength { limit } => {
            say("too_short", format!("“{name}” is shorter than {limit} characters."))
        }
        ValidationErrorKind::MaxItems { limit } => say("too_long", format!("“{name}” has more than {limit} entries.")),
        ValidationErrorKind::MinItems { limit } => {
            say("too_short", format!("“{name}” has fewer than {limit} entries."))
        }
        ValidationErrorKind::MaxProperties { limit } => {
            say("too_long", format!("“{name}” has more than {limit} fields."))
        }
        ValidationErrorKind::MinProperties { limit } => {
            say("too_short", format!("“{name}” has fewer than {limit} fields."))
        }
        ValidationErrorKind::Maximum { limit } => say("too_large", format!("“{name}” is larger than {limit}.")),
        ValidationErrorKind::Minimum { limit } => say("too_small", format!("“{name}” is smaller than {limit}.")),
        ValidationErrorKind::Enum { options } => say("enum", format!("“{name}” must be one of {options}.")),
        ValidationErrorKind::Constant { expected_value } => say("enum", format!("“{name}” must be {expected_value}.")),
        ValidationErrorKind::Pattern { .. } => say("format", format!("“{name}” does not look as it should.")),
        ValidationErrorKind::Format { format } => say(
            "format",
            format!("“{name}” is not a valid {}.", format.replace('-', " ")),
        ),
        ValidationErrorKind::UniqueItems => say("duplicate", format!("“{name}” names something twice.")),
        ValidationErrorKind::PropertyNames { .. } => {
            say("format", format!("“{name}” has a field name that is not allowed."))
        }
        _ => say("invalid", format!("“{name}” is not valid.")),
    }
}

/// Neither database stores NUL in text; PostgreSQL refuses it late.
fn nul(value: &Value, at: &mut String, found: &mut Vec<FieldError>) {
    let deeper = |part: &str, inner: &Value, at: &mut String, found: &mut Vec<FieldError>| {
        let before = at.len();
        at.push('/');
        at.push_str(&escape(part));
        nul(inner, at, found);
        at.truncate(before);
    };
    match value {
        Value::String(text) if text.contains('\0') => {
            found.push(FieldError::new(
                at.clone(),
                "format",
                "Text cannot hold the character U+0000.",
            ));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, inner)| deeper(&n.to_string(), inner, at, found)),
        Value::Object(fields) => {
            for (name, inner) in fields {
                if name.contains('\0') {
                    found.push(FieldError::new(
                        at.clone(),
                        "format",
                        "A name cannot hold the character U+0000.",
                    ));
                }
                deeper(name, inner, at, found);
            }
        }
        _ => {}
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Loose on purpose: one @, something on both sides, no blanks. Whether it exists only a mail can tell.
fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !local.contains('@')
            && host.len() >= 3
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
    }) && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}
