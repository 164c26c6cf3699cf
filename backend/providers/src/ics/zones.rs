//! What a TZID means, and the VTIMEZONE that says so to others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use domain::time::EventTime;
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone, TimeZoneTransition},
};

use super::definition::{Definition, LAST};
use super::lines::{Component, Item, Line};
use crate::zones;

/// The zones an object defines.
#[derive(Debug, Default)]
pub struct Zones(BTreeMap<String, Known>);

#[derive(Debug, Clone)]
enum Known {
    /// A name that [`domain::time::zone`] knows.
    Named(String),
    /// A zone of the producer's own making that has none.
    Defined(Definition),
}

impl Zones {
    /// Reads the VTIMEZONEs of an object.
    pub fn of(calendar: &Component) -> Self {
        let repeats = calendar
            .components()
            .any(|event| event.line("RRULE").is_some() || event.line("RDATE").is_some());
        let zones: Vec<&Component> = calendar.components().filter(|c| c.name == "VTIMEZONE").collect();
        Self::defined(&zones, repeats, begin(calendar))
    }

    /// What these VTIMEZONEs mean where the first event begins at `begin`, and something repeats or does not.
    pub fn defined(zones: &[&Component], repeats: bool, begin: Option<Timestamp>) -> Self {
        let mut known = BTreeMap::new();
        for zone in zones {
            let Some(tzid) = zone.line("TZID").map(|line| line.value.trim().to_owned()) else {
                continue;
            };
            let named = find(&tzid);
            let location = zone.line("X-LIC-LOCATION").and_then(|line| find(line.value.trim()));
            // A name in other letters than the database's may be another's own: its rules say more than the name.
            let sure = |name: &Option<String>| {
                name.clone()
                    .filter(|name| *name != tzid || spelled_as_in_the_database(name))
            };
            let definition = Definition::of(zone);
            let name = sure(&named)
                .or_else(|| sure(&location))
                .or_else(|| by_rules(zone))
                .or(named)
                .or(location)
                .or_else(|| by_changes(definition.as_ref()?, begin))
                // What happens once is an instant. What repeats needs the rules.
                .or_else(|| repeats.then(|| definition.as_ref()?.posix())?)
                .filter(|name| domain::time::zone(name).is_ok());
            if let Some(meaning) = name.map(Known::Named).or(definition.map(Known::Defined)) {
                known.insert(tzid, meaning);
            }
        }
        Self(known)
    }

    /// A wall time in the zone an object calls `tzid`. A zone nobody knows by name becomes an instant by its own offset;
    /// one that is neither known nor defined is taken for the calendar's.
    ///
    /// # Errors
    /// For people, when the time is out of range.
    pub fn place(&self, tzid: &str, local: DateTime, calendar_zone: &str) -> Result<EventTime, String> {
        match self.0.get(tzid).cloned().or_else(|| find(tzid).map(Known::Named)) {
            Some(Known::Named(time_zone)) => Ok(EventTime::Zoned {
                date_time: local,
                time_zone,
            }),
            Some(Known::Defined(zone)) => {
                let at = zone.offset(local).to_timestamp(local).map_err(|e| e.to_string())?;
                Ok(EventTime::Zoned {
                    date_time: TimeZone::UTC.to_datetime(at),
                    time_zone: "UTC".into(),
                })
            }
            None => Ok(EventTime::Zoned {
                date_time: local,
                time_zone: calendar_zone.to_owned(),
            }),
        }
    }

    /// Whether a name means anything here.
    pub fn knows(&self, tzid: &str) -> bool {
        self.0.contains_key(tzid) || find(tzid).is_some()
    }

    /// The reverse of [`Zones::place`]: what the wall clock of `tzid` shows.
    pub fn local(&self, tzid: &str, time: &EventTime) -> DateTime {
        match (self.0.get(tzid), time.instant("UTC")) {
            (Some(Known::Defined(zone)), Ok(at)) => zone.local(at),
            _ => time.local(),
        }
    }

    /// The IANA name for a TZID, where it has one.
    pub fn name(&self, tzid: &str) -> Option<String> {
        match self.0.get(tzid) {
            Some(Known::Named(name)) => Some(name.clone()).filter(|name| !name.contains(',')),
            Some(Known::Defined(_)) => None,
            None => find(tzid),
        }
    }
}

