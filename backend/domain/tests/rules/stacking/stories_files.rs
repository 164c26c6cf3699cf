//! Files as people send them, and what is wrong with some of them.

use domain::{
    stacking::csv::{DateOrder, Delimiter, Detection, Layout, MAX_ROW, Quote},
    time::Disambiguation,
};

use super::desk::{faults, plan, plan_as, told};

fn codes(found: &Detection) -> Vec<&'static str> {
    found.doubts.iter().map(|doubt| doubt.code).collect()
}

const CREATED: &str = "create in cal_1 Käse 2026-12-31 09:00 Europe/Berlin – 2026-12-31 10:00 Europe/Berlin";

#[test]
fn encodings_are_recognised() {
    let text = "title,start,duration\r\nKäse,2026-12-31 9:00,60\r\n";
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = |mark: &[u8], rest: Vec<u8>| [mark, rest.as_slice()].concat();
    let windows: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
    for (name, file) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8", marked(b"\xef\xbb\xbf", text.as_bytes().to_vec())),
        ("UTF-16LE", marked(b"\xff\xfe", wide(u16::to_le_bytes))),
        ("UTF-16BE", marked(b"\xfe\xff", wide(u16::to_be_bytes))),
        ("UTF-16LE", wide(u16::to_le_bytes)),
        ("UTF-16BE", wide(u16::to_be_bytes)),
        ("windows-1252", windows),
    ] {
        let found = Detection::of(&file);
        assert_eq!(found.layout.encoding, name);
        let said = name == "UTF-8" || file.starts_with(b"\xff") || file.starts_with(b"\xfe");
        assert_eq!(codes(&found).is_empty(), said, "{name}");
        assert_eq!(told(&plan(&file, &[]).0), [CREATED], "{name}");
    }
}

#[test]
fn letters_of_another_encoding_are_told_of_the_row_they_are_in() {
    let mut file = "title,start,duration\nKäse,2026-12-31 9:00,60\n".as_bytes().to_vec();
    let layout = Layout {
        calendar: Some("cal_1".to_owned()),
        ..Detection::of(&file).layout
    };
    file.extend_from_slice(b"K\xe4se,2026-12-31 9:00,60\nok,2026-12-31,\n");
    let (outcomes, _) = plan_as(&file, &layout, &[]);
    assert_eq!(
        told(&outcomes),
        [
            CREATED,
            "3 wrong_encoding",
            "create in cal_1 ok 2026-12-31 – 2027-01-01"
        ]
    );
}

#[test]
fn delimiters_and_quotes_are_recognised() {
    for (delimiter, file) in [
        (Delimiter::Comma, "title,start,duration\n\"Käse\",2026-12-31 9:00,60\n"),
        (
            Delimiter::Semicolon,
            "title;start;duration\n\"Käse\";31.12.2026 9:00;60\n",
        ),
        (Delimiter::Tab, "title\tstart\tduration\nKäse\t31.12.2026 9:00\t1:00\n"),
        (
            Delimiter::Pipe,
            "title|start|duration\nKäse|12/31/2026 9:00 AM|1 hour\n",
        ),
        (
            Delimiter::Semicolon,
            "sep=;\ntitle;start;duration\nKäse;2026-12-31T09:00;60\n",
        ),
        (
            Delimiter::Comma,
            "'title','start','duration'\n'Käse','2026-12-31 9am','60'\n",
        ),
    ] {
        let found = Detection::of(file.as_bytes());
        assert_eq!(found.layout.delimiter, delimiter, "{file}");
        assert_eq!(found.layout.quote == Quote::Single, file.starts_with('\''));
        assert_eq!(told(&plan(file.as_bytes(), &[]).0), [CREATED], "{file}");
    }
}

#[test]
fn the_order_of_day_and_month_is_decided_over_all_rows_or_said_to_be_open() {
    let of = |dates: &[&str]| {
        let rows: String = dates.iter().map(|date| format!("a,{date}\n")).collect();
        Detection::of(format!("title,start\n{rows}").as_bytes())
    };
    let found = of(&["03/04/2026", "05/04/2026", "31/12/2026"]);
    assert_eq!((found.layout.date_order, codes(&found).len()), (DateOrder::DayFirst, 0));
    let found = of(&["03/04/2026", "05/04/2026", "12/31/2026"]);
    assert_eq!(
        (found.layout.date_order, codes(&found).len()),
        (DateOrder::MonthFirst, 0)
    );
    let found = of(&["05/05/2026", "03/04/2026"]);
    assert_eq!(codes(&found), ["date_order_ambiguous"]);
    assert_eq!(
        found.doubts[0].detail,
        "“03/04/2026” may be 2026-04-03 or 2026-03-04; it is read as 2026-04-03 unless you say otherwise"
    );
    let found = of(&["31/12/2026", "12/31/2026"]);
    assert_eq!(codes(&found), ["date_order_mixed"]);
    let found = of(&["03.04.2026"]);
    assert_eq!((found.layout.date_order, codes(&found).len()), (DateOrder::DayFirst, 0));
    assert!(
        codes(&of(&["2026-04-03", "05/05/2026"])).is_empty(),
        "it is the same either way"
    );
}

