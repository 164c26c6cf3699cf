//! What is done next, and how.

use calendar_stacker::{gateway::push, jobs, ops::mirror};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Life,
    words::{Done, FIELDS, Field, Known, Step, Write, both, here, key, value},
};
use crate::harness::send;

impl Life {
    pub fn step(&mut self) -> Step {
        let account = self.dice.roll(3);
        if let Some(account) = self.revoked.first().copied().filter(|_| self.dice.roll(8) == 0) {
            self.revoked.remove(&account);
            return Step::Consent { account };
        }
        let series = self.dice.roll(4) == 0;
        // Mostly the last ones: what nobody touches any more is settled.
        let live: Vec<usize> = (0..self.events.len()).rev().take(12).collect();
        let of = |series: bool| -> Vec<usize> {
            live.iter()
                .copied()
                .filter(|event| self.events[*event].series == series)
                .collect()
        };
        let (singles, repeating) = (of(false), of(true));
        let week = self.dice.roll(6);
        let kind = self.dice.roll(100);
        match kind {
            0..6 => Step::CreateHere { account, series },
            6..11 => Step::CreateThere { account, series },
            11..31 if !singles.is_empty() => {
                let (event, field) = (*self.dice.pick(&singles), *self.dice.pick(&FIELDS));
                Step::EditHere { event, field }
            }
            31..58 if !singles.is_empty() => {
                let (event, field) = (*self.dice.pick(&singles), *self.dice.pick(&FIELDS));
                Step::EditThere { event, field }
            }
            58..60 if !live.is_empty() => Step::DeleteHere {
                event: *self.dice.pick(&live),
            },
            60..63 if !live.is_empty() => Step::DeleteThere {
                event: *self.dice.pick(&live),
            },
            63..67 if !repeating.is_empty() => Step::Occurrence {
                event: *self.dice.pick(&repeating),
                week,
                scope: if self.dice.roll(4) == 0 {
                    "this_and_following"
                } else {
                    "this"
                },
                delete: self.dice.roll(4) == 0,
            },
            67..73 if !repeating.is_empty() => Step::OccurrenceThere {
                event: *self.dice.pick(&repeating),
                week,
                delete: self.dice.roll(4) == 0,
            },
            73..83 => Step::Fault(self.fault()),
            83..85 => Step::Clear,
            85 => Step::ExpireTokens,
            86..89 => Step::Drain,
            89..92 => Step::Pull { account },
            92 => match self.dice.roll(3) {
                0 => Step::ExpireAccess { account },
                1 if self.revoked.insert(account) => Step::Revoke { account },
                _ => Step::Watch,
            },
            _ => Step::Later {
                minutes: *self.dice.pick(&[1, 1, 3, 10, 90]),
            },
        }
    }

