//! What would be done: one line of work at a time, judged against what is there, counted, and sealed with a hash.

mod clash;
mod draft;
mod edit;
mod hash;
mod item;
mod probe;
mod seen;
mod series;
mod summary;

use serde::{Deserialize, Serialize};

pub(super) use self::series::leave_out_dates;
pub use self::{
    clash::{Clash, Taken, Timetable, With},
    edit::{Changes, Edit, Shift},
    hash::{PlanHash, identity},
    item::{By, Change, Item, Of, Outcome},
    probe::Probe,
    series::{kept_uid, known_uid},
    summary::{Budget, CalendarCounts, Counts, Forecast, Load, Summary},
};
use self::{
    seen::Seen,
    series::{is_of, takes_out},
    summary::mails,
};
use super::{
    csv::{Column, Target, at, violations},
    directory::{Calendar, Directory},
    draft::{Draft, Existing},
    fault::Fault,
};
use crate::{
    event::{EXTERNAL_ID, EventContent, EventStatus, Field, Notify},
    validation::validate_change,
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
        if let Some(item) = outcome.item() {
            self.summary.mails += mails(item, self.settings.notify, self.directory);
        }
        outcome
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

    fn cancelled(&self, line: u64) -> Fault {
        let detail = "a cancelled event is not written; leave the line out, or delete the event";
        self.fault(line, &Target::Status, "cancelled", detail)
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
