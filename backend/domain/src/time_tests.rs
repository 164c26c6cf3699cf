//! Gaps, folds, odd zones, intervals and pairs.
#![allow(clippy::unwrap_used)]

use super::*;

fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zoned(text: &str, zone: &str) -> EventTime {
    EventTime::Zoned {
        date_time: local(text),
        time_zone: zone.into(),
    }
}

fn date(text: &str) -> EventTime {
    EventTime::Date {
        date: text.parse().unwrap(),
    }
}

#[test]
fn a_time_the_clock_skips_is_refused_with_both_readings_unless_one_is_chosen() {
    let gap = local("2026-03-29T02:30:00");
    let error = resolve(gap, "Europe/Berlin", Disambiguation::Reject).unwrap_err();
    let TimeError::Gap { before, after, .. } = &error else {
        unreachable!("{error}")
    };
    assert_eq!(
        (before.as_str(), after.as_str()),
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00")
    );
    assert!(error.to_string().contains("does not exist in Europe/Berlin"));
    assert_eq!(
        resolve(gap, "Europe/Berlin", Disambiguation::Earlier).unwrap(),
        utc("2026-03-29T00:30:00Z")
    );
    assert_eq!(
        resolve(gap, "Europe/Berlin", Disambiguation::Later).unwrap(),
        utc("2026-03-29T01:30:00Z")
    );
    assert_eq!(
        instant(gap, "Europe/Berlin").unwrap(),
        utc("2026-03-29T01:30:00Z"),
        "RFC 5545 moves it forward"
    );
}

#[test]
fn a_time_the_clock_shows_twice_is_refused_with_both_readings_unless_one_is_chosen() {
    let fold = local("2026-10-25T02:30:00");
    let error = resolve(fold, "Europe/Berlin", Disambiguation::Reject).unwrap_err();
    let TimeError::Fold { before, after, .. } = &error else {
        unreachable!("{error}")
    };
    assert_eq!(
        (before.as_str(), after.as_str()),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")
    );
    assert_eq!(
        resolve(fold, "Europe/Berlin", Disambiguation::Earlier).unwrap(),
        utc("2026-10-25T00:30:00Z")
    );
    assert_eq!(
        resolve(fold, "Europe/Berlin", Disambiguation::Later).unwrap(),
        utc("2026-10-25T01:30:00Z")
    );
    assert_eq!(
        instant(fold, "Europe/Berlin").unwrap(),
        utc("2026-10-25T00:30:00Z"),
        "RFC 5545 takes the first"
    );
}

#[test]
fn the_edges_of_a_gap_and_of_a_fold_are_ordinary_times() {
    for (text, expected) in [
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59Z"),
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59Z"),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
    ] {
        assert_eq!(
            resolve(local(text), "Europe/Berlin", Disambiguation::Reject).unwrap(),
            utc(expected),
            "{text}"
        );
    }
}

#[test]
fn lord_howe_skips_and_repeats_half_an_hour() {
    let zone = "Australia/Lord_Howe";
    let reject = |text| resolve(local(text), zone, Disambiguation::Reject);
    assert!(matches!(reject("2026-10-04T02:15:00"), Err(TimeError::Gap { .. })));
    assert!(reject("2026-10-04T02:30:00").is_ok());
    assert!(matches!(reject("2026-04-05T01:45:00"), Err(TimeError::Fold { .. })));
    assert!(reject("2026-04-05T01:29:59").is_ok());
    assert_eq!(
        instant(local("2026-10-04T02:15:00"), zone).unwrap(),
        utc("2026-10-03T15:45:00Z")
    );
}

#[test]
fn apia_skipped_a_whole_day() {
    let noon = local("2011-12-30T12:00:00");
    assert!(matches!(
        resolve(noon, "Pacific/Apia", Disambiguation::Reject),
        Err(TimeError::Gap { .. })
    ));
    let day = SignedDuration::from_hours(24);
    let (earlier, later) = (
        resolve(noon, "Pacific/Apia", Disambiguation::Earlier).unwrap(),
        resolve(noon, "Pacific/Apia", Disambiguation::Later).unwrap(),
    );
    assert_eq!(later.duration_since(earlier), day);
}

#[test]
fn unknown_zones_are_refused_and_known_ones_are_spelled_as_in_the_database() {
    for unknown in [
        "",
        "Mars/Olympus",
        "Etc/Unknown",
        "Europe/Berlin ",
        "../etc/passwd",
        "GMT+2",
        "CET-1CEST,M3.5.0",
    ] {
        assert_eq!(
            zone(unknown).err(),
            Some(TimeError::UnknownZone(unknown.to_owned())),
            "{unknown}"
        );
    }
    assert_eq!(canonical_zone("europe/berlin").unwrap(), "Europe/Berlin");
    assert_eq!(canonical_zone("utc").unwrap(), "UTC");
    assert!(
        canonical_zone("x".repeat(10_000).as_str())
            .unwrap_err()
            .to_string()
            .len()
            < 200
    );
}

#[test]
fn times_at_the_end_of_the_calendar_are_errors_not_crashes() {
    assert_eq!(instant(DateTime::MAX, "America/New_York"), Err(TimeError::OutOfRange));
    assert_eq!(
        resolve(DateTime::MIN, "Asia/Tokyo", Disambiguation::Later),
        Err(TimeError::OutOfRange)
    );
    assert_eq!(Interval::days(Date::MAX, Date::MAX, "UTC"), Err(TimeError::OutOfRange));
}

