//! What is special about writing to Outlook.

use std::collections::BTreeSet;

use domain::{
    event::{EventContent, EventStatus, Field, Notify, Reminder, ReminderMethod, Response, Transparency},
    time::EventTime,
};
use providers::{Batch, CalendarProvider as _, Change, Error, NewEvent};
use serde_json::json;
use simulators::microsoft::{Effect, Fault};

use crate::{
    conformance::{Peer, at, change, guest, meeting, new, occurrence, whole},
    harness::{ANN, Sim},
};

async fn create(sim: &Sim, content: EventContent) -> domain::event::RemoteEvent {
    (sim as &dyn Peer).create(content).await
}

fn weekly(lines: &[&str]) -> EventContent {
    let mut content = meeting("Stand-up");
    (content.start, content.end) = (at("2027-03-15T09:00:00"), at("2027-03-15T10:00:00"));
    content.recurrence = lines.iter().map(|line| (*line).to_owned()).collect();
    content
}

/// The days of a batch that are taken out, sorted.
fn out(batch: &Batch) -> Vec<String> {
    let gone = batch
        .upserts
        .iter()
        .filter(|e| e.content.status == EventStatus::Cancelled);
    let mut days: Vec<_> = gone
        .map(|e| e.original_start.as_ref().unwrap().local().date().to_string())
        .collect();
    days.sort();
    days
}

fn naming(fields: &[Field], content: EventContent) -> Change {
    Change {
        content,
        fields: fields.iter().copied().collect(),
        etag: None,
        calendar_zone: "Europe/Berlin".into(),
        notify: Notify::None,
    }
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Rejected { detail, .. }) => detail,
        other => panic!("expected a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn every_call_wishes_for_immutable_ids_and_utc() {
    let sim = Sim::start();
    let made = create(&sim, meeting("One")).await;
    sim.microsoft.calendars().await.unwrap();
    sim.microsoft
        .delete(
            &sim.calendar,
            &whole(&made.remote_id),
            made.etag.as_deref(),
            Notify::None,
        )
        .await
        .unwrap();
    let journal = sim.control.journal();
    assert!(journal.len() >= 5);
    assert!(
        journal.iter().any(|call| call.query.contains("%20eq%20")),
        "blanks as OData wants them"
    );
    assert!(journal.iter().all(|call| !call.query.contains('+')));
    for call in journal {
        let wishes = call
            .headers
            .iter()
            .find(|(name, _)| name == "prefer")
            .map(|(_, value)| value.as_str());
        let wishes = wishes.unwrap_or_default();
        assert!(
            wishes.contains("IdType=\"ImmutableId\""),
            "{}: {wishes}",
            call.operation
        );
        assert!(
            wishes.contains("outlook.timezone=\"UTC\""),
            "{}: {wishes}",
            call.operation
        );
    }
}

#[tokio::test]
async fn dates_taken_out_of_a_series_are_deleted_one_by_one_and_once() {
    let sim = Sim::start();
    let content = weekly(&["RRULE:FREQ=WEEKLY;COUNT=6", "EXDATE:20270322T080000Z,20270329T070000Z"]);
    let event = new(content);
    // The process dies after the series was made: the second call finds it and does the rest.
    sim.control.fault(Fault::once(
        "graph.events.instances",
        Effect::Status {
            status: 400,
            retry_after: None,
        },
    ));
    sim.microsoft.create(&sim.calendar, &event).await.unwrap_err();
    for _ in 0..2 {
        let batch = sim.microsoft.create(&sim.calendar, &event).await.unwrap();
        assert_eq!(out(&batch), ["2027-03-22", "2027-03-29"]);
        let master = batch.upserts.iter().find(|e| e.series.is_none()).unwrap();
        assert_eq!(master.content.recurrence, ["RRULE:FREQ=WEEKLY;COUNT=6"]);
    }
    assert_eq!(sim.control.events(&sim.calendar).unwrap().len(), 1);
    assert_eq!(sim.control.calls("graph.events.delete").len(), 2);
}

