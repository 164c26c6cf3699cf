//! Bodies and query strings: read within limits, checked whole against the document, told all at once.

use std::{cell::RefCell, marker::PhantomData};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::{Payload, ServiceRequest},
    http::header,
    web,
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::DeserializeOwned,
    ser::{Error as _, SerializeSeq},
};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema, openapi::RefOr};

use crate::api::{
    booking_import,
    problem::{Code, FieldError, Problem},
    schema,
};

/// Text of a request that must not be shown: a password.
#[derive(Debug, Clone)]
pub struct Secret(pub SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// A long answer, written into room for `size` bytes at once: one that grows is copied again and again.
///
/// # Errors
/// A fault of ours: the value cannot be written as JSON.
pub fn answer(value: &impl Serialize, size: usize) -> Result<HttpResponse, Problem> {
    let mut body = Vec::with_capacity(size);
    serde_json::to_writer(&mut body, value).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

/// A list that is made while it is written: of a thousand entries only one at a time is in memory.
pub struct Each<T>(RefCell<Entries<T>>);

type Entries<T> = Box<dyn Iterator<Item = Result<T, Problem>>>;

impl<T> Each<T> {
    /// The entries; they are given once.
    pub fn new(entries: impl Iterator<Item = Result<T, Problem>> + 'static) -> Self {
        Self(RefCell::new(Box::new(entries)))
    }
}

impl<T: Serialize> Serialize for Each<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = self.0.borrow_mut();
        let mut list = serializer.serialize_seq(None)?;
        for entry in entries.by_ref() {
            list.serialize_element(&entry.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

/// The largest body, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// How long a body may take to arrive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

/// A JSON body that obeys the schema of `T`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: ToSchema + DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read(request, payload, &["application/json"], MAX_BODY);
        Box::pin(async move { parse::<T>(&read.await?).map(Self) })
    }
}

/// A JSON Merge Patch (RFC 7396) for something that looks like `T`.
#[derive(Debug)]
pub struct Merge<T> {
    patch: Map<String, Value>,
    whole: PhantomData<fn() -> T>,
}

impl<T: ToSchema + DeserializeOwned + 'static> FromRequest for Merge<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read(
            request,
            payload,
            &["application/json", "application/merge-patch+json"],
            MAX_BODY,
        );
        Box::pin(async move { Self::of(read.await?) })
    }
}

impl<T> Merge<T> {
    /// A patch that was read already.
    ///
    /// # Errors
    /// 422: it is no object.
    pub fn of(patch: Value) -> Result<Self, Problem> {
        match patch {
            Value::Object(patch) => Ok(Self {
                patch,
                whole: PhantomData,
            }),
            _ => Err(Problem::invalid(vec![FieldError::new(
                "",
                "type",
                "The body must be an object.",
            )])),
        }
    }
}

impl<T: ToSchema + DeserializeOwned> Merge<T> {
    /// `current` with the patch applied, valid as a whole.
    ///
    /// # Errors
    /// 422 with every wrong field.
    pub fn apply(&self, current: &impl Serialize) -> Result<T, Problem> {
        let mut whole = serde_json::to_value(current).map_err(Problem::internal)?;
        merge(&mut whole, &Value::Object(self.patch.clone()));
        parse(&whole)
    }

    /// Whether the patch names this field.
    pub fn names(&self, field: &str) -> bool {
        self.patch.contains_key(field)
    }

    /// The fields it names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.patch.keys().map(String::as_str)
    }

    /// The value of a field that is not part of `T` (such as `notify`), taken out so that [`Merge::apply`] does not see it.
    pub fn take(&mut self, field: &str) -> Option<Value> {
        self.patch.remove(field)
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                // Gone; required fields are then missed by the schema. Optional ones read absent as null.
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Checks against the schema of `T`, then builds it.
///
/// # Errors
/// 422 with every wrong field.
pub fn parse<T: ToSchema + DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    let errors = schema::check(&T::name(), value).map_err(Problem::internal)?;
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    // What the schema cannot say (a number beyond 64 bits) is said here, without a place.
    T::deserialize(value).map_err(|error| Problem::invalid(vec![FieldError::new("", "invalid", error.to_string())]))
}

fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    types: &'static [&'static str],
    most: usize,
) -> impl Future<Output = Result<Value, Problem>> + use<> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .unwrap_or_default();
    let bytes = bytes_up_to(request, payload, most);
    async move {
        if !types.contains(&content_type.as_str()) {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                format!("Send the body as {}.", types.join(" or ")),
            ));
        }
        serde_json::from_slice(&bytes.await?)
            .map_err(|error| Problem::new(Code::MalformedJson, format!("The body is not JSON: {error}.")))
    }
}

