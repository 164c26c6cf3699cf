//! When calendars are busy: what takes time, over months ahead, and never free where it is not known.

use calendar_stacker::jobs;
use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, BOB, World, repeated, timed},
    harness::{Answer, Caller},
};

async fn ask(caller: &Caller, query: &str, from: &str, to: &str) -> Answer {
    caller.get(&format!("/freebusy?{query}&from={from}&to={to}")).await
}

/// The busy intervals of the only calendar, as text.
#[track_caller]
fn intervals(answer: &Value) -> Vec<String> {
    let text = |one: &Value| format!("{} {}", one["start"].as_str().unwrap(), one["end"].as_str().unwrap());
    let all = answer["calendars"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{answer}");
    assert_eq!(
        (&answer["complete"], &all[0]["error"]),
        (&json!(true), &json!(null)),
        "{answer}"
    );
    all[0]["busy"].as_array().unwrap().iter().map(text).collect()
}

/// The busy intervals of a week in March 2027.
async fn week(world: &World, calendar: &str) -> Vec<String> {
    let query = format!("calendar_ids={calendar}");
    let answer = ask(&world.owner, &query, "2027-03-01T00:00:00Z", "2027-03-08T00:00:00Z").await;
    intervals(&answer.ok(200).body)
}

async fn run(world: &World, job: &str) {
    let job = jobs::ALL.iter().find(|one| one.name == job).unwrap();
    assert!(jobs::once(&world.app.app, job, "a").await.unwrap());
}

#[tokio::test]
async fn what_takes_time_is_merged_and_what_does_not_is_left_out() {
    let world = World::new().await;
    let one = world.connected().await;
    for (title, start, end) in [
        ("One", "2027-03-01T09:00:00", "2027-03-01T10:00:00"),
        ("Touches", "2027-03-01T10:00:00", "2027-03-01T11:00:00"),
        ("Overlaps", "2027-03-01T10:30:00", "2027-03-01T12:00:00"),
        ("Apart", "2027-03-02T09:00:00", "2027-03-02T09:30:00"),
        ("Begins before the week", "2027-02-20T09:00:00", "2027-03-01T01:30:00"),
    ] {
        world.create(&one.calendar, timed(title, start, end)).await;
    }
    let mut free = timed("Free", "2027-03-03T09:00:00", "2027-03-03T10:00:00");
    free["transparency"] = json!("free");
    world.create(&one.calendar, free).await;
    let mut whole = json!({"title": "Whole day", "start": {"date": "2027-03-05"}, "end": {"date": "2027-03-06"}});
    whole["transparency"] = json!("busy");
    world.create(&one.calendar, whole).await;
    let at = |time: &str| json!({"dateTime": time, "timeZone": "Europe/Berlin"});
    let invited = |title: &str, response: &str, day: &str| {
        json!({"summary": title, "start": at(&format!("{day}T14:00:00")), "end": at(&format!("{day}T15:00:00")),
            "organizer": {"email": BOB},
            "attendees": [{"email": BOB, "responseStatus": "accepted", "organizer": true}, {"email": ANN, "self": true, "responseStatus": response}]})
    };
    world
        .control()
        .insert_event(ANN, &invited("Declined", "declined", "2027-03-03"))
        .unwrap();
    world
        .control()
        .insert_event(ANN, &invited("Unanswered", "needsAction", "2027-03-04"))
        .unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(
        week(&world, &one.calendar).await,
        [
            "2027-03-01T00:00:00Z 2027-03-01T00:30:00Z",
            "2027-03-01T08:00:00Z 2027-03-01T11:00:00Z",
            "2027-03-02T08:00:00Z 2027-03-02T08:30:00Z",
            "2027-03-04T13:00:00Z 2027-03-04T14:00:00Z",
            "2027-03-04T23:00:00Z 2027-03-05T23:00:00Z",
        ]
    );
}

#[tokio::test]
async fn busy_times_follow_every_change_of_a_series() {
    let world = World::new().await;
    let one = world.connected().await;
    let daily = repeated(
        "Daily",
        "2027-03-01T09:00:00",
        "2027-03-01T10:00:00",
        "RRULE:FREQ=DAILY;COUNT=4",
    );
    let series = world.create(&one.calendar, daily).await;
    let id = series["id"].as_str().unwrap();
    let day = |n: u32, hour: u32| format!("2027-03-0{n}T{hour:02}:00:00Z 2027-03-0{n}T{:02}:00:00Z", hour + 1);
    assert_eq!(
        week(&world, &one.calendar).await,
        [day(1, 8), day(2, 8), day(3, 8), day(4, 8)]
    );
    let second = world.event(&format!("{id}_20270302T080000Z")).await;
    let later = timed("x", "2027-03-02T15:00:00", "2027-03-02T16:00:00");
    world
        .patch(&second, "", json!({"start": later["start"], "end": later["end"]}))
        .await
        .ok(200);
    let third = world.event(&format!("{id}_20270303T080000Z")).await;
    world.delete(&third, "").await.ok(204);
    assert_eq!(week(&world, &one.calendar).await, [day(1, 8), day(2, 14), day(4, 8)]);
    // To another calendar, and out of this one.
    let other = world
        .owner
        .post(
            &format!("/clients/{}/calendars", one.client),
            json!({"credential_id": one.credential, "name": "Second", "time_zone": "Europe/Berlin"}),
        )
        .await
        .ok(201)
        .text("id");
    let series = world.event(id).await;
    let moved = world
        .owner
        .request(reqwest::Method::POST, &format!("/events/{id}/move"))
        .header("if-match", series["etag"].as_str().unwrap())
        .json(&json!({"calendar_id": other}));
    crate::harness::send(moved).await.ok(200);
    assert_eq!(week(&world, &one.calendar).await, [] as [String; 0]);
    assert!(week(&world, &other).await.contains(&day(1, 8)));
    let both = world
        .owner
        .get(&format!(
            "/freebusy?client_id={}&from=2027-03-01T00:00:00Z&to=2027-03-02T00:00:00Z",
            one.client
        ))
        .await
        .ok(200)
        .body;
    assert_eq!(both["calendars"].as_array().unwrap().len(), 2);
    let series = world.event(id).await;
    world.delete(&series, "").await.ok(204);
    assert_eq!(week(&world, &other).await, [] as [String; 0]);
}

#[tokio::test]
async fn where_it_is_not_known_nobody_is_free() {
    let world = World::new().await;
    let one = world.connected().await;
    let query = format!("calendar_ids={}", one.calendar);
    let (from, to) = ("2027-03-01T00:00:00Z", "2027-03-08T00:00:00Z");
    world.control().fault(Fault::always(
        "calendar.events.list",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    let never = ask(&world.owner, &query, from, to).await.ok(200).body;
    assert_eq!(
        (
            &never["complete"],
            &never["as_of"],
            &never["calendars"][0]["busy"],
            &never["calendars"][0]["error"]
        ),
        (&json!(false), &json!(null), &json!(null), &json!("never_read"))
    );
    assert!(
        never["calendars"][0]["detail"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    world.control().clear_faults();
    world.app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(week(&world, &one.calendar).await, [] as [String; 0]);
    world.control().fault(Fault::always(
        "calendar.events.list",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    world.app.clock.advance(SignedDuration::from_mins(1));
    // Waits until the pull has failed, however long it tries.
    world
        .owner
        .post(&format!("/calendars/{}/sync", one.calendar), json!({}))
        .await
        .ok(200);
    let failing = ask(&world.owner, &query, from, to).await.ok(200).body;
    assert_eq!(
        (
            &failing["complete"],
            &failing["calendars"][0]["busy"],
            &failing["calendars"][0]["error"]
        ),
        (&json!(false), &json!(null), &json!("failing"))
    );
    assert!(failing["as_of"].is_string());
    for (query, fields) in [
        (
            "",
            vec![
                ("/query/calendar_ids", "required"),
                ("/query/from", "required"),
                ("/query/to", "required"),
            ],
        ),
        (
            "calendar_ids=x&from=2027-03-02T00:00:00Z&to=2027-03-01T00:00:00Z",
            vec![("/query/to", "not_after_from")],
        ),
        (
            "calendar_ids=x&from=2027-03-02T00:00:00Z&to=2029-03-01T00:00:00Z",
            vec![("/query/to", "too_large")],
        ),
    ] {
        world
            .owner
            .get(&format!("/freebusy?{query}"))
            .await
            .problem(422, "validation_failed")
            .fields(&fields);
    }
    let eve = world.app.stranger().await;
    ask(&eve, &query, from, to).await.problem(404, "not_found");
    ask(&eve, &format!("client_id={}", one.client), from, to)
        .await
        .problem(404, "not_found");
    let riverside = world.owner.client("Riverside").await;
    ask(&world.owner, &format!("{query}&client_id={riverside}"), from, to)
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn the_horizon_moves_day_by_day_and_what_is_long_over_is_forgotten() {
    let world = World::with(|config| config.horizon_days = 60).await;
    let one = world.connected().await;
    let (start, query) = (world.app.app.now(), format!("calendar_ids={}", one.calendar));
    let local = |at: Timestamp| at.strftime("%Y-%m-%dT%H:00:00").to_string();
    let mut daily = repeated(
        "Daily",
        &local(start),
        &local(start + SignedDuration::from_hours(1)),
        "RRULE:FREQ=DAILY",
    );
    for side in ["start", "end"] {
        daily[side]["time_zone"] = json!("UTC");
    }
    world.create(&one.calendar, daily).await;
    world.sync(&one.calendar).await;
    let days = |n: i64| (start + SignedDuration::from_hours(n * 24)).to_string();
    let known = async |caller: &Caller, from: i64, to: i64| {
        let answer = ask(caller, &query, &days(from), &days(to)).await.ok(200).body;
        match answer["calendars"][0]["busy"].as_array() {
            Some(busy) => Ok(busy.len()),
            None => Err(answer["calendars"][0]["error"].as_str().unwrap().to_owned()),
        }
    };
    assert!(
        known(&world.owner, 50, 59)
            .await
            .is_ok_and(|count| (9..=10).contains(&count))
    );
    assert_eq!(known(&world.owner, 50, 62).await, Err("out_of_reach".to_owned()));
    world.app.clock.advance(SignedDuration::from_hours(5 * 24));
    assert_eq!(known(&world.owner, 50, 62).await, Err("out_of_reach".to_owned()));
    run(&world, "horizon").await;
    assert!(
        known(&world.owner, 50, 62)
            .await
            .is_ok_and(|count| (12..=13).contains(&count))
    );
    assert_eq!(
        known(&world.owner, 0, 60).await,
        listed(&world, &query, &days(0), &days(60)).await
    );
    // Another process died in the middle of it: the next run does it again.
    world.app.clock.advance(SignedDuration::from_hours(24 * 2));
    let (app, calendar) = (&world.app.app, one.calendar.clone());
    let (now, far) = (app.now(), calendar_stacker::ops::busy::goal(app.now(), 60));
    let row = app
        .read(move |c| db::busy::due(c, far.into(), 10))
        .await
        .map(|due: Vec<db::calendars::Calendar>| due.into_iter().find(|one| one.id == calendar).unwrap())
        .unwrap_or_else(|error: db::Error| panic!("{error}"));
    let half = row.clone();
    app.write(move |c| {
        let (goal, from) = calendar_stacker::ops::busy::aim(c, &half, far)?;
        calendar_stacker::ops::busy::advance(c, &half, goal, from, "", now)
    })
    .await
    .unwrap_or_else(|error: db::Error| panic!("{error}"));
    assert_eq!(known(&world.owner, 50, 66).await, Err("out_of_reach".to_owned()));
    run_again(&world, "horizon").await;
    assert!(
        known(&world.owner, 50, 66)
            .await
            .is_ok_and(|count| (16..=17).contains(&count))
    );
    world.app.clock.advance(SignedDuration::from_hours(24 * 40));
    run_again(&world, "horizon").await;
    let owner = world.app.login("dana@example.com").await;
    assert_eq!(known(&owner, 0, 2).await, Err("out_of_reach".to_owned()));
    let left = app
        .read(move |c| {
            let everything = (Timestamp::UNIX_EPOCH.into(), Timestamp::MAX.into());
            let tenant = domain::id::TenantId::from_store(row.tenant_id.clone());
            db::busy::between(c, &tenant, std::slice::from_ref(&row.id), everything.0, everything.1)
        })
        .await
        .unwrap_or_else(|error: db::Error| panic!("{error}"));
    let first = left.iter().map(|one| one.ends_at.timestamp()).min().unwrap();
    assert!(first >= app.now() - calendar_stacker::ops::busy::BACK, "{first}");
}

async fn run_again(world: &World, job: &str) {
    world.app.clock.advance(SignedDuration::from_mins(2));
    run(world, job).await;
}

/// How many occurrences the list of events has.
async fn listed(world: &World, query: &str, from: &str, to: &str) -> Result<usize, String> {
    let query = query.replace("calendar_ids", "calendar_id");
    let page = world
        .owner
        .get(&format!(
            "/events?{query}&from={from}&to={to}&expand=instances&limit=1000"
        ))
        .await
        .ok(200)
        .body;
    Ok(page["data"].as_array().unwrap().len())
}

#[tokio::test]
async fn days_that_begin_elsewhere_and_calendars_from_before_are_worked_out_again() {
    let world = World::new().await;
    let one = world.connected().await;
    let whole = json!({"title": "Whole day", "start": {"date": "2027-03-05"}, "end": {"date": "2027-03-06"}, "transparency": "busy"});
    world.create(&one.calendar, whole).await;
    world.sync(&one.calendar).await;
    let expected = week(&world, &one.calendar).await;
    let calendar = one.calendar.clone();
    // As if the calendar had lain in New York when this was worked out.
    world
        .app
        .app
        .write(move |c| {
            let due = db::busy::due(c, Timestamp::MAX.into(), 10)?;
            let row = due.into_iter().find(|row| row.id == calendar).unwrap();
            let tenant = domain::id::TenantId::from_store(row.tenant_id.clone());
            let before = db::busy::horizon(c, &tenant, &row.id)?.unwrap();
            db::busy::put_horizon(
                c,
                &db::busy::Horizon {
                    zone: "America/New_York".to_owned(),
                    ..before
                },
            )
        })
        .await
        .unwrap_or_else(|error: db::Error| panic!("{error}"));
    let query = format!("calendar_ids={}", one.calendar);
    let unknown = ask(&world.owner, &query, "2027-03-01T00:00:00Z", "2027-03-08T00:00:00Z")
        .await
        .ok(200)
        .body;
    assert_eq!(
        (
            &unknown["complete"],
            &unknown["calendars"][0]["busy"],
            &unknown["calendars"][0]["error"]
        ),
        (&json!(false), &json!(null), &json!("not_yet"))
    );
    run(&world, "horizon").await;
    assert_eq!(week(&world, &one.calendar).await, expected);
}

#[tokio::test]
async fn a_series_with_too_many_occurrences_is_marked_and_not_cut_short() {
    let world = World::new().await;
    let one = world.connected().await;
    let at = |time: &str| json!({"dateTime": time, "timeZone": "UTC"});
    let body = json!({"summary": "Every quarter", "start": at("2027-01-01T00:00:00"), "end": at("2027-01-01T00:05:00"),
        "recurrence": ["RRULE:FREQ=HOURLY;BYMINUTE=0,15,30,45"]});
    world.control().insert_event(ANN, &body).unwrap();
    world
        .create(
            &one.calendar,
            timed("Beside it", "2027-03-01T09:01:00", "2027-03-01T09:10:00"),
        )
        .await;
    world.sync(&one.calendar).await;
    let query = format!("calendar_ids={}", one.calendar);
    let hour = ask(&world.owner, &query, "2027-03-01T08:00:00Z", "2027-03-01T09:00:00Z")
        .await
        .ok(200)
        .body;
    assert_eq!(
        intervals(&hour),
        [
            "2027-03-01T08:00:00Z 2027-03-01T08:10:00Z",
            "2027-03-01T08:15:00Z 2027-03-01T08:20:00Z",
            "2027-03-01T08:30:00Z 2027-03-01T08:35:00Z",
            "2027-03-01T08:45:00Z 2027-03-01T08:50:00Z"
        ]
    );
    let year = ask(&world.owner, &query, "2027-01-01T00:00:00Z", "2027-12-01T00:00:00Z")
        .await
        .ok(200)
        .body;
    assert_eq!(
        (
            &year["complete"],
            &year["calendars"][0]["busy"],
            &year["calendars"][0]["error"]
        ),
        (&json!(false), &json!(null), &json!("too_many_occurrences"))
    );
    let health = world
        .owner
        .get(&format!("/calendars/{}/health", one.calendar))
        .await
        .ok(200)
        .body;
    assert_eq!(health["dense_series"].as_array().unwrap().len(), 1, "{health}");
    assert!(health["busy_until"].is_string());
}

#[tokio::test]
async fn health_shows_what_cannot_be_read_to_those_who_may_read_events() {
    let world = World::new().await;
    let one = world.connected().await;
    let name = world.control().insert_malformed(ANN).unwrap();
    world.sync(&one.calendar).await;
    let path = format!("/calendars/{}/health", one.calendar);
    let health = world.owner.get(&path).await.ok(200).body;
    assert_eq!(health["malformed_count"], 1);
    let malformed = &health["malformed"][0];
    assert_eq!(malformed["provider_event_id"], json!(name));
    assert!(
        malformed["raw"].as_str().is_some_and(|raw| raw.contains(&name)),
        "{malformed}"
    );
    assert!(malformed["reason"].as_str().is_some_and(|why| !why.is_empty()));
    let key = world.app.key(&world.owner, &["calendars:read"]).await;
    assert_eq!(key.get(&path).await.ok(200).body["malformed"][0]["raw"], json!(null));
}

/// A rule, how many hours after 1 January 2027 it begins, and how many minutes it lasts.
fn series() -> impl Strategy<Value = (String, i64, i64)> {
    let rule = prop_oneof![
        (1..5_u32).prop_map(|n| format!("RRULE:FREQ=DAILY;INTERVAL={n}")),
        (1..4_u32).prop_map(|n| format!("RRULE:FREQ=WEEKLY;INTERVAL={n};BYDAY=MO,TH,SU")),
        (-1..4_i32).prop_map(|n| format!("RRULE:FREQ=MONTHLY;BYDAY={}FR", if n == 0 { 1 } else { n })),
        (2..60_u32).prop_map(|n| format!("RRULE:FREQ=DAILY;COUNT={n}")),
        (1..9_u32).prop_map(|n| format!("RRULE:FREQ=WEEKLY;UNTIL=20270{n}15T000000Z")),
        Just("RRULE:FREQ=MONTHLY;BYMONTHDAY=31".to_owned()),
    ];
    (rule, 0..2_000_i64, prop_oneof![15..180_i64, 1_440..6_000_i64])
}

#[tokio::test]
async fn busy_times_are_those_of_the_list_of_occurrences_for_random_series() {
    let world = World::new().await;
    let one = world.connected().await;
    let mut runner = TestRunner::deterministic();
    let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"];
    let begin: jiff::civil::DateTime = "2027-01-01T00:00:00".parse().unwrap();
    let mut there = 0;
    for n in 0..40 {
        let (rule, hours, minutes) = series().new_tree(&mut runner).unwrap().current();
        let start = begin + SignedDuration::from_hours(hours);
        let at =
            |time: jiff::civil::DateTime| json!({"dateTime": time.to_string(), "timeZone": zones[n % zones.len()]});
        let body = json!({"summary": format!("{n}"), "start": at(start), "end": at(start + SignedDuration::from_mins(minutes)), "recurrence": [rule]});
        // One that ends before it begins is refused.
        there += usize::from(world.control().insert_event(ANN, &body).is_ok());
    }
    assert!(there >= 30, "{there}");
    world.sync(&one.calendar).await;
    // Some are moved and some taken out.
    let some = world
        .events(
            &one.calendar,
            "&from=2027-04-01T00:00:00Z&to=2027-04-20T00:00:00Z&expand=instances",
        )
        .await;
    for (n, occurrence) in some
        .iter()
        .filter(|one| one["recurring_event_id"].is_string())
        .step_by(9)
        .enumerate()
    {
        let google = world.event(occurrence["id"].as_str().unwrap()).await;
        if n % 2 == 0 {
            world.delete(&google, "").await.ok(204);
        } else {
            let to = timed("x", "2027-05-03T09:00:00", "2027-05-03T21:00:00");
            world
                .patch(&google, "", json!({"start": to["start"], "end": to["end"]}))
                .await
                .ok(200);
        }
    }
    for _ in 0..12 {
        let (day, length) = (0..300_i64, 1..40_i64).new_tree(&mut runner).unwrap().current();
        let from = "2027-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * day + 7);
        let to = from + SignedDuration::from_hours(24 * length);
        let answer = ask(
            &world.owner,
            &format!("calendar_ids={}", one.calendar),
            &from.to_string(),
            &to.to_string(),
        )
        .await;
        let found = intervals(&answer.ok(200).body);
        let mut minutes: Vec<(Timestamp, Timestamp)> = Vec::new();
        let listed = world
            .owner
            .get(&format!(
                "/calendars/{}/events?from={from}&to={to}&expand=instances&limit=1000",
                one.calendar
            ))
            .await
            .ok(200)
            .body;
        assert_eq!(listed["next_cursor"], json!(null));
        for event in listed["data"].as_array().unwrap() {
            let at = |side: &str| event[side]["utc"].as_str().unwrap().parse::<Timestamp>().unwrap();
            minutes.push((at("start").max(from), at("end").min(to)));
        }
        minutes.sort();
        let mut expected: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (start, end) in minutes {
            match expected.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => expected.push((start, end)),
            }
        }
        let expected: Vec<String> = expected.iter().map(|(start, end)| format!("{start} {end}")).collect();
        assert_eq!(found, expected, "{from} {to}");
    }
}
