//! Windows and IANA zones.

use serde_json::json;

use crate::harness::{MIRA, Microsoft, hour, path};

#[tokio::test]
async fn zones_have_windows_and_iana_names_and_answers_come_in_the_one_asked_for() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let made = mira
        .create(json!({
            "subject": "Over the ocean",
            "start": {"dateTime": "2027-03-01T10:00:00", "timeZone": "America/New_York"},
            "end": {"dateTime": "2027-03-01T18:30:00", "timeZone": "W. Europe Standard Time"},
        }))
        .await;
    assert_eq!(
        (made["start"]["dateTime"].as_str(), made["end"]["dateTime"].as_str()),
        (Some("2027-03-01T15:00:00.0000000"), Some("2027-03-01T17:30:00.0000000"))
    );
    assert_eq!(
        (
            made["originalStartTimeZone"].as_str(),
            made["originalEndTimeZone"].as_str()
        ),
        (Some("America/New_York"), Some("W. Europe Standard Time"))
    );
    for (zone, at) in [
        ("Eastern Standard Time", "10:00"),
        ("Europe/Berlin", "16:00"),
        ("India Standard Time", "20:30"),
        ("UTC", "15:00"),
    ] {
        let seen = mira
            .prefer(&format!("outlook.timezone=\"{zone}\""))
            .get(&path(&made))
            .await
            .good();
        assert_eq!(
            seen["start"],
            json!({"dateTime": format!("2027-03-01T{at}:00.0000000"), "timeZone": zone})
        );
    }
    let reply = mira.prefer("outlook.timezone=\"Nowhere\"").get(&path(&made)).await;
    assert_eq!(reply.refused(), (400, "TimeZoneNotSupportedException".into()));
    let reply = mira
        .prefer("outlook.timezone=\"europe/berlin\"")
        .get(&path(&made))
        .await;
    assert_eq!(reply.refused().0, 400, "zones are taken in their own spelling");
}

#[tokio::test]
async fn a_zone_of_a_desktop_program_has_no_name() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let made = mira.create(hour("Old", "2027-03-01T10:00")).await;
    microsoft.control().custom_zone(made["id"].as_str().unwrap()).unwrap();
    let seen = mira.get(&path(&made)).await.good();
    assert_eq!(seen["originalStartTimeZone"], "tzone://Microsoft/Custom");
    assert_eq!(seen["start"]["dateTime"], "2027-03-01T09:00:00.0000000");
}

#[tokio::test]
async fn a_series_keeps_its_hour_over_the_change_of_clocks() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    mira.create(crate::harness::daily("Early", "2027-03-27T08:00", 3)).await;
    let view = mira
        .all("/me/calendarView?startDateTime=2027-03-20T00:00:00&endDateTime=2027-04-10T00:00:00Z")
        .await;
    let times: Vec<&str> = view
        .iter()
        .map(|e| &e["start"]["dateTime"].as_str().unwrap()[..16])
        .collect();
    assert_eq!(times, ["2027-03-27T07:00", "2027-03-28T06:00", "2027-03-29T06:00"]);
}
