//! People are invited, say what they may do, and are let go; members reach what they were granted and nothing else.

mod walks;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    google::{BOB, World, timed},
    harness::{Answer, Caller, PASSWORD, TestApp, send},
    operations::{Bulk, choose, upload},
    stream::Listener,
};

/// The secret in a link.
fn secret(invited: &Answer) -> String {
    invited.text("invitation_url").split_once('#').unwrap().1.to_owned()
}

async fn accept(app: &TestApp, token: &str) -> Answer {
    let body = json!({"token": token, "password": PASSWORD});
    app.anybody().post("/auth/invitation/accept", body).await
}

/// Somebody who was invited and is signed in, and their id.
pub async fn join(app: &TestApp, owner: &Caller, name: &str, role: &str, access: Value) -> (Caller, String) {
    let body = json!({"email": format!("{name}@example.com"), "name": name, "role": role, "access": access});
    let invited = owner.post("/users", body).await.ok(201);
    let accepted = accept(app, &secret(&invited)).await.ok(200);
    (app.anybody().signed_in(&accepted), invited.text("id"))
}

async fn grant(owner: &Caller, user: &str, access: Value) -> Answer {
    owner
        .put(&format!("/users/{user}/client-access"), json!({"access": access}))
        .await
}

#[tokio::test]
async fn somebody_is_invited_sets_a_password_once_and_signs_in() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let client = owner.client("Bright Dental").await;
    let body = json!({"email": "Tina@Example.com", "name": "Tina", "role": "member",
        "access": [{"client_id": client, "level": "write"}]});
    let invited = owner.post("/users", body.clone()).await.ok(201);
    assert_eq!(invited.body["state"], "invited");
    let token = secret(&invited);
    assert!(
        invited
            .text("invitation_url")
            .starts_with(&format!("{}/invite#", app.url))
    );
    owner
        .post("/users", body)
        .await
        .problem(409, "conflict")
        .fields(&[("/email", "taken")]);
    let read = json!({"token": token});
    let seen = app.anybody().post("/auth/invitation", read.clone()).await.ok(200);
    assert_eq!(
        (&seen.body["name"], &seen.body["tenant_name"]),
        (&json!("Tina"), &json!("Harbour"))
    );
    // Nobody signs in without a password.
    for password in [PASSWORD, "x"] {
        let body = json!({"email": "tina@example.com", "password": password});
        app.anybody()
            .post("/auth/login", body)
            .await
            .problem(401, "unauthenticated");
    }
    let short = json!({"token": token, "password": "short"});
    app.anybody()
        .post("/auth/invitation/accept", short)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/password", "too_short")]);
    let me = accept(&app, &token).await.ok(200);
    assert_eq!(me.body["sees_all"], false);
    assert_eq!(me.body["access"][0]["client_name"], "Bright Dental");
    assert_eq!(me.body["access"][0]["level"], "write");
    accept(&app, &token).await.problem(404, "not_found");
    app.anybody()
        .post("/auth/invitation", read)
        .await
        .problem(404, "not_found");
    let tina = app.login("tina@example.com").await;
    // A new link, as for a forgotten password, ends what was before when it is used.
    let path = format!("/users/{}", invited.text("id"));
    let again = owner.post(&format!("{path}/invitation"), json!({})).await.ok(200);
    let late = owner.post(&format!("{path}/invitation"), json!({})).await.ok(200);
    accept(&app, &secret(&again)).await.problem(404, "not_found");
    app.clock.advance(jiff::SignedDuration::from_hours(7 * 24 + 1));
    accept(&app, &secret(&late)).await.problem(404, "not_found");
    let late = owner.post(&format!("{path}/invitation"), json!({})).await.ok(200);
    accept(&app, &secret(&late)).await.ok(200);
    tina.get("/auth/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_other_sessions_end() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let other = app.login("dana@example.com").await;
    let body = |current: &str, new: &str| json!({"current": current, "new": new});
    owner
        .post("/auth/password", body("wrong", "another horse battery"))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/current", "wrong")]);
    owner
        .post("/auth/password", body(PASSWORD, "another horse battery"))
        .await
        .ok(204);
    owner.get("/auth/me").await.ok(200);
    other.get("/auth/me").await.problem(401, "unauthenticated");
    let old = json!({"email": "dana@example.com", "password": PASSWORD});
    app.anybody()
        .post("/auth/login", old)
        .await
        .problem(401, "unauthenticated");
}

