//! Changes that mean more than one occurrence of a series, and what becomes of occurrences that were changed by
//! themselves: what was agreed for them alone is kept.
//!
//! “This and following” makes a new series and ends the old one before it. The new one is promised first, so that a
//! crash in between leaves both visible instead of losing the tail; and the old one is ended only when it stands.

use std::collections::BTreeSet;

use db::events::Event as Row;
use domain::{
    calendar::Provider,
    event::{EventContent, EventStatus, Field},
    id::OccurrenceKey,
    recurrence::{Problem as Fault, Series, shift_lines},
    time::EventTime,
};

use super::{
    changes::{Error, Request, key_of, new_row, override_row, without},
    events::{Named, Subject, content},
    mirror,
    outbox::{Work, is_hidden},
};

/// What becomes of a series.
struct Heir<'a> {
    /// What the series says that goes on.
    content: &'a EventContent,
    /// Where an occurrence was.
    from: &'a EventTime,
    /// Where the same occurrence is now.
    to: &'a EventTime,
}

impl Heir<'_> {
    /// Where an occurrence that was at `at` is now.
    fn moved(&self, at: &EventTime) -> Option<EventTime> {
        let shift = self.to.local().duration_since(self.from.local());
        Some(self.to.with_local(at.local().checked_add(shift).ok()?))
    }
}

/// The overrides of the series, cancelled ones too, by original start.
///
/// # Errors
/// Those of the database.
pub fn overrides(work: &mut Work<'_>, subject: &Subject) -> Result<Vec<Row>, Error> {
    if !subject.row.is_recurring {
        return Ok(Vec::new());
    }
    let mut rows = db::events::overrides(work.conn, work.tenant, &[&subject.row.id])?;
    rows.retain(|row| !is_hidden(row));
    Ok(rows)
}

/// Whether the occurrence was taken out of its series.
fn is_out(row: &Row) -> bool {
    row.status == EventStatus::Cancelled.as_str()
}

/// What the rule says of those of the overrides that were taken out, so that they stay out of the series that goes on.
pub fn taken_out(overrides: &[Row], master: &EventContent) -> Option<String> {
    let keys: Vec<&str> = overrides
        .iter()
        .filter(|row| is_out(row))
        .filter_map(|row| row.original_key.as_deref())
        .collect();
    master.exdate(&keys)
}

/// Lines of the rule of a series that begins at `start` from now on.
fn moved_lines(subject: &Subject, lines: &[String], start: &EventTime) -> Result<Vec<String>, Error> {
    if *start == subject.content.start {
        return Ok(lines.to_vec());
    }
    shift_lines(lines, &subject.content.start, start, subject.zone()).map_err(|e| Error::rule(&e))
}

/// What the rule of a series that begins at `start` from now on says of what was taken out of it.
fn moved_out(subject: &Subject, overrides: &[Row], start: &EventTime) -> Result<Vec<String>, Error> {
    let out: Vec<String> = taken_out(overrides, &subject.content).into_iter().collect();
    moved_lines(subject, &out, start)
}

/// Who says what the rule of a series is that was changed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Who says nothing about it when the series moves wants it to move along.
    Follows,
    /// It was said again with everything else, and is meant as it stands.
    Stands,
}

/// Changes the series itself. What was taken out stays out, also of one that moves, unless its rule is another one.
///
/// # Errors
/// [`Error`].
pub fn change_itself(
    work: &mut Work<'_>,
    subject: &Subject,
    mut desired: EventContent,
    fields: &BTreeSet<Field>,
    rule: Rule,
) -> Result<(), Error> {
    let mut fields = fields.clone();
    let overrides = overrides(work, subject)?;
    if fields.contains(&Field::Time) && subject.content.is_recurring() && desired.is_recurring() {
        let along = moved_lines(subject, &subject.content.recurrence, &desired.start)?;
        let said = fields.contains(&Field::Recurrence);
        if !said || desired.recurrence == along {
            if !said && rule == Rule::Follows {
                desired.recurrence = along;
            }
            desired
                .recurrence
                .extend(moved_out(subject, &overrides, &desired.start)?);
        }
        if desired.recurrence != subject.content.recurrence {
            fields.insert(Field::Recurrence);
        }
        let faults = domain::validation::validate_change(&subject.content, &desired, subject.zone());
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
    }
    write_all(work, subject, desired, &fields, overrides)
}

