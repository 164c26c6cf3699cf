//! Voice agents: the same bookings as tools, by the Model Context Protocol. (A client of others, unchanged: `scripts/mcp-client`.)

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    bookings::Practice,
    harness::{Answer, Caller, send},
};

const ALL: [&str; 2] = ["bookings:read", "bookings:write"];
const META: &str = "io.modelcontextprotocol/protocolVersion";

fn request(caller: &Caller, method: Method) -> reqwest::RequestBuilder {
    let request = caller.http.request(method, format!("{}/mcp", caller.base));
    match &caller.bearer {
        Some(key) => request.bearer_auth(key),
        None => request,
    }
}

async fn say(caller: &Caller, message: &Value) -> Answer {
    send(request(caller, Method::POST).json(message)).await
}

async fn ask(caller: &Caller, method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    let answer = say(caller, &message).await.ok(200).body;
    assert_eq!(
        (&answer["jsonrpc"], &answer["id"]),
        (&json!("2.0"), &json!(7)),
        "{answer}"
    );
    answer
}

/// The result of a tool, as data.
async fn tool(caller: &Caller, name: &str, arguments: Value) -> (bool, Value) {
    let answer = ask(caller, "tools/call", json!({"name": name, "arguments": arguments})).await;
    let result = &answer["result"];
    let data = result["structuredContent"].clone();
    assert_eq!(result["content"][0]["text"], data["say"], "{answer}");
    let text = result["content"][1]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), data);
    (result["isError"] == false, data)
}

async fn done(caller: &Caller, name: &str, arguments: Value) -> Value {
    let (well, data) = tool(caller, name, arguments).await;
    assert!(well, "{name}: {data}");
    data
}

async fn refused(caller: &Caller, name: &str, arguments: Value) -> Value {
    let (well, data) = tool(caller, name, arguments).await;
    assert!(!well, "{name}: {data}");
    data
}

async fn agent(practice: &Practice) -> Caller {
    practice.world.app.key(practice.owner(), &ALL).await
}

/// What the clock in Berlin shows, as a model says it.
fn wall(practice: &Practice, time: &str) -> String {
    format!("{}T{time}", practice.day)
}

#[tokio::test]
async fn an_appointment_is_found_booked_moved_and_cancelled_by_names_and_wall_times() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let listed = done(&agent, "list_services", json!({})).await;
    assert_eq!(listed["services"][0]["name"], "Check-up");
    assert_eq!(listed["services"][0]["staff"], json!(["Sam", "Kim"]));
    assert_eq!(listed["services"][0]["time_zone"], "Europe/Berlin");
    let people = done(&agent, "list_staff", json!({"search": "ki"})).await;
    assert_eq!(people["staff"][0]["name"], "Kim");
    practice.appointment("10:00", "11:00", json!({})).await;

    let start = wall(&practice, "10:15");
    let with_sam = json!({"service": "check-up", "start": start, "staff": "sam"});
    let busy = done(&agent, "check_availability", with_sam).await;
    assert_eq!(
        (&busy["available"], &busy["reasons"][0]["code"]),
        (&json!(false), &json!("busy")),
        "{busy}"
    );
    assert!(
        busy["say"]
            .as_str()
            .unwrap()
            .contains("Sam is busy from 10:00 to 11:00. Free instead: "),
        "{busy}"
    );
    let free = done(
        &agent,
        "check_availability",
        json!({"service": "Check-up", "start": start}),
    )
    .await;
    assert_eq!(
        (&free["available"], &free["staff"]),
        (&json!(true), &json!(["Kim"])),
        "{free}"
    );
    let slots = json!({"service": "Check-up", "staff": "Sam", "from": practice.day.to_string(), "to": practice.day.to_string(), "limit": 3});
    let slots = done(&agent, "list_slots", slots).await;
    let shown: Vec<&str> = slots["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["local"].as_str().unwrap())
        .collect();
    assert_eq!(
        shown,
        ["09:00:00", "11:00:00", "11:15:00"].map(|time| wall(&practice, time))
    );

    let wanted = json!({"service": "Check-up", "start": start, "customer_name": "Cara Lind", "customer_phone": "+49 30 1234", "call_id": "call-1", "notes": "knee"});
    let booked = done(&agent, "book_appointment", wanted).await;
    assert_eq!(
        (&booked["staff"], &booked["status"], &booked["new"]),
        (&json!(["Kim"]), &json!("confirmed"), &json!(true))
    );
    let real = practice.booking(&json!({"id": booked["booking"]})).await;
    assert_eq!(
        (&real["origin"], &real["external_id"], &real["start"]),
        (&json!("agent"), &json!("call:call-1"), &json!(practice.at("10:15")))
    );
    assert!(booked.get("receipt").is_none() && booked.get("notes_private").is_none());

    let to = json!({"booking": booked["booking"], "start": wall(&practice, "14:00"), "staff": "Sam"});
    let moved = done(&agent, "reschedule_appointment", to).await;
    assert_eq!(
        (&moved["staff"], &moved["start"]),
        (&json!(["Sam"]), &json!(practice.at("14:00")))
    );
    let mine = done(
        &agent,
        "list_bookings",
        json!({"phone": "0049 (30) 12-34".trim_start_matches("00")}),
    )
    .await;
    assert_eq!(mine["bookings"][0]["booking"], booked["booking"]);
    assert_eq!(
        done(&agent, "list_bookings", json!({"phone": "+49 30 9999"})).await["bookings"],
        json!([])
    );
    let cancel = json!({"booking": booked["booking"], "reason": "ill"});
    assert_eq!(
        done(&agent, "cancel_appointment", cancel.clone()).await["status"],
        "cancelled"
    );
    // Said twice is done once.
    assert_eq!(done(&agent, "cancel_appointment", cancel).await["status"], "cancelled");
    assert_eq!(done(&agent, "list_bookings", json!({})).await["bookings"], json!([]));
    assert_eq!(
        done(&agent, "list_bookings", json!({"all": true})).await["bookings"][0]["status"],
        "cancelled"
    );
}

