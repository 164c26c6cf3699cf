//! EXDATE lines: Microsoft keeps no list of dates with a rule, but its occurrences can be deleted one by one.

use domain::{
    event::EventContent,
    time::{EventTime, instant},
};
use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// The content without its EXDATE lines, and the occurrences they name.
///
/// # Errors
/// For people: a date that is not understood.
pub fn without_dates(content: &EventContent) -> Result<(EventContent, Vec<EventTime>), String> {
    let is_out = |line: &&String| line.to_ascii_uppercase().starts_with("EXDATE");
    let mut out = Vec::new();
    for line in content.recurrence.iter().filter(is_out) {
        let (head, values) = line.split_once(':').ok_or_else(|| format!("“{line}” names no date"))?;
        let zone = head.split(';').find_map(|part| part.strip_prefix("TZID="));
        for value in values.split(',') {
            out.push(one(value.trim(), zone, &content.start)?);
        }
    }
    let mut content = content.clone();
    content.recurrence.retain(|line| !is_out(&line));
    Ok((content, out))
}

/// One value, in the kind and zone of the series. A date given for a timed series means its time on that day.
fn one(value: &str, zone: Option<&str>, start: &EventTime) -> Result<EventTime, String> {
    let bad = || format!("“{value}” is not a date");
    let day = value.get(..8).unwrap_or_default();
    let day = Date::strptime("%Y%m%d", day).map_err(|_| bad())?;
    let (wall, own) = match start {
        EventTime::Date { .. } => return Ok(EventTime::Date { date: day }),
        EventTime::Zoned { date_time, time_zone } => (date_time.time(), time_zone),
    };
    let placed = |date_time| EventTime::Zoned {
        date_time,
        time_zone: own.clone(),
    };
    if value.len() == 8 {
        return Ok(placed(day.to_datetime(wall)));
    }
    let told = DateTime::strptime("%Y%m%dT%H%M%S", value.trim_end_matches('Z')).map_err(|_| bad())?;
    let zone = if value.ends_with('Z') { Some("UTC") } else { zone };
    let Some(zone) = zone.filter(|zone| zone != own) else {
        return Ok(placed(told));
    };
    let at = instant(told, zone).map_err(|e| e.to_string())?;
    let own = TimeZone::get(own).map_err(|e| e.to_string())?;
    Ok(placed(own.to_datetime(at)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_spelling_and_leave_the_rule_alone() {
        let start = EventTime::Zoned {
            date_time: "2027-03-15T09:00:00".parse().unwrap(),
            time_zone: "Europe/Berlin".into(),
        };
        let meant = |value: &str, zone| one(value, zone, &start).unwrap().local().to_string();
        // The clocks change on 28 March.
        assert_eq!(meant("20270322T080000Z", None), "2027-03-22T09:00:00");
        assert_eq!(meant("20270329T070000Z", None), "2027-03-29T09:00:00");
        assert_eq!(meant("20270329T090000", Some("Europe/Berlin")), "2027-03-29T09:00:00");
        assert_eq!(
            meant("20270322T040000", Some("America/New_York")),
            "2027-03-22T09:00:00"
        );
        assert_eq!(meant("20270322", None), "2027-03-22T09:00:00");
        assert!(one("soon", None, &start).is_err());
    }
}