/// By IANA name, Windows name, an IANA name with an underscore for its slash (khal), or the tail of a path such as `/mozilla.org/20050126_1/Europe/Berlin`.
fn find(tzid: &str) -> Option<String> {
    let tzid = tzid.trim().trim_matches('"');
    let spelled = tzid.replacen('_', "/", 1);
    zones::find(tzid).or_else(|| zones::find(&spelled)).or_else(|| {
        let pieces: Vec<&str> = tzid.split('/').filter(|piece| !piece.is_empty()).collect();
        (2..=3)
            .filter_map(|n| pieces.len().checked_sub(n))
            .filter_map(|from| pieces.get(from..))
            .find_map(|tail| zones::find(&tail.join("/")))
    })
}

fn spelled_as_in_the_database(name: &str) -> bool {
    TimeZone::get(name).is_ok_and(|tz| tz.iana_name() == Some(name))
}

/// Zones that programs with names of their own for them (Outlook's “Customized Time Zone”) mean most often.
const FREQUENT: [&str; 15] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Halifax",
    "America/St_Johns",
    "America/Anchorage",
    "America/Santiago",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Asia/Jerusalem",
];

/// A frequent zone whose clock changes by the same rules, or one of a whole number of hours that never changes: good
/// for series over a change of the clock, which a bare offset is not.
fn by_rules(zone: &Component) -> Option<String> {
    static KNOWN: LazyLock<Vec<(&str, Rules)>> = LazyLock::new(|| {
        let since = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 55);
        let zones = FREQUENT
            .into_iter()
            .filter_map(|name| Some((name, rules(&vtimezone(name, since)?))));
        zones.filter(|(_, rules)| rules.len() == 2).collect()
    });
    let rules = rules(zone);
    if rules.is_empty() {
        let mut offsets = zone.components().map(offset_to);
        let offset = offsets.next()??;
        let hours = offset.seconds() / 3600;
        let is_steady = offsets.all(|other| other == Some(offset)) && offset.seconds() % 3600 == 0;
        // The names of that family count the other way round.
        return is_steady
            .then(|| format!("Etc/GMT{:+}", -hours))
            .filter(|name| TimeZone::get(name).is_ok());
    }
    KNOWN
        .iter()
        .find(|(_, known)| *known == rules)
        .map(|(name, _)| (*name).to_owned())
}

/// The earliest start in an object, as if its clock were UTC.
fn begin(calendar: &Component) -> Option<Timestamp> {
    let starts = calendar.components().filter_map(|event| event.line("DTSTART"));
    starts.filter_map(|line| day(&line.value)).min()
}

/// The day of a DTSTART, as if its clock were UTC.
pub fn day(value: &str) -> Option<Timestamp> {
    let day = Date::strptime("%Y%m%d", value.trim().get(..8)?).ok()?;
    Offset::UTC.to_timestamp(day.to_datetime(Time::midnight())).ok()
}

/// A zone by any name that programs give it.
pub fn known(name: &str) -> Option<String> {
    find(name)
}

/// A zone whose clock changes when this one's does: over all that it lists, or, where it goes on for ever, from `begin` on.
/// The frequent ones first: several may do.
fn by_changes(definition: &Definition, begin: Option<Timestamp>) -> Option<String> {
    let day = SignedDuration::from_hours(24);
    let (from, to) = match definition.listed() {
        Some((first, last)) => (first.saturating_sub(day).ok()?, last.saturating_add(day).ok()?),
        None => (begin?.saturating_sub(day).ok()?, LAST),
    };
    let changes = definition.changes(from, to)?;
    let offset = definition.offset(Offset::UTC.to_datetime(from));
    let is_same = |name: &str| {
        let Ok(tz) = TimeZone::get(name) else {
            return false;
        };
        let theirs = tz.following(from).take_while(|change| change.timestamp() < to);
        // Some transitions change the name of the time only.
        let mut last = tz.to_offset(from);
        last == offset
            && theirs
                .map(|change| (change.timestamp(), change.offset()))
                .filter(|(_, after)| std::mem::replace(&mut last, *after) != *after)
                .eq(changes.iter().copied())
    };
    let all = jiff::tz::db().available().map(|name| name.to_string());
    // Not “US/Eastern”, “EST5EDT” or “posix/…”: names of the past.
    let of_places = all.filter(|name| AREAS.iter().any(|area| name.starts_with(area)));
    let mut names = FREQUENT.into_iter().map(str::to_owned).chain(of_places);
    names.find(|name| is_same(name))
}

