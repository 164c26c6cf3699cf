//! Ten thousand who want the same few times, from several processes at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

use calendar_stacker::ops::{
    availability::Ask,
    bookings::{Desk, Draft, Error, Look, create},
};
use db::{Database, Options};
use domain::id::TenantId;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{at, tuesday};
use crate::harness::{TestApp, tell};

/// This test, as another process finds it.
const NAME: &str =
    "bookings::race::ten_thousand_who_want_few_times_from_several_processes_are_never_booked_over_one_another";

/// What another process is to do; that it has this, is how it knows that it is one.
const TASK: &str = "CALENDAR_STACKER_TEST_RACE";

const PROCESSES: usize = 4;
const TRIES: usize = 2_500;

#[tokio::test]
async fn ten_thousand_who_want_few_times_from_several_processes_are_never_booked_over_one_another() {
    if let Ok(task) = std::env::var(TASK) {
        return take_part(&task);
    }
    let app = TestApp::start().await;
    let owner = app.owner().await;
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
    assert_eq!(
        confirmed.len() + refused,
        PROCESSES * TRIES,
        "each of them was told one thing"
    );

    // What the database holds: nobody twice, no seat twice, and everything that was confirmed.
    let who = TenantId::from_store(tenant);
    let (all, range) = (people.clone(), (at(day, "00:00"), at(day, "23:59")));
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
    let stand: BTreeSet<&str> = seats.iter().map(|seat| seat.booking_id.as_str()).collect();
    assert_eq!(stand, confirmed, "what was confirmed stands, and nothing else");
    tell(&format!(
        "race: {} tries from {PROCESSES} processes, {} booked, {refused} refused, 0 overlaps, {:.1} s",
        PROCESSES * TRIES,
        confirmed.len(),
        took.as_secs_f32()
    ));
}

/// What each of the processes does: the same operation as the server, on the same database.
fn take_part(task: &str) {
    let task: serde_json::Value = serde_json::from_str(task).unwrap();
    let options = Options {
        connections: 1,
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
        look: Look::default(),
        vault: None,
    };
    let mut dice = task["number"].as_u64().unwrap() + 1;
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
            match database.write(|c| create(c, &desk, &draft)) {
                Err(Error::Raced | Error::Db(db::Error::Unavailable(_))) => {}
                other => break other,
            }
        };
        match made {
            Ok(made) => writeln!(out, "booked {}", made.rows[0].id).unwrap(),
            Err(Error::Refused(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    writeln!(out, "refused {refused}").unwrap();
}
