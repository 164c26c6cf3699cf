//! The figures of the dashboard, in one reading.

use std::collections::HashMap;

use db::{
    Conn,
    calendars::{ByProvider, Calendar, Filter},
    credentials::Credential,
    events::In,
    page::Keyset,
};
use domain::{id::TenantId, polling::is_stale};
use jiff::{SignedDuration, Timestamp};

use super::events::{self, Item, Listing, Within};

/// How long ahead events are shown.
const UPCOMING: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many days are counted.
const DAYS: i64 = 14;
/// Beyond this many starts a fortnight is not counted to the end.
const COUNTED: i64 = 20_000;
/// How many events are shown.
const SHOWN: i64 = 10;

/// The figures.
#[derive(Debug)]
pub struct Figures {
    /// What waits about the events shown.
    pub states: super::outbox::States,
    /// Clients that are not archived.
    pub active: i64,
    /// Archived ones.
    pub archived: i64,
    /// All credentials.
    pub credentials: Vec<Credential>,
    /// Names of their clients.
    pub names: HashMap<String, String>,
    /// All calendars.
    pub calendars: Vec<Calendar>,
    /// Chosen ones.
    pub selected: i64,
    /// Chosen ones whose last pull failed.
    pub failing: i64,
    /// Chosen ones that are older than they should be.
    pub stale: i64,
    /// Rows in the mirror.
    pub mirrored: i64,
    /// The next events.
    pub upcoming: Vec<Item>,
    /// The latest changed.
    pub recent: Vec<Item>,
    /// Starts on each of the next days.
    pub per_day: Vec<(String, i64)>,
    /// How the mirror is doing.
    pub by_provider: Vec<ByProvider>,
}

/// Reads them.
///
/// # Errors
/// [`events::Error::NotFound`] when there is no such client, or those of the database.
pub fn figures(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    now: Timestamp,
) -> Result<Figures, events::Error> {
    if let Some(client) = client {
        db::clients::get(conn, tenant, client)?;
    }
    let everything = Keyset {
        after: None,
        limit: i64::MAX - 1,
    };
    let calendars = db::calendars::list(
        conn,
        tenant,
        &Filter {
            client,
            ..Filter::default()
        },
        &everything,
    )?
    .rows;
    let chosen: Vec<&Calendar> = calendars.iter().filter(|calendar| calendar.selected).collect();
    let count = |wanted: &dyn Fn(&Calendar) -> bool| {
        i64::try_from(chosen.iter().filter(|c| wanted(c)).count()).unwrap_or(i64::MAX)
    };
    let failing = count(&|calendar| calendar.consecutive_failures > 0);
    let stale = count(&|calendar| {
        calendar.consecutive_failures == 0
            && calendar
                .as_of
                .is_some_and(|at| is_stale(at.into(), calendar.next_pull_at.map(Into::into), now))
    });
    let selected = count(&|_| true);
    let within = client.map_or(Within::Tenant, |id| Within::Client(id.to_owned()));
    let listing = Listing {
        within,
        from: Some(now),
        to: Some(now + UPCOMING),
        search: None,
        updated_since: None,
        expand: true,
        zones: zones(&calendars),
        after: None,
        limit: SHOWN,
    };
    let (upcoming, _) = events::list(conn, tenant, &listing)?;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let from = today
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(now, |day| day.timestamp());
    let fortnight = Listing {
        from: Some(from),
        to: Some(from + SignedDuration::from_hours(24 * DAYS)),
        limit: COUNTED,
        ..listing
    };
    let (starts, _) = events::list(conn, tenant, &fortnight)?;
    let (active, archived) = db::clients::totals(conn, tenant)?;
    let recent = recent(conn, tenant, client)?;
    let mut states = events::waiting(conn, tenant, &upcoming)?;
    states.extend(events::waiting(conn, tenant, &recent)?);
    Ok(Figures {
        states,
        active,
        archived,
        credentials: super::credentials::all(conn, tenant, client)?,
        names: db::clients::names(conn, tenant)?.into_iter().collect(),
        selected,
        failing,
        stale,
        mirrored: db::events::count(conn, tenant, client.map_or(In::Tenant, In::Client))?,
        upcoming,
        recent,
        per_day: per_day(&starts, from),
        by_provider: db::calendars::by_provider(conn, tenant, client)?,
        calendars,
    })
}

/// The zone of each calendar that has one.
pub fn zones(calendars: &[Calendar]) -> HashMap<String, String> {
    calendars
        .iter()
        .filter_map(|calendar| Some((calendar.id.clone(), calendar.time_zone.clone()?)))
        .collect()
}

fn recent(conn: &mut Conn, tenant: &TenantId, client: Option<&str>) -> Result<Vec<Item>, events::Error> {
    let rows = db::events::recent(conn, tenant, client, SHOWN)?;
    events::with_revisions(conn, tenant, rows)
}

fn per_day(starts: &[Item], from: Timestamp) -> Vec<(String, i64)> {
    let mut counts = vec![0_i64; usize::try_from(DAYS).unwrap_or_default()];
    for item in starts {
        let at = match item {
            Item::Row { row, .. } => row.starts_at.timestamp(),
            Item::Occurrence { occurrence, .. } => occurrence.start_at,
        };
        let day = at.duration_since(from).as_hours().div_euclid(24);
        if let Some(count) = usize::try_from(day).ok().and_then(|day| counts.get_mut(day)) {
            *count += 1;
        }
    }
    let date = |day: usize| {
        let at = from + SignedDuration::from_hours(24 * i64::try_from(day).unwrap_or_default());
        at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    };
    counts
        .into_iter()
        .enumerate()
        .map(|(day, count)| (date(day), count))
        .collect()
}
