//! What would be done: one line of work at a time, judged against what is there, counted, and sealed with a hash.

mod edit;
mod hash;
mod item;
mod probe;
mod seen;
mod series;
mod summary;

use serde::{Deserialize, Serialize};

pub use self::{
    edit::{Changes, Edit, Shift},
    hash::{PlanHash, identity},
    item::{By, Change, Item, Of, Outcome},
    probe::Probe,
    series::{kept_uid, known_uid},
    summary::{Budget, CalendarCounts, Counts, Forecast, Summary},
};
use self::{
    seen::Seen,
    series::{is_of, key_of_occurrence, stands_alone, takes_out},
    summary::mails,
};
use super::{
    csv::{Column, Target, at, violations},
    directory::{Calendar, Directory},
    draft::{Draft, Existing},
    fault::Fault,
    patch::Lacking,
};
use crate::{
    event::{EXTERNAL_ID, EventContent, EventStatus, Field, Notify},
    time::EventTime,
    validation::{validate, validate_change},
};

/// The most lines of work in one plan.
pub const MAX_ITEMS: u64 = 100_000;

/// What a plan is made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Names the plan, not the attempt: making it again with the same seed makes the same keys.
    pub seed: String,
    /// Who is mailed.
    pub notify: Notify,
    /// Whether events that look like one that is there, and have no key that tells them apart, are made all the same.
    pub allow_duplicates: bool,
}

/// Makes a plan. Holds some bytes for each line of work (to know those that come twice), never the work itself.
pub struct Planner<'a> {
    directory: &'a Directory,
    columns: &'a [Column],
    settings: &'a Settings,
    seen: Seen,
    hash: PlanHash,
    summary: Summary,
}

impl<'a> Planner<'a> {
    /// A plan for these calendars. `columns` are those of the file, for faults to name; none: there is no file.
    pub fn new(directory: &'a Directory, columns: &'a [Column], settings: &'a Settings) -> Self {
        Self {
            directory,
            columns,
            settings,
            seen: Seen::default(),
            hash: PlanHash::new(settings),
            summary: Summary::default(),
        }
    }

    /// Plans a draft. `found` is what the caller holds of [`Probe::of`] it.
    pub fn draft(&mut self, draft: &Draft, found: &[Existing]) -> Outcome {
        if self.is_full() {
            return self.refuse(draft.line);
        }
        let outcome = match self.subject(draft, found) {
            Err(fault) => Outcome::Bad(vec![fault]),
            Ok(subject) => self.twice(draft).unwrap_or_else(|| match subject {
                Some(before) if takes_out(draft) => self.take_out(draft, before),
                Some(before) => self.update(draft, before),
                None => self.no_such(draft, found).unwrap_or_else(|| self.create(draft, found)),
            }),
        };
        self.count(outcome)
    }

    /// Whether a draft is made with the series that its file has, because that is not here yet: it is no line of its own.
    pub fn goes_along(draft: &Draft, found: &[Existing]) -> bool {
        draft.occurrence.is_some() && draft.series_line.is_some() && !found.iter().any(|one| is_of(draft, one))
    }

    /// Plans an edit of an event that was selected. `number` is its place in the selection.
    pub fn edit(&mut self, number: u64, before: &Existing, edit: &Edit) -> Outcome {
        if self.is_full() {
            return self.refuse(number);
        }
        let outcome = match self.writable(number, &before.calendar) {
            Err(fault) => Outcome::Bad(vec![fault]),
            Ok(calendar) => match edit::wanted(edit, before, calendar, number) {
                Err(fault) => Outcome::Bad(vec![fault]),
                Ok(None) => self.item(
                    number,
                    &before.id,
                    &before.calendar,
                    Change::Delete { before: before.clone() },
                ),
                Ok(Some((to, after))) => self.change(number, before, &to, after, &[]),
            },
        };
        self.count(outcome)
    }

    /// Plans an item that was made elsewhere: an undo.
    pub fn ready(&mut self, item: Item) -> Outcome {
        if self.is_full() {
            return self.refuse(item.line);
        }
        let outcome = match self.writable(item.line, &item.calendar) {
            Ok(_) => Outcome::Item(Box::new(item)),
            Err(fault) => Outcome::Bad(vec![fault]),
        };
        self.count(outcome)
    }

    /// Takes down a row that never became a draft.
    pub fn bad(&mut self, faults: Vec<Fault>) -> Outcome {
        self.count(Outcome::Bad(faults))
    }

    /// The hash of the plan so far. At the same place of the same plan it is the same.
    pub fn hash(&self) -> String {
        self.hash.text()
    }

    /// The plan as a whole.
    pub fn finish(mut self) -> Summary {
        self.summary.hash = self.hash.text();
        self.summary
    }

