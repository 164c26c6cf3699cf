//! Lines that put an event into another calendar: made there, and when it is there taken away here.

use std::collections::BTreeSet;

use db::{
    Conn,
    calendars::Calendar,
    operation_items::{Item as Row, MOVING},
};
use domain::{
    event::{EventContent, Field, Scope},
    stacking::{
        Existing,
        plan::{Change, Item},
    },
};

use super::{
    Held,
    apply::Stop,
    desk::{Desk, Refusal, Went},
};
use crate::ops::{
    changes::{self, Changed},
    copy,
    events::{self, Subject},
};

/// Where a moved event comes from.
pub(super) const fn from(item: &Item) -> Option<&String> {
    match &item.change {
        Change::Move { from, .. } => Some(from),
        _ => None,
    }
}

/// What was left behind of a move that is at its new place: what its promise is about.
pub(super) fn left<'a>(row: &Row, item: &'a Item) -> Option<&'a Existing> {
    match &item.change {
        Change::Move { before, .. } if row.watch.as_deref() == Some(before.id.as_str()) => Some(before),
        _ => None,
    }
}

impl Desk<'_> {
    /// The first half of a move: the event at its new place. When the provider has it there, it is taken from the old one.
    pub(super) fn arrive(
        &self,
        conn: &mut Conn,
        row: &Row,
        to: &Calendar,
        item: &Item,
        (subject, after): (&Subject, &EventContent),
    ) -> Result<Went, Stop> {
        if subject.occurrence.is_some() {
            let detail = "an occurrence cannot leave its series; move the series";
            return Ok(Went::Refused(Refusal::new("needs_series", detail)));
        }
        if !subject.row.is_recurring {
            let mut after = after.clone();
            (after.organizer, after.conference) = (None, None);
            for guest in &mut after.attendees {
                guest.is_self = false;
            }
            return self.create(conn, row, to, &item.key, (&after, &[]));
        }
        let Some(key) = self.free(conn, to, &item.key)? else {
            return self.there(conn, to, &item.key, after);
        };
        let made = match copy::copy(conn, self.request(), subject, to, &key) {
            Ok(made) => made,
            Err(error) => return self.went(conn, row, Err(error)),
        };
        let copied = match events::find(conn, self.tenant, &made.id) {
            Ok(copied) => copied,
            Err(error) => return Err(self.refused(row.seq, error.into())),
        };
        let mut fields = subject.content.changed(after);
        fields.extend([Field::Attendees, Field::Metadata, Field::Transparency]);
        fields.remove(&Field::Response);
        let mut desired = copied.content.with(after, &fields);
        for guest in &mut desired.attendees {
            guest.is_self = false;
        }
        let changed = changes::restate(conn, self.request(), &copied, Scope::All, desired);
        match changed {
            Ok(Changed { group: None, .. }) => self.went(conn, row, Ok(made)),
            changed => self.went(conn, row, changed),
        }
    }
}

/// The second half of a move.
pub(super) fn leave(
    conn: &mut Conn,
    desk: &mut Desk<'_>,
    held: &mut Held,
    row: &Row,
    before: &Existing,
) -> Result<(), Stop> {
    desk.open(conn, BTreeSet::from([before.calendar.clone()]))?;
    let went = match desk.remove(conn, row, before)? {
        // It keeps its new name.
        Went::Promised { watch, .. } => Went::Promised {
            watch,
            event: row.event_id.clone().unwrap_or_default(),
        },
        Went::Through { .. } => Went::Through {
            event: row.event_id.clone().unwrap_or_default(),
        },
        Went::Refused(refusal) if refusal.code == "gone" => Went::Through {
            event: row.event_id.clone().unwrap_or_default(),
        },
        Went::Refused(refusal) => Went::Refused(Refusal::new(
            refusal.code,
            format!(
                "it is in its new calendar, and still in the old one: {}",
                refusal.detail
            ),
        )),
    };
    Ok(desk.record(conn, held, row, went, MOVING)?)
}
