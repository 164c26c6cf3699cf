//! Templates: each change makes a version, and plans keep what they were made from.

use db::{
    Conn,
    templates::{Template as Row, Version},
};
use domain::{
    id::{Kind, TenantId},
    stacking::{
        Calendar, Directory, Draft, Fault,
        csv::{Column, Drafts, Layout, LayoutError, Row as Cells, Target},
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
    /// Where events are made; none: each row says it.
    pub calendars: Vec<String>,
    /// The date of the first.
    pub start: Option<Date>,
    /// How many in each calendar; of rows there are as many as there are.
    pub count: u32,
    /// Days from one to the next.
    pub every_days: u32,
    /// What it is filled with, an event for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
}

/// Rows that a template is filled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Rows {
    /// They were sent.
    Said {
        /// What their columns are called.
        columns: Vec<String>,
        /// Their cells.
        cells: Vec<Vec<String>>,
    },
    /// Of a table that was uploaded.
    File {
        /// `imp_…`
        import: String,
        /// How it is read.
        layout: Box<Layout>,
    },
}

/// The columns of rows that were sent: one may say in which calendar its event is to be.
pub fn columns(names: &[String]) -> Vec<Column> {
    let column = |name: &String| Column {
        name: name.clone(),
        target: Target::try_from(name.to_lowercase()).ok(),
    };
    names.iter().map(column).collect()
}

impl Use {
    /// How many events there would be; of a table that was uploaded, nobody knows yet.
    pub fn total(&self) -> u64 {
        let places = self.calendars.len() as u64;
        match &self.rows {
            None => u64::from(self.count) * places,
            Some(Rows::Said { cells, .. }) => cells.len() as u64 * places.max(1),
            Some(Rows::File { .. }) => 0,
        }
    }
}

/// A template at work, read once.
pub struct Press<'a> {
    usage: &'a Use,
    compiled: &'a Compiled<'a>,
    drafts: Drafts<'a>,
    directory: &'a Directory,
}

/// An event that it makes.
#[derive(Debug)]
pub struct Made {
    /// Which one it is in its calendar, or of which row; the first is 1.
    pub number: u64,
    /// Where it is to be; empty: that is what is wrong.
    pub calendar: String,
    /// What it is to say, or everything that is wrong with it.
    pub draft: Result<Draft, Vec<Fault>>,
}

impl<'a> Press<'a> {
    /// For one use of a template.
    ///
    /// # Errors
    /// Never in practice: the fields of a template are each there once.
    pub fn new(usage: &'a Use, compiled: &'a Compiled<'a>, directory: &'a Directory) -> Result<Self, LayoutError> {
        Ok(Self {
            drafts: compiled.drafts(directory)?,
            usage,
            compiled,
            directory,
        })
    }

    /// One of those that are counted. Counters and lists begin anew in each calendar.
    pub fn counted(&self, place: u64) -> Made {
        let (line, count) = (place + 1, u64::from(self.usage.count).max(1));
        let (number, at) = (place % count, usize::try_from(place / count).unwrap_or(usize::MAX));
        let id = self.usage.calendars.get(at).cloned().unwrap_or_default();
        let days = i64::try_from(number)
            .ok()
            .and_then(|n| n.checked_mul(i64::from(self.usage.every_days)));
        let date = self.usage.start.zip(days);
        let date = date.and_then(|(start, days)| start.checked_add(Span::new().try_days(days).ok()?).ok());
        let made = match (self.directory.get(&id), date) {
            (None, _) => Err(unknown(line)),
            (_, None) => Err(Fault::row(
                line,
                "time_out_of_range",
                "the date lies outside of all calendars",
            )),
            (Some(calendar), date) => Ok(Run {
                number,
                date,
                calendar,
                row: None,
            }),
        };
        Made {
            number: number + 1,
            calendar: id,
            draft: made
                .map_err(|fault| vec![fault])
                .and_then(|run| self.filled(&run, line)),
        }
    }

    /// Those of a row: one in each of the calendars, or in the one that the row names. Counters and lists go by rows.
    pub fn of_row(&self, number: u64, columns: &[Column], row: &Cells) -> Vec<Made> {
        let line = row.line();
        let made = |calendar: Result<&Calendar, Fault>, id: &str| Made {
            number: number + 1,
            calendar: id.to_owned(),
            draft: calendar.map_err(|fault| vec![fault]).and_then(|calendar| {
                let run = Run {
                    number,
                    date: self.usage.start,
                    calendar,
                    row: Some((columns, row)),
                };
                self.filled(&run, line)
            }),
        };
        if self.usage.calendars.is_empty() {
            let cell = |target: &Target| {
                let at = columns.iter().position(|column| column.target.as_ref() == Some(target));
                at.and_then(|at| row.cell(at))
            };
            let found = self.directory.find(cell(&Target::Calendar), cell(&Target::Client));
            let id = found.as_ref().map_or("", |calendar| calendar.id.as_str());
            let found = found
                .as_ref()
                .map_err(|error| Fault::row(line, error.code(), error.to_string()));
            return vec![made(found.copied(), id)];
        }
        let calendars = self.usage.calendars.iter();
        let made = |id: &String| made(self.directory.get(id).ok_or_else(|| unknown(line)), id);
        calendars.map(made).collect()
    }

    fn filled(&self, run: &Run<'_>, line: u64) -> Result<Draft, Vec<Fault>> {
        match self.compiled.draft(run, &self.drafts) {
            Ok(draft) => Ok(Draft { line, ..draft }),
            Err(faults) => Err(faults.into_iter().map(|fault| Fault { line, ..fault }).collect()),
        }
    }
}

fn unknown(line: u64) -> Fault {
    Fault::row(line, "calendar_unknown", "there is no such calendar any more")
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
