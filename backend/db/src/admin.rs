//! Databases themselves, for tests: made from a template, compared, removed. PostgreSQL only, by an administrator's URL.

use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::Result;

/// Makes a database and returns its URL. `name` and `template` are ours, never a caller's.
///
/// # Errors
/// Those of the database.
pub fn create(admin_url: &str, name: &str, template: Option<&str>) -> Result<String> {
    let mut conn = PgConnection::establish(admin_url)?;
    let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    conn.batch_execute(&format!("CREATE DATABASE {name}{template}"))?;
    let base = admin_url.rsplit_once('/').map_or(admin_url, |(base, _)| base);
    Ok(format!("{base}/{name}"))
}

/// Removes a database and ends its connections.
///
/// # Errors
/// Those of the database.
pub fn drop(admin_url: &str, name: &str) -> Result<()> {
    let mut conn = PgConnection::establish(admin_url)?;
    Ok(conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?)
}
