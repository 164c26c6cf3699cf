//! Leases on named work, so that of several processes one does each: periodic jobs, and what has a begin and an end.

use diesel::prelude::*;

use crate::{Conn, Result, each_backend, schema::job_leases, types::Instant};

#[derive(Insertable)]
#[diesel(table_name = job_leases)]
struct Row<'a> {
    name: &'a str,
    holder: &'a str,
    locked_until: Instant,
    next_run_at: Instant,
}

/// Takes the job when it is due and nobody runs it. Call inside a transaction.
///
/// # Errors
/// Those of the database.
pub fn take(conn: &mut Conn, name: &str, holder: &str, now: Instant, until: Instant) -> Result<bool> {
    let first = Row {
        name,
        holder,
        locked_until: until,
        next_run_at: now,
    };
    let inserted = each_backend!(conn, |c| diesel::insert_into(job_leases::table)
        .values(&first)
        .on_conflict(job_leases::name)
        .do_nothing()
        .execute(c))?;
    if inserted == 1 {
        return Ok(true);
    }
    let free = job_leases::name
        .eq(name)
        .and(job_leases::locked_until.le(now))
        .and(job_leases::next_run_at.le(now));
    let taken = diesel::update(job_leases::table.filter(free))
        .set((job_leases::holder.eq(holder), job_leases::locked_until.eq(until)))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Gives the job back and says when it is due again. Does nothing when somebody else holds it by now.
///
/// # Errors
/// Those of the database.
pub fn give_back(conn: &mut Conn, name: &str, holder: &str, now: Instant, next: Instant) -> Result<()> {
    diesel::update(job_leases::table.filter(job_leases::name.eq(name).and(job_leases::holder.eq(holder))))
        .set((job_leases::locked_until.eq(now), job_leases::next_run_at.eq(next)))
        .execute(conn)?;
    Ok(())
}

/// There is no such work any more.
///
/// # Errors
/// Those of the database.
pub fn end(conn: &mut Conn, name: &str) -> Result<()> {
    diesel::delete(job_leases::table.filter(job_leases::name.eq(name))).execute(conn)?;
    Ok(())
}
