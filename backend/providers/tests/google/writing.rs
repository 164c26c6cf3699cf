//! Creating, changing, deleting, moving and answering, beyond what every provider must do.

use domain::event::{Field, Notify, Response};
use providers::{CalendarProvider, Change, Error};
use serde_json::json;
use simulators::google::Effect;

use crate::{
    conformance::{at, change, day, guest, meeting, new, occurrence, only, whole},
    harness::{ALL_SCOPES, ANN, BO, Sim},
};

#[tokio::test]
async fn the_id_is_ours_and_says_where_the_event_comes_from() {
    let sim = Sim::start().await;
    let event = new(meeting("Ours"));
    let made = only(sim.google.create(&sim.calendar, &event).await.unwrap());
    assert_eq!(made.remote_id, format!("cs{}", event.key));
    let there = sim.control.event(&sim.calendar, &made.remote_id).unwrap();
    assert_eq!(there["extendedProperties"]["private"]["calendarStackerKey"], event.key);
    assert!(made.content.metadata.is_empty());
    assert!(made.raw.contains("calendarStackerKey"));
}

#[tokio::test]
async fn a_lost_answer_is_found_again_by_the_same_call() {
    let sim = Sim::start().await;
    sim.fault("events.insert", Effect::LoseAnswer);
    let made = only(sim.google.create(&sim.calendar, &new(meeting("Once"))).await.unwrap());
    assert_eq!(sim.titles(), ["Once"]);
    assert_eq!(sim.calls("events.insert").len(), 2);
    assert_eq!(made.content.title, "Once");
}

