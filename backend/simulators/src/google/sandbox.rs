//! A small town that is pleasant to try things with: a week's life in the calendars of three accounts.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    seed::{AccountSeed, CalendarSeed, Seed},
    store::Role,
};

/// Days around today, in the words of a calendar.
struct Week {
    monday: Date,
    zone: &'static str,
}

impl Week {
    fn new(zone: &'static str) -> Self {
        let place = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = Timestamp::now().to_zoned(place).date();
        // On a weekend the week to come is the one to look at.
        let day = i64::from(today.weekday().to_monday_zero_offset());
        let back = if day >= 5 { day - 7 } else { day };
        Self {
            monday: today.checked_sub(back.days()).unwrap_or(today),
            zone,
        }
    }

    /// Days after this week's Monday; may be negative.
    fn day(&self, number: i64) -> Date {
        self.monday.checked_add(number.days()).unwrap_or(self.monday)
    }

    fn at(&self, day: i64, time: &str) -> Value {
        json!({"dateTime": format!("{}T{time}:00", self.day(day)), "timeZone": self.zone})
    }

    fn event(&self, summary: &str, day: i64, from: &str, to: &str, more: Value) -> Value {
        let mut event = json!({"summary": summary, "start": self.at(day, from), "end": self.at(day, to)});
        if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
            event.extend(more.clone());
        }
        event
    }

    fn days(&self, summary: &str, from: i64, to: i64, more: Value) -> Value {
        let mut event = json!({
            "summary": summary,
            "start": {"date": self.day(from).to_string()},
            "end": {"date": self.day(to).to_string()},
        });
        if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
            event.extend(more.clone());
        }
        event
    }
}

/// Three accounts with a week's life in their calendars: Dana, a dentist, a yoga studio.
pub fn sandbox() -> Seed {
    Seed {
        accounts: vec![dana(), dental(), yoga()],
    }
}

const DANA: &str = "dana.sandbox@example.com";
const DENTAL: &str = "bright.dental@example.com";
const YOGA: &str = "riverside.yoga@example.com";

fn dana() -> AccountSeed {
    let week = Week::new("Europe/Berlin");
    let guest =
        |email: &str, name: &str, answer: &str| json!({"email": email, "displayName": name, "responseStatus": answer});
    AccountSeed {
        email: DANA.into(),
        name: "Dana Sandbox".into(),
        time_zone: week.zone.into(),
        events: vec![
            week.event(
                "Team stand-up",
                -28,
                "09:30",
                "09:45",
                json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"], "x-cancelled": 22, "colorId": "7"}),
            ),
            week.event(
                "Quarterly planning",
                2,
                "13:00",
                "15:00",
                json!({
                    "location": "Room Aspen",
                    "description": "Bring the numbers of the last quarter.",
                    "attendees": [
                        guest(DANA, "Dana Sandbox", "accepted"),
                        guest("alex.rivera@example.com", "Alex Rivera", "accepted"),
                        guest("sam.okafor@example.com", "Sam Okafor", "tentative"),
                        guest("kim.larsen@example.com", "Kim Larsen", "declined"),
                        guest("pat.moreau@example.com", "Pat Moreau", "needsAction"),
                    ],
                    "conferenceData": {"createRequest": {"requestId": "sandbox-planning", "conferenceSolutionKey": {"type": "hangoutsMeet"}}},
                }),
            ),
            week.event(
                "Vendor demo",
                3,
                "11:00",
                "12:00",
                json!({"attendees": [
                    guest(DANA, "Dana Sandbox", "declined"),
                    guest("vendor@example.net", "Vendor", "accepted"),
                ]}),
            ),
            week.event("Doctor", 1, "08:00", "08:45", json!({"visibility": "private"})),
            week.event("Lunch with Robin", 4, "12:30", "13:30", json!({"location": "Café Linde"})),
            week.event("Focus", 3, "14:00", "16:30", json!({"transparency": "opaque", "colorId": "9"})),
            week.days("Conference in Lisbon", 8, 11, json!({"location": "Lisbon"})),
            week.days("Mum’s birthday", 5, 6, json!({"transparency": "transparent", "recurrence": ["RRULE:FREQ=YEARLY"]})),
        ],
        calendars: vec![
            CalendarSeed {
                id: "family.sandbox@group.calendar.google.com".into(),
                summary: "Family".into(),
                events: vec![
                    week.event(
                        "Swimming lesson",
                        -14,
                        "16:00",
                        "17:00",
                        json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=12"], "location": "City pool"}),
                    ),
                    week.days("Holidays", 21, 28, json!({})),
                ],
                shared_with: Vec::new(),
            },
            CalendarSeed {
                id: "side.project@group.calendar.google.com".into(),
                summary: "Side project".into(),
                events: vec![week.event("Pair programming", 5, "10:00", "12:00", json!({"status": "tentative"}))],
                shared_with: Vec::new(),
            },
        ],
    }
}

fn dental() -> AccountSeed {
    let week = Week::new("America/New_York");
    AccountSeed {
        email: DENTAL.into(),
        name: "Bright Dental".into(),
        time_zone: week.zone.into(),
        events: vec![
            week.event(
                "Check-up: J. Ortiz",
                0,
                "09:00",
                "09:30",
                json!({"extendedProperties": {"private": {"chair": "1"}}}),
            ),
            week.event(
                "Cleaning: M. Chen",
                1,
                "10:00",
                "11:00",
                json!({"extendedProperties": {"private": {"chair": "2"}}}),
            ),
            week.event(
                "Root canal: R. Patel",
                2,
                "13:00",
                "14:30",
                json!({"visibility": "private"}),
            ),
            week.event(
                "Staff meeting",
                -21,
                "08:00",
                "08:30",
                json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO"], "x-changed": {"number": 4, "patch": {
                    "summary": "Staff meeting (moved)",
                    "start": week.at(8, "12:00"),
                    "end": week.at(8, "12:45"),
                }}}),
            ),
            week.days("Closed for training", 10, 12, json!({})),
        ],
        calendars: vec![CalendarSeed {
            id: "chair.two@group.calendar.google.com".into(),
            summary: "Chair 2".into(),
            events: vec![week.event("Crown fitting", 3, "09:00", "10:30", json!({}))],
            shared_with: vec![(DANA.into(), Role::Reader)],
        }],
    }
}

fn yoga() -> AccountSeed {
    let week = Week::new("Europe/London");
    AccountSeed {
        email: YOGA.into(),
        name: "Riverside Yoga".into(),
        time_zone: week.zone.into(),
        events: vec![
            week.event(
                "Morning flow",
                -20,
                "07:00",
                "08:00",
                json!({
                    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TU,TH"],
                    "location": "Studio 1",
                    "x-cancelled": 6,
                    "x-changed": {"number": 7, "patch": {"summary": "Morning flow with a guest teacher", "location": "Studio 2"}},
                }),
            ),
            week.event(
                "Evening yin",
                -18,
                "18:30",
                "19:45",
                json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TH"], "location": "Studio 1"}),
            ),
            week.event(
                "Trial lesson: Dana",
                4,
                "17:00",
                "18:00",
                json!({"attendees": [{"email": DANA, "displayName": "Dana Sandbox"}]}),
            ),
            week.days("Retreat", 26, 29, json!({"location": "Lake house"})),
        ],
        calendars: vec![CalendarSeed {
            id: "studio.two@group.calendar.google.com".into(),
            summary: "Studio 2".into(),
            events: vec![week.event("Floor repair", 2, "09:00", "17:00", json!({}))],
            shared_with: Vec::new(),
        }],
    }
}
