//! What every call to a provider passes through: it waits a little for its budget, or is told when to come again; an account
//! that does not answer is left alone; and while a provider takes no writes of an account none are sent, but reads go on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use db::{credentials::Credential, usage::Pause};
use domain::{budget, calendar::Provider};
use jiff::SignedDuration;
use providers::http::{Meter, Places};

use super::{
    budget::{Call, Denied, Kind, Limits},
    connect, ledger,
};
use crate::state::App;

/// How long a call waits for its budget before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long an account that asks for patience is left alone at most.
const REST: SignedDuration = SignedDuration::from_mins(15);

/// The names a request is counted under.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) account: String,
    pub(super) oauth_app: String,
    pub(super) credential: String,
    pub(super) tenant: String,
}

/// What the calls of one client pass through.
pub struct Gate {
    app: App,
    ticket: Arc<Ticket>,
    provider: Provider,
    limits: Limits,
    pause: Option<Pause>,
    /// Not held back by a circuit or a rest: to find out whether an account works again.
    insists: bool,
    /// Requests that calls have taken from the budget and not sent yet.
    paid: Arc<AtomicI64>,
}

impl Ticket {
    /// Several credentials may be one account at the provider; its limits are the account's.
    pub(super) fn of(row: &Credential) -> Self {
        let oauth_app = format!(
            "{}\n{}",
            row.provider,
            row.oauth_client_id.as_deref().unwrap_or_default()
        );
        let account = row.account_id.as_deref().unwrap_or(&row.id);
        let user = row.username.as_deref().unwrap_or_default();
        Self {
            account: format!("{oauth_app}\n{account}\n{user}"),
            oauth_app,
            credential: row.id.clone(),
            tenant: row.tenant_id.clone(),
        }
    }
}