#[tokio::test]
async fn the_same_call_books_once_and_of_two_callers_one_gets_the_time() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let wanted = |call: &str, time: &str| json!({"service": "Check-up", "start": wall(&practice, time), "staff": "Sam", "customer_name": "Cara Lind", "call_id": call});
    let same = join_all((0..4).map(|_| done(&agent, "book_appointment", wanted("call-1", "09:00")))).await;
    assert!(same.iter().all(|one| one["booking"] == same[0]["booking"]));
    assert_eq!(same.iter().filter(|one| one["new"] == true).count(), 1);
    // The same call by another door is the same booking.
    let body = json!({"service_id": practice.service, "staff_ids": [practice.sam], "start": practice.at("09:00"),
        "customer": {"name": "Cara Lind", "phone": null, "email": null}, "external_id": "call:call-1"});
    let rest = practice.owner().post("/bookings", body).await.ok(200);
    assert_eq!(rest.body["id"], same[0]["booking"]);
    let other = refused(&agent, "book_appointment", wanted("call-1", "11:00")).await;
    assert_eq!(other["error"], "idempotency_key_reused");

    let two = join_all(["call-2", "call-3"].map(|call| tool(&agent, "book_appointment", wanted(call, "12:00")))).await;
    let (won, lost): (Vec<_>, Vec<_>) = two.into_iter().partition(|(well, _)| *well);
    assert_eq!((won.len(), lost.len()), (1, 1));
    let lost = &lost[0].1;
    assert_eq!(
        (&lost["error"], &lost["reasons"][0]["code"]),
        (&json!("slot_unavailable"), &json!("booked")),
        "{lost}"
    );
    assert!(!lost["alternatives"].as_array().unwrap().is_empty());
    assert_eq!(
        practice.owner().get("/bookings").await.ok(200).body["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

/// What is said before the appointment itself, and how it stands.
fn stands(data: &Value) -> (&str, &str) {
    let (before, _) = data["say"].as_str().unwrap().split_once(": ").unwrap();
    (before, data["status"].as_str().unwrap())
}

#[tokio::test]
async fn what_is_said_of_an_appointment_is_how_it_stands() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let wanted = |call: &str, time: &str, hold: bool| json!({"service": "Check-up", "start": wall(&practice, time), "staff": "Sam", "customer_name": "Cara Lind", "call_id": call, "hold": hold});
    let book = async |call, time, hold| done(&agent, "book_appointment", wanted(call, time, hold)).await;
    let first = book("call-1", "09:00", false).await;
    assert_eq!(stands(&first), ("Booked", "confirmed"));
    let again = book("call-1", "09:00", false).await;
    assert_eq!(stands(&again), ("That was booked before", "confirmed"));
    done(&agent, "cancel_appointment", json!({"booking": first["booking"]})).await;
    let again = book("call-1", "09:00", false).await;
    assert_eq!(
        stands(&again),
        ("That was booked before, and is cancelled", "cancelled")
    );
    let kept = book("call-2", "10:00", true).await;
    assert_eq!(stands(&kept), ("Kept for now", "held"));
    assert_eq!(stands(&book("call-2", "10:00", true).await), ("Kept for now", "held"));
    practice.app().clock.advance(jiff::SignedDuration::from_hours(1));
    let over = ("That was kept before, and has expired", "expired");
    assert_eq!(
        stands(&book("call-2", "10:00", true).await),
        over,
        "before anybody noted it"
    );
    practice.job().await;
    assert_eq!(stands(&book("call-2", "10:00", true).await), over);
    practice.policy(json!({"confirmation": "by_hand"})).await;
    let received = ("Received, the business still has to confirm it", "pending");
    for _ in 0..2 {
        assert_eq!(stands(&book("call-3", "11:00", false).await), received);
    }
}

#[tokio::test]
async fn what_is_kept_is_confirmed_and_what_waits_for_the_business_by_the_business_only() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let keep = async |time: &str| {
        let wanted = json!({"service": "Check-up", "start": wall(&practice, time), "staff": "Sam", "hold": true});
        let kept = done(&agent, "book_appointment", wanted).await;
        json!({"booking": kept["booking"]})
    };
    let confirm = async |which: &Value| done(&agent, "confirm_appointment", which.clone()).await;
    let kept = keep("09:00").await;
    for _ in 0..2 {
        assert_eq!(stands(&confirm(&kept).await), ("Confirmed", "confirmed"));
    }
    let late = keep("10:00").await;
    practice.app().clock.advance(jiff::SignedDuration::from_hours(1));
    assert_eq!(
        stands(&confirm(&late).await),
        ("Confirmed", "confirmed"),
        "its time is free still"
    );
    done(&agent, "cancel_appointment", late.clone()).await;
    assert_eq!(refused(&agent, "confirm_appointment", late).await["error"], "conflict");

    practice.policy(json!({"confirmation": "by_hand"})).await;
    let mut kept = keep("12:00").await;
    for _ in 0..2 {
        let received = ("Received, the business still has to confirm it", "pending");
        assert_eq!(stands(&confirm(&kept).await), received);
    }
    kept["by_business"] = true.into();
    assert_eq!(stands(&confirm(&kept).await), ("Confirmed", "confirmed"));
    let reader = practice.world.app.key(practice.owner(), &["bookings:read"]).await;
    assert_eq!(
        refused(&reader, "confirm_appointment", kept).await["error"],
        "forbidden"
    );
}

