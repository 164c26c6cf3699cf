//! Dates and times as people and programs write them.

use jiff::{
    civil::{Date, Time},
    tz::Offset,
};

use super::layout::DateOrder;

/// What a cell says about a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moment {
    /// The day.
    pub date: Option<Date>,
    /// The time of day.
    pub time: Option<Time>,
    /// What its clock differs from UTC by, where it says so.
    pub offset: Option<Offset>,
    /// A zone in brackets, as Java and jiff write it.
    pub zone: Option<String>,
    /// What was seen on the way.
    pub clues: Clues,
}

/// What the spelling of a moment says about its author's habits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clues {
    /// Two numbers before the year, in the order of the file, with nothing else to say which is the month.
    pub numbers: Option<(i8, i8)>,
    /// With dots, which only people do who write the day first.
    pub dots: bool,
    /// `am` or `pm`.
    pub twelve: bool,
}

/// Longest text that is looked at.
const LONGEST: usize = 80;

/// Reads a date, a time, or both: `2026-12-31T09:00:00+01:00`, `31.12.2026 9:00`, `12/31/26 9:00 PM`, `Dec 31, 2026`,
/// `20261231T080000Z`, `9am`. `None`: it is none of these, or no day and time that exists.
pub fn read(text: &str, order: DateOrder) -> Option<Moment> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let mut moment = Moment::default();
    let mut rest = Cursor { text };
    if rest.weekday() {
        rest.skip(&[',', '.', ' ']);
    }
    let before = rest.text;
    if let Some(date) = rest.date(order, &mut moment.clues) {
        moment.date = Some(date);
        let parted = rest.text.is_empty() || rest.skip(&['T', 't', ' ', ',', '\u{a0}', '\u{202f}']);
        if !parted || text.ends_with(['T', 't', ',']) {
            return None;
        }
    } else {
        rest.text = before;
        moment.clues = Clues::default();
    }
    if !rest.text.is_empty() {
        moment.time = Some(rest.time(&mut moment.clues)?);
        moment.offset = rest.offset()?;
        moment.zone = rest.zone()?;
    }
    (rest.text.is_empty() && (moment.date.is_some() || moment.time.is_some())).then_some(moment)
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

