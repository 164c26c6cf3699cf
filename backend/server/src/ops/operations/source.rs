//! What an operation is made from, as it is stored.

use std::collections::{HashMap, HashSet};

use db::{
    Conn,
    events::{Filter, In, Kind},
    types::Instant,
};
use domain::{
    id::{EventRef, TenantId},
    stacking::{
        csv::Layout,
        plan::{Edit, MAX_ITEMS},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ops::mirror;

/// What an operation is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// A table that was uploaded.
    Csv {
        /// `imp_…`
        import: String,
        /// How it is read.
        layout: Box<Layout>,
    },
    /// A calendar file that was uploaded.
    Ics {
        /// `imp_…`
        import: String,
        /// Where events go that do not say where they came from.
        calendar: Option<String>,
    },
    /// Events as JSON that were uploaded.
    Json {
        /// `imp_…`
        import: String,
        /// Where events go that name no calendar.
        calendar: Option<String>,
    },
    /// A template.
    Template {
        /// `tpl_…`
        template: String,
        /// As it was, and what it is used for.
        usage: Box<crate::ops::templates::Use>,
    },
    /// Events that are there.
    Selection {
        /// Which.
        selection: Selection,
        /// What is done to each.
        edit: Box<Edit>,
    },
    /// An operation that was applied.
    Undo {
        /// `op_…`
        operation: String,
    },
}

/// Which events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These; occurrences by their own names.
    EventIds(Vec<String>),
    /// Those that a list shows.
    Filter {
        /// In the chosen calendars of this client.
        client_id: Option<String>,
        /// In these calendars; none: in all chosen ones.
        calendar_ids: Vec<String>,
        /// Text in them.
        q: Option<String>,
        /// Those that end after it.
        from: Option<Timestamp>,
        /// Those that start before it.
        to: Option<Timestamp>,
    },
}

/// Rows read at once.
const PAGE: i64 = 1_000;

/// The names of what was selected, in order; one more than allowed where there are too many. `with_series`: what is done to
/// a series is done to its changed occurrences with it, so those are left out beside it.
///
/// # Errors
/// Those of the database.
pub fn names(conn: &mut Conn, tenant: &TenantId, selection: &Selection, with_series: bool) -> db::Result<Vec<String>> {
    let mut names = match selection {
        Selection::EventIds(ids) => {
            let mut seen = HashSet::new();
            ids.iter().filter(|id| seen.insert(id.as_str())).cloned().collect()
        }
        Selection::Filter { .. } => listed(conn, tenant, selection)?,
    };
    if with_series {
        let all: HashSet<String> = names.iter().cloned().collect();
        names.retain(|name| match EventRef::parse(name) {
            Some(EventRef { series, key: Some(_) }) => !all.contains(&series),
            _ => true,
        });
    }
    Ok(names)
}

fn listed(conn: &mut Conn, tenant: &TenantId, selection: &Selection) -> db::Result<Vec<String>> {
    let Selection::Filter {
        client_id,
        calendar_ids,
        q,
        from,
        to,
    } = selection
    else {
        return Ok(Vec::new());
    };
    // Calendars of the client, where both are named.
    let calendars: Vec<String> = db::calendars::some(conn, tenant, calendar_ids)?
        .into_iter()
        .filter(|one| client_id.as_ref().is_none_or(|client| *client == one.client_id))
        .map(|one| one.id)
        .collect();
    let within = match (calendar_ids.is_empty(), client_id) {
        (false, _) => In::Calendars(&calendars),
        (true, Some(client)) => In::Client(client),
        (true, None) => In::Tenant,
    };
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let filter = Filter {
            within,
            kind: Kind::Any,
            from: from.map(Instant::from),
            to: to.map(Instant::from),
            search: q.as_deref(),
            updated_since: None,
            after: after.take(),
            limit: PAGE,
        };
        let rows = db::events::list(conn, tenant, &filter)?;
        let full = rows.len() as i64 == PAGE;
        after = rows.last().map(|row| (row.starts_at, row.id.clone()));
        let name =
            |row: db::events::Event| mirror::name(&row.id, row.series_id.as_deref(), row.original_key.as_deref());
        names.extend(rows.into_iter().map(name));
        if !full || names.len() as u64 > MAX_ITEMS {
            return Ok(names);
        }
    }
}

/// Whether an edit of a series reaches its changed occurrences by itself.
pub fn takes_series_whole(edit: &Edit) -> bool {
    match edit {
        Edit::Delete => true,
        Edit::Change(changes) => changes.shift.is_some() || changes.calendar.is_some(),
    }
}

/// Names of calendars and their clients, for people.
///
/// # Errors
/// Those of the database.
pub fn calendar_names(
    conn: &mut Conn,
    tenant: &TenantId,
    ids: &[String],
) -> db::Result<HashMap<String, (String, String)>> {
    let calendars = db::calendars::some(conn, tenant, ids)?;
    let mut clients: HashMap<String, String> = HashMap::new();
    for id in calendars.iter().map(|one| &one.client_id).collect::<HashSet<_>>() {
        clients.insert(id.clone(), db::clients::get(conn, tenant, id)?.0.name);
    }
    let named = |one: db::calendars::Calendar| {
        let client = clients.get(&one.client_id).cloned().unwrap_or_default();
        (one.id, (one.name, client))
    };
    Ok(calendars.into_iter().map(named).collect())
}