#[tokio::test]
async fn what_all_do_together_is_booked_and_moved_with_all_of_them() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let service = format!("/services/{}", practice.service);
    let together = json!({"assignment": "all_together"});
    practice.owner().patch(&service, together).await.ok(200);
    practice.appointment("10:00", "11:00", json!({})).await;
    let with_kim = |time: &str| json!({"service": "Check-up", "start": wall(&practice, time), "staff": "Kim"});
    let busy = done(&agent, "check_availability", with_kim("10:15")).await;
    assert_eq!(busy["available"], false, "Sam is busy: {busy}");
    let booked = done(&agent, "book_appointment", with_kim("12:00")).await;
    assert_eq!(booked["staff"], json!(["Sam", "Kim"]));
    let to = |time: &str| json!({"booking": booked["booking"], "start": wall(&practice, time), "staff": "Kim"});
    let there = refused(&agent, "reschedule_appointment", to("10:15")).await;
    assert_eq!(there["error"], "slot_unavailable");
    let moved = done(&agent, "reschedule_appointment", to("14:00")).await;
    assert_eq!(moved["staff"], json!(["Sam", "Kim"]));
}

#[tokio::test]
async fn what_is_unclear_or_wrong_is_told_with_what_there_is() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let owner = practice.owner();
    let start = wall(&practice, "10:00");
    let check = async |arguments: Value| {
        let mut whole = json!({"service": "Check-up", "start": start});
        whole
            .as_object_mut()
            .unwrap()
            .extend(arguments.as_object().unwrap().clone());
        refused(&agent, "check_availability", whole).await
    };
    let unknown = check(json!({"service": "Haircut"})).await;
    assert_eq!(
        (&unknown["error"], &unknown["choices"][0]["name"]),
        (&json!("unknown_name"), &json!("Check-up"))
    );
    assert_eq!(
        unknown["say"],
        "There is no service called “Haircut”. There are: Check-up (Bright Dental)."
    );
    let nobody = check(json!({"staff": "Lee"})).await;
    assert_eq!(
        nobody["say"],
        "There is no person who does this called “Lee”. There are: Sam, Kim."
    );
    assert_eq!(check(json!({"business": "Nowhere"})).await["error"], "unknown_name");
    assert_eq!(check(json!({"variant": "long"})).await["field"], "variant");
    assert_eq!(
        check(json!({"service": "svc_00000000000000000000000000000000"})).await["error"],
        "not_found"
    );
    let soon = check(json!({"start": "soon"})).await;
    assert_eq!(soon["errors"][0]["field"], "start");
    let wrong = check(json!({"start": 5, "when": "now"})).await;
    assert_eq!(wrong["errors"].as_array().unwrap().len(), 2, "{wrong}");
    let nameless = json!({"service": "Check-up", "start": start, "customer_phone": "+49 30 1"});
    assert_eq!(
        refused(&agent, "book_appointment", nameless).await["errors"][0]["field"],
        "customer_name"
    );
    let back = json!({"service": "Check-up", "from": "2030-01-02", "to": "2030-01-01"});
    assert_eq!(refused(&agent, "list_slots", back).await["errors"][0]["field"], "to");
    let strange = json!({"booking": "bkg_00000000000000000000000000000000"});
    assert_eq!(
        refused(&agent, "cancel_appointment", strange).await["error"],
        "not_found"
    );

    // A second business offers the same: now its name is needed.
    let second = owner.client("Harbour Smiles").await;
    let body = json!({"client_id": second, "name": "check-up", "duration_minutes": 30});
    owner.post("/services", body).await.ok(201);
    let both = check(json!({})).await;
    assert_eq!(both["error"], "ambiguous_name");
    assert_eq!(
        both["say"],
        "“Check-up” can mean several: Check-up (Bright Dental), check-up (Harbour Smiles)."
    );
    let named = json!({"service": "Check-up", "start": start, "business": "bright"});
    assert_eq!(done(&agent, "check_availability", named).await["available"], true);
}