impl Gate {
    /// The gate of a credential's account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn new(app: &App, row: &Credential, insists: bool) -> db::Result<Self> {
        let id = row.id.clone();
        let pause = app.read_all(move |c| db::usage::pause(c, &id)).await?;
        let provider = connect::provider_of(row);
        Ok(Self {
            app: app.clone(),
            ticket: Arc::new(Ticket::of(row)),
            provider,
            limits: Limits::of(&app.config, provider).shared_by(app.config.processes),
            pause,
            insists,
            paid: Arc::default(),
        })
    }

    /// Counts what the account's client sends.
    pub fn meter(&self) -> Meter {
        let (app, ticket, paid) = (self.app.clone(), Arc::clone(&self.ticket), Arc::clone(&self.paid));
        Arc::new(move |method| {
            let reads = ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"].contains(&method.as_str());
            let kind = if reads { Kind::Read } else { Kind::Write };
            let took = paid.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| (left > 0).then(|| left - 1));
            app.gateway.budgets.sent(&ticket, kind, took.is_ok());
            app.gateway.ledger.count(&ticket, app.now(), |hour| match kind {
                Kind::Read => hour.reads += 1,
                Kind::Write => hour.writes += 1,
            });
            ledger::flush_soon(&app);
        })
    }

    /// The places at the account, where its provider counts how many calls are under way.
    pub fn places(&self) -> Option<Arc<Places>> {
        self.app.gateway.budgets.places(&self.ticket, &self.limits)
    }

    /// Waits a little for the budget of a call.
    ///
    /// # Errors
    /// [`providers::Error::TryLater`], with the time after which it is worth trying.
    pub async fn enter(&self, kind: Kind) -> providers::Result<()> {
        if let (Kind::Write, Some(pause)) = (kind, &self.pause) {
            let left = pause.until.timestamp().duration_since(self.app.now());
            if left.is_positive() {
                let detail = format!(
                    "no more writes are sent for this account until {}, because the provider said: {}",
                    pause.until, pause.detail
                );
                return Err(self.denied("pause", left.unsigned_abs(), true, detail));
            }
        }
        let begun = Instant::now();
        let call = Call {
            ticket: &self.ticket,
            limits: self.limits,
            insists: self.insists,
        };
        loop {
            match self.app.gateway.budgets.enter(&call, kind, self.app.now()) {
                Ok(()) => {
                    self.paid.fetch_add(1, Ordering::AcqRel);
                    return Ok(());
                }
                Err(Denied::Budget(wait)) if begun.elapsed() + wait <= PATIENCE => tokio::time::sleep(wait).await,
                Err(Denied::Budget(wait)) => {
                    let detail = "this installation keeps below the provider's limits, and has asked enough for now";
                    return Err(self.denied("budget", wait, true, detail.into()));
                }
                Err(Denied::Rests(wait)) => {
                    let detail = "the provider asked for patience";
                    return Err(self.denied("rest", wait.unsigned_abs(), true, detail.into()));
                }
                Err(Denied::Circuit(wait, failures)) => {
                    let detail = format!("it did not answer {failures} times in a row and is left alone for a while");
                    return Err(self.denied("circuit", wait.unsigned_abs(), false, detail));
                }
            }
        }
    }

    fn denied(&self, reason: &'static str, wait: Duration, rate_limited: bool, detail: String) -> providers::Error {
        metrics::counter!("calendar_stacker_calls_held_back_total", "provider" => self.provider.as_str(), "reason" => reason).increment(1);
        providers::Error::TryLater {
            after: Some(wait.max(Duration::from_secs(1))),
            rate_limited,
            detail,
        }
    }

    /// Learns from how a call ended.
    pub async fn settle<T>(&self, kind: Kind, outcome: &providers::Result<T>) {
        use providers::{Error, error::Unreachable};
        let budgets = &self.app.gateway.budgets;
        let clock = self.app.now();
        let (answered, failed) = match outcome {
            Ok(_) => (true, false),
            // Our own guard's word, not the account's.
            Err(Error::Unreachable {
                reason: Unreachable::Guarded,
                ..
            }) => (true, true),
            Err(
                Error::Unreachable { .. }
                | Error::TryLater {
                    rate_limited: false, ..
                },
            ) => (false, true),
            Err(Error::TryLater { .. } | Error::Quota { .. } | Error::Reauthorize { .. }) => (true, true),
            Err(_) => (true, false),
        };
        budgets.with_account(&self.ticket.account, |account, now| {
            if answered {
                account.circuit.answered();
            } else {
                account.circuit.failed(clock, rand::random());
            }
            match outcome {
                Err(Error::TryLater {
                    rate_limited: true,
                    after,
                    ..
                }) => {
                    account.total.drain(now);
                    let rest = after.and_then(|after| SignedDuration::try_from(after).ok());
                    account.rests = rest.map(|rest| clock + rest.min(REST));
                }
                Ok(_) => account.rests = None,
                Err(_) => {}
            }
        });
        if failed {
            self.app
                .gateway
                .ledger
                .count(&self.ticket, clock, |hour| hour.failed += 1);
            ledger::flush_soon(&self.app);
        }
        let noted = match (kind, outcome) {
            (Kind::Write, Err(Error::Quota { detail })) => self.begin_pause(detail.clone()).await,
            (Kind::Write, Ok(_)) if self.pause.is_some() => {
                let id = self.ticket.credential.clone();
                self.app.write(move |c| db::usage::end_pause(c, &id)).await
            }
            _ => Ok(()),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "a pause of writing was not noted");
        }
    }

    async fn begin_pause(&self, detail: String) -> db::Result<()> {
        let (id, tenant, now) = (
            self.ticket.credential.clone(),
            self.ticket.tenant.clone(),
            self.app.now(),
        );
        let until = self.app.write(move |c| {
            let before = db::usage::pause(c, &id)?;
            // Calls that were on their way together count once.
            let times = match &before {
                Some(pause) if pause.until.timestamp() > now => pause.times,
                Some(pause) => pause.times.saturating_add(1),
                None => 1,
            };
            let until = now + budget::pause(u32::try_from(times).unwrap_or(u32::MAX));
            let pause = Pause {
                credential_id: id,
                tenant_id: tenant,
                until: until.into(),
                times,
                detail,
            };
            db::usage::begin_pause(c, &pause).map(|()| until)
        });
        let until = until.await?;
        tracing::warn!(credential = self.ticket.credential, %until, "the provider takes no more writes; they pause");
        Ok(())
    }
}
