//! Column types that both databases store alike: an instant as microseconds, JSON as text, words and days as text.

use std::{fmt, ops::Deref};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::{BigInt, Text},
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// An instant in UTC, cut to microseconds, so that what was stored equals what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Instant(i64);

impl Instant {
    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// From microseconds since 1970; `None` outside the years jiff knows.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Timestamp::from_microsecond(micros).ok().map(|_| Self(micros))
    }

    /// The instant for calculations.
    pub fn timestamp(self) -> Timestamp {
        // Every way in has checked the range.
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

impl From<Instant> for Timestamp {
    fn from(instant: Instant) -> Self {
        instant.timestamp()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Instant
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Instant
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_sql(bytes)?;
        Self::from_micros(micros).ok_or_else(|| format!("{micros} µs is not an instant").into())
    }
}

/// A value stored as JSON text.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T: fmt::Debug> {
    value: T,
    /// Kept because a bound parameter is borrowed from the value it belongs to.
    text: String,
}

impl<T: Serialize + fmt::Debug> Json<T> {
    /// Serialises at once.
    ///
    /// # Errors
    /// When the value has no JSON form (a map with keys that are not text).
    pub fn new(value: T) -> crate::Result<Self> {
        let text = serde_json::to_string(&value).map_err(|error| crate::Error::Other(error.to_string()))?;
        Ok(Self { value, text })
    }
}

impl<T: fmt::Debug> Json<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: fmt::Debug> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug, DB: Backend> ToSql<Text, DB> for Json<T>
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.text.as_str().to_sql(out)
    }
}

impl<T: DeserializeOwned + fmt::Debug, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        Ok(Self {
            value: serde_json::from_str(&text)?,
            text,
        })
    }
}

/// What serde writes as plain text, stored as that text: one of a closed set of words (an enum without data), or a day.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Word<T: fmt::Debug> {
    value: T,
    text: String,
}

impl<T: Serialize + fmt::Debug> Word<T> {
    /// Serialises at once.
    ///
    /// # Errors
    /// When the value is not a plain word.
    pub fn new(value: T) -> crate::Result<Self> {
        match serde_json::to_value(&value) {
            Ok(serde_json::Value::String(text)) => Ok(Self { value, text }),
            _ => Err(crate::Error::Other(format!("{value:?} is not a word"))),
        }
    }
}

impl<T: fmt::Debug> Word<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The word as stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T: fmt::Debug> Deref for Word<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug, DB: Backend> ToSql<Text, DB> for Word<T>
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.text.as_str().to_sql(out)
    }
}

impl<T: DeserializeOwned + fmt::Debug, DB: Backend> FromSql<Text, DB> for Word<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        Ok(Self {
            value: serde_json::from_value(serde_json::Value::String(text.clone()))?,
            text,
        })
    }
}
