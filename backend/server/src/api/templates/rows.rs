//! Rows that a template is filled with: sent along, or of a table that was uploaded.

use std::collections::{BTreeMap, BTreeSet};

use db::Conn;
use domain::{
    id::TenantId,
    stacking::csv::{Column, Row},
};

use crate::{
    api::problem::{FieldError, Problem},
    ops::{
        imports,
        templates::{Rows, columns},
    },
};

/// What somebody sends of them.
#[derive(Debug, Default)]
pub struct Asked {
    /// Here they are.
    pub rows: Option<Vec<BTreeMap<String, String>>>,
    /// They are in this file.
    pub import: Option<String>,
}

/// The rows that are meant; none: the template is counted.
///
/// # Errors
/// 404: no such file; 422: both, or a file that is no table.
pub fn meant(conn: &mut Conn, tenant: &TenantId, asked: Asked) -> Result<Option<Rows>, Problem> {
    let wrong = |at: &str, code: &'static str, detail: &str| Problem::invalid(vec![FieldError::new(at, code, detail)]);
    match (asked.rows, asked.import) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(wrong("/rows", "one_of", "Send either “rows” or “import_id”.")),
        (Some(rows), None) => {
            let names: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
            let cell = |row: &BTreeMap<String, String>, name: &String| row.get(name).cloned().unwrap_or_default();
            let cells = rows
                .iter()
                .map(|row| names.iter().map(|name| cell(row, name)).collect())
                .collect();
            let columns = names.into_iter().cloned().collect();
            Ok(Some(Rows::Said { columns, cells }))
        }
        (None, Some(id)) => {
            let import = db::imports::get(conn, tenant, &id).map_err(|e| Problem::missing(e, "import"))?;
            if import.kind != "csv" {
                return Err(wrong("/import_id", "not_a_table", "Only a table has rows."));
            }
            let begins = db::imports::chunk(conn, tenant, &id, 0)?.unwrap_or_default();
            let layout = Box::new(imports::layout(&import, &begins)?);
            Ok(Some(Rows::File { import: id, layout }))
        }
    }
}

/// The first of them, with their columns.
///
/// # Errors
/// Those of the database.
pub fn first(conn: &mut Conn, tenant: &TenantId, rows: &Rows, most: usize) -> db::Result<(Vec<Column>, Vec<Row>)> {
    Ok(match rows {
        Rows::Said { columns: names, cells } => {
            let row = |(line, cells): (u64, &Vec<String>)| Row::of(line, cells.iter().map(String::as_str));
            (columns(names), (1..).zip(cells).take(most).map(row).collect())
        }
        Rows::File { import, layout } => {
            let begins = db::imports::chunk(conn, tenant, import, 0)?.unwrap_or_default();
            (layout.columns.clone(), imports::first(&begins, layout, most))
        }
    })
}