/// How names of places begin.
const AREAS: [&str; 9] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// Month, weekday, hour and offset of each yearly change.
type Rules = BTreeSet<Vec<String>>;

/// What the latest rule of each kind says.
fn rules(zone: &Component) -> Rules {
    let mut latest: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    for observance in zone.components() {
        let rule = || -> Option<(&str, Vec<String>)> {
            let start = observance.line("DTSTART")?.value.trim();
            let rrule = observance.line("RRULE")?.value.to_ascii_uppercase();
            let part = |name: &str| rrule.split(';').find_map(|p| p.strip_prefix(name)).map(str::to_owned);
            let hour = start.get(9..13)?.to_owned();
            let offset = offset_to(observance)?.seconds().to_string();
            Some((start, vec![part("BYMONTH=")?, part("BYDAY=")?, hour, offset]))
        };
        if let Some((start, rule)) = rule()
            && latest
                .get(observance.name.as_str())
                .is_none_or(|(other, _)| *other < start)
        {
            latest.insert(observance.name.as_str(), (start, rule));
        }
    }
    latest.into_values().map(|(_, rule)| rule).collect()
}

pub(super) fn offset_to(observance: &Component) -> Option<Offset> {
    offset(observance, "TZOFFSETTO")
}

pub(super) fn offset(observance: &Component, name: &str) -> Option<Offset> {
    let text = observance.line(name)?.value.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => (1, text),
    };
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse::<i32>().ok());
    Offset::from_seconds(sign * (number(0..2)? * 3600 + number(2..4)? * 60)).ok()
}

/// How many years a VTIMEZONE covers one by one where its changes follow no yearly rule.
const YEARS: i16 = 12;
/// A rule that holds until then is taken to hold for ever.
const SETTLED: i16 = 2040;

/// The definition of an IANA zone from `since` on: its changes one by one, then the yearly rules they settle on.
pub fn vtimezone(name: &str, since: Timestamp) -> Option<Component> {
    let tz = domain::time::zone(name).ok()?;
    let mut zone = Component::new("VTIMEZONE");
    zone.push(Line::new("TZID", &[], name));
    let from = since.saturating_sub(SignedDuration::from_hours(24 * 366)).ok()?;
    let first_year = from.to_zoned(tz.clone()).year();
    let last_year = SETTLED.max(first_year + YEARS);
    let changes: Vec<Change> = tz
        .preceding(from)
        .take(1)
        .chain(
            tz.following(from)
                .take_while(|t| t.timestamp().to_zoned(tz.clone()).year() <= last_year),
        )
        .filter_map(|t| Change::of(&tz, &t))
        .collect();
    let observances = match changes.as_slice() {
        [] => vec![observance(
            "STANDARD",
            DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
            tz.to_offset(since),
            tz.to_offset(since),
            &abbreviation(&tz, since),
            None,
        )],
        changes => {
            let settled = (0..changes.len()).find_map(|n| Some((n, yearly(changes.get(n..)?, last_year)?)));
            let one_by_one = |all: &[Change]| -> Vec<Component> { all.iter().map(|c| c.observance(None)).collect() };
            match settled {
                Some((n, rules)) => one_by_one(changes.get(..n).unwrap_or_default())
                    .into_iter()
                    .chain(rules)
                    .collect(),
                None => {
                    let near = changes.partition_point(|c| c.local.year() <= first_year + YEARS);
                    one_by_one(changes.get(..near).unwrap_or_default())
                }
            }
        }
    };
    zone.items.extend(observances.into_iter().map(Item::Component));
    Some(zone)
}

/// One change of the clock.
struct Change {
    /// What the clock showed when it changed.
    local: DateTime,
    before: Offset,
    after: Offset,
    name: String,
    dst: bool,
}