/// A JSON body that may be larger than others: checked where nobody waits for it.
///
/// # Errors
/// As [`parse`] and [`bytes`].
pub async fn large<T: ToSchema + DeserializeOwned + Send + 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    most: usize,
) -> Result<T, Problem> {
    let value = read(request, payload, &["application/json"], most).await?;
    web::block(move || parse::<T>(&value))
        .await
        .map_err(Problem::internal)?
}

/// Reads the body for a middleware, within what its handler allows, and leaves it for the handler.
///
/// # Errors
/// As [`bytes_up_to`].
pub async fn peek(request: &mut ServiceRequest) -> Result<web::Bytes, Problem> {
    let most = match request.path() {
        booking_import::PATH => booking_import::LARGEST,
        _ => MAX_BODY,
    };
    let mut incoming = request.take_payload();
    let body = bytes_up_to(request.request(), &mut incoming, most).await?;
    let again = futures_util::stream::once(std::future::ready(Ok(body.clone())));
    request.set_payload(Payload::Stream {
        payload: Box::pin(again),
    });
    Ok(body)
}

/// The body, within this size.
///
/// # Errors
/// 413, or 400 when it breaks off or takes too long.
pub fn bytes_up_to(
    request: &HttpRequest,
    payload: &mut Payload,
    most: usize,
) -> impl Future<Output = Result<web::Bytes, Problem>> + use<> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut payload = payload.take();
    async move {
        let too_large = || {
            Problem::new(
                Code::PayloadTooLarge,
                format!("The body is larger than {} KiB.", most / 1024),
            )
        };
        if announced.is_some_and(|length| length > most) {
            return Err(too_large());
        }
        let arrive = async {
            let mut bytes = web::BytesMut::with_capacity(announced.unwrap_or(1024));
            while let Some(chunk) = payload.next().await {
                let chunk =
                    chunk.map_err(|error| Problem::new(Code::BadRequest, format!("The body broke off: {error}.")))?;
                if bytes.len() + chunk.len() > most {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes.freeze())
        };
        tokio::time::timeout(PATIENCE, arrive)
            .await
            .map_err(|_| Problem::new(Code::BadRequest, "The body did not arrive in time."))?
    }
}

/// A query string that obeys the parameters of `T`. Lists: repeated, or separated by commas.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: IntoParams + DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(query(request.query_string()).map(Self))
    }
}

fn query<T: IntoParams + DeserializeOwned + 'static>(text: &str) -> Result<T, Problem> {
    if text.is_empty() {
        // The common case; required parameters are missed below.
        if let Ok(value) = serde_json::from_value(Value::Object(Map::new())) {
            return Ok(value);
        }
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query)) {
        if matches!(parameter.required, utoipa::openapi::Required::True) {
            required.push(Value::String(parameter.name.clone()));
        }
        let schema = parameter
            .schema
            .map_or(Ok(Value::Bool(true)), |schema: RefOr<_>| serde_json::to_value(schema));
        properties.insert(parameter.name, schema.map_err(Problem::internal)?);
    }
    let mut value = Map::new();
    let mut errors = Vec::new();
    for (name, text) in url::form_urlencoded::parse(text.as_bytes()) {
        let Some(schema) = properties.get(name.as_ref()) else {
            errors.push(FieldError::new(
                pointer(&name),
                "unknown_field",
                format!("“{name}” is not a parameter here."),
            ));
            continue;
        };
        if is(schema, "array") {
            let list = value
                .entry(name.into_owned())
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.extend(
                    text.split(',')
                        .filter(|item| !item.is_empty())
                        .map(|item| Value::String(item.to_owned())),
                );
            }
        } else if value.contains_key(name.as_ref()) {
            errors.push(FieldError::new(
                pointer(&name),
                "duplicate",
                format!("“{name}” is given twice."),
            ));
        } else {
            let typed = typed(schema, &text);
            value.insert(name.into_owned(), typed);
        }
    }
    let value = Value::Object(value);
    let key = format!("query {}", std::any::type_name::<T>());
    let wrong = schema::check_against(
        &key,
        &value,
        || json!({ "type": "object", "properties": properties, "required": required }),
    );
    errors.extend(wrong.map_err(Problem::internal)?.into_iter().map(|error| FieldError {
        pointer: format!("/query{}", error.pointer),
        ..error
    }));
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    serde_json::from_value(value)
        .map_err(|error| Problem::invalid(vec![FieldError::new("/query", "invalid", error.to_string())]))
}

fn pointer(name: &str) -> String {
    format!("/query/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn is(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    }
}

/// Text of a query as the value the schema means; what does not fit stays text and fails the check.
fn typed(schema: &Value, text: &str) -> Value {
    if is(schema, "integer")
        && let Ok(number) = text.parse::<i64>()
    {
        return Value::from(number);
    }
    match text {
        "true" if is(schema, "boolean") => Value::Bool(true),
        "false" if is(schema, "boolean") => Value::Bool(false),
        _ => Value::String(text.to_owned()),
    }
}
