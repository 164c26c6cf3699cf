//! Writing events: create, change, delete, answer.

use domain::{
    event::{Field, Notify, Response},
    time::EventTime,
};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Microsoft,
    call::{error, not_understood, rejected, unwritable},
    wire,
};
use crate::{
    Batch, Change, NewEvent, Target,
    error::{Error, Result},
};

/// How far around its moment an occurrence is looked for: a day in any zone.
const AROUND: SignedDuration = SignedDuration::from_hours(36);

fn text<'a>(item: &'a Value, name: &str) -> Result<&'a str> {
    item[name]
        .as_str()
        .ok_or_else(|| not_understood(&format!("the event has no {name}")))
}

impl Microsoft {
    /// Finds what an earlier try has made, else makes it. The transaction id guards the moment between the two.
    pub(super) async fn insert(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        let body = wire::create(&new.key, &new.content).map_err(unwritable)?;
        let found = self
            .request(Method::GET, &["me", "calendars", calendar, "events"])
            .query("$filter", &wire::key_filter(&new.key))
            .query("$top", "1")
            .send()
            .await?;
        let id = match found["value"][0]["id"].as_str() {
            Some(id) => id.to_owned(),
            None => {
                let call = self.request(Method::POST, &["me", "calendars", calendar, "events"]);
                let made = call.json(&body).repeatable().send().await?;
                text(&made, "id")?.to_owned()
            }
        };
        self.read_whole(calendar, &id).await
    }

    /// The occurrence that the series would have put at `original`, changed or not. Microsoft names it.
    async fn instance(&self, series: &str, original: &EventTime) -> Result<Value> {
        let at = wire::moment(original).map_err(unwritable)?;
        let is_meant = |item: &&Value| {
            wire::event(item)
                .ok()
                .and_then(|event| event.original_start)
                .is_some_and(|start| wire::same_moment(&start, original))
        };
        let bound = |at: jiff::Timestamp| at.to_string();
        let list = self
            .request(Method::GET, &["me", "events", series, "instances"])
            .query("startDateTime", &bound(at.saturating_sub(AROUND).unwrap_or(at)))
            .query("endDateTime", &bound(at.saturating_add(AROUND).unwrap_or(at)))
            .query("$top", "100")
            .send()
            .await?;
        if let Some(item) = list["value"].as_array().into_iter().flatten().find(is_meant) {
            return Ok(item.clone());
        }
        // It may have been moved out of the time it was meant for.
        let master = self
            .request(Method::GET, &["me", "events", series])
            .query("$expand", "exceptionOccurrences")
            .send()
            .await?;
        let moved = master["exceptionOccurrences"]
            .as_array()
            .into_iter()
            .flatten()
            .find(is_meant);
        moved.cloned().ok_or(Error::NotFound)
    }

    async fn item(&self, target: &Target) -> Result<Value> {
        match &target.occurrence {
            Some(original) => self.instance(&target.remote_id, original).await,
            None => {
                self.request(Method::GET, &["me", "events", &target.remote_id])
                    .send()
                    .await
            }
        }
    }

    /// The id a write goes to and the version it may be conditioned on. An occurrence without an override is known by its
    /// master's version.
    async fn place(&self, target: &Target, known: Option<&str>) -> Result<(String, Option<String>)> {
        if target.occurrence.is_none() {
            return Ok((target.remote_id.clone(), known.map(str::to_owned)));
        }
        let item = self.item(target).await?;
        let current = text(&item, "@odata.etag")?.to_owned();
        if let Some(known) = known.filter(|known| *known != current) {
            let master = self
                .request(Method::GET, &["me", "events", &target.remote_id])
                .send()
                .await?;
            if master["@odata.etag"].as_str() != Some(known) {
                return Err(Error::Changed);
            }
        }
        Ok((text(&item, "id")?.to_owned(), Some(current)))
    }

    pub(super) async fn change(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        let mut fields = change.fields.clone();
        if target.occurrence.is_some() {
            // An occurrence has no rule of its own.
            fields.remove(&Field::Recurrence);
        }
        let body = wire::patch(&change.content, &fields).map_err(unwritable)?;
        let (id, version) = self.place(target, change.etag.as_deref()).await?;
        if fields.is_empty() {
            return self.read_whole(calendar, &target.remote_id).await;
        }
        let call = self.request(Method::PATCH, &["me", "events", &id]);
        match call.if_match(version.as_deref()).json(&body).send().await {
            Ok(_) => self.read_whole(calendar, &target.remote_id).await,
            Err(Error::Changed) => {
                // Either somebody else was faster, or our own first attempt arrived and its answer was lost.
                let now = wire::event(&self.item(target).await?).map_err(|e| not_understood(&e))?;
                let mut differs = now.content.changed(&change.content);
                // Metadata is not told here, and the answers of guests are theirs.
                differs.remove(&Field::Metadata);
                let certain = differs.is_disjoint(&fields) && !fields.contains(&Field::Metadata);
                if certain {
                    self.read_whole(calendar, &target.remote_id).await
                } else {
                    Err(Error::Changed)
                }
            }
            Err(other) => Err(other),
        }
    }

    pub(super) async fn remove(&self, calendar: &str, target: &Target, known: Option<&str>) -> Result<Batch> {
        let gone = Batch {
            removed: vec![target.remote_id.clone()],
            ..Batch::default()
        };
        let (id, version) = match self.place(target, known).await {
            // No such series or no such occurrence: nothing to take out.
            Err(Error::NotFound) => return Ok(Batch::default()),
            place => place?,
        };
        let version = known.and(version);
        let answer = self
            .request(Method::DELETE, &["me", "events", &id])
            .if_match(version.as_deref())
            .repeatable()
            .answer()
            .await?;
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => {}
            _ => return Err(error(&answer)),
        }
        if target.occurrence.is_none() {
            return Ok(gone);
        }
        match self.read_whole(calendar, &target.remote_id).await {
            Err(Error::NotFound) => Ok(gone),
            batch => batch,
        }
    }

    /// A declined meeting leaves the calendar.
    pub(super) async fn answer_invitation(
        &self,
        calendar: &str,
        target: &Target,
        answer: Response,
        notify: Notify,
    ) -> Result<Batch> {
        let word = match answer {
            Response::Accepted => "accept",
            Response::Declined => "decline",
            Response::Tentative => "tentativelyAccept",
            Response::NeedsAction => return Err(unwritable("Microsoft cannot take an answer back".into())),
        };
        let item = self.item(target).await?;
        if item["isOrganizer"].as_bool() == Some(true) {
            return Err(rejected(
                "not_invited",
                "the account is not among the guests of this event".into(),
            ));
        }
        let body = json!({"sendResponse": notify != Notify::None && item["responseRequested"] != false});
        let call = self.request(Method::POST, &["me", "events", text(&item, "id")?, word]);
        call.json(&body).repeatable().send().await?;
        match self.read_whole(calendar, &target.remote_id).await {
            Err(Error::NotFound) => Ok(Batch {
                removed: vec![target.remote_id.clone()],
                ..Batch::default()
            }),
            batch => batch,
        }
    }
}
