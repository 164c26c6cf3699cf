//! Templates: what they fill in, and what they say where they cannot.

use domain::stacking::{
    Calendar, Directory,
    csv::{Detection, Row, Rows, Target},
    plan::{Outcome, Planner},
    template::{Override, Run, Template, VERSION},
};
use jiff::civil::date;
use proptest::prelude::*;

use super::desk::{directory, settings, told};

fn template(fields: &[(Target, &str)]) -> Template {
    Template {
        version: VERSION,
        revision: 1,
        name: "Visit".to_owned(),
        fields: fields
            .iter()
            .map(|(target, text)| (target.clone(), (*text).to_owned()))
            .collect(),
        variables: [("team".to_owned(), "Sam".to_owned())].into(),
        clients: Default::default(),
    }
}

fn run(calendar: &Calendar, number: u64) -> Run<'_> {
    Run {
        number,
        date: Some(date(2026, 11, 2)),
        calendar,
        row: None,
    }
}

fn planned(template: &Template, directory: &Directory, calendars: &[&str]) -> Vec<Outcome> {
    let compiled = template.compile().unwrap();
    let drafts = compiled.drafts(directory).unwrap();
    let settings = settings();
    let mut planner = Planner::new(directory, compiled.columns(), &settings);
    let outcome = |(number, id): (u64, &&str)| match compiled.draft(&run(directory.get(id).unwrap(), number), &drafts) {
        Ok(draft) => planner.draft(&draft, &[]),
        Err(faults) => planner.bad(faults),
    };
    (0..).zip(calendars).map(outcome).collect()
}

/// What a text becomes, for the second of a row of events.
fn filled(text: &str) -> Result<String, String> {
    let directory = directory();
    let template = template(&[
        (Target::Title, text),
        (Target::Start, "{{date}} 09:00"),
        (Target::Duration, "60"),
    ]);
    let compiled = template.compile().map_err(|errors| errors[0].to_string())?;
    let cells = compiled.render(&run(directory.get("cal_1").unwrap(), 1));
    let cells = cells.map_err(|faults| faults[0].detail.clone())?;
    let title = compiled
        .columns()
        .iter()
        .position(|column| column.name == "title")
        .unwrap();
    Ok(cells[title].clone())
}

