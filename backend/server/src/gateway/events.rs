//! Writes to events: the provider first, then the mirror, so that nothing is shown that the provider does not hold.

use std::{collections::BTreeSet, time::Duration};

use db::calendars::Calendar;
use domain::{
    calendar::AccessRole,
    event::{EventContent, Field, Notify, Response, Scope},
    id::TenantId,
    recurrence::RecurrenceError,
    validation::Violation,
};
use providers::{Batch, CalendarProvider, Change, NewEvent, Target};

use super::{
    Error, connect,
    connect::Connected,
    fresh::{self, Want}, remote,
    remote::Place,
    rows::{self, Stamp},
    series,
};
use crate::{ops::events::Subject, state::App};

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

    /// Changes the named fields of an event or occurrence.
    ///
    /// # Errors
    /// [`Refusal::Changed`] and [`Refusal::Gone`], with the mirror brought up to date.
    pub async fn update(&self, target: &Target, change: &Change) -> Result<(), Refusal> {
        match self.provider.update(&self.calendar.remote_id, target, change).await {
            Ok(batch) => self.record(&self.calendar, batch).await,
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

/// Writes a new event and gives its identifier.
///
/// # Errors
/// Those of the provider.
pub async fn create(
    app: &App,
    tenant: &TenantId,
    calendar: &Calendar,
    key: String,
    content: EventContent,
    notify: Notify,
) -> Result<String, Refusal> {
    let desk = Desk::open(app, tenant, calendar).await?;
    let remote_id = desk.create(key, content, notify).await?;
    named(app, calendar, remote_id).await
}

/// The identifier of the row that mirrors `remote_id`.
async fn named(app: &App, calendar: &Calendar, remote_id: String) -> Result<String, Refusal> {
    let id = calendar.id.clone();
    Ok(app.read(move |c| db::events::by_remote(c, &id, &remote_id)).await?.id)
}

/// What the event says that a write of this scope starts from: an occurrence has no rule of its own, its series has.
pub fn base(subject: &Subject, scope: Scope) -> EventContent {
    let said = subject.said().clone();
    match (&subject.occurrence, scope) {
        (Some(_), Scope::All | Scope::ThisAndFollowing) => EventContent {
            recurrence: subject.content.recurrence.clone(),
            ..said
        },
        _ => said,
    }
}

/// Makes the event say `desired`, and gives the identifier of what was written.
///
/// # Errors
/// [`Refusal`].
pub async fn update(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    scope: Scope,
    desired: EventContent,
    notify: Notify,
) -> Result<String, Refusal> {
    let base = base(subject, scope);
    let fields = base.changed(&desired);
    let Some(named) = &subject.occurrence else {
        if fields.is_empty() {
            return Ok(subject.row.id.clone());
        }
        let desk = Desk::open(app, tenant, &subject.calendar).await?;
        desk.update(
            &whole(subject),
            &change(subject, desired, fields, subject.row.etag.clone(), notify),
        )
        .await?;
        return Ok(subject.row.id.clone());
    };
    if fields.is_empty() {
        return Ok(format!("{}_{}", subject.row.id, named.key));
    }
    let desk = Desk::open(app, tenant, &subject.calendar).await?;
    match scope {
        Scope::This => {
            if !desired.recurrence.is_empty() {
                let detail = "an occurrence has no rule of its own; use scope “this_and_following” or “all”";
                return Err(Refusal::invalid("/recurrence", "not_allowed", detail));
            }
            let target = Target {
                remote_id: subject.row.remote_id.clone(),
                occurrence: Some(named.original_start.clone()),
            };
            let etag = named.row.as_ref().map_or(&subject.row.etag, |row| &row.etag).clone();
            desk.update(&target, &change(subject, desired, fields, etag, notify))
                .await?;
            Ok(format!("{}_{}", subject.row.id, named.key))
        }
        Scope::All => {
            series::change_all(&desk, subject, &base, &desired, &fields, notify).await?;
            Ok(subject.row.id.clone())
        }
        Scope::ThisAndFollowing => {
            let remote_id = series::change_following(&desk, subject, &base, &desired, &fields, notify).await?;
            self::named(app, &subject.calendar, remote_id).await
        }
    }
}

/// The event itself, or its whole series.
pub fn whole(subject: &Subject) -> Target {
    Target {
        remote_id: subject.row.remote_id.clone(),
        occurrence: None,
    }
}

/// A change for the provider.
pub fn change(
    subject: &Subject,
    content: EventContent,
    fields: BTreeSet<Field>,
    etag: Option<String>,
    notify: Notify,
) -> Change {
    Change {
        content,
        fields,
        etag,
        calendar_zone: subject.zone().to_owned(),
        notify,
    }
}

/// Deletes the event, the occurrence, it and all later ones, or the series.
///
/// # Errors
/// [`Refusal`].
pub async fn delete(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    scope: Scope,
    notify: Notify,
) -> Result<(), Refusal> {
    let desk = Desk::open(app, tenant, &subject.calendar).await?;
    match (&subject.occurrence, scope) {
        (None, _) | (Some(_), Scope::All) => desk.delete(&whole(subject), subject.row.etag.as_deref(), notify).await,
        (Some(named), Scope::This) => {
            let target = Target {
                remote_id: subject.row.remote_id.clone(),
                occurrence: Some(named.original_start.clone()),
            };
            let etag = named.row.as_ref().map_or(&subject.row.etag, |row| &row.etag);
            desk.delete(&target, etag.as_deref(), notify).await
        }
        (Some(_), Scope::ThisAndFollowing) => series::delete_following(&desk, subject, notify).await,
    }
}

/// Sets the account's own answer to an invitation.
///
/// # Errors
/// [`Refusal`].
pub async fn respond(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    answer: Response,
    notify: Notify,
) -> Result<(), Refusal> {
    let desk = Desk::open_to_read(app, tenant, &subject.calendar).await?;
    let occurrence = subject.occurrence.as_ref().map(|named| named.original_start.clone());
    let target = Target {
        remote_id: subject.row.remote_id.clone(),
        occurrence,
    };
    match desk
        .provider
        .respond(&subject.calendar.remote_id, &target, answer, notify)
        .await
    {
        Ok(batch) => desk.record(&subject.calendar, batch).await,
        Err(providers::Error::Rejected { code, .. }) if code == "not_invited" => Err(Refusal::invalid(
            "/response",
            "not_invited",
            "the account is not among the attendees of this event",
        )),
        Err(error) => Err(desk.refused(&target, error).await),
    }
}

/// Moves an event or a whole series to another calendar of the same account. It keeps its identifier.
///
/// # Errors
/// [`Refusal`].
pub async fn relocate(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    to: &Calendar,
    notify: Notify,
) -> Result<String, Refusal> {
    let desk = Desk::open(app, tenant, &subject.calendar).await?;
    if !AccessRole::parse(&to.access_role).is_some_and(AccessRole::can_write) {
        return Err(Refusal::ReadOnly);
    }
    let moved = desk
        .provider
        .move_event(
            &subject.calendar.remote_id,
            &subject.row.remote_id,
            &to.remote_id,
            notify,
        )
        .await;
    let batch = match moved {
        Ok(batch) => batch,
        Err(error) => return Err(desk.refused(&whole(subject), error).await),
    };
    let Some(remote_id) = batch
        .upserts
        .iter()
        .find(|event| event.series.is_none())
        .map(|event| event.remote_id.clone())
    else {
        return Err(Error::Internal("the provider's answer to a move holds no event".into()).into());
    };
    let (place, now) = (Place::of(to), app.now());
    let ready = rows::ready(&place, batch);
    let (who, id, name) = (tenant.clone(), subject.row.id.clone(), remote_id.clone());
    app.write(move |c| {
        let round = db::calendars::get(c, &who, &place.calendar)?.round;
        db::mirror::relocate(c, &who, &id, &place.calendar, &name)?;
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
    named(app, to, remote_id).await
}

/// Writes the event that carries the caller's own key, whether it exists or not. Gives its identifier, and whether it is
/// new.
///
/// # Errors
/// [`Refusal`].
pub async fn upsert(
    app: &App,
    tenant: &TenantId,
    calendar: &Calendar,
    external_id: &str,
    content: EventContent,
    notify: Notify,
) -> Result<(String, bool), Refusal> {
    // Somebody else may write the same event: what they did is overwritten, which is what the caller asks for.
    for _ in 0..3 {
        let (who, id, key) = (tenant.clone(), calendar.id.clone(), external_id.to_owned());
        let found = app.read(move |c| match db::events::by_external_id(c, &who, &id, &key) {
            Ok(row) => crate::ops::events::find(c, &who, &row.id).map(Some),
            Err(db::Error::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        });
        let found: Option<Subject> = found
            .await
            .map_err(|e: crate::ops::events::Error| Error::Internal(e.to_string()))?;
        let Some(subject) = found else {
            let key = remote::key(&[tenant.as_str(), &calendar.id, "external", external_id]);
            let id = create(app, tenant, calendar, key, content.clone(), notify).await?;
            adjust(app, tenant, &id, content, notify).await?;
            return Ok((id, true));
        };
        match update(app, tenant, &subject, Scope::All, content.clone(), notify).await {
            Ok(id) => return Ok((id, false)),
            Err(Refusal::Changed | Refusal::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Refusal::Changed)
}

/// An event that an earlier, lost call wrote may say something else than this one.
async fn adjust(app: &App, tenant: &TenantId, id: &str, content: EventContent, notify: Notify) -> Result<(), Refusal> {
    let (who, name) = (tenant.clone(), id.to_owned());
    let subject = app.read(move |c| crate::ops::events::find(c, &who, &name)).await;
    let subject = subject.map_err(|e: crate::ops::events::Error| Error::Internal(e.to_string()))?;
    if series::differs(&subject.content, &content) {
        update(app, tenant, &subject, Scope::All, content, notify).await?;
    }
    Ok(())
}
