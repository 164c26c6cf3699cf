//! Real inputs, bent: the reader of iCalendar, recurrence lines, and an event as the API takes it. Nothing may panic, take
//! long or grow without bound, and what is accepted must mean something.
//!
//! `FUZZ_SECONDS` is the time for all targets (6 without it), `FUZZ_SEED` where to begin, `FUZZ_CORPUS` a folder with more
//! calendars. A failure names the seed of its input, which alone is enough to have it again.
// What it found is printed for people to read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod mutate;
mod targets;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use mutate::Chance;

/// One input may take this long, on a machine that does other things as well.
const SLOWEST: Duration = Duration::from_secs(5);
/// So many inputs are tried whatever the time.
const ENOUGH: u64 = 100;
/// Memory the whole program may need, in MiB.
const MOST_MEMORY: u64 = 400;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The most memory this program ever held, in MiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

/// Calendars to bend: those in this repository, and a folder of more.
fn corpus() -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "ics") {
                let bytes = std::fs::read(&path).unwrap_or_default();
                if bytes.len() < 20_000 {
                    found.push(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/ics/tests/samples")),
        &mut found,
    );
    if let Ok(folder) = std::env::var("FUZZ_CORPUS") {
        walk(Path::new(&folder), &mut found);
    }
    found.sort();
    assert!(found.len() >= 16);
    found
}

/// Runs one target until its share of the time is over.
fn run(name: &str, make: impl Fn(&mut Chance) -> String, judge: impl Fn(&str, &mut Chance) -> bool) {
    let share = Duration::from_millis(number("FUZZ_SECONDS").unwrap_or(6) * 1000 / 3);
    let first = number("FUZZ_SEED").unwrap_or(5545);
    let (begun, mut tried, mut accepted, mut slowest) = (Instant::now(), 0, 0, Duration::ZERO);
    // A hundred in any case, so that the last line means something on a busy machine, too.
    while begun.elapsed() < share || tried < ENOUGH {
        let seed = first + tried;
        let mut chance = Chance::new(seed);
        let input = make(&mut chance);
        let timed = |chance: &mut Chance| {
            let from = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| judge(&input, chance))) {
                Ok(understood) => (understood, from.elapsed()),
                Err(_) => panic!("{name}: FUZZ_SEED={seed} is mishandled:\n{input}"),
            }
        };
        let (understood, mut took) = timed(&mut chance);
        accepted += u64::from(understood);
        if took >= SLOWEST {
            // The machine may have been at something else: what is slow is slow again.
            took = took.min(timed(&mut chance).1);
        }
        assert!(took < SLOWEST, "{name}: FUZZ_SEED={seed} took {took:?}:\n{input}");
        slowest = slowest.max(took);
        tried += 1;
        let memory = peak();
        assert!(memory < MOST_MEMORY, "{name}: FUZZ_SEED={seed}: {memory} MiB");
    }
    println!(
        "fuzz: {name}: {tried} inputs, {accepted} of them understood, slowest {slowest:?}, peak {} MiB",
        peak()
    );
    assert!(accepted > tried / 50, "{name}: {accepted} of {tried} understood");
}

#[test]
fn calendars() {
    let corpus = corpus();
    run(
        "calendars",
        |chance| mutate::calendar(&corpus, chance),
        targets::calendar,
    );
}

#[test]
fn recurrences() {
    run("recurrences", mutate::recurrence, targets::recurrence);
}

#[test]
fn events_of_the_api() {
    run("events", mutate::event, targets::event);
}
