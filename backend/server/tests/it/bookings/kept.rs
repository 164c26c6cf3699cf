//! What is kept for those who ask again is what somebody is told who asks for the first time, whatever happened in between.

use std::sync::Arc;

use calendar_stacker::ops::{
    availability::{Ask, Error, Kept},
    free_busy,
    kept::{Shelf, Since, days},
};
use db::changes::{NewChange, append};
use domain::{
    availability::{Board, Slot},
    id::TenantId,
    time::Interval,
};
use jiff::Timestamp;
use serde_json::json;

use super::Practice;
use crate::google::timed;

struct Asking {
    practice: Practice,
    tenant: TenantId,
    window: Interval,
}

impl Asking {
    async fn open() -> Self {
        let practice = Practice::open().await;
        let me = practice.owner().get("/auth/me").await.ok(200);
        let time = |text: &str| practice.at(text).parse::<Timestamp>().unwrap();
        Self {
            tenant: TenantId::from_store(me.body["tenant"]["id"].as_str().unwrap().to_owned()),
            window: Interval::new(time("08:00"), time("18:00")).unwrap(),
            practice,
        }
    }

    /// Free times and busy times, as this process knows them, or as one that has just begun.
    async fn told(&self, anew: bool) -> (Vec<Slot>, Vec<Interval>) {
        let app = &self.practice.world.app.app;
        let (here, who, window, now) = (app.clone(), self.tenant.clone(), self.window, app.now());
        let ask = Ask {
            service: self.practice.service.clone(),
            ..Ask::default()
        };
        let calendar = self.practice.one.calendar.clone();
        let answer = app.read(move |c| {
            let (worlds, busy) = (Kept::default(), free_busy::Kept::default());
            let (worlds, busy) = if anew {
                (&worlds, &busy)
            } else {
                (&here.worlds, &here.busy)
            };
            let loaded = worlds.ask(c, &who, ask, (window, now))?;
            let world = loaded.world();
            let calendars = db::calendars::some(c, &who, std::slice::from_ref(&calendar))?;
            let mut busy = busy.between(c, &who, &calendars, window, now)?;
            let busy = busy.remove(&calendar).unwrap().unwrap();
            Ok::<_, Error>((Board::new(&world, window).slots(), busy))
        });
        answer.await.unwrap()
    }

    /// What is told has changed, and is the truth. `before`: what was told so far.
    async fn changed(&self, act: &str, before: &mut (Vec<Slot>, Vec<Interval>)) {
        let (now, truth) = (self.told(false).await, self.told(true).await);
        assert_eq!(now, truth, "{act}");
        assert_ne!(now, *before, "{act} changes what is told");
        *before = now;
    }
}

#[tokio::test]
async fn what_is_kept_is_what_a_first_answer_says_after_every_kind_of_change() {
    let asking = Asking::open().await;
    let practice = &asking.practice;
    let (owner, client, day) = (practice.owner(), &practice.one.client, practice.day);
    let service = format!("/services/{}", practice.service);
    let calendar = format!("/calendars/{}", practice.one.calendar);
    let hours = format!("/staff/{}/working-hours", practice.kim);
    let before = &mut asking.told(false).await;

    let event = timed("Here", &format!("{day}T09:00:00"), &format!("{day}T10:00:00"));
    let made = practice.world.create(&practice.one.calendar, event).await;
    asking.changed("an event made here", before).await;
    practice
        .appointment("11:00", "12:00", json!({"transparency": "opaque"}))
        .await;
    asking.changed("an event made at the provider", before).await;
    practice.world.delete(&made, "").await.ok(204);
    asking.changed("an event deleted here", before).await;

    for (act, change) in [
        ("a length", json!({"duration_minutes": 60})),
        ("a step", json!({"step_minutes": 30})),
        ("a notice", json!({"notice_minutes": 60 * 24 * 30})),
        ("no notice", json!({"notice_minutes": 0})),
        ("whose turn it is", json!({"staff_ids": [practice.kim, practice.sam]})),
    ] {
        owner.patch(&service, change).await.ok(200);
        asking.changed(act, before).await;
    }

    let booking = practice.book("14:00").await;
    asking.changed("a booking", before).await;
    practice.act(&booking, "cancel", json!({})).await.ok(200);
    asking.changed("a booking that is cancelled", before).await;

    let day_off = json!({"time_zone": "Europe/Berlin", "weekly": {"tuesday": [{"from": "09:00", "to": "12:00"}]}, "exceptions": []});
    owner.put(&hours, day_off).await.ok(200);
    asking.changed("hours", before).await;
    let closure = json!({"client_id": client, "name": "Paint", "starts_at": practice.at("15:00"), "ends_at": practice.at("16:00")});
    let closure = owner.post("/closures", closure).await.ok(201).text("id");
    asking.changed("a closure", before).await;
    owner.delete(&format!("/closures/{closure}")).await.ok(204);
    asking.changed("a closure that is removed", before).await;

    owner
        .patch(&calendar, json!({"busy_rules": {"tentative": false}}))
        .await
        .ok(200);
    practice
        .appointment("13:00", "14:00", json!({"status": "tentative"}))
        .await;
    owner
        .patch(&calendar, json!({"busy_rules": {"tentative": true}}))
        .await
        .ok(200);
    asking.changed("the rules of a calendar", before).await;
    owner
        .patch(&service, json!({"staff_ids": [practice.kim]}))
        .await
        .ok(200);
    asking.changed("who does it", before).await;
    let closure = json!({"client_id": client, "name": "Holiday", "first_day": day});
    owner.post("/closures", closure).await.ok(201);
    asking.changed("a holiday", before).await;
}

