//! Files that were uploaded: what they seem to be, how they are read, and what is remembered of that.

use db::{Conn, imports::Import};
use domain::{
    id::TenantId,
    stacking::{
        Directory,
        csv::{Detection, Doubt, Drafts, Layout, LayoutError, Row, RowError, Rows, SAMPLE},
        plan::identity,
    },
};
use jiff::{SignedDuration, Timestamp};

use super::operations::{body::Told, plan};

/// How long a file is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The largest file, in bytes.
pub const MAX_SIZE: u64 = 256 * 1024 * 1024;

/// How many bytes the files of a tenant may have together.
pub const MAX_TOTAL: u64 = 4 * MAX_SIZE;

/// So many rows of a file are removed in one transaction: others write in between.
pub const PIECES: i64 = 32;

/// How much of it is stored in one row. The first row is enough to see what it is.
pub const CHUNK: usize = SAMPLE;

/// Rows that are shown of a file.
const SHOWN: usize = 20;

/// A table as it would be read.
#[derive(Debug)]
pub struct Look {
    /// How.
    pub layout: Layout,
    /// What somebody should look at; nothing once they have.
    pub doubts: Vec<Doubt>,
    /// Its first rows.
    pub sample: Vec<Shown>,
}

/// A row of a table.
#[derive(Debug)]
pub struct Shown {
    /// Its line.
    pub line: u64,
    /// What its cells say.
    pub cells: Vec<String>,
    /// What is wrong with it.
    pub faults: Vec<Told>,
}

/// What its header is called by; `None` without one.
fn header(layout: &Layout) -> Option<String> {
    let names: Vec<&str> = layout.columns.iter().map(|column| column.name.as_str()).collect();
    (layout.header && !names.is_empty()).then(|| identity(&names))
}

/// How a file that begins so is read: as the last one with the same header, if there was one.
///
/// # Errors
/// Those of the database.
pub fn remembered(conn: &mut Conn, tenant: &TenantId, begins: &[u8]) -> db::Result<(Option<String>, Option<Layout>)> {
    let found = Detection::of(sample(begins)).layout;
    let Some(header) = header(&found) else {
        return Ok((None, None));
    };
    let layout = db::imports::layout(conn, tenant, &header)?
        .and_then(|text| serde_json::from_str::<Layout>(&text).ok())
        // How it is stored is this file's own.
        .map(|known| Layout {
            encoding: found.encoding,
            delimiter: found.delimiter,
            quote: found.quote,
            skip_lines: found.skip_lines,
            ..known
        });
    Ok((Some(header), layout))
}

/// As much as is looked at.
fn sample(begins: &[u8]) -> &[u8] {
    begins.get(..SAMPLE).unwrap_or(begins)
}

/// How a table is read: as somebody has said, or as it seems.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn layout(row: &Import, begins: &[u8]) -> db::Result<Layout> {
    match &row.layout {
        Some(text) => serde_json::from_str(text).map_err(|e| db::Error::Other(e.to_string())),
        None => Ok(Detection::of(sample(begins)).layout),
    }
}

/// A table as it would be read.
///
/// # Errors
/// Those of the database.
pub fn look(conn: &mut Conn, tenant: &TenantId, row: &Import) -> db::Result<Look> {
    let begins = db::imports::chunk(conn, tenant, &row.id, 0)?.unwrap_or_default();
    let directory = plan::directory(conn, tenant)?;
    let layout = layout(row, &begins)?;
    let doubts = match row.layout {
        Some(_) => Vec::new(),
        None => Detection::of(sample(&begins)).doubts,
    };
    let whole = usize::try_from(row.size).is_ok_and(|size| size <= begins.len());
    Ok(Look {
        sample: shown(&begins, &layout, &directory, whole),
        layout,
        doubts,
    })
}

fn shown(begins: &[u8], layout: &Layout, directory: &Directory, whole: bool) -> Vec<Shown> {
    let (Ok(mut rows), Ok(drafts)) = (Rows::new(begins, layout), Drafts::new(layout, directory)) else {
        return Vec::new();
    };
    let (mut row, mut all) = (Row::default(), Vec::new());
    while all.len() < SHOWN {
        match rows.read(&mut row) {
            Ok(true) => all.push(Shown {
                line: row.line(),
                cells: row.cells().map(str::to_owned).collect(),
                faults: drafts
                    .read(&row)
                    .err()
                    .unwrap_or_default()
                    .into_iter()
                    .map(Told::from)
                    .collect(),
            }),
            Err(RowError::Row(fault)) if whole => all.push(Shown {
                line: fault.line,
                cells: Vec::new(),
                faults: vec![fault.into()],
            }),
            // The end, or the end of what is looked at, within a row.
            Ok(false) | Err(_) => break,
        }
    }
    all
}

/// The first rows of a table, as they are read; what is wrong with one is left to the plan.
pub fn first(begins: &[u8], layout: &Layout, most: usize) -> Vec<Row> {
    let Ok(mut rows) = Rows::new(begins, layout) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    while all.len() < most {
        let mut row = Row::default();
        match rows.read(&mut row) {
            Ok(true) => all.push(row),
            Err(RowError::Row(_)) => {}
            Ok(false) | Err(RowError::Io(_)) => break,
        }
    }
    all
}

/// Whether a layout can be used at all.
///
/// # Errors
/// [`LayoutError`].
pub fn check(layout: &Layout) -> Result<(), LayoutError> {
    Drafts::new(layout, &Directory::default()).map(|_| ())
}

/// Somebody says how a table is read: so it is, and so are files with the same header from now on.
///
/// # Errors
/// [`db::Error::NotFound`].
pub fn say(conn: &mut Conn, tenant: &TenantId, id: &str, layout: &Layout, now: Timestamp) -> db::Result<Import> {
    let text = serde_json::to_string(layout).map_err(|e| db::Error::Other(e.to_string()))?;
    // Somebody may plan it at the same time: the rest of the row is theirs.
    db::imports::set_layout(conn, tenant, id, &text)?;
    let row = db::imports::get(conn, tenant, id)?;
    if let Some(header) = &row.header {
        db::imports::remember_layout(conn, tenant, header, &text, now.into())?;
    }
    Ok(row)
}
