//! Brings what a provider holds into the mirror, inside the caller's transaction. The one place where it meets what we
//! have promised: [`domain::sync`] decides, this writes.
//!
//! A row's revision counts what people can see; a pull that brings nothing new leaves it alone, so that the ETags our
//! callers hold stay good.

use std::collections::{BTreeSet, HashMap};

use db::{
    Conn,
    events::{HIDDEN, NewRow},
    malformed,
    mirror::{self, Known},
    outbox::{DEAD, DONE, OVERTAKEN, Promise},
    types::Instant,
};
use domain::{
    event::{EventContent, Field, Notify},
    id::TenantId,
    sync::{self, Decision, Policy},
};
use jiff::Timestamp;
use providers::{Batch, Malformed};
use uuid::Uuid;

use crate::ops::{
    conflicts::{self, About, Meeting, Sides},
    events,
    feed::{Happened, Origin},
    mirror::{self as row, Place},
    outbox::{CREATE, DELETE, PENDING, UPDATE, Work, is_hidden, remembered},
    series,
};

/// A batch ready to be written: everything that needs no database is done.
#[derive(Debug, Default)]
pub struct Ready {
    rows: Vec<NewRow>,
    removed: Vec<String>,
    complete: Vec<String>,
    malformed: Vec<Malformed>,
}

impl Ready {
    /// How many events it says are gone.
    pub fn vanishing(&self) -> usize {
        self.removed.len()
    }

    /// The rows.
    pub fn rows(&self) -> &[NewRow] {
        &self.rows
    }

    /// The provider's names of the events it says are gone.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// The provider's names of everything it speaks of.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let rows = self
            .rows
            .iter()
            .flat_map(|row| [Some(&row.remote_id), row.series_remote_id.as_ref()]);
        let names = rows.flatten().chain(&self.removed).chain(&self.complete);
        names.map(String::as_str).chain(self.malformed())
    }

    /// The provider's names of the events that cannot be read.
    pub fn malformed(&self) -> impl Iterator<Item = &str> {
        self.malformed.iter().map(|one| one.remote_id.as_str())
    }
}

/// Makes rows of a batch. Where it names an event twice, the last one counts.
pub fn ready(place: &Place, batch: Batch) -> Ready {
    let mut rows: Vec<NewRow> = Vec::with_capacity(batch.upserts.len());
    let mut at: HashMap<String, usize> = HashMap::with_capacity(batch.upserts.len());
    let mut malformed = batch.malformed;
    for event in batch.upserts {
        let (remote_id, raw) = (event.remote_id.clone(), event.raw.clone());
        match row::row(place, event) {
            Ok(row) => match at.get(&remote_id) {
                Some(index) => rows[*index] = row,
                None => {
                    at.insert(remote_id, rows.len());
                    rows.push(row);
                }
            },
            Err(reason) => malformed.push(Malformed { remote_id, reason, raw }),
        }
    }
    Ready {
        rows,
        removed: batch.removed,
        complete: batch.complete_series,
        malformed,
    }
}

/// When and in which round a batch is written.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// The calendar's round.
    pub round: i64,
    /// Now.
    pub now: Timestamp,
    /// Whether what stands there may be newer: a page of a pull may have been read before a write of ours.
    pub pulled: bool,
}

/// Writes it, and tells those who follow along.
///
/// # Errors
/// Those of the database.
pub fn apply(conn: &mut Conn, place: &Place, ready: Ready, stamp: Stamp) -> db::Result<()> {
    let mut happened = happened(place, stamp);
    write(conn, place, ready, stamp, &mut happened)?;
    happened.finish(conn)?;
    Ok(())
}

/// Nothing yet.
pub fn happened(place: &Place, stamp: Stamp) -> Happened {
    let origin = if stamp.pulled { Origin::Provider } else { Origin::Ours };
    Happened::new(&place.tenant, &place.client, &place.calendar, origin, stamp.now)
}