#[tokio::test]
async fn what_happens_to_others_throws_nothing_away_however_much_it_is() {
    let asking = Asking::open().await;
    let (app, tenant) = (asking.practice.world.app.app.clone(), asking.tenant.clone());
    let now = app.now();
    let happens = move |kind: &'static str, place: &str, client: &str, times: usize| {
        let (app, tenant) = (app.clone(), tenant.clone());
        let change = NewChange {
            kind,
            id: "it".to_owned(),
            calendar_id: Some(place.to_owned()),
            client_id: Some(client.to_owned()),
            action: "updated",
            origin: "provider",
            at: now.into(),
        };
        async move {
            let write = app.write(move |c| append(c, &tenant, &vec![change.clone(); times]));
            write.await.unwrap();
        }
    };
    let shelf = Arc::new(Shelf::<&str, &str>::new(10));
    let (app, tenant) = (asking.practice.world.app.app.clone(), asking.tenant.clone());
    let kept = move || {
        let (shelf, app, tenant) = (Arc::clone(&shelf), app.clone(), tenant.clone());
        async move {
            let concerns = |_: &&str, since: &Since<'_>| since.calendar("cal_mine") || since.client("cli_mine");
            let read = app.read(move |c| {
                let (seq, found) = shelf.find(c, &tenant, &"when?", now, concerns)?;
                if found.is_none() {
                    shelf.put("when?", (seq, now), 1, Arc::new("now"));
                }
                Ok::<_, db::Error>(found.is_some())
            });
            read.await.unwrap()
        }
    };
    assert!(!kept().await, "nobody has asked");
    assert!(kept().await);
    happens("event", "cal_theirs", "cli_theirs", 900).await;
    assert!(kept().await, "others are busy");
    happens("event", "cal_other", "cli_mine", 1).await;
    assert!(kept().await, "another calendar of the same client");
    happens("event", "cal_mine", "cli_mine", 1).await;
    assert!(!kept().await, "an event");
    assert!(kept().await, "it was read again");
    happens("service", "cal_other", "cli_mine", 1).await;
    assert!(!kept().await, "a service");
    happens("event", "cal_theirs", "cli_theirs", 10_001).await;
    assert!(!kept().await, "too far behind to look");
    happens("event", "cal_theirs", "cli_theirs", 5).await;
    assert!(kept().await, "and from there on again");
}

#[test]
fn the_days_around_whole_days_are_the_same_days() {
    let range = |from: &str, to: &str| Interval::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
    let whole = range("2026-11-22T00:00:00Z", "2026-11-25T00:00:00Z");
    assert_eq!(
        days(range("2026-11-22T09:15:00Z", "2026-11-24T00:00:00.000001Z")),
        whole
    );
    assert_eq!(days(whole), whole);
}
