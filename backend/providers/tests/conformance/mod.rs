//! What every provider must do, as scenarios over the trait alone. Each provider's test file brings a [`Peer`] and runs
//! them all with [`conformance!`]; a scenario never asks which provider it is talking to.
//!
//! ```ignore
//! mod conformance;
//! async fn peer() -> impl conformance::Peer { … }
//! conformance::conformance!(peer);
//! ```
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod elsewhere;
pub mod guests;
pub mod offers;
pub mod refusals;
pub mod repeats;
pub mod series;
pub mod single;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::{
    event::{Attendee, EventContent, EventStatus, Notify, Reminders, RemoteEvent, Response, Transparency, Visibility},
    time::EventTime,
};
use providers::{Batch, CalendarProvider, Change, NewEvent, Next, Target};

/// A server to be tried, with two empty calendars of one account. Fresh for each scenario.
#[async_trait]
pub trait Peer: Send + Sync {
    /// The client under test.
    fn provider(&self) -> &dyn CalendarProvider;
    /// The calendar to write to.
    fn calendar(&self) -> &str;
    /// Another one of the same account.
    fn other_calendar(&self) -> &str;
    /// Which scenarios are not for this peer, and why (see [`offers`]). Every other must hold.
    fn lacks(&self) -> &'static [offers::Lack];
    /// Lets the next write arrive and its answer vanish.
    async fn lose_next_answer(&self);
    /// Adds to the event, behind our back, something our vocabulary has no word for, and says what to look for in its
    /// raw text.
    async fn add_something_unknown(&self, remote_id: &str) -> String;
    /// Puts something into the calendar that cannot be read, and says its name.
    async fn add_something_malformed(&self) -> String;
    /// Lets somebody else invite the account and `bo@example.com` to an event, and says its calendar and
    /// its name.
    async fn be_invited(&self) -> (String, String);
    /// Lets somebody else give the event the title, place and time of [`EDITED`], and change nothing else.
    async fn edit_there(&self, remote_id: &str);
    /// Lets the only guest decline.
    async fn decline_there(&self, remote_id: &str, email: &str);
    /// Makes all cursors given so far too old, and says whether that must be noticed: where etags are compared nothing
    /// can expire.
    async fn expire_cursors(&self) -> bool;
    /// Answers the next call with a rate limit and [`PAUSE`].
    async fn limit_next_call(&self);
    /// Takes the permission away, or changes the password.
    async fn withdraw(&self);
    /// Fills the calendar, by the fastest way there is, with events titled as [`numbered`] says; with how many.
    async fn fill(&self) -> usize;
}

/// What somebody else makes of an event.
pub struct Edited {
    pub title: &'static str,
    pub location: &'static str,
    pub start: &'static str,
    pub end: &'static str,
}

/// See [`Peer::edit_there`].
pub const EDITED: Edited = Edited {
    title: "Edited there",
    location: "Room 7",
    start: "2027-03-02T14:00:00",
    end: "2027-03-02T15:30:00",
};

/// How many seconds a rate limit lasts: longer than anybody waits inside a call.
pub const PAUSE: u64 = 120;

/// The title of one of many.
pub fn numbered(number: usize) -> String {
    format!("No. {number:05}")
}

/// Runs every scenario against peers made by the async function `$peer`.
macro_rules! conformance {
    ($peer:path) => {
        conformance::scenarios!(conformance::run, $peer);
    };
}
pub(crate) use conformance;

/// The list of scenarios, handed to a macro.
macro_rules! scenarios {
    ($then:path, $($more:tt)*) => {
        $then! { $($more)*;
            single: creating_twice_makes_one_event,
            single: a_lost_answer_does_not_make_a_second_event,
            single: an_event_comes_back_as_it_was_written,
            single: a_change_touches_only_what_it_names,
            single: changes_made_at_once_all_hold,
            single: a_cleared_field_comes_back_empty,
            single: a_change_to_an_outdated_version_is_refused,
            single: a_change_that_was_made_already_is_a_success,
            single: an_event_deleted_there_is_told_and_found_gone,
            single: deleting_twice_is_a_success,
            single: a_lost_answer_to_a_deletion_is_a_success,
            single: a_name_used_and_deleted_can_be_used_again,
            single: whole_days_stay_whole_days,
            single: a_whole_day_can_become_an_hour,
            single: an_event_keeps_a_zone_of_its_own,
            single: what_we_do_not_know_survives_a_change,
            single: something_malformed_hides_nobody,
            single: changes_are_told_once,
            single: an_event_moves_to_another_calendar,
            elsewhere: an_edit_made_there_is_told_field_by_field,
            elsewhere: a_move_is_told_in_both_calendars,
            elsewhere: an_expired_cursor_begins_anew_and_nothing_is_doubled_or_lost,
            elsewhere: a_full_calendar_is_listed_completely_and_once,
            refusals: a_rate_limit_is_told_with_its_time_and_then_it_goes_on,
            refusals: a_withdrawn_permission_wants_somebody_to_sign_in_again,
            guests: guests_are_invited_and_uninvited,
            guests: an_invitation_is_answered,
            guests: who_is_not_invited_cannot_answer,
            elsewhere: a_guest_declines_there_and_we_see_it,
            repeats: every_usual_form_of_recurrence_comes_back_as_it_was,
            repeats: an_unusual_form_of_recurrence_is_kept_or_refused_and_never_flattened,
            repeats: a_date_left_out_from_the_beginning_stays_out,
            repeats: a_series_goes_on_through_the_hour_that_is_skipped,
            repeats: the_hour_that_is_skipped_and_the_one_that_comes_twice_keep_their_instant,
            series: a_weekly_series_keeps_its_wall_time_over_a_clock_change,
            series: a_series_of_whole_days_repeats_until_a_day,
            series: one_occurrence_can_be_changed_alone,
            series: a_changed_occurrence_can_be_changed_again,
            series: a_changed_occurrence_has_data_of_its_own,
            series: one_occurrence_can_be_taken_out,
            series: an_occurrence_of_whole_days_can_be_taken_out,
            series: a_changed_occurrence_can_be_taken_out,
            series: a_new_title_of_the_series_leaves_a_changed_occurrence_its_own,
            series: no_occurrence_is_left_over_when_its_series_moves_in_time,
            series: a_changed_occurrence_follows_its_series_in_time,
            series: a_series_is_cut_and_goes_on_as_another,
            series: a_series_moves_to_another_calendar_with_its_overrides,
            series: a_series_takes_its_overrides_with_it,
        }
    };
}
pub(crate) use scenarios;

