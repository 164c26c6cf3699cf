//! The tools: what they take, who may use them, and what they say.

mod asks;
mod books;

use std::sync::Arc;

use domain::id::TenantId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::said::{self, Said, Trouble};
use crate::{
    api::{
        auth::{Actor, Identity},
        problem::{Code, FieldError, Problem},
        schema,
    },
    state::App,
};

/// A tool, as models are told.
pub struct Tool {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    scope: &'static str,
    /// Changes nothing; may end something that was.
    hints: (bool, bool),
    input: fn() -> Result<Value, Problem>,
}

const READ: &str = "bookings:read";
const WRITE: &str = "bookings:write";

const TOOLS: [Tool; 9] = [
    Tool {
        name: "list_services",
        title: "What can be booked",
        description: "Lists the services of the businesses, with length, price, variants, who does them, and what the clock of the business shows now.",
        scope: READ,
        hints: (true, false),
        input: input::<asks::Services>,
    },
    Tool {
        name: "list_staff",
        title: "Who can be booked",
        description: "Lists the people of the businesses.",
        scope: READ,
        hints: (true, false),
        input: input::<asks::Staff>,
    },
    Tool {
        name: "check_availability",
        title: "Is this time free?",
        description: "Says whether a service can be booked at one exact time; if not, why, and the nearest times that can.",
        scope: READ,
        hints: (true, false),
        input: input::<asks::Check>,
    },
    Tool {
        name: "list_slots",
        title: "Free times",
        description: "Lists the earliest free times for a service in a range of days. Ask again with a later `from` for more.",
        scope: READ,
        hints: (true, false),
        input: input::<asks::Slots>,
    },
    Tool {
        name: "book_appointment",
        title: "Book",
        description: "Books a service at a time. Refused with the reason and the nearest free times if somebody was faster. With call_id the same booking asked for twice is one booking.",
        scope: WRITE,
        hints: (false, false),
        input: input::<books::Book>,
    },
    Tool {
        name: "confirm_appointment",
        title: "Confirm an appointment",
        description: "Makes an appointment stand that was only kept for some minutes; one whose minutes have run out, too, if its time is still free. Where the business says yes itself, it is asked then.",
        scope: WRITE,
        hints: (false, false),
        input: input::<books::Confirm>,
    },
    Tool {
        name: "reschedule_appointment",
        title: "Move an appointment",
        description: "Moves an appointment to another time, with the same people unless somebody else is named. On behalf of the customer, as long before as the business allows.",
        scope: WRITE,
        hints: (false, true),
        input: input::<books::Reschedule>,
    },
    Tool {
        name: "cancel_appointment",
        title: "Cancel an appointment",
        description: "Cancels an appointment. On behalf of the customer, as long before as the business allows. Confirm with the caller first.",
        scope: WRITE,
        hints: (false, true),
        input: input::<books::Cancel>,
    },
    Tool {
        name: "list_bookings",
        title: "Appointments",
        description: "Lists appointments from now on, the next one first; of a caller by phone number or name.",
        scope: READ,
        hints: (true, false),
        input: input::<books::List>,
    },
];

/// The tool with this name.
pub fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The schema of arguments: JSON Schema as it is.
fn input<T: ToSchema>() -> Result<Value, Problem> {
    serde_json::to_value(T::schema()).map_err(Problem::internal)
}

/// Who asks.
pub struct Agent {
    app: App,
    tenant: TenantId,
    actor: Actor,
    scopes: Arc<[String]>,
}

impl Agent {
    /// A caller with a key.
    pub fn new(app: App, identity: &Identity) -> Self {
        Self {
            app,
            tenant: identity.tenant.clone(),
            actor: identity.actor.clone(),
            scopes: Arc::clone(&identity.scopes),
        }
    }

    fn may(&self, tool: &Tool) -> bool {
        self.scopes.iter().any(|scope| scope == tool.scope)
    }

    /// What this caller may use.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn tools(&self) -> Result<Vec<Value>, Problem> {
        let mine = TOOLS.iter().filter(|tool| self.may(tool));
        mine.map(|tool| {
            let (reads, ends) = tool.hints;
            Ok(json!({
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "inputSchema": (tool.input)()?,
                "annotations": {"title": tool.title, "readOnlyHint": reads, "destructiveHint": ends, "idempotentHint": reads || ends, "openWorldHint": false},
            }))
        })
        .collect()
    }

    /// Does it. What goes wrong is an answer, too: a model can do better the next time.
    pub async fn call(&self, tool: &Tool, arguments: Value) -> Value {
        said::result(self.outcome(tool, arguments).await)
    }

    async fn outcome(&self, tool: &Tool, arguments: Value) -> Result<Said, Trouble> {
        if !self.may(tool) {
            let detail = format!("This key may not do that: it lacks the scope {}.", tool.scope);
            return Err(Problem::new(Code::Forbidden, detail).into());
        }
        let arguments = if arguments.is_null() { json!({}) } else { arguments };
        match tool.name {
            "list_services" => self.services(parse(tool, arguments)?).await,
            "list_staff" => self.staff(parse(tool, arguments)?).await,
            "check_availability" => self.check(parse(tool, arguments)?).await,
            "list_slots" => self.slots(parse(tool, arguments)?).await,
            "book_appointment" => self.book(parse(tool, arguments)?).await,
            "confirm_appointment" => self.confirm(parse(tool, arguments)?).await,
            "reschedule_appointment" => self.reschedule(parse(tool, arguments)?).await,
            "cancel_appointment" => self.cancel(parse(tool, arguments)?).await,
            _ => self.list(parse(tool, arguments)?).await,
        }
    }
}

/// Arguments that obey the schema of their tool.
fn parse<T: DeserializeOwned>(tool: &Tool, arguments: Value) -> Result<T, Problem> {
    let schema = (tool.input)()?;
    let wrong = schema::check_against(&format!("tool {}", tool.name), &arguments, || schema);
    let wrong = wrong.map_err(Problem::internal)?;
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    serde_json::from_value(arguments)
        .map_err(|error| Problem::invalid(vec![FieldError::new("", "invalid", error.to_string())]))
}
