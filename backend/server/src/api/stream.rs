//! `GET /stream`: what happens, as it happens (server-sent events, WHATWG HTML §9.2).
//!
//! A stream is a task that reads from its own position and writes into a channel of a few places. A listener that does
//! not take what is there is dropped; it comes back with `Last-Event-ID` and misses nothing.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use db::changes::Filter;
use domain::id::TenantId;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, time::MissedTickBehavior};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Actor, Caller, Proof, scope},
        changes::{self, Change},
        json::Query,
        problem::{Code, FieldError, Problem},
    },
    feed::{PLACES, Place},
    ops::{
        access::scope::Scope,
        feed::{self, Since},
    },
    state::App,
};

/// How often something is said when nothing happens, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Every so many heartbeats the session or key is looked at again.
const RECHECK: u32 = 4;
/// How long a listener may leave the channel full.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pieces on the way to a listener.
const ON_THE_WAY: usize = 4;
/// Changes in one piece.
const PIECE: i64 = 100;

/// From where, and of what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadStream {
    /// A position: what happened after it comes first. Without it and without `Last-Event-ID`, from now on.
    #[param(minimum = 0)]
    since: Option<i64>,
    /// Only a calendar and what is in it.
    #[param(max_length = 64)]
    calendar_id: Option<String>,
    /// Only a client and what is theirs.
    #[param(max_length = 64)]
    client_id: Option<String>,
}

/// The data of `hello`, `expired` and `bye`.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamNote {
    /// The position from which the stream goes on; for `bye`, where it ended.
    position: i64,
    /// What it means, for people.
    detail: String,
}

/// Follow what happens, live
///
/// Server-sent events. `hello` begins the stream and names the position; `change` has the shape of an entry of `GET /changes`, its `id` is
/// the position; `expired` says that the position asked for is no longer kept: read everything again, the stream goes on from now; `bye`
/// that the session or key has ended. A comment comes at least every 15 seconds. `EventSource` resumes by itself with `Last-Event-ID`, which
/// counts more than `since`. At most 10 streams for each session or key; who does not read is dropped.
#[utoipa::path(operation_id = "read_stream", tag = "sync",
    params(ReadStream, ("Last-Event-ID" = Option<i64>, Header, description = "The `id` seen last: what happened after it comes first")),
    security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The stream", content_type = "text/event-stream", body = String), Problem))]
#[get("/stream")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ReadStream>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Query(q) = query;
    let since = last_event_id(&request)?.or(q.since);
    let who = match (&caller.actor, &caller.session_id) {
        (_, Some(session)) => session,
        (Actor::User(id) | Actor::Key(id), None) => id,
    };
    let place = app.feed.place(who).ok_or_else(|| {
        Problem::new(Code::RateLimited, format!("There are {PLACES} streams open already."))
            .retry_after(15)
            .action("Close the streams that nobody reads; one is enough for all that happens.")
    })?;
    let (out, taken) = mpsc::channel(ON_THE_WAY);
    let listener = Listener {
        proof: Proof::of(&request)?,
        tenant: caller.tenant,
        filter: Filter {
            calendar: q.calendar_id,
            client: q.client_id,
        },
        position: 0,
        out,
        app,
        _place: place,
    };
    tokio::spawn(listener.run(since));
    let body = stream::unfold(taken, |mut taken| async move {
        let piece = taken.recv().await?;
        Some((Ok::<_, actix_web::Error>(piece), taken))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Said here so that nothing compresses it: that would hold events back until there are many.
        .insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("identity")))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body))
}

fn last_event_id(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let Some(value) = request.headers().get("last-event-id") else {
        return Ok(None);
    };
    let number = value.to_str().ok().and_then(|text| text.trim().parse::<i64>().ok());
    match number.filter(|number| *number >= 0) {
        Some(number) => Ok(Some(number)),
        None => Err(Problem::invalid(vec![FieldError::new(
            "/header/Last-Event-ID",
            "format",
            "The header Last-Event-ID holds a position that we never gave out.",
        )])),
    }
}

