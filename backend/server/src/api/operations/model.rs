//! Operations as they are shown.

use std::collections::HashMap;

use db::operations::{
    CANCELLED as STATE_CANCELLED, DONE as STATE_DONE, FAILED as STATE_FAILED, Operation as Row, PAUSED as STATE_PAUSED,
    PLANNED as STATE_PLANNED, RUNNING as STATE_RUNNING,
};
use domain::{
    calendar::Provider,
    stacking::plan::{Budget, Load},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{api::problem::Problem, config::Config, gateway::budget::Limits, ops::operations as ops};

/// What an operation came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// A file.
    Import,
    /// A template.
    Template,
    /// An edit of events that were selected.
    Edit,
    /// The undoing of another operation.
    Undo,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Its plan is being made; nothing is written.
    Planning,
    /// Its plan can be looked at; nothing is written.
    Planned,
    /// It is applied.
    Running,
    /// It is not applied until somebody resumes it.
    Paused,
    /// It will not be applied (any further).
    Cancelled,
    /// Everything was tried.
    Done,
    /// No plan could be made; `error` says why.
    Failed,
}

impl OperationState {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planning => db::operations::PLANNING,
            Self::Planned => STATE_PLANNED,
            Self::Running => STATE_RUNNING,
            Self::Paused => STATE_PAUSED,
            Self::Cancelled => STATE_CANCELLED,
            Self::Done => STATE_DONE,
            Self::Failed => STATE_FAILED,
        }
    }

    fn of(text: &str) -> Self {
        match text {
            STATE_PLANNED => Self::Planned,
            STATE_RUNNING => Self::Running,
            STATE_PAUSED => Self::Paused,
            STATE_CANCELLED => Self::Cancelled,
            STATE_DONE => Self::Done,
            STATE_FAILED => Self::Failed,
            _ => Self::Planning,
        }
    }
}

/// How many lines became what.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct OperationCounts {
    /// New events.
    create: u64,
    /// Changed events.
    update: u64,
    /// Events that vanish.
    delete: u64,
    /// Events that go to another calendar.
    r#move: u64,
    /// Nothing to do: the event says it already.
    unchanged: u64,
    /// Left out, for they would make an event twice.
    duplicate: u64,
    /// Left out, for something is wrong with them.
    bad: u64,
}

/// What happens to one calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationCalendar {
    /// `cal_…`
    calendar_id: String,
    /// What people call it; null: it is not there any more.
    #[schema(required)]
    name: Option<String>,
    /// Whose it is.
    #[schema(required)]
    client_name: Option<String>,
    /// New events.
    create: u64,
    /// Changed events.
    update: u64,
    /// Events that vanish.
    delete: u64,
    /// Events that come from another calendar.
    r#move: u64,
    /// Events that go to another calendar.
    leave: u64,
}

/// What applying it costs.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct OperationForecast {
    /// Calls at providers.
    calls: u64,
    /// Calls of other work that wait at the same accounts and come first; of a plan, while nothing of it was begun.
    waiting: u64,
    /// Seconds, if nothing more is asked for meanwhile and the accounts work side by side. What comes first and for how long they rest is in it.
    seconds: u64,
}

/// A plan in numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationSummary {
    /// Names the plan: what applying it has to send.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
    /// How many lines became what.
    counts: OperationCounts,
    /// The same for each calendar that is written to.
    calendars: Vec<OperationCalendar>,
    /// Lines at whose time something else is in their calendar: an event that is there (as far as it is worked out when the calendar is busy, some 400 days ahead), or another line. They are done all the same.
    conflicts: u64,
    /// Mails that guests would get: one for each guest of each write.
    mails: u64,
    /// What applying it costs.
    forecast: OperationForecast,
    /// Why deletions must be confirmed; null: they need not.
    #[schema(required)]
    guard: Option<String>,
}

/// Why no plan could be made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationError {
    /// For programs.
    #[schema(example = "too_many_items")]
    pub(super) code: String,
    /// For people.
    pub(super) detail: String,
}

/// What may be done to an operation now.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct OperationCan {
    /// `POST /operations/{id}/apply`
    apply: bool,
    /// `POST /operations/{id}/pause`
    pause: bool,
    /// `POST /operations/{id}/resume`
    resume: bool,
    /// `POST /operations/{id}/cancel`
    cancel: bool,
    /// `POST /operations/{id}/retry`
    retry: bool,
    /// `POST /operations/{id}/undo`
    undo: bool,
}

/// Something that was done to an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationDeed {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// By whom: `usr_…` or `key_…`
    by: String,
    /// `created`, `applied`, `paused`, `resumed`, `cancelled` or `retried`.
    #[schema(example = "applied")]
    action: String,
}

