//! Templates: each change makes a version, and plans keep what they were made from.

use db::{
    Conn,
    templates::{Template as Row, Version},
};
use domain::{
    id::{Kind, TenantId},
    stacking::{
        Directory, Draft, Fault,
        template::{Compiled, Run, Template},
    },
};
use jiff::{Span, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What a template is used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The template as it was.
    pub template: Template,
    /// Where events are made.
    pub calendars: Vec<String>,
    /// The date of the first.
    pub start: Date,
    /// How many in each calendar.
    pub count: u32,
    /// Days from one to the next.
    pub every_days: u32,
}

impl Use {
    /// How many events there would be.
    pub fn total(&self) -> u64 {
        u64::from(self.count) * self.calendars.len() as u64
    }

    /// One of them, or everything that is wrong with it. Counters and lists begin anew in each calendar.
    pub fn draft(
        &self,
        compiled: &Compiled<'_>,
        directory: &Directory,
        place: u64,
    ) -> (u64, String, Result<Draft, Vec<Fault>>) {
        let (line, count) = (place + 1, u64::from(self.count).max(1));
        let (number, at) = (place % count, usize::try_from(place / count).unwrap_or(usize::MAX));
        let id = self.calendars.get(at).cloned().unwrap_or_default();
        let bad = |code, detail: &str| Err(vec![Fault::row(line, code, detail)]);
        let Some(calendar) = directory.get(&id) else {
            return (line, id, bad("calendar_unknown", "there is no such calendar any more"));
        };
        let days = i64::try_from(number)
            .ok()
            .and_then(|n| n.checked_mul(i64::from(self.every_days)));
        let date = days.and_then(|days| self.start.checked_add(Span::new().try_days(days).ok()?).ok());
        let Some(date) = date else {
            return (
                line,
                id,
                bad("time_out_of_range", "the date lies outside of all calendars"),
            );
        };
        let run = Run {
            number,
            date: Some(date),
            calendar,
            row: None,
        };
        let found = match compiled.drafts(directory) {
            Ok(drafts) => compiled.draft(&run, &drafts),
            Err(error) => bad("template", &error.to_string()),
        };
        let found = match found {
            Ok(draft) => Ok(Draft { line, ..draft }),
            Err(faults) => Err(faults.into_iter().map(|fault| Fault { line, ..fault }).collect()),
        };
        (line, id, found)
    }
}

/// Reads what a row says.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn read(body: &str) -> db::Result<Template> {
    serde_json::from_str(body).map_err(|e| db::Error::Other(e.to_string()))
}

fn written(template: &Template, revision: i64) -> db::Result<String> {
    let template = Template {
        revision: u32::try_from(revision).unwrap_or(u32::MAX),
        ..template.clone()
    };
    serde_json::to_string(&template).map_err(|e| db::Error::Other(e.to_string()))
}

fn remember(conn: &mut Conn, row: &Row, actor: &str) -> db::Result<()> {
    let version = Version {
        template_id: row.id.clone(),
        revision: row.revision,
        tenant_id: row.tenant_id.clone(),
        body: row.body.clone(),
        created_by: actor.to_owned(),
        created_at: row.updated_at,
    };
    db::templates::remember(conn, &version)
}

/// Makes a template.
///
/// # Errors
/// Those of the database.
pub fn create(conn: &mut Conn, tenant: &TenantId, actor: &str, template: &Template, now: Timestamp) -> db::Result<Row> {
    let row = Row {
        id: Kind::Template.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        name: template.name.clone(),
        revision: 1,
        body: written(template, 1)?,
        created_at: now.into(),
        updated_at: now.into(),
    };
    db::templates::insert(conn, &row)?;
    remember(conn, &row, actor)?;
    Ok(row)
}

/// Changes a template, unless it says the same already.
///
/// # Errors
/// What `change` says, or those of the database.
pub fn update<E: From<db::Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &str,
    id: &str,
    now: Timestamp,
    change: impl FnOnce(&Row) -> Result<Template, E>,
) -> Result<Row, E> {
    let before = db::templates::lock(conn, tenant, id)?;
    let template = change(&before)?;
    if written(&template, before.revision)? == before.body {
        return Ok(before);
    }
    let revision = before.revision + 1;
    let row = Row {
        name: template.name.clone(),
        revision,
        body: written(&template, revision)?,
        updated_at: now.into(),
        ..before
    };
    db::templates::save(conn, &row)?;
    remember(conn, &row, actor)?;
    Ok(row)
}
