//! Kinds of events: what the providers call out of office, focus time and working location is known for the rules.

use serde_json::{Value, json};

use crate::{
    google::{ANN, World, timed},
    harness::{Answer, Caller, TestApp},
    microsoft::{self, MIRA},
};

/// What is stored of the kinds in a calendar, in order of time.
async fn kinds(app: &TestApp, owner: &Caller, calendar: &str) -> Vec<String> {
    let calendars = vec![calendar.to_owned()];
    let me = owner.get("/auth/me").await.ok(200);
    let tenant = me.body["tenant"]["id"].as_str().unwrap().to_owned();
    let tenant = domain::id::TenantId::from_store(tenant);
    let (from, to) = ("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z");
    let at = |text: &str| db::types::Instant::from(text.parse::<jiff::Timestamp>().unwrap());
    let (from, to) = (at(from), at(to));
    let mut rows = app
        .app
        .read(move |c| db::busy::between(c, &tenant, &calendars, from, to))
        .await
        .unwrap();
    rows.sort_by_key(|row| row.starts_at);
    rows.into_iter().map(|row| row.kind).collect()
}

#[tokio::test]
async fn what_google_says_an_event_is_for_stays_known() {
    let world = World::new().await;
    let one = world.connected().await;
    let event = |kind: &str, day: u32| {
        let at =
            |hour: u32| json!({"dateTime": format!("2027-03-{day:02}T{hour:02}:00:00"), "timeZone": "Europe/Berlin"});
        json!({"summary": kind, "eventType": kind, "start": at(9), "end": at(10)})
    };
    for (day, kind) in (1..).zip(["default", "outOfOffice", "focusTime", "workingLocation"]) {
        let mut event = event(kind, day);
        let more = match kind {
            "outOfOffice" => json!({"outOfOfficeProperties": {"autoDeclineMode": "declineNone"}}),
            "focusTime" => json!({"focusTimeProperties": {"autoDeclineMode": "declineNone"}}),
            "workingLocation" => {
                json!({"workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}, "transparency": "transparent", "visibility": "public"})
            }
            _ => json!({}),
        };
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.control().insert_event(ANN, &event).unwrap();
    }
    world.sync(&one.calendar).await;
    assert_eq!(
        kinds(&world.app, &world.owner, &one.calendar).await,
        ["event", "out_of_office", "focus_time", "working_location"]
    );
    // Moving one of them here does not make it another kind.
    let focus = world.events(&one.calendar, "&q=focusTime").await.remove(0);
    let later = timed("x", "2027-03-03T15:00:00", "2027-03-03T16:00:00");
    world
        .patch(&focus, "", json!({"start": later["start"], "end": later["end"]}))
        .await
        .ok(200);
    assert_eq!(kinds(&world.app, &world.owner, &one.calendar).await[2], "focus_time");
}

#[tokio::test]
async fn what_outlook_shows_an_event_as_stays_known() {
    let world = microsoft::World::new().await;
    let one = world.connected().await;
    let control = &world.microsoft.control;
    let home = control.default_calendar(MIRA).unwrap();
    for (day, shows) in (1..).zip(["busy", "oof", "workingElsewhere", "tentative"]) {
        let at = |hour: u32| json!({"dateTime": format!("2027-03-{day:02}T{hour:02}:00:00"), "timeZone": "W. Europe Standard Time"});
        let event = json!({"subject": shows, "showAs": shows, "start": at(9), "end": at(10)});
        control.insert_event(&home, &event).unwrap();
    }
    world
        .owner
        .post(&format!("/calendars/{}/sync", one.calendar), json!({}))
        .await
        .ok(200);
    assert_eq!(
        kinds(&world.app, &world.owner, &one.calendar).await,
        ["event", "out_of_office", "working_location", "event"]
    );
}

fn rules(answer: &Answer) -> &Value {
    &answer.body["busy_rules"]
}

#[tokio::test]
async fn the_rules_of_a_calendar_are_visible_and_can_be_changed_line_by_line() {
    let world = World::new().await;
    let one = world.connected().await;
    let path = format!("/calendars/{}", one.calendar);
    let usual = json!({"all_day": "if_busy", "tentative": true, "unanswered": true, "maybe": true, "out_of_office": true, "focus_time": true});
    let read = world.owner.get(&path).await.ok(200);
    assert_eq!(rules(&read), &usual);
    let change = json!({"busy_rules": {"all_day": "never", "focus_time": false}});
    let changed = world.owner.patch(&path, change).await.ok(200);
    let mut expected = usual.clone();
    (expected["all_day"], expected["focus_time"]) = (json!("never"), json!(false));
    assert_eq!(rules(&changed), &expected);
    // Another choice leaves them alone; null brings the usual ones back.
    let other = world.owner.patch(&path, json!({"colour": "#16a765"})).await.ok(200);
    assert_eq!(rules(&other), &expected);
    let back = world.owner.patch(&path, json!({"busy_rules": null})).await.ok(200);
    assert_eq!(rules(&back), &usual);
    world
        .owner
        .patch(
            &path,
            json!({"busy_rules": {"all_day": "sometimes", "declined": true, "maybe": "yes"}}),
        )
        .await
        .problem(422, "validation_failed")
        .fields(&[
            ("/busy_rules/all_day", "enum"),
            ("/busy_rules/declined", "unknown_field"),
            ("/busy_rules/maybe", "type"),
        ]);
}
