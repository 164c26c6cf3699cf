//! Makes a plan: one pass over the lines of its source, looked up and stored a batch at a time. A pass that dies begins
//! again, with nothing left of the first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use db::{operation_items as items, operations::Operation};
use domain::{
    availability::Rules,
    id::{EventRef, TenantId},
    stacking::{
        Directory, Existing, Fault, json_columns,
        plan::{Clash, Edit, Item, MAX_ITEMS, Outcome, Planner, Summary, Timetable},
    },
};
use jiff::Timestamp;
use tokio::runtime::Handle;

use super::sources::{self, Ask, Failure, File, Line, Lines};
use crate::{
    gateway::connect::mailing,
    ops::people,
    ops::{
        operations::{
            self as ops, Source,
            body::{self, Told},
            clashes, plan, undo,
        },
        templates::Rows,
    },
    state::App,
};

/// Lines looked up and stored at once.
const BATCH: usize = 250;

/// Lines removed in one transaction.
const REMOVED: i64 = 5_000;

/// How often a plan is begun: one that ends its process each time must not do so for ever.
const TRIES: i32 = 5;

/// Makes the plan of an operation that one holds.
///
/// # Errors
/// Those of the database. What is wrong with the source is noted with the operation.
pub async fn make(app: &App, tenant: &TenantId, id: &str, holder: &str) -> db::Result<()> {
    // It finds and changes what those may write who asked for it.
    let (who, name) = (tenant.clone(), id.to_owned());
    let ask = app.read(move |c| {
        let row = db::operations::get(c, &who, &name)?;
        Ok((people::planner(c, &who, &row.created_by)?, row.tries))
    });
    let (reach, tries) = match ask.await {
        Err(db::Error::NotFound) => return Ok(()),
        other => other?,
    };
    let give_up = |code, detail: String| {
        let (who, id, now) = (tenant.clone(), id.to_owned(), app.now());
        app.write(move |c| ops::fail(c, &who, &id, (code, &detail), now))
    };
    let Some(reach) = reach else {
        let detail = "who asked for it was let go meanwhile; ask for it again as somebody else";
        return give_up("maker_gone", detail.to_owned()).await;
    };
    let ours = "something went wrong here; it is logged under the id of the operation";
    if tries > TRIES {
        tracing::error!(operation = id, tries, "a plan was begun too often");
        return give_up("internal", ours.to_owned()).await;
    }
    let pass = Pass {
        ask: Ask::new(app.seen_by(reach), Handle::current(), id, holder),
        tenant: tenant.clone(),
        id: id.to_owned(),
        holder: holder.to_owned(),
    };
    let made = tokio::task::spawn_blocking(move || pass.run()).await;
    let made = made.unwrap_or_else(|panic| Err(Failure::Db(db::Error::Other(panic.to_string()))));
    match made {
        // Somebody else makes it, or nobody wants it any more.
        Ok(()) | Err(Failure::Db(db::Error::NotFound)) => Ok(()),
        Err(Failure::Wrong(code, detail)) => give_up(code, detail).await,
        // The lease ends, and it is tried again.
        Err(Failure::Db(error @ db::Error::Unavailable(_))) => Err(error),
        Err(Failure::Db(error)) => {
            tracing::error!(operation = id, %error, "a plan could not be made");
            give_up("internal", ours.to_owned()).await
        }
    }
}

/// When the lines take time.
struct Times {
    window: (Timestamp, Timestamp),
    rules: HashMap<String, Rules>,
    table: Timetable,
}

impl Times {
    fn add(&mut self, seq: i64, item: &Item, directory: &Directory) {
        let rules = self.rules.get(&item.calendar).copied().unwrap_or_default();
        let zone = directory
            .get(&item.calendar)
            .map_or("UTC", |calendar| calendar.time_zone.as_str());
        self.table.add(seq, item, zone, self.window, |content| {
            clashes::takes_time(content, rules)
        });
    }
}

struct Pass {
    ask: Ask,
    tenant: TenantId,
    id: String,
    holder: String,
}