#[test]
fn dates_and_times_are_read_as_people_write_them() {
    let first = "create in cal_1 x 2026-12-31 21:05 Europe/Berlin – 2026-12-31 22:05 Europe/Berlin";
    for start in [
        "2026-12-31 21:05",
        "2026-12-31T21:05:00",
        "2026/12/31 21:05",
        "20261231T210500",
        "20261231T200500Z",
        "2026-12-31T20:05Z",
        "2026-12-31T15:05:00-05:00",
        "2026-12-31T15:05-0500",
        "2026-12-31T21:05+01:00[Europe/Berlin]",
        "31.12.2026 21:05",
        "31. 12. 2026 21.05",
        "31/12/26 9:05 PM",
        "31-12-2026 9:05p.m.",
        "31 December 2026 9:05 pm",
        "\"Thu, 31 Dec 2026 21:05\"",
        "\"Dec 31, 2026, 9:05 PM\"",
        "31-Dec-26 21:05:00",
    ] {
        let file = format!("title,start,duration\nx,{start},60\n");
        assert_eq!(told(&plan(file.as_bytes(), &[]).0), [first], "{start}");
    }
    for start in [
        "tomorrow",
        "2026-02-30",
        "31/31/2026",
        "2026-12-31 25:00",
        "2026-12-31 13:00 PM",
        "46022.5",
        "2026-12-31 9",
        "9:00",
        "2026-12-31 9:00 Z Z",
        "2026-12-31T",
        "99999999999999999999",
        "-1-1-1",
        "2026-12-31 9:00+99:00",
        "٣١/١٢/٢٠٢٦",
    ] {
        let file = format!("title,start,duration\nx,{start},60\ny,2026-12-31 9:00,60\n");
        let told = faults(&plan(file.as_bytes(), &[]).0);
        let expected = if start == "9:00" {
            "2 start date_missing"
        } else {
            "2 start not_a_date"
        };
        assert_eq!(told.first().map(String::as_str), Some(expected), "{start}");
    }
}

#[test]
fn what_outlook_and_google_export_is_understood() {
    let file = "Subject,Start Date,Start Time,End Date,End Time,All day event,Reminder on/off,Location,Description,Private,Show time as\n\
        Visit,12/31/2026,9:00:00 AM,12/31/2026,10:30:00 AM,False,False,Room 1,Bring keys,True,2\n\
        Fair,12/30/2026,,12/31/2026,,True,False,,,False,free\n";
    let found = Detection::of(file.as_bytes());
    assert_eq!(codes(&found), ["all_day_end"]);
    assert!(found.twelve_hours);
    let (outcomes, _) = plan(file.as_bytes(), &[]);
    assert_eq!(
        told(&outcomes),
        [
            "2 Show time as unknown_word",
            "create in cal_1 Fair 2026-12-30 – 2026-12-31"
        ]
    );
    let layout = Layout {
        all_day_end: domain::stacking::csv::AllDayEnd::Inclusive,
        calendar: Some("cal_1".to_owned()),
        ..found.layout
    };
    let fixed = file.replace("True,2", "True,busy");
    assert_eq!(
        told(&plan_as(fixed.as_bytes(), &layout, &[]).0),
        [
            "create in cal_1 Visit 2026-12-31 09:00 Europe/Berlin – 2026-12-31 10:30 Europe/Berlin",
            "create in cal_1 Fair 2026-12-30 – 2027-01-01",
        ]
    );
}

