//! Which events take time: the table, line by line.

use domain::{
    availability::{AllDay, Kind, Leaves, Rules},
    busy::Facts,
    event::{EventStatus, Response, Transparency},
};

/// An event in words: `busy accepted all_day out_of_office`. Unsaid: busy, confirmed, nobody asked, some hours, an event.
fn event(words: &str) -> (Kind, Facts) {
    let mut facts = Facts {
        transparency: Transparency::Busy,
        status: EventStatus::Confirmed,
        response: None,
        all_day: false,
    };
    let mut kind = Kind::Event;
    for word in words.split_whitespace() {
        match word {
            "busy" => {}
            "all_day" => facts.all_day = true,
            "free" => facts.transparency = Transparency::Free,
            "may_not_happen" => facts.status = EventStatus::Tentative,
            "cancelled" => facts.status = EventStatus::Cancelled,
            "maybe" => facts.response = Some(Response::Tentative),
            _ => match (Response::parse(word), Kind::parse(word)) {
                (Some(response), _) => facts.response = Some(response),
                (_, Some(other)) => kind = other,
                _ => panic!("{word}?"),
            },
        }
    }
    (kind, facts)
}

#[test]
fn what_takes_time_by_default_and_by_every_switch_is_this_table() {
    use Leaves as L;
    let switched = |change: fn(&mut Rules)| {
        let mut rules = Rules::default();
        change(&mut rules);
        rules
    };
    let standard = Rules::default();
    let always = switched(|rules| rules.all_day = AllDay::Always);
    let never = switched(|rules| rules.all_day = AllDay::Never);
    let table: &[(Rules, &str, Option<Leaves>)] = &[
        (standard, "busy", None),
        (standard, "free", Some(L::Free)),
        (standard, "cancelled", Some(L::Cancelled)),
        (standard, "cancelled free declined", Some(L::Cancelled)),
        (standard, "declined", Some(L::Declined)),
        (standard, "declined all_day", Some(L::Declined)),
        (standard, "accepted", None),
        (standard, "needs_action", None),
        (standard, "maybe", None),
        (standard, "may_not_happen", None),
        (standard, "all_day", None),
        (standard, "all_day free", Some(L::Free)),
        (standard, "working_location", Some(L::WorkingLocation)),
        (standard, "working_location all_day", Some(L::WorkingLocation)),
        (standard, "out_of_office", None),
        (standard, "out_of_office free all_day", None),
        (standard, "out_of_office declined", Some(L::Declined)),
        (standard, "focus_time", None),
        (standard, "focus_time free", Some(L::Free)),
        (always, "all_day free", None),
        (always, "free", Some(L::Free)),
        (always, "all_day free declined", Some(L::Declined)),
        (always, "all_day free working_location", Some(L::WorkingLocation)),
        (never, "all_day", Some(L::AllDay)),
        (never, "busy", None),
        (never, "all_day out_of_office", Some(L::AllDay)),
        (
            switched(|rules| rules.tentative = false),
            "may_not_happen",
            Some(L::Tentative),
        ),
        (switched(|rules| rules.tentative = false), "maybe", None),
        (
            switched(|rules| rules.unanswered = false),
            "needs_action",
            Some(L::Unanswered),
        ),
        (switched(|rules| rules.unanswered = false), "accepted", None),
        (switched(|rules| rules.maybe = false), "maybe", Some(L::Maybe)),
        (switched(|rules| rules.maybe = false), "may_not_happen", None),
        (
            switched(|rules| rules.out_of_office = false),
            "out_of_office",
            Some(L::OutOfOffice),
        ),
        (
            switched(|rules| rules.out_of_office = false),
            "out_of_office free",
            Some(L::Free),
        ),
        (
            switched(|rules| rules.focus_time = false),
            "focus_time",
            Some(L::FocusTime),
        ),
        (switched(|rules| rules.focus_time = false), "busy", None),
    ];
    for (rules, words, expected) in table {
        let (kind, facts) = event(words);
        assert_eq!(rules.leaves(kind, facts), *expected, "{words} under {rules:?}");
    }
}

#[test]
fn ordinary_events_under_the_standard_table_take_time_exactly_as_free_busy_says() {
    let mut seen = [0, 0];
    for response in [
        None,
        Some("needs_action"),
        Some("accepted"),
        Some("declined"),
        Some("maybe"),
    ] {
        for status in ["", "may_not_happen", "cancelled"] {
            for rest in ["", "free", "all_day", "free all_day"] {
                let (kind, facts) = event(&format!("{} {status} {rest}", response.unwrap_or_default()));
                assert_eq!(
                    Rules::default().leaves(kind, facts).is_none(),
                    facts.blocks(),
                    "{facts:?}"
                );
                seen[usize::from(facts.blocks())] += 1;
            }
        }
    }
    assert_eq!(seen, [44, 16]);
}

#[test]
fn a_table_is_stored_by_what_differs_and_unknown_lines_are_refused() {
    let rules: Rules = serde_json::from_str(r#"{"all_day": "never", "unanswered": false}"#).unwrap();
    let expected = Rules {
        all_day: AllDay::Never,
        unanswered: false,
        ..Rules::default()
    };
    assert_eq!(rules, expected);
    assert!(serde_json::from_str::<Rules>(r#"{"birthdays": false}"#).is_err());
}
