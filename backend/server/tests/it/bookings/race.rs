//! Ten thousand who want the same few times, from several processes at once, each with several threads; and hundreds who
//! say so to the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

use calendar_stacker::ops::{
    availability::Ask,
    bookings::{Desk, Draft, Error, create},
};
use db::{Database, Options};
use domain::id::TenantId;
use futures_util::future::join_all;
use jiff::{Timestamp, civil::Date};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{at, tuesday};
use crate::harness::{Caller, TestApp, tell};

/// This test, as another process finds it.
const NAME: &str =
    "bookings::race::ten_thousand_who_want_few_times_from_several_processes_are_never_booked_over_one_another";

/// What another process is to do; that it has this, is how it knows that it is one.
const TASK: &str = "CALENDAR_STACKER_TEST_RACE";

const PROCESSES: usize = 4;
/// In each of them, with a connection for each.
const THREADS: usize = 5;
/// Of each thread.
const TRIES: usize = 500;
const ALL: usize = PROCESSES * THREADS * TRIES;

#[tokio::test]
async fn ten_thousand_who_want_few_times_from_several_processes_are_never_booked_over_one_another() {
    if let Ok(task) = std::env::var(TASK) {
        return take_part(&task);
    }
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let (people, services) = offered(&owner).await;
    let day = tuesday(&app);
    let tenant = owner.get("/auth/me").await.ok(200).body["tenant"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let url = app.app.config.database_url().unwrap().expose_secret().to_owned();
    let began = Instant::now();
    let children: Vec<_> = (0..PROCESSES)
        .map(|number| {
            let task = json!({"url": url, "tenant": tenant, "services": services, "people": people, "number": number,
                "first": at(day, "09:00"), "now": app.app.now().to_string()});
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", NAME, "--nocapture"])
                .env(TASK, task.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let told = tokio::task::spawn_blocking(|| {
        let outputs = children.into_iter().map(|child| child.wait_with_output().unwrap());
        outputs
            .map(|output| {
                assert!(output.status.success());
                String::from_utf8(output.stdout).unwrap()
            })
            .collect::<String>()
    });
    let told = told.await.unwrap();
    let took = began.elapsed();
    let confirmed: BTreeSet<&str> = told.lines().filter_map(|line| line.strip_prefix("booked ")).collect();
    let refused: usize = told
        .lines()
        .filter_map(|line| line.strip_prefix("refused ")?.parse::<usize>().ok())
        .sum();
    assert_eq!(confirmed.len() + refused, ALL, "each of them was told one thing");
    let stand = standing(&app, tenant, &people, day).await;
    let stand: BTreeSet<&str> = stand.iter().map(String::as_str).collect();
    assert_eq!(stand, confirmed, "what was confirmed stands, and nothing else");
    tell(&format!(
        "race: {ALL} tries from {PROCESSES} processes with {THREADS} threads each, {} booked, {refused} refused, 0 overlaps, {:.1} s",
        confirmed.len(),
        took.as_secs_f32()
    ));
}

#[tokio::test]
async fn hundreds_who_ask_the_server_at_once_for_few_times_are_never_booked_over_one_another() {
    let app = TestApp::start_with(|config| config.database_connections = 8).await;
    let owner = app.owner().await;
    let (people, services) = offered(&owner).await;
    let (day, me) = (tuesday(&app), owner.get("/auth/me").await.ok(200).body);
    let tenant = me["tenant"]["id"].as_str().unwrap().to_owned();
    let mut callers = vec![owner.clone(), app.login("dana@example.com").await];
    for _ in 0..6 {
        callers.push(app.key(&owner, &["bookings:write"]).await);
    }
    let times = ["09:15", "09:30", "10:00", "10:45", "11:20"].map(|time| at(day, time));
    let tries = (0..200).map(|number| {
        let mut body = json!({"service_id": services[number % 2], "start": times[number % times.len()]});
        if number % 3 > 0 {
            body["staff_ids"] = json!([people[number % 3 - 1]]);
        }
        body["external_id"] = json!(format!("call-{number}"));
        let caller = &callers[number % callers.len()];
        async move {
            let mut answer = caller.post("/bookings", body.clone()).await;
            // Who is told that the service is busy tries again: by its name the call is the same one.
            for _ in 0..20 {
                if answer.status != 503 {
                    break;
                }
                answer = caller.post("/bookings", body.clone()).await;
            }
            answer
        }
    });
    let answers = join_all(tries).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status < 300);
    for answer in &lost {
        answer.problem(409, "slot_unavailable");
    }
    let confirmed: BTreeSet<String> = won.iter().map(|answer| answer.text("id")).collect();
    assert_eq!(confirmed.len(), won.len(), "each is another one");
    // However they come to lie: each of the two has room for two at least.
    assert!(won.len() >= 4, "{} of {}", won.len(), answers.len());
    let stand = standing(&app, tenant, &people, day).await;
    assert_eq!(stand, confirmed, "what was confirmed stands, and nothing else");
}

/// Two people who are there for one morning, and two services that they both do.
async fn offered(owner: &Caller) -> (Vec<String>, Vec<String>) {
    let client = owner.client("Bright Dental").await;
    let mut people = Vec::new();
    for name in ["Sam", "Kim"] {
        let id = owner
            .post("/staff", json!({"client_id": client, "name": name}))
            .await
            .ok(201)
            .text("id");
        let day = json!([{"from": "09:00", "to": "13:00"}]);
        let hours = json!({"time_zone": "Europe/Berlin", "weekly": {"tuesday": day}, "exceptions": []});
        owner.put(&format!("/staff/{id}/working-hours"), hours).await.ok(200);
        people.push(id);
    }
    let mut services = Vec::new();
    for (name, capacity) in [("Check-up", 1), ("Class", 3)] {
        let body = json!({"client_id": client, "name": name, "duration_minutes": 30, "before_minutes": 5, "after_minutes": 10,
            "capacity": capacity, "staff_ids": people});
        services.push(owner.post("/services", body).await.ok(201).text("id"));
    }
    (people, services)
}

/// The bookings of that day that the database holds, with nobody twice at a time and no seat twice.
async fn standing(app: &TestApp, tenant: String, people: &[String], day: Date) -> BTreeSet<String> {
    let who = TenantId::from_store(tenant);
    let (all, range) = (people.to_vec(), (at(day, "00:00"), at(day, "23:59")));
    let seats = app
        .app
        .read(move |c| {
            let people: Vec<&str> = all.iter().map(String::as_str).collect();
            let instant = |text: &str| text.parse::<Timestamp>().unwrap().into();
            db::world::booked(c, &who, &people, instant(&range.0), instant(&range.1))
        })
        .await
        .unwrap();
    let mut by_staff: BTreeMap<&str, Vec<&db::world::Booked>> = BTreeMap::new();
    for seat in &seats {
        by_staff.entry(&seat.staff_id).or_default().push(seat);
    }
    for theirs in by_staff.values() {
        for (i, one) in theirs.iter().enumerate() {
            for two in &theirs[i + 1..] {
                let session = one.service_id == two.service_id && one.starts_at == two.starts_at;
                let apart = one.occupied_to <= two.occupied_from || two.occupied_to <= one.occupied_from;
                assert!(apart || (session && one.seat != two.seat), "{one:?} {two:?}");
                assert!(one.seat <= 3);
            }
        }
    }
    seats.into_iter().map(|seat| seat.booking_id).collect()
}

/// What each of the processes does: the same operation as the server, on the same database.
fn take_part(task: &str) {
    let task: serde_json::Value = serde_json::from_str(task).unwrap();
    let options = Options {
        connections: u32::try_from(THREADS).unwrap(),
        timeout: std::time::Duration::from_secs(50),
        ..Options::default()
    };
    let database = Database::open(task["url"].as_str().unwrap(), &options).unwrap();
    let first: Timestamp = task["first"].as_str().unwrap().parse().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let desk = Desk {
        tenant: TenantId::from_store(text(&task["tenant"])),
        actor: "system".into(),
        now: task["now"].as_str().unwrap().parse().unwrap(),
        naming: |_, key| key.to_owned(),
        look: None,
        vault: None,
    };
    let number = task["number"].as_u64().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS as u64 {
            let (database, desk, task) = (&database, &desk, &task);
            scope.spawn(move || try_often(database, desk, task, (number * THREADS as u64 + thread + 1, first)));
        }
    });
}

/// What each of its threads does.
fn try_often(database: &Database, desk: &Desk, task: &serde_json::Value, (seed, first): (u64, Timestamp)) {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut dice = seed;
    let mut roll = |sides: u64| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((dice >> 33) % sides).unwrap()
    };
    let (mut refused, mut out) = (0, std::io::stdout());
    for _ in 0..TRIES {
        let draft = Draft {
            ask: Ask {
                service: text(&task["services"][roll(2)]),
                people: (roll(3) > 0)
                    .then(|| text(&task["people"][roll(2)]))
                    .into_iter()
                    .collect(),
                ..Ask::default()
            },
            start: first + jiff::SignedDuration::from_mins(5 * i64::try_from(roll(43)).unwrap()),
            recurrence: Vec::new(),
            customer: None,
            status: None,
            notes_shared: None,
            notes_private: None,
            origin: "api".into(),
            external_id: None,
            fingerprint: String::new(),
        };
        let made = loop {
            match database.write(|c| create(c, desk, &draft)) {
                Err(Error::Raced | Error::Db(db::Error::Unavailable(_))) => {}
                other => break other,
            }
        };
        match made {
            // One write, so that the lines of two threads do not mix.
            Ok(made) => out
                .write_all(format!("booked {}\n", made.rows[0].id).as_bytes())
                .unwrap(),
            Err(Error::Refused(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    out.write_all(format!("refused {refused}\n").as_bytes()).unwrap();
}
