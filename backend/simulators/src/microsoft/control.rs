//! What only tests and the sandbox can do: move the clock, read the journal, change things “in Outlook”, order faults.
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
    Limits, calendars, invite,
    oauth::{self, CLIENT_ID, Client, Tokens},
    present,
    query::{Prefer, Query},
    schema,
    server::Shared,
    store::{ItemKey, State},
    write,
};

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

fn missing(what: &str) -> ControlError {
    ControlError(format!("there is no {what}"))
}

impl Control {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

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

    /// Faults still on order.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.lock().bench.faults.clone()
    }

    /// Takes back all faults.
    pub fn clear_faults(&self) {
        self.shared.lock().bench.faults.clear();
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

    /// Everything is as it was at the mark, but for the clock, the journal and delta links: those of the time between are
    /// too old, since what they know of has never happened.
    ///
    /// # Errors
    /// No such mark.
    pub fn restore(&self, mark: usize) -> Result<(), ControlError> {
        let marks = self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = mark.checked_sub(1).and_then(|at| marks.get(at)).cloned();
        let kept = kept.ok_or_else(|| missing("such mark"))?;
        let mut state = self.shared.lock();
        let now = std::mem::replace(&mut *state, kept);
        state.revision = now.revision;
        state.busy = now.busy;
        state.bench.keep(now.bench);
        drop(state);
        self.expire_delta_links(None);
        Ok(())
    }

    /// Registers an OAuth client, or replaces one.
    pub fn register_client(&self, client: Client) {
        self.shared.lock().auth.clients.insert(client.id.clone(), client);
    }

    /// Adds an account with a default calendar. Its domain is its tenant; `outlook.com`, `hotmail.com` and `live.com` are
    /// personal.
    ///
    /// # Errors
    /// An unknown zone, or an address that is taken.
    pub fn add_account(&self, email: &str, name: &str, time_zone: &str) -> Result<(), ControlError> {
        super::seed::account(&mut self.shared.lock(), email, name, time_zone, false)
    }

    /// The same, of somebody who may consent for their whole tenant.
    ///
    /// # Errors
    /// An unknown zone, or an address that is taken.
    pub fn add_administrator(&self, email: &str, name: &str, time_zone: &str) -> Result<(), ControlError> {
        super::seed::account(&mut self.shared.lock(), email, name, time_zone, true)
    }

    /// Gives an account's mailbox another address.
    ///
    /// # Errors
    /// An unknown account.
    pub fn add_alias(&self, email: &str, alias: &str) -> Result<(), ControlError> {
        let mut state = self.shared.lock();
        state.account(email)?;
        if let Some(account) = state.accounts.get_mut(email) {
            account.aliases.push(alias.into());
        }
        Ok(())
    }

    /// Whether people of a tenant need an administrator to consent.
    ///
    /// # Errors
    /// An unknown domain.
    pub fn require_admin_consent(&self, domain: &str, required: bool) -> Result<(), ControlError> {
        let mut state = self.shared.lock();
        let tenant = state
            .tenants
            .values_mut()
            .find(|t| t.domain == domain)
            .ok_or_else(|| missing("such tenant"))?;
        tenant.admin_consent = required;
        Ok(())
    }

    /// Adds a calendar and returns its id. One that is not editable answers writes with 403.
    ///
    /// # Errors
    /// An unknown account.
    pub fn add_calendar(&self, owner: &str, name: &str, editable: bool) -> Result<String, ControlError> {
        let mut state = self.shared.lock();
        state.account(owner)?;
        let id = calendars::add(&mut state, owner, name, false);
        if let Some(calendar) = state.calendars.get_mut(&id) {
            calendar.editable = editable;
        }
        Ok(id)
    }

    /// The id of an account's default calendar.
    ///
    /// # Errors
    /// An unknown account.
    pub fn default_calendar(&self, owner: &str) -> Result<String, ControlError> {
        Ok(self.shared.lock().calendar(owner, None)?.id.clone())
    }

    /// Takes a calendar away.
    pub fn delete_calendar(&self, calendar: &str) {
        calendars::erase(&mut self.shared.lock(), calendar);
    }

    /// Tokens for an account without a consent page, for [`CLIENT_ID`].
    ///
    /// # Errors
    /// An unknown account.
    pub fn issue_tokens(&self, email: &str, scopes: &[&str]) -> Result<Tokens, ControlError> {
        let mut state = self.shared.lock();
        let account = state.account(email)?.clone();
        let scopes: BTreeSet<String> = scopes.iter().map(|s| oauth::short_name(s)).collect();
        Ok(oauth::issue(&mut state, &account, CLIENT_ID, scopes))
    }

    /// Consents to an authorization address as `email` would. Returns the address the browser is sent back to.
    ///
    /// # Errors
    /// What the pages would have shown instead.
    pub fn consent(&self, authorization_url: &str, email: &str) -> Result<String, ControlError> {
        let mut state = self.shared.lock();
        let account = state.account(email)?.clone();
        let url = url::Url::parse(authorization_url).map_err(|problem| ControlError(problem.to_string()))?;
        let tenant = url
            .path_segments()
            .and_then(|mut s| s.next())
            .unwrap_or_default()
            .to_string();
        let said = |p: oauth::words::Aadsts| ControlError(format!("AADSTS{}: {}", p.number, p.text));
        let asked = oauth::authorize::ask(&state, &tenant, url.query().unwrap_or_default()).map_err(said)?;
        asked.admits(&account).map_err(said)?;
        if asked.needs_admin(&state, &account) {
            return Err(ControlError("AADSTS90094: Need admin approval".into()));
        }
        Ok(asked.allow(&mut state, &account))
    }

    /// Ends the sign-in sessions of an account: refresh tokens are dead (AADSTS50173). With `at_once` access tokens too.
    pub fn revoke_sessions(&self, email: &str, at_once: bool) {
        self.shared.lock().auth.revoke(email, at_once);
    }

    /// Takes back the consent of an account: refreshing says AADSTS65001.
    pub fn forget_consent(&self, email: &str) {
        self.shared.lock().auth.forget_consent(email);
    }

    /// Ends access tokens at once; refresh tokens stay. `None`: of all accounts.
    pub fn expire_access_tokens(&self, email: Option<&str>) {
        let mut state = self.shared.lock();
        let now = state.now();
        state.auth.expire_access(email, now);
    }

    /// Makes all delta links given so far answer 410; with a calendar only its own.
    pub fn expire_delta_links(&self, calendar: Option<&str>) {
        let mut state = self.shared.lock();
        let floor = state.next();
        match calendar.and_then(|id| state.calendars.get_mut(id)) {
            Some(calendar) => calendar.sync_floor = floor,
            None => state.limits.delta_floor = floor,
        }
    }

    /// All events of a calendar as its owner sees them, without occurrences.
    ///
    /// # Errors
    /// An unknown calendar.
    pub fn events(&self, calendar: &str) -> Result<Vec<Value>, ControlError> {
        let state = self.shared.lock();
        state.calendars.get(calendar).ok_or_else(|| missing("such calendar"))?;
        let mine = state.events.values().filter(|e| e.calendar == calendar);
        Ok(mine
            .filter_map(|e| read(&state, &ItemKey(e.key.clone(), None)).ok())
            .collect())
    }

    /// The event or occurrence as its owner sees it, extended properties included.
    ///
    /// # Errors
    /// There is none.
    pub fn event(&self, id: &str) -> Result<Value, ControlError> {
        let state = self.shared.lock();
        read(&state, &item(id)?)
    }

    /// Makes an event “in Outlook”: by the calendar's owner, who is not our client. Returns it.
    ///
    /// # Errors
    /// What Graph would refuse.
    pub fn insert_event(&self, calendar: &str, body: &Value) -> Result<Value, ControlError> {
        let mut state = self.shared.lock();
        schema::check("event", body)?;
        let owner = state
            .calendars
            .get(calendar)
            .ok_or_else(|| missing("such calendar"))?
            .owner
            .clone();
        let key = write::create(&mut state, &owner, calendar, body)?;
        read(&state, &ItemKey(key, None))
    }

    /// Changes an event or an occurrence “in Outlook”. Returns it.
    ///
    /// # Errors
    /// What Graph would refuse.
    pub fn patch_event(&self, id: &str, patch: &Value) -> Result<Value, ControlError> {
        let mut state = self.shared.lock();
        schema::check("event", patch)?;
        let item = item(id)?;
        write::update(&mut state, &item, patch)?;
        read(&state, &item)
    }

    /// Deletes an event or an occurrence “in Outlook”.
    ///
    /// # Errors
    /// There is none.
    pub fn delete_event(&self, id: &str) -> Result<(), ControlError> {
        let mut state = self.shared.lock();
        Ok(write::remove(&mut state, &item(id)?)?)
    }

    /// Gives an event the zone of a desktop program, which has rules but no name: `tzone://Microsoft/Custom`.
    ///
    /// # Errors
    /// There is none.
    pub fn custom_zone(&self, id: &str) -> Result<(), ControlError> {
        let mut state = self.shared.lock();
        let revision = state.next();
        let event = state.event_mut(&item(id)?.0)?;
        (event.custom_zone, event.revision) = (true, revision);
        Ok(())
    }

    /// The id of the occurrence of a series on a day (`2027-03-01`).
    ///
    /// # Errors
    /// There is none.
    pub fn occurrence_id(&self, series: &str, day: &str) -> Result<String, ControlError> {
        let day = day.parse().map_err(|_| missing("such day"))?;
        let one = ItemKey(item(series)?.0, Some(day));
        read(&self.shared.lock(), &one)?;
        Ok(super::store::id_text(&one, false))
    }

    /// The same id as callers see it who prefer immutable ones.
    ///
    /// # Errors
    /// It is no id.
    pub fn immutable_id(&self, id: &str) -> Result<String, ControlError> {
        Ok(super::store::id_text(&item(id)?, true))
    }

    /// Sets a guest's answer (`accepted`, `declined`, `tentativelyAccepted`) the way it arrives at the organizer.
    ///
    /// # Errors
    /// No such event or guest.
    pub fn answer(&self, id: &str, guest: &str, response: &str) -> Result<Value, ControlError> {
        let mut state = self.shared.lock();
        let item = item(id)?;
        let (organizer, uid) = {
            let event = state.event(&item.0)?;
            (event.organizer.clone(), event.uid.clone())
        };
        if !invite::arrive(&mut state, &organizer, &uid, guest, response) {
            return Err(ControlError(format!("{guest} is not invited")));
        }
        read(&state, &item)
    }

    /// Ids of the subscriptions that are alive.
    pub fn subscriptions(&self) -> Vec<String> {
        let state = self.shared.lock();
        let now = state.now();
        state
            .subscriptions
            .values()
            .filter(|s| s.expires > now)
            .map(|s| s.id.clone())
            .collect()
    }

    /// Sends a lifecycle notification: `reauthorizationRequired` (no change is told until it is obeyed),
    /// `subscriptionRemoved` (it is), `missed`.
    ///
    /// # Errors
    /// No such subscription or word.
    pub fn lifecycle(&self, subscription: &str, word: &str) -> Result<(), ControlError> {
        let words = ["reauthorizationRequired", "subscriptionRemoved", "missed"];
        let word = words
            .into_iter()
            .find(|w| *w == word)
            .ok_or_else(|| missing("such lifecycle event"))?;
        let mut state = self.shared.lock();
        let one = state
            .subscriptions
            .get_mut(subscription)
            .ok_or_else(|| missing("such subscription"))?;
        one.paused |= word == "reauthorizationRequired";
        one.words.push(word);
        Ok(())
    }

    /// As [`Control::limits`], from JSON; returns all of them.
    pub(crate) fn patch_limits(&self, patch: &Value) -> Result<Value, ControlError> {
        let bad = |problem: serde_json::Error| ControlError(problem.to_string());
        let mut state = self.shared.lock();
        let mut all = serde_json::to_value(&state.limits).map_err(bad)?;
        for (key, value) in patch.as_object().into_iter().flatten() {
            let known = all.get_mut(key).ok_or_else(|| missing(&format!("limit {key}")))?;
            *known = value.clone();
        }
        let floor = state.limits.delta_floor;
        state.limits = serde_json::from_value(all.clone()).map_err(bad)?;
        state.limits.delta_floor = floor;
        Ok(all)
    }
}

fn item(id: &str) -> Result<ItemKey, ControlError> {
    super::store::parse_id(id).ok_or_else(|| missing("such event"))
}

fn read(state: &State, item: &ItemKey) -> Result<Value, ControlError> {
    let query = Query::default();
    let mut event = present::show(state, item, &Prefer::default(), &query).ok_or_else(|| missing("such event"))?;
    let properties = state
        .events
        .get(&item.0)
        .and_then(|e| e.body.get("singleValueExtendedProperties"));
    if let Some(list) = properties {
        event["singleValueExtendedProperties"] = json!(list);
    }
    Ok(event)
}
