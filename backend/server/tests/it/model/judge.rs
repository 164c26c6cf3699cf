//! What must be so in the end.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use simulators::google::Recorded;

use super::{FIELDS, Field, Known, Life, WINDOW};

impl Life {
    /// Single events and occurrences as our API lists them.
    pub async fn mirror(&self, account: usize) -> Vec<String> {
        let calendar = &self.accounts[account].calendar;
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

    pub async fn judge(&self) -> (usize, usize) {
        let conflicts = self.pages("/conflicts?limit=500").await;
        let mut writes = 0;
        for account in 0..self.accounts.len() {
            let (mirror, expanded) = (
                self.mirror(account).await,
                self.side.expanded(&self.accounts[account]).await,
            );
            let ours: BTreeSet<&String> = mirror.iter().collect();
            let theirs: BTreeSet<&String> = expanded.iter().collect();
            let only: Vec<_> = ours.symmetric_difference(&theirs).collect();
            assert!(only.is_empty(), "account {account}: the mirror is not true: {only:#?}");
            assert_eq!(mirror.len(), expanded.len(), "account {account}");
            let mut seen = BTreeSet::new();
            let singles: BTreeSet<&str> = self
                .events
                .iter()
                .filter(|e| !e.series)
                .map(|e| e.token.as_str())
                .collect();
            for line in &expanded {
                let token = line.split(' ').next().unwrap();
                assert!(!singles.contains(token) || seen.insert(token), "twice: {line}");
            }
            for known in self
                .events
                .iter()
                .filter(|known| known.account == account && !known.series)
            {
                writes += known.here.len() + 1;
                let line = expanded
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

    /// What the provider was asked about an event, and what it answered.
    fn evidence(&self, known: &Known) -> String {
        let journal = self.side.journal();
        // Written anew it has another name.
        let mut names: BTreeSet<&str> = BTreeSet::from([known.name.as_str()]);
        for call in &journal {
            if let Some(body) = call.body.as_ref().filter(|body| {
                body["description"] == known.token.as_str() || body["body"]["content"] == known.token.as_str()
            }) {
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
