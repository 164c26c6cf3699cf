//! Bookings that were made elsewhere.

use super::*;
use crate::people::join;

pub(super) async fn read(practice: &Practice) {
    practice.world.app.clock.advance(SignedDuration::from_secs(6));
    let job = jobs::ALL.iter().find(|job| job.name == "booking imports").unwrap();
    assert!(jobs::once(&practice.world.app.app, job, "worker").await.unwrap());
}

async fn bring(practice: &Practice, table: &str) -> Answer {
    let path = format!("/bookings/import?client_id={}", practice.one.client);
    let request = practice.owner().request(Method::POST, &path);
    send(request.header("content-type", "text/csv").body(table.to_owned())).await
}

pub(super) async fn done(practice: &Practice, import: &str) -> Value {
    practice
        .owner()
        .get(&format!("/bookings/imports/{import}"))
        .await
        .ok(200)
        .body
}

#[tokio::test]
async fn past_bookings_come_in_once_and_say_what_could_not_be_used() {
    let practice = Practice::open().await;
    let ahead = practice.at("10:00");
    let table = format!(
        "\u{feff}start,end,service,staff,customer_name,customer_phone,status,external_id\n\
         2024-03-05T09:30,2024-03-05T10:30,Check-up,Sam,Cara Lind,+49 30 1234,,old-1\n\
         2024-03-05 09:30,2024-03-05 10:00,check-up,Sam;Kim,\"Robin, the first\",,no show,old-2\n\
         2024-03-06T09:30:00Z,,Check-up,,,,,\n\
         {ahead},,Check-up,Sam,Cara Lind,+49 30 1234,confirmed,old-4\n\
         2024-03-07T09:30,,Haircut,,,,,old-5\n\
         soon,,Check-up,,,,,old-6\n"
    );
    let brought = bring(&practice, &table).await.ok(202);
    assert_eq!(
        (&brought.body["state"], &brought.body["total"]),
        (&json!("running"), &json!(6))
    );
    read(&practice).await;
    let import = brought.text("id");
    let after = done(&practice, &import).await;
    assert_eq!(
        (
            &after["state"],
            &after["created"],
            &after["known"],
            &after["failed"],
            &after["progress"]
        ),
        (&json!("done"), &json!(4), &json!(0), &json!(2), &json!(1.0))
    );
    let path = format!("/bookings/imports/{import}/rows");
    let failed = practice
        .owner()
        .get(&format!("{path}?outcome=failed"))
        .await
        .ok(200)
        .body;
    let why: Vec<&str> = failed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["detail"].as_str().unwrap())
        .collect();
    assert!(
        why[0].contains("no service “Haircut”") && why[1].contains("“soon” is no time"),
        "{why:?}"
    );
    let listed = practice.owner().get("/bookings").await.ok(200).body;
    let all: Vec<(&str, &str)> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["status"].as_str().unwrap(), one["origin"].as_str().unwrap()))
        .collect();
    assert_eq!(
        all,
        [
            ("completed", "import"),
            ("no_show", "import"),
            ("completed", "import"),
            ("confirmed", "import")
        ]
    );
    assert_eq!(listed["data"][0]["start"], "2024-03-05T08:30:00Z", "the client's clock");
    assert_eq!(listed["data"][0]["customer"]["id"], listed["data"][3]["customer"]["id"]);
    assert_eq!(practice.codes("10:15").await, ["booked"]);
    practice.settle().await;
    assert_eq!(practice.there().len(), 1, "only what is to come is in the calendar");

    // A second run makes nothing, in another order, too.
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    let again = bring(&practice, &lines.join("\n")).await.ok(202).text("id");
    read(&practice).await;
    let after = done(&practice, &again).await;
    assert_eq!(
        (&after["created"], &after["known"], &after["failed"]),
        (&json!(0), &json!(4), &json!(2))
    );
    let eve = practice.world.app.stranger().await;
    eve.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_table_says_who_is_meant_and_what_stands_already() {
    let practice = Practice::open().await;
    practice.policy(json!({"confirmation": "by_hand"})).await;
    let owner = practice.owner();
    // Somebody who left had the same name.
    let staff = owner.get(&format!("/staff/{}", practice.sam)).await.ok(200).body;
    let older = member(owner, &practice.one.client, "Jo", &practice.one.calendar).await;
    owner.delete(&format!("/staff/{older}")).await.ok(204);
    owner
        .patch(&format!("/staff/{}", practice.sam), json!({"name": "Jo"}))
        .await
        .ok(200);
    assert_ne!(staff["id"], json!(older));
    let (ten, one, three) = (practice.at("10:00"), practice.at("13:00"), practice.at("15:00"));
    let since = owner.get("/changes?since=0").await.ok(200).body["next_since"].clone();
    let table = format!(
        "start,service,staff,customer_name,customer_phone,status,external_id\n\
         {ten},Check-up,Jo,Ada,+49 30 1,confirmed,a\n\
         {one},Check-up,Jo;Jo,Bea,+49 30 22,pending,b\n\
         {three},Check-up,Jo,Cem,+49 30 333,,c\n\
         2024-03-05T09:30,Check-up,Jo;Jo,Dot,+49 30 4444,,d\n"
    );
    let import = bring(&practice, &table).await.ok(202).text("id");
    read(&practice).await;
    let after = done(&practice, &import).await;
    assert_eq!((&after["created"], &after["failed"]), (&json!(4), &json!(0)), "{after}");
    let listed = owner.get("/bookings").await.ok(200).body;
    let all: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].clone())
        .collect();
    assert_eq!(json!(all), json!(["completed", "confirmed", "pending", "pending"]));
    let heard = owner
        .get(&format!("/changes?since={since}&limit=500"))
        .await
        .ok(200)
        .body;
    let new = heard["data"].as_array().unwrap().iter();
    assert_eq!(new.filter(|one| one["kind"] == "customer").count(), 4, "{heard}");
    let path = format!("/bookings/{}/messages", listed["data"][2]["id"].as_str().unwrap());
    let told = owner.get(&path).await.ok(200).raw;
    assert!(
        !told.contains("to_confirm"),
        "who brings bookings sees that they wait: {told}"
    );
}