/// One test for each scenario.
macro_rules! run {
    ($peer:path; $($module:ident: $scenario:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $scenario() {
            let peer = $peer().await;
            if conformance::offers::lacks(&peer, stringify!($scenario)).is_none() {
                conformance::$module::$scenario(&peer).await;
            }
        })+
    };
}
pub(crate) use run;

/// A zone whose clock changes.
pub const ZONE: &str = "Europe/Berlin";

/// A wall time in [`ZONE`].
pub fn at(text: &str) -> EventTime {
    EventTime::Zoned {
        date_time: text.parse().unwrap(),
        time_zone: ZONE.into(),
    }
}

/// A day.
pub fn day(text: &str) -> EventTime {
    EventTime::Date {
        date: text.parse().unwrap(),
    }
}

/// An hour, an ordinary one.
pub fn meeting(title: &str) -> EventContent {
    EventContent {
        title: title.into(),
        description: None,
        location: None,
        start: at("2027-03-01T09:00:00"),
        end: at("2027-03-01T10:00:00"),
        recurrence: vec![],
        attendees: vec![],
        organizer: None,
        reminders: Reminders {
            use_default: false,
            overrides: vec![],
        },
        visibility: Visibility::Default,
        transparency: Transparency::Busy,
        status: EventStatus::Confirmed,
        colour: None,
        conference: None,
        metadata: BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    }
}

/// Somebody to invite.
pub fn guest(email: &str) -> Attendee {
    Attendee {
        email: email.into(),
        name: None,
        response: Response::NeedsAction,
        optional: false,
        is_self: false,
    }
}

/// A new event under a new key.
pub fn new(content: EventContent) -> NewEvent {
    let key = uuid::Uuid::new_v4().simple().to_string();
    NewEvent {
        key,
        content,
        calendar_zone: ZONE.into(),
        notify: Notify::None,
    }
}

/// The whole event or series.
pub fn whole(remote_id: &str) -> Target {
    Target {
        remote_id: remote_id.into(),
        occurrence: None,
    }
}

/// One occurrence.
pub fn occurrence(remote_id: &str, original: EventTime) -> Target {
    Target {
        remote_id: remote_id.into(),
        occurrence: Some(original),
    }
}

/// A change from one state to another, for whatever version there is.
pub fn change(before: &EventContent, after: EventContent) -> Change {
    let fields = before.changed(&after);
    Change {
        content: after,
        fields,
        etag: None,
        calendar_zone: ZONE.into(),
        notify: Notify::None,
    }
}

/// The only event of a batch.
pub fn only(batch: Batch) -> RemoteEvent {
    assert!(batch.malformed.is_empty(), "{:?}", batch.malformed);
    match <[RemoteEvent; 1]>::try_from(batch.upserts) {
        Ok([event]) => event,
        Err(several) => panic!("expected one event: {several:?}"),
    }
}

/// The override of an occurrence in a batch, if it has one.
pub fn override_of(batch: &Batch, original: &EventTime) -> Option<RemoteEvent> {
    let meant = original.instant(ZONE).unwrap();
    batch
        .upserts
        .iter()
        .find(|e| e.original_start.as_ref().is_some_and(|o| o.instant(ZONE) == Ok(meant)))
        .cloned()
}

impl dyn Peer + '_ {
    /// Creates an event.
    pub async fn create(&self, content: EventContent) -> RemoteEvent {
        only(self.provider().create(self.calendar(), &new(content)).await.unwrap())
    }

    /// Reads an event.
    pub async fn read(&self, remote_id: &str) -> RemoteEvent {
        let batch = self.provider().event(self.calendar(), remote_id).await.unwrap();
        batch
            .upserts
            .into_iter()
            .find(|e| e.series.is_none())
            .expect("the master")
    }

    /// One whole round of changes: everything told, and the cursor for the next.
    pub async fn round(&self, calendar: &str, cursor: Option<&str>) -> (Batch, String) {
        let (mut all, mut cursor) = (Batch::default(), cursor.map(str::to_owned));
        loop {
            let page = self.provider().changes(calendar, cursor.as_deref()).await.unwrap();
            all.upserts.extend(page.batch.upserts);
            all.removed.extend(page.batch.removed);
            all.complete_series.extend(page.batch.complete_series);
            all.malformed.extend(page.batch.malformed);
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::Done(next) => return (all, next),
            }
        }
    }

    /// The titles of all events a fresh look at the calendar finds, sorted.
    pub async fn titles(&self, calendar: &str) -> Vec<String> {
        let (all, _) = self.round(calendar, None).await;
        assert!(all.malformed.is_empty(), "{:?}", all.malformed);
        let present = all
            .upserts
            .into_iter()
            .filter(|e| e.content.status != EventStatus::Cancelled);
        let titles: BTreeSet<_> = present
            .map(|e| (e.content.title, e.remote_id, e.original_start.map(|o| o.local())))
            .collect();
        titles.into_iter().map(|(title, _, _)| title).collect()
    }
}
