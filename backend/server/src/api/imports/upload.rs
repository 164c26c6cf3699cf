//! The bytes of a file, stored as they come: what is in memory is a piece of it.

use actix_web::web::Payload;
use db::imports::{Import as Row, UPLOADED};
use domain::id::TenantId;
use futures_util::StreamExt;

use super::model::ImportKind;
use crate::{
    api::problem::{Code, FieldError, Problem},
    ops::imports::{self as ops, CHUNK, MAX_SIZE, MAX_TOTAL},
    state::App,
};

/// How long the next piece of a file may take to arrive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A piece, and what comes with its last bytes.
const ROOM: usize = CHUNK + 64 * 1024;

/// 413.
pub fn too_large() -> Problem {
    Problem::new(
        Code::PayloadTooLarge,
        format!("The file is larger than {} MiB.", MAX_SIZE / 1024 / 1024),
    )
    .action("Split it.")
}

/// 409: there are so many files already.
pub fn too_much() -> Problem {
    let detail = format!(
        "With this one, your files would be larger than {} MiB together.",
        MAX_TOTAL / 1024 / 1024
    );
    Problem::new(Code::Conflict, detail).action("Discard those that are planned already; each vanishes after a day.")
}

/// Stores the bytes as they come.
///
/// # Errors
/// 4xx: what is wrong with them, or how they came; those of the database.
pub async fn store(app: &App, tenant: &TenantId, mut row: Row, mut body: Payload) -> Result<Row, Problem> {
    let (mut piece, mut seq, mut begins) = (Vec::with_capacity(ROOM), 0, Vec::new());
    let mut size = 0_u64;
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next())
            .await
            .map_err(|_| Problem::new(Code::BadRequest, "The file did not arrive in time."))?;
        let more = match next {
            Some(bytes) => {
                let bytes =
                    bytes.map_err(|error| Problem::new(Code::BadRequest, format!("The file broke off: {error}.")))?;
                size += bytes.len() as u64;
                if size > MAX_SIZE {
                    return Err(too_large());
                }
                piece.extend_from_slice(&bytes);
                true
            }
            None => false,
        };
        if piece.len() >= CHUNK || (!more && !piece.is_empty()) {
            if seq == 0 {
                check(&piece)?;
                if row.kind.is_empty() {
                    ImportKind::of(&piece).as_str().clone_into(&mut row.kind);
                }
                begins.clone_from(&piece);
            }
            let (id, data) = (row.id.clone(), std::mem::replace(&mut piece, Vec::with_capacity(ROOM)));
            app.write(move |c| db::imports::add_chunk(c, &id, seq, &data)).await?;
            seq += 1;
        }
        if !more {
            break;
        }
    }
    if size == 0 {
        return Err(Problem::new(Code::ValidationFailed, "The file is empty."));
    }
    row.size = i64::try_from(size).unwrap_or(i64::MAX);
    row.state = UPLOADED.to_owned();
    let who = tenant.clone();
    Ok(app
        .write(move |c| {
            let (header, layout) = match ImportKind::parse(&row.kind) {
                ImportKind::Csv => ops::remembered(c, &who, &begins)?,
                ImportKind::Ics | ImportKind::Json => (None, None),
            };
            row.header = header;
            row.layout = layout
                .map(|layout| serde_json::to_string(&layout))
                .transpose()
                .map_err(|e| db::Error::Other(e.to_string()))?;
            db::imports::save(c, &row)?;
            Ok::<_, db::Error>(row)
        })
        .await?)
}

/// What is no table is said so at once.
fn check(begins: &[u8]) -> Result<(), Problem> {
    let text = begins
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(begins)
        .trim_ascii_start();
    let refuse = |detail: &str, action: &str| {
        let problem = Problem::invalid(vec![FieldError::new("", "format", detail)]);
        Err(problem.action(action))
    };
    if text.starts_with(b"PK\x03\x04") || text.starts_with(b"\xd0\xcf\x11\xe0") {
        return refuse(
            "The file is an archive or a workbook.",
            "Unpack the archive and upload what is in it one by one; save a workbook's sheet as CSV (UTF-8).",
        );
    }
    if text.starts_with(b"\x1f\x8b") {
        return refuse("The file is compressed.", "Unpack it first.");
    }
    if text.starts_with(b"%PDF") {
        return refuse("The file is a PDF.", "Ask whoever made it for the table behind it.");
    }
    Ok(())
}