#[test]
fn whole_days_are_those_without_a_time() {
    let file = "title,start,end,duration,all_day\na,2026-12-31,,,\nb,2026-12-31,2027-01-02,,\nc,2026-12-31,,3 days,\n\
        d,2026-12-31 9:00,2026-12-31 10:00,,yes\ne,2026-12-31,,60,\nf,2026-12-31,,,no\ng,2026-12-31 22:00,6:00,,\n\
        h,2026-12-31 9:00,2026-12-31,,\ni,2026-12-31 9:00,2026-12-31 10:00,60,\nj,2026-12-31 9:00,,,\nk,,,,\n";
    let day = |title: &str, end: &str| format!("create in cal_1 {title} 2026-12-31 – {end}");
    assert_eq!(
        told(&plan(file.as_bytes(), &[]).0),
        [
            day("a", "2027-01-01"),
            day("b", "2027-01-02"),
            day("c", "2027-01-03"),
            day("d", "2027-01-01"),
            "6 start time_missing".to_owned(),
            "7 start time_missing".to_owned(),
            "create in cal_1 g 2026-12-31 22:00 Europe/Berlin – 2027-01-01 06:00 Europe/Berlin".to_owned(),
            "9 end time_missing".to_owned(),
            "10 duration end_and_duration".to_owned(),
            "11 end end_missing".to_owned(),
            "12 start start_missing".to_owned(),
        ]
    );
}

#[test]
fn zones_are_those_of_the_row_the_file_or_the_calendar() {
    let file = "title,start,duration,tz\na,2026-12-31 9:00,60,america/new_york\nb,2026-12-31 9:00,60,\n\
        c,2026-12-31 9:00,60,W. Europe Standard Time\nd,2026-12-31 9:00,60,Middle Earth\n";
    let mut layout = Detection::of(file.as_bytes()).layout;
    layout.calendar = Some("cal_1".to_owned());
    layout.time_zone = Some("Asia/Tokyo".to_owned());
    let outcomes = plan_as(file.as_bytes(), &layout, &[]).0;
    assert_eq!(
        told(&outcomes),
        [
            "create in cal_1 a 2026-12-31 09:00 America/New_York – 2026-12-31 10:00 America/New_York",
            "create in cal_1 b 2026-12-31 09:00 Asia/Tokyo – 2026-12-31 10:00 Asia/Tokyo",
            "create in cal_1 c 2026-12-31 09:00 Europe/Berlin – 2026-12-31 10:00 Europe/Berlin",
            "5 tz time_zone_unknown",
        ]
    );
}

#[test]
fn times_that_the_clock_skips_or_shows_twice_are_asked_about() {
    let file =
        "title,start,duration\ngap,2026-03-29 02:30,60\nfold,2026-10-25 02:30,60\nsaid,2026-10-25 02:30+01:00,60\n";
    let mut layout = Detection::of(file.as_bytes()).layout;
    layout.calendar = Some("cal_1".to_owned());
    assert_eq!(
        told(&plan_as(file.as_bytes(), &layout, &[]).0),
        [
            "2 start time_does_not_exist",
            "3 start time_is_ambiguous",
            "create in cal_1 said 2026-10-25 01:30 UTC – 2026-10-25 02:30 UTC"
        ]
    );
    layout.disambiguation = Disambiguation::Earlier;
    assert_eq!(
        told(&plan_as(file.as_bytes(), &layout, &[]).0)[..2],
        [
            "create in cal_1 gap 2026-03-29 01:30 Europe/Berlin – 2026-03-29 03:30 Europe/Berlin",
            "create in cal_1 fold 2026-10-25 02:30 Europe/Berlin – 2026-10-25 01:30 UTC"
        ]
    );
}

#[test]
fn every_fault_of_a_row_is_told_at_once_with_its_column() {
    let file = "Title,Start,End,Guests,Reminder,Rule,Colour,Calendar\n\
        ,2026-12-31 10:00,2026-12-31 09:00,ann@x.org; nobody,soon,FREQ=SOMETIMES,,Office\n\
        a,2026-12-31 10:00,2026-12-31 09:00,,,FREQ=SOMETIMES,blurple!,cal_1\n\
        b,2026-12-31 10:00,2026-12-31 11:00,ann@x.org; ANN@x.org,,FREQ=DAILY;COUNT=0,,Blum's\n\
        c,2026-12-31 10:00,2026-12-31 11:00,,,FREQ=SECONDLY,,Holidays\n";
    assert_eq!(
        faults(&plan(file.as_bytes(), &[]).0),
        [
            "2 Title required",
            "2 End not_after_start",
            "2 Guests attendees",
            "2 Reminder reminders",
            "2 Calendar calendar_ambiguous",
            "3 End not_after_start",
            "3 Colour colour_unknown",
            "4 Guests duplicate",
            "4 Rule value_out_of_range",
            "4 Calendar calendar_unknown",
            "5 Calendar calendar_read_only",
            "5 Rule frequency_unsupported",
        ]
    );
}

