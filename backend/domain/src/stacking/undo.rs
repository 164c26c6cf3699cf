//! The way back: from what was done to a plan that undoes it, as far as nobody has gone on from there.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    draft::{Existing, Override},
    plan::{Change, Item, identity, leave_out_dates, says_the_same},
};
use crate::{
    availability::Kind,
    event::{EventContent, Field, Response},
};

/// What was done, as the log of the operation has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<'a> {
    /// The line of the plan.
    pub item: &'a Item,
    /// The event that was made, or that was written to.
    pub event: &'a str,
}

/// The way back of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undo {
    /// What is to be done; `None`: nothing can be, and `left` says why.
    pub item: Option<Item>,
    /// What will not be as it was.
    pub left: Vec<Left>,
}

/// What cannot be undone, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// The event that was made or changed is gone.
    Gone,
    /// The event that was made was changed by somebody since, who may want it.
    ChangedSince,
    /// This field was changed by somebody since, and stays as they want it.
    FieldChangedSince(#[serde(serialize_with = "word")] Field),
    /// The event was moved on by somebody since.
    MovedSince,
    /// The event is back already.
    Back,
    /// Guests are invited again, and answer anew.
    Answers,
    /// Who invited and how to join was the provider's; the new event has its own, or none.
    Conference,
}

fn word<S: serde::Serializer>(field: &Field, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(field.as_str())
}

impl Left {
    /// A sentence for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gone => "the event is gone, so there is nothing to undo",
            Self::ChangedSince => "somebody changed the event since; it stays. Delete it by hand if it is not wanted",
            Self::FieldChangedSince(_) => "somebody changed this since; it stays as they want it",
            Self::MovedSince => "somebody moved the event to another calendar since; it stays there",
            Self::Back => "the event is there again",
            Self::Answers => "guests are invited again, and their answers are asked for anew",
            Self::Conference => "the link to the call was the provider's and is not made again",
        }
    }

    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::ChangedSince => "changed_since",
            Self::FieldChangedSince(_) => "field_changed_since",
            Self::MovedSince => "moved_since",
            Self::Back => "back",
            Self::Answers => "answers",
            Self::Conference => "conference",
        }
    }
}

/// What undoes a line that was done. `now` is the event as it is, looked up by [`Done::event`]; `None`: it is gone. `seed`
/// names the undo as [`Settings::seed`](super::plan::Settings) names a plan.
pub fn undo(done: &Done<'_>, now: Option<&Existing>, seed: &str) -> Undo {
    let back = |calendar: &str, change| Item {
        key: identity(&["undo", seed, done.event]),
        line: done.item.line,
        calendar: calendar.to_owned(),
        change,
        overrides: Vec::new(),
    };
    let nothing = |left| Undo {
        item: None,
        left: vec![left],
    };
    match (&done.item.change, now) {
        (Change::Delete { .. }, Some(_)) => nothing(Left::Back),
        (Change::Delete { before }, None) => {
            let (after, overrides) = series_anew(before);
            let uid = Some(before.uid.clone());
            Undo {
                left: lost(&before.content),
                item: Some(Item {
                    overrides,
                    ..back(&before.calendar, Change::Create { uid, after })
                }),
            }
        }
        (_, None) => nothing(Left::Gone),
        (Change::Create { after, .. }, Some(now)) => {
            if now.calendar != done.item.calendar {
                return nothing(Left::MovedSince);
            }
            if !touched(after, &now.content).is_empty() {
                return nothing(Left::ChangedSince);
            }
            Undo {
                item: Some(back(&now.calendar, Change::Delete { before: now.clone() })),
                left: Vec::new(),
            }
        }
        (Change::Update { before, after }, Some(now)) => {
            let (content, left) = fields_back(&before.content, after, &now.content);
            let item = (!says_the_same(&now.content, &content)).then(|| {
                let change = Change::Update {
                    before: now.clone(),
                    after: content,
                };
                back(&now.calendar, change)
            });
            Undo { item, left }
        }
        (Change::Move { from, before, after }, Some(now)) => {
            let (content, mut left) = fields_back(&before.content, after, &now.content);
            if now.calendar != done.item.calendar {
                left.push(Left::MovedSince);
                return Undo { item: None, left };
            }
            let change = Change::Move {
                from: now.calendar.clone(),
                before: now.clone(),
                after: content,
            };
            Undo {
                item: Some(back(from, change)),
                left,
            }
        }
    }
}

/// What somebody changed in an event since it was written. Answers are the guests' own and no change.
fn touched(written: &EventContent, now: &EventContent) -> BTreeSet<Field> {
    let mut fields = written.differences(now);
    fields.remove(&Field::Response);
    fields
}

/// The event with what we changed as it was before, but for what somebody changed again.
fn fields_back(before: &EventContent, after: &EventContent, now: &EventContent) -> (EventContent, Vec<Left>) {
    let mut ours = before.changed(after);
    ours.remove(&Field::Response);
    let theirs = touched(after, now);
    let left = ours
        .intersection(&theirs)
        .map(|field| Left::FieldChangedSince(*field))
        .collect();
    let fields = ours.difference(&theirs).copied().collect();
    (now.merged(after, before, &fields), left)
}

/// What does not come back with an event that is made again.
fn lost(content: &EventContent) -> Vec<Left> {
    let guests = content.attendees.iter().any(|guest| !guest.is_self);
    let losses = [
        (guests, Left::Answers),
        (content.conference.is_some(), Left::Conference),
    ];
    losses
        .into_iter()
        .filter_map(|(lost, left)| lost.then_some(left))
        .collect()
}

/// An event that is made again, of a series with the dates that were unlike it, and without those that were taken out.
fn series_anew(before: &Existing) -> (EventContent, Vec<Override>) {
    let mut after = anew(&before.content);
    leave_out_dates(&mut after, &before.dates);
    let unlike = before.dates.iter().filter_map(|one| {
        let content = Some(anew(one.content.as_ref()?));
        Some(Override { content, ..one.clone() })
    });
    (after, unlike.collect())
}

/// An event that is made again: what only providers write is theirs to write.
fn anew(content: &EventContent) -> EventContent {
    let mut content = EventContent {
        organizer: None,
        conference: None,
        kind: Kind::default(),
        ..content.clone()
    };
    for guest in &mut content.attendees {
        (guest.response, guest.is_self) = (Response::NeedsAction, false);
    }
    content
}
