//! Somebody changes what is being looked at, at that moment.

use std::{sync::mpsc, time::Duration};

use calendar_stacker::ops::mirror;
use domain::{event::EventContent, id::TenantId, time::EventTime};

use super::{edits::drag, *};

/// Its event is there from then on, as a pull writes it.
fn moved(c: &mut db::Conn, tenant: &TenantId, event: &str, (from, to): (Timestamp, Timestamp)) -> db::Result<()> {
    let row = db::events::get(c, tenant, event)?;
    let at = |at: Timestamp| EventTime::Zoned {
        date_time: TimeZone::UTC.to_datetime(at),
        time_zone: "UTC".into(),
    };
    let content: EventContent = serde_json::from_str(&row.content).unwrap();
    let content = EventContent {
        start: at(from),
        end: at(to),
        ..content
    };
    let said = mirror::said(&content, false, "UTC").unwrap();
    db::mirror::say(c, event, &said, row.updated_at)
}

#[tokio::test]
async fn an_event_that_is_moved_while_somebody_looks_at_it_is_followed() {
    let practice = Practice::open().await;
    practice.policy(json!({"on_move": "provider_wins"})).await;
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let app = practice.world.app.app.clone();
    let me = practice.owner().get("/auth/me").await.ok(200).body;
    let tenant = TenantId::from_store(me["tenant"]["id"].as_str().unwrap().to_owned());
    let event = practice.booking(&booking).await["calendar_event_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let instant = |time: &str| practice.at(time).parse::<Timestamp>().unwrap();
    let (nine, ten) = (
        (instant("09:00"), instant("09:45")),
        (instant("10:00"), instant("10:45")),
    );
    let eleven = (instant("11:00"), instant("11:45"));
    // There is something to look at: it was moved, and moved back.
    for there in [nine, ten] {
        let (who, what) = (tenant.clone(), event.clone());
        app.write(move |c| moved(c, &who, &what, there)).await.unwrap();
    }
    let (written, wait) = mpsc::channel();
    let pull = tokio::spawn({
        let (app, who, what) = (app.clone(), tenant.clone(), event.clone());
        async move {
            app.write(move |c| {
                moved(c, &who, &what, eleven)?;
                written.send(()).unwrap();
                // Long enough for somebody to look at what it was, and to want to write that down.
                std::thread::sleep(Duration::from_millis(800));
                Ok::<_, db::Error>(())
            })
            .await
        }
    });
    tokio::task::spawn_blocking(move || wait.recv().unwrap()).await.unwrap();
    practice.job().await;
    pull.await.unwrap().unwrap();
    practice.job().await;
    assert_eq!(practice.booking(&booking).await["start"], practice.at("11:00"));
}

#[tokio::test]
async fn a_clash_is_none_any_more_when_its_event_is_moved_out_of_the_way() {
    let practice = Practice::open().await;
    practice.policy(json!({"on_move": "provider_wins"})).await;
    let first = practice.book("10:00").await;
    practice.settle().await;
    let event = practice.entries().await.remove(0);
    practice.book("13:00").await;
    practice.settle().await;
    drag(&practice, &event, ("13:00", "13:45")).await;
    assert_eq!(practice.booking(&first).await["flagged"], true);
    drag(&practice, &event, ("15:00", "15:45")).await;
    let shown = practice.booking(&first).await;
    assert_eq!(
        (&shown["start"], &shown["flagged"]),
        (&json!(practice.at("15:00")), &json!(false))
    );
}
