//! From a template to drafts.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};

use super::{
    MAX_FIELD, Template, TemplateError, VERSION,
    parse::{Expression, Part, parse},
};
use crate::stacking::{
    csv::{Column, DateOrder, Drafts, Layout, LayoutError, Row, Target, read_moment},
    directory::{Calendar, Directory},
    draft::Draft,
    fault::{At, Fault, shown},
};

type Fields = BTreeMap<Target, Vec<Part>>;

/// A template that was read.
#[derive(Debug)]
pub struct Compiled<'a> {
    template: &'a Template,
    fields: Fields,
    clients: BTreeMap<&'a str, Fields>,
    layout: Layout,
}

/// What an event is made for.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Which one it is; the first is 0. Counters and lists go by it.
    pub number: u64,
    /// `{{date}}`.
    pub date: Option<Date>,
    /// Where the event is to be.
    pub calendar: &'a Calendar,
    /// The row of a file, with its columns.
    pub row: Option<(&'a [Column], &'a Row)>,
}

impl<'a> Compiled<'a> {
    pub(super) fn new(template: &'a Template) -> Result<Self, Vec<TemplateError>> {
        if template.version != VERSION {
            return Err(vec![TemplateError::Version(template.version)]);
        }
        let mut errors = Vec::new();
        let mut compile = |client: Option<&str>, texts: &BTreeMap<Target, String>| {
            let mut fields = Fields::new();
            for (field, text) in texts {
                match parse(text) {
                    Ok(parts) => {
                        fields.insert(field.clone(), parts);
                    }
                    Err(error) => errors.push(TemplateError::Field {
                        client: client.map(str::to_owned),
                        field: field.clone(),
                        error,
                    }),
                }
            }
            fields
        };
        let fields = compile(None, &template.fields);
        let clients: BTreeMap<&str, Fields> = template
            .clients
            .iter()
            .map(|(id, other)| (id.as_str(), compile(Some(id), &other.fields)))
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        // Start and end first: the others may speak of them. The calendar is the run's.
        let first = [Target::Start, Target::StartTime, Target::End, Target::EndTime];
        let said =
            |target: &Target| fields.contains_key(target) || clients.values().any(|fields| fields.contains_key(target));
        let others = fields.keys().chain(clients.values().flat_map(BTreeMap::keys)).cloned();
        let mut targets: Vec<Target> = first.iter().filter(|target| said(target)).cloned().collect();
        for target in others.chain([Target::Calendar]) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        let column = |target: Target| Column {
            name: target.to_string(),
            target: Some(target),
        };
        let layout = Layout {
            columns: targets.into_iter().map(column).collect(),
            ..Layout::default()
        };
        Ok(Self {
            template,
            fields,
            clients,
            layout,
        })
    }

    /// The fields as columns, for the planner to name in faults.
    pub fn columns(&self) -> &[Column] {
        &self.layout.columns
    }

    /// Reads what [`Compiled::render`] fills in.
    ///
    /// # Errors
    /// Never in practice: the fields of a template are each there once.
    pub fn drafts<'d>(&'d self, directory: &'d Directory) -> Result<Drafts<'d>, LayoutError> {
        Drafts::new(&self.layout, directory)
    }

    /// The event for one run.
    ///
    /// # Errors
    /// Names that are not known, and everything that is wrong with what came out.
    pub fn draft(&self, run: &Run<'_>, drafts: &Drafts<'_>) -> Result<Draft, Vec<Fault>> {
        let cells = self.render(run)?;
        let row = Row::of(run.number + 1, cells.iter().map(String::as_str));
        match drafts.read(&row)? {
            Some(draft) => Ok(draft),
            None => Err(vec![Fault::row(run.number + 1, "empty", "the template says nothing")]),
        }
    }

    /// The cells for one run, in the order of [`Compiled::columns`].
    ///
    /// # Errors
    /// Every name that is not known.
    pub fn render(&self, run: &Run<'_>) -> Result<Vec<String>, Vec<Fault>> {
        let special = self.clients.get(run.calendar.client_id.as_str());
        let mut scope = Scope {
            template: self.template,
            run,
            start: None,
            end: None,
        };
        let (mut cells, mut faults) = (Vec::with_capacity(self.layout.columns.len()), Vec::new());
        for (at, column) in self.layout.columns.iter().enumerate() {
            let Some(target) = &column.target else { continue };
            if *target == Target::Calendar {
                cells.push(run.calendar.id.clone());
                continue;
            }
            let parts = special
                .and_then(|fields| fields.get(target))
                .or_else(|| self.fields.get(target));
            let cell = parts.map_or(Ok(String::new()), |parts| scope.fill(parts));
            let cell = cell.unwrap_or_else(|(position, detail)| {
                faults.push(Fault {
                    line: run.number + 1,
                    column: Some(At {
                        number: at + 1,
                        name: column.name.clone(),
                    }),
                    code: "template",
                    detail: format!("character {position}: {detail}"),
                });
                String::new()
            });
            scope.know(target, &cell);
            cells.push(cell);
        }
        if faults.is_empty() { Ok(cells) } else { Err(faults) }
    }
}

