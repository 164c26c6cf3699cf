//! What a provider does not offer, and the table of it in `docs/providers.md`.

use std::path::Path;

use super::{Peer, scenarios};

/// A scenario that is not for a provider, and why.
pub type Lack = (&'static str, &'static str);

/// Google, as the simulator plays it.
pub const GOOGLE: &[Lack] = &[(
    "a_changed_occurrence_follows_its_series_in_time",
    "Google drops it: the occurrence becomes an ordinary one",
)];
/// Microsoft, as the simulator plays it.
pub const MICROSOFT: &[Lack] = &[
    (
        "an_event_moves_to_another_calendar",
        "Graph has no way to move an event",
    ),
    ("a_move_is_told_in_both_calendars", "Graph has no way to move an event"),
    (
        "a_series_moves_to_another_calendar_with_its_overrides",
        "Graph has no way to move an event",
    ),
    (
        "a_changed_occurrence_follows_its_series_in_time",
        "Outlook forgets changed occurrences when their series moves",
    ),
];
/// Radicale.
pub const RADICALE: &[Lack] = &[];
/// SabreDAV.
pub const SABRE: &[Lack] = &[];
/// DAViCal.
pub const DAVICAL: &[Lack] = &[];

/// Why a scenario is not for a peer.
pub fn lacks(peer: &dyn Peer, scenario: &str) -> Option<&'static str> {
    reason(peer.lacks(), scenario)
}

fn reason(lacks: &'static [Lack], scenario: &str) -> Option<&'static str> {
    lacks.iter().find(|(name, _)| *name == scenario).map(|(_, why)| *why)
}

macro_rules! names {
    (all; $($module:ident: $scenario:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($scenario)),+];
    };
}
scenarios!(names, all);

const BEGIN: &str = "<!-- conformance: written by the tests, UPDATE=1 rewrites -->\n";
const END: &str = "<!-- conformance end -->\n";

/// The table as it is to stand in the docs.
fn table() -> String {
    let mut text = String::from(
        "| scenario | Google (simulator) | Microsoft (simulator) | Radicale | SabreDAV | DAViCal |\n|---|---|---|---|---|---|\n",
    );
    for name in NAMES {
        let cells = [GOOGLE, MICROSOFT, RADICALE, SABRE, DAVICAL].map(|lacks| match reason(lacks, name) {
            Some(why) => format!("not offered: {why}"),
            None => "pass".to_owned(),
        });
        let name = name.replace('_', " ");
        text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    text
}

/// # Panics
/// When the docs say something else than the suite.
pub fn the_table_in_the_docs_is_fresh() {
    for (name, _) in [GOOGLE, MICROSOFT, RADICALE, SABRE, DAVICAL].concat() {
        assert!(NAMES.contains(&name), "{name} is not a scenario");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers.md");
    let docs = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = docs.split_once(BEGIN).expect("the marker before the table");
    let (written, tail) = rest.split_once(END).expect("the marker after the table");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{head}{BEGIN}{}{END}{tail}", table())).unwrap();
    } else {
        assert_eq!(written, table(), "run the tests with UPDATE=1 to write the table anew");
    }
}
