//! What may be sent: the properties Graph documents for the types of the calendar API, and nothing else.
//!
//! Written from the pages of the types (docs: resources/event.md, calendar.md, subscription.md and the types they name).

use serde_json::Value;

use super::errors::Refusal;

/// What a property holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Flag,
    Number,
    Date,
    Instant,
    Word(&'static [&'static str]),
    Of(&'static str),
    Texts,
    Words(&'static [&'static str]),
    Many(&'static str),
    /// Graph sets it; whoever sends it is told so.
    Fixed,
    /// Taken and not looked at.
    Any,
}

use Kind::{Any, Date, Fixed, Flag, Instant, Many, Number, Of, Text, Texts, Word, Words};

const DAYS: &[&str] = &[
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];
const SHOW: &[&str] = &["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"];
const PROVIDERS: &[&str] = &["unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"];
const RESPONSES: &[&str] = &[
    "none",
    "organizer",
    "tentativelyAccepted",
    "accepted",
    "declined",
    "notResponded",
];
const COLORS: &[&str] = &[
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
];
const PLACES: &[&str] = &[
    "default",
    "conferenceRoom",
    "homeAddress",
    "businessAddress",
    "geoCoordinates",
    "streetAddress",
    "hotel",
    "restaurant",
    "localBusiness",
    "postalAddress",
];

const EVENT: &[(&str, Kind)] = &[
    ("allowNewTimeProposals", Flag),
    ("attachments", Any),
    ("attendees", Many("attendee")),
    ("body", Of("itemBody")),
    ("categories", Texts),
    ("end", Of("dateTimeTimeZone")),
    ("extensions", Any),
    ("hideAttendees", Flag),
    ("importance", Word(&["low", "normal", "high"])),
    ("isAllDay", Flag),
    ("isDraft", Fixed),
    ("isOnlineMeeting", Flag),
    ("isReminderOn", Flag),
    ("location", Of("location")),
    ("locations", Many("location")),
    ("multiValueExtendedProperties", Many("multiValueLegacyExtendedProperty")),
    ("onlineMeetingProvider", Word(PROVIDERS)),
    ("recurrence", Of("patternedRecurrence")),
    ("reminderMinutesBeforeStart", Number),
    ("responseRequested", Flag),
    ("sensitivity", Word(&["normal", "personal", "private", "confidential"])),
    ("showAs", Word(SHOW)),
    (
        "singleValueExtendedProperties",
        Many("singleValueLegacyExtendedProperty"),
    ),
    ("start", Of("dateTimeTimeZone")),
    ("subject", Text),
    ("transactionId", Text),
    ("bodyPreview", Fixed),
    ("calendar", Fixed),
    ("cancelledOccurrences", Fixed),
    ("changeKey", Fixed),
    ("createdDateTime", Fixed),
    ("exceptionOccurrences", Fixed),
    ("hasAttachments", Fixed),
    ("iCalUId", Fixed),
    ("id", Fixed),
    ("instances", Fixed),
    ("isCancelled", Fixed),
    ("isOrganizer", Fixed),
    ("lastModifiedDateTime", Fixed),
    ("occurrenceId", Fixed),
    ("onlineMeeting", Fixed),
    ("onlineMeetingUrl", Fixed),
    ("organizer", Fixed),
    ("originalEndTimeZone", Fixed),
    ("originalStart", Fixed),
    ("originalStartTimeZone", Fixed),
    ("responseStatus", Fixed),
    ("seriesMasterId", Fixed),
    ("type", Fixed),
    ("uid", Fixed),
    ("webLink", Fixed),
];

