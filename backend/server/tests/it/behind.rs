//! Somebody else's program writes to a CalDAV server behind our back, while we hold the calendar in the mirror and while
//! changes of ours wait. Each story is told at Radicale, at SabreDAV and at DAViCal, and ends with a count of what lies
//! there: nothing is written twice.

pub mod story;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    google::{repeated, starts, titles},
    peers::Mode,
};
use story::{Story, haircut, name, object, simple, with};

/// One test at each server.
macro_rules! at_each {
    ($($story:ident),+ $(,)?) => {
        at_each!(radicale RADICALE; $($story)+);
        at_each!(sabre SABRE; $($story)+);
        at_each!(davical DAVICAL; $($story)+);
    };
    ($name:ident $peer:ident; $($story:ident)+) => {
        mod $name {
            $(#[tokio::test]
            async fn $story() {
                let peer = tokio::task::spawn_blocking(|| &*crate::peers::$peer).await.unwrap();
                super::$story(super::Story::begin(peer).await).await;
            })+
        }
    };
}

at_each!(
    what_others_do_is_shown,
    what_we_made_and_somebody_deletes_before_the_next_round_is_gone_after_it,
    an_edit_by_a_program_whose_clock_is_behind_is_heard,
    different_fields_of_both_are_kept,
    the_same_field_of_both_is_decided_by_the_clients_policy,
    what_is_deleted_there_and_changed_here_is_decided_by_the_clients_policy,
    what_is_changed_there_and_deleted_here_is_decided_by_the_clients_policy,
    an_occurrence_changed_there_stays_beside_one_changed_here,
    an_occurrence_taken_out_there_stays_out_when_the_series_is_changed_here,
    what_cannot_be_read_is_set_aside_and_its_neighbours_stay,
    what_is_stored_and_not_answered_is_stored_once,
    what_was_stored_unheard_and_is_deleted_here_is_gone_whatever_the_policy,
    what_was_stored_unheard_and_is_changed_before_it_is_heard_of_says_the_change,
);

async fn what_others_do_is_shown(story: Story) {
    let made = story.create(haircut()).await;
    story.there("PUT", "theirs.ics", &simple("theirs", "Theirs")).await;
    story.edit(name(&made), |text| with(text, "SUMMARY", "Cut")).await;
    assert_eq!(titles(&story.shown().await), ["Cut", "Theirs"]);
    let moved = |text: &str| {
        text.replace("20270301T08", "20270302T10")
            .replace("20270301T09", "20270302T11")
    };
    story.edit("theirs.ics", moved).await;
    let shown = story.shown().await;
    assert_eq!(starts(&shown), ["2026-11-24T08:00:00Z", "2027-03-02T10:00:00Z"]);
    story.there("DELETE", name(&made), "").await;
    assert_eq!(titles(&story.shown().await), ["Theirs"]);
    assert_eq!(story.objects().await, 1);
}

async fn what_we_made_and_somebody_deletes_before_the_next_round_is_gone_after_it(story: Story) {
    story.sync().await;
    let made = story.create(haircut()).await;
    story.there("DELETE", name(&made), "").await;
    story.app.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(titles(&story.shown().await), [""; 0]);
    assert_eq!(story.objects().await, 0);
}

async fn an_edit_by_a_program_whose_clock_is_behind_is_heard(story: Story) {
    let made = story.create(haircut()).await;
    let behind = |text: &str| {
        let text = with(&with(text, "SUMMARY", "Cut"), "DTSTAMP", "20200101T000000Z");
        with(&text, "LAST-MODIFIED", "20200101T000000Z")
    };
    story.edit(name(&made), behind).await;
    assert_eq!(titles(&story.shown().await), ["Cut"]);
    // And what we say next starts from that.
    story
        .patch(&story.event(&made["id"]).await, "", json!({"location": "Here"}))
        .await;
    let text = story.there("GET", name(&made), "").await;
    assert!(text.contains("SUMMARY:Cut") && text.contains("LOCATION:Here"), "{text}");
    assert_eq!(story.objects().await, 1);
}

