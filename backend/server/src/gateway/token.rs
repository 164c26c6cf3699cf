//! Access tokens: renewed ahead of their end, by one caller at a time.
//!
//! Two gates: a lock for each credential in this process, and a lease on its row between processes. Who comes later
//! waits and takes the token the first one got. A new token is stored before it is used, because a provider may have
//! made the old refresh token worthless by giving a new one.

use std::time::Duration;

use db::{
    credentials::{Credential, Failure, Refreshed},
    types::{Instant, Json},
};
use domain::id::TenantId;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use providers::oauth::{OAuth, Tokens};
use secrecy::SecretString;

use super::{
    Error, Result, connect,
    secrets::{self, Secret},
};
use crate::{ops, state::App};

/// How long before its end a token is renewed by whoever needs it.
pub const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How long before its end the worker renews a token nobody asked for.
pub const AHEAD_OF_ALL: SignedDuration = SignedDuration::from_mins(10);

/// How long a refresh may take before another process tries.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The OAuth app of a credential: its own, or the installation's.
///
/// # Errors
/// [`Error::NotConnected`] when there is neither.
pub fn oauth(app: &App, row: &Credential) -> Result<OAuth> {
    let provider = connect::provider_of(row);
    let issuer = connect::issuer(provider)
        .ok_or_else(|| Error::NotConnected("This account is connected by a password, not by consent.".into()))?;
    let (id, secret) = match &row.oauth_client_id {
        Some(id) => {
            let secret = secrets::open(app, row, Secret::OAuthClientSecret)?;
            (
                id.clone(),
                secret.ok_or_else(|| Error::NotConnected("The OAuth client has no secret: enter it again.".into()))?,
            )
        }
        None => app
            .config
            .oauth_app(provider)
            .map_err(|e| Error::Internal(e.to_string()))?
            .ok_or_else(|| {
                Error::NotConnected(format!(
                    "There is no OAuth app for {}: enter a client id and secret.",
                    issuer.name()
                ))
            })?,
    };
    Ok(OAuth::new(
        app.http.clone(),
        connect::endpoints(app, issuer)?,
        id,
        secret,
    ))
}

/// A token that is good for some minutes, and the row it is from.
///
/// # Errors
/// [`Error::NotConnected`], [`Error::Provider`].
pub async fn fresh(app: &App, row: Credential) -> Result<(SecretString, Credential)> {
    let good = row
        .expires_at
        .is_some_and(|end| end.timestamp().duration_since(app.now()) > AHEAD);
    if good && let Some(token) = secrets::open(app, &row, Secret::AccessToken)? {
        return Ok((token, row));
    }
    let version = row.token_version;
    newer(app, &row, version).await
}

/// A token newer than `version`: the one somebody else got meanwhile, or one got now.
///
/// # Errors
/// [`Error::NotConnected`] when the provider says that the consent is gone; [`Error::Provider`].
pub async fn newer(app: &App, row: &Credential, version: i64) -> Result<(SecretString, Credential)> {
    let lock = app.gateway.refresh_lock(&row.id);
    let _turn = lock.lock().await;
    let holder = uuid::Uuid::now_v7().simple().to_string();
    loop {
        let row = reload(app, row).await?;
        if row.token_version != version {
            return adopt(app, row);
        }
        let (id, who, now) = (row.id.clone(), holder.clone(), app.now());
        let until = Instant::from(now + LEASE);
        let mine = app
            .write(move |c| db::credentials::take_refresh(c, &id, &who, version, now.into(), until))
            .await?;
        if mine {
            return refresh(app, row, &holder).await;
        }
        // Another process is at it; its answer or the end of its lease comes soon.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn reload(app: &App, row: &Credential) -> Result<Credential> {
    let (tenant, id) = (TenantId::from_store(row.tenant_id.clone()), row.id.clone());
    Ok(app.read_all(move |c| db::credentials::get(c, &tenant, &id)).await?)
}

fn adopt(app: &App, row: Credential) -> Result<(SecretString, Credential)> {
    match secrets::open(app, &row, Secret::AccessToken)? {
        Some(token) => Ok((token, row)),
        None => Err(Error::NotConnected(
            "The account was disconnected: connect it again.".into(),
        )),
    }
}

async fn refresh(app: &App, row: Credential, holder: &str) -> Result<(SecretString, Credential)> {
    let version = row.token_version;
    let asked = async {
        let old = secrets::open(app, &row, Secret::RefreshToken)?
            .ok_or_else(|| Error::NotConnected("The account gave no lasting consent: connect it again.".into()))?;
        ask(oauth(app, &row)?, old)
            .await
            .map_err(Error::of(connect::provider_of(&row)))
    };
    match asked.await {
        Ok(tokens) => {
            let (id, refreshed) = (row.id.clone(), sealed(app, &row, &tokens)?);
            if !app
                .write(move |c| db::credentials::refreshed(c, &id, version, &refreshed))
                .await?
            {
                // A consent or a disconnect came in between: what they left counts.
                return adopt(app, reload(app, &row).await?);
            }
            metrics::counter!("calendar_stacker_token_refreshes_total").increment(1);
            Ok((tokens.access, reload(app, &row).await?))
        }
        Err(error) => {
            if let Error::Provider {
                error: refusal @ providers::Error::Reauthorize { .. },
                ..
            } = &error
            {
                strike(app, &row.id, version, refusal, 2).await;
            }
            let (id, who) = (row.id.clone(), holder.to_owned());
            app.write(move |c| db::credentials::give_refresh_back(c, &id, &who))
                .await?;
            Err(error)
        }
    }
}

/// Boxed, because the compiler cannot see through the OAuth crate's closures that this may change threads.
fn ask(oauth: OAuth, old: SecretString) -> BoxFuture<'static, providers::Result<Tokens>> {
    Box::pin(async move { oauth.refresh(&old).await })
}

fn sealed(app: &App, row: &Credential, tokens: &Tokens) -> Result<Refreshed> {
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let seal = |secret, value: &SecretString| secrets::seal(&app.vault, &tenant, &row.id, secret, value);
    let refresh = tokens.refresh.as_ref().map(|token| seal(Secret::RefreshToken, token));
    Ok(Refreshed {
        access_token_sealed: seal(Secret::AccessToken, &tokens.access),
        refresh_token_sealed: refresh.or_else(|| row.refresh_token_sealed.clone()).unwrap_or_default(),
        expires_at: after(app, tokens.expires_in),
        refresh_expires_at: tokens.refresh_expires_in.map(|length| after(app, length)),
        scopes_granted: tokens.scopes_granted.clone().map(Json::new).transpose()?,
    })
}

/// The instant that lies `length` ahead.
pub fn after(app: &App, length: Duration) -> Instant {
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::from_hours(1));
    app.now().checked_add(length).unwrap_or(jiff::Timestamp::MAX).into()
}

/// Counts refusals of the provider. Not worth failing the call for, which has failed anyway.
pub async fn strike(app: &App, credential: &str, version: i64, refusal: &providers::Error, strikes: i32) {
    let detail = match refusal {
        providers::Error::Reauthorize { detail } => detail.clone(),
        other => other.to_string(),
    };
    let (id, at) = (credential.to_owned(), app.now().into());
    let noted = app
        .write(move |c| {
            let failure = Failure {
                code: "reauthorization_required",
                detail: &detail,
                strikes,
                at,
            };
            ops::credentials::refused(c, &id, version, &failure)
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "could not note that a provider refused a credential");
    }
}
