//! What can be wrong with a recurrence, and in which line.

use jiff::civil::DateTime;

use super::rule::Frequency;
use crate::time::TimeError;

/// Why a recurrence is refused or could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RecurrenceError {
    /// Index of the content line at fault, counted from 0; `None` where the series as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

impl RecurrenceError {
    /// The same problem, told of the line it was found in.
    pub(super) const fn at(line: usize, problem: Problem) -> Self {
        Self {
            line: Some(line),
            problem,
        }
    }

    /// The stable word for programs: see [`Problem::code`].
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// Whether the rule itself may be fine and only the work asked for was too much: a smaller window may succeed.
    pub const fn is_budget(&self) -> bool {
        matches!(
            self.problem,
            Problem::TooExpensive { .. } | Problem::TooManyOccurrences { .. }
        )
    }
}

impl From<Problem> for RecurrenceError {
    fn from(problem: Problem) -> Self {
        Self { line: None, problem }
    }
}

impl From<TimeError> for RecurrenceError {
    fn from(error: TimeError) -> Self {
        Problem::Time(error).into()
    }
}

/// Everything that can be wrong. The text is written for the person who typed the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not `NAME:VALUE` or `NAME;PARAM=VALUE:VALUE`.
    #[error("“{0}” is not a content line such as RRULE:FREQ=DAILY")]
    Malformed(String),
    /// Neither RRULE, RDATE nor EXDATE.
    #[error("{0} does not belong in a recurrence; RRULE, RDATE and EXDATE do")]
    UnknownProperty(String),
    /// RFC 5545 withdrew EXRULE.
    #[error("EXRULE is obsolete; use EXDATE")]
    ExRule,
    /// Two rules in one event are undefined (RFC 5545 §3.8.5.3).
    #[error("a series has one RRULE")]
    SecondRule,
    /// RFC 7529.
    #[error("{0} (RFC 7529: other calendars than the Gregorian) is not supported")]
    Scale(String),
    /// A word in a rule that RFC 5545 does not know.
    #[error("“{0}” is not a part of a recurrence rule")]
    UnknownPart(String),
    /// The same part twice.
    #[error("{0} appears twice")]
    DuplicatePart(String),
    /// A parameter that RDATE and EXDATE do not have, or a value of it that is not known.
    #[error("“{0}” is not a parameter of a list of dates")]
    UnknownParameter(String),
    /// No FREQ.
    #[error("FREQ is missing")]
    FrequencyMissing,
    /// FREQ with a word that RFC 5545 does not know.
    #[error("“{0}” is not a frequency; DAILY, WEEKLY, MONTHLY and YEARLY are")]
    FrequencyUnknown(String),
    /// SECONDLY, MINUTELY; HOURLY for whole days.
    #[error("{0} is too frequent for an event in a calendar")]
    FrequencyUnsupported(&'static str),
    /// COUNT together with UNTIL.
    #[error("a rule ends by COUNT or by UNTIL, not by both")]
    CountAndUntil,
    /// A number that is not one, or out of the part's range.
    #[error("{part}={value}: expected {expected}")]
    ValueOutOfRange {
        /// Which part.
        part: &'static str,
        /// What was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A combination that RFC 5545 §3.3.10 forbids.
    #[error("{part} cannot be used {with}")]
    PartNotAllowed {
        /// Which part.
        part: &'static str,
        /// With what it collides.
        with: &'static str,
    },
    /// Not a date, date-time or period of RFC 5545.
    #[error("“{0}” is not a date or date-time such as 20261101 or 20261101T090000Z")]
    DateInvalid(String),
    /// TZID is not an IANA name.
    #[error("“{0}” is not a known IANA time zone")]
    ZoneUnknown(String),
    /// More text than any calendar needs.
    #[error("the recurrence is too long: more than {limit} {what}")]
    TooLong {
        /// How many are allowed.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
    /// The rule matches no day after the start.
    #[error("the rule never happens again after the start")]
    NeverHappens,
    /// The budget of steps is spent. A series is never cut short silently.
    #[error("the rule needs more than {steps} steps; it is too sparse or too dense for this window")]
    TooExpensive {
        /// The budget.
        steps: u32,
    },
    /// More occurrences than the caller wanted to hold.
    #[error("more than {limit} occurrences; ask for a smaller window")]
    TooManyOccurrences {
        /// The budget.
        limit: usize,
    },
    /// `end` lies before `start`.
    #[error("the end lies before the start")]
    EndBeforeStart,
    /// A date and a date-time.
    #[error("start and end must both be dates, or both be times")]
    KindMismatch,
    /// The series has no occurrence at the time named.
    #[error("the series has no occurrence that starts at {0}")]
    NotAnOccurrence(String),
    /// There is nothing before the first occurrence: change the whole series instead.
    #[error("this is the first occurrence; change the whole series")]
    SplitAtFirst,
    /// An occurrence that RDATE added does not say how the rule goes on from it.
    #[error("the occurrence at {0} was added to the series by hand; change it alone, or the whole series")]
    SplitAtExtra(DateTime),
    /// Zone or range of the event's own times.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl Problem {
    /// The stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed_line",
            Self::UnknownProperty(_) => "unknown_property",
            Self::ExRule => "exrule_unsupported",
            Self::SecondRule => "second_rrule",
            Self::Scale(_) => "rscale_unsupported",
            Self::UnknownPart(_) => "unknown_rule_part",
            Self::DuplicatePart(_) => "duplicate_rule_part",
            Self::UnknownParameter(_) => "unknown_parameter",
            Self::FrequencyMissing => "frequency_missing",
            Self::FrequencyUnknown(_) => "frequency_unknown",
            Self::FrequencyUnsupported(_) => "frequency_unsupported",
            Self::CountAndUntil => "count_and_until",
            Self::ValueOutOfRange { .. } => "value_out_of_range",
            Self::PartNotAllowed { .. } => "rule_part_not_allowed",
            Self::DateInvalid(_) => "date_invalid",
            Self::ZoneUnknown(_) => "time_zone_unknown",
            Self::TooLong { .. } => "recurrence_too_long",
            Self::NeverHappens => "never_happens",
            Self::TooExpensive { .. } => "too_expensive",
            Self::TooManyOccurrences { .. } => "too_many_occurrences",
            Self::EndBeforeStart => "end_before_start",
            Self::KindMismatch => "kind_mismatch",
            Self::NotAnOccurrence(_) => "not_an_occurrence",
            Self::SplitAtFirst => "split_at_first",
            Self::SplitAtExtra(_) => "split_at_extra_date",
            Self::Time(TimeError::UnknownZone(_)) => "time_zone_unknown",
            Self::Time(TimeError::Gap { .. }) => "time_does_not_exist",
            Self::Time(TimeError::Fold { .. }) => "time_is_ambiguous",
            Self::Time(TimeError::OutOfRange) => "time_out_of_range",
        }
    }
}

/// The combination of a part and the frequency it cannot go with.
pub(super) const fn not_with(part: &'static str, frequency: Frequency) -> Problem {
    let with = match frequency {
        Frequency::Hourly => "with FREQ=HOURLY",
        Frequency::Daily => "with FREQ=DAILY",
        Frequency::Weekly => "with FREQ=WEEKLY",
        Frequency::Monthly => "with FREQ=MONTHLY",
        Frequency::Yearly => "with FREQ=YEARLY",
    };
    Problem::PartNotAllowed { part, with }
}
