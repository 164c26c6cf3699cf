//! A calendar opened for what is asked of its provider at once: one call, then what came of it in the mirror.

use std::time::Duration;

use db::calendars::Calendar;
use domain::{calendar::AccessRole, id::TenantId, validation::Violation};
use providers::{Batch, CalendarProvider, Target};

use super::{
    Error, connect,
    connect::Connected,
    fresh::{self, Want},
    rows::{self, Stamp},
};
use crate::{
    ops::{changes, mirror::Place},
    state::App,
};

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Somebody else changed it at the provider; the mirror has it as it is now.
    #[error("it was changed at the provider in the meantime")]
    Changed,
    /// It is not at the provider any more; the mirror knows.
    #[error("it is not at the provider any more")]
    Gone,
    /// The account may only read the calendar.
    #[error("the account may not write to this calendar")]
    ReadOnly,
    /// An earlier change of it waits for the provider.
    #[error("an earlier change of it waits for the provider")]
    Waiting,
    /// The request asks for something that cannot be.
    #[error("the request is wrong")]
    Invalid(Vec<Violation>),
    /// Everything else.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<changes::Error> for Refusal {
    fn from(error: changes::Error) -> Self {
        match error {
            changes::Error::ReadOnly => Self::ReadOnly,
            changes::Error::Invalid(faults) => Self::Invalid(faults),
            changes::Error::NotFound => Self::Failed(Error::NotFound("event")),
            changes::Error::Changed => Self::Changed,
            changes::Error::Db(error) => error.into(),
        }
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Refusal {
    /// One wrong field.
    pub fn invalid(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
        }])
    }
}

/// What a write is about: the calendar, and a client for it.
pub struct Desk {
    /// The application.
    pub app: App,
    /// Whose.
    pub tenant: TenantId,
    /// Which calendar.
    pub calendar: Calendar,
    /// Its provider.
    pub provider: Connected,
}

impl Desk {
    /// Opens a calendar for writing.
    ///
    /// # Errors
    /// [`Refusal::ReadOnly`], or that the account is not connected.
    pub async fn open(app: &App, tenant: &TenantId, calendar: &Calendar) -> Result<Self, Refusal> {
        if !AccessRole::parse(&calendar.access_role).is_some_and(AccessRole::can_write) {
            return Err(Refusal::ReadOnly);
        }
        Self::open_to_read(app, tenant, calendar).await
    }

    /// Opens a calendar without asking whether it may be written: answers to invitations are the guest's own.
    ///
    /// # Errors
    /// That the account is not connected.
    pub async fn open_to_read(app: &App, tenant: &TenantId, calendar: &Calendar) -> Result<Self, Refusal> {
        let provider = connect::connect(app, tenant, &calendar.credential_id).await?;
        Ok(Self {
            app: app.clone(),
            tenant: tenant.clone(),
            calendar: calendar.clone(),
            provider,
        })
    }

    /// Where whole days begin.
    pub fn zone(&self) -> String {
        self.calendar.time_zone.clone().unwrap_or_else(|| "UTC".to_owned())
    }

    /// What the provider answered goes to the mirror, in one transaction.
    ///
    /// # Errors
    /// Those of the database. The provider has it anyway: the next pull brings it.
    pub async fn record(&self, calendar: &Calendar, batch: Batch) -> Result<(), Refusal> {
        let place = Place::of(calendar);
        let ready = rows::ready(&place, batch);
        let (tenant, now) = (self.tenant.clone(), self.app.now());
        self.app
            .write(move |c| {
                let round = db::calendars::get(c, &tenant, &place.calendar)?.round;
                rows::apply(
                    c,
                    &place,
                    ready,
                    Stamp {
                        round,
                        now,
                        pulled: false,
                    },
                )
            })
            .await?;
        self.app.feed.wake(self.tenant.as_str());
        Ok(())
    }

    /// What a refusal means, after the mirror was brought up to date.
    pub async fn refused(&self, target: &Target, error: providers::Error) -> Refusal {
        match error {
            providers::Error::Changed => {
                self.look_again(target).await;
                Refusal::Changed
            }
            providers::Error::NotFound => {
                self.look_again(target).await;
                Refusal::Gone
            }
            other => self.failed(other),
        }
    }

    /// What the provider said, tied to which one it was.
    pub fn failed(&self, error: providers::Error) -> Refusal {
        Refusal::Failed(Error::of(self.provider.provider)(error))
    }

    /// Brings one event up to date. Not worth failing the answer for, which is an error anyway.
    async fn look_again(&self, target: &Target) {
        let outcome = match self.provider.event(&self.calendar.remote_id, &target.remote_id).await {
            Ok(batch) => self.record(&self.calendar, batch).await,
            Err(providers::Error::NotFound) => {
                let batch = Batch {
                    removed: vec![target.remote_id.clone()],
                    ..Batch::default()
                };
                self.record(&self.calendar, batch).await
            }
            Err(error) => Err(self.failed(error)),
        };
        if let Err(error) = outcome {
            tracing::info!(%error, "an event could not be read again");
        }
        if target.occurrence.is_some() {
            // What was done to an occurrence elsewhere may have a name that we do not know.
            fresh::pull_and_wait(&self.app, &self.calendar, Want::Now, Duration::from_secs(5)).await;
        }
    }
}
