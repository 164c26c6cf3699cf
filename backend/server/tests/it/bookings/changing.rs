//! What becomes of a booking: moved, handed over, repeated, held, taken out, and who sees it.

use super::*;

everywhere!(
    a_booking_moves_with_its_event_and_takes_it_along_when_it_goes,
    somebody_else_takes_over_and_a_late_change_needs_the_business,
    what_nobody_can_read_is_refused_or_accepted_and_looked_at_again_as_the_client_wants,
    what_somebody_has_taken_a_moment_ago_is_not_booked,
);

async fn a_booking_moves_with_its_event_and_takes_it_along_when_it_goes<S: Side>(practice: Practice<S>) {
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let before = practice.entries().await;
    let (title, start) = ("Check-up".to_owned(), practice.instant("10:00"));
    assert_eq!((before.len(), &before[0].title, before[0].start), (1, &title, start));
    assert_eq!(practice.booking(&booking).await["sync"]["state"], "synced");
    let moved = practice
        .act(&booking, "reschedule", json!({"start": practice.at("10:30")}))
        .await
        .ok(200);
    assert_eq!(moved.body["start"], practice.at("10:30"), "it was not in its own way");
    practice.settle().await;
    let after = practice.entries().await;
    assert_eq!((after.len(), &after[0].id), (1, &before[0].id), "the same event");
    assert_eq!(after[0].start, practice.instant("10:30"));
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let old = practice.owner().request(Method::POST, &format!("{path}/cancel"));
    send(old.header("if-match", "\"1\"").json(&json!({})))
        .await
        .problem(412, "precondition_failed");
    practice
        .owner()
        .patch(&path, json!({"notes_shared": "x"}))
        .await
        .problem(428, "precondition_required");
    practice.act(&booking, "cancel", json!({"reason": "ill"})).await.ok(200);
    let twice = practice.act(&booking, "cancel", json!({})).await.ok(200);
    assert_eq!(twice.body["cancel_reason"], "ill");
    practice.settle().await;
    assert!(practice.entries().await.is_empty());
    assert!(practice.codes("10:30").await.is_empty(), "the time is free again");
    assert_eq!(practice.deeds(&booking).await, ["created", "moved", "cancelled"]);
    practice
        .act(&booking, "confirm", json!({}))
        .await
        .problem(409, "conflict");
}

async fn somebody_else_takes_over_and_a_late_change_needs_the_business<S: Side>(practice: Practice<S>) {
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let taken = practice
        .act(&booking, "reassign", json!({"staff_ids": [practice.kim]}))
        .await
        .ok(200);
    assert_eq!(taken.body["staff"][0]["name"], "Kim");
    practice.settle().await;
    assert!(practice.entries().await.is_empty(), "it has left Sam's calendar");
    let hers = practice.events(&practice.second).await;
    assert_eq!(titles(&hers), ["Check-up"]);
    let late = "9 days before";
    practice.policy(json!({"cancel_notice_minutes": 60 * 24 * 20})).await;
    let body = json!({"by_customer": true, "reason": late});
    let refused = practice.act(&booking, "cancel", body.clone()).await;
    assert!(
        refused.problem(409, "conflict").text("detail").contains("until"),
        "{}",
        refused.raw
    );
    let agent = practice.app().key(practice.owner(), &["bookings:write"]).await;
    let path = format!("/bookings/{}/cancel", booking["id"].as_str().unwrap());
    let allowed = json!({"by_customer": true, "override": true, "reason": late});
    agent.post(&path, allowed.clone()).await.problem(403, "forbidden");
    practice.act(&booking, "cancel", allowed).await.ok(200);
    let history = practice
        .owner()
        .get(&path.replace("cancel", "history"))
        .await
        .ok(200)
        .body;
    let last = history["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["action"], &last["before"]["status"]),
        (&json!("cancelled"), &json!("confirmed"))
    );
    assert!(
        last["detail"].as_str().unwrap().contains("allowed") && last["actor"].as_str().unwrap().starts_with("usr_")
    );
}