#[test]
fn expressions_are_filled_in() {
    for (text, expected) in [
        ("Visit at {{client.name}}", "Visit at Adler"),
        ("{{calendar.name}} {{ team }}", "Office Sam"),
        ("{{n}}/{{n start 100 step 10 pad 5}}", "2/00110"),
        ("{{list \"Ann\", \"Bea\", \"Cem\"}}", "Bea"),
        ("{{date + 2 weeks}}", "2026-11-16"),
        ("{{date - 1 month as \"%d.%m.%Y\"}}", "02.10.2026"),
        ("{{start - 90 minutes}}", "2026-11-02 07:30"),
        ("{{start + 1 day as \"%A, %H:%M\"}}", "Tuesday, 09:00"),
        ("{{\"{{\"}} } }} { x", "{{ } }} { x"),
        ("=1+1", "=1+1"),
    ] {
        assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    for (text, expected) in [
        (
            "Visit {{client.name",
            "title, character 20: }} was expected, not the end",
        ),
        (
            "äö {{}}",
            "title, character 6: a name such as client.name, n, list or a text in double quotes was expected, not “}}”",
        ),
        (
            "{{date + two weeks}}",
            "title, character 10: a number below four thousand million was expected, not “two weeks}}”",
        ),
        (
            "{{date + 2 fortnights}}",
            "title, character 12: minutes, hours, days, weeks, months or years was expected, not “fortnights}}”",
        ),
        (
            "{{list \"a\" \"b\"}}",
            "title, character 12: }} was expected, not “\"b\"}}”",
        ),
        (
            "{{list \"a}}",
            "title, character 12: a closing quote was expected, not the end",
        ),
        (
            "{{client.}}",
            "title, character 10: a name after the dot, in double quotes if it has blanks was expected, not “}}”",
        ),
        (
            "{{clint.name}}",
            "character 3: clint.name is not known here: write client.name, calendar.name, row.column, date, start, end or a variable",
        ),
        (
            "{{location}}",
            "character 3: location is not known here: it is none of the template's variables",
        ),
        (
            "{{row.phone}}",
            "character 3: row.phone is not known here: the template is not used with a file",
        ),
        (
            "{{team + 1 day}}",
            "character 3: “Sam” is no date, so nothing can be added to it",
        ),
        (
            "{{date + 9000 years}}",
            "character 3: that lies outside of all calendars",
        ),
        (
            "{{date as \"%Q%\"}}",
            "character 3: “%Q%” is no format; %d.%m.%Y or %A, %H:%M are",
        ),
    ] {
        assert_eq!(filled(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn every_client_gets_its_event_and_some_get_another() {
    let mut visit = template(&[
        (Target::Title, "Pool check {{n}} with {{team}}"),
        (Target::Start, "{{date + 1 day}} 9:00"),
        (Target::Duration, "1h 30m"),
        (Target::Recurrence, "FREQ=WEEKLY;COUNT=4"),
        (Target::Attendees, "{{team}}@adler.example"),
        (Target::ExternalId, "check/{{client.id}}/{{date}}"),
    ]);
    let blum = Override {
        fields: [
            (Target::Start, "{{date + 2 days}} 14:00".to_owned()),
            (Target::Location, "Back door".to_owned()),
        ]
        .into(),
        variables: [("team".to_owned(), "Tina".to_owned())].into(),
    };
    visit.clients.insert("cli_blum".to_owned(), blum);
    let directory = directory();
    let outcomes = planned(&visit, &directory, &["cal_1", "cal_2", "cal_3"]);
    assert_eq!(
        told(&outcomes),
        [
            "create in cal_1 Pool check 1 with Sam 2026-11-03 09:00 Europe/Berlin – 2026-11-03 10:30 Europe/Berlin",
            "create in cal_2 Pool check 2 with Tina 2026-11-04 14:00 Europe/Berlin – 2026-11-04 15:30 Europe/Berlin",
            "3 calendar calendar_read_only",
        ]
    );
    let content = outcomes[1].item().unwrap().change.after().unwrap();
    assert_eq!(content.recurrence, ["RRULE:FREQ=WEEKLY;COUNT=4"]);
    assert_eq!(
        (content.location.as_deref(), content.attendees[0].email.as_str()),
        (Some("Back door"), "Tina@adler.example")
    );
    assert_eq!(content.metadata["external_id"], "check/cli_blum/2026-11-02");
}

#[test]
fn rows_of_a_file_fill_a_template() {
    let file = b"Who,Pool size\nAnn,40\n";
    let layout = Detection::of(file).layout;
    let mut row = Row::default();
    assert!(Rows::new(&file[..], &layout).unwrap().read(&mut row).unwrap());
    let visit = template(&[
        (Target::Title, "{{row.who}}: {{row.\"Pool size\"}} m³"),
        (Target::Start, "{{date}}"),
    ]);
    let directory = directory();
    let compiled = visit.compile().unwrap();
    let run = Run {
        row: Some((&layout.columns, &row)),
        ..run(directory.get("cal_1").unwrap(), 0)
    };
    let draft = compiled.draft(&run, &compiled.drafts(&directory).unwrap()).unwrap();
    assert_eq!(draft.patch.title.as_deref(), Some("Ann: 40 m³"));
}

#[test]
fn a_template_is_a_value_and_one_of_a_later_version_is_refused() {
    let mut visit = template(&[(Target::Title, "a"), (Target::Entry("room".to_owned()), "{{team}}")]);
    let json = serde_json::to_value(&visit).unwrap();
    assert_eq!(json["fields"]["metadata.room"], "{{team}}");
    assert_eq!(serde_json::from_value::<Template>(json).unwrap(), visit);
    visit.version = 2;
    assert_eq!(
        visit.compile().unwrap_err()[0].to_string(),
        "the template is of version 2, which is not known here; 1 is"
    );
}

proptest! {
    #[test]
    fn no_template_makes_it_panic(text in "(\\{\\{|\\}\\}|[a-z. \"]{0,6}|date|n|start|list|row\\.|[+-] ?[0-9]{1,12} (day|year)s?|as \"%[a-zA-Z%]{0,3}\"|\\PC){0,12}") {
        let _ = filled(&text);
        let _ = filled(&format!("{{{{date {text}"));
    }
}
