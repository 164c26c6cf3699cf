//! From a credential to a client of its provider that keeps its token fresh by itself.
//!
//! Strikes: a call that is refused although its token was refreshed a moment ago is one strike; two in a row mean that
//! a person must consent again. A token endpoint that says `invalid_grant` counts as both: it is the provider's own
//! word that the consent is gone. CalDAV has nothing to refresh, so each 401 is one strike. Any success forgets them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use db::credentials::Credential;
use domain::{
    calendar::{NewCalendar, Provider, RemoteCalendar},
    credential::{CredentialStatus, Facts},
    event::{Notify, Response},
    id::TenantId,
    stacking::Mailing,
};
use providers::{
    Account, Batch, CalendarProvider, Change, Channel, NewEvent, Page, Target, Watch,
    error::Unreachable,
    google::Google,
    http::Http,
    microsoft::Microsoft,
    oauth::{Endpoints, Issuer},
};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{Error, Result, budget::Kind, caldav, gate::Gate, token};
use crate::state::App;

/// A client of one account, with the row it was made from.
pub struct Connected {
    app: App,
    /// As it was when the client was made.
    pub credential: Credential,
    /// Which provider it is.
    pub provider: Provider,
    whole: bool,
    pushes: bool,
    gate: Gate,
    http: Http,
    current: Mutex<Current>,
}

struct Current {
    client: Arc<dyn CalendarProvider>,
    version: i64,
}

/// Whose consent page a provider's accounts are connected by.
pub const fn issuer(provider: Provider) -> Option<Issuer> {
    match provider {
        Provider::Google => Some(Issuer::Google),
        Provider::Microsoft => Some(Issuer::Microsoft),
        Provider::Caldav => None,
    }
}

/// Where an issuer is, by configuration.
///
/// # Errors
/// [`Error::Internal`]: what is configured is no address.
pub fn endpoints(app: &App, issuer: Issuer) -> Result<Endpoints> {
    let config = &app.config;
    match issuer {
        Issuer::Google => Ok(google_endpoints(app)),
        Issuer::Microsoft => Endpoints::entra(
            config.microsoft_login_url.as_str(),
            &config.microsoft_tenant,
            config.microsoft_api_base.as_str(),
        )
        .map_err(|error| Error::Internal(error.to_string())),
    }
}

fn google_endpoints(app: &App) -> Endpoints {
    Endpoints {
        issuer: Issuer::Google,
        auth_url: app.config.google_auth_url.clone(),
        token_url: app.config.google_token_url.clone(),
        revoke_url: Some(app.config.google_revoke_url.clone()),
        userinfo_url: app.config.google_userinfo_url.clone(),
        api_base: app.config.google_api_base.clone(),
    }
}

/// What a credential's row says about its status.
pub fn facts(row: &Credential) -> Facts {
    // A refresh token that ends makes the credential end: Google says so for apps “in testing”.
    let expires_at = row.refresh_expires_at.or(row.expires_at).map(Into::into);
    Facts {
        provider: provider_of(row),
        authorized_at: row.authorized_at.map(Into::into),
        revoked_at: row.revoked_at.map(Into::into),
        refusals: row.refusals,
        expires_at,
        renewable: row.refresh_token_sealed.is_some() && row.refresh_expires_at.is_none(),
        failing: row.failing,
    }
}

/// The provider of a row. The column holds nothing but our own words.
pub fn provider_of(row: &Credential) -> Provider {
    Provider::parse(&row.provider).unwrap_or(Provider::Caldav)
}

/// Whether a provider mails guests; `row`: the account, where the asker sees it.
pub fn mailing(provider: Provider, row: Option<&Credential>) -> Mailing {
    match provider {
        Provider::Google => Mailing::AsAsked,
        Provider::Microsoft => Mailing::Always,
        Provider::Caldav => match row.and_then(caldav::discovered).and_then(|found| found.passport) {
            Some(passport) if !passport.schedules => Mailing::Never,
            // Servers know no guests from outside. Of one that was never asked it is not known.
            _ => Mailing::AllOrNone,
        },
    }
}

/// A client for the credential, its token good for some minutes.
///
/// # Errors
/// [`Error::NotConnected`] where a person must act first; [`Error::Provider`] when the token could not be refreshed.
pub async fn connect(app: &App, tenant: &TenantId, credential: &str) -> Result<Connected> {
    let (who, id) = (tenant.clone(), credential.to_owned());
    let row = app
        .read_all(move |c| db::credentials::get(c, &who, &id))
        .await
        .map_err(|e| match e {
            db::Error::NotFound => Error::NotFound("credential"),
            other => other.into(),
        })?;
    match facts(&row).status(app.now()) {
        CredentialStatus::NotAuthorized => Err(Error::NotConnected(
            "The account is not connected yet: finish the consent first.".into(),
        )),
        CredentialStatus::Revoked => Err(Error::NotConnected(
            "The account was disconnected: connect it again.".into(),
        )),
        CredentialStatus::NeedsReauthorization => {
            let said = row.last_error_detail.as_deref();
            Err(Error::NotConnected(
                said.unwrap_or("The provider no longer accepts the credential.")
                    .to_owned(),
            ))
        }
        CredentialStatus::Expired => Err(Error::NotConnected(
            "The consent has ended and cannot be renewed: connect the account again.".into(),
        )),
        CredentialStatus::Valid | CredentialStatus::Expiring | CredentialStatus::Error => client(app, row, false).await,
    }
}

