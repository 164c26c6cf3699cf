//! What happened, for those who follow along: gathered while the mirror is written, told in the same transaction.

use std::collections::{BTreeSet, HashMap};

use db::{
    Conn, Result,
    calendars::Calendar,
    changes::{self, Change, Filter, Name, NewChange},
    events::NewRow,
};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};

use super::{busy, mirror::name};

/// How long it is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody through us.
    Ours,
    /// Somebody at the provider.
    Provider,
}

impl Origin {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Provider => "provider",
        }
    }
}

/// How much a batch has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// New events.
    pub created: usize,
    /// Changed ones.
    pub updated: usize,
    /// Removed ones.
    pub deleted: usize,
    /// When the latest of them changed, as the provider says.
    pub newest: Option<Timestamp>,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            deleted: self.deleted + other.deleted,
            newest: self.newest.max(other.newest),
        }
    }

    /// Whether nothing has changed.
    pub const fn is_empty(&self) -> bool {
        self.created + self.updated + self.deleted == 0
    }
}

/// Gathers what a batch does to the events of a calendar.
#[derive(Debug)]
pub struct Happened {
    tenant: TenantId,
    client: String,
    calendar: String,
    origin: Origin,
    now: Timestamp,
    changes: Vec<NewChange>,
    tally: Tally,
    /// Single events and series whose times may have changed.
    touched: BTreeSet<String>,
}

impl Happened {
    /// Nothing yet.
    pub fn new(tenant: &str, client: &str, calendar: &str, origin: Origin, now: Timestamp) -> Self {
        Self {
            tenant: TenantId::from_store(tenant.to_owned()),
            client: client.to_owned(),
            calendar: calendar.to_owned(),
            origin,
            now,
            changes: Vec::new(),
            tally: Tally::default(),
            touched: BTreeSet::new(),
        }
    }

    /// A row that was not there before. Its series must be known by now.
    pub fn created(&mut self, row: &NewRow) {
        match (&row.series_id, row.status.as_str()) {
            // An occurrence was there before it had a row.
            (Some(_), "cancelled") => self.tell(row, "deleted"),
            (Some(_), _) => self.tell(row, "updated"),
            (None, _) => self.tell(row, "created"),
        }
    }

    /// A row that people see differently from before.
    pub fn updated(&mut self, row: &NewRow) {
        let out = row.series_id.is_some() && row.status == "cancelled";
        self.tell(row, if out { "deleted" } else { "updated" });
    }

    /// Something else that people see happened to a row: `created`, `updated` or `deleted`.
    pub fn note(&mut self, id: &str, series: Option<&String>, key: Option<&String>, action: &'static str) {
        self.touched.insert(id.to_owned());
        self.touched.extend(series.cloned());
        self.add(name(id, series.map(String::as_str), key.map(String::as_str)), action);
    }

    fn tell(&mut self, row: &NewRow, action: &'static str) {
        self.touched.insert(row.id.clone());
        self.touched.extend(row.series_id.clone());
        self.tally.newest = self.tally.newest.max(row.remote_updated_at.map(Into::into));
        self.add(
            name(&row.id, row.series_id.as_deref(), row.original_key.as_deref()),
            action,
        );
    }

    /// The rows of these names of the provider are about to be removed, a series with its overrides.
    ///
    /// # Errors
    /// Those of the database.
    pub fn removing(&mut self, conn: &mut Conn, remote_ids: &[&str]) -> Result<()> {
        let gone = changes::named(conn, &self.calendar, remote_ids)?;
        self.gone(gone);
        Ok(())
    }

    /// The rows that this round has not seen are about to be removed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn sweeping(&mut self, conn: &mut Conn, round: i64) -> Result<()> {
        let gone = changes::unseen(conn, &self.calendar, round)?;
        self.gone(gone);
        Ok(())
    }

    fn gone(&mut self, rows: Vec<Name>) {
        let going: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
        let mut told = BTreeSet::new();
        for row in rows {
            if !told.insert(row.id.clone()) {
                continue;
            }
            self.touched.remove(&row.id);
            // An override that goes while its series stays: the occurrence is again what the series says.
            let reverts = row.series_id.as_ref().filter(|series| !going.contains(*series));
            let action = match reverts {
                Some(series) => {
                    self.touched.insert(series.clone());
                    "updated"
                }
                None => "deleted",
            };
            // Of a cancelled occurrence whose series goes nobody knows anything any more.
            if action == "updated" || row.series_id.is_none() || row.status != "cancelled" {
                self.add(
                    name(&row.id, row.series_id.as_deref(), row.original_key.as_deref()),
                    action,
                );
            }
        }
    }

    fn add(&mut self, id: String, action: &'static str) {
        match action {
            "created" => self.tally.created += 1,
            "updated" => self.tally.updated += 1,
            _ => self.tally.deleted += 1,
        }
        self.changes.push(NewChange {
            kind: "event",
            id,
            calendar_id: Some(self.calendar.clone()),
            client_id: Some(self.client.clone()),
            action,
            origin: self.origin.as_str(),
            at: self.now.into(),
        });
    }

    /// Writes it all down, and when the calendar is busy now. Call it last in the transaction: writers of one tenant wait for one another from here on.
    ///
    /// # Errors
    /// Those of the database.
    pub fn finish(self, conn: &mut Conn) -> Result<Tally> {
        let touched: Vec<&str> = self.touched.iter().map(String::as_str).collect();
        busy::refresh(conn, &self.tenant, &self.calendar, &touched, self.now)?;
        changes::append(conn, &self.tenant, &self.changes)?;
        Ok(self.tally)
    }
}

