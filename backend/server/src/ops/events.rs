//! Events as the mirror holds them: one by its identifier, lists, and series expanded into their occurrences.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use db::{
    Conn,
    events::{Event as Row, Filter, In, Kind},
    types::Instant,
};
use domain::{
    event::{EventContent, EventStatus},
    id::{EventRef, OccurrenceKey, TenantId},
    recurrence::{Budget, Occurrence, RecurrenceError, Series},
    time::EventTime,
};
use jiff::{SignedDuration, Timestamp};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such event, occurrence or calendar in this tenant.
    #[error("not found")]
    NotFound,
    /// The window holds more occurrences than can be worked out at once.
    #[error("{0}")]
    TooMuch(RecurrenceError),
    /// The database.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound,
            other => Self::Db(other),
        }
    }
}

/// A series with what it says.
#[derive(Debug)]
pub struct Master {
    /// Its row.
    pub row: Row,
    /// What it says.
    pub content: EventContent,
}

/// One entry of a list.
#[derive(Debug)]
pub enum Item {
    /// A single event, a master or an override.
    Row {
        /// The row.
        row: Box<Row>,
        /// Of an override: the revision of its series.
        series_revision: Option<i64>,
    },
    /// An occurrence that was never changed.
    Occurrence {
        /// Its series.
        master: Arc<Master>,
        /// Which.
        occurrence: Occurrence,
    },
}

impl Item {
    /// The place in the order of lists.
    fn place(&self) -> (i64, String) {
        match self {
            Self::Row { row, .. } => (row.starts_at.micros(), row.id.clone()),
            Self::Occurrence { master, occurrence } => (
                occurrence.start_at.as_microsecond(),
                format!("{}_{}", master.row.id, occurrence.key),
            ),
        }
    }
}

/// Where to look.
#[derive(Debug, Clone)]
pub enum Within {
    /// In one calendar.
    Calendar(String),
    /// In the chosen calendars of a client.
    Client(String),
    /// In all chosen calendars.
    Tenant,
    /// In these.
    Calendars(Vec<String>),
}

impl Within {
    /// As the store asks for it.
    pub fn db(&self) -> In<'_> {
        match self {
            Self::Calendar(id) => In::Calendar(id),
            Self::Client(id) => In::Client(id),
            Self::Tenant => In::Tenant,
            Self::Calendars(ids) => In::Calendars(ids),
        }
    }
}

/// Which events a list shows.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Where.
    pub within: Within,
    /// Those that end after it.
    pub from: Option<Timestamp>,
    /// Those that start before it.
    pub to: Option<Timestamp>,
    /// Text in title, description, place or attendees.
    pub search: Option<String>,
    /// Those that changed at or after it.
    pub updated_since: Option<Timestamp>,
    /// Series as their occurrences; needs `from` and `to`.
    pub expand: bool,
    /// The zone of each calendar, for whole days.
    pub zones: HashMap<String, String>,
    /// Start in microseconds and id of the last entry of the page before.
    pub after: Option<(i64, String)>,
    /// How many entries.
    pub limit: i64,
}

/// A page of a list, and the place after which the next one begins.
pub type Listed = (Vec<Item>, Option<(String, String)>);

/// The zone of a calendar that has none.
const NO_ZONE: &str = "UTC";

/// A page of events by start and id.
///
/// # Errors
/// [`Error::TooMuch`], or those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, listing: &Listing) -> Result<Listed, Error> {
    let after = listing
        .after
        .as_ref()
        .and_then(|(start, id)| Some((Instant::from_micros(*start)?, id.clone())));
    let filter = Filter {
        within: listing.within.db(),
        kind: if listing.expand { Kind::Plain } else { Kind::Any },
        from: listing.from.map(Into::into),
        to: listing.to.map(Into::into),
        search: listing.search.as_deref(),
        updated_since: listing.updated_since.map(Into::into),
        after,
        limit: listing.limit + 1,
    };
    let rows = db::events::list(conn, tenant, &filter)?;
    let full = rows.len() as i64 > listing.limit;
    // Nothing after the last row that was read can be on this page.
    let horizon = rows.last().filter(|_| full).map(|row| row.starts_at.timestamp());
    let mut items = with_revisions(conn, tenant, rows)?;
    if listing.expand {
        let masters = db::events::list(
            conn,
            tenant,
            &Filter {
                kind: Kind::Masters,
                after: None,
                limit: i64::MAX,
                ..filter
            },
        )?;
        items.extend(expand(conn, tenant, listing, masters, horizon)?);
    }
    Ok(page(items, listing.after.as_ref(), listing.limit))
}

