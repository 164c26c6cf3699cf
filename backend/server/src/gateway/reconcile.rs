//! Compares a calendar's copy with what its provider lists, event by event, and brings it in line on request. Pulls keep
//! the two equal; this is how we would know if they did not.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use db::{
    calendars::Calendar, events::HIDDEN, mirror::Known, outbox::DONE, reconciliations::Reconciliation, types::Instant,
};
use domain::{event::Field, id::TenantId};
use jiff::{SignedDuration, Timestamp};
use providers::{CalendarProvider, Next};

use super::{
    Error, FIRST_PULL_BUDGET, Result,
    connect::{self, Connected},
    fresh::{self, Want},
    mirror, rows,
};
use crate::{
    ops::{
        mirror::Place,
        sync_log::{self, Exchange},
    },
    state::App,
};

/// From one comparison to the next.
pub const EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// After a comparison that did not come to its end.
const AGAIN: SignedDuration = SignedDuration::from_hours(6);

/// Rows read at once.
const CHUNK: i64 = 2_000;

/// What differs, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The provider has it, we do not.
    MissingHere,
    /// We have it, the provider does not.
    MissingThere,
    /// Both have it and say different things.
    Different,
}

/// An event that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// How.
    pub kind: Kind,
    /// As the API names the event, where we have it.
    pub event: Option<String>,
    /// The provider's name for it.
    pub remote_id: String,
    /// What people know it by.
    pub title: Option<String>,
    /// What is said differently.
    pub fields: BTreeSet<Field>,
    /// Whether it was brought in line.
    pub repaired: bool,
}

/// What a comparison found.
#[derive(Debug, Clone)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// How many events the provider listed.
    pub compared: usize,
    /// By the provider's names.
    pub differences: Vec<Difference>,
}

/// Compares, and where `repair` says so brings our copy in line. What waits to be written to the provider is spared. The
/// outcome stands in the health of the calendar and in the sync log.
///
/// # Errors
/// Why it did not come to its end.
pub async fn reconcile(app: &App, calendar: &Calendar, repair: bool) -> Result<Report> {
    let began = app.now();
    let outcome = compare_twice(app, calendar, repair).await;
    let now = app.now();
    let counts = outcome.as_ref().map_or((0, 0), |report| {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        (
            count(report.compared),
            count(report.differences.iter().filter(|one| !one.repaired).count()),
        )
    });
    let row = Reconciliation {
        calendar_id: calendar.id.clone(),
        tenant_id: calendar.tenant_id.clone(),
        compared_at: outcome.is_ok().then(|| now.into()),
        compared: counts.0,
        differences: counts.1,
        due_at: Instant::from(now + if outcome.is_ok() { EVERY } else { AGAIN }),
    };
    let (calendar, noted) = (calendar.clone(), note(&outcome));
    app.write(move |c| {
        db::reconciliations::put(c, &row)?;
        let (outcome, code, detail) = noted;
        let exchange = Exchange {
            calendar: &calendar,
            event: None,
            direction: "in",
            action: "reconcile",
            outcome,
            code,
            detail: Some(&detail),
            attempts: 1,
            took: now.duration_since(began),
            lag: None,
        };
        sync_log::record(c, &[exchange], now)
    })
    .await?;
    outcome
}

/// For the sync log: outcome, code, detail.
fn note(outcome: &Result<Report>) -> (&'static str, Option<&'static str>, String) {
    match outcome {
        Ok(report) => {
            let repaired = report.differences.iter().filter(|one| one.repaired).count();
            let found = report.differences.len();
            (
                "ok",
                None,
                format!("{} compared, {found} differed, {repaired} repaired", report.compared),
            )
        }
        Err(error) => (sync_log::outcome_of(error.code()), Some(error.code()), error.detail()),
    }
}

/// What both sides change while we read is no difference: one counts when it is there again after another pull.
async fn compare_twice(app: &App, calendar: &Calendar, repair: bool) -> Result<Report> {
    let tenant = TenantId::from_store(calendar.tenant_id.clone());
    let provider = connect::connect(app, &tenant, &calendar.credential_id).await?;
    let look = async || {
        fresh::pull_and_wait(app, calendar, Want::Now, FIRST_PULL_BUDGET).await;
        compare(app, calendar, &provider).await
    };
    let (mut compared, mut found) = look().await?;
    if !found.is_empty() {
        let (count, again) = look().await?;
        compared = count;
        found = again.into_iter().filter(|(name, _)| found.contains_key(name)).collect();
    }
    let mut differences: Vec<Difference> = found.into_values().collect();
    if repair && !differences.is_empty() {
        mirror::pull_anew(app, calendar).await?;
        let (_, left) = look().await?;
        for one in &mut differences {
            one.repaired = !left.contains_key(&one.remote_id);
        }
    }
    Ok(Report {
        at: app.now(),
        compared,
        differences,
    })
}

