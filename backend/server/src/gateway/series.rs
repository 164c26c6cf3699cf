//! Writes that mean more than one occurrence of a series.
//!
//! “This and following” takes two writes: first the new series, under a name derived from the old one, its version and
//! the place of the cut; then the old rule is cut with `If-Match`. A crash in between leaves both visible instead of
//! losing the tail, and repeating the request finds the first write. A cut that is refused takes the new series back.

use std::collections::BTreeSet;

use db::events::Event as Row;
use domain::{
    event::{EventContent, Field, Notify},
    recurrence::{Problem as Fault, shift_lines},
    time::EventTime,
};
use providers::{Batch, CalendarProvider, Target};

use super::{
    carry::{self, Heir},
    desk::{Desk, Refusal},
    events::{change, whole},
    remote,
};
use crate::ops::events::{Named, Subject};

/// What `other` says differently, as far as we write it: answers are the guests' own.
pub fn differences(one: &EventContent, other: &EventContent) -> BTreeSet<Field> {
    let mut fields = one.changed(other);
    if guests(one) == guests(other) {
        fields.remove(&Field::Attendees);
    }
    fields
}

/// Who is invited, whatever they answered.
pub fn guests(content: &EventContent) -> BTreeSet<String> {
    content.attendees.iter().map(|a| a.email.to_lowercase()).collect()
}

/// Changes the whole series as an occurrence of it was changed: a new time moves every occurrence by as much.
///
/// # Errors
/// [`Refusal`].
pub async fn change_all(
    desk: &Desk,
    subject: &Subject,
    base: &EventContent,
    desired: &EventContent,
    fields: &BTreeSet<Field>,
    notify: Notify,
) -> Result<(), Refusal> {
    let mut master = with(&subject.content, desired, fields);
    let mut fields = fields.clone();
    let overrides = carry::overrides(desk, subject).await?;
    if fields.contains(&Field::Time) {
        let (start, end) = moved(&subject.content, base, desired)?;
        if !fields.contains(&Field::Recurrence) {
            let mut lines = subject.content.recurrence.clone();
            lines.extend(carry::taken_out(&overrides, &subject.content));
            master.recurrence =
                shift_lines(&lines, &subject.content.start, &start, subject.zone()).map_err(|e| Refusal::rule(&e))?;
            if master.recurrence != subject.content.recurrence {
                fields.insert(Field::Recurrence);
            }
        }
        (master.start, master.end) = (start, end);
    }
    let faults = domain::validation::validate_change(&subject.content, &master, subject.zone());
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let start = master.start.clone();
    write_all(desk, subject, master, fields.clone(), overrides, notify).await?;
    change_named(desk, subject, &start, desired, fields, notify).await
}

/// The occurrence that the caller changed for all may have been changed by itself before: it does not hear of what its
/// series says, and is told.
async fn change_named(
    desk: &Desk,
    subject: &Subject,
    start: &EventTime,
    desired: &EventContent,
    mut fields: BTreeSet<Field>,
    notify: Notify,
) -> Result<(), Refusal> {
    let Some(Named {
        row: Some(_),
        original_start,
        ..
    }) = &subject.occurrence
    else {
        return Ok(());
    };
    if fields.remove(&Field::Recurrence) && !fields.contains(&Field::Time) {
        // Another rule may not have this occurrence any more.
        return Ok(());
    }
    let heir = Heir {
        remote_id: &subject.row.remote_id,
        content: desired,
        from: &subject.content.start,
        to: start,
    };
    let target = Target {
        remote_id: subject.row.remote_id.clone(),
        occurrence: heir.moved(original_start),
    };
    let content = EventContent {
        recurrence: Vec::new(),
        ..desired.clone()
    };
    desk.update(&target, &change(subject, content, fields, None, notify))
        .await?;
    Ok(())
}

/// Writes the whole series. Occurrences that were changed by themselves go along when it moves.
///
/// # Errors
/// [`Refusal`].
pub async fn write_all(
    desk: &Desk,
    subject: &Subject,
    master: EventContent,
    fields: BTreeSet<Field>,
    overrides: Vec<Row>,
    notify: Notify,
) -> Result<(), Refusal> {
    let target = whole(subject);
    let moves = fields.contains(&Field::Time);
    let change = change(subject, master.clone(), fields, subject.row.etag.clone(), notify);
    let one_object = desk.merge(&target, change, &subject.content).await?;
    if one_object || !moves || overrides.is_empty() || !master.is_recurring() {
        return Ok(());
    }
    forget(desk, &overrides).await?;
    let heir = Heir {
        remote_id: &target.remote_id,
        content: &master,
        from: &subject.content.start,
        to: &master.start,
    };
    carry::carry(desk, subject, &overrides, &heir, notify).await
}

