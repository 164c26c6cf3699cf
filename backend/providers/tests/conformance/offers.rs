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

/// Words for what is outside of providers' own folders.
const ROOM: [&str; 3] = ["backend/domain/src", "backend/providers/src", "backend/server/src"];

/// Where the code outside of its own folder names the newest provider: what the next one touches, too. Remarks do not count.
fn places() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    let mut folders: Vec<_> = ROOM
        .iter()
        .chain(&["frontend/src"])
        .map(|room| root.join(room))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            // Its own words, other programs' words, what is generated, and tests.
            let other = [
                "providers/src/microsoft/",
                "providers/src/ics/",
                "schema.d.ts",
                ".test.ts",
            ];
            if other.iter().any(|part| name.contains(part)) {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            if code.clone().any(|line| line.to_lowercase().contains("microsoft")) {
                let first = text.lines().next().unwrap_or_default();
                let says = first
                    .strip_prefix("//! ")
                    .or(first.strip_prefix("// "))
                    .unwrap_or_default();
                found.push(format!("- `{name}` {says}").trim_end().to_owned() + "\n");
            }
        }
    }
    found.sort();
    found.concat()
}

/// # Panics
/// When the docs say something else than the suite and the sources.
pub fn the_lists_in_the_docs_are_fresh() {
    for (name, _) in [GOOGLE, MICROSOFT, RADICALE, SABRE, DAVICAL].concat() {
        assert!(NAMES.contains(&name), "{name} is not a scenario");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers.md");
    let mut docs = std::fs::read_to_string(&path).unwrap();
    for (name, list) in [("conformance", table()), ("places", places())] {
        let begin = format!("<!-- {name}: written by the tests, UPDATE=1 rewrites -->\n");
        let end = format!("<!-- {name} end -->\n");
        let (head, rest) = docs.split_once(&begin).expect("the marker before the list");
        let (written, tail) = rest.split_once(&end).expect("the marker after the list");
        if std::env::var_os("UPDATE").is_some() {
            docs = format!("{head}{begin}{list}{end}{tail}");
            std::fs::write(&path, &docs).unwrap();
        } else {
            assert_eq!(
                written, list,
                "run the tests with UPDATE=1 to write docs/providers.md anew"
            );
        }
    }
}
