//! Lists the calendars of an account, and makes new ones.

use std::collections::{HashMap, HashSet};

use db::{
    calendars::{Calendar, Described},
    types::Instant,
};
use domain::{
    calendar::{NewCalendar, RemoteCalendar},
    id::{Kind, TenantId},
};
use jiff::{SignedDuration, Timestamp};
use providers::CalendarProvider;

use super::{Error, Result, caldav, connect, connect::Connected, desk::Refusal};
use crate::state::App;

/// Lists the account's calendars anew. Those that are gone are marked; those that came back are themselves again.
///
/// # Errors
/// That the account is not connected, or those of the provider.
pub async fn discover(app: &App, tenant: &TenantId, credential: &str) -> Result<usize> {
    let connected = connect::connect(app, tenant, credential).await?;
    list(app, tenant, &connected, PASSPORT).await
}

/// How long what a server can do is taken to stay so: it may be renewed, or put behind another proxy.
const PASSPORT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// As [`discover`], through a client that is there already. What the server can do is asked anew if that is longer ago.
///
/// # Errors
/// Those of the provider.
pub async fn list(app: &App, tenant: &TenantId, connected: &Connected, passport_age: SignedDuration) -> Result<usize> {
    let found = match connected.calendars().await {
        Ok(found) => found,
        Err(error) => {
            connected.troubled(&error).await;
            return Err(Error::of(connected.provider)(error));
        }
    };
    let count = found.len();
    let first = found.first().map(|calendar| calendar.remote_id.clone());
    store(app, tenant, &connected.credential, found, true).await?;
    if let Some(calendar) = first {
        caldav::renew_passport(app, connected, &calendar, passport_age).await?;
    }
    Ok(count)
}

/// Makes a calendar at the provider. It is chosen at once: who makes it wants to see it.
///
/// # Errors
/// That the account is not connected, or those of the provider.
pub async fn create(
    app: &App,
    tenant: &TenantId,
    credential: &str,
    new: &NewCalendar,
) -> std::result::Result<Calendar, Refusal> {
    let connected = connect::connect(app, tenant, credential).await?;
    let made = connected
        .create_calendar(new)
        .await
        .map_err(Error::of(connected.provider))?;
    let remote_id = made.remote_id.clone();
    store(app, tenant, &connected.credential, vec![made], false).await?;
    let (tenant, credential) = (tenant.clone(), credential.to_owned());
    let all = app
        .read_all(move |c| db::calendars::of_credential(c, &tenant, &credential))
        .await?;
    let found = all.into_iter().find(|calendar| calendar.remote_id == remote_id);
    found.ok_or_else(|| Error::Internal("a new calendar was not stored".into()).into())
}

/// Stores what was listed. `complete`: what is not listed is gone.
pub async fn store(
    app: &App,
    tenant: &TenantId,
    credential: &db::credentials::Credential,
    found: Vec<RemoteCalendar>,
    complete: bool,
) -> Result<()> {
    let (tenant, credential, now) = (tenant.clone(), credential.clone(), app.now());
    app.write(move |c| {
        // A calendar without a zone of its own lies in the client's.
        let (client, _) = db::clients::get(c, &tenant, &credential.client_id)?;
        let known: HashMap<String, Calendar> = db::calendars::of_credential(c, &tenant, &credential.id)?
            .into_iter()
            .map(|calendar| (calendar.remote_id.clone(), calendar))
            .collect();
        let listed: HashSet<&str> = found.iter().map(|calendar| calendar.remote_id.as_str()).collect();
        let receives = known.values().any(|calendar| calendar.receives_bookings);
        for (position, remote) in found.iter().enumerate() {
            let described = describe(remote, &client.time_zone, now);
            match known.get(&remote.remote_id) {
                Some(before) if same(before, &described) => {}
                Some(before) => db::calendars::describe(c, &before.id, &described)?,
                None => {
                    let main = !receives && (remote.primary || (position == 0 && !found.iter().any(|one| one.primary)));
                    db::calendars::insert(c, &new(&credential, remote, described, main && complete, now))?;
                }
            }
        }
        if complete {
            for gone in known
                .values()
                .filter(|calendar| calendar.removed_at.is_none() && !listed.contains(calendar.remote_id.as_str()))
            {
                db::calendars::describe(
                    c,
                    &gone.id,
                    &Described {
                        removed_at: Some(now.into()),
                        ..as_described(gone, now)
                    },
                )?;
            }
            db::credentials::calendars_listed(c, &credential.id, now.into())?;
        }
        crate::ops::feed::listed(c, &tenant, &credential.id, known.values(), now)
    })
    .await?;
    Ok(())
}

fn describe(remote: &RemoteCalendar, client_zone: &str, now: Timestamp) -> Described {
    Described {
        name: remote.name.clone(),
        description: remote.description.clone(),
        time_zone: Some(remote.time_zone.clone().unwrap_or_else(|| client_zone.to_owned())),
        remote_colour: remote.colour.clone(),
        access_role: remote.access_role.as_str().to_owned(),
        is_primary: remote.primary,
        removed_at: None,
        updated_at: now.into(),
    }
}

fn as_described(row: &Calendar, now: Timestamp) -> Described {
    Described {
        name: row.name.clone(),
        description: row.description.clone(),
        time_zone: row.time_zone.clone(),
        remote_colour: row.remote_colour.clone(),
        access_role: row.access_role.clone(),
        is_primary: row.is_primary,
        removed_at: row.removed_at,
        updated_at: now.into(),
    }
}

fn same(before: &Calendar, now: &Described) -> bool {
    before.name == now.name
        && before.description == now.description
        && before.time_zone == now.time_zone
        && before.remote_colour == now.remote_colour
        && before.access_role == now.access_role
        && before.is_primary == now.is_primary
        && before.removed_at.is_none()
}

/// Calendars one may write are chosen and make busy; holidays and colleagues wait to be chosen.
fn new(
    credential: &db::credentials::Credential,
    remote: &RemoteCalendar,
    described: Described,
    main: bool,
    now: Timestamp,
) -> Calendar {
    let ours = remote.access_role.can_write();
    Calendar {
        id: Kind::Calendar.new_id(),
        tenant_id: credential.tenant_id.clone(),
        client_id: credential.client_id.clone(),
        credential_id: credential.id.clone(),
        provider: credential.provider.clone(),
        remote_id: remote.remote_id.clone(),
        name: described.name,
        description: described.description,
        time_zone: described.time_zone,
        remote_colour: described.remote_colour,
        colour: None,
        access_role: described.access_role,
        is_primary: described.is_primary,
        selected: ours,
        blocks_availability: ours,
        receives_bookings: ours && main,
        removed_at: None,
        cursor: None,
        round: 0,
        full_round: false,
        as_of: None,
        attempted_at: None,
        next_pull_at: Some(Instant::from(now)),
        last_error_code: None,
        last_error_detail: None,
        last_error_at: None,
        consecutive_failures: 0,
        lease: None,
        lease_until: None,
        revision: 1,
        created_at: now.into(),
        updated_at: now.into(),
        busy_rules: None,
    }
}
