//! What is there at the start. [`sandbox`] is a small town that is pleasant to try things with.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    Options, calendars,
    control::ControlError,
    events::{
        guests::Send,
        instances,
        write::{self, Change},
    },
    oauth::{Auth, CLIENT_ID, CLIENT_SECRET, Client},
    store::{Account, Role, State},
};

/// All accounts of a simulator.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// In the order the consent page shows them is by address.
    pub accounts: Vec<AccountSeed>,
}

/// One account.
#[derive(Debug, Clone)]
pub struct AccountSeed {
    /// Its address; also the id of its primary calendar.
    pub email: String,
    /// What people call it.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Events of the primary calendar.
    pub events: Vec<Value>,
    /// Secondary calendars.
    pub calendars: Vec<CalendarSeed>,
}

/// A secondary calendar.
#[derive(Debug, Clone)]
pub struct CalendarSeed {
    /// Its id, ending in `@group.calendar.google.com`.
    pub id: String,
    /// Its title.
    pub summary: String,
    /// Its events.
    pub events: Vec<Value>,
    /// Other accounts that see it.
    pub shared_with: Vec<(String, Role)>,
}

impl Seed {
    /// One account with an empty primary calendar.
    pub fn account(mut self, email: &str, name: &str, time_zone: &str) -> Self {
        self.accounts.push(AccountSeed {
            email: email.into(),
            name: name.into(),
            time_zone: time_zone.into(),
            events: Vec::new(),
            calendars: Vec::new(),
        });
        self
    }
}

/// The state at the start.
pub(crate) fn state(base_url: &str, options: &Options) -> Result<State, ControlError> {
    let mut state = State {
        base_url: base_url.into(),
        limits: options.limits.clone(),
        offset: SignedDuration::ZERO,
        revision: 1,
        accounts: Default::default(),
        calendars: Default::default(),
        auth: Auth::default(),
        faults: Vec::new(),
        journal: Default::default(),
        recorded: 0,
        mails: Default::default(),
        snapshots: Default::default(),
        calls: Default::default(),
    };
    let client = Client {
        id: CLIENT_ID.into(),
        secret: CLIENT_SECRET.into(),
        name: "Calendar Stacker".into(),
        redirect_uris: Vec::new(),
    };
    state.auth.clients.insert(client.id.clone(), client);
    for one in &options.seed.accounts {
        account(&mut state, &one.email, &one.name, &one.time_zone)?;
    }
    for one in &options.seed.accounts {
        for event in &one.events {
            plant(&mut state, &one.email, &one.email, event)?;
        }
        for calendar in &one.calendars {
            calendars::create(
                &mut state,
                &one.email,
                Some(calendar.id.clone()),
                &calendar.summary,
                &one.time_zone,
            )?;
            for event in &calendar.events {
                plant(&mut state, &one.email, &calendar.id, event)?;
            }
            for (email, role) in &calendar.shared_with {
                share(&mut state, &calendar.id, email, Some(*role))?;
            }
        }
    }
    Ok(state)
}

/// Adds an account with its primary calendar.
pub(crate) fn account(state: &mut State, email: &str, name: &str, time_zone: &str) -> Result<(), ControlError> {
    use sha2::{Digest as _, Sha256};
    if state.accounts.contains_key(email) {
        return Err(ControlError(format!("{email} exists")));
    }
    let digest = Sha256::digest(email.as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let account = Account {
        sub: format!("1{:020}", number),
        email: email.into(),
        name: name.into(),
        time_zone: time_zone.into(),
        list: Default::default(),
    };
    state.accounts.insert(email.into(), account);
    calendars::create(state, email, Some(email.into()), email, time_zone)?;
    Ok(())
}

/// Gives (or takes) a role, and lists the calendar for whom it was given to.
pub(crate) fn share(state: &mut State, calendar: &str, email: &str, role: Option<Role>) -> Result<(), ControlError> {
    state.account(email)?;
    let revision = state.next();
    let home = state.calendar_mut(calendar)?;
    match role {
        Some(role) => home.roles.insert(email.into(), role),
        None => home.roles.remove(email),
    };
    if let Some(account) = state.accounts.get_mut(email) {
        let number = account.list.len();
        let entry = account
            .list
            .entry(calendar.into())
            .or_insert_with(|| calendars::fresh_entry(revision, number, false));
        entry.deleted = role.is_none();
        entry.revision = revision;
    }
    Ok(())
}

/// Puts an event of a seed into a calendar. Two keys are the seed's own: `x-cancelled` and `x-changed`, occurrences of a
/// series by their number.
fn plant(state: &mut State, owner: &str, calendar: &str, event: &Value) -> Result<(), ControlError> {
    let mut body = event.clone();
    let fields = body
        .as_object_mut()
        .ok_or_else(|| ControlError("an event must be an object".into()))?;
    let cancelled = fields.shift_remove("x-cancelled").and_then(|v| v.as_u64());
    let changed = fields.shift_remove("x-changed");
    super::schema::check("Event", &body)?;
    let id = write::add(state, owner, calendar, &body, true, Send::Nobody)?;
    let find = |state: &State, number: u64| -> Result<instances::Located, ControlError> {
        let home = state.calendar(calendar)?;
        let series = instances::locate(home, &id)?;
        let window = instances::Window::new(state.now(), None, None);
        let number = usize::try_from(number).unwrap_or_default();
        let at = instances::all_starts(&series.event().body, window, &TimeZone::UTC)
            .into_iter()
            .nth(number);
        let at = at.ok_or_else(|| ControlError("the series has no such occurrence".into()))?;
        Ok(instances::locate(home, &format!("{id}_{}", at.suffix()))?)
    };
    if let Some(number) = cancelled {
        let located = find(state, number)?;
        write::remove(state, owner, calendar, &located, Send::Nobody);
    }
    if let Some(change) = changed {
        let located = find(state, change["number"].as_u64().unwrap_or_default())?;
        let how = Change {
            whole: false,
            conference: true,
            send: Send::Nobody,
        };
        write::change(state, owner, calendar, &located, &change["patch"], how)?;
    }
    Ok(())
}

/// Days around today, in the words of a calendar.
struct Week {
    monday: Date,
    zone: &'static str,
}

impl Week {
    fn new(zone: &'static str) -> Self {
        let place = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = Timestamp::now().to_zoned(place).date();
        let back = i64::from(today.weekday().to_monday_zero_offset());
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
            week.days("Closed: Thanksgiving", 10, 12, json!({})),
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
