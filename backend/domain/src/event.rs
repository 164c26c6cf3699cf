//! An event as people mean it, free of any provider's spelling.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    availability::Kind,
    recurrence::{RecurrenceError, Series},
    time::EventTime,
};

/// What an event says. The same shape is stored, compared field by field, and sent to providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventContent {
    /// Title (Google: summary).
    pub title: String,
    /// Plain text or HTML, as given.
    #[serde(default)]
    pub description: Option<String>,
    /// Where.
    #[serde(default)]
    pub location: Option<String>,
    /// First moment.
    pub start: EventTime,
    /// First moment after; same kind as `start`.
    pub end: EventTime,
    /// `RRULE:…`, `EXDATE…:…`, `RDATE…:…` content lines (RFC 5545 §3.8.5), unfolded, without line ends. Empty: no series.
    #[serde(default)]
    pub recurrence: Vec<String>,
    /// Who is invited.
    #[serde(default)]
    pub attendees: Vec<Attendee>,
    /// Who invites; never written by us.
    #[serde(default)]
    pub organizer: Option<Person>,
    /// When to remind.
    #[serde(default)]
    pub reminders: Reminders,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether it makes the calendar busy.
    #[serde(default)]
    pub transparency: Transparency,
    /// Whether it will happen.
    #[serde(default)]
    pub status: EventStatus,
    /// Google: colour id `1`–`11`; CalDAV: a CSS3 colour name (RFC 7986 §5.9).
    #[serde(default)]
    pub colour: Option<String>,
    /// Link to the video call; read only in this version.
    #[serde(default)]
    pub conference: Option<Conference>,
    /// Our callers' own keys and values; guests do not see them.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// What kind of event it is; never written by us.
    #[serde(default, skip_serializing_if = "is_ordinary")]
    pub kind: Kind,
}

/// Left out where it is stored: nearly every event is.
fn is_ordinary(kind: &Kind) -> bool {
    *kind == Kind::Event
}

/// The key in [`EventContent::metadata`] under which callers find their events again.
pub const EXTERNAL_ID: &str = "external_id";

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Address.
    pub email: String,
    /// Display name.
    #[serde(default)]
    pub name: Option<String>,
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Address.
    pub email: String,
    /// Display name.
    #[serde(default)]
    pub name: Option<String>,
    /// Their answer.
    #[serde(default)]
    pub response: Response,
    /// Need not come.
    #[serde(default)]
    pub optional: bool,
    /// Whether this is the account the calendar belongs to; never written by us.
    #[serde(default, rename = "self")]
    pub is_self: bool,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word used in the API and in the store.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// The reverse of `as_str`.
            pub fn parse(text: &str) -> Option<Self> { match text { $($word => Some(Self::$variant),)+ _ => None } }
        }
    };
}

words! {
    /// An invited person's answer.
    Response {
        /// Not answered.
        #[default] NeedsAction = "needs_action",
        /// Comes.
        Accepted = "accepted",
        /// Does not come.
        Declined = "declined",
        /// May come.
        Tentative = "tentative",
    }
}
words! {
    /// Who may see the event.
    Visibility {
        /// As the calendar says.
        #[default] Default = "default",
        /// Everyone with access to the calendar.
        Public = "public",
        /// Only attendees see details.
        Private = "private",
        /// As private; kept apart for iCalendar.
        Confidential = "confidential",
    }
}
words! {
    /// Whether the event makes the calendar busy.
    Transparency {
        /// Blocks the time.
        #[default] Busy = "busy",
        /// Leaves the time free.
        Free = "free",
    }
}
words! {
    /// Whether the event will happen.
    EventStatus {
        /// It will.
        #[default] Confirmed = "confirmed",
        /// It may.
        Tentative = "tentative",
        /// It will not; for an occurrence: it was taken out of its series.
        Cancelled = "cancelled",
    }
}
words! {
    /// How a reminder reaches people.
    ReminderMethod {
        /// On the screen.
        #[default] Popup = "popup",
        /// By mail.
        Email = "email",
    }
}
words! {
    /// Whom the provider may mail about a change.
    Notify {
        /// Nobody.
        #[default] None = "none",
        /// Guests outside the organiser's domain.
        External = "external",
        /// All guests.
        All = "all",
    }
}
words! {
    /// Which occurrences of a series a write means.
    Scope {
        /// Only the one named.
        This = "this",
        /// The one named and all later ones.
        ThisAndFollowing = "this_and_following",
        /// The whole series.
        #[default] All = "all",
    }
}

/// When to remind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminders {
    /// As the calendar's default says; `overrides` is empty then.
    #[serde(default)]
    pub use_default: bool,
    /// Instead of the default.
    #[serde(default)]
    pub overrides: Vec<Reminder>,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            use_default: true,
            overrides: Vec::new(),
        }
    }
}

/// One reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// How.
    pub method: ReminderMethod,
    /// Minutes before the start, 0–40320 (Google's range).
    pub minutes: u32,
}

