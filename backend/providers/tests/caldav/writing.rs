//! Writes over a connection that breaks, under conditions, and to series.

use domain::event::{Field, Notify, Reminder, ReminderMethod, Response};
use providers::{CalendarProvider, Change, Error};

use crate::{
    conformance::{ZONE, at, change, guest, meeting, new, occurrence, only, whole},
    harness::Place,
    syncing::{object, simple},
};

#[tokio::test]
async fn a_new_event_is_written_under_a_name_of_ours_that_nobody_has() {
    let place = Place::with(&[]).await;
    let event = new(meeting("New"));
    let made = only(place.caldav.create(&place.calendar, &event).await.unwrap());
    assert_eq!(made.remote_id, format!("{}.ics", event.key));
    let puts = place.person.proxy.calls("PUT");
    assert_eq!(puts[0].header("if-none-match"), Some("*"));
    let text = puts[0].text();
    assert!(text.contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_not_theirs_to_lose() {
    let place = Place::with(&[]).await;
    let event = new(meeting("Ours"));
    place
        .put(&format!("{}.ics", event.key), &simple("somebody-elses", "Theirs"))
        .await;
    let made = only(place.caldav.create(&place.calendar, &event).await.unwrap());
    let again = only(place.caldav.create(&place.calendar, &event).await.unwrap());
    assert_eq!(made.remote_id, again.remote_id);
    let (all, _) = place.changes(None).await;
    let mut titles: Vec<_> = all.upserts.iter().map(|e| e.content.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Ours", "Theirs"]);
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_no_conflict() {
    let place = Place::with(&[]).await;
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(meeting("Before")))
            .await
            .unwrap(),
    );
    let mut after = made.content.clone();
    after.title = "After".into();
    let change = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    place.person.proxy.lose_next_answer();
    let batch = place
        .caldav
        .update(&place.calendar, &whole(&made.remote_id), &change)
        .await
        .unwrap();
    assert_eq!(only(batch).content.title, "After");
    assert_eq!(
        place.person.proxy.calls("PUT").last().unwrap().header("if-match"),
        made.etag.as_deref()
    );
}

#[tokio::test]
async fn an_edit_by_somebody_else_is_not_overwritten() {
    let place = Place::with(&[]).await;
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(meeting("Before")))
            .await
            .unwrap(),
    );
    let theirs = place
        .text(&made.remote_id)
        .await
        .replace("SUMMARY:Before", "SUMMARY:Theirs");
    place.put(&made.remote_id, &theirs).await;
    let mut after = made.content.clone();
    after.title = "Ours".into();
    let change = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    let answer = place
        .caldav
        .update(&place.calendar, &whole(&made.remote_id), &change)
        .await;
    assert!(matches!(answer, Err(Error::Changed)), "{answer:?}");
    let answer = place
        .caldav
        .delete(
            &place.calendar,
            &whole(&made.remote_id),
            made.etag.as_deref(),
            Notify::None,
        )
        .await;
    assert!(matches!(answer, Err(Error::Changed)), "{answer:?}");
    assert!(place.text(&made.remote_id).await.contains("SUMMARY:Theirs"));
}

#[tokio::test]
async fn an_event_that_is_gone_cannot_be_changed() {
    let place = Place::with(&[]).await;
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(meeting("Gone")))
            .await
            .unwrap(),
    );
    place.delete(&made.remote_id).await;
    let mut after = made.content.clone();
    after.title = "Late".into();
    let answer = place
        .caldav
        .update(&place.calendar, &whole(&made.remote_id), &change(&made.content, after))
        .await;
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    for odd in ["../x.ics", "a/b.ics", "", "..", "%2e%2e"] {
        let answer = place.caldav.event(&place.calendar, odd).await;
        assert!(answer.is_err(), "{odd} {answer:?}");
    }
}