/// Rows with the revisions of the series that overrides belong to.
///
/// # Errors
/// Those of the database.
pub fn with_revisions(conn: &mut Conn, tenant: &TenantId, rows: Vec<Row>) -> Result<Vec<Item>, Error> {
    let series: HashSet<&str> = rows.iter().filter_map(|row| row.series_id.as_deref()).collect();
    let series: Vec<&str> = series.into_iter().collect();
    let revisions: HashMap<String, i64> = db::events::revisions(conn, tenant, &series)?.into_iter().collect();
    let item = |row: Row| {
        let series_revision = row.series_id.as_ref().and_then(|id| revisions.get(id).copied());
        Item::Row {
            row: Box::new(row),
            series_revision,
        }
    };
    Ok(rows.into_iter().map(item).collect())
}

fn expand(
    conn: &mut Conn,
    tenant: &TenantId,
    listing: &Listing,
    masters: Vec<Row>,
    horizon: Option<Timestamp>,
) -> Result<Vec<Item>, Error> {
    let (Some(from), Some(to)) = (listing.from, listing.to) else {
        return Ok(Vec::new());
    };
    let from = listing
        .after
        .as_ref()
        .and_then(|(start, _)| Timestamp::from_microsecond(*start).ok())
        .map_or(from, |start| from.max(start));
    let to = horizon.map_or(to, |end| {
        to.min(
            end.checked_add(SignedDuration::from_micros(1))
                .unwrap_or(Timestamp::MAX),
        )
    });
    let ids: Vec<&str> = masters.iter().map(|row| row.id.as_str()).collect();
    let changed = changed(conn, tenant, &ids)?;
    let mut items = Vec::new();
    for row in masters {
        let zone = listing.zones.get(&row.calendar_id).map_or(NO_ZONE, String::as_str);
        let master = master(row)?;
        for occurrence in master
            .content
            .series(zone)
            .map_err(Error::TooMuch)?
            .occurrences(from, to, Budget::default())
            .map_err(Error::TooMuch)?
        {
            if !changed.contains(&(master.row.id.clone(), occurrence.key.clone())) {
                items.push(Item::Occurrence {
                    master: Arc::clone(&master),
                    occurrence,
                });
            }
        }
    }
    Ok(items)
}

/// What waits for the provider or a person about the entries of a list.
///
/// # Errors
/// Those of the database.
pub fn waiting(conn: &mut Conn, tenant: &TenantId, items: &[Item]) -> Result<super::outbox::States, Error> {
    let ids: Vec<&str> = items
        .iter()
        .map(|item| match item {
            Item::Row { row, .. } => row.id.as_str(),
            Item::Occurrence { master, .. } => master.row.id.as_str(),
        })
        .collect();
    Ok(super::outbox::states(conn, tenant, &ids)?)
}

/// Which occurrences have rows of their own.
fn changed(conn: &mut Conn, tenant: &TenantId, series: &[&str]) -> Result<HashSet<(String, String)>, Error> {
    let rows = db::events::overrides(conn, tenant, series)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.series_id?, row.original_key?)))
        .collect())
}

fn page(mut items: Vec<Item>, after: Option<&(i64, String)>, limit: i64) -> Listed {
    let mut placed: Vec<((i64, String), Item)> = items.drain(..).map(|item| (item.place(), item)).collect();
    if let Some(after) = after {
        placed.retain(|(place, _)| place > after);
    }
    placed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = placed.len() > limit;
    placed.truncate(limit);
    let next = placed
        .last()
        .filter(|_| more)
        .map(|((start, id), _)| (start.to_string(), id.clone()));
    (placed.into_iter().map(|(_, item)| item).collect(), next)
}