struct Scope<'r> {
    template: &'r Template,
    run: &'r Run<'r>,
    start: Option<DateTime>,
    end: Option<DateTime>,
}

enum Value {
    Text(String),
    Day(Date),
    Moment(DateTime),
}

impl Scope<'_> {
    /// Keeps what later fields may speak of.
    fn know(&mut self, target: &Target, cell: &str) {
        let place = match target {
            Target::Start | Target::StartTime => &mut self.start,
            Target::End | Target::EndTime => &mut self.end,
            _ => return,
        };
        if let Some(moment) = read_moment(cell, DateOrder::DayFirst) {
            let date = moment.date.or(place.map(DateTime::date));
            let time = moment.time.unwrap_or(Time::midnight());
            *place = date.map(|date| date.to_datetime(time)).or(*place);
        }
    }

    fn fill(&self, parts: &[Part]) -> Result<String, (usize, String)> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Expression(position, expression) => {
                    text.push_str(&self.value(expression).map_err(|detail| (*position, detail))?);
                }
            }
            if text.len() > MAX_FIELD {
                return Err((1, format!("the text becomes longer than {MAX_FIELD} bytes")));
            }
        }
        Ok(text)
    }

    fn value(&self, expression: &Expression) -> Result<String, String> {
        let number = self.run.number;
        match expression {
            Expression::Text(text) => Ok(text.clone()),
            Expression::Counter { start, step, pad } => {
                let count = i64::try_from(number).unwrap_or(i64::MAX);
                let value = start.saturating_add(step.saturating_mul(count));
                Ok(format!("{value:0pad$}"))
            }
            Expression::List(items) => {
                let turn = usize::try_from(number).unwrap_or(0) % items.len().max(1);
                Ok(items.get(turn).cloned().unwrap_or_default())
            }
            Expression::Path { names, shift, format } => {
                let value = self.look_up(names)?;
                let value = match (value, shift) {
                    (value, None) => value,
                    (Value::Text(text), Some(_)) => {
                        return Err(format!("{} is no date, so nothing can be added to it", shown(&text)));
                    }
                    (Value::Day(day), Some(span)) => {
                        day.checked_add(*span).map(Value::Day).map_err(|_| out_of_range())?
                    }
                    (Value::Moment(at), Some(span)) => {
                        at.checked_add(*span).map(Value::Moment).map_err(|_| out_of_range())?
                    }
                };
                written(value, format.as_deref())
            }
        }
    }

    fn look_up(&self, names: &[String]) -> Result<Value, String> {
        let path = names.join(".");
        let words: Vec<&str> = names.iter().map(String::as_str).collect();
        let missing = |what: &str| format!("{path} is not known here: {what}");
        let calendar = self.run.calendar;
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        match words.as_slice() {
            ["client", "id"] => text(&calendar.client_id),
            ["client", "name"] => text(&calendar.client_name),
            ["calendar", "id"] => text(&calendar.id),
            ["calendar", "name"] => text(&calendar.name),
            ["date"] => self
                .run
                .date
                .map(Value::Day)
                .ok_or_else(|| missing("no date was chosen")),
            ["start"] => self
                .start
                .map(Value::Moment)
                .ok_or_else(|| missing("the start is not filled in")),
            ["end"] => self
                .end
                .map(Value::Moment)
                .ok_or_else(|| missing("the end is not filled in")),
            ["row", column] => {
                let Some((columns, row)) = self.run.row else {
                    return Err(missing("the template is not used with a file"));
                };
                let at = columns.iter().position(|one| one.name.eq_ignore_ascii_case(column));
                let cell = at.and_then(|at| row.cell(at));
                cell.map_or_else(|| Err(missing("the file has no such column")), text)
            }
            [name] => {
                let special = self.template.clients.get(&calendar.client_id);
                let value = special.and_then(|other| other.variables.get(*name));
                let value = value.or_else(|| self.template.variables.get(*name));
                value.map_or_else(
                    || Err(missing("it is none of the template's variables")),
                    |value| text(value),
                )
            }
            _ => Err(missing(
                "write client.name, calendar.name, row.column, date, start, end or a variable",
            )),
        }
    }
}

fn out_of_range() -> String {
    "that lies outside of all calendars".to_owned()
}

fn written(value: Value, format: Option<&str>) -> Result<String, String> {
    let Some(format) = format else {
        return Ok(match value {
            Value::Text(text) => text,
            Value::Day(day) => day.to_string(),
            Value::Moment(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        });
    };
    let formatted = match &value {
        Value::Text(text) => return Err(format!("{} is no date, so it has no format", shown(text))),
        Value::Day(day) => jiff::fmt::strtime::format(format, *day),
        Value::Moment(at) => jiff::fmt::strtime::format(format, *at),
    };
    formatted.map_err(|_| format!("{} is no format; %d.%m.%Y or %A, %H:%M are", shown(format)))
}
