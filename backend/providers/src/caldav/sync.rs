//! What changed: by sync-collection (RFC 6578) where the server has it, else by comparing etags.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Caldav,
    session::{refusal, understood},
    xml::{self, CALDAV, CALENDARSERVER, DAV},
};
use crate::{
    Batch, Next, Page,
    error::{Error, Result},
    ics,
};

/// How many resources one multiget asks for.
const MULTIGET: usize = 50;
/// How many resources one page brings at most.
const PAGE: usize = 500;
/// How long a server is trusted to know a token it gave. DAViCal forgets them after seven days, and then tells everything
/// that is there as if it were new, and nothing of what is gone.
const TRUSTED: SignedDuration = SignedDuration::from_hours(6 * 24);

/// Where a round stands. Opaque to everybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Cursor {
    /// The server keeps count.
    Token {
        token: String,
        /// When the server gave it, or said that it is still good.
        #[serde(default)]
        at: Option<Timestamp>,
        /// The server cut its answer: ask again when `pending` is done.
        #[serde(default)]
        more: bool,
        /// The round began without a token: it lists everything.
        #[serde(default)]
        full: bool,
        /// Names that changed and are still to be fetched.
        #[serde(default)]
        pending: Vec<String>,
    },
    /// We compare.
    Etags {
        ctag: Option<String>,
        etags: BTreeMap<String, String>,
        #[serde(default)]
        pending: Vec<String>,
    },
}

/// Whether the server counts from less than before: it was restored from a backup, does not know our token, and does not
/// say so. Of DAViCal's tokens, which are numbers that grow; other servers' mean nothing to us.
fn went_back(token: &str, next: &str) -> bool {
    let number = |text: &str| text.strip_prefix("data:,")?.parse::<u64>().ok();
    matches!((number(token), number(next)), (Some(before), Some(now)) if now < before)
}

/// A list that is too long for the server.
fn cut() -> Error {
    Error::Rejected {
        code: "too_many_changes".into(),
        detail: "the server has more changes than it lists".into(),
        status: Some(507),
    }
}

/// What a listing says: names to fetch, names that are gone, and where to go on.
struct Listed {
    changed: Vec<String>,
    removed: Vec<String>,
    cursor: Cursor,
}

impl Caldav {
    pub(super) async fn changes_since(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        let cursor = cursor
            .map(|text| serde_json::from_str::<Cursor>(text).map_err(|_| Error::CursorExpired))
            .transpose()?;
        let url = self.collection(calendar)?;
        let mut listed = match cursor {
            Some(Cursor::Token {
                token,
                at,
                more,
                full,
                pending,
            }) if !pending.is_empty() => Listed {
                changed: pending,
                removed: Vec::new(),
                cursor: Cursor::Token {
                    token,
                    at,
                    more,
                    full,
                    pending: Vec::new(),
                },
            },
            Some(Cursor::Etags { ctag, etags, pending }) if !pending.is_empty() => Listed {
                changed: pending,
                removed: Vec::new(),
                cursor: Cursor::Etags {
                    ctag,
                    etags,
                    pending: Vec::new(),
                },
            },
            Some(Cursor::Token { at: Some(at), .. }) if Timestamp::now().duration_since(at) > TRUSTED => {
                return Err(Error::CursorExpired);
            }
            Some(Cursor::Token { token, more, full, .. }) => {
                let goes_on = more && full;
                match self.by_token(&url, Some(&token), goes_on).await {
                    // A list of everything that the server cuts and does not continue: all of it in another way.
                    Err(Error::CursorExpired) if goes_on => self.by_etags(&url, None, BTreeMap::new()).await?,
                    listed => listed?,
                }
            }
            Some(Cursor::Etags { ctag, etags, .. }) => self.by_etags(&url, ctag, etags).await?,
            None => self.first_round(&url).await?,
        };
        let rest = listed.changed.split_off(listed.changed.len().min(PAGE));
        let mut batch = self.fetch(calendar, &url, &listed.changed).await?;
        batch.removed.extend(listed.removed);
        let again = match &mut listed.cursor {
            Cursor::Token { more, pending, .. } => {
                *pending = rest;
                *more || !pending.is_empty()
            }
            Cursor::Etags { pending, .. } => {
                *pending = rest;
                !pending.is_empty()
            }
        };
        let text = serde_json::to_string(&listed.cursor).map_err(|e| Error::Rejected {
            code: "cursor".into(),
            detail: e.to_string(),
            status: None,
        })?;
        Ok(Page {
            batch,
            next: if again { Next::More(text) } else { Next::Done(text) },
        })
    }

    async fn first_round(&self, url: &Url) -> Result<Listed> {
        let about = self
            .session
            .propfind(url, "0", &["d:supported-report-set", "d:resourcetype"])
            .await?;
        let collection = about.responses.first().ok_or(Error::NotFound)?;
        if !collection.has(DAV, "resourcetype", "calendar") {
            return Err(Error::NotFound);
        }
        if collection.has(DAV, "supported-report-set", "sync-collection") {
            match self.by_token(url, None, true).await {
                // Some servers list the report and do not have it.
                Err(Error::Rejected { .. } | Error::Forbidden { .. } | Error::Unreachable { .. }) => {}
                other => return other,
            }
        }
        self.by_etags(url, None, BTreeMap::new()).await
    }