async fn different_fields_of_both_are_kept(story: Story) {
    let ours = story.promised(json!({"title": "Here"})).await;
    story.edit(name(&ours), |text| with(text, "LOCATION", "There")).await;
    story.later().await;
    let both = story.event(&ours["id"]).await;
    assert_eq!(
        (&both["title"], &both["location"], &both["sync"]["state"]),
        (&json!("Here"), &json!("There"), &json!("synced"))
    );
    let text = story.there("GET", name(&ours), "").await;
    assert!(
        text.contains("SUMMARY:Here") && text.contains("LOCATION:There"),
        "{text}"
    );
    assert_eq!(story.conflicts(&ours).await.len(), 0);
    assert_eq!(story.objects().await, 1);
}

async fn the_same_field_of_both_is_decided_by_the_clients_policy(story: Story) {
    for (policy, title, state) in [
        ("ours", "Here", "synced"),
        ("theirs", "There", "synced"),
        ("ask", "There", "conflict"),
    ] {
        story.policy(policy).await;
        let ours = story.promised(json!({"title": "Here"})).await;
        story.edit(name(&ours), |text| with(text, "SUMMARY", "There")).await;
        story.later().await;
        let now = story.event(&ours["id"]).await;
        let (said, how) = (&now["title"], &now["sync"]["state"]);
        assert_eq!((said, how), (&json!(title), &json!(state)), "{policy}");
        let text = story.there("GET", name(&ours), "").await;
        assert!(text.contains(&format!("SUMMARY:{title}")), "{policy}: {text}");
        let told = story.conflicts(&ours).await;
        assert_eq!((told.len(), &told[0]["fields"]), (1, &json!(["title"])), "{policy}");
        if policy == "ask" {
            story.resolve(&told[0], "mine").await;
            let text = story.there("GET", name(&ours), "").await;
            assert!(text.contains("SUMMARY:Here"), "{text}");
        }
    }
    assert_eq!(story.objects().await, 3);
}

async fn what_is_deleted_there_and_changed_here_is_decided_by_the_clients_policy(story: Story) {
    for (policy, shown) in [("theirs", 0), ("ask", 0), ("ours", 1)] {
        story.policy(policy).await;
        let ours = story.promised(json!({"title": "Here"})).await;
        story.there("DELETE", name(&ours), "").await;
        story.later().await;
        assert_eq!(story.shown().await.len(), shown, "{policy}");
        assert_eq!(story.objects().await, shown, "{policy}");
        if policy == "ask" {
            let told = story.conflicts(&ours).await;
            assert_eq!((told.len(), &told[0]["kind"]), (1, &json!("deleted_there")));
            story.resolve(&told[0], "mine").await;
            let back = story.shown().await;
            assert_eq!(
                (titles(&back), &back[0]["sync"]["state"]),
                (vec!["Here"], &json!("synced"))
            );
            assert_eq!(story.objects().await, 1);
            story.delete(&back[0]).await.ok(204);
        }
    }
    assert_eq!(titles(&story.shown().await), ["Here"]);
    assert_eq!(story.objects().await, 1);
}

async fn what_is_changed_there_and_deleted_here_is_decided_by_the_clients_policy(story: Story) {
    for (policy, shown) in [("ours", 0), ("ask", 1), ("theirs", 1)] {
        story.policy(policy).await;
        let made = story.create(haircut()).await;
        story.wire.be(Mode::Cut);
        story.delete(&made).await.ok(204);
        story.wire.be(Mode::Whole);
        story.edit(name(&made), |text| with(text, "SUMMARY", "There")).await;
        story.later().await;
        assert_eq!(titles(&story.shown().await), vec!["There"; shown], "{policy}");
        assert_eq!(story.objects().await, shown, "{policy}");
        if policy == "ask" {
            let told = story.conflicts(&made).await;
            assert_eq!((told.len(), &told[0]["kind"]), (1, &json!("deleted_here")));
            story.resolve(&told[0], "mine").await;
            assert_eq!((story.shown().await.len(), story.objects().await), (0, 0));
        }
    }
    assert_eq!(story.objects().await, 1);
}

