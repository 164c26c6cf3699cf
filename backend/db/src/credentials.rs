//! Credentials: what lets us act on one account at one provider. Secrets are envelopes here; only the server opens them.

use diesel::{dsl::count_star, prelude::*};
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    page::{Keyset, Slice},
    schema::credentials,
    types::{Instant, Json},
};

/// What lets us act on one account at one provider.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = credentials)]
pub struct Credential {
    /// `crd_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For which client.
    pub client_id: String,
    /// `google` or `caldav`.
    pub provider: String,
    /// What people call it.
    pub label: Option<String>,
    /// Google: the OAuth app; `None`: the installation's.
    pub oauth_client_id: Option<String>,
    /// Sealed.
    pub oauth_client_secret_sealed: Option<String>,
    /// What consent asks for.
    pub scopes_requested: Json<Vec<String>>,
    /// What was granted.
    pub scopes_granted: Json<Vec<String>>,
    /// CalDAV: as typed.
    pub server_url: Option<String>,
    /// CalDAV: who signs in.
    pub username: Option<String>,
    /// CalDAV, sealed.
    pub password_sealed: Option<String>,
    /// CalDAV: what discovery found, as JSON of the provider room.
    pub discovered: Option<String>,
    /// Google, sealed.
    pub access_token_sealed: Option<String>,
    /// Google, sealed.
    pub refresh_token_sealed: Option<String>,
    /// End of the access token.
    pub expires_at: Option<Instant>,
    /// End of the refresh token, where the provider says one.
    pub refresh_expires_at: Option<Instant>,
    /// The provider's stable name of the account.
    pub account_id: Option<String>,
    /// The account's address.
    pub account_email: Option<String>,
    /// When consent was given or the password first worked.
    pub authorized_at: Option<Instant>,
    /// When a call last proved that it works.
    pub validated_at: Option<Instant>,
    /// When we gave it back.
    pub revoked_at: Option<Instant>,
    /// How often in a row the provider refused it.
    pub refusals: i32,
    /// Whether the last call failed for a reason that is not the credential's.
    pub failing: bool,
    /// Of the last failure.
    pub last_error_code: Option<String>,
    /// Of the last failure, for people.
    pub last_error_detail: Option<String>,
    /// Of the last failure.
    pub last_error_at: Option<Instant>,
    /// Who refreshes the token at the moment.
    pub refresh_lease: Option<String>,
    /// Until when they are believed to.
    pub refresh_lease_until: Option<Instant>,
    /// Counts new tokens, so that the loser of a race sees the winner's.
    pub token_version: i64,
    /// When the calendars were last listed.
    pub calendars_as_of: Option<Instant>,
    /// Counts visible changes; the ETag.
    pub revision: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed visibly.
    pub updated_at: Instant,
    /// Whose connection it is; `None`: the business'.
    pub staff_id: Option<String>,
}

/// Stores a new credential.
///
/// # Errors
/// [`crate::Error::Conflict`] when the client is gone.
pub fn insert(conn: &mut Conn, row: &Credential) -> Result<()> {
    diesel::insert_into(credentials::table).values(row).execute(conn)?;
    Ok(())
}

/// One credential.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Credential> {
    Ok(credentials::table
        .filter(credentials::tenant_id.eq(tenant.as_str()).and(credentials::id.eq(id)))
        .first(conn)?)
}

/// Several, in no order.
///
/// # Errors
/// Those of the database.
pub fn some(conn: &mut Conn, tenant: &TenantId, ids: &[String]) -> Result<Vec<Credential>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let rows: Vec<Credential> = each_backend!(conn, |c| credentials::table
            .filter(credentials::id.eq_any(chunk))
            .filter(credentials::tenant_id.eq(tenant.as_str()))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// One page by age.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, client: Option<&str>, page: &Keyset) -> Result<Slice<Credential>> {
    let mut query = credentials::table
        .filter(credentials::tenant_id.eq(tenant.as_str()))
        .order(credentials::id)
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(credentials::client_id.eq(client));
    }
    if let Some((_, id)) = &page.after {
        query = query.filter(credentials::id.gt(id));
    }
    Ok(page.cut(query.load::<Credential>(conn)?, |row| (String::new(), row.id.clone())))
}