#[tokio::test]
async fn what_is_over_is_written_into_calendars_only_if_asked_and_a_table_must_be_one() {
    let practice = Practice::open().await;
    let row = json!({"start": "2024-03-05T09:30", "duration_minutes": "30", "service": practice.service, "staff": practice.sam});
    let body = json!({"client_id": practice.one.client, "write_past": true, "rows": [row]});
    practice.owner().post("/bookings/import", body).await.ok(202);
    read(&practice).await;
    practice.settle().await;
    assert_eq!(practice.there().len(), 1);
    for (table, code) in [
        ("start,colour\n1,2\n", "unknown_column"),
        ("start\n1\n", "missing_column"),
        ("start,service\n", "too_short"),
    ] {
        bring(&practice, table)
            .await
            .problem(422, "validation_failed")
            .fields(&[("", code)]);
    }
    let large = format!("start,service\n{}", "x,y\n".repeat(2_000_000));
    bring(&practice, &large).await.problem(413, "payload_too_large");
}

#[tokio::test]
async fn a_row_that_nobody_can_use_says_why_and_keeps_no_other_from_coming_in() {
    let practice = Practice::open().await;
    let table = format!(
        "start,service,duration_minutes,notes,external_id\n\
         9999-12-30T21:59:00Z,Check-up,,,far\n\
         9999-12-30T21:59:00Z,Check-up,60,,farther\n\
         2024-03-05T09:30,Check-up,,{},long\n\
         2024-03-05T09:30,Check-up,,short,good\n",
        "x".repeat(8193)
    );
    let import = bring(&practice, &table).await.ok(202).text("id");
    read(&practice).await;
    let after = done(&practice, &import).await;
    assert_eq!((&after["created"], &after["failed"]), (&json!(1), &json!(3)));
    let path = format!("/bookings/imports/{import}/rows?outcome=failed");
    let failed = practice.owner().get(&path).await.ok(200).body;
    let why = failed["data"].as_array().unwrap().iter();
    let why: Vec<&str> = why.map(|one| one["detail"].as_str().unwrap()).collect();
    assert!(
        why[0].contains("in no year") && why[1].contains("in no year") && why[2].contains("at most 8192"),
        "{why:?}"
    );
}