/// Tuesdays at nine in Berlin, four times from 24 November 2026.
fn class() -> Value {
    let rule = "RRULE:FREQ=WEEKLY;COUNT=4";
    repeated("Class", "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule)
}

async fn an_occurrence_changed_there_stays_beside_one_changed_here(story: Story) {
    let series = story.create(class()).await;
    story.wire.be(Mode::Cut);
    let at = |key: &str| json!(format!("{}_{key}", series["id"].as_str().unwrap()));
    let second = story.event(&at("20261201T080000Z")).await;
    let here = story.patch(&second, "?scope=this", json!({"title": "Here"})).await;
    assert_eq!(here["sync"]["state"], "pending");
    story.wire.be(Mode::Whole);
    let other = |text: &str| {
        let uid = text.lines().find(|line| line.starts_with("UID:")).unwrap();
        let lines = format!(
            "BEGIN:VEVENT\r\n{uid}\r\nDTSTAMP:20261101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261208T090000\r\n\
             DTSTART;TZID=Europe/Berlin:20261208T140000\r\nDTEND;TZID=Europe/Berlin:20261208T150000\r\nSUMMARY:There\r\nEND:VEVENT\r\nEND:VCALENDAR"
        );
        text.replace("END:VCALENDAR", &lines)
    };
    story.edit(name(&series), other).await;
    story.later().await;
    let shown = story.shown().await;
    assert_eq!(titles(&shown), ["Class", "Here", "There", "Class"]);
    assert_eq!(starts(&shown)[2], "2026-12-08T13:00:00Z");
    let text = story.there("GET", name(&series), "").await;
    assert_eq!(text.matches("RECURRENCE-ID").count(), 2, "{text}");
    assert_eq!(story.conflicts(&second).await.len(), 0);
    assert_eq!(story.objects().await, 1);
}

async fn an_occurrence_taken_out_there_stays_out_when_the_series_is_changed_here(story: Story) {
    let series = story.create(class()).await;
    story.wire.be(Mode::Cut);
    let here = story.patch(&series, "?scope=all", json!({"title": "Here"})).await;
    assert_eq!(here["sync"]["state"], "pending");
    story.wire.be(Mode::Whole);
    story
        .edit(name(&series), |text| {
            with(text, "EXDATE;TZID=Europe/Berlin", "20261208T090000")
        })
        .await;
    story.later().await;
    let shown = story.shown().await;
    assert_eq!(titles(&shown), ["Here"; 3]);
    assert!(!starts(&shown).contains(&"2026-12-08T08:00:00Z"));
    assert_eq!(story.objects().await, 1);
}

async fn what_cannot_be_read_is_set_aside_and_its_neighbours_stay(story: Story) {
    let good = simple("good", "Good").replace("20270301T", "20270228T");
    story.there("PUT", "good.ics", &good).await;
    story.there("PUT", "soon.ics", &simple("soon", "Soon bad")).await;
    assert_eq!(titles(&story.shown().await), ["Good", "Soon bad"]);
    // Servers differ in what they refuse; each takes one of these.
    let bad = [
        "DTSTART:20271345T080000Z\r\nSUMMARY:Bad\r\n",
        "DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nRRULE:FREQ=SOMETIMES\r\nSUMMARY:Bad\r\n",
        "SUMMARY:Bad\r\n",
        "DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nRRULE:FREQ=YEARLY;BYMONTH=13\r\nSUMMARY:Bad\r\n",
        // A good time, and one that no clock of ours reaches.
        "DTSTART:99991231T230000Z\r\nSUMMARY:Bad\r\n",
    ];
    let path = format!("{}soon.ics", story.path);
    let mut answers = Vec::new();
    for lines in bad {
        let (status, said) = story.stranger.ask("PUT", &path, "0", &object("soon", lines)).await;
        answers.push((status, said));
        if status.is_success() {
            let health = story.sync().await;
            assert_eq!(health["malformed_count"], 1, "{lines} {health:#}");
            let aside = &health["malformed"][0];
            assert_eq!(aside["provider_event_id"], "soon.ics");
            assert_ne!(aside["reason"], "");
            assert!(aside["raw"].as_str().unwrap().contains("SUMMARY:Bad"), "{aside:#}");
            assert_eq!(titles(&story.shown().await), ["Good"], "{lines}");
        }
    }
    let taken = answers.iter().any(|(status, _)| status.is_success());
    assert!(taken, "this server refuses everything that cannot be read: {answers:?}");
    story.there("PUT", "soon.ics", &simple("soon", "Well again")).await;
    assert_eq!(titles(&story.shown().await), ["Good", "Well again"]);
    assert_eq!(story.sync().await["malformed_count"], 0);
    assert_eq!(story.objects().await, 2);
}

async fn what_is_stored_and_not_answered_is_stored_once(story: Story) {
    story.wire.be(Mode::Deaf);
    let made = story.create(haircut()).await;
    story.later().await;
    assert_eq!(
        (titles(&story.shown().await), story.objects().await),
        (vec!["Haircut"], 1)
    );
    let made = story.event(&made["id"]).await;
    story.wire.be(Mode::Deaf);
    story.patch(&made, "", json!({"title": "Here"})).await;
    // Somebody else writes over what they have read of ours.
    story.edit(name(&made), |text| with(text, "LOCATION", "There")).await;
    story.later().await;
    let both = story.event(&made["id"]).await;
    assert_eq!((&both["title"], &both["location"]), (&json!("Here"), &json!("There")));
    assert_eq!((story.conflicts(&made).await.len(), story.objects().await), (0, 1));
    story.wire.be(Mode::Deaf);
    story.delete(&both).await.ok(204);
    story.later().await;
    assert_eq!((story.shown().await.len(), story.objects().await), (0, 0));
}

async fn what_was_stored_unheard_and_is_deleted_here_is_gone_whatever_the_policy(story: Story) {
    for policy in ["ours", "ask", "theirs"] {
        story.policy(policy).await;
        story.wire.be(Mode::Breaks);
        let new = story.create(haircut()).await;
        story.delete(&new).await.ok(204);
        story.later().await;
        let old = story.create(haircut()).await;
        story.wire.be(Mode::Breaks);
        let old = story.patch(&old, "", json!({"title": "Here"})).await;
        story.delete(&old).await.ok(204);
        story.later().await;
        assert_eq!((story.shown().await.len(), story.objects().await), (0, 0), "{policy}");
        assert_eq!(
            story.conflicts(&new).await.len() + story.conflicts(&old).await.len(),
            0,
            "{policy}"
        );
    }
}

async fn what_was_stored_unheard_and_is_changed_before_it_is_heard_of_says_the_change(story: Story) {
    for policy in ["ours", "ask", "theirs"] {
        story.policy(policy).await;
        story.wire.be(Mode::Breaks);
        let new = story.create(haircut()).await;
        let new = story.patch(&new, "", json!({"title": "Here"})).await;
        story.later().await;
        let now = story.event(&new["id"]).await;
        assert_eq!(
            (&now["title"], &now["sync"]["state"]),
            (&json!("Here"), &json!("synced")),
            "{policy}"
        );
        let text = story.there("GET", name(&now), "").await;
        assert!(text.contains("SUMMARY:Here"), "{policy}: {text}");
        assert_eq!(
            (story.conflicts(&new).await.len(), story.objects().await),
            (0, 1),
            "{policy}"
        );
        story.delete(&now).await.ok(204);
    }
}