/// One stream.
struct Listener {
    app: App,
    tenant: TenantId,
    proof: Proof,
    filter: Filter,
    position: i64,
    out: mpsc::Sender<Bytes>,
    _place: Place,
}

/// The stream is over.
struct Over;

impl From<db::Error> for Over {
    fn from(error: db::Error) -> Self {
        // The listener comes back by itself, with its position.
        tracing::info!(%error, "a stream ends because the database does not answer");
        Self
    }
}

impl Listener {
    async fn run(mut self, since: Option<i64>) {
        let _over = self.talk(since).await;
    }

    async fn talk(&mut self, since: Option<i64>) -> Result<(), Over> {
        let mut last = self.app.feed.listen(&self.app, &self.tenant);
        let (mut endings, mut closing) = (self.app.auth.endings(), self.app.feed.closing());
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let mut beats = 0;
        self.begin(since).await?;
        while !*closing.borrow_and_update() {
            self.catch_up().await?;
            tokio::select! {
                changed = last.changed() => changed.map_err(|_| Over)?,
                // Not the end of the session: whoever listens comes back to the next process.
                _ = closing.changed() => return Ok(()),
                _ = endings.changed() => self.still_welcome().await?,
                () = self.out.closed() => return Ok(()),
                _ = heartbeat.tick() => {
                    beats += 1;
                    if beats % RECHECK == 0 {
                        self.still_welcome().await?;
                    }
                    // An id without data moves the position of those whose filter lets nothing through.
                    self.say(format!(": still here\nid: {}\n\n", self.position)).await?;
                }
            }
        }
        Ok(())
    }

    /// Says where the stream begins.
    async fn begin(&mut self, since: Option<i64>) -> Result<(), Over> {
        let (first, word, detail) = match self.ask(since, 1).await? {
            Since::Read { next, .. } => (since.unwrap_or(next), "hello", "The stream begins after this position."),
            Since::Gone { last } => (
                last,
                "expired",
                "What happened after the position asked for is no longer kept: read everything again. The stream goes on from now.",
            ),
        };
        self.position = first;
        self.say("retry: 3000\n".to_owned() + &self.note(word, detail)).await
    }

    /// Tells all there is.
    async fn catch_up(&mut self) -> Result<(), Over> {
        loop {
            match self.ask(Some(self.position), PIECE).await? {
                Since::Read { changes, next, more } => {
                    self.position = next;
                    let piece: String = changes
                        .into_iter()
                        .map(|change| event("change", change.seq, &Change::new(change)))
                        .collect();
                    if !piece.is_empty() {
                        self.say(piece).await?;
                    }
                    if !more {
                        return Ok(());
                    }
                }
                Since::Gone { last } => {
                    self.position = last;
                    let note = self.note("expired", changes::gone().detail());
                    self.say(note).await?;
                }
            }
        }
    }

    async fn ask(&self, since: Option<i64>, limit: i64) -> Result<Since, Over> {
        let (tenant, filter) = (self.tenant.clone(), self.filter.clone());
        let found = self
            .app
            .read(move |c| feed::since(c, &tenant, since, limit, &filter))
            .await;
        Ok(found?)
    }

    /// Whether the session or key still lives and may listen.
    async fn still_welcome(&self) -> Result<(), Over> {
        if self
            .proof
            .holds(&self.app, scope::EventsRead::NAME.unwrap_or_default())
            .await?
        {
            return Ok(());
        }
        self.say(self.note("bye", "The session or key has ended.")).await?;
        Err(Over)
    }

    fn note(&self, word: &str, detail: &str) -> String {
        let note = StreamNote {
            position: self.position,
            detail: detail.to_owned(),
        };
        event(word, self.position, &note)
    }

    async fn say(&self, text: String) -> Result<(), Over> {
        self.out
            .send_timeout(Bytes::from(text), PATIENCE)
            .await
            .map_err(|_| Over)
    }
}

fn event(name: &str, id: i64, data: &impl Serialize) -> String {
    // JSON has no line ends of its own, which would end the field.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\nid: {id}\ndata: {data}\n\n")
}
