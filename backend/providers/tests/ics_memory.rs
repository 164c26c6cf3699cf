//! How much memory a large calendar file takes: a process of its own, because other stories would be measured, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Read;

use domain::{
    calendar::Provider,
    stacking::{Calendar, Directory, Mailing},
};
use providers::ics::file::{Drafts, Index, Objects};

fn directory() -> Directory {
    Directory::new(vec![Calendar {
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
    }])
}

/// A file that is made while it is read.
struct Generated {
    next: u64,
    events: u64,
    text: Vec<u8>,
    at: usize,
}

impl Read for Generated {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.text.len() {
            let n = self.next;
            self.next += 1;
            self.at = 0;
            self.text = match n {
                0 => b"BEGIN:VCALENDAR\r\n".to_vec(),
                n if n <= self.events => {
                    let notes = "so it goes ".repeat(150);
                    format!("BEGIN:VEVENT\r\nUID:{n}\r\nSUMMARY:Visit {n}\r\nDESCRIPTION:{notes}\r\nDTSTART:20270101T090000Z\r\nDTEND:20270101T100000Z\r\nEND:VEVENT\r\n").into_bytes()
                }
                n if n == self.events + 1 => b"END:VCALENDAR\r\n".to_vec(),
                _ => return Ok(0),
            };
        }
        let count = (self.text.len() - self.at).min(to.len());
        to[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[test]
fn a_file_of_fifty_megabytes_is_read_in_flat_memory() {
    let file = || {
        std::io::BufReader::new(Generated {
            next: 0,
            events: 27_500,
            text: Vec::new(),
            at: 0,
        })
    };
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    let before = resident();
    let directory = directory();
    let index = Index::of(file()).unwrap();
    assert_eq!(index.events(), 27_500);
    let reader = Drafts::new(&index, &directory, Some("Visits"));
    let (mut objects, mut count, mut most) = (Objects::new(file(), &index), 0, 0);
    while let Some(object) = objects.read().unwrap() {
        count += reader.read(object.unwrap()).len();
        if count % 5_000 == 0 {
            most = most.max(resident());
        }
    }
    assert_eq!(count, 27_500);
    assert!(most < before + 30, "{before} MB before, {most} MB at the most");
}
