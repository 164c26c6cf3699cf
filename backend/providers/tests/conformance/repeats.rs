//! Every form in which events repeat: it comes back as it was, or it is refused and nothing is made.

use std::collections::BTreeSet;

use domain::{
    event::{EventContent, EventStatus},
    recurrence::Series,
    time::EventTime,
};
use providers::Error;

use super::{Peer, ZONE, at, meeting, new};

/// How many dates are compared.
const DATES: usize = 15;

fn repeating(first: &str, lines: &[&str]) -> EventContent {
    let mut content = meeting("Again");
    (content.start, content.end) = (at(&format!("{first}:00:00")), at(&format!("{first}:45:00")));
    content.recurrence = lines.iter().map(|line| (*line).to_owned()).collect();
    content
}

/// The first dates of a series.
fn dates(content: &EventContent) -> Vec<String> {
    let series = Series::new(&content.start, &content.end, &content.recurrence, ZONE).unwrap();
    series.first(DATES).unwrap().into_iter().map(|one| one.key).collect()
}

/// The dates of the only series a fresh look at the calendar finds, without those that were taken out one by one.
async fn dates_there(peer: &dyn Peer) -> Vec<String> {
    let (all, _) = peer.round(peer.calendar(), None).await;
    let out: BTreeSet<String> = all
        .upserts
        .iter()
        .filter(|e| e.content.status == EventStatus::Cancelled)
        .filter_map(|e| e.original_start.as_ref().and_then(|o| o.occurrence_key().ok()))
        .collect();
    let masters: Vec<_> = all.upserts.iter().filter(|e| e.series.is_none()).collect();
    let [master] = masters.as_slice() else {
        panic!("one series: {masters:?}")
    };
    dates(&master.content)
        .into_iter()
        .filter(|key| !out.contains(key))
        .collect()
}

/// Makes the series and takes it away again. Whether it could be made.
async fn keeps(peer: &dyn Peer, content: EventContent) -> bool {
    let (wanted, lines) = (dates(&content), content.recurrence.clone());
    let made = peer.provider().create(peer.calendar(), &new(content)).await;
    let batch = match made {
        Ok(batch) => batch,
        Err(Error::Rejected { detail, .. }) => {
            assert!(!detail.is_empty(), "{lines:?} is refused without a word");
            assert!(
                peer.titles(peer.calendar()).await.is_empty(),
                "{lines:?} is refused and made"
            );
            return false;
        }
        Err(other) => panic!("{lines:?}: {other:?}"),
    };
    let mut found = dates_there(peer).await;
    // What was left out makes room for later dates in one list and not in the other.
    let both = wanted.len().min(found.len());
    assert!(wanted.len() - both <= 1, "{lines:?}: {found:?} instead of {wanted:?}");
    found.truncate(both);
    assert_eq!(found, wanted[..both], "{lines:?}");
    let master = batch.upserts.iter().find(|e| e.series.is_none()).expect("the master");
    let target = super::whole(&master.remote_id);
    let none = domain::event::Notify::None;
    peer.provider()
        .delete(peer.calendar(), &target, None, none)
        .await
        .unwrap();
    true
}

pub async fn every_usual_form_of_recurrence_comes_back_as_it_was(peer: &dyn Peer) {
    for (first, rule) in [
        ("2027-03-01T09", "RRULE:FREQ=DAILY;COUNT=5"),
        ("2027-03-01T09", "RRULE:FREQ=DAILY;INTERVAL=3"),
        ("2027-03-01T09", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=9"),
        (
            "2027-03-01T09",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20270430T070000Z",
        ),
        ("2027-03-15T09", "RRULE:FREQ=MONTHLY;BYMONTHDAY=15"),
        ("2027-03-09T09", "RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=7"),
        ("2027-03-26T09", "RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR"),
        ("2027-03-01T09", "RRULE:FREQ=YEARLY;COUNT=4"),
        ("2027-03-01T09", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1MO"),
    ] {
        assert!(keeps(peer, repeating(first, &[rule])).await, "{rule} is refused");
    }
}

pub async fn an_unusual_form_of_recurrence_is_kept_or_refused_and_never_flattened(peer: &dyn Peer) {
    for (first, lines) in [
        ("2027-03-01T09", ["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"].as_slice()),
        ("2027-03-31T09", &["RRULE:FREQ=MONTHLY;BYMONTHDAY=31"]),
        (
            "2027-03-31T09",
            &["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
        ),
        ("2027-03-01T09", &["RRULE:FREQ=YEARLY;BYYEARDAY=60"]),
        ("2027-03-01T09", &["RRULE:FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1"]),
        (
            "2027-03-01T09",
            &["RRULE:FREQ=WEEKLY;COUNT=4", "RDATE;TZID=Europe/Berlin:20270303T090000"],
        ),
    ] {
        keeps(peer, repeating(first, lines)).await;
    }
}

pub async fn a_date_left_out_from_the_beginning_stays_out(peer: &dyn Peer) {
    let lines = ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20270308T090000"];
    assert!(keeps(peer, repeating("2027-03-01T09", &lines)).await);
}

pub async fn the_hour_that_is_skipped_and_the_one_that_comes_twice_keep_their_instant(peer: &dyn Peer) {
    // The clocks of Berlin: 02:00 is 03:00 on 28 March, 03:00 is 02:00 on 31 October.
    for (start, end) in [
        ("2027-03-28T02:30:00", "2027-03-28T04:00:00"),
        ("2027-10-31T02:30:00", "2027-10-31T04:00:00"),
    ] {
        let mut content = meeting("At night");
        (content.start, content.end) = (at(start), at(end));
        let instant = |time: &EventTime| time.instant(ZONE).unwrap();
        let wanted = (instant(&content.start), instant(&content.end));
        let made = peer.create(content).await;
        let read = peer.read(&made.remote_id).await.content;
        assert_eq!((instant(&read.start), instant(&read.end)), wanted, "{start}");
    }
}

pub async fn a_series_goes_on_through_the_hour_that_is_skipped(peer: &dyn Peer) {
    let mut content = repeating("2027-03-27T02", &["RRULE:FREQ=DAILY;COUNT=3"]);
    (content.start, content.end) = (at("2027-03-27T02:30:00"), at("2027-03-27T02:45:00"));
    assert!(keeps(peer, content).await);
}
