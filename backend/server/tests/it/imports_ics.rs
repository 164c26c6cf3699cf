//! Calendar files of any producer: planned, applied, planned again.

use std::fmt::Write as _;

use calendar_stacker::jobs::operations;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    google::{starts, titles},
    harness::send,
    operations::{Bulk, plan},
};

/// Uploads a file of any kind and plans it.
pub async fn uploaded(bulk: &Bulk, name: &str, file: &str, body: Value) -> Value {
    let request = bulk.world.owner.request(Method::POST, &format!("/imports?name={name}"));
    let request = request
        .header("content-type", "application/octet-stream")
        .body(file.to_owned());
    let import = send(request).await.ok(201);
    let kind = name.rsplit('.').next().unwrap();
    assert_eq!(import.body["kind"], kind, "{}", import.raw);
    bulk.plan(&import.text("id"), body).await
}

const FILE: &str = "BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Somebody//Else//EN\r
BEGIN:VTIMEZONE\r
TZID:W. Europe Standard Time\r
BEGIN:STANDARD\r
DTSTART:16011028T030000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010325T020000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
END:DAYLIGHT\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:moved@else.example\r
RECURRENCE-ID;TZID=W. Europe Standard Time:20270614T090000\r
SUMMARY:Team\\, later\r
DTSTART;TZID=W. Europe Standard Time:20270614T110000\r
DTEND;TZID=W. Europe Standard Time:20270614T120000\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:single@else.example\r
SUMMARY:Fair\r
DTSTART;VALUE=DATE:20270605\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:hostile@else.example\r
SUMMARY:Too often\r
DTSTART:20270605T090000Z\r
RRULE:FREQ=SECONDLY\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:nowhere@else.example\r
SUMMARY:Nowhere\r
DTSTART;TZID=Mars/Base:20270605T090000\r
DTEND;TZID=Mars/Base:20270605T100000\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:moved@else.example\r
SUMMARY:Team\r
DTSTART;TZID=W. Europe Standard Time:20270607T090000\r
DTEND;TZID=W. Europe Standard Time:20270607T100000\r
RRULE:FREQ=WEEKLY;COUNT=4\r
EXDATE;TZID=W. Europe Standard Time:20270621T090000\r
END:VEVENT\r
END:VCALENDAR\r
";

#[tokio::test]
async fn a_calendar_file_is_planned_applied_and_known_again() {
    let bulk = Bulk::new().await;
    let to = json!({"calendar_id": bulk.calendars[1].0});
    let op = uploaded(&bulk, "else.ics", FILE, to.clone()).await;
    assert_eq!(op["state"], "planned", "{op}");
    let counts = json!({"create": 2, "update": 0, "delete": 0, "move": 0, "unchanged": 0, "duplicate": 0, "bad": 2});
    assert_eq!(op["summary"]["counts"], counts, "{:?}", bulk.items(&op, "").await);
    let bad = bulk.items(&op, "&outcome=bad").await;
    let told: Vec<_> = bad
        .iter()
        .map(|item| (&item["line"], &item["faults"][0]["column"]["name"]))
        .collect();
    assert!(told.contains(&(&json!(37), &json!("DTSTART"))), "{bad:?}");
    let op = bulk.applied(&op).await;
    assert_eq!(
        (&op["state"], &op["done"], &op["failed"]),
        (&json!("done"), &json!(2), &json!(0)),
        "{:?}",
        bulk.items(&op, "").await
    );
    let there = bulk.there(1);
    assert_eq!(there.len(), 3, "the series, its changed date and the fair: {there:?}");
    let zone = there.iter().find(|one| one["summary"] == "Team").unwrap();
    assert_eq!(zone["start"]["timeZone"], "Europe/Berlin");
    let later = there.iter().find(|one| one["summary"] == "Team, later").unwrap();
    assert_eq!(later["recurringEventId"], zone["id"]);

    bulk.world.sync(&bulk.calendars[1].0).await;
    let op = uploaded(&bulk, "else.ics", FILE, to.clone()).await;
    let counts = json!({"create": 0, "update": 0, "delete": 0, "move": 0, "unchanged": 3, "duplicate": 0, "bad": 2});
    assert_eq!(op["summary"]["counts"], counts, "{:?}", bulk.items(&op, "").await);
    // The UIDs it came with leave again.
    let file = bulk.world.owner.get("/exports?format=ics").await.ok(200).raw;
    assert_eq!(file.matches("UID:moved@else.example").count(), 2, "{file}");

    let changed = FILE.replace("Team\\, later", "Team\\, much later");
    let op = uploaded(&bulk, "else.ics", &changed, to).await;
    assert_eq!(
        (
            &op["summary"]["counts"]["update"],
            &op["summary"]["counts"]["unchanged"]
        ),
        (&json!(1), &json!(2)),
        "{op}"
    );
    let op = bulk.applied(&op).await;
    assert_eq!(op["state"], "done", "{op}");
    let there = bulk.there(1);
    assert!(
        there.iter().any(|one| one["summary"] == "Team, much later"),
        "{there:?}"
    );
    assert!(there.iter().any(|one| one["summary"] == "Team"), "{there:?}");
}

