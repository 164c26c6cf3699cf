//! `/mcp`: the same availability and bookings as tools for voice agents, by the Model Context Protocol (streamable HTTP).
//!
//! Stateless: every message is a request of its own, answered with JSON. What is decided, is decided where the REST API has
//! it decided; here are names instead of identifiers, wall times, and sentences to say.

mod message;
mod names;
mod said;
mod tools;

use actix_web::{HttpRequest, HttpResponse, http::header, middleware::from_fn, web};
use serde_json::{Value, json};

use self::message::{Fault, HANDSHAKE, Message, Request, STATELESS};
use crate::{
    api::{
        auth::{self, Actor},
        edge, json as bodies,
        problem::{Code, Problem},
    },
    state::App,
};

/// What models are told about all of it.
const INSTRUCTIONS: &str = "Appointments of the businesses in this account: what is free, booking, moving, cancelling, listing. \
    Name services, staff and businesses as people do; where a name is not enough, the answer lists the choices. Times are what the clock of \
    the business shows (2026-11-03T10:15), or instants with an offset. Read `say` to the caller. A time that cannot be booked comes with the \
    reason and the nearest times that can. Give every call its call_id: the same booking asked for twice is then one booking.";

/// The route. It is no part of the OpenAPI document: the protocol describes itself.
pub fn serve(root: &mut web::ServiceConfig) {
    root.service(
        web::resource("/mcp")
            .wrap(from_fn(auth::authenticate))
            .route(web::post().to(post))
            // There is no stream to listen to, and no session to end.
            .default_service(web::to(only_post)),
    );
}

async fn only_post() -> Result<HttpResponse, Problem> {
    let detail = "Send JSON-RPC messages with POST; there is no stream and no session.";
    Err(Problem::new(Code::MethodNotAllowed, detail).allow("POST".to_owned()))
}

async fn post(app: App, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    if request.headers().contains_key(header::ORIGIN) {
        // A page of somebody else in a browser; agents send none.
        auth::same_origin(&app, &request)?;
    }
    let identity = auth::identity(&request)?;
    if matches!(identity.actor, Actor::User(_)) {
        return Err(Problem::new(Code::Unauthenticated, "Agents come with an API key.")
            .action("Send Authorization: Bearer with an API key of its own."));
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let kind = header("content-type").and_then(|kind| kind.split(';').next());
    if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        let detail = "Send the message as application/json.";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    let bytes = bodies::bytes_up_to(&request, &mut payload.into_inner(), bodies::MAX_BODY).await?;
    let wanted = match message::read(request.headers(), &bytes) {
        Message::Request(wanted) => wanted,
        Message::Answered(answer) => return Ok(answer),
    };
    // A booking is made to its end, even when the caller hangs up.
    let done = edge::to_the_end(async move {
        let agent = tools::Agent::new(app, &identity);
        let outcome = answer(&agent, &wanted).await;
        Ok(wanted.answer(outcome))
    });
    done.await.map_err(Problem::internal)
}

/// What we are, for those who ask before they begin.
fn ourselves() -> Value {
    json!({"name": "calendar-stacker", "title": "Calendar Stacker", "version": env!("CARGO_PKG_VERSION")})
}

async fn answer(agent: &tools::Agent, wanted: &Request) -> Result<Value, Fault> {
    let params = &wanted.params;
    // Lists are the same until a key changes, which is another caller to those who remember them.
    let remember = |mut result: Value| {
        if wanted.stateless {
            result["ttlMs"] = 300_000.into();
            result["cacheScope"] = "private".into();
        }
        result
    };
    let capabilities = json!({"tools": {}});
    match (wanted.method.as_str(), wanted.stateless) {
        ("initialize", false) => {
            let asked = params["protocolVersion"].as_str();
            let version = HANDSHAKE.into_iter().find(|one| asked == Some(one));
            Ok(json!({
                "protocolVersion": version.unwrap_or(HANDSHAKE[0]), "capabilities": capabilities,
                "serverInfo": ourselves(), "instructions": INSTRUCTIONS,
            }))
        }
        ("ping", false) => Ok(json!({})),
        ("server/discover", true) => Ok(remember(json!({
            "supportedVersions": STATELESS, "capabilities": capabilities, "instructions": INSTRUCTIONS,
            "_meta": {"io.modelcontextprotocol/serverInfo": ourselves()},
        }))),
        ("tools/list", _) => {
            let tools = agent.tools().map_err(|problem| Fault::internal(problem.detail()))?;
            Ok(remember(json!({"tools": tools})))
        }
        ("tools/call", _) => {
            let Some(name) = params["name"].as_str() else {
                return Err(Fault::params("Say which tool: “name”."));
            };
            match tools::find(name) {
                Some(tool) => Ok(agent.call(tool, params["arguments"].clone()).await),
                None => Err(Fault::params(format!("There is no tool “{name}”."))),
            }
        }
        (other, _) => Err(Fault::method(other)),
    }
}
