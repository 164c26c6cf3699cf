//! A calendar opened for writing: one call to its provider, then what came of it in the mirror.

use std::time::Duration;

use db::calendars::Calendar;
use domain::{
    calendar::AccessRole,
    event::{EventContent, Field, Notify},
    id::{OccurrenceKey, TenantId},
    recurrence::RecurrenceError,
    validation::Violation,
};
use providers::{Batch, CalendarProvider, Change, NewEvent, Target};

use super::{
    Error, connect,
    connect::Connected,
    fresh::{self, Want},
    remote::Place,
    rows::{self, Stamp},
    series,
};
use crate::{
    ops::events::{self as ops, Subject},
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
    /// The request asks for something that cannot be.
    #[error("the request is wrong")]
    Invalid(Vec<Violation>),
    /// Everything else.
    #[error(transparent)]
    Failed(#[from] Error),
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

    /// A rule that cannot be worked with.
    pub fn rule(error: &RecurrenceError) -> Self {
        Self::invalid("/recurrence", error.code(), error.to_string())
    }
}

/// How often a change is tried while somebody else changes the same event.
const TRIES: usize = 3;

/// How much of an event a change says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Some fields: what others do to other fields meanwhile stays.
    Fields,
    /// All of it: what others do meanwhile is in its way.
    Everything,
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
    /// How much of an event its changes say.
    pub says: Says,
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

    /// The same for changes that say this much.
    pub fn saying(self, says: Says) -> Self {
        Self { says, ..self }
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
            says: Says::Fields,
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

    /// Writes a new event under `key`, or finds the one an earlier call wrote. Gives the provider's name for it.
    ///
    /// # Errors
    /// Those of the provider.
    pub async fn create(&self, key: String, content: EventContent, notify: Notify) -> Result<String, Refusal> {
        let new = NewEvent {
            key,
            content,
            calendar_zone: self.zone(),
            notify,
        };
        let batch = self
            .provider
            .create(&self.calendar.remote_id, &new)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(name) = batch
            .upserts
            .iter()
            .find(|event| event.series.is_none())
            .map(|event| event.remote_id.clone())
        else {
            return Err(Error::Internal("the provider's answer to a new event holds no event".into()).into());
        };
        self.record(&self.calendar, batch).await?;
        Ok(name)
    }

    /// Changes what was seen as `seen`. Where somebody else has changed other fields since, both changes stand.
    ///
    /// # Errors
    /// [`Refusal::Changed`]: the same field was changed, or somebody changes it all the time.
    pub async fn merge(&self, target: &Target, mut change: Change, seen: &EventContent) -> Result<bool, Refusal> {
        let tries = if self.says == Says::Fields { TRIES } else { 1 };
        for _ in 1..tries {
            let refusal = match self.update(target, &change).await {
                Err(Refusal::Changed) => Refusal::Changed,
                other => return other,
            };
            // The mirror has it as it is now.
            let Some(now) = self.mirrored(target).await? else {
                return Err(refusal);
            };
            if !series::differences(seen, now.said()).is_disjoint(&change.fields) {
                return Err(refusal);
            }
            let ours = change.content;
            change.content = series::with(now.said(), &ours, &change.fields);
            if change.fields.contains(&Field::Time) {
                (change.content.start, change.content.end) = (ours.start, ours.end);
            }
            change.etag = now.etag().map(str::to_owned);
        }
        self.update(target, &change).await
    }

    async fn mirrored(&self, target: &Target) -> Result<Option<Subject>, Refusal> {
        let key = match &target.occurrence {
            Some(start) => format!("_{}", OccurrenceKey::of(start).map_err(|e| series::internal(&e))?),
            None => String::new(),
        };
        let (tenant, calendar, name) = (self.tenant.clone(), self.calendar.id.clone(), target.remote_id.clone());
        let found = self
            .app
            .read(move |c| {
                let id = db::events::by_remote(c, &calendar, &name)?.id;
                ops::find(c, &tenant, &format!("{id}{key}"))
            })
            .await;
        match found {
            Ok(subject) => Ok(Some(subject)),
            Err(ops::Error::NotFound) => Ok(None),
            Err(error) => Err(series::internal(&error)),
        }
    }

    /// Changes the named fields of an event or occurrence. Whether the provider keeps a series with its overrides as one
    /// object, so that they were carried along.
    ///
    /// # Errors
    /// [`Refusal::Changed`] and [`Refusal::Gone`], with the mirror brought up to date.
    pub async fn update(&self, target: &Target, change: &Change) -> Result<bool, Refusal> {
        match self.provider.update(&self.calendar.remote_id, target, change).await {
            Ok(batch) => {
                let one_object = batch.complete_series.contains(&target.remote_id);
                self.record(&self.calendar, batch).await?;
                Ok(one_object)
            }
            Err(error) => Err(self.refused(target, error).await),
        }
    }

    /// Deletes an event, or takes an occurrence out of its series.
    ///
    /// # Errors
    /// [`Refusal::Changed`], with the mirror brought up to date.
    pub async fn delete(&self, target: &Target, etag: Option<&str>, notify: Notify) -> Result<(), Refusal> {
        match self
            .provider
            .delete(&self.calendar.remote_id, target, etag, notify)
            .await
        {
            Ok(mut batch) => {
                if target.occurrence.is_none() {
                    batch.removed.push(target.remote_id.clone());
                }
                self.record(&self.calendar, batch).await
            }
            Err(error) => Err(self.refused(target, error).await),
        }
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