#[tokio::test]
async fn a_deleted_name_is_followed_by_its_next_generation() {
    let sim = Sim::start().await;
    let event = new(meeting("Phoenix"));
    for generation in ["", "g1", "g2"] {
        let made = only(sim.google.create(&sim.calendar, &event).await.unwrap());
        assert_eq!(made.remote_id, format!("cs{}{generation}", event.key));
        sim.control.delete_event(&sim.calendar, &made.remote_id).unwrap();
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_change_is_a_success() {
    let sim = Sim::start().await;
    let made = only(sim.google.create(&sim.calendar, &new(meeting("First"))).await.unwrap());
    let mut after = made.content.clone();
    after.title = "Second".into();
    after.attendees = vec![guest(BO)];
    let change = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    sim.fault("events.patch", Effect::LoseAnswer);
    let answer = only(
        sim.google
            .update(&sim.calendar, &whole(&made.remote_id), &change)
            .await
            .unwrap(),
    );
    assert_eq!(answer.content.title, "Second");
    assert_ne!(answer.etag, made.etag);
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_or_a_move_is_a_success() {
    let sim = Sim::start().await;
    let gone = only(sim.google.create(&sim.calendar, &new(meeting("Gone"))).await.unwrap());
    sim.fault("events.delete", Effect::LoseAnswer);
    let target = whole(&gone.remote_id);
    sim.google
        .delete(&sim.calendar, &target, gone.etag.as_deref(), Notify::None)
        .await
        .unwrap();

    let moved = only(sim.google.create(&sim.calendar, &new(meeting("Moved"))).await.unwrap());
    sim.fault("events.move", Effect::LoseAnswer);
    let there = only(
        sim.google
            .move_event(&sim.calendar, &moved.remote_id, &sim.other, Notify::None)
            .await
            .unwrap(),
    );
    assert_eq!(there.content.title, "Moved");
    assert!(sim.titles().is_empty());
}

#[tokio::test]
async fn guests_keep_the_answers_they_gave_in_google() {
    let sim = Sim::start().await;
    let mut content = meeting("Party");
    content.attendees = vec![guest(BO), guest("cy@example.org")];
    let made = only(sim.google.create(&sim.calendar, &new(content)).await.unwrap());
    sim.control
        .answer(&sim.calendar, &made.remote_id, BO, "accepted")
        .unwrap();
    let mut after = made.content.clone();
    after.attendees.retain(|a| a.email != "cy@example.org");
    after.attendees.push(guest("di@example.org"));
    let answer = sim
        .google
        .update(&sim.calendar, &whole(&made.remote_id), &change(&made.content, after))
        .await
        .unwrap();
    let guests: Vec<_> = only(answer)
        .content
        .attendees
        .into_iter()
        .map(|a| (a.email, a.response))
        .collect();
    assert!(guests.contains(&(BO.to_owned(), Response::Accepted)), "{guests:?}");
    assert!(guests.iter().all(|(email, _)| email != "cy@example.org"), "{guests:?}");
}

#[tokio::test]
async fn a_change_made_on_a_reading_of_our_own_survives_a_race() {
    let sim = Sim::start().await;
    let made = only(sim.google.create(&sim.calendar, &new(meeting("Race"))).await.unwrap());
    let mut after = made.content.clone();
    after.metadata.insert("external_id".into(), "7".into());
    // The first attempt meets a 412, as if somebody had written between our reading and our writing.
    sim.fault(
        "events.patch",
        Effect::Status {
            status: 412,
            retry_after: None,
        },
    );
    let answer = sim
        .google
        .update(&sim.calendar, &whole(&made.remote_id), &change(&made.content, after))
        .await
        .unwrap();
    assert_eq!(only(answer).content.metadata["external_id"], "7");
    assert_eq!(sim.calls("events.patch").len(), 2);
}

#[tokio::test]
async fn only_those_are_mailed_whom_the_caller_names() {
    let sim = Sim::start().await;
    let mut content = meeting("Party");
    content.attendees = vec![guest(BO)];
    let quiet = new(content.clone());
    sim.google.create(&sim.calendar, &quiet).await.unwrap();
    assert!(sim.control.mails().is_empty(), "{:?}", sim.control.mails());
    let mut loud = new(content);
    loud.notify = Notify::All;
    sim.google.create(&sim.calendar, &loud).await.unwrap();
    assert_eq!(sim.control.mails().len(), 1);
}

#[tokio::test]
async fn an_invitation_is_answered_without_touching_the_other_guests() {
    let sim = Sim::start().await;
    let body = json!({
        "summary": "Party",
        "start": { "dateTime": "2027-03-01T19:00:00+01:00" },
        "end": { "dateTime": "2027-03-01T23:00:00+01:00" },
        "attendees": [{ "email": BO }, { "email": "cy@example.org" }]
    });
    let made = sim.control.insert_event(ANN, &body).unwrap();
    sim.control
        .answer(ANN, made["id"].as_str().unwrap(), "cy@example.org", "declined")
        .unwrap();
    let bo = sim.client(BO, &ALL_SCOPES);
    let his = only(bo.changes("primary", None).await.unwrap().batch);
    let target = whole(&his.remote_id);
    let answer = bo
        .respond("primary", &target, Response::Tentative, Notify::None)
        .await
        .unwrap();
    let answers: Vec<_> = only(answer)
        .content
        .attendees
        .into_iter()
        .map(|a| (a.email, a.response))
        .collect();
    assert!(answers.contains(&(BO.to_owned(), Response::Tentative)), "{answers:?}");
    assert!(
        answers.contains(&("cy@example.org".to_owned(), Response::Declined)),
        "{answers:?}"
    );
    let before = sim.calls("events.patch").len();
    bo.respond("primary", &target, Response::Tentative, Notify::None)
        .await
        .unwrap();
    assert_eq!(
        sim.calls("events.patch").len(),
        before,
        "the same answer again is not written"
    );
}

#[tokio::test]
async fn an_event_without_an_invitation_cannot_be_answered() {
    let sim = Sim::start().await;
    let made = only(sim.google.create(&sim.calendar, &new(meeting("Alone"))).await.unwrap());
    let refused = sim
        .google
        .respond(&sim.calendar, &whole(&made.remote_id), Response::Accepted, Notify::None)
        .await;
    assert!(
        matches!(refused, Err(Error::Rejected { ref code, .. }) if code == "not_invited"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_occurrence_is_refused_to_those_who_know_an_older_version() {
    let sim = Sim::start().await;
    let mut content = meeting("Series");
    content.recurrence = vec!["RRULE:FREQ=DAILY;COUNT=5".into()];
    let made = only(sim.google.create(&sim.calendar, &new(content)).await.unwrap());
    let original = at("2027-03-03T09:00:00");
    let target = occurrence(&made.remote_id, original.clone());
    let mut before = made.content.clone();
    (before.start, before.end, before.recurrence) = (original, at("2027-03-03T10:00:00"), vec![]);
    let mut after = before.clone();
    after.title = "Special".into();
    // Known by its master's version while it has no override,
    let first = Change {
        etag: made.etag.clone(),
        ..change(&before, after.clone())
    };
    let first = only(sim.google.update(&sim.calendar, &target, &first).await.unwrap());
    // and by its own afterwards.
    after.title = "More special".into();
    let second = Change {
        etag: first.etag.clone(),
        ..change(&before, after.clone())
    };
    sim.google.update(&sim.calendar, &target, &second).await.unwrap();
    after.title = "Too late".into();
    let third = Change {
        etag: first.etag.clone(),
        ..change(&before, after)
    };
    let refused = sim.google.update(&sim.calendar, &target, &third).await;
    assert!(matches!(refused, Err(Error::Changed)), "{refused:?}");
    let refused = sim
        .google
        .delete(&sim.calendar, &target, first.etag.as_deref(), Notify::None)
        .await;
    assert!(matches!(refused, Err(Error::Changed)), "{refused:?}");
}

#[tokio::test]
async fn a_moment_that_is_no_occurrence_is_not_found() {
    let sim = Sim::start().await;
    let mut content = meeting("Series");
    content.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=5".into()];
    let made = only(sim.google.create(&sim.calendar, &new(content.clone())).await.unwrap());
    for stranger in [at("2027-03-02T09:00:00"), day("2027-03-01")] {
        let target = occurrence(&made.remote_id, stranger);
        let mut after = made.content.clone();
        after.title = "Nowhere".into();
        let answer = sim
            .google
            .update(&sim.calendar, &target, &change(&made.content, after))
            .await;
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }
}

#[tokio::test]
async fn reminders_colours_and_rules_can_be_set_and_cleared() {
    let sim = Sim::start().await;
    let mut content = meeting("Plain");
    content.colour = Some("5".into());
    content.reminders.overrides = vec![domain::event::Reminder {
        method: domain::event::ReminderMethod::Email,
        minutes: 60,
    }];
    content.recurrence = vec!["RRULE:FREQ=DAILY;COUNT=3".into()];
    let made = only(sim.google.create(&sim.calendar, &new(content.clone())).await.unwrap());
    assert!(
        content.changed(&made.content).is_empty(),
        "{:?}",
        content.changed(&made.content)
    );
    let mut after = made.content.clone();
    after.colour = None;
    after.reminders = domain::event::Reminders::default();
    after.recurrence = vec![];
    let answer = sim
        .google
        .update(
            &sim.calendar,
            &whole(&made.remote_id),
            &change(&made.content, after.clone()),
        )
        .await;
    let answer = only(answer.unwrap());
    assert!(after.changed(&answer.content).is_empty(), "{:?}", answer.content);
}

#[tokio::test]
async fn a_patch_without_a_change_asks_and_writes_nothing() {
    let sim = Sim::start().await;
    let made = only(sim.google.create(&sim.calendar, &new(meeting("Same"))).await.unwrap());
    let same = change(&made.content, made.content.clone());
    assert_eq!(
        only(
            sim.google
                .update(&sim.calendar, &whole(&made.remote_id), &same)
                .await
                .unwrap()
        ),
        made
    );
    assert!(sim.calls("events.patch").is_empty());
}

#[tokio::test]
async fn a_reader_is_told_that_he_may_not_write() {
    let sim = Sim::start().await;
    sim.control
        .share(&sim.calendar, BO, Some(simulators::google::Role::Reader))
        .unwrap();
    let bo = sim.client(BO, &ALL_SCOPES);
    let refused = bo.create(&sim.calendar, &new(meeting("Graffiti"))).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { ref code, .. }) if code == "read_only"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_google_refuses_is_told_in_its_words() {
    let sim = Sim::start().await;
    let mut content = meeting("Backwards");
    content.end = at("2027-03-01T08:00:00");
    let refused = sim.google.create(&sim.calendar, &new(content)).await;
    assert!(
        matches!(refused, Err(Error::Rejected { ref code, status: Some(400), .. }) if code == "timeRangeEmpty"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_calendar_is_made_with_its_colour() {
    let sim = Sim::start().await;
    let new = domain::calendar::NewCalendar {
        key: "k".into(),
        name: "Fresh".into(),
        description: Some("For tests".into()),
        time_zone: "America/New_York".into(),
        colour: Some("#1a237e".into()),
    };
    let made = sim.google.create_calendar(&new).await.unwrap();
    assert_eq!((made.name.as_str(), made.colour.as_deref()), ("Fresh", Some("#1a237e")));
    assert_eq!(made.time_zone.as_deref(), Some("America/New_York"));
    assert!(made.access_role.can_write() && !made.primary);
    assert!(sim.google.calendars().await.unwrap().contains(&made));
    assert!(!json!(sim.calls("calendars.insert")[0].body).is_null());
}

#[tokio::test]
async fn a_change_names_its_fields_and_nothing_else() {
    let sim = Sim::start().await;
    let made = only(sim.google.create(&sim.calendar, &new(meeting("Before"))).await.unwrap());
    let mut after = made.content.clone();
    after.title = "After".into();
    let change = change(&made.content, after);
    assert_eq!(change.fields.iter().collect::<Vec<_>>(), [&Field::Title]);
    sim.google
        .update(&sim.calendar, &whole(&made.remote_id), &change)
        .await
        .unwrap();
    let sent = &sim.calls("events.patch")[0];
    assert_eq!(sent.body, Some(json!({ "summary": "After" })));
}
