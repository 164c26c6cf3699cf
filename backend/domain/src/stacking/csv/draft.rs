//! From a row to what it says about an event, or everything that is wrong with it.

use std::collections::HashMap;

use super::{
    cells,
    columns::{Column, Target},
    layout::Layout,
    rows::Row,
    times::{Clock, Said},
};
use crate::{
    event::{EXTERNAL_ID, EventStatus, Transparency, Visibility},
    stacking::{
        directory::Directory,
        draft::Draft,
        fault::{At, Fault, shown},
        patch::Patch,
    },
    validation::{Violation, validate},
};

/// Reads rows of one file.
#[derive(Debug)]
pub struct Drafts<'a> {
    layout: &'a Layout,
    directory: &'a Directory,
    places: HashMap<&'a Target, usize>,
}

/// Where a layout contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Two columns are for the same.
    #[error("columns {first} and {second} are both for {target}; choose one of them")]
    Twice {
        /// What for.
        target: Target,
        /// The number of the one.
        first: usize,
        /// The number of the other.
        second: usize,
    },
    /// A zone that is not in the IANA database.
    #[error("“{0}” is not a known IANA time zone")]
    TimeZone(String),
    /// An encoding that nobody knows.
    #[error("“{0}” is not a known encoding; UTF-8, UTF-16LE and windows-1252 are")]
    Encoding(String),
}

impl<'a> Drafts<'a> {
    /// Rows mean what `layout` says, on the calendars of `directory`.
    ///
    /// # Errors
    /// [`LayoutError`].
    pub fn new(layout: &'a Layout, directory: &'a Directory) -> Result<Self, LayoutError> {
        if encoding_rs::Encoding::for_label(layout.encoding.as_bytes()).is_none() {
            return Err(LayoutError::Encoding(layout.encoding.clone()));
        }
        if let Some(name) = &layout.time_zone {
            crate::time::zone(name).map_err(|_| LayoutError::TimeZone(name.clone()))?;
        }
        let mut places = HashMap::new();
        for (at, column) in layout.columns.iter().enumerate() {
            let Some(target) = &column.target else { continue };
            if let Some(first) = places.insert(target, at) {
                return Err(LayoutError::Twice {
                    target: target.clone(),
                    first: first + 1,
                    second: at + 1,
                });
            }
        }
        Ok(Self {
            layout,
            directory,
            places,
        })
    }

    /// What the row says; `None`: nothing at all.
    ///
    /// # Errors
    /// Everything that is wrong with its cells. Whether they make an event together is for the plan to say.
    pub fn read(&self, row: &Row) -> Result<Option<Draft>, Vec<Fault>> {
        if row.cells().all(|cell| cell.trim().is_empty()) {
            return Ok(None);
        }
        let mut reading = Reading {
            drafts: self,
            row,
            faults: Vec::new(),
        };
        reading.width();
        let draft = reading.draft();
        if reading.faults.is_empty() {
            return Ok(Some(draft));
        }
        // What is wrong with the cells that could be read is told along with the rest, as far as it is not the same.
        let zone = draft
            .calendar
            .and_then(|id| self.directory.get(&id))
            .map_or("UTC", |one| one.time_zone.as_str());
        let mut faults = reading.faults;
        if let Ok(content) = draft.patch.create() {
            let more = violations(&self.layout.columns, row.line(), validate(&content, zone));
            let told: Vec<Option<At>> = faults.iter().map(|fault| fault.column.clone()).collect();
            faults.extend(more.into_iter().filter(|fault| !told.contains(&fault.column)));
        }
        faults.sort_by_key(|fault| fault.column.as_ref().map_or(0, |at| at.number));
        Err(faults)
    }
}

/// Where the column for `target` is.
pub(in crate::stacking) fn at(columns: &[Column], target: &Target) -> Option<At> {
    let position = columns
        .iter()
        .position(|column| column.target.as_ref() == Some(target))?;
    Some(At {
        number: position + 1,
        name: columns.get(position)?.name.clone(),
    })
}