#[test]
fn event_times_read_as_the_api_writes_them() {
    for text in [
        r#"{"date":"2026-11-01"}"#,
        r#"{"date_time":"2026-11-01T09:00:00","time_zone":"Europe/Berlin"}"#,
    ] {
        let time: EventTime = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), text);
    }
    assert!(serde_json::from_str::<EventTime>(r#"{"date_time":"2026-11-01T09:00:00"}"#).is_err());
}

#[test]
fn whole_days_begin_at_midnight_of_the_calendar() {
    assert_eq!(
        date("2026-07-01").instant("Europe/Berlin").unwrap(),
        utc("2026-06-30T22:00:00Z")
    );
    assert_eq!(
        zoned("2026-07-01T00:00:00", "UTC").instant("Europe/Berlin").unwrap(),
        utc("2026-07-01T00:00:00Z")
    );
    // In São Paulo the clock went from 23:59 to 01:00: the day begins at one.
    assert_eq!(
        date("2018-11-04").instant("America/Sao_Paulo").unwrap(),
        utc("2018-11-04T03:00:00Z")
    );
}

#[test]
fn intervals_are_half_open_and_never_empty() {
    let (nine, ten, eleven) = (
        utc("2026-11-01T09:00:00Z"),
        utc("2026-11-01T10:00:00Z"),
        utc("2026-11-01T11:00:00Z"),
    );
    assert_eq!(Interval::new(ten, nine), Err(EmptyInterval { start: ten, end: nine }));
    assert!(Interval::new(nine, nine).is_err());
    let (first, second) = (Interval::new(nine, ten).unwrap(), Interval::new(ten, eleven).unwrap());
    let both = Interval::new(nine, eleven).unwrap();
    assert!(first.contains(nine) && !first.contains(ten));
    assert!(!first.overlaps(second) && !second.overlaps(first), "they only touch");
    assert!(both.overlaps(first) && second.overlaps(both));
    assert_eq!(
        (both.intersection(second), first.intersection(second)),
        (Some(second), None)
    );
    assert_eq!(both.duration(), SignedDuration::from_hours(2));
    assert_eq!((first.start(), first.end()), (nine, ten));
}

#[test]
fn a_day_has_as_many_hours_as_the_zone_gives_it() {
    let hours = |day: &str, zone: &str| {
        let day = day.parse().unwrap();
        Interval::days(day, day, zone).map(|interval| interval.duration().as_hours())
    };
    assert_eq!(hours("2026-03-29", "Europe/Berlin"), Ok(23));
    assert_eq!(hours("2026-10-25", "Europe/Berlin"), Ok(25));
    assert_eq!(hours("2026-11-01", "Europe/Berlin"), Ok(24));
    assert_eq!(
        hours("2011-12-30", "Pacific/Apia"),
        Err(TimeError::OutOfRange),
        "the day that was not"
    );
    assert_eq!(
        hours("2026-11-01", "Nowhere"),
        Err(TimeError::UnknownZone("Nowhere".into()))
    );
    let week = Interval::days(
        "2026-10-19".parse().unwrap(),
        "2026-10-25".parse().unwrap(),
        "Europe/Berlin",
    )
    .unwrap();
    assert_eq!(week.duration().as_hours(), 7 * 24 + 1);
}

#[test]
fn start_and_end_make_a_pair_only_if_time_lies_between_them() {
    let berlin = |text| zoned(text, "Europe/Berlin");
    assert!(pair(&berlin("2026-11-02T09:00:00"), &berlin("2026-11-02T09:00:01"), "UTC").is_ok());
    assert_eq!(
        pair(&berlin("2026-11-02T09:00:00"), &berlin("2026-11-02T09:00:00"), "UTC"),
        Err(PairError::Empty)
    );
    assert_eq!(
        pair(&date("2026-11-02"), &date("2026-11-02"), "UTC"),
        Err(PairError::Empty)
    );
    assert_eq!(
        pair(&date("2026-11-02"), &berlin("2026-11-03T09:00:00"), "UTC"),
        Err(PairError::Kind)
    );
    // 02:45 before the clock goes back, 02:15 after: on the wall the end comes first, but RFC 5545 reads both as the first.
    assert_eq!(
        pair(&berlin("2026-10-25T02:45:00"), &berlin("2026-10-25T02:15:00"), "UTC"),
        Err(PairError::Empty)
    );
    let unknown = TimeError::UnknownZone("Nowhere".into());
    let nowhere = zoned("2026-11-02T09:00:00", "Nowhere");
    assert_eq!(
        pair(&nowhere, &berlin("2026-11-02T09:00:00"), "UTC"),
        Err(PairError::Start(unknown.clone()))
    );
    assert_eq!(
        pair(&berlin("2026-11-02T09:00:00"), &nowhere, "UTC"),
        Err(PairError::End(unknown))
    );
    let days = pair(&date("2026-03-28"), &date("2026-03-30"), "Europe/Berlin").unwrap();
    assert_eq!(days.duration().as_hours(), 47);
}