/// Writes it. What happened is told by whoever asked, at the end of the transaction.
///
/// # Errors
/// Those of the database.
pub fn write(conn: &mut Conn, place: &Place, ready: Ready, stamp: Stamp, happened: &mut Happened) -> db::Result<()> {
    let Ready {
        mut rows,
        removed,
        complete,
        malformed,
    } = ready;
    let calendar = place.calendar.as_str();
    db::outbox::lock(conn, &TenantId::from_store(place.tenant.clone()), calendar)?;
    let mut wanted: BTreeSet<&str> = rows.iter().map(|row| row.remote_id.as_str()).collect();
    wanted.extend(rows.iter().filter_map(|row| row.series_remote_id.as_deref()));
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let mut known: HashMap<String, Known> = mirror::known(conn, calendar, &wanted)?
        .into_iter()
        .map(|known| (known.remote_id.clone(), known))
        .collect();
    tie(&mut rows, &known);
    let mut promised = Promised::load(conn, place)?;
    promised.recognise(conn, &rows, &mut known)?;
    name(conn, &mut rows, &known)?;
    tie(&mut rows, &known);
    promised.look_up(conn, known.values().map(|known| known.id.as_str()))?;

    let (mut new, mut same, mut masters) = (Vec::new(), Vec::new(), Vec::new());
    let here: BTreeSet<String> = rows.iter().map(|row| row.remote_id.clone()).collect();
    for mut row in rows {
        row.round = stamp.round;
        let series = row.series_remote_id.as_ref().and_then(|series| known.get(series));
        let goes = goes_with_its_series(conn, &row, series)?;
        let Some(before) = known.get(&row.remote_id) else {
            row.created_at = stamp.now.into();
            row.updated_at = stamp.now.into();
            if row.series_remote_id.is_none() {
                masters.push((row.remote_id.clone(), row.id.clone()));
            }
            if goes {
                HIDDEN.clone_into(&mut row.status);
            } else {
                happened.created(&row);
            }
            new.push(row);
            continue;
        };
        if stamp.pulled && older(place, &row, before) {
            same.push(before.id.as_str());
            continue;
        }
        promised.meet(conn, place, &mut row, before, stamp.now)?;
        if goes {
            HIDDEN.clone_into(&mut row.status);
        }
        let visible = row.content != before.content
            || row.status != before.status
            || row.original_start != before.original_start
            || row.html_link != before.html_link
            || row.series_id != before.series_id;
        if !visible && row.etag == before.etag && row.starts_at == before.starts_at && row.ends_at == before.ends_at {
            same.push(before.id.as_str());
            continue;
        }
        row.revision = before.revision + i64::from(visible);
        row.created_at = before.created_at;
        row.updated_at = if visible { stamp.now.into() } else { before.updated_at };
        mirror::replace(conn, &row)?;
        // What a provider adds to a write of ours is nothing that happened.
        if visible && (stamp.pulled || means(&row, before)) {
            happened.updated(&row);
        }
    }
    mirror::insert(conn, &new)?;
    mirror::seen(conn, &same, stamp.round)?;
    mirror::adopt(conn, calendar, &masters)?;
    let mut gone: Vec<String> = removed.clone();
    for series in &complete {
        gone.extend(
            mirror::overrides_of(conn, calendar, series)?
                .into_iter()
                .filter(|id| !here.contains(id) && !id.starts_with(PENDING)),
        );
    }
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    promised.lose(conn, place, &gone, stamp.now)?;
    promised.lose_dates(conn, place, &gone, stamp.now)?;
    happened.removing(conn, &gone)?;
    mirror::remove(conn, calendar, &gone)?;
    set_aside(conn, place, &here, &removed, &malformed, stamp, happened)
}

/// What we have promised in a calendar, as far as a batch touches it. Most of the time nothing is promised, and this
/// asks the database no more than that.
struct Promised {
    any: bool,
    policy: Policy,
    about: HashMap<String, Promise>,
}

impl Promised {
    fn load(conn: &mut Conn, place: &Place) -> db::Result<Self> {
        let any = db::outbox::any_in(conn, &place.calendar)?;
        let policy = if any {
            let tenant = TenantId::from_store(place.tenant.clone());
            Policy::parse(&db::clients::policy(conn, &tenant, &place.client)?).unwrap_or_default()
        } else {
            Policy::default()
        };
        Ok(Self {
            any,
            policy,
            about: HashMap::new(),
        })
    }

