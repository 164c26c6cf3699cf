//! Channels on which providers tell us that a calendar changed, and what becomes of their messages.
//!
//! Three facts to hold. A message is a hint: it wakes a pull and is otherwise not believed. A new channel is opened before
//! the old one is stopped, so messages overlap rather than fail. And every channel has a row from before it is asked for
//! until it is stopped; one that got lost in between is stopped when it speaks.

use std::{sync::PoisonError, time::Duration};

use db::{
    calendars::Calendar,
    channels::{self, Channel},
    credentials::Credential,
    types::Instant,
};
use domain::{calendar::Provider, id::TenantId};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use providers::{CalendarProvider, Watch};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use url::Url;

use super::{Error, Result, connect, fresh};
use crate::{crypto, state::App};

/// Providers worth asking for a channel.
const PUSHING: [Provider; 2] = [Provider::Google, Provider::Microsoft];

/// How long a channel should live: as long as providers let it.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long before its end a channel is replaced, if it lives long enough.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// After this a channel that was asked for counts as lost.
const ANSWERED: SignedDuration = SignedDuration::from_mins(5);

/// When to ask again for a channel the provider refused: it cannot, or our address does not suit it.
const REFUSED: SignedDuration = SignedDuration::from_hours(6);

/// How many are looked at in one run; the next one goes on.
const BATCH: i64 = 200;

/// How many are worked on at once.
const AT_ONCE: usize = 8;

/// How long a person who disconnects an account waits for its channels to be stopped.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many strays are remembered.
const STRAYS: usize = 1_000;

/// Where a provider sends its messages; `None`: it cannot reach us, and asking it is enough.
pub fn address(app: &App, provider: Provider) -> Option<Url> {
    app.push_url
        .as_ref()?
        .join(&format!("api/v1/hooks/{}", provider.as_str()))
        .ok()
}

/// Makes true: every followed calendar has one channel that does not end soon, and no other lives on.
///
/// # Errors
/// Those of the database. What a provider refuses is noted with the channel.
pub async fn tend(app: &App) -> Result<()> {
    let now = app.now();
    let all = app.push_url.is_none();
    app.write(move |c| channels::retire(c, all, now.into())).await?;
    for provider in PUSHING {
        let Some(address) = address(app, provider) else {
            continue;
        };
        let at = address.to_string();
        let wanting = app
            .read_all(move |c| channels::wanting(c, &[provider.as_str()], &at, now.into(), BATCH))
            .await?;
        let opened = stream::iter(wanting).map(|calendar| open(app, calendar, &address));
        opened.buffer_unordered(AT_ONCE).collect::<()>().await;
    }
    let closing = app.read_all(move |c| channels::closing(c, now.into(), BATCH)).await?;
    let closed = stream::iter(closing).map(|row| close(app, row));
    closed.buffer_unordered(AT_ONCE).collect::<()>().await;
    Ok(())
}

/// Opens a channel for the calendar; the one before it, if any, is marked to be stopped.
async fn open(app: &App, calendar: Calendar, address: &Url) {
    if let Err(error) = try_to_open(app, &calendar, address).await {
        tracing::info!(calendar = calendar.id, %error, "no channel was opened");
    }
}

async fn try_to_open(app: &App, calendar: &Calendar, address: &Url) -> Result<()> {
    let tenant = TenantId::from_store(calendar.tenant_id.clone());
    let connected = connect::connect(app, &tenant, &calendar.credential_id).await?;
    if !connected.pushes() {
        return Ok(());
    }
    let now = app.now();
    let token = crypto::random_token();
    let row = Channel {
        id: crypto::random_token().expose_secret().to_owned(),
        tenant_id: calendar.tenant_id.clone(),
        credential_id: calendar.credential_id.clone(),
        calendar_id: calendar.id.clone(),
        resource_id: None,
        token_hash: crypto::token_hash(token.expose_secret()),
        address: address.to_string(),
        state: channels::OPENING.to_owned(),
        detail: None,
        expires_at: (now + LIFETIME).into(),
        due_at: (now + ANSWERED).into(),
        last_message_at: None,
        last_number: 0,
        created_at: now.into(),
    };
    let watch = Watch {
        id: row.id.clone(),
        token,
        address: address.clone(),
        lifetime: LIFETIME.unsigned_abs(),
    };
    let before = row.clone();
    app.write(move |c| channels::insert(c, &before)).await?;
    match connected.watch(&calendar.remote_id, &watch).await {
        Ok(opened) => {
            let expires = opened.expires_at.unwrap_or(now + LIFETIME);
            let due = renewal(now, expires);
            app.write(move |c| {
                channels::opened(c, &row, &opened.resource_id, expires.into(), due.into(), now.into())?;
                if opened.proven {
                    // Its question reached us: that is as good as a greeting.
                    channels::heard(c, &row.id, 1, None, now.into())?;
                }
                Ok::<_, db::Error>(())
            })
            .await?;
            metrics::counter!("calendar_stacker_channels_total", "outcome" => "opened").increment(1);
            Ok(())
        }
        Err(error) => {
            connected.troubled(&error).await;
            let (id, detail) = (row.id, error.to_string());
            let until = now + pause(&error);
            match error {
                // It may be open all the same; the row waits for its first message, and lapses.
                providers::Error::Unreachable { .. }
                | providers::Error::TryLater {
                    rate_limited: false, ..
                } => {}
                // Not the channel's fault: whoever connects the account again gets one at once.
                providers::Error::Reauthorize { .. } => app.write(move |c| channels::remove(c, &id)).await?,
                _ => {
                    app.write(move |c| channels::refused(c, &id, &detail, until.into()))
                        .await?;
                }
            }
            metrics::counter!("calendar_stacker_channels_total", "outcome" => "refused").increment(1);
            Err(Error::of(connected.provider)(error))
        }
    }
}