    pub async fn act(&self, batch: usize, number: usize, step: &Step) -> Done {
        let side = &self.side;
        let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]});
        let token = format!("token{number}");
        let write = |field| {
            Some(Write {
                batch,
                field,
                value: value(field, number),
            })
        };
        match step {
            Step::CreateHere { account, series } => {
                // A series begins where its occurrences are looked for.
                let mut event = both(
                    here(Field::Title, number),
                    here(Field::Time, if *series { 0 } else { number }),
                );
                event["description"] = json!(token);
                if *series {
                    event = both(event, rule);
                }
                let path = format!("/calendars/{}/events", self.accounts[*account].calendar);
                let answer = side.owner().post_as(&token, &path, event).await;
                if answer.status != 201 {
                    assert!(answer.status < 500 || answer.status >= 502, "{step:?}: {}", answer.raw);
                    return Done::Nothing;
                }
                let name = answer.body["provider_event_id"].as_str().unwrap_or_default().to_owned();
                Done::Created {
                    account: *account,
                    series: *series,
                    token,
                    id: answer.text("id"),
                    name,
                }
            }
            Step::CreateThere { account, series } => {
                let one = &self.accounts[*account];
                let name = side.create(one, number, *series, &token);
                let id = mirror::id(&one.calendar, &name);
                Done::Created {
                    account: *account,
                    series: *series,
                    token,
                    id,
                    name,
                }
            }
            Step::EditHere { event, field } => {
                let path = format!("/events/{}", self.events[*event].id);
                let done = self.write(Method::PATCH, &path, Some(here(*field, number))).await;
                match (done, write(*field)) {
                    (false, Some(write)) => Done::Refused { event: *event, write },
                    (_, write) => Done::Here { event: *event, write },
                }
            }
            Step::DeleteHere { event } => {
                let path = format!("/events/{}", self.events[*event].id);
                let done = self.write(Method::DELETE, &path, None).await;
                if done {
                    Done::Here {
                        event: *event,
                        write: None,
                    }
                } else {
                    Done::Nothing
                }
            }
            Step::Occurrence {
                event,
                week,
                scope,
                delete,
            } => {
                let path = format!("/events/{}_{}?scope={scope}", self.events[*event].id, key(*week));
                let change = (!delete).then(|| json!({"location": format!("location{number}")}));
                let method = if *delete { Method::DELETE } else { Method::PATCH };
                self.write(method, &path, change).await;
                Done::Nothing
            }
            Step::EditThere { event, field } => {
                let known = &self.events[*event];
                if side.edit(&self.accounts[known.account], known, *field, number) {
                    Done::There {
                        event: *event,
                        write: write(*field),
                    }
                } else {
                    Done::Nothing
                }
            }
            Step::DeleteThere { event } => {
                let known = &self.events[*event];
                if side.delete(&self.accounts[known.account], known) {
                    Done::There {
                        event: *event,
                        write: None,
                    }
                } else {
                    Done::Nothing
                }
            }
            Step::OccurrenceThere { event, week, delete } => {
                let known = &self.events[*event];
                let place = (!delete).then(|| format!("location{number}"));
                side.occurrence(&self.accounts[known.account], known, *week, place.as_deref());
                Done::Nothing
            }
            Step::Fault(fault) => {
                side.fault(fault.clone());
                Done::Nothing
            }
            Step::Clear => {
                side.clear_faults();
                Done::Nothing
            }
            Step::ExpireTokens => {
                side.expire_rounds();
                Done::Nothing
            }
            Step::ExpireAccess { account } => {
                side.expire_access(&self.accounts[*account]);
                Done::Nothing
            }
            Step::Revoke { account } => {
                side.revoke(&self.accounts[*account]);
                Done::Nothing
            }
            Step::Consent { account } => {
                // It may fail, as everything may now; in the end it is given.
                side.consent(&self.accounts[*account]).await;
                Done::Nothing
            }
            Step::Watch => {
                self.watch().await;
                Done::Nothing
            }
            Step::Drain => {
                // As the worker does: who has lost a lane, because hours went by, comes again.
                if let Err(error) = push::drain_all(&side.app().app).await {
                    assert!(matches!(error, db::Error::NotFound), "{error}");
                }
                Done::Nothing
            }
            Step::Pull { account } => {
                let path = format!("/calendars/{}/sync", self.accounts[*account].calendar);
                side.owner().post(&path, json!({})).await.ok(200);
                Done::Nothing
            }
            Step::Later { minutes } => {
                side.later(SignedDuration::from_mins(*minutes));
                Done::Nothing
            }
        }
    }

    /// The worker looks after the channels.
    pub async fn watch(&self) {
        if !self.told {
            return;
        }
        let job = jobs::ALL.iter().find(|job| job.name == "watch").unwrap();
        jobs::once(&self.side.app().app, job, "worker").await.unwrap();
    }

    /// Whether it was acknowledged.
    async fn write(&self, method: Method, path: &str, change: Option<Value>) -> bool {
        let request = self.side.owner().request(method.clone(), path).header("if-match", "*");
        let answer = send(change.iter().fold(request, |request, change| request.json(change))).await;
        match answer.status {
            200 | 204 => true,
            404 | 409 | 410 | 412 | 422 | 502 | 503 => false,
            _ => panic!("{method} {path}: {} {}", answer.status, answer.raw),
        }
    }

    pub fn remember(&mut self, batch: usize, done: Done) {
        match done {
            Done::Created {
                account,
                series,
                token,
                id,
                name,
            } => self.events.push(Known {
                account,
                token,
                id,
                name,
                series,
                ..Known::default()
            }),
            Done::Here { event, write } => match write {
                Some(write) => self.events[event].here.push(write),
                None => self.events[event].deleted_here = Some(batch),
            },
            Done::There { event, write } => match write {
                Some(write) => self.events[event].there.push(write),
                None => self.events[event].deleted_there = Some(batch),
            },
            Done::Refused { event, write } => self.events[event].tried.push(write),
            Done::Nothing => {}
        }
    }
}