#[tokio::test]
async fn two_people_do_it_together_or_nobody_does() {
    let practice = Practice::open().await;
    practice.appointment("10:00", "11:00", json!({})).await;
    let both = json!({"staff_ids": [practice.sam, practice.kim]});
    practice
        .try_book("10:15", both.clone())
        .await
        .problem(409, "slot_unavailable");
    let made = practice.try_book("11:00", both).await.ok(201).body;
    assert_eq!(made["staff"].as_array().unwrap().len(), 2);
    practice.settle().await;
    assert_eq!(practice.world.events(&practice.second, "").await.len(), 1);
    assert_eq!(practice.there().len(), 2);
    let kim = practice.try_book("11:15", json!({"staff_ids": [practice.kim]})).await;
    assert!(
        kim.problem(409, "slot_unavailable").raw.contains("Kim is booked"),
        "{}",
        kim.raw
    );
}

#[tokio::test]
async fn a_rule_books_all_its_dates_or_none_and_names_those_that_are_not_free() {
    let practice = Practice::open().await;
    let next = practice.day.checked_add(jiff::Span::new().weeks(1)).unwrap();
    let body =
        json!({"summary": "Away", "start": {"dateTime": at(next, "10:00")}, "end": {"dateTime": at(next, "11:00")}});
    practice.world.control().insert_event(ANN, &body).unwrap();
    practice.sync().await;
    let weekly =
        |count: u32| json!({"staff_ids": [practice.sam], "recurrence": [format!("RRULE:FREQ=WEEKLY;COUNT={count}")]});
    let refused = practice.try_book("10:00", weekly(3)).await;
    refused.problem(409, "slot_unavailable");
    let times = refused.body["unavailable"]["times"].as_array().unwrap();
    assert_eq!(
        (times.len(), times[0]["start"].as_str()),
        (1, Some(at(next, "10:00").as_str()))
    );
    let all = practice.owner().get("/bookings").await.ok(200);
    assert_eq!(all.body["data"], json!([]), "none was booked");
    let made = practice.try_book("11:00", weekly(3)).await.ok(201).body;
    assert_eq!(made["others"].as_array().unwrap().len(), 2);
    assert_eq!(
        made["others"][0]["start"],
        at(next, "11:00"),
        "the same time on the clock"
    );
    practice.settle().await;
    assert_eq!(practice.there().len(), 4);
    let endless = practice
        .try_book("13:00", json!({"recurrence": ["RRULE:FREQ=WEEKLY"]}))
        .await;
    endless
        .problem(422, "validation_failed")
        .fields(&[("/recurrence", "too_many")]);
}

#[tokio::test]
async fn a_hold_keeps_its_time_until_it_ends_and_is_confirmed_later_if_that_is_still_free() {
    let practice = Practice::open().await;
    let hold = json!({"staff_ids": [practice.sam], "hold": true});
    let held = practice.try_book("10:00", hold.clone()).await.ok(201).body;
    assert_eq!(
        (&held["status"], &held["sync"]["state"]),
        (&json!("held"), &json!("none"))
    );
    let second = practice.try_book("10:00", hold.clone()).await;
    assert!(
        second.problem(409, "slot_unavailable").raw.contains("\"held\""),
        "{}",
        second.raw
    );
    practice.world.app.clock.advance(SignedDuration::from_mins(11));
    practice.job().await;
    assert_eq!(practice.booking(&held).await["status"], "expired");
    let late = practice.act(&held, "confirm", json!({})).await.ok(200).body;
    assert_eq!(late["status"], "confirmed", "nobody else has taken it");
    practice.settle().await;
    assert_eq!(practice.there().len(), 1);
    let other = practice.try_book("12:00", hold).await.ok(201).body;
    practice.world.app.clock.advance(SignedDuration::from_mins(11));
    practice.book("12:00").await;
    practice
        .act(&other, "confirm", json!({}))
        .await
        .problem(409, "slot_unavailable");
    assert_eq!(practice.deeds(&other).await, ["held", "expired"]);
}

async fn what_somebody_has_taken_a_moment_ago_is_not_booked<S: Side>(practice: Practice<S>) {
    assert!(practice.codes("10:00").await.is_empty());
    practice.world.put("Dentist", practice.span("10:00", "11:00")).await;
    let refused = practice.try_book("10:15", json!({"staff_ids": [practice.sam]})).await;
    refused.problem(409, "slot_unavailable");
    let reason = &refused.body["unavailable"]["times"][0]["reasons"][0];
    assert_eq!(reason["code"], "busy", "{}", refused.raw);
    assert!(
        !refused.raw.contains("Dentist"),
        "what it is about is nobody's business"
    );
    let entries = practice.entries().await;
    assert_eq!((entries.len(), entries[0].title.as_str()), (1, "Dentist"));
    // Who does not mind with whom, gets somebody else.
    let made = practice.try_book("10:15", json!({})).await.ok(201).body;
    assert_eq!(made["staff"][0]["name"], "Kim");
    assert_eq!(made["flagged"], false, "{made}");
}