impl Pass {
    fn run(&self) -> Result<(), Failure> {
        let (who, id) = (self.tenant.clone(), self.id.clone());
        let (row, source) = self.ask.read(move |c| {
            let row = db::operations::get(c, &who, &id)?;
            Ok((row, db::operations::source(c, &who, &id)?))
        })?;
        while self.held(|c, id| items::clear(c, id, REMOVED))? > 0 {}
        let who = self.tenant.clone();
        let directory = Arc::new(self.ask.read(move |c| plan::directory_with_counts(c, &who, mailing))?);
        let source: Source = serde_json::from_str(&source).map_err(|e| db::Error::Other(e.to_string()))?;
        let who = self.tenant.clone();
        let rules = self.ask.read(move |c| clashes::rules(c, &who))?;
        let mut times = Times {
            window: clashes::window(self.ask.app.now()),
            rules,
            table: Timetable::default(),
        };
        let mut summary = self.plan(&row, &source, &directory, &mut times)?;
        summary.conflicts = self.clashes(times)?;
        let (who, id, holder, now) = (
            self.tenant.clone(),
            self.id.clone(),
            self.holder.clone(),
            self.ask.app.now(),
        );
        Ok(self
            .ask
            .write(move |c| plan::ready(c, &who, &id, &holder, &summary, now))?)
    }

    /// Writes something while the operation is ours.
    fn held<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut db::Conn, &str) -> db::Result<T> + Send + 'static,
    ) -> db::Result<T> {
        let id = self.id.clone();
        self.ask.held(move |c| write(c, &id))
    }

    /// Finds out what is at the times of the lines, and how many have something there.
    fn clashes(&self, times: Times) -> Result<u64, Failure> {
        let Times { rules, table, .. } = times;
        let ask = |calendar: &str, from, to| {
            let (who, here) = (self.tenant.clone(), calendar.to_owned());
            let rules = rules.get(calendar).copied().unwrap_or_default();
            self.ask
                .read(move |c| clashes::taken(c, &who, &here, rules, (from, to)))
        };
        let tell = |found: BTreeMap<i64, Vec<Clash>>| {
            let found: Vec<_> = found.into_iter().collect();
            for some in found.chunks(BATCH) {
                let (who, some) = (self.tenant.clone(), some.to_vec());
                self.held(move |c, id| clashes::note(c, &who, id, some))?;
            }
            Ok(())
        };
        Ok(table.clashes(ask, tell)?)
    }

    fn plan(
        &self,
        row: &Operation,
        source: &Source,
        directory: &Arc<Directory>,
        times: &mut Times,
    ) -> Result<Summary, Failure> {
        let settings = plan::settings(row);
        let mut edit = None;
        let (index, columns, compiled);
        let (lines, columns): (Lines<'_>, _) = match source {
            Source::Ics { import, calendar } => {
                index = sources::index(File::open(&self.ask, &self.tenant, import)?)?;
                let file = File::open(&self.ask, &self.tenant, import)?;
                columns = providers::ics::file::columns();
                (
                    sources::calendar(file, &index, directory, calendar.as_deref()),
                    columns.as_slice(),
                )
            }
            Source::Json { import, calendar } => {
                let file = File::open(&self.ask, &self.tenant, import)?;
                columns = json_columns();
                (sources::json(file, directory, calendar.as_deref()), columns.as_slice())
            }
            Source::Template { usage, .. } => {
                compiled = sources::compiled(&usage.template)?;
                let file = match &usage.rows {
                    Some(Rows::File { import, .. }) => Some(File::open(&self.ask, &self.tenant, import)?),
                    _ => None,
                };
                (
                    sources::template(usage, &compiled, directory, file)?,
                    compiled.columns(),
                )
            }
            Source::Csv { import, layout } => {
                let file = File::open(&self.ask, &self.tenant, import)?;
                (sources::table(file, layout, directory)?, layout.columns.as_slice())
            }
            Source::Selection {
                selection,
                edit: wanted,
            } => {
                edit = Some(&**wanted);
                let lines = sources::selection(&self.ask, &self.tenant, selection.clone(), wanted)?;
                (lines, &[][..])
            }
            Source::Undo { operation } => (sources::back(&self.ask, &self.tenant, operation), &[][..]),
        };
        let mut planner = Planner::new(directory, columns, &settings);
        let (mut lines, mut seq, mut batch) = (lines.peekable(), 0, Vec::with_capacity(BATCH));
        loop {
            while batch.len() < BATCH
                && let Some(line) = lines.next()
            {
                batch.push(line?);
            }
            if batch.is_empty() {
                return Ok(planner.finish());
            }
            if seq as u64 + batch.len() as u64 > MAX_ITEMS {
                return Err(sources::too_many());
            }
            let rows = self.batch(&mut planner, directory, edit, &mut batch, (&mut seq, &mut *times))?;
            self.held(move |c, id| {
                db::operations::has_read(c, id, seq)?;
                items::insert(c, &rows)
            })?;
            crate::fault::point("operations.after_batch");
        }
    }

    fn batch(
        &self,
        planner: &mut Planner<'_>,
        directory: &Arc<Directory>,
        edit: Option<&Edit>,
        batch: &mut Vec<Line>,
        (seq, times): (&mut i64, &mut Times),
    ) -> Result<Vec<items::Item>, Failure> {
        let drafts: Vec<_> = batch
            .iter()
            .filter_map(|line| match line {
                Line::Draft(draft) => Some((**draft).clone()),
                _ => None,
            })
            .collect();
        let names: Vec<String> = batch
            .iter()
            .filter_map(|line| match line {
                Line::Event(_, name) => Some(name.clone()),
                Line::Back(row) => Some(row.event_id.clone().unwrap_or_default()),
                _ => None,
            })
            .collect();
        let (who, places) = (self.tenant.clone(), Arc::clone(directory));
        // What goes from its calendar goes with its dates.
        let to = match edit {
            Some(Edit::Change(change)) => Some(change.calendar.clone()),
            _ => None,
        };
        let (found, named) = self.ask.read(move |c| {
            let drafts: Vec<_> = drafts.iter().collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let found = plan::look_up(c, &who, &places, &drafts, providers::event_name)?;
            let mut named = plan::by_names(c, &who, &names)?;
            let goes = |one: &&mut Existing| match &to {
                Some(to) => to.as_ref().is_some_and(|to| *to != one.calendar),
                None => true,
            };
            plan::add_dates(c, &who, named.iter_mut().flatten().filter(goes))?;
            Ok((found, named))
        })?;
        let mut named = named.into_iter();
        let mut rows = Vec::with_capacity(batch.len());
        for line in batch.drain(..) {
            let mut beside = Vec::new();
            let outcome = match line {
                Line::Bad(faults) => planner.bad(faults),
                Line::Draft(draft) => {
                    let found = found.of(&draft, directory);
                    if Planner::goes_along(&draft, &found) {
                        continue;
                    }
                    planner.draft(&draft, &found)
                }
                Line::Event(number, name) => {
                    let before = named.next().flatten();
                    match (before, edit) {
                        (Some(before), Some(edit)) => match refused(number, &name, edit) {
                            Some(fault) => planner.bad(vec![fault]),
                            None => planner.edit(number, &before, edit),
                        },
                        _ => {
                            let detail = "there is no such event any more";
                            planner.bad(vec![Fault::row(number, "event_unknown", detail)])
                        }
                    }
                }
                Line::Back(row) => {
                    let now = named.next().flatten();
                    let (outcome, told) = way_back(planner, &row, now.as_ref(), &self.id)?;
                    beside = told;
                    outcome
                }
            };
            *seq += 1;
            if let Some(item) = outcome.item() {
                times.add(*seq, item, directory);
            }
            let line = line_of(&outcome);
            rows.push(body::row(
                (&self.id, self.tenant.as_str()),
                *seq,
                line,
                outcome,
                beside,
            )?);
        }
        Ok(rows)
    }
}

