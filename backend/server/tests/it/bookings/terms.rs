//! What a service's own terms do to what is offered: nights when the clock changes, seats, turns, variants, the archive.

use super::*;

/// Somebody who works through every night, and what they do there, a whole year ahead.
async fn night_shift(practice: &Practice) -> String {
    let night = json!([{"from": "01:00", "to": "05:00"}]);
    let weekly = json!({"sunday": night});
    let hours = json!({"time_zone": "Europe/Berlin", "weekly": weekly, "exceptions": []});
    let path = format!("/staff/{}/working-hours", practice.sam);
    practice.owner().put(&path, hours).await.ok(200);
    let body = json!({"client_id": practice.one.client, "name": "Sleep lab", "duration_minutes": 60, "step_minutes": 60,
        "horizon_days": 400, "staff_ids": [practice.sam]});
    practice.owner().post("/services", body).await.ok(201).text("id")
}

/// The next nights in which clocks in Berlin go forward and back.
fn changes(app: &TestApp) -> [Timestamp; 2] {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let mut next = zone.following(app.app.now()).take(2).map(|one| one.timestamp());
    let (one, two) = (next.next().unwrap(), next.next().unwrap());
    let forward = |at: Timestamp| zone.to_datetime(at).hour() == 3;
    if forward(one) { [one, two] } else { [two, one] }
}

/// What the clock shows at each start that is offered in the hours around an instant.
async fn offered(practice: &Practice, service: &str, around: Timestamp) -> Vec<Value> {
    let (from, to) = (
        around - SignedDuration::from_hours(3),
        around + SignedDuration::from_hours(6),
    );
    let path = format!("/availability/slots?service_id={service}&from={from}&to={to}");
    let slots = practice.owner().get(&path).await.ok(200);
    slots.body["data"].as_array().unwrap().clone()
}

fn shown(slots: &[Value]) -> Vec<&str> {
    slots
        .iter()
        .map(|one| &one["local"].as_str().unwrap()[11..16])
        .collect()
}

#[tokio::test]
async fn the_night_in_which_an_hour_is_missing_and_the_one_that_has_it_twice() {
    let practice = Practice::open().await;
    let service = night_shift(&practice).await;
    let [forward, back] = changes(&practice.world.app);
    let short = offered(&practice, &service, forward).await;
    assert_eq!(shown(&short), ["01:00", "03:00", "04:00"]);
    let long = offered(&practice, &service, back).await;
    assert_eq!(shown(&long), ["01:00", "02:00", "02:00", "03:00", "04:00"]);
    // Both hours that are called two o'clock are sold, each once.
    for slot in &long[1..3] {
        let body = json!({"service_id": service, "start": slot["start"]});
        practice.owner().post("/bookings", body.clone()).await.ok(201);
        practice
            .owner()
            .post("/bookings", body)
            .await
            .problem(409, "slot_unavailable");
    }
    assert_eq!(
        shown(&offered(&practice, &service, back).await),
        ["01:00", "03:00", "04:00"]
    );
    practice.settle().await;
    let mut there: Vec<Timestamp> = practice
        .there()
        .iter()
        .map(|event| event["start"]["dateTime"].as_str().unwrap().parse().unwrap())
        .collect();
    there.sort_unstable();
    assert_eq!(there, [back - SignedDuration::from_hours(1), back]);
}

#[tokio::test]
async fn a_class_has_as_many_seats_as_it_says() {
    let practice = Practice::open().await;
    let body = json!({"client_id": practice.one.client, "name": "Yoga", "duration_minutes": 60, "capacity": 3,
        "staff_ids": [practice.sam]});
    let class = practice.owner().post("/services", body).await.ok(201).text("id");
    let seats = async || {
        let (from, to) = (practice.at("10:00"), practice.at("10:10"));
        let path = format!("/availability/slots?service_id={class}&from={from}&to={to}");
        let slots = practice.owner().get(&path).await.ok(200);
        slots.body["data"].get(0).map_or(json!(0), |slot| slot["seats"].clone())
    };
    let book = || {
        practice
            .owner()
            .post("/bookings", json!({"service_id": class, "start": practice.at("10:00")}))
    };
    assert_eq!(seats().await, 3);
    let answers = join_all((0..7).map(|_| book())).await;
    let taken: Vec<&Answer> = answers.iter().filter(|one| one.status == 201).collect();
    assert_eq!((taken.len(), seats().await), (3, json!(0)));
    // A seat that is given back is there for the next.
    practice.act(&taken[1].body, "cancel", json!({})).await.ok(200);
    assert_eq!(seats().await, 1);
    book().await.ok(201);
    // Another service at that time has no seat in this class.
    let mut codes = practice.codes("10:15").await;
    codes.dedup();
    assert_eq!(codes, ["booked"]);
}

