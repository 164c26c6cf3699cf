//! Events as they leave: a page at a time, each as planning knows it, so that an export that is read again is a plan
//! without changes.

use std::collections::{HashMap, HashSet};

use db::{
    Conn,
    events::{Event as Row, Filter, HIDDEN, Kind},
    types::Instant,
};
use domain::{event::EventStatus, id::TenantId, stacking::Existing, time::EventTime};
use jiff::Timestamp;

use super::{
    events::{self, Item, Within},
    mirror,
    operations::plan,
};

/// Rows read at once.
const PAGE: usize = 200;

/// Which events.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These; occurrences by their own names.
    Ids(Vec<String>),
    /// Those that a list shows.
    Listed {
        /// Where.
        within: Within,
        /// Those that end after it.
        from: Option<Timestamp>,
        /// Those that start before it.
        to: Option<Timestamp>,
        /// Text in them.
        search: Option<String>,
    },
}

/// An event as it leaves.
#[derive(Debug)]
pub struct Leaving {
    /// What it is.
    pub event: Existing,
    /// Of an occurrence: where its series has it, and where that begins, where it is known.
    pub original: Option<(EventTime, Option<EventTime>)>,
    /// Of a series: the dates that were taken out of it by themselves.
    pub out: Vec<EventTime>,
    /// When it was made, as the provider says.
    pub created: Option<Timestamp>,
    /// When it last changed, as the provider says or as we saw it.
    pub changed: Timestamp,
}

/// Reads a selection, a page at a time. Remembers little more than where it is.
#[derive(Debug)]
pub struct Reader {
    selection: Selection,
    /// Whether a series brings its changed occurrences along, right behind it.
    whole_series: bool,
    after: Option<(Instant, String)>,
    done: bool,
    /// Overrides that have left already, with their series or before it.
    left: HashSet<String>,
}

impl Reader {
    /// Of the beginning.
    pub fn new(selection: Selection, whole_series: bool) -> Self {
        Self {
            selection,
            whole_series,
            after: None,
            done: false,
            left: HashSet::new(),
        }
    }

    /// The next page; empty at the end.
    ///
    /// # Errors
    /// Those of the database.
    pub fn page(&mut self, conn: &mut Conn, tenant: &TenantId) -> db::Result<Vec<Leaving>> {
        while !self.done {
            let page = match &self.selection {
                Selection::Ids(ids) => {
                    let ids = ids.clone();
                    self.done = true;
                    self.named(conn, tenant, &ids)?
                }
                Selection::Listed { .. } => {
                    let rows = self.rows(conn, tenant)?;
                    self.done = rows.len() < PAGE;
                    self.after = rows.last().map(|row| (row.starts_at, row.id.clone()));
                    self.leave(conn, tenant, rows)?
                }
            };
            if !page.is_empty() {
                return Ok(page);
            }
        }
        Ok(Vec::new())
    }

    fn rows(&self, conn: &mut Conn, tenant: &TenantId) -> db::Result<Vec<Row>> {
        let Selection::Listed {
            within,
            from,
            to,
            search,
        } = &self.selection
        else {
            return Ok(Vec::new());
        };
        let filter = Filter {
            within: within.db(),
            kind: Kind::Any,
            from: from.map(Into::into),
            to: to.map(Into::into),
            search: search.as_deref(),
            updated_since: None,
            after: self.after.clone(),
            limit: PAGE as i64,
        };
        db::events::list(conn, tenant, &filter)
    }

    /// Those that were named and are there.
    fn named(&mut self, conn: &mut Conn, tenant: &TenantId, ids: &[String]) -> db::Result<Vec<Leaving>> {
        let mut subjects = Vec::new();
        for id in ids {
            match events::find(conn, tenant, id) {
                Ok(subject) => subjects.push(subject),
                Err(events::Error::NotFound) => {}
                Err(events::Error::Db(error)) => return Err(error),
                Err(error) => return Err(db::Error::Other(error.to_string())),
            }
        }
        // The zones of a calendar file are told from its first event on.
        if self.whole_series {
            subjects.sort_by_cached_key(|subject| subject.content.start.instant(subject.zone()).ok());
        }
        let mut page = Vec::new();
        for subject in subjects {
            match subject.item() {
                Item::Row { row, .. } => page.extend(self.leave(conn, tenant, vec![*row])?),
                // As its series says it.
                Item::Occurrence { .. } => page.push(Leaving {
                    original: subject
                        .occurrence
                        .as_ref()
                        .map(|named| (named.original_start.clone(), Some(subject.content.start.clone()))),
                    out: Vec::new(),
                    created: subject.row.remote_created_at.map(Into::into),
                    changed: changed(&subject.row),
                    event: plan::existing_of(&subject),
                }),
            }
        }
        Ok(page)
    }

    fn leave(&mut self, conn: &mut Conn, tenant: &TenantId, rows: Vec<Row>) -> db::Result<Vec<Leaving>> {
        let mut of: HashMap<String, Vec<Row>> = HashMap::new();
        if self.whole_series {
            let series: Vec<&str> = rows
                .iter()
                .filter(|row| row.is_recurring)
                .map(|row| row.id.as_str())
                .collect();
            for row in db::events::overrides(conn, tenant, &series)? {
                if let Some(series) = row.series_id.clone().filter(|_| row.status != HIDDEN) {
                    of.entry(series).or_default().push(row);
                }
            }
        }
        let elsewhere: Vec<&str> = rows.iter().filter_map(|row| row.series_id.as_deref()).collect();
        let mut revisions: HashMap<String, i64> =
            db::events::revisions(conn, tenant, &elsewhere)?.into_iter().collect();
        revisions.extend(rows.iter().map(|row| (row.id.clone(), row.revision)));
        let mut page = Vec::with_capacity(rows.len());
        for row in rows {
            if self.left.contains(&row.id) {
                continue;
            }
            if self.whole_series && row.series_remote_id.is_some() {
                self.left.insert(row.id.clone());
            }
            let mut one = leaving(&row, None, &revisions)?;
            let (out, live): (Vec<Row>, Vec<Row>) = of
                .remove(&row.id)
                .unwrap_or_default()
                .into_iter()
                .partition(|row| row.status == EventStatus::Cancelled.as_str());
            for row in &out {
                one.out.extend(original(row)?);
            }
            let start = one.event.content.start.clone();
            page.push(one);
            for row in live {
                if self.left.insert(row.id.clone()) {
                    page.push(leaving(&row, Some(&start), &revisions)?);
                }
            }
        }
        Ok(page)
    }
}

fn changed(row: &Row) -> Timestamp {
    row.remote_updated_at.unwrap_or(row.updated_at).into()
}

/// Where the series of an override has it.
fn original(row: &Row) -> db::Result<Option<EventTime>> {
    let read = |text: &String| {
        serde_json::from_str(text).map_err(|e| db::Error::Other(format!("original start of {}: {e}", row.id)))
    };
    row.original_start.as_ref().map(read).transpose()
}

fn leaving(row: &Row, series: Option<&EventTime>, revisions: &HashMap<String, i64>) -> db::Result<Leaving> {
    let mut event = plan::existing(row)?;
    if let Some(id) = &row.series_id {
        let series = revisions.get(id).copied().unwrap_or_default();
        event.id = mirror::name(&row.id, Some(id), row.original_key.as_deref());
        event.etag = Some(plan::etag_of_date(series, row.revision));
    }
    Ok(Leaving {
        event,
        original: original(row)?.map(|original| (original, series.cloned())),
        out: Vec::new(),
        created: row.remote_created_at.map(Into::into),
        changed: changed(row),
    })
}
