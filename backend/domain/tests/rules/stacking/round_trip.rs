//! What is exported and read again changes nothing; what is not a table does no harm.

use std::io::Read;

use domain::stacking::{
    Existing,
    csv::{Detection, Drafts, Layout, Row, RowError, Rows, SAMPLE, Writer, defuse, restore},
    plan::{Outcome, Planner},
};
use proptest::prelude::*;

use super::{
    desk::{directory, plan, settings, told},
    events::{events, plain, text},
};

pub fn export(events: &[Existing]) -> Vec<u8> {
    let (directory, mut file) = (directory(), Vec::new());
    let mut writer = Writer::new(&mut file, &directory).unwrap();
    events.iter().for_each(|event| writer.write(event).unwrap());
    writer.finish().unwrap();
    file
}

/// Gives a byte or a few at a time, as networks do.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(to.len());
        let (now, later) = self.0.split_at(count);
        to[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

fn all_rows(from: impl Read, layout: &Layout) -> Vec<Result<Row, String>> {
    let (mut rows, mut row, mut all) = (Rows::new(from, layout).unwrap(), Row::default(), Vec::new());
    loop {
        match rows.read(&mut row) {
            Ok(true) => all.push(Ok(row.clone())),
            Ok(false) => return all,
            Err(RowError::Row(fault)) => all.push(Err(format!("{fault:?}"))),
            Err(RowError::Io(error)) => panic!("{error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_export_read_again_is_a_plan_without_changes(events in events(6)) {
        let file = export(&events);
        let found = Detection::of(&file);
        prop_assert!(found.doubts.is_empty(), "{:?}", found.doubts);
        let (outcomes, summary) = plan(&file, &events);
        prop_assert_eq!(outcomes.len(), events.len());
        for (outcome, event) in outcomes.iter().zip(&events) {
            let same = matches!(outcome, Outcome::Unchanged { event: id, .. } if *id == event.id);
            prop_assert!(same, "{:#?}\n{:#?}\n{}", outcome, event, String::from_utf8_lossy(&file));
        }
        prop_assert_eq!(summary.counts.unchanged, summary.counts.total);
        prop_assert!(summary.calls.is_empty());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = plan(&bytes, &[]);
    }

    #[test]
    fn no_table_makes_it_panic(cells in proptest::collection::vec(text(), 1..40), width in 1..12_usize) {
        let header = "start,end,duration,title,recurrence,attendees,reminders,time_zone,metadata,all_day,id\n";
        let rows = cells.chunks(width).map(|row| row.join(","));
        let file = header.to_owned() + &rows.collect::<Vec<_>>().join("\n");
        let _ = plan(file.as_bytes(), &[]);
    }

    #[test]
    fn it_does_not_matter_in_what_pieces_a_file_comes(events in events(3), size in 1..7_usize) {
        let file = export(&events);
        let layout = Detection::of(&file).layout;
        prop_assert_eq!(all_rows(file.as_slice(), &layout), all_rows(Drops(&file, size), &layout));
    }

    #[test]
    fn no_exported_cell_is_run_and_each_is_read_as_it_was(cell in text()) {
        let written = defuse(&cell);
        prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{written}");
        prop_assert_eq!(restore(&written), cell.as_str());
    }

    #[test]
    fn the_same_plan_has_the_same_hash_and_another_has_another(events in events(4), more in text()) {
        let file = export(&events);
        let hash = |there: &[Existing], file: &[u8]| plan(file, there).1.hash;
        prop_assert_eq!(hash(&events, &file), hash(&events, &file));
        let mut other = events.clone();
        other[0].content.title.push('!');
        prop_assert_ne!(hash(&events, &file), hash(&other, &file));
        let mut renamed = events.clone();
        renamed[0].content.title.push_str(&more);
        renamed[0].content.title.push('?');
        prop_assert_ne!(hash(&events, &export(&renamed)), hash(&events, &file));
    }
}

#[test]
fn a_plan_against_another_etag_is_another_plan() {
    let there = plain("evt_1", "Visit", "2026-11-02T09:00");
    let mut since = there.clone();
    since.etag = Some("\"2\"".to_owned());
    let file = b"id,title\nevt_1,Call\n";
    let ((one, before), (other, after)) = (plan(file, &[there]), plan(file, &[since]));
    assert_eq!(told(&one), told(&other));
    assert_ne!(before.hash, after.hash);
}

#[test]
fn a_file_larger_than_the_sample_is_read_to_its_end() {
    let mut file = b"title,start,end\n".to_vec();
    let mut count = 0;
    while file.len() < SAMPLE * 2 {
        count += 1;
        file.extend_from_slice(format!("Visit {count},2026-11-02 09:00,2026-11-02 10:00\r\n").as_bytes());
    }
    let found = Detection::of(&file[..SAMPLE]);
    assert!(found.sampled > 1_000 && found.doubts.is_empty(), "{found:?}");
    let (outcomes, summary) = plan(&file, &[]);
    assert_eq!((outcomes.len(), summary.counts.create), (count, count as u64));
    assert_eq!(
        told(&outcomes).last().unwrap(),
        &format!("create in cal_1 Visit {count} 2026-11-02 09:00 Europe/Berlin – 2026-11-02 10:00 Europe/Berlin")
    );
}

#[test]
fn a_plan_ends_where_it_is_said_to_end() {
    let (directory, settings) = (directory(), settings());
    let layout = Detection::of(b"title,start,end\na,2026-11-02,\n").layout;
    let layout = Layout {
        calendar: Some("cal_1".to_owned()),
        ..layout
    };
    let drafts = Drafts::new(&layout, &directory).unwrap();
    let mut rows = Rows::new(&b"title,start,end\na,2026-11-02,\n"[..], &layout).unwrap();
    let mut row = Row::default();
    assert!(rows.read(&mut row).unwrap());
    let mut draft = drafts.read(&row).unwrap().unwrap();
    let mut planner = Planner::new(&directory, &layout.columns, &settings);
    for _ in 1..domain::stacking::plan::MAX_ITEMS {
        planner.bad(Vec::new());
    }
    assert!(planner.draft(&draft, &[]).item().is_some());
    draft.external_id = Some("one more".to_owned());
    assert_eq!(told(&[planner.draft(&draft, &[])]), ["2 too_many_items"]);
    assert_eq!(planner.finish().counts.create, 1);
}
