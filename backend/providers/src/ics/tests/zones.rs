//! Definitions of zones, and their names.

use super::*;

fn rules(name: &str) -> Vec<String> {
    let zone = vtimezone(name, "2026-06-01T00:00:00Z".parse().unwrap()).unwrap();
    zone.components()
        .map(|c| {
            c.line("RRULE").map_or_else(
                || format!("{} {}", c.name, c.line("TZOFFSETTO").unwrap().value),
                |l| l.value.clone(),
            )
        })
        .collect()
}

#[test]
fn zones_with_yearly_rules_say_them() {
    let mut berlin = rules("Europe/Berlin");
    berlin.sort();
    assert_eq!(
        berlin,
        ["FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"]
    );
    let mut york = rules("America/New_York");
    york.sort();
    assert_eq!(
        york,
        ["FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"]
    );
}

#[test]
fn a_zone_without_changes_has_one_offset() {
    assert_eq!(rules("Asia/Kolkata"), ["STANDARD +0530"]);
    assert_eq!(rules("Asia/Tokyo"), ["STANDARD +0900"]);
}

#[test]
fn a_zone_whose_changes_follow_the_moon_lists_them() {
    assert!(rules("Africa/Casablanca").len() > 4);
}

#[test]
fn names_of_all_kinds_are_found() {
    for name in [
        "Europe/Berlin",
        "W. Europe Standard Time",
        "/mozilla.org/20050126_1/Europe/Berlin",
        "/citadel.org/20211207_1/Europe/Berlin",
    ] {
        assert_eq!(find(name).as_deref(), Some("Europe/Berlin"), "{name}");
    }
    assert_eq!(find("Customized Time Zone"), None);
}
