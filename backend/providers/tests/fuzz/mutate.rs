//! Inputs that are almost right.

/// Chance that can be had again: a seed is an input. (SplitMix64.)
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to one below.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const TIMES: [&str; 16] = [
    "20261101T090000",
    "20261101T090000Z",
    "20261101",
    "00010101T000000Z",
    "99991231T235959Z",
    "20260329T023000",
    "20111230T120000",
    "20261301T250000",
    "2026-11-01T09:00:00",
    "",
    "20261101T0900",
    "20261101T235960Z",
    "16010101T000000",
    "20260229",
    "+20261101",
    "20261101T090000Z/PT1H",
];

const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "Pacific/Apia",
    "Customized Time Zone",
    "W. Europe Standard Time",
    "\"\"",
    "/a/b/Europe/Berlin",
    "UTC",
    "Europe_Berlin",
    "Etc/Unknown",
    "Nowhere/Ever",
    "\"America/New_York",
    "Antarctica/Troll",
];

const RULES: [&str; 24] = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,WE",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU",
    "FREQ=YEARLY;BYYEARDAY=-366",
    "FREQ=HOURLY;INTERVAL=7",
    "FREQ=SECONDLY",
    "FREQ=MINUTELY;INTERVAL=1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=DAILY;COUNT=4294967295",
    "FREQ=DAILY;UNTIL=99991231T235959Z",
    "FREQ=DAILY;UNTIL=00010101",
    "FREQ=YEARLY;INTERVAL=10000",
    "FREQ=WEEKLY;WKST=SU;INTERVAL=2",
    "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,15,30,45",
    "FREQ=MONTHLY;BYMONTHDAY=31,-31",
    "FREQ=YEARLY;BYDAY=53MO",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYSETPOS=366;BYHOUR=9",
    "RSCALE=CHINESE;FREQ=YEARLY",
    "FREQ=YEARLY;BYEASTER=1",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2;INTERVAL=48",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;INTERVAL=3",
];

const LINES: [&str; 22] = [
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20261101T090000Z",
    "RECURRENCE-ID;VALUE=DATE:20261101",
    "EXDATE:20261101T090000Z,20261102",
    "EXDATE;TZID=Europe/Berlin:20261101T090000",
    "RDATE;VALUE=PERIOD:20261101T090000Z/PT1H,20261101T090000Z/20261101T080000Z",
    "DURATION:-P99999999W",
    "DURATION:P1DT",
    "DURATION:PT0S",
    "SEQUENCE:18446744073709551615",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VTIMEZONE",
    "TZOFFSETTO:+9999",
    "TZOFFSETTO:-5328",
    "TRIGGER:-PT99999999999M",
    "ATTENDEE;CN=\"a:mailto:b@c",
    "EXRULE:FREQ=DAILY",
    "BEGIN:VALARM",
    "END:VALARM",
    "X-A;B=^n^^^';C=\",\":\\n\\;\\",
    ";;;:::",
    "STATUS:CANCELLED",
];

const ODD: [&str; 12] = [
    "\0", "\r", "\n", "\u{feff}", "🎉", "\u{2028}", "\\", "\"", "^n", ":", ";", "\u{7f}",
];

/// Somewhere between two characters.
fn cut(text: &str, chance: &mut Chance) -> usize {
    let mut at = chance.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A digit becomes another, a character goes, something odd comes.
fn nudge(text: &mut String, chance: &mut Chance) {
    let at = cut(text, chance);
    match chance.below(4) {
        0 => text.insert_str(at, chance.one_of(&ODD)),
        1 if at < text.len() => _ = text.remove(at),
        2 => text.insert_str(at, &chance.next().to_string()),
        _ => {
            let digits: Vec<usize> = text
                .char_indices()
                .filter(|(_, c)| c.is_ascii_digit())
                .map(|(at, _)| at)
                .collect();
            if !digits.is_empty() {
                let at = chance.one_of(&digits);
                text.replace_range(at..=at, &chance.below(10).to_string());
            }
        }
    }
}

/// A calendar with some of its lines changed, doubled, moved, taken out or taken from another one.
pub fn calendar(corpus: &[String], chance: &mut Chance) -> String {
    let mut lines: Vec<String> = corpus[chance.below(corpus.len())]
        .split_inclusive('\n')
        .map(str::to_owned)
        .collect();
    for _ in 0..=chance.below(6) {
        if lines.is_empty() {
            break;
        }
        let at = chance.below(lines.len());
        match chance.below(14) {
            0 => _ = lines.remove(at),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = chance.below(lines.len());
                lines.swap(at, other);
            }
            3 => {
                let other: Vec<&str> = corpus[chance.below(corpus.len())].split_inclusive('\n').collect();
                lines.insert(at, chance.one_of(&other).to_owned());
            }
            4 => lines.insert(at, format!("{}\r\n", chance.one_of(&LINES))),
            5 => lines.insert(at, format!("RRULE:{}\r\n", chance.one_of(&RULES))),
            6 => {
                let name = lines[at].split([':', ';']).next().unwrap_or_default().to_owned();
                lines[at] = format!("{name};TZID={}:{}\r\n", chance.one_of(&ZONES), chance.one_of(&TIMES));
            }
            7 => {
                let name = lines[at].split(':').next().unwrap_or_default().to_owned();
                lines[at] = format!("{name}:{}\r\n", chance.one_of(&TIMES));
            }
            8 => lines[at] = lines[at].to_lowercase(),
            9 => {
                let fold = cut(&lines[at], chance);
                lines[at].insert_str(fold, "\r\n ");
            }
            10 => lines[at] = lines[at].replace("\r\n", "\n"),
            11 => {
                let (from, times) = (chance.below(at + 1), chance.below(12));
                let block = lines[from..=at].concat();
                lines.insert(at, block.repeat(times.min(60_000 / block.len().max(1))));
            }
            12 => lines.truncate(at),
            _ => nudge(&mut lines[at], chance),
        }
    }
    lines.concat()
}

