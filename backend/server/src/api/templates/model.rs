//! Templates as they are sent and shown.

use std::collections::BTreeMap;

use db::templates::Template as Row;
use domain::stacking::{
    csv::Target,
    template::{self as rules, TemplateError},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::problem::{FieldError, Problem},
    ops::templates as ops,
};

/// What is different for a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateOverride {
    /// Fields that say something else.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Variables with another value.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// A recipe for events.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Pool check",
    "fields": {"title": "Pool check {{n}} at {{client.name}}", "start": "{{date}} 09:00", "duration": "45", "location": "{{place}}"},
    "variables": {"place": "Main Street 1"}
}))]
pub struct TemplateIn {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What each field of an event says, as a cell of a table would: `title`, `start`, `duration`, `attendees`, … with variables between double braces.
    #[schema(example = json!({"title": "Pool check {{n}} at {{client.name}}", "start": "{{date}} 09:00", "duration": "45"}))]
    pub fields: BTreeMap<String, String>,
    /// Variables of its own.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// What is different for a client, by its id.
    #[serde(default)]
    pub clients: BTreeMap<String, TemplateOverride>,
}

/// A recipe for events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Template {
    /// `tpl_…`
    id: String,
    /// What people call it.
    name: String,
    /// Counts changes.
    version: i64,
    /// What each field of an event says.
    fields: BTreeMap<String, String>,
    /// Variables of its own.
    variables: BTreeMap<String, String>,
    /// What is different for a client, by its id.
    clients: BTreeMap<String, TemplateOverride>,
    /// When it last changed; of a version, when it began to say so.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

fn texts(fields: BTreeMap<Target, String>) -> BTreeMap<String, String> {
    fields
        .into_iter()
        .map(|(target, text)| (target.to_string(), text))
        .collect()
}

impl Template {
    pub(super) fn new(id: String, version: i64, body: &str, updated_at: Timestamp) -> db::Result<Self> {
        let said = as_in(ops::read(body)?);
        Ok(Self {
            id,
            version,
            updated_at,
            name: said.name,
            fields: said.fields,
            variables: said.variables,
            clients: said.clients,
        })
    }

    pub(super) fn of(row: Row) -> db::Result<Self> {
        Self::new(row.id, row.revision, &row.body, row.updated_at.into())
    }
}

pub(super) fn as_in(said: rules::Template) -> TemplateIn {
    let other = |other: rules::Override| TemplateOverride {
        fields: texts(other.fields),
        variables: other.variables,
    };
    TemplateIn {
        name: said.name,
        fields: texts(said.fields),
        variables: said.variables,
        clients: said.clients.into_iter().map(|(id, one)| (id, other(one))).collect(),
    }
}

/// The template that is meant; names of fields that there are none of are told.
pub(super) fn meant(input: TemplateIn, at: &str) -> Result<rules::Template, Problem> {
    let mut wrong = Vec::new();
    let mut targets = |texts: BTreeMap<String, String>, place: &str| {
        let mut fields = BTreeMap::new();
        for (name, text) in texts {
            match Target::try_from(name.clone()) {
                Ok(target) => {
                    fields.insert(target, text);
                }
                Err(error) => wrong.push(FieldError::new(
                    format!("{at}{place}/fields/{name}"),
                    "unknown_field",
                    error,
                )),
            }
        }
        fields
    };
    let template = rules::Template {
        version: rules::VERSION,
        revision: 0,
        name: input.name.trim().to_owned(),
        fields: targets(input.fields, ""),
        variables: input.variables,
        clients: input
            .clients
            .into_iter()
            .map(|(id, one)| {
                let fields = targets(one.fields, &format!("/clients/{id}"));
                let variables = one.variables;
                (id, rules::Override { fields, variables })
            })
            .collect(),
    };
    if wrong.is_empty() {
        Ok(template)
    } else {
        Err(Problem::invalid(wrong))
    }
}

/// The template that is meant, if it can be read.
pub(super) fn sound(input: TemplateIn) -> Result<rules::Template, Problem> {
    let template = meant(input, "")?;
    if let Err(errors) = template.compile() {
        let told = errors.into_iter().map(|error| match error {
            TemplateError::Version(_) => FieldError::new("", "version", error.to_string()),
            TemplateError::Field { client, field, error } => {
                let place = client.map(|id| format!("/clients/{id}")).unwrap_or_default();
                FieldError::new(format!("{place}/fields/{field}"), "syntax", error.to_string())
            }
        });
        return Err(Problem::invalid(told.collect()));
    }
    Ok(template)
}