/// Reads what a master says.
///
/// # Errors
/// A fault of ours: the row was written by something else.
pub fn master(row: Row) -> Result<Arc<Master>, Error> {
    let content = content(&row)?;
    Ok(Arc::new(Master { row, content }))
}

/// Reads what a row says.
///
/// # Errors
/// A fault of ours: the row was written by something else.
pub fn content(row: &Row) -> Result<EventContent, Error> {
    serde_json::from_str(&row.content).map_err(|e| Error::Db(db::Error::Other(format!("content of {}: {e}", row.id))))
}

/// An event or an occurrence, with what stands behind it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its calendar.
    pub calendar: db::calendars::Calendar,
    /// The single event, or the master of the series.
    pub row: Row,
    /// What that says.
    pub content: EventContent,
    /// Which occurrence is meant.
    pub occurrence: Option<Named>,
}

/// An occurrence that was named.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its key.
    pub key: OccurrenceKey,
    /// Where the series puts it.
    pub original_start: EventTime,
    /// Its row, if it was changed.
    pub row: Option<Row>,
    /// What it says: the override, or the series at that place.
    pub content: EventContent,
    /// Where the series puts it, in time.
    pub placed: Option<Occurrence>,
}

impl Subject {
    /// As the API names it.
    pub fn id(&self) -> String {
        match &self.occurrence {
            Some(named) => format!("{}_{}", self.row.id, named.key),
            None => self.row.id.clone(),
        }
    }

    /// Where whole days begin.
    pub fn zone(&self) -> &str {
        self.calendar.time_zone.as_deref().unwrap_or(NO_ZONE)
    }

    /// What the named event says.
    pub fn said(&self) -> &EventContent {
        self.occurrence.as_ref().map_or(&self.content, |named| &named.content)
    }

    /// The provider's version of what a write to the named event changes.
    pub fn etag(&self) -> Option<&str> {
        let row = self.occurrence.as_ref().and_then(|named| named.row.as_ref());
        row.unwrap_or(&self.row).etag.as_deref()
    }

    /// The series.
    ///
    /// # Errors
    /// [`Error::TooMuch`].
    pub fn series(&self) -> Result<Series, Error> {
        self.content.series(self.zone()).map_err(Error::TooMuch)
    }

    /// As an entry of a list.
    pub fn item(&self) -> Item {
        match &self.occurrence {
            Some(Named { row: Some(row), .. }) => Item::Row {
                row: Box::new(row.clone()),
                series_revision: Some(self.row.revision),
            },
            Some(Named {
                placed: Some(occurrence),
                ..
            }) => {
                let master = Master {
                    row: self.row.clone(),
                    content: self.content.clone(),
                };
                Item::Occurrence {
                    master: Arc::new(master),
                    occurrence: occurrence.clone(),
                }
            }
            None | Some(Named { placed: None, .. }) => Item::Row {
                row: Box::new(self.row.clone()),
                series_revision: None,
            },
        }
    }
}

/// Finds what an identifier of the API names.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Subject, Error> {
    let wanted = EventRef::parse(id).ok_or(Error::NotFound)?;
    let mut row = db::events::get(conn, tenant, &wanted.series)?;
    let mut key = wanted.key;
    if let (Some(series), None) = (&row.series_id, key) {
        // The row of an override has a name of its own that we do not hand out; it means the occurrence.
        key = row.original_key.as_deref().and_then(OccurrenceKey::parse);
        row = db::events::get(conn, tenant, &series.clone())?;
    }
    let calendar = db::calendars::get(conn, tenant, &row.calendar_id)?;
    let content = content(&row)?;
    let mut subject = Subject {
        calendar,
        row,
        content,
        occurrence: None,
    };
    if let Some(key) = key {
        subject.occurrence = Some(named(conn, tenant, &subject, key)?);
    }
    Ok(subject)
}

