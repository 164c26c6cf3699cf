//! Planning: the calendars there are, the events that lines are about, and the plan when it is made.

use std::collections::HashMap;

use db::{
    Conn,
    events::By,
    operations::{Operation, PLANNED},
    page::Keyset,
    types::Instant,
};
use domain::{
    calendar::{AccessRole, Provider},
    event::{EXTERNAL_ID, EventStatus, Notify},
    id::{EventRef, TenantId},
    stacking::{
        Calendar, Directory, Draft, Existing, Mailing, Override,
        plan::{Probe, Settings, Summary, identity},
    },
};
use jiff::Timestamp;

use super::Held;
use crate::ops::{
    changes::{Naming, key_of},
    events::{self, Subject},
    mirror,
    outbox::{is_hidden, said},
};

/// What a plan is made with. The seed is the operation: made again, its lines have the same keys.
pub fn settings(row: &Operation) -> Settings {
    Settings {
        seed: row.id.clone(),
        notify: Notify::parse(&row.notify).unwrap_or_default(),
        allow_duplicates: row.allow_duplicates,
    }
}

/// Whether the provider of an account mails guests; `None`: the asker does not see the account.
pub type MailingOf = fn(Provider, Option<&db::credentials::Credential>) -> Mailing;

/// Every calendar of the tenant. How many events they hold is not looked up: see [`directory_with_counts`].
///
/// # Errors
/// Those of the database.
pub fn directory(conn: &mut Conn, tenant: &TenantId) -> db::Result<Directory> {
    of_calendars(conn, tenant, &HashMap::new(), |_, _| Mailing::default())
}

/// Every calendar of the tenant, and how many events each holds, for which all of them are counted: for whoever makes a
/// plan, and has to know how much of a calendar it deletes, and whom it tells.
///
/// # Errors
/// Those of the database.
pub fn directory_with_counts(conn: &mut Conn, tenant: &TenantId, mailing: MailingOf) -> db::Result<Directory> {
    let held = db::events::held(conn, tenant)?.into_iter().collect();
    of_calendars(conn, tenant, &held, mailing)
}

fn of_calendars(
    conn: &mut Conn,
    tenant: &TenantId,
    held: &HashMap<String, i64>,
    mailing: MailingOf,
) -> db::Result<Directory> {
    let all = Keyset {
        after: None,
        limit: i64::MAX - 1,
    };
    let calendars = db::calendars::list(conn, tenant, &db::calendars::Filter::default(), &all)?.rows;
    let clients: HashMap<String, String> = db::clients::list(conn, tenant, db::clients::State::All, None, &all)?
        .rows
        .into_iter()
        .map(|(client, _)| (client.id, client.name))
        .collect();
    let accounts: HashMap<String, db::credentials::Credential> = db::credentials::list(conn, tenant, None, &all)?
        .rows
        .into_iter()
        .map(|one| (one.id.clone(), one))
        .collect();
    let calendar = |one: db::calendars::Calendar| {
        let provider = Provider::parse(&one.provider).unwrap_or(Provider::Caldav);
        let account = accounts.get(&one.credential_id);
        Calendar {
            client_name: clients.get(&one.client_id).cloned().unwrap_or_default(),
            account_email: account.and_then(|one| one.account_email.clone()),
            mailing: mailing(provider, account),
            held: held.get(&one.id).copied().unwrap_or(0),
            time_zone: one.time_zone.unwrap_or_else(|| "UTC".to_owned()),
            provider,
            account: one.credential_id,
            writable: AccessRole::parse(&one.access_role).is_some_and(AccessRole::can_write),
            id: one.id,
            name: one.name,
            client_id: one.client_id,
        }
    };
    Ok(Directory::new(calendars.into_iter().map(calendar).collect()))
}

/// A single event or a series as planning knows it. Its etag is our own version: what is written must find it.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn existing(row: &db::events::Event) -> db::Result<Existing> {
    Ok(Existing {
        id: row.id.clone(),
        calendar: row.calendar_id.clone(),
        etag: Some(row.revision.to_string()),
        uid: row.ical_uid.clone(),
        content: said(row)?,
        dates: Vec::new(),
    })
}

/// The version of one date of a series: an older one of either is another.
pub fn etag_of_date(series: i64, own: i64) -> String {
    format!("{series}.{own}")
}

/// The same for an occurrence, too: what it says is its series' as long as it was not changed by itself.
pub fn existing_of(subject: &Subject) -> Existing {
    let series = subject.row.revision;
    let etag = match &subject.occurrence {
        Some(named) => etag_of_date(series, named.row.as_ref().map_or(0, |row| row.revision)),
        None => series.to_string(),
    };
    Existing {
        id: subject.id(),
        calendar: subject.calendar.id.clone(),
        etag: Some(etag),
        uid: subject.row.ical_uid.clone(),
        content: subject.said().clone(),
        dates: Vec::new(),
    }
}

