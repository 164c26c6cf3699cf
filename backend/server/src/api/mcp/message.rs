//! One message of JSON-RPC, in the two ways in which the protocol has been spoken: since 2026-07-28 every request says by itself
//! which version it means, before that a handshake agreed on one. We keep nothing between requests, so both are alike here.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::HeaderMap},
};
use serde_json::{Value, json};

/// Versions in which every request says which one it means.
pub const STATELESS: [&str; 1] = ["2026-07-28"];
/// Versions that begin with a handshake, the newest first.
pub const HANDSHAKE: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

const PARSE_ERROR: i32 = -32_700;
const INVALID_REQUEST: i32 = -32_600;
const METHOD_NOT_FOUND: i32 = -32_601;
const INVALID_PARAMS: i32 = -32_602;
const INTERNAL: i32 = -32_603;
const HEADER_MISMATCH: i32 = -32_020;
const UNSUPPORTED_VERSION: i32 = -32_022;

/// Why a message is not answered with a result.
#[derive(Debug)]
pub struct Fault {
    code: i32,
    message: String,
    data: Option<Value>,
}

impl Fault {
    fn new(code: i32, message: impl Into<String>) -> Self {
        let (message, data) = (message.into(), None);
        Self { code, message, data }
    }

    /// There is no such method.
    pub fn method(name: &str) -> Self {
        Self::new(METHOD_NOT_FOUND, format!("There is no method “{name}”."))
    }

    /// The parameters are wrong.
    pub fn params(message: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    /// A fault of ours.
    pub fn internal(message: &str) -> Self {
        Self::new(INTERNAL, message)
    }

    fn version(asked: &str, known: &[&str]) -> Self {
        Self {
            data: Some(json!({"supported": known, "requested": asked})),
            ..Self::new(UNSUPPORTED_VERSION, "This version of the protocol is not spoken here.")
        }
    }

    const fn status(&self, stateless: bool) -> StatusCode {
        match self.code {
            PARSE_ERROR | INVALID_REQUEST | HEADER_MISMATCH | UNSUPPORTED_VERSION => StatusCode::BAD_REQUEST,
            INVALID_PARAMS if stateless => StatusCode::BAD_REQUEST,
            METHOD_NOT_FOUND if stateless => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        }
    }
}

/// What is wanted.
#[derive(Debug)]
pub struct Request {
    id: Value,
    /// What is to be done.
    pub method: String,
    /// With what.
    pub params: Value,
    /// Whether it says by itself which version it means.
    pub stateless: bool,
}

impl Request {
    /// The answer.
    pub fn answer(self, outcome: Result<Value, Fault>) -> HttpResponse {
        match outcome {
            Ok(mut result) => {
                if self.stateless {
                    result["resultType"] = "complete".into();
                }
                HttpResponse::Ok().json(json!({"jsonrpc": "2.0", "id": self.id, "result": result}))
            }
            Err(fault) => refusal(&self.id, fault, self.stateless),
        }
    }
}

fn refusal(id: &Value, fault: Fault, stateless: bool) -> HttpResponse {
    let status = fault.status(stateless);
    let mut error = json!({"code": fault.code, "message": fault.message});
    if let Some(data) = fault.data {
        error["data"] = data;
    }
    HttpResponse::build(status).json(json!({"jsonrpc": "2.0", "id": id, "error": error}))
}

/// A message, as far as it is understood.
pub enum Message {
    /// Somebody wants something.
    Request(Request),
    /// Nothing is to be done: 202 to what we are only told, and 400 to nonsense.
    Answered(HttpResponse),
}

/// Reads a message.
pub fn read(headers: &HeaderMap, bytes: &[u8]) -> Message {
    let refuse = |fault| Message::Answered(refusal(&Value::Null, fault, false));
    let mut message: Value = match serde_json::from_slice(bytes) {
        Ok(message) => message,
        Err(error) => return refuse(Fault::new(PARSE_ERROR, format!("This is not JSON: {error}."))),
    };
    if !message.is_object() || message["jsonrpc"] != "2.0" {
        return refuse(Fault::new(INVALID_REQUEST, "A message is one JSON-RPC 2.0 object."));
    }
    let answers = message.get("result").or_else(|| message.get("error")).is_some();
    let (id, method) = match (message.get("method"), message.get("id")) {
        (Some(Value::String(_)), None) => return Message::Answered(HttpResponse::Accepted().finish()),
        (None, Some(_)) if answers => return Message::Answered(HttpResponse::Accepted().finish()),
        (Some(Value::String(method)), Some(id)) if id.is_string() || id.is_number() => (id.clone(), method.clone()),
        _ => {
            let fault = "A request has a method, and an id that is text or a number.";
            return refuse(Fault::new(INVALID_REQUEST, fault));
        }
    };
    let params = message.get_mut("params").map_or(Value::Null, Value::take);
    let version = text(headers, "mcp-protocol-version");
    let says = params["_meta"].get(VERSION).is_some();
    let stateless = says || version.is_some_and(|one| STATELESS.contains(&one));
    let known = if stateless {
        agrees(headers, &method, &params)
    } else {
        handshake(version)
    };
    match known {
        Ok(()) => Message::Request(Request {
            id,
            method,
            params,
            stateless,
        }),
        Err(fault) => Message::Answered(refusal(&id, fault, stateless)),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn handshake(version: Option<&str>) -> Result<(), Fault> {
    match version {
        Some(other) if !HANDSHAKE.contains(&other) => {
            let known: Vec<&str> = STATELESS.into_iter().chain(HANDSHAKE).collect();
            Err(Fault::version(other, &known))
        }
        _ => Ok(()),
    }
}

/// What stands in the message and in the headers beside it, for those who route by headers, must be the same.
fn agrees(headers: &HeaderMap, method: &str, params: &Value) -> Result<(), Fault> {
    let meta = &params["_meta"];
    let Some(version) = meta[VERSION].as_str() else {
        return Err(Fault::params(format!("params._meta must say {VERSION}.")));
    };
    if !meta[CAPABILITIES].is_object() {
        return Err(Fault::params(format!("params._meta must say {CAPABILITIES}.")));
    }
    let mut pairs = vec![("mcp-protocol-version", version), ("mcp-method", method)];
    if method == "tools/call" {
        pairs.extend(params["name"].as_str().map(|name| ("mcp-name", name)));
    }
    for (name, said) in pairs {
        if headers.get_all(name).count() != 1 || text(headers, name) != Some(said) {
            let message = format!("The header {name} does not say what the message says.");
            return Err(Fault::new(HEADER_MISMATCH, message));
        }
    }
    if STATELESS.contains(&version) {
        Ok(())
    } else {
        Err(Fault::version(version, &STATELESS))
    }
}
