//! The examples of RFC 5545 §3.8.5.3, which all begin on Tuesday, 2 September 1997 at 09:00 in New York unless they say
//! otherwise. Expected dates are written as the RFC prints them: month and days.

use crate::support::{series, walls};

/// `rule` from `start`; its first occurrences are `expected`, given as `YYYY-MM: day day`, separated by `;`.
#[track_caller]
fn happens_from(start: &str, rule: &str, expected: &str) {
    let mut days = Vec::new();
    for month in expected.split(';') {
        let (month, list) = month.split_once(':').unwrap();
        days.extend(
            list.split_whitespace()
                .map(|day| format!("{}{day:0>2}", month.trim().replace('-', ""))),
        );
    }
    let series = series(start, &format!("RRULE:{rule}"));
    let found: Vec<String> = walls(&series.first(days.len()).unwrap())
        .iter()
        .map(|wall| wall[..8].to_owned())
        .collect();
    assert_eq!(found, days, "{rule}");
    let ends = rule.contains("COUNT") || rule.contains("UNTIL");
    assert_eq!(series.is_endless(), !ends, "{rule}");
    if ends {
        assert_eq!(
            series.total().unwrap(),
            Some(u32::try_from(days.len()).unwrap()),
            "{rule}"
        );
    }
}

#[track_caller]
fn happens(rule: &str, expected: &str) {
    happens_from("1997-09-02T09:00 America/New_York", rule, expected);
}

#[test]
fn daily_rules_of_the_rfc() {
    happens("FREQ=DAILY;COUNT=10", "1997-09: 2 3 4 5 6 7 8 9 10 11");
    happens(
        "FREQ=DAILY;INTERVAL=2",
        "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; 1997-10: 2 4 6",
    );
    happens("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09: 2 12 22; 1997-10: 2 12");
    let until = series(
        "1997-09-02T09:00 America/New_York",
        "RRULE:FREQ=DAILY;UNTIL=19971224T000000Z",
    );
    let found = walls(&until.first(200).unwrap());
    assert_eq!((found.len(), found.last().unwrap().as_str()), (113, "19971223T090000"));
}

#[test]
fn every_day_in_january_is_the_same_said_yearly_and_daily() {
    let start = "1998-01-01T09:00 America/New_York";
    let yearly = series(
        start,
        "RRULE:FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    )
    .first(200)
    .unwrap();
    let daily = series(start, "RRULE:FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1")
        .first(200)
        .unwrap();
    assert_eq!(yearly, daily);
    assert_eq!(yearly.len(), 93);
}

#[test]
fn weekly_rules_of_the_rfc() {
    happens(
        "FREQ=WEEKLY;COUNT=10",
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4",
    );
    let weeks = "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23";
    happens("FREQ=WEEKLY;UNTIL=19971224T000000Z", weeks);
    happens(
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23",
    );
    let five = "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2";
    happens("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", five);
    happens("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", five);
    happens_from(
        "1997-09-01T09:00 America/New_York",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; 1997-11: 10 12 14 24 26 28; 1997-12: 8 10 12 22",
    );
    happens(
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09: 2 4 16 18 30; 1997-10: 2 14 16",
    );
}

#[test]
fn monthly_rules_of_the_rfc() {
    let first_fridays = "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5";
    happens_from(
        "1997-09-05T09:00 America/New_York",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        first_fridays,
    );
    happens_from(
        "1997-09-05T09:00 America/New_York",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6; 1998-04: 3; 1998-05: 1; 1998-06: 5",
    );
    happens_from(
        "1997-09-07T09:00 America/New_York",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31",
    );
    happens_from(
        "1997-09-22T09:00 America/New_York",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16",
    );
    happens_from(
        "1997-09-28T09:00 America/New_York",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26",
    );
    happens(
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15",
    );
    happens_from(
        "1997-09-30T09:00 America/New_York",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1",
    );
    happens_from(
        "1997-09-10T09:00 America/New_York",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09: 10 11 12 13 14 15; 1999-03: 10 11 12 13",
    );
    happens(
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; 1998-03: 3 10 17 24 31",
    );
    happens_from(
        "1997-09-13T09:00 America/New_York",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; 1998-03: 7; 1998-04: 11; 1998-05: 9; 1998-06: 13",
    );
    happens_from(
        "1997-09-04T09:00 America/New_York",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09: 4; 1997-10: 7; 1997-11: 6",
    );
    happens_from(
        "1997-09-29T09:00 America/New_York",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; 1998-02: 26; 1998-03: 30",
    );
    happens_from(
        "2007-01-15T09:00 America/New_York",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01: 15 30; 2007-02: 15; 2007-03: 15 30",
    );
}

#[test]
fn friday_the_thirteenth_leaves_the_start_out_by_exdate() {
    let found = series(
        "1997-09-02T09:00 America/New_York",
        "EXDATE;TZID=America/New_York:19970902T090000 RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    );
    let dates = ["19980213", "19980313", "19981113", "19990813", "20001013"].map(|day| format!("{day}T090000"));
    assert_eq!(walls(&found.first(5).unwrap()), dates);
}

#[test]
fn yearly_rules_of_the_rfc() {
    happens_from(
        "1997-06-10T09:00 America/New_York",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; 1999-07: 10; 2000-06: 10; 2000-07: 10; 2001-06: 10; 2001-07: 10",
    );
    happens_from(
        "1997-03-10T09:00 America/New_York",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; 2001-03: 10; 2003-01: 10; 2003-02: 10; 2003-03: 10",
    );
    happens_from(
        "1997-01-01T09:00 America/New_York",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01: 1; 1997-04: 10; 1997-07: 19; 2000-01: 1; 2000-04: 9; 2000-07: 18; 2003-01: 1; 2003-04: 10; 2003-07: 19; 2006-01: 1",
    );
    happens_from(
        "1997-05-19T09:00 America/New_York",
        "FREQ=YEARLY;BYDAY=20MO",
        "1997-05: 19; 1998-05: 18; 1999-05: 17",
    );
    happens_from(
        "1997-05-12T09:00 America/New_York",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "1997-05: 12; 1998-05: 11; 1999-05: 17",
    );
    happens_from(
        "1997-03-13T09:00 America/New_York",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25",
    );
    happens_from(
        "1997-06-05T09:00 America/New_York",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; 1998-06: 4 11 18 25",
    );
    happens_from(
        "1996-11-05T09:00 America/New_York",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11: 5; 2000-11: 7; 2004-11: 2",
    );
}

#[test]
fn several_times_a_day_and_every_three_hours() {
    let hourly = series(
        "1997-09-02T09:00 America/New_York",
        "RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
    );
    assert_eq!(
        walls(&hourly.first(9).unwrap()),
        ["19970902T090000", "19970902T120000", "19970902T150000"]
    );
    let daily = series(
        "1997-09-02T09:00 America/New_York",
        "RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
    );
    let found = walls(&daily.first(25).unwrap());
    assert_eq!(
        (found[1].as_str(), found[23].as_str(), found[24].as_str()),
        ("19970902T092000", "19970902T164000", "19970903T090000")
    );
}

#[test]
fn the_week_start_decides_which_days_share_a_week() {
    let start = "1997-08-05T09:00 America/New_York";
    happens_from(
        start,
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997-08: 5 10 19 24",
    );
    happens_from(
        start,
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997-08: 5 17 19 31",
    );
}
