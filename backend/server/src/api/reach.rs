//! Members reach what they were granted. What they read is narrowed by the database itself ([`db::reach`]); before they write
//! anything, this guard asks the same database about every identifier in the request: in the path, the query and the body,
//! whatever field it stands in.

use std::collections::BTreeMap;

use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web::Data,
};
use db::reach::{self, Level};
use domain::id::{EventRef, Kind, TenantId};
use serde_json::Value;

use crate::{
    api::{
        auth, json,
        problem::{Code, FieldError, Problem},
    },
    ops::access::Reach,
    state::App,
};

const ROOT: &str = "/api/v1/";

/// With whose eyes a handler reads. What is for everybody does not depend on who is signed in.
pub fn of(request: &HttpRequest) -> Reach {
    let open = request.path().strip_prefix(ROOT).is_some_and(|path| {
        ["public/", "hooks/", "auth/", "setup"]
            .iter()
            .any(|one| path.starts_with(one))
    });
    if open {
        return Reach::All;
    }
    auth::identity(request).map_or(Reach::All, |identity| identity.reach.clone())
}

/// What a write needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing of a client: its scope decides.
    Scope,
    /// To see what it names, and to write somewhere.
    Level {
        /// This level.
        least: Level,
        /// For the whole client, not as one of its staff.
        whole: bool,
    },
    /// To be an owner or admin.
    Everything,
}

/// What a write needs, by its path under `/api/v1`.
pub fn need(method: &Method, path: &str) -> Need {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let level = |least, whole| Need::Level { least, whole };
    match (method.as_str(), parts.as_slice()) {
        (
            _,
            [
                "auth" | "setup" | "public" | "hooks" | "oauth" | "api-keys" | "users" | "recurrence",
                ..,
            ],
        ) => Need::Scope,
        (_, ["templates", "preview"] | ["exports"]) => level(Level::Read, false),
        ("POST", ["clients"]) | ("DELETE", ["clients", _]) => Need::Everything,
        (_, ["clients", _, "calendars"]) => level(Level::Write, false),
        (_, ["clients" | "services" | "closures", ..]) | ("POST", ["staff"]) | ("DELETE", ["staff", _]) => {
            level(Level::Admin, true)
        }
        (_, ["credentials" | "staff", ..]) => level(Level::Admin, false),
        ("DELETE", ["customers", _]) | (_, ["bookings", "import"]) => level(Level::Write, true),
        _ => level(Level::Write, false),
    }
}

/// The middleware. Stands behind [`auth::authenticate`].
///
/// # Errors
/// Those of the inner service.
pub async fn guard<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match allowed(&mut request).await {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_left_body),
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

async fn allowed(request: &mut ServiceRequest) -> Result<(), Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let Ok(identity) = auth::identity(request.request()) else {
        return Ok(());
    };
    let (Reach::Granted { person, .. }, Some(app)) = (&identity.reach, request.app_data::<Data<App>>().cloned()) else {
        return Ok(());
    };
    let Some(path) = request.path().strip_prefix(ROOT).map(str::to_owned) else {
        return Err(Problem::new(Code::NotFound, "There is nothing at this path."));
    };
    let need = need(request.method(), &path);
    if need == Need::Scope {
        return Ok(());
    }
    let mut named = Named::default();
    for part in path.split('/') {
        named.note("", part);
    }
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        for part in value.split(',') {
            named.note(&format!("/query/{name}"), part);
        }
    }
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    // A file is read when its plan is made, with the eyes of who asked for it.
    if kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("json")) && path != "imports" {
        let body = json::peek(request).await?;
        // What is no JSON is refused by the handler.
        if let Ok(value) = serde_json::from_slice(&body) {
            named.walk(&mut String::new(), &value);
        }
    }
    named.judge(&app, &identity.tenant, person, need).await
}

/// The identifiers in a request, each with its place; none: in the path.
#[derive(Default)]
struct Named(BTreeMap<String, (Kind, String)>);

