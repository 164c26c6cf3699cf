//! Pages by key: an order that has no ties, and the place after which to go on. Stable under inserts.

/// Which page to read. The order is (sort value, id); the query asks for one row more than `limit` to know whether
/// there is a next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyset {
    /// The last row of the page before: its sort value as text, and its id.
    pub after: Option<(String, String)>,
    /// How many rows.
    pub limit: i64,
}

impl Keyset {
    /// How many rows to ask the database for.
    pub const fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts the probe row off; `key` gives the place after which the next page begins.
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl FnOnce(&T) -> (String, String)) -> Slice<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(key) } else { None };
        Slice { rows, next }
    }
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// At most `limit`.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<(String, String)>,
}
