//! Where the lines of a plan come from: a function for each kind of source, each an iterator that holds one line at a time.

use std::{
    collections::VecDeque,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

use db::operation_items::Item as Row;
use domain::{
    id::TenantId,
    stacking::{
        Directory, Draft, Fault, JsonReader,
        csv::{self, Drafts, Layout, RowError, Rows},
        plan::{Edit, MAX_ITEMS},
        template::{Compiled, Template},
    },
};
use jiff::Timestamp;
use providers::ics::file::{self as ics, Index, Objects};
use tokio::runtime::Handle;

use super::LEASE;
use crate::{
    ops::{
        operations::{Selection, source},
        templates::{self, Made, Press, Use},
    },
    state::App,
};

/// A line of work.
pub enum Line {
    /// What is wanted of one event.
    Draft(Box<Draft>),
    /// An event that was selected, and its place in the selection.
    Event(u64, String),
    /// Something that was done, and is to be undone.
    Back(Box<Row>),
    /// Nothing that could be done.
    Bad(Vec<Fault>),
}

/// Why no plan can be made.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It cannot, however often it is tried: a code and a sentence for people.
    #[error("{1}")]
    Wrong(&'static str, String),
    /// The database; it is tried again.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The lines of a source.
pub type Lines<'a> = Box<dyn Iterator<Item = Result<Line, Failure>> + 'a>;

/// The database, for a thread that may block while it makes a plan.
#[derive(Clone)]
pub struct Ask {
    pub app: App,
    handle: Handle,
    operation: String,
    holder: String,
    /// Until when others believe that the plan is being made.
    until: Arc<Mutex<Timestamp>>,
}

impl Ask {
    /// For whoever makes the plan of an operation.
    pub fn new(app: App, handle: Handle, operation: &str, holder: &str) -> Self {
        Self {
            until: Arc::new(Mutex::new(app.now())),
            app,
            handle,
            operation: operation.to_owned(),
            holder: holder.to_owned(),
        }
    }

    /// Writes something while the operation is ours, and stays so.
    ///
    /// # Errors
    /// [`db::Error::NotFound`]: it is somebody else's by now, or nobody wants it any more.
    pub fn held<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut db::Conn) -> db::Result<T> + Send + 'static,
    ) -> db::Result<T> {
        let (id, holder, until) = (self.operation.clone(), self.holder.clone(), self.app.now() + LEASE);
        let done = self.write(move |c| {
            db::operations::hold(c, &id, &holder, until.into())?;
            write(c)
        })?;
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        Ok(done)
    }

    /// Says that the plan is still being made, where others may soon doubt it: reading a large file takes its time.
    ///
    /// # Errors
    /// As [`Ask::held`].
    pub fn goes_on(&self) -> db::Result<()> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match until.duration_since(self.app.now()) > LEASE / 2 {
            true => Ok(()),
            false => self.held(|_| Ok(())),
        }
    }

    /// Asks it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut db::Conn) -> db::Result<T> + Send + 'static,
    ) -> db::Result<T> {
        self.handle.block_on(self.app.read(ask))
    }

    /// Changes it in one transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut db::Conn) -> db::Result<T> + Send + 'static,
    ) -> db::Result<T> {
        self.handle.block_on(self.app.write(change))
    }
}

/// The bytes of a file that was uploaded, a piece at a time.
pub struct File {
    ask: Ask,
    tenant: TenantId,
    import: String,
    left: u64,
    next: i64,
    piece: io::Cursor<Vec<u8>>,
}