/// An event, a series with its overrides, has moved from one calendar to another under its own identifier: who follows
/// one of them sees it go or come, and the time it takes moves along. Call it when the row is where it belongs.
///
/// # Errors
/// Those of the database.
pub fn moved(conn: &mut Conn, from: &Calendar, to: &Calendar, id: &str, now: Timestamp) -> Result<()> {
    let tenant = TenantId::from_store(to.tenant_id.clone());
    busy::forget(conn, &tenant, &[id])?;
    busy::refresh(conn, &tenant, &to.id, &[id], now)?;
    let told = |calendar: &Calendar, action| NewChange {
        kind: "event",
        id: id.to_owned(),
        calendar_id: Some(calendar.id.clone()),
        client_id: Some(calendar.client_id.clone()),
        action,
        origin: Origin::Ours.as_str(),
        at: now.into(),
    };
    changes::append(conn, &tenant, &[told(from, "deleted"), told(to, "created")])?;
    Ok(())
}

/// Notes what happened to calendars or clients. Call it last in the transaction.
///
/// # Errors
/// Those of the database.
pub fn note(
    conn: &mut Conn,
    tenant: &TenantId,
    kind: &'static str,
    what: &[Noted<'_>],
    origin: Origin,
    now: Timestamp,
) -> Result<()> {
    let new: Vec<NewChange> = what
        .iter()
        .map(|one| NewChange {
            kind,
            id: one.id.to_owned(),
            calendar_id: (kind == "calendar").then(|| one.id.to_owned()),
            client_id: Some(one.client.to_owned()),
            action: one.action,
            origin: origin.as_str(),
            at: now.into(),
        })
        .collect();
    changes::append(conn, tenant, &new)?;
    Ok(())
}

/// A calendar or client to which something happened.
#[derive(Debug, Clone, Copy)]
pub struct Noted<'a> {
    /// Which.
    pub id: &'a str,
    /// Of which client; a client is its own.
    pub client: &'a str,
    /// `created`, `updated` or `deleted`.
    pub action: &'static str,
}

/// Notes what a listing of the provider's calendars has changed: `before` against what stands there now. Call it last in
/// the transaction.
///
/// # Errors
/// Those of the database.
pub fn listed<'a>(
    conn: &mut Conn,
    tenant: &TenantId,
    credential: &str,
    before: impl IntoIterator<Item = &'a Calendar>,
    now: Timestamp,
) -> Result<()> {
    let before: HashMap<&str, &Calendar> = before.into_iter().map(|one| (one.id.as_str(), one)).collect();
    let after = db::calendars::of_credential(conn, tenant, credential)?;
    let noted: Vec<Noted<'_>> = after
        .iter()
        .filter_map(|one| {
            let known = before.get(one.id.as_str()).filter(|known| known.removed_at.is_none());
            let action = match (known, one.removed_at) {
                (None, None) => "created",
                (Some(_), Some(_)) => "deleted",
                (Some(known), None) if known.revision != one.revision => "updated",
                _ => return None,
            };
            Some(Noted {
                id: &one.id,
                client: &one.client_id,
                action,
            })
        })
        .collect();
    note(conn, tenant, "calendar", &noted, Origin::Provider, now)
}

/// What came after a position.
#[derive(Debug)]
pub enum Since {
    /// This.
    Read {
        /// In order.
        changes: Vec<Change>,
        /// The position after them.
        next: i64,
        /// Whether there are more by now.
        more: bool,
    },
    /// The position is older than what is kept, or was never given out: who has it must read everything again.
    Gone {
        /// The position of now.
        last: i64,
    },
}

/// What came after `seq`; without it nothing, and the position of now.
///
/// # Errors
/// Those of the database.
pub fn since(conn: &mut Conn, tenant: &TenantId, seq: Option<i64>, limit: i64, filter: &Filter) -> Result<Since> {
    // First: what is read after it holds everything up to it.
    let last = changes::last(conn, tenant)?;
    let Some(seq) = seq else {
        return Ok(Since::Read {
            changes: Vec::new(),
            next: last,
            more: false,
        });
    };
    let mut rows = if seq < last {
        changes::since(conn, tenant, seq, limit + 1, filter)?
    } else {
        Vec::new()
    };
    // Last: what was purged while we read is missed here.
    let oldest = changes::oldest(conn, tenant)?.unwrap_or(last + 1);
    if seq > last || seq + 1 < oldest.min(last + 1) {
        return Ok(Since::Gone { last });
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let end = rows.last().map(|row| row.seq);
    Ok(Since::Read {
        next: if more {
            end.unwrap_or(last)
        } else {
            end.map_or(last, |end| end.max(last))
        },
        changes: rows,
        more,
    })
}
