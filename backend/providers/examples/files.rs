//! How fast is a calendar file planned, and in how much memory? `scripts/bench-stacking`
//!
//! 10,000 and 100,000 events, then a file of 200 MB, all made while they are read: every tenth is a series of which a date
//! is changed, at the end of the file's next hundred events.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use std::{
    fmt::Write as _,
    io::{self, BufReader, Read},
    time::Instant,
};

use domain::{
    calendar::Provider,
    event::Notify,
    stacking::{
        Calendar, Directory, Mailing,
        plan::{Planner, Settings},
    },
};
use providers::ics::file::{Drafts, Index, Objects, columns};

/// A file that is made while it is read.
struct Generated {
    next: u64,
    events: u64,
    notes: String,
    text: String,
    at: usize,
}

impl Generated {
    fn of(events: u64, notes: usize) -> Self {
        Self {
            next: 0,
            events,
            notes: "x".repeat(notes),
            text: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned(),
            at: 0,
        }
    }

    fn event(&mut self, n: u64) {
        let (day, month, hour) = (n % 28 + 1, n / 28 % 12 + 1, 8 + n % 9);
        let rule = if n.is_multiple_of(10) {
            "RRULE:FREQ=WEEKLY;COUNT=5\r\n"
        } else {
            ""
        };
        let notes = &self.notes;
        let _infallible = write!(
            self.text,
            "BEGIN:VEVENT\r\nUID:{n}@bench.example\r\nSUMMARY:Pool check {n}\r\nLOCATION:Main St {n}\\, Berlin\r\nDTSTART;TZID=Europe/Berlin:2027{month:02}{day:02}T{hour:02}0000\r\nDURATION:PT45M\r\n{rule}ATTENDEE;CN=Ann:mailto:ann{n}@example.org\r\nDESCRIPTION:{notes}\r\nEND:VEVENT\r\n"
        );
        if n % 100 == 99 {
            let series = n - 99;
            let (day, month, hour) = (series % 28 + 1, series / 28 % 12 + 1, 8 + series % 9);
            let _infallible = write!(
                self.text,
                "BEGIN:VEVENT\r\nUID:{series}@bench.example\r\nRECURRENCE-ID;TZID=Europe/Berlin:2027{month:02}{day:02}T{hour:02}0000\r\nSUMMARY:Moved {series}\r\nDTSTART;TZID=Europe/Berlin:2027{month:02}{day:02}T200000\r\nDURATION:PT45M\r\nEND:VEVENT\r\n"
            );
        }
    }
}

impl Read for Generated {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            (self.at, self.next) = (0, self.next + 1);
            self.text.clear();
            match self.next - 1 {
                n if n < self.events => self.event(n),
                n if n == self.events => self.text.push_str("END:VCALENDAR\r\n"),
                _ => {}
            }
        }
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
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

fn main() {
    let directory = Directory::new(vec![Calendar {
        id: "cal_1".into(),
        name: "Visits".into(),
        client_id: "cli_1".into(),
        client_name: "Adler".into(),
        time_zone: "Europe/Berlin".into(),
        provider: Provider::Google,
        account: "crd_1".into(),
        account_email: None,
        mailing: Mailing::AsAsked,
        writable: true,
        held: 0,
    }]);
    let settings = Settings {
        seed: "op".into(),
        notify: Notify::All,
        allow_duplicates: false,
    };
    let columns = columns();
    println!("  events      MB    seconds   events/s   create     bad   peak MB");
    for (events, notes) in [(10_000, 0), (100_000, 0), (100_000, 1_800)] {
        let file = || BufReader::new(Generated::of(events, notes));
        let began = Instant::now();
        let index = Index::of(file()).unwrap();
        let reader = Drafts::new(&index, &directory, Some("cal_1"));
        let mut planner = Planner::new(&directory, &columns, &settings);
        let mut objects = Objects::new(file(), &index);
        while let Some(object) = objects.read().unwrap() {
            let drafts = match object {
                Ok(object) => reader.read(object),
                Err(faults) => vec![Err(faults)],
            };
            for draft in drafts {
                match draft {
                    Err(faults) => _ = planner.bad(faults),
                    Ok(draft) if Planner::goes_along(&draft, &[]) => {}
                    Ok(draft) => _ = planner.draft(&draft, &[]),
                }
            }
        }
        let (took, counts) = (began.elapsed().as_secs_f64(), planner.finish().counts);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (all, megabytes) = (events as f64, events as f64 * (250.0 + notes as f64) / 1e6);
        println!(
            "{events:>8}  {megabytes:>6.0}   {took:>8.2}   {:>8.0}  {:>7}  {:>6}  {:>8.1}",
            all / took,
            counts.create,
            counts.bad,
            peak()
        );
    }
}
