//! Where the stories happen: three calendars of two clients, and a planner that has looked everything up.

use domain::{
    calendar::Provider,
    event::Notify,
    stacking::{
        Calendar, Directory, Existing, Fault, Mailing,
        csv::{Detection, Drafts, Layout, Row, RowError, Rows},
        plan::{Outcome, Planner, Settings, Summary},
    },
};

pub fn calendar(id: &str, name: &str, client: &str) -> Calendar {
    Calendar {
        id: id.to_owned(),
        name: name.to_owned(),
        client_id: format!("cli_{}", client.to_lowercase()),
        client_name: client.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        provider: Provider::Google,
        account: format!("crd_{}", client.to_lowercase()),
        account_email: Some(format!("office@{}.example", client.to_lowercase())),
        mailing: Mailing::AsAsked,
        writable: true,
        held: 100,
    }
}

pub fn directory() -> Directory {
    let mut holidays = calendar("cal_3", "Holidays", "Blum");
    holidays.writable = false;
    Directory::new(vec![
        calendar("cal_1", "Office", "Adler"),
        calendar("cal_2", "Office", "Blum"),
        holidays,
        calendar("cal_4", "Workshop", "Adler"),
    ])
}

pub fn settings() -> Settings {
    Settings {
        seed: "op_1".to_owned(),
        notify: Notify::All,
        allow_duplicates: false,
    }
}

/// A file, read as detected and planned against what is there.
pub fn plan(file: &[u8], there: &[Existing]) -> (Vec<Outcome>, Summary) {
    let mut layout = Detection::of(file).layout;
    layout.calendar = layout.calendar.or_else(|| Some("cal_1".to_owned()));
    plan_as(file, &layout, there)
}

pub fn plan_as(file: &[u8], layout: &Layout, there: &[Existing]) -> (Vec<Outcome>, Summary) {
    plan_with(file, layout, there, &settings())
}

pub fn plan_with(file: &[u8], layout: &Layout, there: &[Existing], settings: &Settings) -> (Vec<Outcome>, Summary) {
    let directory = directory();
    let drafts = Drafts::new(layout, &directory).unwrap();
    let mut planner = Planner::new(&directory, &layout.columns, settings);
    let (mut rows, mut row, mut outcomes) = (Rows::new(file, layout).unwrap(), Row::default(), Vec::new());
    loop {
        let outcome = match rows.read(&mut row) {
            Ok(false) => break,
            Err(RowError::Io(error)) => panic!("{error}"),
            Err(RowError::Row(fault)) => planner.bad(vec![fault]),
            Ok(true) => match drafts.read(&row) {
                Ok(None) => continue,
                Ok(Some(draft)) => planner.draft(&draft, there),
                Err(faults) => planner.bad(faults),
            },
        };
        outcomes.push(outcome);
    }
    (outcomes, planner.finish())
}

/// A line of text for each fault: `line:column code`.
pub fn faults(outcomes: &[Outcome]) -> Vec<String> {
    let mut told = Vec::new();
    for outcome in outcomes {
        if let Outcome::Bad(faults) = outcome {
            told.extend(faults.iter().map(tell));
        }
    }
    told
}

fn tell(fault: &Fault) -> String {
    assert!(fault.detail.len() > 10, "{fault:?}");
    let column = fault.column.as_ref().map(|at| format!(" {}", at.name));
    format!("{}{} {}", fault.line, column.unwrap_or_default(), fault.code)
}

/// A line for each outcome: the action, and title and time of what will be.
pub fn told(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(outcome).collect()
}

fn outcome(outcome: &Outcome) -> String {
    use domain::{stacking::plan::Change, time::EventTime};
    match outcome {
        Outcome::Bad(faults) => faults.iter().map(tell).collect::<Vec<_>>().join(", "),
        Outcome::Unchanged { event, .. } => format!("unchanged {event}"),
        Outcome::Duplicate { of, by, .. } => format!("duplicate {of:?} {by:?}"),
        Outcome::Item(item) => {
            let word = match &item.change {
                Change::Create { .. } => "create".to_owned(),
                Change::Update { before, .. } => format!("update {}", before.id),
                Change::Delete { before } => format!("delete {}", before.id),
                Change::Move { before, .. } => format!("move {}", before.id),
            };
            let when = |time: &EventTime| match time {
                EventTime::Date { date } => date.to_string(),
                EventTime::Zoned { date_time, time_zone } => {
                    format!("{} {time_zone}", date_time.strftime("%Y-%m-%d %H:%M"))
                }
            };
            let said = item
                .change
                .after()
                .map(|after| format!(" {} {} – {}", after.title, when(&after.start), when(&after.end)));
            format!("{word} in {}{}", item.calendar, said.unwrap_or_default())
        }
    }
}
