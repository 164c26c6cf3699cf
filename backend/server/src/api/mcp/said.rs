//! What a tool says: a sentence for the caller's ear, and the same as data.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::names::Unclear;
use crate::{
    api::{
        bookings::Booking,
        problem::{Code, Problem},
    },
    ops::availability::say,
};

/// An answer.
pub struct Said {
    /// To be read out.
    pub say: String,
    /// The rest of it: an object.
    pub data: Value,
}

/// Why a tool did nothing.
pub enum Trouble {
    /// As any other caller is told.
    Problem(Problem),
    /// A name that is not enough.
    Unclear(Unclear),
}

impl<E: Into<Problem>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl From<Unclear> for Trouble {
    fn from(unclear: Unclear) -> Self {
        Self::Unclear(unclear)
    }
}

/// The result of a tool. The data stands beside the sentence once more as text, for clients that read only text.
pub fn result(outcome: Result<Said, Trouble>) -> Value {
    let (said, failed) = match outcome {
        Ok(said) => (said, false),
        Err(Trouble::Unclear(unclear)) => (told(unclear), true),
        Err(Trouble::Problem(problem)) => (refused(&problem), true),
    };
    let mut whole = Map::from_iter([("say".to_owned(), Value::from(said.say.clone()))]);
    if let Value::Object(data) = said.data {
        whole.extend(data.into_iter().filter(|(name, _)| name != "say"));
    }
    let whole = Value::Object(whole);
    json!({
        "content": [{"type": "text", "text": said.say}, {"type": "text", "text": whole.to_string()}],
        "structuredContent": whole,
        "isError": failed,
    })
}

fn told(unclear: Unclear) -> Said {
    Said {
        data: json!({"error": unclear.code, "field": unclear.field, "choices": unclear.choices}),
        say: unclear.say,
    }
}

fn refused(problem: &Problem) -> Said {
    let body = problem.body();
    let mut data = json!({"error": body.code, "retryable": body.retryable});
    if body.code == Code::Internal {
        data["request_id"] = body.request_id.into();
    }
    let mut say = body.detail;
    let errors: Vec<Value> = body
        .errors
        .into_iter()
        .map(|one| json!({"field": one.pointer.trim_start_matches('/'), "detail": one.detail}))
        .collect();
    if !errors.is_empty() {
        let details = errors.iter().filter_map(|one| one["detail"].as_str());
        say = details.collect::<Vec<_>>().join(" ");
        data["errors"] = errors.into();
    }
    if let Some(action) = body.action {
        say = format!("{say} {action}");
    }
    if let Some(unavailable) = body.unavailable {
        say = format!(
            "{say}{}",
            instead(unavailable.alternatives.iter().map(|one| one.say.as_str()))
        );
        let reasons = unavailable.times.iter().flat_map(|time| &time.reasons);
        data["reasons"] = reasons.map(|one| json!({"code": one.code, "say": one.say})).collect();
        data["alternatives"] = json!(unavailable.alternatives);
    }
    Said { say, data }
}

/// “ Free instead: …”, or nothing.
pub fn instead<'a>(alternatives: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = alternatives.collect();
    if all.is_empty() {
        return String::new();
    }
    format!(" Free instead: {}.", all.join("; "))
}

/// A booking, as far as the phone needs it: nothing that is private to the business.
#[derive(Debug, Serialize)]
pub struct Brief {
    booking: String,
    status: &'static str,
    service: String,
    variant: Option<String>,
    start: jiff::Timestamp,
    end: jiff::Timestamp,
    /// What the clock of the business shows.
    local: String,
    time_zone: String,
    staff: Vec<String>,
    customer: Option<String>,
    phone: Option<String>,
    notes: Option<String>,
    needs_attention: bool,
    say: String,
}

impl Brief {
    /// Presents one.
    pub fn new(booking: Booking, zone: &TimeZone) -> Self {
        let with = say::names(booking.staff.iter().map(|one| one.name.as_str()));
        let when = say::moment(booking.start, zone);
        Self {
            say: format!("{} on {when} with {with}", booking.service_name),
            local: zone.to_datetime(booking.start).to_string(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            booking: booking.id,
            status: booking.status.as_str(),
            service: booking.service_name,
            variant: booking.variant,
            start: booking.start,
            end: booking.end,
            staff: booking.staff.into_iter().map(|one| one.name).collect(),
            phone: booking.customer.as_ref().and_then(|one| one.phone.clone()),
            customer: booking.customer.map(|one| one.name),
            notes: booking.notes_shared,
            needs_attention: booking.flagged,
        }
    }

    /// “Check-up on Tuesday 3 November at 10:15 with Sam”.
    pub fn say(&self) -> &str {
        &self.say
    }

    /// As data.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn data(&self) -> Result<Value, Problem> {
        serde_json::to_value(self).map_err(Problem::internal)
    }
}
