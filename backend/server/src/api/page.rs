//! Pages of lists: `limit`, an opaque `cursor`, and the answer around them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use db::page::{Keyset, Slice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::problem::{FieldError, Problem};

/// How many entries a page has unless the caller says.
pub const DEFAULT_LIMIT: i64 = 50;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The place to read from.
    ///
    /// # Errors
    /// 422 when the cursor is not one of ours.
    pub fn keyset(&self) -> Result<Keyset, Problem> {
        keyset(self.limit, self.cursor.as_deref())
    }
}

/// The place to read from, for queries with more than a page in them.
///
/// # Errors
/// 422 when the cursor is not one of ours.
pub fn keyset(limit: Option<i64>, cursor: Option<&str>) -> Result<Keyset, Problem> {
    let after = match cursor {
        None => None,
        Some(cursor) => Some(decode(cursor).ok_or_else(wrong_cursor)?),
    };
    Ok(Keyset {
        after,
        limit: limit.unwrap_or(DEFAULT_LIMIT),
    })
}

/// What is searched for; nothing if it is nothing but spaces.
pub fn search(q: Option<String>) -> Option<String> {
    q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty())
}

/// 422: the cursor is not one of ours.
pub fn wrong_cursor() -> Problem {
    Problem::invalid(vec![FieldError::new(
        "/query/cursor",
        "format",
        "The cursor is not one of ours: leave it out to begin again.",
    )])
}

fn decode(cursor: &str) -> Option<(String, String)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let pair: (String, String) = serde_json::from_slice(&bytes).ok()?;
    (!pair.0.contains('\0') && !pair.1.contains('\0')).then_some(pair)
}

/// The text of a cursor.
pub fn encode(place: &(String, String)) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub data: Vec<T>,
    /// Hand it in as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Presents a slice of rows.
    pub fn of<Row>(slice: Slice<Row>, present: impl FnMut(Row) -> T) -> Self {
        Self {
            next_cursor: slice.next.as_ref().map(encode),
            data: slice.rows.into_iter().map(present).collect(),
        }
    }
}