/// An occurrence cannot go where its series is not.
fn refused(number: u64, name: &str, edit: &Edit) -> Option<Fault> {
    let moves = matches!(edit, Edit::Change(changes) if changes.calendar.is_some());
    let occurrence = EventRef::parse(name).is_some_and(|name| name.key.is_some());
    (moves && occurrence).then(|| {
        let detail = "an occurrence cannot leave its series; select the series";
        Fault::row(number, "needs_series", detail)
    })
}

fn way_back(
    planner: &mut Planner<'_>,
    row: &items::Item,
    now: Option<&domain::stacking::Existing>,
    seed: &str,
) -> db::Result<(Outcome, Vec<Told>)> {
    let line = u64::try_from(row.line).unwrap_or(0);
    let Some((back, told)) = undo::way_back(row, now, seed)? else {
        let fault = Fault::row(line, "nothing_done", "nothing was done here");
        return Ok((planner.bad(vec![fault]), Vec::new()));
    };
    Ok(match back.item {
        Some(item) => (planner.ready(item), told),
        None => {
            let mut faults: Vec<Fault> = back
                .left
                .iter()
                .map(|left| Fault::row(line, left.code(), left.text()))
                .collect();
            if faults.is_empty() {
                faults.push(Fault::row(line, "as_before", "the event says what it said before"));
            }
            (planner.bad(faults), Vec::new())
        }
    })
}

fn line_of(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Item(item) => item.line,
        Outcome::Unchanged { line, .. } | Outcome::Duplicate { line, .. } => *line,
        Outcome::Bad(faults) => faults.first().map_or(0, |fault| fault.line),
    }
}