    /// `full`: of a round that lists everything.
    async fn by_token(&self, url: &Url, token: Option<&str>, full: bool) -> Result<Listed> {
        let answer = self
            .session
            .ask("REPORT", url, "0", xml::sync_collection(token))
            .await?;
        if answer.status != 207 {
            return Err(match (answer.status.as_u16(), token) {
                // A token the server no longer knows: 403 or 409 with valid-sync-token as they should, 400, 412 or 418 as
                // some do. And 507 where the changes since then are too many for it (RFC 6578 §3.6).
                (400 | 403 | 409 | 410 | 412 | 418 | 507, Some(_)) => Error::CursorExpired,
                (507, None) => cut(),
                _ => refusal(&answer),
            });
        }
        let report = understood(&answer)?;
        let Some(next) = report.sync_token else {
            return Err(if token.is_some() {
                Error::CursorExpired
            } else {
                Error::Rejected {
                    code: "no_sync_token".into(),
                    detail: "the server gave no sync token".into(),
                    status: None,
                }
            });
        };
        if token.is_some_and(|token| went_back(token, &next)) {
            return Err(Error::CursorExpired);
        }
        let own_path = xml::path_of(url, url.as_str()).unwrap_or_default();
        let (mut changed, mut removed, mut more) = (Vec::new(), Vec::new(), false);
        for response in &report.responses {
            if response.path.trim_end_matches('/') == own_path.trim_end_matches('/') {
                more |= response.status == Some(507);
            } else if response.path.ends_with('/') {
                // A collection inside: not ours.
            } else if response.status == Some(404) {
                removed.push(response.name().to_owned());
            } else {
                changed.push(response.name().to_owned());
            }
        }
        if more && token == Some(next.as_str()) {
            tracing::info!(%url, "the server cuts its list of changes and does not continue it");
            return Err(Error::CursorExpired);
        }
        Ok(Listed {
            changed,
            removed,
            cursor: Cursor::Token {
                token: next,
                at: Some(Timestamp::now()),
                more,
                full: full && more,
                pending: Vec::new(),
            },
        })
    }

    async fn by_etags(&self, url: &Url, ctag: Option<String>, before: BTreeMap<String, String>) -> Result<Listed> {
        let about = self.session.propfind(url, "0", &["s:getctag"]).await?;
        let now = about
            .responses
            .first()
            .and_then(|r| r.text(CALENDARSERVER, "getctag"))
            .map(str::to_owned);
        if now.is_some() && now == ctag {
            return Ok(Listed {
                changed: Vec::new(),
                removed: Vec::new(),
                cursor: Cursor::Etags {
                    ctag,
                    etags: before,
                    pending: Vec::new(),
                },
            });
        }
        let query = self.session.ask("REPORT", url, "1", xml::event_etags()).await?;
        let listing = if query.status == 207 {
            understood(&query)?
        } else {
            self.session
                .propfind(url, "1", &["d:getetag", "d:resourcetype"])
                .await?
        };
        let own_path = xml::path_of(url, url.as_str()).unwrap_or_default();
        let members = listing
            .responses
            .iter()
            .filter(|r| r.path.trim_end_matches('/') != own_path.trim_end_matches('/') && !r.path.ends_with('/'));
        let etags: BTreeMap<String, String> = members
            .map(|r| {
                (
                    r.name().to_owned(),
                    r.text(DAV, "getetag").unwrap_or_default().to_owned(),
                )
            })
            .collect();
        // Without an etag nobody can say that it is the same.
        let changed = etags
            .iter()
            .filter(|(name, tag)| tag.is_empty() || before.get(*name) != Some(*tag))
            .map(|(name, _)| name.clone())
            .collect();
        let removed = before.into_keys().filter(|name| !etags.contains_key(name)).collect();
        Ok(Listed {
            changed,
            removed,
            cursor: Cursor::Etags {
                ctag: now,
                etags,
                pending: Vec::new(),
            },
        })
    }

    /// Fetches resources by name. What a short answer leaves out is asked for one by one, never believed to be gone.
    async fn fetch(&self, calendar: &str, url: &Url, names: &[String]) -> Result<Batch> {
        let mut batch = Batch::default();
        let mut zone: Option<String> = None;
        for chunk in names.chunks(MULTIGET) {
            let mut missing: Vec<&String> = chunk.iter().collect();
            let hrefs: Vec<String> = chunk
                .iter()
                .filter_map(|name| self.resource(calendar, name).ok())
                .map(|u| u.path().to_owned())
                .collect();
            let answer = self.session.ask("REPORT", url, "1", xml::multiget(&hrefs)).await?;
            // One broken event can make the whole answer unreadable; asked for by itself it hides nobody.
            let report = if answer.status == 207 {
                understood(&answer).map(|r| r.responses).unwrap_or_default()
            } else {
                Vec::new()
            };
            let mut texts = Vec::new();
            for response in report {
                let Some(text) = response.property(CALDAV, "calendar-data").map(|p| p.text.clone()) else {
                    continue;
                };
                missing.retain(|name| *name != response.name());
                texts.push((response.name().to_owned(), text, response.etag().map(str::to_owned)));
            }
            for name in missing {
                match self.get(calendar, name).await {
                    Ok((text, etag)) => texts.push((name.clone(), text, etag)),
                    Err(Error::NotFound) => batch.removed.push(name.clone()),
                    Err(error) => return Err(error),
                }
            }
            for (name, text, etag) in texts {
                if zone.is_none() && ics::is_floating(&text) {
                    zone = Some(self.zone(calendar).await?);
                }
                let one = self.read(&name, &text, etag.as_deref(), zone.as_deref().unwrap_or("UTC"));
                batch.upserts.extend(one.upserts);
                batch.complete_series.extend(one.complete_series);
                batch.malformed.extend(one.malformed);
            }
        }
        Ok(batch)
    }
}