impl Named {
    fn note(&mut self, place: &str, text: &str) {
        let text = text.trim();
        let (kind, id) = match EventRef::parse(text) {
            Some(event) => (Kind::Event, event.series),
            None => match reach::kinds().find(|kind| kind.matches(text)) {
                Some(kind) => (kind, text.to_owned()),
                None => return,
            },
        };
        self.0.entry(id).or_insert_with(|| (kind, place.to_owned()));
    }

    fn walk(&mut self, place: &mut String, value: &Value) {
        let length = place.len();
        let mut step = |named: &mut Self, name: &str, value: &Value| {
            place.push('/');
            place.push_str(&name.replace('~', "~0").replace('/', "~1"));
            named.note(place, name);
            named.walk(place, value);
            place.truncate(length);
        };
        match value {
            Value::String(text) => self.note(place, text),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(n, item)| step(self, &n.to_string(), item)),
            Value::Object(fields) => fields.iter().for_each(|(name, item)| step(self, name, item)),
            _ => {}
        }
    }

    async fn judge(self, app: &App, tenant: &TenantId, person: &str, need: Need) -> Result<(), Problem> {
        let named: Vec<(String, Kind, String)> = self.0.into_iter().map(|(id, (kind, at))| (id, kind, at)).collect();
        let unseen = |tenant: TenantId, named: Vec<(String, Kind, String)>| {
            move |c: &mut db::Conn| {
                let any = reach::sees_any(c)?;
                let mut unseen = Vec::new();
                for one in named {
                    if !reach::sees(c, &tenant, one.1, &one.0)? {
                        unseen.push(one);
                    }
                }
                Ok::<_, db::Error>((any, unseen))
            }
        };
        let (any, refused) = match need {
            Need::Level { least, whole } => app.read_as(person, least, whole, unseen(tenant.clone(), named)).await?,
            _ => (false, named),
        };
        if any && refused.is_empty() {
            return Ok(());
        }
        // What cannot be seen at all is not there.
        let beyond = |named: &[(String, Kind, String)]| named.iter().filter(|(_, _, at)| at.is_empty()).count();
        let paths = beyond(&refused);
        let (_, hidden) = app
            .read_as(person, Level::Read, false, unseen(tenant.clone(), refused))
            .await?;
        if let Some((_, kind, _)) = hidden.iter().find(|(_, _, at)| at.is_empty()) {
            return Err(Problem::not_found(word(*kind)));
        }
        if !any || paths > 0 || hidden.is_empty() {
            return Err(forbidden(need));
        }
        let unknown = |(_, kind, at): (String, Kind, String)| {
            FieldError::new(at, "unknown", format!("There is no such {}.", word(kind)))
        };
        Err(Problem::invalid(hidden.into_iter().map(unknown).collect()))
    }
}

/// In the words of people.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Client => "client",
        Kind::Credential => "credential",
        Kind::Calendar => "calendar",
        Kind::Event => "event",
        Kind::Promise => "mapping",
        Kind::Conflict => "conflict",
        Kind::Service => "service",
        Kind::Staff => "staff member",
        Kind::Closure => "closure",
        Kind::Customer => "customer",
        Kind::Booking => "booking",
        Kind::BookingImport | Kind::Import => "import",
        Kind::Operation => "operation",
        Kind::Template => "template",
        Kind::Tenant | Kind::User | Kind::ApiKey | Kind::Deed | Kind::Message => "thing",
    }
}

fn forbidden(need: Need) -> Problem {
    let detail = match need {
        Need::Everything => "Only owners and admins may do this.",
        Need::Level { whole: true, .. } => "This concerns the whole client, and your access does not reach so far.",
        Need::Level {
            least: Level::Admin, ..
        } => "This needs the access level admin for the client.",
        _ => "This needs the access level write for the client; yours is read.",
    };
    Problem::new(Code::Forbidden, detail).action("Ask an owner or admin to change your access on the People page.")
}