async fn what_nobody_can_read_is_refused_or_accepted_and_looked_at_again_as_the_client_wants<S: Side>(
    practice: Practice<S>,
) {
    practice.policy(json!({"on_unknown": "block"})).await;
    practice.world.cut();
    let refused = practice.try_book("10:00", json!({"staff_ids": [practice.sam]})).await;
    refused.problem(409, "slot_unavailable");
    assert_eq!(
        refused.body["unavailable"]["times"][0]["reasons"][0]["rule"], "sources",
        "{}",
        refused.raw
    );
    practice.policy(json!({"on_unknown": "accept_and_flag"})).await;
    let good = practice.book("10:00").await;
    let bad = practice.book("12:00").await;
    assert_eq!((&good["flagged"], &good["status"]), (&json!(true), &json!("confirmed")));
    // Somebody was busy all along.
    practice.world.put("Dentist", practice.span("12:00", "13:00")).await;
    practice.world.mend();
    practice.app().clock.advance(SignedDuration::from_mins(30));
    practice.settle().await;
    practice.job().await;
    assert_eq!(practice.booking(&good).await["flagged"], false);
    assert_eq!(practice.deeds(&good).await, ["created", "checked"]);
    let flagged = practice.owner().get("/bookings?flagged=true").await.ok(200).body;
    assert_eq!(flagged["data"][0]["id"], bad["id"], "the clash is listed");
    assert_eq!(practice.deeds(&bad).await, ["created", "clash"]);
}

#[tokio::test]
async fn another_tenant_sees_nothing_of_it_and_who_follows_along_does() {
    let practice = Practice::open().await;
    let since = practice.owner().get("/changes").await.ok(200).body["next_since"].clone();
    let booking = practice.book("10:00").await;
    let changes = practice
        .owner()
        .get(&format!("/changes?since={since}"))
        .await
        .ok(200)
        .body;
    let told = changes["data"].as_array().unwrap().iter();
    let told: Vec<(&str, &str)> = told
        .map(|one| (one["kind"].as_str().unwrap(), one["action"].as_str().unwrap()))
        .collect();
    assert!(
        told.contains(&("booking", "created")) && told.contains(&("event", "created")),
        "{told:?}"
    );
    let eve = practice.world.app.stranger().await;
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    eve.get(&path).await.problem(404, "not_found");
    eve.get(&format!("{path}/history")).await.problem(404, "not_found");
    eve.post(&format!("{path}/cancel"), json!({}))
        .await
        .problem(404, "not_found");
    let body = json!({"service_id": practice.service, "start": practice.at("12:00")});
    eve.post("/bookings", body).await.problem(404, "not_found");
    assert_eq!(eve.get("/bookings").await.ok(200).body["data"], json!([]));
    let q = practice
        .owner()
        .get("/bookings?q=check&status=confirmed,pending")
        .await
        .ok(200)
        .body;
    assert_eq!(q["data"][0]["id"], booking["id"]);
}

#[tokio::test]
async fn a_booking_that_is_shown_with_other_names_is_another_version_and_is_written_by_either() {
    let practice = Practice::open().await;
    let booking = practice.book("10:00").await;
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let read = async |tag: &str| {
        let request = practice.owner().request(Method::GET, &path);
        send(request.header("If-None-Match", tag)).await
    };
    let tag = read("\"0\"").await.header("etag").to_owned();
    assert_eq!(read(&tag).await.status, 304);
    let service = format!("/services/{}", practice.service);
    practice
        .owner()
        .patch(&service, json!({"name": "Cleaning"}))
        .await
        .ok(200);
    let renamed = read(&tag).await.ok(200);
    assert_eq!(renamed.body["service_name"], "Cleaning", "{}", renamed.raw);
    let cancel = practice.owner().request(Method::POST, &format!("{path}/cancel"));
    send(cancel.header("If-Match", tag).json(&json!({}))).await.ok(200);
}
