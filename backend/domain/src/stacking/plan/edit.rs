//! One edit of many events.

use jiff::Span;
use serde::{Deserialize, Serialize};

use crate::{
    event::EventContent,
    recurrence::shift_lines,
    stacking::{
        directory::Calendar,
        draft::Existing,
        fault::Fault,
        patch::{Patch, shifted},
    },
    time::{self, Disambiguation, EventTime},
};

/// What is done to each event of a selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// It is taken away.
    Delete,
    /// It is changed.
    Change(Box<Changes>),
}

/// How each event is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changes {
    /// Put before the title, unless the title begins with it.
    pub title_prefix: Option<String>,
    /// By how much it moves.
    pub shift: Option<Shift>,
    /// What it is to say.
    pub patch: Patch,
    /// The id of the calendar it is to be in.
    pub calendar: Option<String>,
}

/// A span on the face of the clock: 09:00 moved by a day is 09:00, whatever the clock does in that night.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shift {
    /// Days; negative: earlier.
    pub days: i32,
    /// Minutes; negative: earlier.
    pub minutes: i32,
}

/// A code and a sentence.
type Refusal = (&'static str, String);

/// Where the event is to be and what it is to say; `None`: it is to vanish.
pub(super) fn wanted(
    edit: &Edit,
    before: &Existing,
    calendar: &Calendar,
    line: u64,
) -> Result<Option<(String, EventContent)>, Fault> {
    let Edit::Change(changes) = edit else {
        return Ok(None);
    };
    let fault = |(code, detail): Refusal| Fault::row(line, code, detail);
    let mut after = changes.patch.apply(&before.content);
    if changes.patch.recurrence.is_none() {
        series_follows(&before.content, &mut after, &calendar.time_zone).map_err(fault)?;
    }
    if let Some(prefix) = changes
        .title_prefix
        .as_ref()
        .filter(|prefix| !after.title.starts_with(*prefix))
    {
        after.title.insert_str(0, prefix);
    }
    if let Some(shift) = changes.shift.filter(|shift| *shift != Shift::default()) {
        moved(&mut after, shift, &calendar.time_zone).map_err(fault)?;
    }
    let to = changes.calendar.as_ref().unwrap_or(&before.calendar);
    Ok(Some((to.clone(), after)))
}

fn moved(content: &mut EventContent, shift: Shift, calendar_zone: &str) -> Result<(), Refusal> {
    if content.is_all_day() && shift.minutes != 0 {
        return Err(("whole_days", "an event of whole days moves by days only".to_owned()));
    }
    let out_of_range = || ("time_out_of_range", "it would lie outside of all calendars".to_owned());
    let place = |time: &EventTime| {
        let span = Span::new()
            .try_days(shift.days)
            .and_then(|span| span.try_minutes(shift.minutes));
        let to = span
            .ok()
            .and_then(|span| shifted(time, span))
            .ok_or_else(out_of_range)?;
        if let EventTime::Zoned { date_time, time_zone } = &to {
            time::resolve(*date_time, time_zone, Disambiguation::Reject).map_err(|error| {
                (
                    "time_has_no_single_reading",
                    format!("{error}; move this event by hand"),
                )
            })?;
        }
        Ok(to)
    };
    let (start, end) = (place(&content.start)?, place(&content.end)?);
    let before = content.clone();
    (content.start, content.end) = (start, end);
    series_follows(&before, content, calendar_zone)
}

/// Lets the rule and the exceptions of a series move with its start.
pub(super) fn series_follows(before: &EventContent, after: &mut EventContent, zone: &str) -> Result<(), Refusal> {
    if before.start != after.start && before.is_recurring() {
        after.recurrence = shift_lines(&before.recurrence, &before.start, &after.start, zone)
            .map_err(|error| (error.code(), error.to_string()))?;
    }
    Ok(())
}
