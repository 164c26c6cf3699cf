//! What clients offer.

use diesel::prelude::*;
use domain::{availability::Assignment, catalogue::Variant, id::TenantId};

use crate::{
    Conn, Result,
    clients::{State, like},
    page::{Keyset, Slice},
    schema::services,
    types::{Instant, Json, Word},
};

/// A service. Lengths are minutes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = services, treat_none_as_null = true)]
pub struct Service {
    /// `svc_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// Lower-case name: the order of lists.
    pub sort_key: String,
    /// What customers may read about it.
    pub description: Option<String>,
    /// Where it takes place, in words.
    pub location: Option<String>,
    /// What it costs, in words.
    pub price_text: Option<String>,
    /// For display.
    pub colour: Option<String>,
    /// See [`domain::availability::Service::duration_minutes`]; likewise below.
    pub duration_minutes: i32,
    /// Kept free before.
    pub before_minutes: i32,
    /// Kept free after.
    pub after_minutes: i32,
    /// How many may book one start.
    pub capacity: i32,
    /// Between the booking and its start.
    pub notice_minutes: i32,
    /// The last day that can be booked, from today.
    pub horizon_days: i32,
    /// Bookings on one day.
    pub daily_limit: Option<i32>,
    /// From one offered start to the next.
    pub step_minutes: i32,
    /// Who does it.
    pub assignment: Word<Assignment>,
    /// The same done shorter or longer.
    pub variants: Json<Vec<Variant>>,
    /// Whether it is shown on the public booking page.
    pub is_public: bool,
    /// When it was archived.
    pub archived_at: Option<Instant>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Service {
    /// Whether all of its people do it together, so that nobody chooses one of them.
    pub fn is_together(&self) -> bool {
        *self.assignment == Assignment::AllTogether
    }
}

/// Stores a new service.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Service) -> Result<()> {
    diesel::insert_into(services::table).values(row).execute(conn)?;
    Ok(())
}

/// One service, archived or not.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Service> {
    Ok(services::table
        .filter(services::tenant_id.eq(tenant.as_str()).and(services::id.eq(id)))
        .first(conn)?)
}

/// What a client shows on its public page, by name.
///
/// # Errors
/// Those of the database.
pub fn public(conn: &mut Conn, tenant: &TenantId, client: &str) -> Result<Vec<Service>> {
    Ok(services::table
        .filter(
            services::tenant_id
                .eq(tenant.as_str())
                .and(services::client_id.eq(client)),
        )
        .filter(services::is_public.and(services::archived_at.is_null()))
        .order((services::sort_key, services::id))
        .load(conn)?)
}

/// One page, by name. `search` is looked for in the name, whatever its case.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    state: State,
    search: Option<&str>,
    page: &Keyset,
) -> Result<Slice<Service>> {
    let mut query = services::table
        .filter(services::tenant_id.eq(tenant.as_str()))
        .order((services::sort_key, services::id))
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(services::client_id.eq(client));
    }
    match state {
        State::Active => query = query.filter(services::archived_at.is_null()),
        State::Archived => query = query.filter(services::archived_at.is_not_null()),
        State::All => {}
    }
    if let Some(search) = search {
        query = query.filter(services::sort_key.like(like(search)).escape('\\'));
    }
    if let Some((name, id)) = &page.after {
        query = query.filter(
            services::sort_key
                .gt(name)
                .or(services::sort_key.eq(name).and(services::id.gt(id))),
        );
    }
    let rows = query.load::<Service>(conn)?;
    Ok(page.cut(rows, |row| (row.sort_key.clone(), row.id.clone())))
}

/// Locks the service for this transaction by counting its revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Service> {
    let this = services::tenant_id.eq(tenant.as_str()).and(services::id.eq(id));
    Ok(diesel::update(services::table.filter(this))
        .set(services::revision.eq(services::revision + 1))
        .returning(services::all_columns)
        .get_result(conn)?)
}

/// Writes a service that [`lock`] gave.
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, tenant: &TenantId, row: &Service) -> Result<()> {
    let this = services::tenant_id.eq(tenant.as_str()).and(services::id.eq(&row.id));
    diesel::update(services::table.filter(this)).set(row).execute(conn)?;
    Ok(())
}
