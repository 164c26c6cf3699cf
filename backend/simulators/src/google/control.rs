//! What only tests and the sandbox can do: move the clock, read the journal, change things “in Google”, order faults.
//!
//! The same verbs as Rust methods here and over HTTP in [`super::control_http`].

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    bench::ControlError,
    faults::{Effect, Fault},
    journal::{Mail, Recorded},
};

use super::{
    Limits, calendars,
    events::{
        guests::{self, Send},
        instances,
        present::{View, show},
        write::{self, Change},
    },
    oauth::{self, CLIENT_ID, Client, Tokens},
    operations::Query,
    server::Shared,
    store::{Role, State},
};

impl From<super::errors::Refusal> for ControlError {
    fn from(refusal: super::errors::Refusal) -> Self {
        Self(format!("{} {}: {}", refusal.status, refusal.reason, refusal.message))
    }
}

/// A handle on a running simulator. Clones mean the same one.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Control")
    }
}

impl Control {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The state, for the verbs every control plane has.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Now on the virtual clock.
    pub fn now(&self) -> Timestamp {
        self.shared.lock().now()
    }

    /// Moves the virtual clock on. Negative durations move it back.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.shared.lock();
        state.bench.offset = state.bench.offset.saturating_add(by);
    }

    /// Sets how far the virtual clock is ahead of the real one.
    pub fn set_offset(&self, offset: SignedDuration) {
        self.shared.lock().bench.offset = offset;
    }

    /// Lifetimes and limits, changed in place.
    pub fn limits(&self, change: impl FnOnce(&mut Limits)) {
        change(&mut self.shared.lock().limits);
    }

    /// All calls so far, oldest first.
    pub fn journal(&self) -> Vec<Recorded> {
        self.shared.lock().bench.calls(None)
    }

    /// Calls of one operation, oldest first.
    pub fn calls(&self, operation: &str) -> Vec<Recorded> {
        self.shared.lock().bench.calls(Some(operation))
    }

    /// Forgets the calls so far.
    pub fn clear_journal(&self) {
        self.shared.lock().bench.journal.clear();
    }

    /// Mail that would have been sent, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.lock().mails.iter().cloned().collect()
    }

    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        let mut state = self.shared.lock();
        if fault.effect == Effect::StaleRead {
            state.past = None;
            state.past = Some(Box::new(state.clone()));
        }
        state.bench.faults.push(fault);
    }

    /// Begins the row of random numbers anew: the same calls suffer the same faults again.
    pub fn seed(&self, seed: u64) {
        self.shared.lock().bench.dice = seed;
    }

    /// Keeps everything as it is now, to come back to. The name of the mark.
    pub fn mark(&self) -> usize {
        let state = self.shared.lock().clone();
        let mut marks = self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.push(state);
        marks.len()
    }

    /// Everything is as it was at the mark, but for the clock, the journal and sync tokens: those of the time between are
    /// too old, since what they know of has never happened.
    ///
    /// # Errors
    /// No such mark.
    pub fn restore(&self, mark: usize) -> Result<(), ControlError> {
        let marks = self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = mark.checked_sub(1).and_then(|at| marks.get(at)).cloned();
        let kept = kept.ok_or_else(|| ControlError(format!("no such mark: {mark}")))?;
        let mut state = self.shared.lock();
        let now = std::mem::replace(&mut *state, kept);
        state.revision = now.revision;
        state.bench.keep(now.bench);
        drop(state);
        self.expire_sync_tokens(None)
    }

    /// Faults still on order.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.lock().bench.faults.clone()
    }

    /// Takes back all faults.
    pub fn clear_faults(&self) {
        self.shared.lock().bench.faults.clear();
    }

    /// Registers an OAuth client, or replaces one.
    pub fn register_client(&self, client: Client) {
        self.shared.lock().auth.clients.insert(client.id.clone(), client);
    }

    /// Adds an account with a primary calendar.
    ///
    /// # Errors
    /// An unknown zone, or an address that is taken.
    pub fn add_account(&self, email: &str, name: &str, time_zone: &str) -> Result<(), ControlError> {
        super::seed::account(&mut self.shared.lock(), email, name, time_zone)
    }

    /// Adds a secondary calendar and returns its id.
    ///
    /// # Errors
    /// An unknown account or zone.
    pub fn add_calendar(&self, owner: &str, summary: &str, time_zone: &str) -> Result<String, ControlError> {
        let mut state = self.shared.lock();
        state.account(owner)?;
        Ok(calendars::create(&mut state, owner, None, summary, time_zone)?)
    }

    /// Takes a calendar away from everybody.
    pub fn delete_calendar(&self, calendar: &str) {
        calendars::erase(&mut self.shared.lock(), calendar);
    }

    /// Shares a calendar with an account and lists it there; `None` takes it back.
    ///
    /// # Errors
    /// An unknown account or calendar.
    pub fn share(&self, calendar: &str, email: &str, role: Option<Role>) -> Result<(), ControlError> {
        super::seed::share(&mut self.shared.lock(), calendar, email, role)
    }

    /// Tokens for an account without a consent page, for [`CLIENT_ID`].
    ///
    /// # Errors
    /// An unknown account.
    pub fn issue_tokens(&self, email: &str, scopes: &[&str]) -> Result<Tokens, ControlError> {
        let mut state = self.shared.lock();
        state.account(email)?;
        let lifetime = SignedDuration::from_secs(state.limits.access_token_seconds);
        let expires = state.now().checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let scopes = scopes.iter().map(|s| oauth::full_name(s)).collect();
        Ok(state.auth.issue(email, CLIENT_ID, scopes, expires))
    }

    /// Consents to an authorization address as `email` would: `None` allows all it asks for, `Some` only these scopes.
    /// Returns the address the browser is sent back to.
    ///
    /// # Errors
    /// What the consent page would have shown instead.
    pub fn consent(&self, authorization_url: &str, email: &str, only: Option<&[&str]>) -> Result<String, ControlError> {
        let mut state = self.shared.lock();
        state.account(email)?;
        let query = authorization_url.split_once('?').map_or("", |(_, q)| q);
        let asked =
            oauth::authorize::ask(&state, query).map_err(|b| ControlError(format!("{}: {}", b.code, b.detail)))?;
        let ticked: BTreeSet<String> = match only {
            None => asked.scopes.iter().cloned().collect(),
            Some(scopes) => scopes.iter().map(|s| oauth::full_name(s)).collect(),
        };
        Ok(asked.allow(&mut state, email, &ticked))
    }

    /// Revokes everything an account granted: access and refresh tokens are dead.
    pub fn revoke_account(&self, email: &str) {
        self.shared.lock().auth.revoke_account(email);
    }

    /// Ends access tokens at once; refresh tokens stay. `None`: of all accounts.
    pub fn expire_access_tokens(&self, email: Option<&str>) {
        let mut state = self.shared.lock();
        let now = state.now();
        state.auth.expire_access(email, now);
    }

    /// Makes all sync tokens given so far answer 410; with a calendar only its own.
    ///
    /// # Errors
    /// An unknown calendar.
    pub fn expire_sync_tokens(&self, calendar: Option<&str>) -> Result<(), ControlError> {
        let mut state = self.shared.lock();
        let floor = state.next();
        match calendar {
            Some(id) => state.calendar_mut(id)?.sync_floor = floor,
            None => state.limits.sync_floor = floor,
        }
        Ok(())
    }

    /// The event as its owner sees it.
    ///
    /// # Errors
    /// There is none.
    pub fn event(&self, calendar: &str, id: &str) -> Result<Value, ControlError> {
        let state = self.shared.lock();
        Ok(read(&state, calendar, id)?)
    }

    /// All events of a calendar as its owner sees them, tombstones included.
    ///
    /// # Errors
    /// An unknown calendar.
    pub fn events(&self, calendar: &str) -> Result<Vec<Value>, ControlError> {
        let state = self.shared.lock();
        let home = state.calendar(calendar)?;
        let view = View::of(&state, &home.owner, home, &Query::default())?;
        Ok(home
            .events
            .values()
            .map(|event| show(&view, home, event, false))
            .collect())
    }

    /// Inserts an event “in Google”: by the calendar's owner, who is not our client. Returns it.
    ///
    /// # Errors
    /// What Google would refuse.
    pub fn insert_event(&self, calendar: &str, body: &Value) -> Result<Value, ControlError> {
        let mut state = self.shared.lock();
        super::schema::check("Event", body)?;
        let owner = state.calendar(calendar)?.owner.clone();
        let id = write::add(&mut state, &owner, calendar, body, true, Send::Nobody)?;
        Ok(read(&state, calendar, &id)?)
    }

    /// Puts something into a calendar that no client can read: an event that starts at no time. Returns its id.
    ///
    /// # Errors
    /// An unknown calendar.
    pub fn insert_malformed(&self, calendar: &str) -> Result<String, ControlError> {
        let mut state = self.shared.lock();
        let owner = state.calendar(calendar)?.owner.clone();
        let at = json!({"dateTime": "2027-03-02T08:00:00Z"});
        let body = json!({"summary": "Malformed", "start": at, "end": {"dateTime": "2027-03-02T09:00:00Z"}});
        let id = write::add(&mut state, &owner, calendar, &body, true, Send::Nobody)?;
        if let Some(event) = state.calendar_mut(calendar)?.events.get_mut(&id) {
            event
                .body
                .insert("start".into(), json!({"dateTime": "2027-13-45T08:00:00Z"}));
        }
        Ok(id)
    }

    /// Changes an event, or one occurrence by its instance id, “in Google”. Returns it.
    ///
    /// # Errors
    /// What Google would refuse.
    pub fn patch_event(&self, calendar: &str, id: &str, patch: &Value) -> Result<Value, ControlError> {
        let mut state = self.shared.lock();
        super::schema::check("Event", patch)?;
        let home = state.calendar(calendar)?;
        let owner = home.owner.clone();
        let located = instances::locate(home, id)?;
        let how = Change {
            whole: false,
            conference: true,
            send: Send::Nobody,
        };
        let id = write::change(&mut state, &owner, calendar, &located, patch, how)?;
        Ok(read(&state, calendar, &id)?)
    }

    /// Deletes an event, or one occurrence by its instance id, “in Google”.
    ///
    /// # Errors
    /// There is none.
    pub fn delete_event(&self, calendar: &str, id: &str) -> Result<(), ControlError> {
        let mut state = self.shared.lock();
        let home = state.calendar(calendar)?;
        let owner = home.owner.clone();
        let located = instances::locate(home, id)?;
        write::remove(&mut state, &owner, calendar, &located, Send::Nobody);
        Ok(())
    }

    /// Sets a guest's answer (`accepted`, `declined`, `tentative`, `needsAction`) the way it arrives at the organizer.
    ///
    /// # Errors
    /// No such event or guest.
    pub fn answer(&self, calendar: &str, id: &str, guest: &str, response: &str) -> Result<Value, ControlError> {
        let mut state = self.shared.lock();
        let home = state.calendar(calendar)?;
        let owner = home.owner.clone();
        let located = instances::locate(home, id)?;
        let mut all = located.event().body.clone();
        let mut own = guests::answer_of(&all, guest).ok_or_else(|| ControlError(format!("{guest} is not invited")))?;
        own["responseStatus"] = json!(response);
        guests::set_answer(&mut all, guest, &own);
        let patch = json!({"attendees": all.get("attendees")});
        let how = Change {
            whole: false,
            conference: true,
            send: Send::Nobody,
        };
        let id = write::change(&mut state, &owner, calendar, &located, &patch, how)?;
        Ok(read(&state, calendar, &id)?)
    }
}

fn read(state: &State, calendar: &str, id: &str) -> Result<Value, super::errors::Refusal> {
    let home = state.calendar(calendar)?;
    let view = View::of(state, &home.owner, home, &Query::default())?;
    Ok(show(&view, home, instances::locate(home, id)?.event(), false))
}

impl Control {
    /// As [`Control::limits`], from JSON; returns all of them.
    pub(crate) fn patch_limits(&self, patch: &Value) -> Result<Value, ControlError> {
        let bad = |problem: serde_json::Error| ControlError(problem.to_string());
        let mut state = self.shared.lock();
        let mut all = serde_json::to_value(&state.limits).map_err(bad)?;
        for (key, value) in patch.as_object().into_iter().flatten() {
            let known = all
                .get_mut(key)
                .ok_or_else(|| ControlError(format!("no such limit: {key}")))?;
            *known = value.clone();
        }
        let floor = state.limits.sync_floor;
        state.limits = serde_json::from_value(all.clone()).map_err(bad)?;
        state.limits.sync_floor = floor;
        Ok(all)
    }
}
