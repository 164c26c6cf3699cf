//! What is there at the start. [`sandbox`](super::sandbox()) is a pleasant choice.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::bench::{Bench, ControlError};

use super::{
    Options, calendar_list, calendars,
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
        bench: Bench::default(),
        revision: 1,
        accounts: Default::default(),
        calendars: Default::default(),
        auth: Auth::default(),
        mails: Default::default(),
        snapshots: Default::default(),
        channels: Vec::new(),
        past: None,
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
            .or_insert_with(|| calendar_list::fresh_entry(revision, number, false));
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