/// A file says the whole rule: what it leaves as it was is meant as it stands, wherever the series begins.
#[tokio::test]
async fn a_file_that_begins_a_series_on_another_day_keeps_its_weekdays() {
    let bulk = Bulk::new().await;
    let calendar = &bulk.calendars[1].0;
    let file = |day: u32| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Somebody//Else//EN\r\nBEGIN:VEVENT\r\nUID:class@else.example\r\n\
             SUMMARY:Class\r\nDTSTART:202706{day:02}T090000Z\r\nDTEND:202706{day:02}T100000Z\r\n\
             RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    let window = "&expand=instances&from=2027-06-06T00:00:00Z&to=2027-07-01T00:00:00Z";
    for (day, expected) in [(7, ["07", "09", "14", "16"]), (9, ["09", "14", "16", "21"])] {
        let op = uploaded(&bulk, "class.ics", &file(day), json!({"calendar_id": calendar})).await;
        let op = bulk.applied(&op).await;
        assert_eq!((&op["state"], &op["failed"]), (&json!("done"), &json!(0)), "{op}");
        let shown = bulk.world.events(calendar, window).await;
        let days: Vec<String> = starts(&shown).iter().map(|start| start[8..10].to_owned()).collect();
        assert_eq!(days, expected);
    }
}

/// What a person does goes before what programs do in bulk, but not before what it is about.
#[tokio::test]
async fn a_date_of_an_imported_series_may_be_changed_before_google_has_the_series() {
    for taken_out in [false, true] {
        let bulk = Bulk::new().await;
        let calendar = &bulk.calendars[1].0;
        let op = uploaded(&bulk, "else.ics", FILE, json!({"calendar_id": calendar})).await;
        bulk.apply(&op).await.ok(202);
        operations::run(&bulk.world.app.app).await.unwrap();
        assert_eq!(bulk.there(1).len(), 0, "nobody has told Google yet");
        let window = "&expand=instances&from=2027-06-06T00:00:00Z&to=2027-07-01T00:00:00Z";
        let shown = bulk.world.events(calendar, window).await;
        assert_eq!(titles(&shown), ["Team", "Team, later", "Team"]);
        let expected = if taken_out {
            bulk.world.delete(&shown[2], "?scope=this").await.ok(204);
            vec!["Team", "Team, later"]
        } else {
            let change = json!({"title": "Team, outside"});
            bulk.world.patch(&shown[2], "?scope=this", change).await.ok(200);
            vec!["Team", "Team, later", "Team, outside"]
        };
        let op = bulk.work(&op).await;
        assert_eq!((&op["state"], &op["failed"]), (&json!("done"), &json!(0)), "{op}");
        bulk.world.control().expire_sync_tokens(None).unwrap();
        bulk.world.sync(calendar).await;
        let shown = bulk.world.events(calendar, window).await;
        assert_eq!(titles(&shown), expected, "as Google tells it");
    }
}

/// Part of a series that nobody has: what it was made of tells which event it is, not when it is.
#[tokio::test]
async fn a_date_without_its_series_is_known_again_when_it_has_moved() {
    let bulk = Bulk::new().await;
    let to = json!({"calendar_id": bulk.calendars[1].0});
    let file = |hour: u32| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:lone@else.example\r\nRECURRENCE-ID:20270614T090000Z\r\nSUMMARY:Lone\r\nDTSTART:20270614T{hour}0000Z\r\nDURATION:PT45M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    let planned = async |hour, counts: (u32, u32, u32)| {
        let op = uploaded(&bulk, "lone.ics", &file(hour), to.clone()).await;
        let said = &op["summary"]["counts"];
        let (create, update, unchanged) = counts;
        assert_eq!(
            (&said["create"], &said["update"], &said["unchanged"]),
            (&json!(create), &json!(update), &json!(unchanged)),
            "{:?}",
            bulk.items(&op, "").await
        );
        op
    };
    let op = planned(11, (1, 0, 0)).await;
    assert_eq!(bulk.applied(&op).await["done"], 1);
    bulk.world.sync(&bulk.calendars[1].0).await;
    planned(11, (0, 0, 1)).await;
    let op = planned(14, (0, 1, 0)).await;
    assert_eq!(bulk.applied(&op).await["done"], 1);
    let there = bulk.there(1);
    assert_eq!(there.len(), 1, "{there:?}");
    assert!(
        there[0]["start"]["dateTime"].as_str().unwrap().contains("2027-06-14T1"),
        "{there:?}"
    );
    planned(14, (0, 0, 1)).await;
}

