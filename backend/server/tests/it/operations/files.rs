//! Files as people have them: in other encodings, with formulas, broken, and very large.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use calendar_stacker::jobs::operations;
use domain::id::TenantId;
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bulk, upload, visits};
use crate::{
    harness::{TestApp, send},
    program::Program,
};

#[tokio::test]
async fn a_file_is_read_as_somebody_says_and_so_is_the_next_with_the_same_header() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let file = "Termin;Start;Dauer\nPool;03/04/2027 9:00;45\nGarten;05/06/2027 10:00;30\n";
    let import = upload(owner, "visits.csv", file).await.ok(201);
    let codes: Vec<_> = import.body["doubts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|doubt| doubt["code"].clone())
        .collect();
    assert!(codes.contains(&json!("date_order_ambiguous")), "{codes:?}");
    let path = format!("/imports/{}", import.text("id"));
    let columns = json!([
        {"name": "Termin", "target": "title"}, {"name": "Start", "target": "start"}, {"name": "Dauer", "target": "duration"},
    ]);
    let layout = json!({"date_order": "month_first", "calendar": "Pools", "columns": columns});
    let said = owner.patch(&path, json!({"layout": layout})).await.ok(200).body;
    assert_eq!(
        (&said["doubts"], &said["layout"]["date_order"]),
        (&json!([]), &json!("month_first"))
    );
    assert_eq!(said["sample"]["rows"][0]["faults"], json!([]), "{said}");
    let wrong = json!({"layout": {"columns": [{"name": "Termin", "target": "nothing"}]}});
    owner
        .patch(&path, wrong)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/layout/columns/0/target", "enum")]);
    let op = bulk.plan(&import.text("id"), json!({})).await;
    assert_eq!(op["summary"]["counts"]["create"], 2, "{op}");
    assert_eq!(bulk.items(&op, "").await[0]["start"], "2027-03-04T09:00:00");
    let next = upload(owner, "next.csv", file.replace("Pool", "Teich"))
        .await
        .ok(201)
        .body;
    assert_eq!(
        (&next["doubts"], &next["layout"]["calendar"]),
        (&json!([]), &json!("Pools")),
        "{next}"
    );
    owner.delete(&path).await.ok(204);
    owner.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn strange_files_are_read_or_refused_with_what_to_do() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    for (bytes, word) in [
        (&b"PK\x03\x04...."[..], "Unpack"),
        (b"\x1f\x8b....", "Unpack"),
        (b"%PDF-1.7", "Ask"),
    ] {
        let answer = upload(owner, "visits.zip", bytes.to_vec()).await;
        answer.problem(422, "validation_failed");
        assert!(answer.body["action"].as_str().unwrap().contains(word), "{}", answer.raw);
    }
    upload(owner, "empty.csv", "").await.problem(422, "validation_failed");
    owner
        .post("/imports", Value::Null)
        .await
        .problem(422, "validation_failed");
    // Latin letters, formulas and a nil.
    let mut file = b"Calendar;Title;Start;Duration\r\nann@example.org;Gr\xfcne Wiese;01.02.2027 9:00;45\r\n".to_vec();
    file.extend(
        b"ann@example.org;=HYPERLINK(\"x\");02.02.2027 9:00;45\r\nann@example.org;a\x00b;03.02.2027 9:00;45\r\n",
    );
    let import = upload(owner, "latin.csv", file).await.ok(201);
    assert_eq!(import.body["layout"]["encoding"], "windows-1252", "{}", import.raw);
    let op = bulk.plan(&import.text("id"), json!({})).await;
    assert_eq!(op["state"], "planned", "{op}");
    let titles: Vec<_> = bulk
        .items(&op, "&outcome=create")
        .await
        .iter()
        .map(|item| item["title"].clone())
        .collect();
    assert!(
        titles.contains(&json!("Grüne Wiese")) && titles.contains(&json!("=HYPERLINK(\"x\")")),
        "{titles:?}"
    );
    let op = bulk.applied(&op).await;
    assert_eq!((&op["state"], &op["failed"]), (&json!("done"), &json!(0)), "{op}");
    let report = owner
        .get(&format!("/operations/{}/report", op["id"].as_str().unwrap()))
        .await
        .ok(200)
        .raw;
    assert!(
        report.contains("\"'=HYPERLINK"),
        "nothing that a spreadsheet would run: {report}"
    );
    // The wrong encoding is told row by row.
    let path = format!("/imports/{}", import.text("id"));
    owner
        .patch(&path, json!({"layout": {"encoding": "UTF-8"}}))
        .await
        .ok(200);
    let op = bulk.plan(&import.text("id"), json!({})).await;
    let bad = bulk.items(&op, "&outcome=bad").await;
    assert_eq!(bad[0]["faults"][0]["code"], "wrong_encoding", "{bad:?}");
}