/// Takes overrides out of the mirror whose occurrences are not where they were.
async fn forget(desk: &Desk, overrides: &[Row]) -> Result<(), Refusal> {
    let removed = overrides.iter().map(|row| row.remote_id.clone()).collect();
    desk.record(
        &desk.calendar,
        Batch {
            removed,
            ..Batch::default()
        },
    )
    .await
}

/// Start and end of the series when the occurrence `base` becomes `desired`.
fn moved(
    master: &EventContent,
    base: &EventContent,
    desired: &EventContent,
) -> Result<(EventTime, EventTime), Refusal> {
    let out_of_range = |_| Refusal::invalid("/start", "time_out_of_range", "the series would begin out of range");
    let by = |from: &EventTime, to: &EventTime| to.local().duration_since(from.local());
    let shift = by(&base.start, &desired.start);
    let length = by(&desired.start, &desired.end);
    let start = master.start.local().checked_add(shift).map_err(out_of_range)?;
    let end = start.checked_add(length).map_err(out_of_range)?;
    Ok((desired.start.with_local(start), desired.end.with_local(end)))
}

/// `content` with these fields as in `desired`.
pub fn with(content: &EventContent, desired: &EventContent, fields: &BTreeSet<Field>) -> EventContent {
    let mut content = content.clone();
    for field in fields {
        match field {
            Field::Title => content.title.clone_from(&desired.title),
            Field::Description => content.description.clone_from(&desired.description),
            Field::Location => content.location.clone_from(&desired.location),
            // Moved by the caller: a series begins elsewhere than its occurrences.
            Field::Time => {}
            Field::Recurrence => content.recurrence.clone_from(&desired.recurrence),
            Field::Attendees => content.attendees.clone_from(&desired.attendees),
            Field::Reminders => content.reminders.clone_from(&desired.reminders),
            Field::Visibility => content.visibility = desired.visibility,
            Field::Transparency => content.transparency = desired.transparency,
            Field::Status => content.status = desired.status,
            Field::Colour => content.colour.clone_from(&desired.colour),
            Field::Metadata => content.metadata.clone_from(&desired.metadata),
        }
    }
    content
}

/// The occurrence a write means, which its caller has made sure of.
fn meant(subject: &Subject) -> Result<&Named, Refusal> {
    let missing = || {
        Refusal::invalid(
            "/query/scope",
            "needs_occurrence",
            "name an occurrence to change it and all later ones",
        )
    };
    subject.occurrence.as_ref().ok_or_else(missing)
}

/// Changes an occurrence and all later ones. Gives the provider's name of the series that begins there.
///
/// # Errors
/// [`Refusal`]; then the series is as it was.
pub async fn change_following(
    desk: &Desk,
    subject: &Subject,
    base: &EventContent,
    desired: &EventContent,
    fields: &BTreeSet<Field>,
    notify: Notify,
) -> Result<String, Refusal> {
    let named = meant(subject)?;
    let split = match subject.series().map_err(|e| internal(&e))?.split(&named.original_start) {
        Ok(split) => split,
        Err(fault) if matches!(fault.problem, Fault::SplitAtFirst) => {
            change_all(desk, subject, base, desired, fields, notify).await?;
            return Ok(subject.row.remote_id.clone());
        }
        Err(fault) => return Err(Refusal::rule(&fault)),
    };
    let later = later_overrides(desk, subject, named).await?;
    let mut tail = desired.clone();
    if !fields.contains(&Field::Recurrence) {
        let mut lines = split.after.clone();
        lines.extend(carry::taken_out(&later, &subject.content));
        tail.recurrence =
            shift_lines(&lines, &named.original_start, &tail.start, subject.zone()).map_err(|e| Refusal::rule(&e))?;
    }
    if !fields.contains(&Field::Time) && named.row.is_some() {
        // The occurrence was moved by itself before; the series goes on where its rule says.
        (tail.start, tail.end) = placed(subject, named)?;
    }
    let faults = domain::validation::validate(&tail, subject.zone());
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let key = remote::key(&[
        desk.tenant.as_str(),
        &subject.row.id,
        &subject.row.revision.to_string(),
        &named.key.to_string(),
    ]);
    let remote_id = desk.create(key, tail.clone(), notify).await?;
    let heir = Heir {
        remote_id: &remote_id,
        content: &tail,
        from: &named.original_start,
        to: &tail.start,
    };
    let done = async {
        say(desk, &remote_id, &tail, notify).await?;
        // The occurrence at the cut is what the caller has just said.
        let behind: Vec<Row> = later.iter().filter(|row| !at(row, named)).cloned().collect();
        carry::carry(desk, subject, &behind, &heir, notify).await?;
        cut(desk, subject, split.before, &later, notify).await
    };
    if let Err(refusal) = done.await {
        let target = Target {
            remote_id: remote_id.clone(),
            occurrence: None,
        };
        if let Err(error) = desk.delete(&target, None, notify).await {
            tracing::warn!(%error, "the tail of a series could not be taken back");
        }
        return Err(refusal);
    }
    Ok(remote_id)
}

