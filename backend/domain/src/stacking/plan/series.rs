//! What events are known by beside our ids, and series with what is changed of them.

use super::key_of;
use crate::{
    event::{EXTERNAL_ID, EventContent, EventStatus},
    id::EventRef,
    stacking::{
        draft::{Draft, Existing, Override},
        patch::same_lines,
    },
};

/// How the external id of an event begins that was made with a UID.
const KEPT_UID: &str = "uid:";

/// The external id of an event that was made with a UID. Providers give events UIDs of their own; by this the event is found
/// again, and exported under the UID it came with.
pub fn kept_uid(uid: &str) -> String {
    format!("{KEPT_UID}{uid}")
}

/// The UID that an event is known by outside: the one it came with, or its provider's.
pub fn known_uid<'a>(content: &'a EventContent, uid: &'a str) -> &'a str {
    let kept = key_of(content).and_then(|key| key.strip_prefix(KEPT_UID));
    kept.unwrap_or(uid)
}

/// Whether an event is the one a draft means by its UID, or of the same series.
pub(super) fn is_of(draft: &Draft, one: &Existing) -> bool {
    let Some(uid) = &draft.uid else { return false };
    Some(&one.calendar) == draft.calendar.as_ref() && (one.uid == *uid || known_uid(&one.content, &one.uid) == uid)
}

/// The UID of an event that stands for itself although it was an occurrence of a series that nobody has.
fn alone(uid: &str, occurrence: &str) -> String {
    format!("{uid}/{occurrence}")
}

/// Whether an event was made of such an occurrence.
pub(super) fn stands_alone(draft: &Draft, one: &Existing) -> bool {
    match (&draft.uid, &draft.occurrence) {
        (Some(uid), Some(occurrence)) => {
            Some(&one.calendar) == draft.calendar.as_ref() && known_uid(&one.content, "") == alone(uid, occurrence)
        }
        _ => false,
    }
}

/// Which occurrence an event is.
pub(super) fn key_of_occurrence(one: &Existing) -> Option<String> {
    Some(EventRef::parse(&one.id)?.key?.to_string())
}

/// Whether a draft takes an occurrence out of its series.
pub(super) fn takes_out(draft: &Draft) -> bool {
    draft.occurrence.is_some() && draft.patch.status == Some(EventStatus::Cancelled)
}

/// The new event with what tells it apart from others, and without the dates that were taken out of it; and those that are
/// unlike it.
pub(super) fn made(draft: &Draft, mut after: EventContent) -> (EventContent, Vec<Override>) {
    if let (None, Some(uid)) = (&draft.external_id, &draft.uid) {
        let key = after.metadata.entry(EXTERNAL_ID.to_owned());
        key.or_insert_with(|| match &draft.occurrence {
            Some(occurrence) => kept_uid(&alone(uid, occurrence)),
            None => kept_uid(uid),
        });
    }
    if let Some(title) = draft.untitled.filter(|_| after.title.trim().is_empty()) {
        title.clone_into(&mut after.title);
    }
    leave_out_dates(&mut after, &draft.overrides);
    let mut overrides: Vec<Override> = draft
        .overrides
        .iter()
        .filter(|one| one.content.is_some())
        .cloned()
        .collect();
    for content in overrides.iter_mut().filter_map(|one| one.content.as_mut()) {
        if let Some(key) = after.metadata.get(EXTERNAL_ID) {
            let own = content.metadata.entry(EXTERNAL_ID.to_owned());
            own.or_insert_with(|| key.clone());
        }
        if content.title.trim().is_empty() {
            content.title.clone_from(&after.title);
        }
    }
    (after, overrides)
}

/// The keys of those dates of a series that were taken out of it.
fn taken_out(dates: &[Override]) -> Vec<String> {
    let out = dates.iter().filter(|one| one.content.is_none());
    out.filter_map(|one| one.original.occurrence_key().ok()).collect()
}

/// Says in the rule of a new series which dates it does not have.
pub(in crate::stacking) fn leave_out_dates(series: &mut EventContent, dates: &[Override]) {
    let line = series.exdate(&taken_out(dates));
    series.recurrence.extend(line);
}

/// Dates that were taken out of a series by themselves stand in its rule where we made it of a file: that is no difference
/// to the file, and they stay out.
pub(super) fn leave_out(draft: &Draft, before: &Existing, after: &mut EventContent) {
    let keys = taken_out(&draft.overrides);
    if keys.is_empty() {
        return;
    }
    let without = |lines: &[String]| -> (Vec<String>, Vec<String>) {
        let (out, kept) = lines.iter().cloned().partition(|line| {
            let dates = line
                .split_once(':')
                .filter(|(head, _)| head.to_uppercase().starts_with("EXDATE"));
            dates.is_some_and(|(_, dates)| dates.split(',').all(|date| keys.iter().any(|key| key == date.trim())))
        });
        (kept, out)
    };
    let ((mine, _), (theirs, out)) = (without(&after.recurrence), without(&before.content.recurrence));
    if same_lines(&mine, &theirs) {
        after.recurrence.clone_from(&before.content.recurrence);
    } else {
        after.recurrence = mine;
        after.recurrence.extend(out);
    }
}