#[tokio::test]
async fn everything_an_event_can_say_comes_back() {
    let place = Place::with(&[]).await;
    let mut content = meeting("Title; with, \\ everything");
    content.description = Some("Two\nlines, a;b\\c and 漢字 ".trim_end().into());
    content.location = Some("Room \"4\"; 2nd floor".into());
    content.attendees = vec![guest("bo@example.org")];
    content.attendees[0].name = Some("Bo, the \"second\"".replace('"', "'"));
    content.attendees[0].optional = true;
    content.reminders.overrides = vec![
        Reminder {
            method: ReminderMethod::Popup,
            minutes: 10,
        },
        Reminder {
            method: ReminderMethod::Email,
            minutes: 1440,
        },
    ];
    content.visibility = domain::event::Visibility::Private;
    content.transparency = domain::event::Transparency::Free;
    content.status = domain::event::EventStatus::Tentative;
    content.colour = Some("turquoise".into());
    content.metadata = [("external_id".to_owned(), "a;b,c\\d\n\"e\"".to_owned())].into();
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(content.clone()))
            .await
            .unwrap(),
    );
    let differs = content.changed(&made.content);
    assert!(differs.is_empty(), "{differs:?}\n{:?}\n{:?}", content, made.content);
}

#[tokio::test]
async fn an_answer_to_an_invitation_changes_only_the_own_answer() {
    let place = Place::with(&[]).await;
    let own = &place.person.username;
    let text = object(
        "invitation",
        &format!(
            "DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nSUMMARY:Invitation\r\nSEQUENCE:3\r\nORGANIZER:mailto:boss@example.org\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;X-OWN=1:mailto:{}\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:bo@example.org\r\n",
            own.to_uppercase()
        ),
    );
    place.put("invitation.ics", &text).await;
    let answer = place
        .caldav
        .respond(
            &place.calendar,
            &whole("invitation.ics"),
            Response::Accepted,
            Notify::None,
        )
        .await;
    let event = only(answer.unwrap());
    let answers: Vec<_> = event
        .content
        .attendees
        .iter()
        .map(|a| (a.response, a.is_self))
        .collect();
    assert_eq!(answers, [(Response::Accepted, true), (Response::Tentative, false)]);
    let text = place.text("invitation.ics").await;
    assert!(text.contains("X-OWN=1") && text.contains("SEQUENCE:3"), "{text}");
    place.put("not-mine.ics", &simple("not-mine", "Not mine")).await;
    let answer = place
        .caldav
        .respond(
            &place.calendar,
            &whole("not-mine.ics"),
            Response::Accepted,
            Notify::None,
        )
        .await;
    assert!(
        matches!(&answer, Err(Error::Rejected { code, .. }) if code == "not_invited"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn overrides_follow_a_series_that_moves_and_go_with_the_occurrences_it_loses() {
    let place = Place::with(&[]).await;
    let mut content = meeting("Weekly");
    (content.start, content.end) = (at("2027-03-15T09:00:00"), at("2027-03-15T10:00:00"));
    content.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=6".into()];
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(content.clone()))
            .await
            .unwrap(),
    );
    for (day, title) in [("2027-03-22", "Second"), ("2027-04-12", "Fifth")] {
        let original = at(&format!("{day}T09:00:00"));
        let mut before = content.clone();
        (before.start, before.end, before.recurrence) = (original.clone(), at(&format!("{day}T10:00:00")), vec![]);
        let mut after = before.clone();
        after.title = title.into();
        let target = occurrence(&made.remote_id, original);
        place
            .caldav
            .update(&place.calendar, &target, &change(&before, after))
            .await
            .unwrap();
    }
    let mut after = content.clone();
    (after.start, after.end) = (at("2027-03-15T11:00:00"), at("2027-03-15T12:00:00"));
    after.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=3".into()];
    let batch = place
        .caldav
        .update(&place.calendar, &whole(&made.remote_id), &change(&content, after))
        .await
        .unwrap();
    let [_, second] = batch.upserts.as_slice() else {
        panic!("{batch:?}")
    };
    assert_eq!(
        (second.content.title.as_str(), &second.original_start),
        ("Second", &Some(at("2027-03-22T11:00:00")))
    );
    assert_eq!(batch.complete_series, [made.remote_id]);
}

#[tokio::test]
async fn a_field_that_is_not_named_is_not_written() {
    let place = Place::with(&[]).await;
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(meeting("Before")))
            .await
            .unwrap(),
    );
    let mut after = made.content.clone();
    after.title = "After".into();
    after.location = Some("Not asked for".into());
    let change = Change {
        content: after,
        fields: [Field::Title].into(),
        etag: made.etag,
        calendar_zone: ZONE.into(),
        notify: Notify::None,
    };
    let batch = place
        .caldav
        .update(&place.calendar, &whole(&made.remote_id), &change)
        .await
        .unwrap();
    let event = only(batch);
    assert_eq!((event.content.title.as_str(), event.content.location), ("After", None));
}