/// Whether changes for an account may be taken at all: one that was disconnected on purpose, or never connected, will not
/// come back by itself; for any other they wait.
///
/// # Errors
/// [`Error::NotConnected`].
pub async fn wanted(app: &App, tenant: &TenantId, credential: &str) -> Result<()> {
    let (who, id) = (tenant.clone(), credential.to_owned());
    let row = app.read_all(move |c| db::credentials::get(c, &who, &id)).await?;
    match facts(&row).status(app.now()) {
        CredentialStatus::NotAuthorized => Err(Error::NotConnected(
            "The account is not connected yet: finish the consent first.".into(),
        )),
        CredentialStatus::Revoked => Err(Error::NotConnected(
            "The account was disconnected: connect it again.".into(),
        )),
        _ => Ok(()),
    }
}

/// A client for the row whatever its status, to find out whether it works again: also an account that is left alone
/// because it did not answer is asked.
///
/// # Errors
/// As [`connect`], but for the status.
pub async fn open(app: &App, row: Credential) -> Result<Connected> {
    client(app, row, true).await
}

async fn client(app: &App, row: Credential, insists: bool) -> Result<Connected> {
    let provider = provider_of(&row);
    let gate = Gate::new(app, &row, insists).await?;
    let http = app.http.metered(gate.meter());
    let http = match gate.places() {
        Some(places) => http.within(places),
        None => http,
    };
    let (client, row): (Arc<dyn CalendarProvider>, Credential) = match provider {
        Provider::Google | Provider::Microsoft => {
            let (token, row) = token::fresh(app, row).await?;
            (with_token(app, &http, provider, token), row)
        }
        Provider::Caldav => (caldav::client(app, &http, &row)?, row),
    };
    let whole = client.keeps_series_whole();
    let pushes = client.pushes();
    let current = Mutex::new(Current {
        client,
        version: row.token_version,
    });
    Ok(Connected {
        app: app.clone(),
        credential: row,
        provider,
        whole,
        pushes,
        gate,
        http,
        current,
    })
}

/// A client with this token, of a provider that gives tokens.
fn with_token(app: &App, http: &Http, provider: Provider, token: SecretString) -> Arc<dyn CalendarProvider> {
    if provider == Provider::Microsoft {
        let base = app.config.microsoft_api_base.clone();
        return Arc::new(Microsoft::new(http.clone(), base, token, app.now()));
    }
    Arc::new(Google::new(http.clone(), google_endpoints(app), token))
}

/// The longest a call may take, all its requests together: below the lease of a pull.
fn deadline(app: &App, kind: Kind) -> Duration {
    let whole = Duration::from_secs(app.config.call_deadline);
    match kind {
        Kind::Read => whole,
        Kind::Write => whole * 3 / 4,
    }
}

fn too_slow(after: Duration) -> providers::Error {
    providers::Error::Unreachable {
        reason: Unreachable::Timeout,
        detail: format!(
            "the provider did not finish its answer within {} s",
            after.as_secs_f64()
        ),
    }
}

impl Connected {
    async fn now(&self) -> (Arc<dyn CalendarProvider>, i64) {
        let current = self.current.lock().await;
        (Arc::clone(&current.client), current.version)
    }

    /// After a 401: a client with a newer token, or the refusal itself.
    async fn renewed(&self, version: i64, refusal: providers::Error) -> providers::Result<Arc<dyn CalendarProvider>> {
        match self.provider {
            Provider::Caldav => {
                self.struck(version, &refusal).await;
                Err(refusal)
            }
            Provider::Google | Provider::Microsoft => {
                let mut current = self.current.lock().await;
                if current.version == version {
                    let (token, row) = token::newer(&self.app, &self.credential, version)
                        .await
                        .map_err(plain)?;
                    *current = Current {
                        client: with_token(&self.app, &self.http, self.provider, token),
                        version: row.token_version,
                    };
                }
                Ok(Arc::clone(&current.client))
            }
        }
    }

    async fn struck(&self, version: i64, refusal: &providers::Error) {
        token::strike(&self.app, &self.credential.id, version, refusal, 1).await;
    }

    /// A call failed for a reason that is not the credential's: the status says so until one works.
    pub async fn troubled(&self, error: &providers::Error) {
        let code = match error {
            providers::Error::Unreachable { .. } => "provider_unavailable",
            providers::Error::Forbidden { code, .. } if code == "insufficient_scope" => "insufficient_scope",
            _ => return,
        };
        let (_, version) = self.now().await;
        let (id, detail, at) = (self.credential.id.clone(), error.to_string(), self.app.now().into());
        let noted = self
            .app
            .write(move |c| {
                let failure = db::credentials::Failure {
                    code,
                    detail: &detail,
                    strikes: 0,
                    at,
                };
                db::credentials::failed(c, &id, version, &failure)
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "could not note that a provider has trouble");
        }
    }