#[tokio::test]
async fn five_megabytes_come_in_as_a_table_or_as_a_list_also_with_a_key() {
    let practice = Practice::open().await;
    let notes = "x".repeat(8000);
    let row = json!({"start": "2024-03-05T09:30", "service": "Check-up", "notes": notes});
    let list = json!({"client_id": practice.one.client, "rows": vec![row; 600]});
    let brought = practice
        .owner()
        .post_as("a list", "/bookings/import", list.clone())
        .await
        .ok(202);
    assert_eq!(brought.body["total"], 600);
    let access = json!([{"client_id": practice.one.client, "level": "write"}]);
    let (mia, _) = join(&practice.world.app, practice.owner(), "mia", "member", access).await;
    let brought = mia.post("/bookings/import", list).await.ok(202);
    assert_eq!(brought.body["total"], 600);
    let table = format!(
        "start,service,notes\n{}",
        format!("2024-03-05T09:30,Check-up,{notes}\n").repeat(600)
    );
    let path = format!("/bookings/import?client_id={}", practice.one.client);
    let twice = [0, 1].map(|_| {
        let request = practice.owner().request(Method::POST, &path);
        let request = request
            .header("content-type", "text/csv")
            .header("idempotency-key", "a table");
        send(request.body(table.clone()))
    });
    let twice = join_all(twice).await.into_iter();
    let told: Vec<u16> = twice.map(|one| one.status).collect();
    assert!(
        told.contains(&202) && told.iter().all(|one| [202, 409].contains(one)),
        "{told:?}"
    );
}

#[tokio::test]
async fn two_processes_that_read_the_same_import_count_each_row_once() {
    let practice = Practice::open().await;
    let rows = (1..=60).map(|row| format!("2024-03-05T09:30,Check-up,old-{row}\n"));
    let table = format!("start,service,external_id\n{}", rows.collect::<String>());
    let import = bring(&practice, &table).await.ok(202).text("id");
    let app = &practice.world.app;
    let other = crate::jobs::beside(app).await;
    app.clock.advance(SignedDuration::from_secs(6));
    let job = jobs::ALL.iter().find(|job| job.name == "booking imports").unwrap();
    // A lease that ran out does not end who held it.
    let late = jobs::Job {
        name: "booking imports, late",
        ..*job
    };
    let both = (jobs::once(&app.app, job, "one"), jobs::once(&other, &late, "two"));
    let both = futures_util::future::join(both.0, both.1).await;
    assert!(both.0.unwrap() && both.1.unwrap());
    read(&practice).await;
    let after = done(&practice, &import).await;
    assert_eq!(
        (&after["state"], &after["created"], &after["known"], &after["failed"]),
        (&json!("done"), &json!(60), &json!(0), &json!(0))
    );
}

#[tokio::test]
async fn an_import_whose_process_died_goes_on_within_a_minute_or_so() {
    let practice = Practice::open().await;
    let table = "start,service\n2024-03-05T09:30,Check-up\n";
    let import = bring(&practice, table).await.ok(202).text("id");
    let app = &practice.world.app;
    let job = jobs::ALL.iter().find(|job| job.name == "booking imports").unwrap();
    // What a process holds that dies in the middle: the job, and the import in its turn.
    let (now, name) = (app.app.now(), import.clone());
    let until = now + job.lease;
    let held = app.app.write(move |c| {
        let both = [job.name, &name].map(|name| db::leases::take(c, name, "dead", now.into(), until.into()));
        both.into_iter().collect::<db::Result<Vec<bool>>>()
    });
    assert_eq!(held.await.unwrap(), [true, true]);
    app.clock.advance(SignedDuration::from_secs(59));
    assert!(!jobs::once(&app.app, job, "alive").await.unwrap());
    app.clock.advance(SignedDuration::from_secs(1));
    assert!(jobs::once(&app.app, job, "alive").await.unwrap());
    assert_eq!(done(&practice, &import).await["state"], "done");
}
