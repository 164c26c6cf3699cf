//! Working hours of a staff member: a week on the wall, and dates on which it is different.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use db::staff::Staff as Row;
use domain::availability::WallSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{Caller, scope},
        credentials::wrong,
        etag::{self, IfMatch},
        json::Body,
        problem::Problem,
        staff::meant,
    },
    ops::{
        hours::{self, Exception, Span},
        staff as ops,
    },
    state::App,
};

/// From one time on the wall up to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursSpan {
    /// Opening.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:00")]
    pub from: String,
    /// The first moment after: not later than `from` means on the next day. `24:00` is midnight.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "12:30")]
    pub to: String,
}

/// The hours of each weekday. A day that is left out is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Week {
    /// Hours belong to the day on which they begin.
    #[schema(max_items = 12)]
    pub monday: Vec<HoursSpan>,
    /// Likewise.
    #[schema(max_items = 12)]
    pub tuesday: Vec<HoursSpan>,
    /// Likewise.
    #[schema(max_items = 12)]
    pub wednesday: Vec<HoursSpan>,
    /// Likewise.
    #[schema(max_items = 12)]
    pub thursday: Vec<HoursSpan>,
    /// Likewise.
    #[schema(max_items = 12)]
    pub friday: Vec<HoursSpan>,
    /// Likewise.
    #[schema(max_items = 12)]
    pub saturday: Vec<HoursSpan>,
    /// Likewise.
    #[schema(max_items = 12)]
    pub sunday: Vec<HoursSpan>,
}

/// Other hours on one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursException {
    /// Which date.
    #[schema(format = "date", example = "2026-12-24")]
    pub date: String,
    /// Instead of the weekday's. None: not there.
    #[serde(default)]
    #[schema(max_items = 12)]
    pub hours: Vec<HoursSpan>,
}

/// When somebody works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"time_zone": "Europe/Berlin", "weekly": {"monday": [{"from": "09:00", "to": "12:30"}, {"from": "13:30", "to": "17:00"}]}, "exceptions": [{"date": "2026-12-24", "hours": []}]}))]
pub struct WorkingHoursIn {
    /// IANA name: where the clock hangs. Daylight saving moves the hours with the clock.
    #[schema(min_length = 1, max_length = 64, format = "iana-time-zone")]
    pub time_zone: String,
    /// An ordinary week.
    pub weekly: Week,
    /// Dates that are different.
    #[serde(default)]
    #[schema(max_items = 400)]
    pub exceptions: Vec<HoursException>,
}

/// When somebody works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkingHours {
    /// Who.
    pub staff_id: String,
    /// IANA name: where the clock hangs.
    pub time_zone: String,
    /// An ordinary week.
    pub weekly: Week,
    /// Dates that are different, in order.
    pub exceptions: Vec<HoursException>,
    /// Counts changes of the staff member; the ETag.
    pub revision: i64,
}

impl From<WallSpan> for HoursSpan {
    fn from(wall: WallSpan) -> Self {
        let Span { from, to } = hours::write(wall);
        Self { from, to }
    }
}

fn spans(given: &[HoursSpan]) -> Vec<Span> {
    given
        .iter()
        .map(|one| Span {
            from: one.from.clone(),
            to: one.to.clone(),
        })
        .collect()
}

impl Week {
    /// Monday first.
    fn days(&self) -> [Vec<Span>; 7] {
        [
            &self.monday,
            &self.tuesday,
            &self.wednesday,
            &self.thursday,
            &self.friday,
            &self.saturday,
            &self.sunday,
        ]
        .map(|day| spans(day))
    }

    fn new(weekly: &[Vec<WallSpan>; 7]) -> Self {
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = weekly
            .each_ref()
            .map(|day| day.iter().copied().map(HoursSpan::from).collect());
        Self {
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        }
    }
}

impl WorkingHours {
    /// Presents the hours of somebody.
    pub fn new(row: &Row) -> Self {
        let exceptions = row.hours.exceptions.iter().map(|(date, spans)| HoursException {
            date: date.to_string(),
            hours: spans.iter().copied().map(HoursSpan::from).collect(),
        });
        Self {
            staff_id: row.id.clone(),
            time_zone: row.time_zone.clone(),
            weekly: Week::new(&row.hours.weekly),
            exceptions: exceptions.collect(),
            revision: row.revision,
        }
    }
}

/// Read working hours
#[utoipa::path(operation_id = "get_working_hours", tag = "services and staff", params(("id" = String, Path, description = "`stf_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "When they work", body = WorkingHours), (status = 304, description = "The caller has this version"), Problem))]
#[get("/staff/{id}/working-hours")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let member = app.read(move |c| ops::get(c, &caller.tenant, &id)).await?;
    let tag = etag::of(member.row.revision);
    Ok(etag::answer(&request, &tag, &WorkingHours::new(&member.row)))
}

/// Say when somebody works
///
/// Replaces the week and the exceptions. Spans of a day may touch, not overlap; also not across midnight.
#[utoipa::path(operation_id = "put_working_hours", tag = "services and staff", params(("id" = String, Path, description = "`stf_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), request_body = WorkingHoursIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "When they work now", body = WorkingHours), Problem))]
#[put("/staff/{id}/working-hours")]
pub async fn put(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Body<WorkingHoursIn>,
) -> Result<HttpResponse, Problem> {
    let (now, Body(wanted)) = (app.now(), body);
    let row = app
        .write(move |c| {
            ops::put_hours(c, &caller.tenant, &id, now, |member| {
                meant(&expected, member)?;
                let exceptions: Vec<Exception> = wanted
                    .exceptions
                    .iter()
                    .map(|one| Exception {
                        date: one.date.clone(),
                        hours: spans(&one.hours),
                    })
                    .collect();
                let hours = hours::read(&wanted.weekly.days(), &exceptions).map_err(wrong)?;
                Ok::<_, Problem>((wanted.time_zone, hours))
            })
        })
        .await?;
    Ok(etag::changed(&etag::of(row.revision), &WorkingHours::new(&row)))
}