#[tokio::test]
async fn ten_thousand_events_of_a_calendar_file_are_planned() {
    let bulk = Bulk::new().await;
    let mut file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for n in 0..10_000 {
        let (day, month, hour) = (n % 28 + 1, n / 28 % 12 + 1, 8 + n % 9);
        write!(
            file,
            "BEGIN:VEVENT\r\nUID:{n}@many.example\r\nSUMMARY:Visit {n}\r\nDTSTART:2027{month:02}{day:02}T{hour:02}0000Z\r\nDURATION:PT45M\r\nEND:VEVENT\r\n"
        )
        .unwrap();
    }
    file += "END:VCALENDAR\r\n";
    let op = uploaded(&bulk, "many.ics", &file, json!({"calendar_id": bulk.calendars[0].0})).await;
    assert_eq!(
        (&op["state"], &op["summary"]["counts"]["create"]),
        (&json!("planned"), &json!(10_000)),
        "{op}"
    );
}

#[tokio::test]
async fn what_is_broken_in_a_file_of_events_is_shown_before_it_is_planned() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let file = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Torn\r\nBEGIN:VEVENT\r\nUID:b\r\nSUMMARY:Whole\r\nDTSTART;VALUE=DATE:20270605\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let request = owner
        .request(Method::POST, "/imports?name=torn.ics")
        .header("content-type", "text/calendar");
    let import = send(request.body(file)).await.ok(201);
    assert_eq!(
        (&import.body["kind"], &import.body["layout"]),
        (&json!("ics"), &Value::Null),
        "{}",
        import.raw
    );
    let rows = &import.body["sample"]["rows"];
    assert_eq!(
        (&rows[0]["line"], &rows[0]["faults"][0]["code"]),
        (&json!(2), &json!("component_torn")),
        "{}",
        import.raw
    );
    assert_eq!(rows[1]["cells"][0], "Whole");
    let op = bulk.plan(&import.text("id"), json!({})).await;
    let counts = &op["summary"]["counts"];
    assert_eq!(
        (&counts["bad"], &counts["create"]),
        (&json!(2), &json!(0)),
        "no calendar was named: {op}"
    );

    let file = "[\n{\"calendar\": \"Pools\", \"content\": {\"title\": \"Good\", \"start\": {\"date\": \"2027-06-05\"}, \"end\": {\"date\": \"2027-06-06\"}}},\n{\"calendar\": \"Pools\", \"content\": {\"titel\": \"x\", \"start\": 5}},\n{\"calendar\": \"Nowhere\"";
    let op = uploaded(&bulk, "events.json", file, json!({})).await;
    let items = bulk.items(&op, "").await;
    let told: Vec<_> = items
        .iter()
        .map(|item| (item["line"].as_i64().unwrap(), item["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(2, "create"), (3, "bad"), (4, "bad")], "{items:?}");
    let mut codes: Vec<&str> = items[1]["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["code"].as_str().unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["unknown_field", "wrong_value"], "{items:?}");
}

/// A server that names events as it is told keeps the UIDs of a file, and knows them again.
#[tokio::test]
async fn the_uids_of_a_file_are_those_at_a_caldav_server() {
    let (app, owner, client) = crate::caldav::app().await;
    let (_, calendar) = crate::caldav::connected(&owner, &client).await;
    let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:fair/2027@else.example\r\nSUMMARY:Fair\r\nDTSTART:20270605T090000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    for (round, outcome) in ["create", "unchanged"].into_iter().enumerate() {
        let request = owner.request(Method::POST, "/imports?name=fair.ics").body(file);
        let import = send(request).await.ok(201).text("id");
        let op = plan(&app, &owner, &import, json!({"calendar_id": calendar})).await;
        assert_eq!(op["summary"]["counts"][outcome], 1, "round {round}: {op}");
        if round > 0 {
            continue;
        }
        let path = format!("/operations/{}", op["id"].as_str().unwrap());
        let yes = json!({"hash": op["summary"]["hash"]});
        owner.post(&format!("{path}/apply"), yes).await.ok(202);
        for _ in 0..3 {
            calendar_stacker::jobs::operations::run(&app.app).await.unwrap();
            calendar_stacker::gateway::push::drain_all(&app.app).await.unwrap();
        }
        assert_eq!(owner.get(&path).await.ok(200).body["state"], "done");
        let events = crate::caldav::events(&owner, &calendar, "").await;
        assert_eq!(
            (events.len(), &events[0]["ical_uid"]),
            (1, &json!("fair/2027@else.example")),
            "{events:?}"
        );
    }
}