fn named(conn: &mut Conn, tenant: &TenantId, subject: &Subject, key: OccurrenceKey) -> Result<Named, Error> {
    if !subject.row.is_recurring {
        return Err(Error::NotFound);
    }
    let original_start = key
        .to_event_time(&subject.content.start)
        .ok()
        .flatten()
        .ok_or(Error::NotFound)?;
    match db::events::override_of(conn, tenant, &subject.row.id, &key.to_string()) {
        Ok(row) => {
            let content = content(&row)?;
            if content.status == EventStatus::Cancelled || super::outbox::is_hidden(&row) {
                return Err(Error::NotFound);
            }
            Ok(Named {
                key,
                original_start,
                row: Some(row),
                content,
                placed: None,
            })
        }
        Err(db::Error::NotFound) => {
            let placed = subject
                .series()?
                .find(&key)
                .map_err(Error::TooMuch)?
                .ok_or(Error::NotFound)?;
            let content = EventContent {
                start: placed.start.clone(),
                end: placed.end.clone(),
                recurrence: Vec::new(),
                ..subject.content.clone()
            };
            Ok(Named {
                key,
                original_start,
                row: None,
                content,
                placed: Some(placed),
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// A page of the occurrences of a series; a single event is its own only occurrence.
///
/// # Errors
/// [`Error::NotFound`], [`Error::TooMuch`].
pub fn instances(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: &Subject,
    window: (Option<Timestamp>, Option<Timestamp>),
    after: Option<&(i64, String)>,
    limit: i64,
) -> Result<Listed, Error> {
    if !subject.row.is_recurring {
        let item = Item::Row {
            row: Box::new(subject.row.clone()),
            series_revision: None,
        };
        let overlaps = window.0.is_none_or(|from| subject.row.ends_at.timestamp() > from)
            && window.1.is_none_or(|to| subject.row.starts_at.timestamp() < to);
        return Ok(page(if overlaps { vec![item] } else { Vec::new() }, after, limit));
    }
    let overrides = db::events::overrides(conn, tenant, &[&subject.row.id])?;
    let changed: HashSet<&str> = overrides.iter().filter_map(|row| row.original_key.as_deref()).collect();
    let master = Arc::new(Master {
        row: subject.row.clone(),
        content: subject.content.clone(),
    });
    let series = subject.series()?;
    let first = after.and_then(|(start, _)| Timestamp::from_microsecond(*start).ok());
    let from = [window.0, first]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or_else(|| subject.row.starts_at.timestamp());
    let end = window.1.unwrap_or(Timestamp::MAX).min(subject.row.ends_at.timestamp());
    // Without an end, windows grow until a page is full: an endless series has no last one.
    let (mut reach, mut days) = (from, 366_i64);
    let mut items = Vec::new();
    loop {
        let to = reach
            .checked_add(SignedDuration::from_hours(24 * days))
            .unwrap_or(Timestamp::MAX)
            .min(end);
        let found = series
            .occurrences(reach.max(from), to, Budget::default())
            .map_err(Error::TooMuch)?;
        let new = found
            .into_iter()
            .filter(|o| o.start_at >= reach || reach == from)
            .filter(|o| !changed.contains(o.key.as_str()));
        items.extend(new.map(|occurrence| Item::Occurrence {
            master: Arc::clone(&master),
            occurrence,
        }));
        reach = to;
        days = days.saturating_mul(4);
        if to >= end || items.len() as i64 > limit + 1 || days > 366 * 4096 {
            break;
        }
    }
    // Beyond what was worked out, nothing may stand on the page before its time.
    let complete = reach >= end;
    let live = overrides
        .into_iter()
        .filter(|row| row.status != "cancelled" && !super::outbox::is_hidden(row))
        .filter(|row| complete || row.starts_at.timestamp() < reach)
        .filter(|row| {
            window.0.is_none_or(|from| row.ends_at.timestamp() > from)
                && window.1.is_none_or(|to| row.starts_at.timestamp() < to)
        });
    items.extend(live.map(|row| Item::Row {
        row: Box::new(row),
        series_revision: Some(subject.row.revision),
    }));
    Ok(page(items, after, limit))
}
