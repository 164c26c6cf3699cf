//! What is there at the start. [`sandbox`] is a pleasant choice.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use crate::bench::{Bench, ControlError};

use super::{
    Options, calendars,
    oauth::{Auth, CLIENT_ID, CLIENT_SECRET, CONSUMERS, Client, named_id},
    schema,
    store::{Account, State, Tenant},
    time, write,
};

/// All accounts of a simulator.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// The consent page shows them by address.
    pub accounts: Vec<AccountSeed>,
}

/// One account.
#[derive(Debug, Clone)]
pub struct AccountSeed {
    /// Its address. The domain is its tenant; `outlook.com`, `hotmail.com` and `live.com` are personal.
    pub email: String,
    /// What people call it.
    pub name: String,
    /// Windows or IANA zone.
    pub time_zone: String,
    /// May consent for its whole tenant.
    pub admin: bool,
    /// Events of the default calendar.
    pub events: Vec<Value>,
    /// Further calendars: name and events.
    pub calendars: Vec<(String, Vec<Value>)>,
}

impl Seed {
    /// One account with an empty default calendar.
    pub fn account(self, email: &str, name: &str, time_zone: &str) -> Self {
        self.with(email, name, time_zone, false)
    }

    /// One that may consent for everybody in its tenant.
    pub fn admin(self, email: &str, name: &str, time_zone: &str) -> Self {
        self.with(email, name, time_zone, true)
    }

    fn with(mut self, email: &str, name: &str, time_zone: &str, admin: bool) -> Self {
        self.accounts.push(AccountSeed {
            email: email.into(),
            name: name.into(),
            time_zone: time_zone.into(),
            admin,
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
        tls: None,
        bench: Bench::default(),
        limits: options.limits.clone(),
        revision: 1,
        accounts: Default::default(),
        tenants: Default::default(),
        calendars: Default::default(),
        events: Default::default(),
        transactions: Default::default(),
        auth: Auth::default(),
        rounds: Default::default(),
        subscriptions: Default::default(),
        changes: Default::default(),
        mails: Default::default(),
        calls: Default::default(),
        busy: Default::default(),
        past: None,
    };
    let client = Client {
        id: CLIENT_ID.into(),
        secret: CLIENT_SECRET.into(),
        name: "Calendar Stacker".into(),
        redirect_uris: Vec::new(),
    };
    state.auth.clients.insert(client.id.clone(), client);
    for one in &options.seed.accounts {
        account(&mut state, &one.email, &one.name, &one.time_zone, one.admin)?;
    }
    for one in &options.seed.accounts {
        let home = state.calendar(&one.email, None)?.id.clone();
        plant(&mut state, &one.email, &home, &one.events)?;
        for (name, events) in &one.calendars {
            let id = calendars::add(&mut state, &one.email, name, false);
            plant(&mut state, &one.email, &id, events)?;
        }
    }
    // What was there before anybody looked was told of long ago.
    state.mails.clear();
    state.changes.clear();
    Ok(state)
}

fn plant(state: &mut State, owner: &str, calendar: &str, events: &[Value]) -> Result<(), ControlError> {
    for event in events {
        schema::check("event", event)?;
        write::create(state, owner, calendar, event)?;
    }
    Ok(())
}

/// Adds an account with its default calendar, and its tenant if that is new.
pub(crate) fn account(
    state: &mut State,
    email: &str,
    name: &str,
    time_zone: &str,
    admin: bool,
) -> Result<(), ControlError> {
    if state.accounts.contains_key(email) {
        return Err(ControlError(format!("{email} exists")));
    }
    time::known(time_zone)?;
    let domain = email.split_once('@').map_or("", |(_, domain)| domain).to_lowercase();
    let personal = matches!(domain.as_str(), "outlook.com" | "hotmail.com" | "live.com");
    let tenant = if personal {
        CONSUMERS.to_string()
    } else {
        named_id(&domain)
    };
    if !personal {
        state.tenants.entry(tenant.clone()).or_insert_with(|| Tenant {
            id: tenant.clone(),
            domain,
            admin_consent: false,
            consented: Default::default(),
        });
    }
    let account = Account {
        id: named_id(email),
        email: email.into(),
        name: name.into(),
        tenant,
        time_zone: time_zone.into(),
        admin,
        aliases: Vec::new(),
    };
    state.accounts.insert(email.into(), account);
    calendars::add(state, email, "Calendar", true);
    Ok(())
}

/// This week's Monday; on a weekend the one to come, since that is the week to look at.
fn monday() -> Date {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = i64::from(today.weekday().to_monday_zero_offset());
    today.saturating_sub((if day >= 5 { day - 7 } else { day }).days())
}

fn event(subject: &str, day: i64, from: &str, to: &str, zone: &str, more: Value) -> Value {
    let day = monday().saturating_add(day.days());
    let mut event = json!({
        "subject": subject,
        "start": {"dateTime": format!("{day}T{from}:00"), "timeZone": zone},
        "end": {"dateTime": format!("{day}T{to}:00"), "timeZone": zone},
    });
    if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
        event.extend(more.clone());
    }
    event
}

fn repeats(day: i64, pattern: Value) -> Value {
    json!({"recurrence": {
        "pattern": pattern,
        "range": {"type": "noEnd", "startDate": monday().saturating_add(day.days()).to_string()},
    }})
}

const BERLIN: &str = "W. Europe Standard Time";
const YORK: &str = "Eastern Standard Time";

/// Two accounts with a week's life in their calendars: a consultant at work, a musician with a personal account.
pub fn sandbox() -> Seed {
    let whole = |subject: &str, from: i64, to: i64| {
        let day =
            |n: i64| json!({"dateTime": format!("{}T00:00:00", monday().saturating_add(n.days())), "timeZone": BERLIN});
        json!({"subject": subject, "isAllDay": true, "showAs": "oof", "start": day(from), "end": day(to)})
    };
    Seed::default()
        .admin("mira.sandbox@contoso.example", "Mira Sandbox", BERLIN)
        .account("leo.sandbox@outlook.com", "Leo Sandbox", YORK)
        .filled(0, vec![
            event("Daily check-in", -28, "09:15", "09:30", BERLIN, repeats(-28, json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"]}))),
            event("Client review", 2, "14:00", "15:30", BERLIN, json!({
                "location": {"displayName": "Room Birch"},
                "body": {"contentType": "text", "content": "Numbers of the last quarter."},
                "attendees": [{"emailAddress": {"address": "leo.sandbox@outlook.com", "name": "Leo Sandbox"}, "type": "required"}],
                "isOnlineMeeting": true,
            })),
            event("Dentist", 1, "08:00", "08:45", BERLIN, json!({"sensitivity": "private"})),
            event("Invoices", -24, "16:00", "17:00", BERLIN, repeats(-24, json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"}))),
            whole("Trade fair", 8, 11),
        ], vec![("Project Alder", vec![event("Site visit", 3, "10:00", "12:00", BERLIN, json!({"showAs": "tentative"}))])])
        .filled(1, vec![
            event("Rehearsal", -20, "19:00", "21:00", YORK, repeats(-20, json!({"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]}))),
            event("Lesson: violin", 3, "16:00", "17:00", YORK, json!({})),
        ], Vec::new())
}

impl Seed {
    fn filled(mut self, at: usize, events: Vec<Value>, calendars: Vec<(&str, Vec<Value>)>) -> Self {
        if let Some(account) = self.accounts.get_mut(at) {
            account.events = events;
            account.calendars = calendars
                .into_iter()
                .map(|(name, events)| (name.to_string(), events))
                .collect();
        }
        self
    }
}