/// Bulk work: planned, looked at, applied, perhaps undone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Operation {
    /// `op_…`
    pub id: String,
    /// What it came from.
    kind: OperationKind,
    /// For people.
    title: String,
    /// How far it is.
    state: OperationState,
    /// Lines.
    total: i64,
    /// Lines that are at their provider.
    done: i64,
    /// Lines that are not, and will not be by themselves.
    failed: i64,
    /// Lines that nothing is done about: unchanged, duplicate, bad, or left out by cancelling.
    skipped: i64,
    /// Lines that are written here and on their way to the provider.
    written: i64,
    /// The part that is done or has failed, from 0 to 1, of what there is to do.
    progress: f64,
    /// Seconds it will take yet; null: nobody knows, or it is not applied.
    #[schema(required)]
    eta_s: Option<u64>,
    /// Lines in a second, as of late; null: nobody knows.
    #[schema(required)]
    rate_per_s: Option<f64>,
    /// The plan in numbers; null until it is made.
    #[schema(required)]
    summary: Option<OperationSummary>,
    /// Why no plan could be made.
    #[schema(required)]
    error: Option<OperationError>,
    /// The operation that it undoes.
    #[schema(required)]
    undo_of: Option<String>,
    /// The operation that undoes it.
    #[schema(required)]
    undone_by: Option<String>,
    /// `usr_…` or `key_…`
    created_by: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its plan was ready.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    planned_at: Option<Timestamp>,
    /// When somebody said yes.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When nothing was left to do.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// What may be done to it now.
    can: OperationCan,
    /// What was done to it, by whom.
    log: Vec<OperationDeed>,
}

/// Names of calendars and their clients.
pub type Names = HashMap<String, (String, String)>;

/// What is told of operations that does not stand in them.
pub struct Around {
    /// Of the calendars they write to.
    pub names: Names,
    /// What accounts are busy with, for plans.
    pub loads: HashMap<String, Load>,
}

impl Operation {
    /// Presents a row.
    ///
    /// # Errors
    /// A fault of ours.
    #[allow(clippy::cast_precision_loss, reason = "a part of a hundred thousand")]
    pub fn new(row: Row, around: &Around, config: &Config, now: Timestamp) -> Result<Self, Problem> {
        let (pace, can) = (ops::pace(&row, now), ops::can(&row));
        let todo = row.total - row.skipped;
        let progress = if todo > 0 {
            (row.done + row.failed) as f64 / todo as f64
        } else {
            0.0
        };
        let deed = |deed: ops::Deed| OperationDeed {
            at: deed.at,
            by: deed.by,
            action: deed.action,
        };
        Ok(Self {
            summary: summary(&row, around, config)?,
            log: ops::log(&row).into_iter().map(deed).collect(),
            kind: match row.kind.as_str() {
                "import" => OperationKind::Import,
                "template" => OperationKind::Template,
                "undo" => OperationKind::Undo,
                _ => OperationKind::Edit,
            },
            state: OperationState::of(&row.state),
            progress,
            eta_s: pace.eta_s,
            rate_per_s: pace.per_second,
            can: OperationCan {
                apply: can.apply,
                pause: can.pause,
                resume: can.resume,
                cancel: can.cancel,
                retry: can.retry,
                undo: can.undo,
            },
            error: row.error_code.map(|code| OperationError {
                code,
                detail: row.error_detail.unwrap_or_default(),
            }),
            id: row.id,
            title: row.title,
            total: row.total,
            done: row.done,
            failed: row.failed,
            skipped: row.skipped,
            written: row.written,
            undo_of: row.undo_of,
            undone_by: row.undone_by,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            planned_at: row.planned_at.map(Into::into),
            started_at: row.started_at.map(Into::into),
            finished_at: row.finished_at.map(Into::into),
        })
    }
}

fn summary(row: &Row, around: &Around, config: &Config) -> Result<Option<OperationSummary>, Problem> {
    let Some(found) = ops::summary(row)? else {
        return Ok(None);
    };
    let budget = |provider: Provider| {
        let limits = Limits::of(config, provider);
        Budget {
            account: limits.writes,
            app: limits.app,
        }
    };
    // Of what was begun its own writes would count as others'.
    let none = HashMap::new();
    let loads = if row.state == STATE_PLANNED {
        &around.loads
    } else {
        &none
    };
    let forecast = found.forecast(budget, loads);
    let calendar = |(id, counts): (&String, &domain::stacking::plan::CalendarCounts)| OperationCalendar {
        name: around.names.get(id).map(|(name, _)| name.clone()),
        client_name: around.names.get(id).map(|(_, client)| client.clone()),
        calendar_id: id.clone(),
        create: counts.create,
        update: counts.update,
        delete: counts.delete,
        r#move: counts.arrive,
        leave: counts.leave,
    };
    Ok(Some(OperationSummary {
        guard: ops::guard(&found),
        calendars: found.calendars.iter().map(calendar).collect(),
        conflicts: found.conflicts,
        mails: found.mails,
        forecast: OperationForecast {
            calls: forecast.calls,
            waiting: forecast.waiting,
            seconds: forecast.seconds,
        },
        counts: OperationCounts {
            create: found.counts.create,
            update: found.counts.update,
            delete: found.counts.delete,
            r#move: found.counts.moved,
            unchanged: found.counts.unchanged,
            duplicate: found.counts.duplicate,
            bad: found.counts.bad,
        },
        hash: found.hash,
    }))
}