impl File {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Failure::Wrong`]: it is not there any more.
    pub fn open(ask: &Ask, tenant: &TenantId, import: &str) -> Result<Self, Failure> {
        let (who, id) = (tenant.clone(), import.to_owned());
        let row = match ask.read(move |c| db::imports::get(c, &who, &id)) {
            Ok(row) => row,
            Err(db::Error::NotFound) => return Err(gone()),
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            ask: ask.clone(),
            tenant: tenant.clone(),
            import: import.to_owned(),
            left: u64::try_from(row.size).unwrap_or(0),
            next: 0,
            piece: io::Cursor::default(),
        })
    }
}

fn gone() -> Failure {
    Failure::Wrong(
        "file_gone",
        "the file is not there any more; upload it again".to_owned(),
    )
}

impl Read for File {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(to)?;
            if read > 0 || self.left == 0 || to.is_empty() {
                return Ok(read);
            }
            self.ask.goes_on().map_err(io::Error::other)?;
            let (who, id, seq) = (self.tenant.clone(), self.import.clone(), self.next);
            let piece = self
                .ask
                .read(move |c| db::imports::chunk(c, &who, &id, seq))
                .map_err(io::Error::other)?
                .filter(|piece| !piece.is_empty())
                .ok_or(io::ErrorKind::NotFound)?;
            self.left = self.left.saturating_sub(piece.len() as u64);
            self.next += 1;
            self.piece = io::Cursor::new(piece);
        }
    }
}

/// What it means that a file cannot be read any further.
pub fn unreadable(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        return gone();
    }
    let told = error.to_string();
    match error.into_inner().map(|inner| inner.downcast::<db::Error>()) {
        Some(Ok(error)) => Failure::Db(*error),
        _ => Failure::Wrong("unreadable", format!("the file cannot be read: {told}")),
    }
}

/// The rows of a table.
///
/// # Errors
/// [`Failure`].
pub fn table<'a>(file: impl Read + 'a, layout: &'a Layout, directory: &'a Directory) -> Result<Lines<'a>, Failure> {
    let drafts = Drafts::new(layout, directory).map_err(|error| Failure::Wrong("layout", error.to_string()))?;
    let mut rows = Rows::new(file, layout).map_err(unreadable)?;
    let mut row = csv::Row::default();
    let next = move || {
        loop {
            return match rows.read(&mut row) {
                Ok(false) => None,
                Err(RowError::Io(error)) => Some(Err(unreadable(error))),
                Err(RowError::Row(fault)) => Some(Ok(Line::Bad(vec![fault]))),
                Ok(true) => match drafts.read(&row) {
                    Ok(None) => continue,
                    Ok(Some(draft)) => Some(Ok(Line::Draft(Box::new(draft)))),
                    Err(faults) => Some(Ok(Line::Bad(faults))),
                },
            };
        }
    };
    Ok(Box::new(std::iter::from_fn(next)))
}

/// What is known of a calendar file as a whole.
///
/// # Errors
/// [`Failure`].
pub fn index(file: impl Read) -> Result<Index, Failure> {
    Index::of(io::BufReader::new(file)).map_err(unreadable)
}

/// The events of a calendar file, each with what is changed of it.
pub fn calendar<'a>(
    file: impl Read + 'a,
    index: &'a Index,
    directory: &'a Directory,
    calendar: Option<&'a str>,
) -> Lines<'a> {
    let reader = ics::Drafts::new(index, directory, calendar);
    let mut objects = Objects::new(io::BufReader::new(file), index);
    let mut waiting = VecDeque::new();
    let line = |read: Result<Draft, Vec<Fault>>| match read {
        Ok(draft) => Line::Draft(Box::new(draft)),
        Err(faults) => Line::Bad(faults),
    };
    Box::new(std::iter::from_fn(move || {
        while waiting.is_empty() {
            match objects.read() {
                Err(error) => return Some(Err(unreadable(error))),
                Ok(None) => return None,
                Ok(Some(Err(faults))) => waiting.push_back(Err(faults)),
                Ok(Some(Ok(object))) => waiting.extend(reader.read(object)),
            }
        }
        waiting.pop_front().map(|read| Ok(line(read)))
    }))
}

/// Events as JSON.
pub fn json<'a>(file: impl Read + 'a, directory: &'a Directory, calendar: Option<&'a str>) -> Lines<'a> {
    let mut events = JsonReader::new(io::BufReader::new(file), directory, calendar);
    Box::new(std::iter::from_fn(move || match events.read() {
        Err(error) => Some(Err(unreadable(error))),
        Ok(None) => None,
        Ok(Some(Ok(draft))) => Some(Ok(Line::Draft(Box::new(draft)))),
        Ok(Some(Err(faults))) => Some(Ok(Line::Bad(faults))),
    }))
}

/// A template that was read.
///
/// # Errors
/// [`Failure::Wrong`]: it is one of a later version of this program.
pub fn compiled(template: &Template) -> Result<Compiled<'_>, Failure> {
    template.compile().map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::Wrong("template", told.join("; "))
    })
}

/// The events that a template makes. `file`: the table that it is filled with, where there is one.
///
/// # Errors
/// [`Failure`].
pub fn template<'a>(
    usage: &'a Use,
    compiled: &'a Compiled<'_>,
    directory: &'a Directory,
    file: Option<File>,
) -> Result<Lines<'a>, Failure> {
    let press =
        Press::new(usage, compiled, directory).map_err(|error| Failure::Wrong("template", error.to_string()))?;
    let line = |made: Made| {
        Ok(match made.draft {
            Ok(draft) => Line::Draft(Box::new(draft)),
            Err(faults) => Line::Bad(faults),
        })
    };
    Ok(match (&usage.rows, file) {
        (Some(templates::Rows::Said { columns, cells }), _) => {
            let columns = templates::columns(columns);
            let rows = (1_u64..).zip(cells);
            Box::new(rows.flat_map(move |(number, cells)| {
                let row = csv::Row::of(number, cells.iter().map(String::as_str));
                press.of_row(number - 1, &columns, &row).into_iter().map(line)
            }))
        }
        (Some(templates::Rows::File { layout, .. }), Some(file)) => {
            let rows = rows_of(file, layout)?;
            Box::new((0_u64..).zip(rows).flat_map(move |(number, row)| {
                match row {
                    Ok(row) => press
                        .of_row(number, &layout.columns, &row)
                        .into_iter()
                        .map(line)
                        .collect(),
                    Err(RowError::Row(fault)) => vec![Ok(Line::Bad(vec![fault]))],
                    Err(RowError::Io(error)) => vec![Err(unreadable(error))],
                }
            }))
        }
        _ => Box::new((0..usage.total()).map(move |place| line(press.counted(place)))),
    })
}

/// The rows of a table, each by itself.
fn rows_of<'a>(
    file: impl Read + 'a,
    layout: &'a Layout,
) -> Result<impl Iterator<Item = Result<csv::Row, RowError>> + 'a, Failure> {
    let mut rows = Rows::new(file, layout).map_err(unreadable)?;
    Ok(std::iter::from_fn(move || {
        let mut row = csv::Row::default();
        match rows.read(&mut row) {
            Ok(true) => Some(Ok(row)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }))
}

/// Events that were selected.
///
/// # Errors
/// [`Failure`].
pub fn selection(ask: &Ask, tenant: &TenantId, selection: Selection, edit: &Edit) -> Result<Lines<'static>, Failure> {
    let (who, whole) = (tenant.clone(), source::takes_series_whole(edit));
    let names = ask.read(move |c| source::names(c, &who, &selection, whole))?;
    if names.len() as u64 > MAX_ITEMS {
        return Err(too_many());
    }
    Ok(Box::new(
        (1_u64..).zip(names).map(|(number, name)| Ok(Line::Event(number, name))),
    ))
}

/// More lines than a plan may have.
pub fn too_many() -> Failure {
    let detail = format!("a plan has at most {MAX_ITEMS} lines; split the file, or select less");
    Failure::Wrong("too_many_items", detail)
}

/// Lines read at once.
const PAGE: i64 = 200;

/// What an operation has done, the last first.
pub fn back(ask: &Ask, tenant: &TenantId, operation: &str) -> Lines<'static> {
    let (ask, tenant, operation) = (ask.clone(), tenant.clone(), operation.to_owned());
    let (mut waiting, mut before) = (VecDeque::new(), i64::MAX);
    Box::new(std::iter::from_fn(move || {
        if waiting.is_empty() {
            let (who, id, place) = (tenant.clone(), operation.clone(), before);
            match ask.read(move |c| db::operation_items::done_before(c, &who, &id, place, PAGE)) {
                Ok(rows) => waiting.extend(rows),
                Err(error) => return Some(Err(error.into())),
            }
        }
        let row: Row = waiting.pop_front()?;
        before = row.seq;
        Some(Ok(Line::Back(Box::new(row))))
    }))
}