/// A day ahead of the end; of a short life its last third.
fn renewal(now: Timestamp, expires: Timestamp) -> Timestamp {
    expires - AHEAD.min(expires.duration_since(now).max(SignedDuration::ZERO) / 3)
}

fn pause(error: &providers::Error) -> SignedDuration {
    match error {
        providers::Error::TryLater { after, .. } => after
            .and_then(|after| SignedDuration::try_from(after).ok())
            .unwrap_or(ANSWERED)
            .clamp(ANSWERED, REFUSED),
        providers::Error::Quota { .. } => SignedDuration::from_hours(1),
        _ => REFUSED,
    }
}

/// Stops a channel and forgets it. What cannot be stopped any more ends by itself.
async fn close(app: &App, row: Channel) {
    let outcome = match &row.resource_id {
        // Nobody has ever told us its other name; should it exist after all, it is a stray.
        None => Ok(()),
        Some(resource) => {
            let tenant = TenantId::from_store(row.tenant_id.clone());
            stop(app, &tenant, &row.credential_id, &row.id, resource).await
        }
    };
    let (id, now) = (row.id.clone(), app.now());
    let noted = match outcome {
        Ok(()) => app.write(move |c| channels::remove(c, &id)).await,
        Err(error) => {
            tracing::info!(channel = row.id, %error, "a channel could not be stopped yet");
            app.write(move |c| channels::later(c, &id, (now + ANSWERED).into()))
                .await
        }
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "what became of a channel was not noted");
    }
}

/// Stops a channel. One that has ended, or whose account is not ours any more, counts as stopped.
async fn stop(app: &App, tenant: &TenantId, credential: &str, id: &str, resource: &str) -> Result<()> {
    let connected = match connect::connect(app, tenant, credential).await {
        Ok(connected) => connected,
        Err(Error::NotConnected(_) | Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    match connected.stop(id, resource).await {
        Ok(()) | Err(providers::Error::NotFound) => {
            metrics::counter!("calendar_stacker_channels_total", "outcome" => "stopped").increment(1);
            Ok(())
        }
        Err(error) => Err(Error::of(connected.provider)(error)),
    }
}

/// Stops every channel of an account that is about to be disconnected, as far as there is time, and forgets them.
pub async fn stop_all(app: &App, credential: &Credential) {
    let (tenant, id) = (
        TenantId::from_store(credential.tenant_id.clone()),
        credential.id.clone(),
    );
    let rows = match app.read_all(move |c| channels::of_credential(c, &tenant, &id)).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::warn!(%error, "the channels of an account are not known");
            return;
        }
    };
    let stopped = stream::iter(rows.clone()).map(|row| close(app, row));
    let stopped = stopped.buffer_unordered(AT_ONCE).collect::<()>();
    if tokio::time::timeout(PATIENCE, stopped).await.is_err() {
        tracing::info!(
            credential = credential.id,
            "not every channel was stopped; they end by themselves"
        );
    }
    let forgotten = app
        .write(move |c| rows.iter().try_for_each(|row| channels::remove(c, &row.id)))
        .await;
    if let Err(error) = forgotten {
        tracing::warn!(%error, "channels of a disconnected account were not forgotten");
    }
}

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Message {
    /// Which channel it claims to come through.
    pub channel: String,
    /// The secret it shows.
    pub token: String,
    /// Its number, where the provider counts; higher is later.
    pub number: Option<i64>,
    /// The provider's name for what is watched.
    pub resource: Option<String>,
    /// `sync` begins a channel and tells of no change.
    pub begins: bool,
}