/// Lists everything there is at the provider, page by page, and holds our rows beside it.
async fn compare(
    app: &App,
    calendar: &Calendar,
    provider: &Connected,
) -> Result<(usize, BTreeMap<String, Difference>)> {
    let place = Place::of(calendar);
    let (mut compared, mut broken, mut found) = (HashSet::new(), HashSet::new(), BTreeMap::new());
    let mut cursor = None;
    loop {
        let page = match provider.changes(&calendar.remote_id, cursor.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                provider.troubled(&error).await;
                return Err(Error::of(provider.provider)(error));
            }
        };
        let ready = rows::ready(&place, page.batch);
        broken.extend(ready.malformed().map(str::to_owned));
        // A page later may know better than one before.
        for name in ready.removed() {
            found.remove(name);
        }
        let names: Vec<String> = ready.rows().iter().map(|row| row.remote_id.clone()).collect();
        for name in &names {
            found.remove(name);
        }
        compared.extend(names.iter().cloned());
        let id = calendar.id.clone();
        let held = app.read_all(move |c| held(c, &id, &names)).await?;
        for row in ready.rows() {
            if let Some(difference) = differs(row, &held) {
                found.insert(row.remote_id.clone(), difference);
            }
        }
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::Done(_) => break,
        }
    }
    let mut after = String::new();
    loop {
        let (id, last) = (calendar.id.clone(), after.clone());
        let names = app.read_all(move |c| db::mirror::names(c, &id, &last, CHUNK)).await?;
        let Some(last) = names.last() else { break };
        after.clone_from(last);
        let unseen: Vec<String> = names
            .into_iter()
            .filter(|name| !compared.contains(name) && !broken.contains(name))
            .collect();
        if unseen.is_empty() {
            continue;
        }
        let id = calendar.id.clone();
        for (name, row) in app.read_all(move |c| held(c, &id, &unseen)).await? {
            if let Held::Settled(row) = row {
                found.insert(name.clone(), missing_there(name, &row));
            }
        }
    }
    Ok((compared.len(), found))
}

/// A row of ours.
enum Held {
    /// What the provider has said it is.
    Settled(Box<Known>),
    /// Something of it waits to be written.
    Promised,
}

fn held(conn: &mut db::Conn, calendar: &str, names: &[String]) -> db::Result<HashMap<String, Held>> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = db::mirror::known(conn, calendar, &names)?;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let promised: HashSet<String> = db::outbox::about_some(conn, &ids)?
        .into_iter()
        .filter(|promise| promise.state != DONE)
        .map(|promise| promise.event_id)
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let waits = row.status == HIDDEN || promised.contains(&row.id);
            (
                row.remote_id.clone(),
                if waits {
                    Held::Promised
                } else {
                    Held::Settled(Box::new(row))
                },
            )
        })
        .collect())
}

fn differs(row: &db::events::NewRow, held: &HashMap<String, Held>) -> Option<Difference> {
    let theirs = rows::text(&row.content).ok();
    let (kind, event, fields) = match held.get(&row.remote_id) {
        Some(Held::Promised) => return None,
        Some(Held::Settled(ours)) => {
            let fields = match (rows::text(&ours.content).ok(), &theirs) {
                (Some(ours), Some(theirs)) => ours.differences(theirs),
                _ => BTreeSet::new(),
            };
            // What an occurrence would say that does not take place is nobody's concern.
            let out = row.original_key.is_some() && row.status == "cancelled" && ours.status == row.status;
            let same = (out || fields.is_empty())
                && ours.status == row.status
                && ours.original_start == row.original_start
                && (out || (ours.starts_at, ours.ends_at) == (row.starts_at, row.ends_at));
            if same {
                return None;
            }
            (Kind::Different, Some(name(ours)), fields)
        }
        None => (Kind::MissingHere, None, BTreeSet::new()),
    };
    Some(Difference {
        kind,
        event,
        remote_id: row.remote_id.clone(),
        title: theirs.map(|content| content.title),
        fields,
        repaired: false,
    })
}

fn missing_there(remote_id: String, ours: &Known) -> Difference {
    Difference {
        kind: Kind::MissingThere,
        event: Some(name(ours)),
        remote_id,
        title: rows::text(&ours.content).ok().map(|content| content.title),
        fields: BTreeSet::new(),
        repaired: false,
    }
}

/// As the API names it.
fn name(row: &Known) -> String {
    crate::ops::mirror::name(&row.id, row.series_id.as_deref(), row.original_key.as_deref())
}