    /// Overrides of ours that the provider has not named yet are known by their place in their series.
    fn recognise(&self, conn: &mut Conn, rows: &[NewRow], known: &mut HashMap<String, Known>) -> db::Result<()> {
        if !self.any || rows.iter().all(|row| row.original_key.is_none()) {
            return Ok(());
        }
        let mut unnamed: HashMap<(String, String), Known> =
            mirror::unnamed(conn, rows.first().map_or("", |row| row.calendar_id.as_str()))?
                .into_iter()
                .filter_map(|one| Some(((one.series_id.clone()?, one.original_key.clone()?), one)))
                .collect();
        for row in rows {
            if known.contains_key(&row.remote_id) {
                continue;
            }
            let (Some(series), Some(key)) = (&row.series_id, &row.original_key) else {
                continue;
            };
            if let Some(mut one) = unnamed.remove(&(series.clone(), key.clone())) {
                let tenant = TenantId::from_store(row.tenant_id.clone());
                mirror::rename(conn, &tenant, &one.id, &row.remote_id)?;
                one.remote_id.clone_from(&row.remote_id);
                known.insert(row.remote_id.clone(), one);
            }
        }
        Ok(())
    }

    fn look_up<'a>(&mut self, conn: &mut Conn, ids: impl Iterator<Item = &'a str>) -> db::Result<()> {
        if !self.any {
            return Ok(());
        }
        let ids: Vec<&str> = ids.filter(|id| !self.about.contains_key(*id)).collect();
        for promise in db::outbox::about_some(conn, &ids)? {
            if promise.state != DONE {
                self.about.insert(promise.event_id.clone(), promise);
            }
        }
        Ok(())
    }

    /// What the provider says about an event that something is promised about. Makes `row` what is shown.
    fn meet(
        &mut self,
        conn: &mut Conn,
        place: &Place,
        row: &mut NewRow,
        before: &Known,
        now: Timestamp,
    ) -> db::Result<()> {
        let Some(mut promise) = self.about.remove(&before.id) else {
            return Ok(());
        };
        let about = about(place, &before.id);
        let (theirs, ours) = (text(&row.content)?, text(&before.content)?);
        let (base, sent) = (remembered(promise.base.as_ref())?, remembered(promise.sent.as_ref())?);
        if promise.action == DELETE {
            // What a write of ours left there, whose answer was lost, is no change of somebody else.
            let landed = sent.as_ref().filter(|sent| sent.differences(&theirs).is_empty());
            let since = landed.or(base.as_ref());
            match sync::meet_change(since, &theirs, self.policy) {
                // Nobody has touched it, or ours counts: it stays hidden, and goes under its present version.
                None | Some(Decision::Ours) => {
                    row.status.clone_from(&before.status);
                    return Ok(());
                }
                Some(decision) => {
                    let since = since.unwrap_or(&theirs);
                    let fields = since.differences(&theirs);
                    let sides = Sides {
                        base: since,
                        ours: None,
                        theirs: Some(&theirs),
                    };
                    let tenant = TenantId::from_store(place.tenant.clone());
                    crate::ops::outbox::show(conn, &tenant, &before.id, now)?;
                    conflicts::record(conn, about, Meeting::DeletedHere, &fields, sides, decision, now)?;
                    if since.differences(&ours).is_empty() {
                        return db::outbox::remove(conn, &promise.id);
                    }
                    // What was changed here before it was deleted is still to be said.
                    promise = Promise {
                        action: UPDATE.to_owned(),
                        ..promise
                    };
                    db::outbox::replace(conn, &promise)?;
                }
            }
        }
        let view = sync::Promise {
            base: base.as_ref(),
            sent: sent.as_ref(),
            ours: &ours,
        };
        let moved = base.as_ref().is_none_or(|base| !base.differences(&theirs).is_empty());
        let met = sync::meet(&view, &theirs, self.policy);
        if let Some((fields, decision)) = &met.clash {
            let sides = Sides {
                base: base.as_ref().unwrap_or(&ours),
                ours: Some(&ours),
                theirs: Some(&theirs),
            };
            conflicts::record(conn, about, Meeting::Fields, fields, sides, *decision, now)?;
        }
        if !met.ahead {
            // The provider's own words, unless they differ only as texts do.
            db::outbox::kept(conn, &promise)?;
            if promise.state == DEAD {
                // Whatever was held because of it goes on.
                db::outbox::revive(conn, &promise.group_id)?;
                db::outbox::wake(conn, &place.calendar, now.into())?;
            }
            return Ok(());
        }
        if moved {
            let rebased = Promise {
                action: UPDATE.to_owned(),
                base: Some(row.content.clone()),
                sent: None,
                ..promise
            };
            db::outbox::replace(conn, &rebased)?;
        }
        let said = row::said(&met.show, row.series_remote_id.is_none(), &place.zone).map_err(db::Error::Other)?;
        row.starts_at = said.starts_at;
        row.ends_at = said.ends_at;
        row.is_recurring = said.is_recurring;
        row.status = said.status;
        row.search_text = said.search_text;
        row.external_id = said.external_id;
        row.content = said.content;
        Ok(())
    }

    /// The provider says that these are gone. What we have promised about them is settled; what is to be written anew is
    /// called something else.
    fn lose(&mut self, conn: &mut Conn, place: &Place, gone: &[&str], now: Timestamp) -> db::Result<()> {
        if !self.any || gone.is_empty() {
            return Ok(());
        }
        let mut rows = mirror::known(conn, &place.calendar, gone)?;
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        self.look_up(conn, ids.iter().map(String::as_str))?;
        rows.retain(|row| self.about.contains_key(&row.id));
        for row in rows {
            let Some(promise) = self.about.remove(&row.id) else {
                continue;
            };
            if promise.action == DELETE {
                db::outbox::kept(conn, &promise)?;
                continue;
            }
            if promise.state == OVERTAKEN {
                db::outbox::remove(conn, &promise.id)?;
                continue;
            }
            let (base, sent) = (remembered(promise.base.as_ref())?, remembered(promise.sent.as_ref())?);
            let ours = text(&row.content)?;
            let view = sync::Promise {
                base: base.as_ref(),
                sent: sent.as_ref(),
                ours: &ours,
            };
            let out = ours.status == domain::event::EventStatus::Cancelled;
            match sync::meet_deletion(&view, self.policy) {
                // An occurrence that is wanted gone and is gone is no loss.
                _ if out => db::outbox::kept(conn, &promise)?,
                None => db::outbox::remove(conn, &promise.id)?,
                Some(Decision::Ours) if row.original_key.is_none() => {
                    // Under another name from now on: the deletion may be told again before it is written.
                    let key = row::key(&[&place.tenant, &row.id, &promise.id, &row.remote_id]);
                    let name = providers::event_name(&place.provider, &key);
                    mirror::rename(conn, &TenantId::from_store(place.tenant.clone()), &row.id, &name)?;
                    let anew = Promise {
                        action: CREATE.to_owned(),
                        create_key: Some(key),
                        base: None,
                        sent: None,
                        ..promise
                    };
                    db::outbox::replace(conn, &anew)?;
                    if let Some(known) = &base {
                        self.keep_dates(conn, place, &row.id, known, now)?;
                    }
                }
                Some(decision) => {
                    db::outbox::remove(conn, &promise.id)?;
                    let base = base.as_ref().unwrap_or(&ours);
                    let fields: BTreeSet<Field> = base.differences(&ours);
                    let sides = Sides {
                        base,
                        ours: Some(&ours),
                        theirs: None,
                    };
                    let about = about(place, &row.id);
                    let decision = if decision == Decision::Ours {
                        Decision::Open
                    } else {
                        decision
                    };
                    conflicts::record(conn, about, Meeting::DeletedThere, &fields, sides, decision, now)?;
                }
            }
        }
        Ok(())
    }

    /// Of a series that is to be written anew the changed dates are, too.
    fn keep_dates(
        &mut self,
        conn: &mut Conn,
        place: &Place,
        id: &str,
        known: &EventContent,
        now: Timestamp,
    ) -> db::Result<()> {
        let fault = |error: String| db::Error::Other(error);
        let tenant = TenantId::from_store(place.tenant.clone());
        let subject = events::find(conn, &tenant, id).map_err(|error| fault(error.to_string()))?;
        if !subject.row.is_recurring {
            return Ok(());
        }
        let mut work = Work::begin(conn, &tenant, &subject.calendar, Notify::None, now)?;
        let dates = series::written_anew(&mut work, &subject, known).map_err(|error| fault(error.to_string()))?;
        work.finish()?;
        for date in dates {
            self.about.remove(&date);
        }
        Ok(())
    }

    /// Series that are gone take their dates along, also those that the provider does not name or has never heard of. Of
    /// one that is to be written anew they stay.
    fn lose_dates(&mut self, conn: &mut Conn, place: &Place, gone: &[&str], now: Timestamp) -> db::Result<()> {
        if !self.any {
            return Ok(());
        }
        let dates = mirror::promised_of(conn, &place.calendar, gone)?;
        let dates: Vec<&str> = dates.iter().map(String::as_str).collect();
        self.lose(conn, place, &dates, now)
    }
}