#[tokio::test]
async fn the_policy_of_the_business_holds_for_callers() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    practice
        .policy(json!({"cancel_notice_minutes": 60 * 24 * 60, "reschedule_notice_minutes": 60 * 24 * 60}))
        .await;
    let booked = practice.book("10:00").await;
    let late = refused(&agent, "cancel_appointment", json!({"booking": booked["id"]})).await;
    assert_eq!(late["error"], "conflict", "{late}");
    let to = json!({"booking": booked["id"], "start": wall(&practice, "11:30")});
    assert_eq!(refused(&agent, "reschedule_appointment", to).await["error"], "conflict");
    let business = json!({"booking": booked["id"], "by_business": true});
    assert_eq!(
        done(&agent, "cancel_appointment", business).await["status"],
        "cancelled"
    );
}

#[tokio::test]
async fn a_key_reaches_what_its_scopes_and_its_tenant_allow() {
    let practice = Practice::open().await;
    let app = &practice.world.app;
    let names = async |caller: &Caller| {
        let listed = ask(caller, "tools/list", json!({})).await;
        let tools = listed["result"]["tools"].as_array().unwrap().clone();
        for tool in &tools {
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
            let described = tool["inputSchema"]["properties"].as_object().unwrap();
            assert!(described.values().all(|one| one["description"].is_string()), "{tool}");
        }
        tools.len()
    };
    let reader = app.key(practice.owner(), &["bookings:read"]).await;
    let other = app.key(practice.owner(), &["events:read"]).await;
    assert_eq!(
        (
            names(&agent(&practice).await).await,
            names(&reader).await,
            names(&other).await
        ),
        (9, 5, 0)
    );
    let wanted = json!({"service": "Check-up", "start": wall(&practice, "10:00")});
    for (caller, tool) in [(&reader, "book_appointment"), (&other, "check_availability")] {
        assert_eq!(refused(caller, tool, wanted.clone()).await["error"], "forbidden");
    }

    let booked = practice.book("10:00").await;
    let eve = app.stranger().await;
    let eve = app.key(&eve, &ALL).await;
    assert_eq!(done(&eve, "list_services", json!({})).await["services"], json!([]));
    assert_eq!(done(&eve, "list_staff", json!({})).await["staff"], json!([]));
    assert_eq!(
        done(&eve, "list_bookings", json!({"all": true})).await["bookings"],
        json!([])
    );
    let theirs = json!({"service": practice.service, "start": wall(&practice, "12:00")});
    assert_eq!(refused(&eve, "book_appointment", theirs).await["error"], "not_found");
    for (tool, arguments) in [
        ("cancel_appointment", json!({"booking": booked["id"]})),
        ("confirm_appointment", json!({"booking": booked["id"]})),
        (
            "reschedule_appointment",
            json!({"booking": booked["id"], "start": wall(&practice, "12:00")}),
        ),
        ("list_services", json!({"business": practice.one.client})),
    ] {
        assert_eq!(refused(&eve, tool, arguments).await["error"], "not_found", "{tool}");
    }
    let unknown = refused(&eve, "check_availability", wanted).await;
    assert_eq!(unknown["choices"], json!([]));
}