/// What a person may change.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = credentials, treat_none_as_null = true)]
pub struct Edit {
    /// See [`Credential::label`].
    pub label: Option<String>,
    /// See [`Credential::oauth_client_id`].
    pub oauth_client_id: Option<String>,
    /// See [`Credential::oauth_client_secret_sealed`].
    pub oauth_client_secret_sealed: Option<String>,
    /// See [`Credential::scopes_requested`].
    pub scopes_requested: Json<Vec<String>>,
    /// See [`Credential::server_url`].
    pub server_url: Option<String>,
    /// See [`Credential::username`].
    pub username: Option<String>,
    /// See [`Credential::password_sealed`].
    pub password_sealed: Option<String>,
    /// See [`Credential::discovered`].
    pub discovered: Option<String>,
    /// See [`Credential::staff_id`].
    pub staff_id: Option<String>,
    /// See [`Credential::updated_at`].
    pub updated_at: Instant,
}

/// Writes what a person changed and counts the revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn edit(conn: &mut Conn, tenant: &TenantId, id: &str, edit: &Edit) -> Result<Credential> {
    Ok(diesel::update(
        credentials::table.filter(credentials::tenant_id.eq(tenant.as_str()).and(credentials::id.eq(id))),
    )
    .set((edit, credentials::revision.eq(credentials::revision + 1)))
    .returning(credentials::all_columns)
    .get_result(conn)?)
}

/// What a consent or a first successful sign-in brings.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = credentials, treat_none_as_null = true)]
pub struct Connected {
    /// See [`Credential::scopes_granted`].
    pub scopes_granted: Json<Vec<String>>,
    /// See [`Credential::access_token_sealed`].
    pub access_token_sealed: Option<String>,
    /// See [`Credential::refresh_token_sealed`].
    pub refresh_token_sealed: Option<String>,
    /// See [`Credential::expires_at`].
    pub expires_at: Option<Instant>,
    /// See [`Credential::refresh_expires_at`].
    pub refresh_expires_at: Option<Instant>,
    /// See [`Credential::account_id`].
    pub account_id: Option<String>,
    /// See [`Credential::account_email`].
    pub account_email: Option<String>,
    /// See [`Credential::authorized_at`].
    pub authorized_at: Option<Instant>,
    /// See [`Credential::validated_at`].
    pub validated_at: Option<Instant>,
    /// See [`Credential::discovered`].
    pub discovered: Option<String>,
    /// See [`Credential::updated_at`].
    pub updated_at: Instant,
}

/// Writes a consent; every trouble before it is forgotten.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn connect(conn: &mut Conn, tenant: &TenantId, id: &str, connected: &Connected) -> Result<()> {
    let changed = diesel::update(
        credentials::table.filter(credentials::tenant_id.eq(tenant.as_str()).and(credentials::id.eq(id))),
    )
    .set((
        connected,
        credentials::revoked_at.eq(None::<Instant>),
        credentials::refusals.eq(0),
        credentials::failing.eq(false),
        credentials::last_error_code.eq(None::<String>),
        credentials::last_error_detail.eq(None::<String>),
        credentials::last_error_at.eq(None::<Instant>),
        credentials::refresh_lease.eq(None::<String>),
        credentials::refresh_lease_until.eq(None::<Instant>),
        credentials::token_version.eq(credentials::token_version + 1),
        credentials::revision.eq(credentials::revision + 1),
    ))
    .execute(conn)?;
    if changed == 0 {
        Err(crate::Error::NotFound)
    } else {
        Ok(())
    }
}

/// Takes the right to refresh, if nobody has it and no newer token is there. Call inside a transaction.
///
/// # Errors
/// Those of the database.
pub fn take_refresh(
    conn: &mut Conn,
    id: &str,
    holder: &str,
    version: i64,
    now: Instant,
    until: Instant,
) -> Result<bool> {
    let free = credentials::refresh_lease
        .is_null()
        .or(credentials::refresh_lease_until.le(now));
    let mine = credentials::id
        .eq(id)
        .and(credentials::token_version.eq(version))
        .and(free);
    let taken = diesel::update(credentials::table.filter(mine))
        .set((
            credentials::refresh_lease.eq(holder),
            credentials::refresh_lease_until.eq(until),
        ))
        .execute(conn)?;
    Ok(taken == 1)
}

