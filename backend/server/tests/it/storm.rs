//! A client written by others (gcal_sync, from PyPI) reads the same Google through the same storm, by its own algorithm and
//! with its own sync tokens. In the end it and we hold the same, and expand it to the same.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    google::World,
    harness::tell,
    model::{
        Life, number,
        sides::{One, Side},
        words::WINDOW,
    },
};

/// `scripts/gcal-sync`; it ends with this process.
struct Reader {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _child: Child,
}

impl Reader {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/gcal-sync");
        let mut child = Command::new(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/gcal-sync starts");
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            _child: child,
        }
    }

    /// Syncs an account, and says what it holds of it; a failed call is an answer.
    fn ask(&mut self, life: &Life, account: usize) -> Result<Value, String> {
        let (email, world) = (life.accounts[account].email, google(life));
        let scope = "https://www.googleapis.com/auth/calendar";
        let token = world.control().issue_tokens(email, &[scope]).unwrap().access_token;
        let question = json!({"base": world.google.base_url, "email": email, "token": token});
        tokio::task::block_in_place(|| {
            writeln!(self.input, "{question}").unwrap();
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            let said: Value = serde_json::from_str(&line).expect("scripts/gcal-sync answers; above it says why not");
            match said["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(said),
            }
        })
    }
}

fn google(life: &Life) -> &World {
    match &life.side {
        Side::Google(world) => world,
        Side::Microsoft(_) => unreachable!("this life is lived over Google"),
    }
}

/// What our API shows of an account, as the reader tells it: single events, series and changed occurrences.
async fn held(life: &Life, account: usize) -> Value {
    let calendar = &life.accounts[account].calendar;
    let path = format!("/calendars/{calendar}/events?limit=500");
    let mut all = life.pages(&path).await;
    all.retain(|event| event["recurring_event_id"].is_null());
    let shown = life.pages(&format!("{path}&expand=instances&{WINDOW}")).await;
    let changed = shown
        .into_iter()
        .filter(|event| !event["recurring_event_id"].is_null() && !event["provider_event_id"].is_null());
    all.extend(changed);
    let items: BTreeMap<String, Value> = all
        .iter()
        .map(|event| {
            let mut recurrence: Vec<&str> = event["recurrence"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line.as_str().unwrap())
                .collect();
            recurrence.sort_unstable();
            let item = json!({
                "title": event["title"], "location": event["location"], "status": event["status"], "recurrence": recurrence,
                "start": event["start"]["utc"], "end": event["end"]["utc"],
            });
            (event["provider_event_id"].as_str().unwrap().to_owned(), item)
        })
        .collect();
    json!({"items": items, "timeline": life.mirror(account).await})
}

/// How often it synced by a token.
fn by_token(life: &Life) -> usize {
    let by_token = life.side.journal().into_iter().filter(|call| {
        let foreign = call
            .headers
            .iter()
            .any(|(name, value)| name == "user-agent" && value.contains("aiohttp"));
        foreign && call.query.contains("syncToken=") && call.status == Some(200)
    });
    by_token.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_others_that_reads_through_the_storm_holds_what_we_hold() {
    let seed = number("CALENDAR_STACKER_MODEL_SEED", 20_261_201);
    let mut reader = Reader::start();
    let mut life = Life::begin(Side::google().await, seed).await;
    for account in 0..3 {
        let before = reader.ask(&life, account).unwrap();
        assert_eq!(before, json!({"items": {}, "timeline": []}));
    }
    let (mut heard, mut failed) = (0, 0);
    for _ in 0..5 {
        life.live(120).await;
        for account in 0..3 {
            match reader.ask(&life, account) {
                Ok(_) => heard += 1,
                Err(_) => failed += 1,
            }
        }
    }
    assert!(heard > 5, "{heard} of {} syncs in the storm worked", heard + failed);
    life.quiet().await;
    life.judge().await;
    for account in 0..3 {
        reader.ask(&life, account).unwrap();
    }
    // What comes now it hears by its token.
    let before = by_token(&life);
    let control = google(&life).control();
    for One { email, .. } in &life.accounts {
        let at = |hour: u8| json!({"dateTime": format!("2027-06-01T{hour:02}:00:00Z"), "timeZone": "UTC"});
        let new = json!({"summary": "last", "description": "last", "start": at(9), "end": at(10)});
        let made = control.insert_event(email, &new).unwrap();
        control.insert_event(email, &new).unwrap();
        control.delete_event(email, made["id"].as_str().unwrap()).unwrap();
    }
    life.quiet().await;
    let (mut items, mut occurrences) = (0, 0);
    for account in 0..3 {
        let theirs = reader.ask(&life, account).unwrap();
        let ours = held(&life, account).await;
        let (a, b) = (theirs["items"].as_object().unwrap(), ours["items"].as_object().unwrap());
        let names = a.keys().chain(b.keys());
        let differ: Vec<_> = names.filter(|name| a.get(*name) != b.get(*name)).collect();
        let pairs: Vec<_> = differ.iter().map(|name| (name, a.get(*name), b.get(*name))).collect();
        assert!(
            differ.is_empty(),
            "seed {seed}, account {account}: (name, theirs, ours) {pairs:#?}"
        );
        assert_eq!(theirs["timeline"], ours["timeline"], "seed {seed}, account {account}");
        items += a.len();
        occurrences += ours["timeline"].as_array().unwrap().len();
    }
    let by_token = by_token(&life);
    assert_eq!(by_token - before, 3);
    assert!(items > 20 && occurrences > items, "{items} {occurrences}");
    tell(&format!(
        "storm: gcal_sync and we hold the same {items} items and {occurrences} occurrences after {} syncs, {by_token} by token, {failed} failed",
        heard + failed + 9
    ));
}
