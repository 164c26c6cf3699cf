//! Somebody asks and books: what is free, why not, when else, and who gets it.

use super::*;

#[tokio::test]
async fn a_call_that_books_twice_has_one_booking_and_one_event() {
    let practice = Practice::open().await;
    let free = practice.check("10:00", "").await;
    let say = free.text("say");
    assert!(
        free.body["available"] == true && say.contains(" at 10:00 with Sam is free."),
        "{say}"
    );
    let customer = practice.customer().await;
    let call = json!({"external_id": "call-1", "customer_id": customer, "notes_shared": "New patient", "notes_private": "Pays late"});
    let made = practice.try_book("10:00", call.clone()).await.ok(201);
    let again = practice.try_book("10:00", call.clone()).await.ok(200);
    assert_eq!(made.body["id"], again.body["id"]);
    practice
        .try_book("11:00", call)
        .await
        .problem(422, "idempotency_key_reused");
    practice.settle().await;
    let booking = practice.booking(&made.body).await;
    assert_eq!(
        (
            &booking["status"],
            &booking["sync"]["state"],
            &booking["staff"][0]["name"]
        ),
        (&json!("confirmed"), &json!("synced"), &json!("Sam")),
        "{booking}"
    );
    let events = practice.there();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["summary"], "Check-up - Cara Lind");
    assert_eq!(events[0]["description"], "New patient\nPhone: +49 30 1234");
    assert!(!events[0].to_string().contains("Pays late") && events[0].get("attendees").is_none());
    assert_eq!(booking["calendar_event_id"], booking["sync"]["copies"][0]["event_id"]);
    assert_eq!(booking["receipt"]["rules"], 1);
    assert_eq!(
        (&booking["flagged"], &booking["receipt"]["look"]["silent"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(
        booking["receipt"]["sources"][0]["calendar_id"],
        json!(practice.one.calendar)
    );
    // Its own copy has come back by now, and is no second reason.
    assert_eq!(practice.codes("10:00").await, ["booked"]);
    assert_eq!(practice.codes("10:50").await, ["buffer"]);
    assert!(practice.codes("11:00").await.is_empty());
    let explained = practice
        .owner()
        .get(&format!(
            "/availability/explain?service_id={}&start={}&staff_id={}",
            practice.service,
            practice.at("10:00"),
            practice.sam
        ))
        .await
        .ok(200);
    let ignored = &explained.body["people"][0]["ignored"];
    assert_eq!(ignored[0]["because"], "own_copy", "{}", explained.raw);
    assert_eq!(practice.deeds(&booking).await, ["created"]);
}

#[tokio::test]
async fn who_calls_is_known_by_their_number_and_new_once() {
    let practice = Practice::open().await;
    let call = |phone: &str| json!({"customer": {"name": "Cara Lind", "phone": phone}});
    let first = practice.try_book("10:00", call("+49 30 1234")).await.ok(201).body;
    let second = practice.try_book("12:00", call("0049 (30) 12-34")).await.ok(201).body;
    assert_eq!(first["customer"]["id"], second["customer"]["id"]);
    let all = practice.owner().get("/customers").await.ok(200).body;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    let theirs = format!("/bookings?customer_id={}", first["customer"]["id"].as_str().unwrap());
    let theirs = practice.owner().get(&theirs).await.ok(200).body;
    assert_eq!(theirs["data"].as_array().unwrap().len(), 2);
    let wrong = practice.try_book("13:00", call("1")).await;
    wrong
        .problem(422, "validation_failed")
        .fields(&[("/customer/phone", "format")]);
}

#[tokio::test]
async fn what_is_not_free_says_why_and_when_else() {
    let practice = Practice::open().await;
    practice
        .appointment("10:00", "11:00", json!({"visibility": "private"}))
        .await;
    practice
        .appointment("13:00", "14:00", json!({"transparency": "transparent"}))
        .await;
    let declined = json!([{"email": ANN, "self": true, "responseStatus": "declined"}, {"email": "x@example.com"}]);
    practice
        .appointment("14:00", "15:00", json!({"attendees": declined}))
        .await;
    let closure = json!({"client_id": practice.one.client, "name": "Stocktaking", "starts_at": practice.at("15:00"), "ends_at": practice.at("16:00")});
    practice.owner().post("/closures", closure).await.ok(201);
    assert_eq!(practice.codes("10:15").await, ["busy"]);
    assert_eq!(practice.codes("09:10").await, ["buffer"]);
    assert!(practice.codes("13:00").await.is_empty(), "it is marked as free");
    assert!(practice.codes("14:00").await.is_empty(), "it was declined");
    assert_eq!(practice.codes("15:30").await, ["closed"]);
    assert_eq!(practice.codes("16:30").await, ["outside_hours"]);
    let refused = practice.try_book("10:15", json!({"staff_ids": [practice.sam]})).await;
    refused.problem(409, "slot_unavailable");
    let why = &refused.body["unavailable"];
    assert_eq!(why["times"][0]["reasons"][0]["code"], "busy");
    assert!(
        !refused.raw.contains("Private"),
        "what it is about is nobody's business"
    );
    let near: Vec<&str> = why["alternatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["start"].as_str().unwrap())
        .collect();
    let nearest = ["11:00", "11:15", "11:30"].map(|time| practice.at(time));
    assert_eq!(near, nearest, "of two that are as near, the later one");
    let first = json!({"service_id": practice.service, "start": near[0], "staff_ids": [practice.sam]});
    practice.owner().post("/bookings", first).await.ok(201);
    let past = practice
        .owner()
        .post(
            "/bookings",
            json!({"service_id": practice.service, "start": "2020-01-07T10:00:00Z"}),
        )
        .await;
    past.problem(409, "slot_unavailable");
    assert!(past.raw.contains("in_the_past"), "{}", past.raw);
    // Kim is free all the while.
    let slots = practice
        .owner()
        .get(&format!(
            "/availability/slots?service_id={}&from={}&to={}",
            practice.service,
            practice.at("10:00"),
            practice.at("10:15")
        ))
        .await
        .ok(200);
    assert_eq!(
        slots.body["data"][0]["staff_ids"],
        json!([practice.kim]),
        "{}",
        slots.raw
    );
    assert_eq!(slots.body["complete"], true);
}

#[tokio::test]
async fn of_eight_who_want_the_same_time_one_gets_it() {
    let practice = Practice::open().await;
    let tries = (0..8).map(|_| practice.try_book("10:00", json!({"staff_ids": [practice.sam]})));
    let answers = join_all(tries).await;
    let won = answers.iter().filter(|one| one.status == 201).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|one| one.status != 201) {
        lost.problem(409, "slot_unavailable");
        assert_eq!(lost.body["unavailable"]["alternatives"].as_array().unwrap().len(), 3);
    }
    practice.settle().await;
    assert_eq!(practice.there().len(), 1);
}

#[tokio::test]
async fn what_was_read_a_moment_ago_is_known_until_something_happens_in_the_calendar() {
    let practice = Practice::open().await;
    let free = async |name: &str, staff: &str| {
        let answer = practice.check("10:00", &format!("&staff_id={staff}")).await;
        let slots = format!(
            "/availability/slots?service_id={}&staff_id={staff}&from={}&to={}",
            practice.service,
            practice.at("10:00"),
            practice.at("10:01")
        );
        let slots = practice.owner().get(&slots).await.ok(200).body["data"]
            .as_array()
            .unwrap()
            .len();
        let known = answer.body["available"] == true;
        assert_eq!(known, slots == 1, "{name}: {}", answer.body);
        known
    };
    let (sam, kim) = (practice.sam.as_str(), practice.kim.as_str());
    for _ in 0..2 {
        assert!(free("Sam", sam).await && free("Kim", kim).await);
    }
    let theirs = practice.appointment("09:30", "10:30", json!({})).await;
    assert!(!free("Sam", sam).await && free("Kim", kim).await);
    practice
        .world
        .control()
        .delete_event(ANN, theirs["id"].as_str().unwrap())
        .unwrap();
    practice.sync().await;
    assert!(free("Sam", sam).await);

    // Ours, then moved into another calendar, then out of the way, then gone.
    let body = json!({"title": "Stock-taking", "start": {"date_time": format!("{}T10:15:00", practice.day), "time_zone": "Europe/Berlin"},
        "end": {"date_time": format!("{}T10:30:00", practice.day), "time_zone": "Europe/Berlin"}});
    let path = format!("/calendars/{}/events", practice.one.calendar);
    let id = practice.owner().post(&path, body).await.ok(201).text("id");
    assert!(!free("Sam", sam).await && free("Kim", kim).await);
    let now = practice.world.event(&id).await;
    let moved = practice.owner().request(Method::POST, &format!("/events/{id}/move"));
    let moved = moved.header("if-match", now["etag"].as_str().unwrap());
    let id = send(moved.json(&json!({"calendar_id": practice.second})))
        .await
        .ok(200)
        .text("id");
    assert!(free("Sam", sam).await && !free("Kim", kim).await);
    let now = practice.world.event(&id).await;
    practice.world.delete(&now, "").await.ok(204);
    assert!(free("Sam", sam).await && free("Kim", kim).await);
    // And what somebody books takes time at once.
    practice.book("10:00").await;
    assert!(!free("Sam", sam).await && free("Kim", kim).await);
}
