//! What the database does by itself, for `scripts/bench-sync` to set the sync engine against: bare inserts of mirrored
//! events, and promises claimed and kept. `store URL` makes the schema in an empty database and prints one line of JSON.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use std::time::{Duration, Instant};

use db::{Conn, Database, Options, Result, events::NewRow, mirror, outbox, types};
use diesel::connection::SimpleConnection;
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};

const ROUNDS: usize = 5;
/// Rows of a round in transactions of 500.
const BATCHED: usize = 5_000;
/// Rows of a round in transactions of their own.
const ALONE: usize = 500;
/// Promises of a round, in so many lanes.
const PROMISES: usize = 500;
const LANES: usize = 50;

const PARENTS: &str = "
    INSERT INTO tenants VALUES ('t', 'Bench', 0, 0);
    INSERT INTO clients (id, tenant_id, name, sort_key, email, email_key, time_zone, revision, created_at, updated_at)
        VALUES ('c', 't', 'Bench', 'bench', 'b@example.com', 'b@example.com', 'UTC', 1, 0, 0);
    INSERT INTO credentials (id, tenant_id, client_id, provider, scopes_requested, scopes_granted, refusals, failing,
            token_version, revision, created_at, updated_at)
        VALUES ('d', 't', 'c', 'google', '[]', '[]', 0, FALSE, 1, 1, 0, 0);";

fn calendar(lane: usize) -> String {
    format!(
        "INSERT INTO calendars (id, tenant_id, client_id, credential_id, provider, remote_id, name, access_role,
            is_primary, selected, blocks_availability, receives_bookings, round, full_round, consecutive_failures,
            revision, created_at, updated_at)
        VALUES ('cal{lane}', 't', 'c', 'd', 'google', 'r{lane}', 'Bench', 'owner',
            FALSE, TRUE, TRUE, FALSE, 1, FALSE, 0, 1, 0, 0);"
    )
}

fn row(number: usize) -> NewRow {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(i64::try_from(number).unwrap());
    let end = at + SignedDuration::from_mins(45);
    let content = format!(
        r#"{{"title":"Check-up {number}","location":"Room 2","start":{{"date_time":"2027-01-01T08:00:00","time_zone":"Europe/Berlin"}},"end":{{"date_time":"2027-01-01T08:45:00","time_zone":"Europe/Berlin"}},"attendees":[{{"email":"patient{number}@example.org","response":"needs_action"}}],"status":"confirmed","transparency":"busy","visibility":"default"}}"#
    );
    NewRow {
        id: format!("evt_{number:032}"),
        tenant_id: "t".into(),
        client_id: "c".into(),
        calendar_id: format!("cal{}", number % LANES),
        provider: "google".into(),
        remote_id: format!("remote{number}"),
        ical_uid: format!("uid{number}@google.com"),
        etag: Some("\"3477\"".into()),
        series_id: None,
        series_remote_id: None,
        original_key: None,
        original_start: None,
        starts_at: at.into(),
        ends_at: end.into(),
        is_recurring: false,
        status: "confirmed".into(),
        search_text: format!("check-up {number}\nroom 2\npatient{number}@example.org"),
        external_id: None,
        raw: format!("{content}{content}"),
        content,
        html_link: Some(format!("https://calendar.google.com/event?eid={number}")),
        remote_created_at: Some(at.into()),
        remote_updated_at: Some(at.into()),
        round: 1,
        revision: 1,
        created_at: at.into(),
        updated_at: at.into(),
    }
}

fn promise(row: &NewRow, seq: usize) -> outbox::Promise {
    outbox::Promise {
        id: format!("map_{}", row.id),
        tenant_id: row.tenant_id.clone(),
        client_id: row.client_id.clone(),
        calendar_id: row.calendar_id.clone(),
        event_id: row.id.clone(),
        group_id: row.id.clone(),
        seq: i64::try_from(seq).unwrap(),
        priority: 50,
        action: "update".into(),
        create_key: None,
        base: Some(row.content.clone()),
        sent: None,
        notify: "none".into(),
        state: outbox::WAITING.into(),
        version: 1,
        attempts: 0,
        error_code: None,
        error_detail: None,
        error_at: None,
        created_at: row.created_at,
        updated_at: row.created_at,
    }
}