#[tokio::test]
async fn nobody_raises_themselves_and_an_owner_remains() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let me = owner.get("/auth/me").await.ok(200).body["user"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (admin, admin_id) = join(&app, &owner, "ada", "admin", json!([])).await;
    let (member, member_id) = join(&app, &owner, "mia", "member", json!([])).await;
    for path in ["/users".to_owned(), format!("/users/{member_id}")] {
        member.get(&path).await.problem(403, "forbidden");
    }
    let role = |role: &str| json!({"role": role});
    member
        .patch(&format!("/users/{member_id}"), role("admin"))
        .await
        .problem(403, "forbidden");
    grant(&member, &member_id, json!([])).await.problem(403, "forbidden");
    // An admin makes members and admins, no owners.
    admin
        .patch(&format!("/users/{admin_id}"), role("owner"))
        .await
        .problem(403, "forbidden");
    let wanted = json!({"email": "x@example.com", "name": "X", "role": "owner"});
    admin.post("/users", wanted).await.problem(403, "forbidden");
    for (method, path) in [
        (Method::PATCH, format!("/users/{me}")),
        (Method::DELETE, format!("/users/{me}")),
        (Method::POST, format!("/users/{me}/invitation")),
    ] {
        let request = admin.request(method, &path).json(&json!({}));
        send(request).await.problem(403, "forbidden");
    }
    // The last owner stays one.
    owner
        .patch(&format!("/users/{me}"), role("admin"))
        .await
        .problem(409, "conflict");
    owner.delete(&format!("/users/{me}")).await.problem(409, "conflict");
    // Who has not set a password yet does not count.
    let second = json!({"email": "zoe@example.com", "name": "Zoe", "role": "owner"});
    let second = owner.post("/users", second).await.ok(201);
    owner
        .patch(&format!("/users/{me}"), role("admin"))
        .await
        .problem(409, "conflict");
    accept(&app, &secret(&second)).await.ok(200);
    let stale = owner.request(Method::PATCH, &format!("/users/{me}"));
    let stale = stale.header("if-match", "\"99\"").json(&role("admin"));
    send(stale).await.problem(412, "precondition_failed");
    owner.patch(&format!("/users/{me}"), role("admin")).await.ok(200);
    owner
        .delete(&format!("/users/{}", second.text("id")))
        .await
        .problem(403, "forbidden");
    // Wrong grants are named.
    let unknown = json!([{"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "level": "read"}]);
    grant(&owner, &member_id, unknown)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/access/0/client_id", "unknown")]);
}

#[tokio::test]
async fn an_escaped_path_is_no_way_round_the_guard() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let (hers, other) = (owner.client("Hers").await, owner.client("Other").await);
    let (mia, _) = join(
        &app,
        &owner,
        "mia",
        "member",
        json!([{"client_id": hers, "level": "write"}]),
    )
    .await;
    for path in [
        format!("/clients/{other}"),
        format!("/%63lients/{other}"),
        format!("/clients/{}", other.replace('_', "%5F")),
        format!("/%63lients/{}", other.replace('_', "%5f")),
    ] {
        let answer = mia.delete(&path).await;
        assert!([403, 404].contains(&answer.status), "{path}: {}", answer.raw);
    }
    let made = mia.post("/%63lients", json!({"name": "New", "time_zone": "UTC"})).await;
    assert!([403, 404].contains(&made.status), "{}", made.raw);
    owner.get(&format!("/clients/{other}")).await.ok(200);
}

#[tokio::test]
async fn a_link_ends_when_its_person_becomes_somebody_else() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let (ada, _) = join(&app, &owner, "ada", "admin", json!([])).await;
    let (_, mia) = join(&app, &owner, "mia", "member", json!([])).await;
    let path = format!("/users/{mia}");
    let link = ada.post(&format!("{path}/invitation"), json!({})).await.ok(200);
    owner.patch(&path, json!({"name": "Mia M."})).await.ok(200);
    let token = secret(&link);
    owner.patch(&path, json!({"role": "owner"})).await.ok(200);
    let taken = accept(&app, &token).await;
    assert!([404, 410].contains(&taken.status), "{}", taken.raw);
    // Nor for who was let go and came back.
    let link = owner.post(&format!("{path}/invitation"), json!({})).await.ok(200);
    owner.patch(&path, json!({"is_active": false})).await.ok(200);
    owner.patch(&path, json!({"is_active": true})).await.ok(200);
    let taken = accept(&app, &secret(&link)).await;
    assert!([404, 410].contains(&taken.status), "{}", taken.raw);
}

#[tokio::test]
async fn who_is_let_go_or_narrowed_is_so_at_once_also_in_what_is_open() {
    let world = World::new().await;
    let one = world.connected().await;
    let two = world.connect("Riverside", BOB).await;
    world.sync(&one.calendar).await;
    world.sync(&two.calendar).await;
    let both = json!([{"client_id": one.client, "level": "write"}, {"client_id": two.client, "level": "read"}]);
    let (mia, id) = join(&world.app, &world.owner, "mia", "member", both).await;
    let event = |title: &str| timed(title, "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    let path = |calendar: &str| format!("/calendars/{calendar}/events");
    mia.post(&path(&one.calendar), event("Hers")).await.ok(201);
    mia.post(&path(&two.calendar), event("No"))
        .await
        .problem(403, "forbidden");
    let mut stream = Listener::new(&mia, "").await;
    stream.hello().await;
    let seen = world.create(&two.calendar, event("Seen")).await;
    assert_eq!(stream.next().await.unwrap().data["id"], seen["id"]);
    grant(&world.owner, &id, json!([{"client_id": one.client, "level": "read"}]))
        .await
        .ok(200);
    world.create(&two.calendar, event("Unseen")).await;
    let own = world.create(&one.calendar, event("Told")).await;
    assert_eq!(stream.next().await.unwrap().data["id"], own["id"]);
    mia.get(&path(&two.calendar)).await.problem(404, "not_found");
    mia.post(&path(&one.calendar), event("No"))
        .await
        .problem(403, "forbidden");
    let missed = mia.get("/changes?since=0").await.ok(200).raw;
    assert!(!missed.contains(seen["id"].as_str().unwrap()), "{missed}");
    // Somebody else becomes another person: the stream begins anew.
    world
        .owner
        .patch(&format!("/users/{id}"), json!({"role": "admin"}))
        .await
        .ok(200);
    assert_eq!(stream.next().await.unwrap().name, "bye");
    mia.get(&path(&two.calendar)).await.ok(200);
    let mut stream = Listener::new(&mia, "").await;
    stream.hello().await;
    world
        .owner
        .patch(&format!("/users/{id}"), json!({"is_active": false}))
        .await
        .ok(200);
    assert_eq!(stream.next().await.unwrap().name, "bye");
    mia.get("/auth/me").await.problem(401, "unauthenticated");
    let body = json!({"email": "mia@example.com", "password": PASSWORD});
    let login = world.app.anybody().post("/auth/login", body).await;
    login.problem(401, "unauthenticated");
}

#[tokio::test]
async fn lists_of_members_come_in_whole_pages() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let (mut granted, mut names) = (Vec::new(), Vec::new());
    for n in 0..9 {
        let name = format!("Client {n}");
        let id = owner.client(&name).await;
        if n % 3 == 0 {
            granted.push(json!({"client_id": id, "level": "read"}));
            names.push(name);
        }
    }
    let (mia, _) = join(&app, &owner, "mia", "member", json!(granted)).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = mia.get(&format!("/clients?limit=2{cursor}")).await.ok(200).body;
        let rows = page["data"].as_array().unwrap();
        seen.extend(rows.iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        assert_eq!(rows.len(), 2);
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, names);
    assert_eq!(mia.get("/dashboard").await.ok(200).body["clients"]["active"], 3);
}

#[tokio::test]
async fn bulk_work_finds_and_changes_what_its_maker_may_write() {
    let bulk = Bulk::new().await;
    let (world, owner) = (&bulk.world, &bulk.world.owner);
    let other = world.connect("Riverside", BOB).await;
    choose(owner, &other.calendar).await;
    let third = owner.client("Third").await;
    let first = owner.get(&format!("/calendars/{}", bulk.calendars[0].0)).await.ok(200);
    let day = |title: &str| timed(title, "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    world.create(&bulk.calendars[1].0, day("Pool visit")).await;
    world.create(&other.calendar, day("River visit")).await;
    let access = json!([{"client_id": first.text("client_id"), "level": "read"},
        {"client_id": other.client, "level": "write"}, {"client_id": third, "level": "write"}]);
    let (mia, mia_id) = join(&world.app, owner, "mia", "member", access).await;
    let (maker, app) = (&mia, &world.app.app);
    let plan = |request: Answer| async move {
        let id = request.ok(202).text("id");
        calendar_stacker::jobs::operations::run(app).await.unwrap();
        maker.get(&format!("/operations/{id}")).await.ok(200).body
    };
    // Everything that is called a visit: hers to write is one of them.
    let edit = json!({"selection": {"filter": {"q": "visit"}}, "edit": {"delete": true}});
    let asked = plan(mia.post("/operations", edit).await).await;
    assert_eq!(asked["summary"]["counts"]["delete"], 1, "{asked}");
    // A file may name any calendar; one that she may only read is not there.
    let file =
        "Title,Start,Duration,Calendar\nOne,2027-05-01 09:00,45,Pools\nTwo,2027-05-01 09:00,45,bob@example.org\n";
    let import = upload(&mia, "visits.csv", file.to_owned()).await.ok(201).text("id");
    let made = plan(mia.post(&format!("/imports/{import}/plan"), json!({})).await).await;
    let counts = &made["summary"]["counts"];
    assert_eq!((&counts["create"], &counts["bad"]), (&json!(1), &json!(1)), "{made}");
    // Others' work is not hers.
    let theirs = bulk.planned("Title,Start,Duration\nThree,2027-05-01 09:00,45\n").await;
    let path = format!("/operations/{}", theirs["id"].as_str().unwrap());
    mia.get(&path).await.problem(404, "not_found");
    // A move takes from one calendar and gives to another: who lost either may not say yes to it.
    let first_client = first.text("client_id");
    let both = |level: &str| json!([{"client_id": first_client, "level": level}, {"client_id": other.client, "level": "write"}]);
    grant(owner, &mia_id, both("write")).await.ok(200);
    let edit = json!({"selection": {"filter": {"q": "Pool"}}, "edit": {"move_to": other.calendar}});
    let moving = plan(mia.post("/operations", edit.clone()).await).await;
    assert_eq!(moving["summary"]["counts"]["move"], 1, "{moving}");
    grant(owner, &mia_id, both("read")).await.ok(200);
    let path = format!("/operations/{}/apply", moving["id"].as_str().unwrap());
    let yes = json!({"hash": moving["summary"]["hash"]});
    mia.post(&path, yes).await.problem(403, "forbidden");
    // Nothing is planned for who was let go since.
    grant(owner, &mia_id, both("write")).await.ok(200);
    let late = mia.post("/operations", edit).await.ok(202).text("id");
    owner
        .patch(&format!("/users/{mia_id}"), json!({"is_active": false}))
        .await
        .ok(200);
    calendar_stacker::jobs::operations::run(app).await.unwrap();
    let late = owner.get(&format!("/operations/{late}")).await.ok(200).body;
    assert_eq!(
        (&late["state"], &late["error"]["code"]),
        (&json!("failed"), &json!("maker_gone")),
        "{late}"
    );
}