    /// Whether no more is planned, nor remembered: a file without end is refused line by line.
    fn is_full(&self) -> bool {
        self.summary.counts.total >= MAX_ITEMS
    }

    fn refuse(&mut self, line: u64) -> Outcome {
        let detail = format!("a plan has at most {MAX_ITEMS} lines; split the file");
        self.count(Outcome::Bad(vec![Fault::row(line, "too_many_items", detail)]))
    }

    fn count(&mut self, outcome: Outcome) -> Outcome {
        self.hash.add(&outcome);
        let calendar = outcome.item().and_then(|item| self.directory.get(&item.calendar));
        self.summary.add(&outcome, calendar, self.directory);
        if let (Some(item), Some(calendar)) = (outcome.item(), calendar) {
            self.summary.mails += mails(&item.change, self.settings.notify, calendar.account_email.as_deref());
        }
        outcome
    }

    /// The event that the draft is about, if it is there.
    fn subject<'f>(&self, draft: &Draft, found: &'f [Existing]) -> Result<Option<&'f Existing>, Fault> {
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
    fn no_such(&self, draft: &Draft, found: &[Existing]) -> Option<Outcome> {
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
            super::fault::shown(&series.content.title)
        );
        Some(Outcome::Bad(vec![Fault::row(draft.line, "occurrence_unknown", detail)]))
    }

    fn take_out(&self, draft: &Draft, before: &Existing) -> Outcome {
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
    fn twice(&mut self, draft: &Draft) -> Option<Outcome> {
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

    fn update(&self, draft: &Draft, before: &Existing) -> Outcome {
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

    fn change(&self, line: u64, before: &Existing, to: &str, after: EventContent, unclear: &[Fault]) -> Outcome {
        let moves = before.calendar != to;
        if !moves && says_the_same(&before.content, &after) {
            return Outcome::Unchanged {
                line,
                event: before.id.clone(),
            };
        }
        let written = self
            .writable(line, &before.calendar)
            .and_then(|_| self.writable(line, to));
        let calendar = match written {
            Ok(calendar) => calendar,
            Err(fault) => return Outcome::Bad(vec![fault]),
        };
        if after.status == EventStatus::Cancelled && before.content.status != EventStatus::Cancelled {
            return Outcome::Bad(vec![self.cancelled(line)]);
        }
        let mut faults = violations(
            self.columns,
            line,
            validate_change(&before.content, &after, &calendar.time_zone),
        );
        if before.content.start != after.start || before.content.end != after.end {
            faults.extend_from_slice(unclear);
        }
        if !faults.is_empty() {
            return Outcome::Bad(faults);
        }
        let before = before.clone();
        let id = before.id.clone();
        let change = if moves {
            Change::Move {
                from: before.calendar.clone(),
                before,
                after,
            }
        } else {
            Change::Update { before, after }
        };
        self.item(line, &id, to, change)
    }

    fn create(&mut self, draft: &Draft, found: &[Existing]) -> Outcome {
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

    fn cancelled(&self, line: u64) -> Fault {
        let detail = "a cancelled event is not written; leave the line out, or delete the event";
        self.fault(line, &Target::Status, "cancelled", detail)
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

    fn item(&self, line: u64, event: &str, calendar: &str, change: Change) -> Outcome {
        Outcome::Item(Box::new(Item {
            key: identity(&["event", &self.settings.seed, event]),
            line,
            calendar: calendar.to_owned(),
            change,
            overrides: Vec::new(),
        }))
    }

    fn writable(&self, line: u64, id: &str) -> Result<&'a Calendar, Fault> {
        let Some(calendar) = self.directory.get(id) else {
            let detail = "there is no such calendar, or you may not see it";
            return Err(self.fault(line, &Target::Calendar, "calendar_unknown", detail));
        };
        if !calendar.writable {
            let detail = format!(
                "{} can only be read; choose another calendar",
                super::fault::shown(&calendar.name)
            );
            return Err(self.fault(line, &Target::Calendar, "calendar_read_only", detail));
        }
        Ok(calendar)
    }

    fn fault(&self, line: u64, target: &Target, code: &'static str, detail: impl Into<String>) -> Fault {
        Fault {
            column: at(self.columns, target),
            ..Fault::row(line, code, detail)
        }
    }
}

/// Whether a write would change nothing. The account's own answer is not part of bulk work.
pub(super) fn says_the_same(before: &EventContent, after: &EventContent) -> bool {
    before.changed(after).iter().all(|field| *field == Field::Response)
}

fn key_of(content: &EventContent) -> Option<&String> {
    content.metadata.get(EXTERNAL_ID)
}