#[tokio::test]
async fn the_door_takes_keys_and_messages_and_nothing_else() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    say(&practice.world.app.anybody(), &ping)
        .await
        .problem(401, "unauthenticated");
    // A browser's session is no key.
    let dana = practice.owner();
    let cookie = request(&dana.clone(), Method::POST)
        .header("cookie", dana.cookie.clone().unwrap())
        .header("x-csrf-token", dana.csrf.clone().unwrap())
        .header("origin", &dana.base)
        .json(&ping);
    send(cookie).await.problem(401, "unauthenticated");
    send(
        request(&agent, Method::POST)
            .header("origin", "https://evil.example")
            .json(&ping),
    )
    .await
    .problem(403, "csrf_failed");
    send(request(&agent, Method::POST).body("{}"))
        .await
        .problem(415, "unsupported_media_type");
    for method in [Method::GET, Method::DELETE] {
        let answer = send(request(&agent, method)).await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "POST");
    }
    assert_eq!(ask(&agent, "ping", json!({})).await["result"], json!({}));

    let code = async |body: &str| {
        let sent = request(&agent, Method::POST).header("content-type", "application/json");
        let answer = send(sent.body(body.to_owned())).await.ok(400);
        answer.body["error"]["code"].as_i64().unwrap()
    };
    assert_eq!(code("{").await, -32_700);
    for body in [
        "[]",
        "5",
        r#"{"id": 1, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": null, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": 1}"#,
    ] {
        assert_eq!(code(body).await, -32_600, "{body}");
    }
    // What is only told needs no answer.
    for message in [
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 3, "result": {}}),
    ] {
        assert_eq!(say(&agent, &message).await.ok(202).raw, "");
    }
    assert_eq!(ask(&agent, "resources/list", json!({})).await["error"]["code"], -32_601);
    assert_eq!(
        ask(&agent, "tools/call", json!({"name": "drop"})).await["error"]["code"],
        -32_602
    );
}