/// Whether a date belongs to a series that is to be deleted, and is hidden with it. `series`: as it was before this batch,
/// which may have brought it back.
fn goes_with_its_series(conn: &mut Conn, row: &NewRow, series: Option<&Known>) -> db::Result<bool> {
    match series {
        Some(series) if series.status == HIDDEN => {
            let tenant = TenantId::from_store(row.tenant_id.clone());
            Ok(is_hidden(&db::events::any(conn, &tenant, &series.id)?))
        }
        _ => Ok(false),
    }
}

/// Whether a row says something else than before, whatever its provider makes of it.
fn means(row: &NewRow, before: &Known) -> bool {
    let same = row.status == before.status
        && row.original_start == before.original_start
        && match (text(&before.content), text(&row.content)) {
            (Ok(before), Ok(now)) => before.differences(&now).is_empty(),
            _ => false,
        };
    !same
}

fn about<'a>(place: &'a Place, event: &'a str) -> About<'a> {
    About {
        tenant: &place.tenant,
        client: &place.client,
        calendar: &place.calendar,
        event,
    }
}

/// What a row says.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub(super) fn text(content: &str) -> db::Result<EventContent> {
    serde_json::from_str(content).map_err(|e| db::Error::Other(e.to_string()))
}

/// Rows keep the identifier they have; a new one may not take one that another row holds (an event that was moved away
/// took its own along).
fn name(conn: &mut Conn, rows: &mut [NewRow], known: &HashMap<String, Known>) -> db::Result<()> {
    let new: Vec<String> = rows
        .iter()
        .filter(|row| !known.contains_key(&row.remote_id))
        .map(|row| row.id.clone())
        .collect();
    let taken: BTreeSet<String> = mirror::taken(conn, &new)?.into_iter().collect();
    for row in rows {
        match known.get(&row.remote_id) {
            Some(before) => row.id.clone_from(&before.id),
            None if taken.contains(&row.id) => row.id = domain::id::Kind::Event.id(Uuid::now_v7()),
            None => {}
        }
    }
    Ok(())
}

