//! How fast is a file planned, in how much memory, and how wrong is the time that is said?
//! `cargo run --release --example stacking`
//!
//! 10,000 and 100,000 rows, then a file of 200 MB, generated while it is read; the errors of the estimate at 10, 50 and
//! 90 % of runs that are steady, throttled, bursty and paused.
#![allow(clippy::print_stdout)]

use std::{
    io::{self, Read},
    time::Instant,
};

use domain::{
    calendar::Provider,
    event::Notify,
    stacking::{
        Calendar, Directory, Mailing, Progress,
        csv::{Detection, Drafts, Row, RowError, Rows},
        plan::{Outcome, Planner, Settings},
    },
};
use jiff::{SignedDuration, Timestamp};

type Failure = Box<dyn std::error::Error>;

/// A name, how many items are done in which second, and whether the run is paused now and then.
type Simulation<'a> = (&'a str, &'a dyn Fn(u64) -> f64, bool);

const HEADER: &str = "Key;Calendar;Title;Start;Duration;Location;Guests;Rule;Notes\r\n";

/// A file that is made while it is read. Every fiftieth row is bad, every tenth repeats.
struct Generated {
    next: u64,
    rows: u64,
    /// Letters of notes in each row.
    notes: usize,
    text: Vec<u8>,
    at: usize,
}

impl Generated {
    fn new(rows: u64, notes: usize) -> Self {
        Self {
            next: 0,
            rows,
            notes,
            text: HEADER.as_bytes().to_vec(),
            at: 0,
        }
    }
}

impl Read for Generated {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() && self.next < self.rows {
            let n = self.next;
            self.next += 1;
            let (day, month) = (n % 28 + 1, n / 28 % 12 + 1);
            let day = if n % 50 == 49 { 99 } else { day };
            let rule = if n.is_multiple_of(10) {
                "FREQ=WEEKLY;COUNT=10"
            } else {
                ""
            };
            let notes = "x".repeat(self.notes);
            self.text = format!(
                "visit/{n};Calendar {};Pool check {n};{day:02}.{month:02}.2027 {}:00;45;\"Main St {n}, Berlin\";\"Ann <ann{n}@example.org>; bea@example.org\";\"{rule}\";{notes}\r\n",
                n % 40,
                8 + n % 9
            )
            .into_bytes();
            self.at = 0;
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let count = rest.len().min(to.len());
        for (to, from) in to.iter_mut().zip(rest.iter().take(count)) {
            *to = *from;
        }
        self.at += count;
        Ok(count)
    }
}

/// The most memory this program has had, in MB; Linux says.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}

fn plan(rows: u64, notes: usize, directory: &Directory) -> Result<(), Failure> {
    let mut sample = Vec::new();
    Generated::new(2_000, 0).read_to_end(&mut sample)?;
    let layout = Detection::of(&sample).layout;
    let settings = Settings {
        seed: "op".to_owned(),
        notify: Notify::All,
        allow_duplicates: false,
    };
    let began = Instant::now();
    let drafts = Drafts::new(&layout, directory)?;
    let mut planner = Planner::new(directory, &layout.columns, &settings);
    let (mut file, mut row, mut faults) = (Rows::new(Generated::new(rows, notes), &layout)?, Row::default(), 0);
    loop {
        let outcome = match file.read(&mut row) {
            Ok(false) => break,
            Err(RowError::Io(error)) => return Err(error.into()),
            Err(RowError::Row(fault)) => planner.bad(vec![fault]),
            Ok(true) => match drafts.read(&row) {
                Ok(None) => continue,
                Ok(Some(draft)) => planner.draft(&draft, &[]),
                Err(faults) => planner.bad(faults),
            },
        };
        if let Outcome::Bad(found) = outcome {
            faults += found.len();
        }
    }
    let (took, summary) = (began.elapsed().as_secs_f64(), planner.finish());
    let megabytes = (rows * notes as u64 + rows * 140) as f64 / 1e6;
    println!(
        "{rows:>8}  {megabytes:>6.0}   {took:>8.2}   {:>8.0}  {:>7}  {:>6}  {faults:>6}   {:>8.1}",
        rows as f64 / took,
        summary.counts.create,
        summary.counts.bad,
        peak()
    );
    Ok(())
}

