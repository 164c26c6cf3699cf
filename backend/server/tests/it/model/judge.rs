//! What must be so in the end.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{FIELDS, Field, Known, Life, WINDOW};
use crate::harness::send;

impl Life {
    /// Single events and occurrences as our API lists them.
    pub async fn mirror(&self, account: usize) -> Vec<String> {
        let calendar = &self.accounts[account].1.calendar;
        let shown = self
            .pages(&format!(
                "/calendars/{calendar}/events?limit=500&expand=instances&{WINDOW}"
            ))
            .await;
        let text =
            |event: &Value, pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
        let mut lines: Vec<String> = shown
            .iter()
            .map(|event| {
                let state = &event["sync"]["state"];
                assert!(state == "synced" || state == "conflict", "{event:#}");
                let at: Timestamp = text(event, "/start/utc").parse().unwrap();
                format!(
                    "{} {at} {} {}",
                    text(event, "/description"),
                    text(event, "/title"),
                    text(event, "/location")
                )
            })
            .collect();
        lines.sort();
        lines
    }

    /// The same as Google itself expands it.
    pub async fn google(&self, account: usize) -> Vec<String> {
        let email = self.accounts[account].0;
        let tokens = self
            .world
            .control()
            .issue_tokens(email, &["https://www.googleapis.com/auth/calendar"])
            .unwrap();
        let token = tokens.access_token;
        let url = format!("{}/calendar/v3/calendars/{email}/events", self.world.google.base_url);
        let (mut lines, mut page) = (Vec::new(), String::new());
        loop {
            let query = format!(
                "?singleEvents=true&maxResults=2500&timeMin=2027-01-01T00:00:00Z&timeMax=2027-12-31T00:00:00Z{page}"
            );
            let request = self.world.app.http.get(format!("{url}{query}")).bearer_auth(&token);
            let body = send(request).await.ok(200).body;
            for event in body["items"].as_array().unwrap() {
                let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("");
                let at: Timestamp = text("/start/dateTime").parse().unwrap();
                lines.push(format!(
                    "{} {at} {} {}",
                    text("/description"),
                    text("/summary"),
                    text("/location")
                ));
            }
            match body["nextPageToken"].as_str() {
                Some(next) => page = format!("&pageToken={next}"),
                None => break,
            }
        }
        lines.sort();
        lines
    }

    pub async fn judge(&self) -> (usize, usize) {
        let conflicts = self.pages("/conflicts?limit=500").await;
        let mut writes = 0;
        for account in 0..self.accounts.len() {
            let (mirror, google) = (self.mirror(account).await, self.google(account).await);
            let ours: BTreeSet<&String> = mirror.iter().collect();
            let theirs: BTreeSet<&String> = google.iter().collect();
            let only: Vec<_> = ours.symmetric_difference(&theirs).collect();
            assert!(only.is_empty(), "account {account}: the mirror is not true: {only:#?}");
            assert_eq!(mirror.len(), google.len(), "account {account}");
            let mut seen = BTreeSet::new();
            let singles: BTreeSet<&str> = self
                .events
                .iter()
                .filter(|e| !e.series)
                .map(|e| e.token.as_str())
                .collect();
            for line in &google {
                let token = line.split(' ').next().unwrap();
                assert!(!singles.contains(token) || seen.insert(token), "twice: {line}");
            }
            for known in self
                .events
                .iter()
                .filter(|known| known.account == account && !known.series)
            {
                writes += known.here.len() + 1;
                let line = google
                    .iter()
                    .find(|line| line.split(' ').next() == Some(known.token.as_str()));
                let about: Vec<&Value> = conflicts
                    .iter()
                    .filter(|one| one["event_id"] == known.id.as_str())
                    .collect();
                self.told(known, line, &about);
            }
        }
        (writes, conflicts.len())
    }

    /// What was acknowledged here is there, or somebody was told why not.
    fn told(&self, known: &Known, line: Option<&String>, conflicts: &[&Value]) {
        let Some(line) = line else {
            let deleted = known.deleted_here.is_some() || known.deleted_there.is_some();
            assert!(deleted, "lost without a deletion: {known:#?} {conflicts:#?}");
            if let (None, Some(deleted)) = (known.deleted_here, known.deleted_there) {
                let late = known.here.iter().any(|write| write.batch > deleted);
                let told = conflicts.iter().any(|one| one["kind"] == "deleted_there");
                assert!(!late || told, "lost to a deletion unheard: {known:#?} {conflicts:#?}");
            }
            return;
        };
        let kind = |kind: &str| conflicts.iter().any(|one| one["kind"] == kind);
        if let Some(deleted) = known.deleted_here {
            assert!(kind("deleted_here"), "a deletion is lost: {known:#?} {conflicts:#?}");
            // What was said before the deletion is not said any more.
            if known.here.iter().all(|write| write.batch <= deleted) {
                return;
            }
        }
        for field in FIELDS {
            let Some(last) = known.here.iter().rev().find(|write| write.field == field) else {
                continue;
            };
            let rivals = known
                .here
                .iter()
                .filter(|write| write.field == field && write.batch == last.batch);
            let parts: Vec<&str> = line.split(' ').collect();
            let now = match field {
                Field::Time => parts[1],
                Field::Title => parts[2],
                Field::Location => parts[3],
            };
            let visible = rivals.clone().any(|write| write.value == now);
            let later = known
                .there
                .iter()
                .any(|write| write.field == field && write.batch >= last.batch && write.value == now);
            let recorded = conflicts.iter().any(|one| {
                let said = match field {
                    Field::Time => one["ours"]["start"]["date_time"]
                        .as_str()
                        .map(|text| format!("{}Z", text.trim_end_matches('Z'))),
                    _ => one["ours"][field.word()].as_str().map(str::to_owned),
                };
                rivals
                    .clone()
                    .any(|write| said.as_deref() == Some(write.value.as_str()))
            });
            assert!(
                visible || later || recorded,
                "lost: {field:?} {last:?}, now {line}\n{known:#?}\n{conflicts:#?}"
            );
        }
    }
}