#[tokio::test]
async fn turns_go_round_and_the_busy_one_is_passed_over() {
    let practice = Practice::open().await;
    let path = format!("/services/{}", practice.service);
    practice
        .owner()
        .patch(&path, json!({"assignment": "round_robin"}))
        .await
        .ok(200);
    let mut whose = Vec::new();
    for time in ["09:00", "10:00", "11:00", "13:00"] {
        let booking = practice.try_book(time, json!({})).await.ok(201).body;
        whose.push(booking["staff"][0]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(whose, ["Sam", "Kim", "Sam", "Kim"]);
    practice.appointment("14:00", "15:00", json!({})).await;
    let booking = practice.try_book("14:00", json!({})).await.ok(201).body;
    assert_eq!(booking["staff"][0]["name"], "Kim", "Sam's turn, but Sam is away");
}

#[tokio::test]
async fn a_variant_takes_its_own_time_and_an_archived_service_none() {
    let practice = Practice::open().await;
    let path = format!("/services/{}", practice.service);
    let long = json!({"id": "long", "name": "First visit", "duration_minutes": 90, "price_text": "120 €"});
    practice.owner().patch(&path, json!({"variants": [long]})).await.ok(200);
    let with = json!({"variant": "long", "staff_ids": [practice.sam]});
    let booking = practice.try_book("10:00", with).await.ok(201).body;
    assert_eq!(booking["end"], json!(practice.at("11:30")), "{booking}");
    assert_eq!(practice.codes("11:30").await, ["buffer"], "the time after it is kept");
    let unknown = practice.try_book("14:00", json!({"variant": "short"})).await;
    assert_eq!(unknown.status, 422, "{}", unknown.raw);
    practice.owner().delete(&path).await.ok(204);
    practice
        .try_book("14:00", json!({}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/service_id", "archived")]);
    // What was booked stands.
    assert_eq!(practice.booking(&booking).await["status"], "confirmed");
}

#[tokio::test]
async fn what_was_promised_keeps_its_length_and_its_people_whatever_the_service_says_by_now() {
    let practice = Practice::open().await;
    let path = format!("/services/{}", practice.service);
    let call = json!({"external_id": "call-7", "staff_ids": [practice.sam]});
    let booking = practice.try_book("10:00", call.clone()).await.ok(201).body;
    let change = json!({"duration_minutes": 30, "staff_ids": [practice.kim]});
    practice.owner().patch(&path, change).await.ok(200);
    let moved = practice.act(&booking, "reschedule", json!({"start": practice.at("13:00")}));
    let moved = moved.await.ok(200).body;
    assert_eq!(
        (&moved["end"], &moved["staff"][0]["name"]),
        (&json!(practice.at("13:45")), &json!("Sam"))
    );
    let given = practice.act(&booking, "reassign", json!({"staff_ids": [practice.kim]}));
    assert_eq!(given.await.ok(200).body["end"], practice.at("13:45"));
    practice.owner().delete(&path).await.ok(204);
    let again = practice.try_book("10:00", call).await.ok(200);
    assert_eq!(again.body["id"], booking["id"], "the same call is still answered");
}

#[tokio::test]
async fn a_hold_that_has_run_out_is_in_nobodys_way_before_anybody_notes_it() {
    let practice = Practice::open().await;
    let hold = practice.try_book("10:00", json!({"hold": true, "staff_ids": [practice.sam]}));
    let hold = hold.await.ok(201).body;
    let booking = practice.book("13:00").await;
    practice.world.app.clock.advance(SignedDuration::from_hours(2));
    let moved = practice.act(&booking, "reschedule", json!({"start": practice.at("10:00")}));
    assert_eq!(moved.await.ok(200).body["start"], practice.at("10:00"));
    assert_eq!(practice.booking(&hold).await["status"], "expired");
}

#[tokio::test]
async fn who_confirms_by_hand_is_asked_about_a_hold_too() {
    let practice = Practice::open().await;
    practice.policy(json!({"confirmation": "by_hand"})).await;
    let hold = practice.try_book("10:00", json!({"hold": true})).await.ok(201).body;
    let taken = practice.act(&hold, "confirm", json!({})).await.ok(200).body;
    assert_eq!(taken["status"], "pending");
    assert_ne!(taken["receipt"]["look"], Value::Null, "the calendars were asked");
    let confirmed = practice.act(&hold, "confirm", json!({})).await.ok(200).body;
    assert_eq!(confirmed["status"], "confirmed");
}

#[tokio::test]
async fn a_start_within_a_second_and_a_rule_without_dates_are_refused() {
    let practice = Practice::open().await;
    let start = practice.at("10:00").replace("00Z", "00.5Z");
    let body = json!({"service_id": practice.service, "start": start});
    practice
        .owner()
        .post("/bookings", body)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/start", "fraction")]);
    let wall = format!("{}T100000", practice.day.strftime("%Y%m%d"));
    let never = json!(["RRULE:FREQ=WEEKLY;COUNT=1", format!("EXDATE;TZID=Europe/Berlin:{wall}")]);
    let body = json!({"recurrence": never, "customer": {"name": "Nobody", "phone": "+49 30 99"}});
    let refused = practice.try_book("10:00", body).await;
    assert_eq!(refused.status, 422, "{}", refused.raw);
    let known = practice.owner().get("/customers").await.ok(200).body;
    assert_eq!(known["data"], json!([]), "and nobody was written down");
}