/// Changes the whole series as an occurrence of it was changed: a new time moves every occurrence by as much.
///
/// # Errors
/// [`Error`].
pub fn change_all(
    work: &mut Work<'_>,
    subject: &Subject,
    base: &EventContent,
    desired: &EventContent,
    fields: &BTreeSet<Field>,
) -> Result<(), Error> {
    let mut fields = fields.clone();
    let mut master = subject.content.with(desired, &without(&fields, Field::Time));
    let overrides = overrides(work, subject)?;
    if fields.contains(&Field::Time) {
        let (start, end) = moved(&subject.content, base, desired)?;
        if !fields.contains(&Field::Recurrence) {
            master.recurrence = moved_lines(subject, &subject.content.recurrence, &start)?;
            master.recurrence.extend(moved_out(subject, &overrides, &start)?);
            if master.recurrence != subject.content.recurrence {
                fields.insert(Field::Recurrence);
            }
        }
        (master.start, master.end) = (start, end);
    }
    let faults = domain::validation::validate_change(&subject.content, &master, subject.zone());
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let start = master.start.clone();
    write_all(work, subject, master, &fields, overrides)?;
    change_named(work, subject, &start, desired, fields)
}

/// The occurrence that the caller changed for all may have been changed by itself before: it does not hear of what its
/// series says, and is told.
fn change_named(
    work: &mut Work<'_>,
    subject: &Subject,
    start: &EventTime,
    desired: &EventContent,
    mut fields: BTreeSet<Field>,
) -> Result<(), Error> {
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
        content: desired,
        from: &subject.content.start,
        to: start,
    };
    let there = heir.moved(original_start).and_then(|at| OccurrenceKey::of(&at).ok());
    let Some(there) = there else { return Ok(()) };
    match db::events::override_of(work.conn, work.tenant, &subject.row.id, &there.to_string()) {
        Ok(row) => {
            let said = content(&row)?.with(desired, &fields);
            Ok(work.update(&row, &said)?)
        }
        Err(db::Error::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes the whole series. Occurrences that were changed by themselves go along when it moves, and are written again where
/// the provider forgets them with the old rule.
///
/// # Errors
/// [`Error`].
pub fn write_all(
    work: &mut Work<'_>,
    subject: &Subject,
    mut master: EventContent,
    fields: &BTreeSet<Field>,
    overrides: Vec<Row>,
) -> Result<(), Error> {
    let moves = fields.contains(&Field::Time);
    let keeps = Provider::parse(&work.calendar.provider).is_none_or(Provider::keeps_exceptions);
    let forgets = !keeps && fields.contains(&Field::Recurrence);
    if forgets && !moves && master.is_recurring() {
        master.recurrence.extend(taken_out(&overrides, &subject.content));
    }
    work.update(&subject.row, &master)?;
    if moves || forgets {
        carry(work, subject, &master, &overrides)?;
    }
    Ok(())
}

/// A series that is gone at its provider is to be written anew: what was taken out of it stays out, and what was changed by
/// itself is said again. `known`: what the provider knew of the series. Gives the rows of its dates.
///
/// # Errors
/// [`Error`].
pub fn written_anew(work: &mut Work<'_>, subject: &Subject, known: &EventContent) -> Result<Vec<String>, Error> {
    let overrides = overrides(work, subject)?;
    let mut master = subject.content.clone();
    if let Some(out) = taken_out(&overrides, &master) {
        master.recurrence.push(out);
        work.say(&subject.row.id, true, &master)?;
    }
    // Its dates lie where it says so here, and differ from what was known there.
    let content = EventContent {
        start: subject.content.start.clone(),
        end: subject.content.end.clone(),
        recurrence: subject.content.recurrence.clone(),
        ..known.clone()
    };
    let former = Subject {
        content,
        ..subject.clone()
    };
    carry(work, &former, &master, &overrides)?;
    Ok(overrides.into_iter().map(|row| row.id).collect())
}

/// Takes occurrences that were changed by themselves along to what the series says from now on, and promises them again.
fn carry(work: &mut Work<'_>, subject: &Subject, master: &EventContent, overrides: &[Row]) -> Result<(), Error> {
    let heir = Heir {
        content: master,
        from: &subject.content.start,
        to: &master.start,
    };
    let mut homeless = Vec::new();
    for row in overrides {
        let carried = if is_out(row) || !master.is_recurring() {
            None
        } else {
            carried(work, subject, row, &heir)?
        };
        match carried {
            Some((original, base, said)) => {
                let key = OccurrenceKey::of(&original).map_err(Error::internal)?;
                let text = serde_json::to_string(&original).map_err(Error::internal)?;
                work.forget(&row.id)?;
                db::mirror::place(work.conn, &row.id, &key.to_string(), &text)?;
                work.say(&row.id, false, &said)?;
                work.moved(row, &key.to_string());
                let base = serde_json::to_string(&base).map_err(Error::internal)?;
                work.promise(&row.id, super::outbox::UPDATE, None, Some(base))?;
            }
            None => homeless.push(row.id.as_str()),
        }
    }
    erase(work, &homeless)
}

/// Takes overrides out of the mirror that have no place any more, with what was promised about them.
fn erase(work: &mut Work<'_>, ids: &[&str]) -> Result<(), Error> {
    for id in ids {
        work.forget(id)?;
    }
    Ok(db::mirror::erase(work.conn, work.tenant, ids)?)
}

/// Where a changed occurrence is in the series that goes on, what that series says there, and what the occurrence says.
type Carried = Option<(EventTime, EventContent, EventContent)>;

fn carried(work: &Work<'_>, subject: &Subject, row: &Row, heir: &Heir<'_>) -> Result<Carried, Error> {
    let zone = work.zone();
    let series = |content: &EventContent| content.series(zone).map_err(|e| Error::rule(&e));
    let (old, new) = (series(&subject.content)?, series(heir.content)?);
    let said = content(row)?;
    let Some(key) = key_of(row) else { return Ok(None) };
    let Some(original) = key.to_event_time(&subject.content.start).ok().flatten() else {
        return Ok(None);
    };
    let ruled = |series: &Series, key| series.find(key).map_err(|e| Error::rule(&e));
    let Some(there) = heir.moved(&original).and_then(|at| OccurrenceKey::of(&at).ok()) else {
        return Ok(None);
    };
    let Some(place) = ruled(&new, &there)? else {
        return Ok(None);
    };
    let mut before = EventContent {
        recurrence: Vec::new(),
        ..subject.content.clone()
    };
    if let Some(place) = ruled(&old, &key)? {
        (before.start, before.end) = (place.start, place.end);
    }
    let fields = without(&before.differences(&said), Field::Recurrence);
    let base = EventContent {
        recurrence: Vec::new(),
        start: place.start.clone(),
        end: place.end,
        ..heir.content.clone()
    };
    let after = base.with(&said, &fields);
    Ok(Some((place.start, base, after)))
}

/// Start and end of the series when the occurrence `base` becomes `desired`.
fn moved(master: &EventContent, base: &EventContent, desired: &EventContent) -> Result<(EventTime, EventTime), Error> {
    let out_of_range = |_| Error::invalid("/start", "time_out_of_range", "the series would begin out of range");
    let by = |from: &EventTime, to: &EventTime| to.local().duration_since(from.local());
    let shift = by(&base.start, &desired.start);
    let length = by(&desired.start, &desired.end);
    let start = master.start.local().checked_add(shift).map_err(out_of_range)?;
    let end = start.checked_add(length).map_err(out_of_range)?;
    Ok((desired.start.with_local(start), desired.end.with_local(end)))
}

/// Changes an occurrence and all later ones. Gives the identifier of the series that begins there.
///
/// # Errors
/// [`Error`].
pub fn change_following(
    work: &mut Work<'_>,
    request: Request<'_>,
    subject: &Subject,
    named: &Named,
    (base, desired): (&EventContent, &EventContent),
    fields: &BTreeSet<Field>,
) -> Result<String, Error> {
    let split = match subject.series()?.split(&named.original_start) {
        Ok(split) => split,
        Err(fault) if matches!(fault.problem, Fault::SplitAtFirst) => {
            change_all(work, subject, base, desired, fields)?;
            return Ok(subject.row.id.clone());
        }
        Err(fault) => return Err(Error::rule(&fault)),
    };
    let later = later(work, subject, named)?;
    let mut tail = desired.clone();
    if !fields.contains(&Field::Recurrence) {
        let mut lines = split.after.clone();
        lines.extend(taken_out(&later, &subject.content));
        tail.recurrence =
            shift_lines(&lines, &named.original_start, &tail.start, subject.zone()).map_err(|e| Error::rule(&e))?;
    }
    if !fields.contains(&Field::Time) && named.row.is_some() {
        // The occurrence was moved by itself before; the series goes on where its rule says.
        (tail.start, tail.end) = placed(subject, named)?;
    }
    let faults = domain::validation::validate(&tail, subject.zone());
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let key = mirror::key(&[
        work.tenant.as_str(),
        &subject.row.id,
        &subject.row.revision.to_string(),
        &named.key.to_string(),
    ]);
    let name = (request.naming)(&work.calendar.provider, &key);
    let id = mirror::id(&work.calendar.id, &name);
    let row = new_row(work, id.clone(), name.clone(), &key, &tail)?;
    work.create(row, &key)?;
    let heir = Heir {
        content: &tail,
        from: &named.original_start,
        to: &tail.start,
    };
    // The occurrence at the cut is what the caller has just said.
    let at_cut = named.key.to_string();
    for row in later.iter().filter(|row| !is_out(row)) {
        if row.original_key.as_deref() == Some(at_cut.as_str()) {
            continue;
        }
        if let Some((original, base, said)) = carried(work, subject, row, &heir)? {
            let new = override_row(work, (&id, &name, &key), &original, &said)?;
            work.occurrence(new, &base)?;
        }
    }
    cut(work, subject, split.before, &later)?;
    Ok(id)
}

/// Where the rule puts an occurrence that was moved by itself.
fn placed(subject: &Subject, named: &Named) -> Result<(EventTime, EventTime), Error> {
    let found = subject.series()?.find(&named.key).map_err(|e| Error::rule(&e))?;
    match found {
        Some(occurrence) => Ok((occurrence.start, occurrence.end)),
        None => Ok((named.content.start.clone(), named.content.end.clone())),
    }
}

/// Deletes an occurrence and all later ones.
///
/// # Errors
/// [`Error`].
pub fn delete_following(work: &mut Work<'_>, subject: &Subject, named: &Named) -> Result<(), Error> {
    match subject.series()?.split(&named.original_start) {
        Ok(split) => {
            let later = later(work, subject, named)?;
            cut(work, subject, split.before, &later)
        }
        Err(fault) if matches!(fault.problem, Fault::SplitAtFirst) => Ok(work.delete(&subject.row)?),
        Err(fault) => Err(Error::rule(&fault)),
    }
}

/// Ends the series before the cut, and takes away the overrides behind it: whether they end with their series is not
/// promised anywhere.
fn cut(work: &mut Work<'_>, subject: &Subject, before: Vec<String>, later: &[Row]) -> Result<(), Error> {
    let content = EventContent {
        recurrence: before,
        ..subject.content.clone()
    };
    let mut earlier = overrides(work, subject)?;
    earlier.retain(|row| later.iter().all(|one| one.id != row.id));
    write_all(work, subject, content, &BTreeSet::from([Field::Recurrence]), earlier)?;
    let (out, live): (Vec<&Row>, Vec<&Row>) = later.iter().partition(|row| is_out(row));
    let out: Vec<&str> = out.into_iter().map(|row| row.id.as_str()).collect();
    erase(work, &out)?;
    for row in live {
        if row.remote_id.starts_with(super::outbox::PENDING) {
            erase(work, &[&row.id])?;
        } else {
            work.delete(row)?;
        }
    }
    Ok(())
}

/// The overrides at and behind the cut, cancelled ones too.
fn later(work: &mut Work<'_>, subject: &Subject, named: &Named) -> Result<Vec<Row>, Error> {
    let key = named.key.to_string();
    // Keys of one series are of one form, so that they sort by time.
    Ok(overrides(work, subject)?
        .into_iter()
        .filter(|row| row.original_key.as_deref().is_some_and(|one| one >= key.as_str()))
        .collect())
}
