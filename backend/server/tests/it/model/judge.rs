//! What must be so in the end.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use simulators::google::Recorded;

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
                if let Err(complaint) = told(known, line, &about) {
                    panic!("{complaint}\n{known:#?}\n{about:#?}\n{}", self.evidence(known));
                }
            }
        }
        (writes, conflicts.len())
    }

    /// What Google was asked about an event, and what it answered.
    fn evidence(&self, known: &Known) -> String {
        let journal = self.world.control().journal();
        // Written anew it has another name.
        let mut names: BTreeSet<&str> = BTreeSet::from([known.name.as_str()]);
        for call in &journal {
            if let Some(body) = call
                .body
                .as_ref()
                .filter(|body| body["description"] == known.token.as_str())
            {
                names.extend(body["id"].as_str());
            }
        }
        let about = journal.iter().filter(|call| {
            let in_body = call.body.as_ref().and_then(|body| body["id"].as_str());
            in_body.is_some_and(|name| names.contains(name)) || names.iter().any(|name| call.path.contains(name))
        });
        let line = |call: &Recorded| {
            let condition = call.headers.iter().find(|(name, _)| name == "if-match");
            format!(
                "{} {} {} {:?} {:?} -> {:?} {:?}",
                call.number, call.method, call.path, condition, call.body, call.status, call.faults
            )
        };
        about.map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What was acknowledged here is there, or somebody was told why not.
fn told(known: &Known, line: Option<&String>, conflicts: &[&Value]) -> Result<(), String> {
    let Some(line) = line else {
        let deleted = known.deleted_here.is_some() || known.deleted_there.is_some();
        so(deleted, "lost without a deletion")?;
        if let (None, Some(deleted)) = (known.deleted_here, known.deleted_there) {
            let late = known.here.iter().any(|write| write.batch > deleted);
            let told = conflicts.iter().any(|one| one["kind"] == "deleted_there");
            so(!late || told, "lost to a deletion unheard")?;
        }
        return Ok(());
    };
    let kind = |kind: &str| conflicts.iter().any(|one| one["kind"] == kind);
    if let Some(deleted) = known.deleted_here {
        so(kind("deleted_here"), "a deletion is lost")?;
        // What was said before the deletion is not said any more.
        if known.here.iter().all(|write| write.batch <= deleted) {
            return Ok(());
        }
    }
    for field in FIELDS {
        let Some(last) = known.here.iter().rev().find(|write| write.field == field) else {
            continue;
        };
        let rivals = known
            .here
            .iter()
            .filter(|write| write.batch == last.batch)
            .chain(known.tried.iter().filter(|write| write.batch >= last.batch))
            .filter(|write| write.field == field);
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
        so(
            visible || later || recorded,
            &format!("lost: {field:?} {last:?}, now {line}"),
        )?;
    }
    Ok(())
}

fn so(is_so: bool, complaint: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(complaint.to_owned()) }
}