/// Whether the override is the named occurrence's.
fn at(row: &Row, named: &Named) -> bool {
    row.original_key.as_deref() == Some(named.key.to_string().as_str())
}

/// Where the rule puts an occurrence that was moved by itself.
fn placed(subject: &Subject, named: &Named) -> Result<(EventTime, EventTime), Refusal> {
    let found = subject
        .series()
        .map_err(|e| internal(&e))?
        .find(&named.key)
        .map_err(|e| Refusal::rule(&e))?;
    match found {
        Some(occurrence) => Ok((occurrence.start, occurrence.end)),
        None => Ok((named.content.start.clone(), named.content.end.clone())),
    }
}

/// A series that an earlier, lost call wrote may say something else than this one.
async fn say(desk: &Desk, remote_id: &str, tail: &EventContent, notify: Notify) -> Result<(), Refusal> {
    let (calendar, name) = (desk.calendar.id.clone(), remote_id.to_owned());
    let row = desk
        .app
        .read(move |c| db::events::by_remote(c, &calendar, &name))
        .await?;
    let said = crate::ops::events::content(&row).map_err(|e| internal(&e))?;
    if differences(&said, tail).is_empty() {
        return Ok(());
    }
    let target = Target {
        remote_id: remote_id.to_owned(),
        occurrence: None,
    };
    let change = providers::Change {
        content: tail.clone(),
        fields: said.changed(tail),
        etag: row.etag,
        calendar_zone: desk.zone(),
        notify,
    };
    desk.update(&target, &change).await?;
    Ok(())
}

/// Deletes an occurrence and all later ones.
///
/// # Errors
/// [`Refusal`].
pub async fn delete_following(desk: &Desk, subject: &Subject, notify: Notify) -> Result<(), Refusal> {
    let named = meant(subject)?;
    match subject.series().map_err(|e| internal(&e))?.split(&named.original_start) {
        Ok(split) => {
            let later = later_overrides(desk, subject, named).await?;
            cut(desk, subject, split.before, &later, notify).await
        }
        Err(fault) if matches!(fault.problem, Fault::SplitAtFirst) => {
            desk.delete(&whole(subject), subject.row.etag.as_deref(), notify).await
        }
        Err(fault) => Err(Refusal::rule(&fault)),
    }
}

/// Ends the series before the cut, and takes away the overrides behind it.
async fn cut(
    desk: &Desk,
    subject: &Subject,
    before: Vec<String>,
    later: &[Row],
    notify: Notify,
) -> Result<(), Refusal> {
    let content = EventContent {
        recurrence: before.clone(),
        ..subject.content.clone()
    };
    let fields = BTreeSet::from([Field::Recurrence]);
    let target = whole(subject);
    let change = change(subject, content, fields, subject.row.etag.clone(), notify);
    let batch = match desk.provider.update(&desk.calendar.remote_id, &target, &change).await {
        Ok(batch) => batch,
        // No answer is not a no: what the provider holds decides.
        Err(error @ (providers::Error::Unreachable { .. } | providers::Error::TryLater { .. })) => {
            let batch = desk
                .provider
                .event(&desk.calendar.remote_id, &target.remote_id)
                .await
                .map_err(|_| desk.failed(error.clone()))?;
            let done = batch
                .upserts
                .iter()
                .any(|e| e.remote_id == target.remote_id && e.content.recurrence == before);
            if !done {
                return Err(desk.failed(error));
            }
            batch
        }
        Err(error) => return Err(desk.refused(&target, error).await),
    };
    let one_object = batch.complete_series.contains(&target.remote_id);
    desk.record(&desk.calendar, batch).await?;
    if !one_object {
        // Whether they end with their series is not promised anywhere. The series has ended: too late to refuse.
        for row in later.iter().filter(|row| !carry::is_out(row)) {
            let target = Target {
                remote_id: row.remote_id.clone(),
                occurrence: None,
            };
            if let Err(error) = desk.delete(&target, None, notify).await {
                tracing::warn!(%error, event = row.id, "an occurrence behind the end of its series could not be deleted");
            }
        }
    }
    forget(desk, later).await
}

/// The overrides at and behind the cut, cancelled ones too.
async fn later_overrides(desk: &Desk, subject: &Subject, named: &Named) -> Result<Vec<Row>, Refusal> {
    let key = named.key.to_string();
    let rows = carry::overrides(desk, subject).await?;
    // Keys of one series are of one form, so that they sort by time.
    Ok(rows
        .into_iter()
        .filter(|row| row.original_key.as_deref().is_some_and(|one| one >= key.as_str()))
        .collect())
}

/// A fault of ours in the mirror.
pub fn internal(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::Failed(super::Error::Internal(error.to_string()))
}
