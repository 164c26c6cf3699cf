//! How a file seems to be written, from how it begins. A guess that could be another one says so.

use serde::Serialize;

use super::{
    columns::{Column, Target},
    layout::{AllDayEnd, DateOrder, Delimiter, Layout, Quote},
    moments::{self, Clues},
    rows::{Row, RowError, Rows},
    text,
};

/// How much of a file is enough to look at.
pub const SAMPLE: usize = 256 * 1024;

/// How much of it is looked at in any case: what is sampled is held in memory.
const MOST: usize = 16 * SAMPLE;

/// Rows looked at while trying delimiters.
const TRIAL: usize = 200;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// How to read the file, unless people know better.
    pub layout: Layout,
    /// What they should look at.
    pub doubts: Vec<Doubt>,
    /// Whether times are written with `am` and `pm`. Both are always read; this is for showing.
    pub twelve_hours: bool,
    /// How many rows were looked at.
    pub sampled: usize,
    /// The first of them, as they would be read.
    pub examples: Vec<Vec<String>>,
}

/// What is not certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// A stable word for programs.
    pub code: &'static str,
    /// The column it is about; the first is 1.
    pub column: Option<usize>,
    /// A sentence for people.
    pub detail: String,
}

impl Detection {
    /// What a file that begins with `sample` is: [`SAMPLE`] bytes of it, or more to be surer of the dates. Never fails: of
    /// what is no table, one column is found.
    pub fn of(sample: &[u8]) -> Self {
        let sample = sample.get(..MOST).unwrap_or(sample);
        let mut layout = Layout {
            encoding: text::detect(sample).name().to_owned(),
            header: false,
            ..Layout::default()
        };
        let told = separator_line(sample, &layout);
        if let Some(delimiter) = told {
            (layout.skip_lines, layout.delimiter) = (1, delimiter);
        }
        let mut rows = Vec::new();
        let mut best = (0, 0);
        for delimiter in Delimiter::ALL
            .into_iter()
            .filter(|one| told.is_none_or(|told| told == *one))
        {
            let trial = Layout {
                delimiter,
                ..layout.clone()
            };
            let found = read(sample, &trial, TRIAL);
            let score = score(&found);
            if score > best || rows.is_empty() {
                (best, rows, layout) = (score, found, trial);
            }
        }
        if !sample.contains(&b'"') && mostly_in_single_quotes(&rows) {
            layout.quote = Quote::Single;
        }
        rows = read(sample, &layout, usize::MAX);
        let mut doubts: Vec<Doubt> = no_table(sample).into_iter().collect();
        layout.header = has_header(&rows);
        layout.columns = columns(&rows, layout.header);
        if layout.header && !rows.is_empty() {
            rows.remove(0);
        }
        if layout.columns.len() < 2 {
            let detail = "only one column was found; choose what stands between the cells if there are more";
            doubts.push(doubt("one_column", None, detail));
        }
        if text::detect(sample) != encoding_rs::UTF_8 && encoding_rs::Encoding::for_bom(sample).is_none() {
            let detail = format!("the file does not say its encoding; it looks like {}", layout.encoding);
            doubts.push(doubt("encoding_guessed", None, detail));
        }
        let twelve_hours = order(&rows, &mut layout, &mut doubts);
        whole_days(&rows, &layout, &mut doubts);
        let shown = |row: &Row| row.cells().map(str::to_owned).collect();
        Self {
            sampled: rows.len(),
            examples: rows.iter().take(5).map(shown).collect(),
            twelve_hours,
            layout,
            doubts,
        }
    }
}

fn doubt(code: &'static str, column: Option<usize>, detail: impl Into<String>) -> Doubt {
    Doubt {
        code,
        column,
        detail: detail.into(),
    }
}

