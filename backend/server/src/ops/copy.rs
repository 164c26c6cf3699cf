//! Copies of events in other calendars, of any account. A copy is an event of its own, to which nobody is invited.

use db::{Conn, calendars::Calendar, events::Event as Row};
use domain::{
    event::{EventContent, EventStatus},
    id::OccurrenceKey,
    time::EventTime,
};

use super::{
    changes::{Changed, Error, Request, create, create_with, key_of, override_row},
    events::{Subject, content},
    outbox::{Work, is_hidden},
    series,
};

/// Copies what is named: an event, an occurrence by itself, or a series with its changed occurrences.
///
/// # Errors
/// [`Error::ReadOnly`]; [`Error::Invalid`] for a rule that cannot be worked with.
pub fn copy(
    conn: &mut Conn,
    request: Request<'_>,
    subject: &Subject,
    to: &Calendar,
    key: &str,
) -> Result<Changed, Error> {
    let copied = |content: &EventContent| EventContent {
        // Each provider has colours of its own.
        colour: content
            .colour
            .clone()
            .filter(|_| subject.calendar.provider == to.provider),
        start: content.start.public(),
        end: content.end.public(),
        ..content.copied()
    };
    if subject.occurrence.is_some() || !subject.row.is_recurring {
        let alone = EventContent {
            recurrence: Vec::new(),
            ..copied(subject.said())
        };
        return create(conn, request, to, key, &alone);
    }
    let mut overrides = db::events::overrides(conn, request.tenant, &[&subject.row.id])?;
    overrides.retain(|row| !is_hidden(row));
    let mut master = copied(&subject.content);
    master
        .recurrence
        .extend(series::taken_out(&overrides, &subject.content));
    overrides.retain(|row| row.status != EventStatus::Cancelled.as_str());
    create_with(conn, request, to, key, &master, |work, names| {
        overrides
            .iter()
            .try_for_each(|row| changed(work, names, &master, row, &copied))
    })
}

/// Copies an occurrence that was changed by itself into the copy of its series.
fn changed(
    work: &mut Work<'_>,
    names: (&str, &str, &str),
    master: &EventContent,
    row: &Row,
    copied: &impl Fn(&EventContent) -> EventContent,
) -> Result<(), Error> {
    let Some(key) = key_of(row) else { return Ok(()) };
    let Some(original) = key.to_event_time(&master.start).ok().flatten() else {
        return Ok(());
    };
    unlike(work, names, master, &original, &copied(&content(row)?))
}

/// Gives a new series a date that is unlike it.
///
/// # Errors
/// [`Error`].
pub fn unlike(
    work: &mut Work<'_>,
    names: (&str, &str, &str),
    master: &EventContent,
    original: &EventTime,
    said: &EventContent,
) -> Result<(), Error> {
    let series = master.series(work.zone()).map_err(|e| Error::rule(&e))?;
    let key = OccurrenceKey::of(original).map_err(Error::internal)?;
    let Some(place) = series.find(&key).map_err(|e| Error::rule(&e))? else {
        // Its series has no such date any more: there it is shown, here it would be refused.
        return Ok(());
    };
    let base = EventContent {
        recurrence: Vec::new(),
        start: place.start.clone(),
        end: place.end,
        ..master.clone()
    };
    let new = override_row(work, names, &place.start, said)?;
    Ok(work.occurrence(new, &base)?)
}