    /// Trouble before this call is over.
    async fn worked(&self) {
        if self.credential.refusals == 0 && !self.credential.failing {
            return;
        }
        let (id, now) = (self.credential.id.clone(), self.app.now().into());
        if let Err(error) = self.app.write(move |c| db::credentials::worked(c, &id, now)).await {
            tracing::warn!(%error, "could not note that a credential works again");
        }
    }
}

/// The provider's error of ours; what is not the provider's becomes a refusal that says nothing of our insides.
fn plain(error: Error) -> providers::Error {
    match error {
        Error::Provider { error, .. } => error,
        Error::NotConnected(detail) => providers::Error::Reauthorize { detail },
        other => {
            tracing::error!(error = %other, "a token could not be refreshed");
            providers::Error::TryLater {
                after: None,
                rate_limited: false,
                detail: "the token could not be refreshed here".into(),
            }
        }
    }
}

/// One call within its budget and deadline; on a refusal one more with a newer token, and a strike if that is refused too.
macro_rules! attempt {
    ($self:ident, $kind:ident, $client:ident => $call:expr) => {{
        $self.gate.enter(Kind::$kind).await?;
        let calls = async {
            let ($client, version) = $self.now().await;
            match $call.await {
                Err(refusal @ providers::Error::Reauthorize { .. }) => {
                    let $client = $self.renewed(version, refusal).await?;
                    let second = $call.await;
                    if let Err(refusal @ providers::Error::Reauthorize { .. }) = &second {
                        let (_, version) = $self.now().await;
                        $self.struck(version, refusal).await;
                    }
                    second
                }
                other => other,
            }
        };
        let most = deadline(&$self.app, Kind::$kind);
        let answer = tokio::time::timeout(most, calls)
            .await
            .unwrap_or_else(|_| Err(too_slow(most)));
        $self.gate.settle(Kind::$kind, &answer).await;
        if answer.is_ok() {
            $self.worked().await;
        }
        answer
    }};
}

#[async_trait]
impl CalendarProvider for Connected {
    async fn account(&self) -> providers::Result<Account> {
        attempt!(self, Read, p => p.account())
    }

    async fn calendars(&self) -> providers::Result<Vec<RemoteCalendar>> {
        attempt!(self, Read, p => p.calendars())
    }

    async fn passport(
        &self,
        calendar: &str,
        now: jiff::Timestamp,
    ) -> providers::Result<Option<providers::caldav::Passport>> {
        attempt!(self, Read, p => p.passport(calendar, now))
    }

    async fn create_calendar(&self, new: &NewCalendar) -> providers::Result<RemoteCalendar> {
        attempt!(self, Write, p => p.create_calendar(new))
    }

    async fn changes(&self, calendar: &str, cursor: Option<&str>) -> providers::Result<Page> {
        attempt!(self, Read, p => p.changes(calendar, cursor))
    }

    async fn event(&self, calendar: &str, remote_id: &str) -> providers::Result<Batch> {
        attempt!(self, Read, p => p.event(calendar, remote_id))
    }

    async fn create(&self, calendar: &str, new: &NewEvent) -> providers::Result<Batch> {
        attempt!(self, Write, p => p.create(calendar, new))
    }

    async fn update(&self, calendar: &str, target: &Target, change: &Change) -> providers::Result<Batch> {
        attempt!(self, Write, p => p.update(calendar, target, change))
    }

    async fn delete(
        &self,
        calendar: &str,
        target: &Target,
        etag: Option<&str>,
        notify: Notify,
    ) -> providers::Result<Batch> {
        attempt!(self, Write, p => p.delete(calendar, target, etag, notify))
    }

    async fn move_event(&self, from: &str, remote_id: &str, to: &str, notify: Notify) -> providers::Result<Batch> {
        attempt!(self, Write, p => p.move_event(from, remote_id, to, notify))
    }

    fn keeps_series_whole(&self) -> bool {
        self.whole
    }

    async fn respond(
        &self,
        calendar: &str,
        target: &Target,
        answer: Response,
        notify: Notify,
    ) -> providers::Result<Batch> {
        attempt!(self, Write, p => p.respond(calendar, target, answer, notify))
    }

    fn pushes(&self) -> bool {
        self.pushes
    }

    async fn watch(&self, calendar: &str, watch: &Watch) -> providers::Result<Channel> {
        attempt!(self, Read, p => p.watch(calendar, watch))
    }

    async fn renew(&self, resource_id: &str, lifetime: Duration) -> providers::Result<Channel> {
        attempt!(self, Read, p => p.renew(resource_id, lifetime))
    }

    async fn stop(&self, id: &str, resource_id: &str) -> providers::Result<()> {
        attempt!(self, Read, p => p.stop(id, resource_id))
    }
}