/// Completes series with their dates that are unlike them: what takes a series away takes those, too, and what moves it
/// makes them anew.
///
/// # Errors
/// Those of the database.
pub fn add_dates<'a>(
    conn: &mut Conn,
    tenant: &TenantId,
    events: impl Iterator<Item = &'a mut Existing>,
) -> db::Result<()> {
    let mut series: HashMap<String, &mut Existing> = events
        .filter(|one| one.content.is_recurring())
        .map(|one| (one.id.clone(), one))
        .collect();
    let ids: Vec<String> = series.keys().cloned().collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for row in db::events::overrides(conn, tenant, &ids)? {
        let Some(one) = row.series_id.as_ref().and_then(|id| series.get_mut(id)) else {
            continue;
        };
        let Some(original) = key_of(&row).and_then(|key| key.to_event_time(&one.content.start).ok().flatten()) else {
            continue;
        };
        let live = row.status != EventStatus::Cancelled.as_str() && !is_hidden(&row);
        one.dates.push(Override {
            line: 0,
            original,
            content: if live { Some(said(&row)?) } else { None },
        });
    }
    Ok(())
}

/// Events by their names, in the order of the names; `None`: there is no such event.
///
/// # Errors
/// Those of the database.
pub fn by_names(conn: &mut Conn, tenant: &TenantId, names: &[&str]) -> db::Result<Vec<Option<Existing>>> {
    let plain: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| EventRef::parse(name).is_some_and(|name| name.key.is_none()))
        .collect();
    let mut rows = HashMap::new();
    for row in db::events::named(conn, tenant, By::Ids(&plain))? {
        rows.insert(row.id.clone(), existing(&row)?);
    }
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let one = match rows.get(*name) {
            Some(one) => Some(one.clone()),
            None => alone(conn, tenant, name)?,
        };
        found.push(one);
    }
    Ok(found)
}

/// An event by itself: an occurrence, or one that is not there.
fn alone(conn: &mut Conn, tenant: &TenantId, name: &str) -> db::Result<Option<Existing>> {
    match events::find(conn, tenant, name) {
        Ok(subject) => Ok(Some(existing_of(&subject))),
        Err(events::Error::NotFound) => Ok(None),
        Err(events::Error::Db(error)) => Err(error),
        Err(error) => Err(db::Error::Other(error.to_string())),
    }
}

/// What was found of some drafts.
#[derive(Debug, Default)]
pub struct Found {
    ids: HashMap<String, Existing>,
    keys: HashMap<(String, String), Vec<Existing>>,
    uids: HashMap<(String, String), Vec<Existing>>,
    starts: HashMap<(String, i64), Vec<Existing>>,
}

