//! Files that were uploaded: what they are, their bytes in order, and how files with the same header are read.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Error, Result, each_backend,
    schema::{import_chunks, import_layouts, imports},
    types::Instant,
};

/// A file.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = imports, treat_none_as_null = true)]
pub struct Import {
    /// `imp_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// What its owner calls it.
    pub name: String,
    /// `csv`, `ics` or `json`.
    pub kind: String,
    /// In bytes.
    pub size: i64,
    /// See [`UPLOADING`], [`UPLOADED`], [`PLANNED`].
    pub state: String,
    /// What its header is called by.
    pub header: Option<String>,
    /// JSON of [`domain::stacking::csv::Layout`].
    pub layout: Option<String>,
    /// The plan that was made of it last.
    pub operation_id: Option<String>,
    /// Who uploaded it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
}

/// Its bytes are still coming; nobody is shown it.
pub const UPLOADING: &str = "uploading";
/// It is there.
pub const UPLOADED: &str = "uploaded";
/// A plan was made of it.
pub const PLANNED: &str = "planned";

/// Stores a new file, without its bytes.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Import) -> Result<()> {
    diesel::insert_into(imports::table).values(row).execute(conn)?;
    Ok(())
}

/// A file whose bytes are all there.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Import> {
    Ok(imports::table
        .filter(imports::tenant_id.eq(tenant.as_str()).and(imports::id.eq(id)))
        .filter(imports::state.ne(UPLOADING))
        .first(conn)?)
}

/// Writes a file's row again as a whole.
///
/// # Errors
/// [`Error::NotFound`]: it was removed.
pub fn save(conn: &mut Conn, row: &Import) -> Result<()> {
    match diesel::update(imports::table.find(&row.id)).set(row).execute(conn)? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// How a file is read is known now.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_layout(conn: &mut Conn, tenant: &TenantId, id: &str, layout: &str) -> Result<()> {
    let this = imports::tenant_id.eq(tenant.as_str()).and(imports::id.eq(id));
    match diesel::update(imports::table.filter(this))
        .set(imports::layout.eq(layout))
        .execute(conn)?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// A plan was made of a file.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_plan(conn: &mut Conn, tenant: &TenantId, id: &str, operation: &str) -> Result<()> {
    let this = imports::tenant_id.eq(tenant.as_str()).and(imports::id.eq(id));
    match diesel::update(imports::table.filter(this))
        .set((imports::state.eq(PLANNED), imports::operation_id.eq(operation)))
        .execute(conn)?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// How many bytes the files of a tenant have, with those that are announced.
///
/// # Errors
/// Those of the database.
pub fn total(conn: &mut Conn, tenant: &TenantId) -> Result<i64> {
    let sizes: Vec<i64> = imports::table
        .filter(imports::tenant_id.eq(tenant.as_str()))
        .select(imports::size)
        .load(conn)?;
    Ok(sizes.into_iter().fold(0, i64::saturating_add))
}

/// Nobody is shown a file any more; its bytes are still there.
///
/// # Errors
/// [`Error::NotFound`].
pub fn hide(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    let this = imports::tenant_id.eq(tenant.as_str()).and(imports::id.eq(id));
    match diesel::update(imports::table.filter(this))
        .set(imports::state.eq(UPLOADING))
        .execute(conn)?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Removes up to `limit` pieces of a file. Returns how many: what is removed at once makes others wait.
///
/// # Errors
/// Those of the database.
pub fn clear(conn: &mut Conn, id: &str, limit: i64) -> Result<usize> {
    each_backend!(conn, |c| {
        let first: Vec<i64> = import_chunks::table
            .filter(import_chunks::import_id.eq(id))
            .order(import_chunks::seq)
            .select(import_chunks::seq)
            .limit(limit)
            .load(c)?;
        let Some(last) = first.last() else { return Ok(0) };
        let these = import_chunks::import_id.eq(id).and(import_chunks::seq.le(last));
        Ok(diesel::delete(import_chunks::table.filter(these)).execute(c)?)
    })
}

/// Removes a file and what is left of its bytes: see [`clear`].
///
/// # Errors
/// [`Error::NotFound`].
pub fn remove(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    let this = imports::tenant_id.eq(tenant.as_str()).and(imports::id.eq(id));
    match diesel::delete(imports::table.filter(this)).execute(conn)? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Stores the next bytes of a file; the first are number 0.
///
/// # Errors
/// [`Error::Conflict`]: the file was removed meanwhile.
pub fn add_chunk(conn: &mut Conn, import: &str, seq: i64, data: &[u8]) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(import_chunks::table)
        .values((
            import_chunks::import_id.eq(import),
            import_chunks::seq.eq(seq),
            import_chunks::data.eq(data),
        ))
        .execute(c))?;
    Ok(())
}

/// Bytes of a file; `None` behind its end.
///
/// # Errors
/// Those of the database.
pub fn chunk(conn: &mut Conn, tenant: &TenantId, import: &str, seq: i64) -> Result<Option<Vec<u8>>> {
    each_backend!(conn, |c| Ok(import_chunks::table
        .inner_join(imports::table)
        .filter(imports::tenant_id.eq(tenant.as_str()))
        .filter(import_chunks::import_id.eq(import).and(import_chunks::seq.eq(seq)))
        .select(import_chunks::data)
        .first(c)
        .optional()?))
}

/// Forgets files that are older: first their bytes, up to `limit` pieces, then some that have none any more. Returns how
/// many rows.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let old: Vec<String> = imports::table
        .filter(imports::created_at.lt(before))
        .order(imports::id)
        .select(imports::id)
        .limit(10)
        .load(conn)?;
    for id in &old {
        let pieces = clear(conn, id, limit)?;
        if pieces > 0 {
            return Ok(pieces);
        }
    }
    each_backend!(conn, |c| Ok(diesel::delete(
        imports::table.filter(imports::id.eq_any(&old))
    )
    .execute(c)?))
}

/// How a file with this header was read the last time.
///
/// # Errors
/// Those of the database.
pub fn layout(conn: &mut Conn, tenant: &TenantId, header: &str) -> Result<Option<String>> {
    Ok(import_layouts::table
        .find((tenant.as_str(), header))
        .select(import_layouts::layout)
        .first(conn)
        .optional()?)
}

/// Remembers how files with this header are read.
///
/// # Errors
/// Those of the database.
pub fn remember_layout(conn: &mut Conn, tenant: &TenantId, header: &str, layout: &str, now: Instant) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(import_layouts::table)
        .values((
            import_layouts::tenant_id.eq(tenant.as_str()),
            import_layouts::header.eq(header),
            import_layouts::layout.eq(layout),
            import_layouts::updated_at.eq(now),
        ))
        .on_conflict((import_layouts::tenant_id, import_layouts::header))
        .do_update()
        .set((import_layouts::layout.eq(layout), import_layouts::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}
