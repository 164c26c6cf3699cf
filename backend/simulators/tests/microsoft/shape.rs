//! What every answer must look like, written from the pages of the types, not from the simulator.

use serde_json::Value;

/// Texts an event always has, and what else they may be.
const WORDS: &[(&str, &[&str])] = &[
    ("type", &["singleInstance", "seriesMaster", "occurrence", "exception"]),
    (
        "showAs",
        &["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"],
    ),
    ("sensitivity", &["normal", "personal", "private", "confidential"]),
    ("importance", &["low", "normal", "high"]),
    ("onlineMeetingProvider", &["unknown", "teamsForBusiness"]),
];
const FLAGS: &[&str] = &[
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "isReminderOn",
    "responseRequested",
    "isOnlineMeeting",
    "hideAttendees",
    "hasAttachments",
    "isDraft",
    "allowNewTimeProposals",
];
const TEXTS: &[&str] = &[
    "id",
    "changeKey",
    "iCalUId",
    "uid",
    "subject",
    "bodyPreview",
    "webLink",
    "originalStartTimeZone",
    "originalEndTimeZone",
];

/// Looks at an answer, whatever it is.
#[track_caller]
pub fn answer(json: &Value) {
    if let Some(list) = json["value"].as_array() {
        let delta = json.get("@odata.deltaLink").is_some() || list.iter().any(|i| i.get("@odata.type").is_some());
        for item in list
            .iter()
            .filter(|i| i.get("iCalUId").is_some() || i["type"] == "occurrence")
        {
            if delta && item["type"] == "occurrence" {
                bare(item)
            } else {
                event(item)
            }
        }
    } else if json.get("iCalUId").is_some() {
        event(json);
    }
}

#[track_caller]
fn moment(value: &Value) {
    let text = value["dateTime"].as_str().unwrap_or_default();
    assert!(
        text.len() == 27 && text.as_bytes()[10] == b'T' && value["timeZone"].is_string(),
        "{value}"
    );
}

/// An occurrence in a round of changes has nothing else.
#[track_caller]
fn bare(item: &Value) {
    let mut keys: Vec<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "@odata.etag",
            "@odata.type",
            "end",
            "id",
            "seriesMasterId",
            "start",
            "type"
        ]
    );
}

#[track_caller]
fn event(item: &Value) {
    for (key, words) in WORDS {
        assert!(
            words.contains(&item[*key].as_str().unwrap_or_default()),
            "{key}: {item:#}"
        );
    }
    for key in FLAGS {
        assert!(item[*key].is_boolean(), "{key}: {item:#}");
    }
    for key in TEXTS {
        assert!(item[*key].is_string(), "{key}: {item:#}");
    }
    for key in ["categories", "locations", "attendees"] {
        assert!(item[key].is_array(), "{key}: {item:#}");
    }
    for key in ["createdDateTime", "lastModifiedDateTime"] {
        assert!(
            item[key].as_str().is_some_and(|t| t.parse::<jiff::Timestamp>().is_ok()),
            "{key}: {item:#}"
        );
    }
    moment(&item["start"]);
    moment(&item["end"]);
    assert!(
        item["body"]["content"].is_string() && matches!(item["body"]["contentType"].as_str(), Some("html" | "text"))
    );
    assert!(item["organizer"]["emailAddress"]["address"].is_string());
    assert!(
        item["@odata.etag"]
            .as_str()
            .is_some_and(|t| t.starts_with("W/\"") && t.contains(item["changeKey"].as_str().unwrap()))
    );
    let part = matches!(item["type"].as_str(), Some("occurrence" | "exception"));
    assert_eq!(item["seriesMasterId"].is_string(), part, "{item:#}");
    assert_eq!(item.get("originalStart").is_some(), part, "{item:#}");
    assert_eq!(
        item["recurrence"].is_object(),
        item["type"] == "seriesMaster",
        "{item:#}"
    );
    for guest in item["attendees"].as_array().unwrap() {
        let responses = [
            "none",
            "organizer",
            "tentativelyAccepted",
            "accepted",
            "declined",
            "notResponded",
        ];
        assert!(
            responses.contains(&guest["status"]["response"].as_str().unwrap()),
            "{guest}"
        );
    }
}