/// A video call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conference {
    /// Where to join.
    pub url: String,
    /// Whose service, as the provider names it.
    #[serde(default)]
    pub name: Option<String>,
}

/// The parts of an event that a write may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// [`EventContent::title`]
    Title,
    /// [`EventContent::description`]
    Description,
    /// [`EventContent::location`]
    Location,
    /// [`EventContent::start`] and [`EventContent::end`]: they change together.
    Time,
    /// [`EventContent::recurrence`]
    Recurrence,
    /// [`EventContent::attendees`], without the answers of others, which are theirs.
    Attendees,
    /// The account's own answer, among [`EventContent::attendees`]. Providers are told of it by a call of its own.
    Response,
    /// [`EventContent::reminders`]
    Reminders,
    /// [`EventContent::visibility`]
    Visibility,
    /// [`EventContent::transparency`]
    Transparency,
    /// [`EventContent::status`]
    Status,
    /// [`EventContent::colour`]
    Colour,
    /// [`EventContent::metadata`]
    Metadata,
}

impl Field {
    /// Every field, in the order of an event.
    pub const ALL: [Self; 13] = [
        Self::Title,
        Self::Description,
        Self::Location,
        Self::Time,
        Self::Recurrence,
        Self::Attendees,
        Self::Response,
        Self::Reminders,
        Self::Visibility,
        Self::Transparency,
        Self::Status,
        Self::Colour,
        Self::Metadata,
    ];

    /// The word used in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Location => "location",
            Self::Time => "time",
            Self::Recurrence => "recurrence",
            Self::Attendees => "attendees",
            Self::Response => "response",
            Self::Reminders => "reminders",
            Self::Visibility => "visibility",
            Self::Transparency => "transparency",
            Self::Status => "status",
            Self::Colour => "colour",
            Self::Metadata => "metadata",
        }
    }

    /// The reverse of [`Field::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

impl EventContent {
    /// The line of a series' rule that leaves out these dates, by their keys ([`OccurrenceKey`](crate::id::OccurrenceKey));
    /// `None`: there are none. RFC 5545 §3.8.5.1.
    pub fn exdate(&self, keys: &[impl AsRef<str>]) -> Option<String> {
        let kind = if self.is_all_day() { ";VALUE=DATE" } else { "" };
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        (!keys.is_empty()).then(|| format!("EXDATE{kind}:{}", keys.join(",")))
    }

    /// Whether it lasts whole days.
    pub const fn is_all_day(&self) -> bool {
        self.start.is_date()
    }

    /// Whether it is the master of a series.
    pub fn is_recurring(&self) -> bool {
        !self.recurrence.is_empty()
    }

    /// Its occurrences. Whole days begin at midnight in `calendar_zone`.
    ///
    /// # Errors
    /// Those of [`Series::new`].
    pub fn series(&self, calendar_zone: &str) -> Result<Series, RecurrenceError> {
        Series::new(&self.start, &self.end, &self.recurrence, calendar_zone)
    }

    /// What `after` says differently. Fields that only providers write (organizer, conference, kind) do not count, nor does
    /// what they make of a text when they store it.
    pub fn changed(&self, after: &Self) -> BTreeSet<Field> {
        let differs = [
            (Field::Title, self.title.trim_end() != after.title.trim_end()),
            (
                Field::Description,
                essence(&self.description) != essence(&after.description),
            ),
            (Field::Location, essence(&self.location) != essence(&after.location)),
            (Field::Time, self.start != after.start || self.end != after.end),
            (Field::Recurrence, self.recurrence != after.recurrence),
            (Field::Attendees, !self.invited().eq(after.invited())),
            (
                Field::Response,
                matches!((self.own_response(), after.own_response()), (Some(was), Some(is)) if was != is),
            ),
            (Field::Reminders, self.reminders != after.reminders),
            (Field::Visibility, self.visibility != after.visibility),
            (Field::Transparency, self.transparency != after.transparency),
            (Field::Status, self.status != after.status),
            (Field::Colour, self.colour != after.colour),
            (Field::Metadata, self.metadata != after.metadata),
        ];
        differs
            .into_iter()
            .filter_map(|(field, differs)| differs.then_some(field))
            .collect()
    }
}

impl EventContent {
    /// What `other` says differently, as far as we write it: answers are the guests' own.
    pub fn differences(&self, other: &Self) -> BTreeSet<Field> {
        let mut fields = self.changed(other);
        if self.guests() == other.guests() {
            fields.remove(&Field::Attendees);
        }
        fields
    }

    /// The same as an event of its own: nobody is invited, so nobody is mailed, and what belongs to the original alone (who
    /// invites, how to join, the caller's key) stays with it. It takes time where the original does.
    #[must_use]
    pub fn copied(&self) -> Self {
        let mut copy = Self {
            attendees: Vec::new(),
            organizer: None,
            conference: None,
            kind: Kind::Event,
            ..self.clone()
        };
        copy.metadata.remove(EXTERNAL_ID);
        if !crate::busy::Facts::of(self).blocks() {
            copy.transparency = Transparency::Free;
        }
        copy
    }

