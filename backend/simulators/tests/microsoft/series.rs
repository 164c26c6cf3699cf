//! Series: patterns, occurrences, exceptions, what is cancelled.

use serde_json::{Value, json};

use crate::harness::{MIRA, Microsoft, User, daily, path, series, subjects};

const WINDOW: &str = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z";

async fn instances(user: &User<'_>, master: &Value) -> Vec<Value> {
    user.all(&format!("{}/instances?{WINDOW}", path(master))).await
}

fn days(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|i| &i["start"]["dateTime"].as_str().unwrap()[5..10])
        .collect()
}

#[tokio::test]
async fn patterns_and_ranges_expand_as_documented() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let open = json!({"type": "noEnd"});
    for (pattern, range, expected) in [
        (
            json!({"type": "daily", "interval": 10}),
            open.clone(),
            vec!["03-01", "03-11", "03-21", "03-31"],
        ),
        (
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "friday"]}),
            open.clone(),
            vec!["03-01", "03-05", "03-15", "03-19", "03-29"],
        ),
        (
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}),
            json!({"type": "endDate", "endDate": "2027-03-15"}),
            vec!["03-01", "03-08", "03-15"],
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 20}),
            open.clone(),
            vec!["03-20"],
        ),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["wednesday"], "index": "last"}),
            open.clone(),
            vec!["03-31"],
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 7, "month": 3}),
            open.clone(),
            vec!["03-07"],
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "month": 3, "index": "second"}),
            open,
            vec!["03-08"],
        ),
    ] {
        let master = mira
            .create(series("Series", "2027-03-01T10:00", pattern.clone(), range))
            .await;
        assert_eq!(master["type"], "seriesMaster");
        let all = instances(&mira, &master).await;
        assert_eq!(days(&all), expected, "{pattern}");
        assert!(
            all.iter()
                .all(|i| i["type"] == "occurrence" && i["seriesMasterId"] == master["id"] && i["uid"] == master["uid"])
        );
        assert!(
            all.iter().all(|i| i["iCalUId"] != master["iCalUId"]),
            "of occurrences it differs"
        );
    }
}

#[tokio::test]
async fn what_a_recurrence_lacks_is_said() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    for (pattern, range) in [
        (json!({"type": "daily"}), json!({"type": "noEnd"})),
        (json!({"type": "weekly", "interval": 1}), json!({"type": "noEnd"})),
        (
            json!({"type": "absoluteMonthly", "interval": 1}),
            json!({"type": "noEnd"}),
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1}),
            json!({"type": "noEnd"}),
        ),
        (json!({"type": "daily", "interval": 1}), json!({"type": "numbered"})),
        (json!({"type": "daily", "interval": 1}), json!({"type": "endDate"})),
        (json!({"type": "daily", "interval": 1}), json!({})),
    ] {
        let body = series("Odd", "2027-03-01T10:00", pattern.clone(), range.clone());
        assert_eq!(
            mira.post("/me/events", body).await.refused(),
            (400, "ErrorPropertyValidationFailure".into()),
            "{pattern} {range}"
        );
    }
    let mut body = daily("Odd", "2027-03-01T10:00", 3);
    body["recurrence"]["range"]["startDate"] = json!("2027-03-02");
    assert_eq!(
        mira.post("/me/events", body).await.refused().0,
        400,
        "the range begins on the day of the event"
    );
    let made = mira.create(daily("Complete", "2027-03-01T10:00", 3)).await;
    assert_eq!(made["recurrence"]["pattern"]["firstDayOfWeek"], "sunday");
    assert_eq!(made["recurrence"]["range"]["endDate"], "0001-01-01");
}

