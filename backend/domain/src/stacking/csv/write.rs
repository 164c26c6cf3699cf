//! Events as a table that [`Detection`](super::Detection) maps by itself, and that says the same when it is read again.

use std::io::{self, Write};

use super::{cells, columns::Target, formula::defuse};
use crate::{
    event::EXTERNAL_ID,
    stacking::{directory::Directory, draft::Existing},
    time::EventTime,
};

/// The columns, from the left.
pub const HEADER: [Target; 22] = [
    Target::Id,
    Target::Client,
    Target::Calendar,
    Target::Title,
    Target::Start,
    Target::End,
    Target::AllDay,
    Target::TimeZone,
    Target::EndTimeZone,
    Target::Location,
    Target::Description,
    Target::Recurrence,
    Target::Attendees,
    Target::Reminders,
    Target::Visibility,
    Target::Transparency,
    Target::Status,
    Target::Colour,
    Target::ExternalId,
    Target::Metadata,
    Target::Uid,
    Target::Etag,
];

/// Writes events, one at a time.
pub struct Writer<'a, W: Write> {
    to: csv::Writer<W>,
    directory: &'a Directory,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Begins with the header. A byte order mark is not written: Excel opens such a file by its import dialogue, and
    /// other programs would take the mark for a part of the first name.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn new(to: W, directory: &'a Directory) -> io::Result<Self> {
        let mut to = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(to);
        to.write_record(HEADER.iter().map(Target::to_string))?;
        Ok(Self { to, directory })
    }

    /// One event.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn write(&mut self, event: &Existing) -> io::Result<()> {
        let content = &event.content;
        let (client, calendar) = self.names(&event.calendar);
        let mut metadata = content.metadata.clone();
        let key = match metadata.get(EXTERNAL_ID) {
            Some(key) if !key.is_empty() => metadata.remove(EXTERNAL_ID).unwrap_or_default(),
            _ => String::new(),
        };
        let zone = |time: &EventTime| match time {
            EventTime::Date { .. } => String::new(),
            EventTime::Zoned { time_zone, .. } => time_zone.clone(),
        };
        let when = |time: &EventTime| match time {
            EventTime::Date { date } => date.to_string(),
            EventTime::Zoned { date_time, .. } => date_time.to_string(),
        };
        let (start_zone, end_zone) = (zone(&content.start), zone(&content.end));
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells: [String; HEADER.len()] = [
            event.id.clone(),
            client,
            calendar,
            content.title.clone(),
            when(&content.start),
            when(&content.end),
            if content.is_all_day() { "yes" } else { "no" }.to_owned(),
            start_zone.clone(),
            if end_zone == start_zone {
                String::new()
            } else {
                end_zone
            },
            text(&content.location),
            text(&content.description),
            cells::recurrence_text(&content.recurrence),
            cells::attendees_text(&content.attendees),
            cells::reminders_text(&content.reminders),
            content.visibility.as_str().to_owned(),
            content.transparency.as_str().to_owned(),
            content.status.as_str().to_owned(),
            text(&content.colour),
            key,
            cells::metadata_text(&metadata),
            event.uid.clone(),
            text(&event.etag),
        ];
        self.to
            .write_record(cells.iter().map(|cell| defuse(cell).into_owned()))?;
        Ok(())
    }

    /// Client and calendar, by their names where those lead back to it.
    fn names(&self, id: &str) -> (String, String) {
        let Some(calendar) = self.directory.get(id) else {
            return (String::new(), id.to_owned());
        };
        let found = self.directory.find(Some(&calendar.name), Some(&calendar.client_name));
        match found {
            Ok(same) if same.id == calendar.id => (calendar.client_name.clone(), calendar.name.clone()),
            _ => (String::new(), id.to_owned()),
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.to.flush()
    }
}
