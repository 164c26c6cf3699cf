//! Conflicts: kept with all sides, decided by policy or by a person, and decided anew when somebody thinks better of it.

use std::collections::BTreeSet;

use db::{
    Conn,
    conflicts::{Conflict, OPEN, RESOLVED},
    events::Event as Row,
};
use domain::{
    event::{EventContent, Field},
    id::Kind,
    sync::Decision,
};
use jiff::Timestamp;

use super::{
    changes::{self, Changed, Error, Request, new_row},
    mirror,
};

/// What met what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// Two changes of the same fields.
    Fields,
    /// A change of ours met a deletion there.
    DeletedThere,
    /// A deletion of ours met a change there.
    DeletedHere,
}

impl Meeting {
    /// The word in the store and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::DeletedThere => "deleted_there",
            Self::DeletedHere => "deleted_here",
        }
    }

    /// The reverse of [`Meeting::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Fields, Self::DeletedThere, Self::DeletedHere]
            .into_iter()
            .find(|meeting| meeting.as_str() == text)
    }
}

/// Where a conflict is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Whose.
    pub tenant: &'a str,
    /// For which client.
    pub client: &'a str,
    /// In which calendar.
    pub calendar: &'a str,
    /// About which row.
    pub event: &'a str,
}

/// The three texts.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What both started from.
    pub base: &'a EventContent,
    /// What was said here.
    pub ours: Option<&'a EventContent>,
    /// What was said there.
    pub theirs: Option<&'a EventContent>,
}

/// Notes that two changes met, and what was decided.
///
/// # Errors
/// Those of the database.
pub fn record(
    conn: &mut Conn,
    about: About<'_>,
    meeting: Meeting,
    fields: &BTreeSet<Field>,
    sides: Sides<'_>,
    decision: Decision,
    now: Timestamp,
) -> db::Result<()> {
    let text = |content: Option<&EventContent>| {
        content
            .map(|content| serde_json::to_string(content).map_err(|e| db::Error::Other(e.to_string())))
            .transpose()
    };
    let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    let open = decision == Decision::Open;
    let row = Conflict {
        id: Kind::Conflict.new_id(),
        tenant_id: about.tenant.to_owned(),
        client_id: about.client.to_owned(),
        calendar_id: about.calendar.to_owned(),
        event_id: about.event.to_owned(),
        kind: meeting.as_str().to_owned(),
        fields: serde_json::to_string(&names).map_err(|e| db::Error::Other(e.to_string()))?,
        base: text(Some(sides.base))?.unwrap_or_default(),
        ours: text(sides.ours)?,
        theirs: text(sides.theirs)?,
        state: if open { OPEN } else { RESOLVED }.to_owned(),
        resolution: match decision {
            Decision::Open => None,
            Decision::Ours => Some("mine".to_owned()),
            Decision::Theirs => Some("theirs".to_owned()),
        },
        resolved_by: (!open).then(|| "policy".to_owned()),
        created_at: now.into(),
        resolved_at: (!open).then(|| now.into()),
    };
    db::conflicts::insert(conn, &row)
}

/// How a person decides.
#[derive(Debug, Clone)]
pub enum Choice {
    /// What was said here.
    Mine,
    /// What was said there.
    Theirs,
    /// What they say now.
    Merge(Box<EventContent>),
}

impl Choice {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Theirs => "theirs",
            Self::Merge(_) => "merge",
        }
    }
}

/// Decides a conflict, open or not: what was decided before is undone by it.
///
/// # Errors
/// [`Error::NotFound`]: there is no such conflict, or what it is about is gone for good.
pub fn resolve(
    conn: &mut Conn,
    request: Request<'_>,
    id: &str,
    choice: Choice,
    by: &str,
) -> Result<(Conflict, Option<Changed>), Error> {
    let conflict = db::conflicts::get(conn, request.tenant, id)?;
    db::outbox::lock(conn, request.tenant, &conflict.calendar_id)?;
    let changed = act(conn, request, &conflict, &choice)?;
    db::conflicts::resolve(conn, id, choice.as_str(), by, request.now.into())?;
    Ok((db::conflicts::get(conn, request.tenant, id)?, changed))
}

fn act(conn: &mut Conn, request: Request<'_>, conflict: &Conflict, choice: &Choice) -> Result<Option<Changed>, Error> {
    let side = |text: &Option<String>| -> Result<Option<EventContent>, Error> {
        text.as_deref()
            .map(|text| serde_json::from_str(text).map_err(Error::internal))
            .transpose()
    };
    let (ours, theirs) = (side(&conflict.ours)?, side(&conflict.theirs)?);
    let wanted = match choice {
        Choice::Mine => ours,
        Choice::Theirs => theirs,
        Choice::Merge(content) => Some(content.as_ref().clone()),
    };
    let base: EventContent = serde_json::from_str(&conflict.base).map_err(Error::internal)?;
    let row = match db::events::get(conn, request.tenant, &conflict.event_id) {
        Ok(row) => Some(row),
        Err(db::Error::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let calendar = db::calendars::get(conn, request.tenant, &conflict.calendar_id)?;
    match (row, wanted) {
        (None, None) => Ok(None),
        (Some(row), None) => {
            let mut work = changes::begin(conn, request, &calendar)?;
            work.delete(&row)?;
            Ok(Some(changed(&row, work.finish()?)))
        }
        (Some(row), Some(wanted)) => {
            let now = super::events::content(&row)?;
            // What neither side touched may have moved on since.
            let desired = match choice {
                Choice::Merge(_) => wanted,
                Choice::Mine | Choice::Theirs => now.with(&wanted, &base.differences(&wanted)),
            };
            let desired = match (choice, side(&conflict.theirs)?) {
                (Choice::Theirs, Some(theirs)) => desired.with(&theirs, &fields(conflict)),
                _ => desired,
            };
            if now.differences(&desired).is_empty() {
                return Ok(None);
            }
            let mut work = changes::begin(conn, request, &calendar)?;
            work.update(&row, &desired)?;
            Ok(Some(changed(&row, work.finish()?)))
        }
        (None, Some(wanted)) => {
            let key = mirror::key(&[
                request.tenant.as_str(),
                &conflict.event_id,
                &conflict.id,
                choice.as_str(),
            ]);
            let name = (request.naming)(&calendar.provider, &key);
            let mut work = changes::begin(conn, request, &calendar)?;
            let row = new_row(&work, conflict.event_id.clone(), name, &key, &wanted)?;
            work.create(row, &key)?;
            Ok(Some(Changed {
                id: conflict.event_id.clone(),
                group: Some(work.finish()?),
            }))
        }
    }
}

fn changed(row: &Row, group: String) -> Changed {
    let id = super::mirror::name(&row.id, row.series_id.as_deref(), row.original_key.as_deref());
    Changed { id, group: Some(group) }
}

/// The fields both sides changed.
pub fn fields(conflict: &Conflict) -> BTreeSet<Field> {
    let names: Vec<String> = serde_json::from_str(&conflict.fields).unwrap_or_default();
    names.iter().filter_map(|name| Field::parse(name)).collect()
}
