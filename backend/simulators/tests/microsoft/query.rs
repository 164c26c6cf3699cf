//! Query options.

use serde_json::json;

use crate::harness::{MIRA, Microsoft, daily, hour, path, subjects};

const PROPERTY: &str = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name stacker";

#[tokio::test]
async fn pages_selections_and_orders() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    for n in 1..=4 {
        mira.create(hour(&format!("Event {n}"), &format!("2027-03-0{n}T10:00")))
            .await;
    }
    let page = mira
        .get("/me/events?$top=3&$count=true&$orderby=start/dateTime desc&$select=subject")
        .await
        .good();
    assert_eq!(
        (
            subjects(page["value"].as_array().unwrap()),
            page["@odata.count"].as_u64()
        ),
        (vec!["Event 4", "Event 3", "Event 2"], Some(4))
    );
    let one = page["value"][0].as_object().unwrap();
    assert!(one.contains_key("id") && one.contains_key("@odata.etag") && !one.contains_key("start"));
    let rest = mira.get(page["@odata.nextLink"].as_str().unwrap()).await.good();
    assert_eq!(subjects(rest["value"].as_array().unwrap()), ["Event 1"]);
    assert!(rest.get("@odata.nextLink").is_none());
    let small = mira.prefer("odata.maxpagesize=2").get("/me/events").await;
    assert!(
        small.headers["preference-applied"]
            .to_str()
            .unwrap()
            .contains("odata.maxpagesize=2")
    );
    assert_eq!(small.good()["value"].as_array().unwrap().len(), 2);
    for wrong in [
        "$select=summary",
        "$top=0",
        "$top=1001",
        "$filter=subject like 'x'",
        "$nonsense=1",
        "$expand=everything",
    ] {
        assert_eq!(
            mira.get(&format!("/me/events?{wrong}")).await.refused().0,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let first = mira.create(hour("It's first", "2027-03-01T10:00")).await;
    mira.create(hour("Second", "2027-03-02T10:00")).await;
    mira.create(daily("Series", "2027-03-03T10:00", 3)).await;
    for (filter, expected) in [
        (
            format!("iCalUId eq '{}'", first["iCalUId"].as_str().unwrap()),
            vec!["It's first"],
        ),
        ("subject eq 'It''s first'".into(), vec!["It's first"]),
        (
            "start/dateTime ge '2027-03-02T09:00' and end/dateTime lt '2027-03-03T00:00:00'".into(),
            vec!["Second"],
        ),
        (
            "start/dateTime gt '2027-03-02T09:00:00Z' or startswith(subject, 'it')".into(),
            vec!["Series", "It's first"],
        ),
        (
            "type eq 'seriesMaster' and not (isAllDay eq true)".into(),
            vec!["Series"],
        ),
        ("contains(subject,'eco')".into(), vec!["Second"]),
        (
            "subject ne 'Second' and (type eq 'singleInstance')".into(),
            vec!["It's first"],
        ),
    ] {
        let query = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect::<String>();
        assert_eq!(
            subjects(&mira.all(&format!("/me/events?$filter={query}")).await),
            expected,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn extended_properties_are_found_by_filter_and_shown_only_on_demand() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let mut body = hour("Ours", "2027-03-01T10:00");
    body["singleValueExtendedProperties"] = json!([{"id": PROPERTY, "value": "evt_1"}]);
    body["multiValueExtendedProperties"] =
        json!([{"id": PROPERTY.replace("String", "StringArray"), "value": ["a", "b"]}]);
    let made = mira.create(body).await;
    mira.create(hour("Theirs", "2027-03-01T12:00")).await;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let filter = encode(&format!(
        "singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'evt_1')"
    ));
    let found = mira.all(&format!("/me/events?$filter={filter}")).await;
    assert_eq!(subjects(&found), ["Ours"]);
    assert!(found[0].get("singleValueExtendedProperties").is_none());
    let expand = encode(&format!(
        "singleValueExtendedProperties($filter=id eq '{PROPERTY}'),multiValueExtendedProperties($filter=id eq '{}')",
        PROPERTY.replace("String", "StringArray")
    ));
    let whole = mira.get(&format!("{}?$expand={expand}", path(&made))).await.good();
    assert_eq!(
        whole["singleValueExtendedProperties"],
        json!([{"id": PROPERTY, "value": "evt_1"}])
    );
    assert_eq!(whole["multiValueExtendedProperties"][0]["value"], json!(["a", "b"]));
    mira.patch(
        &path(&made),
        json!({"singleValueExtendedProperties": [{"id": PROPERTY, "value": "evt_2"}]}),
    )
    .await
    .good();
    assert!(mira.all(&format!("/me/events?$filter={filter}")).await.is_empty());
    let bare = mira
        .get(&format!("{}?$expand=singleValueExtendedProperties", path(&made)))
        .await;
    assert_eq!(bare.refused().0, 400, "an expansion names what it wants");
}