#[tokio::test]
async fn both_ways_of_speaking_the_protocol_are_understood() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    for (asked, given) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let hello = ask(
            &agent,
            "initialize",
            json!({"protocolVersion": asked, "capabilities": {}}),
        )
        .await;
        assert_eq!(hello["result"]["protocolVersion"], given);
        assert_eq!(hello["result"]["serverInfo"]["name"], "calendar-stacker");
        assert!(hello["result"]["capabilities"]["tools"].is_object());
    }
    let sent = |version: &str, method: &str, params: Value, headers: &[(&str, &str)]| {
        let mut sent = request(&agent, Method::POST).header("mcp-protocol-version", version);
        for (name, value) in headers {
            sent = sent.header(*name, *value);
        }
        send(sent.json(&json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params})))
    };
    let old = sent("1999-01-01", "tools/list", json!({}), &[]).await.ok(400);
    assert_eq!(old.body["error"]["code"], -32_022);
    assert!(
        old.body["error"]["data"]["supported"]
            .as_array()
            .unwrap()
            .contains(&json!("2025-06-18"))
    );

    let now = "2026-07-28";
    let meta = json!({META: now, "io.modelcontextprotocol/clientCapabilities": {}});
    let with = |more: Value| {
        let mut params = json!({"_meta": meta});
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        params
    };
    let found = sent(
        now,
        "server/discover",
        with(json!({})),
        &[("mcp-method", "server/discover")],
    )
    .await
    .ok(200);
    assert_eq!(found.body["result"]["supportedVersions"], json!([now]));
    assert_eq!(found.body["result"]["resultType"], "complete");
    assert_eq!(found.body["result"]["cacheScope"], "private");
    let call = with(json!({"name": "list_services", "arguments": {}}));
    let headers = [("mcp-method", "tools/call"), ("mcp-name", "list_services")];
    let done = sent(now, "tools/call", call.clone(), &headers).await.ok(200);
    assert_eq!(
        done.body["result"]["structuredContent"]["services"][0]["name"],
        "Check-up"
    );
    for headers in [
        &headers[..1],
        &[("mcp-method", "tools/call"), ("mcp-name", "list_staff")],
        &[("mcp-method", "tools/list"), headers[1]],
    ] {
        let answer = sent(now, "tools/call", call.clone(), headers).await.ok(400);
        assert_eq!(answer.body["error"]["code"], -32_020, "{}", answer.raw);
    }
    let bare = sent(now, "tools/list", json!({}), &[("mcp-method", "tools/list")])
        .await
        .ok(400);
    assert_eq!(bare.body["error"]["code"], -32_602);
    // There is no handshake any more.
    let gone = sent(now, "initialize", with(json!({})), &[("mcp-method", "initialize")])
        .await
        .ok(404);
    assert_eq!(gone.body["error"]["code"], -32_601);
}

#[tokio::test]
async fn a_call_is_not_taken_for_what_the_business_calls_by_the_same_key() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    let theirs = practice
        .try_book("09:00", json!({"external_id": "1"}))
        .await
        .ok(201)
        .body;
    let wanted = json!({"service": "Check-up", "start": wall(&practice, "12:00"), "call_id": "1"});
    let booked = done(&agent, "book_appointment", wanted).await;
    assert_eq!(booked["new"], true);
    assert_ne!(booked["booking"], theirs["id"]);
}

#[tokio::test]
async fn who_is_not_listed_is_not_said_to_be_nobody() {
    let practice = Practice::open().await;
    let agent = agent(&practice).await;
    assert_eq!(done(&agent, "list_staff", json!({})).await["more"], false);
    for number in 0..49 {
        let body = json!({"client_id": practice.one.client, "name": format!("Helper {number}")});
        practice.owner().post("/staff", body).await.ok(201);
    }
    let listed = done(&agent, "list_staff", json!({})).await;
    assert_eq!(
        (listed["staff"].as_array().unwrap().len(), &listed["more"]),
        (50, &json!(true))
    );
    let say = listed["say"].as_str().unwrap();
    assert!(
        say.ends_with("and more: name the business, or part of the name."),
        "{say}"
    );
    let far = json!({"service": "Check-up", "from": "9999-12-30"});
    assert_eq!(refused(&agent, "list_slots", far).await["error"], "validation_failed");
}
