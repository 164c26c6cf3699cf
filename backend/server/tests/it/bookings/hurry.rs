//! Somebody is on the phone: calendars that answer too late, and copies of them that are too old.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn a_provider_that_takes_long_does_not_keep_the_caller_and_the_policy_decides() {
    let practice = Practice::open().await;
    let slow = Effect::Latency { millis: 20_000 };
    practice
        .world
        .control()
        .fault(Fault::always("calendar.events.list", slow));
    for (on_unknown, time) in [("block", "10:00"), ("accept_and_flag", "12:00")] {
        practice
            .policy(json!({"live_check_ms": 200, "on_unknown": on_unknown}))
            .await;
        let began = Instant::now();
        let answer = practice.try_book(time, json!({"staff_ids": [practice.sam]})).await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(6), "{on_unknown}: {took:?}");
        if on_unknown == "block" {
            answer.problem(409, "slot_unavailable");
            let reason = &answer.body["unavailable"]["times"][0]["reasons"][0];
            let source = (&reason["rule"], &reason["code"]);
            assert_eq!(source, (&json!("sources"), &json!("source_unreadable")), "{reason}");
            continue;
        }
        let made = answer.ok(201).body;
        let look = &made["receipt"]["look"];
        assert_eq!(
            (&look["asked"], &look["silent"]),
            (&json!([practice.one.calendar]), &json!([practice.one.calendar])),
            "{look}"
        );
        let waited = look["took_ms"].as_u64().unwrap();
        assert!((200..6_000).contains(&waited), "{look}");
        assert_eq!((&made["flagged"], &made["status"]), (&json!(true), &json!("confirmed")));
    }
    assert_eq!(
        practice.owner().get("/bookings").await.ok(200).body["data"][1],
        Value::Null
    );
}

#[tokio::test]
async fn a_copy_that_is_older_than_somebody_wants_is_not_known_to_be_free() {
    let practice = Practice::open_with(|config| config.pull_after = 86_400).await;
    let quarter = SignedDuration::from_mins(15);
    practice.world.app.clock.advance(quarter);
    let (sam, service) = (&practice.sam, &practice.service);
    let (from, to) = (practice.at("10:00"), practice.at("10:15"));
    let who = format!("service_id={service}&staff_id={sam}");
    let asked = async |what: &str, most: u32| {
        let when = match what {
            "slots" => format!("from={from}&to={to}"),
            _ => format!("start={from}"),
        };
        let path = format!("/availability/{what}?{who}&{when}&max_staleness_s={most}");
        let mut answer = practice.owner().get(&path).await.ok(200).body;
        if what == "explain" {
            let people = answer["people"].take();
            answer = answer["checked"].take();
            answer["people"] = people;
        }
        let source = &answer["sources"][0];
        assert_eq!(
            (&source["calendar_id"], &source["age_s"]),
            (&json!(practice.one.calendar), &json!(quarter.as_secs())),
            "{what}"
        );
        answer
    };
    for what in ["slots", "check", "explain"] {
        let young = asked(what, 3_600).await;
        assert_eq!(
            (&young["complete"], &young["sources"][0]["trouble"]),
            (&json!(true), &Value::Null),
            "{what}: {young}"
        );
        let old = asked(what, 600).await;
        assert_eq!(
            (&old["complete"], &old["sources"][0]["trouble"]),
            (&json!(false), &json!("stale")),
            "{what}: {old}"
        );
    }
    // What then becomes of a booking, the client's policy says; the answers say so beforehand.
    for (on_unknown, free) in [("accept_and_flag", true), ("block", false)] {
        practice.policy(json!({"on_unknown": on_unknown})).await;
        let slots = asked("slots", 600).await;
        let offered = slots["data"].as_array().unwrap().iter();
        let flags: Vec<&Value> = offered.map(|slot| &slot["flagged"]).collect();
        assert_eq!(flags, vec![&json!(true); usize::from(free)], "{slots}");
        let check = asked("check", 600).await;
        assert_eq!(
            (&check["available"], &check["flagged"]),
            (&json!(free), &json!(free)),
            "{check}"
        );
        let (reason, say) = (&check["reasons"][0], check["reasons"][0]["say"].as_str().unwrap());
        assert_eq!(
            (&reason["rule"], &reason["code"]),
            (&json!("sources"), &json!("source_stale"))
        );
        assert!(say.contains("was read too long ago"), "{check}");
        let told = asked("explain", 600).await;
        let verdicts = told["people"][0]["verdicts"].as_array().unwrap();
        let sources = verdicts.iter().find(|one| one["rule"] == "sources").unwrap();
        assert_eq!(sources["outcome"], "unknown", "{told}");
    }
}