#[tokio::test]
async fn an_occurrence_that_is_changed_becomes_an_exception_and_keeps_its_name() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let master = mira.create(daily("Stand-up", "2027-03-01T10:00", 5)).await;
    let second = instances(&mira, &master).await[1].clone();
    let moved = mira
        .patch(
            &path(&second),
            json!({
                "subject": "Later",
                "start": {"dateTime": "2027-03-02T15:00:00", "timeZone": "W. Europe Standard Time"},
                "end": {"dateTime": "2027-03-02T16:00:00", "timeZone": "W. Europe Standard Time"},
            }),
        )
        .await
        .good();
    assert_eq!(
        (moved["type"].as_str(), &moved["id"]),
        (Some("exception"), &second["id"])
    );
    assert_eq!(moved["originalStart"], "2027-03-02T09:00:00.0000000Z");
    let all = instances(&mira, &master).await;
    assert_eq!(
        subjects(&all),
        ["Stand-up", "Later", "Stand-up", "Stand-up", "Stand-up"]
    );
    mira.patch(&path(&master), json!({"location": {"displayName": "Hall"}}))
        .await
        .good();
    let all = instances(&mira, &master).await;
    assert_eq!(
        (all[1]["subject"].as_str(), all[1]["location"]["displayName"].as_str()),
        (Some("Later"), Some("Hall")),
        "what an exception did not change it takes from the series"
    );
    let whole = mira
        .get(&format!("{}?$expand=exceptionOccurrences", path(&master)))
        .await
        .good();
    assert_eq!(whole["exceptionOccurrences"][0]["subject"], "Later");
    let crossing = json!({
        "start": {"dateTime": "2027-03-04T15:00:00", "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": "2027-03-04T16:00:00", "timeZone": "W. Europe Standard Time"},
    });
    assert_eq!(
        mira.patch(&path(&second), crossing).await.refused(),
        (400, "ErrorOccurrenceCrossingBoundary".into())
    );
    let pattern = json!({"recurrence": {"pattern": {"type": "daily", "interval": 2}, "range": {"type": "numbered", "numberOfOccurrences": 5, "startDate": "2027-03-01"}}});
    assert_eq!(mira.patch(&path(&second), pattern.clone()).await.refused().0, 400);
    mira.patch(&path(&master), pattern).await.good();
    let all = instances(&mira, &master).await;
    assert_eq!(subjects(&all), ["Stand-up"; 5], "a new pattern forgets exceptions");
}

#[tokio::test]
async fn an_occurrence_that_is_deleted_is_gone_and_its_master_says_so_when_asked() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let master = mira.create(daily("Stand-up", "2027-03-01T10:00", 4)).await;
    let third = instances(&mira, &master).await[2].clone();
    assert_eq!(mira.delete(&path(&third)).await.status, 204);
    assert_eq!(days(&instances(&mira, &master).await), ["03-01", "03-02", "03-04"]);
    assert_eq!(mira.get(&path(&third)).await.refused().0, 404);
    let after = mira.get(&path(&master)).await.good();
    assert_ne!(after["changeKey"], master["changeKey"]);
    assert!(after.get("cancelledOccurrences").is_none());
    let asked = mira
        .get(&format!("{}?$select=subject,cancelledOccurrences", path(&master)))
        .await
        .good();
    let gone: Vec<&str> = asked["cancelledOccurrences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o.as_str().unwrap())
        .collect();
    assert_eq!(gone, [third["occurrenceId"].as_str().unwrap()]);
    assert_eq!(mira.delete(&path(&master)).await.status, 204);
    assert!(mira.all(&format!("/me/calendarView?{WINDOW}")).await.is_empty());
}

#[tokio::test]
async fn instances_are_of_series_and_within_a_window() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let single = mira.create(crate::harness::hour("Single", "2027-03-01T10:00")).await;
    assert_eq!(
        mira.get(&format!("{}/instances?{WINDOW}", path(&single)))
            .await
            .refused()
            .0,
        400
    );
    let master = mira.create(daily("Series", "2027-03-01T10:00", 4)).await;
    assert_eq!(
        mira.get(&format!("{}/instances", path(&master))).await.refused(),
        (400, "ErrorInvalidParameter".into())
    );
    let wide = "startDateTime=2020-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z";
    assert_eq!(
        mira.get(&format!("/me/calendarView?{wide}")).await.refused(),
        (400, "ErrorCalendarViewRangeTooBig".into())
    );
    let listed = mira.all("/me/events").await;
    assert_eq!(listed.len(), 2, "a listing has masters, not occurrences");
}
