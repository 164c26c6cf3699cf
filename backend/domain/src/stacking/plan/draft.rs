//! Drafts, judged against what is there: what each is about, whether it came before, and what it comes to.

use super::{
    By, Change, Item, Of, Outcome, Planner, edit, identity, key_of, says_the_same,
    series::{self, is_of, key_of_occurrence, stands_alone, takes_out},
};
use crate::{
    event::{EventContent, EventStatus},
    stacking::{
        csv::{Target, violations},
        directory::Calendar,
        draft::{Draft, Existing},
        fault::{Fault, shown},
        patch::Lacking,
    },
    time::EventTime,
    validation::validate,
};

impl Planner<'_> {
    /// The event that the draft is about, if it is there.
    pub(super) fn subject<'f>(&self, draft: &Draft, found: &'f [Existing]) -> Result<Option<&'f Existing>, Fault> {
        if let Some(id) = &draft.id {
            return match found.iter().find(|one| one.id == *id) {
                Some(event) => Ok(Some(event)),
                None => {
                    let detail = "there is no event with this id any more; leave the id empty to make a new one";
                    Err(self.fault(draft.line, &Target::Id, "event_unknown", detail))
                }
            };
        }
        let here = || {
            found
                .iter()
                .filter(|one| Some(&one.calendar) == draft.calendar.as_ref())
                .filter(|one| key_of_occurrence(one) == draft.occurrence)
        };
        let by_key = draft
            .external_id
            .as_ref()
            .and_then(|key| here().find(|one| key_of(&one.content) == Some(key)));
        let by_uid = || here().find(|one| is_of(draft, one));
        let by_itself = || found.iter().find(|one| stands_alone(draft, one));
        Ok(by_key.or_else(by_uid).or_else(by_itself))
    }

    /// What becomes of an occurrence that its series, which is here, does not have.
    pub(super) fn no_such(&self, draft: &Draft, found: &[Existing]) -> Option<Outcome> {
        let key = draft.occurrence.as_ref()?;
        let series = found
            .iter()
            .find(|one| key_of_occurrence(one).is_none() && is_of(draft, one))?;
        if takes_out(draft) {
            return Some(Outcome::Unchanged {
                line: draft.line,
                event: format!("{}_{key}", series.id),
            });
        }
        let detail = format!(
            "{} has no occurrence at {key}; make it an event of its own",
            shown(&series.content.title)
        );
        Some(Outcome::Bad(vec![Fault::row(draft.line, "occurrence_unknown", detail)]))
    }

    pub(super) fn take_out(&self, draft: &Draft, before: &Existing) -> Outcome {
        match self.writable(draft.line, &before.calendar) {
            Err(fault) => Outcome::Bad(vec![fault]),
            Ok(_) => {
                let change = Change::Delete { before: before.clone() };
                self.item(draft.line, &before.id, &before.calendar, change)
            }
        }
    }

    /// Whether an earlier line of the file was about the same event. A line with an id means that event, and no other that
    /// has the same key.
    pub(super) fn twice(&mut self, draft: &Draft) -> Option<Outcome> {
        let calendar = draft.calendar.as_deref().unwrap_or_default();
        let occurrence = draft.occurrence.as_deref().unwrap_or_default();
        let names = [
            (By::Id, "", draft.id.as_deref()),
            (By::ExternalId, calendar, draft.external_id.as_deref()),
            (By::Uid, calendar, draft.uid.as_deref()),
        ];
        let mut earlier = None;
        for (by, calendar, name) in names {
            let Some(name) = name else { continue };
            let before = self.seen.insert(by, &[calendar, name, occurrence], draft.line);
            if let (Some(line), true) = (before, by == By::Id || draft.id.is_none()) {
                earlier = earlier.or(Some((line, by)));
            }
        }
        let (line, by) = earlier?;
        Some(Outcome::Duplicate {
            line: draft.line,
            of: Of::Line(line),
            by,
        })
    }

    pub(super) fn update(&self, draft: &Draft, before: &Existing) -> Outcome {
        let mut after = draft.patch.apply(&before.content);
        series::leave_out(draft, before, &mut after);
        let zone = self
            .directory
            .get(&before.calendar)
            .map_or("UTC", |calendar| calendar.time_zone.as_str());
        if draft.patch.recurrence.is_none()
            && let Err((code, detail)) = edit::series_follows(&before.content, &mut after, zone)
        {
            return Outcome::Bad(vec![self.fault(draft.line, &Target::Start, code, detail)]);
        }
        let to = draft.calendar.as_ref().unwrap_or(&before.calendar);
        let same = *to == before.calendar && says_the_same(&before.content, &after);
        if !same && draft.etag.is_some() && draft.etag != before.etag {
            let detail = "the event was changed after this file was written; export it again, or empty the etag cell";
            return Outcome::Bad(vec![self.fault(draft.line, &Target::Etag, "changed_since", detail)]);
        }
        self.change(draft.line, before, to, after, &draft.unclear)
    }

    pub(super) fn create(&mut self, draft: &Draft, found: &[Existing]) -> Outcome {
        let Some(calendar) = draft.calendar.as_deref().and_then(|id| self.directory.get(id)) else {
            let detail = "no calendar is named";
            return Outcome::Bad(vec![self.fault(
                draft.line,
                &Target::Calendar,
                "calendar_missing",
                detail,
            )]);
        };
        let after = match draft.patch.create() {
            Ok(after) => after,
            Err(Lacking::Start) => {
                let detail = "a new event needs a start; write 2026-12-31 09:00, or a date alone for a whole day";
                return Outcome::Bad(vec![self.fault(draft.line, &Target::Start, "start_missing", detail)]);
            }
            Err(Lacking::End) => {
                let detail = "a new event needs an end or a duration";
                return Outcome::Bad(vec![self.fault(draft.line, &Target::End, "end_missing", detail)]);
            }
        };
        let (after, overrides) = series::made(draft, after);
        let mut faults: Vec<Fault> = self.writable(draft.line, &calendar.id).err().into_iter().collect();
        if after.status == EventStatus::Cancelled {
            faults.push(self.cancelled(draft.line));
        }
        let mut judge = |line, content: &EventContent| {
            faults.extend(violations(self.columns, line, validate(content, &calendar.time_zone)));
        };
        judge(draft.line, &after);
        for (line, content) in overrides
            .iter()
            .filter_map(|one| Some((one.line, one.content.as_ref()?)))
        {
            judge(line, content);
        }
        faults.extend_from_slice(&draft.unclear);
        if !faults.is_empty() {
            return Outcome::Bad(faults);
        }
        if let Some(of) = self.look_alike(draft, &after, calendar, found) {
            return Outcome::Duplicate {
                line: draft.line,
                of,
                by: By::Content,
            };
        }
        let name = match (&draft.external_id, &draft.uid) {
            (Some(key), _) => identity(&["external", &calendar.id, key]),
            (None, Some(uid)) => match &draft.occurrence {
                Some(occurrence) => identity(&["uid", &calendar.id, uid, occurrence]),
                None => identity(&["uid", &calendar.id, uid]),
            },
            (None, None) => identity(&["line", &self.settings.seed, &draft.line.to_string()]),
        };
        Outcome::Item(Box::new(Item {
            key: name,
            line: draft.line,
            calendar: calendar.id.clone(),
            change: Change::Create {
                uid: draft.uid.clone(),
                after,
            },
            overrides,
        }))
    }

    /// An event that looks the same, here or in the file, unless their keys tell them apart.
    fn look_alike(&mut self, draft: &Draft, new: &EventContent, calendar: &Calendar, found: &[Existing]) -> Option<Of> {
        let look = |content: &EventContent| {
            let at = |time: &EventTime| time.instant(&calendar.time_zone).ok();
            (
                content.title.trim().to_owned(),
                content.is_all_day(),
                at(&content.start),
                at(&content.end),
            )
        };
        let mine = look(new);
        let (title, start, end) = (
            mine.0.as_str(),
            format!("{:?} {}", mine.2, mine.1),
            format!("{:?}", mine.3),
        );
        let key = draft.external_id.as_deref().unwrap_or_default();
        let earlier = self
            .seen
            .insert(By::Content, &[&calendar.id, title, &start, &end, key], draft.line);
        if self.settings.allow_duplicates {
            return None;
        }
        let apart = |one: &Existing| !key.is_empty() && key_of(&one.content).is_some_and(|other| other != key);
        let there = found
            .iter()
            .find(|one| one.calendar == calendar.id && !apart(one) && look(&one.content) == mine);
        there.map(|one| Of::Event(one.id.clone())).or(earlier.map(Of::Line))
    }
}