struct Cursor<'a> {
    text: &'a str,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, while_: impl Fn(char) -> bool) -> &'a str {
        let end = self.text.find(|c| !while_(c)).unwrap_or(self.text.len());
        let (taken, rest) = self.text.split_at(end);
        self.text = rest;
        taken
    }

    fn skip(&mut self, signs: &[char]) -> bool {
        !self.take(|c| signs.contains(&c)).is_empty()
    }

    fn one(&mut self, signs: &[char]) -> Option<char> {
        let sign = self.text.chars().next().filter(|c| signs.contains(c))?;
        self.text = self.text.get(sign.len_utf8()..)?;
        Some(sign)
    }

    fn digits(&mut self) -> &'a str {
        self.take(|c| c.is_ascii_digit())
    }

    fn number(&mut self, most: usize) -> Option<i16> {
        let digits = self.digits();
        (digits.len() <= most).then(|| digits.parse().ok()).flatten()
    }

    /// A word of a list, or its first three letters or more.
    fn word(&mut self, list: &[&str]) -> Option<usize> {
        let before = self.text;
        let word = self.take(char::is_alphabetic).to_lowercase();
        let found = list.iter().position(|full| word.len() >= 3 && full.starts_with(&word));
        if found.is_none() {
            self.text = before;
        }
        found
    }

    fn weekday(&mut self) -> bool {
        self.word(&WEEKDAYS).is_some()
    }

    fn month(&mut self) -> Option<i8> {
        i8::try_from(self.word(&MONTHS)? + 1).ok()
    }

    fn date(&mut self, order: DateOrder, clues: &mut Clues) -> Option<Date> {
        if let Some(month) = self.month() {
            self.skip(&['.', ' ']);
            let day = self.number(2)?;
            self.skip(&[',', '.', ' ']);
            return date(self.year()?, month.into(), day);
        }
        let digits = self.digits();
        if digits.len() == 8 {
            let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
            return date(part(0..4)?, part(4..6)?, part(6..8)?);
        }
        let first: i16 = (1..=4).contains(&digits.len()).then(|| digits.parse().ok()).flatten()?;
        if !self.skip(&['-', '/', '.', ' ']) {
            return None;
        }
        if let Some(month) = self.month() {
            self.skip(&['-', '/', '.', ',', ' ']);
            return date(self.year()?, month.into(), first);
        }
        let second = self.number(2)?;
        let sign = self.one(&['-', '/', '.'])?;
        self.skip(&[' ']);
        if digits.len() == 4 {
            return date(first, second, self.number(2)?);
        }
        let year = self.year()?;
        clues.dots = sign == '.';
        clues.numbers = Some((i8::try_from(first).ok()?, i8::try_from(second).ok()?));
        match order {
            DateOrder::DayFirst => date(year, second, first),
            DateOrder::MonthFirst => date(year, first, second),
        }
    }

    /// Four digits, or two: `26` is 2026 and `85` is 1985.
    fn year(&mut self) -> Option<i16> {
        let digits = self.digits();
        let year: i16 = digits.parse().ok()?;
        match digits.len() {
            4 => Some(year),
            2 => Some(year + if year < 70 { 2000 } else { 1900 }),
            _ => None,
        }
    }

    fn time(&mut self, clues: &mut Clues) -> Option<Time> {
        let digits = self.digits();
        if matches!(digits.len(), 4 | 6) {
            let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or("0").parse::<i8>().ok();
            return Time::new(part(0..2)?, part(2..4)?, part(4..6)?, 0).ok();
        }
        let mut hour: i8 = (1..=2).contains(&digits.len()).then(|| digits.parse().ok()).flatten()?;
        let (mut minute, mut second, mut nano) = (None, 0, 0);
        if self.one(&[':', '.', 'h']).is_some() {
            minute = Some(self.pair()?);
            if self.one(&[':', '.']).is_some() {
                second = self.pair()?;
                if self.one(&['.', ',']).is_some() {
                    let fraction = self.digits();
                    nano = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
                    if fraction.is_empty() {
                        return None;
                    }
                }
            }
        }
        let before = self.text;
        self.skip(&[' ', '\u{a0}', '\u{202f}']);
        let half = self.take(|c| c.is_ascii_alphabetic() || c == '.').to_ascii_lowercase();
        match half.replace('.', "").as_str() {
            "am" | "pm" if (1..=12).contains(&hour) => {
                clues.twelve = true;
                hour = hour % 12 + if half.starts_with('p') { 12 } else { 0 };
            }
            "am" | "pm" => return None,
            _ => {
                // An hour without minutes is only a time if it says which half of the day.
                minute?;
                self.text = before;
            }
        }
        Time::new(hour, minute.unwrap_or(0), second, nano).ok()
    }

    fn pair(&mut self) -> Option<i8> {
        let digits = self.digits();
        (digits.len() == 2).then(|| digits.parse().ok()).flatten()
    }

    /// The outer `None`: something that is no offset.
    fn offset(&mut self) -> Option<Option<Offset>> {
        let before = self.text;
        self.skip(&[' ']);
        if self.one(&['Z', 'z']).is_some() {
            return Some(Some(Offset::UTC));
        }
        let Some(sign) = self.one(&['+', '-', '−']) else {
            self.text = before.trim_end();
            return Some(None);
        };
        let digits = self.digits();
        let (hours, minutes): (i32, i32) = match digits.len() {
            4 => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
            2 if self.one(&[':']).is_some() => (digits.parse().ok()?, self.pair()?.into()),
            1 | 2 => (digits.parse().ok()?, 0),
            _ => return None,
        };
        let seconds = (hours * 60 + minutes) * 60;
        Offset::from_seconds(if sign == '+' { seconds } else { -seconds })
            .ok()
            .map(Some)
    }

    fn zone(&mut self) -> Option<Option<String>> {
        if self.one(&['[']).is_none() {
            return Some(None);
        }
        let name = self.take(|c| c != ']');
        self.one(&[']'])?;
        Some(Some(name.to_owned()))
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
