//! Stacking: bulk work over many calendars and clients, as far as it is thinking and not doing.
//!
//! Two facts to hold. Whatever the work comes from (a file, a template, an edit of a selection, an undo), it becomes a
//! stream of [`Outcome`](plan::Outcome)s, one for each line of it, and the only ones that write are
//! [`Item`](plan::Item)s: what is, what will be, and a key that is the same however often the work is tried. And the plan
//! is sealed by a hash over all of them, so that what is applied is what somebody looked at.
//!
//! ```text
//! file ─ Detection ─ Layout ─ Rows ─ Drafts ─┐
//! Template ─ Compiled ───────────────────────┼─ Draft ─┐
//! selection ─ Edit ──────────────────────────┼─────────┼─ Planner ─ Outcome … ─ Summary, hash
//! results of an operation ─ undo ────────────┴─ Item ──┘
//! ```
//!
//! Nothing here looks anything up: the caller asks its store for what a [`Probe`](plan::Probe) names, in batches as large
//! as it likes, and hands the answer in. So planning is one pass, and memory is a row, plus a few bytes for each line to
//! recognise those that come twice.
//!
//! ```
//! use domain::{calendar::Provider, event::Notify, stacking::{Calendar, Directory, Mailing}};
//! use domain::stacking::csv::{Detection, Drafts, Row, RowError, Rows, SAMPLE};
//! use domain::stacking::plan::{Budget, Outcome, Planner, Probe, Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = b"Title;Start;Duration;Guests\r\nPool check;31.12.2026 9:00;45;ann@example.org\r\nFair;soon;;\r\n";
//! let directory = Directory::new(vec![Calendar {
//!     id: "cal_1".into(), name: "Visits".into(), client_id: "cli_1".into(), client_name: "Adler".into(),
//!     time_zone: "Europe/Berlin".into(), provider: Provider::Google, account: "crd_1".into(), account_email: None,
//!     mailing: Mailing::AsAsked, writable: true, held: 12,
//! }]);
//!
//! // 1. Upload: what the file seems to be is shown; people change the layout and confirm the doubts. It is remembered.
//! let found = Detection::of(&file[..file.len().min(SAMPLE)]);
//! assert!(found.doubts.is_empty());
//! let mut layout = found.layout;
//! layout.calendar = Some("Visits".into());
//!
//! // 2. Dry run: one pass, and each outcome is stored as it comes.
//! let settings = Settings { seed: "op_1".into(), notify: Notify::All, allow_duplicates: false };
//! let drafts = Drafts::new(&layout, &directory)?;
//! let mut planner = Planner::new(&directory, &layout.columns, &settings);
//! let (mut rows, mut row) = (Rows::new(&file[..], &layout)?, Row::default());
//! loop {
//!     let outcome = match rows.read(&mut row) {
//!         Ok(false) => break,
//!         Err(RowError::Io(error)) => return Err(error.into()),
//!         Err(RowError::Row(fault)) => planner.bad(vec![fault]),
//!         Ok(true) => match drafts.read(&row) {
//!             Ok(None) => continue, // an empty row
//!             Ok(Some(draft)) => {
//!                 let _ask = Probe::of(&draft); // … the store …
//!                 planner.draft(&draft, &[])
//!             }
//!             Err(faults) => planner.bad(faults),
//!         },
//!     };
//!     match outcome {
//!         Outcome::Item(item) => assert_eq!(item.change.after().map(|it| it.title.as_str()), Some("Pool check")),
//!         Outcome::Bad(faults) => assert_eq!((faults[0].line, faults[0].code), (3, "not_a_date")),
//!         Outcome::Unchanged { .. } | Outcome::Duplicate { .. } => {}
//!     }
//! }
//!
//! // 3. What is shown before anybody says yes, and what they say yes to.
//! let summary = planner.finish();
//! assert_eq!((summary.counts.create, summary.counts.bad, summary.mails), (1, 1, 1));
//! let forecast = summary.forecast(|_| Budget { account: 60, app: None }, &Default::default());
//! assert_eq!((forecast.calls, forecast.seconds), (1, 1));
//! assert_eq!(summary.hash.len(), 64);
//! # Ok(()) }
//! ```
//!
//! 4\. Apply: the caller names `summary.hash`; another one than the stored plan's is refused. Each stored item is written
//! under its `key` (the id at the provider and the outbox row come from it), if `before` still stands as its etag says;
//! the result is stored beside it. [`Progress`] is told and stored with the operation. 5. Undo: [`undo`] of each result,
//! planned by [`Planner::ready`](plan::Planner::ready) as a plan of its own. Export: [`csv::Writer`], [`JsonWriter`].

pub mod csv;
mod directory;
mod draft;
mod fault;
mod json;
mod patch;
pub mod plan;
mod progress;
pub mod template;
mod undo;

pub use self::{
    directory::{Calendar, Directory, Mailing, NotFound},
    draft::{Draft, Existing, Override},
    fault::{At, Fault},
    json::{JsonReader, JsonWriter, json_columns},
    patch::{Lacking, Patch},
    progress::Progress,
    undo::{Done, Left, Undo, undo},
};
