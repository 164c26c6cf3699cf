//! Lists of credentials, and what follows from a refusal. What makes and changes them speaks to providers and lives in `gateway`.

use db::{
    Conn,
    credentials::{self, Credential, Failure},
    page::{Keyset, Slice},
};
use domain::{credential::STRIKES, id::TenantId};
use jiff::Timestamp;

use super::{
    feed::{self, Noted, Origin},
    messages,
};

/// Remembers a refusal. Of the one from which on a person must connect the account again, the business is told: once, until
/// a call works again.
///
/// # Errors
/// Those of the database.
pub fn refused(conn: &mut Conn, id: &str, version: i64, refusal: &Failure<'_>) -> db::Result<()> {
    let Some(row) = credentials::failed(conn, id, version, refusal)? else {
        return Ok(());
    };
    let was_trusted = row.refusals - refusal.strikes < STRIKES;
    if was_trusted && row.refusals >= STRIKES && row.authorized_at.is_some() {
        messages::ask_to_connect(conn, &row, refusal.at.timestamp())?;
    }
    Ok(())
}

/// Removes a credential and all that hangs on it.
///
/// # Errors
/// [`db::Error::NotFound`].
pub fn remove(conn: &mut Conn, tenant: &TenantId, id: &str, now: Timestamp) -> db::Result<()> {
    let calendars = db::calendars::of_credential(conn, tenant, id)?;
    credentials::delete(conn, tenant, id)?;
    let gone: Vec<Noted<'_>> = calendars
        .iter()
        .filter(|calendar| calendar.removed_at.is_none())
        .map(|calendar| Noted {
            id: &calendar.id,
            client: &calendar.client_id,
            action: "deleted",
        })
        .collect();
    feed::note(conn, tenant, "calendar", &gone, Origin::Ours, now)
}

/// A page of those for which `wanted` holds: the status is computed, so the database cannot choose by it.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    page: &Keyset,
    wanted: impl Fn(&Credential) -> bool,
) -> db::Result<Slice<Credential>> {
    let mut place = Keyset {
        after: page.after.clone(),
        limit: 500,
    };
    let mut found = Vec::new();
    loop {
        let slice = credentials::list(conn, tenant, client, &place)?;
        found.extend(slice.rows.into_iter().filter(|row| wanted(row)));
        match slice.next {
            Some(next) if (found.len() as i64) < page.fetch() => place.after = Some(next),
            _ => break,
        }
    }
    Ok(page.cut(found, |row| (String::new(), row.id.clone())))
}

/// All of a tenant or client.
///
/// # Errors
/// Those of the database.
pub fn all(conn: &mut Conn, tenant: &TenantId, client: Option<&str>) -> db::Result<Vec<Credential>> {
    Ok(list(
        conn,
        tenant,
        client,
        &Keyset {
            after: None,
            limit: i64::MAX - 1,
        },
        |_| true,
    )?
    .rows)
}