/// What is looked for in one calendar.
#[derive(Default)]
struct Asked<'a> {
    keys: Vec<&'a str>,
    uids: Vec<&'a str>,
    starts: Vec<Instant>,
    /// Dates of series, by their UIDs.
    occurrences: Vec<(&'a str, &'a str)>,
    /// Ids of events that were made of such dates without their series.
    alone: Vec<(String, &'a str)>,
    /// Ids that events of these UIDs have which were made here.
    made: Vec<(String, &'a str)>,
}

fn start_of(probe: &Probe<'_>, directory: &Directory) -> Option<Instant> {
    let zone = &directory.get(probe.calendar?)?.time_zone;
    Some(probe.start?.instant(zone).ok()?.into())
}

/// Looks up what drafts are about, in few statements.
///
/// # Errors
/// Those of the database.
pub fn look_up(
    conn: &mut Conn,
    tenant: &TenantId,
    directory: &Directory,
    drafts: &[&Draft],
    naming: Naming,
) -> db::Result<Found> {
    let mut found = Found::default();
    let mut asked: HashMap<&str, Asked<'_>> = HashMap::new();
    let (mut ids, mut places) = (Vec::new(), Vec::new());
    for probe in drafts.iter().map(|draft| Probe::of(draft)) {
        if let Some(id) = probe.id {
            ids.push(id);
            places.push(probe.calendar);
        }
        let Some(place) = probe
            .calendar
            .and_then(|id| directory.get(id))
            .filter(|_| probe.id.is_none())
        else {
            continue;
        };
        let here = asked.entry(place.id.as_str()).or_default();
        here.keys.extend(probe.external_id);
        here.starts.extend(start_of(&probe, directory));
        if let Some(uid) = probe.uid {
            here.uids.push(uid);
            here.occurrences
                .extend(probe.occurrence.map(|occurrence| (uid, occurrence)));
            // Providers give UIDs of their own to what is made here; the name says which one it was made of.
            let name = naming(place.provider.as_str(), &identity(&["uid", &place.id, uid]));
            here.made.push((mirror::id(&place.id, &name), uid));
            if let Some(occurrence) = probe.occurrence {
                let name = naming(place.provider.as_str(), &identity(&["uid", &place.id, uid, occurrence]));
                here.alone.push((mirror::id(&place.id, &name), uid));
            }
        }
    }
    let mut names = by_names(conn, tenant, &ids)?;
    let leaving = names.iter_mut().zip(&places).filter_map(|(one, to)| {
        let one = one.as_mut()?;
        to.is_some_and(|to| to != one.calendar).then_some(one)
    });
    add_dates(conn, tenant, leaving)?;
    found.ids = names.into_iter().flatten().map(|one| (one.id.clone(), one)).collect();
    for (calendar, here) in asked {
        let at = |name: &str| (calendar.to_owned(), name.to_owned());
        if !here.keys.is_empty() {
            for row in db::events::named(conn, tenant, By::ExternalIds(calendar, &here.keys))? {
                let one = existing(&row)?;
                let key = one.content.metadata.get(EXTERNAL_ID).cloned().unwrap_or_default();
                found.keys.entry(at(&key)).or_default().push(one);
            }
        }
        if !here.uids.is_empty() {
            for row in db::events::named(conn, tenant, By::Uids(calendar, &here.uids))? {
                let one = existing(&row)?;
                found.uids.entry(at(&one.uid)).or_default().push(one);
            }
            let made: Vec<&str> = here.made.iter().map(|(id, _)| id.as_str()).collect();
            let uids: HashMap<&str, &str> = here.made.iter().map(|(id, uid)| (id.as_str(), *uid)).collect();
            for row in db::events::named(conn, tenant, By::Ids(&made))? {
                let mut one = existing(&row)?;
                if let Some(uid) = uids.get(row.id.as_str()).filter(|_| one.calendar == calendar) {
                    one.uid = (*uid).to_owned();
                    found.uids.entry(at(uid)).or_default().push(one);
                }
            }
        }
        if !here.alone.is_empty() {
            let alone: Vec<&str> = here.alone.iter().map(|(id, _)| id.as_str()).collect();
            for row in db::events::named(conn, tenant, By::Ids(&alone))? {
                if let Some((_, uid)) = here.alone.iter().find(|(id, _)| *id == row.id) {
                    found.uids.entry(at(uid)).or_default().push(existing(&row)?);
                }
            }
        }
        for (uid, occurrence) in here.occurrences {
            let of = found.uids.entry(at(uid)).or_default();
            let series: Vec<String> = of
                .iter()
                .filter(|one| one.content.is_recurring())
                .map(|one| one.id.clone())
                .collect();
            for series in series {
                let known = of.iter().find(|one| one.id == series).map(|one| one.uid.clone());
                if let (Some(mut one), Some(uid)) = (alone(conn, tenant, &format!("{series}_{occurrence}"))?, known) {
                    one.uid = uid;
                    of.push(one);
                }
            }
        }
        if !here.starts.is_empty() {
            for row in db::events::named(conn, tenant, By::Starts(calendar, &here.starts))? {
                let place = (calendar.to_owned(), row.starts_at.micros());
                found.starts.entry(place).or_default().push(existing(&row)?);
            }
        }
    }
    Ok(found)
}

impl Found {
    /// What was found of one of the drafts.
    pub fn of(&self, draft: &Draft, directory: &Directory) -> Vec<Existing> {
        let probe = Probe::of(draft);
        let mut all: Vec<Existing> = probe.id.and_then(|id| self.ids.get(id)).cloned().into_iter().collect();
        let Some(calendar) = probe.calendar.filter(|_| probe.id.is_none()) else {
            return all;
        };
        let named = |of: &HashMap<(String, String), Vec<Existing>>, name: Option<&str>| {
            let name = name.map(|name| (calendar.to_owned(), name.to_owned()));
            name.and_then(|name| of.get(&name)).cloned().unwrap_or_default()
        };
        all.extend(named(&self.keys, probe.external_id));
        all.extend(named(&self.uids, probe.uid));
        let start = start_of(&probe, directory).map(|at| (calendar.to_owned(), at.micros()));
        all.extend(start.and_then(|at| self.starts.get(&at)).cloned().unwrap_or_default());
        all
    }
}

/// The plan is ready to be looked at.
///
/// # Errors
/// Those of the database; [`db::Error::NotFound`]: somebody else makes it by now, or nobody wants it any more.
pub fn ready(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    holder: &str,
    summary: &Summary,
    now: Timestamp,
) -> db::Result<()> {
    let mut held = Held::lock(conn, tenant, id)?;
    let row = &mut held.row;
    if row.lease.as_deref() != Some(holder) || row.state != db::operations::PLANNING {
        return Err(db::Error::NotFound);
    }
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let counts = &summary.counts;
    row.total = count(counts.total);
    row.skipped = count(counts.unchanged + counts.duplicate + counts.bad);
    row.summary = Some(super::json(summary)?);
    row.state = PLANNED.to_owned();
    row.planned_at = Some(now.into());
    (row.lease, row.lease_until) = (None, None);
    db::operations::forget_source(conn, id)?;
    held.save(conn, now)?;
    Ok(())
}