/// What a refresh brings.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = credentials)]
pub struct Refreshed {
    /// See [`Credential::access_token_sealed`].
    pub access_token_sealed: String,
    /// See [`Credential::refresh_token_sealed`].
    pub refresh_token_sealed: String,
    /// See [`Credential::expires_at`].
    pub expires_at: Instant,
    /// See [`Credential::refresh_expires_at`]; unchanged where the provider did not say.
    pub refresh_expires_at: Option<Instant>,
    /// See [`Credential::scopes_granted`]; unchanged where the provider did not say.
    pub scopes_granted: Option<Json<Vec<String>>>,
}

/// Stores the new token, unless a consent has replaced the old one meanwhile.
///
/// # Errors
/// Those of the database.
pub fn refreshed(conn: &mut Conn, id: &str, version: i64, tokens: &Refreshed) -> Result<bool> {
    let same = credentials::id
        .eq(id)
        .and(credentials::token_version.eq(version))
        .and(credentials::revoked_at.is_null());
    let stored = diesel::update(credentials::table.filter(same))
        .set((
            tokens,
            credentials::refresh_lease.eq(None::<String>),
            credentials::refresh_lease_until.eq(None::<Instant>),
            credentials::token_version.eq(credentials::token_version + 1),
            credentials::revision.eq(credentials::revision + 1),
        ))
        .execute(conn)?;
    Ok(stored == 1)
}

/// Gives the right to refresh back without a new token.
///
/// # Errors
/// Those of the database.
pub fn give_refresh_back(conn: &mut Conn, id: &str, holder: &str) -> Result<()> {
    diesel::update(credentials::table.filter(credentials::id.eq(id).and(credentials::refresh_lease.eq(holder))))
        .set((
            credentials::refresh_lease.eq(None::<String>),
            credentials::refresh_lease_until.eq(None::<Instant>),
        ))
        .execute(conn)?;
    Ok(())
}

/// A failed call.
#[derive(Debug, Clone)]
pub struct Failure<'a> {
    /// Word for programs.
    pub code: &'a str,
    /// For people.
    pub detail: &'a str,
    /// How many strikes it counts; 0: not the credential's fault.
    pub strikes: i32,
    /// When.
    pub at: Instant,
}

/// Remembers a failure, unless the token it happened with has been replaced: then there is nothing to return.
///
/// # Errors
/// Those of the database.
pub fn failed(conn: &mut Conn, id: &str, version: i64, failure: &Failure<'_>) -> Result<Option<Credential>> {
    let same = credentials::id.eq(id).and(credentials::token_version.eq(version));
    Ok(diesel::update(credentials::table.filter(same))
        .set((
            credentials::refusals.eq(credentials::refusals + failure.strikes),
            credentials::failing.eq(failure.strikes == 0),
            credentials::last_error_code.eq(failure.code),
            credentials::last_error_detail.eq(failure.detail),
            credentials::last_error_at.eq(failure.at),
            credentials::revision.eq(credentials::revision + 1),
            credentials::updated_at.eq(failure.at),
        ))
        .returning(credentials::all_columns)
        .get_result(conn)
        .optional()?)
}