/// What people upload in place of a table.
fn no_table(sample: &[u8]) -> Option<Doubt> {
    let text = sample
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(sample)
        .trim_ascii_start();
    let kinds: [(&[u8], &str, &str); 4] = [
        (
            b"PK\x03\x04",
            "workbook",
            "this is a workbook or an archive; save the sheet as CSV (UTF-8), or unpack the archive",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "workbook",
            "this is an old workbook; save the sheet as CSV (UTF-8)",
        ),
        (
            b"BEGIN:VCALENDAR",
            "icalendar",
            "this is an iCalendar file; import it as one, then nothing needs a column",
        ),
        (
            b"%PDF",
            "not_a_table",
            "this is a PDF; ask whoever made it for the table behind it",
        ),
    ];
    let found = kinds.into_iter().find(|(begin, ..)| text.starts_with(begin));
    found.map(|(_, code, detail)| doubt(code, None, detail))
}

/// Rows of the sample, whatever is wrong with some of them. The last is left out where the sample may end within it.
fn read(sample: &[u8], layout: &Layout, most: usize) -> Vec<Row> {
    let mut found = Vec::new();
    let Ok(mut rows) = Rows::raw(sample, layout) else {
        return found;
    };
    let mut row = Row::default();
    while found.len() < most {
        match rows.read(&mut row) {
            Ok(true) => found.push(row.clone()),
            Err(RowError::Row(_)) => {}
            Ok(false) | Err(RowError::Io(_)) => {
                if sample.len() >= SAMPLE && found.len() > 1 {
                    found.pop();
                }
                break;
            }
        }
    }
    found
}

/// How well rows fit together: in how many thousandths of them the most usual number of cells stands, and which it is.
fn score(rows: &[Row]) -> (usize, usize) {
    let mut widths: Vec<usize> = rows.iter().map(Row::len).collect();
    widths.sort_unstable();
    let usual = widths
        .chunk_by(|a, b| a == b)
        .filter(|same| same.first() > Some(&1))
        .max_by_key(|same| same.len());
    let Some(usual) = usual else { return (0, 0) };
    (
        usual.len() * 1_000 / rows.len().max(1),
        usual.first().copied().unwrap_or(0),
    )
}

/// `sep=;`, which tells spreadsheets.
fn separator_line(sample: &[u8], layout: &Layout) -> Option<Delimiter> {
    let trial = Layout {
        delimiter: Delimiter::Pipe,
        quote: Quote::None,
        ..layout.clone()
    };
    let mut row = Row::default();
    Rows::raw(sample, &trial).ok()?.read(&mut row).ok()?;
    let (first, more) = (row.raw(0)?, row.len() > 1);
    let sign = first.to_ascii_lowercase().strip_prefix("sep=")?.to_owned();
    Delimiter::ALL.into_iter().find(|one| match (one, more) {
        (Delimiter::Pipe, true) => sign.is_empty(),
        (one, false) => sign.as_bytes() == [one.byte()],
        _ => false,
    })
}

fn mostly_in_single_quotes(rows: &[Row]) -> bool {
    let filled = || {
        rows.iter()
            .flat_map(|row| (0..row.len()).filter_map(|at| row.raw(at)))
            .filter(|cell| !cell.is_empty())
    };
    let quoted = filled().filter(|cell| cell.len() > 1 && cell.starts_with('\'') && cell.ends_with('\''));
    let quoted = quoted.count();
    quoted > 0 && quoted * 2 > filled().count()
}

/// The first row names columns if it has names that are known, or words where the second row has dates or numbers.
fn has_header(rows: &[Row]) -> bool {
    let dates = |row: &Row| {
        row.cells()
            .filter(|cell| moments::read(cell, DateOrder::DayFirst).is_some())
            .count()
    };
    let Some(first) = rows.first() else { return false };
    if dates(first) > 0 {
        return false;
    }
    let known = first.cells().filter(|cell| Target::guess(cell).is_some()).count();
    let numbers = |row: &Row| row.cells().filter(|cell| cell.trim().parse::<f64>().is_ok()).count();
    let words = || {
        rows.get(1)
            .is_some_and(|row| dates(row) > 0 || numbers(row) > numbers(first))
    };
    known > 1 || (known == 1 && first.len() == 1) || words()
}