#[tokio::test]
async fn a_new_rule_brings_its_dates_along() {
    let sim = Sim::start();
    let made = create(&sim, weekly(&["RRULE:FREQ=WEEKLY;COUNT=6"])).await;
    let mut after = made.content.clone();
    after.recurrence = vec![
        "RRULE:FREQ=WEEKLY;COUNT=4".into(),
        "EXDATE;TZID=Europe/Berlin:20270329T090000".into(),
    ];
    let batch = sim
        .microsoft
        .update(&sim.calendar, &whole(&made.remote_id), &change(&made.content, after))
        .await
        .unwrap();
    assert_eq!(out(&batch), ["2027-03-29"]);
}

#[tokio::test]
async fn what_outlook_cannot_keep_is_refused_before_anything_is_sent() {
    let sim = Sim::start();
    let refused = async |content: EventContent| {
        let detail = reason(sim.microsoft.create(&sim.calendar, &new(content)).await);
        assert!(sim.control.calls("graph.events.create").is_empty(), "{detail}");
        detail
    };
    let with = |edit: fn(&mut EventContent)| {
        let mut content = meeting("Strange");
        edit(&mut content);
        content
    };
    assert!(refused(weekly(&["RRULE:FREQ=HOURLY"])).await.contains("hourly"));
    assert!(
        refused(weekly(&["RRULE:FREQ=WEEKLY", "RDATE:20270316T080000Z"]))
            .await
            .contains("one rule")
    );
    assert!(
        refused(with(|c| c.colour = Some("5".into())))
            .await
            .contains("categories")
    );
    let free = with(|c| (c.status, c.transparency) = (EventStatus::Tentative, Transparency::Free));
    assert!(refused(free).await.contains("tentative"));
    let reminded = with(|c| {
        let one = |minutes| Reminder {
            method: ReminderMethod::Popup,
            minutes,
        };
        c.reminders.overrides = vec![one(5), one(60)];
    });
    assert!(refused(reminded).await.contains("one reminder"));
    // A change that does not touch what cannot be kept is none of its business.
    let made = create(&sim, meeting("Plain")).await;
    let mut after = made.content.clone();
    (after.title, after.colour) = ("Plainer".into(), Some("5".into()));
    sim.microsoft
        .update(&sim.calendar, &whole(&made.remote_id), &naming(&[Field::Title], after))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_description_does_not_end_the_online_meeting() {
    let sim = Sim::start();
    let time = |at: &str| json!({"dateTime": at, "timeZone": "Europe/Berlin"});
    let event = json!({
        "subject": "Call", "start": time("2027-03-01T09:00:00"), "end": time("2027-03-01T10:00:00"),
        "body": {"contentType": "text", "content": "Agenda"}, "isOnlineMeeting": true,
    });
    let made = sim.control.insert_event(&sim.calendar, &event).unwrap();
    let id = sim.control.immutable_id(made["id"].as_str().unwrap()).unwrap();
    let read = (&sim as &dyn Peer).read(&id).await;
    assert_eq!(read.content.description.as_deref(), Some("Agenda"));
    let join = read.content.conference.clone().unwrap();
    let mut after = read.content.clone();
    after.description = Some("Agenda <2>\nand more".into());
    let batch = sim
        .microsoft
        .update(&sim.calendar, &whole(&id), &change(&read.content, after.clone()))
        .await
        .unwrap();
    let now = &batch.upserts[0].content;
    assert!(read.content.changed(now).contains(&Field::Description));
    assert_eq!(now.conference, Some(join), "it can still be joined");
    assert!(now.description.as_deref().unwrap().contains("Agenda <2>"), "{now:?}");
}

#[tokio::test]
async fn a_room_stays_a_room_when_a_guest_is_added() {
    let sim = Sim::start();
    let time = |at: &str| json!({"dateTime": at, "timeZone": "Europe/Berlin"});
    let room = json!({"emailAddress": {"address": "birch@example.com", "name": "Room Birch"}, "type": "resource"});
    let event = json!({
        "subject": "Meeting", "start": time("2027-03-01T09:00:00"), "end": time("2027-03-01T10:00:00"), "attendees": [room],
    });
    let made = sim.control.insert_event(&sim.calendar, &event).unwrap();
    let id = sim.control.immutable_id(made["id"].as_str().unwrap()).unwrap();
    let read = (&sim as &dyn Peer).read(&id).await;
    let mut after = read.content.clone();
    after.attendees.push(guest("bo@example.com"));
    sim.microsoft
        .update(&sim.calendar, &whole(&id), &change(&read.content, after))
        .await
        .unwrap();
    let now = sim.control.event(&id).unwrap();
    let kinds: Vec<_> = now["attendees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["type"])
        .collect();
    assert_eq!(kinds, ["resource", "required"]);
    assert_eq!(now["attendees"][0]["emailAddress"]["name"], "Room Birch");
}

#[tokio::test]
async fn guests_are_not_mentioned_in_a_change_of_something_else() {
    let sim = Sim::start();
    let mut content = meeting("Party");
    content.attendees = vec![guest("bo@example.com")];
    let made = create(&sim, content).await;
    let mut after = made.content.clone();
    after.location = Some("Garden".into());
    sim.microsoft
        .update(&sim.calendar, &whole(&made.remote_id), &change(&made.content, after))
        .await
        .unwrap();
    let sent = sim.control.calls("graph.events.update").remove(0).body.unwrap();
    assert_eq!(sent.as_object().unwrap().keys().collect::<Vec<_>>(), ["location"]);
}

#[tokio::test]
async fn an_occurrence_is_refused_to_those_who_know_an_older_version() {
    let sim = Sim::start();
    let made = create(&sim, weekly(&["RRULE:FREQ=WEEKLY;COUNT=6"])).await;
    let original = at("2027-03-22T09:00:00");
    let mut before = made.content.clone();
    (before.start, before.end, before.recurrence) = (original.clone(), at("2027-03-22T10:00:00"), vec![]);
    let target = occurrence(&made.remote_id, original);
    let titled = |title: &str, etag: Option<String>| {
        let mut after = before.clone();
        after.title = title.into();
        Change {
            etag,
            ..change(&before, after)
        }
    };
    // Known by its master's version.
    sim.microsoft
        .update(&sim.calendar, &target, &titled("First", made.etag.clone()))
        .await
        .unwrap();
    let late = sim
        .microsoft
        .update(&sim.calendar, &target, &titled("Second", made.etag.clone()))
        .await;
    assert!(matches!(late, Err(Error::Changed)), "{late:?}");
    let late = sim
        .microsoft
        .delete(&sim.calendar, &target, made.etag.as_deref(), Notify::None)
        .await;
    assert!(matches!(late, Err(Error::Changed)), "{late:?}");
    let never = occurrence(&made.remote_id, at("2027-03-23T09:00:00"));
    let answer = sim
        .microsoft
        .update(&sim.calendar, &never, &titled("Nowhere", None))
        .await;
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
}

#[tokio::test]
async fn a_declined_meeting_leaves_the_calendar_also_when_the_answer_is_lost() {
    let sim = Sim::start();
    let (home, id) = sim.be_invited().await;
    sim.control
        .fault(Fault::once("graph.events.decline", Effect::LoseAnswer));
    let batch = sim
        .microsoft
        .respond(&home, &whole(&id), Response::Declined, Notify::All)
        .await
        .unwrap();
    assert_eq!(batch.removed, [id]);
    assert_eq!(
        sim.control.mails().iter().filter(|mail| mail.kind == "reply").count(),
        1
    );
}

#[tokio::test]
async fn who_is_invited_by_another_address_of_theirs_is_known_as_oneself() {
    let sim = Sim::start();
    sim.control.add_alias(ANN, "Ann.Before@example.com").unwrap();
    let time = |at: &str| json!({"dateTime": at, "timeZone": "W. Europe Standard Time"});
    let invitation = json!({
        "subject": "Come",
        "start": time("2027-03-01T09:00:00"),
        "end": time("2027-03-01T10:00:00"),
        "attendees": [{"emailAddress": {"address": "ann.before@example.com"}, "type": "required"}],
    });
    let from = sim.control.default_calendar("bo@example.com").unwrap();
    sim.control.insert_event(&from, &invitation).unwrap();
    let home = sim.control.default_calendar(ANN).unwrap();
    let page = sim.microsoft.changes(&home, None).await.unwrap();
    let [event] = page.batch.upserts.as_slice() else {
        panic!("one invitation: {page:?}")
    };
    assert!(event.content.attendees[0].is_self, "{event:?}");
    let batch = sim
        .microsoft
        .respond(&home, &whole(&event.remote_id), Response::Accepted, Notify::All)
        .await
        .unwrap();
    assert_eq!(batch.upserts[0].content.attendees[0].response, Response::Accepted);
    let told = sim.control.events(&from).unwrap().remove(0);
    assert_eq!(told["attendees"][0]["status"]["response"], "accepted");
}

#[tokio::test]
async fn a_name_that_was_spent_in_another_calendar_gets_a_new_generation() {
    let sim = Sim::start();
    let event: NewEvent = new(meeting("Wanderer"));
    sim.microsoft.create(sim.other_calendar(), &event).await.unwrap();
    let batch = sim.microsoft.create(&sim.calendar, &event).await.unwrap();
    assert_eq!(sim.control.events(&sim.calendar).unwrap().len(), 1);
    let again = sim.microsoft.create(&sim.calendar, &event).await.unwrap();
    assert_eq!(batch.upserts[0].remote_id, again.upserts[0].remote_id);
}

#[tokio::test]
async fn what_was_made_and_not_heard_of_is_deleted_by_the_name_we_had_for_it() {
    let sim = Sim::start();
    let event: NewEvent = new(meeting("Unheard"));
    sim.microsoft.create(&sim.calendar, &event).await.unwrap();
    let ours = whole(&providers::event_name("microsoft", &event.key));
    for _ in 0..2 {
        let batch = sim
            .microsoft
            .delete(&sim.calendar, &ours, None, Notify::None)
            .await
            .unwrap();
        assert_eq!(batch.removed, std::slice::from_ref(&ours.remote_id));
        assert!(sim.control.events(&sim.calendar).unwrap().is_empty());
    }
    let change = naming(&[Field::Title], meeting("New"));
    let answer = sim.microsoft.update(&sim.calendar, &ours, &change).await;
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
}

#[tokio::test]
async fn an_empty_change_and_one_of_nothing_we_can_write_send_nothing() {
    let sim = Sim::start();
    let made = create(&sim, meeting("Same")).await;
    let none: BTreeSet<Field> = BTreeSet::new();
    let change = Change {
        fields: none,
        ..naming(&[], made.content.clone())
    };
    let batch = sim
        .microsoft
        .update(&sim.calendar, &whole(&made.remote_id), &change)
        .await
        .unwrap();
    assert_eq!(batch.upserts[0].etag, made.etag);
    assert!(sim.control.calls("graph.events.update").is_empty());
}

#[tokio::test]
async fn a_calendar_one_may_only_look_at_says_so() {
    let sim = Sim::start();
    let calendar = sim
        .control
        .add_calendar(crate::harness::ANN, "Holidays", false)
        .unwrap();
    let answer = sim.microsoft.create(&calendar, &new(meeting("Mine"))).await;
    assert!(
        matches!(&answer, Err(Error::Forbidden { code, .. }) if code == "read_only"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn whole_days_of_a_series_are_named_by_their_day() {
    let sim = Sim::start();
    let day = |text: &str| EventTime::Date {
        date: text.parse().unwrap(),
    };
    let mut content = weekly(&["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;VALUE=DATE:20270329"]);
    (content.start, content.end) = (day("2027-03-15"), day("2027-03-16"));
    let batch = sim.microsoft.create(&sim.calendar, &new(content)).await.unwrap();
    assert_eq!(out(&batch), ["2027-03-29"]);
}