#[tokio::test]
async fn files_have_a_limit_together_and_vanish_piece_by_piece() {
    let bulk = Bulk::new().await;
    let (owner, app) = (&bulk.world.owner, &bulk.world.app.app);
    let import = upload(owner, "visits.csv", visits(3, &["Pools"]))
        .await
        .ok(201)
        .text("id");
    let me = owner.get("/auth/me").await.ok(200).body;
    let who = TenantId::from_store(me["tenant"]["id"].as_str().unwrap().to_owned());
    // As large as all of them may be, in twenty pieces.
    let id = import.clone();
    let grow = move |c: &mut db::Conn| {
        let mut row = db::imports::get(c, &who, &id)?;
        row.size = 1 << 30;
        (1..20).try_for_each(|seq| db::imports::add_chunk(c, &id, seq, b"x"))?;
        db::imports::save(c, &row)
    };
    app.write(grow).await.unwrap();
    let more = upload(owner, "more.csv", visits(3, &["Pools"])).await;
    more.problem(409, "conflict");
    assert!(more.body["action"].is_string(), "{}", more.raw);
    let eve = bulk.world.app.stranger().await;
    upload(&eve, "hers.csv", visits(3, &["Pools"])).await.ok(201);
    let later = (app.now() + jiff::SignedDuration::from_hours(1)).into();
    let mut removed = Vec::new();
    for _ in 0..5 {
        removed.push(app.write(move |c| db::imports::purge(c, later, 8)).await.unwrap());
    }
    removed.sort_unstable();
    assert_eq!(
        removed,
        [1, 2, 4, 8, 8],
        "hers has one piece, and then there are two files"
    );
    upload(owner, "more.csv", visits(3, &["Pools"])).await.ok(201);
}

/// The clock runs on as far as whoever makes the plan has said that they go on.
#[tokio::test]
async fn a_plan_stays_with_who_makes_it_however_long_its_file_is_read() {
    let bulk = Bulk::new().await;
    let app = &bulk.world.app;
    let notes = "x".repeat(6_000);
    let mut file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for n in 0..2_000 {
        file += &format!(
            "BEGIN:VEVENT\r\nUID:{n}@large.example\r\nDTSTART:20270601T090000Z\r\nDESCRIPTION:{notes}\r\nEND:VEVENT\r\n"
        );
    }
    file += "END:VCALENDAR\r\n";
    let import = upload(&bulk.world.owner, "large.ics", file).await.ok(201);
    let path = format!("/imports/{}/plan", import.text("id"));
    let op = bulk.world.owner.post(&path, json!({})).await.ok(202).text("id");
    let hands = app.app.clone();
    let planning = tokio::spawn(async move { operations::run(&hands).await });
    let me = bulk.world.owner.get("/auth/me").await.ok(200).body;
    let who = TenantId::from_store(me["tenant"]["id"].as_str().unwrap().to_owned());
    let (mut told, mut until) = (0, None);
    loop {
        let (who, id, now) = (who.clone(), op.clone(), app.app.now());
        let ask = move |c: &mut db::Conn| {
            let begun = db::operation_items::get(c, &id, 1).is_ok();
            let row = db::operations::get(c, &who, &id)?;
            Ok::<_, db::Error>((begun, row, db::operations::to_plan(c, now.into())?))
        };
        let (begun, row, free) = app.app.read(ask).await.unwrap();
        if begun {
            break;
        }
        if let Some(lease) = row.lease_until.filter(|_| row.lease_until != until) {
            assert!(free.is_empty(), "others take it after {told} times");
            (told, until) = (told + 1, row.lease_until);
            let left = jiff::Timestamp::from(lease).duration_since(now);
            app.clock.advance(left - jiff::SignedDuration::from_secs(1));
        }
    }
    planning.await.unwrap().unwrap();
    assert_eq!(bulk.read(&op).await["state"], "planned");
    assert!(told > 4, "it is said {told} times, for {} MB", import.body["size"]);
}

/// The memory of a process, in MB, without the pages of files that it has mapped: those the machine takes back.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// The most of it, from now on.
fn most(process: u32) -> tokio::task::JoinHandle<()> {
    MOST.store(0, Ordering::Relaxed);
    tokio::spawn(async move {
        loop {
            MOST.fetch_max(memory(process), Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
}

static MOST: AtomicU64 = AtomicU64::new(0);

#[tokio::test]
async fn a_file_of_ninety_megabytes_is_stored_and_planned_in_flat_memory() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let program = Program::start(&app).await;
    let caller = program.met_by(&app.key(&owner, &["events:read", "events:write"]).await);
    // Something small first: what a process takes in any case is taken.
    upload(&caller, "small.csv", visits(100, &["None"])).await.ok(201);
    let before = memory(program.child.id());
    let watching = most(program.child.id());
    let notes = "x".repeat(10_000);
    let rows = futures_util::stream::iter(0..9_000).map(move |n| {
        let header = if n == 0 {
            "Calendar;Title;Start;Duration;Notes\n"
        } else {
            ""
        };
        Ok::<_, std::io::Error>(format!("{header}None;Visit {n};01.02.2027 9:00;45;{notes}\n"))
    });
    let request = caller
        .request(Method::POST, "/imports?name=large.csv")
        .header("content-type", "text/csv");
    let import = send(request.body(reqwest::Body::wrap_stream(rows))).await.ok(201);
    assert!(import.body["size"].as_u64().unwrap() > 90_000_000);
    let plan = format!("/imports/{}/plan", import.text("id"));
    let op = caller.post(&plan, json!({})).await.ok(202).text("id");
    let planned = async {
        loop {
            let op = caller.get(&format!("/operations/{op}")).await.ok(200).body;
            if op["state"] != "planning" {
                return op;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let op = tokio::time::timeout(Duration::from_secs(240), planned).await.unwrap();
    assert_eq!(op["summary"]["counts"]["bad"], 9_000, "there is no calendar: {op}");
    watching.abort();
    let more = MOST.load(Ordering::Relaxed).saturating_sub(before);
    crate::harness::tell(&format!(
        "operations: a file of 90 MB took {more} MB more than one of 6 KB"
    ));
    // Alone it is some thirty; beside other tests the allocator gives back later.
    assert!(more < 80, "{more} MB");
}
