//! How a file of events begins, as it will be read.

use domain::{
    stacking::{Directory, Draft, Fault, JsonReader},
    time::EventTime,
};
use providers::ics::file::{Drafts, Index, Objects};

use super::model::{ImportRow, ImportSample};
use crate::{api::operations::item::ItemFault, ops::operations::body::Told};

/// Events that are shown of a file.
const SHOWN: usize = 20;

/// What is shown of each.
const COLUMNS: [&str; 5] = ["title", "start", "end", "location", "recurrence"];

/// The first events of a calendar file or of JSON. `whole`: nothing comes behind `begins`.
pub fn of_events(is_calendar: bool, begins: &[u8], directory: &Directory, whole: bool) -> ImportSample {
    let any = directory
        .calendars()
        .iter()
        .find(|one| one.writable)
        .map(|one| one.id.as_str());
    let mut rows = Vec::new();
    let mut show = |read: Result<Draft, Vec<Fault>>| {
        rows.push(match read {
            Ok(draft) => ImportRow {
                line: draft.line,
                cells: cells(&draft),
                faults: Vec::new(),
            },
            Err(faults) => ImportRow {
                line: faults.first().map_or(1, |fault| fault.line),
                cells: Vec::new(),
                faults: faults
                    .into_iter()
                    .map(|fault| ItemFault::from(Told::from(fault)))
                    .collect(),
            },
        });
        rows.len() < SHOWN
    };
    if is_calendar {
        let Ok(index) = Index::of(begins) else { return none() };
        let reader = Drafts::new(&index, directory, any);
        let mut objects = Objects::new(begins, &index);
        while let Ok(Some(object)) = objects.read() {
            let drafts = match object {
                Ok(object) => reader.read(object),
                Err(faults) => vec![Err(faults)],
            };
            if !drafts.into_iter().all(&mut show) {
                break;
            }
        }
    } else {
        let mut events = JsonReader::new(begins, directory, any);
        while let Ok(Some(event)) = events.read() {
            if !show(event) {
                break;
            }
        }
    }
    // What is looked at may end within an event.
    if !whole && rows.len() < SHOWN && rows.last().is_some_and(|row| !row.faults.is_empty()) {
        rows.pop();
    }
    ImportSample { rows, ..none() }
}

fn none() -> ImportSample {
    ImportSample {
        columns: COLUMNS.map(str::to_owned).to_vec(),
        rows: Vec::new(),
    }
}

fn cells(draft: &Draft) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |time: &Option<EventTime>| match time {
        Some(EventTime::Date { date }) => date.to_string(),
        Some(EventTime::Zoned { date_time, time_zone }) => {
            format!("{} {time_zone}", date_time.strftime("%Y-%m-%d %H:%M"))
        }
        None => String::new(),
    };
    let patch = &draft.patch;
    let rule = patch
        .recurrence
        .as_ref()
        .map(|lines| lines.join("\n"))
        .unwrap_or_default();
    vec![
        text(&patch.title),
        time(&patch.start),
        time(&patch.end),
        text(&patch.location),
        rule,
    ]
}
