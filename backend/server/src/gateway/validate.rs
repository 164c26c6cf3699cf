//! Finds out what works, and says what to do about the rest.

use db::{calendars::Calendar, credentials::Credential};
use domain::{
    calendar::Provider,
    event::{EventContent, Notify, Reminders, Transparency, Visibility},
    id::TenantId,
    time::EventTime,
};
use jiff::{SignedDuration, tz::TimeZone};
use providers::{CalendarProvider, Target, error::Unreachable};
use uuid::Uuid;

use super::{
    Error, Result, connect,
    desk::{Desk, Refusal},
    discover, token,
};
use crate::state::App;

/// What can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The provider answers.
    Reachable,
    /// It accepts the token or password.
    SignedIn,
    /// The consent includes what is needed.
    Scopes,
    /// The calendars can be listed.
    Calendars,
    /// The CalDAV server tells where the calendars are.
    Discovery,
}

/// One thing tried.
#[derive(Debug)]
pub struct Check {
    /// What.
    pub name: Name,
    /// Whether it works.
    pub ok: bool,
    /// What was seen, or what to do.
    pub detail: String,
}

fn check(name: Name, ok: bool, detail: impl Into<String>) -> Check {
    Check {
        name,
        ok,
        detail: detail.into(),
    }
}

/// Calls the provider whatever the status says: it may work again.
///
/// # Errors
/// Those of our database.
pub async fn validate(app: &App, row: Credential) -> Result<(Vec<Check>, Credential)> {
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let mut checks = Vec::new();
    if row.authorized_at.is_none() || row.revoked_at.is_some() {
        checks.push(check(
            Name::SignedIn,
            false,
            "The account is not connected. Connect it first.",
        ));
        return Ok((checks, row));
    }
    match connect::open(app, row.clone()).await {
        Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
        Err(error) => blame(&mut checks, &error),
        Ok(connected) => match connected.account().await {
            Err(error) => {
                connected.troubled(&error).await;
                blame(&mut checks, &Error::of(connected.provider)(error));
            }
            Ok(account) => {
                checks.push(check(Name::Reachable, true, "The provider answers."));
                let who = account.email.unwrap_or(account.id);
                checks.push(check(Name::SignedIn, true, format!("Signed in as {who}.")));
                if let Some(issuer) = connect::issuer(connected.provider) {
                    let missing = issuer.missing_scopes(&row.scopes_granted);
                    let detail = if missing.is_empty() {
                        "The consent includes everything that is needed.".to_owned()
                    } else {
                        format!(
                            "The consent does not include {}. Connect again and tick every box.",
                            missing.join(", ")
                        )
                    };
                    checks.push(check(Name::Scopes, missing.is_empty(), detail));
                } else {
                    checks.push(check(Name::Discovery, true, "The server says where the calendars are."));
                }
                match discover::list(app, &tenant, &connected, SignedDuration::ZERO).await {
                    Ok(count) => checks.push(check(Name::Calendars, true, format!("{count} calendars."))),
                    Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
                    Err(error) => checks.push(check(Name::Calendars, false, error.detail())),
                }
            }
        },
    }
    if checks.iter().all(|check| check.ok) {
        let (id, now) = (row.id.clone(), app.now());
        app.write(move |c| db::credentials::worked(c, &id, now.into())).await?;
    }
    let id = row.id;
    let row = app.read_all(move |c| db::credentials::get(c, &tenant, &id)).await?;
    Ok((checks, row))
}

/// Which check a failure to sign in belongs to.
fn blame(checks: &mut Vec<Check>, error: &Error) {
    use providers::Error as E;
    match error {
        Error::Provider {
            error:
                E::Unreachable {
                    reason: Unreachable::NotCaldav | Unreachable::Elsewhere,
                    ..
                },
            ..
        } => {
            checks.push(check(Name::Reachable, true, "The server answers."));
            checks.push(check(Name::Discovery, false, error.detail()));
        }
        Error::Provider {
            error: E::Unreachable { .. } | E::TryLater { .. },
            ..
        } => {
            checks.push(check(Name::Reachable, false, error.detail()));
        }
        _ => {
            checks.push(check(Name::Reachable, true, "The provider answers."));
            checks.push(check(Name::SignedIn, false, error.detail()));
        }
    }
}

/// Renews the token now; CalDAV signs in again.
///
/// # Errors
/// [`Error::NotConnected`], or those of the provider.
pub async fn renew(app: &App, row: Credential) -> Result<Credential> {
    if row.authorized_at.is_none() {
        return Err(Error::NotConnected(
            "The account is not connected yet: finish the consent first.".into(),
        ));
    }
    if row.revoked_at.is_some() {
        return Err(Error::NotConnected(
            "The account was disconnected: connect it again.".into(),
        ));
    }
    let (tenant, id) = (TenantId::from_store(row.tenant_id.clone()), row.id.clone());
    match connect::provider_of(&row) {
        Provider::Google | Provider::Microsoft => {
            let version = row.token_version;
            token::newer(app, &row, version).await?;
        }
        Provider::Caldav => {
            let connected = connect::open(app, row).await?;
            connected.account().await.map_err(Error::of(Provider::Caldav))?;
        }
    }
    let (who, name, now) = (tenant.clone(), id.clone(), app.now());
    let renewed = app.write(move |c| {
        db::credentials::worked(c, &name, now.into())?;
        db::credentials::get(c, &who, &id)
    });
    Ok(renewed.await?)
}

/// Writes an event and removes it again. Nobody is notified, and the mirror does not hear of it.
///
/// # Errors
/// [`Refusal`].
pub async fn test_event(app: &App, tenant: &TenantId, calendar: &Calendar) -> std::result::Result<(), Refusal> {
    let desk = Desk::open(app, tenant, calendar).await?;
    let start = (app.now() + SignedDuration::from_hours(1))
        .round(jiff::Unit::Minute)
        .unwrap_or_else(|_| app.now());
    let zone = TimeZone::get(&desk.zone()).unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let at = |time: jiff::Timestamp| EventTime::Zoned {
        date_time: zone.to_datetime(time),
        time_zone: name.clone(),
    };
    let content = EventContent {
        title: "Calendar Stacker test".into(),
        description: Some("Made to try the connection; it is removed at once.".into()),
        location: None,
        start: at(start),
        end: at(start + SignedDuration::from_mins(15)),
        recurrence: Vec::new(),
        attendees: Vec::new(),
        organizer: None,
        reminders: Reminders {
            use_default: false,
            overrides: Vec::new(),
        },
        visibility: Visibility::Default,
        transparency: Transparency::Free,
        status: domain::event::EventStatus::Confirmed,
        colour: None,
        conference: None,
        metadata: std::collections::BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    };
    let key = Uuid::now_v7().simple().to_string();
    let new = providers::NewEvent {
        key,
        content,
        calendar_zone: desk.zone(),
        notify: Notify::None,
    };
    let batch = desk
        .provider
        .create(&calendar.remote_id, &new)
        .await
        .map_err(|e| desk.failed(e))?;
    for event in &batch.upserts {
        let target = Target {
            remote_id: event.remote_id.clone(),
            occurrence: None,
        };
        let deleted = desk
            .provider
            .delete(&calendar.remote_id, &target, event.etag.as_deref(), Notify::None)
            .await;
        deleted.map_err(|e| desk.failed(e))?;
    }
    Ok(())
}