/// Ties overrides to the row of their series.
fn tie(rows: &mut [NewRow], known: &HashMap<String, Known>) {
    let here: HashMap<String, String> = rows
        .iter()
        .filter(|row| row.series_remote_id.is_none())
        .map(|row| (row.remote_id.clone(), row.id.clone()))
        .collect();
    for row in rows {
        if let Some(series) = &row.series_remote_id {
            row.series_id = known
                .get(series)
                .map(|known| known.id.clone())
                .or_else(|| here.get(series).cloned());
        }
    }
}

/// Whether the provider's own clock says that what we hold is newer. Should a page of one without a clock have been read
/// before a write of ours, the next one brings that.
fn older(place: &Place, row: &NewRow, before: &Known) -> bool {
    providers::keeps_time(&place.provider)
        && matches!((row.remote_updated_at, before.remote_updated_at), (Some(this), Some(that)) if this < that)
}

/// What cannot be read is kept with its reason, and its former row goes: it is no longer true.
fn set_aside(
    conn: &mut Conn,
    place: &Place,
    here: &BTreeSet<String>,
    removed: &[String],
    found: &[Malformed],
    stamp: Stamp,
    happened: &mut Happened,
) -> db::Result<()> {
    let readable: Vec<&str> = here.iter().chain(removed).map(String::as_str).collect();
    malformed::remove(conn, &place.calendar, &readable)?;
    for one in found {
        happened.removing(conn, &[one.remote_id.as_str()])?;
        mirror::remove(conn, &place.calendar, &[one.remote_id.as_str()])?;
        let row = malformed::Malformed {
            calendar_id: place.calendar.clone(),
            remote_id: one.remote_id.clone(),
            tenant_id: place.tenant.clone(),
            reason: one.reason.replace('\0', ""),
            raw: one.raw.replace('\0', ""),
            round: stamp.round,
            seen_at: Instant::from(stamp.now),
        };
        malformed::put(conn, &row)?;
    }
    Ok(())
}
