//! Outlook tells of changes, and of what becomes of that: a subscription is doubted, given up, or has missed something.

use std::time::Duration;

use super::*;

impl World {
    /// An account whose calendar Outlook tells of, and is asked about in no other way.
    async fn watched(&self) -> Connected {
        let one = self.connected().await;
        self.sync(&one.calendar).await;
        self.work("watch").await;
        assert_eq!(self.control().subscriptions().len(), 1);
        one
    }

    /// As soon as Outlook was asked for this so often.
    async fn called(&self, operation: &str, times: usize) {
        for _ in 0..500 {
            if self.control().calls(operation).len() >= times {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.control().calls(operation).len(), times, "{operation}");
    }

    async fn until(&self, what: &str, calendar: &str, expected: &[&str]) {
        for _ in 0..500 {
            if titles(&self.events(calendar).await) == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never came: {what}; {:?}", titles(&self.events(calendar).await));
    }
}

#[tokio::test]
async fn outlook_tells_of_a_change_without_anybody_asking() {
    let world = World::with(|config| config.pull_after = 86_400).await;
    let one = world.watched().await;
    // Its question was answered: the calendar counts as told.
    assert_eq!(world.sync(&one.calendar).await["pushed"], true);
    let home = world.control().default_calendar(MIRA).unwrap();
    world.control().insert_event(&home, &there("From Outlook")).unwrap();
    world.until("the new event", &one.calendar, &["From Outlook"]).await;
    // Doubted, it is renewed and speaks again.
    let channel = world.control().subscriptions().remove(0);
    world.control().lifecycle(&channel, "reauthorizationRequired").unwrap();
    world.called("graph.subscriptions.update", 1).await;
    let id = world.there()[0]["id"].as_str().unwrap().to_owned();
    world.control().patch_event(&id, &json!({"subject": "Again"})).unwrap();
    world.until("the change", &one.calendar, &["Again"]).await;
}

#[tokio::test]
async fn outlook_says_that_it_has_missed_something_and_is_asked() {
    let world = World::with(|config| config.pull_after = 86_400).await;
    let one = world.watched().await;
    let home = world.control().default_calendar(MIRA).unwrap();
    world.control().fault(Fault::always("graph.push", Effect::Drop));
    world.control().insert_event(&home, &there("Missed")).unwrap();
    let channel = world.control().subscriptions().remove(0);
    world.control().clear_journal();
    world.control().lifecycle(&channel, "missed").unwrap();
    world.until("what was missed", &one.calendar, &["Missed"]).await;
    // It is the same subscription, and it goes on.
    world.control().clear_faults();
    world.work("watch").await;
    for operation in ["create", "update", "delete"] {
        world.called(&format!("graph.subscriptions.{operation}"), 0).await;
    }
    let id = world.there()[0]["id"].as_str().unwrap().to_owned();
    world.control().patch_event(&id, &json!({"subject": "Again"})).unwrap();
    world.until("the change", &one.calendar, &["Again"]).await;
}

#[tokio::test]
async fn outlook_gives_a_subscription_up_and_there_is_another_one() {
    let world = World::with(|config| config.pull_after = 86_400).await;
    let one = world.watched().await;
    let home = world.control().default_calendar(MIRA).unwrap();
    world.control().fault(Fault::always("graph.push", Effect::Drop));
    world.control().insert_event(&home, &there("Untold")).unwrap();
    let before = world.control().subscriptions();
    world.control().clear_journal();
    world.control().lifecycle(&before[0], "subscriptionRemoved").unwrap();
    world.until("what was not told", &one.calendar, &["Untold"]).await;
    world.control().clear_faults();
    world.called("graph.subscriptions.create", 0).await;
    world.work("watch").await;
    world.called("graph.subscriptions.create", 1).await;
    let after = world.control().subscriptions();
    assert!(after.len() == 1 && after != before, "{before:?} {after:?}");
    let id = world.there()[0]["id"].as_str().unwrap().to_owned();
    world.control().patch_event(&id, &json!({"subject": "Told"})).unwrap();
    world.until("what the new one tells", &one.calendar, &["Told"]).await;
}

#[tokio::test]
async fn disconnecting_ends_the_subscription_while_the_tokens_last_and_forgets_them() {
    let world = World::new().await;
    let one = world.watched().await;
    let path = format!("/credentials/{}", one.credential);
    let shown = world.owner.post(&format!("{path}/revoke"), json!({})).await.ok(200);
    assert_eq!(
        (&shown.body["status"], &shown.body["expires_at"]),
        (&json!("revoked"), &Value::Null)
    );
    let ended = world.control().calls("graph.subscriptions.delete");
    assert_eq!((ended.len(), ended[0].status), (1, Some(204)), "it was let in");
    assert!(world.control().subscriptions().is_empty());
    let me = world.owner.get("/auth/me").await.ok(200).body;
    let tenant = domain::id::TenantId::from_store(me["tenant"]["id"].as_str().unwrap().to_owned());
    let id = one.credential.clone();
    let row = world.app.app.read(move |c| db::credentials::get(c, &tenant, &id)).await;
    let row = row.unwrap();
    assert_eq!((row.access_token_sealed, row.refresh_token_sealed), (None, None));
    // Nobody asks Outlook any more, and nothing that is meant for it is taken.
    world.control().clear_journal();
    world.work("watch").await;
    let late = timed("Late", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    let path = format!("/calendars/{}/events", one.calendar);
    world
        .owner
        .post(&path, late)
        .await
        .problem(409, "reauthorization_required");
    assert!(world.control().journal().is_empty(), "{:?}", world.control().journal());
}

#[tokio::test]
async fn a_message_without_the_secret_is_nobodys() {
    let world = World::new().await;
    let anybody = world.app.anybody();
    let body = json!({"value": [{"subscriptionId": "x", "clientState": "nobody.knows", "changeType": "updated"}]});
    for path in ["/hooks/microsoft", "/hooks/microsoft/lifecycle"] {
        anybody.post(path, body.clone()).await.problem(404, "not_found");
        anybody.post(path, json!("nonsense")).await.problem(404, "not_found");
        let answer = anybody
            .post(
                &format!("{path}?validationToken=Validation%3A%20a%20%3Cb%3E"),
                json!({}),
            )
            .await;
        assert_eq!((answer.status, answer.raw.as_str()), (200, "Validation: a <b>"));
        assert!(
            answer.header("content-type").starts_with("text/plain"),
            "{:?}",
            answer.headers
        );
    }
}
