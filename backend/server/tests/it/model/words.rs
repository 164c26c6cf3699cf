//! What happens in a life, and how it is said on both sides.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulators::google::Fault;

/// The days that are looked at in the end.
pub const WINDOW: &str = "from=2027-01-01T00:00:00Z&to=2027-12-31T00:00:00Z";
/// When every series begins, and every clock of a step.
pub const FIRST: &str = "2027-01-04T08:00:00Z";

/// splitmix64: the same life for the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Title,
    Location,
    Time,
}

/// All of them.
pub const FIELDS: [Field; 3] = [Field::Title, Field::Location, Field::Time];

impl Field {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Location => "location",
            Self::Time => "time",
        }
    }
}

/// A minute of its own for every step.
pub fn time(step: usize) -> Timestamp {
    FIRST.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(i64::try_from(step).unwrap())
}

pub fn value(field: Field, step: usize) -> String {
    match field {
        Field::Time => time(step).to_string(),
        _ => format!("{}{step}", field.word()),
    }
}

/// As our API wants it.
pub fn here(field: Field, step: usize) -> Value {
    let at = |at: Timestamp| json!({"date_time": at.to_string().trim_end_matches('Z'), "time_zone": "UTC"});
    match field {
        Field::Time => json!({"start": at(time(step)), "end": at(time(step) + SignedDuration::from_mins(30))}),
        _ => json!({field.word(): value(field, step)}),
    }
}

pub fn both(mut one: Value, other: Value) -> Value {
    one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    one
}

/// A write that somebody was told is done.
#[derive(Debug, Clone)]
pub struct Write {
    pub batch: usize,
    pub field: Field,
    pub value: String,
}

/// An event, and all that was said about it.
#[derive(Debug, Default)]
pub struct Known {
    pub account: usize,
    /// In its description, on both sides, for ever.
    pub token: String,
    pub id: String,
    pub name: String,
    pub series: bool,
    pub here: Vec<Write>,
    /// What was said here, and refused: it may have come after what was acknowledged, and have taken its place.
    pub tried: Vec<Write>,
    pub there: Vec<Write>,
    pub deleted_here: Option<usize>,
    pub deleted_there: Option<usize>,
}

#[derive(Debug, Clone)]
pub enum Step {
    CreateHere {
        account: usize,
        series: bool,
    },
    EditHere {
        event: usize,
        field: Field,
    },
    DeleteHere {
        event: usize,
    },
    /// One occurrence, or it and all later ones; `None` deletes.
    Occurrence {
        event: usize,
        week: usize,
        scope: &'static str,
        delete: bool,
    },
    CreateThere {
        account: usize,
        series: bool,
    },
    EditThere {
        event: usize,
        field: Field,
    },
    DeleteThere {
        event: usize,
    },
    OccurrenceThere {
        event: usize,
        week: usize,
        delete: bool,
    },
    Fault(Fault),
    Clear,
    /// Of sync: 410 from now on.
    ExpireTokens,
    /// The provider takes the access token for none from now on; the consent stays.
    ExpireAccess {
        account: usize,
    },
    /// Somebody takes the consent back, there.
    Revoke {
        account: usize,
    },
    /// And gives it again.
    Consent {
        account: usize,
    },
    /// The worker looks after the channels that tell of changes.
    Watch,
    Drain,
    Pull {
        account: usize,
    },
    Later {
        minutes: i64,
    },
}

/// What became of it.
pub enum Done {
    Created {
        account: usize,
        series: bool,
        token: String,
        id: String,
        name: String,
    },
    Here {
        event: usize,
        write: Option<Write>,
    },
    There {
        event: usize,
        write: Option<Write>,
    },
    Refused {
        event: usize,
        write: Write,
    },
    Nothing,
}

/// How Google and we name an occurrence of a series.
pub fn key(week: usize) -> String {
    let at = FIRST.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * 7 * i64::try_from(week).unwrap());
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