fn now() -> types::Instant {
    Timestamp::now().into()
}

/// Claims and keeps everything that waits in a lane, as the service does between its calls: the first claim is a
/// transaction, and so is each answer with the claim of the next.
fn drain(database: &Database, tenant: &TenantId, calendar: &str) -> Result<usize> {
    let until = (Timestamp::now() + SignedDuration::from_secs(120)).into();
    let claim = |c: &mut Conn| -> Result<Option<outbox::Promise>> {
        let Some(next) = outbox::next(c, calendar)? else {
            outbox::leave(c, calendar, "me")?;
            return Ok(None);
        };
        let event = db::events::any(c, tenant, &next.event_id)?;
        outbox::sending(c, &next.id, Some(&event.content))?;
        Ok(Some(next))
    };
    let mut kept = 0;
    let mut next = database.write(|c| {
        outbox::take(c, calendar, "me", now(), until)?;
        claim(c)
    })?;
    while let Some(promise) = next {
        next = database.write(|c| {
            outbox::hold(c, calendar, "me", until)?;
            outbox::landed(c, &promise.id, promise.base.as_deref().unwrap_or_default())?;
            let now = outbox::get(c, tenant, &promise.id)?;
            outbox::kept(c, &now)?;
            claim(c)
        })?;
        kept += 1;
    }
    Ok(kept)
}

/// So many a second.
fn rate(count: usize, work: impl FnOnce() -> Result<()>) -> f64 {
    let begun = Instant::now();
    work().unwrap();
    count as f64 / begun.elapsed().max(Duration::from_micros(1)).as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn main() {
    let url = std::env::args().nth(1).unwrap();
    let database = Database::open(&url, &Options::default()).unwrap();
    database.migrate().unwrap();
    let tenant = TenantId::from_store("t".to_owned());
    let calendars: String = (0..LANES).map(calendar).collect();
    database
        .write(|c| {
            let made = c.batch_execute(&format!("{PARENTS}{calendars}"));
            made.map_err(db::Error::from)
        })
        .unwrap();
    let alone = |c: &mut Conn, row: &NewRow| mirror::insert(c, std::slice::from_ref(row));
    let (mut batched, mut singly, mut promises) = (Vec::new(), Vec::new(), Vec::new());
    let mut numbers = 0..;
    let mut rows = |count: usize| -> Vec<NewRow> { numbers.by_ref().take(count).map(row).collect() };
    for _ in 0..ROUNDS {
        let new = rows(BATCHED);
        batched.push(rate(new.len(), || {
            let mut chunks = new.chunks(500);
            // Row by row: a statement that stays prepared.
            chunks.try_for_each(|chunk| database.write(|c| chunk.iter().try_for_each(|row| alone(c, row))))
        }));
        let new = rows(ALONE);
        singly.push(rate(new.len(), || {
            new.iter().try_for_each(|row| database.write(|c| alone(c, row)))
        }));
        let new = rows(PROMISES);
        database
            .write(|c| {
                mirror::insert(c, &new)?;
                for (seq, row) in new.iter().enumerate() {
                    outbox::places(c, &tenant, &row.calendar_id, 1, 50, now())?;
                    outbox::insert(c, &promise(row, seq))?;
                }
                Ok::<_, db::Error>(())
            })
            .unwrap();
        promises.push(rate(new.len(), || {
            let lanes = (0..LANES).map(|lane| drain(&database, &tenant, &format!("cal{lane}")));
            let kept: usize = lanes.sum::<Result<usize>>()?;
            assert_eq!(kept, new.len());
            Ok(())
        }));
    }
    println!(
        r#"{{"batched": {:.0}, "alone": {:.0}, "promises": {:.0}}}"#,
        median(batched),
        median(singly),
        median(promises)
    );
}