/// A start, an end and the lines of a series, one a line.
pub fn recurrence(chance: &mut Chance) -> String {
    let (start, lasts) = (chance.one_of(&TIMES[..8]), chance.below(100_000));
    let mut text = format!("{start} {} {lasts}", chance.one_of(&ZONES[..3]));
    let mut rule = format!("RRULE:{}", chance.one_of(&RULES));
    for _ in 0..chance.below(3) {
        let part = chance.one_of(&RULES).split(';').nth(1).unwrap_or("COUNT=5");
        match chance.below(3) {
            0 => rule = format!("{rule};{part}"),
            1 => nudge(&mut rule, chance),
            _ => {
                rule = format!(
                    "{rule};{}={}",
                    chance.one_of(&["BYDAY", "BYMONTH", "BYSETPOS", "BYMONTHDAY", "INTERVAL"]),
                    chance.below(30)
                )
            }
        }
    }
    text = format!("{text}\n{rule}");
    for _ in 0..chance.below(3) {
        let times: Vec<&str> = (0..=chance.below(3)).map(|_| chance.one_of(&TIMES)).collect();
        let head = chance.one_of(&[
            "EXDATE",
            "RDATE",
            "EXDATE;TZID=Europe/Berlin",
            "RDATE;VALUE=PERIOD",
            "EXDATE;VALUE=DATE",
        ]);
        let mut line = format!("{head}:{}", times.join(","));
        if chance.below(3) == 0 {
            nudge(&mut line, chance);
        }
        text = format!("{text}\n{line}");
    }
    text
}

const EVENT: &str = r#"{"title":"Visit","description":"With, a; tail\\n","location":"Room 2","start":{"date_time":"2026-11-01T09:00:00","time_zone":"Europe/Berlin"},"end":{"date_time":"2026-11-01T10:00:00","time_zone":"Europe/Berlin"},"recurrence":["RRULE:FREQ=WEEKLY;COUNT=5","EXDATE:20261108T080000Z"],"attendees":[{"email":"bo@example.org","name":"Bo","response":"needs_action","optional":false,"is_self":false}],"organizer":null,"reminders":{"use_default":false,"overrides":[{"method":"popup","minutes":10}]},"visibility":"default","transparency":"busy","status":"confirmed","colour":null,"conference":null,"metadata":{"external_id":"a-1"}}"#;

/// An event as JSON, with some values changed.
pub fn event(chance: &mut Chance) -> String {
    let mut text = EVENT.to_owned();
    for _ in 0..=chance.below(3) {
        match chance.below(8) {
            0 => text = text.replacen("FREQ=WEEKLY;COUNT=5", chance.one_of(&RULES), 1),
            1 => text = text.replacen("20261108T080000Z", chance.one_of(&TIMES), 1),
            2 => text = text.replacen("Europe/Berlin", chance.one_of(&ZONES[..3]), 1 + chance.below(2)),
            3 => {
                let day = format!(
                    "{:04}-{:02}-{:02}",
                    chance.below(10_000),
                    chance.below(13),
                    chance.below(32)
                );
                text = text.replace("2026-11-01", &day);
            }
            4 => {
                let odd = serde_json::to_string(chance.one_of(&ODD)).unwrap_or_default();
                let name = chance.one_of(&["Visit", "Room 2", "Bo", "a-1", "With"]);
                text = text.replacen(name, &format!("{name}{}", odd.trim_matches('"')), 1);
            }
            5 => text = text.replacen("Visit", &"V".repeat(chance.below(3000)), 1),
            6 => {
                text = text.replace(
                    "T10:00:00",
                    &format!("T{:02}:{:02}:00", chance.below(24), chance.below(60)),
                )
            }
            _ => nudge(&mut text, chance),
        }
    }
    text
}
