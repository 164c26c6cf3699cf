//! What changed since last time: pages, cursors, and which of several versions counts.
//!
//! A round is one chain of pages; only its last one carries the token for the next round (guides/sync). The cursor is
//! ours, opaque to callers: where in which round we are.

use std::collections::HashMap;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Google,
    call::{error, not_understood, read},
    wire::{self, Read},
};
use crate::{
    Batch, Malformed, Next, Page,
    error::{Error, Result},
    http::Answer,
};

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// Where the round began; none in a full round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sync: Option<String>,
    /// The next page of the round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

impl Cursor {
    /// A cursor that is not ours begins a full round.
    fn parse(text: Option<&str>) -> Result<Self> {
        match text {
            None => Ok(Self::default()),
            Some(text) => serde_json::from_str(text).map_err(|_| Error::CursorExpired),
        }
    }

    fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| not_understood(&e.to_string()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    #[serde(default)]
    items: Vec<Value>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(default)]
    next_sync_token: Option<String>,
}

impl Google {
    pub(super) async fn page(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        let here = Cursor::parse(cursor)?;
        // Everything but the tokens is the same in every call of every round, as Google demands; `showDeleted` is left
        // out: with a sync token deletions are always told, without one only those of occurrences are wanted.
        let answer = self
            .request(Method::GET, &["calendars", calendar, "events"])
            .query("singleEvents", "false")
            .query("maxResults", &self.page_size.to_string())
            .maybe("syncToken", here.sync.as_deref())
            .maybe("pageToken", here.page.as_deref())
            .answer()
            .await?;
        if cursor.is_some() && is_stale(&answer) {
            tracing::debug!(calendar, error = %error(&answer), "the cursor has expired");
            return Err(Error::CursorExpired);
        }
        let events: Events = serde_json::from_value(read(&answer)?).map_err(|e| not_understood(&e.to_string()))?;
        let next = match (events.next_page_token, events.next_sync_token) {
            (Some(page), _) => Next::More(
                Cursor {
                    sync: here.sync,
                    page: Some(page),
                }
                .text()?,
            ),
            (None, Some(sync)) => Next::Done(
                Cursor {
                    sync: Some(sync),
                    page: None,
                }
                .text()?,
            ),
            (None, None) => return Err(not_understood("the last page has no sync token")),
        };
        let zone = events
            .time_zone
            .as_deref()
            .and_then(crate::zones::find)
            .unwrap_or_else(|| "UTC".to_owned());
        Ok(Page {
            batch: batch(newest(events.items), &zone),
            next,
        })
    }
}

/// Whether a token of the cursor is too old (410), or not one Google knows (400 `invalid…`). Any other 400 is our fault,
/// and beginning again would not mend it.
fn is_stale(answer: &Answer) -> bool {
    let invalid = || matches!(error(answer), Error::Rejected { code, .. } if code.starts_with("invalid"));
    answer.status == StatusCode::GONE || answer.status == StatusCode::BAD_REQUEST && invalid()
}

/// The newest version of each item, where a page tells several; of two equally new ones the later. Order is kept.
///
/// Across pages the caller's store decides: it sees them in the order they come.
fn newest(items: Vec<Value>) -> Vec<Value> {
    let updated = |item: &Value| item["updated"].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let known = item["id"].as_str().and_then(|id| place.get(id).copied());
        match (known, item["id"].as_str()) {
            (Some(at), _) => {
                if updated(&item) >= updated(&kept[at]) {
                    kept[at] = item;
                }
            }
            (None, id) => {
                place.extend(id.map(|id| (id.to_owned(), kept.len())));
                kept.push(item);
            }
        }
    }
    kept
}

/// What items mean. One that cannot be read is set aside and hides nobody.
pub(super) fn batch(items: Vec<Value>, calendar_zone: &str) -> Batch {
    let mut batch = Batch::default();
    for item in items {
        match wire::event(&item, calendar_zone) {
            Ok(Read::Event(event)) => batch.upserts.push(*event),
            Ok(Read::Gone(id)) => batch.removed.push(id),
            Err(reason) => batch.malformed.push(Malformed {
                remote_id: item["id"].as_str().unwrap_or_default().to_owned(),
                reason,
                raw: item.to_string(),
            }),
        }
    }
    batch
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_a_foreign_one_starts_over() {
        let cursor = Cursor {
            sync: Some("s".into()),
            page: Some("p".into()),
        };
        assert_eq!(Cursor::parse(Some(&cursor.text().unwrap())).unwrap(), cursor);
        assert_eq!(Cursor::parse(None).unwrap(), Cursor::default());
        assert!(matches!(
            Cursor::parse(Some("CPDAlvWDx70CEPDAlvWDx70CGAU=")),
            Err(Error::CursorExpired)
        ));
    }

    #[test]
    fn of_several_versions_the_newest_counts() {
        let version = |id: &str, second: u8, title: &str| json!({ "id": id, "updated": format!("2026-11-01T09:00:{second:02}.000Z"), "summary": title });
        let items = vec![
            version("a", 2, "new"),
            version("b", 1, "b"),
            version("a", 1, "old"),
            version("b", 1, "b again"),
        ];
        let kept = newest(items);
        assert_eq!(kept, [version("a", 2, "new"), version("b", 1, "b again")]);
    }

    #[test]
    fn a_malformed_item_is_set_aside_and_hides_nobody() {
        let good = json!({ "id": "good", "start": { "date": "2026-11-01" } });
        let bad = json!({ "id": "bad", "start": { "dateTime": "half past nine" } });
        let got = batch(vec![bad, good, json!({ "id": "gone", "status": "cancelled" })], "UTC");
        assert_eq!(
            got.upserts.iter().map(|e| e.remote_id.as_str()).collect::<Vec<_>>(),
            ["good"]
        );
        assert_eq!(got.removed, ["gone"]);
        assert_eq!(got.malformed.len(), 1);
        assert!(got.malformed[0].reason.contains("half past nine") && got.malformed[0].raw.contains("half past nine"));
    }
}
