//! Templates: recipes for events, and what they said at each of their revisions.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    page::{Keyset, Slice},
    schema::{template_versions, templates},
    types::Instant,
};

/// A template.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = templates)]
pub struct Template {
    /// `tpl_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// What people call it.
    pub name: String,
    /// Counts changes.
    pub revision: i64,
    /// JSON of [`domain::stacking::template::Template`].
    pub body: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// What a template said at a revision.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = template_versions)]
pub struct Version {
    /// Of which.
    pub template_id: String,
    /// Which.
    pub revision: i64,
    /// Whose.
    pub tenant_id: String,
    /// As [`Template::body`].
    pub body: String,
    /// `usr_…` or `key_…`
    pub created_by: String,
    /// When it began to say so.
    pub created_at: Instant,
}

/// Stores a new template.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Template) -> Result<()> {
    diesel::insert_into(templates::table).values(row).execute(conn)?;
    Ok(())
}

/// One template.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Template> {
    Ok(templates::table
        .filter(templates::tenant_id.eq(tenant.as_str()).and(templates::id.eq(id)))
        .select(Template::as_select())
        .first(conn)?)
}

/// One template, and whoever else wants to change it waits for the end of this transaction.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Template> {
    let this = templates::tenant_id.eq(tenant.as_str()).and(templates::id.eq(id));
    each_backend!(conn, |c| Ok(diesel::update(templates::table.filter(this))
        .set(templates::revision.eq(templates::revision))
        .returning(Template::as_returning())
        .get_result(c)?))
}

/// One page, by name.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, page: &Keyset) -> Result<Slice<Template>> {
    let mut query = templates::table
        .filter(templates::tenant_id.eq(tenant.as_str()))
        .order((templates::name, templates::id))
        .limit(page.fetch())
        .select(Template::as_select())
        .into_boxed();
    if let Some((name, id)) = &page.after {
        query = query.filter(
            templates::name
                .gt(name)
                .or(templates::name.eq(name).and(templates::id.gt(id))),
        );
    }
    Ok(page.cut(query.load(conn)?, |row| (row.name.clone(), row.id.clone())))
}

/// Writes what a template says now, if it is still at the revision before.
///
/// # Errors
/// [`crate::Error::NotFound`]: somebody else was faster, or it is gone.
pub fn save(conn: &mut Conn, row: &Template) -> Result<()> {
    let before = templates::tenant_id
        .eq(&row.tenant_id)
        .and(templates::id.eq(&row.id))
        .and(templates::revision.eq(row.revision - 1));
    let changed = diesel::update(templates::table.filter(before))
        .set((
            templates::name.eq(&row.name),
            templates::revision.eq(row.revision),
            templates::body.eq(&row.body),
            templates::updated_at.eq(row.updated_at),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(crate::Error::NotFound);
    }
    Ok(())
}

/// Removes a template with its versions.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn remove(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    let this = templates::tenant_id.eq(tenant.as_str()).and(templates::id.eq(id));
    match diesel::delete(templates::table.filter(this)).execute(conn)? {
        0 => Err(crate::Error::NotFound),
        _ => Ok(()),
    }
}

/// Remembers a version.
///
/// # Errors
/// Those of the database.
pub fn remember(conn: &mut Conn, row: &Version) -> Result<()> {
    diesel::insert_into(template_versions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// One page of the versions of a template, the newest first.
///
/// # Errors
/// Those of the database.
pub fn versions(conn: &mut Conn, tenant: &TenantId, id: &str, page: &Keyset) -> Result<Slice<Version>> {
    let mut query = template_versions::table
        .filter(
            template_versions::tenant_id
                .eq(tenant.as_str())
                .and(template_versions::template_id.eq(id)),
        )
        .order(template_versions::revision.desc())
        .limit(page.fetch())
        .select(Version::as_select())
        .into_boxed();
    if let Some((revision, _)) = &page.after {
        query = query.filter(template_versions::revision.lt(revision.parse::<i64>().unwrap_or(0)));
    }
    Ok(page.cut(query.load(conn)?, |row| {
        (row.revision.to_string(), row.template_id.clone())
    }))
}
