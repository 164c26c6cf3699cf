//! Clients: the businesses whose calendars are managed.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    page::{Keyset, Slice},
    schema::{calendars, clients, credentials},
    types::Instant,
};

/// A business whose calendars are managed.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = clients)]
pub struct Client {
    /// `cli_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For people.
    pub name: String,
    /// Lower-case name: the order of lists.
    pub sort_key: String,
    /// As typed.
    pub email: String,
    /// Lower case; unique within the tenant.
    pub email_key: String,
    /// Which Google account must consent; `None`: any.
    pub google_account_email: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// For the agency's own people.
    pub notes: Option<String>,
    /// When it was archived.
    pub archived_at: Option<Instant>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// See [`domain::sync::Policy`].
    pub conflict_policy: String,
}

/// How much hangs on a client.
#[derive(Debug, Clone, Copy, Default, Queryable)]
pub struct Counts {
    /// Credentials.
    pub credentials: i64,
    /// Calendars.
    pub calendars: i64,
}

/// Which clients a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not archived.
    Active,
    /// Archived.
    Archived,
    /// Both.
    All,
}

/// Stores a new client.
///
/// # Errors
/// [`crate::Error::Conflict`] when the address is taken within the tenant.
pub fn insert(conn: &mut Conn, row: &Client) -> Result<()> {
    diesel::insert_into(clients::table).values(row).execute(conn)?;
    Ok(())
}

/// One client with its counts, in one statement.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<(Client, Counts)> {
    Ok(clients::table
        .filter(clients::tenant_id.eq(tenant.as_str()).and(clients::id.eq(id)))
        .select((clients::all_columns, counts()))
        .first(conn)?)
}

/// One page, by name. `search` is looked for in name and address, whatever its case.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    state: State,
    search: Option<&str>,
    page: &Keyset,
) -> Result<Slice<(Client, Counts)>> {
    let mut query = clients::table
        .filter(clients::tenant_id.eq(tenant.as_str()))
        .order((clients::sort_key, clients::id))
        .limit(page.fetch())
        .select((clients::all_columns, counts()))
        .into_boxed();
    match state {
        State::Active => query = query.filter(clients::archived_at.is_null()),
        State::Archived => query = query.filter(clients::archived_at.is_not_null()),
        State::All => {}
    }
    if let Some(search) = search {
        // Both columns are stored in lower case, because LIKE differs between the databases.
        let pattern = like(search);
        query = query.filter(
            clients::sort_key
                .like(pattern.clone())
                .escape('\\')
                .or(clients::email_key.like(pattern).escape('\\')),
        );
    }
    if let Some((name, id)) = &page.after {
        query = query.filter(
            clients::sort_key
                .gt(name)
                .or(clients::sort_key.eq(name).and(clients::id.gt(id))),
        );
    }
    let rows = query.load::<(Client, Counts)>(conn)?;
    Ok(page.cut(rows, |(row, _)| (row.sort_key.clone(), row.id.clone())))
}

/// How many clients are active, and how many archived.
///
/// # Errors
/// Those of the database.
pub fn totals(conn: &mut Conn, tenant: &TenantId) -> Result<(i64, i64)> {
    let mine = || clients::table.filter(clients::tenant_id.eq(tenant.as_str())).count();
    let active = mine().filter(clients::archived_at.is_null()).get_result(conn)?;
    let archived = mine().filter(clients::archived_at.is_not_null()).get_result(conn)?;
    Ok((active, archived))
}

/// Who is right when both sides changed the same thing of a client.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn policy(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<String> {
    Ok(clients::table
        .filter(clients::tenant_id.eq(tenant.as_str()).and(clients::id.eq(id)))
        .select(clients::conflict_policy)
        .first(conn)?)
}

/// Id and name of every client.
///
/// # Errors
/// Those of the database.
pub fn names(conn: &mut Conn, tenant: &TenantId) -> Result<Vec<(String, String)>> {
    Ok(clients::table
        .filter(clients::tenant_id.eq(tenant.as_str()))
        .select((clients::id, clients::name))
        .load(conn)?)
}

/// What of a client can change.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = clients, treat_none_as_null = true)]
pub struct Change {
    /// See [`Client::name`].
    pub name: String,
    /// See [`Client::sort_key`].
    pub sort_key: String,
    /// See [`Client::email`].
    pub email: String,
    /// See [`Client::email_key`].
    pub email_key: String,
    /// See [`Client::google_account_email`].
    pub google_account_email: Option<String>,
    /// See [`Client::time_zone`].
    pub time_zone: String,
    /// See [`Client::notes`].
    pub notes: Option<String>,
    /// See [`Client::archived_at`].
    pub archived_at: Option<Instant>,
    /// See [`Client::updated_at`].
    pub updated_at: Instant,
    /// See [`Client::conflict_policy`].
    pub conflict_policy: String,
}

/// Locks the client for this transaction by counting its revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Client> {
    Ok(
        diesel::update(clients::table.filter(clients::tenant_id.eq(tenant.as_str()).and(clients::id.eq(id))))
            .set(clients::revision.eq(clients::revision + 1))
            .returning(clients::all_columns)
            .get_result(conn)?,
    )
}

/// Writes the changed fields; the revision was counted up by [`lock`].
///
/// # Errors
/// [`crate::Error::Conflict`] when the address is taken within the tenant.
pub fn update(conn: &mut Conn, tenant: &TenantId, id: &str, change: &Change) -> Result<()> {
    diesel::update(clients::table.filter(clients::tenant_id.eq(tenant.as_str()).and(clients::id.eq(id))))
        .set(change)
        .execute(conn)?;
    Ok(())
}

/// Removes the client for good, with all that hangs on it.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    diesel::delete(clients::table.filter(clients::tenant_id.eq(tenant.as_str()).and(clients::id.eq(id))))
        .execute(conn)?;
    Ok(())
}

/// Typed, not text: diesel prepares a statement with literal SQL in it anew each time.
#[diesel::dsl::auto_type(no_type_alias)]
fn counts() -> _ {
    let credentials = credentials::table
        .filter(credentials::client_id.eq(clients::id))
        .count()
        .single_value();
    let calendars = calendars::table
        .filter(calendars::client_id.eq(clients::id))
        .filter(calendars::removed_at.is_null())
        .count()
        .single_value();
    (credentials.assume_not_null(), calendars.assume_not_null())
}

/// `text` anywhere, in lower case, its own wildcards taken literally.
pub fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