#[test]
fn hostile_rules_are_refused_quickly() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=99999999999999999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31",
    ] {
        let file = format!("title,start,duration,recurrence\nx,2026-12-31 9:00,60,\"{rule}\"\n");
        let began = std::time::Instant::now();
        let told = plan(file.as_bytes(), &[]).0;
        assert!(began.elapsed().as_millis() < 2_000, "{rule}");
        // A rule whose only date is its start is one event more often than a fault; either way it is no endless work.
        assert_eq!(told.len(), 1, "{rule}");
    }
}

#[test]
fn torn_rows_are_told_and_those_behind_them_are_read() {
    let file = "title,start,duration,location\na,2026-12-31 9:00,60,x\nb,2026-12-31 9:00\nc, d,2026-12-31 9:00,60,x\n\n\
        e,2026-12-31 9:00,60,\"two\nlines\"\nf,2026-12-31 9:00,60,x\n,,,\n";
    let outcomes = plan(file.as_bytes(), &[]).0;
    let told = told(&outcomes);
    assert!(
        told[1].starts_with("3 too_few_cells") && told[2].starts_with("4 too_many_cells"),
        "{told:?}"
    );
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told[3].starts_with("create in cal_1 e") && told[4].starts_with("create in cal_1 f"));
    let mut broken = file
        .replace("cal_1 f", "")
        .replace("f,2026-12-31 9:00,60,x", "f,not a date,60,x");
    broken.push_str("g,2026-12-31,,\"never closed\nh,2026-12-31,,\n");
    let told = faults(&plan(broken.as_bytes(), &[]).0);
    assert_eq!(told.last().unwrap(), "10 quote_not_closed");
    assert!(
        told.contains(&"8 start not_a_date".to_owned()),
        "lines count as editors count them: {told:?}"
    );
}

#[test]
fn a_row_without_end_is_not_kept_in_memory() {
    let mut file = b"title,start,description\na,2026-12-31,\"".to_vec();
    file.resize(file.len() + MAX_ROW * 3, b'x');
    file.extend_from_slice(b"\"\nb,2026-12-31,\n");
    file.extend_from_slice(&b",".repeat(5_000));
    file.extend_from_slice(b"\nc,2026-12-31,\n");
    assert_eq!(
        told(&plan(&file, &[]).0),
        [
            "2 row_too_large",
            "create in cal_1 b 2026-12-31 – 2027-01-01",
            "4 row_too_large",
            "create in cal_1 c 2026-12-31 – 2027-01-01"
        ]
    );
}

#[test]
fn formulas_are_text() {
    let file = "title,start,description\n=HYPERLINK(\"x\"),2026-12-31,+1\n'=1+1,2026-12-31,@x\n";
    let (outcomes, _) = plan(file.as_bytes(), &[]);
    let said: Vec<_> = outcomes
        .iter()
        .map(|one| one.item().unwrap().change.after().unwrap().clone())
        .collect();
    assert_eq!(
        (said[0].title.as_str(), said[0].description.as_deref()),
        ("=HYPERLINK(\"x\")", Some("+1"))
    );
    assert_eq!(
        (said[1].title.as_str(), said[1].description.as_deref()),
        ("=1+1", Some("@x"))
    );
}

#[test]
fn what_is_no_table_is_one_column() {
    for file in [
        &b""[..],
        b"\n\n",
        b"\x00\x01\x02",
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
        b"PK\x03\x04\x14\x00",
        b"{\"a\": 1}",
    ] {
        assert!(codes(&Detection::of(file)).contains(&"one_column"), "{file:?}");
        assert!(plan(file, &[]).1.counts.create == 0);
    }
}

#[test]
fn what_people_upload_in_place_of_a_table_is_called_by_its_name() {
    for (file, code) in [
        (&b"PK\x03\x04\x14\x00"[..], "workbook"),
        (b"\r\nBEGIN:VCALENDAR\r\n", "icalendar"),
        (b"%PDF-1.7", "not_a_table"),
    ] {
        assert_eq!(codes(&Detection::of(file)).first(), Some(&code));
    }
}

#[test]
fn columns_find_their_meaning_and_nothing_is_for_two() {
    let found = Detection::of(b"Client Name;Calendar;Event title;Where;metadata.room;Start;Date;Pool size\nAdler;Office;a;b;c;2026-12-31;;9\n");
    let meant: Vec<String> = found
        .layout
        .columns
        .iter()
        .map(|column| column.target.as_ref().map_or("-".to_owned(), ToString::to_string))
        .collect();
    assert_eq!(
        meant.join(" "),
        "client calendar title location metadata.room start - -"
    );
    let json = serde_json::to_value(&found.layout).unwrap();
    assert_eq!(json["columns"][4]["target"], "metadata.room");
    assert_eq!(serde_json::from_value::<Layout>(json).unwrap(), found.layout);
}