    /// What the account the calendar belongs to has answered; `None`: it is not invited.
    pub fn own_response(&self) -> Option<Response> {
        self.attendees.iter().find(|a| a.is_self).map(|a| a.response)
    }

    /// The same with another answer of the account's own.
    #[must_use]
    pub fn with_own_response(&self, response: Response) -> Self {
        let mut content = self.clone();
        for own in content.attendees.iter_mut().filter(|a| a.is_self) {
            own.response = response;
        }
        content
    }

    /// Who is invited, with everybody's answer but the account's own.
    fn invited(&self) -> impl Iterator<Item = (&str, Option<&str>, bool, bool, Option<Response>)> {
        let others = |a: &Attendee| (!a.is_self).then_some(a.response);
        self.attendees
            .iter()
            .map(move |a| (a.email.as_str(), a.name.as_deref(), a.optional, a.is_self, others(a)))
    }

    /// Who is invited, whatever they answered.
    fn guests(&self) -> BTreeSet<String> {
        self.attendees.iter().map(|a| a.email.to_lowercase()).collect()
    }

    /// The same with these fields as in `desired`.
    #[must_use]
    pub fn with(&self, desired: &Self, fields: &BTreeSet<Field>) -> Self {
        let mut content = self.clone();
        for field in fields {
            match field {
                Field::Title => content.title.clone_from(&desired.title),
                Field::Description => content.description.clone_from(&desired.description),
                Field::Location => content.location.clone_from(&desired.location),
                Field::Time => {
                    content.start.clone_from(&desired.start);
                    content.end.clone_from(&desired.end);
                }
                Field::Recurrence => content.recurrence.clone_from(&desired.recurrence),
                Field::Attendees => content.attendees.clone_from(&desired.attendees),
                Field::Response => {
                    if let Some(own) = desired.own_response() {
                        content = content.with_own_response(own);
                    }
                }
                Field::Reminders => content.reminders.clone_from(&desired.reminders),
                Field::Visibility => content.visibility = desired.visibility,
                Field::Transparency => content.transparency = desired.transparency,
                Field::Status => content.status = desired.status,
                Field::Colour => content.colour.clone_from(&desired.colour),
                Field::Metadata => content.metadata.clone_from(&desired.metadata),
            }
        }
        content
    }

    /// The same with these fields as in `desired`, which was made from `since`: guests keep the answers they gave in
    /// the meantime.
    #[must_use]
    pub fn merged(&self, since: &Self, desired: &Self, fields: &BTreeSet<Field>) -> Self {
        let mut content = self.with(desired, fields);
        if fields.contains(&Field::Attendees) {
            let answer = |of: &Self, email: &str| {
                let same = |guest: &&Attendee| guest.email.eq_ignore_ascii_case(email);
                of.attendees.iter().find(same).map(|guest| guest.response)
            };
            for guest in &mut content.attendees {
                if answer(since, &guest.email) == Some(guest.response) {
                    guest.response = answer(self, &guest.email).unwrap_or(guest.response);
                }
            }
        }
        content
    }
}

/// The line that Google puts around how to join a call; it takes such a block out of a description that brings one along.
const CALL_BLOCK: &str = "-::~:~::~";

/// A text as it is compared: no text is an empty one, lines end in one way, blanks at the end do not count, and the block
/// about a call is the provider's. Without this, a text that came back a little different would be written for ever.
fn essence(text: &Option<String>) -> Vec<&str> {
    let mut inside = false;
    let mut lines: Vec<&str> = Vec::new();
    for line in text.as_deref().unwrap_or_default().lines() {
        let edge = line.trim_start().starts_with(CALL_BLOCK);
        if !inside && !edge {
            lines.push(line.trim_end());
        }
        inside ^= edge;
    }
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// An event as a provider holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteEvent {
    /// The provider's name for it, unique in its calendar. An override has one of its own.
    pub remote_id: String,
    /// RFC 5545 UID, shared by a series and its overrides.
    pub ical_uid: String,
    /// The provider's version tag, as the provider wants it in `If-Match`; `None` where it gave none.
    pub etag: Option<String>,
    /// For an override or a cancelled occurrence: the [`RemoteEvent::remote_id`] of its series.
    pub series: Option<String>,
    /// For an override or a cancelled occurrence: where the series would have put it.
    pub original_start: Option<EventTime>,
    /// What it says; for a cancelled occurrence with no content the provider's minimum, with status `Cancelled`.
    pub content: EventContent,
    /// Where people open it at the provider.
    pub html_link: Option<String>,
    /// When it was made, as the provider says.
    pub created_at: Option<Timestamp>,
    /// When it last changed, as the provider says.
    pub updated_at: Option<Timestamp>,
    /// The provider's own text, kept whole: what we do not understand is not lost.
    pub raw: String,
}
