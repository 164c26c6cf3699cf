//! Writes to events: the provider first, then the mirror, so that nothing is shown that the provider does not hold.

use std::collections::BTreeSet;

use db::calendars::Calendar;
use domain::{
    calendar::AccessRole,
    event::{EventContent, Field, Notify, Response, Scope},
    id::TenantId,
};
use providers::{CalendarProvider, Change, Target};

use super::{
    Error, carry,
    desk::{Desk, Refusal, Says},
    remote,
    remote::Place,
    rows::{self, Stamp},
    series,
};
use crate::{ops::events::Subject, state::App};

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
    (says, desired): (Says, EventContent),
    notify: Notify,
) -> Result<String, Refusal> {
    let base = base(subject, scope);
    let fields = base.changed(&desired);
    let Some(named) = &subject.occurrence else {
        if fields.is_empty() {
            return Ok(subject.row.id.clone());
        }
        let desk = Desk::open(app, tenant, &subject.calendar).await?.saying(says);
        let overrides = carry::overrides(&desk, subject).await?;
        series::write_all(&desk, subject, desired, fields, overrides, notify).await?;
        return Ok(subject.row.id.clone());
    };
    if fields.is_empty() {
        return Ok(format!("{}_{}", subject.row.id, named.key));
    }
    let desk = Desk::open(app, tenant, &subject.calendar).await?.saying(says);
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
            let etag = subject.etag().map(str::to_owned);
            let change = change(subject, desired, fields, etag, notify);
            desk.merge(&target, change, &named.content).await?;
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
            desk.delete(&target, subject.etag(), notify).await
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
    let (left, entered) = (subject.calendar.clone(), to.clone());
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
        )?;
        crate::ops::feed::moved(c, &left, &entered, &id, now)
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
        match update(
            app,
            tenant,
            &subject,
            Scope::All,
            (Says::Everything, content.clone()),
            notify,
        )
        .await
        {
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
    if !series::differences(&subject.content, &content).is_empty() {
        update(app, tenant, &subject, Scope::All, (Says::Everything, content), notify).await?;
    }
    Ok(())
}
