//! What a column is for, and what its header is likely to mean by its name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its header; empty without one.
    pub name: String,
    /// What it is for; `None`: it is not read, but templates may use it.
    #[serde(default)]
    pub target: Option<Target>,
}

/// What a column may be for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Target {
    /// The id of an event of ours; a row with one is a change.
    Id,
    /// What the event was when it was exported; a row whose event has changed since is not applied.
    Etag,
    /// Name or id of a calendar.
    Calendar,
    /// Name or id of the client whose calendar it is.
    Client,
    /// Title.
    Title,
    /// Description.
    Description,
    /// Location.
    Location,
    /// First moment: a date, or a date and a time.
    Start,
    /// The time of the start, beside a column with its date.
    StartTime,
    /// First moment after.
    End,
    /// The time of the end, beside a column with its date (or none: the day of the start).
    EndTime,
    /// Instead of an end.
    Duration,
    /// Whether it lasts whole days.
    AllDay,
    /// IANA or Windows name of a zone.
    TimeZone,
    /// The zone of the end, where it is another one.
    EndTimeZone,
    /// RRULE, RDATE and EXDATE lines.
    Recurrence,
    /// Who is invited.
    Attendees,
    /// When to remind.
    Reminders,
    /// Who may see it.
    Visibility,
    /// Whether it makes the calendar busy.
    Transparency,
    /// Whether it will happen.
    Status,
    /// Colour.
    Colour,
    /// Every key and value, as a JSON object.
    Metadata,
    /// The value of one key.
    Entry(String),
    /// The caller's own key: a row with a key that is known is a change of that event.
    ExternalId,
    /// iCalendar UID.
    Uid,
}

/// The word of each target, and what else people call it. Compared in small letters without blanks and signs.
const WORDS: [(Target, &str, &[&str]); 25] = [
    (Target::Id, "id", &["eventid"]),
    (Target::Etag, "etag", &["version"]),
    (Target::Calendar, "calendar", &["calendarname", "calendarid", "cal"]),
    (
        Target::Client,
        "client",
        &["clientname", "clientid", "customer", "business", "account", "company"],
    ),
    (
        Target::Title,
        "title",
        &["subject", "summary", "event", "eventname", "eventtitle", "name"],
    ),
    (
        Target::Description,
        "description",
        &["notes", "note", "details", "body", "comment", "comments", "text"],
    ),
    (
        Target::Location,
        "location",
        &["where", "place", "venue", "address", "room"],
    ),
    (
        Target::Start,
        "start",
        &[
            "startdate",
            "begin",
            "begins",
            "from",
            "date",
            "startsat",
            "startdatetime",
            "dtstart",
            "day",
            "when",
        ],
    ),
    (Target::StartTime, "start_time", &["time", "begintime", "fromtime"]),
    (
        Target::End,
        "end",
        &[
            "enddate",
            "ends",
            "to",
            "until",
            "endsat",
            "enddatetime",
            "dtend",
            "finish",
        ],
    ),
    (Target::EndTime, "end_time", &["totime", "finishtime", "untiltime"]),
    (
        Target::Duration,
        "duration",
        &["length", "minutes", "durationminutes", "durationmin"],
    ),
    (
        Target::AllDay,
        "all_day",
        &["alldayevent", "wholeday", "fullday", "isallday"],
    ),
    (Target::TimeZone, "time_zone", &["tz", "zone", "starttimezone", "tzid"]),
    (Target::EndTimeZone, "end_time_zone", &["endtz", "endzone"]),
    (
        Target::Recurrence,
        "recurrence",
        &["rrule", "repeat", "repeats", "recurrencerule", "rule"],
    ),
    (
        Target::Attendees,
        "attendees",
        &[
            "guests",
            "invitees",
            "participants",
            "emails",
            "invited",
            "requiredattendees",
        ],
    ),
    (
        Target::Reminders,
        "reminders",
        &["reminder", "alarm", "alarms", "alert"],
    ),
    (
        Target::Visibility,
        "visibility",
        &["private", "privacy", "class", "sensitivity"],
    ),
    (
        Target::Transparency,
        "transparency",
        &["showas", "showtimeas", "busy", "availability", "transp", "freebusy"],
    ),
    (Target::Status, "status", &["eventstatus"]),
    (Target::Colour, "colour", &["color", "colourid", "colorid"]),
    (Target::Metadata, "metadata", &["extendedproperties"]),
    (
        Target::ExternalId,
        "external_id",
        &["key", "externalkey", "reference", "ref", "bookingid"],
    ),
    (Target::Uid, "uid", &["icaluid", "icalid"]),
];

impl Target {
    /// Every target but those of a single key.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(target, ..)| target.clone())
    }

    /// What a header is likely to mean.
    pub fn guess(header: &str) -> Option<Self> {
        let header = header.trim();
        if let Some(entry) = entry(header) {
            return Some(entry);
        }
        let plain: String = header
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let said = |word: &str| word.bytes().filter(|b| *b != b'_').eq(plain.bytes());
        let found = WORDS
            .iter()
            .find(|(_, word, others)| said(word) || others.contains(&plain.as_str()));
        found.map(|(target, ..)| target.clone())
    }
}

fn entry(text: &str) -> Option<Target> {
    let (head, key) = text.split_once('.')?;
    (head.eq_ignore_ascii_case("metadata") && !key.is_empty()).then(|| Target::Entry(key.to_owned()))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Entry(key) = self {
            return write!(f, "metadata.{key}");
        }
        let word = WORDS.iter().find(|(target, ..)| target == self);
        f.write_str(word.map_or("", |(_, word, _)| word))
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let word = WORDS.iter().find(|(_, word, _)| *word == text);
        word.map(|(target, ..)| target.clone())
            .or_else(|| entry(&text))
            .ok_or_else(|| format!("“{text}” is nothing a column can be for"))
    }
}