fn fields(of: &str) -> &'static [(&'static str, Kind)] {
    match of {
        "event" => EVENT,
        "calendar" => &[
            ("name", Text),
            ("color", Word(COLORS)),
            ("hexColor", Text),
            ("isDefaultCalendar", Flag),
            ("defaultOnlineMeetingProvider", Word(PROVIDERS)),
            ("allowedOnlineMeetingProviders", Words(PROVIDERS)),
            ("id", Fixed),
            ("changeKey", Fixed),
            ("canEdit", Fixed),
            ("canShare", Fixed),
            ("canViewPrivateItems", Fixed),
            ("isRemovable", Fixed),
            ("isTallyingResponses", Fixed),
            ("owner", Fixed),
        ],
        "attendee" => &[
            ("emailAddress", Of("emailAddress")),
            ("type", Word(&["required", "optional", "resource"])),
            ("status", Of("responseStatus")),
            ("proposedNewTime", Of("timeSlot")),
        ],
        "emailAddress" => &[("address", Text), ("name", Text)],
        "responseStatus" => &[("response", Word(RESPONSES)), ("time", Instant)],
        "timeSlot" => &[("start", Of("dateTimeTimeZone")), ("end", Of("dateTimeTimeZone"))],
        "itemBody" => &[("content", Text), ("contentType", Word(&["text", "html"]))],
        "dateTimeTimeZone" => &[("dateTime", Text), ("timeZone", Text)],
        "location" => &[
            ("displayName", Text),
            ("locationType", Word(PLACES)),
            ("locationUri", Text),
            ("locationEmailAddress", Text),
            ("uniqueId", Text),
            (
                "uniqueIdType",
                Word(&["unknown", "locationStore", "directory", "private", "bing"]),
            ),
            ("address", Of("physicalAddress")),
            ("coordinates", Any),
        ],
        "physicalAddress" => &[
            ("street", Text),
            ("city", Text),
            ("state", Text),
            ("countryOrRegion", Text),
            ("postalCode", Text),
        ],
        "patternedRecurrence" => &[("pattern", Of("recurrencePattern")), ("range", Of("recurrenceRange"))],
        "recurrencePattern" => &[
            (
                "type",
                Word(&[
                    "daily",
                    "weekly",
                    "absoluteMonthly",
                    "relativeMonthly",
                    "absoluteYearly",
                    "relativeYearly",
                ]),
            ),
            ("interval", Number),
            ("month", Number),
            ("dayOfMonth", Number),
            ("daysOfWeek", Words(DAYS)),
            ("firstDayOfWeek", Word(DAYS)),
            ("index", Word(&["first", "second", "third", "fourth", "last"])),
        ],
        "recurrenceRange" => &[
            ("type", Word(&["endDate", "noEnd", "numbered"])),
            ("startDate", Date),
            ("endDate", Date),
            ("recurrenceTimeZone", Text),
            ("numberOfOccurrences", Number),
        ],
        "singleValueLegacyExtendedProperty" => &[("id", Text), ("value", Text)],
        "multiValueLegacyExtendedProperty" => &[("id", Text), ("value", Texts)],
        "subscription" => &[
            ("changeType", Text),
            ("notificationUrl", Text),
            ("lifecycleNotificationUrl", Text),
            ("resource", Text),
            ("expirationDateTime", Instant),
            ("clientState", Text),
            ("latestSupportedTlsVersion", Word(&["v1_0", "v1_1", "v1_2", "v1_3"])),
            ("includeResourceData", Flag),
            ("encryptionCertificate", Text),
            ("encryptionCertificateId", Text),
            ("notificationQueryOptions", Text),
            ("notificationUrlAppId", Text),
            ("applicationId", Fixed),
            ("creatorId", Fixed),
            ("id", Fixed),
        ],
        "accept" | "decline" | "tentativelyAccept" => &[
            ("comment", Text),
            ("sendResponse", Flag),
            ("proposedNewTime", Of("timeSlot")),
        ],
        "cancel" => &[("comment", Text)],
        "forward" => &[("comment", Text), ("toRecipients", Many("recipient"))],
        "recipient" => &[("emailAddress", Of("emailAddress"))],
        "snoozeReminder" => &[("newReminderTime", Of("dateTimeTimeZone"))],
        "getSchedule" => &[
            ("schedules", Texts),
            ("startTime", Of("dateTimeTimeZone")),
            ("endTime", Of("dateTimeTimeZone")),
            ("availabilityViewInterval", Number),
        ],
        _ => &[],
    }
}

/// Checks a body against a type.
///
/// # Errors
/// 400: `RequestBodyRead` for what cannot be read, `ErrorInvalidPropertySet` for what only Graph sets.
pub(crate) fn check(of: &str, body: &Value) -> Result<(), Refusal> {
    let Some(sent) = body.as_object() else {
        return Err(Refusal::bad(
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        ));
    };
    for (name, value) in sent.iter().filter(|(name, _)| !name.contains('@')) {
        let Some((_, kind)) = fields(of).iter().find(|(known, _)| known == name) else {
            return Err(Refusal::bad(
                "RequestBodyRead",
                format!(
                    "The property '{name}' does not exist on type 'microsoft.graph.{of}'. Make sure to only use property names that are defined by the type."
                ),
            ));
        };
        fits(name, *kind, value)?;
    }
    Ok(())
}

fn fits(name: &str, kind: Kind, value: &Value) -> Result<(), Refusal> {
    if let Fixed = kind {
        return Err(Refusal::bad(
            "ErrorInvalidPropertySet",
            format!("Set action is invalid for property. Property '{name}' is read-only."),
        ));
    }
    if value.is_null() {
        return Ok(());
    }
    let word = |words: &[&str], value: &Value| value.as_str().is_some_and(|text| words.contains(&text));
    let good = match kind {
        Text => value.is_string(),
        Flag => value.is_boolean(),
        Number => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Date => value
            .as_str()
            .is_some_and(|t| t.parse::<jiff::civil::Date>().is_ok() && t.len() == 10),
        Instant => value.as_str().is_some_and(|t| t.parse::<jiff::Timestamp>().is_ok()),
        Word(words) => word(words, value),
        Words(words) => value.as_array().is_some_and(|list| list.iter().all(|v| word(words, v))),
        Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        Of(other) => return check(other, value),
        Many(other) => match value.as_array() {
            Some(list) => return list.iter().try_for_each(|one| check(other, one)),
            None => false,
        },
        Any | Fixed => true,
    };
    if good {
        return Ok(());
    }
    let what = match kind {
        Word(_) | Words(_) => format!(
            "Requested value '{}' was not found.",
            value.as_str().unwrap_or_default()
        ),
        _ => format!("Cannot convert the value of property '{name}' to the expected type."),
    };
    Err(Refusal::bad("RequestBodyRead", what))
}

/// Names `$select` may hold, of the type `of`.
pub(crate) fn names(of: &str) -> impl Iterator<Item = &'static str> {
    fields(of).iter().map(|(name, _)| *name)
}
