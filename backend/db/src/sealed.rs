//! Walks over encrypted columns, for a change of keys. Which columns those are stands in the server's `crypto` module.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use crate::{Conn, Result, each_backend};

/// One encrypted value.
#[derive(Debug, Clone, QueryableByName)]
pub struct Sealed {
    /// The row.
    #[diesel(sql_type = Text)]
    pub id: String,
    /// Whose.
    #[diesel(sql_type = Text)]
    pub tenant_id: String,
    /// The envelope.
    #[diesel(sql_type = Text)]
    pub value: String,
}

/// Up to `limit` values of a column whose envelope does not begin with `current`, after row `after`.
/// `table` and `column` are ours, never a caller's.
///
/// # Errors
/// Those of the database.
pub fn outdated(
    conn: &mut Conn,
    table: &'static str,
    column: &'static str,
    current: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Sealed>> {
    let (a, b, c_) = if matches!(conn, Conn::Postgres(_)) {
        ("$1", "$2", "$3")
    } else {
        ("?", "?", "?")
    };
    let text = format!(
        "SELECT id, tenant_id, {column} AS value FROM {table} \
         WHERE {column} IS NOT NULL AND id > {a} AND {column} NOT LIKE {b} ORDER BY id LIMIT {c_}"
    );
    let pattern = format!("{current}%");
    Ok(each_backend!(conn, |c| sql_query(text)
        .bind::<Text, _>(after)
        .bind::<Text, _>(pattern)
        .bind::<BigInt, _>(limit)
        .load::<Sealed>(c))?)
}

/// Replaces the value unless somebody wrote another one meanwhile.
///
/// # Errors
/// Those of the database.
pub fn replace(conn: &mut Conn, table: &'static str, column: &'static str, old: &Sealed, new: &str) -> Result<bool> {
    let (a, b, c_) = if matches!(conn, Conn::Postgres(_)) {
        ("$1", "$2", "$3")
    } else {
        ("?", "?", "?")
    };
    let text = format!("UPDATE {table} SET {column} = {a} WHERE id = {b} AND {column} = {c_}");
    let changed = each_backend!(conn, |c| sql_query(text)
        .bind::<Text, _>(new)
        .bind::<Text, _>(&old.id)
        .bind::<Text, _>(&old.value)
        .execute(c))?;
    Ok(changed == 1)
}
