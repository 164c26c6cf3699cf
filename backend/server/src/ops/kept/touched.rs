//! When something last happened to whom, read once from the log of changes for all that is kept: how much happens to others
//! says nothing about what was made from this calendar.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use db::{
    Conn,
    changes::{self, Change, Filter},
};
use domain::id::TenantId;

/// Whoever is further behind than this begins anew, and so does what is kept.
const BEHIND: i64 = 10_000;
/// Calendars and clients remembered of one tenant; beyond that the log begins anew.
const MOST: usize = 200_000;

/// What this process knows of each tenant's log.
#[derive(Default)]
pub(super) struct Touched(Mutex<HashMap<String, Log>>);

impl Touched {
    /// Looks for whoever knows of everything up to `seq` at what has happened since; `None`: that is not known any more.
    ///
    /// # Errors
    /// Those of the database.
    pub fn since<T>(
        &self,
        conn: &mut Conn,
        tenant: &TenantId,
        (seq, last): (i64, i64),
        look: impl FnOnce(&Since<'_>) -> T,
    ) -> db::Result<Option<T>> {
        // Nobody waits for a lock while the database is asked. Who asks at the same time reads the same rows twice.
        let known = self.of(tenant, seq, |log| log.last);
        let missing = last - known;
        let rows = match missing {
            ..=0 => Vec::new(),
            1..=BEHIND => changes::since(conn, tenant, known, missing, &Filter::default())?,
            _ => Vec::new(),
        };
        Ok(self.of(tenant, seq, |log| {
            log.add(rows, last);
            let known = log.from <= seq && seq <= last;
            known.then(|| look(&Since { log, seq }))
        }))
    }

    /// A tenant's log; one that nobody has read yet begins where the first one stands who asks.
    fn of<T>(&self, tenant: &TenantId, seq: i64, act: impl FnOnce(&mut Log) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(tenant.as_str()) {
            Some(log) => act(log),
            None => act(all.entry(tenant.as_str().to_owned()).or_insert_with(|| Log::from(seq))),
        }
    }
}

/// One tenant's: everything that happened after `from` and up to `last`, by the number of the last change.
struct Log {
    from: i64,
    last: i64,
    calendars: HashMap<String, i64>,
    clients: HashMap<String, i64>,
}

impl Log {
    fn from(seq: i64) -> Self {
        Self {
            from: seq,
            last: seq,
            calendars: HashMap::new(),
            clients: HashMap::new(),
        }
    }

    /// Joins on what was read. Where the front of it is missing (it was purged, or is too long), the log begins anew.
    fn add(&mut self, rows: Vec<Change>, last: i64) {
        if last <= self.last {
            return;
        }
        let joins = rows.first().is_some_and(|row| row.seq <= self.last + 1);
        if !joins || self.calendars.len() + self.clients.len() > MOST {
            *self = Self::from(last);
            return;
        }
        for row in rows {
            if row.seq > self.last {
                self.note(row);
            }
        }
    }

    fn note(&mut self, change: Change) {
        self.last = change.seq;
        if let Some(client) = change.client_id.filter(|_| change.kind != "event") {
            self.clients.insert(client, change.seq);
        }
        if let Some(calendar) = change.calendar_id {
            self.calendars.insert(calendar, change.seq);
        }
    }
}

/// What has happened after a position.
pub struct Since<'a> {
    log: &'a Log,
    seq: i64,
}

impl Since<'_> {
    /// Whether anything has to this calendar or in it.
    pub fn calendar(&self, id: &str) -> bool {
        self.after(self.log.calendars.get(id))
    }

    /// Whether anything but an event has to this client or what is theirs.
    pub fn client(&self, id: &str) -> bool {
        self.after(self.log.clients.get(id))
    }

    fn after(&self, last: Option<&i64>) -> bool {
        last.is_some_and(|last| *last > self.seq)
    }
}