/// The errors of what is said at 10, 50 and 90 %, as parts of the time of work it takes in the end.
fn errors(total: u64, pace: impl Fn(u64) -> f64, pauses: bool) -> Option<[f64; 3]> {
    let at = |second: u64| {
        Timestamp::from_second(1_800_000_000 + i64::try_from(second).unwrap_or(0)).unwrap_or(Timestamp::MAX)
    };
    let mut progress = Progress::new(total);
    progress.resume(at(0));
    let (mut done, mut worked, mut clock, mut said) = (0.0, 0_u64, 0_u64, Vec::new());
    while done < total as f64 {
        done += pace(worked);
        (worked, clock) = (worked + 1, clock + 1);
        progress.sample((done as u64).min(total), 0, at(clock));
        if pauses && worked.is_multiple_of(200) {
            progress.pause(at(clock));
            clock += 1_000;
            progress.resume(at(clock));
        }
        let mark = [0.1, 0.5, 0.9].get(said.len()).copied().unwrap_or(2.0);
        if progress.part() >= mark {
            said.push(worked as f64 + progress.left(at(clock))?.as_secs_f64());
        }
    }
    let error = |said: &f64| (said - worked as f64) / worked as f64;
    said.iter().map(error).collect::<Vec<_>>().try_into().ok()
}

fn main() -> Result<(), Failure> {
    let calendar = |n: usize| Calendar {
        id: format!("cal_{n}"),
        name: format!("Calendar {n}"),
        client_id: format!("cli_{n}"),
        client_name: format!("Client {n}"),
        time_zone: "Europe/Berlin".to_owned(),
        provider: Provider::Google,
        account: format!("crd_{n}"),
        account_email: None,
        mailing: Mailing::AsAsked,
        writable: true,
        held: 1_000,
    };
    let directory = Directory::new((0..40).map(calendar).collect());
    println!("    rows      MB    seconds     rows/s   create     bad  faults   peak MB");
    for (rows, notes) in [(10_000, 0), (100_000, 0), (100_000, 2_000)] {
        plan(rows, notes, &directory)?;
    }

    println!("\nerror of the estimate at      10 %      50 %      90 %");
    // Waves of chance that are always the same: between half and one and a half.
    let noise = |n: u64| 0.5 + (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / f64::from(1 << 24);
    let throttled = |n: u64| if n < 200 { 20.0 } else { 5.0 };
    let runs: [Simulation<'_>; 5] = [
        ("steady", &|n| 10.0 * noise(n), false),
        ("throttled at 40 %", &|n| throttled(n) * noise(n), false),
        (
            "recovered at 10 %",
            &|n| (if n < 200 { 5.0 } else { 20.0 }) * noise(n),
            false,
        ),
        (
            "bursts of a minute",
            &|n| if n % 60 < 5 { 120.0 * noise(n) } else { 0.0 },
            false,
        ),
        ("paused every 200 s", &|n| 10.0 * noise(n), true),
    ];
    let hour = SignedDuration::from_hours(1);
    for (name, pace, pauses) in runs {
        let said = errors(10_000, pace, pauses).ok_or("no estimate")?;
        let [one, half, last] = said.map(|error| format!("{:>7.1} %", error * 100.0));
        println!("{name:<24}  {one} {half} {last}");
    }
    // A day's work is told as well as an hour's: the curve keeps as many points.
    let long = errors(
        u64::try_from(hour.as_secs()).unwrap_or(0) * 100,
        |n| 5.0 * noise(n),
        false,
    )
    .ok_or("no estimate")?;
    println!(
        "{:<24}  {}",
        "20 hours",
        long.map(|error| format!("{:>7.1} %", error * 100.0)).join(" ")
    );
    Ok(())
}