/// What validation says, in the words of the file.
pub(in crate::stacking) fn violations(columns: &[Column], line: u64, found: Vec<Violation>) -> Vec<Fault> {
    let fault = |violation: Violation| {
        let field = violation.pointer.split('/').nth(1).unwrap_or_default();
        let column = Target::try_from(field.to_owned())
            .ok()
            .and_then(|target| at(columns, &target));
        // Not every file says the end as an end.
        let instead = || {
            [Target::Duration, Target::EndTime]
                .iter()
                .find_map(|target| at(columns, target))
        };
        Fault {
            column: column.or_else(|| instead().filter(|_| field == "end")),
            ..Fault::row(line, violation.code, violation.detail)
        }
    };
    found.into_iter().map(fault).collect()
}

struct Reading<'a, 'r> {
    drafts: &'r Drafts<'a>,
    row: &'r Row,
    faults: Vec<Fault>,
}

impl<'a, 'r> Reading<'a, 'r> {
    fn cell(&self, target: &Target) -> Option<&'r str> {
        self.row.cell(*self.drafts.places.get(target)?)
    }

    /// A cell that says something.
    fn filled(&self, target: &Target) -> Option<&'r str> {
        self.cell(target).map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn fault(&mut self, target: &Target, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault {
            column: at(&self.drafts.layout.columns, target),
            ..Fault::row(self.row.line(), code, detail)
        });
    }

    /// A row of another width was torn, or has a delimiter in a text without quotes: its cells are not where they seem.
    fn width(&mut self) {
        let (has, should) = (self.row.len(), self.drafts.layout.columns.len());
        let beyond = (should..has).any(|index| self.row.cell(index).is_some_and(|cell| !cell.trim().is_empty()));
        if has < should || beyond {
            let code = if has < should {
                "too_few_cells"
            } else {
                "too_many_cells"
            };
            let detail = format!(
                "the row has {has} cells, the file {should} columns; put quotes around texts with a delimiter or a line \
                 break in them"
            );
            self.faults.push(Fault::row(self.row.line(), code, detail));
        }
    }

    /// Reads a cell, if there is such a column; what is wrong with it is written down.
    fn parsed<T>(
        &mut self,
        target: &Target,
        code: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.cell(target)?) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.fault(target, code, detail);
                None
            }
        }
    }

    /// A word of a closed list; an empty cell is the default.
    fn word<T: Copy + Default>(
        &mut self,
        target: &Target,
        parse: fn(&str) -> Option<T>,
        all: &'static str,
        others: &[(&str, T)],
    ) -> Option<T> {
        self.parsed(target, "unknown_word", |cell| {
            if cell.trim().is_empty() {
                return Ok(T::default());
            }
            cells::word(cell, parse, others).ok_or_else(|| format!("{} is not known; write {all}", shown(cell)))
        })
    }

    fn draft(&mut self) -> Draft {
        let key = |reading: &Self, target| reading.cell(target).filter(|cell| !cell.is_empty()).map(str::to_owned);
        let external_id = key(self, &Target::ExternalId);
        let mut patch = Patch {
            title: self.cell(&Target::Title).map(str::to_owned),
            description: self.cell(&Target::Description).map(str::to_owned),
            location: self.cell(&Target::Location).map(str::to_owned),
            colour: self.cell(&Target::Colour).map(str::to_owned),
            recurrence: self.parsed(&Target::Recurrence, "recurrence", cells::recurrence),
            attendees: self.parsed(&Target::Attendees, "attendees", cells::attendees),
            reminders: self.parsed(&Target::Reminders, "reminders", cells::reminders),
            metadata: self.parsed(&Target::Metadata, "metadata", cells::metadata),
            visibility: self.word(
                &Target::Visibility,
                Visibility::parse,
                "default, public, private or confidential",
                &[
                    ("true", Visibility::Private),
                    ("yes", Visibility::Private),
                    ("false", Visibility::Default),
                    ("no", Visibility::Default),
                    ("normal", Visibility::Default),
                ],
            ),
            transparency: self.word(
                &Target::Transparency,
                Transparency::parse,
                "busy or free",
                &[
                    ("opaque", Transparency::Busy),
                    ("true", Transparency::Busy),
                    ("yes", Transparency::Busy),
                    ("transparent", Transparency::Free),
                    ("available", Transparency::Free),
                    ("false", Transparency::Free),
                    ("no", Transparency::Free),
                ],
            ),
            status: self.word(
                &Target::Status,
                EventStatus::parse,
                "confirmed, tentative or cancelled",
                &[("canceled", EventStatus::Cancelled)],
            ),
            ..Patch::default()
        };
        for (target, index) in &self.drafts.places {
            if let (Target::Entry(name), Some(cell)) = (target, self.row.cell(*index)) {
                let value = (!cell.is_empty()).then(|| cell.to_owned());
                patch.entries.insert(name.clone(), value);
            }
        }
        if let Some(key) = &external_id {
            patch.entries.insert(EXTERNAL_ID.to_owned(), Some(key.clone()));
        }
        let id = self.filled(&Target::Id).map(str::to_owned);
        let calendar = self.calendar(id.is_some());
        let unclear = self.times(calendar, &mut patch);
        Draft {
            line: self.row.line(),
            id,
            etag: self.filled(&Target::Etag).map(str::to_owned),
            external_id,
            uid: key(self, &Target::Uid),
            calendar: calendar.map(|calendar| calendar.id.clone()),
            patch,
            unclear,
            ..Draft::default()
        }
    }

    /// The calendar; a row that names an event need not name its calendar.
    fn calendar(&mut self, named: bool) -> Option<&'a crate::stacking::directory::Calendar> {
        let (name, client) = (self.filled(&Target::Calendar), self.filled(&Target::Client));
        let name = name.or(self
            .drafts
            .layout
            .calendar
            .as_deref()
            .filter(|_| client.is_none() && !named));
        if named && name.is_none() {
            return None;
        }
        match self.drafts.directory.find(name, client) {
            Ok(calendar) => Some(calendar),
            Err(error) => {
                let target = if name.is_some() || client.is_none() {
                    Target::Calendar
                } else {
                    Target::Client
                };
                self.fault(&target, error.code(), error.to_string());
                None
            }
        }
    }

    fn times(&mut self, calendar: Option<&crate::stacking::directory::Calendar>, patch: &mut Patch) -> Vec<Fault> {
        let mut zone = |target| match self.filled(&target).map(cells::zone) {
            None => None,
            Some(Ok(name)) => Some(name),
            Some(Err(error)) => {
                let detail = format!("{error}; write Europe/Berlin or America/New_York");
                self.fault(&target, "time_zone_unknown", detail);
                None
            }
        };
        let (said, end_zone) = (zone(Target::TimeZone), zone(Target::EndTimeZone));
        let layout = self.drafts.layout;
        let home = layout
            .time_zone
            .clone()
            .or_else(|| calendar.map(|one| one.time_zone.clone()));
        // That the calendar is wrong is said already.
        let lost = self.faults.iter().any(|fault| fault.code.starts_with("calendar_"));
        let home = home.or_else(|| lost.then(|| "UTC".to_owned()));
        let said = Said {
            start: self.filled(&Target::Start),
            start_time: self.filled(&Target::StartTime),
            end: self.filled(&Target::End),
            end_time: self.filled(&Target::EndTime),
            duration: self.filled(&Target::Duration),
            all_day: self.filled(&Target::AllDay),
            zone: said.or(home),
            end_zone,
        };
        let mut clock = Clock::new(layout);
        (patch.start, patch.end) = clock.read(&said);
        for (target, code, detail) in clock.faults {
            self.fault(&target, code, detail);
        }
        let line = self.row.line();
        let unclear = clock.unclear.into_iter().map(|(target, code, detail)| Fault {
            column: at(&layout.columns, &target),
            ..Fault::row(line, code, detail)
        });
        unclear.collect()
    }
}