/// Each target once; the exact word wins over what else it is called, then the one further left.
fn columns(rows: &[Row], header: bool) -> Vec<Column> {
    let Some(first) = rows.first() else { return Vec::new() };
    let name = |cell: &str| if header { cell.trim().to_owned() } else { String::new() };
    let mut columns: Vec<Column> = first
        .cells()
        .map(|cell| Column {
            name: name(cell),
            target: None,
        })
        .collect();
    for exact in [true, false] {
        for at in 0..columns.len() {
            let Some(target) = columns.get(at).and_then(|column| Target::guess(&column.name)) else {
                continue;
            };
            let taken = columns.iter().any(|column| column.target.as_ref() == Some(&target));
            let Some(column) = columns.get_mut(at) else { continue };
            if !taken && (!exact || target.to_string() == column.name) {
                column.target = Some(target);
            }
        }
    }
    columns
}

/// Decides which of two numbers is the day, over all rows; says whether hours are counted to twelve.
fn order(rows: &[Row], layout: &mut Layout, doubts: &mut Vec<Doubt>) -> bool {
    let when = |column: &Column| {
        matches!(
            column.target,
            Some(Target::Start | Target::StartTime | Target::End | Target::EndTime)
        )
    };
    let (mut day, mut month, mut dots, mut twelve) = (0, 0, false, false);
    let mut open: Option<(usize, String)> = None;
    for (at, _) in layout.columns.iter().enumerate().filter(|(_, column)| when(column)) {
        for cell in rows.iter().filter_map(|row| row.cell(at)) {
            // What does not exist read the one way may exist read the other.
            let read = |order| moments::read(cell, order).map(|moment| moment.clues);
            let clues: Option<Clues> = read(DateOrder::DayFirst).or_else(|| read(DateOrder::MonthFirst));
            let Some(clues) = clues else { continue };
            twelve |= clues.twelve;
            let Some((first, second)) = clues.numbers else { continue };
            dots |= clues.dots;
            day += usize::from(first > 12);
            month += usize::from(second > 12);
            if first != second && open.is_none() {
                open = Some((at + 1, cell.trim().to_owned()));
            }
        }
    }
    if month > day {
        layout.date_order = DateOrder::MonthFirst;
    }
    if let Some((column, cell)) = open {
        if day > 0 && month > 0 {
            let detail = "some dates have the day first, others the month; the rows that cannot be read are listed";
            doubts.push(doubt("date_order_mixed", Some(column), detail));
        } else if day + month == 0 && !dots {
            let reading = |order| moments::read(&cell, order).and_then(|moment| moment.date);
            if let (Some(one), Some(other)) = (reading(DateOrder::DayFirst), reading(DateOrder::MonthFirst)) {
                let detail = format!("“{cell}” may be {one} or {other}; it is read as {one} unless you say otherwise");
                doubts.push(doubt("date_order_ambiguous", Some(column), detail));
            }
        }
    }
    twelve
}

/// Says that the end of whole days may be meant either way, where a file has such rows and is not one of ours.
fn whole_days(rows: &[Row], layout: &Layout, doubts: &mut Vec<Doubt>) {
    let place = |target: Target| {
        layout
            .columns
            .iter()
            .position(|column| column.target.as_ref() == Some(&target))
    };
    let (Some(start), Some(end), None) = (place(Target::Start), place(Target::End), place(Target::Id)) else {
        return;
    };
    let day = |row: &Row, at| {
        let moment = moments::read(row.cell(at)?, layout.date_order)?;
        moment.date.filter(|_| moment.time.is_none())
    };
    let timed = place(Target::StartTime);
    let open = rows.iter().find(|row| {
        let separate = timed
            .and_then(|at| row.cell(at))
            .is_some_and(|cell| !cell.trim().is_empty());
        !separate
            && day(row, start)
                .zip(day(row, end))
                .is_some_and(|(start, end)| start < end)
    });
    if let Some(row) = open {
        let said = match layout.all_day_end {
            AllDayEnd::Exclusive => "the day after the last one",
            AllDayEnd::Inclusive => "the last day",
        };
        let detail = format!(
            "in line {} the end of whole days is read as {said}; say so if it is not",
            row.line()
        );
        doubts.push(doubt("all_day_end", Some(end + 1), detail));
    }
}
