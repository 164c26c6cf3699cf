//! Databases themselves, for tests: made from a template, compared, removed.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::{
    Connection, PgConnection,
    connection::{InstrumentationEvent, SimpleConnection},
    prelude::*,
    sql_query,
    sql_types::{Bool, Text},
};

use crate::{Conn, Result, each_backend};

/// Makes a database and returns its URL. `name` and `template` are ours, never a caller's.
///
/// # Errors
/// Those of the database.
pub fn create(admin_url: &str, name: &str, template: Option<&str>) -> Result<String> {
    let mut conn = PgConnection::establish(admin_url)?;
    let template = template
        .map(|template| format!(" TEMPLATE {template}"))
        .unwrap_or_default();
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

/// Ends all connections to a database, as a restart of the server does.
///
/// # Errors
/// Those of the database.
pub fn disconnect(admin_url: &str, name: &str) -> Result<()> {
    let mut conn = PgConnection::establish(admin_url)?;
    let text = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    Ok(conn.batch_execute(&text)?)
}

/// How SQLite goes about every statement that `ask` runs, one line per step; nothing on PostgreSQL, whose plans depend on
/// what its tables hold.
///
/// # Errors
/// Those of `ask` and of the database.
pub fn plans(conn: &mut Conn, ask: impl FnOnce(&mut Conn) -> Result<()>) -> Result<Vec<String>> {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ears = Arc::clone(&heard);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let statement = text.split(" -- binds:").next().unwrap_or_default().to_owned();
            ears.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        }
    });
    let done = ask(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    done?;
    let Conn::Sqlite(c) = conn else { return Ok(Vec::new()) };
    let statements = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    let mut steps = Vec::new();
    for statement in statements {
        let found: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(c)?;
        steps.extend(found.into_iter().map(|step| step.detail));
    }
    Ok(steps)
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// A column as the database itself describes it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Column {
    /// Table name.
    #[diesel(sql_type = Text, column_name = "table_name")]
    pub table: String,
    /// Column name.
    #[diesel(sql_type = Text, column_name = "column_name")]
    pub name: String,
    /// `TEXT`, `BIGINT`, `INTEGER`, `BOOLEAN`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Whether it may be null.
    #[diesel(sql_type = Bool)]
    pub nullable: bool,
}

/// All columns of our tables.
///
/// # Errors
/// Those of the database.
pub fn columns(conn: &mut Conn) -> Result<Vec<Column>> {
    let text = match conn {
        Conn::Postgres(_) => {
            "SELECT table_name::text AS table_name, column_name::text AS column_name, upper(data_type) AS kind, is_nullable = 'YES' AS nullable \
             FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_\\_%'"
        }
        Conn::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS column_name, upper(c.type) AS kind, c.\"notnull\" = 0 AS nullable \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
    };
    Ok(each_backend!(conn, |c| sql_query(text).load::<Column>(c))?)
}