/// Remembers that a call worked, and forgets the trouble before it.
///
/// # Errors
/// Those of the database.
pub fn worked(conn: &mut Conn, id: &str, now: Instant) -> Result<()> {
    diesel::update(credentials::table.filter(credentials::id.eq(id).and(credentials::revoked_at.is_null())))
        .set((
            credentials::refusals.eq(0),
            credentials::failing.eq(false),
            credentials::last_error_code.eq(None::<String>),
            credentials::last_error_detail.eq(None::<String>),
            credentials::last_error_at.eq(None::<Instant>),
            credentials::validated_at.eq(now),
            credentials::revision.eq(credentials::revision + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets every token and password, and says when.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn revoke(conn: &mut Conn, tenant: &TenantId, id: &str, now: Instant) -> Result<Credential> {
    Ok(diesel::update(
        credentials::table.filter(credentials::tenant_id.eq(tenant.as_str()).and(credentials::id.eq(id))),
    )
    .set((
        credentials::access_token_sealed.eq(None::<String>),
        credentials::refresh_token_sealed.eq(None::<String>),
        credentials::password_sealed.eq(None::<String>),
        credentials::expires_at.eq(None::<Instant>),
        credentials::refresh_expires_at.eq(None::<Instant>),
        credentials::revoked_at.eq(now),
        credentials::token_version.eq(credentials::token_version + 1),
        credentials::revision.eq(credentials::revision + 1),
        credentials::updated_at.eq(now),
    ))
    .returning(credentials::all_columns)
    .get_result(conn)?)
}

/// Replaces what is known of a server, unless it was found anew in the meantime.
///
/// # Errors
/// Those of the database.
pub fn rediscovered(conn: &mut Conn, id: &str, before: Option<&str>, after: &str) -> Result<()> {
    let same = credentials::id.eq(id).and(credentials::discovered.eq(before));
    diesel::update(credentials::table.filter(same))
        .set((
            credentials::discovered.eq(after),
            credentials::revision.eq(credentials::revision + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Remembers when the calendars were listed.
///
/// # Errors
/// Those of the database.
pub fn calendars_listed(conn: &mut Conn, id: &str, now: Instant) -> Result<()> {
    diesel::update(credentials::table.filter(credentials::id.eq(id)))
        .set(credentials::calendars_as_of.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Which credentials can be used without a person.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn working() -> _ {
    credentials::authorized_at
        .is_not_null()
        .and(credentials::revoked_at.is_null())
        .and(credentials::refusals.lt(2_i32))
}

/// Working credentials after `after` whose calendars were last listed before `before`, for the job that lists them; over
/// all tenants, by id.
///
/// # Errors
/// Those of the database.
pub fn to_list(conn: &mut Conn, before: Instant, after: &str, limit: i64) -> Result<Vec<Credential>> {
    Ok(credentials::table
        .filter(working())
        .filter(
            credentials::calendars_as_of
                .is_null()
                .or(credentials::calendars_as_of.le(before)),
        )
        .filter(credentials::id.gt(after))
        .order(credentials::id)
        .limit(limit)
        .load(conn)?)
}

/// Removes it with its calendars and their events.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    diesel::delete(credentials::table.filter(credentials::tenant_id.eq(tenant.as_str()).and(credentials::id.eq(id))))
        .execute(conn)?;
    Ok(())
}

/// Connected credentials whose access token ends before `end`, for the job that renews them; over all tenants.
///
/// # Errors
/// Those of the database.
pub fn ending(conn: &mut Conn, end: Instant, limit: i64) -> Result<Vec<Credential>> {
    Ok(credentials::table
        .filter(credentials::expires_at.le(end))
        .filter(credentials::refresh_token_sealed.is_not_null())
        .filter(credentials::refusals.lt(2))
        .order(credentials::expires_at)
        .limit(limit)
        .load(conn)?)
}

/// How many there are.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut Conn, tenant: &TenantId, client: Option<&str>) -> Result<i64> {
    let mut query = credentials::table
        .filter(credentials::tenant_id.eq(tenant.as_str()))
        .select(count_star())
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(credentials::client_id.eq(client));
    }
    Ok(query.first(conn)?)
}

/// Forgets the consent, because the OAuth client that got it is replaced.
///
/// # Errors
/// Those of the database.
pub fn unauthorize(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    diesel::update(credentials::table.filter(credentials::tenant_id.eq(tenant.as_str()).and(credentials::id.eq(id))))
        .set((
            credentials::access_token_sealed.eq(None::<String>),
            credentials::refresh_token_sealed.eq(None::<String>),
            credentials::expires_at.eq(None::<Instant>),
            credentials::refresh_expires_at.eq(None::<Instant>),
            credentials::authorized_at.eq(None::<Instant>),
            credentials::token_version.eq(credentials::token_version + 1),
        ))
        .execute(conn)?;
    Ok(())
}