impl Practice {
    /// Somebody has just written into Kim's calendar.
    async fn kim_is_away(&self, title: &str, (from, to): (&str, &str)) {
        let path = format!("/calendars/{}", self.second);
        let remote = self.owner().get(&path).await.ok(200).text("provider_calendar_id");
        let event = json!({"summary": title, "start": {"dateTime": self.at(from)}, "end": {"dateTime": self.at(to)}});
        self.world.control().insert_event(&remote, &event).unwrap();
    }

    /// Whom a booking without wishes goes to.
    async fn anybody(&self, time: &str) -> Answer {
        self.try_book(time, json!({})).await
    }
}

#[tokio::test]
async fn nobody_is_chosen_who_was_not_asked() {
    let practice = Practice::open().await;
    // Both have just taken something else.
    practice.world.put("Dentist", practice.span("10:00", "11:00")).await;
    practice.kim_is_away("Hairdresser", ("10:00", "11:00")).await;
    practice.anybody("10:00").await.problem(409, "slot_unavailable");

    // Two callers at once, and only one of both people is free.
    practice.kim_is_away("Lawyer", ("12:00", "13:00")).await;
    let (one, other) = tokio::join!(practice.anybody("12:00"), practice.anybody("12:00"));
    let mut seen = [one.status, other.status];
    seen.sort_unstable();
    assert_eq!(seen, [201, 409], "{} {}", one.raw, other.raw);
    let made = if one.status == 201 { one } else { other };
    assert_eq!(made.body["staff"][0]["name"], "Sam");

    // A rule, of whose dates Sam has time on the first only.
    let week = SignedDuration::from_hours(7 * 24);
    let (from, to) = practice.span("14:00", "15:00");
    practice.world.put("Fair", (from + week, to + week)).await;
    practice.kim_is_away("Nap", ("14:00", "15:00")).await;
    let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]});
    let made = practice.try_book("14:00", rule).await.ok(201).body;
    let names: Vec<&Value> = [&made, &made["others"][0]].map(|one| &one["staff"][0]["name"]).to_vec();
    assert_eq!(names[0], "Sam", "{made}");
    let asked = made["receipt"]["look"]["asked"].as_array().unwrap();
    assert_eq!(asked.len(), 2, "the second date is Kim's: {made}");
}

#[tokio::test]
async fn whoever_does_not_answer_is_not_replaced_by_somebody_who_was_not_asked() {
    let practice = Practice::open().await;
    let slow = Effect::Latency { millis: 20_000 };
    practice
        .world
        .control()
        .fault(Fault::always("calendar.events.list", slow));
    practice
        .policy(json!({"live_check_ms": 200, "on_unknown": "block"}))
        .await;
    practice.anybody("10:00").await.problem(409, "slot_unavailable");
    practice.policy(json!({"on_unknown": "accept_and_flag"})).await;
    let made = practice.anybody("12:00").await.ok(201).body;
    assert_eq!(made["flagged"], true, "{made}");
}

#[tokio::test]
async fn rows_of_an_import_that_are_to_come_are_booked_by_what_the_provider_says_now() {
    let practice = Practice::open().await;
    practice.world.put("Dentist", practice.span("10:00", "11:00")).await;
    let rows = ["10:00", "12:00"]
        .map(|time| json!({"start": practice.at(time), "service": practice.service, "staff": practice.sam}));
    let body = json!({"client_id": practice.one.client, "rows": rows});
    let import = practice.owner().post("/bookings/import", body).await.ok(202).text("id");
    import::read(&practice).await;
    let after = import::done(&practice, &import).await;
    assert_eq!((&after["created"], &after["failed"]), (&json!(1), &json!(1)), "{after}");
}