/// Takes a message. Whether it is one of ours: it came through a channel we know and shows its secret.
///
/// # Errors
/// Those of the database.
pub async fn hear(app: &App, message: Message) -> Result<bool> {
    let Some(row) = proven(app, &message).await? else {
        return Ok(false);
    };
    let now = Instant::from(app.now());
    let tenant = TenantId::from_store(row.tenant_id);
    let calendar = app
        .write(move |c| {
            let number = message.number.unwrap_or(row.last_number + 1);
            let news = channels::heard(c, &row.id, number, message.resource.as_deref(), now)?;
            if !news || message.begins {
                return Ok(None);
            }
            match db::calendars::get(c, &tenant, &row.calendar_id) {
                Ok(calendar) if calendar.selected => {
                    // Should this process end before the pull, another one finds it due.
                    db::calendars::due_at(c, &calendar.id, now)?;
                    Ok(Some(calendar))
                }
                Ok(_) | Err(db::Error::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await?;
    if let Some(calendar) = calendar {
        fresh::hint(app, calendar);
    }
    Ok(true)
}

/// The channel a message came through, if it is ours and the message shows its secret.
async fn proven(app: &App, message: &Message) -> Result<Option<Channel>> {
    let id = message.channel.clone();
    let found = app.read_all(move |c| channels::find(c, &id)).await?;
    let sent = crypto::token_hash(&message.token);
    let Some(row) = found else {
        stray(app, message.clone()).await;
        return Ok(None);
    };
    let shown = bool::from(row.token_hash.as_bytes().ct_eq(sent.as_bytes()));
    Ok(shown.then_some(row))
}

/// What a provider may say about a channel itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is silent until we say that we still want it and may have it.
    Doubted,
    /// It is no more.
    Ended,
    /// Messages were lost.
    Missed,
}

/// Takes word of a channel itself. Whether it is about one of ours. Whatever it was, the calendar is asked: nobody knows what
/// was not told.
///
/// # Errors
/// Those of the database.
pub async fn turn(app: &App, message: Message, turn: Turn) -> Result<bool> {
    let Some(row) = proven(app, &message).await? else {
        return Ok(false);
    };
    let news = Message {
        number: None,
        ..message
    };
    hear(app, news).await?;
    match turn {
        Turn::Missed => {}
        Turn::Ended => {
            // The next run of the job opens another one.
            app.write(move |c| channels::remove(c, &row.id)).await?;
        }
        Turn::Doubted => {
            let app = app.clone();
            // The provider waits for an answer, and hangs up on those who take long.
            tokio::spawn(async move {
                if let Err(error) = prolong(&app, &row).await {
                    tracing::info!(channel = row.id, %error, "a doubted channel was not kept; another one follows");
                }
            });
        }
    }
    Ok(true)
}

async fn prolong(app: &App, row: &Channel) -> Result<()> {
    let Some(resource) = &row.resource_id else {
        return Ok(());
    };
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let connected = connect::connect(app, &tenant, &row.credential_id).await?;
    let now = app.now();
    let renewed = connected.renew(resource, LIFETIME.unsigned_abs()).await;
    let id = row.id.clone();
    match renewed {
        Ok(renewed) => {
            let expires = renewed.expires_at.unwrap_or(now + LIFETIME);
            let due = renewal(now, expires);
            app.write(move |c| channels::prolonged(c, &id, expires.into(), due.into()))
                .await?;
            Ok(())
        }
        Err(error) => {
            if matches!(error, providers::Error::NotFound) {
                app.write(move |c| channels::remove(c, &id)).await?;
            }
            Err(Error::of(connected.provider)(error))
        }
    }
}

/// A channel we do not know: if it watches something of ours we once opened it and lost it, so it is stopped.
async fn stray(app: &App, message: Message) {
    let Some(resource) = message.resource else { return };
    {
        let mut strays = app.gateway.strays.lock().unwrap_or_else(PoisonError::into_inner);
        if strays.len() >= STRAYS {
            strays.clear();
        }
        if !strays.insert(message.channel.clone()) {
            return;
        }
    }
    let app = app.clone();
    // Nobody outside may learn from the time of the answer whether we know the resource.
    tokio::spawn(async move {
        let name = resource.clone();
        let Ok(Some(ours)) = app.read_all(move |c| channels::of_resource(c, &name)).await else {
            return;
        };
        tracing::info!(
            calendar = ours.calendar_id,
            "a channel that was lost speaks; it is stopped"
        );
        let tenant = TenantId::from_store(ours.tenant_id);
        if let Err(error) = stop(&app, &tenant, &ours.credential_id, &message.channel, &resource).await {
            tracing::info!(%error, "a lost channel could not be stopped");
            let mut strays = app.gateway.strays.lock().unwrap_or_else(PoisonError::into_inner);
            strays.remove(&message.channel);
        }
    });
}