impl Change {
    fn of(tz: &TimeZone, transition: &TimeZoneTransition) -> Option<Self> {
        let before = tz.to_offset(transition.timestamp().checked_sub(SignedDuration::from_secs(1)).ok()?);
        Some(Self {
            local: before.to_datetime(transition.timestamp()),
            before,
            after: transition.offset(),
            name: transition.abbreviation().to_owned(),
            dst: transition.dst().is_dst(),
        })
    }

    fn observance(&self, rule: Option<&str>) -> Component {
        observance(
            if self.dst { "DAYLIGHT" } else { "STANDARD" },
            self.local,
            self.before,
            self.after,
            &self.name,
            rule,
        )
    }

    /// Everything that stays the same from year to year but the day of the month.
    fn kind(&self) -> (i8, jiff::civil::Weekday, jiff::civil::Time, Offset, Offset) {
        (
            self.local.month(),
            self.local.weekday(),
            self.local.time(),
            self.before,
            self.after,
        )
    }
}

/// Two rules, when the clock changes twice a year on the same weekday of the same months, up to the last year.
fn yearly(changes: &[Change], last_year: i16) -> Option<Vec<Component>> {
    changes.last().filter(|change| change.local.year() >= last_year)?;
    let [first, second, ..] = changes else {
        return None;
    };
    let (one, other): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| c.kind() == first.kind());
    let regular =
        one.len().abs_diff(other.len()) <= 1 && one.len() >= 4 && other.iter().all(|c| c.kind() == second.kind());
    if !regular {
        return None;
    }
    let rule = |group: &[&Change]| {
        let nth = |date: Date| (date.day() - 1) / 7 + 1;
        let is_last = |date: Date| date.day() + 7 > date.days_in_month();
        let sample = group.first()?;
        let place = if group.iter().all(|c| is_last(c.local.date())) {
            -1
        } else {
            let n = nth(sample.local.date());
            group.iter().all(|c| nth(c.local.date()) == n).then_some(n)?
        };
        let day = super::write::weekday(sample.local.weekday());
        Some(sample.observance(Some(&format!(
            "FREQ=YEARLY;BYMONTH={};BYDAY={place}{day}",
            sample.local.month()
        ))))
    };
    Some(vec![rule(&one)?, rule(&other)?])
}

fn observance(kind: &str, local: DateTime, before: Offset, after: Offset, name: &str, rule: Option<&str>) -> Component {
    let offset = |o: Offset| {
        let minutes = o.seconds().abs() / 60;
        format!(
            "{}{:02}{:02}",
            if o.is_negative() { '-' } else { '+' },
            minutes / 60,
            minutes % 60
        )
    };
    let mut component = Component::new(kind);
    component.push(Line::new("DTSTART", &[], &local.strftime("%Y%m%dT%H%M%S").to_string()));
    component.push(Line::new("TZOFFSETFROM", &[], &offset(before)));
    component.push(Line::new("TZOFFSETTO", &[], &offset(after)));
    component.push(Line::text("TZNAME", name));
    if let Some(rule) = rule {
        component.push(Line::new("RRULE", &[], rule));
    }
    component
}

fn abbreviation(tz: &TimeZone, at: Timestamp) -> String {
    tz.to_offset_info(at).abbreviation().to_owned()
}

/// Adds the definition of every zone in `times` that the object does not have yet, before its first event.
pub fn define(calendar: &mut Component, times: &[&EventTime]) {
    for time in times {
        let EventTime::Zoned { date_time, time_zone } = time else {
            continue;
        };
        let defined = calendar
            .components()
            .any(|c| c.name == "VTIMEZONE" && c.line("TZID").is_some_and(|l| l.value == *time_zone));
        if defined || super::value::is_utc(time_zone) {
            continue;
        }
        let since = date_time
            .saturating_sub(1.day())
            .to_zoned(TimeZone::UTC)
            .map_or(Timestamp::UNIX_EPOCH, |z| z.timestamp());
        if let Some(zone) = vtimezone(time_zone, since) {
            let at = calendar
                .items
                .iter()
                .position(|item| matches!(item, Item::Component(_)))
                .unwrap_or(calendar.items.len());
            calendar.items.insert(at, Item::Component(zone));
        }
    }
}

#[cfg(test)]
#[path = "tests/zones.rs"]
#[allow(clippy::unwrap_used)]
mod tests;
